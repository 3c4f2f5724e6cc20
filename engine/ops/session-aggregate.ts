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
import { LateRows } from './late-rows.ts';
import { type Marks, pushMarked, pushPieces } from './marks.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { rowTimes } from './row-times.ts';
import { type SessionHooks, type SessionRows, SessionSlots, type SessionSlotsState } from './session-slots.ts';
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

const NO_MARKS: Marks = { rows: [], values: [] };

/** Sessions that were ended, by the watermarks that ended them: `rows` and `values` are marks of their rows. */
class FiredSessions implements Marks {
  readonly slots: number[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly rows: number[] = [];
  readonly values: Marks['values'];

  constructor(values: Marks['values']) {
    this.values = values;
  }
  get length(): number {
    return this.slots.length;
  }
  /** What came since the last mark stands before the next watermark. */
  mark(): void {
    this.rows.push(this.length);
  }
  /** Ends sessions. */
  add(due: Int32Array, slots: SessionSlots): void {
    if (due.length === 0) return;
    for (const slot of due) this.#put(slot, slots.starts[slot]!, slots.ends[slot]!);
    slots.close(due);
  }
  #put(slot: number, start: number, end: number): void {
    this.slots.push(slot);
    this.starts.push(start);
    this.ends.push(end);
  }
  filter(keeps: (slot: number) => boolean): FiredSessions {
    const kept = new FiredSessions(this.values);
    let at = 0;
    for (const end of [...this.rows, this.length]) {
      for (; at < end; at++) {
        if (keeps(this.slots[at]!)) kept.#put(this.slots[at]!, this.starts[at]!, this.ends[at]!);
      }
      if (kept.rows.length < this.rows.length) kept.mark();
    }
    return kept;
  }
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
  readonly late = new LateRows();

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
    this.#take(batch, NO_MARKS);
  }

  pushMarked(batch: Batch, marks: Marks): void {
    if (this.#proctime) return pushPieces(this, batch, marks);
    const fired = this.#take(batch, marks);
    const shown = this.#shown(fired);
    pushMarked(this.output, this.#rowsOf(shown, 0, shown.length), shown);
    this.#release(fired.slots);
  }

  /** Takes the rows in, and ends the sessions that the watermarks between them end. */
  #take(batch: Batch, marks: Marks): FiredSessions {
    const { length } = batch;
    const rows = this.#sessionRows(batch);
    const slots = this.#slots;
    const lateKeys: number[] = [];
    const hooks: SessionHooks = {
      isLate: (time) => this.#isLate(time),
      late: (key, row) => {
        lateKeys.push(key);
        this.late.add(batch, row);
      },
      settle: (from, to) => this.#update(batch, from, to),
      merge: (target, source) => this.#state.mergeGroups(target, source),
    };
    const fired = new FiredSessions(marks.values);
    let done = 0;
    let from = 0;
    for (let m = 0; m < marks.rows.length; m++) {
      const to = marks.rows[m]!;
      done = slots.assign(rows, from, to, done, hooks);
      from = to;
      this.#progress = marks.values[m]!;
      // Their rows are settled with the others at the end of the batch.
      fired.add(this.#due(), slots);
      fired.mark();
    }
    done = slots.assign(rows, from, length, done, hooks);
    this.#update(batch, done, length);
    this.#late += lateKeys.length;
    // Only now: later rows of the batch may have the same key.
    for (const key of lateKeys) if (slots.isEmpty(key)) this.#table?.remove(key);
    return fired;
  }

  #sessionRows(batch: Batch): SessionRows {
    const { length, columns } = batch;
    const { input, timeColumn, keys } = this.#options;
    const times = this.#clock.toLocal(rowTimes(batch, timeColumn, input[timeColumn]!.name), length);
    const keyOf = this.#scratch.for(length);
    this.#table?.findOrInsert(
      keys.map((key) => columns[key]!),
      0,
      length,
      keyOf,
    );
    this.#slots.ensureKeys(this.#table?.capacity ?? 1);
    if (this.#sessionOf.length < length) this.#sessionOf = new Int32Array(nextCapacity(4096, length));
    return { keyOf, times, sessionOf: this.#sessionOf };
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
    const fired = new FiredSessions([]);
    fired.add(this.#due(), this.#slots);
    if (fired.length === 0) return;
    this.#state.ensure(this.#slots.capacity);
    const shown = this.#shown(fired);
    for (let from = 0; from < shown.length; from += BATCH_ROWS) {
      this.emit(this.#rowsOf(shown, from, Math.min(shown.length, from + BATCH_ROWS)));
    }
    this.#release(fired.slots);
  }

  /** The sessions that progress has ended, by end and then by age; no longer those of their keys. */
  #due(): Int32Array {
    const progress = this.#progress;
    const local = progress === Infinity ? Infinity : this.#clock.toLocal(Float64Array.of(progress + 1), 1)[0]!;
    return this.#slots.due(local, (end) => this.#clock.timerAt(end - 1) <= progress);
  }

  #release(fired: readonly number[]): void {
    if (fired.length === 0) return;
    const slots = Int32Array.from(fired);
    this.#state.reset(slots, slots.length);
    this.#slots.release(slots, (key) => this.#table?.remove(key), this.#state);
    if (this.#table !== undefined) KeyTable.sweep(this.#table.encoder, [this.#table]);
    this.#state.sweep();
  }
  /** Sessions that have rows: those of which all were taken back show nothing. */
  #shown(fired: FiredSessions): FiredSessions {
    return this.#options.retract ? fired.filter((slot) => this.#state.rowsOf(slot) > 0) : fired;
  }

  #rowsOf(fired: FiredSessions, from: number, to: number): Batch {
    const length = to - from;
    const slots = Int32Array.from(fired.slots.slice(from, to));
    const keys = slots.map((slot) => this.#slots.keyOf[slot]!);
    const columns = [
      ...(this.#table?.keyColumns(keys, length) ?? []),
      ...this.#state.emit(slots, 0, length),
      ...this.#options.properties.map((property) => this.#property(property, fired, from, to)),
    ];
    return { length, columns, kinds: undefined };
  }

  #property(property: WindowProperty, { starts, ends }: FiredSessions, from: number, to: number): Column {
    const times = Float64Array.from((property === 'start' ? starts : ends).slice(from, to));
    const values = property === 'time' ? times.map((end) => this.#clock.toInstant(end - 1)) : times;
    const type = propertyType(property, this.#options.zone !== undefined);
    return { type, storage: 'f64', length: values.length, valid: undefined, values };
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
