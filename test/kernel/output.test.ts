import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { streamMark } from '../../kernel/runtime-process/messages.ts';
import { NativeOutput } from '../../kernel/runtime-process/native-output.ts';
import { HEAD_LIMIT, OutputBudget, TAIL_LIMIT } from '../../kernel/runtime-process/output-budget.ts';
import { TokenBucket } from '../../kernel/runtime-process/token-bucket.ts';

describe('the output budget', () => {
  it('lets pass what is not too much', () => {
    const budget = new OutputBudget();
    expect(budget.take('abc')).toBe('abc');
    expect(budget.end()).toBe('');
  });

  it('keeps beginning and end, and says how much is missing', () => {
    const budget = new OutputBudget();
    expect(budget.take('a'.repeat(HEAD_LIMIT - 1))).toHaveLength(HEAD_LIMIT - 1);
    expect(budget.take('bcd')).toMatch(/^b\n… output limit/);
    for (let i = 0; i < 100_000; i++) budget.take('x'.repeat(100));
    expect(budget.take('')).toBe('');
    budget.take('last line\n');
    const end = budget.end();
    expect(end).toMatch(/^… 9,98\d,\d\d\d characters left out …\n/);
    expect(end.endsWith('xlast line\n')).toBe(true);
    expect(end.length).toBeLessThan(TAIL_LIMIT + 100);
    expect(budget.take('late')).toBe('');
  });
});

describe('native output', () => {
  it('comes out without the marks, wherever chunks are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 30 }),
        async (texts, size) => {
          const plain = texts.map((text) => text.replaceAll('\u0000', ''));
          const stream = new PassThrough();
          let seen = '';
          const output = new NativeOutput(stream, (text) => (seen += text));
          const bytes = Buffer.from(plain.map((text, i) => text + streamMark(i + 1)).join(''));
          for (let at = 0; at < bytes.length; at += size) stream.write(bytes.subarray(at, at + size));
          await output.reached(plain.length, 5000);
          expect(seen).toBe(Buffer.from(plain.join('')).toString());
        },
      ),
      { numRuns: 20 },
    );
  });

  it('does not wait for a mark that cannot come any more', async () => {
    const stream = new PassThrough();
    const output = new NativeOutput(stream, () => undefined);
    stream.destroy();
    await output.reached(1, 60_000);
  });
});

describe('a token bucket', () => {
  it('gives a burst, then the rate', () => {
    let now = 0;
    const bucket = new TokenBucket(10, 2, () => now);
    expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 100]);
    now = 90;
    expect(bucket.take()).toBeGreaterThan(9);
    now = 100;
    expect(bucket.take()).toBe(0);
    now = 10_000;
    expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 100]);
  });
});
