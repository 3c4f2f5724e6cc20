import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { takeColumn } from '../data/take.ts';
import type { AggregateCall } from '../functions/function.ts';
import type { Frame, OverGroup } from '../plan/logical.ts';
import type { AggregateState, AggregateStateSnapshot } from '../state/aggregates/aggregate-state.ts';
import type { KeyTableState } from '../state/key-table.ts';
import { OrderedLists, type OrderedListsState } from '../state/ordered-lists.ts';
import { RowStore, type RowStoreState } from '../state/row-store.ts';
import { grown, nextCapacity } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs } from '../types/value.ts';
import { LateRows } from './late-rows.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { numbersColumn, OverCalls, shifted, shiftOf } from './over-calls.ts';
import { OverSteps } from './over-steps.ts';
import { Partitions } from './partitions.ts';
import { RowQueues, type RowQueuesState } from './row-queues.ts';
import { rowTimes } from './row-times.ts';
import { TimerHeap } from './timer-heap.ts';

export interface OverByTimeOptions extends OverGroup {
  readonly input: Schema;
  /** Processing time; undefined: event time. */
  readonly clock: (() => EpochMs) | undefined;
}

interface Snapshot {
  readonly partitions: KeyTableState | undefined;
  readonly store: RowStoreState;
  readonly times: Float64Array;
  readonly arrivals: Float64Array;
  readonly partitionOf: Int32Array;
  readonly pending: readonly number[];
  readonly frames: RowQueuesState;
  readonly history: OrderedListsState;
  readonly last: Float64Array;
  readonly cleanup: Float64Array;
  readonly counts: Float64Array;
  readonly dense: Float64Array;
  readonly aggregates: AggregateStateSnapshot;
  readonly watermark: EpochMs;
  readonly late: number;
  readonly arrived: number;
}

/**
 * OVER a frame that ends with the current row, in the order of a time column: the row with its results, once.
 *
 * Event time: rows wait until the watermark reaches their time. Late are, and are dropped: with UNBOUNDED PRECEDING the rows that the watermark has
 * reached; with a bounded frame the rows that are not after the last one given of their partition (as Flink's RowTime..PrecedingFunctions). A bounded
 * RANGE forgets a partition when the watermark has passed its rows by one and a half times the range: what comes then is as the first of its partition.
 * Processing time: rows are given at once, with a bounded RANGE when their millisecond is over; nothing is late.
 * State: waiting rows; a bounded frame's rows; one accumulator a partition. Rows of equal time share the results of a RANGE.
 * Order: by time, then by arrival; with UNBOUNDED PRECEDING what one watermark releases comes partition by partition.
 */
export class OverByTime extends OneInput {
  readonly name: string;
  readonly #options: OverByTimeOptions;
  readonly #frame: Frame;
  readonly #calls: OverCalls;
  readonly #state: AggregateState;
  readonly #partitions: Partitions;
  readonly #store: RowStore;
  /** By row: its time, when it came, its partition. */
  #times: Float64Array = new Float64Array(64);
  #arrivals: Float64Array = new Float64Array(64);
  #partitionOf: Int32Array = new Int32Array(64);
  readonly #waiting = new TimerHeap();
  readonly #pending = new Set<number>();
  /** Rows of bounded frames. */
  readonly #frames = new RowQueues();
  /** Rows that LAG may look back to. */
  readonly #history = new OrderedLists();
  readonly #lags: number;
  /** By partition: time of the last row given, number of rows given, number of different times given. */
  #last: Float64Array = new Float64Array(0);
  /** By partition: the time at which a bounded RANGE forgets it. */
  #cleanup: Float64Array = new Float64Array(0);
  #counts: Float64Array = new Float64Array(0);
  #dense: Float64Array = new Float64Array(0);
  #numbers: Int32Array = new Int32Array(0);
  #watermark: EpochMs = -Infinity;
  #late = 0;
  readonly late = new LateRows();
  #arrived = 0;

  constructor(options: OverByTimeOptions) {
    super();
    this.#options = options;
    const { input, partition, frame, calls, order } = options;
    this.#frame = frame;
    this.name = `Over[${[...partition, order[0]!.column].map((key) => input[key]!.name).join(', ')}]`;
    this.#calls = new OverCalls(calls, input, this.#isBounded);
    this.#state = this.#calls.newState();
    this.#partitions = new Partitions(partition, input);
    this.#store = new RowStore(input.map(({ type }) => type));
    const offsets = calls.flatMap((call) => (call.fn === 'LAG' ? [shiftOf(call).offset] : []));
    this.#lags = Math.max(0, ...offsets.map((offset) => (typeof offset === 'number' ? offset : 0)));
  }

  get #isBounded(): boolean {
    return this.#options.frame.lower !== -Infinity;
  }
  /** Whether partitions are forgotten that got no row for long. */
  get #forgets(): boolean {
    return this.#isBounded && this.#frame.unit === 'range' && this.#options.clock === undefined;
  }
  /** Whether rows of equal time share their results. */
  get #sharesTime(): boolean {
    return this.#frame.unit === 'range' && (this.#options.clock === undefined || this.#isBounded);
  }

  push(batch: Batch): void {
    const { length, columns } = batch;
    if (length === 0) return;
    const of = this.#partitions.assign(batch);
    this.#ensure(this.#partitions.capacity);
    if (this.#numbers.length < length) this.#numbers = new Int32Array(nextCapacity(4096, length));
    const numbers = this.#numbers.fill(-1, 0, length);
    const { clock } = this.#options;
    if (clock === undefined) this.#receive(batch, of, numbers);
    const kept = clock === undefined ? [] : this.#stamp(length, of, numbers, clock());
    this.#store.write(columns, 0, length, numbers);
    if (this.#sharesTime) for (const row of kept) this.#wait(row);
    else this.#give(kept);
  }

  #receive(batch: Batch, of: Int32Array, numbers: Int32Array): void {
    const { order, input } = this.#options;
    const { column } = order[0]!;
    const times = rowTimes(batch, column, input[column]!.name);
    const forgets = this.#forgets;
    for (let r = 0; r < batch.length; r++) {
      if (forgets && this.#cleanup[of[r]!]! <= this.#watermark) this.#forget(of[r]!);
      const done = this.#isBounded ? this.#last[of[r]!]! : this.#watermark;
      if (times[r]! <= done) {
        this.#late++;
        this.late.add(batch, r);
      } else {
        if (forgets) this.#keepUntil(of[r]!, times[r]!);
        this.#wait((numbers[r] = this.#enter(of[r]!, times[r]!)));
      }
    }
  }

  /** As registerCleanupTimer of Flink's RowTimeRangeBoundedPrecedingFunction. */
  #keepUntil(partition: number, time: EpochMs): void {
    const range = -this.#frame.lower;
    const cleanup = this.#cleanup[partition]!;
    if (cleanup === Infinity || cleanup < time + range + 1) {
      this.#cleanup[partition] = time + Math.trunc(range * 1.5) + 1;
    }
  }

  #forget(partition: number): void {
    const steps = new OverSteps();
    const dead: number[] = [];
    this.#leave(partition, Infinity, steps, dead);
    // Groups with entries must not be used again after a reset: their rows are taken out one by one.
    if (this.#state.hasEntries) steps.run(this.#state, this.#calls, this.#store);
    else this.#state.reset(Int32Array.of(partition), 1);
    for (const row of dead) this.#store.free(row);
    this.#last[partition] = -Infinity;
    this.#cleanup[partition] = Infinity;
  }

  #stamp(length: number, of: Int32Array, numbers: Int32Array, now: EpochMs): number[] {
    const rows: number[] = [];
    for (let r = 0; r < length; r++) rows.push((numbers[r] = this.#enter(of[r]!, now)));
    return rows;
  }

  #enter(partition: number, time: EpochMs): number {
    const row = this.#store.claim();
    if (row >= this.#times.length) {
      const capacity = nextCapacity(this.#times.length, row + 1);
      this.#times = grown(this.#times, capacity);
      this.#arrivals = grown(this.#arrivals, capacity);
      this.#partitionOf = grown(this.#partitionOf, capacity);
    }
    this.#times[row] = time;
    this.#arrivals[row] = this.#arrived++;
    this.#partitionOf[row] = partition;
    return row;
  }

  #wait(row: number): void {
    this.#pending.add(row);
    this.#waiting.add(row, this.#times[row]!);
  }

  #ensure(capacity: number): void {
    this.#state.ensure(capacity);
    this.#frames.ensure(capacity);
    this.#history.ensure(capacity);
    if (this.#last.length >= capacity) return;
    const known = this.#last.length;
    this.#last = grown(this.#last, capacity).fill(-Infinity, known);
    this.#cleanup = grown(this.#cleanup, capacity).fill(Infinity, known);
    this.#counts = grown(this.#counts, capacity);
    this.#dense = grown(this.#dense, capacity);
  }

  protected override onWatermark(watermark: EpochMs): void {
    if (this.#options.clock !== undefined) {
      // A bounded input has ended: what waits for its millisecond to be over need not.
      if (watermark === Infinity) this.#release(Infinity);
      return;
    }
    this.#watermark = watermark;
    this.#release(watermark);
  }
  override tick(now: EpochMs): void {
    if (this.#options.clock !== undefined) this.#release(now - 1);
  }

  /** Gives the rows whose time has come. */
  #release(time: EpochMs): void {
    if (!this.#waiting.isReached(time)) return;
    const due = this.#waiting.take(
      time,
      (row) => this.#times[row]!,
      (rowTime) => rowTime <= time,
    );
    for (const row of due) this.#pending.delete(row);
    this.#give(this.#isBounded ? this.#byTime(due) : this.#byPartition(due));
  }

  /** By time; of one time partition by partition, in the order in which their rows came. */
  #byTime(rows: number[]): number[] {
    rows.sort((a, b) => this.#times[a]! - this.#times[b]! || this.#arrivals[a]! - this.#arrivals[b]!);
    const sorted: number[] = [];
    for (let from = 0; from < rows.length;) {
      let to = from + 1;
      while (to < rows.length && this.#times[rows[to]!] === this.#times[rows[from]!]) to++;
      sorted.push(...this.#grouped(rows.slice(from, to)).flat());
      from = to;
    }
    return sorted;
  }

  #byPartition(rows: number[]): number[] {
    rows.sort((a, b) => this.#arrivals[a]! - this.#arrivals[b]!);
    return this.#grouped(rows).flatMap((group) => group.sort((a, b) => this.#times[a]! - this.#times[b]!));
  }

  #grouped(rows: readonly number[]): number[][] {
    if (rows.length === 1) return [[...rows]];
    const groups = new Map<number, number[]>();
    for (const row of rows) {
      const group = groups.get(this.#partitionOf[row]!);
      if (group === undefined) groups.set(this.#partitionOf[row]!, [row]);
      else group.push(row);
    }
    return [...groups.values()];
  }

  /** Runs rows in their order through their frames. */
  #give(rows: readonly number[]): void {
    let from = 0;
    while (from < rows.length) {
      let to = Math.min(rows.length, from + BATCH_ROWS);
      while (to < rows.length && this.#isPeer(rows[to - 1]!, rows[to]!)) to++;
      this.#giveBatch(rows.slice(from, to));
      from = to;
    }
  }

  #isPeer(a: number, b: number): boolean {
    return this.#sharesTime && this.#partitionOf[a] === this.#partitionOf[b] && this.#times[a] === this.#times[b];
  }

  #giveBatch(rows: readonly number[]): void {
    const steps = new OverSteps();
    const places = { row: [] as number[], rank: [] as number[], dense: [] as number[] };
    const dead: number[] = [];
    const back: number[][] = rows.map(() => []);
    for (let from = 0; from < rows.length;) {
      let to = from + 1;
      while (to < rows.length && this.#isPeer(rows[from]!, rows[to]!)) to++;
      const partition = this.#partitionOf[rows[from]!]!;
      const time = this.#times[rows[from]!]!;
      this.#last[partition] = time;
      this.#leave(partition, time, steps, dead);
      const rank = this.#counts[partition]! + 1;
      const dense = ++this.#dense[partition]!;
      for (let i = from; i < to; i++) {
        const row = rows[i]!;
        steps.add(row, partition);
        if (this.#isBounded) this.#frames.push(partition, row);
        places.row.push(++this.#counts[partition]!);
        places.rank.push(rank);
        places.dense.push(dense);
        if (this.#lags > 0) back[i] = this.#remember(partition, row, dead);
        else if (!this.#isBounded) dead.push(row);
      }
      steps.show(to - from);
      from = to;
    }
    this.#put(Int32Array.from(rows), steps, places, back);
    for (const row of dead) this.#store.free(row);
  }

  /** Takes the rows out of a bounded frame that it leaves behind. */
  #leave(partition: number, time: EpochMs, steps: OverSteps, dead: number[]): void {
    if (!this.#isBounded) return;
    const { unit, lower } = this.#frame;
    const frames = this.#frames;
    for (;;) {
      const row = frames.first(partition);
      if (row < 0) return;
      const stays = unit === 'rows' ? frames.size(partition) <= -lower : this.#times[row]! >= time + lower;
      if (stays) return;
      frames.shift(partition);
      steps.retract(row, partition);
      dead.push(row);
    }
  }

  /** The rows before this one that LAG may ask for, the nearest first; then this one is one of them. */
  #remember(partition: number, row: number, dead: number[]): number[] {
    const history = this.#history;
    const size = history.sizes[partition]!;
    const before = Array.from({ length: size }, (_, i) => history.at(partition, size - 1 - i));
    history.insert(partition, size, row);
    if (size + 1 > this.#lags) dead.push(history.removeAt(partition, 0));
    return [row, ...before];
  }

  #put(
    rows: Int32Array,
    steps: OverSteps,
    places: { readonly row: number[]; readonly rank: number[]; readonly dense: number[] },
    back: readonly (readonly number[])[],
  ): void {
    const n = rows.length;
    const results = steps.run(this.#state, this.#calls, this.#store);
    const shared = steps.resultOf();
    const own = results.map((column) => takeColumn(column, shared, n));
    const place = (call: AggregateCall): Column => {
      if (call.fn !== 'LAG') {
        const numbers = call.fn === 'ROW_NUMBER' ? places.row : call.fn === 'RANK' ? places.rank : places.dense;
        return numbersColumn(call, numbers, n);
      }
      const shift = shiftOf(call);
      const source = back.map((list) => list[shift.offset as number] ?? -1);
      return shifted(call, shift, (column) => this.#store.column(column), source, rows);
    };
    const columns = [...this.#store.take(rows, n), ...this.#calls.arrange(own, place)];
    this.output.push({ length: n, columns, kinds: undefined });
  }

  override snapshot(): OperatorState {
    const { bound, capacity } = this.#partitions;
    this.#ensure(capacity);
    return {
      partitions: this.#partitions.snapshot(),
      store: this.#store.snapshot(),
      times: this.#times.slice(0, this.#store.bound),
      arrivals: this.#arrivals.slice(0, this.#store.bound),
      partitionOf: this.#partitionOf.slice(0, this.#store.bound),
      pending: [...this.#pending],
      frames: this.#frames.snapshot(bound),
      history: this.#history.snapshot(bound),
      last: this.#last.slice(0, bound),
      cleanup: this.#cleanup.slice(0, bound),
      counts: this.#counts.slice(0, bound),
      dense: this.#dense.slice(0, bound),
      aggregates: this.#state.snapshot(bound),
      watermark: this.#watermark,
      late: this.#late,
      arrived: this.#arrived,
    } satisfies Snapshot;
  }

  override restore(state: OperatorState): void {
    const saved = state as Snapshot;
    this.#partitions.restore(saved.partitions);
    const { capacity } = this.#partitions;
    this.#ensure(capacity);
    this.#store.restore(saved.store);
    const rows = nextCapacity(64, saved.times.length);
    this.#times = grown(saved.times, rows);
    this.#arrivals = grown(saved.arrivals, rows);
    this.#partitionOf = grown(saved.partitionOf, rows);
    for (const row of saved.pending) this.#wait(row);
    this.#frames.restore(saved.frames, capacity);
    this.#history.restore(saved.history, capacity);
    this.#last.set(saved.last);
    this.#cleanup.set(saved.cleanup);
    this.#counts.set(saved.counts);
    this.#dense.set(saved.dense);
    this.#state.restore(saved.aggregates, capacity);
    this.#watermark = saved.watermark;
    this.#late = saved.late;
    this.#arrived = saved.arrived;
  }

  override stats(): OperatorStats {
    const bytes = this.#partitions.byteLength + this.#store.byteLength + this.#state.byteLength;
    return { stateRows: this.#store.live, stateBytes: bytes + this.#times.byteLength * 2, lateRows: this.#late };
  }
}
