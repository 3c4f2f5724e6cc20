import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import type { SortKey } from '../plan/logical.ts';
import type { KeyTableState } from '../state/key-table.ts';
import { OrderedLists, type OrderedListsState } from '../state/ordered-lists.ts';
import { RowStore, type RowStoreState } from '../state/row-store.ts';
import { sortLanes, type SortLanes } from '../state/sort-lanes.ts';
import { nextCapacity } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
import type { TimeZone } from '../types/time-zone.ts';
import type { EpochMs } from '../types/value.ts';
import { ChangeList } from './change-list.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { Partitions } from './partitions.ts';
import { nameOf } from './sort.ts';
import { windowClock, type WindowClock } from './window-clock.ts';

export interface WindowRankOptions {
  readonly input: Schema;
  /** Window start and end among them. */
  readonly partition: readonly number[];
  readonly order: readonly SortKey[];
  /** The ranks that are given, from 1, both included. */
  readonly start: number;
  readonly end: number;
  /** Whether the rank is a column of the output. */
  readonly output: boolean;
  readonly windowEnd: number;
  /** Of rows that are equal in all sort keys the last one comes first. */
  readonly latest: boolean;
  /** The session's zone when windows lie on its wall clock (TIMESTAMP_LTZ time). */
  readonly zone?: TimeZone | undefined;
}

interface Snapshot {
  readonly partitions: KeyTableState | undefined;
  readonly lists: OrderedListsState;
  readonly store: RowStoreState;
  readonly windows: readonly (readonly [end: number, partitions: readonly number[]])[];
  readonly watermark: EpochMs;
  readonly late: number;
}

/**
 * The first rows of each partition of a window, given once: when the watermark reaches the window's last millisecond.
 *
 * State: the rows that are among the first of windows that have not closed. Rows of closed windows are late and dropped.
 * Order: by window end, then by the first row of each partition, then by rank.
 */
export class WindowRank extends OneInput {
  readonly name: string;
  readonly #options: WindowRankOptions;
  readonly #clock: WindowClock;
  readonly #partitions: Partitions;
  readonly #lists = new OrderedLists();
  readonly #store: RowStore;
  readonly #lanes: SortLanes;
  /** The partitions of each open window. */
  readonly #windows = new Map<number, number[]>();
  #numbers: Int32Array = new Int32Array(0);
  #open: Uint8Array = new Uint8Array(0);
  readonly #given = new ChangeList();
  #dead: number[] = [];
  #nextTimer: EpochMs = Infinity;
  #watermark: EpochMs = -Infinity;
  #late = 0;

  constructor(options: WindowRankOptions) {
    super();
    this.#options = options;
    const { input, partition, order } = options;
    const types = input.map(({ type }) => type);
    this.name = `WindowRank[${[...partition.map((key) => input[key]!.name), ...order.map((key) => nameOf(key, input))].join(', ')}]`;
    this.#clock = windowClock(options.zone);
    this.#partitions = new Partitions(partition, input);
    this.#store = new RowStore(types);
    this.#lanes = sortLanes(order, types);
  }

  push(batch: Batch): void {
    const { length, columns } = batch;
    if (length === 0) return;
    const { values: ends } = columns[this.#options.windowEnd] as Column & { storage: 'f64' | 'ts' };
    const of = this.#partitions.assign(batch, this.#openRows(ends, length));
    this.#lists.ensure(this.#partitions.capacity);
    this.#lanes.read(columns, length);
    if (this.#numbers.length < length) this.#numbers = new Int32Array(nextCapacity(4096, length));
    const numbers = this.#numbers.fill(-1, 0, length);
    for (let r = 0; r < length; r++) if (of[r]! >= 0) this.#add(r, of[r]!, ends[r]!, numbers);
    this.#store.write(columns, 0, length, numbers);
    for (const number of this.#dead) this.#store.free(number);
    this.#dead = [];
  }

  /** 1 for rows whose window has not closed. */
  #openRows(ends: Float64Array, length: number): Uint8Array {
    if (this.#open.length < length) this.#open = new Uint8Array(nextCapacity(4096, length));
    const open = this.#open;
    for (let r = 0; r < length; r++) {
      const end = ends[r]!;
      if (r > 0 && end === ends[r - 1]) open[r] = open[r - 1]!;
      else open[r] = this.#clock.timerAt(end - 1) <= this.#watermark ? 0 : 1;
      if (open[r] === 0) this.#late++;
    }
    return open;
  }

  #add(r: number, partition: number, windowEnd: number, numbers: Int32Array): void {
    const { end, latest } = this.#options;
    const lists = this.#lists;
    const size = lists.sizes[partition]!;
    const least = latest ? 1 : 0;
    if (size === 0) this.#know(partition, windowEnd);
    else if (size >= end && this.#lanes.compareRow(r, lists.at(partition, size - 1)) >= least) return;
    const base = lists.starts[partition]!;
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#lanes.compareRow(r, lists.items[base + middle]!) >= least) low = middle + 1;
      else high = middle;
    }
    const number = this.#store.claim();
    numbers[r] = number;
    this.#lanes.keep(r, number);
    lists.insert(partition, low, number);
    if (size >= end) this.#dead.push(lists.removeAt(partition, size));
  }

  #know(partition: number, windowEnd: number): void {
    const known = this.#windows.get(windowEnd);
    if (known !== undefined) {
      known.push(partition);
      return;
    }
    this.#windows.set(windowEnd, [partition]);
    this.#nextTimer = Math.min(this.#nextTimer, this.#clock.timerAt(windowEnd - 1));
  }

  protected override onWatermark(watermark: EpochMs): void {
    this.#watermark = watermark;
    if (this.#nextTimer > watermark) return;
    const due = [...this.#windows.keys()].filter((end) => this.#clock.timerAt(end - 1) <= watermark);
    for (const end of due.sort((a, b) => a - b)) {
      for (const partition of this.#windows.get(end)!) this.#give(partition);
      this.#windows.delete(end);
    }
    this.#put();
    this.#nextTimer = Math.min(...Array.from(this.#windows.keys(), (end) => this.#clock.timerAt(end - 1)));
  }

  #give(partition: number): void {
    const size = this.#lists.sizes[partition]!;
    for (let i = this.#options.start - 1; i < size; i++) this.#given.put(0, this.#lists.at(partition, i), i + 1);
    for (let i = 0; i < size; i++) this.#dead.push(this.#lists.at(partition, i));
    this.#lists.clear(partition);
    this.#partitions.remove(partition);
    if (this.#given.length >= BATCH_ROWS) this.#put();
  }

  #put(): void {
    const { length, rows } = this.#given;
    if (length > 0) {
      const columns = this.#store.take(rows, length);
      if (this.#options.output) columns.push(this.#given.rankColumn());
      this.output.push({ length, columns, kinds: undefined });
      this.#given.clear();
    }
    for (const number of this.#dead) this.#store.free(number);
    this.#dead = [];
    this.#partitions.sweep();
  }

  override snapshot(): OperatorState {
    this.#lists.ensure(this.#partitions.capacity);
    return {
      partitions: this.#partitions.snapshot(),
      lists: this.#lists.snapshot(this.#partitions.bound),
      store: this.#store.snapshot(),
      windows: [...this.#windows].map(([end, partitions]) => [end, [...partitions]] as const),
      watermark: this.#watermark,
      late: this.#late,
    } satisfies Snapshot;
  }

  override restore(state: OperatorState): void {
    const { partitions, lists, store, windows, watermark, late } = state as Snapshot;
    this.#partitions.restore(partitions);
    this.#lists.restore(lists, this.#partitions.capacity);
    this.#store.restore(store);
    this.#lanes.read(store.columns, store.bound);
    for (let number = 0; number < store.bound; number++) this.#lanes.keep(number, number);
    for (const [end, members] of windows) for (const partition of members) this.#know(partition, end);
    this.#watermark = watermark;
    this.#late = late;
  }

  override stats(): OperatorStats {
    const index = this.#partitions.byteLength + this.#lists.byteLength + this.#lanes.byteLength;
    return { stateRows: this.#store.live, stateBytes: this.#store.byteLength + index, lateRows: this.#late };
  }
}
