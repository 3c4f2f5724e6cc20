import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import type { AggregateCall } from '../functions/function.ts';
import type { WindowProperty } from '../plan/logical.ts';
import { AggregateLoops, AggregateState, type AggregateStateSnapshot } from '../state/aggregates/aggregate-state.ts';
import { AggregateProgram } from '../state/aggregates/program.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { nextCapacity } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
import type { TimeZone } from '../types/time-zone.ts';
import type { EpochMs, Ms } from '../types/value.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { rowTimes } from './row-times.ts';
import { SessionSlots, type SessionSlotsState } from './session-slots.ts';
import { windowClock, type WindowClock } from './window-clock.ts';
import { GroupScratch, propertyType } from './window-pane.ts';

export interface SessionAggregateOptions {
  readonly input: Schema;
  /** TIMESTAMP or TIMESTAMP_LTZ. When the schema calls it 'proctime', sessions end by the clock (`tick`) and nothing is late. */
  readonly timeColumn: number;
  /** A session ends when no row comes for so long. */
  readonly gap: Ms;
  /** Columns of the input: every key has sessions of its own; none = one series of sessions over all rows. */
  readonly keys: readonly number[];
  readonly calls: readonly AggregateCall[];
  readonly properties: readonly WindowProperty[];
  /** The session's zone when the time column is TIMESTAMP_LTZ. */
  readonly zone?: TimeZone | undefined;
  /** Whether the input takes rows back (-U, -D). */
  readonly retract: boolean;
}

interface Snapshot {
  readonly progress: EpochMs;
  readonly late: number;
  readonly table: KeyTableState | undefined;
  readonly slots: SessionSlotsState;
  readonly bound: number;
  readonly aggregates: AggregateStateSnapshot;
}

/**
 * GROUP BY SESSION windows: keys, aggregates, then window start, end, time. One +I for every session that has rows.
 *
 * A row makes the window [time, time + gap), which is merged with the sessions of its key that overlap or touch it. A session fires and is
 * forgotten when the watermark reaches its last millisecond. A row is late, and dropped, when its window, after merging, has fired.
 * State: one accumulator a session; per key the list of its open sessions.
 * Cost: a row in the newest session of its key is one comparison; rows out of order walk the key's open sessions.
 * Order: by session end, then by the order in which sessions began to exist.
 */
export class SessionAggregate extends OneInput {
  readonly name: string;
  readonly #options: SessionAggregateOptions;
  readonly #clock: WindowClock;
  readonly #proctime: boolean;
  readonly #table: KeyTable | undefined;
  readonly #state: AggregateState;
  readonly #slots: SessionSlots;
  readonly #scratch = new GroupScratch();
  #sessionOf: Int32Array = new Int32Array(0);
  #progress: EpochMs = -Infinity;
  #late = 0;

  constructor(options: SessionAggregateOptions) {
    super();
    this.#options = options;
    const { input, keys, calls, retract, timeColumn, gap } = options;
    this.name = `SessionAggregate[${keys.map((key) => input[key]!.name).join(', ')}]`;
    const types = input.map(({ type }) => type);
    this.#clock = windowClock(options.zone);
    this.#proctime = input[timeColumn]!.time === 'proctime';
    this.#table = keys.length === 0 ? undefined : new KeyTable(keys.map((key) => types[key]!));
    this.#state = new AggregateState(new AggregateLoops(new AggregateProgram(calls, types, retract)));
    this.#slots = new SessionSlots(gap);
  }

  push(batch: Batch): void {
    const { length, columns } = batch;
    if (length === 0) return;
    const { input, timeColumn, keys } = this.#options;
    const times = this.#clock.toLocal(rowTimes(batch, timeColumn, input[timeColumn]!.name), length);
    const keyOf = this.#scratch.for(length);
    this.#table?.findOrInsert(
      keys.map((key) => columns[key]!),
      0,
      length,
      keyOf,
    );
    const slots = this.#slots;
    slots.ensureKeys(this.#table?.capacity ?? 1);
    if (this.#sessionOf.length < length) this.#sessionOf = new Int32Array(nextCapacity(4096, length));
    const sessionOf = this.#sessionOf;
    const lateKeys: number[] = [];
    slots.assign(keyOf, times, length, sessionOf, {
      isLate: (time) => this.#isLate(time),
      late: (key) => lateKeys.push(key),
      settle: (from, to) => this.#update(batch, from, to),
      merge: (target, source) => this.#state.mergeGroups(target, source),
    });
    this.#late += lateKeys.length;
    // Only now: later rows of the batch may have the same key.
    for (const key of lateKeys) if (slots.isEmpty(key)) this.#table?.remove(key);
  }

  #update(batch: Batch, from: number, to: number): void {
    this.#state.ensure(this.#slots.capacity);
    if (from < to) this.#state.update(batch, this.#sessionOf, from, to);
  }

  #isLate(time: number): boolean {
    return !this.#proctime && this.#clock.timerAt(time + this.#options.gap - 1) <= this.#progress;
  }

  protected override onWatermark(watermark: EpochMs): void {
    if (!this.#proctime) this.#progressTo(watermark);
  }
  override tick(now: EpochMs): void {
    if (this.#proctime) this.#progressTo(now);
  }

  #progressTo(progress: EpochMs): void {
    this.#progress = progress;
    const local = progress === Infinity ? Infinity : this.#clock.toLocal(Float64Array.of(progress + 1), 1)[0]!;
    const due = this.#slots.due(local, (end) => this.#clock.timerAt(end - 1) <= progress);
    if (due.length === 0) return;
    this.#state.ensure(this.#slots.capacity);
    this.#fire(due);
  }

  #fire(due: Int32Array): void {
    const shown = this.#options.retract ? due.filter((slot) => this.#state.rowsOf(slot) > 0) : due;
    for (let from = 0; from < shown.length; from += BATCH_ROWS) this.#put(shown.subarray(from, from + BATCH_ROWS));
    this.#state.reset(due, due.length);
    this.#slots.close(due, (key) => this.#table?.remove(key), this.#state);
    if (this.#table !== undefined) KeyTable.sweep(this.#table.encoder, [this.#table]);
    this.#state.sweep();
  }

  #put(slots: Int32Array): void {
    const { length } = slots;
    const keys = slots.map((slot) => this.#slots.keyOf[slot]!);
    this.output.push({
      length,
      columns: [
        ...(this.#table?.keyColumns(keys, length) ?? []),
        ...this.#state.emit(slots, 0, length),
        ...this.#options.properties.map((property) => this.#property(property, slots)),
      ],
      kinds: undefined,
    });
  }

  #property(property: WindowProperty, slots: Int32Array): Column {
    const values = new Float64Array(slots.length);
    const { starts, ends } = this.#slots;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!;
      if (property === 'start') values[i] = starts[slot]!;
      else values[i] = property === 'end' ? ends[slot]! : this.#clock.toInstant(ends[slot]! - 1);
    }
    const type = propertyType(property, this.#options.zone !== undefined);
    return { type, storage: 'f64', length: slots.length, valid: undefined, values };
  }

  override snapshot(): OperatorState {
    const bound = this.#slots.bound;
    this.#state.ensure(bound);
    return {
      progress: this.#progress,
      late: this.#late,
      table: this.#table?.snapshot(),
      slots: this.#slots.snapshot(),
      bound,
      aggregates: this.#state.snapshot(bound),
    } satisfies Snapshot;
  }

  override restore(state: OperatorState): void {
    const { progress, late, table, slots, aggregates } = state as Snapshot;
    this.#progress = progress;
    this.#late = late;
    if (table !== undefined) this.#table!.restore(table);
    this.#slots.restore(slots);
    this.#state.restore(aggregates, this.#slots.capacity);
  }

  override stats(): OperatorStats {
    const bytes = (this.#table?.byteLength ?? 0) + this.#state.byteLength + this.#slots.byteLength;
    return { stateRows: this.#slots.live, stateBytes: bytes, lateRows: this.#late };
  }
}
