// What a job as a whole does: ends, batch mode, mini-batches, guards before sinks.
import { describe, expect, test } from 'vitest';
import { runSql } from '../../support/run-sql.ts';

const rows = (columns: string, data: unknown): string =>
  `CREATE TABLE t (${columns}) WITH ('connector' = 'inline', 'data' = '${JSON.stringify(data)}');`;
const words = rows('w STRING, n INT', [
  ['a', 1],
  ['b', 2],
  ['a', 3],
  ['a', 4],
  ['b', 5],
]);

describe('A LIMIT that is full ends the job', () => {
  const endless = `CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000000000');`;

  test('of an endless source', async () => {
    const { changes } = await runSql(`${endless} SELECT id FROM g WHERE id % 2 = 0 LIMIT 2;`);
    expect(changes).toEqual(['+I [2]', '+I [4]']);
  });
  test('and what stands above it sees the end of its input', async () => {
    const { table } = await runSql(`${endless} SELECT COUNT(*), SUM(id) FROM (SELECT id FROM g LIMIT 10);`);
    expect(table).toEqual(['[10, 55]']);
  });
  test('but not while another branch still reads', async () => {
    const { table } = await runSql(
      `${words} SELECT w FROM (SELECT w FROM t LIMIT 1) UNION ALL SELECT w FROM t WHERE n > 3;`,
    );
    expect(table).toEqual(['[a]', '[a]', '[b]']);
  });
});

describe('Batch mode', () => {
  test('gives every group once, when the input has ended', async () => {
    const { changes } = await runSql(`${words} SELECT w, COUNT(*), SUM(n) FROM t GROUP BY w;`, { mode: 'batch' });
    expect(changes).toEqual(['+I [a, 3, 8]', '+I [b, 2, 7]']);
  });
  test('has a row even of nothing for an aggregate without keys', async () => {
    const { changes } = await runSql(`${words} SELECT COUNT(*), SUM(n) FROM t WHERE n > 9;`, { mode: 'batch' });
    expect(changes).toEqual(['+I [0, NULL]']);
  });
  test('sorts what aggregates give at the end', async () => {
    const { changes } = await runSql(`${words} SELECT w, SUM(n) AS s FROM t GROUP BY w ORDER BY s;`, { mode: 'batch' });
    expect(changes).toEqual(['+I [b, 7]', '+I [a, 8]']);
  });
  test('knows no late rows', async () => {
    const events = `CREATE TABLE e (ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'inline',
      'data' = '[["2024-01-01 00:00:05"], ["2024-01-01 00:01:00"], ["2024-01-01 00:00:06"]]');
      SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end;`;
    const [stream, batch] = [await runSql(events), await runSql(events, { mode: 'batch' })];
    expect(stream.table).toEqual(['[2024-01-01 00:00:00.000, 1]', '[2024-01-01 00:01:00.000, 1]']);
    expect(batch.table).toEqual(['[2024-01-01 00:00:00.000, 2]', '[2024-01-01 00:01:00.000, 1]']);
  });
  test('sees one moment', async () => {
    const { changes } = await runSql(
      `${words} SELECT COUNT(DISTINCT CURRENT_TIMESTAMP) FROM (SELECT * FROM t UNION ALL SELECT * FROM t);`,
      { mode: 'batch' },
    );
    expect(changes).toEqual(['+I [1]']);
  });
});

describe('Mini-batches', () => {
  const config = (size: string): Record<string, string> => ({
    'table.exec.mini-batch.enabled': 'true',
    'table.exec.mini-batch.allow-latency': '1 h',
    'table.exec.mini-batch.size': size,
  });
  const query = `${words} SELECT w, COUNT(*) FROM t GROUP BY w;`;

  test('send the net change of so many rows', async () => {
    const { changes } = await runSql(query, { config: config('4') });
    expect(changes).toEqual(['+I [a, 3]', '+I [b, 1]', '-U [b, 1]', '+U [b, 2]']);
  });
  test('of one row are the ordinary changelog', async () => {
    expect((await runSql(query, { config: config('1') })).changes).toEqual((await runSql(query)).changes);
  });
  test('need a latency and a size', async () => {
    await expect(runSql(query, { config: { 'table.exec.mini-batch.enabled': 'true' } })).rejects.toThrow('Latency');
    await expect(runSql(query, { config: config('0') })).rejects.toThrow('mini-batch.size');
  });
});

describe('NOT NULL', () => {
  const data = rows('a INT, b STRING', [
    [1, 'x'],
    [2, null],
    [3, 'z'],
  ]);
  const sink = `CREATE TABLE s (a INT, b STRING NOT NULL) WITH ('connector' = 'print');`;

  test('fails an INSERT', async () => {
    await expect(runSql(`${data} ${sink} INSERT INTO s SELECT a, b FROM t;`)).rejects.toThrow(
      "RUNTIME_NULL: Column 'b' is NOT NULL",
    );
  });
  test('leaves rows out when told', async () => {
    const { printed } = await runSql(`${data} ${sink} INSERT INTO s SELECT a, b FROM t;`, {
      config: { 'table.exec.sink.not-null-enforcer': 'DROP' },
    });
    expect(printed).toEqual(['+I[1, x]', '+I[3, z]']);
  });
});
