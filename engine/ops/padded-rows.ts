import type { Batch } from '../data/batch.ts';
import { columnOf } from '../data/column-builder.ts';
import type { Column } from '../data/column.ts';
import { takeColumn } from '../data/take.ts';
import type { Schema } from '../types/schema.ts';
import type { DataType } from '../types/type.ts';

/** Picks rows; a negative row is one of NULLs: what outer joins put beside a row that has no partner. `schema` has nullable types. */
export function takePadded(
  take: (rows: Int32Array, n: number) => readonly Column[],
  schema: Schema,
  rows: Int32Array,
  n: number,
): readonly Column[] {
  let some = -1;
  let padded = false;
  for (let i = 0; i < n; i++) {
    if (rows[i]! < 0) padded = true;
    else some = rows[i]!;
  }
  if (some < 0) return schema.map(({ type }) => nullColumn(type, n));
  if (!padded) return take(rows, n).map((column, c) => ({ ...column, type: schema[c]!.type }));
  const valid = new Uint8Array(n);
  const filled = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const row = rows[i]!;
    valid[i] = row < 0 ? 0 : 1;
    filled[i] = row < 0 ? some : row;
  }
  return take(filled, n).map((column, c) => {
    const both = column.valid === undefined ? valid : valid.map((bit, i) => bit & column.valid![i]!);
    return { ...column, type: schema[c]!.type, valid: both };
  });
}

export const takeRows =
  ({ columns }: Batch) =>
  (rows: Int32Array, n: number): Column[] =>
    columns.map((column) => takeColumn(column, rows, n));

export function nullColumn(type: DataType, n: number): Column {
  return columnOf(type, new Array<null>(n).fill(null));
}
