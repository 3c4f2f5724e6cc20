/** Bytes of states, written and read: numbers little-endian and unaligned, arrays at multiples of 8 bytes, texts as UTF-8 (or UTF-16 if they are no valid text). */

export type NumberArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** The kinds of arrays by their number in the bytes: only ever appended to. */
export const numberArrays = [
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const;
export const LIST_KINDS = { int32: 5, float64: 7 } as const;

/** What UTF-8 cannot say. */
const loneSurrogate = /\p{Surrogate}/u;
const BLOCK = 64 * 1024;
/** Arrays of so many bytes are not copied into a block. */
const LARGE = 4096;

/** Collects bytes in blocks; large arrays go in as views. */
export class ByteSink {
  readonly #pieces: Uint8Array[] = [];
  #block = Buffer.allocUnsafe(BLOCK);
  #used = 0;
  /** Bytes in finished pieces. */
  #done = 0;

  #room(bytes: number): number {
    if (this.#used + bytes > this.#block.length) {
      this.#cut();
      if (bytes > this.#block.length) this.#block = Buffer.allocUnsafe(bytes);
    }
    const at = this.#used;
    this.#used += bytes;
    return at;
  }
  #cut(): void {
    if (this.#used === 0) return;
    this.#pieces.push(this.#block.subarray(0, this.#used));
    this.#done += this.#used;
    this.#block = Buffer.allocUnsafe(BLOCK);
    this.#used = 0;
  }

  byte(value: number): void {
    const at = this.#room(1);
    this.#block[at] = value;
  }
  int32(value: number): void {
    const at = this.#room(4);
    this.#block.writeInt32LE(value, at);
  }
  uint32(value: number): void {
    const at = this.#room(4);
    this.#block.writeUInt32LE(value, at);
  }
  float64(value: number): void {
    const at = this.#room(8);
    this.#block.writeDoubleLE(value, at);
  }

  /** Length in bytes and encoding (0 UTF-8, 1 UTF-16), then the bytes. */
  text(value: string): void {
    const encoding = loneSurrogate.test(value) ? 'utf16le' : 'utf8';
    const length = Buffer.byteLength(value, encoding);
    this.uint32(length);
    this.byte(encoding === 'utf8' ? 0 : 1);
    const at = this.#room(length);
    this.#block.write(value, at, encoding);
  }

  /** Length, padding up to a multiple of 8, the bytes as they lie in memory. */
  array(values: NumberArray): void {
    this.uint32(values.length);
    const padding = -(this.#done + this.#used) & 7;
    for (let i = 0; i < padding; i++) this.byte(0);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    if (bytes.length < LARGE) {
      const at = this.#room(bytes.length);
      this.#block.set(bytes, at);
      return;
    }
    this.#cut();
    this.#pieces.push(bytes);
    this.#done += bytes.length;
  }

  /** The number of texts, their ends in one block of bytes (-1 = NULL), the bytes. */
  texts(values: readonly (string | null)[]): void {
    const joined = values.map((value) => value ?? '').join('');
    if (values.some((value) => value !== null && loneSurrogate.test(value))) {
      this.byte(1);
      this.uint32(values.length);
      for (const value of values) {
        this.byte(value === null ? 0 : 1);
        if (value !== null) this.text(value);
      }
      return;
    }
    this.byte(0);
    const ends = new Int32Array(values.length);
    let end = 0;
    values.forEach((value, i) => {
      if (value !== null) end += Buffer.byteLength(value);
      ends[i] = value === null ? -1 : end;
    });
    this.array(ends);
    this.array(Buffer.from(joined));
  }

  pieces(): Uint8Array[] {
    this.#cut();
    return this.#pieces;
  }
}

/** Reads what a ByteSink has written. Throws RangeError beyond the end. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  #take(length: number): number {
    const at = this.#at;
    if (at + length > this.#bytes.length) throw new RangeError('a state ends too early');
    this.#at += length;
    return at;
  }
  byte(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }
  int32(): number {
    return this.#bytes.readInt32LE(this.#take(4));
  }
  uint32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }
  float64(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }
  text(): string {
    const length = this.uint32();
    const encoding = this.byte() === 0 ? 'utf8' : 'utf16le';
    const at = this.#take(length);
    return this.#bytes.toString(encoding, at, at + length);
  }
  array(kind: number): NumberArray {
    const Kind = numberArrays[kind];
    if (Kind === undefined) throw new RangeError(`unknown kind of array ${kind} in a state`);
    const length = this.uint32();
    this.#take(-this.#at & 7);
    const at = this.#take(length * Kind.BYTES_PER_ELEMENT);
    const values = new Kind(length);
    new Uint8Array(values.buffer).set(this.#bytes.subarray(at, at + values.byteLength));
    return values;
  }
  texts(): (string | null)[] {
    if (this.byte() === 1) {
      return Array.from({ length: this.uint32() }, () => (this.byte() === 0 ? null : this.text()));
    }
    const ends = this.array(LIST_KINDS.int32) as Int32Array;
    const bytes = Buffer.from((this.array(0) as Uint8Array).buffer);
    let start = 0;
    return Array.from(ends, (end) => {
      if (end < 0) return null;
      const text = bytes.toString('utf8', start, end);
      start = end;
      return text;
    });
  }
}
