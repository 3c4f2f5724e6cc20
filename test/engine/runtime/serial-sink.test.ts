import { expect, test } from 'vitest';
import type { Batch } from '../../../engine/data/batch.ts';
import { serialWrite } from '../../../engine/runtime/serial-sink.ts';

const batch = (length: number): Batch => ({ length, columns: [], kinds: undefined });

test('a slow sink gets the next batch when it has written the one before', async () => {
  const log: string[] = [];
  const finish: (() => void)[] = [];
  const write = serialWrite({
    write: ({ length }) => {
      log.push(`begin ${length}`);
      return new Promise<void>((resolve) => finish.push(resolve)).then(() => void log.push(`end ${length}`));
    },
  });
  const written = [write(batch(1)), write(batch(2)), write(batch(3))];
  for (let i = 0; i < 3; i++) {
    expect(log.at(-1)).toBe(`begin ${i + 1}`);
    finish[i]!();
    await written[i];
    await Promise.resolve();
    await Promise.resolve();
  }
  expect(log).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
});

test('a sink that needs no time is not waited for', () => {
  const lengths: number[] = [];
  const write = serialWrite({ write: ({ length }) => void lengths.push(length) });
  expect([write(batch(1)), write(batch(2))]).toEqual([undefined, undefined]);
  expect(lengths).toEqual([1, 2]);
});

test('what fails fails the writes behind it', async () => {
  const write = serialWrite({ write: () => Promise.reject(new Error('disk full')) });
  const results = await Promise.allSettled([write(batch(1)), write(batch(2))]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
