import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import type { Select } from '../expr/compile.ts';
import type { JoinType } from '../plan/logical.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { grown } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
import type { TimeZone } from '../types/time-zone.ts';
import type { EpochMs } from '../types/value.ts';
import { LateRows } from './late-rows.ts';
import { IntervalSide, type IntervalSideState } from './interval-side.ts';
import { JoinedRows } from './joined-rows.ts';
import { KeyLinks } from './key-links.ts';
import type { Operator, OperatorState, OperatorStats, Output } from './operator.ts';
import { PortWatermarks } from './port-watermarks.ts';
import { windowClock, type WindowClock } from './window-clock.ts';
import { GroupScratch, runsOf } from './window-pane.ts';

export interface WindowJoinOptions {
  readonly type: JoinType;
  readonly left: Schema;
  readonly right: Schema;
  /** Equal columns, window start and end among them; pairwise of the same types. */
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  /** By key: whether NULL is equal to NULL (IS NOT DISTINCT FROM). */
  readonly nullSafe: readonly boolean[];
  readonly residual: Select | undefined;
  /** The column window_end of each input. */
  readonly leftWindowEnd: number;
  readonly rightWindowEnd: number;
  /** The session's zone when windows lie on its wall clock (TIMESTAMP_LTZ time). */
  readonly zone?: TimeZone | undefined;
}

interface WindowRows {
  readonly table: KeyTable;
  readonly links: KeyLinks;
  readonly sides: readonly [IntervalSide, IntervalSide];
  /** By key: 1 = a column that must not be NULL is NULL, so that nothing matches. */
  nullKeys: Uint8Array;
}
interface Snapshot {
  readonly late: number;
  readonly watermarks: unknown;
  readonly windows: readonly {
    readonly end: number;
    readonly table: KeyTableState;
    readonly links: Int32Array;
    readonly sides: readonly [IntervalSideState, IntervalSideState];
    readonly nullKeys: Uint8Array;
  }[];
}

/**
 * Join of two windowed inputs that only grow: left columns, then right columns (semi and anti joins: left columns alone).
 *
 * State: the rows of windows that have not closed. A window's pairs, and rows without a partner, come when the watermark of both inputs reaches its last millisecond; its rows
 * are then forgotten. Rows that come later are late and dropped.
 * Order: by window end, then by the first row of each key, then left rows and for each the right rows in the order in which they came; in a right join
 * the other way round; as Flink's WindowJoinOperator.
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
  readonly late = new LateRows();
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
    const runs = runsOf(batch, this.#openEnds(batch, port, values));
    const keys = (port === 0 ? leftKeys : rightKeys).map((key) => runs.batch.columns[key]!);
    runs.panes.forEach((end, i) => {
      const from = runs.starts[i]!;
      const to = runs.starts[i + 1]!;
      const window = this.#window(end);
      const keyOf = this.#scratch.for(runs.batch.length);
      window.table.findOrInsert(keys, from, to, keyOf);
      window.links.ensure(window.table.capacity);
      this.#markNullKeys(window, keys, from, to, keyOf);
      const side = window.sides[port]!;
      const numbers = side.store(runs.batch, from, to);
      for (let r = from; r < to; r++) side.link(keyOf[r]!, numbers[r]!);
    });
  }

  #markNullKeys(window: WindowRows, keys: readonly Column[], from: number, to: number, keyOf: Int32Array): void {
    if (window.nullKeys.length < window.table.capacity) window.nullKeys = grown(window.nullKeys, window.table.capacity);
    keys.forEach(({ valid }, i) => {
      if (valid === undefined || this.#options.nullSafe[i]) return;
      for (let r = from; r < to; r++) if (valid[r] === 0) window.nullKeys[keyOf[r]!] = 1;
    });
  }

  /** Window ends, NaN for windows that have closed. */
  #openEnds(batch: Batch, port: number, ends: Float64Array): Float64Array {
    const { length } = batch;
    if (this.#ends.length < length) this.#ends = new Float64Array(Math.max(4096, length));
    const open = this.#ends;
    for (let r = 0; r < length; r++) {
      const end = ends[r]!;
      if (r > 0 && end === ends[r - 1]) open[r] = open[r - 1]!;
      else open[r] = this.#clock.timerAt(end - 1) <= this.#watermarks.current ? NaN : end;
      if (open[r] === open[r]) continue;
      this.#late++;
      this.late.add(batch, r, port);
    }
    return open;
  }

  #window(end: number): WindowRows {
    let window = this.#windows.get(end);
    if (window === undefined) {
      const { left, right, leftKeys } = this.#options;
      const links = new KeyLinks();
      const sideOf = (schema: Schema, side: 0 | 1): IntervalSide =>
        new IntervalSide(
          schema.map(({ type }) => type),
          links,
          side,
        );
      const table = new KeyTable(leftKeys.map((key) => left[key]!.type));
      window = { table, links, sides: [sideOf(left, 0), sideOf(right, 1)], nullKeys: new Uint8Array(table.capacity) };
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

  #fire(window: WindowRows): void {
    const { type, residual } = this.#options;
    const [left, right] = window.sides;
    const rows = new JoinedRows({
      left: { take: (numbers, n) => left.take(numbers, n), hits: () => left.hits },
      right: { take: (numbers, n) => right.take(numbers, n), hits: () => right.hits },
      residual,
      form: type === 'semi' || type === 'anti' ? type : 'pairs',
    });
    rows.connect(this.#output!);
    for (let key = 0; key < window.table.bound; key++) {
      if (type === 'right') this.#fireKey(window, key, 1, rows);
      else this.#fireKey(window, key, 0, rows);
      if (type === 'full') for (let r = right.head(key); r !== 0; r = right.next[r - 1]!) rows.aloneRight(r - 1);
      if (rows.isFull) rows.flush();
    }
    rows.flush();
  }

  /** The pairs of a key, row by row of one side; and rows of that side without a partner, where they are wanted. */
  #fireKey({ sides, nullKeys }: WindowRows, key: number, outer: 0 | 1, rows: JoinedRows): void {
    const { type } = this.#options;
    const own = sides[outer]!;
    const other = sides[1 - outer]!;
    const alone = type === 'inner' || type === 'semi' ? 'none' : outer === 0 ? 'left' : 'right';
    const first = nullKeys[key] === 1 ? 0 : other.head(key);
    if (first === 0 && alone === 'none') return;
    for (let a = own.head(key); a !== 0; a = own.next[a - 1]!) {
      for (let b = first; b !== 0; b = other.next[b - 1]!) {
        if (outer === 0) rows.pair(a - 1, b - 1);
        else rows.pair(b - 1, a - 1);
        if (rows.isFull) rows.flush();
      }
      if (alone === 'left') rows.alone(a - 1);
      else if (alone === 'right') rows.aloneRight(a - 1);
    }
  }

  finish(_port: number): void {}
  tick(_now: EpochMs): void {}

  snapshot(): OperatorState {
    return {
      late: this.#late,
      watermarks: this.#watermarks.snapshot(),
      windows: Array.from(this.#windows, ([end, { table, links, sides, nullKeys }]) => ({
        end,
        table: table.snapshot(),
        links: links.snapshot(table.bound),
        sides: [sides[0].snapshot(), sides[1].snapshot()] as const,
        nullKeys: nullKeys.slice(0, table.bound),
      })),
    } satisfies Snapshot;
  }
  restore(state: OperatorState): void {
    const { late, watermarks, windows } = state as Snapshot;
    this.#late = late;
    this.#watermarks.restore(watermarks);
    for (const { end, table, links, sides, nullKeys } of windows) {
      const window = this.#window(end);
      window.table.restore(table);
      window.links.restore(links);
      window.links.ensure(window.table.capacity);
      window.nullKeys = grown(nullKeys, window.table.capacity);
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
