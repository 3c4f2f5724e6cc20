// Functions of cells in SQL, in a real kernel process: TypeScript ones, and those of Python cells.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelClient, type Executed } from '../support/kernel-client.ts';

let kernel: KernelClient;

beforeAll(async () => {
  ({ client: kernel } = await KernelClient.start({ directory: mkdtempSync(join(tmpdir(), 'millrace-functions-')) }));
}, 60_000);
afterAll(() => kernel.close());

async function ok(code: string): Promise<Executed> {
  const executed = await kernel.execute(code);
  expect(executed.reply, JSON.stringify(executed.reply)).toMatchObject({ status: 'ok' });
  return executed;
}
/** The rows of a query, as a cell sees them. */
async function rowsOf(query: string): Promise<unknown> {
  await ok(`%%flinksql --wait -o asked\n${query}`);
  const { messages } = await ok(
    'console.log(JSON.stringify(await asked.rows(), (_, v) => typeof v === "bigint" ? Number(v) : v))',
  );
  const text = messages.filter(({ type }) => type === 'stream').map(({ content }) => content.text);
  return JSON.parse(text.join(''));
}

describe('functions of TypeScript cells', () => {
  it('have the types of their TypeScript', async () => {
    await ok(`const zero = 32;
      function celsius(f: number): number { return (f - zero) / 1.8; }
      millrace.udf('celsius', celsius);
      millrace.udf('initials', (name: string | null): string[] => (name ?? '?').split(' ').map((part) => part[0]!));`);
    expect(
      await rowsOf(
        `SELECT celsius(f) AS c, initials(n) AS i FROM (VALUES (212, 'Ada Lovelace'), (32, CAST(NULL AS STRING))) AS t (f, n)`,
      ),
    ).toEqual([
      { c: 100, i: ['A', 'L'] },
      { c: 0, i: ['?'] },
    ]);
  });

  it('see what cells change while a query runs, and fail it with their own words', async () => {
    await ok(
      `millrace.udf('checked', (n: number): number => { if (n > 2) throw new Error('too large: ' + n); return n; })`,
    );
    const { reply } = await kernel.execute('%%flinksql --wait\nSELECT checked(a) FROM (VALUES (1), (3)) AS t (a)');
    expect(reply).toMatchObject({
      status: 'error',
      evalue: expect.stringContaining('checked failed: Error: too large: 3'),
    });
  });

  it('cannot be made without types', async () => {
    const { reply } = await kernel.execute(`millrace.udf('f', (x) => x.y.z)`);
    expect(reply).toMatchObject({
      status: 'error',
      evalue: expect.stringContaining('the type of what f gives is not known'),
    });
  });
});

describe('functions of Python cells', () => {
  beforeAll(() => ok(`%%python --python ${fileURLToPath(new URL('../../.venv/bin/python', import.meta.url))}\n1`));

  it('are called by the name that a decorator gives them', async () => {
    await ok(`%%python
from pyflink.table import DataTypes
from pyflink.table.udf import udf, udtf
offset = 10

@udf(result_type=DataTypes.BIGINT())
def shifted(n):
    return None if n is None else n + offset

@udf
def hinted(name: str, times: int) -> list[str]:
    return [name] * times

@udf(input_types=[DataTypes.DOUBLE(), DataTypes.DOUBLE()], result_type=DataTypes.DOUBLE(), func_type='pandas')
def product(a, b):
    return a * b

@udtf(result_types=[DataTypes.STRING(), DataTypes.INT()])
def parts(text):
    for part in text.split('-'):
        yield part, len(part)

@udf(result_type='ROW<a INT, b STRING>')
def pair(row):
    return row.x, str(row['y'])`);
    expect(
      await rowsOf(`SELECT shifted(n) AS s, hinted('x', 2) AS h, product(n, 0.5) AS p, pair(CAST(ROW(n, d) AS ROW<x INT, y DATE>)).b AS r
        FROM (SELECT n, d FROM (VALUES (1, DATE '2024-02-29'), (CAST(NULL AS INT), DATE '1969-12-31')) AS t (n, d))`),
    ).toEqual([
      { s: 11, h: ['x', 'x'], p: 0.5, r: '2024-02-29' },
      { s: null, h: ['x', 'x'], p: null, r: '1969-12-31' },
    ]);
    expect(
      await rowsOf(`SELECT word, n FROM (VALUES ('ab-c')) AS t (x), LATERAL TABLE(parts(x)) AS p (word, n)`),
    ).toEqual([
      { word: 'ab', n: 2 },
      { word: 'c', n: 1 },
    ]);
  });

  it('see the notebook as it is now', async () => {
    await ok('%%python\noffset = 100');
    expect(await rowsOf('SELECT shifted(1) AS s')).toEqual([{ s: 101 }]);
  });

  it('aggregate, take back and are put together', async () => {
    await ok(`%%python
from pyflink.table.udf import udaf, AggregateFunction

class Weighted(AggregateFunction):
    def create_accumulator(self):
        return [0.0, 0]
    def accumulate(self, accumulator, value, weight):
        accumulator[0] += value * weight
        accumulator[1] += weight
    def retract(self, accumulator, value, weight):
        accumulator[0] -= value * weight
        accumulator[1] -= weight
    def merge(self, accumulator, accumulators):
        for other in accumulators:
            accumulator[0] += other[0]
            accumulator[1] += other[1]
    def get_value(self, accumulator):
        return accumulator[0] / accumulator[1] if accumulator[1] else None

weighted = udaf(Weighted(), result_type='DOUBLE', name='weighted')

@udaf(result_type='DOUBLE', func_type='pandas')
def middle(values):
    return values.median()`);
    expect(
      await rowsOf(`SELECT weighted(total, 2) AS w FROM (SELECT k, SUM(v) AS total
        FROM (VALUES ('a', 1), ('b', 4), ('a', 2)) AS t (k, v) GROUP BY k)`),
    ).toEqual([{ w: 3.5 }]);
    expect(await rowsOf('SELECT middle(v) AS m FROM (VALUES (1.0), (5.0), (3.0)) AS t (v)')).toEqual([{ m: 3 }]);
  });

  it('say what went wrong and in which line', async () => {
    await ok('%%python\nfrom millrace import udf\n@udf(result_type="INT")\ndef broken(n):\n    return 1 // (n - 1)');
    const { reply } = await kernel.execute('%%flinksql --wait\nSELECT broken(a) FROM (VALUES (3), (1)) AS t (a)');
    expect(reply).toMatchObject({
      status: 'error',
      evalue: expect.stringMatching(/broken failed: ZeroDivisionError: .* \(line 5 of <cell \d+>\)/),
    });
    const untyped = await kernel.execute('%%python\n@udf\ndef untyped(n):\n    return n');
    expect(untyped.reply).toMatchObject({ status: 'error', evalue: expect.stringContaining('needs a result type') });
  });

  it('do not share a query with an aggregate in TypeScript', async () => {
    await ok(`millrace.udaf('longest', { args: ['STRING'], returns: 'INT' }, {
      create: () => 0, accumulate: (n: number, s: string) => Math.max(n, s.length), value: (n: number) => n })`);
    const { reply } = await kernel.execute(`%%flinksql --wait\nSELECT longest(CAST(shifted(1) AS STRING))`);
    expect(reply).toMatchObject({ status: 'error', evalue: expect.stringContaining('runs in another process') });
  });
});
