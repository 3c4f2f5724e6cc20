import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import type { Schema } from '../types/schema.ts';
import type { TimeZone } from '../types/time-zone.ts';
import type { EpochMs } from '../types/value.ts';
import { JoinSide, type JoinSideState } from './join-side.ts';
import type { JoinCondition } from './join.ts';
import { KeyLinks } from './key-links.ts';
import type { Operator, OperatorState, OperatorStats, Output } from './operator.ts';
import { PortWatermarks } from './port-watermarks.ts';
import { windowClock, type WindowClock } from './window-clock.ts';
import { GroupScratch, runsOf } from './window-pane.ts';

export interface WindowJoinOptions {
  readonly left: Schema;
  readonly right: Schema;
  /** Equal columns, window start and end among them; pairwise of the same types. */
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  readonly residual?: JoinCondition | undefined;
  /** The column window_end of each input. */
  readonly leftWindowEnd: number;
  readonly rightWindowEnd: number;
  /** The session's zone when windows lie on its wall clock (TIMESTAMP_LTZ time). */
  readonly zone?: TimeZone | undefined;
}

interface WindowRows {
  readonly table: KeyTable;
  readonly links: KeyLinks;
  readonly sides: readonly [JoinSide, JoinSide];
}
interface Snapshot {
  readonly late: number;
  readonly watermarks: unknown;
  readonly windows: readonly {
    readonly end: number;
    readonly table: KeyTableState;
    readonly links: Int32Array;
    readonly sides: readonly [JoinSideState, JoinSideState];
  }[];
}

/**
 * Inner join of two windowed inputs that only grow: left columns, then right columns.
 *
 * State: the rows of windows that have not closed. A window's pairs come when the watermark of both inputs reaches its last millisecond; its rows
 * are then forgotten. Rows that come later are late and dropped.
 * Order: by window end, then by the first row of each key, then left rows and for each the right rows in the order in which they came.
 */
export class WindowJoin implements Operator {
  readonly name: string;
  readonly ports = 2;
  readonly #options: WindowJoinOptions;
  readonly #clock: WindowClock;
  readonly #windows = new Map<number, WindowRows>();
  readonly #watermarks = new PortWatermarks(2);
  readonly #scratch = new GroupScratch();
  #ends: Float64Array = new Float64Array(0);
  #nextTimer: EpochMs = Infinity;
  #late = 0;
  #output: Output | undefined;

  constructor(options: WindowJoinOptions) {
    this.#options = options;
    const { left, right, leftKeys, rightKeys } = options;
    this.name = `WindowJoin[${leftKeys.map((key, i) => `${left[key]!.name} = ${right[rightKeys[i]!]!.name}`).join(', ')}]`;
    this.#clock = windowClock(options.zone);
  }

  connect(output: Output): void {
    this.#output = output;
  }

  push(batch: Batch, port: number): void {
    const { length } = batch;
    if (length === 0) return;
    const { leftWindowEnd, rightWindowEnd, leftKeys, rightKeys } = this.#options;
    const { values } = batch.columns[port === 0 ? leftWindowEnd : rightWindowEnd] as Column & { storage: 'f64' | 'ts' };
    const runs = runsOf(batch, this.#openEnds(values, length));
    const keys = (port === 0 ? leftKeys : rightKeys).map((key) => runs.batch.columns[key]!);
    const nullKeys = keys.some(({ valid }) => valid !== undefined);
    runs.panes.forEach((end, i) => {
      const from = runs.starts[i]!;
      const to = runs.starts[i + 1]!;
      const { table, links, sides } = this.#window(end);
      const keyOf = this.#scratch.for(runs.batch.length);
      keyOf.fill(-1, 0, runs.batch.length);
      table.findOrInsert(keys, from, to, keyOf, nullKeys ? allValid(keys, runs.batch.length) : undefined);
      links.ensure(table.capacity);
      sides[port]!.change(runs.batch, keyOf);
    });
  }

  /** Window ends, NaN for windows that have closed. */
  #openEnds(ends: Float64Array, length: number): Float64Array {
    if (this.#ends.length < length) this.#ends = new Float64Array(Math.max(4096, length));
    const open = this.#ends;
    for (let r = 0; r < length; r++) {
      const end = ends[r]!;
      if (r > 0 && end === ends[r - 1]) open[r] = open[r - 1]!;
      else open[r] = this.#clock.timerAt(end - 1) <= this.#watermarks.current ? NaN : end;
      if (open[r] !== open[r]) this.#late++;
    }
    return open;
  }

  #window(end: number): WindowRows {
    let window = this.#windows.get(end);
    if (window === undefined) {
      const { left, right, leftKeys } = this.#options;
      const links = new KeyLinks();
      const sideOf = (schema: Schema, side: 0 | 1): JoinSide =>
        new JoinSide(
          schema.map(({ type }) => type),
          'none',
          links,
          side,
        );
      const table = new KeyTable(leftKeys.map((key) => left[key]!.type));
      window = { table, links, sides: [sideOf(left, 0), sideOf(right, 1)] };
      this.#windows.set(end, window);
      this.#nextTimer = Math.min(this.#nextTimer, this.#clock.timerAt(end - 1));
    }
    return window;
  }

  advance(watermark: EpochMs, port: number): void {
    this.#progress(this.#watermarks.advance(port, watermark));
  }
  /** The input sends nothing for a while: it holds the watermark back no longer. */
  idle(port: number): void {
    this.#progress(this.#watermarks.idle(port));
  }

  #progress(watermark: EpochMs | undefined): void {
    if (watermark === undefined) return;
    if (this.#nextTimer <= watermark) {
      const due = [...this.#windows.keys()]
        .filter((end) => this.#clock.timerAt(end - 1) <= watermark)
        .sort((a, b) => a - b);
      for (const end of due) {
        this.#fire(this.#windows.get(end)!);
        this.#windows.delete(end);
      }
      this.#nextTimer = Math.min(...Array.from(this.#windows.keys(), (end) => this.#clock.timerAt(end - 1)));
    }
    this.#output!.advance(watermark);
  }

  #fire({ table, links: { array }, sides: [left, right] }: WindowRows): void {
    const lefts = new Int32Array(BATCH_ROWS);
    const rights = new Int32Array(BATCH_ROWS);
    let n = 0;
    const put = (): void => {
      const joined: Batch = {
        length: n,
        columns: [...left.take(lefts, n), ...right.take(rights, n)],
        kinds: undefined,
      };
      const { residual } = this.#options;
      const kept = residual === undefined ? joined : residual(joined);
      if (kept.length > 0) this.#output!.push(kept);
      n = 0;
    };
    for (let key = 0; key < table.bound; key++) {
      for (let l = array[4 * key]!; l !== 0; l = left.next[l - 1]!) {
        for (let r = array[4 * key + 2]!; r !== 0; r = right.next[r - 1]!) {
          if (n === BATCH_ROWS) put();
          lefts[n] = l - 1;
          rights[n++] = r - 1;
        }
      }
    }
    if (n > 0) put();
  }

  finish(_port: number): void {}
  tick(_now: EpochMs): void {}

  snapshot(): OperatorState {
    return {
      late: this.#late,
      watermarks: this.#watermarks.snapshot(),
      windows: Array.from(this.#windows, ([end, { table, links, sides }]) => ({
        end,
        table: table.snapshot(),
        links: links.snapshot(table.bound),
        sides: [sides[0].snapshot(), sides[1].snapshot()] as const,
      })),
    } satisfies Snapshot;
  }
  restore(state: OperatorState): void {
    const { late, watermarks, windows } = state as Snapshot;
    this.#late = late;
    this.#watermarks.restore(watermarks);
    for (const { end, table, links, sides } of windows) {
      const window = this.#window(end);
      window.table.restore(table);
      window.links.restore(links);
      window.sides[0].restore(sides[0]);
      window.sides[1].restore(sides[1]);
    }
  }
  stats(): OperatorStats {
    let rows = 0;
    let bytes = 0;
    for (const { table, links, sides } of this.#windows.values()) {
      rows += sides[0].live + sides[1].live;
      bytes += table.byteLength + links.byteLength + sides[0].byteLength + sides[1].byteLength;
    }
    return { stateRows: rows, stateBytes: bytes, lateRows: this.#late };
  }
}

function allValid(columns: readonly Column[], length: number): Uint8Array {
  const where = new Uint8Array(length).fill(1);
  for (const { valid } of columns) if (valid !== undefined) for (let r = 0; r < length; r++) where[r]! &= valid[r]!;
  return where;
}
