/** Columns of a batch and fields inside ROW columns, addressed alike: generated loops read them straight from their arrays. */
import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { assert } from '../assert.ts';
import type { Expr } from './expr.ts';

/** Index of a column, then indexes of fields within it. */
export type Path = readonly number[];

export interface Located {
  readonly column: Column;
  /** Validity of the column and of the ROWs around it; the value is NULL if any of them says 0. */
  readonly valid: readonly Uint8Array[];
}

/** The path of a column or of fields within one; undefined for any other expression. */
export function pathOf(expr: Expr): Path | undefined {
  if (expr.kind === 'column') return [expr.index];
  if (expr.kind !== 'field') return undefined;
  const path = pathOf(expr.input);
  return path && [...path, expr.index];
}

export function locate(batch: Batch, path: Path): Located {
  let column = batch.columns[path[0]!]!;
  const valid: Uint8Array[] = [];
  if (column.valid !== undefined) valid.push(column.valid);
  for (let i = 1; i < path.length; i++) {
    assert(column.storage === 'row', 'a field lies in a ROW');
    column = column.children[path[i]!]!;
    if (column.valid !== undefined) valid.push(column.valid);
  }
  return { column, valid };
}

/** The column of a path by itself: NULL where a ROW around it is. */
export function locateColumn(batch: Batch, path: Path): Column {
  const { column, valid } = locate(batch, path);
  const outer = valid.filter((bytes) => bytes !== column.valid);
  if (outer.length === 0) return column;
  const merged = new Uint8Array(batch.length).fill(1);
  for (const bytes of valid) {
    for (let i = 0; i < batch.length; i++) merged[i]! &= bytes[i]!;
  }
  return { ...column, valid: merged };
}
