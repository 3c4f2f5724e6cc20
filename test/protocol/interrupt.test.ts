import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelClient } from '../support/kernel-client.ts';

let kernel: KernelClient;

beforeAll(async () => {
  ({ client: kernel } = await KernelClient.start());
  await kernel.execute(
    'const kept = { value: 42 }; const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms)); globalThis.state = {}',
  );
});
afterAll(() => kernel.close());

/** Starts a cell that prints "ready" first, presses Stop once it has; gives how the cell ended. */
async function stop(code: string): Promise<{ reply: Record<string, unknown>; errors: number }> {
  const id = kernel.start(`console.log("ready"); await sleep(0); ${code}`);
  await kernel.printed(id, 'ready');
  await new Promise((done) => setTimeout(done, 80));
  await kernel.interrupt();
  const { reply, messages } = await kernel.finish(id);
  return { reply, errors: messages.filter((message) => message.type === 'error').length };
}

async function stillThere(): Promise<void> {
  expect((await kernel.execute('kept.value')).result).toBe('42');
}

describe('Stop ends, and keeps the variables, when a cell', () => {
  it.each([
    ['loops for ever', 'while (true) {}'],
    ['loops for ever in a try', 'while (true) { try { while (true) {} } catch {} finally {} }'],
    ['waits for ever', 'await new Promise(() => {})'],
    ['has an endless async loop', 'while (true) await sleep(1)'],
    ['has an endless loop of settled promises', 'while (true) await null'],
    ['swallows every error in an endless async loop', 'while (true) { try { await sleep(1) } catch {} }'],
    [
      'follows an endless async iterator',
      'for await (const x of (async function* () { while (true) { yield 1; await sleep(1) } })()) state.x = x',
    ],
    ['waits in a function of an earlier cell', 'await (async () => { await new Promise(() => {}) })()'],
    ['runs a catastrophic regular expression', '/(a+)+b/.test("a".repeat(40))'],
    ['blocks in Atomics.wait', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'],
    ['prints for ever', 'while (true) console.log("x".repeat(50))'],
    ['displays for ever', 'while (true) display(1)'],
  ])('%s', async (_, code) => {
    const { reply, errors } = await stop(code);
    expect(reply).toMatchObject({ status: 'error', ename: 'KernelInterrupt' });
    expect(errors).toBe(1);
    await stillThere();
  });

  it('loops for ever from its first statement on', async () => {
    for (const code of ['console.log("spin"); while (true) {}', '%time while (true) console.log("spin")']) {
      const id = kernel.start(code);
      await kernel.printed(id, 'spin');
      await kernel.interrupt();
      expect((await kernel.finish(id)).reply['ename']).toBe('KernelInterrupt');
      await stillThere();
    }
  });

  it('loops in a callback after an await', async () => {
    const { reply } = await stop('setTimeout(() => { while (true) {} }, 10); await sleep(1e6)');
    expect(reply['ename']).toBe('KernelInterrupt');
    await stillThere();
  });

  it('waits for a child process that blocks the thread', async () => {
    const { reply } = await stop('(await import("child_process")).execSync("sleep 20")');
    expect(reply['status']).toBe('error');
    await stillThere();
  });

  it('runs a shell command', async () => {
    const id = kernel.start('!echo begun; sleep 20');
    await kernel.printed(id, 'begun');
    await kernel.interrupt();
    expect((await kernel.finish(id)).reply['ename']).toBe('KernelInterrupt');
    await stillThere();
  });
});

it('runs finally blocks and aborts the signal of a cell that waits', async () => {
  await stop(
    'cell.signal.addEventListener("abort", () => { state.aborted = true }); try { await new Promise(() => {}) } finally { state.final = "ran" }',
  );
  expect((await kernel.execute('[state.aborted, state.final]')).result).toBe("[ true, 'ran' ]");
});

it('tells an async generator that it ends', async () => {
  await stop(
    'async function* g() { try { while (true) { await sleep(1); yield 1 } } finally { state.generator = "closed" } } for await (const x of g()) state.x = x',
  );
  await new Promise((done) => setTimeout(done, 50));
  expect((await kernel.execute('state.generator')).result).toBe("'closed'");
});

it('stops loops that an earlier cell has left behind', async () => {
  await kernel.execute(
    'state.background = 0; void (async () => { while (true) { await sleep(1); state.background++ } })()',
  );
  await kernel.interrupt();
  await new Promise((done) => setTimeout(done, 100));
  const first = (await kernel.execute('state.background')).result;
  await new Promise((done) => setTimeout(done, 100));
  expect((await kernel.execute('state.background')).result).toBe(first);
});

it('does no harm when nothing runs', async () => {
  await kernel.interrupt();
  await kernel.interrupt();
  await stillThere();
});

it('takes queued cells along', async () => {
  const running = kernel.start('console.log("ready"); await new Promise(() => {})');
  const queued = kernel.start('state.queued = true');
  await kernel.printed(running, 'ready');
  await kernel.interrupt();
  expect((await kernel.finish(running)).reply['ename']).toBe('KernelInterrupt');
  expect((await kernel.finish(queued)).reply['status']).toBe('aborted');
});

it('breaks a blocking prompt that nobody answers', async () => {
  const content = {
    code: 'console.log("ready"); prompt("?")',
    silent: false,
    store_history: true,
    allow_stdin: true,
    stop_on_error: true,
  };
  const id = kernel.send('execute_request', content);
  await kernel.printed(id, 'ready');
  await kernel.interrupt();
  await kernel.waitFor((message) => message.parent['msg_id'] === id && message.content.execution_state === 'idle');
  await stillThere();
});
