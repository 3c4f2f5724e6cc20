/**
 * Rows that are kept, in columns: what joins and sorts remember. Rows have numbers; numbers of freed rows are used again.
 * Strings are copied, so that no input chunk stays alive; strings of one dictionary stay codes.
 */
import { assert, unreachable } from '../assert.ts';
import { MillraceError } from '../errors.ts';
import { type Dictionary, storageOf, type BinColumn, type Column, type StringColumn } from '../data/column.ts';
import { columnOf } from '../data/column-builder.ts';
import { valueAt, valuesOf } from '../data/column-read.ts';
import { takeColumn } from '../data/take.ts';
import { keep } from './aggregates/compare-values.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { signs } from './key-encoder.ts';
import { grown, grownUncleared, makeArray, nextCapacity, type ArrayKind, type TypedArray } from './typed.ts';

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

  /** Rows rows[0], ..., rows[n - 1] as columns. */
  take(rows: Int32Array, n: number): Column[] {
    return this.#columns.map((stored) => takeColumn(stored.column(this.bound), rows, n));
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

interface StoredColumn {
  grow(capacity: number): void;
  /** Rows from .. to go to numbers start, start + 1, ... */
  appendAll(column: Column, from: number, to: number, start: number): void;
  /** Row r goes to number numbers[r], unless that is negative. */
  set(column: Column, from: number, to: number, numbers: Int32Array): void;
  /** A column over all numbers below `bound`, sharing memory. */
  column(bound: number): Column;
  forget?(row: number): void;
  clear(): void;
  readonly byteLength: number;
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

/** Validity of stored rows: made when the first NULL comes. */
class StoredValid {
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

const encoder = new TextEncoder();
const MAX_BYTES = 0x7fff_0000;

/** Strings and bytes: in one arena, or as codes while all come from one dictionary. */
class StoredBytes implements StoredColumn {
  readonly #type: DataType;
  readonly #valid = new StoredValid();
  #dictionary: Dictionary | undefined;
  #codes: Int32Array = new Int32Array(0);
  #bytes: Uint8Array = new Uint8Array(0);
  #used = 0;
  /** Bytes of rows that were freed. */
  #wasted = 0;
  #starts: Int32Array = new Int32Array(0);
  #ends: Int32Array = new Int32Array(0);
  #ascii = true;
  #capacity = 0;
  #empty = true;

  constructor(type: DataType) {
    this.#type = type;
  }
  grow(capacity: number): void {
    this.#capacity = capacity;
    if (this.#dictionary !== undefined) this.#codes = grown(this.#codes, capacity);
    else {
      this.#starts = grown(this.#starts, capacity);
      this.#ends = grown(this.#ends, capacity);
    }
    this.#valid.grow(capacity);
  }
  appendAll(column: Column, from: number, to: number, start: number): void {
    this.#valid.appendAll(column.valid, from, to, start);
    this.#store(column as StringColumn | BinColumn, from, to, (r) => start + r - from);
  }
  set(column: Column, from: number, to: number, numbers: Int32Array): void {
    this.#valid.set(column.valid, from, to, numbers);
    this.#store(column as StringColumn | BinColumn, from, to, (r) => numbers[r]!);
  }
  #store(column: StringColumn | BinColumn, from: number, to: number, numberOf: (r: number) => number): void {
    const dictionary = column.storage === 'str' && column.encoding === 'dict' ? column.dictionary : undefined;
    if (this.#empty && dictionary !== undefined) {
      this.#dictionary = dictionary;
      this.#codes = new Int32Array(this.#capacity);
    }
    this.#empty = false;
    if (this.#dictionary !== undefined && dictionary === this.#dictionary) {
      const { codes } = column as StringColumn & { encoding: 'dict' };
      for (let r = from; r < to; r++) if (numberOf(r) >= 0) this.#codes[numberOf(r)] = codes[r]!;
      return;
    }
    if (this.#dictionary !== undefined) this.#leaveDictionary();
    for (let r = from; r < to; r++) {
      const number = numberOf(r);
      if (number < 0) continue;
      this.#starts[number] = this.#used;
      if (column.valid === undefined || column.valid[r] === 1) this.#put(column, r);
      this.#ends[number] = this.#used;
    }
  }
  #put(column: StringColumn | BinColumn, r: number): void {
    if (column.storage === 'bin' || column.encoding === 'view') {
      const start = column.starts[r]!;
      const end = column.ends[r]!;
      this.#reserve(end - start);
      if (column.storage === 'str' && !column.ascii) this.#ascii = false;
      const target = this.#bytes;
      const { bytes } = column;
      for (let i = start, j = this.#used; i < end; i++, j++) target[j] = bytes[i]!;
      this.#used += end - start;
      return;
    }
    this.#putText((column.encoding === 'js' ? column.values[r] : column.dictionary.strings[column.codes[r]!]) ?? '');
  }
  #putText(text: string): void {
    this.#reserve(text.length * 3);
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(this.#used));
    if (written !== text.length) this.#ascii = false;
    else if (this.#ascii) for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) this.#ascii = false;
    this.#used += written;
  }
  #reserve(length: number): void {
    if (this.#used + length <= this.#bytes.length) return;
    if (this.#used + length > MAX_BYTES) {
      throw new MillraceError('RUNTIME_FAILED', 'the strings kept in one column of the state exceed 2 GB', {
        hint: 'join or sort fewer columns, or a windowed part of the stream',
      });
    }
    this.#bytes = grown(
      this.#bytes,
      Math.min(nextCapacity(256, Math.max(this.#bytes.length * 2, this.#used + length)), MAX_BYTES),
    );
  }
  /** Codes of another dictionary came: from now on text. */
  #leaveDictionary(): void {
    const { strings } = this.#dictionary!;
    const codes = this.#codes;
    this.#dictionary = undefined;
    this.#starts = new Int32Array(this.#capacity);
    this.#ends = new Int32Array(this.#capacity);
    for (let row = 0; row < codes.length; row++) {
      this.#starts[row] = this.#used;
      this.#putText(strings[codes[row]!] ?? '');
      this.#ends[row] = this.#used;
    }
    this.#codes = new Int32Array(0);
  }
  forget(row: number): void {
    if (this.#dictionary !== undefined) return;
    this.#wasted += this.#ends[row]! - this.#starts[row]!;
    this.#ends[row] = this.#starts[row]!;
    if (this.#wasted > 65_536 && this.#wasted * 2 > this.#used) this.#compact();
  }
  #compact(): void {
    const old = this.#bytes;
    this.#bytes = new Uint8Array(nextCapacity(256, this.#used - this.#wasted));
    let used = 0;
    for (let row = 0; row < this.#capacity; row++) {
      const start = this.#starts[row]!;
      const end = this.#ends[row]!;
      this.#bytes.set(old.subarray(start, end), used);
      this.#starts[row] = used;
      used += end - start;
      this.#ends[row] = used;
    }
    this.#used = used;
    this.#wasted = 0;
  }
  column(bound: number): Column {
    const head = { type: this.#type, length: bound, valid: this.#valid.array };
    if (this.#dictionary !== undefined) {
      return { ...head, storage: 'str', encoding: 'dict', codes: this.#codes, dictionary: this.#dictionary };
    }
    const views = { ...head, bytes: this.#bytes, starts: this.#starts, ends: this.#ends };
    if (storageOf(this.#type) === 'bin') return { ...views, storage: 'bin' };
    return { ...views, storage: 'str', encoding: 'view', ascii: this.#ascii };
  }
  clear(): void {
    this.#valid.clear();
    this.#dictionary = undefined;
    this.#starts = new Int32Array(this.#capacity);
    this.#ends = new Int32Array(this.#capacity);
    // Columns that were taken may still look at the bytes.
    this.#bytes = new Uint8Array(0);
    this.#used = 0;
    this.#wasted = 0;
    this.#ascii = true;
    this.#empty = true;
  }
  get byteLength(): number {
    return this.#bytes.length + this.#starts.byteLength + this.#ends.byteLength + this.#codes.byteLength;
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
