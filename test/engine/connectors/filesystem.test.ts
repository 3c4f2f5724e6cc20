import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { CHUNK_BYTES, planChunks } from '../../../engine/connectors/chunks.ts';
import { FileChunkReader } from '../../../engine/connectors/file-chunk-reader.ts';
import { rowsOf } from '../../../engine/data/batch-rows.ts';
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
    const lines = Array.from({ length: 30_000 }, (_, i) => `{"a":${i},"b":"${'x'.repeat(i % 60)}"}\n`);
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
