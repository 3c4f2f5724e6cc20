// Where a job runs, and how many threads decode its file, changes nothing: the same changes in the same order.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rowAt } from '../../engine/data/batch-rows.ts';
import { rowKey } from '../../engine/data/key.ts';
import type * as sessions from '../../engine/session.ts';
import { makeRandom } from '../engine/optimize/random-query.ts';
import { built } from '../support/build.ts';

/** Above the size from which files are decoded by several threads. */
const ROWS = 75_000;

let directory = '';
// The compiled engine: threads cannot run the sources as they are.
let Session: typeof sessions.Session;

beforeAll(async () => {
  ({ Session } = (await import(pathToFileURL(built('engine/session.js')).href)) as typeof sessions);
  directory = mkdtempSync(join(tmpdir(), 'millrace-placement-'));
  const random = makeRandom(1);
  const int = (below: number): number => Math.floor(random() * below);
  const lines: string[] = [];
  for (let i = 0; i < ROWS; i++) {
    // In event time rows are up to nine seconds out of order, behind a watermark of five.
    const at = new Date(Date.UTC(2024, 0, 1) + i * 20 - int(9000)).toISOString().replace('T', ' ').slice(0, -1);
    const word = 'wörter'.repeat(1 + int(12));
    lines.push(`{"id":${i},"k":"k${int(50)}","n":${int(1000) - 500},"text":"${word}","ts":"${at}"}`);
  }
  writeFileSync(join(directory, 'events.json'), `${lines.join('\n')}\n`);
  // Lanes of several chunks, of one, and of none; the short one is early.
  mkdirSync(join(directory, 'lanes'));
  const parts = [
    lines.filter((_, i) => i % 8 !== 0 || i > ROWS / 4),
    lines.filter((_, i) => i % 8 === 0 && i <= ROWS / 4),
    [],
  ];
  parts.forEach((part, i) =>
    writeFileSync(join(directory, 'lanes', `${i}.json`), part.map((line) => `${line}\n`).join('')),
  );
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const lanes = `CREATE TABLE lanes WITH ('connector' = 'filesystem', 'path' = 'lanes', 'format' = 'json') LIKE events (EXCLUDING OPTIONS);`;
const events = `CREATE TABLE events (id INT, k STRING, n INT, text STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
  WITH ('connector' = 'filesystem', 'path' = 'events.json', 'format' = 'json');`;

async function fingerprint(query: string, placement: 'local' | 'worker', decoders: number): Promise<string> {
  const session = new Session({
    placement,
    baseDirectory: directory,
    config: {
      'table.local-time-zone': 'UTC',
      'pipeline.auto-watermark-interval': '0 ms',
      'millrace.decoders': String(decoders),
      'parallelism.default': query.includes('lanes') ? '3' : '1',
    },
  });
  const hash = createHash('sha1');
  let changes = 0;
  try {
    const result = (await session.sql(`${events} ${lanes} ${query};`, { collect: 'changes' })).at(-1)!;
    if (result.kind !== 'query') throw new Error('a query was expected');
    for await (const batch of result.job.changes()) {
      for (let i = 0; i < batch.length; i++) hash.update(`${batch.kinds?.[i] ?? 0}${rowKey(rowAt(batch, i))}\n`);
      changes += batch.length;
    }
    const { rowsIn, lateRows } = result.job.metrics;
    return `${changes} changes of ${rowsIn} rows, ${lateRows} late: ${hash.digest('hex')}`;
  } finally {
    await session.close();
  }
}

describe('One thread ≡ several', () => {
  test.each([
    ['a filter', "SELECT id, k, text FROM events WHERE n > 300 AND k <> 'k7'"],
    ['GROUP BY', 'SELECT k, COUNT(*) AS c, SUM(n) AS s FROM events WHERE n % 5 = 0 GROUP BY k'],
    [
      'windows with late rows',
      "SELECT window_start, window_end, n % 3 AS m, COUNT(*) AS c, MAX(text) AS t FROM TABLE(HOP(TABLE events, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '2' SECOND)) GROUP BY window_start, window_end, n % 3",
    ],
    [
      'sessions with late rows',
      "SELECT k, COUNT(*) AS c, SESSION_START(ts, INTERVAL '1' SECOND) AS s FROM events GROUP BY k, SESSION(ts, INTERVAL '1' SECOND)",
    ],
    ['rows behind the watermark', 'SELECT id FROM events WHERE ts <= CURRENT_WATERMARK(ts)'],
    [
      'lanes that end at different times',
      "SELECT window_start, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE lanes, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY window_start, window_end",
    ],
    [
      'two readers of one source',
      'SELECT k, n FROM events WHERE n > 495 UNION ALL SELECT text, COUNT(*) FROM events GROUP BY text',
    ],
  ])(
    '%s',
    async (_, query) => {
      const wanted = await fingerprint(query, 'local', 0);
      expect(wanted).toContain(`of ${ROWS} rows`);
      expect(Number(/^\d+/.exec(wanted)![0])).toBeGreaterThan(0);
      const isWindowed = /HOP|SESSION|TUMBLE/.test(query);
      expect(/ (\d+) late/.exec(wanted)![1] === '0').toBe(!isWindowed);
      for (const decoders of query.includes('HOP') ? [0, 1, 3] : [2])
        expect(await fingerprint(query, 'worker', decoders)).toBe(wanted);
    },
    60_000,
  );
});
