import type { Batch } from '../data/batch.ts';
import type { Column, Dictionary, StringColumn } from '../data/column.ts';
import { encodeKernel, LINE, WRITE, WriteOp } from '../wasm/encode-kernel.ts';
import { WRITTEN, writeEncodeConstants } from '../wasm/write-values.ts';
import type { ByteWriter } from './byte-writer.ts';
import { KernelMemory, type Region } from './kernel-memory.ts';
import type { WriteRow } from './value-writers.ts';

const OUT_BYTES = 1 << 18;
/** Behind the output: the longest fixed text of a line fits. */
const OUT_SLACK = 1 << 10;
/** Years 1 to 9999. */
const [LEAST_MS, MOST_MS] = [-62_135_596_800_000, 253_402_300_799_999];

/** How the lines of a format look. */
export interface LineStyle {
  /** What stands before the value of each column. */
  readonly prefixes: readonly Uint8Array[];
  readonly nullText: Uint8Array;
  readonly lineEnd: Uint8Array;
  /** How texts are written. */
  readonly text: 'json' | 'csv';
  /** Flags of WriteOp.Timestamp for a column without and with zone. */
  readonly timestamp: { readonly plain: number; readonly zoned: number };
  /** CSV: codes, -1 = none. */
  readonly quote: number;
  readonly escape: number;
  readonly minSafe: number;
}

/** What the format writes itself, for values that the kernel cannot. */
export interface ValueWriter {
  readonly out: ByteWriter;
  /** Writes the value of a row that is not NULL, as it stands in the line. */
  writer(column: Column): WriteRow;
  /** Writes a text as it stands in the line. */
  writeText(bytes: Uint8Array): void;
}

/** A column in the kernel's memory; see WRITE. */
interface ColumnData {
  readonly a: Region;
  readonly b: Region;
  readonly valid: Region;
  readonly texts: Region;
}

/** The texts of a dictionary as they stand in a line, in the kernel's memory. */
interface KnownTexts {
  readonly texts: Region;
  /** Entry i is texts[offsets[i], offsets[i + 1]). */
  readonly offsets: Region;
  count: number;
  used: number;
}
const MOST_DICTIONARIES = 32;

/** Writes batches as lines, by the encoding kernel. */
export class KernelEncoder {
  readonly #kernel = encodeKernel();
  readonly #memory = new KernelMemory(this.#kernel.memory, WRITTEN.end);
  readonly #style: LineStyle;
  readonly #values: ValueWriter;
  readonly #line: Region;
  readonly #fixed: Region;
  readonly #columns: Region;
  readonly #out: Region;
  readonly #ends: Region;
  readonly #data: readonly ColumnData[];
  readonly #dictionaries = new Map<number, KnownTexts>();

  constructor(style: LineStyle, values: ValueWriter) {
    this.#style = style;
    this.#values = values;
    const memory = this.#memory;
    writeEncodeConstants(memory.buffer);
    this.#line = memory.region(LINE.bytes);
    const texts = [style.nullText, style.lineEnd, ...style.prefixes];
    this.#fixed = memory.region(texts.reduce((sum, text) => sum + text.length, 0));
    this.#columns = memory.region(style.prefixes.length * WRITE.bytes);
    this.#ends = memory.region(4096 * 4);
    this.#data = style.prefixes.map(() => ({
      a: memory.region(0),
      b: memory.region(0),
      valid: memory.region(0),
      texts: memory.region(0),
    }));
    this.#out = memory.region(OUT_BYTES + OUT_SLACK);
    this.#writeFixed(texts);
  }

  #writeFixed(texts: readonly Uint8Array[]): void {
    const { u8, i32 } = this.#memory;
    const { quote, escape, minSafe } = this.#style;
    const line = this.#line.at;
    let at = this.#fixed.at;
    texts.forEach((text, i) => {
      u8.set(text, at);
      const place =
        i === 0 ? line + LINE.nullText : i === 1 ? line + LINE.end : this.#columns.at + (i - 2) * WRITE.bytes;
      i32[place >> 2] = at;
      i32[(place >> 2) + 1] = text.length;
      at += text.length;
    });
    i32[(line + LINE.quoteCode) >> 2] = quote;
    i32[(line + LINE.escapeCode) >> 2] = escape;
    u8.fill(quote < 0 ? 0x22 : quote, line + LINE.quote, line + LINE.quote + 16);
    u8.fill(escape < 0 ? 0x5c : escape, line + LINE.escape, line + LINE.escape + 16);
    u8.fill(Math.max(0, minSafe), line + LINE.safe, line + LINE.safe + 16);
  }

  /** All rows as lines. */
  encode(batch: Batch): Uint8Array {
    const pieces = [...this.#pieces(batch, 0)].map(({ bytes }) => bytes);
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }

  /** Each row alone, without its line end. */
  encodeRecords(batch: Batch): Uint8Array[] {
    this.#memory.enlarge(this.#ends, batch.length * 4, 0);
    const records: Uint8Array[] = [];
    const tail = this.#style.lineEnd.length - this.#style.lineEnd.indexOf(0x0a);
    for (const { bytes, from, to } of this.#pieces(batch, 1)) {
      const ends = this.#memory.i32.slice((this.#ends.at >> 2) + from, (this.#ends.at >> 2) + to);
      let start = 0;
      for (const end of ends) {
        records.push(bytes.subarray(start, end - tail));
        start = end;
      }
    }
    return records;
  }

  *#pieces(batch: Batch, withEnds: 0 | 1): Generator<{ bytes: Uint8Array; from: number; to: number }> {
    batch.columns.forEach((column, i) => this.#load(i, column));
    if (batch.length === 0) yield { bytes: new Uint8Array(0), from: 0, to: 0 };
    for (let row = 0; row < batch.length;) {
      const out = this.#out.at;
      const { at, bytes } = this.#columns;
      const ends = withEnds === 1 ? this.#ends.at : 0;
      const outEnd = out + this.#out.bytes - OUT_SLACK;
      const next = this.#kernel.encode(row, batch.length, at, at + bytes, this.#line.at, out, outEnd, ends, out);
      const length = this.#memory.i32[WRITTEN.out >> 2]!;
      if (next > row) yield { bytes: this.#memory.u8.slice(out, out + length), from: row, to: next };
      // A row that does not fit at all.
      else this.#memory.enlarge(this.#out, this.#out.bytes * 2, 0);
      row = next;
    }
  }

  /** Puts a column where the kernel finds it. */
  #load(index: number, column: Column): void {
    const data = this.#data[index]!;
    const { length, valid, type } = column;
    const memory = this.#memory;
    if (valid !== undefined) {
      memory.enlarge(data.valid, length, 0);
      memory.u8.set(valid.subarray(0, length), data.valid.at);
    }
    const describe = (op: WriteOp, x = 0, b = data.b.at, texts = data.texts.at): void => {
      const set = (field: number, value: number): void =>
        void (memory.i32[(this.#columns.at + index * WRITE.bytes + field) >> 2] = value);
      set(WRITE.op, op);
      set(WRITE.a, data.a.at);
      set(WRITE.b, b);
      set(WRITE.valid, valid === undefined ? 0 : data.valid.at);
      set(WRITE.texts, texts);
      set(WRITE.x, x);
    };
    if (column.storage === 'i64' && type.kind === 'BIGINT') {
      memory.enlarge(data.a, length * 8, 0);
      memory.i64.set(column.values.subarray(0, length), data.a.at >> 3);
      return describe(WriteOp.Int64);
    }
    if (column.storage === 'i32' && type.kind !== 'DATE' && type.kind !== 'TIME') {
      memory.enlarge(data.a, length * 4, 0);
      memory.i32.set(column.values.subarray(0, length), data.a.at >> 2);
      return describe(WriteOp.Int32);
    }
    if (column.storage === 'u8') {
      memory.enlarge(data.a, length, 0);
      memory.u8.set(column.values.subarray(0, length), data.a.at);
      return describe(WriteOp.Boolean);
    }
    if (column.storage === 'str') return this.#loadStrings(data, column, describe);
    if (column.storage === 'f64' && (type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ') && inYears(column)) {
      memory.enlarge(data.a, length * 8, 0);
      memory.f64.set(column.values.subarray(0, length), data.a.at >> 3);
      const { plain, zoned } = this.#style.timestamp;
      return describe(WriteOp.Timestamp, type.kind === 'TIMESTAMP' ? plain : zoned);
    }
    this.#loadWritten(data, column);
    return describe(WriteOp.Raw);
  }

  #loadStrings(
    data: ColumnData,
    column: StringColumn,
    describe: (op: WriteOp, x?: number, b?: number, texts?: number) => void,
  ): void {
    const memory = this.#memory;
    const { length } = column;
    const op = this.#style.text === 'json' ? WriteOp.Json : WriteOp.Csv;
    memory.enlarge(data.a, length * 4, 0);
    if (column.encoding === 'dict') {
      const known = this.#known(column.dictionary);
      memory.i32.set(column.codes.subarray(0, length), data.a.at >> 2);
      return describe(WriteOp.RawCode, 0, known.offsets.at, known.texts.at);
    }
    memory.enlarge(data.b, length * 4, 0);
    if (column.encoding === 'view') {
      const [from, to] = extent(column);
      memory.enlarge(data.texts, to - from + 16, 0);
      memory.u8.set(column.bytes.subarray(from, to), data.texts.at);
      memory.i32.set(column.starts.subarray(0, length), data.a.at >> 2);
      memory.i32.set(column.ends.subarray(0, length), data.b.at >> 2);
      return describe(op, 0, data.b.at, data.texts.at - from);
    }
    let at = 0;
    for (let row = 0; row < length; row++) {
      const text = column.values[row] ?? '';
      memory.enlarge(data.texts, at + text.length * 3 + 16, at);
      memory.i32[(data.a.at >> 2) + row] = at;
      const start = data.texts.at + at;
      at += encoder.encodeInto(text, memory.u8.subarray(start, start + text.length * 3)).written;
      memory.i32[(data.b.at >> 2) + row] = at;
    }
    describe(op);
  }

  /** The texts of a dictionary, those that are new written now. */
  #known(dictionary: Dictionary): KnownTexts {
    let known = this.#dictionaries.get(dictionary.id);
    if (known === undefined) {
      // Memory of kernels is never given back: of sources with ever new dictionaries only some are kept, in the same places.
      const reused = this.#dictionaries.size < MOST_DICTIONARIES ? undefined : [...this.#dictionaries][0]!;
      if (reused !== undefined) this.#dictionaries.delete(reused[0]);
      const { texts, offsets } = reused?.[1] ?? {
        texts: this.#memory.region(1024),
        offsets: this.#memory.region(1024),
      };
      known = { texts, offsets, count: 0, used: 0 };
      this.#memory.i32[offsets.at >> 2] = 0;
      this.#dictionaries.set(dictionary.id, known);
    }
    const { out } = this.#values;
    for (; known.count < dictionary.size; known.count++) {
      out.at = 0;
      this.#values.writeText(Buffer.from(dictionary.strings[known.count] ?? ''));
      this.#memory.enlarge(known.texts, known.used + out.at + 16, known.used);
      this.#memory.u8.set(out.bytes.subarray(0, out.at), known.texts.at + known.used);
      known.used += out.at;
      this.#memory.enlarge(known.offsets, (known.count + 2) * 4, (known.count + 1) * 4);
      this.#memory.i32[(known.offsets.at >> 2) + known.count + 1] = known.used;
    }
    out.at = 0;
    return known;
  }

  /** Values that the format writes itself. */
  #loadWritten(data: ColumnData, column: Column): void {
    const { out } = this.#values;
    const { length, valid } = column;
    const write = this.#values.writer(column);
    const memory = this.#memory;
    memory.enlarge(data.a, length * 4, 0);
    memory.enlarge(data.b, length * 4, 0);
    out.at = 0;
    for (let row = 0; row < length; row++) {
      memory.i32[(data.a.at >> 2) + row] = out.at;
      if (valid === undefined || valid[row] !== 0) write(row);
      memory.i32[(data.b.at >> 2) + row] = out.at;
    }
    memory.enlarge(data.texts, out.at + 16, 0);
    memory.u8.set(out.bytes.subarray(0, out.at), data.texts.at);
    out.at = 0;
  }
}

const encoder = new TextEncoder();

/** First and last byte of all texts that are not NULL. */
function extent({ starts, ends, valid, length }: Extract<StringColumn, { encoding: 'view' }>): [number, number] {
  let from = Infinity;
  let to = 0;
  for (let row = 0; row < length; row++) {
    if (valid !== undefined && valid[row] === 0) continue;
    if (starts[row]! < from) from = starts[row]!;
    if (ends[row]! > to) to = ends[row]!;
  }
  return from > to ? [0, 0] : [from, to];
}

function inYears({ values, valid, length }: Extract<Column, { storage: 'f64' }>): boolean {
  for (let row = 0; row < length; row++) {
    const ms = values[row]!;
    if (!(ms >= LEAST_MS && ms <= MOST_MS) && (valid === undefined || valid[row] !== 0)) return false;
  }
  return true;
}
