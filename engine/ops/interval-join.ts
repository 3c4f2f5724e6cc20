import type { Batch } from '../data/batch.ts';
import type { Select } from '../expr/compile.ts';
import type { JoinType } from '../plan/logical.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { grown, nextCapacity } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs, Ms } from '../types/value.ts';
import { IntervalSide, type IntervalSideState } from './interval-side.ts';
import { JoinedRows } from './joined-rows.ts';
import { KeyLinks } from './key-links.ts';
import { type Marks, pushPieces } from './marks.ts';
import type { Operator, OperatorState, OperatorStats, Output } from './operator.ts';
import { PortWatermarks } from './port-watermarks.ts';
import { rowTimes } from './row-times.ts';
import { TimerHeap } from './timer-heap.ts';

export interface IntervalJoinOptions {
  readonly type: Exclude<JoinType, 'semi' | 'anti'>;
  readonly left: Schema;
  readonly right: Schema;
  /** Equal columns; pairwise of the same types. None = one group of all rows. */
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  /** By key: whether NULL is equal to NULL (IS NOT DISTINCT FROM). */
  readonly nullSafe: readonly boolean[];
  readonly residual: Select | undefined;
  /** A pair is one when rightTime + lower <= leftTime <= rightTime + upper. An interval with lower > upper has no pairs. */
  readonly lower: Ms;
  readonly upper: Ms;
  /** The time columns; undefined: rows have the time at which they come. */
  readonly times: { readonly left: number; readonly right: number } | undefined;
  /** `table.exec.interval-join.min-cleanup-interval`: rows stay for this much longer. */
  readonly cleanUpInterval: Ms;
  /** Processing time. */
  readonly now: () => EpochMs;
}

interface Snapshot {
  readonly table: KeyTableState | undefined;
  readonly nullKeys: Uint8Array;
  readonly links: Int32Array;
  readonly timers: Float64Array;
  readonly turns: Float64Array;
  readonly lastTurn: number;
  readonly sides: readonly [IntervalSideState, IntervalSideState];
  readonly expired: readonly [EpochMs, EpochMs];
  readonly watermarks: unknown;
}

/**
 * Joins rows of two inputs that only grow whose times are near each other: left columns, then right columns.
 *
 * State: by key, the rows that may still find a partner: a left row of time t until time passes t - lower, a right one until it passes t + upper.
 * Emits, as Flink's TimeIntervalJoin: a pair at once when its second row comes. A row of an outer side without a partner comes with NULLs when it is
 * forgotten: at its key's timer, or earlier when a row of the other side looks through the key. A late row joins what is still there; one that
 * can find nobody any more is not kept. Rows of a key are looked at in the order of their times.
 * Watermarks are held back by the longer of the two waits, so that no row that comes out is late.
 */
export class IntervalJoin implements Operator {
  readonly name: string;
  readonly ports = 2;
  readonly #options: IntervalJoinOptions;
  readonly #table: KeyTable | undefined;
  /** By key: 1 = a column that must not be NULL is NULL, so that nothing matches. */
  #nullKeys: Uint8Array = new Uint8Array(64);
  readonly #links = new KeyLinks();
  readonly #sides: readonly [IntervalSide, IntervalSide];
  /** Of key k: 2k when its left rows are looked through, 2k + 1 its right rows; NaN = not planned. */
  #timers: Float64Array = new Float64Array(128).fill(NaN);
  /** By timer, as it was planned: of timers that are due at one time the first planned comes first. */
  #turns: Float64Array = new Float64Array(128);
  #lastTurn = 0;
  readonly #heap = new TimerHeap();
  /** How far the rows of a side have expired; as in Flink known when somebody last asked, for all keys at once. */
  readonly #expired: [EpochMs, EpochMs] = [0, 0];
  readonly #watermarks = new PortWatermarks(2);
  readonly #rows: JoinedRows;
  /** How long a row of each side waits for others. */
  readonly #waits: readonly [Ms, Ms];
  readonly #outer: readonly [boolean, boolean];
  readonly #isEmpty: boolean;
  /** What watermarks are held back by. */
  readonly #delay: Ms;
  #time: EpochMs = 0;
  #keyOf: Int32Array = new Int32Array(4096);
  /** side, row, side, row...: to be freed when what they are part of has been sent. */
  readonly #gone: number[] = [];
  /** Keys that may have nothing any more. */
  readonly #idleKeys: number[] = [];

  constructor(options: IntervalJoinOptions) {
    this.#options = options;
    const { type, left, right, leftKeys, rightKeys, lower, upper, residual } = options;
    this.name = `IntervalJoin[${leftKeys.map((key, i) => `${left[key]!.name} = ${right[rightKeys[i]!]!.name}`).join(', ')}]`;
    this.#table = leftKeys.length === 0 ? undefined : new KeyTable(leftKeys.map((key) => left[key]!.type));
    const sideOf = (schema: Schema, side: 0 | 1): IntervalSide =>
      new IntervalSide(
        schema.map((column) => column.type),
        this.#links,
        side,
      );
    this.#sides = [sideOf(left, 0), sideOf(right, 1)];
    this.#waits = [-lower, upper];
    this.#outer = [type === 'left' || type === 'full', type === 'right' || type === 'full'];
    this.#isEmpty = lower > upper;
    this.#delay = this.#isEmpty || options.times === undefined ? 0 : Math.max(...this.#waits);
    const [l, r] = this.#sides;
    this.#rows = new JoinedRows({
      left: { take: (rows, n) => l.take(rows, n), hits: () => l.hits },
      right: { take: (rows, n) => r.take(rows, n), hits: () => r.hits },
      residual,
    });
  }

  connect(output: Output): void {
    this.#rows.connect(output);
  }

  push(batch: Batch, port: number): void {
    if (this.#options.times === undefined) this.#advanceClock(this.#options.now());
    this.#join(batch, port, undefined);
  }
  pushMarked(batch: Batch, marks: Marks, port: number): void {
    if (this.#options.times !== undefined) return this.#join(batch, port, marks);
    const advance = (watermark: EpochMs): void => this.advance(watermark, port);
    pushPieces({ push: (piece) => this.push(piece, port), advance }, batch, marks);
  }

  #join(batch: Batch, port: number, marks: Marks | undefined): void {
    const keyOf = this.#keys(batch, port);
    const numbers = this.#sides[port]!.store(batch, 0, batch.length, this.#timesOf(batch, port));
    let mark = 0;
    for (let r = 0; r < batch.length; r++) {
      while (marks !== undefined && mark < marks.rows.length && marks.rows[mark]! <= r)
        this.#onWatermark(this.#watermarks.advance(port, marks.values[mark++]!));
      this.#row(keyOf[r]!, numbers[r]!, port as 0 | 1);
    }
    while (marks !== undefined && mark < marks.rows.length)
      this.#onWatermark(this.#watermarks.advance(port, marks.values[mark++]!));
    this.#send();
    this.#forgetKeys();
  }

  #timesOf(batch: Batch, port: number): Float64Array {
    const { times, left, right } = this.#options;
    if (times === undefined) return new Float64Array(batch.length).fill(this.#time);
    const column = port === 0 ? times.left : times.right;
    return rowTimes(batch, column, (port === 0 ? left : right)[column]!.name);
  }

  #keys({ columns, length }: Batch, port: number): Int32Array {
    if (this.#keyOf.length < length) this.#keyOf = new Int32Array(nextCapacity(4096, length));
    const keyOf = this.#keyOf;
    const { leftKeys, rightKeys, nullSafe } = this.#options;
    if (this.#table === undefined) {
      this.#links.ensure(1);
      return keyOf;
    }
    const keys = (port === 0 ? leftKeys : rightKeys).map((key) => columns[key]!);
    this.#table.findOrInsert(keys, 0, length, keyOf);
    this.#ensureKeys(this.#table.capacity);
    keys.forEach(({ valid }, i) => {
      if (valid === undefined || nullSafe[i]) return;
      for (let r = 0; r < length; r++) if (valid[r] === 0) this.#nullKeys[keyOf[r]!] = 1;
    });
    return keyOf;
  }
  #ensureKeys(capacity: number): void {
    this.#links.ensure(capacity);
    if (this.#nullKeys.length >= capacity) return;
    this.#nullKeys = grown(this.#nullKeys, capacity);
    const old = this.#timers;
    this.#timers = new Float64Array(2 * capacity).fill(NaN);
    this.#timers.set(old);
    this.#turns = grown(this.#turns, 2 * capacity);
  }

  /** One row of one side: looks through the other side's rows of its key, then waits there for later ones. */
  #row(key: number, row: number, port: 0 | 1): void {
    const own = this.#sides[port]!;
    const other = (1 - port) as 0 | 1;
    const time = own.times[row]!;
    // A left row of time t meets right rows of t - upper .. t - lower, a right one left rows of t + lower .. t + upper.
    const from = time - this.#waits[other];
    const to = time + this.#waits[port];
    if (!this.#isEmpty && this.#expired[other] < to) {
      this.#expired[other] = this.#expiry(other);
      this.#meet(key, row, port, from, to);
    }
    if (!this.#isEmpty && this.#time < to) {
      own.link(key, row);
      if (this.#timers[2 * key + port] !== this.#timers[2 * key + port]) this.#plan(key, port, time);
    } else {
      if (this.#outer[port]) this.#alone(port, row);
      this.#gone.push(port, row);
      this.#idleKeys.push(key);
    }
    if (this.#rows.isFull) this.#send();
  }

  #meet(key: number, row: number, port: 0 | 1, from: EpochMs, to: EpochMs): void {
    const other = (1 - port) as 0 | 1;
    const side = this.#sides[other]!;
    const matches = this.#nullKeys[key] === 0;
    const expired = this.#expired[other];
    const last = Math.max(to, expired);
    for (let at = side.head(key); at !== 0;) {
      const found = at - 1;
      at = side.next[found]!;
      const time = side.times[found]!;
      if (time > last) break;
      if (matches && time >= from && time <= to) {
        if (port === 0) this.#rows.pair(row, found);
        else this.#rows.pair(found, row);
      }
      if (time <= expired) this.#forget(key, other, found);
    }
  }

  #forget(key: number, port: 0 | 1, row: number): void {
    if (this.#outer[port]) this.#alone(port, row);
    this.#sides[port]!.unlink(key, row);
    this.#gone.push(port, row);
  }
  #alone(port: 0 | 1, row: number): void {
    if (port === 0) this.#rows.alone(row);
    else this.#rows.aloneRight(row);
  }

  /** Rows of that side up to this time can find nobody any more. */
  #expiry(port: 0 | 1): EpochMs {
    return this.#time === Infinity ? Infinity : this.#time - this.#waits[port] - 1;
  }

  #plan(key: number, port: 0 | 1, time: EpochMs): void {
    const due = time + this.#waits[port] + this.#options.cleanUpInterval + 1;
    this.#timers[2 * key + port] = due;
    this.#turns[2 * key + port] = ++this.#lastTurn;
    this.#heap.add(2 * key + port, due);
  }

  #onWatermark(watermark: EpochMs | undefined): void {
    if (watermark === undefined) return;
    if (this.#options.times !== undefined) this.#pass(Math.max(0, watermark));
    this.#rows.mark(watermark - this.#delay);
  }
  #advanceClock(now: EpochMs): void {
    if (now > this.#time) this.#pass(now);
  }

  /** Time has come to `time`: rows that waited for it are forgotten. */
  #pass(time: EpochMs): void {
    this.#time = time;
    if (!this.#heap.isReached(time)) return;
    const timers = this.#timers;
    const due = this.#heap.take(
      time,
      (slot) => timers[slot]!,
      (at) => at <= time,
    );
    const turns = this.#turns;
    // Two timers of a key at one time are one: right rows first.
    const turnOf = (slot: number): number =>
      timers[slot] === timers[slot ^ 1] ? Math.min(turns[slot]!, turns[slot ^ 1]!) : turns[slot]!;
    due.sort((a, b) => timers[a]! - timers[b]! || turnOf(a) - turnOf(b) || b - a);
    for (const slot of due) this.#clean(slot >> 1, (slot & 1) as 0 | 1);
  }

  #clean(key: number, port: 0 | 1): void {
    const side = this.#sides[port]!;
    const expired = (this.#expired[port] = this.#expiry(port));
    this.#timers[2 * key + port] = NaN;
    let at = side.head(key);
    while (at !== 0 && side.times[at - 1]! <= expired) {
      const row = at - 1;
      at = side.next[row]!;
      this.#forget(key, port, row);
    }
    if (at !== 0) this.#plan(key, port, side.times[at - 1]!);
    else this.#idleKeys.push(key);
  }

  /** Keys without rows and plans leave the table: not before the end of a batch, whose later rows may have them. */
  #forgetKeys(): void {
    const keys = this.#idleKeys;
    if (keys.length === 0 || this.#table === undefined) return;
    const timers = this.#timers;
    for (const key of keys) {
      const isPlanned = timers[2 * key]! === timers[2 * key] || timers[2 * key + 1]! === timers[2 * key + 1];
      if (isPlanned || !this.#links.isEmpty(key)) continue;
      this.#nullKeys[key] = 0;
      this.#table.remove(key);
    }
    keys.length = 0;
    KeyTable.sweep(this.#table.encoder, [this.#table]);
  }

  #send(): void {
    this.#rows.flush();
    const gone = this.#gone;
    for (let i = 0; i < gone.length; i += 2) this.#sides[gone[i]!]!.free(gone[i + 1]!);
    gone.length = 0;
  }

  advance(watermark: EpochMs, port: number): void {
    this.#onWatermark(this.#watermarks.advance(port, watermark));
    this.#send();
    this.#forgetKeys();
  }
  idle(port: number): void {
    this.#onWatermark(this.#watermarks.idle(port));
    this.#send();
    this.#forgetKeys();
  }
  finish(_port: number): void {}
  tick(now: EpochMs): void {
    if (this.#options.times !== undefined) return;
    this.#advanceClock(now);
    this.#send();
    this.#forgetKeys();
  }

  snapshot(): OperatorState {
    const keys = this.#table?.bound ?? 1;
    const [left, right] = this.#sides;
    return {
      table: this.#table?.snapshot(),
      nullKeys: this.#nullKeys.slice(0, keys),
      links: this.#links.snapshot(keys),
      timers: this.#timers.slice(0, 2 * keys),
      turns: this.#turns.slice(0, 2 * keys),
      lastTurn: this.#lastTurn,
      sides: [left.snapshot(), right.snapshot()],
      expired: [...this.#expired],
      watermarks: this.#watermarks.snapshot(),
    } satisfies Snapshot;
  }
  restore(state: OperatorState): void {
    const { table, nullKeys, links, timers, turns, lastTurn, sides, expired, watermarks } = state as Snapshot;
    if (table !== undefined) this.#table!.restore(table);
    this.#links.restore(links);
    this.#ensureKeys(this.#table?.capacity ?? 1);
    this.#nullKeys.set(nullKeys);
    this.#timers.set(timers);
    this.#turns.set(turns);
    this.#lastTurn = lastTurn;
    timers.forEach((due, slot) => due === due && this.#heap.add(slot, due));
    this.#sides[0].restore(sides[0]);
    this.#sides[1].restore(sides[1]);
    [this.#expired[0], this.#expired[1]] = expired;
    this.#watermarks.restore(watermarks);
    if (this.#options.times !== undefined) this.#time = Math.max(0, this.#watermarks.current);
  }
  stats(): OperatorStats {
    const [left, right] = this.#sides;
    const bytes = left.byteLength + right.byteLength + this.#links.byteLength + (this.#table?.byteLength ?? 0);
    return { stateRows: left.live + right.live, stateBytes: bytes, lateRows: 0 };
  }
}
