/**
 * Avro's JSON encoding: a value of a nullable field is `{"int": 1}` or null, bytes are texts of the characters 0 to 255. It is read and written
 * as JSON of another type, in which each nullable value is a row with one field.
 */
import { columnBuilder } from '../data/column-builder.ts';
import type { Batch } from '../data/batch.ts';
import { valueAt } from '../data/column-read.ts';
import { projectField } from '../connectors/project.ts';
import { BIGINT, BOOLEAN, DOUBLE, FLOAT, INT, MAP, ROW, STRING, type DataType } from '../types/type.ts';
import { MapValue, type Value } from '../types/value.ts';
import type { AvroSchema } from './avro-schema.ts';
import { bigintOf } from './avro-values.ts';
import { bytesOfBigint } from './avro-writer.ts';
import type { DecodedRange, DecodedRecords, Decoder, DecoderSpec, Encoder, EncoderSpec } from './format.ts';
import { JsonDecoder } from './json-decoder.ts';
import { JsonEncoder } from './json-encoder.ts';

type RecordSchema = AvroSchema & { readonly type: 'record' };

/** The type as which values of the schema stand in the JSON. */
function jsonType(schema: AvroSchema): DataType {
  switch (schema.type) {
    case 'union': {
      const branch = schema.branches[1]!;
      return ROW([{ name: branchName(branch), type: jsonType(branch) }]);
    }
    case 'boolean':
      return BOOLEAN;
    case 'int':
      return INT;
    case 'long':
      return BIGINT;
    case 'float':
      return FLOAT;
    case 'double':
      return DOUBLE;
    case 'array':
      return { kind: 'ARRAY', element: jsonType(schema.items), nullable: true };
    case 'map':
      return MAP(STRING, jsonType(schema.values));
    case 'record':
      return ROW(schema.fields.map((field) => ({ name: field.name, type: jsonType(field.schema) })));
    default:
      return STRING;
  }
}

const branchName = (schema: AvroSchema): string => ('name' in schema ? schema.name : schema.type);

/** Reads a value out of its JSON form. */
function fromJson(value: Value, schema: AvroSchema, type: DataType): Value {
  if (value === null) return null;
  switch (schema.type) {
    case 'union':
      return fromJson((value as readonly Value[])[0]!, schema.branches[1]!, type);
    case 'long': {
      if (type.kind === 'BIGINT') return value;
      const nanos = (value as bigint) * (schema.logical?.endsWith('micros') === true ? 1000n : 1_000_000n);
      return 'precision' in type && type.precision > 3 ? nanos : Number(nanos / 1_000_000n);
    }
    case 'bytes': {
      const bytes = Uint8Array.from(Buffer.from(value as string, 'latin1'));
      return type.kind === 'DECIMAL' ? bigintOf(bytes) : bytes;
    }
    case 'array': {
      const { element } = type as DataType & { kind: 'ARRAY' };
      return (value as readonly Value[]).map((item) => fromJson(item, schema.items, element));
    }
    case 'map': {
      const item: DataType = type.kind === 'MAP' ? type.value : { kind: 'INT', nullable: false };
      return new MapValue(
        (value as MapValue).entries.map(([key, entry]) => [key, fromJson(entry, schema.values, item)]),
      );
    }
    case 'record': {
      const { fields } = type as DataType & { kind: 'ROW' };
      return schema.fields.map((field, i) => fromJson((value as readonly Value[])[i]!, field.schema, fields[i]!.type));
    }
    default:
      return value;
  }
}

/** The JSON form of a value. */
function toJson(value: Value, schema: AvroSchema, type: DataType): Value {
  if (value === null) return null;
  switch (schema.type) {
    case 'union':
      return [toJson(value, schema.branches[1]!, type)];
    case 'long': {
      if (type.kind === 'BIGINT') return value;
      const micros = schema.logical?.endsWith('micros') === true;
      if (typeof value === 'bigint') return (value - (((value % 1000n) + 1000n) % 1000n)) / 1000n;
      return BigInt(value as number) * (micros ? 1000n : 1n);
    }
    case 'bytes': {
      const bytes = type.kind === 'DECIMAL' ? bytesOfBigint(value as bigint) : (value as Uint8Array);
      return Buffer.from(bytes).toString('latin1');
    }
    case 'array': {
      const { element } = type as DataType & { kind: 'ARRAY' };
      return (value as readonly Value[]).map((item) => toJson(item, schema.items, element));
    }
    case 'map': {
      const item: DataType = type.kind === 'MAP' ? type.value : { kind: 'INT', nullable: false };
      return new MapValue((value as MapValue).entries.map(([key, entry]) => [key, toJson(entry, schema.values, item)]));
    }
    case 'record': {
      const { fields } = type as DataType & { kind: 'ROW' };
      return schema.fields.map((field, i) => toJson((value as readonly Value[])[i]!, field.schema, fields[i]!.type));
    }
    default:
      return value;
  }
}

export class AvroJsonDecoder implements Decoder {
  readonly #spec: DecoderSpec;
  readonly #schema: RecordSchema;
  readonly #names: readonly string[];
  readonly #json: JsonDecoder;

  constructor(spec: DecoderSpec, schema: RecordSchema) {
    this.#spec = spec;
    this.#schema = schema;
    this.#names = [...new Set(spec.paths.map(([name]) => name!))];
    const fields = schema.fields.map((field) => ({ name: field.name, type: jsonType(field.schema) }));
    const wanted = this.#names.map((name) => fields.find((field) => field.name === name)!);
    const paths = wanted.map(({ name }) => [name]);
    this.#json = new JsonDecoder({ ...spec, format: 'json', options: {}, fields, paths, schema: wanted });
  }

  get failedRecord(): number {
    return this.#json.failedRecord;
  }
  input(size: number): Uint8Array {
    return this.#json.input(size);
  }
  decode(bytes: Uint8Array, from: number, to: number): Batch {
    return this.#converted(this.#json.decode(bytes, from, to));
  }
  decodeRange(bytes: Uint8Array, from: number, limit: number, to: number, last: boolean): DecodedRange {
    const decoded = this.#json.decodeRange(bytes, from, limit, to, last);
    return { ...decoded, batch: this.#converted(decoded.batch) };
  }
  decodeRecords(records: readonly (Uint8Array | null)[]): DecodedRecords {
    const decoded = this.#json.decodeRecords(records);
    return { ...decoded, batch: this.#converted(decoded.batch) };
  }
  takeSkipped(): number {
    return this.#json.takeSkipped();
  }

  #converted({ length, columns }: Batch): Batch {
    const whole = this.#names.map((name, i) => {
      const { type } = this.#spec.fields.find((field) => field.name === name)!;
      const { schema } = this.#schema.fields.find((field) => field.name === name)!;
      const builder = columnBuilder(type, length);
      for (let row = 0; row < length; row++) builder.append(fromJson(valueAt(columns[i]!, row), schema, type));
      return builder.finish();
    });
    const paths = this.#spec.paths.map((path) => projectField(whole[this.#names.indexOf(path[0]!)]!, path));
    return { length, columns: paths, kinds: undefined };
  }
}

export class AvroJsonEncoder implements Encoder {
  readonly #spec: EncoderSpec;
  readonly #schema: RecordSchema;
  readonly #json: JsonEncoder;

  constructor(spec: EncoderSpec, schema: RecordSchema) {
    this.#spec = spec;
    this.#schema = schema;
    const fields = schema.fields.map((field) => ({ name: field.name, type: jsonType(field.schema) }));
    this.#json = new JsonEncoder({ ...spec, format: 'json', options: {}, schema: fields });
  }
  encode(batch: Batch): Uint8Array {
    return this.#json.encode(this.#converted(batch));
  }
  encodeRecords(batch: Batch): (Uint8Array | null)[] {
    return this.#json.encodeRecords(this.#converted(batch));
  }

  #converted({ length, columns }: Batch): Batch {
    const converted = columns.map((column, i) => {
      const { schema } = this.#schema.fields[i]!;
      const { type } = this.#spec.schema[i]!;
      const builder = columnBuilder(jsonType(schema), length);
      for (let row = 0; row < length; row++) builder.append(toJson(valueAt(column, row), schema, type));
      return builder.finish();
    });
    return { length, columns: converted, kinds: undefined };
  }
}
