import type { Batch } from '../data/batch.ts';
import { compileCalc, type Calc as CompiledCalc } from '../expr/compile.ts';
import type { EvalContext, Expr } from '../expr/expr.ts';
import type { EpochMs } from '../types/value.ts';
import { OneInput } from './one-input.ts';

export interface CalcOptions {
  readonly filter: Expr | undefined;
  readonly exprs: readonly Expr[];
  readonly timeZone: string;
  /** The wall clock: CURRENT_TIMESTAMP and its like, asked once a batch. */
  readonly now: () => EpochMs;
}

/**
 * Filter and projection in one generated loop.
 * State: none but the last watermark, for CURRENT_WATERMARK. Emits: the rows that pass, kinds kept.
 */
export class Calc extends OneInput {
  readonly name = 'Calc';
  readonly #calc: CompiledCalc;
  readonly #now: () => EpochMs;
  readonly #context: { -readonly [K in keyof EvalContext]: EvalContext[K] };

  constructor({ filter, exprs, timeZone, now }: CalcOptions) {
    super();
    this.#now = now;
    this.#context = { timeZone, now: now(), watermark: undefined };
    this.#calc = compileCalc(filter, exprs, this.#context);
  }

  push(batch: Batch): void {
    if (batch.length === 0) return;
    this.#context.now = this.#now();
    this.emit(this.#calc(batch));
  }

  protected override onWatermark(watermark: EpochMs): void {
    this.#context.watermark = watermark;
  }
  override snapshot(): EpochMs | undefined {
    return this.#context.watermark;
  }
  override restore(state: unknown): void {
    this.#context.watermark = state as EpochMs | undefined;
  }
}
