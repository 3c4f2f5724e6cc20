/** Values as text keys for JavaScript Maps: equal texts mean SQL-equal values as Flink groups them. For results and tests, not for operators. */
import { MapValue, type Value } from '../types/value.ts';

/**
 * One text per distinct value. NULL equals NULL, NaN equals NaN, -0.0 and 0.0 differ (Flink groups by bytes),
 * entries of a MAP count without their order. Only values of one type may be compared.
 */
export function valueKey(value: Value): string {
  switch (typeof value) {
    case 'string':
      return `s${value.length}:${value}`;
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return `${value}n`;
    case 'boolean':
      return value ? 't' : 'f';
    default:
      if (value === null) return '_';
      if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('hex')}`;
      if (value instanceof MapValue) return `{${value.entries.map(rowKey).sort().join(',')}}`;
      return rowKey(value);
  }
}

/** The key of a list of values: a row, a part of a row, an array. */
export function rowKey(values: readonly Value[]): string {
  return `[${values.map(valueKey).join(',')}]`;
}
