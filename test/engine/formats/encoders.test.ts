import { describe, expect, test } from 'vitest';
import { batchOf, rowsOf, type Row } from '../../../engine/data/batch-rows.ts';
import { makeDecoder, makeEncoder } from '../../../engine/formats/registry.ts';
import * as T from '../../../engine/types/type.ts';
import { MapValue } from '../../../engine/types/value.ts';
import { decoderSpec } from '../../support/decode.ts';

const row = T.ROW([
  { name: 'x', type: T.INT },
  { name: 'y', type: T.STRING },
]);
const day = Date.UTC(2024, 0, 1);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const fround = Math.fround;

function encode(
  format: string,
  types: Record<string, T.DataType>,
  rows: readonly Row[],
  options: Record<string, string> = {},
): string[] {
  const schema = Object.entries(types).map(([name, type]) => ({ name, type }));
  const encoder = makeEncoder({ format, options, schema, timeZone: 'UTC' });
  const text = new TextDecoder().decode(encoder.encode(batchOf(schema, rows)));
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}

// Every expected line is what Flink 2.3 wrote for the same rows.
describe('texts of Flink', () => {
  const common = {
    a: T.INT,
    b: T.STRING,
    c: T.DOUBLE,
    d: T.DECIMAL(10, 2),
    t: T.TIMESTAMP(3),
    r: row,
    ar: T.ARRAY(T.STRING),
    bo: T.BOOLEAN,
    dt: T.DATE,
    ti: T.TIME(0),
    bys: T.BYTES,
    tl: T.TIMESTAMP_LTZ(3),
    f: T.FLOAT,
    big: T.BIGINT,
  };

  test('json', () => {
    const { a, b, c, d, t, r, ar, bo, dt, ti, bys, tl, f, big } = common;
    const types = { a, b, c, d, t, r, ar, m: T.MAP(T.STRING, T.INT), bo, dt, ti, bys, tl, f, big };
    const rows: Row[] = [
      [
        1,
        'a"b/\\n€',
        1.5,
        1000n,
        day,
        [1, 'y'],
        ['a', 'b'],
        new MapValue([['k', 1]]),
        true,
        19723,
        36_672_000,
        bytes('hello'),
        day + 120,
        fround(1.1),
        12345678901234567n,
      ],
      [2, null, 1e20, 0n, day + 120, null, ['a', null], null, false, 19723, 36_660_000, null, day, fround(1e-5), -5n],
    ];
    expect(encode('json', types, rows)).toEqual([
      String.raw`{"a":1,"b":"a\"b/\\n€","c":1.5,"d":1E+1,"t":"2024-01-01 00:00:00","r":{"x":1,"y":"y"},"ar":["a","b"],"m":{"k":1},"bo":true,"dt":"2024-01-01","ti":"10:11:12","bys":"aGVsbG8=","tl":"2024-01-01 00:00:00.12Z","f":1.1,"big":12345678901234567}`,
      '{"a":2,"b":null,"c":1.0E20,"d":0,"t":"2024-01-01 00:00:00.12","r":null,"ar":["a",null],"m":null,"bo":false,"dt":"2024-01-01","ti":"10:11:00","bys":null,"tl":"2024-01-01 00:00:00Z","f":1.0E-5,"big":-5}',
    ]);
  });

  test('json with options', () => {
    const options = {
      'encode.ignore-null-fields': 'true',
      'encode.decimal-as-plain-number': 'true',
      'map-null-key.mode': 'LITERAL',
      'map-null-key.literal': 'NK',
      'timestamp-format.standard': 'ISO-8601',
    };
    const types = { a: T.STRING, b: T.DECIMAL(30, 10), m: T.MAP(T.STRING, T.INT) };
    const rows: Row[] = [
      [
        null,
        1n,
        new MapValue([
          [null, 1],
          ['b', 2],
        ]),
      ],
      ['b', 10n ** 16n, new MapValue([['x', null]])],
    ];
    expect(encode('json', types, rows, options)).toEqual([
      '{"b":0.0000000001,"m":{"NK":1,"b":2}}',
      '{"a":"b","b":1000000.0000000000,"m":{"x":null}}',
    ]);
  });

  test('csv', () => {
    const rest = [true, 19723, 36_672_000, new Uint8Array(0), day + 120, fround(1.1), 0n];
    const rows: Row[] = [
      [
        1,
        'a"b,c',
        1.5,
        1000n,
        day,
        [1, 'y'],
        ['a', 'b'],
        true,
        19723,
        36_672_000,
        bytes('hello'),
        day + 120,
        fround(1.1),
        12345678901234567n,
      ],
      [2, null, 1e20, 0n, day + 120, null, ['a', null], false, 19723, 36_660_000, null, day, fround(1e-5), -5n],
      [3, 'x y', NaN, 10_000_000n, day, [1, null], ['a;b', 'b,c'], ...rest],
      [4, '', 1e-7, 110n, day, [1, ''], [''], ...rest],
      [5, ' lead', 0, 110n, day, [1, ''], null, ...rest],
    ];
    expect(encode('csv', common, rows)).toEqual([
      '1,"a""b,c",1.5,1E+1,"2024-01-01 00:00:00",1;y,a;b,true,2024-01-01,10:11:12,aGVsbG8=,"2024-01-01 00:00:00.12Z",1.1,12345678901234567',
      '2,,1.0E20,0,"2024-01-01 00:00:00.12",,a;,false,2024-01-01,10:11:00,,"2024-01-01 00:00:00Z",1.0E-5,-5',
      '3,"x y",NaN,1E+5,"2024-01-01 00:00:00",1;,"a;b;b,c",true,2024-01-01,10:11:12,,"2024-01-01 00:00:00.12Z",1.1,0',
      '4,,1.0E-7,1.1,"2024-01-01 00:00:00",1;,,true,2024-01-01,10:11:12,,"2024-01-01 00:00:00.12Z",1.1,0',
      '5," lead",0.0,1.1,"2024-01-01 00:00:00",1;,,true,2024-01-01,10:11:12,,"2024-01-01 00:00:00.12Z",1.1,0',
    ]);
  });

  test('quotes of csv', () => {
    const texts = [
      ['#x', "a'b"],
      ['-1', '+2'],
      ['tab\tx', 'a;b'],
      ['1e5', 'null'],
      ['a_b.c', 'a:b/c'],
      ['é', 'a(b)'],
      ['abcdefghijklmnopqrstuvwxyz', 'x=y&z'],
      ['a b', 'a\\b'],
    ];
    expect(encode('csv', { a: T.STRING, b: T.STRING }, texts)).toEqual([
      '"#x","a\'b"',
      '-1,"+2"',
      '"tab\tx",a;b',
      '1e5,null',
      'a_b.c,a:b/c',
      'é,"a(b)"',
      '"abcdefghijklmnopqrstuvwxyz","x=y&z"',
      '"a b","a\\b"',
    ]);
    const options = { 'null-literal': 'N', 'escape-character': '\\', 'field-delimiter': '|' };
    expect(
      encode(
        'csv',
        { a: T.STRING, b: T.DECIMAL(10, 2), c: T.STRING },
        [
          ['a"b\\c', 10000n, null],
          ['N', 150n, 'a|b'],
        ],
        options,
      ),
    ).toEqual(['"a""b\\\\c"|1E+2|N', '"N"|1.5|"a|b"']);
  });
});

test('what is written is read back', () => {
  const types = {
    a: T.BIGINT,
    s: T.STRING,
    d: T.DECIMAL(38, 20),
    e: T.DECIMAL(12, 9),
    f: T.DOUBLE,
    g: T.FLOAT,
    t: T.TIMESTAMP(9),
    z: T.TIMESTAMP_LTZ(3),
    ti: T.TIME(3),
    dt: T.DATE,
  };
  const rows: Row[] = [
    [
      9223372036854775807n,
      'a\u0000\u0001\u001f\b"\\/ü😀\r\n',
      10n ** 37n + 1n,
      1n,
      Number.MAX_VALUE,
      fround(3.4e38),
      -1n,
      -1,
      86_399_999,
      -1,
    ],
    [
      -9223372036854775808n,
      '',
      -(10n ** 37n),
      -123456789012n,
      5e-324,
      fround(1e-45),
      1_000_000_001n,
      253402300799999,
      0,
      2932896,
    ],
    [-9007199254740993n, ' ', 0n, 100_000_000_000n, -0, 0.1 + fround(0.2), 10n ** 18n, 0, 1, 0],
    [4294967296n, ',', 1n, -1n, 123456789.125, -5, 0n, 1, 1000, 1],
  ].map((values, i) => (i === 2 ? values.with(5, fround(0.3)) : values));
  for (const format of ['json', 'csv']) {
    const schema = Object.entries(types).map(([name, type]) => ({ name, type }));
    const encoded = makeEncoder({ format, options: {}, schema, timeZone: 'UTC' }).encode(batchOf(schema, rows));
    const decoded = makeDecoder(decoderSpec(format, types)).decode(encoded, 0, encoded.length);
    expect(rowsOf(decoded)).toEqual(rows);
  }
});

test('raw messages and lines', () => {
  for (const [type, value] of [
    [T.STRING, 'ü'],
    [T.BYTES, Uint8Array.of(1, 2)],
    [T.INT, -5],
    [T.BIGINT, 5n],
    [T.DOUBLE, 1.5],
    [T.BOOLEAN, true],
  ] as const) {
    for (const options of [{}, { endianness: 'little-endian' }] as Record<string, string>[]) {
      const schema = [{ name: 'v', type }];
      const records = makeEncoder({ format: 'raw', options, schema, timeZone: 'UTC' }).encodeRecords(
        batchOf(schema, [[value], [null]]),
      );
      const decoder = makeDecoder(decoderSpec('raw', { v: type }, options));
      expect(rowsOf(decoder.decodeRecords(records).batch)).toEqual([[value], [null]]);
    }
  }
  const decoder = makeDecoder(decoderSpec('raw', { v: T.STRING }));
  const lines = bytes('1\n\n2\r\n3');
  expect(rowsOf(decoder.decode(lines, 0, lines.length))).toEqual([['1'], [''], ['2'], ['3']]);
});
