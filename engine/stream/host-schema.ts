/** Tables out of plain objects: the SQL types that fit their values. */
import type { Batch } from '../data/batch.ts';
import { batchOf } from '../data/batch-rows.ts';
import { MillraceError } from '../errors.ts';
import type { Schema } from '../types/schema.ts';
import * as types from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';

/**
 * string → STRING, boolean → BOOLEAN, bigint → BIGINT, number → BIGINT if all are integers else DOUBLE, Date → TIMESTAMP(3), Uint8Array → BYTES,
 * array → ARRAY, object → ROW. null and missing are NULL. @throws SQL_TYPE where the values of a column do not fit together
 */
export function schemaOfRows(rows: readonly Readonly<Record<string, unknown>>[]): { schema: Schema; batch: Batch } {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const schema = names.map((name) => ({
    name,
    type: typeOf(
      name,
      rows.map((row) => row[name]),
    ),
  }));
  const values = rows.map((row) => schema.map(({ name, type }) => convert(row[name], type)));
  return { schema, batch: batchOf(schema, values) };
}

function typeOf(name: string, values: readonly unknown[]): DataType {
  const present = values.filter((value) => value !== null && value !== undefined);
  const kinds = new Set(present.map(kindOf));
  if (kinds.size === 0) return types.STRING;
  if (kinds.size === 2 && kinds.has('bigint') && kinds.has('number')) kinds.delete('bigint');
  const [kind] = kinds;
  if (kinds.size > 1) {
    throw new MillraceError('SQL_TYPE', `column "${name}" mixes ${[...kinds].join(' and ')}`, {
      hint: 'give each row a value of the same type',
    });
  }
  switch (kind) {
    case 'boolean':
      return types.BOOLEAN;
    case 'bigint':
      return types.BIGINT;
    case 'number':
      return present.every((value) => typeof value === 'bigint' || Number.isSafeInteger(value))
        ? types.BIGINT
        : types.DOUBLE;
    case 'date':
      return types.TIMESTAMP(3);
    case 'bytes':
      return types.BYTES;
    case 'array':
      return types.ARRAY(typeOf(name, present.flat()));
    case 'object': {
      const fields = [...new Set(present.flatMap((value) => Object.keys(value as object)))];
      return types.ROW(
        fields.map((field) => ({
          name: field,
          type: typeOf(
            `${name}.${field}`,
            present.map((value) => (value as Record<string, unknown>)[field]),
          ),
        })),
      );
    }
    default:
      return types.STRING;
  }
}

function kindOf(value: unknown): string {
  if (value instanceof Date) return 'date';
  if (value instanceof Uint8Array) return 'bytes';
  return Array.isArray(value) ? 'array' : typeof value;
}

function convert(value: unknown, type: DataType): Value {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'BIGINT':
      return BigInt(value as number | bigint);
    case 'DOUBLE':
      return Number(value);
    case 'TIMESTAMP':
      return (value as Date).getTime();
    case 'ARRAY':
      return (value as readonly unknown[]).map((item) => convert(item, type.element));
    case 'ROW':
      return type.fields.map((field) => convert((value as Record<string, unknown>)[field.name], field.type));
    case 'VARCHAR':
      return String(value);
    default:
      return value as Value;
  }
}
