import { Malformed } from './malformed.ts';

/** A place in bytes of Avro's binary encoding. Throws Malformed at the end of the bytes. */
export class AvroCursor {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** High half of the last `long`, of which `long` gives the low one. */
  high = 0;

  reset(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #need(count: number): void {
    if (this.at + count > this.end) throw new Malformed('the record ends too early', this.at);
  }

  byte(): number {
    this.#need(1);
    return this.bytes[this.at++]!;
  }

  int(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
      if (shift > 28) throw new Malformed('a number is too long', this.at);
    }
  }

  /** The low half of a 64-bit integer; `high` has the other. */
  long(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) break;
      if (shift > 63) throw new Malformed('a number is too long', this.at);
    }
    const sign = -(low & 1);
    this.high = (high >>> 1) ^ sign;
    return ((low >>> 1) | (high << 31)) ^ sign;
  }

  bigint(): bigint {
    const low = this.long();
    return (BigInt(this.high) << 32n) | BigInt(low >>> 0);
  }

  /** A 64-bit integer as a number: for lengths and milliseconds. */
  number(): number {
    const low = this.long();
    return this.high * 2 ** 32 + (low >>> 0);
  }

  float(): number {
    this.#need(4);
    this.at += 4;
    return this.#view.getFloat32(this.at - 4, true);
  }

  double(): number {
    this.#need(8);
    this.at += 8;
    return this.#view.getFloat64(this.at - 8, true);
  }

  /** Passes over bytes with their length before them; gives where they begin, `at` is behind them. */
  skipBytes(): number {
    const length = this.number();
    if (length < 0) throw new Malformed('a length is negative', this.at);
    this.#need(length);
    const start = this.at;
    this.at += length;
    return start;
  }

  skip(count: number): void {
    this.#need(count);
    this.at += count;
  }
}
