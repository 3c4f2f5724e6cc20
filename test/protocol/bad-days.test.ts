import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelClient } from '../support/kernel-client.ts';

let kernel: KernelClient;

beforeAll(async () => {
  ({ client: kernel } = await KernelClient.start());
  await kernel.execute('const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms))');
});
afterAll(() => kernel.close());

async function works(): Promise<void> {
  expect((await kernel.execute('6 * 7')).result).toBe('42');
}

describe('a cell that ends its process', () => {
  it('by process.exit is told what is gone, and the next cell runs', async () => {
    await kernel.execute('const lost1 = 1, lost2 = 2');
    const { reply, messages } = await kernel.execute('console.log("last words"); process.exit(3)');
    expect(reply).toMatchObject({ status: 'error', ename: 'RuntimeExited' });
    expect(reply.evalue).toContain('exit code 3');
    expect(reply.traceback.join('\n')).toContain('lost1, lost2');
    expect(messages.filter((message) => message.type === 'error')).toHaveLength(1);
    expect(messages.find((message) => message.type === 'stream')?.content.text).toBe('last words\n');
    await works();
    expect((await kernel.execute('typeof lost1')).result).toBe("'undefined'");
  });

  it('by a signal', async () => {
    const { reply } = await kernel.execute('process.kill(process.pid, "SIGKILL"); await new Promise(() => {})');
    expect(reply.evalue).toContain('SIGKILL');
    await works();
  });

  it('long after it has ended, says so in its own output', async () => {
    const { id } = await kernel.execute('setTimeout(() => process.exit(1), 100); 1');
    const told = await kernel.waitFor(
      (message) => message.type === 'stream' && /RuntimeExited/.test(message.content.text),
    );
    expect(told.parent['msg_id']).toBe(id);
    await works();
  });

  it('by taking all memory', async () => {
    const { client } = await KernelClient.start({ env: { NODE_OPTIONS: '--max-old-space-size=80' } });
    const { reply } = await client.execute(
      'const hoard: unknown[] = []; while (true) hoard.push(new Array(1000).fill(hoard.length))',
    );
    expect(reply).toMatchObject({ status: 'error', ename: 'RuntimeExited' });
    expect(reply.evalue).toContain('memory');
    expect((await client.execute('1')).result).toBe('1');
    await client.close();
  });

  it('with cells waiting behind it: they are aborted', async () => {
    const dying = kernel.start('process.exit(0)');
    const behind = kernel.start('1');
    expect((await kernel.finish(dying)).reply.ename).toBe('RuntimeExited');
    expect((await kernel.finish(behind)).reply.status).toBe('aborted');
    await works();
  });
});

describe('too much output', () => {
  it('of 1 GB is cut, and everything stays quick', async () => {
    const before = process.memoryUsage().rss;
    const { stdout, reply } = await kernel.execute(
      'const line = "x".repeat(100_000); for (let i = 0; i < 10_000; i++) console.log(line); console.log("the end"); process.memoryUsage().rss < 600e6',
    );
    expect(reply.status).toBe('ok');
    expect(stdout.length).toBeLessThan(1_200_000);
    expect(stdout).toContain('output limit of the cell reached');
    expect(stdout).toMatch(/characters left out/);
    expect(stdout.endsWith('the end\n')).toBe(true);
    expect(process.memoryUsage().rss - before).toBeLessThan(500e6);
    await works();
  });

  it('of a child process is cut as well', async () => {
    const { stdout, reply } = await kernel.execute('!yes | head -c 300000000');
    expect(reply.status).toBe('ok');
    expect(stdout.length).toBeLessThan(1_200_000);
    const inherited = await kernel.execute(
      '(await import("child_process")).execSync("yes | head -c 100000000", { stdio: "inherit" }); 1',
    );
    expect(inherited.stdout.length).toBeLessThan(1_200_000);
    expect(inherited.result).toBe('1');
  });

  it('of displays is slowed, not lost', async () => {
    const { messages } = await kernel.execute('for (let i = 0; i < 1500; i++) display(i)');
    expect(messages.filter((message) => message.type === 'display_data')).toHaveLength(1500);
    await works();
  });

  it('in one value is cut', async () => {
    const { result } = await kernel.execute('"y".repeat(5_000_000)');
    expect(result!.length).toBeLessThan(100_000);
    expect(result).toContain('more characters');
    expect((await kernel.execute('Array.from({ length: 1e6 }, (_, i) => i)')).result!.length).toBeLessThan(20_000);
  });
});

describe('values full of HTML', () => {
  it('are escaped wherever HTML is made of them', async () => {
    const { messages } = await kernel.execute(
      '[{ "<script>a</script>": "<script>alert(1)</script><img src=x onerror=alert(2)>" }]',
    );
    const html = messages.find((message) => message.type === 'execute_result')!.content.data['text/html'];
    expect(html).not.toMatch(/<script|<img/);
    expect(html).toContain('&lt;script&gt;alert(1)');
  });
});

describe('hostile objects', () => {
  it.each([
    'new Proxy({}, { get() { throw new Error("get") }, ownKeys() { throw new Error("keys") } })',
    '({ get [Symbol.for("Jupyter.display")]() { throw new Error("no") } })',
    '({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": 5n, "not a type": 1, "application/json": (() => { const a: any = {}; a.a = a; return a })() }) })',
    '[new Proxy({}, { get() { throw 1 } })]',
    '(() => { const a: any = { toString() { throw 1 } }; a.self = a; return a })()',
    'Object.create(null)',
  ])('%s', async (code) => {
    expect((await kernel.execute(code)).reply.status).toBe('ok');
  });

  it('thrown are errors that can be shown', async () => {
    for (const code of [
      'throw new Proxy({}, { get() { throw 1 } })',
      'throw Object.assign(new Error("x"), { toString() { throw 1 } })',
      'throw Object.create(null)',
      'throw Object.defineProperty(new Error("y"), "message", { get() { throw 1 } })',
    ]) {
      expect((await kernel.execute(code)).reply.status).toBe('error');
    }
    await works();
  });
});

it('ends with its parent pipe: no process is left behind when the kernel is killed', async () => {
  const { client } = await KernelClient.start();
  const { result } = await client.execute('process.pid');
  client.start('while (true) {}');
  await new Promise((done) => setTimeout(done, 200));
  client.process.kill('SIGKILL');
  const pid = Number(result);
  const gone = (): boolean => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  };
  for (let i = 0; i < 100 && !gone(); i++) await new Promise((done) => setTimeout(done, 50));
  expect(gone()).toBe(true);
  await client.close();
});
