import type { Batch } from '../data/batch.ts';
import type { SortKey } from '../plan/logical.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { OrderedLists, type OrderedListsState } from '../state/ordered-lists.ts';
import { sortLanes, type SortLanes } from '../state/sort-lanes.ts';
import { grown, nextCapacity } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { Partitions } from './partitions.ts';
import { RankChanges, type RankChangesOptions } from './rank-changes.ts';
import { nameOf } from './sort.ts';

export interface RetractableRankOptions extends RankChangesOptions {
  readonly input: Schema;
  readonly partition: readonly number[];
  readonly order: readonly SortKey[];
}

interface Snapshot {
  readonly partitions: KeyTableState | undefined;
  readonly lists: OrderedListsState;
  readonly ends: Float64Array;
  readonly rows: KeyTableState;
  readonly counts: Int32Array;
}

/**
 * Top-N over an input that takes rows back: the first rows of each partition, kept up to date.
 *
 * State: all rows, in order; equal rows once, with a count. A retraction of a row that is not there is ignored.
 * Emits, as Flink's RetractableTopNFunction: see RankChanges.
 */
export class RetractableRank extends OneInput {
  readonly name: string;
  readonly #partitions: Partitions;
  readonly #lists = new OrderedLists();
  readonly #changes: RankChanges;
  readonly #table: KeyTable;
  #counts: Int32Array = new Int32Array(0);
  readonly #lanes: SortLanes;
  #rows: Int32Array = new Int32Array(0);

  constructor(options: RetractableRankOptions) {
    super();
    const { input, partition, order } = options;
    const types = input.map(({ type }) => type);
    this.name = `Rank[${[...partition.map((key) => input[key]!.name), ...order.map((key) => nameOf(key, input))].join(', ')}]`;
    this.#partitions = new Partitions(partition, input);
    this.#changes = new RankChanges(this.#lists, options);
    this.#table = new KeyTable(types);
    this.#lanes = sortLanes(order, types);
  }

  push(batch: Batch): void {
    const { length, columns, kinds } = batch;
    if (length === 0) return;
    const of = this.#partitions.assign(batch);
    const { capacity } = this.#partitions;
    this.#lists.ensure(capacity);
    this.#changes.ensure(capacity);
    this.#lanes.read(columns, length);
    if (this.#rows.length < length) this.#rows = new Int32Array(nextCapacity(4096, length));
    this.#table.findOrInsert(columns, 0, length, this.#rows);
    if (this.#counts.length < this.#table.capacity) this.#counts = grown(this.#counts, this.#table.capacity);
    for (let r = 0; r < length; r++) {
      const partition = of[r]!;
      const end = this.#changes.endOf(partition, columns, r);
      if (kinds === undefined || (kinds[r]! & 1) === 0) this.#add(r, partition, end);
      else this.#remove(r, partition, end);
    }
    this.#put();
    this.#sweep(batch, of);
  }

  #add(r: number, partition: number, end: number): void {
    const row = this.#rows[r]!;
    if (this.#counts[row]!++ === 0) this.#lanes.keep(r, row);
    const size = this.#lists.sizes[partition]!;
    const place = this.#bound(r, partition, 0);
    this.#lists.insert(partition, place, row);
    this.#changes.inserted(partition, place, size, end);
  }

  #remove(r: number, partition: number, end: number): void {
    const row = this.#rows[r]!;
    if (this.#counts[row] === 0) return;
    const size = this.#lists.sizes[partition]!;
    // The first of the equal rows goes.
    let place = this.#bound(r, partition, 1);
    while (this.#lists.at(partition, place) !== row) place++;
    this.#lists.removeAt(partition, place);
    this.#counts[row]!--;
    this.#changes.removed(partition, row, place, size, end);
  }

  /** The first place whose row compares at least so: 0 behind the rows that are not greater, 1 before those that are not less. */
  #bound(r: number, partition: number, least: 0 | 1): number {
    const { items, starts, sizes } = this.#lists;
    const base = starts[partition]!;
    let low = 0;
    let high = sizes[partition]!;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#lanes.compareRow(r, items[base + middle]!) >= least) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #put(): void {
    const batch = this.#changes.take((rows, n) => this.#table.keyColumns(rows, n));
    if (batch !== undefined) this.output.push(batch);
  }

  #sweep({ length }: Batch, of: Int32Array): void {
    for (let r = 0; r < length; r++) {
      const row = this.#rows[r]!;
      if (this.#counts[row] === 0) this.#table.remove(row);
      const partition = of[r]!;
      if (this.#lists.sizes[partition] !== 0) continue;
      this.#lists.clear(partition);
      this.#changes.forget(partition);
      this.#partitions.remove(partition);
    }
    KeyTable.sweep(this.#table.encoder, [this.#table]);
    this.#partitions.sweep();
  }

  override snapshot(): OperatorState {
    const { bound } = this.#partitions;
    this.#lists.ensure(this.#partitions.capacity);
    return {
      partitions: this.#partitions.snapshot(),
      lists: this.#lists.snapshot(bound),
      ends: this.#changes.snapshot(bound),
      rows: this.#table.snapshot(),
      counts: this.#counts.slice(0, this.#table.bound),
    } satisfies Snapshot;
  }

  override restore(state: OperatorState): void {
    const { partitions, lists, ends, rows, counts } = state as Snapshot;
    this.#partitions.restore(partitions);
    const { capacity } = this.#partitions;
    this.#lists.restore(lists, capacity);
    this.#changes.restore(ends, capacity);
    this.#table.restore(rows);
    this.#counts = grown(counts, this.#table.capacity);
    const all = Int32Array.from({ length: rows.bound }, (_, row) => row);
    this.#lanes.read(this.#table.keyColumns(all, rows.bound), rows.bound);
    for (const row of this.#table.groups()) this.#lanes.keep(row, row);
  }

  override stats(): OperatorStats {
    const index = this.#partitions.byteLength + this.#lists.byteLength + this.#lanes.byteLength;
    return { stateRows: this.#table.live, stateBytes: this.#table.byteLength + index, lateRows: 0 };
  }
}
