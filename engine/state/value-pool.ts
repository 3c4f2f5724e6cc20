/** Distinct nested values (ARRAY, MAP, MULTISET, ROW), each with a code: the slow sibling of BytePool for keys of types without bytes of their own. */
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { Column } from '../data/column.ts';
import { columnOf } from '../data/column-builder.ts';
import { valueAt, valuesOf } from '../data/column-read.ts';
import { valueKey } from '../data/key.ts';

export class ValuePool {
  #values: Value[] = [];
  #codes = new Map<string, number>();

  get size(): number {
    return this.#values.length;
  }
  get byteLength(): number {
    return this.size * 100;
  }

  /** out[r] = the code of row r, for from <= r < to; NULL rows get 0. */
  codes(column: Column, from: number, to: number, out: Int32Array): void {
    for (let r = from; r < to; r++) {
      const value = valueAt(column, r);
      out[r] = value === null ? 0 : this.intern(value);
    }
  }

  intern(value: Value): number {
    const key = valueKey(value);
    let code = this.#codes.get(key);
    if (code === undefined) {
      code = this.#values.length;
      this.#values.push(value);
      this.#codes.set(key, code);
    }
    return code;
  }

  column(type: DataType, codes: Int32Array, n: number, valid: Uint8Array | undefined): Column {
    const values: Value[] = [];
    for (let i = 0; i < n; i++) values.push(valid !== undefined && valid[i] === 0 ? null : this.#values[codes[i]!]!);
    return columnOf(type, values);
  }

  /** Order of first appearance: nested values have no order in SQL. */
  compare(a: number, b: number): number {
    return a - b;
  }

  /** Forgets every code that is not marked in `live`; returns the new code of each old one (-1 = forgotten). */
  compact(live: Uint8Array): Int32Array {
    const moved = new Int32Array(this.size).fill(-1);
    const kept = this.#values.filter((_, code) => live[code] === 1);
    let next = 0;
    for (let code = 0; code < moved.length; code++) if (live[code] === 1) moved[code] = next++;
    this.#values = [];
    this.#codes = new Map();
    kept.forEach((value) => this.intern(value));
    return moved;
  }

  snapshot(type: DataType): Column {
    return columnOf(type, this.#values);
  }
  restore(column: Column): void {
    this.#values = [];
    this.#codes = new Map();
    valuesOf(column).forEach((value) => this.intern(value));
  }
}
