import type { KernelMemory, Region } from './kernel-memory.ts';

/** The first entries of arrays in a kernel's memory: copies of them or, when the batch is lent, views. */
export class LeafArrays {
  readonly length: number;
  readonly #memory: KernelMemory;
  readonly #lent: boolean;

  constructor(memory: KernelMemory, length: number, lent: boolean) {
    this.#memory = memory;
    this.length = length;
    this.#lent = lent;
  }

  u8({ at }: Region): Uint8Array {
    const view = this.#memory.u8.subarray(at, at + this.length);
    return this.#lent ? view : view.slice();
  }
  i32({ at }: Region): Int32Array {
    const view = this.#memory.i32.subarray(at >> 2, (at >> 2) + this.length);
    return this.#lent ? view : view.slice();
  }
  f64({ at }: Region): Float64Array {
    const view = this.#memory.f64.subarray(at >> 3, (at >> 3) + this.length);
    return this.#lent ? view : view.slice();
  }
  i64({ at }: Region): BigInt64Array {
    const view = this.#memory.i64.subarray(at >> 3, (at >> 3) + this.length);
    return this.#lent ? view : view.slice();
  }

  /** Which rows are valid; undefined = all. */
  validity(valid: Region): Uint8Array | undefined {
    const view = this.#memory.u8.subarray(valid.at, valid.at + this.length);
    if (!view.includes(0)) return undefined;
    return this.#lent ? view : view.slice();
  }
}
