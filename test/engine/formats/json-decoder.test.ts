import { describe, expect, test } from 'vitest';
import { rowsOf } from '../../../engine/data/batch-rows.ts';
import { RowFailure } from '../../../engine/formats/malformed.ts';
import { makeDecoder } from '../../../engine/formats/registry.ts';
import * as T from '../../../engine/types/type.ts';
import { MapValue } from '../../../engine/types/value.ts';
import { decodeText, decoderSpec } from '../../support/decode.ts';

const row = T.ROW([
  { name: 'x', type: T.INT },
  { name: 'y', type: T.STRING },
]);
const decode = (
  columns: Record<string, T.DataType>,
  text: string | Uint8Array,
  options: Record<string, string> = {},
  paths?: string[][],
) => decodeText(decoderSpec('json', columns, options, paths), text);
const lenient = { 'ignore-parse-errors': 'true' };
const day = Date.UTC(2024, 0, 1);

// Every expectation of this block is what Flink 2.3 gave for the same file.
describe('json as Flink reads it', () => {
  test('conversions', () => {
    const columns = {
      a: T.BIGINT,
      b: T.INT,
      s: T.STRING,
      d: T.DECIMAL(10, 2),
      f: T.DOUBLE,
      t: T.TIMESTAMP(3),
      dt: T.DATE,
      bo: T.BOOLEAN,
      r: row,
      ar: T.ARRAY(T.INT),
      m: T.MAP(T.STRING, T.INT),
    };
    const text =
      '{"a":1,"b":2.9,"s":12.50,"d":"1.005","f":"1e3","t":"2024-02-30 24:00:00","dt":"2024-01-01","bo":"TRUE",' +
      '"r":{"x":"7","y":{"q":[1, 2.0,1e3]}},"ar":[1,null,3],"m":{"k":1,"k":2}}\n\n' +
      '{"a":"  5 ","s":true,"d":1e2,"f":3,"t":"2024-01-01 00:00:00.123456","bo":1}\n{"a":null}\r\n';
    expect(decode(columns, text)).toEqual([
      [
        1n,
        2,
        '12.50',
        101n,
        1000,
        Date.UTC(2024, 2, 1),
        19723,
        true,
        [7, '{"q":[1,2,1E+3]}'],
        [1, null, 3],
        new MapValue([['k', 2]]),
      ],
      [5n, null, 'true', 10000n, 3, day + 123, null, false, null, null, null],
      [null, null, null, null, null, null, null, null, null, null, null],
    ]);
  });

  test('with ignore-parse-errors bad fields are NULL and bad rows are skipped', () => {
    const columns = {
      a: T.BIGINT,
      f: T.FLOAT,
      s: T.STRING,
      i: T.TINYINT,
      ti: T.TIME(3),
      tl: T.TIMESTAMP_LTZ(3),
      r: row,
      b: T.BYTES,
    };
    const text =
      '{"a":"x","f":1.1,"s":"a\ttab\\u00e9\\ud83d\\ude00","i":300,"ti":"10:11:12.345","tl":"2024-01-01 00:00:00Z","r":{"x":1},"b":"aGVsbG8="}\n' +
      '{"a":12345678901234567890,"f":"NaN","s":null,"i":-5,"ti":"10:11:12","tl":"2024-01-01T00:00:00Z","r":5,"b":"***"}\n' +
      'not json\n{"a":1\n' +
      '{"a":1.5e3,"f":1e400,"s":[1,"x",{"q":1.0}],"i":1.5,"ti":"10:11"}\n[1]\n{"a":1.0E30}\n   \n';
    expect(decode(columns, text, lenient)).toEqual([
      [null, Math.fround(1.1), 'a\ttabé😀', null, 36_672_345, day, [1, null], new TextEncoder().encode('hello')],
      [null, NaN, null, -5, 36_672_000, null, null, null],
      [1500n, Infinity, '[1,"x",{"q":1.0}]', null, null, null, null, null],
      [null, null, null, null, null, null, null, null],
    ]);
    const some = decode(columns, text, lenient, [['r', 'x'], ['a']]);
    expect(some).toEqual([
      [1, null],
      [null, null],
      [null, 1500n],
      [null, null],
    ]);
  });

  test('fail-on-missing-field looks at wanted columns, and at every field of a ROW', () => {
    const columns = { a: T.BIGINT, f: T.FLOAT, r: row };
    const strict = { 'fail-on-missing-field': 'true' };
    const text = '{"a":1,"f":1,"r":{"x":1}}\n';
    expect(decode(columns, text, strict, [['a']])).toEqual([[1n]]);
    expect(decode(columns, text, strict)).toBe('error: field "y" is missing');
    expect(decode(columns, text, strict, [['a'], ['r', 'x']])).toBe('error: field "y" is missing');
    expect(decode(columns, '{"a":1}', strict, [['f']])).toBe('error: field "f" is missing');
  });

  test('timestamps in ISO-8601', () => {
    const columns = { t: T.TIMESTAMP(9), z: T.TIMESTAMP_LTZ(3) };
    const iso = { 'timestamp-format.standard': 'ISO-8601' };
    const text = '{"t":"2024-01-01T00:00:00.123456789","z":"2024-01-01T00:00Z"}\n';
    expect(decode(columns, text, iso)).toEqual([[BigInt(day) * 1_000_000n + 123456789n, day]]);
    expect(decode(columns, '{"t":"2024-02-30T00:00:00"}', iso)).toBe('error: "2024-02-30T00:00:00" is no TIMESTAMP(9)');
    expect(decode(columns, '{"t":"2024-01-01 00:00:00"}', iso)).toBe('error: "2024-01-01 00:00:00" is no TIMESTAMP(9)');
  });
});

test('of equal keys the last one counts, at every level', () => {
  const columns = { a: T.BIGINT, r: row };
  expect(decode(columns, '{"a":1,"r":{"x":1,"y":"p"},"a":2,"r":{"y":"q","y":"s"}}')).toEqual([[2n, [null, 's']]]);
  expect(
    decode(columns, '{"r":{"x":1},"r":{"y":"q"}}', {}, [
      ['r', 'x'],
      ['r', 'y'],
    ]),
  ).toEqual([[null, 'q']]);
  expect(decode(columns, '{"r":{"x":1},"r":null}', {}, [['r', 'x']])).toEqual([[null]]);
});

test('a ROW and its fields side by side', () => {
  const columns = { r: row };
  expect(decode(columns, '{"r":{"x":1,"y":"p"}}\n{"r":null}\n{}', {}, [['r'], ['r', 'y']])).toEqual([
    [[1, 'p'], 'p'],
    [null, null],
    [null, null],
  ]);
});

test('only what is wanted is converted, all of it is checked for syntax', () => {
  const columns = { a: T.BIGINT, b: T.BIGINT };
  expect(decode(columns, '{"b":"no number","a":1}', {}, [['a']])).toEqual([[1n]]);
  expect(decode(columns, '{"b":{"x":[1,{}],"y":"}"},"a":1}', {}, [['a']])).toEqual([[1n]]);
  expect(decode(columns, '{"a":1,"b":[1,}', {}, [['a']])).toBe('error: expected a JSON value');
});

test.each([
  ['{"a":01}', 'invalid number'],
  ['{"a":+1}', 'expected a JSON value'],
  ['{"a":1.}', 'expected a digit'],
  ['{"a":1e}', 'expected a digit'],
  ['{"a":.5}', 'expected a JSON value'],
  ['{"a":1', 'unexpected end of the JSON text'],
  ['{"a":"x', 'the string is not closed'],
  ['{"a":tru}', 'expected a JSON value'],
  ['{"a":truex}', 'expected a JSON value'],
  ['{a:1}', 'expected a key in double quotes'],
  ['{"a" 1}', 'expected a colon after the key'],
  ['{"a":1 "b":2}', 'expected a comma or }'],
  ['{"a":1,}', 'expected a key in double quotes'],
  ['{"a":1}}', 'unexpected text after the JSON value'],
  ['{"a":1}{"a":2}', 'unexpected text after the JSON value'],
  ['[1]', 'expected {'],
  ['"x"', 'expected {'],
  ['   ', 'unexpected end of the JSON text'],
  ['{"b":"\\x"}', 'invalid escape'],
  ['{"b":"\\u12g4"}', 'invalid \\u escape'],
  [`{"b":${'['.repeat(2000)}`, 'nested deeper than 1000 levels'],
])('%s is malformed', (text, reason) => {
  expect(decode({ a: T.BIGINT }, text)).toBe(`error: ${reason}`);
});

test('invalid UTF-8 is malformed', () => {
  const bytes = new TextEncoder().encode('{"s":"ab"}');
  bytes[6] = 0xff;
  expect(decode({ s: T.STRING }, bytes)).toBe('error: invalid UTF-8');
});

test('integers beyond 2^53 and of 19 digits are exact', () => {
  const text = '{"a":9007199254740993,"d":9223372036854775807}\n{"a":-9223372036854775808,"d":"+12"}\n';
  expect(decode({ a: T.BIGINT, d: T.BIGINT }, text)).toEqual([
    [9007199254740993n, 9223372036854775807n],
    [-9223372036854775808n, 12n],
  ]);
  expect(decode({ a: T.BIGINT }, '{"a":9223372036854775808}')).toBe('error: "9223372036854775808" is no BIGINT');
  expect(decode({ a: T.INT }, '{"a":2147483648}')).toBe('error: "2147483648" is no INT');
});

test('an error tells row, place and an excerpt that cannot disturb', () => {
  const decoder = makeDecoder(decoderSpec('json', { a: T.INT, b: T.STRING }));
  const bytes = new TextEncoder().encode(`{"a":1}\n{"b":"\u001b[31m${'é'.repeat(200)}","a":"x"}\n`);
  try {
    decoder.decode(bytes, 0, bytes.length);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(RowFailure);
    const { reason, rowOffset, errorOffset, excerpt } = (error as RowFailure).error;
    expect([reason, rowOffset, bytes[errorOffset]]).toEqual(['"x" is no INT', 8, 0x22]);
    expect(excerpt).toMatch(/^…é+","a":"x"}$/);
  }
});

test('messages', () => {
  const decoder = makeDecoder(decoderSpec('json', { a: T.INT }, lenient));
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const { batch, records } = decoder.decodeRecords([
    encode('{"a":1}'),
    null,
    encode('{\n"a":\n2}'),
    encode('x'),
    encode('{"a":3}'),
  ]);
  expect(rowsOf(batch)).toEqual([[1], [2], [3]]);
  expect([...records!]).toEqual([0, 2, 4]);
  expect(decoder.takeSkipped()).toBe(1);
});
