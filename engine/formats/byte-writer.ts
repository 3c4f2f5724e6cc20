const ZERO = 0x30;
const encoder = new TextEncoder();

/** Bytes that grow at the end. Writers of single bytes call `reserve` first and then put into `bytes` themselves. */
export class ByteWriter {
  bytes = new Uint8Array(1 << 16);
  at = 0;

  /** Room for `n` more bytes. */
  reserve(n: number): void {
    if (this.at + n <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.at + n));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
  }

  /** Everything that was written since the last call, in an array of its own. */
  take(): Uint8Array {
    const taken = this.bytes.slice(0, this.at);
    this.at = 0;
    return taken;
  }

  byte(value: number): void {
    if (this.at === this.bytes.length) this.reserve(1);
    this.bytes[this.at++] = value;
  }

  /** Bytes [start, end) of `from`. */
  copy(from: Uint8Array, start = 0, end = from.length): void {
    const n = end - start;
    this.reserve(n);
    const { bytes } = this;
    let at = this.at;
    if (n > 64) bytes.set(from.subarray(start, end), at);
    else for (let i = start; i < end; i++) bytes[at++] = from[i]!;
    this.at += n;
  }

  /** A text of ASCII characters. */
  ascii(text: string): void {
    const n = text.length;
    this.reserve(n);
    for (let i = 0; i < n; i++) this.bytes[this.at + i] = text.charCodeAt(i);
    this.at += n;
  }

  /** Any text, as UTF-8. */
  text(text: string): void {
    this.reserve(text.length * 3);
    this.at += encoder.encodeInto(text, this.bytes.subarray(this.at)).written;
  }

  /** A number of exactly `digits` digits, zeros in front. */
  padded(value: number, digits: number): void {
    this.reserve(digits);
    let rest = value;
    for (let i = this.at + digits - 1; i >= this.at; i--) {
      const tenth = (rest / 10) | 0;
      this.bytes[i] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.at += digits;
  }

  /** An integer of up to 53 bits. */
  integer(value: number): void {
    if (value < 0) {
      this.byte(0x2d);
      this.integer(-value);
    } else if (value < 1e9) {
      this.padded(value, digitsOf(value));
    } else {
      const high = Math.floor(value / 1e9);
      this.integer(high);
      this.padded(value - high * 1e9, 9);
    }
  }

  /** Entry `i` of 64-bit integers; `halves` are the same bytes as 32-bit integers, low halves first. */
  int64(halves: Int32Array, values: BigInt64Array, i: number): void {
    const low = halves[2 * i]!;
    const high = halves[2 * i + 1]!;
    if (high === low >> 31) this.integer(low);
    else if (high < 0x200000 && high >= -0x200000) this.integer(high * 4294967296 + (low >>> 0));
    else this.ascii(String(values[i]));
  }
}

function digitsOf(value: number): number {
  if (value < 10000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4;
  if (value < 1e7) return value < 1e5 ? 5 : value < 1e6 ? 6 : 7;
  return value < 1e8 ? 8 : 9;
}
