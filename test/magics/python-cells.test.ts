// %%python in a real kernel with a real CPython that has pandas, pyarrow and matplotlib (.venv).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KernelClient, type Executed } from '../support/kernel-client.ts';

const venv = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));
let kernel: KernelClient;

beforeAll(async () => {
  expect(existsSync(venv), 'npm test makes .venv').toBe(true);
  ({ client: kernel } = await KernelClient.start());
  await ok(`%%python --python ${venv}\n1`);
}, 60_000);
afterAll(() => kernel.close());

async function ok(code: string): Promise<Executed> {
  const executed = await kernel.execute(code);
  expect(executed.reply, JSON.stringify(executed.reply)).toMatchObject({ status: 'ok' });
  return executed;
}

describe('%%python', () => {
  it('keeps its variables, prints, and shows the last expression', async () => {
    await ok('%%python\nx = 20');
    const { stdout, messages } = await ok('%%python\nprint("hello")\nx + 1');
    expect(stdout).toBe('hello\n');
    expect(messages.at(-1)!.content.data['text/plain']).toBe('21');
  });

  it('gets results of SQL as DataFrames and gives DataFrames back as tables', async () => {
    await ok(`%%flinksql --wait -o items --view none
SELECT * FROM (VALUES (1, 'a', CAST(1.50 AS DECIMAL(5, 2)), TIMESTAMP '2024-01-01 10:00:00'), (2, 'b', CAST(NULL AS DECIMAL(5, 2)), TIMESTAMP '2024-01-02 10:00:00')) AS t(id, name, price, ts)`);
    const { stdout } = await ok(`%%python -i items -o doubled,total
print(type(items).__name__, list(items.columns), items.ts.dt.year.tolist())
doubled = items.assign(id=items.id * 2)[['id', 'name']]
total = int(items.id.sum())`);
    expect(stdout).toContain("DataFrame ['id', 'name', 'price', 'ts'] [2024, 2024]");
    expect((await ok('total')).result).toBe('3');
    expect((await ok('doubled.map((row) => row.id).join()')).result).toBe("'2,4'");
    const { messages } = await ok('%%sql\nSELECT max(id) AS m FROM doubled');
    expect(JSON.stringify(messages)).toContain('4');
  });

  it('takes plain values in, and keeps what has no form outside as a handle', async () => {
    await ok('const limits = { low: 1, names: ["x"] }');
    const { stdout } = await ok('%%python -i limits -o model\nprint(limits["names"][0])\nmodel = lambda v: v');
    expect(stdout).toBe('x\n');
    expect((await ok('model.type')).result).toBe("'function'");
  });

  it('shows errors as Python does, with the line of the cell', async () => {
    const { reply } = await kernel.execute('%%python\ndef f():\n    return 1 / 0\nf()');
    expect(reply).toMatchObject({ status: 'error', ename: 'ZeroDivisionError' });
    expect(reply.traceback.join('\n')).toMatch(
      /line 3, in f[\s\S]*return 1 \/ 0[\s\S]*ZeroDivisionError: division by zero/,
    );
  });

  it('shows matplotlib figures', async () => {
    const { messages } = await ok('%%python\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nNone');
    expect(messages.some(({ content }) => typeof content.data?.['image/png'] === 'string')).toBe(true);
  }, 60_000);

  it('is stopped by Stop and keeps its variables', async () => {
    const running = kernel.execute('%%python\nkept = 7\nwhile True: pass');
    await new Promise((resolve) => setTimeout(resolve, 500));
    await kernel.interrupt();
    expect((await running).reply.status).toBe('error');
    expect((await ok('%%python\nkept')).messages.at(-1)!.content.data['text/plain']).toBe('7');
  });

  it('comes back after its process has died', async () => {
    const { reply } = await kernel.execute('%%python\nimport os\nos._exit(3)');
    expect(reply.traceback.join('\n')).toContain('PYTHON_FAILED');
    expect((await ok(`%%python --python ${venv}\n40 + 2`)).messages.at(-1)!.content.data['text/plain']).toBe('42');
  });
});
