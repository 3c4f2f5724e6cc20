import { assert } from '../assert.ts';
import type { Batch } from '../data/batch.ts';
import type { EpochMs } from '../types/value.ts';
import type { JoinState, JoinStateSnapshot } from './join-state.ts';
import type { Operator, OperatorState, OperatorStats, Output } from './operator.ts';
import { PortWatermarks } from './port-watermarks.ts';

interface Snapshot {
  readonly state: JoinStateSnapshot;
  readonly watermarks: unknown;
}

/** What the joins of two changelogs share: the rows of both sides, the output, and forwarding of watermarks. */
export abstract class ChangelogJoin implements Operator {
  readonly name: string;
  readonly ports = 2;
  protected readonly state: JoinState;
  readonly #watermarks = new PortWatermarks(2);
  #output: Output | undefined;

  constructor(name: string, state: JoinState) {
    this.name = name;
    this.state = state;
  }

  connect(output: Output): void {
    assert(this.#output === undefined, `${this.name} was connected twice`);
    this.#output = output;
  }
  /** Where results go. */
  protected get output(): Output {
    assert(this.#output !== undefined, `${this.name} is not connected`);
    return this.#output;
  }

  abstract push(batch: Batch, port: number): void;

  advance(watermark: EpochMs, port: number): void {
    this.#forward(this.#watermarks.advance(port, watermark));
  }
  /** The input sends nothing for a while: it holds the watermark back no longer. */
  idle(port: number): void {
    this.#forward(this.#watermarks.idle(port));
  }
  #forward(watermark: EpochMs | undefined): void {
    if (watermark !== undefined) this.output.advance(watermark);
  }
  finish(_port: number): void {}
  tick(now: EpochMs): void {
    this.state.sweep(now);
  }

  snapshot(): OperatorState {
    return { state: this.state.snapshot(), watermarks: this.#watermarks.snapshot() } satisfies Snapshot;
  }
  restore(saved: OperatorState): void {
    const { state, watermarks } = saved as Snapshot;
    this.state.restore(state);
    this.#watermarks.restore(watermarks);
  }
  stats(): OperatorStats {
    return { stateRows: this.state.live, stateBytes: this.state.byteLength, lateRows: 0 };
  }
}
