import { columnBuilder, type ColumnBuilder } from '../data/column-builder.ts';
import type { Batch } from '../data/batch.ts';
import type { Value } from '../types/value.ts';
import type { DecodedRecords, Decoder, DecoderSpec } from './format.ts';
import { JsonCursor } from './json-cursor.ts';
import { jsonReadOptions } from './json-options.ts';
import { planPaths, readRow, type ObjectPlan } from './json-plan.ts';
import type { JsonReadOptions } from './json-readers.ts';
import { Malformed, RowFailure, rowError } from './malformed.ts';

/** Newline-delimited JSON to columns. Empty lines are no rows. */
export class JsonDecoder implements Decoder {
  readonly #options: JsonReadOptions;
  readonly #plan: ObjectPlan;
  readonly #columns: readonly ColumnBuilder[];
  readonly #cursor = new JsonCursor();
  readonly #values: Value[];
  #buffer = new Uint8Array(0);
  #skipped = 0;
  #rows = 0;
  failedRecord = -1;

  constructor(spec: DecoderSpec) {
    this.#options = jsonReadOptions(spec);
    this.#plan = planPaths(spec, this.#options);
    this.#columns = spec.schema.map((column) => columnBuilder(column.type, 1024));
    this.#values = new Array<Value>(spec.paths.length).fill(null);
  }

  input(size: number): Uint8Array {
    if (this.#buffer.length < size) this.#buffer = new Uint8Array(size);
    return this.#buffer;
  }

  decode(bytes: Uint8Array, from: number, to: number): Batch {
    for (let start = from; start < to;) {
      const newline = bytes.indexOf(10, start);
      const next = newline < 0 || newline >= to ? to : newline + 1;
      let end = newline < 0 || newline >= to ? to : newline;
      if (end > start && bytes[end - 1] === 0x0d) end--;
      if (end > start) this.#row(bytes, start, end);
      start = next;
    }
    return this.#finish();
  }

  recordEnd(bytes: Uint8Array, from: number, min: number, to: number): number {
    const newline = bytes.indexOf(10, Math.max(from, min - 1));
    return newline < 0 || newline >= to ? -1 : newline + 1;
  }

  decodeRecords(records: readonly (Uint8Array | null)[]): DecodedRecords {
    const indices: number[] = [];
    for (const [i, record] of records.entries()) {
      if (record === null || record.length === 0) continue;
      this.failedRecord = i;
      if (this.#row(record, 0, record.length)) indices.push(i);
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

  /** false: the row was skipped. */
  #row(bytes: Uint8Array, start: number, end: number): boolean {
    const cursor = this.#cursor;
    cursor.reset(bytes, start, end);
    try {
      readRow(cursor, this.#plan, this.#values, this.#options);
      cursor.finish();
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      if (!this.#options.ignoreParseErrors) {
        throw new RowFailure(rowError(error.reason, bytes, start, end, error.offset));
      }
      this.#skipped++;
      return false;
    }
    for (const [i, column] of this.#columns.entries()) column.append(this.#values[i]!);
    this.#rows++;
    return true;
  }

  #finish(): Batch {
    const length = this.#rows;
    this.#rows = 0;
    return { length, columns: this.#columns.map((column) => column.finish()), kinds: undefined };
  }
}
