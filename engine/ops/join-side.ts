import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { RowStore, type RowStoreState } from '../state/row-store.ts';
import { grown, grownUncleared, nextCapacity } from '../state/typed.ts';
import type { KeyLinks } from './key-links.ts';
import type { DataType } from '../types/type.ts';

export interface JoinSideState {
  readonly rows: RowStoreState | KeyTableState;
  readonly counts: Int32Array | undefined;
  readonly next: Int32Array;
  readonly previous: Int32Array;
}

/**
 * The rows of one input of a join, found by key: a list of rows a key, in the order of arrival.
 *
 * An input that only grows appends its rows. For an input that takes rows back, equal rows are one with a count, found by a table over all
 * columns.
 */
export class JoinSide {
  readonly #links: KeyLinks;
  /** Where this side's head is among a key's links. */
  readonly #at: 0 | 2;
  /** By row: row + 1 of the next of the key. */
  next: Int32Array = new Int32Array(64);
  /** By row, for inputs that take rows back: row + 1 of the one before. */
  #previous: Int32Array = new Int32Array(0);
  /** How often a row is there; undefined = every row once. */
  counts: Int32Array | undefined;
  readonly #store: RowStore | undefined;
  readonly #identity: KeyTable | undefined;
  #numbers: Int32Array = new Int32Array(4096);

  constructor(types: readonly DataType[], retract: boolean, links: KeyLinks, side: 0 | 1) {
    this.#links = links;
    this.#at = side === 0 ? 0 : 2;
    if (retract) {
      this.#identity = new KeyTable(types);
      this.counts = new Int32Array(64);
      this.#previous = new Int32Array(64);
    } else this.#store = new RowStore(types);
  }

  get live(): number {
    return this.#identity?.live ?? this.#store!.live;
  }

  #ensureRows(bound: number): void {
    if (this.next.length >= bound) return;
    const capacity = nextCapacity(this.next.length, bound);
    this.next = grownUncleared(this.next, capacity);
    if (this.counts === undefined) return;
    this.#previous = grown(this.#previous, capacity);
    this.counts = grown(this.counts, capacity);
  }

  /** Adds (or takes back) the rows of a batch; keyOf[r] = the key of row r, negative: the row can match nothing and is left out. */
  change(batch: Batch, keyOf: Int32Array): void {
    const { length } = batch;
    if (this.#numbers.length < length) this.#numbers = new Int32Array(nextCapacity(4096, length));
    if (this.#store !== undefined) this.#append(batch, keyOf);
    else this.#count(batch, keyOf);
  }

  #append({ columns, length }: Batch, keyOf: Int32Array): void {
    const numbers = this.#numbers;
    this.#store!.append(columns, 0, length, numbers, keyOf);
    this.#ensureRows(this.#store!.bound);
    const { next } = this;
    const links = this.#links.array;
    const at = this.#at;
    for (let r = 0; r < length; r++) {
      const key = keyOf[r]!;
      if (key < 0) continue;
      const row = numbers[r]!;
      const tail = links[4 * key + at + 1]!;
      next[row] = 0;
      if (tail === 0) links[4 * key + at] = row + 1;
      else next[tail - 1] = row + 1;
      links[4 * key + at + 1] = row + 1;
    }
  }

  #count({ columns, length, kinds }: Batch, keyOf: Int32Array): void {
    const numbers = this.#numbers;
    const identity = this.#identity!;
    identity.findOrInsert(columns, 0, length, numbers);
    this.#ensureRows(identity.capacity);
    const counts = this.counts!;
    for (let r = 0; r < length; r++) {
      const row = numbers[r]!;
      const key = keyOf[r]!;
      if (key < 0) continue;
      if (kinds === undefined || (kinds[r]! & 1) === 0) {
        if (counts[row]!++ === 0) this.#link(key, row);
      } else if (counts[row]! > 0 && --counts[row]! === 0) this.#unlink(key, row);
    }
    for (let r = 0; r < length; r++) if (counts[numbers[r]!] === 0) identity.remove(numbers[r]!);
    KeyTable.sweep(identity.encoder, [identity]);
  }

  #link(key: number, row: number): void {
    const links = this.#links.array;
    const head = 4 * key + this.#at;
    const tail = links[head + 1]!;
    this.next[row] = 0;
    this.#previous[row] = tail;
    if (tail === 0) links[head] = row + 1;
    else this.next[tail - 1] = row + 1;
    links[head + 1] = row + 1;
  }

  #unlink(key: number, row: number): void {
    const links = this.#links.array;
    const head = 4 * key + this.#at;
    const before = this.#previous[row]!;
    const after = this.next[row]!;
    if (before === 0) links[head] = after;
    else this.next[before - 1] = after;
    if (after === 0) links[head + 1] = before;
    else this.#previous[after - 1] = before;
  }

  /** Rows rows[0], ..., rows[n - 1] as columns. */
  take(rows: Int32Array, n: number): Column[] {
    return this.#store?.take(rows, n) ?? this.#identity!.keyColumns(rows, n);
  }

  get byteLength(): number {
    const rows = this.#store?.byteLength ?? this.#identity!.byteLength;
    return rows + this.next.byteLength + this.#previous.byteLength + (this.counts?.byteLength ?? 0);
  }

  snapshot(): JoinSideState {
    const bound = this.#store?.bound ?? this.#identity!.bound;
    return {
      rows: this.#store?.snapshot() ?? this.#identity!.snapshot(),
      counts: this.counts?.slice(0, bound),
      next: this.next.slice(0, bound),
      previous: this.#previous.slice(0, bound),
    };
  }

  restore(state: JoinSideState): void {
    this.#store?.restore(state.rows as RowStoreState);
    this.#identity?.restore(state.rows as KeyTableState);
    const rows = Math.max(nextCapacity(64, state.next.length), this.#identity?.capacity ?? 0);
    this.next = grown(state.next, rows);
    if (state.counts !== undefined) this.#previous = grown(state.previous, rows);
    this.counts = state.counts && grown(state.counts, rows);
  }
}
