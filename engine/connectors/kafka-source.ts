import { columnBuilder, columnOf } from '../data/column-builder.ts';
import type { Batch } from '../data/batch.ts';
import { Dictionary, type Column } from '../data/column.ts';
import { RowKind } from '../data/row-kind.ts';
import { takeColumn } from '../data/take.ts';
import { MillraceError } from '../errors.ts';
import type { DecodedRecords, Decoder } from '../formats/format.ts';
import { describeRow, ignoreHint, RowFailure } from '../formats/malformed.ts';
import { formatOptions, makeDecoder } from '../formats/registry.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import type { ColumnSchema } from '../types/schema.ts';
import type { DataType } from '../types/type.ts';
import { MapValue, type Value } from '../types/value.ts';
import { assert } from '../assert.ts';
import type { Position, ReadResult, Source, SourceContext, Split, SplitReader } from './connector.ts';
import { KafkaFetcher, PartitionQueue } from './kafka-fetcher.ts';
import { kafkaSettings, type KafkaSettings, type OffsetMode } from './kafka-options.ts';
import { readRecords, RecordsError, type Records } from './kafka-records.ts';
import { ErrorCode, KafkaFailure, KafkaTransport, partitionName, type PartitionInfo } from './kafka-transport.ts';

/** Each partition is a split with a watermark of its own; a position is the offset of the next record. No consumer group is joined. */
export class KafkaSource implements Source {
  readonly boundedness: 'bounded' | 'unbounded';
  readonly unordered = true;
  readonly growing: boolean;
  readonly #context: SourceContext;
  readonly #settings: KafkaSettings;
  readonly #transport: KafkaTransport;
  readonly #clock: Clock;
  readonly #fetcher: KafkaFetcher;
  readonly #partitions = new Map<string, PartitionInfo & { readonly end: number }>();
  #splits: Split[] = [];
  #nextLook = -Infinity;

  private constructor(context: SourceContext, settings: KafkaSettings, transport: KafkaTransport) {
    this.boundedness = settings.end === undefined ? 'unbounded' : 'bounded';
    this.growing = settings.end === undefined && settings.discovery > 0;
    this.#context = context;
    this.#settings = settings;
    this.#transport = transport;
    this.#clock = context.clock ?? systemClock;
    this.#fetcher = new KafkaFetcher(transport, this.#clock, settings.readCommitted, settings.reset);
  }

  static async open(context: SourceContext): Promise<KafkaSource> {
    const settings = kafkaSettings(context.table);
    const { start } = settings;
    if (start.kind === 'group' && start.group === '') {
      throw new MillraceError('CONNECTOR_OPTION', "connector 'kafka' needs the option 'scan.startup.mode'", {
        hint: "'earliest-offset', or 'group-offsets' together with 'properties.group.id'",
      });
    }
    return new KafkaSource(context, settings, await KafkaTransport.connect(settings.connection));
  }

  async splits(): Promise<readonly Split[]> {
    const now = this.#clock.monotonic();
    if (now < this.#nextLook) return this.#splits;
    this.#nextLook = this.#settings.discovery > 0 ? now + this.#settings.discovery : Infinity;
    const first = this.#partitions.size === 0;
    const found = await this.#found();
    const added = found.filter((info) => !this.#partitions.has(partitionName(info)));
    if (added.length === 0) return this.#splits;
    // Partitions that come later are new: all of their records are.
    const starts = await this.#offsets(added, first ? this.#settings.start : { kind: 'earliest' }, 'start');
    const ends = this.#settings.end === undefined ? undefined : await this.#offsets(added, this.#settings.end, 'end');
    for (const info of added) {
      const id = partitionName(info);
      this.#partitions.set(id, { ...info, end: ends?.get(id) ?? Infinity });
      this.#splits = [...this.#splits, { id, start: { offset: starts.get(id)! } }];
    }
    return this.#splits;
  }

  async #found(): Promise<PartitionInfo[]> {
    const { topics } = this.#settings;
    try {
      return await this.#transport.partitions(topics);
    } catch (error) {
      if (error instanceof KafkaFailure && error.code === ErrorCode.UnknownTopic) {
        const { brokers } = this.#settings.connection;
        throw new MillraceError('CONNECTOR_IO', `${error.message} on Kafka at ${brokers.join(', ')}`, {
          hint: "check the option 'topic'",
        });
      }
      throw this.#failure(error);
    }
  }

  async #offsets(
    partitions: readonly PartitionInfo[],
    mode: OffsetMode,
    which: 'start' | 'end',
  ): Promise<Map<string, number>> {
    const { readCommitted, reset } = this.#settings;
    const list = (time: 'earliest' | 'latest' | number): Promise<Map<string, number>> =>
      this.#transport.listOffsets(partitions, time, readCommitted);
    try {
      switch (mode.kind) {
        case 'earliest':
        case 'latest':
          return await list(mode.kind);
        case 'timestamp': {
          const found = await list(mode.ms);
          const latest = await list('latest');
          return new Map([...found].map(([id, offset]) => [id, offset < 0 ? latest.get(id)! : offset]));
        }
        case 'specific': {
          const fallback = await list(which === 'start' ? 'earliest' : 'latest');
          return new Map(
            partitions.map((info) => [
              partitionName(info),
              mode.offsets.get(info.partition) ?? fallback.get(partitionName(info))!,
            ]),
          );
        }
        default: {
          const committed = await this.#transport.committed(mode.group, partitions);
          const missing = [...committed].filter(([, offset]) => offset < 0).map(([id]) => id);
          if (missing.length === 0) return committed;
          const strategy = which === 'end' ? 'latest' : reset;
          if (strategy === undefined) {
            throw new MillraceError(
              'CONNECTOR_IO',
              `group '${mode.group}' has no committed offset for ${missing.join(', ')}`,
              {
                hint: "set 'properties.auto.offset.reset' = 'earliest' or another 'scan.startup.mode'",
              },
            );
          }
          const fallback = await list(strategy);
          return new Map([...committed].map(([id, offset]) => [id, offset < 0 ? fallback.get(id)! : offset]));
        }
      }
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #failure(error: unknown): unknown {
    if (error instanceof MillraceError) return error;
    if (error instanceof KafkaFailure) return new MillraceError('CONNECTOR_IO', error.message, { cause: error });
    return this.#transport.unreachable(error);
  }

  async open(split: Split, from: Position): Promise<SplitReader> {
    const info = this.#partitions.get(split.id);
    assert(info !== undefined, 'a split is a partition that was found');
    const queue = new PartitionQueue(info, info.leader, from['offset'] as number, info.end);
    this.#fetcher.add(queue);
    return new KafkaReader(queue, this.#settings, this.#context, this.#clock, () => this.#fetcher.remove(queue));
  }

  async close(): Promise<void> {
    await this.#fetcher.close();
    await this.#transport.close();
  }
}

/** Where a wanted column comes from. */
type Output =
  | { readonly from: 'value' | 'key'; readonly index: number }
  | { readonly from: 'metadata'; readonly key: string; readonly type: DataType };

class KafkaReader implements SplitReader {
  readonly #queue: PartitionQueue;
  readonly #context: SourceContext;
  readonly #clock: Clock;
  readonly #release: () => void;
  readonly #value: Decoder;
  readonly #key: Decoder | undefined;
  readonly #outputs: readonly Output[];
  readonly #topic = new Dictionary();
  readonly #settings: KafkaSettings;
  #offset: number;

  constructor(
    queue: PartitionQueue,
    settings: KafkaSettings,
    context: SourceContext,
    clock: Clock,
    release: () => void,
  ) {
    this.#queue = queue;
    this.#settings = settings;
    this.#context = context;
    this.#clock = clock;
    this.#release = release;
    this.#offset = queue.offset;
    this.#topic.strings.push(queue.topic);
    const layout = layoutOf(context, settings);
    this.#value = layout.value;
    this.#key = layout.key;
    this.#outputs = layout.outputs;
  }

  async read(): Promise<ReadResult> {
    const { end } = this.#queue;
    if (this.#offset >= end) return { batch: undefined, position: { offset: this.#offset }, done: true };
    const set = await this.#take();
    if (set === undefined) return { batch: undefined, position: { offset: this.#offset }, done: false };
    const records = this.#records(set.records, set.aborted);
    const batch = records.offsets.length === 0 ? undefined : this.#decode(records);
    this.#offset = set.next;
    return { batch, position: { offset: this.#offset }, done: this.#offset >= end, bytes: set.records.length };
  }

  async #take(): ReturnType<PartitionQueue['take']> {
    try {
      return await this.#queue.take(this.#clock);
    } catch (error) {
      if (error instanceof MillraceError) throw error;
      const hint =
        error instanceof KafkaFailure && error.code === ErrorCode.OffsetOutOfRange
          ? "the records are gone; 'properties.auto.offset.reset' = 'earliest' goes on with the first that is left"
          : undefined;
      throw new MillraceError('CONNECTOR_IO', (error as Error).message, { cause: error, hint });
    }
  }

  #records(bytes: Uint8Array, aborted: Parameters<typeof readRecords>[3]): Records {
    try {
      return readRecords(bytes, this.#offset, this.#queue.end, this.#settings.readCommitted ? aborted : []);
    } catch (error) {
      if (!(error instanceof RecordsError)) throw error;
      throw new MillraceError('FORMAT_MALFORMED', `${partitionName(this.#queue)}: ${error.message}`);
    }
  }

  #decode(records: Records): Batch {
    const values = this.#decodeWith(this.#value, records.values, records, this.#settings.valueFormat.name);
    const keys = this.#key && this.#decodeWith(this.#key, records.keys, records, this.#settings.keyFormat!.name);
    if (this.#settings.upsert) return this.#upserts(records, values, keys);
    const rows = values.records ?? Int32Array.from(records.offsets, (_, i) => i);
    const columns = this.#outputs.map((output): Column => {
      switch (output.from) {
        case 'value':
          return values.batch.columns[output.index]!;
        case 'key':
          return keyColumn(keys!, output.index, rows, records.offsets.length);
        default:
          return this.#metadata(output.key, output.type, records, rows);
      }
    });
    return { length: rows.length, columns, kinds: values.batch.kinds };
  }

  /** Records without a value are the removal of their key; of the row there is no more than that. */
  #upserts(records: Records, values: DecodedRecords, keys: DecodedRecords | undefined): Batch {
    const count = records.offsets.length;
    const isRow = new Uint8Array(count);
    if (values.records === undefined) isRow.fill(1);
    else for (const record of values.records) isRow[record] = 1;
    const isTombstone = (record: number): boolean => records.values[record] === null;
    const rows = Int32Array.from({ length: count }, (_, i) => i).filter((i) => isTombstone(i) || isRow[i] === 1);
    // Which record each row came of: also where all of them gave one, so that tombstones find none.
    const found = { batch: values.batch, records: values.records ?? Int32Array.from({ length: count }, (_, i) => i) };
    const columns = this.#outputs.map((output): Column => {
      if (output.from === 'metadata') return this.#metadata(output.key, output.type, records, rows);
      return keyColumn(output.from === 'key' ? keys! : found, output.index, rows, count);
    });
    const kinds = rows.some(isTombstone)
      ? Uint8Array.from(rows, (record) => (isTombstone(record) ? RowKind.Delete : RowKind.Insert))
      : undefined;
    return { length: rows.length, columns, kinds };
  }

  #decodeWith(
    decoder: Decoder,
    messages: readonly (Uint8Array | null)[],
    records: Records,
    format: string,
  ): DecodedRecords {
    try {
      const decoded = decoder.decodeRecords(messages);
      const skipped = decoder.takeSkipped();
      if (skipped > 0) this.#context.onSkipped(skipped);
      return decoded;
    } catch (error) {
      if (!(error instanceof RowFailure)) throw error;
      const offset = records.offsets[decoder.failedRecord];
      const what = decoder === this.#key ? 'key' : 'value';
      const place = `${partitionName(this.#queue)}, offset ${offset ?? '?'}`;
      throw new MillraceError('FORMAT_MALFORMED', `${place}: ${what}: ${describeRow(error.error)}`, {
        hint: ignoreHint(format),
      });
    }
  }

  #metadata(key: string, type: DataType, records: Records, rows: Int32Array): Column {
    const each = (value: (record: number) => Value): Column => {
      const builder = columnBuilder(type, rows.length);
      for (const record of rows) builder.append(value(record));
      return builder.finish();
    };
    switch (key) {
      case 'topic':
        return {
          storage: 'str',
          encoding: 'dict',
          type,
          length: rows.length,
          valid: undefined,
          codes: new Int32Array(rows.length),
          dictionary: this.#topic,
        };
      case 'partition':
        return columnOf(
          type,
          Array.from(rows, () => this.#queue.partition),
        );
      case 'offset':
        return each((record) => BigInt(records.offsets[record]!));
      case 'timestamp':
        return each((record) => records.timestamps[record]!);
      case 'timestamp-type':
        return each((record) => (records.timestampTypes[record] === 1 ? 'LogAppendTime' : 'CreateTime'));
      case 'leader-epoch':
        return each((record) => (records.leaderEpochs[record]! < 0 ? null : records.leaderEpochs[record]!));
      default:
        assert(key === 'headers', `${key} is a metadata column of kafka`);
        return each((record) => {
          // Of equal names the last one counts.
          const headers = new Map(records.headers[record]!.map((header) => [header.key, header.value] as const));
          return new MapValue([...headers]);
        });
    }
  }

  async close(): Promise<void> {
    this.#release();
  }
}

/** Column `index` of the keys for the records `rows`; NULL where a key could not be read. */
function keyColumn(keys: DecodedRecords, index: number, rows: Int32Array, count: number): Column {
  const column = keys.batch.columns[index]!;
  if (keys.records === undefined) return takeColumn(column, rows, rows.length);
  const rowOf = new Int32Array(count).fill(-1);
  keys.records.forEach((record, row) => (rowOf[record] = row));
  const valid = Uint8Array.from(rows, (record) => (rowOf[record]! < 0 ? 0 : 1));
  if (column.length === 0)
    return columnOf(
      column.type,
      Array.from(rows, () => null),
    );
  const taken = takeColumn(
    column,
    rows.map((record) => Math.max(0, rowOf[record]!)),
    rows.length,
  );
  const own = taken.valid;
  return { ...taken, valid: own === undefined ? valid : valid.map((v, i) => v & own[i]!) };
}

interface Layout {
  readonly value: Decoder;
  readonly key: Decoder | undefined;
  readonly outputs: readonly Output[];
}

/** Which wanted columns stand in the value, which in the key, and which are metadata. */
function layoutOf(context: SourceContext, settings: KafkaSettings): Layout {
  const { table, timeZone } = context;
  const physical = table.columns.filter((column) => column.kind === 'physical');
  const parts = {
    value: { paths: [] as (readonly string[])[], schema: [] as ColumnSchema[] },
    key: { paths: [] as (readonly string[])[], schema: [] as ColumnSchema[] },
  };
  const inKey = (name: string): boolean => settings.keyFields.has(name) && (settings.upsert || !settings.keyInValue);
  const inside: { key: string; type: DataType }[] = [];
  const outputs = context.paths.map((path, i): Output | { readonly from: 'inside'; readonly index: number } => {
    const [name, ...rest] = path as [string, ...string[]];
    const column = table.columns.find((candidate) => candidate.name === name);
    assert(column !== undefined && column.kind !== 'computed', `${name} is a column of the source`);
    if (column.kind === 'metadata') {
      if (!column.key.startsWith('value.')) return { from: 'metadata', key: column.key, type: column.type };
      return { from: 'inside', index: inside.push({ key: column.key.slice('value.'.length), type: column.type }) - 1 };
    }
    const from = inKey(name) ? 'key' : 'value';
    const part = parts[from];
    part.paths.push(from === 'key' ? [settings.keyFields.get(name)!, ...rest] : path);
    part.schema.push(context.schema[i]!);
    return { from, index: part.paths.length - 1 };
  });
  const valueFields = physical
    .filter(({ name }) => !settings.keyFields.has(name) || settings.keyInValue)
    .map(({ name, type }) => ({ name, type }));
  const keyFields = [...settings.keyFields].map(([name, inner]) => ({
    name: inner,
    type: physical.find((column) => column.name === name)!.type,
  }));
  const make = (
    format: { name: string; prefix: string },
    fields: typeof valueFields,
    part: typeof parts.value,
    metadata: typeof inside = [],
  ): Decoder =>
    makeDecoder({
      format: format.name,
      options: formatOptions(table.options, format.prefix),
      fields,
      ...part,
      metadata,
      timeZone,
    });
  return {
    value: make(settings.valueFormat, valueFields, parts.value, inside),
    key: parts.key.paths.length === 0 ? undefined : make(settings.keyFormat!, keyFields, parts.key),
    outputs: outputs.map((output) =>
      output.from === 'inside' ? { from: 'value', index: parts.value.paths.length + output.index } : output,
    ),
  };
}
