/** Random types, values and columns in every storage and encoding, for property tests. */
import fc from 'fast-check';
import {
  ARRAY,
  BIGINT,
  BINARY,
  BOOLEAN,
  BITMAP,
  BYTES,
  CHAR,
  DATE,
  DECIMAL,
  DOUBLE,
  FLOAT,
  INT,
  INTERVAL_MILLIS,
  INTERVAL_MONTHS,
  MAP,
  MULTISET,
  ROW,
  SMALLINT,
  STRING,
  TIME,
  TIMESTAMP,
  TIMESTAMP_LTZ,
  TINYINT,
  VARCHAR,
  VARIANT,
  withNullable,
  type DataType,
} from '../../../engine/types/type.ts';
import { encodeBitmap } from '../../../engine/types/bitmap.ts';
import { MapValue, type Value } from '../../../engine/types/value.ts';
import { Dictionary, type Column } from '../../../engine/data/column.ts';
import { columnOf } from '../../../engine/data/column-builder.ts';

export const scalarTypes: readonly DataType[] = [
  BOOLEAN,
  TINYINT,
  SMALLINT,
  INT,
  BIGINT,
  FLOAT,
  DOUBLE,
  DECIMAL(5, 2),
  DECIMAL(18, 4),
  DECIMAL(38, 10),
  DECIMAL(20, 0),
  CHAR(3),
  VARCHAR(5),
  STRING,
  BINARY(2),
  BYTES,
  DATE,
  TIME(0),
  TIMESTAMP(3),
  TIMESTAMP(9),
  TIMESTAMP_LTZ(0),
  TIMESTAMP_LTZ(6),
  INTERVAL_MONTHS(),
  INTERVAL_MILLIS(),
  VARIANT,
  BITMAP,
];

/** A type, nested up to two levels, nullable or not. */
export const anyType: fc.Arbitrary<DataType> = fc.letrec<{ type: DataType; scalar: DataType; nested: DataType }>(
  (tie) => ({
    scalar: fc.constantFrom(...scalarTypes),
    nested: fc.oneof(
      tie('type').map(ARRAY),
      fc.constantFrom(STRING, INT).chain((key) => tie('type').map((value) => MAP(withNullable(key, false), value))),
      fc.constantFrom(STRING, INT).map((element) => MULTISET(element)),
      fc
        .array(tie('type'), { minLength: 1, maxLength: 3 })
        .map((types) => ROW(types.map((type, i) => ({ name: `f${i}`, type })))),
    ),
    type: fc
      .tuple(fc.oneof({ maxDepth: 2, withCrossShrink: true }, tie('scalar'), tie('nested')), fc.boolean())
      .map(([type, nullable]) => withNullable(type, nullable)),
  }),
).type;

const text = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'a',
    'ab',
    'abc',
    'b',
    'ä',
    '日本',
    '😀',
    'Apple',
    '-1',
    '12',
    ' 7 ',
    '1.50',
    'true',
    '2024-02-29',
    'a/b//c',
    'x&k=1&k=2',
    'k=',
    'ak=ä&b',
    'a a',
  ),
  fc.string({ maxLength: 6 }).map((s) => Buffer.from(s).toString()),
);

function limits(digits: number): bigint {
  return 10n ** BigInt(digits) - 1n;
}

/** A value of a type (never NULL at the top), with extremes. */
export function valueOf(type: DataType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'BOOLEAN':
      return fc.boolean();
    case 'TINYINT':
      return fc.oneof(fc.integer({ min: -128, max: 127 }), fc.constantFrom(-128, 127, 0));
    case 'SMALLINT':
      return fc.oneof(fc.integer({ min: -32768, max: 32767 }), fc.constantFrom(-32768, 32767, 0));
    case 'INT':
      return fc.oneof(fc.integer(), fc.integer({ min: -9, max: 9 }), fc.constantFrom(-2147483648, 2147483647, 0));
    case 'BIGINT':
      return fc.oneof(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.bigInt({ min: -9n, max: 9n }),
        fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n, -(2n ** 31n)),
      );
    case 'FLOAT':
      return fc.oneof(fc.float(), fc.constantFrom(0, -0, 1.5, NaN, Infinity, -Infinity)).map(Math.fround);
    case 'DOUBLE':
      return fc.oneof(
        fc.double(),
        fc.integer({ min: -9, max: 9 }),
        fc.constantFrom(0, -0, 0.5, NaN, Infinity, -Infinity, 1e300),
      );
    case 'DECIMAL': {
      const max = limits(type.precision);
      return fc.oneof(
        fc.bigInt({ min: -max, max }),
        fc.bigInt({ min: -99n, max: 99n }),
        fc.constantFrom(max, -max, 0n),
      );
    }
    case 'CHAR':
      return text.map((s) => [...s, ...' '.repeat(type.length)].slice(0, type.length).join(''));
    case 'VARCHAR':
      return text.map((s) => [...s].slice(0, type.length).join(''));
    case 'BINARY':
      return fc.uint8Array({ minLength: type.length, maxLength: type.length }).map((b) => Uint8Array.from(b));
    case 'VARBINARY':
      return fc.uint8Array({ maxLength: 4 }).map((b) => Uint8Array.from(b));
    case 'DATE':
      return fc.oneof(fc.integer({ min: -719162, max: 2932896 }), fc.constantFrom(0, -1, 19782));
    case 'TIME':
      return fc.integer({ min: 0, max: 86399 }).map((s) => s * 1000);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const ms = fc
        .oneof(fc.integer({ min: -62135596800, max: 253402300799 }), fc.constantFrom(0, -1, 1709210096))
        .map((s) => s * 1000);
      if (type.precision === 0) return ms;
      const step = 10 ** Math.max(0, 3 - type.precision);
      const millis = fc.tuple(ms, fc.integer({ min: 0, max: 999 })).map(([s, f]) => s + Math.floor(f / step) * step);
      if (type.precision <= 3) return millis;
      const unit = 10 ** (9 - type.precision);
      return fc
        .tuple(millis, fc.integer({ min: 0, max: 999999 }))
        .map(([s, n]) => BigInt(s) * 1_000_000n + BigInt(Math.floor(n / unit) * unit));
    }
    case 'INTERVAL_YEAR_MONTH':
      return fc.integer({ min: -1200, max: 1200 });
    case 'INTERVAL_DAY_TIME':
      return fc.integer({ min: -1e12, max: 1e12 });
    case 'VARIANT':
      return fc.constantFrom('null', '1', '1.50', '1.0E3', '"é"', '[1,null]', '{"a":{"b":true}}');
    case 'BITMAP':
      return fc
        .uniqueArray(fc.nat(100_000), { maxLength: 5 })
        .map((members) => encodeBitmap(members.sort((a, b) => a - b)));
    case 'ARRAY':
      return fc.array(nullableValueOf(type.element), { maxLength: 3 });
    case 'MULTISET':
      return entries(type.element, fc.integer({ min: 1, max: 3 }));
    case 'MAP':
      return entries(type.key, nullableValueOf(type.value));
    case 'ROW':
      return fc.tuple(...type.fields.map((field) => nullableValueOf(field.type)));
    default:
      throw new Error(`no values of ${type.kind}`);
  }
}

function entries(key: DataType, value: fc.Arbitrary<Value>): fc.Arbitrary<Value> {
  return fc
    .uniqueArray(fc.tuple(valueOf(key), value), { maxLength: 3, selector: ([k]) => k })
    .map((list) => new MapValue(list));
}

export function nullableValueOf(type: DataType): fc.Arbitrary<Value> {
  return type.nullable ? fc.option(valueOf(type), { nil: null, freq: 4 }) : valueOf(type);
}

/** The same strings as a 'view' column; `padded` puts bytes between the values. */
export function viewColumn(type: DataType, values: readonly (string | null)[]): Column {
  const parts = values.map((value) => Buffer.from(value ?? '', 'utf8'));
  const bytes = new Uint8Array(Buffer.concat(parts.flatMap((part) => [Buffer.from('"'), part])));
  const starts = new Int32Array(values.length);
  const ends = new Int32Array(values.length);
  let at = 0;
  for (const [i, part] of parts.entries()) {
    starts[i] = at + 1;
    ends[i] = at + 1 + part.length;
    at = ends[i]!;
  }
  return {
    storage: 'str',
    encoding: 'view',
    type,
    length: values.length,
    valid: validity(values),
    bytes,
    starts,
    ends,
    ascii: bytes.every((byte) => byte < 128),
  };
}

/** The same strings as a 'dict' column over `dictionary`, which grows as needed. */
export function dictColumn(type: DataType, values: readonly (string | null)[], dictionary = new Dictionary()): Column {
  const codes = Int32Array.from(values, (value) => {
    if (value === null) return 0;
    const found = dictionary.strings.indexOf(value);
    return found >= 0 ? found : dictionary.strings.push(value) - 1;
  });
  if (dictionary.size === 0) dictionary.strings.push('');
  return { storage: 'str', encoding: 'dict', type, length: values.length, valid: validity(values), codes, dictionary };
}

function validity(values: readonly Value[]): Uint8Array | undefined {
  return values.includes(null) ? Uint8Array.from(values, (value) => (value === null ? 0 : 1)) : undefined;
}

/** A column of these values in one of the encodings that its type allows. */
export function columnFor(type: DataType, values: readonly Value[]): fc.Arbitrary<Column> {
  if (type.kind !== 'CHAR' && type.kind !== 'VARCHAR') return fc.constant(columnOf(type, values));
  const strings = values as readonly (string | null)[];
  return fc.constantFrom('js', 'view', 'dict').map((encoding) => {
    if (encoding === 'view') return viewColumn(type, strings);
    return encoding === 'dict' ? dictColumn(type, strings) : columnOf(type, values);
  });
}

/** A type, values of it, and a column that holds them. */
export const anyColumn = anyType.chain((type) =>
  fc
    .array(nullableValueOf(type), { maxLength: 8 })
    .chain((values) => columnFor(type, values).map((column) => ({ type, values, column }))),
);
