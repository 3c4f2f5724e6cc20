/** Frames between the notebook and Python: two little-endian 32-bit lengths, a JSON header, a payload. */
import type { Readable, Writable } from 'node:stream';

const HEAD = 8;

export function writeFrame(stream: Writable, header: object, parts: readonly Uint8Array[] = []): void {
  const text = Buffer.from(JSON.stringify(header));
  const lengths = Buffer.alloc(HEAD);
  lengths.writeUInt32LE(text.length, 0);
  lengths.writeUInt32LE(
    parts.reduce((sum, part) => sum + part.length, 0),
    4,
  );
  stream.write(Buffer.concat([lengths, text, ...parts]));
}

/** Calls `take` with each frame that comes. */
export function readFrames(stream: Readable, take: (header: unknown, payload: Buffer) => void): void {
  let parts: Buffer[] = [];
  let size = 0;
  /** Bytes of the frame under way, as far as they are known. */
  let wanted = HEAD;
  stream.on('data', (part: Buffer) => {
    parts.push(part);
    size += part.length;
    while (size >= wanted) {
      const all = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      parts = [all];
      const end = HEAD + all.readUInt32LE(0);
      wanted = end + all.readUInt32LE(4);
      if (size < wanted) return;
      const rest = all.subarray(wanted);
      take(JSON.parse(all.toString('utf8', HEAD, end)), all.subarray(end, wanted));
      parts = [rest];
      size = rest.length;
      wanted = HEAD;
    }
  });
}
