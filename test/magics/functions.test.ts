// Functions of cells in SQL, in a real kernel process: TypeScript ones, and those of Python cells.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  const { messages } = await ok('console.log(JSON.stringify(await asked.rows()))');
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
