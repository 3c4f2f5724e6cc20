import type { Column } from '../data/column.ts';
import type { AggregateState } from '../state/aggregates/aggregate-state.ts';
import type { RowStore } from '../state/row-store.ts';
import { RowKind } from '../data/row-kind.ts';
import type { OverCalls } from './over-calls.ts';

/** What rows do to the accumulators of their partitions, in order, and after which of them results are asked for. */
export class OverSteps {
  readonly #rows: number[] = [];
  readonly #groups: number[] = [];
  readonly #kinds: number[] = [];
  readonly #shown: number[] = [];
  /** How many output rows each result is for. */
  readonly #shares: number[] = [];
  #retracts = false;

  add(row: number, group: number): void {
    this.#step(row, group, RowKind.Insert);
  }
  retract(row: number, group: number): void {
    this.#retracts = true;
    this.#step(row, group, RowKind.Delete);
  }
  #step(row: number, group: number, kind: number): void {
    this.#rows.push(row);
    this.#groups.push(group);
    this.#kinds.push(kind);
    this.#shown.push(0);
  }

  /** The result after the last step is asked for, by so many rows. */
  show(rows: number): void {
    this.#shown[this.#shown.length - 1] = 1;
    this.#shares.push(rows);
  }

  /** The results that were asked for, one column an aggregate. */
  run(state: AggregateState, calls: OverCalls, store: RowStore): Column[] {
    if (calls.aggregates.length === 0) return [];
    const rows = Int32Array.from(this.#rows);
    const columns: Column[] = [];
    for (const column of calls.read) columns[column] = store.takeColumn(column, rows, rows.length);
    const kinds = this.#retracts ? Uint8Array.from(this.#kinds) : undefined;
    const batch = { length: rows.length, columns, kinds };
    return state.scan(batch, Int32Array.from(this.#groups), Uint8Array.from(this.#shown), this.#shares.length);
  }

  /** For each output row the number of its result. */
  resultOf(): Int32Array {
    const total = this.#shares.reduce((sum, rows) => sum + rows, 0);
    const of = new Int32Array(total);
    let at = 0;
    this.#shares.forEach((rows, result) => {
      of.fill(result, at, at + rows);
      at += rows;
    });
    return of;
  }
}
