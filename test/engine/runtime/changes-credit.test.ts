import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { built } from '../../support/build.ts';

const script = `
  CREATE TABLE departures (scheduled TIMESTAMP(3), delay INT, carrier STRING, flight INT, origin STRING, dest STRING, distance INT,
    WATERMARK FOR scheduled AS scheduled - INTERVAL '1' HOUR)
  WITH ('connector' = 'filesystem', 'path' = '\${DIR}/departures.csv', 'format' = 'csv', 'csv.null-literal' = 'NA');
  SELECT origin, COUNT(*) FROM (
    SELECT window_start, origin, COUNT(*) AS n FROM TUMBLE(TABLE departures, DESCRIPTOR(scheduled), INTERVAL '1' HOUR)
    GROUP BY window_start, window_end, origin)
  GROUP BY origin;
`;

it('a job that has sent more batches of changes than its reader has taken goes on when they are taken', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-credit-'));
  const file = join(folder, 'credit.sql');
  writeFileSync(file, script);
  const data = fileURLToPath(new URL('../../../notebooks/data', import.meta.url));
  const args = [built('kernel/main.js'), 'sql', file, '--format', 'ndjson', '--var', `DIR=${data}`];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  // the first change of an origin is one row, each further one is -U and +U
  expect(stdout.match(/"kind":"\+I"/g)).toHaveLength(3);
  expect(stdout.match(/"kind":"\+U"/g)!.length).toBeGreaterThan(500);
  rmSync(folder, { recursive: true });
}, 60_000);
