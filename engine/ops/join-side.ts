import type { Batch } from '../data/batch.ts';
import { rowAt, sliceBatch } from '../data/batch-rows.ts';
import { rowKey } from '../data/key.ts';
import type { Column } from '../data/column.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { RowStore, type RowStoreState } from '../state/row-store.ts';
import { grown, grownUncleared, nextCapacity } from '../state/typed.ts';
import type { KeyLinks } from './key-links.ts';
import type { DataType } from '../types/type.ts';
import type { EpochMs, Ms } from '../types/value.ts';

/**
 * How a row that is taken back is found:
 * - none: the input only grows;
 * - row: by all of its columns, equal rows are one with a count;
 * - columns of a unique key: a row takes the place of the one with its key, whatever that holds (the input may leave out -U).
 * As the state views behind Flink's JoinInputSideSpec.
 */
export type RowIdentity = 'none' | 'row' | readonly number[];

export interface JoinSideState {
  readonly rows: RowStoreState | undefined;
  readonly identity: KeyTableState | undefined;
  readonly byKey: Int32Array | undefined;
  readonly counts: Int32Array | undefined;
  readonly degrees: Int32Array | undefined;
  readonly next: Int32Array;
  readonly previous: Int32Array;
  readonly written: Float64Array | undefined;
}

/**
 * The rows of one input of a join, found by key: a list of rows a key, in the order of arrival.
 *
 * State: the rows in columns, two links a row when rows may leave, a count when equal rows are one, a degree for outer joins.
 */
export class JoinSide {
  readonly #links: KeyLinks;
  /** Where this side's head is among a key's links. */
  readonly #at: 0 | 2;
  readonly #unique: readonly number[] | undefined;
  /** By row: row + 1 of the next of the key. */
  next: Int32Array = new Int32Array(64);
  /** By row, for inputs that take rows back: row + 1 of the one before. */
  #previous: Int32Array = new Int32Array(0);
  /** How often a row is there; undefined = every row once. */
  counts: Int32Array | undefined;
  /** By row: how many rows of the other side it is joined with, those that are there n times counted n times. */
  degrees: Int32Array | undefined;
  /** By row: when it was written last, where rows are forgotten after `ttl`. As Flink's OnCreateAndWrite, NeverReturnExpired. */
  written: Float64Array | undefined;
  readonly ttl: Ms;
  readonly #store: RowStore | undefined;
  readonly #identity: KeyTable | undefined;
  /** By number of a unique key: its row + 1. */
  #byKey: Int32Array | undefined;
  /** The place of row r of the last batch; negative: it is not kept. */
  numbers: Int32Array = new Int32Array(4096);
  #now: EpochMs = 0;
  #groups: Int32Array = new Int32Array(0);
  #where: Int32Array = new Int32Array(0);

  /**
   * @param degrees keeps for each row how many rows of the other side it is joined with
   * @param ttl rows that were not written for so long are gone; 0: they stay
   */
  constructor(
    types: readonly DataType[],
    identity: RowIdentity,
    links: KeyLinks,
    side: 0 | 1,
    degrees = false,
    ttl: Ms = 0,
  ) {
    this.ttl = ttl;
    if (ttl > 0) this.written = new Float64Array(64);
    this.#links = links;
    this.#at = side === 0 ? 0 : 2;
    this.#unique = typeof identity === 'string' ? undefined : identity;
    if (identity === 'row') {
      this.#identity = new KeyTable(types);
      this.counts = new Int32Array(64);
    } else {
      this.#store = new RowStore(types);
      if (this.#unique !== undefined) {
        this.#identity = new KeyTable(this.#unique.map((column) => types[column]!));
        this.#byKey = new Int32Array(64);
      }
    }
    if (identity !== 'none') this.#previous = new Int32Array(64);
    if (degrees) this.degrees = new Int32Array(64);
  }

  get live(): number {
    return this.#store?.live ?? this.#identity!.live;
  }

  #ensureRows(bound: number): void {
    if (this.next.length >= bound) return;
    const capacity = nextCapacity(this.next.length, bound);
    this.next = grownUncleared(this.next, capacity);
    if (this.#identity !== undefined) this.#previous = grown(this.#previous, capacity);
    if (this.counts !== undefined) this.counts = grown(this.counts, capacity);
    if (this.degrees !== undefined) this.degrees = grown(this.degrees, capacity);
    if (this.written !== undefined) this.written = grown(this.written, capacity);
  }

  isExpired(row: number, now: EpochMs): boolean {
    return this.written !== undefined && this.written[row]! + this.ttl <= now;
  }

  /** Adds (or takes back) the rows of a batch; keyOf[r] = the key of row r, negative: the row can match nothing and is left out. */
  change(batch: Batch, keyOf: Int32Array, now: EpochMs = 0): void {
    this.#now = now;
    const { length } = batch;
    if (this.numbers.length < length) this.numbers = new Int32Array(nextCapacity(4096, length));
    if (this.#identity === undefined) {
      if (batch.kinds?.some((kind) => (kind & 1) === 1) === true) this.#search(batch, keyOf);
      else this.#append(batch, keyOf);
    } else if (this.#unique === undefined) this.#count(batch, keyOf);
    else this.#replace(batch, keyOf, this.#unique);
  }

  /** An input that was declared to only grow takes rows back all the same: each is looked for among the rows of its key. */
  #search(batch: Batch, keyOf: Int32Array): void {
    const { length, kinds } = batch;
    const numbers = new Int32Array(length).fill(-1);
    const one = new Int32Array(1);
    for (let r = 0; r < length; r++) {
      one[0] = keyOf[r]!;
      if (one[0] < 0) continue;
      const single = sliceBatch(batch, r, r + 1);
      if ((kinds![r]! & 1) === 1) this.#removeEqual(one[0], rowKey(rowAt(single, 0)));
      else {
        this.#append(single, one);
        numbers[r] = this.numbers[0]!;
      }
    }
    this.numbers.set(numbers);
  }

  #removeEqual(key: number, wanted: string): void {
    const links = this.#links.array;
    const head = 4 * key + this.#at;
    const one = new Int32Array(1);
    for (let before = 0, row = links[head]!; row !== 0; before = row, row = this.next[row - 1]!) {
      one[0] = row - 1;
      if (rowKey(rowAt({ length: 1, columns: this.take(one, 1), kinds: undefined }, 0)) !== wanted) continue;
      const after = this.next[row - 1]!;
      if (before === 0) links[head] = after;
      else this.next[before - 1] = after;
      if (after === 0) links[head + 1] = before;
      this.#store!.free(row - 1);
      return;
    }
  }

  #append({ columns, length }: Batch, keyOf: Int32Array): void {
    const { numbers } = this;
    this.#store!.append(columns, 0, length, numbers, keyOf);
    this.#ensureRows(this.#store!.bound);
    const { next } = this;
    const links = this.#links.array;
    const at = this.#at;
    for (let r = 0; r < length; r++) {
      const key = keyOf[r]!;
      if (key < 0) continue;
      const row = numbers[r]!;
      if (this.written !== undefined) this.written[row] = this.#now;
      const tail = links[4 * key + at + 1]!;
      next[row] = 0;
      if (tail === 0) links[4 * key + at] = row + 1;
      else next[tail - 1] = row + 1;
      links[4 * key + at + 1] = row + 1;
    }
  }

  #count({ columns, length, kinds }: Batch, keyOf: Int32Array): void {
    const { numbers } = this;
    const identity = this.#identity!;
    identity.findOrInsert(columns, 0, length, numbers);
    this.#ensureRows(identity.capacity);
    const counts = this.counts!;
    for (let r = 0; r < length; r++) {
      const row = numbers[r]!;
      const key = keyOf[r]!;
      if (key < 0) continue;
      if (this.written !== undefined) {
        if (counts[row]! > 0 && this.isExpired(row, this.#now)) {
          counts[row] = 0;
          this.#unlink(key, row);
        }
        this.written[row] = this.#now;
      }
      if (kinds === undefined || (kinds[r]! & 1) === 0) {
        if (counts[row]!++ === 0) this.#link(key, row);
      } else if (counts[row]! > 0 && --counts[row]! === 0) this.#unlink(key, row);
    }
    for (let r = 0; r < length; r++) if (counts[numbers[r]!] === 0) identity.remove(numbers[r]!);
    KeyTable.sweep(identity.encoder, [identity]);
  }

  #replace({ columns, length, kinds }: Batch, keyOf: Int32Array, unique: readonly number[]): void {
    const identity = this.#identity!;
    const store = this.#store!;
    const { numbers } = this;
    if (this.#groups.length < length) {
      this.#groups = new Int32Array(numbers.length);
      this.#where = new Int32Array(numbers.length);
    }
    const groups = this.#groups;
    const where = this.#where;
    const keyColumns = unique.map((column) => columns[column]!);
    identity.findOrInsert(keyColumns, 0, length, groups);
    if (this.#byKey!.length < identity.capacity) this.#byKey = grown(this.#byKey!, identity.capacity);
    const byKey = this.#byKey!;
    for (let r = 0; r < length; r++) {
      const adds = kinds === undefined || (kinds[r]! & 1) === 0;
      where[r] = adds ? keyOf[r]! : -1;
    }
    store.append(columns, 0, length, numbers, where);
    this.#ensureRows(store.bound);
    for (let r = 0; r < length; r++) {
      const key = keyOf[r]!;
      if (key < 0) continue;
      const group = groups[r]!;
      const old = byKey[group]! - 1;
      if (old >= 0) {
        this.#unlink(key, old);
        store.free(old);
      }
      const row = numbers[r]!;
      if (row >= 0) {
        this.#link(key, row);
        if (this.written !== undefined) this.written[row] = this.#now;
      }
      byKey[group] = row + 1;
    }
    for (let r = 0; r < length; r++) if (byKey[groups[r]!] === 0) identity.remove(groups[r]!);
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

  /** Drops the rows of some keys that were not written for `ttl`. */
  sweep(keys: Iterable<number>, now: EpochMs): void {
    const links = this.#links.array;
    const gone = new Uint8Array(this.next.length);
    for (const key of keys) {
      const head = 4 * key + this.#at;
      for (let before = 0, row = links[head]!; row !== 0;) {
        const after = this.next[row - 1]!;
        if (!this.isExpired(row - 1, now)) before = row;
        else {
          gone[row - 1] = 1;
          if (before === 0) links[head] = after;
          else this.next[before - 1] = after;
          if (after === 0) links[head + 1] = before;
          else if (this.#identity !== undefined) this.#previous[after - 1] = before;
          this.#store?.free(row - 1);
        }
        row = after;
      }
    }
    const identity = this.#identity;
    if (identity === undefined) return;
    for (const group of identity.groups()) {
      const row = this.#byKey === undefined ? group : this.#byKey[group]! - 1;
      if (row < 0 || gone[row] === 0) continue;
      if (this.#byKey !== undefined) this.#byKey[group] = 0;
      if (this.counts !== undefined) this.counts[row] = 0;
      identity.remove(group);
    }
    KeyTable.sweep(identity.encoder, [identity]);
  }

  /** Rows rows[0], ..., rows[n - 1] as columns; those that are not `wanted` may be empty. */
  take(rows: Int32Array, n: number, wanted?: readonly boolean[]): Column[] {
    return this.#store?.take(rows, n, wanted) ?? this.#identity!.keyColumns(rows, n);
  }

  get byteLength(): number {
    const rows = (this.#store?.byteLength ?? 0) + (this.#identity?.byteLength ?? 0) + (this.#byKey?.byteLength ?? 0);
    const links = this.next.byteLength + this.#previous.byteLength;
    return rows + links + (this.counts?.byteLength ?? 0) + (this.degrees?.byteLength ?? 0);
  }

  snapshot(): JoinSideState {
    const bound = this.#store?.bound ?? this.#identity!.bound;
    return {
      rows: this.#store?.snapshot(),
      identity: this.#identity?.snapshot(),
      byKey: this.#byKey?.slice(0, this.#identity!.bound),
      counts: this.counts?.slice(0, bound),
      degrees: this.degrees?.slice(0, bound),
      next: this.next.slice(0, bound),
      previous: this.#previous.slice(0, bound),
      written: this.written?.slice(0, bound),
    };
  }

  restore(state: JoinSideState): void {
    if (state.rows !== undefined) this.#store!.restore(state.rows);
    if (state.identity !== undefined) this.#identity!.restore(state.identity);
    this.#byKey = state.byKey && grown(state.byKey, Math.max(64, this.#identity!.capacity));
    const capacity = this.#store === undefined ? this.#identity!.capacity : 0;
    const rows = Math.max(nextCapacity(64, state.next.length), capacity);
    this.next = grown(state.next, rows);
    if (this.#identity !== undefined) this.#previous = grown(state.previous, rows);
    this.counts = state.counts && grown(state.counts, rows);
    this.degrees = state.degrees && grown(state.degrees, rows);
    // A savepoint of a job without a limit: its rows count as written now.
    if (this.ttl > 0) this.written = grown(state.written ?? new Float64Array(rows).fill(this.#now), rows);
  }
}
