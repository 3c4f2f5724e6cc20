import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import type { KeyTableState } from '../state/key-table.ts';
import { RowStore, type RowStoreState } from '../state/row-store.ts';
import { grown, nextCapacity } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs } from '../types/value.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { Partitions } from './partitions.ts';
import { rowTimes } from './row-times.ts';
import { TimerHeap } from './timer-heap.ts';

export interface FirstByTimeOptions {
  readonly input: Schema;
  readonly partition: readonly number[];
  readonly timeColumn: number;
}

interface Snapshot {
  readonly partitions: KeyTableState | undefined;
  readonly rowOf: Int32Array;
  readonly times: Float64Array;
  readonly arrivals: Float64Array;
  readonly store: RowStoreState;
  readonly watermark: EpochMs;
  readonly late: number;
}

/** The partition's row was given. */
const DONE = -1;

/**
 * The first row of each partition by event time, given once: when the watermark has reached its time, so that no earlier one can come.
 *
 * State: of each partition the earliest row so far, then that it was given. A row is late, and dropped, when its time is before the watermark or its
 * partition's row was given. As Flink's RowTimeDeduplicateKeepFirstRowFunction; of equal times the row that came first.
 * Order: by time, then by arrival.
 */
export class FirstByTime extends OneInput {
  readonly name: string;
  readonly #options: FirstByTimeOptions;
  readonly #partitions: Partitions;
  readonly #store: RowStore;
  /** By partition: the number of its row plus 1, 0 = none yet, DONE. */
  #rowOf: Int32Array = new Int32Array(0);
  /** Partitions that have or had a row. */
  #live = 0;
  #times: Float64Array = new Float64Array(0);
  /** By partition: the number of its row in the order of arrival, which decides between rows of one time. */
  #arrivals: Float64Array = new Float64Array(0);
  #arrived = 0;
  readonly #timers = new TimerHeap();
  #numbers: Int32Array = new Int32Array(0);
  #watermark: EpochMs = -Infinity;
  #late = 0;

  constructor(options: FirstByTimeOptions) {
    super();
    this.#options = options;
    const { input, partition } = options;
    this.name = `FirstByTime[${partition.map((key) => input[key]!.name).join(', ')}]`;
    this.#partitions = new Partitions(partition, input);
    this.#store = new RowStore(input.map(({ type }) => type));
  }

  push(batch: Batch): void {
    const { length, columns } = batch;
    if (length === 0) return;
    const { timeColumn, input } = this.#options;
    const times = rowTimes(batch, timeColumn, input[timeColumn]!.name);
    const of = this.#partitions.assign(batch);
    const { capacity } = this.#partitions;
    if (this.#rowOf.length < capacity) {
      this.#rowOf = grown(this.#rowOf, capacity);
      this.#times = grown(this.#times, capacity);
      this.#arrivals = grown(this.#arrivals, capacity);
    }
    if (this.#numbers.length < length) this.#numbers = new Int32Array(nextCapacity(4096, length));
    const numbers = this.#numbers.fill(-1, 0, length);
    // A row that is replaced by another of this batch is not kept: the last row of each partition is.
    const rowIn = new Map<number, number>();
    for (let r = 0; r < length; r++) {
      const partition = of[r]!;
      const row = this.#rowOf[partition]!;
      const time = times[r]!;
      if (row === DONE || time < this.#watermark) {
        this.#late++;
        continue;
      }
      if (row !== 0 && time >= this.#times[partition]!) continue;
      if (row === 0) {
        this.#live++;
        this.#rowOf[partition] = this.#store.claim() + 1;
      } else {
        const before = rowIn.get(partition);
        if (before !== undefined) numbers[before] = -1;
        this.#store.free(row - 1);
        this.#rowOf[partition] = this.#store.claim() + 1;
      }
      numbers[r] = this.#rowOf[partition]! - 1;
      rowIn.set(partition, r);
      this.#times[partition] = time;
      this.#arrivals[partition] = ++this.#arrived;
      this.#timers.add(partition, time);
    }
    this.#store.write(columns, 0, length, numbers);
    // A late row may have made a partition that holds nothing.
    for (let r = 0; r < length; r++) if (this.#rowOf[of[r]!] === 0) this.#partitions.remove(of[r]!);
  }

  protected override onWatermark(watermark: EpochMs): void {
    this.#watermark = watermark;
    const seen = new Set<number>();
    const due = this.#timers.take(
      watermark,
      (partition) => (this.#rowOf[partition]! > 0 ? this.#times[partition]! : NaN),
      (time) => time <= watermark,
    );
    const partitions = due.filter((partition) => !seen.has(partition) && seen.add(partition));
    partitions.sort((a, b) => this.#times[a]! - this.#times[b]! || this.#arrivals[a]! - this.#arrivals[b]!);
    for (let from = 0; from < partitions.length; from += BATCH_ROWS)
      this.#give(partitions.slice(from, from + BATCH_ROWS));
  }

  #give(partitions: readonly number[]): void {
    const rows = Int32Array.from(partitions, (partition) => this.#rowOf[partition]! - 1);
    this.output.push({ length: rows.length, columns: this.#store.take(rows, rows.length), kinds: undefined });
    for (const partition of partitions) {
      this.#store.free(this.#rowOf[partition]! - 1);
      this.#rowOf[partition] = DONE;
    }
  }

  override snapshot(): OperatorState {
    const { bound } = this.#partitions;
    return {
      partitions: this.#partitions.snapshot(),
      rowOf: this.#rowOf.slice(0, bound),
      times: this.#times.slice(0, bound),
      arrivals: this.#arrivals.slice(0, bound),
      store: this.#store.snapshot(),
      watermark: this.#watermark,
      late: this.#late,
    } satisfies Snapshot;
  }

  override restore(state: OperatorState): void {
    const { partitions, rowOf, times, arrivals, store, watermark, late } = state as Snapshot;
    this.#partitions.restore(partitions);
    this.#rowOf = grown(rowOf, this.#partitions.capacity);
    this.#live = rowOf.reduce((live, row) => live + (row === 0 ? 0 : 1), 0);
    this.#arrivals = grown(arrivals, this.#partitions.capacity);
    this.#arrived = arrivals.reduce((most, arrival) => Math.max(most, arrival), 0);
    this.#times = grown(times, this.#partitions.capacity);
    this.#store.restore(store);
    this.#watermark = watermark;
    this.#late = late;
    rowOf.forEach((row, partition) => {
      if (row > 0) this.#timers.add(partition, times[partition]!);
    });
  }

  override stats(): OperatorStats {
    const bytes = this.#partitions.byteLength + this.#store.byteLength + this.#times.byteLength * 2;
    return { stateRows: this.#live, stateBytes: bytes, lateRows: this.#late };
  }
}
