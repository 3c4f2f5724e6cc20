/**
 * Frames on a pipe: `[u32 length of all that follows][u32 length of JSON][JSON][u32 length, bytes]…`, little endian.
 * The buffers of a message travel behind its JSON as they are.
 */

export interface Frame<T> {
  readonly message: T;
  readonly buffers: readonly Uint8Array[];
}

export function encodeFrame(message: unknown, buffers: readonly Uint8Array[] = []): Buffer {
  const json = Buffer.from(JSON.stringify(message), 'utf8');
  const body = 4 + json.length + buffers.reduce((sum, buffer) => sum + 4 + buffer.byteLength, 0);
  const frame = Buffer.allocUnsafe(4 + body);
  let at = frame.writeUInt32LE(body, 0);
  at = frame.writeUInt32LE(json.length, at);
  at += json.copy(frame, at);
  for (const buffer of buffers) {
    at = frame.writeUInt32LE(buffer.byteLength, at);
    frame.set(buffer, at);
    at += buffer.byteLength;
  }
  return frame;
}

/** Cuts a byte stream into frames, wherever its chunks end. */
export class FrameReader<T> {
  #chunks: Buffer[] = [];
  #length = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The next whole frame, or undefined until more bytes come. */
  next(): Frame<T> | undefined {
    if (this.#length < 4) return undefined;
    const size = this.#joined(4).readUInt32LE(0);
    if (this.#length < 4 + size) return undefined;
    const all = this.#joined(4 + size);
    const frame = all.subarray(4, 4 + size);
    if (all.length > 4 + size) this.#chunks[0] = all.subarray(4 + size);
    else this.#chunks.shift();
    this.#length -= 4 + size;
    return decode<T>(frame);
  }

  /** All chunks as one, if the first is shorter than `length`. */
  #joined(length: number): Buffer {
    if (this.#chunks[0]!.length < length) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]!;
  }
}

function decode<T>(frame: Buffer): Frame<T> {
  const jsonLength = frame.readUInt32LE(0);
  let at = 4 + jsonLength;
  const message = JSON.parse(frame.toString('utf8', 4, at)) as T;
  const buffers: Uint8Array[] = [];
  while (at < frame.length) {
    const length = frame.readUInt32LE(at);
    buffers.push(frame.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return { message, buffers };
}
