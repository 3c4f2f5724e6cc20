import type { WasmMemory } from '../wasm/instance.ts';

const PAGE = 65536;
/** Kernels read whole vectors: so many bytes behind any text must be there. */
export const SLACK = 64;

/** A growing array in a kernel's memory. `at` changes when it is enlarged. */
export interface Region {
  at: number;
  bytes: number;
}

/**
 * The memory of one kernel: parts are handed out one behind the other and never taken back; what must grow moves to the end.
 * Typed arrays over it are made anew after each growth, so they are asked for, never kept.
 */
export class KernelMemory {
  readonly #memory: WasmMemory;
  #end: number;
  #buffer!: ArrayBuffer;
  #u8!: Uint8Array;
  #i32!: Int32Array;
  #f64!: Float64Array;
  #i64!: BigInt64Array;

  /** @param start first byte that the kernel does not use itself */
  constructor(memory: WasmMemory, start: number) {
    this.#memory = memory;
    this.#end = start;
    this.#look();
  }

  #look(): void {
    const { buffer } = this.#memory;
    this.#buffer = buffer;
    this.#u8 = new Uint8Array(buffer);
    this.#i32 = new Int32Array(buffer);
    this.#f64 = new Float64Array(buffer);
    this.#i64 = new BigInt64Array(buffer);
  }

  get buffer(): ArrayBuffer {
    return this.#buffer;
  }
  get u8(): Uint8Array {
    return this.#u8;
  }
  get i32(): Int32Array {
    return this.#i32;
  }
  get f64(): Float64Array {
    return this.#f64;
  }
  get i64(): BigInt64Array {
    return this.#i64;
  }

  /** Zeros, aligned to 16 bytes. */
  region(bytes: number): Region {
    const at = this.#end;
    this.#end = (at + bytes + 15) & ~15;
    const missing = this.#end + SLACK - this.#buffer.byteLength;
    if (missing > 0) {
      this.#memory.grow(Math.ceil(missing / PAGE));
      this.#look();
    }
    return { at, bytes };
  }

  /** At least `bytes` large, with the first `keep` bytes as they were. */
  enlarge(region: Region, bytes: number, keep: number): void {
    if (bytes <= region.bytes) return;
    const larger = this.region(Math.max(bytes, region.bytes * 2));
    this.#u8.copyWithin(larger.at, region.at, region.at + keep);
    region.at = larger.at;
    region.bytes = larger.bytes;
  }
}
