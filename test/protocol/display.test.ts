import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executed, Received } from '../support/kernel-client.ts';
import { KernelClient } from '../support/kernel-client.ts';

let kernel: KernelClient;

beforeAll(async () => {
  ({ client: kernel } = await KernelClient.start());
  await kernel.execute(
    'const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms)); const shown = Symbol.for("Jupyter.display")',
  );
});
afterAll(() => kernel.close());

async function bundle(code: string): Promise<Record<string, unknown>> {
  const done = await kernel.execute(code);
  expect(done.reply.status, JSON.stringify(done.reply)).toBe('ok');
  return done.messages.find((message) => 'data' in message.content)!.content.data;
}

function updatesOf(id: string): Received[] {
  return kernel.iopub.filter(
    (message) => message.type === 'update_display_data' && message.content.transient.display_id === id,
  );
}

function displayId(done: Executed): string {
  return done.messages.find((message) => message.type === 'display_data')!.content.transient.display_id;
}

describe('values are shown', () => {
  it('as their own symbol says', async () => {
    expect(await bundle('({ [shown]: () => ({ "text/html": "<b>x</b>", "text/plain": "x" }) })')).toEqual({
      'text/html': '<b>x</b>',
      'text/plain': 'x',
    });
    expect(await bundle('({ [shown]: async () => ({ "text/plain": "later" }) })')).toEqual({ 'text/plain': 'later' });
    expect(await bundle('class Shown { [shown]() { return { "application/json": { a: 1 } } } }; new Shown()')).toEqual({
      'application/json': { a: 1 },
    });
  });

  it('as tables when they are lists of objects', async () => {
    const html = (await bundle('[{ letter: "a", frequency: 0.1 }, { letter: "b", more: null, at: new Date(0) }]'))[
      'text/html'
    ];
    expect(html).toContain('<th>letter</th><th>frequency</th><th>more</th><th>at</th>');
    expect(html).toContain('<td>b</td><td></td><td>null</td><td>1970-01-01T00:00:00.000Z</td>');
    expect((await bundle('Array.from({ length: 1000 }, (_, i) => ({ i }))'))['text/html']).toContain(
      '100 of 1,000 rows',
    );
  });

  it('as images by their first bytes', async () => {
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    expect((await bundle(`Buffer.from("${png}", "base64")`))['image/png']).toBe(png);
    expect(await bundle('Buffer.from("plain")')).not.toHaveProperty('image/png');
  });

  it('as figures of Plotly and Vega', async () => {
    const figure = await bundle('({ data: [{ y: [1, 2] }], layout: { title: "t" } })');
    expect(figure['application/vnd.plotly.v1+json']).toEqual({ data: [{ y: [1, 2] }], layout: { title: 't' } });
    expect(
      await bundle('({ $schema: "https://vega.github.io/schema/vega-lite/v5.json", mark: "bar" })'),
    ).toHaveProperty(['application/vnd.vegalite.v5+json']);
  });

  it('as text without colours otherwise', async () => {
    expect(await bundle('new Map([[1, { a: [undefined, 5n, "s"] }]])')).toEqual({
      'text/plain': "Map(1) { 1 => { a: [ undefined, 5n, 's' ] } }",
    });
  });
});

describe('display()', () => {
  it('shows a string as it is and gives a handle that is not shown', async () => {
    const { messages } = await kernel.execute('display("plain <b>")');
    expect(messages.filter((message) => 'data' in message.content).map((message) => message.content.data)).toEqual([
      { 'text/plain': 'plain <b>' },
    ]);
  });

  it('has helpers for HTML, Markdown, SVG, LaTeX, JSON and bundles', async () => {
    const { messages } = await kernel.execute(
      'display.html("<i>h</i>"); display.markdown("# m"); display.svg("<svg/>"); display.latex("$x$"); display.json({ a: 1 }); display.bundle({ "text/x-own": "o" }); 0',
    );
    const types = messages
      .filter((message) => message.type === 'display_data')
      .map((message) => Object.keys(message.content.data)[0]);
    expect(types).toEqual([
      'text/html',
      'text/markdown',
      'image/svg+xml',
      'text/latex',
      'application/json',
      'text/x-own',
    ]);
  });

  it('updates: the last state before the end of the cell is sent', async () => {
    const done = await kernel.execute(
      'const h = display("0"); for (let i = 1; i <= 1000; i++) h.update(String(i)); h.id',
    );
    const id = displayId(done);
    expect(done.result).toBe(`'${id}'`);
    const updates = updatesOf(id);
    expect(updates.length).toBeLessThan(4);
    expect(updates.at(-1)!.content.data).toEqual({ 'text/plain': '1000' });
    const own = done.messages.filter((message) => message.type === 'update_display_data');
    expect(own.at(-1)!.content.data).toEqual({ 'text/plain': '1000' });
  });

  it('clears', async () => {
    const { messages } = await kernel.execute('display.clear(true); display.clear()');
    expect(messages.filter((message) => message.type === 'clear_output').map((message) => message.content)).toEqual([
      { wait: true },
      { wait: false },
    ]);
  });
});

describe('live outputs', () => {
  it('go on after the cell, at most 6 frames a second, the last one always', async () => {
    const done = await kernel.execute(
      'async function* count() { for (let i = 0; i <= 10; i++) { yield { "text/plain": String(i) }; await sleep(25) } }; ({ [shown]: count })',
    );
    const id = displayId(done);
    expect(done.messages.find((message) => message.type === 'display_data')!.content.data).toEqual({
      'text/plain': '0',
    });
    const other = kernel.start('await sleep(1200)');
    const text = (message: Received): string => message.content.data['text/plain'];
    await kernel.finish(other);
    await kernel.waitFor(
      (message) =>
        message.type === 'update_display_data' && message.content.transient.display_id === id && text(message) === '10',
      15_000,
    );
    const updates = updatesOf(id);
    expect(updates.length).toBeLessThanOrEqual(11);
    expect(updates[0]!.metadata).toEqual({});
    expect(updates.map((message) => message.content.metadata.millrace.frame)).toEqual(updates.map((_, i) => i + 2));
  });

  it('take the newest state: frames come at the pace of the page, not of the data', async () => {
    const done = await kernel.execute(
      'let state = 0; const timer = setInterval(() => state++, 5); async function* newest() { while (state < 200) { yield { "text/plain": String(state) }; await sleep(5) } clearInterval(timer); yield { "text/plain": "end" } }; display({ [shown]: newest }).done.then(() => console.log("done"))',
    );
    const id = displayId(done);
    await kernel.printed(done.id, 'done');
    const updates = updatesOf(id);
    expect(updates.at(-1)!.content.data['text/plain']).toBe('end');
    expect(updates.length).toBeLessThan(20);
  });

  it('slow down to the frames that the page acknowledges', async () => {
    const done = await kernel.execute(
      'let stopIt = false; async function* endless() { for (let i = 0; !stopIt; i++) yield { "text/plain": String(i) } }; display({ [shown]: endless })',
    );
    const id = displayId(done);
    const comm = 'ack-comm';
    kernel.send('comm_open', { comm_id: comm, target_name: 'millrace.display', data: {} });
    kernel.send('comm_msg', { comm_id: comm, data: { method: 'acknowledge', display: id, frame: 1 } });
    await kernel.waitFor(
      (message) =>
        message.type === 'update_display_data' &&
        message.content.transient.display_id === id &&
        message.content.metadata.millrace.frame >= 3,
    );
    await new Promise((resolve) => setTimeout(resolve, 600));
    const stuck = Math.max(...updatesOf(id).map((message) => message.content.metadata.millrace.frame));
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(Math.max(...updatesOf(id).map((message) => message.content.metadata.millrace.frame))).toBeLessThanOrEqual(
      stuck + 1,
    );
    kernel.send('comm_msg', { comm_id: comm, data: { method: 'acknowledge', display: id, frame: stuck } });
    await kernel.waitFor(
      (message) =>
        message.type === 'update_display_data' &&
        message.content.transient.display_id === id &&
        message.content.metadata.millrace.frame > stuck + 1,
    );
    await kernel.execute('stopIt = true');
  });

  it('are listed and attached again by a page that was reloaded', async () => {
    const done = await kernel.execute(
      'let ending = false; async function* more() { for (let i = 0; !ending; i++) { yield { "text/plain": `frame ${i}` }; await sleep(50) } }; display({ [shown]: more })',
      { metadata: { cellId: 'cell-7' } },
    );
    const id = displayId(done);
    const comm = 'reload-comm';
    const from = (method: string): Promise<Received> =>
      kernel.waitFor(
        (message) =>
          message.type === 'comm_msg' && message.content.comm_id === comm && message.content.data.method === method,
      );
    kernel.send('comm_open', { comm_id: comm, target_name: 'millrace.display', data: {} });
    kernel.send('comm_msg', { comm_id: comm, data: { method: 'list' } });
    expect((await from('list')).content.data.displays).toContainEqual({
      display: id,
      cell: 'cell-7',
      frame: expect.any(Number),
    });
    kernel.send('comm_msg', { comm_id: comm, data: { method: 'attach', display: id } });
    const frame = (await from('frame')).content.data;
    expect(frame).toMatchObject({
      method: 'frame',
      display: id,
      data: { 'text/plain': expect.stringContaining('frame') },
    });
    await kernel.waitFor((message) => message.type === 'comm_msg' && message.content.data.frame > frame.frame);
    kernel.send('comm_msg', { comm_id: comm, data: { method: 'attach', display: 'nothing' } });
    await from('gone');
    kernel.send('comm_close', { comm_id: comm, data: {} });
    await kernel.execute('ending = true');
  });

  it('that fail show why', async () => {
    const done = await kernel.execute(
      'async function* failing() { yield { "text/plain": "first" }; await sleep(100); throw new Error("source broke") }; ({ [shown]: failing })',
    );
    await kernel.waitFor(
      (message) =>
        message.type === 'update_display_data' &&
        message.content.transient.display_id === displayId(done) &&
        /source broke/.test(message.content.data['text/plain']),
    );
  });

  it('without a frame yet hold their place', async () => {
    const done = await kernel.execute(
      'async function* slow() { await sleep(900); yield { "text/plain": "came" } }; ({ [shown]: slow })',
    );
    const first = done.messages.find((message) => message.type === 'display_data')!;
    expect(first.content.data).toEqual({ 'text/plain': '…' });
    await kernel.waitFor(
      (message) => message.type === 'update_display_data' && message.content.data['text/plain'] === 'came',
    );
  });
});

describe('comms', () => {
  it('are closed again when nobody knows the target, with busy and idle around', async () => {
    const id = kernel.send('comm_open', { comm_id: 'unknown-1', target_name: 'nobody', data: {} });
    await kernel.waitFor((message) => message.type === 'comm_close' && message.content.comm_id === 'unknown-1');
    await kernel.waitFor((message) => message.parent['msg_id'] === id && message.content.execution_state === 'idle');
    expect(kernel.of(id).map((message) => message.content.execution_state ?? message.type)).toEqual([
      'busy',
      'comm_close',
      'idle',
    ]);
    expect((await kernel.request('comm_info_request', { target_name: 'nobody' })).content.comms).toEqual({});
  });

  it('of a known target are listed while they are open, and answered while a cell runs', async () => {
    const running = kernel.start('console.log("running"); await sleep(500)');
    await kernel.printed(running, 'running');
    kernel.send('comm_open', { comm_id: 'known-1', target_name: 'millrace.display', data: {} });
    const message = kernel.send('comm_msg', { comm_id: 'known-1', data: { method: 'list' } });
    await kernel.waitFor((one) => one.parent['msg_id'] === message && one.content.execution_state === 'idle');
    expect((await kernel.request('comm_info_request', {})).content.comms).toHaveProperty('known-1', {
      target_name: 'millrace.display',
    });
    kernel.send('comm_close', { comm_id: 'known-1', data: {} });
    await kernel.finish(running);
    expect(
      (await kernel.request('comm_info_request', { target_name: 'millrace.display' })).content.comms,
    ).not.toHaveProperty('known-1');
  });
});
