/** Batches out of rows and rows out of batches, and batches cut and put together. */
import type { Schema } from '../types/schema.ts';
import type { Value } from '../types/value.ts';
import type { Batch } from './batch.ts';
import { columnBuilder } from './column-builder.ts';
import { valueAt } from './column-read.ts';
import { RowKind } from './row-kind.ts';
import { concatColumns, sliceColumn, takeBytes, takeColumn } from './take.ts';

export type Row = readonly Value[];

/** A batch of `rows`; `kinds[i]` is the kind of row i, undefined = all are +I. */
export function batchOf(schema: Schema, rows: readonly Row[], kinds?: readonly RowKind[]): Batch {
  const columns = schema.map(({ type }, j) => {
    const builder = columnBuilder(type, rows.length);
    for (const row of rows) builder.append(row[j] ?? null);
    return builder.finish();
  });
  return { length: rows.length, columns, kinds: kinds && Uint8Array.from(kinds) };
}

export function rowAt(batch: Batch, i: number): Value[] {
  return batch.columns.map((column) => valueAt(column, i));
}

/** All rows of a batch, without their kinds. */
export function rowsOf(batch: Batch): Value[][] {
  return Array.from({ length: batch.length }, (_, i) => rowAt(batch, i));
}

/** The kind of row `i`. */
export function kindAt(batch: Batch, i: number): RowKind {
  return batch.kinds === undefined ? RowKind.Insert : (batch.kinds[i] as RowKind);
}

/** Rows indices[0], ..., indices[n - 1] with their kinds. */
export function takeBatch(batch: Batch, indices: Int32Array, n: number = indices.length): Batch {
  return {
    length: n,
    columns: batch.columns.map((column) => takeColumn(column, indices, n)),
    kinds: batch.kinds && takeBytes(batch.kinds, indices, n),
  };
}

/** Rows start .. end (exclusive), sharing memory with `batch`. */
export function sliceBatch(batch: Batch, start: number, end: number): Batch {
  if (start === 0 && end === batch.length) return batch;
  return {
    length: end - start,
    columns: batch.columns.map((column) => sliceColumn(column, start, end)),
    kinds: batch.kinds?.subarray(start, end),
  };
}

/** All rows of at least one batch, in order. */
export function concatBatches(batches: readonly Batch[]): Batch {
  const first = batches[0]!;
  if (batches.length === 1) return first;
  const length = batches.reduce((sum, batch) => sum + batch.length, 0);
  const columns = first.columns.map((_, j) => concatColumns(batches.map((batch) => batch.columns[j]!)));
  if (batches.every((batch) => batch.kinds === undefined)) return { length, columns, kinds: undefined };
  const kinds = new Uint8Array(length);
  let at = 0;
  for (const batch of batches) {
    if (batch.kinds !== undefined) kinds.set(batch.kinds.subarray(0, batch.length), at);
    at += batch.length;
  }
  return { length, columns, kinds };
}
