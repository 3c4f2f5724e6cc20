import { describe, expect, test } from 'vitest';
import type { EvalContext } from '../../../engine/expr/expr.ts';
import { bigintToFloat } from '../../../engine/functions/cast-number.ts';
import { castFunction } from '../../../engine/functions/cast.ts';
import { parseTimestamp } from '../../../engine/types/parse.ts';
import {
  ARRAY,
  BIGINT,
  BINARY,
  BOOLEAN,
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
  ROW,
  SMALLINT,
  STRING,
  TIME,
  TIMESTAMP,
  TIMESTAMP_LTZ,
  TINYINT,
  VARBINARY,
  VARCHAR,
  type DataType,
} from '../../../engine/types/type.ts';
import { MapValue, type Value } from '../../../engine/types/value.ts';

const context: EvalContext = { timeZone: 'America/Los_Angeles', now: 0, watermark: undefined };
const cast = (from: DataType, to: DataType, value: Value): Value =>
  castFunction(from, to, { safe: false, context })(value);
const tryCast = (from: DataType, to: DataType, value: Value): Value =>
  castFunction(from, to, { safe: true, context })(value);
const at = (text: string): number => parseTimestamp(text, 3).ms;
const row = (...types: DataType[]): DataType => ROW(types.map((type, i) => ({ name: `f${i}`, type })));

// Recorded from Flink 2.3.0 with table.local-time-zone America/Los_Angeles.
describe('CAST', () => {
  test.each<[string, DataType, DataType, Value, Value]>([
    ['integers wrap', INT, TINYINT, 300, 44],
    ['integers wrap', BIGINT, INT, 9223372036854775807n, -1],
    ['doubles saturate', DOUBLE, INT, 1e20, 2147483647],
    ['doubles saturate', DOUBLE, BIGINT, 1e20, 9223372036854775807n],
    ['doubles saturate as INT first', DOUBLE, TINYINT, 1e20, -1],
    ['doubles saturate as INT first', DOUBLE, SMALLINT, -1e20, 0],
    ['NaN is 0', DOUBLE, INT, NaN, 0],
    ['cut towards zero', DOUBLE, TINYINT, 300.7, 44],
    ['cut towards zero', DECIMAL(2, 1), INT, -25n, -2],
    ['wraps', DECIMAL(12, 1), INT, 999999999995n, 1215752191],
    ['too large for FLOAT', DOUBLE, FLOAT, 1e300, Infinity],
    ['to DOUBLE', BIGINT, DOUBLE, 9223372036854775807n, 2 ** 63],
    ['rounds half up', DECIMAL(5, 2), DECIMAL(4, 1), 12345n, 1235n],
    ['rounds half up', DECIMAL(5, 2), DECIMAL(4, 1), -12345n, -1235n],
    ['decimal overflow is NULL', INT, DECIMAL(4, 1), 12345, null],
    ['by the shortest text', DOUBLE, DECIMAL(20, 10), 1.1, 11000000000n],
    ['by the shortest text', FLOAT, DECIMAL(20, 10), Math.fround(1.1), 11000000238n],
    ['number to boolean', DECIMAL(2, 1), BOOLEAN, 5n, true],
    ['number to boolean', DOUBLE, BOOLEAN, NaN, true],
    ['boolean to number', BOOLEAN, DECIMAL(5, 2), true, 100n],
    ['boolean to number', BOOLEAN, BIGINT, false, 0n],
    ['blanks around', STRING, INT, ' 12 ', 12],
    ['cut to length', INT, CHAR(3), 123456, '123'],
    ['padded', BOOLEAN, CHAR(10), true, 'TRUE      '],
    ['not padded', BOOLEAN, VARCHAR(10), true, 'TRUE'],
    ['code points', STRING, CHAR(1), '😀a', '😀'],
    ['code points', STRING, CHAR(4), '😀a', '😀a  '],
    ['bytes are UTF-8', STRING, BYTES, 'ä', Uint8Array.of(0xc3, 0xa4)],
    ['bytes are padded with zeros', STRING, BINARY(5), 'abc', Uint8Array.of(97, 98, 99, 0, 0)],
    ['bytes are cut', BYTES, VARBINARY(2), Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2)],
    ['bytes to text', BYTES, STRING, Uint8Array.of(0x41, 0xff), 'A\ufffd'],
    ['a gap in the clock', STRING, TIMESTAMP_LTZ(3), '2020-03-08 02:30:00', Date.parse('2020-03-08T10:30:00Z')],
    [
      'a wall clock as an instant',
      TIMESTAMP(3),
      TIMESTAMP_LTZ(3),
      at('2020-01-02 00:00:00'),
      Date.parse('2020-01-02T08:00:00Z'),
    ],
    [
      'an instant as a wall clock',
      TIMESTAMP_LTZ(3),
      TIMESTAMP(0),
      Date.parse('2020-01-02T11:04:05.999Z'),
      at('2020-01-02 03:04:05'),
    ],
    ['an instant as a date', TIMESTAMP_LTZ(3), DATE, Date.parse('2020-01-02T07:59:59.999Z'), 18262],
    ['date to timestamp', DATE, TIMESTAMP(3), 18263, at('2020-01-02 00:00:00')],
    ['date to timestamp', DATE, TIMESTAMP(6), 18263, BigInt(at('2020-01-02 00:00:00')) * 1_000_000n],
    ['time to timestamp', TIME(0), TIMESTAMP(3), 36672000, 36672000],
    ['timestamp to date', TIMESTAMP(3), DATE, at('2020-01-02 03:04:05.999'), 18263],
    ['timestamp to time', TIMESTAMP(3), TIME(0), at('2020-01-02 03:04:05.999'), 11045000],
    ['before 1970', TIMESTAMP(3), DATE, -1, -1],
    ['before 1970', TIMESTAMP(3), TIME(3), -1, 86399999],
    ['precision is cut', TIMESTAMP(6), TIMESTAMP(3), -1000n, -1],
    ['precision is cut', TIMESTAMP(9), TIMESTAMP(6), 123456789n, 123456000n],
    ['precision is widened', TIMESTAMP(3), TIMESTAMP(9), -1, -1000000n],
    ['precision is cut', TIME(3), TIME(1), 36672345, 36672300],
    ['number to interval', INT, INTERVAL_MILLIS('HOUR'), 5, 18_000_000],
    ['number to interval', BIGINT, INTERVAL_MONTHS('YEAR'), 5n, 60],
    ['interval to text', INTERVAL_MILLIS(), STRING, -122_400_123, '-1 10:00:00.123'],
    ['elements', ARRAY(STRING), ARRAY(INT), ['1', null, '2'], [1, null, 2]],
    ['elements', ARRAY(STRING), ARRAY(CHAR(2)), ['abc'], ['ab']],
    ['entries', MAP(STRING, STRING), MAP(INT, INT), new MapValue([['1', '2']]), new MapValue([[1, 2]])],
    ['fields', row(INT, STRING), row(STRING, INT), [1, '2'], ['1', 2]],
  ])('%s', (_, from, to, value, expected) => expect(cast(from, to, value)).toEqual(expected));

  test('fails with the reason, TRY_CAST gives NULL', () => {
    expect(() => cast(STRING, INT, 'x')).toThrow("CAST_FAILED: For input string: 'x'. Invalid character found.");
    expect(() => tryCast(DOUBLE, DECIMAL(5, 2), NaN)).toThrow('RUNTIME_ARITHMETIC: NaN is no DECIMAL');
    expect(tryCast(STRING, INT, 'x')).toBeNull();
    expect(tryCast(ARRAY(STRING), ARRAY(INT), ['1', 'x'])).toBeNull();
    expect(tryCast(row(STRING), row(INT), ['x'])).toBeNull();
    expect(tryCast(BIGINT, INT, 4294967297n)).toBe(1);
  });

  test('BIGINT to FLOAT rounds once', () => {
    // 2^53 + 2^29 + 1 lies just above the middle of two floats; by way of a double it would be exactly in the middle.
    expect(bigintToFloat(2n ** 53n + 2n ** 29n + 1n)).toBe(2 ** 53 + 2 ** 30);
    expect(bigintToFloat(-(2n ** 53n) - 2n ** 29n - 1n)).toBe(-(2 ** 53) - 2 ** 30);
    expect(bigintToFloat(9223372036854775807n)).toBe(2 ** 63);
    expect(bigintToFloat(16777217n)).toBe(16777216);
  });
});
