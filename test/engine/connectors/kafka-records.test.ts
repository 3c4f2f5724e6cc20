import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../../engine/connectors/crc32c.ts';
import { unpackLz4, unpackSnappy } from '../../../engine/connectors/kafka-codecs.ts';
import { nextOffset, readRecords, writeBatch, type OutgoingRecord } from '../../../engine/connectors/kafka-records.ts';
import { murmur2 } from '../../../engine/connectors/murmur2.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** A batch as a broker would give it: at an offset, of a producer, with attributes. */
function stored(
  records: readonly OutgoingRecord[],
  at: { offset: number; producer?: bigint; attributes?: number; body?: (body: Uint8Array) => Uint8Array },
): Uint8Array {
  const plain = writeBatch(records);
  const body = at.body === undefined ? plain.subarray(61) : at.body(plain.subarray(61));
  const batch = Buffer.concat([plain.subarray(0, 61), body]);
  batch.writeBigInt64BE(BigInt(at.offset), 0);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt16BE(at.attributes ?? 0, 21);
  batch.writeBigInt64BE(at.producer ?? -1n, 43);
  batch.writeUInt32BE(crc32c(batch, 21), 17);
  return batch;
}
const record = (value: string, timestamp = 1000): OutgoingRecord => ({ key: null, value: bytes(value), timestamp });
const control = (type: 0 | 1): OutgoingRecord => ({
  key: Uint8Array.of(0, 0, 0, type),
  value: bytes(''),
  timestamp: 0,
});
const texts = (
  data: Uint8Array,
  aborted: { producerId: bigint; firstOffset: number }[] = [],
  from = 0,
  to = Infinity,
): string[] => readRecords(data, from, to, aborted).values.map((value) => Buffer.from(value!).toString());

test('CRC-32C of the check value', () => {
  expect(crc32c(bytes('123456789'))).toBe(0xe3069283);
});

test("murmur2 of Kafka's own test values", () => {
  expect(murmur2(bytes('21'))).toBe(-973932308);
  expect(murmur2(bytes('foobar'))).toBe(-790332482);
  expect(murmur2(bytes('a-little-bit-long-string'))).toBe(-985981536);
  expect(murmur2(bytes('a-little-bit-longer-string'))).toBe(-1486304829);
  expect(murmur2(bytes('lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8'))).toBe(-58897971);
  expect(murmur2(bytes('abc'))).toBe(479470107);
});

describe('record batches', () => {
  test('what is written is read', () => {
    const blob = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: null });
    const records = fc.array(
      fc.record({
        key: blob,
        value: blob,
        timestamp: fc.integer({ min: 0, max: 2 ** 45 }),
        headers: fc.array(fc.record({ key: fc.string(), value: blob }), { maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(records, fc.integer({ min: 0, max: 2 ** 50 }), (given, offset) => {
        const read = readRecords(stored(given, { offset }), 0, Infinity, []);
        expect(read.offsets).toEqual(given.map((_, i) => offset + i));
        expect(read.timestamps).toEqual(given.map((item) => item.timestamp));
        expect(read.keys.map((key) => key && Buffer.from(key))).toEqual(
          given.map(({ key }) => key && Buffer.from(key)),
        );
        expect(read.values.map((value) => value && Buffer.from(value))).toEqual(
          given.map(({ value }) => value && Buffer.from(value)),
        );
        expect(read.headers.map((headers) => headers.map(({ key }) => key))).toEqual(
          given.map(({ headers }) => headers.map(({ key }) => Buffer.from(key).toString())),
        );
      }),
      { numRuns: 100 },
    );
  });

  test('only offsets within the bounds, and whole batches', () => {
    const data = Buffer.concat([
      stored([record('a'), record('b')], { offset: 5 }),
      stored([record('c')], { offset: 7 }),
    ]);
    expect(texts(data, [], 6, 8)).toEqual(['b', 'c']);
    expect(texts(data, [], 0, 6)).toEqual(['a']);
    expect(nextOffset(data)).toBe(8);
    expect(nextOffset(data.subarray(0, -1))).toBe(7);
    expect(texts(data.subarray(0, -1))).toEqual(['a', 'b']);
    expect(nextOffset(data.subarray(0, 30))).toBeUndefined();
  });

  test('a damaged batch is found', () => {
    const data = stored([record('abc')], { offset: 3 });
    data[data.length - 2]! ^= 1;
    expect(() => texts(data)).toThrow('the batch at offset 3 is damaged');
  });

  test('compressed', () => {
    const data = stored([record('a'), record('b')], { offset: 0, attributes: 1, body: (body) => gzipSync(body) });
    expect(texts(data)).toEqual(['a', 'b']);
    const unknown = stored([record('a')], { offset: 0, attributes: 7 });
    expect(() => texts(unknown)).toThrow('cannot be unpacked (7): unknown compression 7');
  });

  test('aborted transactions are left out, whatever lies between', () => {
    const [one, two] = [1n, 2n];
    const tx = 0x10;
    const data = Buffer.concat([
      stored([record('keep 0')], { offset: 0 }),
      stored([record('lost 1')], { offset: 1, producer: one, attributes: tx }),
      stored([record('keep 2')], { offset: 2, producer: two, attributes: tx }),
      stored([record('lost 3')], { offset: 3, producer: one, attributes: tx }),
      stored([control(1)], { offset: 4, producer: two, attributes: tx | 0x20 }),
      stored([record('lost 5')], { offset: 5, producer: two, attributes: tx }),
      stored([control(0)], { offset: 6, producer: one, attributes: tx | 0x20 }),
      stored([record('keep 7')], { offset: 7, producer: one, attributes: tx }),
      stored([control(0)], { offset: 8, producer: two, attributes: tx | 0x20 }),
      stored([{ key: Uint8Array.of(0, 0, 0, 0), value: bytes('keep 9'), timestamp: 0 }], { offset: 9 }),
    ]);
    // As brokers send them: in the order in which they were completed.
    const aborted = [
      { producerId: two, firstOffset: 5 },
      { producerId: one, firstOffset: 1 },
    ];
    expect(texts(data, aborted)).toEqual(['keep 0', 'keep 2', 'keep 7', 'keep 9']);
    expect(texts(data).length).toBe(7);
  });
});

describe('codecs', () => {
  test('snappy: literals and copies, bare and framed', () => {
    // Length 12, literal "abcd", copy of 8 bytes from 4 back.
    const block = Uint8Array.of(12, (4 - 1) << 2, 0x61, 0x62, 0x63, 0x64, ((8 - 4) << 2) | 1, 4);
    expect(Buffer.from(unpackSnappy(block)).toString()).toBe('abcdabcdabcd');
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    const framed = Buffer.concat([
      Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]),
      length,
      block,
      length,
      block,
    ]);
    expect(Buffer.from(unpackSnappy(framed)).toString()).toBe('abcdabcdabcd'.repeat(2));
    expect(() => unpackSnappy(Uint8Array.of(4, ((8 - 4) << 2) | 1, 4))).toThrow('snappy: a copy leads nowhere');
    expect(() => unpackSnappy(Uint8Array.of(4, 0xf0))).toThrow('snappy');
  });

  test('lz4: a frame with a compressed and a stored block', () => {
    // Token: 4 literals, copy of 4 + 4 bytes from 4 back; then 1 literal that ends the block.
    const block = Uint8Array.of(0x44, 0x61, 0x62, 0x63, 0x64, 4, 0, 0x10, 0x21);
    const head = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
    const size = (n: number): Buffer => {
      const buffer = Buffer.alloc(4);
      buffer.writeUInt32LE(n >>> 0);
      return buffer;
    };
    const frame = Buffer.concat([head, size(block.length), block, size(0x80000003), bytes('xyz'), size(0)]);
    expect(Buffer.from(unpackLz4(frame)).toString()).toBe('abcdabcdabcd!xyz');
    expect(() => unpackLz4(frame.subarray(0, -1))).toThrow('lz4: the end is missing');
    expect(() => unpackLz4(bytes('nothing at all'))).toThrow('lz4: no frame');
  });
});
