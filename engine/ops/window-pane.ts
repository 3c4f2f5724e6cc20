/** What window operators share: the keyed accumulators of one pane of time, their pool, and batches cut by pane. */
import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import { takeBatch } from '../data/batch-rows.ts';
import type { Column } from '../data/column.ts';
import type { WindowProperty } from '../plan/logical.ts';
import {
  AggregateState,
  type AggregateLoops,
  type AggregateStateSnapshot,
} from '../state/aggregates/aggregate-state.ts';
import type { KeyEncoder } from '../state/key-encoder.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { nextCapacity } from '../state/typed.ts';
import { notNull, TIMESTAMP, TIMESTAMP_LTZ, type DataType } from '../types/type.ts';

export interface PaneState {
  readonly table: KeyTableState | undefined;
  readonly bound: number;
  readonly aggregates: AggregateStateSnapshot;
}

/** The groups of a pane, numbered in the order of their first rows. */
export class Pane {
  readonly table: KeyTable | undefined;
  readonly state: AggregateState;

  /** @param encoder shared by all panes of an operator; undefined = no keys, one group */
  constructor(loops: AggregateLoops, encoder: KeyEncoder | undefined) {
    this.table = encoder && new KeyTable(encoder);
    this.state = new AggregateState(loops);
    if (this.table === undefined) this.state.ensure(1);
  }

  get bound(): number {
    return this.table === undefined ? 1 : this.table.bound;
  }

  /** Adds rows from .. to of the batch. */
  update(batch: Batch, keys: readonly number[], groups: Int32Array, from: number, to: number): void {
    if (this.table !== undefined) {
      this.table.findOrInsert(
        keys.map((key) => batch.columns[key]!),
        from,
        to,
        groups,
      );
      this.state.ensure(this.table.capacity);
    }
    this.state.update(batch, groups, from, to);
  }

  /** Makes room for the groups of `other`, in its order, where they are new. */
  addKeys(other: Pane, groups: Int32Array): void {
    if (this.table === undefined) return;
    this.table.mergeKeys(other.table!, 0, other.bound, groups);
    this.state.ensure(this.table.capacity);
  }

  /** Adds all that `other` holds. */
  merge(other: Pane, groups: Int32Array): void {
    const count = other.bound;
    if (this.table !== undefined) {
      this.table.mergeKeys(other.table!, 0, count, groups);
      this.state.ensure(this.table.capacity);
    }
    this.state.mergeFrom(other.state, groups, count);
  }

  clear(): void {
    this.state.clear(this.bound);
    this.table?.clear();
  }

  snapshot(): PaneState {
    return { table: this.table?.snapshot(), bound: this.bound, aggregates: this.state.snapshot(this.bound) };
  }
  restore(state: PaneState): void {
    if (state.table !== undefined) this.table!.restore(state.table);
    this.state.restore(state.aggregates, this.table?.capacity ?? 1);
  }
  get byteLength(): number {
    return (this.table?.byteLength ?? 0) + this.state.byteLength;
  }
}

/** Panes that were used and are empty again: their memory is kept. */
export class PanePool {
  readonly #loops: AggregateLoops;
  readonly #encoder: KeyEncoder | undefined;
  readonly #free: Pane[] = [];

  constructor(loops: AggregateLoops, encoder: KeyEncoder | undefined) {
    this.#loops = loops;
    this.#encoder = encoder;
  }
  take(): Pane {
    return this.#free.pop() ?? new Pane(this.#loops, this.#encoder);
  }
  release(pane: Pane): void {
    pane.clear();
    if (this.#free.length < 4) this.#free.push(pane);
  }
}

/** Room for one number a row, made larger when needed. */
export class GroupScratch {
  #groups: Int32Array = new Int32Array(4096);
  /** At least `length` long; zeros unless somebody wrote there. */
  for(length: number): Int32Array {
    if (this.#groups.length < length) this.#groups = new Int32Array(nextCapacity(4096, length));
    return this.#groups;
  }
}

let iota = new Int32Array(0);
/** 0, 1, 2, ... */
function upTo(n: number): Int32Array {
  if (iota.length < n) iota = Int32Array.from({ length: nextCapacity(4096, n) }, (_, i) => i);
  return iota;
}

/** The groups of a pane that have rows. */
export function liveGroups(pane: Pane, retract: boolean): { groups: Int32Array; count: number } {
  const { bound } = pane;
  if (!retract && pane.table !== undefined) return { groups: upTo(bound), count: bound };
  const groups = new Int32Array(bound);
  let count = 0;
  for (let g = 0; g < bound; g++) if (pane.state.rowsOf(g) > 0) groups[count++] = g;
  return { groups, count };
}

/** A window whose result is put out: start and end on its clock, and the instant of its last millisecond. */
export interface FiredWindow {
  readonly start: number;
  readonly end: number;
  readonly time: number;
}

/** The result of a pane as a window: keys, aggregates, properties; in batches. */
export function emitPane(
  pane: Pane,
  window: FiredWindow,
  properties: readonly WindowProperty[],
  options: { readonly retract: boolean; readonly localTime: boolean },
  push: (batch: Batch) => void,
): void {
  const { groups, count } = liveGroups(pane, options.retract);
  for (let from = 0; from < count; from += BATCH_ROWS) {
    const to = Math.min(count, from + BATCH_ROWS);
    const length = to - from;
    const part = groups.subarray(from, to);
    push({
      length,
      columns: [
        ...(pane.table?.keyColumns(part, length) ?? []),
        ...pane.state.emit(part, 0, length),
        ...properties.map((property) =>
          constantTime(propertyType(property, options.localTime), window[property], length),
        ),
      ],
      kinds: undefined,
    });
  }
}

const windowBound = notNull(TIMESTAMP(3));
const localWindowTime = notNull(TIMESTAMP_LTZ(3));
/** window_start and window_end are wall clock times; window_time is a time attribute of the input's type. */
export function propertyType(property: WindowProperty, localTime: boolean): DataType {
  return property === 'time' && localTime ? localWindowTime : windowBound;
}

export function constantTime(type: DataType, time: number, length: number): Column {
  return { type, storage: 'f64', length, valid: undefined, values: new Float64Array(length).fill(time) };
}

/** Rows with the pane of each: runs of equal panes, made by moving rows when they are mixed. Rows whose pane is NaN are left out. */
export interface Runs {
  readonly batch: Batch;
  /** Run i is rows starts[i] .. starts[i + 1] and belongs to panes[i]. */
  readonly panes: readonly number[];
  readonly starts: readonly number[];
}

export function runsOf(batch: Batch, paneOf: Float64Array): Runs {
  const { length } = batch;
  const panes: number[] = [];
  const starts: number[] = [];
  let sorted = true;
  let last = NaN;
  for (let r = 0; r < length; r++) {
    const pane = paneOf[r]!;
    if (pane === last) continue;
    if (pane !== pane || pane < last) {
      sorted = false;
      break;
    }
    panes.push(pane);
    starts.push(r);
    last = pane;
  }
  if (sorted) return { batch, panes, starts: [...starts, length] };
  return movedRuns(batch, paneOf);
}

function movedRuns(batch: Batch, paneOf: Float64Array): Runs {
  const counts = new Map<number, number>();
  for (let r = 0; r < batch.length; r++) {
    const pane = paneOf[r]!;
    if (pane === pane) counts.set(pane, (counts.get(pane) ?? 0) + 1);
  }
  const panes = [...counts.keys()].sort((a, b) => a - b);
  const starts = [0];
  const next = new Map<number, number>();
  for (const pane of panes) {
    next.set(pane, starts.at(-1)!);
    starts.push(starts.at(-1)! + counts.get(pane)!);
  }
  const order = new Int32Array(starts.at(-1)!);
  for (let r = 0; r < batch.length; r++) {
    const pane = paneOf[r]!;
    if (pane !== pane) continue;
    const at = next.get(pane)!;
    order[at] = r;
    next.set(pane, at + 1);
  }
  return { batch: takeBatch(batch, order), panes, starts };
}
