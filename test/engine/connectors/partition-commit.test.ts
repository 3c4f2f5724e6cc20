import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connector } from '../../../engine/connectors/registry.ts';
import { batchOf } from '../../../engine/data/batch-rows.ts';
import { INT, STRING } from '../../../engine/types/type.ts';
import { table } from '../../support/source.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'commit-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const schema = [
  { name: 'a', type: INT },
  { name: 'day', type: STRING },
  { name: 'hour', type: STRING },
];
const at = (text: string): number => Date.parse(`${text}Z`);

async function open(options: Record<string, string>, now: () => number = () => 0) {
  const definition = table(
    { a: INT, day: STRING, hour: STRING },
    {
      connector: 'filesystem',
      format: 'json',
      path: folder,
      'sink.partition-commit.policy.kind': 'success-file',
      ...options,
    },
  );
  return connector('filesystem').createSink!({
    table: { ...definition, partitionedBy: ['day', 'hour'] },
    schema,
    timeZone: 'UTC',
    baseDirectory: folder,
    clock: { now, monotonic: now, sleep: async () => {} },
    print: () => {},
    signal: new AbortController().signal,
  });
}
const done = (): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.includes('_')).sort();

test('a partition is complete when the watermark has passed its time and the delay', async () => {
  const sink = await open({
    'sink.partition-commit.trigger': 'partition-time',
    'sink.partition-commit.delay': '1 h',
    'partition.time-extractor.timestamp-pattern': '$day $hour:00:00',
  });
  const row = (a: number, hour: string) => batchOf(schema, [[a, '2024-01-01', hour]]);
  await sink.write(row(1, '10'));
  sink.advance!(at('2024-01-01T11:00:00'));
  await sink.write(row(2, '11'));
  expect(done()).toEqual([]);
  sink.advance!(at('2024-01-01T11:00:00.001'));
  await sink.write(row(3, '12'));
  expect(done()).toEqual([join('day=2024-01-01', 'hour=10', '_SUCCESS')]);
  expect(readdirSync(join(folder, 'day=2024-01-01', 'hour=10'))).toHaveLength(2);
  await sink.flush();
  await sink.close();
  expect(done()).toHaveLength(3);
});

test('by the clock, with another name', async () => {
  let now = 0;
  const sink = await open(
    { 'sink.partition-commit.delay': '10 s', 'sink.partition-commit.success-file.name': 'is_done' },
    () => now,
  );
  await sink.write(batchOf(schema, [[1, 'x', 'y']]));
  now = 10_001;
  await sink.write(batchOf(schema, [[1, 'x', 'z']]));
  expect(done()).toEqual([join('day=x', 'hour=y', 'is_done')]);
  await sink.close();
});
