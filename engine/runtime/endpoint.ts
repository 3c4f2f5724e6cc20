/** The ends of a plan: operators without state that hand what comes to a sink or to whoever shows the result. */
import type { Batch } from '../data/batch.ts';
import type { Marks } from '../ops/marks.ts';
import type { Operator, OperatorState, OperatorStats, Output } from '../ops/operator.ts';

const NO_STATE: OperatorStats = { stateRows: 0, stateBytes: 0, lateRows: 0 };

export class Endpoint implements Operator {
  readonly name: string;
  readonly ports = 1;
  readonly #take: (batch: Batch) => void;
  readonly #advanced: ((watermark: number) => void) | undefined;
  #rows = 0;
  #watermark = -Infinity;

  /** `advanced` is told of each watermark. */
  constructor(name: string, take: (batch: Batch) => void, advanced?: (watermark: number) => void) {
    this.name = name;
    this.#take = take;
    this.#advanced = advanced;
  }
  /** Rows (changes) that arrived. */
  get rows(): number {
    return this.#rows;
  }
  /** Event time reached at this end. */
  get watermark(): number {
    return this.#watermark;
  }
  connect(_output: Output): void {}
  push(batch: Batch): void {
    if (batch.length === 0) return;
    this.#rows += batch.length;
    this.#take(batch);
  }
  pushMarked(batch: Batch, { values }: Marks): void {
    this.push(batch);
    this.advance(values[values.length - 1]!);
  }
  advance(watermark: number): void {
    this.#watermark = watermark;
    this.#advanced?.(watermark);
  }
  finish(): void {}
  tick(): void {}
  snapshot(): OperatorState {
    return { rows: this.#rows };
  }
  restore(state: OperatorState): void {
    this.#rows = (state as { rows: number }).rows;
  }
  stats(): OperatorStats {
    return NO_STATE;
  }
}

/**
 * Holds an updating result back until the input ends, then gives its final rows as +I: what a bounded (batch) query shows.
 * State: the rows of the result.
 */
export class FinalRows implements Operator {
  readonly name = 'FinalRows';
  readonly ports = 1;
  readonly #final: { push(batch: Batch): void; rows(): Batch; readonly size: number };
  #output: Output | undefined;

  constructor(final: { push(batch: Batch): void; rows(): Batch; readonly size: number }) {
    this.#final = final;
  }
  connect(output: Output): void {
    this.#output = output;
  }
  push(batch: Batch): void {
    this.#final.push(batch);
  }
  advance(watermark: number): void {
    this.#output!.advance(watermark);
  }
  finish(): void {
    const batch = this.#final.rows();
    if (batch.length > 0) this.#output!.push(batch);
  }
  tick(): void {}
  snapshot(): OperatorState {
    return this.#final.rows();
  }
  restore(state: OperatorState): void {
    this.#final.push(state as Batch);
  }
  stats(): OperatorStats {
    return { stateRows: this.#final.size, stateBytes: 0, lateRows: 0 };
  }
}
