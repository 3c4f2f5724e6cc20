/**
 * The table that a changelog describes, kept up to date: what table and chart views show, what `%%sql` reads as a snapshot.
 *
 * Append-only results keep their batches; of an endless one the newest `limit` rows stay. Updating results keep one slot a row:
 * a +U takes the slot of the -U before it, so that a row stays in its place when it changes.
 */
import type { Batch } from '../data/batch.ts';
import { batchOf, concatBatches, rowAt } from '../data/batch-rows.ts';
import { RowKind, isAddition } from '../data/row-kind.ts';
import type { Schema } from '../types/schema.ts';
import type { Value } from '../types/value.ts';
import { MapValue } from '../types/value.ts';

export interface Change {
  readonly kind: RowKind;
  readonly row: readonly Value[];
}

/** Changes that `tail` can show at most. */
const TAIL_ROWS = 1000;

export class ResultTable {
  readonly #limit: number;
  readonly #updating: boolean;
  #batches: Batch[] = [];
  #batchRows = 0;
  #slots: (readonly Value[] | undefined)[] = [];
  #slotsByKey = new Map<string, number[]>();
  #live = 0;
  /** The slot that the last -U left. */
  #vacated: number | undefined;
  #tail: Batch[] = [];
  #changes = 0;
  #dropped = 0;

  /** `limit`: rows kept of an append-only result; an updating result keeps all its rows. */
  constructor(options: { readonly updating: boolean; readonly limit: number }) {
    this.#updating = options.updating;
    this.#limit = options.limit;
  }

  /** Changes seen so far. */
  get changes(): number {
    return this.#changes;
  }
  /** Rows in the table now. */
  get size(): number {
    return this.#updating ? this.#live : this.#batchRows;
  }
  /** Rows of an append-only result that are no longer kept. */
  get dropped(): number {
    return this.#dropped;
  }

  push(batch: Batch): void {
    if (batch.length === 0) return;
    this.#changes += batch.length;
    this.#tail.push(batch);
    let tailRows = this.#tail.reduce((rows, part) => rows + part.length, 0);
    while (tailRows - this.#tail[0]!.length >= TAIL_ROWS) tailRows -= this.#tail.shift()!.length;
    if (this.#updating) for (let i = 0; i < batch.length; i++) this.#apply(batch.kinds?.[i] ?? 0, rowAt(batch, i));
    else this.#append(batch);
  }

  #append(batch: Batch): void {
    this.#batches.push(batch);
    this.#batchRows += batch.length;
    while (this.#batchRows - this.#batches[0]!.length >= this.#limit) {
      const rows = this.#batches.shift()!.length;
      this.#batchRows -= rows;
      this.#dropped += rows;
    }
  }

  #apply(kind: number, row: readonly Value[]): void {
    const key = rowKey(row);
    const slots = this.#slotsByKey.get(key);
    if (isAddition(kind)) {
      const reuse = kind === RowKind.UpdateAfter && this.#vacated !== undefined;
      const slot = reuse ? this.#vacated! : this.#slots.length;
      this.#slots[slot] = row;
      if (slots === undefined) this.#slotsByKey.set(key, [slot]);
      else slots.push(slot);
      this.#live++;
      this.#vacated = undefined;
      return;
    }
    const slot = slots?.shift();
    if (slot === undefined) return; // a retraction of a row that never came: ignored, as Flink does
    if (slots!.length === 0) this.#slotsByKey.delete(key);
    this.#slots[slot] = undefined;
    this.#live--;
    this.#vacated = kind === RowKind.UpdateBefore ? slot : undefined;
    if (this.#slots.length > 64 && this.#slots.length > 4 * this.#live && this.#vacated === undefined) this.#compact();
  }

  /** Drops the holes that deletions left. */
  #compact(): void {
    this.#slots = this.#slots.filter((row) => row !== undefined);
    this.#slotsByKey.clear();
    this.#slots.forEach((row, slot) => {
      const key = rowKey(row!);
      const slots = this.#slotsByKey.get(key);
      if (slots === undefined) this.#slotsByKey.set(key, [slot]);
      else slots.push(slot);
    });
  }

  /** The rows now, in order of arrival; of a longer table the last `limit`. */
  rows(limit = Infinity): (readonly Value[])[] {
    if (this.#updating) {
      const rows = this.#slots.filter((row) => row !== undefined);
      return rows.length > limit ? rows.slice(rows.length - limit) : rows;
    }
    const rows: (readonly Value[])[] = [];
    let skip = Math.max(0, this.#batchRows - limit);
    for (const batch of this.#batches) {
      for (let i = skip; i < batch.length; i++) rows.push(rowAt(batch, i));
      skip = Math.max(0, skip - batch.length);
    }
    return rows;
  }

  /** The rows and counters as plain data; the tail is not kept. */
  snapshot(schema: Schema): { readonly rows: Batch; readonly changes: number; readonly dropped: number } {
    const rows =
      this.#updating || this.#batches.length === 0 ? batchOf(schema, this.rows()) : concatBatches(this.#batches);
    return { rows: { ...rows, kinds: undefined }, changes: this.#changes, dropped: this.#dropped };
  }
  restore({ rows, changes, dropped }: ReturnType<ResultTable['snapshot']>): void {
    this.push(rows);
    this.#changes = changes;
    this.#dropped = dropped;
    this.#tail = [];
  }

  /** The last `limit` changes (at most 1,000), oldest first. */
  tail(limit: number): Change[] {
    const changes: Change[] = [];
    const total = this.#tail.reduce((rows, part) => rows + part.length, 0);
    let skip = Math.max(0, total - Math.min(limit, TAIL_ROWS));
    for (const batch of this.#tail) {
      for (let i = skip; i < batch.length; i++) {
        changes.push({ kind: (batch.kinds?.[i] ?? 0) as RowKind, row: rowAt(batch, i) });
      }
      skip = Math.max(0, skip - batch.length);
    }
    return changes;
  }
}

/** A text that is equal for equal rows. */
function rowKey(row: readonly Value[]): string {
  return JSON.stringify(row, (_key, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'number' && !Number.isFinite(value)) return `${value}f`;
    if (value instanceof Uint8Array) return { bytes: [...value] };
    if (value instanceof MapValue) return value.entries;
    return value;
  });
}
