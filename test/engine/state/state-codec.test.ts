import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchOf, rowsOf } from '../../../engine/data/batch-rows.ts';
import type { Batch } from '../../../engine/data/batch.ts';
import { decodeState, encodeState } from '../../../engine/state/state-codec.ts';
import { MapValue } from '../../../engine/types/value.ts';
import { ARRAY, INT, MAP, ROW, STRING } from '../../../engine/types/type.ts';

const through = (state: unknown): unknown => decodeState(Buffer.concat(encodeState(state)));

test('plain data comes back as it was', () => {
  const leaf = fc.oneof(
    fc.constant(null),
    fc.constant(undefined),
    fc.boolean(),
    fc.integer(),
    fc.double(),
    fc.bigInt(),
    fc.string({ unit: 'binary' }),
    fc.constant('\ud800 alone'),
    fc.int32Array(),
    fc.float64Array(),
    fc.bigInt64Array(),
    fc.uint8Array(),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('tree'), { maxLength: 12 }),
      fc.array(fc.double(), { maxLength: 20 }),
      fc.array(fc.option(fc.string({ unit: 'binary' })), { maxLength: 20 }),
      fc.dictionary(fc.string(), tie('tree'), { maxKeys: 6, noNullPrototype: true }),
      fc.array(fc.tuple(fc.string(), tie('tree')), { maxLength: 5 }).map((entries) => new Map(entries)),
      fc.array(tie('tree'), { maxLength: 3 }).map((items) => new MapValue(items.map((item) => ['k', item as never]))),
    ),
  }));
  fc.assert(
    fc.property(tree, (state) => {
      expect(through(state)).toEqual(state);
    }),
    { numRuns: 300 },
  );
});

test('arrays above the size of a block, and arrays behind texts of any length', () => {
  const state = ['x', new Float64Array(20_000).map((_, i) => i / 3), 'yy', Int32Array.of(1, 2, 3)];
  expect(through(state)).toEqual(state);
});

test('batches keep their rows, not the memory that they look into', () => {
  const schema = [
    { name: 's', type: STRING },
    { name: 'a', type: ARRAY(INT) },
    { name: 'm', type: MAP(STRING, INT) },
    { name: 'r', type: ROW([{ name: 'x', type: INT }]) },
  ];
  const rows = [
    ['a', [1, null], new MapValue([['k', 1]]), [5]],
    [null, null, null, null],
    ['ä', [], new MapValue([]), [null]],
  ];
  const batch = batchOf(schema, rows, [0, 1, 2]);
  const restored = through({ rows: batch }) as { rows: Batch };
  expect(rowsOf(restored.rows)).toEqual(rows);
  expect([...restored.rows.kinds!]).toEqual([0, 1, 2]);
});

test('bytes that end too early are refused', () => {
  const bytes = Buffer.concat(encodeState({ a: Int32Array.of(1, 2, 3), b: 'text' }));
  expect(() => decodeState(bytes.subarray(0, bytes.length - 3))).toThrow(RangeError);
});
