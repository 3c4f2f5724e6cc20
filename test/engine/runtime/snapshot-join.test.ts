// LATERAL SNAPSHOT joins came after the release that records are made with.
import { describe, expect, test } from 'vitest';
import { batchOf } from '../../../engine/data/batch-rows.ts';
import { RowKind } from '../../../engine/data/row-kind.ts';
import { SnapshotJoin } from '../../../engine/ops/snapshot-join.ts';
import type { Schema } from '../../../engine/types/schema.ts';
import * as T from '../../../engine/types/type.ts';
import { runSql } from '../../support/run-sql.ts';
import { connect, textOf } from '../ops/harness.ts';

const schema: Schema = [
  { name: 'k', type: T.STRING },
  { name: 'v', type: T.INT },
];
const make = (idleTimeout?: number): SnapshotJoin =>
  new SnapshotJoin({
    type: 'left',
    left: schema,
    right: schema,
    leftKeys: [0],
    rightKeys: [0],
    nullSafe: [false],
    identity: ['none', 'row'],
    residual: undefined,
    loadedAt: 10,
    idleTimeout,
    now: () => 0,
  });

describe('SnapshotJoin', () => {
  test('holds left rows until the right side is loaded, over a snapshot too; later changes act on later rows alone', () => {
    const operator = make();
    connect(operator);
    operator.push(
      batchOf(schema, [
        ['a', 1],
        ['b', 2],
        [null, 3],
      ]),
      0,
    );
    operator.advance(100, 0);
    operator.push(batchOf(schema, [['a', 7]]), 1);
    const other = make();
    const collector = connect(other);
    other.restore(structuredClone(operator.snapshot()));
    other.push(
      batchOf(
        schema,
        [
          ['a', 8],
          ['a', 7],
        ],
        [RowKind.Insert, RowKind.Delete],
      ),
      1,
    );
    other.advance(9, 1);
    expect(collector.take()).toEqual([]);
    other.advance(10, 1);
    const first = ['+I [s1:a,1,s1:a,8]', '+I [s1:b,2,_,_]', '+I [_,3,_,_]', 'watermark 100'];
    expect(textOf(collector.take())).toEqual(first);
    other.push(batchOf(schema, [['b', 9]]), 1);
    expect(collector.take()).toEqual([]);
    other.push(batchOf(schema, [['b', 4]]), 0);
    other.advance(200, 0);
    expect(textOf(collector.take())).toEqual(['+I [s1:b,4,s1:b,9]', 'watermark 200']);
  });
  test('goes on when the right side is silent for the idle timeout', () => {
    const operator = make(1000);
    const collector = connect(operator);
    operator.push(batchOf(schema, [['a', 1]]), 0);
    operator.tick(999);
    expect(collector.take()).toEqual([]);
    operator.tick(1000);
    expect(textOf(collector.take())).toEqual(['+I [s1:a,1,_,_]']);
  });
});

const tables = `
  CREATE TABLE probe (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
    WITH ('connector' = 'inline', 'data' = '[["a", 1, "2024-01-01 00:00:00"], ["b", 2, "2024-01-01 00:00:01"]]');
  CREATE TABLE build (k STRING, w INT, bts TIMESTAMP(3), WATERMARK FOR bts AS bts)
    WITH ('connector' = 'inline', 'data' = '[["a", 10, "2024-01-01 00:00:00"], ["a", 11, "2024-01-01 00:00:05"]]');`;

describe('JOIN LATERAL TABLE(SNAPSHOT(…))', () => {
  const query =
    'SELECT probe.k, v, w FROM probe LEFT JOIN LATERAL TABLE(SNAPSHOT(input => TABLE build)) AS s ON probe.k = s.k';
  test.each(['streaming', 'batch'] as const)('joins with the whole table, %s', async (mode) => {
    const { changes } = await runSql(`${tables} ${query};`, { mode });
    expect(changes.toSorted()).toEqual(['+I [a, 1, 10]', '+I [a, 1, 11]', '+I [b, 2, NULL]']);
  });
  test('refuses what it does not know', async () => {
    const wrong = (args: string) => runSql(`${tables} ${query.replace('TABLE build', `TABLE build, ${args}`)};`);
    await expect(wrong("load_completed => 'x'")).rejects.toThrow('SNAPSHOT has no argument');
    await expect(wrong("load_completed_condition => 'never'")).rejects.toThrow('load_completed_condition is');
    await expect(wrong("load_completed_condition => 'user_time'")).rejects.toThrow('load_completed_time goes with');
  });
});
