import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { takeColumn } from '../data/take.ts';
import { grown, nextCapacity } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
import type { JoinState } from './join-state.ts';

/** Fills `rows` with the positions of a joined batch (left columns, then right columns) for which the condition is TRUE, and counts them. */
export interface JoinTest {
  readonly select: (joined: Batch, rows: Int32Array) => number;
  /** The columns that it reads; others need not be there. */
  readonly reads: ReadonlySet<number>;
}

/**
 * The pairs of a batch's rows and rows of the other side that belong together: equal keys, and the condition holds. While a batch of one side
 * is looked at the other side stays as it is, so all pairs can be found before any change is sent.
 *
 * Cost: one step a pair of equal keys; with a condition, its columns are gathered for those pairs.
 */
export class JoinMatches {
  /** Pair i: row `rows[i]` of the batch, ascending, and row `matches[i]` of the other side, in its order of arrival. */
  rows: Int32Array = new Int32Array(BATCH_ROWS);
  matches: Int32Array = new Int32Array(BATCH_ROWS);
  readonly #state: JoinState;
  readonly #test: JoinTest | undefined;
  readonly #leftWidth: number;
  readonly #rightWidth: number;
  readonly #kept = new Int32Array(BATCH_ROWS);

  constructor(state: JoinState, left: Schema, right: Schema, test: JoinTest | undefined) {
    this.#state = state;
    this.#test = test;
    this.#leftWidth = left.length;
    this.#rightWidth = right.length;
  }

  /** The number of pairs. Equal rows of the other side that share one place are one pair: see JoinSide.counts. */
  find(batch: Batch, port: number, keyOf: Int32Array): number {
    const side = this.#state.sides[1 - port]!;
    const { next } = side;
    const forgets = side.written !== undefined;
    const links = this.#state.links.array;
    const head = port === 0 ? 2 : 0;
    let n = 0;
    let tested = 0;
    for (let r = 0; r < batch.length; r++) {
      const key = keyOf[r]!;
      if (key < 0) continue;
      for (let match = links[4 * key + head]!; match !== 0; match = next[match - 1]!) {
        if (forgets && side.isExpired(match - 1, this.#state.now)) continue;
        if (this.#test !== undefined && n - tested === BATCH_ROWS) n = tested = this.#filter(batch, port, tested, n);
        if (n === this.rows.length) this.#grow(n + 1);
        this.rows[n] = r;
        this.matches[n++] = match - 1;
      }
    }
    return this.#test === undefined ? n : this.#filter(batch, port, tested, n);
  }

  #grow(n: number): void {
    const capacity = nextCapacity(BATCH_ROWS, n);
    this.rows = grown(this.rows, capacity);
    this.matches = grown(this.matches, capacity);
  }

  /** Drops those of the pairs from .. to for which the condition is not TRUE. */
  #filter(batch: Batch, port: number, from: number, to: number): number {
    const length = to - from;
    if (length === 0) return from;
    const { select, reads } = this.#test!;
    const rows = this.rows.subarray(from, to);
    const own = batch.columns.map((column, i) =>
      reads.has(port === 0 ? i : i + this.#leftWidth) ? takeColumn(column, rows, length) : column,
    );
    const [first, last] = port === 0 ? [this.#leftWidth, this.#leftWidth + this.#rightWidth] : [0, this.#leftWidth];
    const wanted = Array.from({ length: last - first }, (_, i) => reads.has(first + i));
    const other = this.#state.sides[1 - port]!.take(this.matches.subarray(from, to), length, wanted);
    const columns: Column[] = port === 0 ? [...own, ...other] : [...other, ...own];
    const kept = select({ length, columns, kinds: undefined }, this.#kept);
    for (let i = 0; i < kept; i++) {
      this.rows[from + i] = this.rows[from + this.#kept[i]!]!;
      this.matches[from + i] = this.matches[from + this.#kept[i]!]!;
    }
    return from + kept;
  }
}
