import type { Batch } from '../data/batch.ts';
import { takeBatch } from '../data/batch-rows.ts';
import type { Column } from '../data/column.ts';
import { valueAt } from '../data/column-read.ts';
import { valueKey } from '../data/key.ts';
import { takeColumn } from '../data/take.ts';
import type { AggregateCall } from '../functions/function.ts';
import type { EmitStrategy, WindowProperty } from '../plan/logical.ts';
import { AggregateLoops, AggregateState, type AggregateStateSnapshot } from '../state/aggregates/aggregate-state.ts';
import { AggregateProgram } from '../state/aggregates/program.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { notNull, TIMESTAMP } from '../types/type.ts';
import type { Schema } from '../types/schema.ts';
import type { TimeZone } from '../types/time-zone.ts';
import type { EpochMs } from '../types/value.ts';
import { LateRows } from './late-rows.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { rowTimes } from './row-times.ts';
import { windowClock, type WindowClock } from './window-clock.ts';
import { propertyType } from './window-pane.ts';
import type { AlignedWindow } from './window-slices.ts';

export interface EmitWindowOptions {
  readonly input: Schema;
  readonly timeColumn: number;
  readonly window: Exclude<AlignedWindow, { kind: 'cumulate' }>;
  readonly keys: readonly number[];
  readonly calls: readonly AggregateCall[];
  readonly properties: readonly WindowProperty[];
  readonly zone: TimeZone | undefined;
  readonly retract: boolean;
  readonly updateBefore: boolean;
  readonly emit: EmitStrategy;
}

interface Open {
  /** Groups of the window in the order of their first rows. */
  readonly groups: number[];
  fired: boolean;
}

interface Snapshot {
  readonly table: KeyTableState;
  readonly aggregates: AggregateStateSnapshot;
  readonly windows: readonly (readonly [start: number, groups: readonly number[], fired: boolean])[];
  /** Groups whose result was sent, and rows with the result that was sent last where another one waits. */
  readonly shown: readonly number[];
  readonly waiting: readonly (readonly [group: number, due: EpochMs])[];
  readonly before: readonly (readonly [group: number, columns: readonly Column[]])[];
  readonly progress: EpochMs;
  readonly late: number;
}

/**
 * The older group windows with `table.exec.emit.*`: results before a window ends (early fire), and again for rows that come after it (late fire), as
 * long as `allow-lateness` says.
 *
 * State: one accumulator a window and key, until the lateness is over. Emits: +I with the first result of a window and key, then -U and +U, nothing
 * when the result is the same. With a delay of 0 a change for every row; otherwise when the delay is over on the clock, and at the window's end.
 */
export class EmitWindowAggregate extends OneInput {
  readonly name: string;
  readonly #options: EmitWindowOptions;
  readonly #state: AggregateState;
  /** By key columns and window start. */
  readonly #table: KeyTable;
  readonly #clock: WindowClock;
  readonly #now: () => EpochMs;
  readonly #proctime: boolean;
  readonly #windows = new Map<number, Open>();
  readonly #shown = new Set<number>();
  /** When the result of a group is to be sent next. */
  readonly #waiting = new Map<number, EpochMs>();
  /** The result that was sent last, of groups that wait: one row. */
  readonly #before = new Map<number, readonly Column[]>();
  #progress: EpochMs = -Infinity;
  #late = 0;
  readonly late = new LateRows();

  constructor(options: EmitWindowOptions, now: () => EpochMs) {
    super();
    this.#options = options;
    this.#now = now;
    const { input, keys, calls, retract, window, timeColumn } = options;
    this.name = `WindowAggregate[${window.kind}, emit]`;
    const types = input.map(({ type }) => type);
    this.#state = new AggregateState(
      new AggregateLoops(new AggregateProgram(calls, types, retract, { net: false, merges: false })),
    );
    this.#table = new KeyTable([...keys.map((key) => types[key]!), notNull(TIMESTAMP(3))]);
    this.#clock = windowClock(options.zone);
    this.#proctime = input[timeColumn]!.time === 'proctime';
  }

  push(batch: Batch): void {
    const { length } = batch;
    if (length === 0) return;
    const { input, timeColumn, window } = this.#options;
    const times = this.#clock.toLocal(rowTimes(batch, timeColumn, input[timeColumn]!.name), length);
    const slide = window.kind === 'hop' ? window.slide : window.size;
    const rows: number[] = [];
    const starts: number[] = [];
    for (let r = 0; r < length; r++) {
      const time = times[r]!;
      const last = Math.floor((time - window.offset) / slide) * slide + window.offset;
      let isLate = true;
      // As Flink's assigner, the newest window first.
      for (let start = last; start > time - window.size; start -= slide) {
        if (this.#isOver(start)) continue;
        isLate = false;
        rows.push(r);
        starts.push(start);
      }
      if (!isLate || last <= time - window.size) continue;
      this.#late++;
      this.late.add(batch, r);
    }
    if (rows.length > 0) this.#add(takeBatch(batch, Int32Array.from(rows)), Float64Array.from(starts));
  }

  /** When a window has fired, on the clock of watermarks. */
  #endOf(start: number): EpochMs {
    return this.#clock.timerAt(start + this.#options.window.size - 1);
  }
  #isOver(start: number): boolean {
    return !this.#proctime && this.#endOf(start) + this.#options.emit.lateness <= this.#progress;
  }

  #add(batch: Batch, starts: Float64Array): void {
    const { keys } = this.#options;
    const { length } = batch;
    const groups = new Int32Array(length);
    this.#table.findOrInsert([...keys.map((key) => batch.columns[key]!), startColumn(starts)], 0, length, groups);
    this.#state.ensure(this.#table.capacity);
    const delays = new Float64Array(length);
    for (let r = 0; r < length; r++) {
      const open = this.#open(starts[r]!);
      if (this.#state.rowsOf(groups[r]!) === 0 && !open.groups.includes(groups[r]!)) open.groups.push(groups[r]!);
      delays[r] = this.#delay(open);
    }
    // Rows of one kind at a time: those that are shown at once, and those that wait.
    for (let from = 0; from < length;) {
      const isNow = delays[from] === 0;
      let to = from + 1;
      while (to < length && (delays[to] === 0) === isNow) to++;
      const part = from === 0 && to === length ? batch : takeBatch(batch, range(from, to));
      const own = groups.subarray(from, to);
      if (isNow) this.#change(part, own, starts.subarray(from, to));
      else this.#collect(part, own, delays.subarray(from, to));
      from = to;
    }
  }

  #open(start: number): Open {
    let open = this.#windows.get(start);
    if (open === undefined) {
      open = { groups: [], fired: !this.#proctime && this.#endOf(start) <= this.#progress };
      this.#windows.set(start, open);
    }
    return open;
  }

  /** How long a change waits; Infinity: until the window fires. */
  #delay({ fired }: Open): number {
    const { early, late } = this.#options.emit;
    return fired ? (late ?? 0) : (early ?? Infinity);
  }

  /** One change for every row. */
  #change(batch: Batch, groups: Int32Array, starts: Float64Array): void {
    const changes = this.#state.change(batch, groups, 'record', this.#options.updateBefore);
    for (const group of groups) this.#shown.add(group);
    if (changes.length === 0) return;
    const cause = changes.rows.slice(0, changes.length);
    const { keys } = this.#options;
    this.emit({
      length: changes.length,
      columns: [
        ...keys.map((key) => takeColumn(batch.columns[key]!, cause)),
        ...changes.columns,
        ...this.#properties(Float64Array.from(cause, (row) => starts[row]!)),
      ],
      kinds: changes.kinds,
    });
  }

  /** Takes rows in, and remembers what was shown of their groups before. */
  #collect(batch: Batch, groups: Int32Array, delays: Float64Array): void {
    const now = this.#now();
    groups.forEach((group, r) => {
      if (this.#waiting.has(group)) return;
      this.#waiting.set(group, now + delays[r]!);
      if (this.#shown.has(group)) this.#before.set(group, this.#state.emit(Int32Array.of(group), 0, 1));
    });
    this.#state.update(batch, groups);
  }

  protected override onWatermark(watermark: EpochMs): void {
    if (!this.#proctime) this.#progressTo(watermark);
    else if (watermark === Infinity) this.#sendDue(Infinity);
  }
  override tick(now: EpochMs): void {
    this.#sendDue(now);
    if (this.#proctime) this.#progressTo(now);
  }

  #progressTo(progress: EpochMs): void {
    this.#progress = progress;
    const due = [...this.#windows].filter(([start]) => this.#endOf(start) <= progress).sort(([a], [b]) => a - b);
    for (const [start, open] of due) {
      if (!open.fired) {
        open.fired = true;
        this.#send(open.groups);
      }
      if (this.#endOf(start) + this.#options.emit.lateness > progress) continue;
      this.#send(open.groups);
      this.#windows.delete(start);
      this.#forget(open.groups);
    }
    if (due.length > 0) KeyTable.sweep(this.#table.encoder, [this.#table]);
  }

  /** Sends what has waited long enough. */
  #sendDue(now: EpochMs): void {
    this.#send([...this.#waiting].flatMap(([group, due]) => (due <= now ? [group] : [])));
  }

  #send(groups: readonly number[]): void {
    for (const group of groups) {
      if (!this.#waiting.delete(group)) continue;
      const before = this.#before.get(group);
      this.#before.delete(group);
      const isLive = this.#state.rowsOf(group) > 0;
      if (!isLive && before === undefined) continue;
      const after = isLive ? this.#state.emit(Int32Array.of(group), 0, 1) : undefined;
      if (before !== undefined && after !== undefined && sameRow(before, after)) continue;
      if (before !== undefined && (this.#options.updateBefore || after === undefined)) {
        this.#emitRow(group, before, after === undefined ? 3 : 1);
      }
      if (after !== undefined) this.#emitRow(group, after, before === undefined ? 0 : 2);
      if (after === undefined) this.#shown.delete(group);
      else this.#shown.add(group);
    }
  }

  #emitRow(group: number, results: readonly Column[], kind: number): void {
    const columns = this.#table.keyColumns(Int32Array.of(group), 1);
    const start = columns.at(-1) as Column & { storage: 'f64' };
    this.emit({
      length: 1,
      columns: [...columns.slice(0, -1), ...results, ...this.#properties(start.values)],
      kinds: Uint8Array.of(kind),
    });
  }

  #properties(starts: Float64Array): Column[] {
    const { properties, window, zone } = this.#options;
    const { length } = starts;
    const at = (property: WindowProperty, start: number): number =>
      property === 'start'
        ? start
        : property === 'end'
          ? start + window.size
          : this.#clock.toInstant(start + window.size - 1);
    return properties.map((property) => ({
      type: propertyType(property, zone !== undefined),
      storage: 'f64',
      length,
      valid: undefined,
      values: Float64Array.from(starts.subarray(0, length), (start) => at(property, start)),
    }));
  }

  #forget(groups: readonly number[]): void {
    const all = Int32Array.from(groups);
    this.#state.reset(all, all.length);
    if (this.#state.hasEntries) {
      const dead = new Uint8Array(this.#table.bound);
      for (const group of groups) dead[group] = 1;
      this.#state.dropEntries(dead);
    }
    for (const group of groups) {
      this.#shown.delete(group);
      this.#table.remove(group);
    }
  }

  override snapshot(): OperatorState {
    return {
      table: this.#table.snapshot(),
      aggregates: this.#state.snapshot(this.#table.bound),
      windows: [...this.#windows].map(([start, { groups, fired }]) => [start, [...groups], fired]),
      shown: [...this.#shown],
      waiting: [...this.#waiting],
      before: [...this.#before],
      progress: this.#progress,
      late: this.#late,
    } satisfies Snapshot;
  }

  override restore(state: OperatorState): void {
    const { table, aggregates, windows, shown, waiting, before, progress, late } = state as Snapshot;
    this.#table.restore(table);
    this.#state.restore(aggregates, this.#table.capacity);
    for (const [start, groups, fired] of windows) this.#windows.set(start, { groups: [...groups], fired });
    for (const group of shown) this.#shown.add(group);
    for (const [group, due] of waiting) this.#waiting.set(group, due);
    for (const [group, columns] of before) this.#before.set(group, columns);
    this.#progress = progress;
    this.#late = late;
  }

  override stats(): OperatorStats {
    return {
      stateRows: this.#table.live,
      stateBytes: this.#table.byteLength + this.#state.byteLength,
      lateRows: this.#late,
    };
  }
}

const startColumn = (values: Float64Array): Column => ({
  type: notNull(TIMESTAMP(3)),
  length: values.length,
  valid: undefined,
  storage: 'f64',
  values,
});

const range = (from: number, to: number): Int32Array => Int32Array.from({ length: to - from }, (_, i) => from + i);

function sameRow(a: readonly Column[], b: readonly Column[]): boolean {
  return a.every((column, i) => valueKey(valueAt(column, 0)) === valueKey(valueAt(b[i]!, 0)));
}
