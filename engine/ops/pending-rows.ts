import type { Batch } from '../data/batch.ts';
import { concatBatches } from '../data/batch-rows.ts';
import type { Column } from '../data/column.ts';
import { columnOf } from '../data/column-builder.ts';
import { valuesOf } from '../data/column-read.ts';
import { detachColumn } from '../data/take.ts';
import { BATCH_ROWS } from '../data/batch.ts';

/** Batches that wait, in the order in which they came. Small ones are put together, so that many of them do not cost much. */
export class PendingRows {
  #batches: Batch[] = [];
  #tail: Batch[] = [];
  #tailRows = 0;
  rows = 0;

  push(batch: Batch): void {
    if (batch.length === 0) return;
    // Text in views would keep the whole input chunk alive.
    this.#tail.push({ ...batch, columns: batch.columns.map(detachColumn) });
    this.#tailRows += batch.length;
    this.rows += batch.length;
    if (this.#tailRows >= BATCH_ROWS) this.#close();
  }

  #close(): void {
    if (this.#tail.length > 0) this.#batches.push(concatBatches(this.#tail));
    this.#tail = [];
    this.#tailRows = 0;
  }

  /** All rows as one batch, undefined when there is none; nothing is left. */
  take(): Batch | undefined {
    this.#close();
    const all = this.#batches.length === 0 ? undefined : concatBatches(this.#batches);
    this.#batches = [];
    this.rows = 0;
    return all;
  }

  /** Approximate memory. */
  get byteLength(): number {
    return this.rows * 64;
  }

  /** As plain data: a dictionary is an object of the process and becomes text. */
  snapshot(): Batch | undefined {
    const all = this.take();
    if (all === undefined) return undefined;
    this.push(all);
    return { ...all, columns: all.columns.map(plain) };
  }
  restore(batch: Batch | undefined): void {
    this.take();
    if (batch !== undefined) this.push(batch);
  }
}

function plain(column: Column): Column {
  const isDictionary = column.storage === 'str' && column.encoding === 'dict';
  return isDictionary || column.storage === 'list' || column.storage === 'map' || column.storage === 'row'
    ? columnOf(column.type, valuesOf(column))
    : column;
}
