import { closeSync, openSync, readSync } from 'node:fs';
import { MillraceError } from '../errors.ts';
import type { Chunk, ChunkReaderSpec, ChunkResult } from './chunks.ts';
import { FileRows } from './file-rows.ts';
import { fileError } from './files.ts';

/** How far beyond a chunk its last record is looked for at first. */
const TAIL_BYTES = 4096;
const LONGEST_RECORD = 2 ** 30;

/** Reads and decodes chunks of files; keeps the last file open. One reader belongs to one thread. */
export class FileChunkReader {
  readonly #rows: FileRows;
  #path: string | undefined;
  #file = -1;

  constructor(spec: ChunkReaderSpec) {
    this.#rows = new FileRows(spec);
  }

  /** From now on a batch is good only until the next `read`: nothing is copied out of the decoder's memory. */
  lend(): void {
    this.#rows.decoder.lend?.();
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
    const { batch, end, complete } = this.#rows.decode(
      chunk,
      bytes,
      { start, limit, to: length, last: atEnd && !growing },
      base,
    );
    if (!complete && !atEnd) return undefined;
    return { batch, start: base + start, end: base + end, skipped: this.#rows.decoder.takeSkipped() };
  }

  #empty(chunk: Chunk, at: number): ChunkResult {
    return { batch: this.#rows.empty(chunk), start: at, end: at, skipped: 0 };
  }

  #read(path: string, offset: number, length: number): Uint8Array {
    const bytes = this.#rows.decoder.input(length);
    try {
      for (let got = 0; got < length;) {
        const n = readSync(this.#file, bytes, got, length - got, offset + got);
        if (n === 0) throw shortened(path, offset + got);
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
}

export const shortened = (path: string, at: number): MillraceError =>
  new MillraceError('CONNECTOR_IO', `${path} ends at byte ${at}: it was shortened while it was read`);

/** The first record that begins behind byte 0: behind the first newline. */
function startOfRecord(bytes: Uint8Array, length: number): number {
  const newline = bytes.indexOf(10);
  return newline < 0 || newline >= length ? -1 : newline + 1;
}
