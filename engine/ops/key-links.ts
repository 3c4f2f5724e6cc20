import { grown } from '../state/typed.ts';

/**
 * Where the lists of rows of each key begin and end, for both sides of a join next to each other: a row that is added and looks for
 * matches touches one place. Rows are stored as number + 1; 0 = none.
 */
export class KeyLinks {
  /** Of key k: 4k left head, 4k + 1 left tail, 4k + 2 right head, 4k + 3 right tail. */
  array: Int32Array = new Int32Array(256);
  /** Keeps the reads of `touch` from being optimised away. */
  touched = 0;

  ensure(keys: number): void {
    if (this.array.length < keys * 4) this.array = grown(this.array, keys * 4);
  }

  /** Reads the links of the keys, so that the cache misses of the loops that follow overlap. */
  touch(keys: Int32Array, n: number): void {
    const { array } = this;
    let lines = 0;
    for (let r = 0; r < n; r++) if (keys[r]! >= 0) lines ^= array[4 * keys[r]!]!;
    this.touched = lines;
  }

  /** No side has a row of the key. */
  isEmpty(key: number): boolean {
    return this.array[4 * key] === 0 && this.array[4 * key + 2] === 0;
  }

  snapshot(keys: number): Int32Array {
    return this.array.slice(0, keys * 4);
  }
  restore(links: Int32Array): void {
    this.array = grown(links, Math.max(256, links.length));
  }
  get byteLength(): number {
    return this.array.byteLength;
  }
}
