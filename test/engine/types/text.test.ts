import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimalToText, doubleToText, floatToText } from '../../../engine/types/number-text.ts';
import { textOf } from '../../../engine/types/text.ts';
import { timeZone } from '../../../engine/types/time-zone.ts';
import {
  ARRAY,
  BOOLEAN,
  BYTES,
  DATE,
  DECIMAL,
  FLOAT,
  INT,
  INTERVAL_MILLIS,
  INTERVAL_MONTHS,
  MAP,
  MULTISET,
  ROW,
  STRING,
  TIME,
  TIMESTAMP,
  TIMESTAMP_LTZ,
  type DataType,
} from '../../../engine/types/type.ts';
import { MapValue, type Value } from '../../../engine/types/value.ts';

const ms = (text: string): number => Date.parse(`${text}Z`);
const show = (type: DataType, value: Value): string => textOf(type, timeZone('Asia/Shanghai'))(value);

// All expectations were recorded from CAST(... AS STRING) of Flink 2.3.0.
test.each<[number, string]>([
  [1, '1.0'],
  [1.1, '1.1'],
  [1e7, '1.0E7'],
  [9999999.5, '9999999.5'],
  [1e-3, '0.001'],
  [1e-4, '1.0E-4'],
  [1.25e-5, '1.25E-5'],
  [123456789.125, '1.23456789125E8'],
  [NaN, 'NaN'],
  [-Infinity, '-Infinity'],
  [-0, '-0.0'],
  [0, '0.0'],
  [9007199254740992, '9.007199254740992E15'],
  [1e300, '1.0E300'],
  [-1.5e-300, '-1.5E-300'],
  [12345678, '1.2345678E7'],
  [100, '100.0'],
  [1e21, '1.0E21'],
  [2.5e22, '2.4999999999999998E22'],
])('DOUBLE %d is %s', (value, text) => {
  expect(doubleToText(value)).toBe(text);
});

test.each<[number, string]>([
  [1.1, '1.1'],
  [16777218, '1.6777218E7'],
  [2 ** 63, '9.223372E18'],
  [123456789.123, '1.23456792E8'],
  [0.1, '0.1'],
  [3.4028234663852886e38, '3.4028235E38'],
  [1.401298464324817e-45, '1.4E-45'],
  [0.001, '0.001'],
  [1e10, '1.0E10'],
])('FLOAT %d is %s', (value, text) => {
  expect(floatToText(Math.fround(value))).toBe(text);
});

test('numbers read back as themselves', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), fc.float({ noNaN: true }), (double, float) => {
      expect(Number(doubleToText(double))).toBe(double);
      expect(Math.fround(Number(floatToText(float)))).toBe(float);
    }),
    { numRuns: 500 },
  );
});

// Java's digits where they are not the shortest; recorded from Java 17.
test('digits are those of Java', () => {
  expect([2e23, 2 ** 63 - 1024, 6655489517945736192, 2 ** -1074, 2 ** -1000].map(doubleToText)).toEqual([
    '1.9999999999999998E23',
    '9.2233720368547748E18',
    '6.6554895179457362E18',
    '4.9E-324',
    '9.332636185032189E-302',
  ]);
  expect([385835.125, 3567102.25, -1.44454413e9, 2 ** -149, 2 ** -95, 1e30].map(Math.fround).map(floatToText)).toEqual([
    '385835.12',
    '3567102.2',
    '-1.44454413E9',
    '1.4E-45',
    '2.5243549E-29',
    '1.0E30',
  ]);
});

test('decimals keep their scale', () => {
  expect([
    decimalToText(150n, 2),
    decimalToText(-5n, 1),
    decimalToText(0n, 3),
    decimalToText(1n, 10),
    decimalToText(-7n, 0),
  ]).toEqual(['1.50', '-0.5', '0.000', '0.0000000001', '-7']);
});

describe('times', () => {
  test.each<[DataType, Value, string]>([
    [TIMESTAMP(9), BigInt(ms('2020-03-01T10:20:30')) * 1_000_000n + 123456789n, '2020-03-01 10:20:30.123456789'],
    [TIMESTAMP(6), BigInt(ms('2020-01-02T03:04:05')) * 1_000_000n, '2020-01-02 03:04:05.000000'],
    [TIMESTAMP(3), ms('2020-03-01T10:00:00'), '2020-03-01 10:00:00.000'],
    [TIMESTAMP(1), ms('2020-03-01T10:20:30.100'), '2020-03-01 10:20:30.1'],
    [TIMESTAMP(0), ms('2020-03-01T10:20:30'), '2020-03-01 10:20:30'],
    [TIMESTAMP(3), -1, '1969-12-31 23:59:59.999'],
    [TIMESTAMP(9), -1n, '1969-12-31 23:59:59.999999999'],
    [TIMESTAMP_LTZ(3), ms('2020-03-01T02:20:30.120'), '2020-03-01 10:20:30.120'],
    [TIME(3), 36672500, '10:11:12.5'],
    [TIME(3), 36673000, '10:11:13.0'],
    [TIME(0), 36672500, '10:11:12'],
    [DATE, 18262, '2020-01-01'],
    [DATE, -719162, '0001-01-01'],
    [DATE, 2932897, '0000-01-01'],
    [INTERVAL_MONTHS(), 12, '+1-00'],
    [INTERVAL_MONTHS(), -14, '-1-02'],
    [INTERVAL_MILLIS(), 86_400_000, '+1 00:00:00.000'],
    [INTERVAL_MILLIS(), -122_400_123, '-1 10:00:00.123'],
  ])('%o', (type, value, text) => {
    expect(show(type, value)).toBe(text);
  });
});

test('nested values', () => {
  expect(show(ARRAY(INT), [1, 2, null])).toBe('[1, 2, NULL]');
  expect(
    show(
      MAP(STRING, INT),
      new MapValue([
        ['a', 1],
        ['b', null],
      ]),
    ),
  ).toBe('{a=1, b=NULL}');
  expect(show(MULTISET(STRING), new MapValue([['a', 2]]))).toBe('{a=2}');
  const row = ROW([
    { name: 'a', type: BOOLEAN },
    { name: 'b', type: ARRAY(DECIMAL(3, 2)) },
    { name: 'c', type: FLOAT },
    { name: 'd', type: BYTES },
  ]);
  expect(show(row, [true, [150n], 1.5, Uint8Array.of(65, 66)])).toBe('(TRUE, [1.50], 1.5, AB)');
});
