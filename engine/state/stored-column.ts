import type { Column } from '../data/column.ts';
import { grown } from './typed.ts';

/** One column of a RowStore. */
export interface StoredColumn {
  grow(capacity: number): void;
  /** Rows from .. to go to numbers start, start + 1, ... */
  appendAll(column: Column, from: number, to: number, start: number): void;
  /** Row r goes to number numbers[r], unless that is negative. */
  set(column: Column, from: number, to: number, numbers: Int32Array): void;
  /** A column over all numbers below `bound`, sharing memory. */
  column(bound: number): Column;
  /** Numbers rows[0], ..., rows[n - 1], where that is cheaper than picking them out of `column`. */
  take?(rows: Int32Array, n: number): Column;
  forget?(row: number): void;
  clear(): void;
  readonly byteLength: number;
}

/** Validity of stored rows: made when the first NULL comes. */
export class StoredValid {
  #valid: Uint8Array | undefined;
  #capacity = 0;

  grow(capacity: number): void {
    const old = this.#capacity;
    this.#capacity = capacity;
    if (this.#valid !== undefined) this.#valid = grown(this.#valid, capacity).fill(1, old);
  }
  appendAll(valid: Uint8Array | undefined, from: number, to: number, start: number): void {
    if (valid !== undefined) this.#make().set(valid.subarray(from, to), start);
    else this.#valid?.fill(1, start, start + to - from);
  }
  set(valid: Uint8Array | undefined, from: number, to: number, numbers: Int32Array): void {
    if (valid === undefined && this.#valid === undefined) return;
    const own = this.#make();
    for (let r = from; r < to; r++) if (numbers[r]! >= 0) own[numbers[r]!] = valid === undefined ? 1 : valid[r]!;
  }
  #make(): Uint8Array {
    return (this.#valid ??= new Uint8Array(this.#capacity).fill(1));
  }
  get array(): Uint8Array | undefined {
    return this.#valid;
  }
  clear(): void {
    this.#valid = undefined;
  }
}
