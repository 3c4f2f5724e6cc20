/** Schemas of Avro: those of tables as Flink derives them, and those that stand in files. */
import { MillraceError } from '../errors.ts';
import { typeToString, type DataType } from '../types/type.ts';

export type AvroSchema =
  | {
      readonly type: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';
      readonly logical?: string | undefined;
      readonly precision?: number | undefined;
      readonly scale?: number | undefined;
    }
  | {
      readonly type: 'fixed';
      readonly size: number;
      readonly name: string;
      readonly logical?: string | undefined;
      readonly precision?: number | undefined;
      readonly scale?: number | undefined;
    }
  | { readonly type: 'enum'; readonly symbols: readonly string[]; readonly name: string; readonly logical?: undefined }
  | { readonly type: 'array'; readonly items: AvroSchema; readonly logical?: undefined }
  | { readonly type: 'map'; readonly values: AvroSchema; readonly logical?: undefined }
  | { readonly type: 'union'; readonly branches: readonly AvroSchema[]; readonly logical?: undefined }
  | {
      readonly type: 'record';
      readonly name: string;
      readonly fields: readonly AvroField[];
      readonly logical?: undefined;
    };

export interface AvroField {
  readonly name: string;
  readonly schema: AvroSchema;
}

export const ROOT_NAME = 'org.apache.flink.avro.generated.record';

/** The schema of a table's row. `legacy`: `avro.timestamp_mapping.legacy`. Throws SQL_TYPE for what Avro cannot hold. */
export function schemaOfFields(
  fields: readonly { readonly name: string; readonly type: DataType }[],
  legacy: boolean,
  name: string = ROOT_NAME,
): AvroSchema & { readonly type: 'record' } {
  return {
    type: 'record',
    name,
    fields: fields.map((field) => ({
      name: field.name,
      schema: schemaOf(field.type, legacy, `${name}_${field.name}`),
    })),
  };
}

export function schemaOf(type: DataType, legacy: boolean, name: string): AvroSchema {
  const schema = bareSchema(type, legacy, name);
  return type.nullable ? { type: 'union', branches: [{ type: 'null' }, schema] } : schema;
}

function bareSchema(type: DataType, legacy: boolean, name: string): AvroSchema {
  switch (type.kind) {
    case 'BOOLEAN':
      return { type: 'boolean' };
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return { type: 'int' };
    case 'BIGINT':
      return { type: 'long' };
    case 'FLOAT':
      return { type: 'float' };
    case 'DOUBLE':
      return { type: 'double' };
    case 'CHAR':
    case 'VARCHAR':
      return { type: 'string' };
    case 'BINARY':
    case 'VARBINARY':
      return { type: 'bytes' };
    case 'DECIMAL':
      return { type: 'bytes', logical: 'decimal', precision: type.precision, scale: type.scale };
    case 'DATE':
      return { type: 'int', logical: 'date' };
    case 'TIME':
      if (type.precision > 3) {
        throw refused(
          `Avro does not support TIME type with precision: ${type.precision}, it only supports precision less than 3.`,
        );
      }
      return { type: 'int', logical: 'time-millis' };
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      if (legacy && type.kind === 'TIMESTAMP_LTZ') {
        throw refused(
          `Unsupported to derive Schema for type: ${typeToString(type)}`,
          "set 'avro.timestamp_mapping.legacy' = 'false'",
        );
      }
      if (type.precision > 6) {
        throw refused(
          `Avro does not support ${type.kind} type with precision: ${type.precision}, it only supports precision less than 6.`,
        );
      }
      const unit = type.precision <= 3 ? 'millis' : 'micros';
      const local = type.kind === 'TIMESTAMP' && !legacy ? 'local-' : '';
      return { type: 'long', logical: `${local}timestamp-${unit}` };
    }
    case 'ARRAY':
      return { type: 'array', items: schemaOf(type.element, legacy, name) };
    case 'MAP':
      if (type.key.kind !== 'VARCHAR' && type.key.kind !== 'CHAR') throw keyRefused(type.key);
      return { type: 'map', values: schemaOf(type.value, legacy, name) };
    case 'MULTISET':
      if (type.element.kind !== 'VARCHAR' && type.element.kind !== 'CHAR') throw keyRefused(type.element);
      return { type: 'map', values: { type: 'int' } };
    case 'ROW':
      return schemaOfFields(type.fields, legacy, name);
    default:
      throw refused(`Unsupported to derive Schema for type: ${typeToString(type)}`);
  }
}

const refused = (reason: string, hint?: string): MillraceError => new MillraceError('SQL_TYPE', reason, { hint });
const keyRefused = (type: DataType): MillraceError =>
  refused(`Avro format doesn't support non-string as key type of map. The key type is: ${typeToString(type)}`);

/** The JSON text of a schema, as it stands in files. */
export function schemaText(schema: AvroSchema): string {
  return JSON.stringify(toJson(schema));
}

function toJson(schema: AvroSchema): unknown {
  switch (schema.type) {
    case 'record':
      return {
        type: 'record',
        name: schema.name.slice(schema.name.lastIndexOf('.') + 1),
        namespace: schema.name.slice(0, Math.max(0, schema.name.lastIndexOf('.'))),
        fields: schema.fields.map(({ name, schema: inner }) => ({
          name,
          type: toJson(inner),
          ...(inner.type === 'union' ? { default: null } : {}),
        })),
      };
    case 'array':
      return { type: 'array', items: toJson(schema.items) };
    case 'map':
      return { type: 'map', values: toJson(schema.values) };
    case 'union':
      return schema.branches.map(toJson);
    case 'enum':
    case 'fixed':
      return schema;
    default: {
      const { type, logical, precision, scale } = schema;
      if (logical === undefined) return type;
      return { type, logicalType: logical, ...(logical === 'decimal' ? { precision, scale } : {}) };
    }
  }
}

/** A schema out of its JSON; named types may be used again by name. Throws an Error with the reason. */
export function parseSchema(json: unknown, named: Map<string, AvroSchema> = new Map(), namespace = ''): AvroSchema {
  if (typeof json === 'string') {
    const known = named.get(json) ?? named.get(`${namespace}.${json}`);
    if (known !== undefined) return known;
    if (/^(null|boolean|int|long|float|double|bytes|string)$/.test(json)) return { type: json } as AvroSchema;
    throw new Error(`unknown Avro type ${json}`);
  }
  if (Array.isArray(json))
    return { type: 'union', branches: json.map((branch) => parseSchema(branch, named, namespace)) };
  const object = json as Record<string, unknown>;
  const type = object['type'];
  const logical = object['logicalType'] as string | undefined;
  const numbers = {
    logical,
    precision: object['precision'] as number | undefined,
    scale: (object['scale'] as number | undefined) ?? 0,
  };
  const space = (object['namespace'] as string | undefined) ?? namespace;
  const short = object['name'] as string;
  const name = short === undefined || short.includes('.') || space === '' ? short : `${space}.${short}`;
  switch (type) {
    case 'record':
    case 'error': {
      const fields: AvroField[] = [];
      const record: AvroSchema = { type: 'record', name, fields };
      named.set(name, record);
      for (const field of object['fields'] as Record<string, unknown>[]) {
        fields.push({ name: field['name'] as string, schema: parseSchema(field['type'], named, space) });
      }
      return record;
    }
    case 'enum': {
      const made: AvroSchema = { type: 'enum', symbols: object['symbols'] as string[], name };
      named.set(name, made);
      return made;
    }
    case 'fixed': {
      const made: AvroSchema = { type: 'fixed', size: object['size'] as number, name, ...numbers };
      named.set(name, made);
      return made;
    }
    case 'array':
      return { type: 'array', items: parseSchema(object['items'], named, space) };
    case 'map':
      return { type: 'map', values: parseSchema(object['values'], named, space) };
    default: {
      const inner = parseSchema(type, named, space);
      return logical === undefined ? inner : ({ ...inner, ...numbers } as AvroSchema);
    }
  }
}
