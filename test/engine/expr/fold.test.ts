import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MillraceError } from '../../../engine/errors.ts';
import type { EvalContext, Expr } from '../../../engine/expr/expr.ts';
import { foldConstants } from '../../../engine/expr/fold.ts';
import { interpreter } from '../../../engine/expr/interpret.ts';
import { BOOLEAN, INT, STRING } from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';
import { nullableValueOf } from '../data/arbitrary.ts';
import { expressions } from './arbitrary.ts';
import { call, cast, column, literal } from './build.ts';

const context: EvalContext = { timeZone: 'UTC', now: 0, watermark: undefined };
const fold = (expr: Expr): Expr => foldConstants(expr, context);
const x = column(0, INT);
const divide = call('/', literal(INT, 1), literal(INT, 0));
const isOne = call('=', divide, literal(INT, 1));
const yes = literal(BOOLEAN, true);
const positive = call('>', x, literal(INT, 0));

describe('constant folding', () => {
  test('computes what no row can change', () => {
    const sum = call('+', literal(INT, 1), literal(INT, 2));
    expect(fold(sum)).toEqual({ kind: 'literal', value: 3, type: sum.type });
    expect(fold(call('+', x, sum))).toEqual(call('+', x, { ...literal(INT, 3), type: sum.type }));
    const unchanged = call('+', x, literal(INT, 1));
    expect(fold(unchanged)).toBe(unchanged);
  });

  test('fails at once where the value is surely needed', () => {
    expect(() => fold(divide)).toThrow('/ by zero');
    expect(() => fold(call('+', x, divide))).toThrow('/ by zero');
    expect(() => fold(cast(literal(STRING, 'x'), INT))).toThrow(/CAST_FAILED/);
    const both: Expr = { kind: 'and', args: [positive, isOne], type: BOOLEAN };
    expect(fold(both)).toBe(both);
  });

  test('takes known conditions', () => {
    expect(fold({ kind: 'and', args: [yes, positive], type: BOOLEAN })).toBe(positive);
    expect(fold({ kind: 'or', args: [yes, isOne], type: BOOLEAN })).toMatchObject({ kind: 'literal', value: true });
    const branches = [
      { when: literal(BOOLEAN, null), then: divide },
      { when: positive, then: x },
      { when: yes, then: literal(INT, 7) },
    ];
    expect(fold({ kind: 'case', branches, otherwise: divide, type: INT })).toEqual({
      kind: 'case',
      branches: [{ when: positive, then: x }],
      otherwise: literal(INT, 7),
      type: INT,
    });
  });

  test('leaves what changes from call to call', () => {
    const random = call('RAND');
    expect(fold(random)).toBe(random);
  });

  test('does not change what an expression means', () => {
    const types = [INT, STRING, BOOLEAN];
    const value = (expr: Expr, row: Value[]): unknown => {
      try {
        return interpreter(expr, context)(row);
      } catch (error) {
        expect(error).toBeInstanceOf(MillraceError);
        return 'failed';
      }
    };
    fc.assert(
      fc.property(expressions(types, 3), fc.tuple(...types.map(nullableValueOf)), (expr, row) => {
        let folded: Expr;
        try {
          folded = fold(expr);
        } catch (error) {
          expect(error).toBeInstanceOf(MillraceError);
          return;
        }
        expect(value(folded, row)).toEqual(value(expr, row));
      }),
      { numRuns: 500 },
    );
  });
});
