import { MillraceError } from '../errors.ts';
import {
  Dictionary,
  storageOf,
  type BinColumn,
  type Column,
  type DictStringColumn,
  type StringColumn,
  type ViewStringColumn,
} from '../data/column.ts';
import type { DataType } from '../types/type.ts';
import { StoredValid, type StoredColumn } from './stored-column.ts';
import { grown, nextCapacity } from './typed.ts';

const encoder = new TextEncoder();
const MAX_BYTES = 0x7fff_0000;

/** Beyond this many different strings, codes save less than the memory that their dictionary takes. */
const MAX_MERGED = 1 << 16;
/** From this length on bytes are copied by words. */
const WORDS_FROM = 12;
/** Scratch: the numbers of rows that are appended. */
let ascending: Int32Array = new Int32Array(0);

/** Strings and bytes: in one arena, or as codes while all come from dictionaries (several are merged into one). */
export class StoredBytes implements StoredColumn {
  readonly #type: DataType;
  readonly #valid = new StoredValid();
  #dictionary: Dictionary | undefined;
  #codes: Int32Array = new Int32Array(0);
  /** Of a dictionary that is merged from several: the code of each string, and by dictionary that came the code + 1 for each of its codes. */
  #codeOf: Map<string | null, number> | undefined;
  #memos = new WeakMap<Dictionary, Int32Array>();
  #bytes: Uint8Array = new Uint8Array(0);
  #words: Int32Array = new Int32Array(0);
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
    if (ascending.length < to) ascending = new Int32Array(nextCapacity(4096, to));
    for (let r = from, number = start; r < to; r++) ascending[r] = number++;
    this.#store(column as StringColumn | BinColumn, from, to, ascending);
  }
  set(column: Column, from: number, to: number, numbers: Int32Array): void {
    this.#valid.set(column.valid, from, to, numbers);
    this.#store(column as StringColumn | BinColumn, from, to, numbers);
  }
  #store(column: StringColumn | BinColumn, from: number, to: number, numbers: Int32Array): void {
    const dictionary = column.storage === 'str' && column.encoding === 'dict' ? column.dictionary : undefined;
    if (this.#empty && dictionary !== undefined) {
      this.#dictionary = dictionary;
      this.#codes = new Int32Array(this.#capacity);
    }
    this.#empty = false;
    if (this.#dictionary !== undefined && dictionary === this.#dictionary) {
      const { codes } = column as DictStringColumn;
      const own = this.#codes;
      for (let r = from; r < to; r++) {
        const number = numbers[r]!;
        if (number >= 0) own[number] = codes[r]!;
      }
      return;
    }
    if (this.#dictionary !== undefined && dictionary !== undefined && this.#mayMerge()) {
      this.#storeMerged(column as DictStringColumn, from, to, numbers);
      return;
    }
    if (this.#dictionary !== undefined) this.#leaveDictionary();
    if (column.storage === 'bin' || column.encoding === 'view') {
      this.#storeViews(column, from, to, numbers);
      return;
    }
    for (let r = from; r < to; r++) {
      const number = numbers[r]!;
      if (number < 0) continue;
      this.#starts[number] = this.#used;
      if (column.valid === undefined || column.valid[r] === 1) {
        this.#putText(
          (column.encoding === 'js' ? column.values[r] : column.dictionary.strings[column.codes[r]!]) ?? '',
        );
      }
      this.#ends[number] = this.#used;
    }
  }

  /** Codes of another dictionary came: from now on those of one of our own. False: it has become too large. */
  #mayMerge(): boolean {
    if (this.#codeOf !== undefined) return this.#codeOf.size <= MAX_MERGED;
    const old = this.#dictionary!;
    if (old.size > MAX_MERGED) return false;
    this.#codeOf = new Map();
    this.#dictionary = new Dictionary();
    const memo = this.#memoOf(old);
    for (let code = 0; code < old.size; code++) memo[code] = this.#enter(old.strings[code]!) + 1;
    for (let row = 0; row < this.#codes.length; row++) this.#codes[row] = Math.max(0, memo[this.#codes[row]!]! - 1);
    return true;
  }
  #enter(string: string | null): number {
    let code = this.#codeOf!.get(string);
    if (code === undefined) {
      code = this.#dictionary!.strings.push(string) - 1;
      this.#codeOf!.set(string, code);
    }
    return code;
  }
  #memoOf(dictionary: Dictionary): Int32Array {
    let memo = this.#memos.get(dictionary) ?? new Int32Array(0);
    if (memo.length < dictionary.size) {
      memo = grown(memo, nextCapacity(64, dictionary.size));
      this.#memos.set(dictionary, memo);
    }
    return memo;
  }
  #storeMerged({ codes, valid, dictionary }: DictStringColumn, from: number, to: number, numbers: Int32Array): void {
    const memo = this.#memoOf(dictionary);
    const own = this.#codes;
    for (let r = from; r < to; r++) {
      const number = numbers[r]!;
      if (number < 0) continue;
      if (valid !== undefined && valid[r] === 0) {
        own[number] = 0;
        continue;
      }
      const code = codes[r]!;
      if (memo[code] === 0) memo[code] = this.#enter(dictionary.strings[code]!) + 1;
      own[number] = memo[code]! - 1;
    }
  }

  /** Longer values go by words: their place in the arena then lies in a word as it did in the input. */
  #storeViews(column: ViewStringColumn | BinColumn, from: number, to: number, numbers: Int32Array): void {
    if (column.storage === 'str' && !column.ascii) this.#ascii = false;
    const { bytes, valid, starts: sourceStarts, ends: sourceEnds } = column;
    let total = 0;
    for (let r = from; r < to; r++) {
      if (numbers[r]! < 0 || (valid !== undefined && valid[r] === 0)) continue;
      total += sourceEnds[r]! - sourceStarts[r]! + 8;
    }
    this.#reserve(total);
    const base = bytes.byteOffset;
    const source = new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >> 2);
    const sourceWords = source.length;
    const target = this.#bytes;
    const words = this.#words;
    const starts = this.#starts;
    const ends = this.#ends;
    let used = this.#used;
    for (let r = from; r < to; r++) {
      const number = numbers[r]!;
      if (number < 0) continue;
      let at = used;
      if (valid === undefined || valid[r] === 1) {
        const start = sourceStarts[r]!;
        const end = sourceEnds[r]!;
        const last = (base + end - 1) >> 2;
        if (end - start >= WORDS_FROM && last < sourceWords) {
          at = (at + 3) & ~3;
          for (let w = (base + start) >> 2, t = at >> 2; w <= last; w++, t++) words[t] = source[w]!;
          at += (base + start) & 3;
        } else for (let i = start, j = at; i < end; i++, j++) target[j] = bytes[i]!;
        used = at + end - start;
      }
      starts[number] = at;
      ends[number] = used;
    }
    this.#used = used;
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
    this.#words = new Int32Array(this.#bytes.buffer);
  }
  /** Something else than codes came, or too many strings: from now on text. */
  #leaveDictionary(): void {
    const { strings } = this.#dictionary!;
    const codes = this.#codes;
    this.#dictionary = undefined;
    this.#codeOf = undefined;
    this.#memos = new WeakMap();
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
    this.#words = new Int32Array(this.#bytes.buffer);
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
    this.#codeOf = undefined;
    this.#memos = new WeakMap();
    this.#starts = new Int32Array(this.#capacity);
    this.#ends = new Int32Array(this.#capacity);
    // Columns that were taken may still look at the bytes.
    this.#bytes = new Uint8Array(0);
    this.#words = new Int32Array(0);
    this.#used = 0;
    this.#wasted = 0;
    this.#ascii = true;
    this.#empty = true;
  }
  get byteLength(): number {
    return this.#bytes.length + this.#starts.byteLength + this.#ends.byteLength + this.#codes.byteLength;
  }
}
