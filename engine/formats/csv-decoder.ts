import type { Batch } from '../data/batch.ts';
import { columnBuilder, type ColumnBuilder } from '../data/column-builder.ts';
import { assert } from '../assert.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { csvReadOptions, type CsvReadOptions } from './csv-options.ts';
import { BadValue, csvReader, type CsvReader } from './csv-readers.ts';
import { CsvScanner } from './csv-scanner.ts';
import type { DecodedRecords, Decoder, DecoderSpec } from './format.ts';
import { Malformed, RowFailure, rowError } from './malformed.ts';

/** A wanted column: value number `field` of a record, or a field of the ROW that it holds. */
interface Wanted {
  readonly field: number;
  readonly read: CsvReader;
  readonly path: readonly number[];
  readonly column: ColumnBuilder;
}

/** CSV to columns. A record may span lines (in quotes). */
export class CsvDecoder implements Decoder {
  readonly #options: CsvReadOptions;
  readonly #scanner: CsvScanner;
  readonly #wanted: readonly Wanted[];
  readonly #fieldCount: number;
  readonly #text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #values: Value[];
  #buffer = new Uint8Array(0);
  #skipped = 0;
  #rows = 0;
  failedRecord = -1;

  constructor(spec: DecoderSpec) {
    this.#options = csvReadOptions(spec.options);
    this.#scanner = new CsvScanner(this.#options);
    this.#fieldCount = spec.fields.length;
    this.#wanted = spec.paths.map((path, i) => {
      const field = spec.fields.findIndex((candidate) => candidate.name === path[0]);
      assert(field >= 0, `the wanted column ${path[0]} exists`);
      const { type } = spec.fields[field]!;
      return {
        field,
        read: csvReader(type, this.#options),
        path: fieldIndexes(type, path.slice(1)),
        column: columnBuilder(spec.schema[i]!.type, 1024),
      };
    });
    this.#values = this.#wanted.map(() => null);
  }

  input(size: number): Uint8Array {
    if (this.#buffer.length < size) this.#buffer = new Uint8Array(size);
    return this.#buffer;
  }

  decode(bytes: Uint8Array, from: number, to: number): Batch {
    for (let pos = from; pos < to; pos = this.#scanner.next) this.#record(bytes, pos, to);
    return this.#finish();
  }

  recordEnd(bytes: Uint8Array, from: number, min: number, to: number): number {
    return this.#scanner.recordEnd(bytes, from, min, to);
  }

  decodeRecords(records: readonly (Uint8Array | null)[]): DecodedRecords {
    const indices: number[] = [];
    for (const [i, record] of records.entries()) {
      if (record === null) continue;
      this.failedRecord = i;
      if (this.#record(record, 0, record.length)) indices.push(i);
    }
    this.failedRecord = -1;
    const batch = this.#finish();
    return { batch, records: batch.length === records.length ? undefined : Int32Array.from(indices) };
  }

  takeSkipped(): number {
    const skipped = this.#skipped;
    this.#skipped = 0;
    return skipped;
  }

  /** false: there was none, or it was skipped. */
  #record(bytes: Uint8Array, pos: number, end: number): boolean {
    const scanner = this.#scanner;
    try {
      if (!scanner.scan(bytes, pos, end)) return false;
      this.#checkCount(bytes);
      for (const [i, wanted] of this.#wanted.entries()) this.#values[i] = this.#value(bytes, wanted);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      if (!this.#options.ignoreParseErrors) {
        const stop = lineEnd(bytes, scanner.start, scanner.next);
        throw new RowFailure(rowError(error.reason, bytes, scanner.start, stop, error.offset));
      }
      this.#skipped++;
      return false;
    }
    for (const [i, { column }] of this.#wanted.entries()) column.append(this.#values[i]!);
    this.#rows++;
    return true;
  }

  #value(bytes: Uint8Array, { field, read, path }: Wanted): Value {
    const scanner = this.#scanner;
    if (field >= scanner.count) return null;
    try {
      let value = read(this.#text.decode(scanner.bytesOf(bytes, field)));
      for (const index of path) value = value === null ? null : (value as readonly Value[])[index]!;
      return value;
    } catch (error) {
      if (error instanceof BadValue) throw new Malformed(error.message, scanner.starts[field]!);
      if (error instanceof TypeError) throw new Malformed('invalid UTF-8', scanner.starts[field]!);
      throw error;
    }
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

  #finish(): Batch {
    const length = this.#rows;
    this.#rows = 0;
    return { length, columns: this.#wanted.map(({ column }) => column.finish()), kinds: undefined };
  }
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
