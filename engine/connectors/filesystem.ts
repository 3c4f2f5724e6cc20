import { assert } from '../assert.ts';
import { systemClock } from '../runtime/clock.ts';
import {
  planChunks,
  type Chunk,
  type ChunkedSource,
  type ChunkOutput,
  type ChunkReaderSpec,
  type FileMetadataKey,
} from './chunks.ts';
import type { Connector, Position, Source, SourceContext, Split, SplitReader } from './connector.ts';
import { decodeLayout } from './decode-layout.ts';
import { CompressedFileReader, compressionOf, FollowingFileReader, PlainFileReader } from './file-readers.ts';
import { createFileSink } from './file-sink.ts';
import { filesystemOptions } from './filesystem-options.ts';
import { listFiles, resolvePath, type FoundFile } from './files.ts';
import type { BulkFormat } from '../formats/format.ts';
import { format, formatKinds } from '../formats/registry.ts';
import { FileColumns } from './file-columns.ts';
import { OptionReader, optionError } from './options.ts';

export const filesystem: Connector = {
  name: 'filesystem',
  summary: 'files of this machine, one or a folder of them',
  options: filesystemOptions,
  formats: ['json', 'csv', 'raw', 'avro', 'parquet', 'debezium-json', 'canal-json', 'maxwell-json', 'ogg-json'],
  metadata: {
    'file.path': { type: 'STRING NOT NULL', writable: false },
    'file.name': { type: 'STRING NOT NULL', writable: false },
    'file.size': { type: 'BIGINT NOT NULL', writable: false },
    'file.modification-time': { type: 'TIMESTAMP_LTZ(3) NOT NULL', writable: false },
  },
  sourceKinds: (table) => formatKinds(table.options['format']),
  overwrites: 'batch',
  sinkKinds: (table) => formatKinds(table.options['format']),
  isBounded: (table) => table.options['source.monitor-interval'] === undefined,
  createSource,
  createSink: createFileSink,
  version: filesVersion,
};

interface FileSettings {
  readonly spec: ChunkReaderSpec;
  readonly path: string;
  readonly pattern: RegExp | undefined;
  /** Milliseconds; undefined = bounded. */
  readonly interval: number | undefined;
}

async function createSource(context: SourceContext): Promise<Source> {
  const options = new OptionReader(context.table.options, filesystemOptions);
  const settings: FileSettings = {
    spec: readerSpec(context, options.text('partition.default-name')!),
    path: resolvePath(options.required('path'), context.baseDirectory),
    pattern: pathPattern(options.text('source.path.regex-pattern')),
    interval: options.duration('source.monitor-interval'),
  };
  const { bulk } = format(settings.spec.decoder.format);
  if (bulk !== undefined) return new BulkFiles(settings, bulk);
  if (settings.interval !== undefined) return new FollowedFiles(settings, context);
  const files = await findFiles(settings);
  return files.some((file) => compressionOf(file.path) !== undefined)
    ? new BoundedFiles(settings, context)
    : new ChunkedFiles(settings, context);
}

/** Lookups read files again when one of them was changed, or one came or went. */
async function filesVersion(context: SourceContext): Promise<string> {
  const options = new OptionReader(context.table.options, filesystemOptions);
  const path = resolvePath(options.required('path'), context.baseDirectory);
  const files = await findFiles({ path, pattern: pathPattern(options.text('source.path.regex-pattern')) });
  return files.map((file) => `${file.path} ${file.size} ${file.modified}`).join('\n');
}

/** Columns of PARTITIONED BY are not in the records: they come from the names of the folders. */
function readerSpec(context: SourceContext, nullName: string): ChunkReaderSpec {
  const { columns, partitionedBy, options } = context.table;
  const isFolder = (name: string): boolean => partitionedBy.includes(name);
  const inRecords = context.paths.flatMap(([name], i) => (isFolder(name!) ? [] : [i]));
  const { decoder, outputs } = decodeLayout(
    { ...context, paths: inRecords.map((i) => context.paths[i]!), schema: inRecords.map((i) => context.schema[i]!) },
    options['format'] ?? 'json',
    undefined,
    columns.filter((column) => column.kind === 'physical' && !isFolder(column.name)),
  );
  const rest = [...outputs];
  return {
    decoder,
    outputs: context.paths.map(([name], i): ChunkOutput => {
      if (isFolder(name!)) return { from: 'folder', name: name!, type: context.schema[i]!.type, nullName };
      const output = rest.shift()!;
      return output.from === 'decoder'
        ? output
        : { from: 'file', key: output.key as FileMetadataKey, type: output.type };
    }),
  };
}

async function findFiles({ path, pattern }: Pick<FileSettings, 'path' | 'pattern'>): Promise<FoundFile[]> {
  const files = await listFiles(path);
  return pattern === undefined ? files : files.filter((file) => pattern.test(file.path));
}

function pathPattern(text: string | undefined): RegExp | undefined {
  if (text === undefined) return undefined;
  try {
    return new RegExp(`^(?:${text})$`, 'u');
  } catch (error) {
    throw optionError(`option 'source.path.regex-pattern': ${(error as Error).message}`);
  }
}

/** Files in the order of their paths, each a split; a position is the byte at which the next record begins. */
class BoundedFiles implements Source {
  readonly boundedness = 'bounded';
  protected readonly settings: FileSettings;
  readonly #context: SourceContext;

  constructor(settings: FileSettings, context: SourceContext) {
    this.settings = settings;
    this.#context = context;
  }
  async splits(): Promise<Split[]> {
    return (await findFiles(this.settings)).map(splitOf);
  }
  async open(split: Split, from: Position): Promise<SplitReader> {
    return openFile(this.settings, await fileOf(split), from['offset'] as number, this.#context);
  }
  async close(): Promise<void> {}
}

/** The same, for threads: no file is compressed. */
class ChunkedFiles extends BoundedFiles implements ChunkedSource {
  get chunkSpec(): ChunkReaderSpec {
    return this.settings.spec;
  }
  async planChunks(split: Split, from: Position): Promise<Chunk[]> {
    return planChunks(await fileOf(split), from['offset'] as number);
  }
}

/** Files of a format that is read as a whole; a position is the row that follows. With an interval new files are found as they come. */
class BulkFiles implements Source {
  readonly boundedness: 'bounded' | 'unbounded';
  readonly growing: boolean;
  readonly #settings: FileSettings;
  readonly #bulk: BulkFormat;

  constructor(settings: FileSettings, bulk: BulkFormat) {
    this.boundedness = settings.interval === undefined ? 'bounded' : 'unbounded';
    this.growing = settings.interval !== undefined;
    this.#settings = settings;
    this.#bulk = bulk;
  }
  async splits(): Promise<Split[]> {
    return (await findFiles(this.#settings)).map((file) => ({ id: file.path, start: { row: 0 } }));
  }
  async open(split: Split, from: Position): Promise<SplitReader> {
    const { spec } = this.#settings;
    const file = await fileOf(split);
    const columns = new FileColumns(spec);
    let row = from['row'] as number;
    const batches = this.#bulk.read(spec.decoder, file.path, row)[Symbol.asyncIterator]();
    return {
      read: async () => {
        const { value, done } = await batches.next();
        if (done === true) return { batch: undefined, position: { row }, done: true };
        row += value.length;
        return { batch: columns.of(value, file), position: { row }, done: false };
      },
      close: async () => void (await batches.return?.()),
    };
  }
  async close(): Promise<void> {}
}

/** A folder or a file without end: new files and new lines are found as they come. */
class FollowedFiles implements Source {
  readonly boundedness = 'unbounded';
  readonly growing = true;
  readonly #settings: FileSettings;
  readonly #context: SourceContext;
  #splits: Split[] = [];
  #nextLook = -Infinity;

  constructor(settings: FileSettings, context: SourceContext) {
    this.#settings = settings;
    this.#context = context;
  }
  async splits(): Promise<Split[]> {
    const now = (this.#context.clock ?? systemClock).monotonic();
    if (now >= this.#nextLook) {
      this.#nextLook = now + this.#settings.interval!;
      const known = new Set(this.#splits.map((split) => split.id));
      const found = await findFiles(this.#settings);
      this.#splits.push(...found.filter((file) => !known.has(file.path)).map(splitOf));
    }
    return this.#splits;
  }
  async open(split: Split, from: Position): Promise<SplitReader> {
    const file = await fileOf(split);
    const offset = from['offset'] as number;
    if (compressionOf(file.path) !== undefined) return openFile(this.#settings, file, offset, this.#context);
    return new FollowingFileReader(this.#settings.spec, file, offset, this.#settings.interval!, this.#context);
  }
  async close(): Promise<void> {}
}

const splitOf = (file: FoundFile): Split => ({ id: file.path, start: { offset: 0 } });

async function fileOf(split: Split): Promise<FoundFile> {
  const [file] = await listFiles(split.id);
  assert(file !== undefined, 'a split is a file');
  return file;
}

function openFile({ spec }: FileSettings, file: FoundFile, offset: number, context: SourceContext): SplitReader {
  const compression = compressionOf(file.path);
  return compression === undefined
    ? new PlainFileReader(spec, file, offset, context)
    : new CompressedFileReader(spec, file, compression, offset, context);
}
