import type { Batch } from '../data/batch.ts';
import { valueAt } from '../data/column-read.ts';
import type { AggregateCall } from '../functions/function.ts';
import type { WindowProperty } from '../plan/logical.ts';
import { AggregateLoops } from '../state/aggregates/aggregate-state.ts';
import { AggregateProgram } from '../state/aggregates/program.ts';
import { KeyEncoder, type KeyEncoderState } from '../state/key-encoder.ts';
import { KeyTable } from '../state/key-table.ts';
import type { Schema } from '../types/schema.ts';
import type { TimeZone } from '../types/time-zone.ts';
import type { EpochMs } from '../types/value.ts';
import { LateRows } from './late-rows.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { PaneTree } from './pane-tree.ts';
import { rowTimes } from './row-times.ts';
import { windowClock, type WindowClock } from './window-clock.ts';
import { emitPane, GroupScratch, PanePool, runsOf, type Pane, type PaneState } from './window-pane.ts';
import { sliceOf, sliceStart, windowSlices, type AlignedWindow, type WindowSlices } from './window-slices.ts';

export interface WindowAggregateOptions {
  readonly input: Schema;
  /** TIMESTAMP or TIMESTAMP_LTZ. When the schema calls it 'proctime', windows fire by the clock (`tick`) and nothing is late. */
  readonly timeColumn: number;
  readonly window: AlignedWindow;
  /** Columns of the input, without the window; none = one group a window. */
  readonly keys: readonly number[];
  readonly calls: readonly AggregateCall[];
  readonly properties: readonly WindowProperty[];
  /** The session's zone when the time column is TIMESTAMP_LTZ: windows lie on its wall clock. */
  readonly zone?: TimeZone | undefined;
  /** Whether the input takes rows back (-U, -D). */
  readonly retract: boolean;
  /** Slices of HOP are put together oldest first, as the older group windows do; otherwise what tells of an order begins with the newest slice. */
  readonly oldestFirst?: boolean | undefined;
}

interface Snapshot {
  readonly progress: EpochMs;
  readonly lastEnd: number;
  readonly late: number;
  readonly encoder: KeyEncoderState | undefined;
  readonly panes: readonly (readonly [slice: number, pane: PaneState])[];
}

/** Above this many slices a window, sums of runs of slices are kept. */
const TREE_SLICES = 16;

/** Aggregates whose result tells in which order slices were put together. */
const keepsOrder: ReadonlySet<string> = new Set(['LISTAGG', 'ARRAY_AGG']);

/**
 * GROUP BY over TUMBLE, HOP or CUMULATE windows: keys, aggregates, then window start, end, time. One +I for every window and key that has rows.
 *
 * A row goes into one slice of time, whose groups are a pane; a window adds up the panes of its slices when it fires, as the watermark reaches
 * its last millisecond. CUMULATE adds a fired slice to the pane of the first slice, so that every step costs one merge.
 * State: one pane a slice, until its last window has fired. A row is late, and dropped, when that has happened; until then it counts for
 * the windows to come, even if others of its slice have fired (as Flink's slicing windows).
 * Order: by window end, then by the first row of each key in the window's slices.
 */
export class WindowAggregate extends OneInput {
  readonly name: string;
  readonly #options: WindowAggregateOptions;
  readonly #slices: WindowSlices;
  readonly #clock: WindowClock;
  readonly #proctime: boolean;
  readonly #encoder: KeyEncoder | undefined;
  readonly #pool: PanePool;
  readonly #panes = new Map<number, Pane>();
  readonly #scratch = new GroupScratch();
  #paneOf: Float64Array = new Float64Array(0);
  /** The watermark (or the clock) that windows have seen. */
  #progress: EpochMs = -Infinity;
  /** The end of the next window that fires, of those that have rows. */
  #nextEnd = Infinity;
  #nextTimer: EpochMs = Infinity;
  /** Windows that end up to here can have no more rows, on the windows' clock. Never moves in processing time. */
  #fired = -Infinity;
  /** The end of the last window that was put out. */
  #lastEnd = -Infinity;
  #late = 0;
  readonly late = new LateRows();
  /** For HOP windows of many slices. */
  readonly #tree: PaneTree | undefined;
  /** As Flink merges the slices of HOP: what LISTAGG gives begins with the newest one. */
  readonly #newestFirst: boolean;

  constructor(options: WindowAggregateOptions) {
    super();
    this.#options = options;
    const { input, keys, calls, retract, timeColumn, window } = options;
    this.name = `WindowAggregate[${window.kind}${keys.map((key) => `, ${input[key]!.name}`).join('')}]`;
    const types = input.map(({ type }) => type);
    this.#slices = windowSlices(window);
    this.#clock = windowClock(options.zone);
    const isOrdered = window.kind === 'hop' && calls.some((call) => keepsOrder.has(call.fn));
    this.#newestFirst = isOrdered && options.oldestFirst !== true;
    this.#proctime = input[timeColumn]!.time === 'proctime';
    this.#encoder = keys.length === 0 ? undefined : new KeyEncoder(keys.map((key) => types[key]!));
    this.#pool = new PanePool(new AggregateLoops(new AggregateProgram(calls, types, retract)), this.#encoder);
    if (window.kind === 'hop' && !isOrdered && window.size / this.#slices.size > TREE_SLICES) {
      this.#tree = new PaneTree(
        () => this.#pool.take(),
        (pane) => this.#pool.release(pane),
        (target, source) => target.merge(source, this.#scratch.for(source.bound)),
      );
    }
  }

  push(batch: Batch): void {
    const { length } = batch;
    if (length === 0) return;
    const { input, timeColumn, keys } = this.#options;
    const times = this.#clock.toLocal(rowTimes(batch, timeColumn, input[timeColumn]!.name), length);
    const groups = this.#scratch.for(length);
    const only = this.#onlyPane(times, length);
    if (only !== undefined) return this.#pane(only).update(batch, keys, groups, 0, length);
    const runs = runsOf(batch, this.#assign(batch, times, length));
    runs.panes.forEach((slice, i) => {
      this.#pane(slice).update(runs.batch, keys, groups, runs.starts[i]!, runs.starts[i + 1]!);
      this.#tree?.invalidate(slice);
    });
  }

  /** The slice of all rows when they share one and it is open: the usual case. */
  #onlyPane(times: Float64Array, length: number): number | undefined {
    const slice = sliceOf(this.#slices, times[0]!);
    const start = sliceStart(this.#slices, slice);
    const end = start + this.#slices.size;
    if (!this.#isOpen(slice)) return undefined;
    for (let r = 1; r < length; r++) {
      const time = times[r]!;
      if (time < start || time >= end) return undefined;
    }
    return slice;
  }

  /** No window of the slice has fired, and it belongs to one (HOP with gaps leaves times out). */
  #isOpen(slice: number): boolean {
    if (this.#slices.nextEnd(slice, -Infinity) === undefined) return false;
    return this.#proctime || sliceStart(this.#slices, slice + 1) > this.#fired;
  }

  /** The slice of each row; NaN for rows that are dropped. */
  #assign(batch: Batch, times: Float64Array, length: number): Float64Array {
    if (this.#paneOf.length < length) this.#paneOf = new Float64Array(Math.max(4096, length));
    const paneOf = this.#paneOf;
    let last = NaN;
    let pane = NaN;
    for (let r = 0; r < length; r++) {
      const slice = sliceOf(this.#slices, times[r]!);
      if (slice !== last) {
        last = slice;
        pane = this.#isOpen(slice) ? slice : this.#lateSlice(slice);
      }
      paneOf[r] = pane;
      if (pane === pane || this.#slices.nextEnd(slice, -Infinity) === undefined) continue;
      this.#late++;
      this.late.add(batch, r);
    }
    return paneOf;
  }

  /** Where a row goes whose slice has fired: to the windows to come, or nowhere. */
  #lateSlice(slice: number): number {
    const next = this.#slices.nextEnd(slice, this.#fired);
    if (next === undefined) return NaN;
    return this.#options.window.kind === 'cumulate' ? this.#firstSlice(next) : slice;
  }

  #firstSlice(end: number): number {
    return sliceOf(this.#slices, this.#slices.startOf(end));
  }

  #pane(slice: number): Pane {
    let pane = this.#panes.get(slice);
    if (pane === undefined) {
      pane = this.#pool.take();
      this.#panes.set(slice, pane);
      this.#schedule(this.#slices.nextEnd(slice, this.#fired));
    }
    return pane;
  }

  #schedule(end: number | undefined): void {
    if (end === undefined || end >= this.#nextEnd) return;
    this.#nextEnd = end;
    this.#nextTimer = this.#clock.timerAt(end - 1);
  }

  protected override onWatermark(watermark: EpochMs): void {
    if (!this.#proctime) this.#progressTo(watermark);
  }
  override tick(now: EpochMs): void {
    if (this.#proctime) this.#progressTo(now);
  }

  #progressTo(progress: EpochMs): void {
    this.#progress = progress;
    while (this.#nextTimer <= progress && this.#panes.size > 0) this.#fire(this.#nextEnd);
    this.#advanceFired(progress);
  }

  /** Moves `fired` over windows that have no rows, so that late rows for them are told. */
  #advanceFired(progress: EpochMs): void {
    if (this.#proctime) return;
    if (progress === Infinity) {
      this.#fired = Infinity;
      return;
    }
    // The end of the last window that a watermark at this time has passed: the clock may be up to a day off, and slices are whole.
    const { size, offset } = this.#slices;
    const local = this.#clock.toLocal(Float64Array.of(progress + 1), 1)[0]!;
    let end = Math.floor((local - offset) / size) * size + offset;
    while (this.#clock.timerAt(end - 1) > progress) end -= size;
    while (this.#clock.timerAt(end + size - 1) <= progress) end += size;
    this.#fired = Math.max(this.#fired, end);
  }

  #fire(end: number): void {
    const start = this.#slices.startOf(end);
    const { retract, zone, properties } = this.#options;
    const pane = this.#collect(start, end);
    if (pane !== undefined) {
      const window = { start, end, time: this.#clock.toInstant(end - 1) };
      emitPane(pane, window, properties, { retract, localTime: zone !== undefined }, (batch) =>
        this.output.push(batch),
      );
    }
    this.#lastEnd = end;
    if (!this.#proctime) this.#fired = Math.max(this.#fired, end);
    this.#drop(pane, end);
    this.#nextEnd = Infinity;
    this.#nextTimer = Infinity;
    for (const slice of this.#panes.keys()) this.#schedule(this.#slices.nextEnd(slice, end));
    if (this.#encoder !== undefined) {
      KeyTable.sweep(
        this.#encoder,
        [...this.#panes.values(), ...(this.#tree?.panes() ?? [])].map(({ table }) => table!),
      );
    }
  }

  /** The pane that holds all rows of the window: one of its slices', or a sum of several. */
  #collect(start: number, end: number): Pane | undefined {
    const first = sliceOf(this.#slices, start);
    const last = sliceOf(this.#slices, end - 1);
    if (this.#tree !== undefined) {
      const panes = this.#tree.cover(first, last, (slice) => this.#panes.get(slice));
      if (panes.length <= 1) return panes[0];
      const sum = this.#pool.take();
      for (const pane of panes) sum.merge(pane, this.#scratch.for(pane.bound));
      return sum;
    }
    const slices: number[] = [];
    for (let slice = first; slice <= last; slice++) if (this.#panes.has(slice)) slices.push(slice);
    const panes = slices.map((slice) => this.#panes.get(slice)!);
    if (panes.length <= 1 && this.#options.window.kind !== 'cumulate') return panes[0];
    if (panes.length === 0) return undefined;
    const cumulate = this.#options.window.kind === 'cumulate';
    const target = cumulate ? this.#panes.get(first) : undefined;
    const sum = target ?? this.#pool.take();
    if (this.#newestFirst) {
      // Keys come in the order of their first rows all the same.
      for (const pane of panes) sum.addKeys(pane, this.#scratch.for(pane.bound));
      slices.reverse();
      panes.reverse();
    }
    slices.forEach((slice, i) => {
      const pane = panes[i]!;
      if (pane === sum) return;
      sum.merge(pane, this.#scratch.for(pane.bound));
      if (!cumulate) return;
      this.#panes.delete(slice);
      this.#pool.release(pane);
    });
    if (cumulate) this.#panes.set(first, sum);
    return sum;
  }

  /** Forgets panes whose last window has fired, and a sum that was made for one window. */
  #drop(emitted: Pane | undefined, fired: number): void {
    let kept = false;
    if (this.#tree !== undefined) {
      const { slide, size } = this.#options.window as AlignedWindow & { kind: 'hop' };
      if (emitted !== undefined && this.#tree.panes().includes(emitted)) emitted = undefined;
      this.#tree.forgetBefore(sliceOf(this.#slices, fired + slide - size));
    }
    for (const [slice, pane] of this.#panes) {
      if (this.#slices.nextEnd(slice, fired) === undefined) {
        this.#panes.delete(slice);
        if (pane !== emitted) this.#pool.release(pane);
      } else if (pane === emitted) kept = true;
    }
    if (emitted !== undefined && !kept) this.#pool.release(emitted);
  }

  /**
   * TUMBLE without keys: what aggregate `call`, a number, is so far in the window with that end. NaN and NULL, a window without rows and one that
   * has fired: undefined.
   */
  soFar(end: number, call: number): number | undefined {
    const pane = this.#panes.get(sliceOf(this.#slices, end - 1));
    if (pane === undefined || pane.state.rowsOf(0) === 0) return undefined;
    const value = Number(valueAt(pane.state.emit(Int32Array.of(0), 0, 1)[call]!, 0) ?? NaN);
    return Number.isNaN(value) ? undefined : value;
  }

  override snapshot(): OperatorState {
    return {
      progress: this.#progress,
      lastEnd: this.#lastEnd,
      late: this.#late,
      encoder: this.#encoder?.snapshot(),
      panes: Array.from(this.#panes, ([slice, pane]) => [slice, pane.snapshot()] as const),
    } satisfies Snapshot;
  }

  override restore(state: OperatorState): void {
    const { progress, lastEnd, late, encoder, panes } = state as Snapshot;
    if (encoder !== undefined) this.#encoder!.restore(encoder);
    this.#progress = progress;
    this.#lastEnd = lastEnd;
    this.#late = late;
    if (progress > -Infinity) this.#advanceFired(progress);
    for (const [slice, saved] of panes) {
      const pane = this.#pool.take();
      pane.restore(saved);
      this.#panes.set(slice, pane);
      this.#schedule(this.#slices.nextEnd(slice, Math.max(lastEnd, this.#fired)));
    }
  }

  override stats(): OperatorStats {
    let rows = 0;
    let bytes = this.#encoder?.byteLength ?? 0;
    for (const pane of this.#panes.values()) {
      rows += pane.bound;
      bytes += pane.byteLength;
    }
    for (const pane of this.#tree?.panes() ?? []) bytes += pane.byteLength;
    return { stateRows: rows, stateBytes: bytes, lateRows: this.#late };
  }
}
