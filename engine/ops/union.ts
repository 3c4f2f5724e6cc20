import type { Batch } from '../data/batch.ts';
import type { EpochMs } from '../types/value.ts';
import { NO_STATE } from './one-input.ts';
import type { Operator, OperatorState, OperatorStats, Output } from './operator.ts';
import { PortWatermarks } from './port-watermarks.ts';

/**
 * UNION ALL: every row of every input, in the order in which they are pushed.
 *
 * State: none but the watermarks. Emits: what comes; the minimum of the inputs' watermarks.
 */
export class Union implements Operator {
  readonly name = 'Union';
  readonly ports: number;
  readonly #watermarks: PortWatermarks;
  #output: Output | undefined;

  /** @param ports number of inputs, at least one; all have the same column types */
  constructor(ports: number) {
    this.ports = ports;
    this.#watermarks = new PortWatermarks(ports);
  }

  connect(output: Output): void {
    this.#output = output;
  }
  push(batch: Batch, _port?: number): void {
    if (batch.length > 0) this.#output!.push(batch);
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
  finish(_port?: number): void {}
  tick(_now: EpochMs): void {}
  snapshot(): OperatorState {
    return this.#watermarks.snapshot();
  }
  restore(state: OperatorState): void {
    this.#watermarks.restore(state);
  }
  stats(): OperatorStats {
    return NO_STATE;
  }
}
