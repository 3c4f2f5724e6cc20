import { writeSync } from 'node:fs';
import { encodeFrame } from './frames.ts';
import type { FromRuntime } from './messages.ts';
import { fileDescriptors } from './messages.ts';

/**
 * Sends to the kernel with blocking writes: in order, nothing is lost when the process ends right after, and a cell that prints faster than
 * the kernel reads is slowed instead of filling memory.
 */
export class Channel {
  /** Bytes of a frame whose write was cut short by a signal; they go first, so frames are never torn. */
  #rest: Uint8Array | undefined;
  #closed = false;

  send(message: FromRuntime, buffers?: readonly Uint8Array[]): void {
    if (this.#closed) return;
    this.#flush();
    this.#rest = encodeFrame(message, buffers);
    this.#flush();
  }

  #flush(): void {
    while (this.#rest !== undefined) {
      const bytes = this.#rest;
      const written = this.#write(bytes);
      this.#rest = written < bytes.length ? bytes.subarray(written) : undefined;
    }
  }

  #write(bytes: Uint8Array): number {
    try {
      return writeSync(fileDescriptors.fromRuntime, bytes);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EAGAIN' || code === 'EINTR') {
        pause(1);
        return 0;
      }
      // EPIPE: the kernel has gone, the agent will end this process
      this.#closed = true;
      return bytes.length;
    }
  }
}

/** Blocks the thread for some milliseconds. */
export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
