/** java.util.Random: the same numbers for the same seed. The 48-bit state is kept in two halves of 24 bits, exact in doubles. */
const HALF = 0x1000000;
const MULTIPLIER_HIGH = 0x5de;
const MULTIPLIER_LOW = 0xece66d;
const ADDEND = 0xb;

export class JavaRandom {
  #high: number;
  #low: number;

  /** A seed of 64 bits, of which Java takes the lower 48. */
  constructor(seed: bigint) {
    const state = BigInt.asUintN(48, seed ^ 0x5deece66dn);
    this.#high = Number(state >> 24n);
    this.#low = Number(state & 0xffffffn);
  }

  /** The next `bits` (at most 32) bits, unsigned. */
  #next(bits: number): number {
    const low = this.#low * MULTIPLIER_LOW + ADDEND;
    const high = this.#high * MULTIPLIER_LOW + this.#low * MULTIPLIER_HIGH + Math.floor(low / HALF);
    this.#low = low % HALF;
    this.#high = high % HALF;
    return Math.floor((this.#high * HALF + this.#low) / 2 ** (48 - bits));
  }

  /** In [0, 1). */
  nextDouble(): number {
    return (this.#next(26) * 2 ** 27 + this.#next(27)) * 2 ** -53;
  }

  /** In [0, bound); bound is positive. */
  nextInt(bound: number): number {
    let bits = this.#next(31);
    if ((bound & (bound - 1)) === 0) return Math.floor((bound * bits) / 2 ** 31);
    for (;;) {
      const value = bits % bound;
      if (bits - value + (bound - 1) <= 0x7fffffff) return value;
      bits = this.#next(31);
    }
  }
}
