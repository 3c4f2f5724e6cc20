import type { Batch } from '../data/batch.ts';
import type { EpochMs } from '../types/value.ts';
import { outputTo } from './marks.ts';
import type { Operator, OperatorState, OperatorStats, Output } from './operator.ts';

/** Two operators as one: what the first gives goes into the second. */
export class Chain implements Operator {
  readonly name: string;
  readonly ports = 1;
  readonly #first: Operator;
  readonly #second: Operator;

  constructor(first: Operator, second: Operator) {
    this.#first = first;
    this.#second = second;
    this.name = second.name;
    first.connect(outputTo(second, 0));
  }
  connect(output: Output): void {
    this.#second.connect(output);
  }
  push(batch: Batch, port: number): void {
    this.#first.push(batch, port);
  }
  advance(watermark: EpochMs, port: number): void {
    this.#first.advance(watermark, port);
  }
  finish(port: number): void {
    this.#first.finish(port);
    this.#second.finish(0);
  }
  tick(now: EpochMs): void {
    this.#first.tick(now);
    this.#second.tick(now);
  }
  prepareSnapshot(): void {
    this.#first.prepareSnapshot?.();
    this.#second.prepareSnapshot?.();
  }
  snapshot(): OperatorState {
    return [this.#first.snapshot(), this.#second.snapshot()];
  }
  restore(state: OperatorState): void {
    const [first, second] = state as [OperatorState, OperatorState];
    this.#first.restore(first);
    this.#second.restore(second);
  }
  stats(): OperatorStats {
    const [a, b] = [this.#first.stats(), this.#second.stats()];
    return {
      stateRows: a.stateRows + b.stateRows,
      stateBytes: a.stateBytes + b.stateBytes,
      lateRows: a.lateRows + b.lateRows,
    };
  }
}
