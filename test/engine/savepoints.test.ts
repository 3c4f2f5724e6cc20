// Savepoints as users make them: by STOP JOB, by options, by the command.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registerConnector } from '../../engine/connectors/registry.ts';
import { Session } from '../../engine/session.ts';
import { built } from '../support/build.ts';
import { held, holds, untilHeld } from '../support/held-connector.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-savepoints-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('in a session', () => {
  let forget: () => void;
  beforeAll(() => {
    forget = registerConnector(held);
  });
  afterAll(() => forget());

  const table = `CREATE TABLE t (k STRING, n INT) WITH ('connector' = 'held', 'piece' = '1', 'data' = '[["a", 1], ["b", 2], ["a", 3], ["b", 4]]');`;
  const query = `${table} SELECT k, SUM(n) AS s FROM t GROUP BY k;`;
  const open = (config: Readonly<Record<string, string>> = {}): Session =>
    new Session({ placement: 'local', readyWorker: false, baseDirectory: folder, config });

  async function stopped(session: Session): Promise<string> {
    holds.set('t', 2);
    const reached = untilHeld();
    await session.sql(query, { name: 'sums' });
    await reached;
    const [result] = await session.sql(`STOP JOB '${session.job('sums').id}' WITH SAVEPOINT`);
    holds.clear();
    if (result?.kind !== 'rows') throw new Error('STOP JOB gives the path');
    expect(result.columns.map(({ name }) => name)).toEqual(['savepoint path']);
    return result.rows[0]![0] as string;
  }

  test('the result goes on where it was', async () => {
    const session = open({ 'execution.checkpointing.savepoint-dir': 'sp' });
    const path = await stopped(session);
    expect(session.job('sums').state).toBe('FINISHED');
    expect((await session.job('sums').query({ rows: 9, tail: 0 })).rows).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    await session.sql(`SET 'execution.state-recovery.path' = '${path}';`);
    const [result] = await session.sql('SELECT k, SUM(n) AS s FROM t GROUP BY k;', { name: 'again' });
    if (result?.kind !== 'query') throw new Error('a query');
    await result.job.wait();
    expect((await result.job.query({ rows: 9, tail: 0 })).rows).toEqual([
      ['a', 4],
      ['b', 6],
    ]);
    await session.close();
  });

  test('a plan that the state does not fit is refused in words of Flink, unless it may be dropped', async () => {
    const session = open({ 'state.savepoints.dir': 'sp' });
    const path = await stopped(session);
    await session.sql(`SET 'execution.savepoint.path' = '${path}';`);
    const other = 'SELECT k, MAX(n) AS m FROM t GROUP BY k;';
    const [refused] = await session.sql(other);
    if (refused?.kind !== 'query') throw new Error('a query');
    await expect(refused.job.wait()).rejects.toThrow(
      /Cannot map checkpoint\/savepoint state for operator GroupAggregate/,
    );
    await session.sql(`SET 'execution.state-recovery.ignore-unclaimed-state' = 'true';`);
    const [begun] = await session.sql(other);
    if (begun?.kind !== 'query') throw new Error('a query');
    await begun.job.wait();
    expect((await begun.job.query({ rows: 9, tail: 0 })).rows).toEqual([
      ['a', 3],
      ['b', 4],
    ]);
    await session.close();
  });

  test('without a directory Flink says which option names it', async () => {
    const session = open();
    holds.set('t', 2);
    const reached = untilHeld();
    await session.sql(query, { name: 'sums' });
    await reached;
    await expect(session.sql(`STOP JOB 'sums' WITH SAVEPOINT`)).rejects.toThrow(/No savepoint directory configured/);
    await session.sql(`STOP JOB 'sums'`);
    expect(session.job('sums').state).toBe('CANCELED');
    await expect(session.job('sums').stop(folder)).rejects.toThrow(/cannot stop job sums/);
    holds.clear();
    await session.close();
  });

  test('a savepoint that cannot be written leaves the job running', async () => {
    writeFileSync(join(folder, 'file'), '');
    const session = open();
    holds.set('t', 2);
    const reached = untilHeld();
    await session.sql(query, { name: 'sums' });
    await reached;
    await expect(session.job('sums').stop(join(folder, 'file'))).rejects.toThrow(/CONNECTOR_IO/);
    holds.clear();
    await session.job('sums').wait();
    expect((await session.job('sums').query({ rows: 9, tail: 0 })).rows).toEqual([
      ['a', 4],
      ['b', 6],
    ]);
    await session.close();
  });

  test('WITH DRAIN sends out what waits for time', async () => {
    const session = open({ 'execution.checkpointing.savepoint-dir': 'sp' });
    holds.set('w', 2);
    const reached = untilHeld();
    await session.sql(
      `CREATE TABLE w (n INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'held', 'piece' = '1',
         'data' = '[[1, "2024-01-01 00:00:00"], [2, "2024-01-01 00:00:01"], [3, "2024-01-01 00:00:02"]]');
       SELECT SUM(n) AS s FROM TABLE(TUMBLE(TABLE w, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;`,
      { name: 'window' },
    );
    await reached;
    await session.sql(`STOP JOB 'window' WITH SAVEPOINT WITH DRAIN`);
    holds.clear();
    expect((await session.job('window').query({ rows: 9, tail: 0 })).rows).toEqual([[3]]);
    await session.close();
  });
});

describe('by the command', () => {
  const ROWS = 80_000;
  const command = built('kernel/main.js');
  const create = `CREATE TABLE events (id INT, k STRING, n INT, text STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
    WITH ('connector' = 'filesystem', 'path' = 'events.json', 'format' = 'json');`;
  const script = (name: string): string => join(folder, `${name}.sql`);

  beforeAll(() => {
    const lines = Array.from({ length: ROWS }, (_, i) => {
      const at = new Date(Date.UTC(2024, 0, 1) + i * 20 - ((i * 7919) % 9000))
        .toISOString()
        .replace('T', ' ')
        .slice(0, -1);
      return `{"id":${i},"k":"k${(i * 31) % 50}","n":${((i * 17) % 1000) - 500},"text":"${'wörter'.repeat(1 + (i % 12))}","ts":"${at}"}\n`;
    });
    // Above the size from which files are decoded by several threads.
    writeFileSync(join(folder, 'events.json'), lines.join(''));
    writeFileSync(
      script('windows'),
      `${create} SELECT window_start, k, COUNT(*) AS c, MAX(text) AS m FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY window_start, window_end, k;`,
    );
    writeFileSync(script('groups'), `${create} SELECT k, COUNT(*) AS c, SUM(n) AS s FROM events GROUP BY k;`);
  });

  const args = (name: string, decoders: number): string[] => [
    ...[command, 'sql', script(name), '--format', 'ndjson', '--set', `millrace.decoders=${decoders}`],
  ];
  const whole = (name: string, decoders: number, ...more: string[]): string[] => {
    const { stdout, status } = spawnSync(process.execPath, [...args(name, decoders), ...more], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    expect(status).toBe(0);
    return stdout.split('\n').filter((line) => line.startsWith('{"kind"'));
  };
  /** Its output until the signal that follows the first rows has ended it. */
  async function interrupted(child: ChildProcess, signal: NodeJS.Signals): Promise<string[]> {
    let text = '';
    child.stdout!.setEncoding('utf8').on('data', (piece: string) => {
      if (text === '') child.kill(signal);
      text += piece;
    });
    await new Promise((resolve) => child.once('close', resolve));
    return text.split('\n').filter((line) => line.startsWith('{"kind"'));
  }
  const digest = (lines: readonly string[]): string =>
    `${lines.length} ${createHash('sha256').update(lines.join('\n')).digest('hex')}`;

  test.each([
    ['windows', 2, 0],
    ['windows', 0, 2],
  ])('%s: stopped with %i decoders, resumed with %i', { timeout: 120_000 }, async (name, before, after) => {
    const directory = join(folder, `${name}-${before}`);
    const child = spawn(process.execPath, [...args(name, before), '--savepoint', directory]);
    const first = await interrupted(child, 'SIGINT');
    expect(child.exitCode).toBe(0);
    const rest = existsSync(directory) ? whole(name, after, '--resume', directory) : [];
    expect(digest([...first, ...rest])).toBe(digest(whole(name, after)));
  });

  test('killed while it writes, it leaves a whole savepoint or none', { timeout: 120_000 }, async () => {
    const all = whole('groups', 0);
    for (const delay of [0, 3]) {
      const directory = join(folder, `killed-${delay}`);
      const child = spawn(process.execPath, [...args('groups', 0), '--savepoint', directory]);
      const output = interrupted(child, 'SIGTERM');
      while (child.exitCode === null && child.signalCode === null && !existsSync(directory)) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill('SIGKILL');
      const first = await output;
      const isWhole =
        existsSync(directory) && readdirSync(directory).some((name) => existsSync(join(directory, name, '_metadata')));
      const { status, stdout } = spawnSync(process.execPath, [...args('groups', 0), '--resume', directory], {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      });
      if (!isWhole) {
        // Either it had come to its end before the signal, or nothing can be resumed.
        if (existsSync(directory)) expect(status).toBe(2);
        continue;
      }
      expect(status).toBe(0);
      // What the killed process had not yet written to its pipe is lost; what was written and what follows fit together.
      const rest = stdout.split('\n').filter((line) => line.startsWith('{"kind"'));
      expect(rest).toEqual(all.slice(all.length - rest.length));
      expect(first).toEqual(all.slice(0, first.length));
    }
  });
});
