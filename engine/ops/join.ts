import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import { takeBytes, takeColumn } from '../data/take.ts';
import type { EpochMs } from '../types/value.ts';
import { joinName, JoinState, type JoinStateOptions, type JoinStateSnapshot } from './join-state.ts';
import type { Operator, OperatorState, OperatorStats, Output } from './operator.ts';
import { PortWatermarks } from './port-watermarks.ts';

/** Keeps the rows of a joined batch (left columns, then right columns) for which the condition is TRUE: what `compileFilter` makes. */
export type JoinCondition = (batch: Batch) => Batch;

export interface JoinOptions extends JoinStateOptions {
  readonly residual?: JoinCondition | undefined;
}

interface Snapshot {
  readonly state: JoinStateSnapshot;
  readonly watermarks: unknown;
}

/**
 * Inner equi-join of two changelogs: left columns, then right columns.
 *
 * State: every row of both inputs whose key is not NULL, in lists by key. It grows with the inputs unless they take rows back.
 * Emits, as Flink's StreamingJoinOperator: for each row, with the row's own kind, one row for every row of the other side with an equal key
 * for which the condition holds, in the order in which those came (rows that are there n times, n times in a row). NULL keys match nothing.
 * Cost: one probe a row and one step a match.
 */
export class Join implements Operator {
  readonly name: string;
  readonly ports = 2;
  readonly #residual: JoinCondition | undefined;
  readonly #state: JoinState;
  readonly #watermarks = new PortWatermarks(2);
  readonly #rows = new Int32Array(BATCH_ROWS);
  readonly #matches = new Int32Array(BATCH_ROWS);
  #output: Output | undefined;

  constructor(options: JoinOptions) {
    this.name = joinName('Join', options);
    this.#residual = options.residual;
    this.#state = new JoinState(options, [false, false]);
  }

  connect(output: Output): void {
    this.#output = output;
  }

  push(batch: Batch, port: number): void {
    if (batch.length === 0) return;
    const keyOf = this.#state.keysOf(batch, port);
    this.#state.sides[port]!.change(batch, keyOf, this.#state.now);
    this.#probe(batch, port, keyOf);
    this.#state.forgetKeys(batch, keyOf);
  }

  #probe(batch: Batch, port: number, keyOf: Int32Array): void {
    const side = this.#state.sides[1 - port]!;
    const { next, counts } = side;
    const forgets = side.written !== undefined;
    const links = this.#state.links.array;
    const head = port === 0 ? 2 : 0;
    const rows = this.#rows;
    const matches = this.#matches;
    let n = 0;
    for (let r = 0; r < batch.length; r++) {
      const key = keyOf[r]!;
      if (key < 0) continue;
      for (let match = links[4 * key + head]!; match !== 0; match = next[match - 1]!) {
        if (forgets && side.isExpired(match - 1, this.#state.now)) continue;
        for (let copies = counts === undefined ? 1 : counts[match - 1]!; copies > 0; copies--) {
          if (n === BATCH_ROWS) {
            this.#put(batch, port, n);
            n = 0;
          }
          rows[n] = r;
          matches[n++] = match - 1;
        }
      }
    }
    if (n > 0) this.#put(batch, port, n);
  }

  #put(batch: Batch, port: number, n: number): void {
    const own = batch.columns.map((column) => takeColumn(column, this.#rows, n));
    const other = this.#state.sides[1 - port]!.take(this.#matches, n);
    const joined: Batch = {
      length: n,
      columns: port === 0 ? [...own, ...other] : [...other, ...own],
      kinds: batch.kinds && takeBytes(batch.kinds, this.#rows, n),
    };
    const kept = this.#residual === undefined ? joined : this.#residual(joined);
    if (kept.length > 0) this.#output!.push(kept);
  }

  advance(watermark: EpochMs, port: number): void {
    this.#forward(this.#watermarks.advance(port, watermark));
  }
  /** The input sends nothing for a while: it holds the watermark back no longer. */
  idle(port: number): void {
    this.#forward(this.#watermarks.idle(port));
  }
  #forward(watermark: EpochMs | undefined): void {
    if (watermark !== undefined) this.#output!.advance(watermark);
  }
  finish(_port: number): void {}
  tick(now: EpochMs): void {
    this.#state.sweep(now);
  }

  snapshot(): OperatorState {
    return { state: this.#state.snapshot(), watermarks: this.#watermarks.snapshot() } satisfies Snapshot;
  }
  restore(saved: OperatorState): void {
    const { state, watermarks } = saved as Snapshot;
    this.#state.restore(state);
    this.#watermarks.restore(watermarks);
  }
  stats(): OperatorStats {
    return { stateRows: this.#state.live, stateBytes: this.#state.byteLength, lateRows: 0 };
  }
}
