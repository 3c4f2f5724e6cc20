import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { RowStore, type RowStoreState } from '../state/row-store.ts';
import { grown, nextCapacity } from '../state/typed.ts';
import type { DataType } from '../types/type.ts';
import type { EpochMs } from '../types/value.ts';
import type { KeyLinks } from './key-links.ts';

export interface IntervalSideState {
  readonly rows: RowStoreState;
  readonly times: Float64Array;
  readonly hits: Uint8Array;
  readonly next: Int32Array;
  readonly previous: Int32Array;
}

/** Rows of one input by key, each key's in the order of their times (equal ones in the order of arrival) or of arrival: a doubly linked list a key. */
export class IntervalSide {
  readonly #store: RowStore;
  readonly #links: KeyLinks;
  /** Where this side's head is among a key's links. */
  readonly #at: 0 | 2;
  /** By row. */
  times: Float64Array = new Float64Array(64);
  /** By row: 1 = it has met a partner. */
  hits: Uint8Array = new Uint8Array(64);
  /** By row: row + 1 of the next of the key. */
  next: Int32Array = new Int32Array(64);
  #previous: Int32Array = new Int32Array(64);
  #numbers: Int32Array = new Int32Array(4096);

  constructor(types: readonly DataType[], links: KeyLinks, side: 0 | 1) {
    this.#store = new RowStore(types);
    this.#links = links;
    this.#at = side === 0 ? 0 : 2;
  }

  get live(): number {
    return this.#store.live;
  }

  /** Row + 1 of the first row of a key. */
  head(key: number): number {
    return this.#links.array[4 * key + this.#at]!;
  }
  /** Row + 1 of the last row of a key. */
  tail(key: number): number {
    return this.#links.array[4 * key + this.#at + 1]!;
  }
  /** Row + 1 of the row before. */
  before(row: number): number {
    return this.#previous[row]!;
  }

  /**
   * Gives rows from .. to of a batch numbers, by row; they belong to no key yet. `times` by row: undefined = all the same, so that lists have the order
   * of arrival. The array is used again by the next call.
   */
  store({ columns, length }: Batch, from: number, to: number, times?: Float64Array): Int32Array {
    if (this.#numbers.length < length) this.#numbers = new Int32Array(nextCapacity(4096, length));
    const numbers = this.#numbers;
    this.#store.append(columns, from, to, numbers);
    this.#ensure(this.#store.bound);
    for (let r = from; r < to; r++) {
      const row = numbers[r]!;
      this.times[row] = times === undefined ? 0 : times[r]!;
      this.hits[row] = 0;
    }
    return numbers;
  }
  #ensure(bound: number): void {
    if (this.times.length >= bound) return;
    const capacity = nextCapacity(this.times.length, bound);
    this.times = grown(this.times, capacity);
    this.hits = grown(this.hits, capacity);
    this.next = grown(this.next, capacity);
    this.#previous = grown(this.#previous, capacity);
  }

  /** Puts a row into its key's list. */
  link(key: number, row: number): void {
    const links = this.#links.array;
    const head = 4 * key + this.#at;
    const time = this.times[row]!;
    let before = links[head + 1]!;
    while (before !== 0 && this.times[before - 1]! > time) before = this.#previous[before - 1]!;
    const after = before === 0 ? links[head]! : this.next[before - 1]!;
    this.#previous[row] = before;
    this.next[row] = after;
    if (before === 0) links[head] = row + 1;
    else this.next[before - 1] = row + 1;
    if (after === 0) links[head + 1] = row + 1;
    else this.#previous[after - 1] = row + 1;
  }

  /** Puts a row behind all others of its key, whatever its time. */
  append(key: number, row: number): void {
    const links = this.#links.array;
    const head = 4 * key + this.#at;
    const before = links[head + 1]!;
    this.#previous[row] = before;
    this.next[row] = 0;
    if (before === 0) links[head] = row + 1;
    else this.next[before - 1] = row + 1;
    links[head + 1] = row + 1;
  }

  /** Takes a row out of its key's list; its number still means it until `free`. */
  unlink(key: number, row: number): void {
    const links = this.#links.array;
    const head = 4 * key + this.#at;
    const before = this.#previous[row]!;
    const after = this.next[row]!;
    if (before === 0) links[head] = after;
    else this.next[before - 1] = after;
    if (after === 0) links[head + 1] = before;
    else this.#previous[after - 1] = before;
  }

  free(row: number): void {
    this.#store.free(row);
  }

  take(rows: Int32Array, n: number): Column[] {
    return this.#store.takeNullable(rows, n);
  }

  timeOf(row: number): EpochMs {
    return this.times[row]!;
  }

  get byteLength(): number {
    return this.#store.byteLength + this.times.byteLength + this.next.byteLength * 2 + this.hits.byteLength;
  }

  snapshot(): IntervalSideState {
    const { bound } = this.#store;
    return {
      rows: this.#store.snapshot(),
      times: this.times.slice(0, bound),
      hits: this.hits.slice(0, bound),
      next: this.next.slice(0, bound),
      previous: this.#previous.slice(0, bound),
    };
  }
  restore({ rows, times, hits, next, previous }: IntervalSideState): void {
    this.#store.restore(rows);
    const capacity = nextCapacity(64, times.length);
    this.times = grown(times, capacity);
    this.hits = grown(hits, capacity);
    this.next = grown(next, capacity);
    this.#previous = grown(previous, capacity);
  }
}
