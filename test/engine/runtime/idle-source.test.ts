// Sources that are silent for longer than they may do not hold back the watermarks of others.
import { afterAll, describe, expect, test } from 'vitest';
import type { Connector, Source } from '../../../engine/connectors/connector.ts';
import { registerConnector } from '../../../engine/connectors/registry.ts';
import { batchOf, rowAt, type Row } from '../../../engine/data/batch-rows.ts';
import { Session } from '../../../engine/session.ts';
import { runSql } from '../../support/run-sql.ts';

/** Rows (second, k) at once, then silence without end. */
const quiet: Connector = {
  name: 'quiet',
  summary: 'rows, then silence',
  options: [{ name: 'seconds', kind: 'string', summary: 'of the rows' }],
  formats: [],
  metadata: {},
  isBounded: () => false,
  createSource: async ({ table, schema, signal }): Promise<Source> => {
    const seconds = (table.options['seconds'] ?? '').split(',').filter((text) => text !== '');
    const rows = seconds.map((second): Row =>
      schema.map(({ name }) => (name === 'ts' ? Number(second) * 1000 : second)),
    );
    let sent = false;
    return {
      boundedness: 'unbounded',
      splits: async () => [{ id: 'all', start: {} }],
      open: async () => ({
        read: async () => {
          if (sent && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 2));
          const batch = sent || rows.length === 0 ? undefined : batchOf(schema, rows);
          sent = true;
          return { batch, position: {}, done: false };
        },
        close: async () => {},
      }),
      close: async () => {},
    };
  },
};
afterAll(registerConnector(quiet));

const tables = (idle: string): string => `
  CREATE TABLE a (k STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'quiet', 'seconds' = '1,2,3,14', 'scan.watermark.idle-timeout' = '1 h');
  CREATE TABLE b (k STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'quiet', 'seconds' = '2'${idle});`;
const option = ", 'scan.watermark.idle-timeout' = '20 ms'";

/** The first rows that come of a query that never ends. */
async function first(count: number, script: string, config: Record<string, string> = {}): Promise<string[]> {
  const session = new Session({
    placement: 'local',
    config: { 'table.local-time-zone': 'UTC', 'pipeline.auto-watermark-interval': '0 ms', ...config },
  });
  try {
    const results = await session.sql(script, { collect: 'changes' });
    const rows: string[] = [];
    for (const result of results) {
      if (result.kind !== 'query') continue;
      for await (const batch of result.job.changes()) {
        for (let i = 0; i < batch.length; i++) rows.push(rowAt(batch, i).map(String).join());
        if (rows.length >= count) void result.job.cancel();
      }
    }
    return rows.toSorted();
  } finally {
    await session.close();
  }
}

const windows = (table: string): string =>
  `SELECT COUNT(*) AS n FROM TUMBLE((${table}), DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY window_start, window_end;`;

describe('a silent source', () => {
  test('is left out of a UNION’s watermark, by the table’s option', async () => {
    expect(await first(1, tables(option) + windows('SELECT * FROM a UNION ALL SELECT * FROM b'))).toEqual(['4']);
  });
  test('and of an interval join’s, by the session’s', async () => {
    const joined =
      "SELECT a.k, b.k AS bk FROM a LEFT JOIN b ON a.k = b.k AND a.ts BETWEEN b.ts AND b.ts + INTERVAL '1' SECOND;";
    const rows = await first(3, tables('') + joined, { 'table.exec.source.idle-timeout': '20 ms' });
    expect(rows).toEqual(['1,null', '2,2', '3,null']);
  });
});

describe('scan.watermark.emit', () => {
  const table = (options: string): string => `
    CREATE TABLE t (k INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'inline', ${options}
      'data' = '[[1, "2024-01-01 00:00:00"], [2, "2024-01-01 00:00:10"], [3, "2024-01-01 00:00:05"], [4, "2024-01-01 00:00:20"]]');
    SELECT k, CURRENT_WATERMARK(ts) AS w FROM t;`;
  const watermarks = async (options: string): Promise<string[]> =>
    (await runSql(table(options), { config: { 'pipeline.auto-watermark-interval': '1 h' } })).changes.map((text) =>
      text.replace('2024-01-01 00:', ''),
    );
  test('on-event sends a watermark after every row, or every n rows, whatever the interval', async () => {
    const every = ['+I [1, NULL]', '+I [2, 00:00.000]', '+I [3, 00:10.000]', '+I [4, 00:10.000]'];
    expect(await watermarks("'scan.watermark.emit.strategy' = 'on-event',")).toEqual(every);
    const third = ['+I [1, NULL]', '+I [2, NULL]', '+I [3, NULL]', '+I [4, 00:10.000]'];
    expect(
      await watermarks("'scan.watermark.emit.strategy' = 'on-event', 'scan.watermark.emit.on-event.gap' = '3',"),
    ).toEqual(third);
  });
});
