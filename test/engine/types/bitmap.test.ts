// The portable Roaring format: bytes as Flink 2.3.0's BITMAP_TO_BYTES gave them, and the way there and back for any set.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bitmapToText, decodeBitmap, encodeBitmap } from '../../../engine/types/bitmap.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

it.each([
  [[1], '3a3000000100000000000000100000000100'],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], '3b3000000100000900010001000900'],
  [
    [1, 2, 3, 100000, 4294967295],
    '3a300000030000000000020001000000ffff0000200000002600000028000000010002000300a086ffff',
  ],
])('%j', (members, bytes) => {
  expect(hex(encodeBitmap(members))).toBe(bytes);
});

const member = fc.oneof(fc.nat(70_000), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const run = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 32 - 10_000 }), fc.nat(9_000))
  .map(([start, length]) => Array.from({ length }, (_, i) => start + i));

it('any set comes back', () => {
  const set = fc
    .tuple(fc.array(member, { maxLength: 200 }), fc.array(run, { maxLength: 3 }))
    .map(([single, runs]) => [...new Set([...single, ...runs.flat()])].sort((a, b) => a - b));
  fc.assert(
    fc.property(set, (members) => {
      expect(decodeBitmap(encodeBitmap(members))).toEqual(members);
    }),
    { numRuns: 50 },
  );
});

it('dense sets are bits', () => {
  const members = Array.from({ length: 10_000 }, (_, i) => i * 3);
  expect(encodeBitmap(members).length).toBe(8 + 8 + 8192);
  expect(decodeBitmap(encodeBitmap(members))).toEqual(members);
});

it('bytes that are no bitmap', () => {
  expect(decodeBitmap(new TextEncoder().encode('invalid'))).toBeUndefined();
  expect(decodeBitmap(new Uint8Array())).toBeUndefined();
  expect(decodeBitmap(encodeBitmap([1, 2]).subarray(0, 17))).toBeUndefined();
  expect(bitmapToText(encodeBitmap([]))).toBe('{}');
});
