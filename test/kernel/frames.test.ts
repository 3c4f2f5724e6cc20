import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, encodeFrame } from '../../kernel/runtime-process/frames.ts';

const message = fc.record({
  message: fc.jsonValue(),
  buffers: fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 3 }),
});

describe('frames', () => {
  it('come out as they went in, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        fc.array(fc.boolean(), { minLength: 1 }),
        (messages, cuts, reads) => {
          const bytes = Buffer.concat(messages.map((one) => encodeFrame(one.message, one.buffers)));
          const reader = new FrameReader<unknown>();
          const found: unknown[] = [];
          const read = (): void => {
            for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
              found.push({ message: frame.message, buffers: frame.buffers.map((buffer) => Uint8Array.from(buffer)) });
            }
          };
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const length = cuts[i % cuts.length]!;
            reader.push(bytes.subarray(at, at + length));
            at += length;
            // sometimes several chunks wait
            if (reads[i % reads.length]) read();
          }
          read();
          expect(found).toEqual(
            JSON.parse(JSON.stringify(messages.map((one) => one.message))).map((value: unknown, i: number) => ({
              message: value,
              buffers: messages[i]!.buffers,
            })),
          );
        },
      ),
    );
  });
});
