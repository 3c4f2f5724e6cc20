import type { Column } from '../data/column.ts';
import { columnOf } from '../data/column-builder.ts';
import { valueAt } from '../data/column-read.ts';
import type { AggregateCall } from '../functions/function.ts';
import { storageOf } from '../data/column.ts';
import { AggregateLoops, AggregateState } from '../state/aggregates/aggregate-state.ts';
import { AggregateProgram } from '../state/aggregates/program.ts';
import type { Schema } from '../types/schema.ts';
import type { Value } from '../types/value.ts';

/** Functions that look at the place of a row among the others, not at values of a frame. */
export const PLACE_FUNCTIONS: ReadonlySet<string> = new Set([
  'ROW_NUMBER',
  'RANK',
  'DENSE_RANK',
  'PERCENT_RANK',
  'CUME_DIST',
  'NTILE',
  'LEAD',
  'LAG',
]);

/** The calls of a window: aggregates of its frame, and functions of the place of a row. */
export class OverCalls {
  readonly calls: readonly AggregateCall[];
  readonly aggregates: readonly AggregateCall[];
  /** Columns that aggregates read. */
  readonly read: readonly number[];
  readonly #loops: AggregateLoops;

  constructor(calls: readonly AggregateCall[], input: Schema, retract: boolean) {
    this.calls = calls;
    this.aggregates = calls.filter((call) => !PLACE_FUNCTIONS.has(call.fn));
    const read = this.aggregates.flatMap((call) => [...call.args, ...(call.filter === undefined ? [] : [call.filter])]);
    this.read = [...new Set(read)];
    const types = input.map(({ type }) => type);
    this.#loops = new AggregateLoops(new AggregateProgram(this.aggregates, types, retract));
  }

  newState(): AggregateState {
    return new AggregateState(this.#loops);
  }

  /** Whether some aggregate adds floating-point numbers: taking one back does not give what was before. */
  static isInexact(calls: readonly AggregateCall[], input: Schema): boolean {
    return calls.some((call) =>
      call.args.some((arg) => inexact.has(storageOf(input[arg]!.type)) && !exact.has(call.fn)),
    );
  }

  /** The results in the order of the calls: those of aggregates from `results`, the others from `place`. */
  arrange(results: readonly Column[], place: (call: AggregateCall) => Column): Column[] {
    let next = 0;
    return this.calls.map((call) => (PLACE_FUNCTIONS.has(call.fn) ? place(call) : results[next++]!));
  }
}

const inexact: ReadonlySet<string> = new Set(['f32', 'f64']);
const exact: ReadonlySet<string> = new Set([
  'COUNT',
  'MIN',
  'MAX',
  'FIRST_VALUE',
  'LAST_VALUE',
  'COLLECT',
  'ARRAY_AGG',
]);

/** Numbers as a column of a call's type. */
export function numbersColumn(call: AggregateCall, numbers: ArrayLike<number>, length: number): Column {
  const { type } = call;
  switch (storageOf(type)) {
    case 'i64': {
      const values = new BigInt64Array(length);
      for (let i = 0; i < length; i++) values[i] = BigInt(numbers[i]!);
      return { type, length, valid: undefined, storage: 'i64', values };
    }
    case 'i32':
      return {
        type,
        length,
        valid: undefined,
        storage: 'i32',
        values: Int32Array.from({ length }, (_, i) => numbers[i]!),
      };
    default:
      return {
        type,
        length,
        valid: undefined,
        storage: 'f64',
        values: Float64Array.from({ length }, (_, i) => numbers[i]!),
      };
  }
}

/** Where LEAD and LAG look: how far, and what stands for a row that is not there. */
export interface Shift {
  readonly value: number;
  /** A constant, or a column. */
  readonly offset: number | { readonly column: number };
  readonly otherwise: number | undefined;
}

export function shiftOf({ args, options }: AggregateCall): Shift {
  const fixed = options?.['offset'];
  if (typeof fixed === 'number') return { value: args[0]!, offset: fixed, otherwise: args[1] };
  return { value: args[0]!, offset: args[1] === undefined ? 1 : { column: args[1] }, otherwise: args[2] };
}

/** LEAD or LAG: of each row the value of `source[i]` among `from`, or for -1 what stands for it in row `own[i]`. */
export function shifted(
  call: AggregateCall,
  { value, otherwise }: Shift,
  columns: (column: number) => Column,
  source: ArrayLike<number>,
  own: ArrayLike<number>,
): Column {
  const values = columns(value);
  const defaults = otherwise === undefined ? undefined : columns(otherwise);
  const results: Value[] = [];
  for (let i = 0; i < source.length; i++) {
    const at = source[i]!;
    results.push(at >= 0 ? valueAt(values, at) : defaults === undefined ? null : valueAt(defaults, own[i]!));
  }
  return columnOf(call.type, results);
}
