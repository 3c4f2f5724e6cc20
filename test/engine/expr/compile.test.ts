import { describe, expect, test } from 'vitest';
import type { Batch } from '../../../engine/data/batch.ts';
import { batchOf, rowsOf } from '../../../engine/data/batch-rows.ts';
import { Dictionary, type Column, type DictStringColumn, type I128Column } from '../../../engine/data/column.ts';
import { columnOf } from '../../../engine/data/column-builder.ts';
import { valuesOf } from '../../../engine/data/column-read.ts';
import { RowKind } from '../../../engine/data/row-kind.ts';
import { MillraceError } from '../../../engine/errors.ts';
import { compileCalc, compileFilter, compileFunction } from '../../../engine/expr/compile.ts';
import type { EvalContext, Expr } from '../../../engine/expr/expr.ts';
import { BIGINT, BOOLEAN, DECIMAL, INT, ROW, STRING, TIMESTAMP_LTZ } from '../../../engine/types/type.ts';
import { dictColumn, viewColumn } from '../data/arbitrary.ts';
import { call, cast, column, literal } from './build.ts';

const context: EvalContext = { timeZone: 'UTC', now: 0, watermark: undefined };
const schema = [
  { name: 'k', type: STRING },
  { name: 'n', type: BIGINT },
];
const [k, n] = [column(0, STRING), column(1, BIGINT)];
const batch = batchOf(
  schema,
  [
    ['a', 1n],
    ['b', null],
    [null, 3n],
  ],
  [RowKind.Insert, RowKind.UpdateBefore, RowKind.UpdateAfter],
);
const over = (columns: readonly Column[]): Batch => ({ length: columns[0]!.length, columns, kinds: undefined });

describe('a calc', () => {
  test('passes columns by reference when no row is dropped', () => {
    const output = compileCalc(undefined, [n, k], context)(batch);
    expect(output.columns[0]).toBe(batch.columns[1]);
    expect(output.columns[1]).toBe(batch.columns[0]);
    expect(output.kinds).toBe(batch.kinds);
    const all = compileCalc(literal(BOOLEAN, true), [n], context)(batch);
    expect(all.columns[0]).toBe(batch.columns[1]);
  });

  test('drops rows with their kinds', () => {
    const output = compileCalc(
      { kind: 'is-null', input: n, negated: true, type: BOOLEAN },
      [k, call('+', n, n)],
      context,
    )(batch);
    expect(rowsOf(output)).toEqual([
      ['a', 2n],
      [null, 6n],
    ]);
    expect([...output.kinds!]).toEqual([RowKind.Insert, RowKind.UpdateAfter]);
  });

  test('takes empty batches', () => {
    expect(compileCalc(call('>', n, literal(INT, 1)), [k], context)(batchOf(schema, [])).length).toBe(0);
  });

  test('throws errors of rows as MillraceError', () => {
    const divide = compileCalc(undefined, [call('/', literal(BIGINT, 1n), n)], context);
    expect(() => divide(batchOf(schema, [['a', 0n]]))).toThrow(MillraceError);
    expect(rowsOf(divide(batchOf(schema, [['a', null]])))).toEqual([[null]]);
  });

  test('reads fields of rows in place', () => {
    const type = ROW([
      { name: 'x', type: INT },
      { name: 'y', type: STRING },
    ]);
    const rows = columnOf(type, [[1, 'a'], null, [null, 'c']]);
    const field = (index: number, fieldType: typeof INT): Expr => ({
      kind: 'field',
      input: column(0, type),
      index,
      name: 'f',
      type: fieldType,
    });
    const output = compileCalc(
      undefined,
      [field(1, STRING), call('+', field(0, INT), literal(INT, 1))],
      context,
    )(over([rows]));
    expect(rowsOf(output)).toEqual([
      ['a', 2],
      [null, null],
      ['c', null],
    ]);
  });

  test('computes many expressions', () => {
    const exprs = Array.from({ length: 50 }, (_, i) => call('+', n, literal(INT, i)));
    const [row] = rowsOf(compileCalc(undefined, exprs, context)(batch));
    expect(row).toEqual(Array.from({ length: 50 }, (_, i) => BigInt(1 + i)));
  });

  test('sees the time that its context holds at each batch', () => {
    const live = { timeZone: 'UTC', now: 5, watermark: undefined };
    const calc = compileCalc(undefined, [call('CURRENT_TIMESTAMP')], live);
    expect(calc(batch).columns[0]!.type.kind).toBe(TIMESTAMP_LTZ(3).kind);
    expect(rowsOf(calc(batch))[0]).toEqual([5]);
    live.now = 7;
    expect(rowsOf(calc(batch))[0]).toEqual([7]);
  });
});

describe('wide decimals', () => {
  const price = compileCalc(undefined, [call('*', literal(DECIMAL(3, 3), 908n), column(0, BIGINT))], context);
  test('stay in 64 bits while they fit', () => {
    const output = price(over([columnOf(BIGINT, [100n, -5n, 10_000_000n])])).columns[0] as I128Column;
    expect([output.storage, output.high]).toEqual(['i128', undefined]);
    expect(valuesOf(output)).toEqual([90800n, -4540n, 9080000000n]);
  });
  test('widen for the batch that needs it', () => {
    const big = 9223372036854775807n;
    expect(valuesOf(price(over([columnOf(BIGINT, [1n, big, -big])])).columns[0]!)).toEqual([
      908n,
      908n * big,
      -908n * big,
    ]);
    expect((price(over([columnOf(BIGINT, [1n])])).columns[0] as I128Column).high).toBeUndefined();
  });
});

describe('dictionaries', () => {
  test('an expression over one is computed once an entry', () => {
    const dictionary = new Dictionary();
    let calls = 0;
    const counting = new Proxy(dictionary.strings, {
      get(target, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) calls++;
        return Reflect.get(target, key) as unknown;
      },
    });
    const upper = compileCalc(
      undefined,
      [call('UPPER', column(0, STRING)), call('CHAR_LENGTH', column(0, STRING))],
      context,
    );
    const first = dictColumn(STRING, ['a', 'b', 'a', 'A', null, 'a'], dictionary) as DictStringColumn;
    Object.defineProperty(dictionary, 'strings', { value: counting });
    const output = upper(over([first]));
    expect(rowsOf(output)).toEqual([
      ['A', 1],
      ['B', 1],
      ['A', 1],
      ['A', 1],
      [null, null],
      ['A', 1],
    ]);
    expect(calls).toBe(6); // three entries for each of two expressions
    upper(over([first]));
    expect(calls).toBe(6);
  });

  test('give a dictionary of distinct strings that is shared by all batches', () => {
    const dictionary = new Dictionary();
    const upper = compileCalc(undefined, [call('UPPER', column(0, STRING))], context);
    const one = upper(over([dictColumn(STRING, ['a', 'A'], dictionary)])).columns[0] as DictStringColumn;
    const two = upper(over([dictColumn(STRING, ['c', 'a'], dictionary)])).columns[0] as DictStringColumn;
    expect([one.encoding, one.dictionary]).toEqual(['dict', two.dictionary]);
    expect(one.dictionary.strings).toEqual(['A', 'C']);
    expect([valuesOf(one), valuesOf(two)]).toEqual([
      ['A', 'A'],
      ['C', 'A'],
    ]);
  });

  test('entries that no row needs are not computed', () => {
    const dictionary = new Dictionary();
    dictColumn(STRING, ['x', '7'], dictionary);
    const parse = compileCalc(
      call('=', column(0, STRING), literal(STRING, '7')),
      [cast(column(0, STRING), INT)],
      context,
    );
    expect(rowsOf(parse(over([dictColumn(STRING, ['x', '7', 'x'], dictionary)])))).toEqual([[7]]);
  });
});

test('views are compared by their bytes', () => {
  const isIn = (values: readonly (string | null)[], negated = false): Expr => ({
    kind: 'in',
    input: column(0, STRING),
    values,
    negated,
    type: BOOLEAN,
  });
  const strings = ['', 'ä', 'äh', 'b', null, '日本'];
  const exprs = [
    call('=', column(0, STRING), literal(STRING, 'ä')),
    call('<>', literal(STRING, ''), column(0, STRING)),
    isIn(['日本', 'b']),
    isIn(['b', null], true),
  ];
  expect(rowsOf(compileCalc(undefined, exprs, context)(over([viewColumn(STRING, strings)])))).toEqual([
    [false, false, false, null],
    [true, true, false, null],
    [false, true, false, null],
    [false, true, true, false],
    [null, null, null, null],
    [false, true, true, null],
  ]);
});

test('filters for operators', () => {
  const positive = call('>', n, literal(INT, 1));
  expect(rowsOf(compileFilter(positive, context)(batch))).toEqual([[null, 3n]]);
  expect(compileFilter(literal(BOOLEAN, true), context)(batch)).toBe(batch);
});

test('the same text is the same function', () => {
  expect(compileFunction(['a'], 'return a + 1;')).toBe(compileFunction(['a'], 'return a + 1;'));
  expect(compileFunction(['a'], 'return a + 1;')(2)).toBe(3);
});
