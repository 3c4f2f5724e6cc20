import type { Batch } from '../data/batch.ts';
import type { SortKey } from '../plan/logical.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { OrderedLists, type OrderedListsState } from '../state/ordered-lists.ts';
import { RowStore, type RowStoreState } from '../state/row-store.ts';
import { sortLanes, type SortLanes } from '../state/sort-lanes.ts';
import { grown, nextCapacity } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
import { Expiry, type ExpiryOptions } from './expiry.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { Partitions } from './partitions.ts';
import { RankChanges, type RankChangesOptions } from './rank-changes.ts';
import { nameOf } from './sort.ts';

export interface RankOptions extends RankChangesOptions {
  readonly input: Schema;
  readonly partition: readonly number[];
  readonly order: readonly SortKey[];
  /** Columns by which an update is known to be of the same row, those of the partition among them; undefined: the input only grows. */
  readonly rowKey: readonly number[] | undefined;
  readonly expiry?: ExpiryOptions | undefined;
}

interface Snapshot {
  readonly partitions: KeyTableState | undefined;
  readonly lists: OrderedListsState;
  readonly ends: Float64Array;
  readonly store: RowStoreState;
  readonly keys: KeyTableState | undefined;
  readonly rowOf: Int32Array;
  readonly written: Float64Array | undefined;
}

/**
 * Top-N over an input that only grows, or whose rows only get better: the first rows of each partition, kept up to date.
 *
 * State: the rows that are among the first, in order. Emits, as Flink's AppendOnlyTopNFunction and UpdatableTopNFunction: see RankChanges.
 * A row that is equal to the last one in all sort keys does not push it out; equal rows stay in the order in which they came.
 * After `expiry` a partition begins anew. Cost: a comparison for a row that is not among the first.
 */
export class Rank extends OneInput {
  readonly name: string;
  readonly #options: RankOptions;
  readonly #partitions: Partitions;
  readonly #lists = new OrderedLists();
  readonly #changes: RankChanges;
  readonly #store: RowStore;
  readonly #lanes: SortLanes;
  readonly #expiry: Expiry | undefined;
  /** With a row key: rows by key, and for each key the row's number plus 1. */
  readonly #keys: KeyTable | undefined;
  #rowOf: Int32Array = new Int32Array(0);
  /** The key of each row. */
  #keyOf: Int32Array = new Int32Array(0);
  #keyOfBatch: Int32Array = new Int32Array(0);
  /** The number of each row of the batch that is kept, -1 for the others. */
  #numbers: Int32Array = new Int32Array(0);
  /** Rows that are no longer among the first; their numbers are given up once the changes were shown. */
  #dead: number[] = [];

  constructor(options: RankOptions) {
    super();
    this.#options = options;
    const { input, partition, order, rowKey } = options;
    const types = input.map(({ type }) => type);
    this.name = `Rank[${[...partition.map((key) => input[key]!.name), ...order.map((key) => nameOf(key, input))].join(', ')}]`;
    this.#partitions = new Partitions(partition, input);
    this.#changes = new RankChanges(this.#lists, options);
    this.#store = new RowStore(types);
    this.#lanes = sortLanes(order, types);
    this.#expiry = options.expiry && new Expiry(options.expiry);
    this.#keys = rowKey && new KeyTable(rowKey.map((key) => types[key]!));
  }

  push(batch: Batch): void {
    const { length, columns } = batch;
    if (length === 0) return;
    const of = this.#partitions.assign(batch);
    const { capacity } = this.#partitions;
    this.#lists.ensure(capacity);
    this.#changes.ensure(capacity);
    this.#lanes.read(columns, length);
    if (this.#expiry !== undefined) this.#forgetExpired(this.#expiry, of, length);
    if (this.#numbers.length < length) this.#numbers = new Int32Array(nextCapacity(4096, length));
    this.#numbers.fill(-1, 0, length);
    if (this.#keys === undefined) this.#append(batch, of);
    else this.#update(batch, of, this.#keys);
    this.#store.write(columns, 0, length, this.#numbers);
    this.#put();
    this.#sweep(batch);
  }

  /** Partitions that begin anew: what they showed stays shown, as in Flink. */
  #forgetExpired(expiry: Expiry, of: Int32Array, length: number): void {
    expiry.begin(this.#partitions.capacity);
    for (let r = 0; r < length; r++) {
      const partition = of[r]!;
      if (!expiry.isOver(partition)) continue;
      const size = this.#lists.sizes[partition]!;
      for (let i = 0; i < size; i++) this.#drop(this.#lists.at(partition, i));
      this.#lists.clear(partition);
      this.#changes.forget(partition);
      expiry.write(partition);
    }
  }

  #append({ length, columns }: Batch, of: Int32Array): void {
    const lists = this.#lists;
    const lanes = this.#lanes;
    for (let r = 0; r < length; r++) {
      const partition = of[r]!;
      const end = this.#changes.endOf(partition, columns, r);
      const size = lists.sizes[partition]!;
      if (size >= end && (end <= 0 || lanes.compareRow(r, lists.items[lists.starts[partition]! + size - 1]!) >= 0))
        continue;
      this.#enter(r, partition, size, end);
    }
  }

  /** A new row among the first. */
  #enter(r: number, partition: number, size: number, end: number): number {
    const number = this.#store.claim();
    this.#expiry?.write(partition);
    this.#numbers[r] = number;
    this.#lanes.keep(r, number);
    const place = this.#placeOf(r, partition, size);
    this.#lists.insert(partition, place, number);
    this.#changes.inserted(partition, place, size, end);
    if (size >= end) this.#drop(this.#lists.removeAt(partition, size));
    return number;
  }

  /** The place behind all rows that are not greater. */
  #placeOf(r: number, partition: number, size: number): number {
    const { items, starts } = this.#lists;
    const base = starts[partition]!;
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#lanes.compareRow(r, items[base + middle]!) >= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #drop(number: number): void {
    this.#dead.push(number);
    if (this.#keys !== undefined) this.#rowOf[this.#keyOf[number]!] = 0;
  }

  #update({ length, columns, kinds }: Batch, of: Int32Array, keys: KeyTable): void {
    if (this.#keyOfBatch.length < length) this.#keyOfBatch = new Int32Array(nextCapacity(4096, length));
    const own = this.#options.rowKey!.map((key) => columns[key]!);
    keys.findOrInsert(own, 0, length, this.#keyOfBatch);
    if (this.#rowOf.length < keys.capacity) this.#rowOf = grown(this.#rowOf, keys.capacity);
    for (let r = 0; r < length; r++) {
      // The -U of an update says nothing that its +U does not.
      if (kinds !== undefined && (kinds[r]! & 1) === 1) continue;
      const partition = of[r]!;
      const end = this.#changes.endOf(partition, columns, r);
      const key = this.#keyOfBatch[r]!;
      const old = this.#rowOf[key]! - 1;
      if (old >= 0) this.#improve(r, partition, old, key, end);
      else {
        const size = this.#lists.sizes[partition]!;
        const isOut = size >= end && (end <= 0 || this.#lanes.compareRow(r, this.#lists.at(partition, size - 1)) >= 0);
        if (!isOut) this.#know(key, this.#enter(r, partition, size, end));
      }
    }
  }

  #know(key: number, number: number): void {
    if (number >= this.#keyOf.length) this.#keyOf = grown(this.#keyOf, nextCapacity(this.#keyOf.length, number + 1));
    this.#keyOf[number] = key;
    this.#rowOf[key] = number + 1;
  }

  /** A new version of a row that is among the first. */
  #improve(r: number, partition: number, old: number, key: number, end: number): void {
    const lists = this.#lists;
    const size = lists.sizes[partition]!;
    let from = 0;
    while (lists.at(partition, from) !== old) from++;
    const isEqual = this.#lanes.compareRow(r, old) === 0;
    const number = this.#store.claim();
    this.#expiry?.write(partition);
    this.#numbers[r] = number;
    this.#lanes.keep(r, number);
    lists.removeAt(partition, from);
    const to = isEqual ? from : this.#placeOf(r, partition, size - 1);
    lists.insert(partition, to, number);
    this.#changes.moved(partition, old, from, to, end);
    this.#dead.push(old);
    this.#know(key, number);
  }

  #put(): void {
    const batch = this.#changes.take((rows, n) => this.#store.take(rows, n));
    if (batch !== undefined) this.output.push(batch);
  }

  #sweep({ length }: Batch): void {
    for (const number of this.#dead) this.#store.free(number);
    this.#dead = [];
    const keys = this.#keys;
    if (keys === undefined) return;
    for (let r = 0; r < length; r++) {
      const key = this.#keyOfBatch[r]!;
      if (this.#rowOf[key] === 0) keys.remove(key);
    }
    KeyTable.sweep(keys.encoder, [keys]);
  }

  override snapshot(): OperatorState {
    const { bound } = this.#partitions;
    this.#lists.ensure(this.#partitions.capacity);
    return {
      partitions: this.#partitions.snapshot(),
      lists: this.#lists.snapshot(bound),
      ends: this.#changes.snapshot(bound),
      store: this.#store.snapshot(),
      keys: this.#keys?.snapshot(),
      rowOf: this.#rowOf.slice(0, this.#keys?.bound ?? 0),
      written: this.#expiry?.snapshot(bound),
    } satisfies Snapshot;
  }

  override restore(state: OperatorState): void {
    const { partitions, lists, ends, store, keys, rowOf, written } = state as Snapshot;
    this.#partitions.restore(partitions);
    const { capacity } = this.#partitions;
    this.#lists.restore(lists, capacity);
    this.#changes.restore(ends, capacity);
    if (written !== undefined) this.#expiry?.restore(written, capacity);
    this.#store.restore(store);
    this.#lanes.read(store.columns, store.bound);
    for (let number = 0; number < store.bound; number++) this.#lanes.keep(number, number);
    if (keys === undefined) return;
    this.#keys!.restore(keys);
    this.#rowOf = grown(rowOf, this.#keys!.capacity);
    rowOf.forEach((row, key) => {
      if (row > 0) this.#know(key, row - 1);
    });
  }

  override stats(): OperatorStats {
    const { byteLength } = this.#store;
    const index = this.#partitions.byteLength + this.#lists.byteLength + this.#lanes.byteLength;
    return { stateRows: this.#store.live, stateBytes: byteLength + index + (this.#keys?.byteLength ?? 0), lateRows: 0 };
  }
}
