import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DuckDB } from '../../../engine/batch/duckdb.ts';
import { batchOf, rowsOf } from '../../../engine/data/batch-rows.ts';
import { Session } from '../../../engine/session.ts';
import * as types from '../../../engine/types/type.ts';
import { MapValue } from '../../../engine/types/value.ts';

const directory = mkdtempSync(join(tmpdir(), 'millrace-duckdb-'));
writeFileSync(join(directory, 'a.csv'), '1,x\n2,y\n');

describe('DuckDB', () => {
  it('reads files beside the notebook and tables that it is given', async () => {
    const schema = [
      { name: 'k', type: types.STRING },
      { name: 'd', type: types.DECIMAL(10, 2) },
      { name: 't', type: types.TIMESTAMP(3) },
      { name: 'm', type: types.MAP(types.notNull(types.STRING), types.INT) },
      { name: 'r', type: types.ROW([{ name: 'x', type: types.ARRAY(types.INT) }]) },
    ];
    const rows = [
      ['x', 150n, 1000, new MapValue([['a', 1]]), [[1, 2]]],
      ['y', null, null, null, null],
    ];
    const asked: string[] = [];
    const db = await DuckDB.open(
      async (name) => {
        asked.push(name);
        return name === 'given' ? { schema, batches: [batchOf(schema, rows)] } : undefined;
      },
      directory,
      'UTC',
    );
    const { batches } = await db.run("SELECT g.* FROM given g JOIN 'a.csv' f ON f.column1 = g.k ORDER BY k");
    expect(batches.flatMap(rowsOf)).toEqual([
      ['x', 150n, 1_000_000_000n, new MapValue([['a', 1]]), [[1, 2]]],
      ['y', null, null, null, null],
    ]);
    expect(asked).toContain('given');
    const { batches: joined } = await db.run("SELECT count(*) FROM given g, read_csv('a.csv', header = false) f");
    expect(joined.flatMap(rowsOf)).toEqual([[4n]]);
    await expect(db.run('SELECT nope FROM given')).rejects.toThrow(/BATCH_FAILED.*nope/s);
    db.close();
  });

  it('runs a bounded query as the embedded engine does', async () => {
    writeFileSync(
      join(directory, 'e.csv'),
      Array.from(
        { length: 500 },
        (_, i) => `${i % 7 === 0 ? 'NA' : i},${'abc'[i % 3]},2024-01-01 00:${String(i % 60).padStart(2, '0')}:00`,
      ).join('\n'),
    );
    const ddl = `CREATE TABLE e (v INT, k STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem', 'path' = 'e.csv', 'format' = 'csv', 'csv.null-literal' = 'NA'`;
    const run = async (options: string, sql: string): Promise<string[]> => {
      const session = new Session({
        baseDirectory: directory,
        placement: 'local',
        config: { 'execution.runtime-mode': 'batch' },
      });
      await session.sql(`${ddl}${options})`);
      const plan = await session.sql(`EXPLAIN ${sql}`);
      expect(JSON.stringify(plan)).toContain(options === '' ? 'duckdb:' : 'embedded:');
      const [result] = await session.sql(sql);
      if (result?.kind !== 'query') throw new Error('not a query');
      await result.job.wait();
      const { rows } = await result.job.query({ rows: Infinity, tail: 0 });
      await session.close();
      return rows.map((row) => row.map(String).join()).sort();
    };
    for (const sql of [
      'SELECT k, COUNT(*), COUNT(v), SUM(v), AVG(v), MIN(v), MAX(ts) FROM e GROUP BY k',
      'SELECT COUNT(*), SUM(v) FROM e WHERE v > 1000',
      `SELECT window_start, window_end, k, COUNT(*) FILTER (WHERE v IS NULL) FROM TABLE(HOP(TABLE e, DESCRIPTOR(ts), INTERVAL '10' MINUTE, INTERVAL '30' MINUTE)) GROUP BY window_start, window_end, k`,
      `SELECT window_end, SUM(v + 1), COUNT(DISTINCT v) FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '15' MINUTE, INTERVAL '5' MINUTE)) GROUP BY window_start, window_end`,
      "SELECT v, CASE WHEN k = 'a' THEN 1 ELSE 2 END FROM e WHERE k IN ('a', 'b') AND NOT (v < 400) ORDER BY v LIMIT 5",
      'SELECT a.v, b.k FROM e a JOIN e b ON a.v = b.v WHERE a.v < 20',
    ]) {
      // An option that DuckDB's reader does not have sends the same query to the embedded engine.
      expect(await run('', sql)).toEqual(await run(", 'csv.allow-comments' = 'true'", sql));
    }
  });
});
