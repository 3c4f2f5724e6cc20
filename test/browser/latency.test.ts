// What a user waits for, over the protocol, from a real kernel process: its start, the first rows of a query, the end of a job. Prints the figures.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelClient, type Received } from '../support/kernel-client.ts';

const VIEW = 'application/vnd.millrace.view.v1+json';
const startups: number[] = [];
let kernel: KernelClient;

beforeAll(async () => {
  for (let i = 0; i < 4; i++) {
    const { client, startup } = await KernelClient.start();
    startups.push(startup);
    if (i < 3) await client.close();
    else kernel = client;
  }
});
afterAll(() => kernel.close());

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1]!;
const told = (what: string, times: readonly number[]): void => {
  const list = times.map((time) => time.toFixed(0)).join(', ');
  console.log(`${what}: median ${median(times).toFixed(0)} ms (${list})`);
};

const frameOf = ({ content }: Received): any => content.data?.[VIEW];

describe('waiting', () => {
  it('for the kernel', () => {
    told('kernel start to the first kernel_info_reply', startups);
    expect(startups).toHaveLength(4);
  });

  it('for the first rows of a query, and for its end', async () => {
    const created = await kernel.execute(
      `%%flinksql\nCREATE TABLE ticks (n BIGINT, ts TIMESTAMP_LTZ(3)) WITH ('connector' = 'datagen', 'rows-per-second' = '1000')`,
    );
    expect(created.reply.status).toBe('ok');
    const firsts: number[] = [];
    const ends: number[] = [];
    for (let i = 0; i < 8; i++) {
      const entered = performance.now();
      const id = kernel.start(`%%flinksql --name q${i} --view table\nSELECT n, ts FROM ticks`);
      await kernel.waitFor((message) => message.parent['msg_id'] === id && frameOf(message)?.strip.rowsOut > 0);
      firsts.push(performance.now() - entered);
      // As a person would: not while the next thread still starts.
      await sleep(700);
      const pressed = performance.now();
      const { stdout } = await kernel.execute(`%job q${i} cancel`);
      ends.push(performance.now() - pressed);
      expect(stdout).toContain('CANCELED');
    }
    told('first rows after Enter', firsts);
    told('cancel', ends);
  });

  it('for a cell while ten jobs run', async () => {
    await kernel.execute(
      `%%flinksql\nCREATE TABLE busy (n BIGINT, k INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000', 'fields.k.max' = '100')`,
    );
    for (let i = 0; i < 10; i++) {
      await kernel.execute(`%%flinksql --name busy${i}\nSELECT k, COUNT(*) AS c, MAX(n) AS m FROM busy GROUP BY k`);
    }
    const running = async (): Promise<number> => {
      const { messages } = await kernel.execute('%jobs');
      const list: string = messages.find(({ type }) => type === 'display_data')!.content.data['text/plain'];
      return list.match(/busy\d.*RUNNING/g)?.length ?? 0;
    };
    await expect.poll(running, { timeout: 60_000 }).toBe(10);
    const replies: number[] = [];
    for (let i = 0; i < 20; i++) {
      const entered = performance.now();
      expect((await kernel.execute(`${i} + 1`)).result).toBe(String(i + 1));
      replies.push(performance.now() - entered);
      await sleep(50);
    }
    told('a cell while ten jobs of 100,000 rows a second run', replies);
    expect(await running()).toBe(10);
    await kernel.execute('%job cancel --all');
  });
});
