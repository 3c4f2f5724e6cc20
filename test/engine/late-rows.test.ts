/** Rows that come too late: counted by every operator that drops them, and there to be looked at. */
import { afterEach, expect, test } from 'vitest';
import { valueAt } from '../../engine/data/column-read.ts';
import { Session } from '../../engine/session.ts';
import type { Value } from '../../engine/types/value.ts';

const sessions: Session[] = [];
afterEach(() => Promise.all(sessions.splice(0).map((session) => session.close())));

const ticks = `CREATE TABLE ticks (id INT, symbol STRING, ts TIMESTAMP(3), price INT, WATERMARK FOR ts AS ts - INTERVAL '2' SECOND)
WITH ('connector' = 'filesystem', 'path' = 'test/sql/data/ticks.json', 'format' = 'json');`;

async function run(session: Session, sql: string): Promise<Value[][]> {
  const last = (await session.sql(sql, { collect: 'changes' })).at(-1)!;
  if (last.kind !== 'query') throw new Error('no query');
  const rows: Value[][] = [];
  for await (const { columns, length } of last.job.changes()) {
    for (let i = 0; i < length; i++) rows.push(columns.map((column) => valueAt(column, i)));
  }
  return rows;
}

const queries: Readonly<Record<string, string>> = {
  'a window function':
    "SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE ticks, DESCRIPTOR(ts), INTERVAL '2' SECOND)) GROUP BY window_start, window_end",
  'an older window': "SELECT COUNT(*) FROM ticks GROUP BY TUMBLE(ts, INTERVAL '2' SECOND)",
  'a session': "SELECT COUNT(*) FROM ticks GROUP BY symbol, SESSION(ts, INTERVAL '1' SECOND)",
  'ORDER BY': 'SELECT id, ts FROM ticks ORDER BY ts',
  OVER: 'SELECT COUNT(*) OVER (PARTITION BY symbol ORDER BY ts) FROM ticks',
  MATCH_RECOGNIZE:
    'SELECT * FROM ticks MATCH_RECOGNIZE (ORDER BY ts MEASURES A.id AS a PATTERN (A B) DEFINE B AS B.price > A.price)',
};

test('late rows of a job', async () => {
  const session = new Session({ placement: 'local' });
  sessions.push(session);
  await session.sql(ticks);
  await run(session, queries['a window function']!);
  const [report, ...others] = await session.jobs.at(-1)!.lateRows();
  expect(others).toEqual([]);
  expect(report).toMatchObject({ dropped: 1 });
  expect(report!.rows.map((row) => JSON.parse(row) as unknown)).toMatchObject([{ ts: '2024-01-01T10:00:02' }]);
});

for (const [name, sql] of Object.entries(queries)) {
  test(`${name}: late_rows in SQL`, async () => {
    const session = new Session({ placement: 'local' });
    sessions.push(session);
    await session.sql(ticks);
    await run(session, sql);
    const job = session.jobs.at(-1)!;
    expect(job.metrics.lateRows).toBe(1);
    const rows = await run(session, `SELECT dropped, \`row\` FROM late_rows('${job.name}')`);
    expect(rows.map(([dropped, row]) => [dropped, (JSON.parse(row as string) as { ts: string }).ts])).toEqual([
      [1n, '2024-01-01T10:00:02'],
    ]);
  });
}

test('a job that is not there', async () => {
  const session = new Session({ placement: 'local' });
  sessions.push(session);
  await expect(session.sql("SELECT * FROM late_rows('nosuch')")).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
  await expect(session.sql('SELECT * FROM late_rows(1)')).rejects.toMatchObject({ code: 'SQL_INVALID' });
});
