import { expect, test } from 'vitest';
import { runSql } from '../../support/run-sql.ts';

test('windows of a join lie on the wall clock of the session: they fire, and rows are late, by its hours', async () => {
  const table = (name: string, rows: readonly (readonly [string, string])[]): string => `
    CREATE TABLE ${name} (id STRING, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts)
    WITH ('connector' = 'inline', 'data' = '${JSON.stringify(rows)}');`;
  const windows = (name: string): string => `TABLE(TUMBLE(TABLE ${name}, DESCRIPTOR(ts), INTERVAL '1' DAY))`;
  const script = `
    ${table('l', [['a', '2024-01-01 12:00:00.000Z'], ['b', '2024-01-01 20:00:00.000Z']])}
    ${table('r', [['c', '2024-01-01 12:00:00.000Z'], ['d', '2024-01-01 20:00:00.000Z'], ['late', '2024-01-01 13:00:00.000Z']])}
    SELECT x.id, y.id, x.window_end FROM (SELECT * FROM ${windows('l')}) x JOIN (SELECT * FROM ${windows('r')}) y
    ON x.window_start = y.window_start AND x.window_end = y.window_end`; // prettier-ignore
  const local = await runSql(script, { config: { 'table.local-time-zone': 'Asia/Shanghai' } });
  // In Shanghai the day ends at 16:00 UTC: the third row of the right side comes after that.
  expect(local.table).toEqual(['[a, c, 2024-01-02 00:00:00.000]', '[b, d, 2024-01-03 00:00:00.000]']);
  const utc = await runSql(script);
  expect(utc.table).toHaveLength(6);
});
