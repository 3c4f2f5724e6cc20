import { describe, expect, test } from 'vitest';
import type { EvalContext, Expr } from '../../../engine/expr/expr.ts';
import { interpreter } from '../../../engine/expr/interpret.ts';
import { scalarFunction } from '../../../engine/functions/registry.ts';
import {
  ARRAY,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  DECIMAL,
  DOUBLE,
  FLOAT,
  INT,
  INTERVAL_MILLIS,
  INTERVAL_MONTHS,
  ROW,
  STRING,
  TIME,
  TIMESTAMP,
  TINYINT,
  typeToString,
  type DataType,
} from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';
import { call, column, literal } from './build.ts';

const context: EvalContext = { timeZone: 'UTC', now: 0, watermark: undefined };
const evaluate = (expr: Expr, ...row: Value[]): Value => interpreter(expr, context)(row);
const apply = (op: string, a: [DataType, Value], b: [DataType, Value]): Value =>
  evaluate(call(op, literal(...a), literal(...b)));
const ms = (text: string): number => Date.parse(`${text}Z`);

// Recorded from Flink 2.3.0.
describe('arithmetic', () => {
  test.each<[DataType, Value, string, DataType, Value, Value]>([
    [INT, 2147483647, '+', INT, 1, -2147483648],
    [INT, 2147483647, '*', INT, 2, -2],
    [TINYINT, 100, '+', TINYINT, 100, -56],
    [TINYINT, -128, '/', TINYINT, -1, -128],
    [BIGINT, 9223372036854775807n, '+', INT, 1, -9223372036854775808n],
    [BIGINT, -9223372036854775808n, '/', INT, -1, -9223372036854775808n],
    [INT, -7, '/', INT, 2, -3],
    [INT, -7, '%', INT, 3, -1],
    [INT, 7, '%', BIGINT, -3n, 1n],
    [BIGINT, 300n, '%', TINYINT, 7, 6],
    [FLOAT, Math.fround(1.1), '*', FLOAT, Math.fround(1.1), Math.fround(1.21)],
    [DOUBLE, 1, '/', DOUBLE, 0, Infinity],
    [DECIMAL(3, 2), 125n, '+', DECIMAL(2, 1), 25n, 375n],
    [DECIMAL(2, 1), 10n, '/', INT, 3, 333333333333n],
    [INT, 2, '/', DECIMAL(4, 3), 3000n, 666667n],
    [DECIMAL(2, 1), -55n, '%', INT, 2, -15n],
    [DECIMAL(38, 0), 10n ** 38n - 1n, '+', INT, 1, null],
    [DECIMAL(3, 3), 908n, '*', BIGINT, 9223372036854775807n, 908n * 9223372036854775807n],
    [DATE, 18292, '+', INTERVAL_MONTHS('MONTH'), 1, 18321],
    [DATE, 18292, '+', INTERVAL_MILLIS('HOUR'), 90_000_000, 18293],
    [DATE, 18292, '-', INTERVAL_MILLIS('SECOND'), 1000, 18292],
    [TIME(0), 36672000, '-', INTERVAL_MILLIS('HOUR'), 72_000_000, 51072000],
    [TIMESTAMP(3), ms('2020-03-31T10:00:00.123'), '-', INTERVAL_MONTHS('MONTH'), 1, ms('2020-02-29T10:00:00.123')],
    [TIMESTAMP(0), 0, '+', INTERVAL_MILLIS('SECOND'), 1567, 1000],
    [TIMESTAMP(0), 0, '-', INTERVAL_MILLIS('SECOND'), 1567, -2000],
    [TIMESTAMP(9), 5n, '+', INTERVAL_MILLIS('SECOND'), 1, 1_000_005n],
    [INTERVAL_MILLIS('DAY'), 86_400_000, '*', INT, 3, 259_200_000],
    [INT, 3, '*', INTERVAL_MONTHS('YEAR'), 12, 36],
    [INTERVAL_MILLIS('DAY'), 86_400_000, '-', INTERVAL_MILLIS('HOUR'), 7_200_000, 79_200_000],
  ])('%o %s %s %o %s', (a, x, op, b, y, expected) => expect(apply(op, [a, x], [b, y])).toEqual(expected));

  test('division by zero fails for exact numbers', () => {
    expect(() => apply('/', [INT, 1], [INT, 0])).toThrow('RUNTIME_ARITHMETIC: / by zero');
    expect(() => apply('%', [BIGINT, 1n], [BIGINT, 0n])).toThrow('RUNTIME_ARITHMETIC: / by zero');
    expect(() => apply('/', [DECIMAL(5, 2), 1n], [DECIMAL(5, 2), 0n])).toThrow('RUNTIME_ARITHMETIC: Division by zero');
    expect(apply('/', [INT, null], [INT, 0])).toBeNull();
  });

  test('signs', () => {
    const negate = (type: DataType, value: Value): Value => evaluate(call('-', literal(type, value)));
    expect([negate(TINYINT, -128), negate(INT, -2147483648), negate(DOUBLE, 0), negate(DECIMAL(3, 1), 15n)]).toEqual([
      -128,
      -2147483648,
      -0,
      -15n,
    ]);
    expect(negate(BIGINT, -(2n ** 63n))).toBe(-(2n ** 63n));
    expect(negate(INT, null)).toBeNull();
  });

  test('does not take text, nor two times', () => {
    const resolve = (op: string, ...types: DataType[]): unknown =>
      scalarFunction(op)!.resolve(
        types.map((type) => ({ type })),
        {},
      );
    expect([
      resolve('+', STRING, INT),
      resolve('-', DATE, DATE),
      resolve('%', DOUBLE, INT),
      resolve('+', BOOLEAN),
    ]).toEqual([undefined, undefined, undefined, undefined]);
  });
});

const pair = ROW([
  { name: 'a', type: INT },
  { name: 'b', type: STRING },
]);

describe('comparison', () => {
  test.each<[DataType, Value, string, DataType, Value, Value]>([
    [STRING, 'a', '=', STRING, 'a ', false],
    [STRING, '\uffff', '>', STRING, '😀a', true],
    [BYTES, Uint8Array.of(1, 255), '<', BYTES, Uint8Array.of(2), true],
    [BYTES, Uint8Array.of(255), '>', BYTES, Uint8Array.of(1), true],
    [BOOLEAN, true, '>', BOOLEAN, false, true],
    [DOUBLE, NaN, '<', DOUBLE, 1, false],
    [DOUBLE, NaN, '<>', DOUBLE, 1, true],
    [DOUBLE, -0, '=', DOUBLE, 0, true],
    [FLOAT, Math.fround(1.1), '=', DOUBLE, 1.1, true],
    [FLOAT, Math.fround(1.1), '=', DECIMAL(2, 1), 11n, false],
    [BIGINT, 9007199254740993n, '=', DOUBLE, 9007199254740992, true],
    [BIGINT, 9007199254740993n, '=', DECIMAL(17, 1), 90071992547409920n, false],
    [DECIMAL(2, 1), 15n, '<', DECIMAL(5, 3), 1501n, true],
    [ARRAY(INT), [1, null], '=', ARRAY(INT), [1, null], true],
    [ARRAY(INT), [1, null], '<>', ARRAY(BIGINT), [1n, 1n], true],
    [pair, [1, null], '=', pair, [1, null], null],
    [pair, [1, null], '=', pair, [0, null], false],
    [pair, [1, 'x'], '=', pair, [1, 'x'], true],
    [INT, null, '=', INT, 1, null],
    [STRING, '2020-1-2', '>', DATE, 18262, true],
    [STRING, '9.5', '>', INT, 9, false],
    [DOUBLE, 9, '<', STRING, '9.5', true],
  ])('%o %s %s %o %s', (a, x, op, b, y, expected) => expect(apply(op, [a, x], [b, y])).toBe(expected));

  test('distinctness is never NULL', () => {
    expect([
      apply('IS DISTINCT FROM', [INT, null], [INT, null]),
      apply('IS DISTINCT FROM', [INT, 1], [INT, null]),
    ]).toEqual([false, true]);
    expect(apply('IS NOT DISTINCT FROM', [INT, 1], [INT, 1])).toBe(true);
  });

  test('arrays and rows have no order, and numbers do not compare with text', () => {
    const resolve = (op: string, a: DataType, b: DataType): unknown =>
      scalarFunction(op)!.resolve([{ type: a }, { type: b }], {});
    expect([resolve('<', ARRAY(INT), ARRAY(INT)), resolve('>', pair, pair), resolve('=', INT, STRING)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(typeToString((resolve('=', pair, pair) as { type: DataType }).type)).toBe('BOOLEAN');
  });
});

describe('logic', () => {
  const [T, F, N] = [literal(BOOLEAN, true), literal(BOOLEAN, false), literal(BOOLEAN, null)];
  const fails = call('=', call('/', literal(INT, 1), literal(INT, 0)), literal(INT, 1));
  test('AND and OR are three-valued and stop early', () => {
    const both = (kind: 'and' | 'or', ...args: Expr[]): Value => evaluate({ kind, args, type: BOOLEAN });
    expect([both('and', T, N), both('and', N, F), both('or', N, T), both('or', F, N), both('and', T, T)]).toEqual([
      null,
      false,
      true,
      null,
      true,
    ]);
    expect([both('and', F, fails), both('or', T, fails)]).toEqual([false, true]);
    expect(() => both('and', N, fails)).toThrow('/ by zero');
  });

  test('NOT, IS NULL, IN, CASE', () => {
    expect(evaluate({ kind: 'not', input: N, type: BOOLEAN })).toBeNull();
    expect(evaluate({ kind: 'is-null', input: N, negated: true, type: BOOLEAN })).toBe(false);
    const inList = (value: Value, values: readonly Value[], negated = false): Value =>
      evaluate({ kind: 'in', input: literal(INT, value), values, negated, type: BOOLEAN });
    expect([
      inList(1, [1, null]),
      inList(2, [1, null]),
      inList(2, [1, null], true),
      inList(2, [1], true),
      inList(null, [1]),
    ]).toEqual([true, null, null, true, null]);
    const branches = [
      { when: N, then: fails },
      { when: T, then: literal(BOOLEAN, false) },
    ];
    expect(evaluate({ kind: 'case', branches, otherwise: fails, type: BOOLEAN })).toBe(false);
  });

  test('text beside a time is read, and NULL when it is none', () => {
    const equals = call('=', column(0, STRING), literal(DATE, 18262));
    expect([evaluate(equals, '2020-1-1'), evaluate(equals, 'x'), evaluate(equals, null)]).toEqual([true, null, null]);
    expect(evaluate(call('IS DISTINCT FROM', column(0, STRING), column(1, DATE)), 'x', 1)).toBe(true);
  });

  test('floats: x = x holds for NaN, IN tells zeros apart and never finds NaN', () => {
    const itself = (op: string, value: Value): Value => evaluate(call(op, column(0, DOUBLE), column(0, DOUBLE)), value);
    expect([itself('=', NaN), itself('<>', NaN), itself('<', NaN), itself('=', null)]).toEqual([
      true,
      false,
      false,
      null,
    ]);
    const isIn = (value: Value, ...values: Value[]): Value =>
      evaluate({ kind: 'in', input: column(0, DOUBLE), values, negated: false, type: BOOLEAN }, value);
    expect([isIn(-0, 0), isIn(0, 0), isIn(-0, -0), isIn(NaN, NaN)]).toEqual([false, true, true, false]);
  });

  test('IF and COALESCE evaluate what they need', () => {
    expect(
      evaluate(call('IF', literal(BOOLEAN, true), literal(INT, 1), call('/', literal(INT, 1), literal(INT, 0)))),
    ).toBe(1);
    expect(evaluate(call('COALESCE', literal(INT, 1), call('/', literal(INT, 1), literal(INT, 0))))).toBe(1);
    expect(evaluate(call('IFNULL', column(0, INT), literal(INT, 5)), null)).toBe(5);
  });

  test('columns and fields', () => {
    expect(evaluate(column(1, INT), 5, 6)).toBe(6);
    expect(evaluate({ kind: 'field', input: column(0, pair), index: 1, name: 'b', type: STRING }, [1, 'x'])).toBe('x');
    expect(evaluate({ kind: 'field', input: column(0, pair), index: 1, name: 'b', type: STRING }, null)).toBeNull();
  });
});
