import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchOf, rowsOf, type Row } from '../../../engine/data/batch-rows.ts';
import { AvroCursor } from '../../../engine/formats/avro-cursor.ts';
import { AvroRows } from '../../../engine/formats/avro-rows.ts';
import { parseSchema, type AvroSchema } from '../../../engine/formats/avro-schema.ts';
import { AvroOutput, bytesOfBigint } from '../../../engine/formats/avro-writer.ts';
import { bigintOf } from '../../../engine/formats/avro-values.ts';
import { makeDecoder, makeEncoder } from '../../../engine/formats/registry.ts';
import { packSnappy, unpackSnappy } from '../../../engine/formats/snappy.ts';
import * as T from '../../../engine/types/type.ts';
import { MapValue } from '../../../engine/types/value.ts';
import { decoderSpec } from '../../support/decode.ts';

const columns = {
  id: T.notNull(T.INT),
  big: T.BIGINT,
  s: T.STRING,
  d: T.DOUBLE,
  f: T.FLOAT,
  ok: T.BOOLEAN,
  n: T.DECIMAL(20, 2),
  t: T.TIMESTAMP(3),
  us: T.TIMESTAMP(6),
  b: T.BYTES,
  a: T.ARRAY(T.INT),
  m: T.MAP(T.STRING, T.BIGINT),
  r: T.ROW([{ name: 'x', type: T.INT }]),
};
const schema = Object.entries(columns).map(([name, type]) => ({ name, type }));
const rows: Row[] = [
  [
    1,
    2n ** 63n - 1n,
    'é',
    0.1,
    1.5,
    true,
    -12345n,
    -1,
    -1000n,
    Uint8Array.of(0, 255),
    [1, null],
    new MapValue([['k', 5n]]),
    [7],
  ],
  [-5, null, null, null, null, null, null, null, null, null, null, null, null],
  [
    2147483647,
    -(2n ** 63n),
    '',
    -0,
    -1,
    false,
    0n,
    1_700_000_000_123,
    1000n,
    new Uint8Array(0),
    [],
    new MapValue([]),
    [null],
  ],
];

describe.each(['binary', 'json'])('single records, %s', (encoding) => {
  const options = { encoding };
  const encoder = makeEncoder({ format: 'avro', options, schema, timeZone: 'UTC' });
  const decoder = (paths: readonly (readonly string[])[]) => makeDecoder(decoderSpec('avro', columns, options, paths));
  const all = schema.map(({ name }) => [name]);

  test('come back', () => {
    const records = encoder.encodeRecords(batchOf(schema, rows));
    expect(rowsOf(decoder(all).decodeRecords(records).batch)).toEqual(rows);
    expect(rowsOf(decoder([['r', 'x'], ['id']]).decodeRecords(records).batch)).toEqual([
      [7, 1],
      [null, -5],
      [null, 2147483647],
    ]);
  });

  test('null messages are no rows', () => {
    const [first, , third] = encoder.encodeRecords(batchOf(schema, rows));
    const { batch, records } = decoder([['id']]).decodeRecords([first!, null, third!]);
    expect(rowsOf(batch)).toEqual([[1], [2147483647]]);
    expect([...records!]).toEqual([0, 2]);
  });
});

test("Avro's own bytes", () => {
  const two = [
    { name: 'a', type: T.INT },
    { name: 'b', type: T.notNull(T.STRING) },
  ];
  const encoder = makeEncoder({ format: 'avro', options: {}, schema: two, timeZone: 'UTC' });
  const records = encoder.encodeRecords(
    batchOf(two, [
      [-64, 'foo'],
      [null, ''],
    ]),
  );
  expect(records.map((record) => [...record!])).toEqual([
    [2, 0x7f, 6, 0x66, 0x6f, 0x6f],
    [0, 0],
  ]);
  const json = makeEncoder({ format: 'avro', options: { encoding: 'json' }, schema: two, timeZone: 'UTC' });
  const texts = json
    .encodeRecords(
      batchOf(two, [
        [1, 'x'],
        [null, 'y'],
      ]),
    )
    .map((record) => new TextDecoder().decode(record!));
  expect(texts).toEqual(['{"a":{"int":1},"b":"x"}', '{"a":null,"b":"y"}']);
});

test('a record that ends too early says so', () => {
  const decoder = makeDecoder(decoderSpec('avro', { s: T.STRING }, {}));
  expect(() => decoder.decodeRecords([Uint8Array.of(2, 10, 65)])).toThrow('Avro: the record ends too early');
  expect(rowsOf(decoder.decodeRecords([Uint8Array.of(2, 2, 65)]).batch)).toEqual([['A']]);
});

test('numbers of any size', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.integer(), fc.bigInt(), (long, int, big) => {
      const out = new AvroOutput();
      out.long(long);
      out.int(int);
      const bytes = out.take();
      const cursor = new AvroCursor();
      cursor.reset(bytes, 0, bytes.length);
      expect(cursor.bigint()).toBe(long);
      expect(cursor.int()).toBe(int);
      expect(bigintOf(bytesOfBigint(big))).toBe(big);
    }),
  );
});

test('snappy', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('abc', 'abcabcabc', 'x', '\0\0\0\0\0\0\0\0', 'hello world '), { maxLength: 200 }),
      (parts) => {
        const bytes = new TextEncoder().encode(parts.join(''));
        const packed = packSnappy(bytes);
        expect(Buffer.from(unpackSnappy(packed)).equals(Buffer.from(bytes))).toBe(true);
        if (parts.length > 100) expect(packed.length).toBeLessThan(bytes.length);
      },
    ),
  );
});

test('files of others: other order, wider numbers, enums, fixed, unions of several', () => {
  const written = parseSchema({
    type: 'record',
    name: 'Other',
    namespace: 'x.y',
    fields: [
      { name: 'color', type: { type: 'enum', name: 'Color', symbols: ['RED', 'BLUE'] } },
      { name: 'unused', type: { type: 'map', values: ['null', 'Color'] } },
      { name: 'n', type: 'int' },
      { name: 'u', type: ['null', 'int', 'string'] },
      { name: 'dec', type: { type: 'fixed', name: 'Dec', size: 2, logicalType: 'decimal', precision: 4, scale: 1 } },
      { name: 'us', type: { type: 'long', logicalType: 'timestamp-micros' } },
    ],
  }) as AvroSchema & { type: 'record' };
  const types = { us: T.TIMESTAMP(3), n: T.BIGINT, color: T.STRING, u: T.STRING, dec: T.DECIMAL(6, 2), gone: T.INT };
  const reader = new AvroRows(decoderSpec('avro', types, {}), written);
  const out = new AvroOutput();
  out.int(1);
  out.int(1);
  out.sized(Uint8Array.of(65));
  out.int(1);
  out.int(0);
  out.int(0);
  out.int(42);
  out.int(2);
  out.sized(Uint8Array.of(66));
  out.raw(Uint8Array.of(0xff, 0xfe));
  out.long(-1n);
  const bytes = out.take();
  reader.cursor.reset(bytes, 0, bytes.length);
  reader.read();
  expect(rowsOf(reader.finish(bytes))).toEqual([[-1, 42n, 'BLUE', 'B', -20n, null]]);
});
