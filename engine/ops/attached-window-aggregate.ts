import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
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
import { windowClock, type WindowClock } from './window-clock.ts';
import { emitPane, GroupScratch, PanePool, runsOf, type Pane, type PaneState } from './window-pane.ts';

export interface AttachedWindowAggregateOptions {
  readonly input: Schema;
  /** The columns window_start and window_end of the input. */
  readonly attached: { readonly start: number; readonly end: number };
  /** Columns of the input, without the window; none = one group a window. */
  readonly keys: readonly number[];
  readonly calls: readonly AggregateCall[];
  readonly properties: readonly WindowProperty[];
  /** The session's zone when windows lie on its wall clock (TIMESTAMP_LTZ time). */
  readonly zone?: TimeZone | undefined;
  /** Whether the input takes rows back (-U, -D). */
  readonly retract: boolean;
}

interface Snapshot {
  readonly watermark: EpochMs;
  readonly late: number;
  readonly encoder: KeyEncoderState | undefined;
  readonly windows: readonly { readonly start: number; readonly end: number; readonly pane: PaneState }[];
}

interface Window {
  readonly start: number;
  readonly end: number;
  readonly timer: EpochMs;
  readonly pane: Pane;
}

/**
 * GROUP BY window_start, window_end over rows that carry their window: an aggregate of a windowed result, or of a window table function.
 *
 * State: one pane a window, until the watermark reaches its last millisecond; rows that come after that are late and dropped.
 * Emits: keys, aggregates, then window start, end, time; one +I for every window and key that has rows.
 * Order: by window end, then start, then by the first row of each key.
 */
export class AttachedWindowAggregate extends OneInput {
  readonly name: string;
  readonly #options: AttachedWindowAggregateOptions;
  readonly #clock: WindowClock;
  readonly #encoder: KeyEncoder | undefined;
  readonly #pool: PanePool;
  readonly #scratch = new GroupScratch();
  /** By end and start, in no order. */
  readonly #windows = new Map<string, Window>();
  #paneOf: Float64Array = new Float64Array(0);
  #watermark: EpochMs = -Infinity;
  #nextTimer: EpochMs = Infinity;
  #late = 0;
  readonly late = new LateRows();

  constructor(options: AttachedWindowAggregateOptions) {
    super();
    this.#options = options;
    const { input, keys, calls, retract } = options;
    this.name = `WindowAggregate[attached${keys.map((key) => `, ${input[key]!.name}`).join('')}]`;
    const types = input.map(({ type }) => type);
    this.#clock = windowClock(options.zone);
    this.#encoder = keys.length === 0 ? undefined : new KeyEncoder(keys.map((key) => types[key]!));
    this.#pool = new PanePool(new AggregateLoops(new AggregateProgram(calls, types, retract)), this.#encoder);
  }

  push(batch: Batch): void {
    const { length, columns } = batch;
    if (length === 0) return;
    const { attached, keys } = this.#options;
    const starts = (columns[attached.start] as Column & { storage: 'f64' | 'ts' }).values;
    const ends = (columns[attached.end] as Column & { storage: 'f64' | 'ts' }).values;
    if (this.#paneOf.length < length) this.#paneOf = new Float64Array(Math.max(4096, length));
    const paneOf = this.#paneOf;
    const found = new Map<Window, number>();
    const windows: Window[] = [];
    let number = NaN;
    for (let r = 0; r < length; r++) {
      if (r === 0 || starts[r] !== starts[r - 1] || ends[r] !== ends[r - 1]) {
        const window = this.#window(starts[r]!, ends[r]!);
        number = window === undefined ? NaN : (found.get(window) ?? windows.push(window) - 1);
        if (window !== undefined) found.set(window, number);
      }
      if (number !== number) {
        this.#late++;
        this.late.add(batch, r);
      }
      paneOf[r] = number;
    }
    const runs = runsOf(batch, paneOf);
    const groups = this.#scratch.for(length);
    runs.panes.forEach((pane, i) =>
      windows[pane]!.pane.update(runs.batch, keys, groups, runs.starts[i]!, runs.starts[i + 1]!),
    );
  }

  /** The window, made when it is new; undefined when it has fired. */
  #window(start: number, end: number): Window | undefined {
    const key = `${end},${start}`;
    let window = this.#windows.get(key);
    if (window === undefined) {
      const timer = this.#clock.timerAt(end - 1);
      if (timer <= this.#watermark) return undefined;
      window = { start, end, timer, pane: this.#pool.take() };
      this.#windows.set(key, window);
      this.#nextTimer = Math.min(this.#nextTimer, timer);
    }
    return window;
  }

  protected override onWatermark(watermark: EpochMs): void {
    this.#watermark = watermark;
    if (this.#nextTimer > watermark) return;
    const due = [...this.#windows].filter(([, { timer }]) => timer <= watermark);
    due.sort(([, a], [, b]) => a.end - b.end || a.start - b.start);
    const { retract, properties, zone } = this.#options;
    for (const [key, { start, end, pane }] of due) {
      const fired = { start, end, time: this.#clock.toInstant(end - 1) };
      emitPane(pane, fired, properties, { retract, localTime: zone !== undefined }, (batch) => this.output.push(batch));
      this.#windows.delete(key);
      this.#pool.release(pane);
    }
    this.#nextTimer = Infinity;
    for (const { timer } of this.#windows.values()) this.#nextTimer = Math.min(this.#nextTimer, timer);
    if (this.#encoder !== undefined) {
      KeyTable.sweep(
        this.#encoder,
        Array.from(this.#windows.values(), ({ pane }) => pane.table!),
      );
    }
  }

  override snapshot(): OperatorState {
    return {
      watermark: this.#watermark,
      late: this.#late,
      encoder: this.#encoder?.snapshot(),
      windows: Array.from(this.#windows.values(), ({ start, end, pane }) => ({ start, end, pane: pane.snapshot() })),
    } satisfies Snapshot;
  }

  override restore(state: OperatorState): void {
    const { watermark, late, encoder, windows } = state as Snapshot;
    if (encoder !== undefined) this.#encoder!.restore(encoder);
    for (const { start, end, pane } of windows) this.#window(start, end)!.pane.restore(pane);
    this.#watermark = watermark;
    this.#late = late;
  }

  override stats(): OperatorStats {
    let rows = 0;
    let bytes = this.#encoder?.byteLength ?? 0;
    for (const { pane } of this.#windows.values()) {
      rows += pane.bound;
      bytes += pane.byteLength;
    }
    return { stateRows: rows, stateBytes: bytes, lateRows: this.#late };
  }
}
