/** Typed arrays that grow: the dense columns of state. */

/** Element kinds of state arrays; 'any' is a JavaScript array of values. */
export type ArrayKind = 'u8' | 'i32' | 'i64' | 'f32' | 'f64' | 'any';
export type TypedArray = Uint8Array | Int32Array | BigInt64Array | Float32Array | Float64Array;
export type StateArray = TypedArray | unknown[];

/** Zeros (or `undefined`s) for `length` entries. */
export function makeArray(kind: ArrayKind, length: number): StateArray {
  switch (kind) {
    case 'u8':
      return new Uint8Array(length);
    case 'i32':
      return new Int32Array(length);
    case 'i64':
      return new BigInt64Array(length);
    case 'f32':
      return new Float32Array(length);
    case 'f64':
      return new Float64Array(length);
    case 'any':
      return [];
  }
}

/** The same entries in an array of `length`, the rest zero. JavaScript arrays grow by themselves and come back as they are. */
export function grown<A extends StateArray>(array: A, length: number): A {
  if (Array.isArray(array)) return array;
  const Ctor = array.constructor as new (n: number) => TypedArray;
  const result = new Ctor(length);
  (result as Uint8Array).set(array as unknown as Uint8Array);
  return result as A;
}

/** The same, but what follows the old entries is not cleared: for large columns whose every entry is written before it is read. */
export function grownUncleared<A extends TypedArray>(array: A, length: number): A {
  const Ctor = array.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => A;
  const result = new Ctor(Buffer.allocUnsafeSlow(Math.max(8, length * array.BYTES_PER_ELEMENT)).buffer, 0, length);
  (result as Uint8Array).set(array as Uint8Array);
  return result;
}

/** A capacity of at least `needed` that at least doubles `current`: growth is amortised. */
export function nextCapacity(current: number, needed: number): number {
  let capacity = Math.max(current, 16);
  while (capacity < needed) capacity *= 2;
  return capacity;
}

/** The 4-byte words of an array of 8-byte elements: word 2i is the low half of element i (all our platforms are little-endian). */
export function wordsOf(array: BigInt64Array | Float64Array): Int32Array {
  return new Int32Array(array.buffer, array.byteOffset, array.length * 2);
}

/** The 8-byte integers over the same memory as `words`. */
export function longsOf(words: Int32Array): BigInt64Array {
  return new BigInt64Array(words.buffer, words.byteOffset, words.length >> 1);
}

/**
 * Memory for several arrays in one piece, not cleared: clearing and counting many small pieces costs more than filling them. Arrays must be
 * written before they are read.
 */
export class Slab {
  readonly #buffer: ArrayBufferLike;
  #used = 0;

  constructor(bytes: number) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(8, bytes)).buffer;
  }

  /** Bytes that an array of `length` elements of `size` bytes takes. */
  static bytes(size: number, length: number): number {
    return (size * length + 7) & ~7;
  }

  /** An array of the kind, as `makeArray` gives, but not cleared. */
  take(kind: Exclude<ArrayKind, 'any'>, length: number): TypedArray {
    const Ctor = constructors[kind];
    const array = new Ctor(this.#buffer as ArrayBuffer, this.#used, length);
    this.#used += Slab.bytes(Ctor.BYTES_PER_ELEMENT, length);
    return array;
  }

  /** A copy of the first `length` elements. */
  copy<A extends TypedArray>(source: A, length: number): A {
    const Ctor = source.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => A;
    const array = new Ctor(this.#buffer, this.#used, length);
    (array as Uint8Array).set(source.subarray(0, length) as Uint8Array);
    this.#used += Slab.bytes(source.BYTES_PER_ELEMENT, length);
    return array;
  }
}

const constructors = {
  u8: Uint8Array,
  i32: Int32Array,
  i64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;
