import type { Batch } from '../data/batch.ts';
import { rowAt } from '../data/batch-rows.ts';
import type { Value } from '../types/value.ts';

/** Rows that are kept of those that an operator drops because they come too late. */
const MOST_ROWS = 1000;

/** A row that was dropped; `port`: the input that it came from. */
export interface LateRow {
  readonly port: number;
  readonly row: readonly Value[];
}

/** The last rows that an operator has dropped because they came after their time: for whoever looks, not part of its state. */
export class LateRows {
  readonly #rows: LateRow[] = [];
  #next = 0;

  add(batch: Batch, r: number, port = 0): void {
    const late = { port, row: rowAt(batch, r) };
    if (this.#rows.length < MOST_ROWS) this.#rows.push(late);
    else {
      this.#rows[this.#next] = late;
      this.#next = (this.#next + 1) % MOST_ROWS;
    }
  }

  /** Oldest first. */
  list(): readonly LateRow[] {
    return [...this.#rows.slice(this.#next), ...this.#rows.slice(0, this.#next)];
  }
}
