import type { Batch } from '../data/batch.ts';
import { takeBatch } from '../data/batch-rows.ts';
import type { Column } from '../data/column.ts';
import { RowKind } from '../data/row-kind.ts';
import type { SortKey } from '../plan/logical.ts';
import type { KeyTableState } from '../state/key-table.ts';
import { RowStore, type RowStoreState } from '../state/row-store.ts';
import { sortLanes, type SortLanes, type SortLanesState } from '../state/sort-lanes.ts';
import { grown, nextCapacity } from '../state/typed.ts';
import { BIGINT, notNull } from '../types/type.ts';
import type { Schema } from '../types/schema.ts';
import { ChangeList } from './change-list.ts';
import { Expiry, type ExpiryOptions } from './expiry.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { Partitions } from './partitions.ts';
import { rowTimes } from './row-times.ts';
import { nameOf } from './sort.ts';

export interface BestRowOptions {
  readonly input: Schema;
  readonly partition: readonly number[];
  /** The first row by these is kept. None: the first or the last row to arrive. */
  readonly order: readonly SortKey[];
  /** Which of two rows that are equal in all sort keys. */
  readonly ties: 'first' | 'last';
  /** A column that must not be NULL: the time of the rows. */
  readonly timeColumn?: number | undefined;
  /** Whether the rank, 1, is a column of the output. */
  readonly output: boolean;
  /** Whether -U is wanted. */
  readonly updateBefore: boolean;
  readonly expiry?: ExpiryOptions | undefined;
}

interface Snapshot {
  readonly partitions: KeyTableState | undefined;
  readonly numbers: Int32Array;
  readonly lanes: SortLanesState;
  readonly store: RowStoreState | undefined;
  readonly written: Float64Array | undefined;
}

/**
 * One row of each partition, the best so far: Top-1 and deduplication, as Flink's FastTop1Function and its deduplicating functions.
 *
 * State: the sort key of each partition's row, and the row itself when -U is wanted. After `expiry` a partition begins anew.
 * Emits: +I for the first row of a partition; -U of the old and +U of the new one when a better row comes.
 */
export class BestRow extends OneInput {
  readonly name: string;
  readonly #options: BestRowOptions;
  readonly #partitions: Partitions;
  readonly #lanes: SortLanes;
  readonly #store: RowStore | undefined;
  /** By partition: the number of its row plus 1; 0 = it has none. */
  #rowOf: Int32Array = new Int32Array(0);
  /** Partitions that have a row. */
  #live = 0;
  readonly #changes = new ChangeList();
  readonly #expiry: Expiry | undefined;
  #numbers: Int32Array = new Int32Array(0);
  #dead: number[] = [];

  constructor(options: BestRowOptions) {
    super();
    this.#options = options;
    const { input, partition, order, updateBefore } = options;
    const types = input.map(({ type }) => type);
    const what = [...partition.map((key) => input[key]!.name), ...order.map((key) => nameOf(key, input))];
    this.name = `BestRow[${what.join(', ')}]`;
    this.#partitions = new Partitions(partition, input);
    this.#lanes = sortLanes(order, types);
    this.#store = updateBefore ? new RowStore(types) : undefined;
    this.#expiry = options.expiry && new Expiry(options.expiry);
  }

  push(batch: Batch): void {
    const { length, columns } = batch;
    if (length === 0) return;
    const { timeColumn, input } = this.#options;
    if (timeColumn !== undefined) rowTimes(batch, timeColumn, input[timeColumn]!.name);
    const of = this.#partitions.assign(batch);
    if (this.#rowOf.length < this.#partitions.capacity) this.#rowOf = grown(this.#rowOf, this.#partitions.capacity);
    this.#lanes.read(columns, length);
    this.#expiry?.begin(this.#partitions.capacity);
    if (this.#store === undefined) this.#upsert(batch, of);
    else this.#replace(batch, of, this.#store);
  }

  /** Without -U: what is shown are rows of the batch. */
  #upsert(batch: Batch, of: Int32Array): void {
    const { length } = batch;
    const rowOf = this.#rowOf;
    const lanes = this.#lanes;
    const most = this.#options.ties === 'first' ? -1 : 0;
    const changes = this.#changes;
    for (let r = 0; r < length; r++) {
      const partition = of[r]!;
      if (rowOf[partition] === 0 || this.#expiry?.isOver(partition) === true) {
        if (rowOf[partition] === 0) this.#live++;
        rowOf[partition] = 1;
        changes.put(RowKind.Insert, r, 1);
      } else if (lanes.compareRow(r, partition) <= most) changes.put(RowKind.UpdateAfter, r, 1);
      else continue;
      this.#expiry?.write(partition);
      lanes.keep(r, partition);
    }
    const n = changes.length;
    if (n === 0) return;
    const kept = takeBatch(batch, changes.rows, n);
    this.#put(kept.columns, n);
  }

  #replace({ length, columns }: Batch, of: Int32Array, store: RowStore): void {
    if (this.#numbers.length < length) this.#numbers = new Int32Array(nextCapacity(4096, length));
    const rowOf = this.#rowOf;
    const numbers = this.#numbers.fill(-1, 0, length);
    const lanes = this.#lanes;
    const most = this.#options.ties === 'first' ? -1 : 0;
    const changes = this.#changes;
    for (let r = 0; r < length; r++) {
      const partition = of[r]!;
      let old = rowOf[partition]! - 1;
      if (old >= 0 && this.#expiry?.isOver(partition) === true) {
        this.#dead.push(old);
        old = -1;
      }
      if (old >= 0 && lanes.compareRow(r, partition) > most) continue;
      const number = store.claim();
      numbers[r] = number;
      if (rowOf[partition] === 0) this.#live++;
      rowOf[partition] = number + 1;
      this.#expiry?.write(partition);
      lanes.keep(r, partition);
      if (old < 0) changes.put(RowKind.Insert, number, 1);
      else {
        changes.put(RowKind.UpdateBefore, old, 1);
        changes.put(RowKind.UpdateAfter, number, 1);
        this.#dead.push(old);
      }
    }
    const n = changes.length;
    if (n === 0) return;
    store.write(columns, 0, length, numbers);
    this.#put(store.take(changes.rows, n), n);
    for (const number of this.#dead) store.free(number);
    this.#dead = [];
  }

  #put(columns: readonly Column[], length: number): void {
    const kinds = this.#changes.kinds.slice(0, length);
    this.#changes.clear();
    const all = this.#options.output ? [...columns, ones(length)] : columns;
    this.output.push({ length, columns: all, kinds });
  }

  override snapshot(): OperatorState {
    const { bound } = this.#partitions;
    return {
      partitions: this.#partitions.snapshot(),
      numbers: this.#rowOf.slice(0, bound),
      lanes: this.#lanes.snapshot(bound),
      store: this.#store?.snapshot(),
      written: this.#expiry?.snapshot(bound),
    } satisfies Snapshot;
  }

  override restore(state: OperatorState): void {
    const { partitions, numbers, lanes, store, written } = state as Snapshot;
    this.#partitions.restore(partitions);
    this.#rowOf = grown(numbers, this.#partitions.capacity);
    this.#live = numbers.reduce((live, row) => live + (row === 0 ? 0 : 1), 0);
    this.#lanes.restore(lanes);
    if (store !== undefined) this.#store!.restore(store);
    if (written !== undefined) this.#expiry?.restore(written, this.#partitions.capacity);
  }

  override stats(): OperatorStats {
    const bytes = this.#partitions.byteLength + this.#lanes.byteLength + this.#rowOf.byteLength;
    return { stateRows: this.#live, stateBytes: bytes + (this.#store?.byteLength ?? 0), lateRows: 0 };
  }
}

function ones(length: number): Column {
  const values = new BigInt64Array(length).fill(1n);
  return { type: notNull(BIGINT), length, valid: undefined, storage: 'i64', values };
}
