/**
 * The generated loops of an aggregate program. All aggregates of an operator share one loop over rows:
 *
 *   update   rows go into their groups
 *   trace    the same, and every row's effect on the result is written out: Flink's changelog without mini-batch
 *   net      the same, and one change a group that the batch touched
 *   emit     the results of given groups
 *   merge    groups of another state (or of the same one) go into groups of this one
 *   reset    groups are emptied, but for their entries
 *
 * Parameters: `s` the AggregateState, `x` what the batch brings (LoopInput).
 */
import { compileFunction } from '../../expr/compile.ts';
import { valueAt } from '../../data/column-read.ts';
import { divideDecimal, divideLong } from './average.ts';
import { compareValues, keep, sameValue } from './compare-values.ts';
import { doubleOfBits, floatOfBits } from './extreme.ts';
import { failSingleValue } from './first-last.ts';
import { overflowsDecimal } from './integers.ts';
import { LoopSource } from './loop-source.ts';
import type { AggregateProgram } from './program.ts';
import { decimalToDouble, doubleToDecimal, doubleToInt, doubleToLong } from './variance.ts';

export type LoopKind = 'update' | 'scan' | 'trace' | 'net' | 'emit' | 'merge' | 'mergeEntries' | 'reset';

export interface LoopShape {
  readonly kind: LoopKind;
  /** Whether some argument of the batch has NULLs. */
  readonly nulls: boolean;
  /** Whether the batch has row kinds. */
  readonly kinds: boolean;
  /** trace and net: whether -U is written. */
  readonly updateBefore: boolean;
  /** trace: whether a row that leaves the result as it is gives -U and +U all the same. */
  readonly showsSame?: boolean | undefined;
  /** mergeEntries: which table. */
  readonly table?: number | undefined;
}

// What generated code may call, besides its parameters.
const library = {
  valueAt,
  compareValues,
  sameValue,
  keep,
  divideLong,
  divideDecimal,
  overflowsDecimal,
  decimalToDouble,
  doubleToInt,
  doubleToLong,
  doubleToDecimal,
  doubleOfBits,
  floatOfBits,
  failSingleValue,
  scratch: new Int32Array(4),
};

/** A loop over `s` (the state) and `x` (the batch); what it returns depends on the kind. */
export type Loop = (s: object, x: object) => number;

export function compileLoop(program: AggregateProgram, shape: LoopShape): Loop {
  const source = `return function ${shape.kind}(s, x) {\n${sourceOf(program, shape)}\n};`;
  const names = Object.keys(library);
  return compileFunction(names, source)(...Object.values(library)) as Loop;
}

function sourceOf(program: AggregateProgram, shape: LoopShape): string {
  const context = new LoopSource(program, shape);
  switch (shape.kind) {
    case 'update':
      return context.update();
    case 'scan':
      return context.scan();
    case 'trace':
      return context.trace();
    case 'net':
      return context.net();
    case 'emit':
      return context.emit();
    case 'merge':
      return context.merge();
    case 'mergeEntries':
      return context.mergeEntries();
    case 'reset':
      return context.reset();
  }
}
