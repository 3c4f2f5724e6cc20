import { assert } from '../assert.ts';
import type { Batch } from '../data/batch.ts';
import type { EpochMs } from '../types/value.ts';
import type { Operator, OperatorState, OperatorStats, Output } from './operator.ts';

/** What operators with one input share: the output, and forwarding of watermarks once `onWatermark` has pushed what they release. */
export abstract class OneInput implements Operator {
  abstract readonly name: string;
  readonly ports = 1;
  #output: Output | undefined;

  connect(output: Output): void {
    assert(this.#output === undefined, `${this.name} was connected twice`);
    this.#output = output;
  }

  /** Where results go. */
  protected get output(): Output {
    assert(this.#output !== undefined, `${this.name} is not connected`);
    return this.#output;
  }

  protected emit(batch: Batch): void {
    if (batch.length > 0) this.output.push(batch);
  }

  abstract push(batch: Batch, port?: number): void;

  advance(watermark: EpochMs, _port?: number): void {
    this.onWatermark(watermark);
    this.output.advance(watermark);
  }

  /** Pushes what the watermark releases. */
  protected onWatermark(_watermark: EpochMs): void {}

  finish(_port?: number): void {}
  tick(_now: EpochMs): void {}
  snapshot(): OperatorState {
    return undefined;
  }
  restore(_state: OperatorState): void {}
  stats(): OperatorStats {
    return NO_STATE;
  }
}

export const NO_STATE: OperatorStats = { stateRows: 0, stateBytes: 0, lateRows: 0 };
