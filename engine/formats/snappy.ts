/** Snappy's block format. */

/** @throws Error when the bytes are none of it */
export function unpackSnappy(packed: Uint8Array): Uint8Array {
  let at = 0;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = packed[at++]!;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const out = new Uint8Array(length);
  let to = 0;
  const number = (bytes: number): number => {
    let value = 0;
    for (let i = 0; i < bytes; i++) value += packed[at++]! * 2 ** (8 * i);
    return value;
  };
  while (at < packed.length) {
    const tag = packed[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      let count = (tag >> 2) + 1;
      if (count > 60) count = number(count - 60) + 1;
      if (at + count > packed.length || to + count > length) throw new Error('the snappy block is broken');
      out.set(packed.subarray(at, at + count), to);
      at += count;
      to += count;
      continue;
    }
    const count = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const offset = kind === 1 ? ((tag >> 5) << 8) | packed[at++]! : number(kind === 2 ? 2 : 4);
    if (offset === 0 || offset > to || to + count > length) throw new Error('the snappy block is broken');
    // What is copied may reach into itself.
    for (let i = 0; i < count; i++, to++) out[to] = out[to - offset]!;
  }
  if (to !== length) throw new Error('the snappy block is broken');
  return out;
}

const HASH_BITS = 14;
const LONGEST_COPY = 64;
const FARTHEST = 65535;

export function packSnappy(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + Math.ceil(bytes.length / 60) + 16);
  let to = 0;
  let rest = bytes.length;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) out[to++] = (rest & 0x7f) | 0x80;
  out[to++] = rest;
  const literal = (from: number, end: number): void => {
    for (let at = from; at < end; at += 60) {
      const count = Math.min(60, end - at);
      out[to++] = (count - 1) << 2;
      out.set(bytes.subarray(at, at + count), to);
      to += count;
    }
  };
  const last = new Int32Array(1 << HASH_BITS).fill(-1);
  const word = (at: number): number =>
    bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  let done = 0;
  let at = 0;
  while (at + 4 <= bytes.length) {
    const hash = Math.imul(word(at), 0x1e35a7bd) >>> (32 - HASH_BITS);
    const found = last[hash]!;
    last[hash] = at;
    if (found < 0 || at - found > FARTHEST || word(found) !== word(at)) {
      at++;
      continue;
    }
    let length = 4;
    while (length < LONGEST_COPY && at + length < bytes.length && bytes[found + length] === bytes[at + length])
      length++;
    literal(done, at);
    out[to++] = ((length - 1) << 2) | 2;
    out[to++] = (at - found) & 0xff;
    out[to++] = (at - found) >> 8;
    at += length;
    done = at;
  }
  literal(done, bytes.length);
  return out.slice(0, to);
}
