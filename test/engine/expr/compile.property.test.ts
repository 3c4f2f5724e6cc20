import fc from 'fast-check';
import { expect, test } from 'vitest';
import { valuesOf } from '../../../engine/data/column-read.ts';
import type { Batch } from '../../../engine/data/batch.ts';
import { MillraceError } from '../../../engine/errors.ts';
import { compileCalc } from '../../../engine/expr/compile.ts';
import type { EvalContext, Expr } from '../../../engine/expr/expr.ts';
import { interpreter } from '../../../engine/expr/interpret.ts';
import { ROW, type DataType } from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';
import { columnFor, nullableValueOf, scalarTypes } from '../data/arbitrary.ts';
import { booleans, expressions } from './arbitrary.ts';

const context: EvalContext = { timeZone: 'America/New_York', now: 0, watermark: undefined };

/** What the interpreter makes of each row; the text of the error if one fails. */
function interpreted(filter: Expr | undefined, exprs: readonly Expr[], rows: readonly Value[][]): Value[][] | string {
  const keep = filter && interpreter(filter, context);
  const evaluate = exprs.map((expr) => interpreter(expr, context));
  return attempt(() => {
    const kept = keep === undefined ? rows : rows.filter((row) => keep(row) === true);
    return kept.map((row) => evaluate.map((one) => one(row)));
  });
}

function attempt(run: () => Value[][]): Value[][] | string {
  try {
    return run();
  } catch (error) {
    if (error instanceof MillraceError) return 'failed';
    throw error;
  }
}

const columnTypes: fc.Arbitrary<DataType> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...scalarTypes) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...scalarTypes), fc.constantFrom(...scalarTypes)).map(([a, b]) =>
      ROW([
        { name: 'a', type: a },
        { name: 'b', type: b },
      ]),
    ),
  },
);

const scenario = fc.array(columnTypes, { minLength: 1, maxLength: 4 }).chain((types) =>
  fc
    .record({
      types: fc.constant(types),
      rows: fc.array(fc.tuple(...types.map(nullableValueOf)), { maxLength: 6 }) as fc.Arbitrary<Value[][]>,
      filter: fc.option(booleans(types, 2), { nil: undefined }),
      exprs: fc.array(expressions(types, 3), { minLength: 1, maxLength: 3 }),
      second: fc.boolean(),
    })
    .chain((given) =>
      fc
        .tuple(
          ...types.map((type, i) =>
            columnFor(
              type,
              given.rows.map((row) => row[i]!),
            ),
          ),
        )
        .map((columns) => ({ ...given, columns })),
    ),
);

test('generated loops give what the interpreter gives', () => {
  fc.assert(
    fc.property(scenario, ({ rows, filter, exprs, columns, second }) => {
      const batch: Batch = { length: rows.length, columns, kinds: undefined };
      const calc = compileCalc(filter, exprs, context);
      const expected = interpreted(filter, exprs, rows);
      const actual = (): Value[][] | string =>
        attempt(() => {
          const output = calc(batch);
          const read = output.columns.map((column) => {
            expect(column.length).toBe(output.length);
            return valuesOf(column);
          });
          return Array.from({ length: output.length }, (_, i) => read.map((values) => values[i]!));
        });
      expect(actual()).toEqual(expected);
      if (second) expect(actual()).toEqual(expected);
    }),
    { numRuns: 1500 },
  );
}, 60_000);
