import { isUtf8 } from 'node:buffer';
import type { Batch } from '../data/batch.ts';
import type { Value } from '../types/value.ts';
import { ndjsonKernel, STATE, Stop, type NdjsonKernel } from '../wasm/ndjson-kernel.ts';
import { writeConstants } from '../wasm/parse-values.ts';
import type { DecodedRecords, Decoder, DecoderSpec } from './format.ts';
import { JsonColumns } from './json-columns.ts';
import { JsonCursor } from './json-cursor.ts';
import { JsonGraph } from './json-graph.ts';
import type { Arena, Leaf, TextStore } from './json-leaves.ts';
import { jsonReadOptions } from './json-options.ts';
import { planPaths, readRow, type ObjectPlan } from './json-plan.ts';
import { jsonReader, type JsonReader, type JsonReadOptions } from './json-readers.ts';
import { JsonShapes } from './json-shapes.ts';
import type { KernelDictionary } from './kernel-dictionary.ts';
import { KernelMemory, SLACK, type Region } from './kernel-memory.ts';
import { Malformed, RowFailure, rowError } from './malformed.ts';

const FIRST_INPUT = 512 * 1024;
const FIRST_ROWS = 4096;
/** Chunks after which the order of alternatives is looked at no more. */
const REORDERED_CHUNKS = 64;
const NEWLINE = Uint8Array.of(0x0a);

/**
 * Newline-delimited JSON to columns. Empty lines are no rows.
 *
 * Rows of known shapes are read by a WebAssembly kernel (wasm/ndjson-kernel.ts) straight into arrays; any other row by the general
 * reader (json-plan.ts), from which the kernel learns its shape. Both give the same values: what the kernel is not sure of, it leaves.
 */
export class JsonDecoder implements Decoder {
  readonly #kernel: NdjsonKernel = ndjsonKernel();
  readonly #memory = new KernelMemory(this.#kernel.memory, STATE.end);
  readonly #columns: JsonColumns;
  readonly #graph = new JsonGraph(this.#memory);
  readonly #input: Region;
  readonly #arena: Region;
  readonly #options: JsonReadOptions;
  readonly #plan: ObjectPlan;
  readonly #readers = new Map<Leaf, JsonReader>();
  readonly #cursor = new JsonCursor();
  readonly #values: Value[];
  #shapes: JsonShapes;
  /** The array that `input` gave out last. */
  #lent: Uint8Array | undefined;
  #usedRows = 0;
  #chunks = 0;
  #skipped = 0;
  failedRecord = -1;

  constructor(spec: DecoderSpec) {
    writeConstants(this.#kernel.memory.buffer);
    this.#options = jsonReadOptions(spec);
    this.#plan = planPaths(spec, this.#options);
    this.#columns = new JsonColumns(spec, this.#memory, FIRST_ROWS);
    this.#shapes = this.#newShapes();
    this.#input = this.#memory.region(FIRST_INPUT + SLACK);
    this.#arena = this.#memory.region(FIRST_INPUT + SLACK);
    this.#values = new Array<Value>(spec.paths.length).fill(null);
  }

  #newShapes(): JsonShapes {
    return new JsonShapes(this.#columns.root, this.#options.timestampStyle === 'iso');
  }

  input(size: number): Uint8Array {
    this.#memory.enlarge(this.#input, size + SLACK, 0);
    const { at } = this.#input;
    this.#lent = this.#memory.u8.subarray(at, at + size);
    return this.#lent;
  }

  recordEnd(bytes: Uint8Array, from: number, min: number, to: number): number {
    const newline = bytes.indexOf(10, Math.max(from, min - 1));
    return newline < 0 || newline >= to ? -1 : newline + 1;
  }

  takeSkipped(): number {
    const skipped = this.#skipped;
    this.#skipped = 0;
    return skipped;
  }

  decode(bytes: Uint8Array, from: number, to: number): Batch {
    const here = bytes === this.#lent && bytes.byteLength > 0;
    if (!here) this.input(to - from).set(bytes.subarray(from, to));
    // Offsets of errors count in `bytes`.
    const shift = here ? 0 : -from;
    return this.#decode(from + shift, to + shift, shift);
  }

  /** Bytes [from, to) of the input region; `shift` is what was taken off offsets in the caller's bytes. */
  #decode(from: number, to: number, shift: number): Batch {
    this.#begin(to - from);
    const trust = !this.#options.failOnMissingField;
    let rows = this.#walk(from, to, shift, trust);
    if (trust && this.#sawWide()) {
      // The kernel does not look into characters beyond ASCII. If they are broken, the general reader finds the row.
      const { at } = this.#input;
      if (!isUtf8(this.#memory.u8.subarray(at + from, at + to))) {
        this.#begin(to - from);
        rows = this.#walk(from, to, shift, false);
      }
    }
    return this.#finish(rows, shift);
  }

  #begin(bytes: number): void {
    this.#columns.clear(this.#usedRows);
    this.#skipped = 0;
    this.#usedRows = 0;
    const { i32 } = this.#memory;
    i32[STATE.arena >> 2] = 0;
    i32.fill(0, STATE.wide >> 2, (STATE.wide >> 2) + 4);
    this.#memory.enlarge(this.#arena, bytes + 2 * SLACK, 0);
  }

  #sawWide(): boolean {
    const { i32 } = this.#memory;
    const at = STATE.wide >> 2;
    return ((i32[at]! | i32[at + 1]! | i32[at + 2]! | i32[at + 3]!) & 0x80808080) !== 0;
  }

  /** Gives the number of rows; `trust`: the kernel may read. */
  #walk(from: number, to: number, shift: number, trust: boolean): number {
    let p = from;
    let row = 0;
    while (p < to) {
      const stop = trust && this.#graph.root !== 0 ? this.#run(p, to, row) : Stop.Refused;
      const { i32 } = this.#memory;
      if (trust && this.#graph.root !== 0) {
        p = i32[STATE.p >> 2]! - this.#input.at;
        row = i32[STATE.row >> 2]!;
        this.#usedRows = row + 1;
      }
      if (stop === Stop.End) break;
      if (stop === Stop.DictionaryFull) {
        const { u8 } = this.#memory;
        const newline = u8.indexOf(10, this.#input.at + p) - this.#input.at;
        const longest = (newline < 0 || newline > to ? to : newline) - p;
        for (const leaf of this.#columns.leaves) leaf.codes?.growFor(longest);
        continue;
      }
      if (stop === Stop.RowsFull || row >= this.#columns.rows) {
        this.#columns.enlarge(this.#columns.rows * 2, row);
        this.#graph.write(this.#shapes);
        continue;
      }
      const { u8 } = this.#memory;
      const base = this.#input.at;
      const newline = u8.indexOf(10, base + p) - base;
      const next = newline < 0 || newline >= to ? to : newline + 1;
      let end = newline < 0 || newline >= to ? to : newline;
      if (end > p && u8[base + end - 1] === 0x0d) end--;
      if (end > p && this.#row(p, end, row, shift)) {
        row++;
        if (trust && this.#shapes.observe(u8, base + p, base + next)) this.#graph.write(this.#shapes);
      }
      p = next;
    }
    return row;
  }

  #run(p: number, to: number, row: number): number {
    const base = this.#input.at;
    const { i32 } = this.#memory;
    // What the general reader has put into the arena may have taken the kernel's share.
    const used = i32[STATE.arena >> 2]!;
    this.#memory.enlarge(this.#arena, used + to - p + 2 * SLACK, used);
    return this.#kernel.parse(base + p, base + to, row, this.#columns.rows, this.#graph.root, base, this.#arena.at);
  }

  /** Reads one row by the general reader; false when it is skipped. */
  #row(start: number, end: number, row: number, shift: number): boolean {
    const base = this.#input.at;
    const { u8 } = this.#memory;
    this.#usedRows = row + 1;
    try {
      this.#cursor.reset(u8, base + start, base + end);
      readRow(this.#cursor, this.#plan, this.#values, this.#options);
      this.#cursor.finish();
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      if (!this.#options.ignoreParseErrors) throw this.#failure(error, start, end, shift);
      this.#skipped++;
      for (const { valid } of this.#columns.leaves) u8[valid.at + row] = 0;
      return false;
    }
    this.#columns.store(row, this.#values, this.#texts);
    return true;
  }

  #failure(error: Malformed, start: number, end: number, shift: number): RowFailure {
    const { at } = this.#input;
    const found = rowError(error.reason, this.#memory.u8, at + start, at + end, error.offset);
    const back = at + shift;
    return new RowFailure({ ...found, rowOffset: found.rowOffset - back, errorOffset: found.errorOffset - back });
  }

  /** Where the general reader puts its texts. */
  readonly #texts: TextStore = {
    put: (text) => {
      const { i32 } = this.#memory;
      const start = i32[STATE.arena >> 2]!;
      this.#memory.enlarge(this.#arena, start + text.length * 3 + SLACK, start);
      const end = start + this.#encode(text, this.#arena.at + start);
      this.#memory.i32[STATE.arena >> 2] = end;
      return [start, end];
    },
    code: (dictionary: KernelDictionary, text) => {
      const start = this.#memory.i32[STATE.arena >> 2]!;
      this.#memory.enlarge(this.#arena, start + text.length * 3 + SLACK, start);
      const length = this.#encode(text, this.#arena.at + start);
      let code = this.#kernel.lookup(dictionary.at, this.#arena.at + start, length);
      if (code < 0) {
        dictionary.growFor(length);
        code = this.#kernel.lookup(dictionary.at, this.#arena.at + start, length);
      }
      return code;
    },
  };

  #encode(text: string, at: number): number {
    const { u8 } = this.#memory;
    let wide = 0;
    const { written } = encoder.encodeInto(text, u8.subarray(at, at + text.length * 3));
    for (let i = 0; i < written; i++) wide |= u8[at + i]!;
    u8[STATE.wide]! |= wide & 0x80;
    return written;
  }

  #finish(rows: number, shift: number): Batch {
    const used = this.#memory.i32[STATE.arena >> 2]!;
    let copy: Uint8Array | undefined;
    const arena: Arena = {
      bytes: () => (copy ??= this.#memory.u8.slice(this.#arena.at, this.#arena.at + used)),
      ascii: !this.#sawWide(),
    };
    const columns = this.#columns.take(rows, arena, (leaf, start, end) => this.#captured(leaf, start, end, shift));
    if (this.#columns.reconsider(rows)) {
      this.#shapes = this.#newShapes();
      this.#graph.write(this.#shapes);
    } else if (this.#chunks < REORDERED_CHUNKS) {
      this.#chunks++;
      if (this.#graph.reorder(this.#shapes, rows)) this.#graph.write(this.#shapes);
    }
    return { length: rows, columns, kinds: undefined };
  }

  /** The value of a text that the kernel has passed over. */
  #captured(leaf: Leaf, start: number, end: number, shift: number): Value {
    let read = this.#readers.get(leaf);
    if (read === undefined) this.#readers.set(leaf, (read = jsonReader(leaf.type, this.#options)));
    const { at } = this.#input;
    const { u8 } = this.#memory;
    this.#cursor.reset(u8, at + start, at + end);
    try {
      return read(this.#cursor);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      const rowStart = start === 0 ? 0 : Math.max(0, u8.lastIndexOf(10, at + start - 1) - at + 1);
      const rowEnd = u8.indexOf(10, at + end) - at;
      throw this.#failure(error, rowStart, rowEnd < end ? end : rowEnd, shift);
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
      plain &&= !record.includes(10);
      at += record.length;
      bytes.set(NEWLINE, at++);
    }
    // A row for each record, unless one is skipped or spans lines.
    if (plain && !this.#options.ignoreParseErrors) {
      try {
        const batch = this.decode(bytes, 0, at);
        return { batch, records: batch.length === records.length ? undefined : Int32Array.from(indices) };
      } catch (error) {
        if (error instanceof RowFailure) throw this.#recordFailure(error, starts, indices);
        throw error;
      }
    }
    return this.#oneByOne(starts, indices, at);
  }

  #recordFailure(failure: RowFailure, starts: readonly number[], indices: readonly number[]): RowFailure {
    const { rowOffset, errorOffset } = failure.error;
    this.failedRecord = indices[starts.indexOf(rowOffset)] ?? -1;
    return new RowFailure({ ...failure.error, rowOffset: 0, errorOffset: errorOffset - rowOffset });
  }

  #oneByOne(starts: readonly number[], indices: readonly number[], length: number): DecodedRecords {
    this.#begin(length);
    const kept: number[] = [];
    let skipped = 0;
    for (const [i, start] of starts.entries()) {
      const end = (starts[i + 1] ?? length) - 1;
      if (kept.length >= this.#columns.rows) this.#columns.enlarge(this.#columns.rows * 2, kept.length);
      try {
        if (this.#row(start, end, kept.length, 0)) kept.push(indices[i]!);
        else skipped++;
      } catch (error) {
        if (error instanceof RowFailure) throw this.#recordFailure(error, starts, indices);
        throw error;
      }
    }
    this.#skipped = skipped;
    return { batch: this.#finish(kept.length, 0), records: Int32Array.from(kept) };
  }
}

const encoder = new TextEncoder();
