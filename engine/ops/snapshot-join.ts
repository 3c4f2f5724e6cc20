import type { Batch } from '../data/batch.ts';
import { takeColumn } from '../data/take.ts';
import { takeNullable } from '../data/take-nullable.ts';
import type { Column } from '../data/column.ts';
import type { Select } from '../expr/compile.ts';
import type { EpochMs, Ms } from '../types/value.ts';
import { joinName, JoinState, type JoinStateOptions, type JoinStateSnapshot } from './join-state.ts';
import { JoinedRows } from './joined-rows.ts';
import type { Operator, OperatorState, OperatorStats, Output } from './operator.ts';
import { PendingRows } from './pending-rows.ts';

export interface SnapshotJoinOptions extends JoinStateOptions {
  /** left: a row without a match comes with NULLs. */
  readonly type: 'inner' | 'left';
  readonly residual: Select | undefined;
  /** The right side is loaded when its watermark reaches this, or ends. */
  readonly loadedAt: EpochMs;
  /** It also is when nothing has come for so long; undefined: never. */
  readonly idleTimeout: Ms | undefined;
  readonly now: () => EpochMs;
}

interface Snapshot {
  readonly state: JoinStateSnapshot;
  readonly pending: Batch | undefined;
  readonly loading: boolean;
  readonly watermark: EpochMs;
}

/**
 * Joins each left row with the rows that the right side has at that moment: LATERAL TABLE(SNAPSHOT(…)). Left rows that come while the right side is
 * being loaded wait for it; later changes of the right side change nothing that has been sent.
 *
 * State: the rows of the right side, and left rows until it is loaded. Emits: +I only. Watermarks are those of the left side, from the load on.
 */
export class SnapshotJoin implements Operator {
  readonly name: string;
  readonly ports = 2;
  readonly #options: SnapshotJoinOptions;
  readonly #state: JoinState;
  readonly #pending = new PendingRows();
  #loading = true;
  #watermark: EpochMs = -Infinity;
  #lastRight: EpochMs;
  #output: Output | undefined;

  constructor(options: SnapshotJoinOptions) {
    this.#options = options;
    this.name = joinName('SnapshotJoin', options);
    this.#state = new JoinState(options, [false, false]);
    this.#lastRight = options.now();
  }
  connect(output: Output): void {
    this.#output = output;
  }

  push(batch: Batch, port: number): void {
    if (batch.length === 0) return;
    if (port === 1) {
      const keyOf = this.#state.keysOf(batch, 1);
      this.#state.sides[1].change(batch, keyOf);
      this.#state.forgetKeys(batch, keyOf);
      this.#lastRight = this.#options.now();
    } else if (this.#loading) this.#pending.push(batch);
    else this.#join(batch);
  }

  #join(batch: Batch): void {
    const { type, residual } = this.#options;
    const keyOf = this.#state.keysOf(batch, 0);
    const { next, counts } = this.#state.sides[1];
    const links = this.#state.links.array;
    const hits = new Uint8Array(batch.length);
    const joined = new JoinedRows({
      left: { take: (rows, n) => batch.columns.map((column) => takeColumn(column, rows, n)), hits: () => hits },
      right: { take: (rows, n) => this.#takeRight(rows, n), hits: () => undefined },
      residual,
    });
    joined.connect(this.#output!);
    for (let r = 0; r < batch.length; r++) {
      const key = keyOf[r]!;
      if (key >= 0) {
        for (let at = links[4 * key + 2]!; at !== 0; at = next[at - 1]!)
          for (let copies = counts === undefined ? 1 : counts[at - 1]!; copies > 0; copies--) joined.pair(r, at - 1);
      }
      if (type === 'left') joined.alone(r);
      if (joined.isFull) joined.flush();
    }
    joined.flush();
  }

  /** -1 = a row of NULLs. */
  #takeRight(rows: Int32Array, n: number): Column[] {
    const found = rows.subarray(0, n).filter((row) => row >= 0);
    const places = new Int32Array(n);
    let at = 0;
    for (let i = 0; i < n; i++) places[i] = rows[i]! < 0 ? -1 : at++;
    return this.#state.sides[1].take(found, found.length).map((column) => takeNullable(column, places, n));
  }

  #loaded(): void {
    this.#loading = false;
    const waiting = this.#pending.take();
    if (waiting !== undefined) this.#join(waiting);
    if (this.#watermark > -Infinity) this.#output!.advance(this.#watermark);
  }

  advance(watermark: EpochMs, port: number): void {
    if (port === 1) {
      if (this.#loading && watermark >= this.#options.loadedAt) this.#loaded();
      return;
    }
    this.#watermark = watermark;
    if (!this.#loading) this.#output!.advance(watermark);
  }
  idle(_port: number): void {}
  finish(_port: number): void {}
  tick(now: EpochMs): void {
    const { idleTimeout } = this.#options;
    if (this.#loading && idleTimeout !== undefined && now - this.#lastRight >= idleTimeout) this.#loaded();
  }

  snapshot(): OperatorState {
    return {
      state: this.#state.snapshot(),
      pending: this.#pending.snapshot(),
      loading: this.#loading,
      watermark: this.#watermark,
    } satisfies Snapshot;
  }
  restore(state: OperatorState): void {
    const saved = state as Snapshot;
    this.#state.restore(saved.state);
    this.#pending.restore(saved.pending);
    this.#loading = saved.loading;
    this.#watermark = saved.watermark;
  }
  stats(): OperatorStats {
    return {
      stateRows: this.#state.live + this.#pending.rows,
      stateBytes: this.#state.byteLength + this.#pending.byteLength,
      lateRows: 0,
    };
  }
}
