import { describe, expect, test } from 'vitest';
import { batchOf, concatBatches, rowsOf, sliceBatch, takeBatch } from '../../../engine/data/batch-rows.ts';
import { changesOf, materialize, sameResult, sameRows, type Change } from '../../../engine/data/changelog.ts';
import { rowKey } from '../../../engine/data/key.ts';
import { RowKind } from '../../../engine/data/row-kind.ts';
import { BIGINT, STRING } from '../../../engine/types/type.ts';
import { MapValue } from '../../../engine/types/value.ts';

const { Insert, UpdateBefore, UpdateAfter, Delete } = RowKind;
const schema = [
  { name: 'k', type: STRING },
  { name: 'c', type: BIGINT },
];
const change = (kind: RowKind, ...row: Change['row']): Change => ({ kind, row });

describe('a changelog', () => {
  test('leaves its additions without its retractions', () => {
    const changes = [
      change(Insert, 'a', 1n),
      change(Insert, 'b', 1n),
      change(UpdateBefore, 'a', 1n),
      change(UpdateAfter, 'a', 2n),
    ];
    expect(materialize(changes)).toEqual([
      ['b', 1n],
      ['a', 2n],
    ]);
    expect(materialize([...changes, change(Delete, 'b', 1n), change(Delete, 'x', 9n)])).toEqual([['a', 2n]]);
  });

  test('by key updates in place', () => {
    const changes = [
      change(Insert, 'a', 1n),
      change(Insert, 'b', 1n),
      change(UpdateAfter, 'a', 2n),
      change(Delete, 'b', null),
    ];
    expect(materialize(changes, [0])).toEqual([['a', 2n]]);
  });

  test('equals another when the same rows are left equally often', () => {
    expect(sameResult([change(Insert, 'a', 1n), change(Delete, 'a', 1n)], [])).toBe(true);
    expect(sameRows([['a'], ['a'], ['b']], [['a'], ['b'], ['b']])).toBe(false);
    expect(sameRows([['a'], ['b']], [['b'], ['a']])).toBe(true);
  });
});

test('a batch keeps rows and kinds through take, slice and concat', () => {
  const batch = batchOf(
    schema,
    [
      ['a', 1n],
      ['b', null],
      [null, 3n],
    ],
    [Insert, UpdateBefore, UpdateAfter],
  );
  expect(changesOf(takeBatch(batch, Int32Array.of(2, 0)))).toEqual([
    change(UpdateAfter, null, 3n),
    change(Insert, 'a', 1n),
  ]);
  expect(changesOf(sliceBatch(batch, 1, 2))).toEqual([change(UpdateBefore, 'b', null)]);
  const plain = batchOf(schema, [['c', 4n]]);
  expect(changesOf(concatBatches([batch, plain]))).toEqual([...changesOf(batch), change(Insert, 'c', 4n)]);
  expect(rowsOf(plain)).toEqual([['c', 4n]]);
});

test('keys tell values apart as grouping does', () => {
  expect(rowKey(['1'])).not.toBe(rowKey([1]));
  expect(rowKey(['a', 'b'])).not.toBe(rowKey(['a,s1:b']));
  expect(rowKey([0])).not.toBe(rowKey([-0]));
  expect(rowKey([NaN])).toBe(rowKey([NaN]));
  expect(
    rowKey([
      new MapValue([
        ['a', 1],
        ['b', 2],
      ]),
    ]),
  ).toBe(
    rowKey([
      new MapValue([
        ['b', 2],
        ['a', 1],
      ]),
    ]),
  );
});
