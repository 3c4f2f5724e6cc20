/** Random well-typed expressions over the columns of a random schema. */
import fc from 'fast-check';
import type { Expr } from '../../../engine/expr/expr.ts';
import { scalarFunction } from '../../../engine/functions/registry.ts';
import { supportsCast } from '../../../engine/types/cast-rules.ts';
import { leastRestrictive } from '../../../engine/types/coerce.ts';
import {
  BOOLEAN,
  CHAR,
  INT,
  INTERVAL_MILLIS,
  INTERVAL_MONTHS,
  isInterval,
  isNumeric,
  isString,
  isTimestamp,
  notNull,
  sameType,
  withNullable,
  type DataType,
} from '../../../engine/types/type.ts';
import { scalarTypes, valueOf } from '../data/arbitrary.ts';
import { call, cast, column, literal } from './build.ts';

const bare = (a: DataType, b: DataType): boolean => sameType(a, b, { nullability: false });
const fit = (expr: Expr, type: DataType): Expr => (bare(expr.type, type) ? expr : cast(expr, type));
const fits = (name: string, ...types: DataType[]): boolean => {
  try {
    return (
      scalarFunction(name)!.resolve(
        types.map((type) => ({ type })),
        {},
      ) !== undefined
    );
  } catch {
    return false;
  }
};

function literals(type: DataType): fc.Arbitrary<Expr> {
  return fc.option(valueOf(type), { nil: null, freq: 6 }).map((value) => literal(type, value));
}

/** Any expression over columns of `types`, up to `depth` deep. */
export function expressions(types: readonly DataType[], depth: number): fc.Arbitrary<Expr> {
  const columns = fc.nat(types.length - 1).map((index) => column(index, types[index]!));
  const leaves = fc.oneof(
    { weight: 4, arbitrary: columns },
    { weight: 1, arbitrary: fc.constantFrom(...scalarTypes).chain(literals) },
  );
  if (depth === 0) return fc.oneof(leaves, rowFields(types));
  const some = expressions(types, depth - 1);
  const conditions = booleans(types, depth - 1);
  return fc.oneof(
    leaves,
    conditions,
    some.chain((a) => arithmetic(a, some)),
    some.chain((a) =>
      fc.constantFrom(...scalarTypes).map((to) => (supportsCast(a.type, to, 'explicit') ? cast(a, to, true) : a)),
    ),
    some.map((a) => (fits('-', a.type) ? call('-', a) : a)),
    some.chain((a) => (isString(a.type) ? textFunctions(a) : fc.constant(a))),
    some.chain((a) =>
      isTimestamp(a.type)
        ? fc
            .constantFrom('yyyy-MM-dd', "'on' E d", 'HH:mm')
            .map((pattern) => call('DATE_FORMAT', a, literal(CHAR(pattern.length), pattern)))
        : fc.constant(a),
    ),
    fc.tuple(conditions, some, some, fc.option(conditions), some).map(([when, then, other, second, last]) => {
      const type = leastRestrictive([then.type, other.type]);
      if (type === undefined || type.kind === 'NULL') return then;
      const branches = [{ when, then: fit(then, type) }];
      if (second !== null && bare(last.type, type)) branches.push({ when: second, then: last });
      return { kind: 'case', branches, otherwise: fit(other, type), type: withNullable(type, true) } satisfies Expr;
    }),
  );
}

/** Functions of a text, among them those that generated loops run on bytes. */
function textFunctions(a: Expr): fc.Arbitrary<Expr> {
  const text = (value: string): Expr => literal(CHAR(value.length), value);
  return fc.oneof(
    fc.constantFrom('UPPER', 'LOWER', 'CHAR_LENGTH').map((name) => call(name, a)),
    fc
      .tuple(fc.constantFrom('a', ' ', '/', '&', '', '//'), fc.integer({ min: -1, max: 3 }))
      .map(([separator, index]) => call('SPLIT_INDEX', a, text(separator), literal(INT, index))),
    fc
      .constantFrom('a', 'a%', '%a', '%a%', '%ä%', 'ä%', '%', '', 'a_', '%k=1%', '%%')
      .map((pattern) => call('LIKE', a, text(pattern))),
    fc
      .constantFrom<[string, number]>(
        ['(&|^)k=([^&]*)', 2],
        ['k=([^&]*)', 1],
        ['(&|^)k=([^&]*)', 1],
        ['/([^/]*)', 1],
        ['[ab]', 0],
      )
      .map(([pattern, group]) => call('REGEXP_EXTRACT', a, text(pattern), literal(INT, group))),
  );
}

/** Fields of ROW columns. */
function rowFields(types: readonly DataType[]): fc.Arbitrary<Expr> {
  const fields = types.flatMap((type, index) =>
    type.kind === 'ROW'
      ? type.fields.map((field, i): Expr => ({
          kind: 'field',
          input: column(index, type),
          index: i,
          name: field.name,
          type: withNullable(field.type, true),
        }))
      : [],
  );
  return fields.length === 0
    ? fc.nat(types.length - 1).map((index) => column(index, types[index]!))
    : fc.constantFrom(...fields);
}

function arithmetic(a: Expr, some: fc.Arbitrary<Expr>): fc.Arbitrary<Expr> {
  const interval = fc.constantFrom(INTERVAL_MILLIS('DAY'), INTERVAL_MILLIS('SECOND', 2, 3), INTERVAL_MONTHS('MONTH'));
  const partner = isNumeric(a.type) || isInterval(a.type) ? some : interval.chain(literals);
  return fc
    .tuple(fc.constantFrom('+', '-', '*', '/', '%'), partner)
    .map(([op, b]) => (fits(op, a.type, b.type) ? call(op, a, b) : a));
}

/** Conditions. */
export function booleans(types: readonly DataType[], depth: number): fc.Arbitrary<Expr> {
  const some = expressions(types, Math.max(0, depth - 1));
  const compare = fc.tuple(fc.constantFrom('=', '<>', '<', '<=', '>', '>='), some, some).chain(([op, a, b]) => {
    if (fits(op, a.type, b.type)) return fc.constant(call(op, a, b));
    if (!fits(op, a.type, a.type) || !scalarTypes.some((type) => bare(type, a.type)))
      return fc.constant(literal(BOOLEAN, true));
    return literals(a.type).map((c) => call(op, a, c));
  });
  const isNull = fc
    .tuple(some, fc.boolean())
    .map(([input, negated]): Expr => ({ kind: 'is-null', input, negated, type: notNull(BOOLEAN) }));
  const inList = some.chain((input) => {
    if (!scalarTypes.some((type) => bare(type, input.type))) return isNull;
    const values = fc.array(fc.option(valueOf(input.type), { nil: null, freq: 8 }), { minLength: 1, maxLength: 12 });
    return fc
      .tuple(values, fc.boolean())
      .map(([list, negated]): Expr => ({ kind: 'in', input, values: list, negated, type: BOOLEAN }));
  });
  if (depth === 0) return fc.oneof(compare, isNull);
  const deeper = booleans(types, depth - 1);
  const several = fc.array(deeper, { minLength: 2, maxLength: 3 });
  return fc.oneof(
    { weight: 3, arbitrary: compare },
    isNull,
    inList,
    several.map((args): Expr => ({ kind: 'and', args, type: BOOLEAN })),
    several.map((args): Expr => ({ kind: 'or', args, type: BOOLEAN })),
    deeper.map((input): Expr => ({ kind: 'not', input, type: BOOLEAN })),
    fc
      .tuple(some, some)
      .map(([a, b]) =>
        fits('IS DISTINCT FROM', a.type, b.type) ? call('IS DISTINCT FROM', a, b) : literal(BOOLEAN, null),
      ),
  );
}
