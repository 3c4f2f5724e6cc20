/** Rows as plain JavaScript objects, for cells and closures: what a person would write by hand. */
import type { Schema } from '../types/schema.ts';
import { decodeBitmap } from '../types/bitmap.ts';
import type { DataType } from '../types/type.ts';
import type { MapValue, Value } from '../types/value.ts';
import { variantToJson } from '../types/variant.ts';

/**
 * Integers are numbers, BIGINT a bigint, DECIMAL a number (its nearest double), DATE and timestamps a Date (UTC; digits below the millisecond are
 * cut off), TIME its milliseconds, ROW an object, ARRAY an array, MAP a Map, BYTES a Uint8Array, VARIANT what JSON.parse makes of it, BITMAP a Set,
 * NULL null.
 */
export function hostValue(value: Value, type: DataType): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case 'DECIMAL':
      return Number(value) / 10 ** type.scale;
    case 'DATE':
      return new Date((value as number) * 86_400_000);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return new Date(typeof value === 'bigint' ? Number(value / 1_000_000n) : (value as number));
    case 'ARRAY':
      return (value as readonly Value[]).map((item) => hostValue(item, type.element));
    case 'MAP':
      return new Map(
        (value as MapValue).entries.map(([key, item]) => [hostValue(key, type.key), hostValue(item, type.value)]),
      );
    case 'MULTISET':
      return new Map((value as MapValue).entries.map(([item, times]) => [hostValue(item, type.element), times]));
    case 'ROW':
      return Object.fromEntries(
        type.fields.map((field, i) => [field.name, hostValue((value as readonly Value[])[i] ?? null, field.type)]),
      );
    case 'VARIANT':
      return JSON.parse(variantToJson(value as string));
    case 'BITMAP':
      return new Set(decodeBitmap(value as Uint8Array));
    default:
      return value;
  }
}

export function hostRow(row: readonly Value[], schema: Schema): Record<string, unknown> {
  return Object.fromEntries(schema.map(({ name, type }, i) => [name, hostValue(row[i] ?? null, type)]));
}

export const hostRows = (rows: readonly (readonly Value[])[], schema: Schema): Record<string, unknown>[] =>
  rows.map((row) => hostRow(row, schema));
