// %%flinksql, %%sql, %job and the fluent API in a real kernel process.
import { writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelClient, type Executed } from '../support/kernel-client.ts';

const VIEW = 'application/vnd.millrace.view.v1+json';
let kernel: KernelClient;
const directory = mkdtempSync(join(tmpdir(), 'millrace-cells-'));

beforeAll(async () => {
  const lines = Array.from({ length: 1000 }, (_, i) => {
    const ts = new Date(Date.UTC(2024, 0, 1) + i * 1000).toISOString().slice(0, 19).replace('T', ' ');
    return JSON.stringify({ id: i, k: i % 2 === 0 ? 'even' : '<script>alert(1)</script>', v: i % 7, ts });
  });
  writeFileSync(join(directory, 'events.json'), `${lines.join('\n')}\n`);
  ({ client: kernel } = await KernelClient.start({ directory }));
  await ok(`%%flinksql
CREATE TABLE events (id BIGINT, k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = 'events.json')`);
}, 60_000);
afterAll(() => kernel.close());

async function ok(code: string): Promise<Executed> {
  const executed = await kernel.execute(code);
  expect(executed.reply, JSON.stringify(executed.reply)).toMatchObject({ status: 'ok' });
  return executed;
}
/** The last frame that a cell has shown. */
function lastFrame({ messages }: Executed): any {
  return messages.findLast(({ type }) => type === 'display_data' || type === 'update_display_data')!.content.data[VIEW];
}

describe('%%flinksql', () => {
  it('draws a windowed result as a chart by itself', async () => {
    const frame = lastFrame(
      await ok(`%%flinksql --wait -o per_minute
SELECT k, window_end, COUNT(*) AS n, SUM(v) AS total
FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '5' MINUTE)) GROUP BY k, window_start, window_end`),
    );
    expect(frame).toMatchObject({ view: 'chart', strip: { state: 'FINISHED', rowsIn: 1000, rowsOut: 8, late: 0 } });
    // Plotly reads a little HTML in names: they are escaped for it.
    expect(frame.chart.data.map((trace: any) => trace.name)).toEqual(['&lt;script&gt;alert(1)&lt;/script&gt;', 'even']);
    expect(frame.chart.data[1]).toMatchObject({
      x: expect.arrayContaining(['2024-01-01 00:05:00.000']),
      y: [150, 150, 150, 50],
    });
  });

  it('gives its result to TypeScript, to DuckDB and to the next SQL cell', async () => {
    expect((await ok('(await per_minute.rows()).length')).result).toBe('8');
    const { messages } = await ok(`%%sql\nSELECT sum(n)::INT AS all_rows FROM per_minute`);
    expect(JSON.stringify(messages.map(({ content }) => content))).toContain('1000');
  });

  it('puts a job down with --savepoint and takes it up with --resume', async () => {
    await ok(`%%flinksql
CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '200', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '100000')`);
    const query = 'SELECT COUNT(*) AS c, COUNT(DISTINCT n) AS d, MAX(n) AS m FROM numbers';
    const first = lastFrame(await ok(`%%flinksql --view table --rows 20 --savepoint sp\n${query}`));
    const second = lastFrame(await ok(`%%flinksql --view table --rows 40 --resume sp\n${query}`));
    expect(first.strip.state).toBe('FINISHED');
    const [before, after] = [first, second].map(({ table }) => table.rows[0].map(Number));
    expect(after[0]).toBeGreaterThan(before[0]);
    // No number is counted twice, none is left out.
    for (const [count, distinct, most] of [before, after]) expect([distinct, most]).toEqual([count, count]);
  });

  it('shows an unbounded query at once, and lets go of it by %job', async () => {
    await ok(`%%flinksql
CREATE TABLE ticks (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '200')`);
    const started = performance.now();
    await ok(`%%flinksql --name ticking\nSELECT COUNT(*) AS n FROM ticks`);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect((await ok('%job ticking pause')).stdout).toContain('PAUSED');
    expect((await ok('%job ticking resume')).stdout).toContain('RUNNING');
    expect((await ok('%job ticking cancel')).stdout).toContain('CANCELED');
    const again = await kernel.execute('%job ticking pause');
    expect(again.reply).toMatchObject({ status: 'error' });
    expect(again.reply.traceback.join('\n')).toContain('it is CANCELED');
  });

  it('--for and --rows end the cell and the job', async () => {
    const frame = lastFrame(await ok(`%%flinksql --for 500ms --view table\nSELECT n FROM ticks`));
    expect(frame.strip.state).toBe('CANCELED');
    expect(
      lastFrame(await ok(`%%flinksql --rows 5 --view table\nSELECT n FROM ticks`)).strip.rowsOut,
    ).toBeGreaterThanOrEqual(5);
  });

  it('completes and explains what the session knows', async () => {
    const ask = async (type: string, marked: string): Promise<any> => {
      const cursor_pos = marked.indexOf('|');
      return (await kernel.request(type, { code: marked.replace('|', ''), cursor_pos, detail_level: 0 })).content;
    };
    const { matches } = await ask('complete_request', '%%flinksql\nSELECT * FROM ev|');
    expect(matches).toEqual(['events']);
    expect((await ask('complete_request', '%%flinksql\nSELECT e.| FROM events AS e')).matches).toEqual([
      'id',
      'k',
      'v',
      'ts',
    ]);
    expect(
      (await ask('inspect_request', '%%flinksql\nSELECT DATE_FOR|MAT(ts) FROM events')).data['text/plain'],
    ).toContain('DATE_FORMAT(');
  });

  it('--speed reads at the pace of event time, --param binds a value', async () => {
    const started = performance.now();
    // 1000 s of events, 1000 times as fast.
    const frame = lastFrame(
      await ok(`%%flinksql --wait --speed 1000x --param least=3 --view table
SELECT COUNT(*) AS n FROM events WHERE v >= :least`),
    );
    expect(performance.now() - started).toBeGreaterThan(900);
    expect(JSON.stringify(frame)).toContain('571');
    const wrong = await kernel.execute('%%flinksql --speed soon\nSELECT * FROM events');
    expect(wrong.reply.traceback.join('\n')).toContain("must be like '600x' or 'max'");
    const from = await kernel.execute('%%flinksql --from yesterday\nSELECT * FROM events');
    expect(from.reply.traceback.join('\n')).toContain('--from yesterday is no time');
  });

  it('binds variables as values, never as text', async () => {
    await ok(`const wanted = "x' OR '1' = '1"; const numbers = [1, 2, 3]`);
    const none = lastFrame(await ok(`%%flinksql --wait --view table\nSELECT id FROM events WHERE k = :wanted`));
    expect(none.table.total).toBe(0);
    const some = lastFrame(
      await ok(
        `%%flinksql --wait --view table\nSELECT id FROM events WHERE id IN (:...numbers) OR id = {{numbers.length * 2}}`,
      ),
    );
    expect(some.table.rows.map(([id]: [string]) => id)).toEqual(['1', '2', '3', '6']);
    const missing = await kernel.execute(`%%flinksql\nSELECT :wantd`);
    expect(missing.reply.traceback.join('\n')).toMatch(/wantd[\s\S]*did you mean "wanted"/);
  });

  it('shows errors with code, line, caret and hint', async () => {
    const { reply } = await kernel.execute(`%%flinksql\nSELECT id,\n       amout\nFROM events`);
    expect(reply.traceback.join('\n')).toMatch(/SQL_UNKNOWN_COLUMN[\s\S]*LINE 2: {8}amout\n {15}\^{5}[\s\S]*HINT/);
    const syntax = await kernel.execute(`%%flinksql\nSELCT 1; SELECT 2 FORM events`);
    expect(syntax.reply.traceback.join('\n')).toContain('did you mean');
  });

  it('reports a malformed row with file and line, and skips it when told', async () => {
    writeFileSync(join(directory, 'broken.json'), '{"id":1}\n{"id":\n{"id":3}\n');
    await ok(
      `%%flinksql\nCREATE TABLE broken (id INT) WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = 'broken.json')`,
    );
    const { reply } = await kernel.execute('%%flinksql --wait --view table\nSELECT * FROM broken');
    expect(reply.traceback.join('\n')).toMatch(/FORMAT_MALFORMED[\s\S]*broken\.json[\s\S]*line 2/i);
    const frame = lastFrame(
      await ok(
        `%%flinksql --wait --view table\nSELECT * FROM broken /*+ OPTIONS('json.ignore-parse-errors' = 'true') */`,
      ),
    );
    expect(frame.table.rows).toEqual([['1'], ['3']]);
    expect(frame.strip.skipped).toBe(1);
  });

  it('escapes every value in HTML and SVG', async () => {
    const { messages } = await ok(`%%flinksql --wait --view table --limit 3\nSELECT k, ts FROM events`);
    const { data } = messages.findLast(({ content }) => content.data?.[VIEW] !== undefined)!.content;
    expect(data['text/html']).toContain('&lt;script&gt;');
    expect(data['text/html']).not.toContain('<script');
  });
});

describe('batch mode', () => {
  it('gives final rows, and EXPLAIN says which engine', async () => {
    const frame = lastFrame(
      await ok(`%%flinksql --mode batch --wait --view table\nSELECT k, COUNT(*) AS n FROM events GROUP BY k`),
    );
    expect(frame.table.rows.map(([, n]: [string, string]) => n)).toEqual(['500', '500']);
    const { messages } = await ok(`%%flinksql --mode batch --explain\nSELECT k, COUNT(*) AS n FROM events GROUP BY k`);
    expect(messages.find(({ type }) => type === 'display_data')!.content.data['text/plain']).toContain('duckdb:');
    const { messages: other } = await ok(
      `%%flinksql --mode batch --explain\nSELECT k, AVG(CAST(v AS DOUBLE)) AS a FROM events GROUP BY k`,
    );
    expect(other.find(({ type }) => type === 'display_data')!.content.data['text/plain']).toContain(
      'embedded: DuckDB has no equal form',
    );
  });
});

describe('the fluent API', () => {
  it('makes the same rows as SQL', async () => {
    await ok(`const rows = await millrace.table('events').where((e) => e.v.gt(5)).groupBy((e) => ({ k: e.k }))
  .aggregate((e) => ({ n: millrace.count(), top: millrace.max(e.id) })).collect()`);
    expect((await ok('rows.map((r) => `${r.n} ${r.top}`).sort().join()')).result).toBe("'71 986,71 993'");
  });

  it('runs closures with what they capture, and prints live', async () => {
    const { stdout } = await ok(`const limit = 2
await millrace.table('events').limit(4).filter((row) => row.id >= limit).map((row) => \`row \${row.id}\`).print()`);
    expect(stdout).toBe('row 2\nrow 3\n');
  });

  it("counts words from a socket: Flink's first example", async () => {
    const { stdout } = await ok(`import { createServer } from 'node:net'
const server = createServer((s) => s.end('to be or not\\nto be\\n')).listen(0, '127.0.0.1')
await new Promise((done) => server.once('listening', done))
await millrace.socket('127.0.0.1', server.address().port).flatMap((line) => line.split(' ')).keyBy((w) => w).count().print()
server.close()`);
    expect(stdout.trim().split('\n').at(-1)).toBe('key: be, count: 2');
  });
});
