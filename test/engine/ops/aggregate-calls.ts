/** Random aggregate calls over a fixed schema with a column of every kind of storage. */
import fc from 'fast-check';
import type { AggregateCall } from '../../../engine/functions/function.ts';
import type { Schema } from '../../../engine/types/schema.ts';
import * as T from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';

export const schema: Schema = [
  { name: 'k', type: T.STRING },
  { name: 'i', type: T.INT },
  { name: 'ti', type: T.TINYINT },
  { name: 'b', type: T.BIGINT },
  { name: 'd', type: T.DOUBLE },
  { name: 'f', type: T.FLOAT },
  { name: 'dec', type: T.DECIMAL(10, 2) },
  { name: 'wide', type: T.DECIMAL(30, 3) },
  { name: 's', type: T.STRING },
  { name: 'bin', type: T.BYTES },
  { name: 't', type: T.BOOLEAN },
  { name: 'ts', type: T.TIMESTAMP(3) },
  { name: 'tn', type: T.TIMESTAMP(9) },
  { name: 'date', type: T.DATE },
  { name: 'a', type: T.ARRAY(T.INT) },
];
export const types = schema.map(({ type }) => type);

const optional = (value: fc.Arbitrary<Value>): fc.Arbitrary<Value> => fc.option(value, { nil: null, freq: 5 });
const small = fc.integer({ min: -3, max: 3 });

/** Few distinct values, so that they repeat; doubles are dyadic, so that sums are exact in any order. */
const column: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  k: optional(fc.constantFrom('a', 'b', 'ü')),
  i: optional(fc.oneof(small, fc.constantFrom(2147483647, -2147483648))),
  ti: optional(fc.oneof(small, fc.constantFrom(127, -128))),
  b: optional(fc.oneof(small.map(BigInt), fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 2n ** 32n))),
  d: optional(small.map((x) => x / 4)),
  f: optional(small.map((x) => x / 4)),
  dec: optional(fc.oneof(small.map(BigInt), fc.constantFrom(9999999999n, -9999999999n))),
  wide: optional(fc.oneof(small.map(BigInt), fc.constantFrom(10n ** 29n, -(10n ** 28n) - 1n, 2n ** 64n))),
  s: optional(fc.constantFrom('', 'x', 'xy', '\u{1F600}', '\uFFFD', 'z')),
  bin: optional(fc.constantFrom(Uint8Array.of(), Uint8Array.of(1), Uint8Array.of(200, 1))),
  t: optional(fc.boolean()),
  ts: optional(small.map((x) => x * 1000)),
  tn: optional(small.map((x) => BigInt(x) * 1_000_001n)),
  date: optional(small),
  a: optional(fc.array(small, { maxLength: 2 })),
};

export const rowArbitrary: fc.Arbitrary<readonly Value[]> = fc.tuple(...schema.map(({ name }) => column[name]!));

const numeric = ['i', 'ti', 'b', 'd', 'f', 'dec', 'wide'];
const ordered = [...numeric, 's', 'bin', 't', 'ts', 'tn', 'date'];
const any = [...ordered, 'a'];

function resultType(fn: string, type: T.DataType): T.DataType {
  switch (fn) {
    case 'SUM':
    case '$SUM0':
      return type.kind === 'DECIMAL' ? T.DECIMAL(38, type.scale) : type;
    case 'AVG':
      return type.kind === 'DECIMAL' ? T.DECIMAL(38, Math.max(6, type.scale)) : type;
    case 'COLLECT':
      return T.MULTISET(type);
    case 'ARRAY_AGG':
      return T.ARRAY(type);
    case 'COUNT':
      return T.notNull(T.BIGINT);
    case 'LISTAGG':
      return T.STRING;
    default:
      return type;
  }
}

const indexOf = (name: string): number => schema.findIndex((c) => c.name === name);

function calls(
  fn: string,
  columns: readonly string[],
  options?: Readonly<Record<string, Value>>,
): fc.Arbitrary<AggregateCall> {
  return fc
    .record({ name: fc.constantFrom(...columns), distinct: fc.boolean(), filtered: fc.boolean() })
    .map(({ name, distinct, filtered }) => ({
      fn,
      args: [indexOf(name)],
      distinct,
      filter: filtered ? indexOf('t') : undefined,
      type: resultType(fn, schema[indexOf(name)]!.type),
      options,
      name: fn,
    }));
}

/** A random call that the reference can compute; `append`: over an input that only grows. */
export function callOf(mode: 'append' | 'retract'): fc.Arbitrary<AggregateCall> {
  const star = fc.boolean().map((filtered): AggregateCall => ({
    fn: 'COUNT',
    args: [],
    distinct: false,
    filter: filtered ? indexOf('t') : undefined,
    type: T.notNull(T.BIGINT),
    name: 'n',
  }));
  // The order of values that a retraction leaves is that of the earliest equal one: the reference takes whole rows away.
  const inOrder = mode === 'append' ? ['FIRST_VALUE', 'LAST_VALUE'] : [];
  const spread = ['VAR_POP', 'VAR_SAMP', 'STDDEV_POP', 'STDDEV_SAMP', 'VARIANCE'];
  return fc.oneof(
    star,
    calls('COUNT', any),
    calls('SUM', numeric),
    calls('$SUM0', numeric),
    calls('AVG', numeric),
    calls('MIN', ordered),
    calls('MAX', ordered),
    calls('COLLECT', any),
    ...(mode === 'append' ? spread.map((fn) => calls(fn, ['d'])) : []),
    ...inOrder.map((fn) => calls(fn, any)),
    ...(mode === 'append'
      ? [
          calls('LISTAGG', ['s']),
          calls('LISTAGG', ['s'], { separator: '"; ' }),
          calls('ARRAY_AGG', any),
          calls('ARRAY_AGG', any, { nulls: 'IGNORE' }),
        ]
      : []),
  );
}
