/**
 * Distinct byte strings, each with a code: string and binary keys become Int32 codes here, so that tables of any key work on fixed-width words.
 *
 * State: the bytes of every value seen since the last `compact`, one after the other; a code never changes until then.
 * Cost: one hash of the bytes per row for 'view' columns, one lookup per code and dictionary for 'dict' columns.
 */
import { MillraceError } from '../errors.ts';
import type { DataType } from '../types/type.ts';
import { unreachable } from '../assert.ts';
import { storageOf, type BinColumn, type Column, type Dictionary, type StringColumn } from '../data/column.ts';
import { grown, nextCapacity } from './typed.ts';

const encoder = new TextEncoder();
/** JavaScript strings remembered with their codes before the memo starts anew. */
const MEMO_STRINGS = 1 << 16;
const MAX_BYTES = 0x7fff_0000;

export interface BytePoolState {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ascii: boolean;
}

export class BytePool {
  /** Value `code` is bytes[starts[code] .. starts[code + 1]). */
  bytes: Uint8Array = new Uint8Array(256);
  starts: Int32Array = new Int32Array(17);
  /** Number of codes. */
  size = 0;
  /** All bytes are below 0x80. */
  ascii = true;
  #view = new DataView(this.bytes.buffer);
  #hashes: Int32Array = new Int32Array(16);
  #index = new Int32Array(32);
  #mask = 31;
  #scratch = new Uint8Array(256);
  #scratchView = new DataView(this.#scratch.buffer);
  #strings = new Map<string, number>();
  #dictionaries = new WeakMap<Dictionary, Int32Array>();
  #lastDictionary: Dictionary | undefined;
  #lastMemo: Int32Array = new Int32Array(0);

  /** Approximate memory. */
  get byteLength(): number {
    return this.bytes.length + 4 * (this.starts.length + this.#hashes.length + this.#index.length);
  }

  /** out[r] = the code of row r, for from <= r < to; NULL rows get 0. New values are added. */
  codes(column: StringColumn | BinColumn, from: number, to: number, out: Int32Array): void {
    if (column.storage === 'bin') return this.#codesOfViews(column, false, from, to, out);
    switch (column.encoding) {
      case 'view':
        return this.#codesOfViews(column, column.ascii, from, to, out);
      case 'dict':
        return this.#codesOfDictionary(column.codes, column.dictionary, column.valid, from, to, out);
      case 'js': {
        const { values, valid } = column;
        for (let r = from; r < to; r++) {
          const value = values[r];
          out[r] =
            value === null || value === undefined || (valid !== undefined && valid[r] === 0)
              ? 0
              : this.internString(value);
        }
        return;
      }
      default:
        return unreachable(column);
    }
  }

  #codesOfViews(
    { bytes, starts, ends, valid }: Pick<BinColumn, 'bytes' | 'starts' | 'ends' | 'valid'>,
    ascii: boolean,
    from: number,
    to: number,
    out: Int32Array,
  ): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let r = from; r < to; r++) {
      out[r] = valid !== undefined && valid[r] === 0 ? 0 : this.#intern(bytes, view, starts[r]!, ends[r]!, ascii);
    }
  }

  #codesOfDictionary(
    codes: Int32Array,
    dictionary: Dictionary,
    valid: Uint8Array | undefined,
    from: number,
    to: number,
    out: Int32Array,
  ): void {
    if (dictionary !== this.#lastDictionary || this.#lastMemo.length < dictionary.size) {
      let memo: Int32Array = this.#dictionaries.get(dictionary) ?? new Int32Array(0);
      if (memo.length < dictionary.size) memo = grown(memo, nextCapacity(memo.length, dictionary.size));
      this.#dictionaries.set(dictionary, memo);
      this.#lastDictionary = dictionary;
      this.#lastMemo = memo;
    }
    const memo = this.#lastMemo;
    for (let r = from; r < to; r++) {
      if (valid !== undefined && valid[r] === 0) {
        out[r] = 0;
        continue;
      }
      const code = codes[r]!;
      let known = memo[code]!;
      if (known === 0) {
        const string = dictionary.strings[code];
        known = (string === null || string === undefined ? 0 : this.internString(string)) + 1;
        memo[code] = known;
      }
      out[r] = known - 1;
    }
  }

  /** The code of a JavaScript string (its UTF-8 bytes). */
  internString(string: string): number {
    const known = this.#strings.get(string);
    if (known !== undefined) return known;
    const { length } = string;
    if (this.#scratch.length < length * 3) {
      this.#scratch = new Uint8Array(nextCapacity(this.#scratch.length, length * 3));
      this.#scratchView = new DataView(this.#scratch.buffer);
    }
    const scratch = this.#scratch;
    let end = 0;
    for (; end < length; end++) {
      const char = string.charCodeAt(end);
      if (char > 0x7f) break;
      scratch[end] = char;
    }
    const ascii = end === length;
    if (!ascii) end = encoder.encodeInto(string, scratch).written;
    const code = this.#intern(scratch, this.#scratchView, 0, end, ascii);
    if (this.#strings.size >= MEMO_STRINGS) this.#strings.clear();
    this.#strings.set(string, code);
    return code;
  }

  /** The code of bytes[start .. end). */
  intern(bytes: Uint8Array, start: number, end: number): number {
    return this.#intern(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), start, end, false);
  }

  #intern(bytes: Uint8Array, view: DataView, start: number, end: number, ascii: boolean): number {
    const length = end - start;
    let h = length;
    let i = start;
    for (; i + 4 <= end; i += 4) {
      h = Math.imul(h ^ view.getInt32(i, true), 0x9e3779b1);
      h ^= h >>> 15;
    }
    for (; i < end; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193);
    h ^= h >>> 13;
    const { starts } = this;
    const own = this.#view;
    const hashes = this.#hashes;
    const index = this.#index;
    const mask = this.#mask;
    let slot = h & mask;
    for (;;) {
      const code = index[slot]! - 1;
      if (code < 0) return this.#add(bytes, start, end, h, slot, ascii);
      if (hashes[code] === h) {
        const at = starts[code]!;
        if (starts[code + 1]! - at === length) {
          let j = 0;
          for (; j + 4 <= length; j += 4) if (own.getInt32(at + j, true) !== view.getInt32(start + j, true)) break;
          if (j + 4 > length) {
            while (j < length && this.bytes[at + j] === bytes[start + j]) j++;
            if (j === length) return code;
          }
        }
      }
      slot = (slot + 1) & mask;
    }
  }

  #add(bytes: Uint8Array, start: number, end: number, hash: number, slot: number, ascii: boolean): number {
    const code = this.size;
    const used = this.starts[code]!;
    const next = used + end - start;
    if (next > this.bytes.length) {
      if (next > MAX_BYTES) {
        throw new MillraceError('RUNTIME_FAILED', 'the strings kept in the state of one operator exceed 2 GB', {
          hint: 'group by fewer distinct strings, or by a window so that state can be dropped',
        });
      }
      this.bytes = grown(this.bytes, Math.min(nextCapacity(this.bytes.length, next), MAX_BYTES));
      this.#view = new DataView(this.bytes.buffer);
    }
    if (end - start < 24) for (let i = start, j = used; i < end; i++, j++) this.bytes[j] = bytes[i]!;
    else this.bytes.set(bytes.subarray(start, end), used);
    if (!ascii && this.ascii) this.ascii = isAscii(bytes, start, end);
    if (code + 2 > this.starts.length) {
      this.starts = grown(this.starts, this.#hashes.length * 2 + 1);
      this.#hashes = grown(this.#hashes, this.#hashes.length * 2);
    }
    this.starts[code + 1] = next;
    this.#hashes[code] = hash;
    this.size = code + 1;
    if (this.size * 2 > this.#index.length) this.#rebuildIndex(this.#index.length * 2);
    else this.#index[slot] = code + 1;
    return code;
  }

  #rebuildIndex(capacity: number): void {
    const index = new Int32Array(capacity);
    const mask = capacity - 1;
    for (let code = 0; code < this.size; code++) {
      let slot = this.#hashes[code]! & mask;
      while (index[slot] !== 0) slot = (slot + 1) & mask;
      index[slot] = code + 1;
    }
    this.#index = index;
    this.#mask = mask;
  }

  /** A column of codes[0], ..., codes[n - 1]; `valid` marks NULLs. Bytes are shared: they never change once written. */
  column(type: DataType, codes: Int32Array, n: number, valid: Uint8Array | undefined): Column {
    const starts = new Int32Array(n);
    const ends = new Int32Array(n);
    const own = this.starts;
    if (this.size > 0) {
      for (let i = 0; i < n; i++) {
        const code = codes[i]!;
        starts[i] = own[code]!;
        ends[i] = own[code + 1]!;
      }
    }
    const views = { type, length: n, valid, bytes: this.bytes, starts, ends };
    if (storageOf(type) === 'bin') return { ...views, storage: 'bin' };
    return { ...views, storage: 'str', encoding: 'view', ascii: this.ascii };
  }

  /** Order by bytes, unsigned: Flink's order of strings. */
  compare(a: number, b: number): number {
    const { bytes, starts } = this;
    let i = starts[a]!;
    let j = starts[b]!;
    const aEnd = starts[a + 1]!;
    const bEnd = starts[b + 1]!;
    for (; i < aEnd && j < bEnd; i++, j++) {
      const difference = bytes[i]! - bytes[j]!;
      if (difference !== 0) return difference;
    }
    return aEnd - i - (bEnd - j);
  }

  /** Forgets every code that is not marked in `live`; returns the new code of each old one (-1 = forgotten). */
  compact(live: Uint8Array): Int32Array {
    const moved = new Int32Array(this.size).fill(-1);
    const old = { bytes: this.bytes, starts: this.starts, hashes: this.#hashes, size: this.size };
    let count = 0;
    let used = 0;
    for (let code = 0; code < old.size; code++) {
      if (live[code] !== 1) continue;
      moved[code] = count++;
      used += old.starts[code + 1]! - old.starts[code]!;
    }
    const capacity = nextCapacity(16, count + 1);
    this.bytes = new Uint8Array(nextCapacity(256, used));
    this.#view = new DataView(this.bytes.buffer);
    this.starts = new Int32Array(capacity + 1);
    this.#hashes = new Int32Array(capacity);
    this.size = count;
    for (let code = 0; code < old.size; code++) {
      const target = moved[code]!;
      if (target < 0) continue;
      const start = this.starts[target]!;
      this.bytes.set(old.bytes.subarray(old.starts[code], old.starts[code + 1]), start);
      this.starts[target + 1] = start + old.starts[code + 1]! - old.starts[code]!;
      this.#hashes[target] = old.hashes[code]!;
    }
    this.#rebuildIndex(capacity * 2);
    this.#forgetMemos();
    return moved;
  }

  #forgetMemos(): void {
    this.#strings.clear();
    this.#dictionaries = new WeakMap();
    this.#lastDictionary = undefined;
    this.#lastMemo = new Int32Array(0);
  }

  snapshot(): BytePoolState {
    return {
      bytes: this.bytes.slice(0, this.starts[this.size]!),
      starts: this.starts.slice(0, this.size + 1),
      ascii: this.ascii,
    };
  }

  restore({ bytes, starts, ascii }: BytePoolState): void {
    const size = starts.length - 1;
    const capacity = nextCapacity(16, size + 1);
    this.bytes = new Uint8Array(nextCapacity(256, bytes.length));
    this.#view = new DataView(this.bytes.buffer);
    this.starts = new Int32Array(capacity + 1);
    this.#hashes = new Int32Array(capacity);
    this.#index = new Int32Array(capacity * 2);
    this.#mask = capacity * 2 - 1;
    this.size = 0;
    this.#forgetMemos();
    // Interning the values again gives the same codes, as they are distinct and in order.
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let code = 0; code < size; code++) this.#intern(bytes, view, starts[code]!, starts[code + 1]!, ascii);
    this.ascii = ascii;
  }
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! > 0x7f) return false;
  return true;
}
