/** A small fast generator of pseudo-random numbers (sfc32) whose sequence is a function of its seed alone. */
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #count = 1;

  constructor(seed: string | number) {
    this.seed(typeof seed === 'number' ? seed : hashText(seed), 0);
  }

  /** Begins the sequence number `stream` of `seed`. */
  seed(seed: number, stream: number): void {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = Math.floor(stream / 2 ** 32) | 0;
    this.#count = 1;
    for (let i = 0; i < 12; i++) this.int32();
  }

  /** Any 32 bits, as a signed integer. */
  int32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum;
  }

  /** 0 <= x < 1, with 53 bits. */
  unit(): number {
    return ((this.int32() >>> 5) * 67108864 + (this.int32() >>> 6)) / 9007199254740992;
  }

  /** An integer, 0 <= x < n, for n up to 2^53. */
  below(n: number): number {
    return n <= 4294967296 ? Math.floor(((this.int32() >>> 0) / 4294967296) * n) : Math.floor(this.unit() * n);
  }

  /** An integer, min <= x <= max, over the whole range of 64 bits. */
  bigint(min: bigint, max: bigint): bigint {
    const span = max - min + 1n;
    if (span <= 9007199254740992n) return min + BigInt(this.below(Number(span)));
    const bits = (BigInt(this.int32() >>> 0) << 64n) | (BigInt(this.int32() >>> 0) << 32n) | BigInt(this.int32() >>> 0);
    return min + (bits % span);
  }
}

/** 32 bits of a text (FNV-1a). */
export function hashText(text: string): number {
  let hash = -2128831035;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  return hash;
}
