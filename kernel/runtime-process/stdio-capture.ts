import { writeSync } from 'node:fs';
import type { CellOutput } from '../display/cell-output.ts';
import { pause } from './channel.ts';
import { streamMark } from './messages.ts';

/** `process.stdout` and `process.stderr` (so `console` too) write into the output of the cell that the running code belongs to. */
export function captureStdio(outputOf: () => CellOutput | undefined): void {
  for (const [name, stream] of [
    ['stdout', process.stdout],
    ['stderr', process.stderr],
  ] as const) {
    const plain = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
      const output = outputOf();
      if (output === undefined) return plain(chunk, ...rest);
      const encoding = typeof rest[0] === 'string' ? (rest[0] as BufferEncoding) : 'utf8';
      output.write(name, typeof chunk === 'string' ? decode(chunk, encoding) : Buffer.from(chunk).toString('utf8'));
      const callback = rest.findLast((argument) => typeof argument === 'function');
      if (callback !== undefined) process.nextTick(callback);
      return true;
    }) as typeof stream.write;
  }
}

/** `write('6869', 'hex')` means bytes. */
function decode(chunk: string, encoding: BufferEncoding): string {
  return /^utf-?8$/i.test(encoding) ? chunk : Buffer.from(chunk, encoding).toString('utf8');
}

/** Marks the end of a run in what native code and child processes print. */
export function markStreams(run: number): void {
  for (const fd of [1, 2]) {
    for (let attempt = 0; attempt < 50; attempt++) {
      try {
        writeSync(fd, streamMark(run));
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') break;
        pause(2);
      }
    }
  }
}
