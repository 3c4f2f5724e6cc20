import type { Batch } from '../data/batch.ts';
import { RowKind } from '../data/row-kind.ts';
import type { Select } from '../expr/compile.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { grown, nextCapacity } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs } from '../types/value.ts';
import { IntervalSide, type IntervalSideState } from './interval-side.ts';
import { JoinedRows } from './joined-rows.ts';
import { KeyLinks } from './key-links.ts';
import type { Marks } from './marks.ts';
import type { Operator, OperatorState, OperatorStats, Output } from './operator.ts';
import { PortWatermarks } from './port-watermarks.ts';
import { rowTimes } from './row-times.ts';
import { TimerHeap } from './timer-heap.ts';

export interface TemporalJoinOptions {
  /** left: a row without a version comes with NULLs. */
  readonly type: 'inner' | 'left';
  readonly left: Schema;
  readonly right: Schema;
  /** Equal columns, at least one, the primary key of the right side among them; pairwise of the same types. */
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  /** By key: whether NULL is equal to NULL (IS NOT DISTINCT FROM). */
  readonly nullSafe: readonly boolean[];
  readonly residual: Select | undefined;
  /** The time of a left row, and the time from which on a right row is the version of its key. */
  readonly leftTime: number;
  readonly rightTime: number;
}

interface Snapshot {
  readonly table: KeyTableState;
  readonly nullKeys: Uint8Array;
  readonly kinds: Uint8Array;
  readonly links: Int32Array;
  readonly timers: Float64Array;
  readonly sides: readonly [IntervalSideState, IntervalSideState];
  readonly watermarks: unknown;
}

/**
 * Joins each left row with the version of its key that was valid at the row's time: left columns, then right columns. The right side is a changelog of
 * versions: +I and +U begin one, -D ends it, -U says nothing.
 *
 * State: left rows until the watermark of both inputs reaches their time; of every key the versions from the one valid at the watermark on.
 * Emits, as Flink's TemporalRowTimeJoinOperator: left rows with their own kinds, when the watermark reaches them; those of a key in the order in which
 * they came. A left row that comes late goes out with the next watermark, joined with what versions are left.
 * Of versions of one time the last one counts.
 */
export class TemporalJoin implements Operator {
  readonly name: string;
  readonly ports = 2;
  readonly #options: TemporalJoinOptions;
  readonly #table: KeyTable;
  /** By key: 1 = a column that must not be NULL is NULL, so that nothing matches. */
  #nullKeys: Uint8Array = new Uint8Array(64);
  readonly #links = new KeyLinks();
  readonly #left: IntervalSide;
  /** Its `hits` say which versions are ends (-D). */
  readonly #right: IntervalSide;
  /** Kinds of left rows. */
  #kinds: Uint8Array = new Uint8Array(64);
  #hasKinds = false;
  /** By key: when it is looked at; NaN = not planned. */
  #timers: Float64Array = new Float64Array(64).fill(NaN);
  readonly #heap = new TimerHeap();
  readonly #watermarks = new PortWatermarks(2);
  readonly #rows: JoinedRows;
  #keyOf: Int32Array = new Int32Array(4096);
  readonly #gone: [left: number[], right: number[]] = [[], []];

  constructor(options: TemporalJoinOptions) {
    this.#options = options;
    const { left, right, leftKeys, rightKeys, residual } = options;
    this.name = `TemporalJoin[${leftKeys.map((key, i) => `${left[key]!.name} = ${right[rightKeys[i]!]!.name}`).join(', ')}]`;
    this.#table = new KeyTable(leftKeys.map((key) => left[key]!.type));
    const types = (schema: Schema) => schema.map(({ type }) => type);
    const lefts = (this.#left = new IntervalSide(types(left), this.#links, 0));
    const rights = (this.#right = new IntervalSide(types(right), this.#links, 1));
    this.#rows = new JoinedRows({
      left: {
        take: (rows, n) => lefts.take(rows, n),
        hits: () => lefts.hits,
        kinds: (rows, n) =>
          this.#hasKinds ? Uint8Array.from(rows.subarray(0, n), (row) => this.#kinds[row]!) : undefined,
      },
      right: { take: (rows, n) => rights.take(rows, n), hits: () => undefined },
      residual,
    });
  }

  connect(output: Output): void {
    this.#rows.connect(output);
  }

  push(batch: Batch, port: number): void {
    this.#store(batch, port, undefined);
  }
  pushMarked(batch: Batch, marks: Marks, port: number): void {
    this.#store(batch, port, marks);
  }

  #store(batch: Batch, port: number, marks: Marks | undefined): void {
    const { leftTime, rightTime, left, right } = this.#options;
    const column = port === 0 ? leftTime : rightTime;
    const times = rowTimes(batch, column, (port === 0 ? left : right)[column]!.name);
    const keyOf = this.#keys(batch, port);
    const numbers = (port === 0 ? this.#left : this.#right).store(batch, 0, batch.length, times);
    let mark = 0;
    for (let r = 0; r < batch.length; r++) {
      while (marks !== undefined && mark < marks.rows.length && marks.rows[mark]! <= r)
        this.#onWatermark(this.#watermarks.advance(port, marks.values[mark++]!));
      const kind = batch.kinds === undefined ? RowKind.Insert : batch.kinds[r]!;
      if (port === 0) this.#addLeft(keyOf[r]!, numbers[r]!, kind);
      else this.#addVersion(keyOf[r]!, numbers[r]!, kind);
    }
    while (marks !== undefined && mark < marks.rows.length)
      this.#onWatermark(this.#watermarks.advance(port, marks.values[mark++]!));
    this.#send();
  }

  #keys({ columns, length }: Batch, port: number): Int32Array {
    if (this.#keyOf.length < length) this.#keyOf = new Int32Array(nextCapacity(4096, length));
    const { leftKeys, rightKeys, nullSafe } = this.#options;
    const keys = (port === 0 ? leftKeys : rightKeys).map((key) => columns[key]!);
    this.#table.findOrInsert(keys, 0, length, this.#keyOf);
    this.#ensureKeys();
    keys.forEach(({ valid }, i) => {
      if (valid === undefined || nullSafe[i]) return;
      for (let r = 0; r < length; r++) if (valid[r] === 0) this.#nullKeys[this.#keyOf[r]!] = 1;
    });
    return this.#keyOf;
  }
  #ensureKeys(): void {
    const { capacity } = this.#table;
    this.#links.ensure(capacity);
    if (this.#nullKeys.length >= capacity) return;
    this.#nullKeys = grown(this.#nullKeys, capacity);
    const old = this.#timers;
    this.#timers = new Float64Array(capacity).fill(NaN);
    this.#timers.set(old);
  }

  #addLeft(key: number, row: number, kind: number): void {
    if (kind !== RowKind.Insert) this.#hasKinds = true;
    if (this.#kinds.length < this.#left.times.length) this.#kinds = grown(this.#kinds, this.#left.times.length);
    this.#kinds[row] = kind;
    this.#left.append(key, row);
    this.#plan(key, this.#left.times[row]!);
  }

  #addVersion(key: number, row: number, kind: number): void {
    if (kind === RowKind.UpdateBefore) {
      this.#gone[1].push(row);
      return;
    }
    const side = this.#right;
    side.hits[row] = kind === RowKind.Delete ? 1 : 0;
    side.link(key, row);
    const before = side.before(row);
    if (before !== 0 && side.times[before - 1] === side.times[row]) {
      side.unlink(key, before - 1);
      this.#gone[1].push(before - 1);
    }
    this.#plan(key, side.times[row]!);
  }

  #plan(key: number, time: EpochMs): void {
    const planned = this.#timers[key]!;
    if (planned <= time) return;
    this.#timers[key] = time;
    this.#heap.add(key, time);
  }

  #onWatermark(watermark: EpochMs | undefined): void {
    if (watermark === undefined) return;
    if (this.#heap.isReached(watermark)) {
      const timers = this.#timers;
      const due = this.#heap.take(
        watermark,
        (key) => timers[key]!,
        (time) => time <= watermark,
      );
      due.sort((a, b) => timers[a]! - timers[b]! || a - b);
      for (const key of due) if (timers[key]! <= watermark) this.#fire(key, watermark);
    }
    this.#rows.mark(watermark);
  }

  /** Left rows up to the watermark find their versions, and versions that no later row can need are forgotten. */
  #fire(key: number, watermark: EpochMs): void {
    const left = this.#left;
    this.#timers[key] = NaN;
    let next = Infinity;
    for (let at = left.head(key); at !== 0;) {
      const row = at - 1;
      at = left.next[row]!;
      const time = left.times[row]!;
      if (time > watermark) {
        next = Math.min(next, time);
        continue;
      }
      this.#emit(key, row, time);
      left.unlink(key, row);
      this.#gone[0].push(row);
      if (this.#rows.isFull) this.#rows.flush();
    }
    this.#dropVersions(key, watermark);
    if (next < Infinity) this.#plan(key, next);
  }

  #emit(key: number, row: number, time: EpochMs): void {
    const version = this.#nullKeys[key] === 1 ? 0 : this.#versionAt(key, time);
    if (version !== 0 && this.#right.hits[version - 1] === 0) this.#rows.pair(row, version - 1);
    if (this.#options.type === 'left') this.#rows.alone(row);
  }

  /** Row + 1 of the last version that began at `time` or before; 0 = none. */
  #versionAt(key: number, time: EpochMs): number {
    const right = this.#right;
    let at = right.tail(key);
    while (at !== 0 && right.times[at - 1]! > time) at = right.before(at - 1);
    return at;
  }

  #dropVersions(key: number, watermark: EpochMs): void {
    const right = this.#right;
    const kept = this.#versionAt(key, watermark);
    if (kept === 0) return;
    for (let at = right.before(kept - 1); at !== 0;) {
      const row = at - 1;
      at = right.before(row);
      right.unlink(key, row);
      this.#gone[1].push(row);
    }
  }

  #send(): void {
    this.#rows.flush();
    for (const row of this.#gone[0]) this.#left.free(row);
    for (const row of this.#gone[1]) this.#right.free(row);
    this.#gone[0].length = 0;
    this.#gone[1].length = 0;
  }

  advance(watermark: EpochMs, port: number): void {
    this.#onWatermark(this.#watermarks.advance(port, watermark));
    this.#send();
  }
  idle(port: number): void {
    this.#onWatermark(this.#watermarks.idle(port));
    this.#send();
  }
  finish(_port: number): void {}
  tick(_now: EpochMs): void {}

  snapshot(): OperatorState {
    const { bound } = this.#table;
    return {
      table: this.#table.snapshot(),
      nullKeys: this.#nullKeys.slice(0, bound),
      kinds: this.#kinds.slice(),
      links: this.#links.snapshot(bound),
      timers: this.#timers.slice(0, bound),
      sides: [this.#left.snapshot(), this.#right.snapshot()],
      watermarks: this.#watermarks.snapshot(),
    } satisfies Snapshot;
  }
  restore(state: OperatorState): void {
    const { table, nullKeys, kinds, links, timers, sides, watermarks } = state as Snapshot;
    this.#table.restore(table);
    this.#links.restore(links);
    this.#ensureKeys();
    this.#nullKeys.set(nullKeys);
    this.#timers.set(timers);
    timers.forEach((time, key) => time === time && this.#heap.add(key, time));
    this.#left.restore(sides[0]);
    this.#right.restore(sides[1]);
    this.#kinds = kinds.slice();
    this.#hasKinds = kinds.some((kind) => kind !== RowKind.Insert);
    this.#watermarks.restore(watermarks);
  }
  stats(): OperatorStats {
    const bytes = this.#left.byteLength + this.#right.byteLength + this.#links.byteLength + this.#table.byteLength;
    return { stateRows: this.#left.live + this.#right.live, stateBytes: bytes, lateRows: 0 };
  }
}
