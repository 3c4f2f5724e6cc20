/**
 * Files are decoded in chunks of 4 MiB. Chunk k holds the records that begin in bytes [4k Mi, 4(k + 1) Mi): a function of
 * the position alone, so that a replay cuts the same batches, and several workers can decode the chunks of one file at the same time.
 */
import type { Batch } from '../data/batch.ts';
import type { DecoderSpec } from '../formats/format.ts';
import type { DataType } from '../types/type.ts';
import type { Position, Source, Split } from './connector.ts';

export const CHUNK_BYTES = 4 * 1024 * 1024;

/** Plain data: makes a FileChunkReader in any thread. */
export interface ChunkReaderSpec {
  readonly decoder: DecoderSpec;
  /** For each output column where it comes from: a column of the decoder, a piece of metadata of the file, or a folder `name=value` above it. */
  readonly outputs: readonly ChunkOutput[];
}
export type ChunkOutput =
  | { readonly from: 'decoder'; readonly index: number }
  | { readonly from: 'file'; readonly key: FileMetadataKey; readonly type: DataType }
  | { readonly from: 'folder'; readonly name: string; readonly type: DataType; readonly nullName: string };
export type FileMetadataKey = 'file.path' | 'file.name' | 'file.size' | 'file.modification-time';

/** A piece of a file, as plain data. */
export interface Chunk {
  readonly path: string;
  /** Records that begin in [from, to). */
  readonly from: number;
  readonly to: number;
  /** A record is known to begin at `from`; else the reader looks for the first newline. */
  readonly aligned: boolean;
  /** The file's size when the chunks were planned. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

export interface ChunkResult {
  readonly batch: Batch;
  /** Where the first record of the chunk was taken to begin. */
  readonly start: number;
  /** Where the record that follows the chunk begins. */
  readonly end: number;
  /** Rows skipped by an ignore-parse-errors rule. */
  readonly skipped: number;
}

/**
 * A source whose splits can be decoded by several workers at once. Each worker makes a `FileChunkReader` of `chunkSpec` and reads chunks;
 * results are delivered in the order of the chunks. If `start` of a result is not `end` of the one before (a quoted CSV field held
 * the newline), that chunk is to be read again with `{...chunk, from: end before, aligned: true}`.
 */
export interface ChunkedSource extends Source {
  readonly chunkSpec: ChunkReaderSpec;
  planChunks(split: Split, from: Position): Promise<readonly Chunk[]>;
}

export const isChunked = (source: Source): source is ChunkedSource =>
  'chunkSpec' in source && source.chunkSpec !== undefined;

/** The chunks of a file from byte `offset`, at which a record begins. */
export function planChunks(file: Pick<Chunk, 'path' | 'size' | 'modified'>, offset = 0): Chunk[] {
  const chunks: Chunk[] = [];
  for (let from = offset; from < file.size;) {
    const to = Math.min(chunkEnd(from), file.size);
    chunks.push({ ...file, from, to, aligned: from === offset });
    from = to;
  }
  return chunks;
}

/** Where the chunk ends that holds byte `offset`. */
export const chunkEnd = (offset: number): number => (Math.floor(offset / CHUNK_BYTES) + 1) * CHUNK_BYTES;
