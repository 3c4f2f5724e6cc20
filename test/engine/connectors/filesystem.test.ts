import { appendFileSync, mkdtempSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { CHUNK_BYTES, planChunks } from '../../../engine/connectors/chunks.ts';
import { FileChunkReader } from '../../../engine/connectors/file-chunk-reader.ts';
import { batchOf, rowsOf } from '../../../engine/data/batch-rows.ts';
import { ManualClock } from '../../../engine/runtime/clock.ts';
import type { SplitReader } from '../../../engine/connectors/connector.ts';
import { connector } from '../../../engine/connectors/registry.ts';
import { BIGINT, STRING, TIMESTAMP_LTZ } from '../../../engine/types/type.ts';
import { openSource, readBatches, readRows, sourceContext, table } from '../../support/source.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-fs-'));
});

const jsonTable = (path: string, options: Record<string, string> = {}) =>
  table({ a: BIGINT, b: STRING }, { connector: 'filesystem', path, format: 'json', ...options });

describe('filesystem source', () => {
  test('reads one file; a last line without newline counts', async () => {
    writeFileSync(join(dir, 'x.json'), '{"a":1,"b":"x"}\r\n\r\n{"a":2,"b":"y"}');
    expect(await readRows(sourceContext(jsonTable(join(dir, 'x.json'))))).toEqual([
      [1n, 'x'],
      [2n, 'y'],
    ]);
  });

  test('reads a folder in the order of the paths, without hidden files, with metadata', async () => {
    mkdirSync(join(dir, 'sub'));
    writeFileSync(join(dir, 'b.json'), '{"a":1}\n');
    writeFileSync(join(dir, 'a.json'), '{"a":2}\n');
    writeFileSync(join(dir, '.hidden'), '{"a":3}\n');
    writeFileSync(join(dir, '_under'), '{"a":4}\n');
    writeFileSync(join(dir, 'sub', 'c.json'), '{"a":5}\n');
    const source = table(
      { a: BIGINT },
      { connector: 'filesystem', path: dir, format: 'json' },
      { name: ['file.name', STRING], size: ['file.size', BIGINT], time: ['file.modification-time', TIMESTAMP_LTZ(3)] },
    );
    const rows = await readRows(sourceContext(source));
    expect(rows.map((row) => row.slice(0, 3))).toEqual([
      [2n, 'a.json', 8n],
      [1n, 'b.json', 8n],
      [5n, 'c.json', 8n],
    ]);
    expect(rows.every((row) => typeof row[3] === 'number')).toBe(true);
  });

  test('cuts batches by position: any position gives the same following batches', async () => {
    const path = join(dir, 'big.json');
    const lines = Array.from({ length: 30_000 }, (_, i) => `{"a":${i},"b":"${'x'.repeat(i % 1000)}"}\n`);
    writeFileSync(path, lines.join(''));
    const context = sourceContext(jsonTable(path));
    const batches = await readBatches(await openSource(context));
    expect(batches.length).toBe(Math.ceil(lines.join('').length / CHUNK_BYTES));
    const all = batches.flatMap(rowsOf);
    expect(all.length).toBe(30_000);
    expect(all[29_999]![0]).toBe(29_999n);

    const source = await openSource(context);
    const [split] = await source.splits();
    const first = await source.open(split!, split!.start);
    await first.read();
    const { position } = await first.read();
    const again = await source.open(split!, position);
    expect(rowsOf((await again.read()).batch!)).toEqual(rowsOf(batches[2]!));
  });

  test('chunks decoded on their own, in any order, are the batches of a sequential read', async () => {
    const path = join(dir, 'big.json');
    const lines = Array.from({ length: 9000 }, (_, i) => `{"a":${i},"b":"${'y'.repeat((i * 7919) % 300)}"}`);
    lines[100] = `{"a":100,"b":"${'z'.repeat(3 * CHUNK_BYTES)}"}`;
    writeFileSync(path, lines.join('\n'));
    const context = sourceContext(jsonTable(path));
    const sequential = (await readBatches(await openSource(context))).map(rowsOf);
    const source = await openSource(context);
    const spec = structuredClone(
      (source as unknown as { chunkSpec: ConstructorParameters<typeof FileChunkReader>[0] }).chunkSpec,
    );
    const chunks = planChunks({ path, size: Buffer.byteLength(lines.join('\n')), modified: 0 });
    const [one, two] = [new FileChunkReader(spec), new FileChunkReader(spec)];
    const results = chunks.map((chunk, i) => (i % 2 === 0 ? one : two).read(chunk));
    expect(results.map((result) => rowsOf(result.batch)).filter((rows) => rows.length > 0)).toEqual(sequential);
    for (let i = 1; i < results.length; i++) expect(results[i]!.start).toBe(results[i - 1]!.end);
  });

  test('a file that is not there is named', async () => {
    await expect(readRows(sourceContext(jsonTable(join(dir, 'no.json'))))).rejects.toMatchObject({
      code: 'CONNECTOR_IO',
      reason: `${join(dir, 'no.json')} does not exist`,
    });
  });

  test('a bad row is named by file, line and byte', async () => {
    writeFileSync(join(dir, 'x.json'), '{"a":1}\n{"a":2}\n{"a":"\\u0007<script>"}\n');
    await expect(readRows(sourceContext(jsonTable(join(dir, 'x.json'))))).rejects.toMatchObject({
      code: 'FORMAT_MALFORMED',
      reason: `${join(dir, 'x.json')}, line 3 (byte 16): "\\u0007<script>" is no BIGINT at column 6 of: {"a":"\\u0007<script>"}`,
    });
  });

  test('a half line at the end of a finished file is an error', async () => {
    writeFileSync(join(dir, 'x.json'), '{"a":1}\n{"a":2,"b"');
    await expect(readRows(sourceContext(jsonTable(join(dir, 'x.json'))))).rejects.toMatchObject({
      code: 'FORMAT_MALFORMED',
      reason: expect.stringContaining('line 2 (byte 8): unexpected end'),
    });
  });

  test('skipped rows are counted', async () => {
    writeFileSync(join(dir, 'x.json'), 'oops\n{"a":2}\n[1]\n');
    let skipped = 0;
    const source = jsonTable(join(dir, 'x.json'), { 'json.ignore-parse-errors': 'true' });
    const rows = await readRows(sourceContext(source, [['a']], { onSkipped: (n) => void (skipped += n) }));
    expect([rows, skipped]).toEqual([[[2n]], 2]);
  });
});

describe('compressed files', () => {
  test('read like others, and from any position', async () => {
    const path = join(dir, 'big.json.gz');
    const lines = Array.from({ length: 20_000 }, (_, i) => `{"a":${i},"b":"${'x'.repeat(i % 1000)}"}`);
    writeFileSync(path, gzipSync(lines.join('\n')));
    const context = sourceContext(jsonTable(path));
    const batches = await readBatches(await openSource(context));
    expect(batches.flatMap(rowsOf).map((row) => row[0])).toEqual(lines.map((_, i) => BigInt(i)));
    expect(batches.length).toBe(Math.ceil(lines.join('\n').length / CHUNK_BYTES));
    const source = await openSource(context);
    const [split] = await source.splits();
    const first = await source.open(split!, split!.start);
    const { position } = await first.read();
    await first.close();
    const again = await source.open(split!, position);
    expect(rowsOf((await again.read()).batch!)).toEqual(rowsOf(batches[1]!));
    await again.close();
  });

  test('broken ones and unknown ones are named', async () => {
    writeFileSync(join(dir, 'x.gz'), 'no gzip at all');
    await expect(readRows(sourceContext(jsonTable(join(dir, 'x.gz'))))).rejects.toMatchObject({ code: 'CONNECTOR_IO' });
    writeFileSync(join(dir, 'x.bz2'), '');
    await expect(readRows(sourceContext(jsonTable(join(dir, 'x.bz2'))))).rejects.toThrow('compressed with bz2');
  });
});

describe('followed files', () => {
  const follow = { 'source.monitor-interval': '1 s' };
  const setup = async (path: string) => {
    const clock = new ManualClock();
    const source = await openSource(sourceContext(jsonTable(path, follow), undefined, { clock }));
    return { clock, source };
  };
  /** Reads until nothing comes for two intervals of the clock. */
  const drain = async (reader: SplitReader, clock: ManualClock): Promise<unknown[]> => {
    const rows: unknown[] = [];
    for (let i = 0; i < 25; i++) {
      const reading = reader.read();
      clock.advance(100);
      const { batch, done } = await reading;
      if (batch !== undefined) rows.push(...rowsOf(batch));
      if (done) rows.push('done');
      if (done) break;
    }
    return rows;
  };

  test('half lines wait, new lines and new files are found', async () => {
    const path = join(dir, 'a.json');
    writeFileSync(path, '{"a":1}\n{"a":2,');
    const { clock, source } = await setup(dir);
    expect([source.boundedness, source.growing]).toEqual(['unbounded', true]);
    const [split] = await source.splits();
    const reader = await source.open(split!, split!.start);
    expect(await drain(reader, clock)).toEqual([[1n, null]]);
    appendFileSync(path, '"b":"x"}\n{"a":3}');
    expect(await drain(reader, clock)).toEqual([[2n, 'x']]);
    appendFileSync(path, '\n');
    expect(await drain(reader, clock)).toEqual([[3n, null]]);
    writeFileSync(join(dir, 'b.json'), '{"a":4}\n');
    expect((await source.splits()).map((found) => found.id)).toEqual([path, join(dir, 'b.json')]);
    unlinkSync(path);
    expect(await drain(reader, clock)).toEqual(['done']);
  });

  test('a file that vanishes with a half line, or shrinks, is an error', async () => {
    const path = join(dir, 'a.json');
    writeFileSync(path, '{"a":1}\n{"a":2,');
    const { clock, source } = await setup(path);
    const [split] = await source.splits();
    const reader = await source.open(split!, split!.start);
    await drain(reader, clock);
    writeFileSync(path, '{}\n');
    await expect(drain(reader, clock)).rejects.toThrow(`${path} ends at byte 3: it was shortened while it was read`);
    writeFileSync(path, '{"a":1}\n{"a":2,');
    const second = await source.open(split!, split!.start);
    await drain(second, clock);
    unlinkSync(path);
    await expect(drain(second, clock)).rejects.toMatchObject({
      code: 'CONNECTOR_IO',
      reason: `${path} does not exist`,
    });
  });
});

describe('filesystem sink', () => {
  const types = { a: BIGINT, b: STRING };
  const schema = Object.entries(types).map(([name, type]) => ({ name, type }));
  const open = (partitionedBy: string[] = [], options: Record<string, string> = {}) =>
    connector('filesystem').createSink!({
      table: { ...jsonTable(join(dir, 'out'), options), partitionedBy },
      schema,
      timeZone: 'UTC',
      baseDirectory: '/',
      print: () => {},
      signal: new AbortController().signal,
    });
  const files = (path = join(dir, 'out')): string[] =>
    (readdirSync(path, { recursive: true }) as string[]).filter((name) => /part-[^/]*$/.test(name)).sort();
  const visible = (): string[] => files().filter((name) => !/(^|\/)\./.test(name));

  test('files are seen when they are complete', async () => {
    const sink = await open();
    await sink.write(batchOf(schema, [[1n, 'x']]));
    await sink.write(batchOf(schema, [[2n, null]]));
    expect([visible().length, files().length]).toEqual([0, 1]);
    await sink.flush();
    await sink.close();
    const [file] = visible();
    expect(readFileSync(join(dir, 'out', file!), 'utf8')).toBe('{"a":1,"b":"x"}\n{"a":2,"b":null}\n');
    expect(await readRows(sourceContext(jsonTable(join(dir, 'out'))))).toEqual([
      [1n, 'x'],
      [2n, null],
    ]);
  });

  test('a new file begins beyond the size', async () => {
    const sink = await open([], { 'sink.rolling-policy.file-size': '20b' });
    for (let i = 0; i < 4; i++) await sink.write(batchOf(schema, [[BigInt(i), 'x']]));
    expect(visible().length).toBe(2);
    await sink.close();
  });

  test('two phases: prepared files are seen at commit, which may come twice', async () => {
    const sink = await open();
    await sink.write(batchOf(schema, [[1n, 'x']]));
    const prepared = await sink.prepareCommit(1);
    await sink.write(batchOf(schema, [[2n, 'y']]));
    expect(visible().length).toBe(0);
    await sink.commit(1, prepared);
    await sink.commit(1, prepared);
    expect(await readRows(sourceContext(jsonTable(join(dir, 'out'))))).toEqual([[1n, 'x']]);
    await sink.close();
  });

  test('partitions are folders', async () => {
    const sink = await open(['b']);
    await sink.write(
      batchOf(schema, [
        [1n, 'x'],
        [2n, null],
        [3n, 'a/b=c'],
        [4n, 'x'],
      ]),
    );
    await sink.flush();
    expect(visible().map((name) => name.replace(/part-.*/, ''))).toEqual([
      'b=__DEFAULT_PARTITION__/',
      'b=a%2Fb%3Dc/',
      'b=x/',
    ]);
    const x = visible().find((name) => name.startsWith('b=x'))!;
    expect(readFileSync(join(dir, 'out', x), 'utf8')).toBe('{"a":1}\n{"a":4}\n');
  });

  test('a folder that cannot be made is named', async () => {
    writeFileSync(join(dir, 'out'), '');
    await expect(open()).rejects.toMatchObject({ code: 'CONNECTOR_IO' });
  });
});
