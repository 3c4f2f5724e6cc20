import { assert } from '../assert.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { csvKernel, DIALECT, FIELD, type CsvKernel } from '../wasm/csv-kernel.ts';
import { Op } from '../wasm/ndjson-kernel.ts';
import { csvReadOptions, type CsvReadOptions } from './csv-options.ts';
import { BadValue, csvReader, type CsvReader } from './csv-readers.ts';
import { CsvScanner } from './csv-scanner.ts';
import type { DecoderSpec } from './format.ts';
import { KernelColumns } from './kernel-columns.ts';
import { FIRST_ROWS, KernelDecoder, type GeneralRow } from './kernel-decoder.ts';
import type { Region } from './kernel-memory.ts';
import { Leaf } from './leaf.ts';
import { Malformed } from './malformed.ts';

/** A wanted column: value number `field` of a record, or a field of the ROW that it holds. */
interface Wanted {
  readonly field: number;
  readonly read: CsvReader;
  readonly path: readonly number[];
  readonly leaf: Leaf;
}

/**
 * CSV to columns. A record may span lines (in quotes). Plain records are read by a kernel (wasm/csv-kernel.ts), others by CsvScanner.
 */
export class CsvDecoder extends KernelDecoder<CsvKernel> {
  protected readonly columns: KernelColumns;
  readonly #lineEnd: Uint8Array;
  readonly #cut: Uint8Array;
  protected readonly ready: boolean;
  readonly #options: CsvReadOptions;
  readonly #scanner: CsvScanner;
  readonly #wanted: readonly Wanted[];
  readonly #fieldCount: number;
  readonly #fields: Region;
  readonly #dialect: Region;
  readonly #text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #values: Value[];

  constructor(spec: DecoderSpec) {
    const options = csvReadOptions(spec.options);
    super(csvKernel(), options.ignoreParseErrors);
    this.#options = options;
    this.#scanner = new CsvScanner(options);
    this.#fieldCount = spec.fields.length;
    this.#wanted = spec.paths.map((path, i): Wanted => {
      const field = spec.fields.findIndex((candidate) => candidate.name === path[0]);
      assert(field >= 0, `the wanted column ${path[0]} exists`);
      const { type } = spec.fields[field]!;
      const leafType = spec.schema[i]!.type;
      return {
        field,
        read: csvReader(type, options),
        path: fieldIndexes(type, path.slice(1)),
        leaf:
          path.length === 1
            ? new Leaf(leafType, this.memory, FIRST_ROWS)
            : new Leaf(leafType, this.memory, FIRST_ROWS, 'capture'),
      };
    });
    this.#values = this.#wanted.map(() => null);
    this.columns = new KernelColumns(
      this.#wanted.map(({ leaf }) => ({ kind: 'leaf', leaf })),
      this.memory,
      FIRST_ROWS,
    );
    this.#fields = this.memory.region(this.#fieldCount * FIELD.bytes);
    this.#dialect = this.memory.region(DIALECT.bytes);
    // A quote, and then what may not follow one, for values that are quoted; before it the end of a line, or what is none.
    const quote = options.quote < 0 ? 0x78 : options.quote;
    this.#lineEnd = Uint8Array.of(0x0a, quote, 0x78);
    this.#cut = Uint8Array.of(0x0d, quote, 0x78);
    // A column that is wanted twice, or by its fields too, has two leaves: the kernel fills one.
    const once = new Set(this.#wanted.map(({ field }) => field)).size === this.#wanted.length;
    this.ready = once && isPlainDialect(options) && this.#writeDialect();
    this.moved();
  }

  /** The kernel's description of the dialect; false when it has none. */
  #writeDialect(): boolean {
    const { delimiter, quote, escape, comments, emptyIsNull } = this.#options;
    const nullLiteral = this.#options.nullLiteral ?? (emptyIsNull ? '' : undefined);
    const { u8, i32 } = this.memory;
    const { at } = this.#dialect;
    const nullText = Buffer.from(nullLiteral ?? '');
    if (nullText.length > 16 || (emptyIsNull && nullText.length > 0)) return false;
    u8.fill(delimiter, at + DIALECT.delimiter, at + DIALECT.delimiter + 16);
    // Without a quote or an escape nothing new is looked for.
    u8.fill(quote < 0 ? delimiter : quote, at + DIALECT.quote, at + DIALECT.quote + 16);
    u8.fill(escape < 0 ? 0x0a : escape, at + DIALECT.escape, at + DIALECT.escape + 16);
    u8.set(nullText, at + DIALECT.nullText);
    const set = (field: number, value: number): void => void (i32[(at + field) >> 2] = value);
    set(DIALECT.nullMask, nullText.length === 16 ? 0xffff : (1 << nullText.length) - 1);
    set(DIALECT.nullLength, nullLiteral === undefined ? -1 : nullText.length);
    set(DIALECT.quoteCode, quote);
    set(DIALECT.delimiterCode, delimiter);
    set(DIALECT.comments, comments ? 1 : 0);
    return true;
  }

  /** Writes what to do with each value, with the addresses that the columns have now. */
  protected moved(): void {
    const { at, bytes } = this.#fields;
    const { i32 } = this.memory;
    i32.fill(0, at >> 2, (at + bytes) >> 2);
    for (const { field, leaf } of this.#wanted) {
      const set = (part: number, value: number): void => void (i32[(at + field * FIELD.bytes + part) >> 2] = value);
      const { op, x, y } = opOf(leaf);
      set(FIELD.op, op);
      set(FIELD.a, leaf.a.at);
      set(FIELD.b, leaf.b.at);
      set(FIELD.valid, leaf.valid.at);
      set(FIELD.x, x);
      set(FIELD.y, y);
    }
  }

  protected parse(p: number, end: number, row: number): number {
    const { at, bytes } = this.#fields;
    const { rows } = this.columns;
    return this.kernel.parse(p, end, row, rows, at, at + bytes, this.#dialect.at, this.inputRegion.at, this.arena.at);
  }

  protected batchDone(_rows: number, changed: boolean): void {
    if (changed) this.moved();
  }

  protected sentinel(last: boolean): Uint8Array {
    return last ? this.#lineEnd : this.#cut;
  }

  protected general(p: number, limit: number): GeneralRow {
    const scanner = this.#scanner;
    const { u8 } = this.memory;
    let error: Malformed | undefined;
    let values: Value[] | undefined;
    try {
      if (scanner.scan(u8, p, limit)) {
        this.#checkCount(u8);
        for (let i = 0; i < this.#wanted.length; i++) this.#values[i] = this.#value(u8, this.#wanted[i]!);
        values = this.#values;
      }
    } catch (thrown) {
      if (!(thrown instanceof Malformed)) throw thrown;
      error = thrown;
    }
    const { start, next, cut } = scanner;
    return { start, end: lineEnd(u8, start, next), next, cut, values, error };
  }

  #value(bytes: Uint8Array, wanted: Wanted): Value {
    const { field } = wanted;
    const scanner = this.#scanner;
    return field < scanner.count ? this.#read(wanted, scanner.bytesOf(bytes, field), scanner.starts[field]!) : null;
  }

  #read({ read, path }: Wanted, text: Uint8Array, at: number): Value {
    try {
      let value = read(this.#text.decode(text));
      for (const index of path) value = value === null ? null : (value as readonly Value[])[index]!;
      return value;
    } catch (error) {
      if (error instanceof BadValue) throw new Malformed(error.message, at);
      if (error instanceof TypeError) throw new Malformed('invalid UTF-8', at);
      throw error;
    }
  }

  protected readCaptured(leaf: Leaf, start: number, end: number): Value {
    const wanted = this.#wanted.find((candidate) => candidate.leaf === leaf)!;
    return this.#read(wanted, this.memory.u8.subarray(start, end), start);
  }

  #checkCount(bytes: Uint8Array): void {
    const { count, starts, ends } = this.#scanner;
    const { ignoreParseErrors, ignoreTrailing, trailingDelimiter, failOnMissing } = this.#options;
    const wanted = this.#fieldCount;
    if (count > wanted && !ignoreTrailing) {
      const trailing = count === wanted + 1 && isBlank(bytes, starts[wanted]!, ends[wanted]!);
      if (!trailing || !trailingDelimiter) {
        throw new Malformed(`expected ${wanted} values, found ${count}`, starts[wanted]!);
      }
    }
    if (count < wanted && (!ignoreParseErrors || failOnMissing)) {
      throw new Malformed(`expected ${wanted} values, found ${count}`, ends[count - 1]!);
    }
  }
}

/** Delimiters and quotes that could stand inside of a number or a time are not for the kernel, which would read over them. */
function isPlainDialect({ delimiter, quote, escape, trim }: CsvReadOptions): boolean {
  const plain = (code: number): boolean => code < 0 || !/[0-9A-Za-z.+\-: ]/.test(String.fromCharCode(code));
  return !trim && plain(delimiter) && plain(quote) && plain(escape);
}

/** What the kernel does with a value for a leaf. */
function opOf(leaf: Leaf): { op: Op; x: number; y: number } {
  if (leaf.kind === 'capture') return { op: Op.Capture, x: 0, y: 0 };
  if (leaf.type.kind === 'BOOLEAN') return { op: Op.Byte, x: 0, y: 0 };
  const op = leaf.opFor('string', false);
  assert(op !== undefined, 'every other scalar can be read from a text');
  return op;
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at]! > 0x20) return false;
  return true;
}

/** The record without its line end. */
function lineEnd(bytes: Uint8Array, start: number, next: number): number {
  let end = next;
  while (end > start && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end--;
  return end;
}

function fieldIndexes(type: DataType, path: readonly string[]): number[] {
  const [name, ...rest] = path;
  if (name === undefined) return [];
  assert(type.kind === 'ROW', 'a path leads through ROWs');
  const index = type.fields.findIndex((field) => field.name === name);
  return [index, ...fieldIndexes(type.fields[index]!.type, rest)];
}
