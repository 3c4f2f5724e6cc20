import { isUtf8 } from 'node:buffer';
import type { Batch } from '../data/batch.ts';
import type { Value } from '../types/value.ts';
import { STATE, Stop, type TextKernel } from '../wasm/kernel-state.ts';
import { writeConstants } from '../wasm/parse-values.ts';
import type { DecodedRange, DecodedRecords, Decoder } from './format.ts';
import type { KernelColumns } from './kernel-columns.ts';
import type { KernelDictionary } from './kernel-dictionary.ts';
import { KernelMemory, SLACK, type Region } from './kernel-memory.ts';
import type { Arena, Leaf, TextStore } from './leaf.ts';
import { Malformed, RowFailure, rowError } from './malformed.ts';

const FIRST_INPUT = 512 * 1024;
export const FIRST_ROWS = 4096;
const NEWLINE = 0x0a;
const encoder = new TextEncoder();

/** What the general reader made of a record. */
export interface GeneralRow {
  /** Where the record's bytes begin and end, without its line end. */
  readonly start: number;
  readonly end: number;
  /** Where the next record begins. */
  readonly next: number;
  /** The bytes end before the record does, as far as can be seen. */
  readonly cut: boolean;
  /** One for each wanted path; undefined: there was no record (an empty line, a comment). */
  readonly values: readonly Value[] | undefined;
  readonly error: Malformed | undefined;
}

/** Bytes of the input: records that begin in [from, limit) are read, bytes up to `to` are there. */
interface Range {
  readonly from: number;
  readonly limit: number;
  readonly to: number;
  readonly last: boolean;
  /** What was added to offsets of the caller's bytes. */
  readonly shift: number;
}
interface Walked {
  readonly rows: number;
  readonly end: number;
  readonly complete: boolean;
}

/**
 * The frame of a decoder whose rows are read by a WebAssembly kernel straight into arrays, and by a general reader where the kernel is not
 * sure. Both give the same values: what the kernel does not understand for sure, it leaves.
 */
export abstract class KernelDecoder<K extends TextKernel> implements Decoder {
  protected readonly kernel: K;
  protected readonly memory: KernelMemory;
  protected readonly inputRegion: Region;
  protected readonly arena: Region;
  protected abstract readonly columns: KernelColumns;
  readonly #ignoreErrors: boolean;
  /** The array that `input` gave out last. */
  #lent: Uint8Array | undefined;
  #usedRows = 0;
  #skipped = 0;
  #lends = false;
  failedRecord = -1;

  constructor(kernel: K, ignoreErrors: boolean) {
    this.kernel = kernel;
    this.#ignoreErrors = ignoreErrors;
    this.memory = new KernelMemory(kernel.memory, STATE.end);
    writeConstants(this.memory.buffer);
    this.inputRegion = this.memory.region(FIRST_INPUT + SLACK);
    this.arena = this.memory.region(FIRST_INPUT + SLACK);
  }

  /** Whether the kernel may be used now. */
  protected abstract get ready(): boolean;
  /** Runs the kernel from address `p`; gives a Stop. */
  protected abstract parse(p: number, end: number, row: number): number;
  /** Reads the record at address `p` by the general reader; `whole`: it is all of [p, end), newlines included. */
  protected abstract general(p: number, end: number, whole: boolean): GeneralRow;
  /** The arrays have moved. */
  protected abstract moved(): void;
  /** A record of the general reader was kept: bytes [p, next). */
  protected learn(_p: number, _next: number): void {}
  /** A batch is complete. `changed`: some leaf is stored in another way from now on. */
  protected abstract batchDone(rows: number, changed: boolean): void;
  /** The value of a text of the input that the kernel has passed over; throws Malformed. */
  protected abstract readCaptured(leaf: Leaf, start: number, end: number): Value;
  /**
   * Characters to stand behind the input: they end whatever the kernel may be reading. `last`: a record that ends there is complete;
   * else the kernel must refuse it.
   */
  protected abstract sentinel(last: boolean): Uint8Array;

  lend(): void {
    this.#lends = true;
  }

  input(size: number): Uint8Array {
    this.memory.enlarge(this.inputRegion, size + SLACK, 0);
    const { at } = this.inputRegion;
    this.#lent = this.memory.u8.subarray(at, at + size);
    return this.#lent;
  }

  takeSkipped(): number {
    const skipped = this.#skipped;
    this.#skipped = 0;
    return skipped;
  }

  decode(bytes: Uint8Array, from: number, to: number): Batch {
    return this.decodeRange(bytes, from, to, to, true).batch;
  }

  decodeRange(bytes: Uint8Array, from: number, limit: number, to: number, last: boolean): DecodedRange {
    const here = bytes === this.#lent && bytes.byteLength > 0;
    if (!here) this.input(to - from).set(bytes.subarray(from, to));
    // Offsets of errors count in `bytes`.
    const shift = here ? 0 : -from;
    const range = { from: from + shift, limit: limit + shift, to: to + shift, last, shift };
    this.#begin(to - from);
    let walked = this.#walk(range, true);
    if (this.#sawWide() && !isUtf8(this.#slice(range.from, walked.end))) {
      // The kernel does not look into characters beyond ASCII. If they are broken, the general reader finds the row.
      this.#begin(to - from);
      walked = this.#walk(range, false);
    }
    return { batch: this.#finish(walked.rows, shift), end: walked.end - shift, complete: walked.complete };
  }

  #slice(from: number, to: number): Uint8Array {
    const { at } = this.inputRegion;
    return this.memory.u8.subarray(at + from, at + to);
  }

  #begin(bytes: number): void {
    this.columns.clear(this.#usedRows);
    this.#skipped = 0;
    this.#usedRows = 0;
    const { i32 } = this.memory;
    i32[STATE.arena >> 2] = 0;
    i32.fill(0, STATE.wide >> 2, (STATE.wide >> 2) + 4);
    this.memory.enlarge(this.arena, bytes + 2 * SLACK, 0);
  }

  #sawWide(): boolean {
    const { i32 } = this.memory;
    const at = STATE.wide >> 2;
    return ((i32[at]! | i32[at + 1]! | i32[at + 2]! | i32[at + 3]!) & 0x80808080) !== 0;
  }

  /** Reads the records of a range of the input; `trust`: the kernel may read. */
  #walk({ from, limit, to, last, shift }: Range, trust: boolean): Walked {
    let p = from;
    let row = 0;
    while (p < limit) {
      let stop: number = Stop.Refused;
      if (trust && this.ready) {
        stop = this.#run(p, limit, to, last, row);
        const { i32 } = this.memory;
        p = i32[STATE.p >> 2]! - this.inputRegion.at;
        row = i32[STATE.row >> 2]!;
        this.#usedRows = Math.max(this.#usedRows, Math.min(row + 1, this.columns.rows));
      }
      if (stop === Stop.End) break;
      if (stop === Stop.DictionaryFull) this.#growDictionaries(p, to);
      else if (stop === Stop.RowsFull || row >= this.columns.rows) {
        this.columns.enlarge(this.columns.rows * 2, row);
        this.moved();
      } else {
        const { at } = this.inputRegion;
        const read = this.general(at + p, at + to, false);
        if (read.cut && !last) {
          this.columns.clearRow(row);
          return { rows: row, end: p, complete: false };
        }
        if (this.#take(read, row, shift)) {
          row++;
          if (trust) this.learn(at + p, read.next);
        }
        p = read.next - at;
      }
    }
    return { rows: row, end: Math.min(p, to), complete: true };
  }

  #run(p: number, limit: number, to: number, last: boolean, row: number): number {
    const { at } = this.inputRegion;
    // What the general reader has put into the arena may have taken the kernel's share.
    const used = this.memory.i32[STATE.arena >> 2]!;
    this.memory.enlarge(this.arena, used + to - p + 2 * SLACK, used);
    // Nothing may run beyond the end, however the last record is broken off.
    const { u8 } = this.memory;
    const end = at + to;
    const sentinel = this.sentinel(last);
    const behind = u8.slice(end, end + sentinel.length);
    u8.set(sentinel, end);
    const stop = this.parse(at + p, at + limit, row);
    this.memory.u8.set(behind, end);
    return stop;
  }

  #growDictionaries(p: number, to: number): void {
    const { at } = this.inputRegion;
    const newline = this.memory.u8.indexOf(NEWLINE, at + p) - at;
    const longest = (newline < 0 || newline > to ? to : newline) - p;
    for (const leaf of this.columns.leaves) leaf.codes?.growFor(longest);
  }

  /** Takes what the general reader made of a record; false when it gives no row. */
  #take(read: GeneralRow, row: number, shift: number): boolean {
    this.#usedRows = Math.max(this.#usedRows, row + 1);
    if (read.error !== undefined) {
      if (!this.#ignoreErrors) throw this.#failure(read.error, read.start, read.end, shift);
      this.#skipped++;
    }
    if (read.error !== undefined || read.values === undefined) {
      // The kernel may have begun with the row.
      this.columns.clearRow(row);
      return false;
    }
    this.columns.store(row, read.values, this.#texts);
    return true;
  }

  /** Addresses become offsets in the caller's bytes. */
  #failure(error: Malformed, start: number, end: number, shift: number): RowFailure {
    const found = rowError(error.reason, this.memory.u8, start, end, error.offset);
    const back = this.inputRegion.at + shift;
    return new RowFailure({ ...found, rowOffset: found.rowOffset - back, errorOffset: found.errorOffset - back });
  }

  /** Where the general reader puts its texts. */
  readonly #texts: TextStore = {
    put: (text) => {
      const start = this.memory.i32[STATE.arena >> 2]!;
      const end = start + this.#encode(text, start);
      this.memory.i32[STATE.arena >> 2] = end;
      return [start, end];
    },
    code: (dictionary: KernelDictionary, text) => {
      const start = this.memory.i32[STATE.arena >> 2]!;
      const length = this.#encode(text, start);
      let code = this.kernel.lookup(dictionary.at, this.arena.at + start, length);
      if (code < 0) {
        dictionary.growFor(length);
        code = this.kernel.lookup(dictionary.at, this.arena.at + start, length);
      }
      return code;
    },
  };

  /** Puts UTF-8 at `start` of the arena and gives its length. */
  #encode(text: string, start: number): number {
    this.memory.enlarge(this.arena, start + text.length * 3 + SLACK, start);
    const { u8 } = this.memory;
    const at = this.arena.at + start;
    const { written } = encoder.encodeInto(text, u8.subarray(at, at + text.length * 3));
    let wide = 0;
    for (let i = 0; i < written; i++) wide |= u8[at + i]!;
    u8[STATE.wide]! |= wide & 0x80;
    return written;
  }

  #finish(rows: number, shift: number): Batch {
    const used = this.memory.i32[STATE.arena >> 2]!;
    let copy: Uint8Array | undefined;
    const bytes = this.memory.u8.subarray(this.arena.at, this.arena.at + used);
    const lends = this.#lends;
    const arena: Arena = {
      bytes: () => (copy ??= lends ? bytes : bytes.slice()),
      ascii: !this.#sawWide(),
    };
    const columns = this.columns.take(rows, lends, arena, (leaf, start, end) =>
      this.#captured(leaf, start, end, shift),
    );
    this.batchDone(rows, this.columns.reconsider(rows));
    return { length: rows, columns, kinds: undefined };
  }

  #captured(leaf: Leaf, start: number, end: number, shift: number): Value {
    const { at } = this.inputRegion;
    try {
      return this.readCaptured(leaf, at + start, at + end);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      const { u8 } = this.memory;
      const before = start === 0 ? -1 : u8.lastIndexOf(NEWLINE, at + start - 1);
      const after = u8.indexOf(NEWLINE, at + end);
      throw this.#failure(error, Math.max(at, before + 1), after < 0 ? at + end : after, shift);
    }
  }

  decodeRecords(records: readonly (Uint8Array | null)[]): DecodedRecords {
    const indices: number[] = [];
    const length = records.reduce((sum, record) => sum + (record === null ? 0 : record.length + 1), 0);
    const bytes = this.input(length);
    const starts: number[] = [];
    let at = 0;
    let plain = true;
    for (const [i, record] of records.entries()) {
      if (record === null || record.length === 0) continue;
      indices.push(i);
      starts.push(at);
      bytes.set(record, at);
      plain &&= !record.includes(NEWLINE);
      at += record.length;
      bytes[at++] = NEWLINE;
    }
    if (!plain) return this.#oneByOne(starts, indices, at);
    try {
      const batch = this.decode(bytes, 0, at);
      // A row for each record, unless one was skipped or is a comment.
      if (this.#skipped > 0 || batch.length !== indices.length) return this.#oneByOne(starts, indices, at);
      return { batch, records: batch.length === records.length ? undefined : Int32Array.from(indices) };
    } catch (error) {
      if (error instanceof RowFailure) throw this.#recordFailure(error, starts, indices);
      throw error;
    }
  }

  #recordFailure(failure: RowFailure, starts: readonly number[], indices: readonly number[]): RowFailure {
    const { rowOffset, errorOffset } = failure.error;
    this.failedRecord = indices[starts.indexOf(rowOffset)] ?? -1;
    return new RowFailure({ ...failure.error, rowOffset: 0, errorOffset: errorOffset - rowOffset });
  }

  #oneByOne(starts: readonly number[], indices: readonly number[], length: number): DecodedRecords {
    this.#begin(length);
    const kept: number[] = [];
    const { at } = this.inputRegion;
    for (const [i, start] of starts.entries()) {
      const end = (starts[i + 1] ?? length) - 1;
      if (kept.length >= this.columns.rows) {
        this.columns.enlarge(this.columns.rows * 2, kept.length);
        this.moved();
      }
      try {
        if (this.#take(this.general(at + start, at + end, true), kept.length, 0)) kept.push(indices[i]!);
      } catch (error) {
        if (error instanceof RowFailure) throw this.#recordFailure(error, starts, indices);
        throw error;
      }
    }
    return { batch: this.#finish(kept.length, 0), records: Int32Array.from(kept) };
  }
}
