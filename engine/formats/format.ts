/** What a format is: options, a decoder from bytes to columns, an encoder from columns to bytes. */
import type { Batch } from '../data/batch.ts';
import type { ChangeKinds } from '../data/change-kinds.ts';
import type { OptionSpec } from '../connectors/connector.ts';
import type { DataType } from '../types/type.ts';
import type { Schema } from '../types/schema.ts';

/** How to decode, as plain data: structuredClone takes it, so that a worker can make the same decoder. */
export interface DecoderSpec {
  /** 'json', 'csv', 'raw'. */
  readonly format: string;
  /** The format's options without their prefix: `ignore-parse-errors`. */
  readonly options: Readonly<Record<string, string>>;
  /** The fields of a row as they stand in the bytes: the table's physical columns in order. */
  readonly fields: readonly { readonly name: string; readonly type: DataType }[];
  /** What is wanted, in order: paths of field names, the first from `fields`. */
  readonly paths: readonly (readonly string[])[];
  /** The columns that come of `paths`. */
  readonly schema: Schema;
  readonly timeZone: string;
  /** Metadata of the format (see Format.metadata): columns behind those of `paths`. */
  readonly metadata?: readonly { readonly key: string; readonly type: DataType }[] | undefined;
}

/** The rows of some records. */
export interface DecodedRecords {
  readonly batch: Batch;
  /** For each row the record it came from; undefined = row i is record i. */
  readonly records: Int32Array | undefined;
}

/** The rows of a range of bytes. */
export interface DecodedRange {
  readonly batch: Batch;
  /** Where the record that follows begins. */
  readonly end: number;
  /** false: a record begins at `end`, before the limit, that is not there in full. */
  readonly complete: boolean;
}

/**
 * Bytes to columns. A decoder keeps what it has learned about its input (shapes of rows, dictionaries) and is used by one source alone.
 * Batches share no memory with the decoder or with its input, unless it lends.
 */
export interface Decoder {
  /** From now on batches may be views of the decoder's memory, good until its next call: for callers that are done with one before that. */
  lend?(): void;
  /** Room for `size` bytes into which input may be read; `decode` of this very array copies nothing. Valid until the next call. */
  input(size: number): Uint8Array;
  /**
   * All rows of bytes[from, to), which holds whole lines; the last may lack its newline.
   * Throws RowFailure for the first row that cannot be decoded, unless such rows are to be ignored.
   */
  decode(bytes: Uint8Array, from: number, to: number): Batch;
  /**
   * All records that begin in bytes[from, limit); a record may reach beyond `limit`, and bytes up to `to` are there. `last`: none follow.
   * Throws as `decode` does.
   */
  decodeRange(bytes: Uint8Array, from: number, limit: number, to: number, last: boolean): DecodedRange;
  /** Records that come one by one (messages of Kafka). Throws RowFailure with offsets into the record; `failedRecord` tells which. */
  decodeRecords(records: readonly (Uint8Array | null)[]): DecodedRecords;
  /** Index of the record at which decodeRecords failed. */
  readonly failedRecord: number;
  /** Rows that the last decode has skipped by an ignore-parse-errors rule; then 0. */
  takeSkipped(): number;
}

/** How to encode; plain data as well. */
export interface EncoderSpec {
  readonly format: string;
  readonly options: Readonly<Record<string, string>>;
  readonly schema: Schema;
  readonly timeZone: string;
}

export interface Encoder {
  /** All rows as lines, each ended by a newline. The bytes belong to the caller. Row kinds are written by formats that carry them. */
  encode(batch: Batch): Uint8Array;
  /** Each row alone, without newline; null for a row that is to be written as a null message. */
  encodeRecords(batch: Batch): (Uint8Array | null)[];
}

/** Formats whose files are read and written as a whole (columns, blocks), not line by line. */
export interface BulkFormat {
  /** The rows of a file from row `from` on: the columns of `spec.paths`. Throws FORMAT_MALFORMED with the file. */
  read(spec: DecoderSpec, path: string, from: number): AsyncIterable<Batch>;
  /** A new file at `path`. */
  write(spec: EncoderSpec, path: string): Promise<BulkWriter>;
}
export interface BulkWriter {
  /** About how large the file will be, so far. */
  readonly bytes: number;
  write(batch: Batch): Promise<void> | void;
  /** On disk for good. */
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

export interface Format {
  readonly name: string;
  readonly summary: string;
  /** Names without the prefix `json.`. */
  readonly options: readonly OptionSpec[];
  /** The kinds of change that the format carries; default +I alone. */
  readonly kinds?: ChangeKinds | undefined;
  /** Metadata that messages of this format hold, by key, with their types as SQL text; readers of messages give it under `value.KEY`. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Checks a table's options beyond their kinds; throws CONNECTOR_OPTION. */
  validate?(options: Readonly<Record<string, string>>): void;
  /** Checks the options of a table that is written to; throws CONNECTOR_OPTION. */
  validateWrite?(options: Readonly<Record<string, string>>): void;
  readonly bulk?: BulkFormat | undefined;
  makeDecoder?(spec: DecoderSpec): Decoder;
  makeEncoder?(spec: EncoderSpec): Encoder;
}
