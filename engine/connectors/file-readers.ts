/** How one file is read, split by split: whole, without end, or compressed. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip, createInflate } from 'node:zlib';
import { MillraceError } from '../errors.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { chunkEnd, type ChunkReaderSpec } from './chunks.ts';
import type { ReadResult, SourceContext, SplitReader } from './connector.ts';
import { FileChunkReader, shortened } from './file-chunk-reader.ts';
import { FileRows } from './file-rows.ts';
import { fileError, type FoundFile } from './files.ts';
import { MAX_WAIT_MS } from './pace.ts';

/** How far beyond a chunk its last record is unpacked at first. */
const TAIL_BYTES = 4096;

type Skips = Pick<SourceContext, 'onSkipped'>;

/** Reads what is in the file now, chunk by chunk. */
export class PlainFileReader implements SplitReader {
  readonly #reader: FileChunkReader;
  readonly #file: FoundFile;
  readonly #context: Skips;
  #offset: number;

  constructor(spec: ChunkReaderSpec, file: FoundFile, offset: number, context: Skips) {
    this.#reader = new FileChunkReader(spec);
    this.#file = file;
    this.#offset = offset;
    this.#context = context;
  }

  read(): ReadResult {
    const from = this.#offset;
    if (from >= this.#file.size) return { batch: undefined, position: { offset: from }, done: true };
    const to = Math.min(chunkEnd(from), this.#file.size);
    const { batch, end, skipped } = this.#reader.read({ ...this.#file, from, to, aligned: true });
    this.#offset = end;
    if (skipped > 0) this.#context.onSkipped(skipped);
    return { batch, position: { offset: end }, done: end >= this.#file.size, bytes: end - from };
  }

  async close(): Promise<void> {
    this.#reader.close();
  }
}

/** Follows a file that grows: complete lines are read as they come, a half line waits for its rest. */
export class FollowingFileReader implements SplitReader {
  readonly #reader: FileChunkReader;
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #context: SourceContext;
  #file: FoundFile;
  #offset: number;
  /** Size at which only a half line was left. */
  #tried = -1;
  #nextLook = -Infinity;

  constructor(spec: ChunkReaderSpec, file: FoundFile, offset: number, interval: number, context: SourceContext) {
    this.#reader = new FileChunkReader(spec);
    this.#clock = context.clock ?? systemClock;
    this.#interval = interval;
    this.#context = context;
    this.#file = file;
    this.#offset = offset;
  }

  async read(): Promise<ReadResult> {
    const from = this.#offset;
    const idle: ReadResult = { batch: undefined, position: { offset: from }, done: false };
    if (this.#file.size <= from || this.#file.size === this.#tried) {
      const wait = this.#nextLook - this.#clock.monotonic();
      if (wait > 0) {
        await this.#clock.sleep(Math.min(wait, MAX_WAIT_MS), this.#context.signal);
        if (wait > MAX_WAIT_MS) return idle;
      }
      this.#nextLook = this.#clock.monotonic() + this.#interval;
      if (!(await this.#look())) return { ...idle, done: true };
      if (this.#file.size <= from || this.#file.size === this.#tried) return idle;
    }
    const to = Math.min(chunkEnd(from), this.#file.size);
    const { batch, end, skipped } = this.#reader.read({ ...this.#file, from, to, aligned: true }, true);
    this.#offset = end;
    if (end === from) this.#tried = this.#file.size;
    if (skipped > 0) this.#context.onSkipped(skipped);
    return { batch: batch.length > 0 ? batch : undefined, position: { offset: end }, done: false, bytes: end - from };
  }

  /** Looks at the file's size; false when the file is gone and all of it was read. */
  async #look(): Promise<boolean> {
    const { path } = this.#file;
    const info = await stat(path).catch((error: unknown) => {
      const gone = (error as NodeJS.ErrnoException).code === 'ENOENT' && this.#file.size === this.#offset;
      if (!gone) throw fileError(path, error);
      return undefined;
    });
    if (info === undefined) return false;
    if (info.size < this.#offset) throw shortened(path, info.size);
    this.#file = { path, size: info.size, modified: Math.floor(info.mtimeMs) };
    return true;
  }

  async close(): Promise<void> {
    this.#reader.close();
  }
}

export type Compression = 'gzip' | 'deflate';

/** How a file is compressed, by the end of its name; throws CONNECTOR_IO for what cannot be unpacked. */
export function compressionOf(path: string): Compression | undefined {
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase();
  if (ending === 'gz' || ending === 'gzip') return 'gzip';
  if (ending === 'deflate') return 'deflate';
  if (ending === 'bz2' || ending === 'xz' || ending === 'zst' || ending === 'zip') {
    throw new MillraceError('CONNECTOR_IO', `${path}: files compressed with ${ending} cannot be read`, {
      hint: 'unpack it, or use .gz',
    });
  }
  return undefined;
}

/** Reads a compressed file; its positions count unpacked bytes, so that going on from one means unpacking from the start again. */
export class CompressedFileReader implements SplitReader {
  readonly #rows: FileRows;
  readonly #file: FoundFile;
  readonly #context: Skips;
  readonly #pieces: AsyncIterator<Buffer>;
  readonly #close: () => void;
  /** Unpacked bytes that were not decoded yet; they begin at #offset. */
  #bytes: Buffer = Buffer.alloc(0);
  #offset: number;
  #toSkip: number;
  #ended = false;

  constructor(spec: ChunkReaderSpec, file: FoundFile, compression: Compression, offset: number, context: Skips) {
    this.#rows = new FileRows(spec);
    this.#file = file;
    this.#context = context;
    this.#offset = offset;
    this.#toSkip = offset;
    const input = createReadStream(file.path, { highWaterMark: 1 << 18 });
    const unpacked =
      compression === 'gzip' ? createGunzip({ chunkSize: 1 << 18 }) : createInflate({ chunkSize: 1 << 18 });
    input.on('error', (error) => unpacked.destroy(error));
    this.#pieces = input.pipe(unpacked)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    this.#close = () => {
      input.destroy();
      unpacked.destroy();
    };
  }

  async read(): Promise<ReadResult> {
    const limit = chunkEnd(this.#offset) - this.#offset;
    while (!this.#ended && this.#bytes.length < limit + TAIL_BYTES) await this.#more();
    for (;;) {
      const to = this.#bytes.length;
      const range = { start: 0, limit: Math.min(limit, to), to, last: this.#ended };
      const { batch, end, complete } = this.#rows.decode(this.#file, this.#bytes, range, undefined);
      if (!complete) {
        await this.#more();
        continue;
      }
      this.#bytes = this.#bytes.subarray(end);
      this.#offset += end;
      const skipped = this.#rows.decoder.takeSkipped();
      if (skipped > 0) this.#context.onSkipped(skipped);
      const done = this.#ended && this.#bytes.length === 0;
      return { batch, position: { offset: this.#offset }, done, bytes: end };
    }
  }

  async #more(): Promise<void> {
    let next: IteratorResult<Buffer>;
    try {
      next = await this.#pieces.next();
    } catch (error) {
      throw fileError(this.#file.path, error);
    }
    if (next.done) {
      this.#ended = true;
      return;
    }
    const piece = next.value.subarray(Math.min(this.#toSkip, next.value.length));
    this.#toSkip -= next.value.length - piece.length;
    this.#bytes = this.#bytes.length === 0 ? piece : Buffer.concat([this.#bytes, piece]);
  }

  async close(): Promise<void> {
    this.#close();
  }
}
