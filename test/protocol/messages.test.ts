import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelClient } from '../support/kernel-client.ts';

let kernel: KernelClient;

beforeAll(async () => {
  ({ client: kernel } = await KernelClient.start());
  await kernel.execute('0', { storeHistory: false });
});
afterAll(() => kernel.close());

describe('start', () => {
  it('answers kernel_info on shell and control', async () => {
    const { content } = await kernel.request('kernel_info_request', {});
    expect(content).toMatchObject({ status: 'ok', protocol_version: '5.5', implementation: 'millrace' });
    expect(content.language_info).toMatchObject({ name: 'typescript', file_extension: '.ts' });
    expect((await kernel.request('kernel_info_request', {}, 'control')).content.status).toBe('ok');
  });

  it('welcomes each subscriber', () => {
    expect(kernel.iopub.find((message) => message.type === 'iopub_welcome')!.content).toEqual({ subscription: '' });
  });

  it('echoes heartbeats and says its ports', async () => {
    expect(await kernel.heartbeat('ping')).toBe('ping');
    expect((await kernel.request('connect_request', {})).content.hb_port).toBeGreaterThan(0);
  });
});

describe('signatures', () => {
  it('drops what is signed wrongly, and what is not signed', async () => {
    const before = kernel.iopub.length;
    const wrong = kernel.send('execute_request', { code: 'globalThis.hacked = 1' }, { key: 'another key' });
    const none = kernel.send('execute_request', { code: 'globalThis.hacked = 1' }, { signature: '' });
    kernel.send('execute_request', { code: 'globalThis.hacked = 1' }, { signature: 'ü'.repeat(32) });
    expect((await kernel.execute('typeof hacked')).result).toBe("'undefined'");
    const parents = kernel.iopub.slice(before).map((message) => message.parent['msg_id']);
    expect(parents).not.toContain(wrong);
    expect(parents).not.toContain(none);
  });
});

describe('execute', () => {
  it('brackets everything with busy and idle, input first', async () => {
    const { id } = await kernel.execute('console.log("x"); 5');
    const types = kernel
      .of(id)
      .map((message) => (message.type === 'status' ? message.content.execution_state : message.type));
    expect(types).toEqual(['busy', 'execute_input', 'stream', 'execute_result', 'idle']);
  });

  it('counts executions, but not silent ones and not those without history', async () => {
    const first = (await kernel.execute('1')).reply.execution_count;
    const silent = await kernel.execute('console.log("not shown"); 2', { silent: true });
    expect(silent.messages).toEqual([]);
    expect((await kernel.execute('3', { storeHistory: false })).reply.execution_count).toBe(first);
    expect((await kernel.execute('4')).reply.execution_count).toBe(first + 1);
  });

  it('evaluates user expressions, each with its own error', async () => {
    const { reply } = await kernel.execute('const ue = 20', {
      userExpressions: { good: 'ue + 1', bad: 'nothing.here' },
    });
    expect(reply.user_expressions.good).toMatchObject({ status: 'ok', data: { 'text/plain': '21' } });
    expect(reply.user_expressions.bad).toMatchObject({ status: 'error', ename: 'ReferenceError' });
  });

  it('aborts what was queued behind a failed cell, and nothing that comes later', async () => {
    const failed = kernel.start('throw new Error("first")');
    const aborted = kernel.start('globalThis.ran = true');
    const [first, second] = await Promise.all([kernel.finish(failed), kernel.finish(aborted)]);
    expect(first.reply).toMatchObject({ status: 'error', ename: 'Error', evalue: 'first' });
    expect(first.messages.filter((message) => message.type === 'error')).toHaveLength(1);
    expect(second.reply.status).toBe('aborted');
    expect((await kernel.execute('typeof ran')).result).toBe("'undefined'");
  });

  it('goes on behind a failed cell that says so', async () => {
    const failed = kernel.start('throw 1', { stopOnError: false });
    const next = kernel.start('"ran"');
    expect((await kernel.finish(failed)).reply.status).toBe('error');
    expect((await kernel.finish(next)).result).toBe("'ran'");
  });

  it('answers other requests while a cell runs, and stays busy', async () => {
    const cell = kernel.start('console.log("begun"); await new Promise((done) => setTimeout(done, 400)); "end"');
    await kernel.printed(cell, 'begun');
    const { header, content } = await kernel.request('is_complete_request', { code: 'f(' });
    expect(content).toEqual({ status: 'incomplete', indent: '  ' });
    expect(header['msg_type']).toBe('is_complete_reply');
    expect((await kernel.request('comm_info_request', {})).content.comms).toEqual({});
    const states = kernel.iopub
      .filter((message) => message.type === 'status')
      .map((message) => message.content.execution_state);
    expect(states.at(-1)).toBe('busy');
    expect((await kernel.finish(cell)).result).toBe("'end'");
  });
});

describe('is_complete', () => {
  it.each([
    ['const a = 1', 'complete'],
    ['', 'complete'],
    ['const a = {', 'incomplete'],
    ['function f() {\n  return 1', 'incomplete'],
    ['`text ${1', 'incomplete'],
    ['/* comment', 'incomplete'],
    ['a +', 'incomplete'],
    ['const = 5', 'invalid'],
    ['"text', 'invalid'],
    ['foo)', 'invalid'],
    ['%lsmagic', 'complete'],
    ['%%flinksql', 'incomplete'],
    ['%%flinksql\nSELECT 1', 'incomplete'],
    ['%%flinksql\nSELECT 1\n', 'complete'],
    ['await x', 'complete'],
  ])('%j is %s', async (code, status) => {
    expect((await kernel.request('is_complete_request', { code })).content.status).toBe(status);
  });
});

describe('history', () => {
  it('is searched, listed and ranged', async () => {
    await kernel.execute('const remembered = 41 + 1; remembered');
    const ask = async (content: object): Promise<unknown[]> =>
      (await kernel.request('history_request', content)).content.history;
    expect(await ask({ hist_access_type: 'tail', n: 1, output: true })).toEqual([
      [1, expect.any(Number), ['const remembered = 41 + 1; remembered', '42']],
    ]);
    expect(await ask({ hist_access_type: 'search', pattern: '*41 +*', n: 5 })).toHaveLength(1);
    const range = await ask({ hist_access_type: 'range', session: 0, start: 1, stop: 3 });
    expect(range.map((row) => (row as unknown[])[1])).toEqual([1, 2]);
  });
});

describe('other ways to start', () => {
  it('serves ipc sockets without a key and ends when asked', async () => {
    const { client } = await KernelClient.start({ transport: 'ipc', key: '' });
    expect((await client.execute('6 * 7')).result).toBe('42');
    const { content } = await client.request('shutdown_request', { restart: true }, 'control');
    expect(content).toEqual({ status: 'ok', restart: true });
    await client.waitFor((message) => message.type === 'shutdown_reply');
    expect(await client.close()).toBe(0);
  });
});
