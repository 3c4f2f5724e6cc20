import { expect, test } from 'vitest';
import { RowKind } from '../../../engine/data/row-kind.ts';
import { BestRow } from '../../../engine/ops/best-row.ts';
import type { Operator } from '../../../engine/ops/operator.ts';
import { Rank } from '../../../engine/ops/rank.ts';
import type { Schema } from '../../../engine/types/schema.ts';
import * as T from '../../../engine/types/type.ts';
import { batchOfChanges, connect, rowsIn } from './harness.ts';

const input: Schema = [
  { name: 'k', type: T.STRING },
  { name: 'v', type: T.INT },
];
const order = [{ column: 1, descending: true, nullsFirst: false }];
const common = { input, partition: [0], order, output: false };

/** Pushes one row at each time and gives what comes. */
function changesOf(make: (clock: () => number) => Operator, rows: readonly (readonly [time: number, v: number])[]) {
  let now = 0;
  const operator = make(() => now);
  const collector = connect(operator);
  return rows.map(([time, v]) => {
    now = time;
    operator.push(batchOfChanges(input, [{ kind: RowKind.Insert, row: ['a', v] }]), 0);
    return rowsIn(collector.take());
  });
}

test.each([true, false])('the best row is forgotten when it was not replaced for so long (-U: %s)', (updateBefore) => {
  const changes = changesOf(
    (clock) => new BestRow({ ...common, ties: 'first', updateBefore, expiry: { ttl: 10, clock } }),
    [
      [1, 5],
      [9, 4],
      [11, 3],
      [12, 6],
    ],
  );
  const kinds = changes.map((rows) => rows.map((row) => row.slice(0, 2)));
  expect(kinds).toEqual([['+I'], [], ['+I'], updateBefore ? ['-U', '+U'] : ['+U']]);
});

test.each([
  [14, 0],
  [15, 1],
])('a partition of Top-N begins anew: a worse row at %i gives %i changes', (time, count) => {
  const options = { ...common, range: { start: 1, end: 1 }, updateBefore: true, rowKey: undefined };
  const changes = changesOf(
    (clock) => new Rank({ ...options, expiry: { ttl: 10, clock } }),
    [
      [1, 5],
      [5, 6],
      [time, 1],
    ],
  );
  expect(changes.map((rows) => rows.length)).toEqual([1, 2, count]);
});
