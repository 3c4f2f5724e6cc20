import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { columnOf } from '../data/column-builder.ts';
import { Dictionary, type Column } from '../data/column.ts';
import { MillraceError } from '../errors.ts';
import type { Decoder } from '../formats/format.ts';
import { malformedInFile, RowFailure } from '../formats/malformed.ts';
import { makeDecoder } from '../formats/registry.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { Chunk, ChunkReaderSpec, ChunkResult, FileMetadataKey } from './chunks.ts';
import { fileError } from './files.ts';

/** How far beyond a chunk its last record is looked for at first. */
const TAIL_BYTES = 4096;
const LONGEST_RECORD = 2 ** 30;

/** Reads and decodes chunks of files; keeps the last file open. One reader belongs to one thread. */
export class FileChunkReader {
  readonly #spec: ChunkReaderSpec;
  readonly #decoder: Decoder;
  #path: string | undefined;
  #file = -1;
  #names: { readonly path: string; readonly dictionaries: Map<FileMetadataKey, Dictionary> } | undefined;

  constructor(spec: ChunkReaderSpec) {
    this.#spec = spec;
    this.#decoder = makeDecoder(spec.decoder);
  }

  /**
   * The rows of a chunk. `growing`: the file may still be written to; a last line without newline then waits (`end` stays before it).
   * Throws CONNECTOR_IO when the file is gone or shorter than planned, FORMAT_MALFORMED with file, line and byte of a bad row.
   */
  read(chunk: Chunk, growing = false): ChunkResult {
    const { path, size } = chunk;
    this.#open(path);
    // Byte from - 1 is read too: if it is a newline, a record begins at `from`.
    const base = chunk.aligned ? chunk.from : chunk.from - 1;
    let wanted = Math.min(chunk.to + TAIL_BYTES, size) - base;
    for (;;) {
      const bytes = this.#read(path, base, wanted);
      const start = chunk.aligned ? 0 : startOfRecord(bytes, wanted);
      if (start >= 0) {
        const result = this.#decode(chunk, bytes, base, start, wanted, growing);
        if (result !== undefined) return result;
      }
      if (base + wanted >= size) return this.#empty(chunk, start < 0 ? size : base + start);
      wanted = Math.min(wanted * 2, size - base);
      if (wanted > LONGEST_RECORD) {
        throw new MillraceError('FORMAT_MALFORMED', `${path}, byte ${chunk.from}: a record is longer than 1 GiB`);
      }
    }
  }

  /** undefined: the end of the last record is not within the bytes that were read. */
  #decode(
    chunk: Chunk,
    bytes: Uint8Array,
    base: number,
    start: number,
    length: number,
    growing: boolean,
  ): ChunkResult | undefined {
    const atEnd = base + length >= chunk.size;
    const limit = chunk.to - base;
    if (start >= limit) return this.#empty(chunk, base + start);
    let end = this.#decoder.recordEnd(bytes, start, limit, length);
    if (end < 0) {
      if (!atEnd) return undefined;
      end = growing ? lastRecordEnd(bytes, start, length) : length;
    }
    try {
      const batch = this.#decoder.decode(bytes, start, end);
      const columns = this.#spec.outputs.map((output) =>
        output.from === 'decoder'
          ? batch.columns[output.index]!
          : this.#metadata(output.key, output.type, chunk, batch.length),
      );
      return {
        batch: { length: batch.length, columns, kinds: batch.kinds },
        start: base + start,
        end: base + end,
        skipped: this.#decoder.takeSkipped(),
      };
    } catch (error) {
      if (!(error instanceof RowFailure)) throw error;
      throw malformedInFile(chunk.path, base, error.error, this.#spec.decoder.format);
    }
  }

  #empty(chunk: Chunk, at: number): ChunkResult {
    const batch = this.#decoder.decode(new Uint8Array(0), 0, 0);
    const columns = this.#spec.outputs.map((output) =>
      output.from === 'decoder' ? batch.columns[output.index]! : this.#metadata(output.key, output.type, chunk, 0),
    );
    return { batch: { length: 0, columns, kinds: undefined }, start: at, end: at, skipped: 0 };
  }

  #read(path: string, offset: number, length: number): Uint8Array {
    const bytes = this.#decoder.input(length);
    try {
      for (let got = 0; got < length;) {
        const n = readSync(this.#file, bytes, got, length - got, offset + got);
        if (n === 0)
          throw new MillraceError(
            'CONNECTOR_IO',
            `${path} ends at byte ${offset + got}: it was shortened while it was read`,
          );
        got += n;
      }
    } catch (error) {
      throw fileError(path, error);
    }
    return bytes;
  }

  #open(path: string): void {
    if (this.#path === path) return;
    this.close();
    try {
      this.#file = openSync(path, 'r');
    } catch (error) {
      throw fileError(path, error);
    }
    this.#path = path;
  }

  close(): void {
    if (this.#path !== undefined) closeSync(this.#file);
    this.#path = undefined;
  }

  #metadata(key: FileMetadataKey, type: DataType, chunk: Chunk, length: number): Column {
    if (key === 'file.path' || key === 'file.name') {
      return {
        storage: 'str',
        encoding: 'dict',
        type,
        length,
        valid: undefined,
        codes: new Int32Array(length),
        dictionary: this.#name(key, chunk.path),
      };
    }
    const value: Value = key === 'file.size' ? BigInt(chunk.size) : chunk.modified;
    return columnOf(type, new Array<Value>(length).fill(value));
  }

  #name(key: 'file.path' | 'file.name', path: string): Dictionary {
    if (this.#names?.path !== path) this.#names = { path, dictionaries: new Map() };
    let dictionary = this.#names.dictionaries.get(key);
    if (dictionary === undefined) {
      dictionary = new Dictionary();
      dictionary.strings.push(key === 'file.path' ? path : basename(path));
      this.#names.dictionaries.set(key, dictionary);
    }
    return dictionary;
  }
}

/** The first record that begins behind byte 0: behind the first newline. */
function startOfRecord(bytes: Uint8Array, length: number): number {
  const newline = bytes.indexOf(10);
  return newline < 0 || newline >= length ? -1 : newline + 1;
}

/** Behind the last newline; `start` when there is none. */
function lastRecordEnd(bytes: Uint8Array, start: number, length: number): number {
  const newline = bytes.lastIndexOf(10, length - 1);
  return newline < start ? start : newline + 1;
}
