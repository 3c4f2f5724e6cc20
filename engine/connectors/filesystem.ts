import { assert } from '../assert.ts';
import { decodeLayout } from './decode-layout.ts';
import type { ChunkedSource, ChunkReaderSpec, FileMetadataKey } from './chunks.ts';
import { planChunks, chunkEnd, type Chunk } from './chunks.ts';
import type { Connector, Position, ReadResult, SourceContext, Split, SplitReader } from './connector.ts';
import { FileChunkReader } from './file-chunk-reader.ts';
import { listFiles, resolvePath, type FoundFile } from './files.ts';
import { OptionReader, optionError } from './options.ts';

export const filesystem: Connector = {
  name: 'filesystem',
  summary: 'files of this machine, one or a folder of them',
  options: [
    { name: 'path', kind: 'string', required: true, summary: 'a file or a folder; relative to the notebook' },
    {
      name: 'source.monitor-interval',
      kind: 'duration',
      summary: 'look for new files and new lines this often, without end; unset: read what is there and end',
    },
    { name: 'source.path.regex-pattern', kind: 'string', summary: 'only files whose path matches' },
  ],
  formats: ['json', 'csv', 'raw'],
  metadata: {
    'file.path': { type: 'STRING NOT NULL', writable: false },
    'file.name': { type: 'STRING NOT NULL', writable: false },
    'file.size': { type: 'BIGINT NOT NULL', writable: false },
    'file.modification-time': { type: 'TIMESTAMP_LTZ(3) NOT NULL', writable: false },
  },
  sinkModes: ['append'],
  isBounded: (table) => table.options['source.monitor-interval'] === undefined,
  createSource: async (context) => new FileSource(context),
};

/** Files in the order of their paths, each a split; a position is the byte at which the next record begins. */
class FileSource implements ChunkedSource {
  readonly boundedness: 'bounded' | 'unbounded';
  readonly chunkSpec: ChunkReaderSpec;
  readonly #context: SourceContext;
  readonly #path: string;
  readonly #pattern: RegExp | undefined;

  constructor(context: SourceContext) {
    const options = new OptionReader(context.table.options, filesystem.options);
    this.#context = context;
    this.#path = resolvePath(options.required('path'), context.baseDirectory);
    this.#pattern = pathPattern(options.text('source.path.regex-pattern'));
    this.boundedness = options.has('source.monitor-interval') ? 'unbounded' : 'bounded';
    const { decoder, outputs } = decodeLayout(context, context.table.options['format'] ?? 'json');
    this.chunkSpec = {
      decoder,
      outputs: outputs.map((output) =>
        output.from === 'decoder' ? output : { from: 'file', key: output.key as FileMetadataKey, type: output.type },
      ),
    };
  }

  async splits(): Promise<Split[]> {
    const files = await this.#files();
    return files.map((file) => ({ id: file.path, start: { offset: 0 } }));
  }

  async #files(): Promise<FoundFile[]> {
    const files = await listFiles(this.#path);
    return this.#pattern === undefined ? files : files.filter((file) => this.#pattern!.test(file.path));
  }

  async planChunks(split: Split, from: Position): Promise<Chunk[]> {
    const [file] = await listFiles(split.id);
    assert(file !== undefined, 'a split is a file');
    return planChunks(file, from['offset'] as number);
  }

  async open(split: Split, from: Position): Promise<SplitReader> {
    const [file] = await listFiles(split.id);
    assert(file !== undefined, 'a split is a file');
    return new PlainFileReader(this.chunkSpec, file, from['offset'] as number, this.#context);
  }

  async close(): Promise<void> {}
}

function pathPattern(text: string | undefined): RegExp | undefined {
  if (text === undefined) return undefined;
  try {
    return new RegExp(`^(?:${text})$`, 'u');
  } catch (cause) {
    throw optionError(`option 'source.path.regex-pattern': ${(cause as Error).message}`);
  }
}

/** Reads one file chunk by chunk. */
class PlainFileReader implements SplitReader {
  readonly #reader: FileChunkReader;
  readonly #file: FoundFile;
  readonly #context: SourceContext;
  #offset: number;

  constructor(spec: ChunkReaderSpec, file: FoundFile, offset: number, context: SourceContext) {
    this.#reader = new FileChunkReader(spec);
    this.#file = file;
    this.#offset = offset;
    this.#context = context;
  }

  read(): ReadResult {
    const from = this.#offset;
    if (from >= this.#file.size) return { batch: undefined, position: { offset: from }, done: true };
    const to = Math.min(chunkEnd(from), this.#file.size);
    const result = this.#reader.read({ ...this.#file, from, to, aligned: true });
    this.#offset = result.end;
    if (result.skipped > 0) this.#context.onSkipped(result.skipped);
    return {
      batch: result.batch,
      position: { offset: result.end },
      done: result.end >= this.#file.size,
      bytes: result.end - from,
    };
  }

  async close(): Promise<void> {
    this.#reader.close();
  }
}
