import { MillraceError } from '../errors.ts';
import { storageOf, type BinColumn, type Column, type Dictionary, type StringColumn } from '../data/column.ts';
import type { DataType } from '../types/type.ts';
import { StoredValid, type StoredColumn } from './stored-column.ts';
import { grown, nextCapacity } from './typed.ts';

const encoder = new TextEncoder();
const MAX_BYTES = 0x7fff_0000;

/** Strings and bytes: in one arena, or as codes while all come from one dictionary. */
export class StoredBytes implements StoredColumn {
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
