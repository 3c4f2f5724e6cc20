import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import { takeBytes } from '../data/take.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { RowStore, type RowStoreState } from '../state/row-store.ts';
import { grown, nextCapacity } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
import type { TimeZone } from '../types/time-zone.ts';
import type { EpochMs, Ms } from '../types/value.ts';
import { LateRows } from './late-rows.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { rowTimes } from './row-times.ts';
import { SessionSlots, type SessionSlotsState } from './session-slots.ts';
import { windowClock, type WindowClock } from './window-clock.ts';
import { GroupScratch } from './window-pane.ts';
import { windowColumns } from './window-table.ts';

export interface SessionTableOptions {
  readonly input: Schema;
  readonly timeColumn: number;
  readonly gap: Ms;
  /** PARTITION BY columns; none = one series of sessions over all rows. */
  readonly keys: readonly number[];
  readonly zone?: TimeZone | undefined;
}

interface Snapshot {
  readonly progress: EpochMs;
  readonly late: number;
  readonly table: KeyTableState | undefined;
  readonly slots: SessionSlotsState;
  readonly rows: RowStoreState;
  readonly kinds: Uint8Array;
  readonly numbers: Float64Array;
  /** By slot: the rows of its session. */
  readonly sessions: readonly (readonly number[] | undefined)[];
}

/**
 * The window table function SESSION: the input's columns, then window_start, window_end, window_time.
 *
 * State: the rows of open sessions. A session's rows come, in the order in which they arrived, when the watermark reaches its last millisecond.
 * A row is late, and dropped, when its session would have fired. Order: by session end, then by the order in which sessions began to exist.
 */
export class SessionTable extends OneInput {
  readonly name: string;
  readonly #options: SessionTableOptions;
  readonly #clock: WindowClock;
  readonly #table: KeyTable | undefined;
  readonly #slots: SessionSlots;
  readonly #rows: RowStore;
  /** By row: its kind, and when it came. */
  #kinds: Uint8Array = new Uint8Array(64);
  #numbers: Float64Array = new Float64Array(64);
  #arrived = 0;
  #sessions: (number[] | undefined)[] = [];
  readonly #scratch = new GroupScratch();
  #progress: EpochMs = -Infinity;
  #late = 0;
  readonly late = new LateRows();

  constructor(options: SessionTableOptions) {
    super();
    this.#options = options;
    const { input, keys, gap } = options;
    this.name = `SessionTable[${keys.map((key) => input[key]!.name).join(', ')}]`;
    const types = input.map(({ type }) => type);
    this.#clock = windowClock(options.zone);
    this.#table = keys.length === 0 ? undefined : new KeyTable(keys.map((key) => types[key]!));
    this.#slots = new SessionSlots(gap);
    this.#rows = new RowStore(types);
  }

  push(batch: Batch): void {
    const { length, columns } = batch;
    if (length === 0) return;
    const { input, timeColumn, keys, gap } = this.#options;
    const times = this.#clock.toLocal(rowTimes(batch, timeColumn, input[timeColumn]!.name), length);
    const keyOf = this.#scratch.for(length);
    this.#table?.findOrInsert(
      keys.map((key) => columns[key]!),
      0,
      length,
      keyOf,
    );
    this.#slots.ensureKeys(this.#table?.capacity ?? 1);
    const sessionOf = new Int32Array(length);
    const lateKeys: number[] = [];
    const done = this.#slots.assign({ keyOf, times, sessionOf }, 0, length, 0, {
      isLate: (time) => this.#clock.timerAt(time + gap - 1) <= this.#progress,
      late: (key, row) => {
        lateKeys.push(key);
        this.late.add(batch, row);
      },
      settle: (from, to) => this.#keep(batch, sessionOf, from, to),
      merge: (target, source) => {
        const rows = [...this.#sessions[target]!, ...this.#sessions[source]!];
        this.#sessions[target] = rows.sort((a, b) => this.#numbers[a]! - this.#numbers[b]!);
        this.#sessions[source] = undefined;
      },
    });
    this.#keep(batch, sessionOf, done, length);
    this.#late += lateKeys.length;
    for (const key of lateKeys) if (this.#slots.isEmpty(key)) this.#table?.remove(key);
  }

  #keep(batch: Batch, sessionOf: Int32Array, from: number, to: number): void {
    const numbers = new Int32Array(to);
    this.#rows.append(batch.columns, from, to, numbers);
    if (this.#kinds.length < this.#rows.bound) {
      const capacity = nextCapacity(this.#kinds.length, this.#rows.bound);
      this.#kinds = grown(this.#kinds, capacity);
      this.#numbers = grown(this.#numbers, capacity);
    }
    for (let r = from; r < to; r++) {
      const row = numbers[r]!;
      this.#kinds[row] = batch.kinds?.[r] ?? 0;
      this.#numbers[row] = this.#arrived++;
      (this.#sessions[sessionOf[r]!] ??= []).push(row);
    }
  }

  protected override onWatermark(watermark: EpochMs): void {
    this.#progress = watermark;
    const local = watermark === Infinity ? Infinity : this.#clock.toLocal(Float64Array.of(watermark + 1), 1)[0]!;
    const due = this.#slots.due(local, (end) => this.#clock.timerAt(end - 1) <= watermark);
    if (due.length === 0) return;
    const rows: number[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    for (const slot of due) {
      for (const row of this.#sessions[slot]!) {
        rows.push(row);
        starts.push(this.#slots.starts[slot]!);
        ends.push(this.#slots.ends[slot]!);
      }
      this.#sessions[slot] = undefined;
    }
    for (let from = 0; from < rows.length; from += BATCH_ROWS) {
      const to = Math.min(rows.length, from + BATCH_ROWS);
      this.#put(
        rows.slice(from, to),
        Float64Array.from(starts.slice(from, to)),
        Float64Array.from(ends.slice(from, to)),
      );
    }
    for (const row of rows) this.#rows.free(row);
    this.#slots.close(due);
    this.#slots.release(due, (key) => this.#table?.remove(key), undefined);
    if (this.#table !== undefined) KeyTable.sweep(this.#table.encoder, [this.#table]);
  }

  #put(numbers: readonly number[], starts: Float64Array, ends: Float64Array): void {
    const rows = Int32Array.from(numbers);
    const kinds = takeBytes(this.#kinds, rows, rows.length);
    this.output.push({
      length: rows.length,
      columns: [
        ...this.#rows.take(rows, rows.length),
        ...windowColumns(starts, ends, this.#clock, this.#options.zone !== undefined),
      ],
      kinds: kinds.every((kind) => kind === 0) ? undefined : kinds,
    });
  }

  override snapshot(): OperatorState {
    return {
      progress: this.#progress,
      late: this.#late,
      table: this.#table?.snapshot(),
      slots: this.#slots.snapshot(),
      rows: this.#rows.snapshot(),
      kinds: this.#kinds.slice(0, this.#rows.bound),
      numbers: this.#numbers.slice(0, this.#rows.bound),
      sessions: Array.from(this.#sessions, (rows) => rows && [...rows]),
    } satisfies Snapshot;
  }
  override restore(state: OperatorState): void {
    const { progress, late, table, slots, rows, kinds, numbers, sessions } = state as Snapshot;
    this.#progress = progress;
    this.#late = late;
    if (table !== undefined) this.#table!.restore(table);
    this.#slots.restore(slots);
    this.#rows.restore(rows);
    const capacity = nextCapacity(64, kinds.length);
    this.#kinds = grown(kinds, capacity);
    this.#numbers = grown(numbers, capacity);
    this.#arrived = numbers.reduce((most, number) => Math.max(most, number + 1), 0);
    this.#sessions = sessions.map((list) => list && [...list]);
  }
  override stats(): OperatorStats {
    const bytes = (this.#table?.byteLength ?? 0) + this.#rows.byteLength + this.#slots.byteLength;
    return { stateRows: this.#rows.live, stateBytes: bytes, lateRows: this.#late };
  }
}
