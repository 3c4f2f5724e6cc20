/** The compressions of Kafka's record batches: gzip and (where Node has it) zstd by zlib, snappy and lz4 here. */
import * as zlib from 'node:zlib';

export const codecNames = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
/** A batch may unpack to at most so many bytes: no small message can eat all memory. */
const MOST_BYTES = 256 << 20;

export class CodecError extends Error {}

/** Unpacks the records of a batch; `codec` is the number in its attributes. Throws CodecError. */
export function decompress(codec: number, bytes: Uint8Array): Uint8Array {
  switch (codecNames[codec]) {
    case 'none':
      return bytes;
    case 'gzip':
      return zlib.gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
    case 'snappy':
      return unpackSnappy(bytes);
    case 'lz4':
      return unpackLz4(bytes);
    case 'zstd': {
      const unpack = (zlib as { zstdDecompressSync?: (bytes: Uint8Array, options: object) => Uint8Array })
        .zstdDecompressSync;
      if (unpack === undefined) throw new CodecError('zstd needs Node 22.15 or newer');
      return unpack(bytes, { maxOutputLength: MOST_BYTES });
    }
    default:
      throw new CodecError(`unknown compression ${codec}`);
  }
}

const XERIAL = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0);

/** Snappy, bare or in the frames of the Java client (xerial). */
export function unpackSnappy(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 16 || !XERIAL.every((byte, i) => bytes[i] === byte)) return snappyBlock(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const blocks: Uint8Array[] = [];
  for (let at = 16; at + 4 <= bytes.length;) {
    const length = view.getInt32(at);
    at += 4;
    if (length < 0 || at + length > bytes.length) throw new CodecError('snappy: a block is cut off');
    blocks.push(snappyBlock(bytes.subarray(at, at + length)));
    at += length;
  }
  return Buffer.concat(blocks);
}

function snappyBlock(bytes: Uint8Array): Uint8Array {
  let at = 0;
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 28) throw new CodecError('snappy: no length');
    size += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const out = output(size);
  let to = 0;
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    if ((tag & 3) === 0) {
      let length = tag >> 2;
      if (length >= 60) {
        const width = length - 59;
        length = 0;
        for (let i = 0; i < width; i++) length += bytes[at + i]! * 2 ** (8 * i);
        at += width;
      }
      length++;
      if (at + length > bytes.length || to + length > size) throw new CodecError('snappy: a literal is cut off');
      out.set(bytes.subarray(at, at + length), to);
      at += length;
      to += length;
      continue;
    }
    let length: number;
    let distance: number;
    if ((tag & 3) === 1) {
      length = ((tag >> 2) & 7) + 4;
      distance = ((tag >> 5) << 8) | bytes[at]!;
      at += 1;
    } else {
      length = (tag >> 2) + 1;
      distance = bytes[at]! | (bytes[at + 1]! << 8);
      if ((tag & 3) === 3) distance += bytes[at + 2]! * 0x10000 + bytes[at + 3]! * 0x1000000;
      at += (tag & 3) === 3 ? 4 : 2;
    }
    to = copyBack(out, to, distance, length, 'snappy');
  }
  if (to !== size) throw new CodecError('snappy: the block is too short');
  return out;
}

/** LZ4 frames. Checksums of blocks are left to Kafka's own checksum of the batch. */
export function unpackLz4(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 7 || view.getUint32(0, true) !== 0x184d2204) throw new CodecError('lz4: no frame');
  const flags = bytes[4]!;
  const linked = (flags & 0x20) === 0;
  // Magic, flags, block size, and the header's checksum; a content size and a dictionary id may stand before the latter.
  let at = 7 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0);
  const blocks: Uint8Array[] = [];
  let history: Uint8Array = new Uint8Array(0);
  for (;;) {
    if (at + 4 > bytes.length) throw new CodecError('lz4: the end is missing');
    const head = view.getUint32(at, true);
    at += 4;
    if (head === 0) return Buffer.concat(blocks);
    const length = head & 0x7fffffff;
    const raw = bytes.subarray(at, at + length);
    if (raw.length < length) throw new CodecError('lz4: a block is cut off');
    const block = head >>> 31 === 1 ? raw : lz4Block(raw, linked ? history : new Uint8Array(0));
    blocks.push(block);
    if (linked) history = Buffer.concat([history, block]).subarray(-65536);
    at += length + (flags & 0x10 ? 4 : 0);
  }
}

function lz4Block(bytes: Uint8Array, history: Uint8Array): Uint8Array {
  let out = output(Math.max(history.length + bytes.length * 4, 1024));
  out.set(history);
  let to = history.length;
  let at = 0;
  const need = (n: number): void => {
    if (to + n <= out.length) return;
    const larger = output(Math.max(out.length * 2, to + n));
    larger.set(out);
    out = larger;
  };
  const more = (start: number): number => {
    let length = start;
    for (let byte = 255; byte === 255;) {
      byte = bytes[at++] ?? fail('lz4: a length is cut off');
      length += byte;
    }
    return length;
  };
  while (at < bytes.length) {
    const token = bytes[at++]!;
    const literal = token >> 4 === 15 ? more(15) : token >> 4;
    if (at + literal > bytes.length) fail('lz4: a literal is cut off');
    need(literal);
    out.set(bytes.subarray(at, at + literal), to);
    at += literal;
    to += literal;
    if (at >= bytes.length) break;
    const distance = bytes[at]! | (bytes[at + 1]! << 8);
    at += 2;
    const length = ((token & 15) === 15 ? more(15) : token & 15) + 4;
    need(length);
    to = copyBack(out, to, distance, length, 'lz4');
  }
  return out.subarray(history.length, to);
}

function copyBack(out: Uint8Array, to: number, distance: number, length: number, name: string): number {
  if (distance === 0 || distance > to || to + length > out.length)
    throw new CodecError(`${name}: a copy leads nowhere`);
  // Source and target may overlap: then what was just written is copied again.
  if (distance >= length) out.copyWithin(to, to - distance, to - distance + length);
  else for (let i = 0; i < length; i++) out[to + i] = out[to + i - distance]!;
  return to + length;
}

function fail(reason: string): never {
  throw new CodecError(reason);
}

function output(size: number): Uint8Array {
  if (size > MOST_BYTES) throw new CodecError('it would unpack to more than 256 MiB');
  return new Uint8Array(size);
}
