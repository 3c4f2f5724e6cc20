import type { Batch } from '../data/batch.ts';
import { readWatermark } from '../expr/expr-key.ts';
import type { EvalContext, Expr } from '../expr/expr.ts';
import { compileCalc, type Calc as CalcLoop } from '../expr/compile.ts';
import type { EpochMs } from '../types/value.ts';
import { type Marks, pushMarked, pushPieces } from './marks.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState } from './operator.ts';

/** An EvalContext whose watermark the operator keeps: what CURRENT_WATERMARK gives for the next row. */
export type OperatorContext = { -readonly [K in keyof EvalContext]: EvalContext[K] };

/**
 * Filter, then projection, in one generated loop.
 *
 * State: the watermark, for CURRENT_WATERMARK (so the context must be this operator's own). Emits: the rows that pass, with their kinds.
 */
export class Calc extends OneInput {
  readonly name: string;
  readonly #run: CalcLoop;
  readonly #context: OperatorContext;
  readonly #readsWatermark: boolean;

  /** @throws MillraceError when the expressions cannot be compiled */
  constructor(filter: Expr | undefined, exprs: readonly Expr[], context: OperatorContext) {
    super();
    this.name = filter === undefined ? 'Calc' : 'Calc[where]';
    this.#context = context;
    this.#run = compileCalc(filter, exprs, context);
    this.#readsWatermark = readWatermark([filter, ...exprs]);
  }

  push(batch: Batch): void {
    if (batch.length > 0) this.emit(this.#run(batch));
  }

  pushMarked(batch: Batch, marks: Marks): void {
    if (this.#readsWatermark) return pushPieces(this, batch, marks);
    const rows = Int32Array.from(marks.rows);
    const made = this.#run(batch, rows);
    this.#context.watermark = marks.values[marks.values.length - 1];
    pushMarked(this.output, made, { rows, values: marks.values });
  }

  protected override onWatermark(watermark: EpochMs): void {
    if (watermark !== Infinity) this.#context.watermark = watermark;
  }

  override snapshot(): OperatorState {
    return { watermark: this.#context.watermark };
  }
  override restore(state: OperatorState): void {
    this.#context.watermark = (state as { watermark: EpochMs | undefined }).watermark;
  }
}
