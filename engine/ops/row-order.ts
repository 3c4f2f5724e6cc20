/** The order of rows by sort keys, as Flink sorts: strings by UTF-8 bytes, doubles as Java compares them, NULLs where the key says. */
import { unreachable } from '../assert.ts';
import type { Column } from '../data/column.ts';
import { stringsOf, valueAt } from '../data/column-read.ts';
import type { SortKey } from '../plan/logical.ts';
import { compareDoubles, compareText, compareValues } from '../state/aggregates/compare-values.ts';
import type { Value } from '../types/value.ts';

export type RowCompare = (a: number, b: number) => number;

/** Compares rows a and b of a batch with those columns. Equal rows give 0. */
export function rowCompare(columns: readonly Column[], keys: readonly SortKey[]): RowCompare {
  const compares = keys.map((key) => columnCompare(columns[key.column]!, key));
  const [first, second] = compares;
  if (first === undefined) return () => 0;
  if (second === undefined) return first;
  return (a, b) => {
    for (const compare of compares) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function columnCompare(column: Column, { descending, nullsFirst }: SortKey): RowCompare {
  const ascending = valueCompare(column);
  const ordered: RowCompare = descending ? (a, b) => ascending(b, a) : ascending;
  const { valid } = column;
  if (valid === undefined) return ordered;
  const nullOrder = nullsFirst ? -1 : 1;
  return (a, b) => {
    if (valid[a] === 1 && valid[b] === 1) return ordered(a, b);
    return valid[a] === valid[b] ? 0 : valid[a] === 0 ? nullOrder : -nullOrder;
  };
}

function valueCompare(column: Column): RowCompare {
  switch (column.storage) {
    case 'u8':
    case 'i32': {
      const { values } = column;
      return (a, b) => values[a]! - values[b]!;
    }
    case 'i64': {
      const { values } = column;
      return (a, b) => (values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : 0);
    }
    case 'f32':
    case 'f64': {
      const { values } = column;
      return (a, b) => compareDoubles(values[a]!, values[b]!);
    }
    case 'ts': {
      const { values, nanos } = column;
      return (a, b) => values[a]! - values[b]! || nanos[a]! - nanos[b]!;
    }
    case 'str': {
      const strings = stringsOf(column);
      return (a, b) => compareText(strings[a] ?? '', strings[b] ?? '');
    }
    case 'i128':
    case 'bin':
    case 'list':
    case 'map':
    case 'row':
      return (a, b) => compareValues(valueAt(column, a), valueAt(column, b));
    default:
      return unreachable(column);
  }
}

/** The sort key values of a row, for rows that are compared one at a time. */
export function sortValues(columns: readonly Column[], keys: readonly SortKey[], row: number): Value[] {
  return keys.map(({ column }) => valueAt(columns[column]!, row));
}

/** Compares what `sortValues` gives. */
export function compareSortValues(a: readonly Value[], b: readonly Value[], keys: readonly SortKey[]): number {
  for (let i = 0; i < keys.length; i++) {
    const { descending, nullsFirst } = keys[i]!;
    const x = a[i]!;
    const y = b[i]!;
    if (x === null || y === null) {
      if (x === y) continue;
      return (x === null) === nullsFirst ? -1 : 1;
    }
    const order = compareValues(x, y);
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}

/** Row numbers 0 .. length - 1 in order; equal rows keep theirs. */
export function sortedRows(length: number, compare: RowCompare): Int32Array {
  return Int32Array.from({ length }, (_, i) => i).sort(compare);
}
