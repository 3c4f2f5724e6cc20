/**
 * Rows that are kept, in columns: what joins and sorts remember. Rows have numbers; numbers of freed rows are used again.
 * Strings are copied, so that no input chunk stays alive; strings of one dictionary stay codes.
 */
import { assert, unreachable } from '../assert.ts';
import { storageOf, type Column } from '../data/column.ts';
import { columnOf } from '../data/column-builder.ts';
import { valueAt, valuesOf } from '../data/column-read.ts';
import { takeColumn } from '../data/take.ts';
import { takeNullable } from '../data/take-nullable.ts';
import { keep } from './aggregates/compare-values.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { signs } from './key-encoder.ts';
import { StoredBytes } from './stored-bytes.ts';
import { StoredValid, type StoredColumn } from './stored-column.ts';
import { grownUncleared, makeArray, nextCapacity, type ArrayKind, type TypedArray } from './typed.ts';

export interface RowStoreState {
  readonly bound: number;
  readonly free: readonly number[];
  readonly columns: readonly Column[];
}

export class RowStore {
  readonly #columns: readonly StoredColumn[];
  #capacity = 64;
  #free: number[] = [];
  /** Row numbers are below this. */
  bound = 0;

  constructor(types: readonly DataType[]) {
    this.#columns = types.map((type) => makeStored(type));
    for (const column of this.#columns) column.grow(this.#capacity);
  }

  get live(): number {
    return this.bound - this.#free.length;
  }

  /**
   * Keeps rows from .. to of `columns`; out[r] = the number of row r. Rows whose `where` is negative are left out (out[r] = -1).
   */
  append(columns: readonly Column[], from: number, to: number, out: Int32Array, where?: Int32Array): void {
    const start = this.bound;
    let dense = true;
    for (let r = from; r < to; r++) {
      if (where !== undefined && where[r]! < 0) {
        out[r] = -1;
        dense = false;
      } else if (this.#free.length > 0) {
        out[r] = this.#free.pop()!;
        dense = false;
      } else out[r] = this.bound++;
    }
    if (this.bound > this.#capacity) {
      this.#capacity = nextCapacity(this.#capacity, this.bound);
      for (const column of this.#columns) column.grow(this.#capacity);
    }
    this.#columns.forEach((stored, c) => {
      if (dense) stored.appendAll(columns[c]!, from, to, start);
      else stored.set(columns[c]!, from, to, out);
    });
  }

  /** A number for a row that `write` brings before anything else is done with it. */
  claim(): number {
    return this.#free.pop() ?? this.bound++;
  }

  /** Keeps row r of `columns` under the claimed number numbers[r], for from <= r < to; rows whose number is negative are left out. */
  write(columns: readonly Column[], from: number, to: number, numbers: Int32Array): void {
    if (this.bound > this.#capacity) {
      this.#capacity = nextCapacity(this.#capacity, this.bound);
      for (const column of this.#columns) column.grow(this.#capacity);
    }
    this.#columns.forEach((stored, c) => stored.set(columns[c]!, from, to, numbers));
  }

  /** The row's number may be given to another. */
  free(row: number): void {
    for (const column of this.#columns) column.forget?.(row);
    this.#free.push(row);
    if (this.#free.length === this.bound) this.clear();
  }

  clear(): void {
    this.bound = 0;
    this.#free = [];
    for (const column of this.#columns) column.clear();
  }

  /** Rows rows[0], ..., rows[n - 1] as columns. Those that are not `wanted` are empty columns, for readers that skip them. */
  take(rows: Int32Array, n: number, wanted?: readonly boolean[]): Column[] {
    return this.#columns.map((stored, c) => {
      if (wanted?.[c] === false) return stored.column(0);
      return stored.take?.(rows, n) ?? takeColumn(stored.column(this.bound), rows, n);
    });
  }

  /** As `take`; number -1 gives a row of NULLs. */
  takeNullable(rows: Int32Array, n: number): Column[] {
    return this.#columns.map((stored) => takeNullable(stored.column(this.bound), rows, n));
  }

  /** Column `index` of all rows, by their numbers: what a freed row holds is unspecified. Valid until the next `append` or `free`. */
  column(index: number): Column {
    return this.#columns[index]!.column(this.bound);
  }

  /** One column of rows rows[0], ..., rows[n - 1]. */
  takeColumn(column: number, rows: Int32Array, n: number): Column {
    return takeColumn(this.#columns[column]!.column(this.bound), rows, n);
  }

  get byteLength(): number {
    return this.#columns.reduce((sum, column) => sum + column.byteLength, 0);
  }

  snapshot(): RowStoreState {
    const all = Int32Array.from({ length: this.bound }, (_, i) => i);
    // A dictionary is an object of the process: strings go into a snapshot as text.
    const columns = this.take(all, this.bound).map((column) =>
      column.storage === 'str' && column.encoding === 'dict' ? columnOf(column.type, valuesOf(column)) : column,
    );
    return { bound: this.bound, free: [...this.#free], columns };
  }

  restore({ bound, free, columns }: RowStoreState): void {
    this.clear();
    const out = new Int32Array(bound);
    this.append(columns, 0, bound, out);
    this.#free = [...free];
  }
}

function makeStored(type: DataType): StoredColumn {
  const storage = storageOf(type);
  switch (storage) {
    case 'u8':
    case 'i32':
    case 'i64':
    case 'f32':
    case 'f64':
      return new StoredFixed(type, [{ kind: storage, of: (column) => (column as { values: TypedArray }).values }]);
    case 'i128':
      return new StoredFixed(type, [
        { kind: 'i64', of: (column) => (column as { values: TypedArray }).values },
        { kind: 'i64', of: highOf },
      ]);
    case 'ts':
      return new StoredFixed(type, [
        { kind: 'f64', of: (column) => (column as { values: TypedArray }).values },
        { kind: 'i32', of: (column) => (column as { nanos: TypedArray }).nanos },
      ]);
    case 'str':
    case 'bin':
      return new StoredBytes(type);
    case 'list':
    case 'map':
    case 'row':
      return new StoredValues(type);
    default:
      return unreachable(storage);
  }
}

function highOf(column: Column): TypedArray {
  assert(column.storage === 'i128', 'a wide decimal is stored as i128');
  return column.high ?? signs(column.values, 0, column.length);
}

interface FixedPart {
  readonly kind: Exclude<ArrayKind, 'any'>;
  readonly of: (column: Column) => TypedArray;
}

class StoredFixed implements StoredColumn {
  readonly #type: DataType;
  readonly #parts: readonly FixedPart[];
  #arrays: TypedArray[];
  readonly #valid = new StoredValid();

  constructor(type: DataType, parts: readonly FixedPart[]) {
    this.#type = type;
    this.#parts = parts;
    this.#arrays = parts.map(({ kind }) => makeArray(kind, 0) as TypedArray);
  }
  grow(capacity: number): void {
    this.#arrays = this.#arrays.map((array) => grownUncleared(array, capacity));
    this.#valid.grow(capacity);
  }
  appendAll(column: Column, from: number, to: number, start: number): void {
    this.#parts.forEach(({ of }, p) =>
      (this.#arrays[p] as Int32Array).set(of(column).subarray(from, to) as Int32Array, start),
    );
    this.#valid.appendAll(column.valid, from, to, start);
  }
  set(column: Column, from: number, to: number, numbers: Int32Array): void {
    this.#parts.forEach(({ of }, p) => scatter(this.#arrays[p]!, of(column), from, to, numbers));
    this.#valid.set(column.valid, from, to, numbers);
  }
  column(bound: number): Column {
    const [values, second] = this.#arrays;
    const storage = storageOf(this.#type);
    const head = { type: this.#type, length: bound, valid: this.#valid.array, storage, values };
    if (storage === 'i128') return { ...head, high: second } as unknown as Column;
    return (storage === 'ts' ? { ...head, nanos: second } : head) as unknown as Column;
  }
  clear(): void {
    this.#valid.clear();
  }
  get byteLength(): number {
    return this.#arrays.reduce((sum, array) => sum + array.byteLength, 0);
  }
}

function scatter(target: TypedArray, source: TypedArray, from: number, to: number, numbers: Int32Array): void {
  if (target instanceof BigInt64Array) {
    const longs = source as BigInt64Array;
    for (let r = from; r < to; r++) if (numbers[r]! >= 0) target[numbers[r]!] = longs[r]!;
  } else {
    const plain = source as Float64Array;
    for (let r = from; r < to; r++) if (numbers[r]! >= 0) target[numbers[r]!] = plain[r]!;
  }
}

/** Nested values, boxed. */
class StoredValues implements StoredColumn {
  readonly #type: DataType;
  #values: Value[] = [];
  constructor(type: DataType) {
    this.#type = type;
  }
  grow(): void {}
  appendAll(column: Column, from: number, to: number, start: number): void {
    for (let r = from; r < to; r++) this.#values[start + r - from] = keep(valueAt(column, r));
  }
  set(column: Column, from: number, to: number, numbers: Int32Array): void {
    for (let r = from; r < to; r++) if (numbers[r]! >= 0) this.#values[numbers[r]!] = keep(valueAt(column, r));
  }
  column(bound: number): Column {
    return columnOf(this.#type, this.#values.slice(0, bound));
  }
  take(rows: Int32Array, n: number): Column {
    return columnOf(
      this.#type,
      Array.from({ length: n }, (_, i) => this.#values[rows[i]!] ?? null),
    );
  }
  forget(row: number): void {
    this.#values[row] = null;
  }
  clear(): void {
    this.#values = [];
  }
  get byteLength(): number {
    return this.#values.length * 100;
  }
}
