import type { Batch } from '../data/batch.ts';
import { kindAt } from '../data/batch-rows.ts';
import { isAddition } from '../data/row-kind.ts';
import { valueAt } from '../data/column-read.ts';
import { MillraceError } from '../errors.ts';
import type { Encoder } from '../formats/format.ts';
import { formatOptions, makeEncoder } from '../formats/registry.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { MapValue, type Value } from '../types/value.ts';
import type { Sink, SinkContext } from './connector.ts';
import { kafkaSettings, type KafkaSettings } from './kafka-options.ts';
import { sizeOfRecord, writeBatch, type Header, type OutgoingRecord } from './kafka-records.ts';
import {
  ErrorCode,
  isRetriable,
  KafkaFailure,
  KafkaTransport,
  partitionName,
  type PartitionInfo,
} from './kafka-transport.ts';
import { murmur2 } from './murmur2.ts';
import { optionError } from './options.ts';

/** Below a broker's usual limit of one MiB, with room for the head. */
const BATCH_BYTES = 900_000;
const MOST_UNDER_WAY = 16 << 20;
const PATIENCE_MS = 60_000;
const RETRY_MS = 100;

/**
 * Writes each row as a record, at least once: `flush` resolves when the brokers have everything. Rows of a partition keep their order.
 * A batch whose answer was lost is sent again and may then stand there twice.
 */
export class KafkaSink implements Sink {
  readonly #context: SinkContext;
  readonly #settings: KafkaSettings;
  readonly #transport: KafkaTransport;
  readonly #clock: Clock = systemClock;
  readonly #topic: string;
  readonly #value: Encoder;
  readonly #valueColumns: readonly number[];
  readonly #key: Encoder | undefined;
  readonly #keyColumns: readonly number[];
  readonly #timestampColumn: number;
  readonly #headersColumn: number;
  #partitions: readonly PartitionInfo[];
  #nextPartition = 0;
  #underWay = 0;
  /** The last send of each partition: the next one waits for it. */
  readonly #sends = new Map<number, Promise<void>>();
  #failure: unknown;
  /** Records that wait, by key; see `sink.buffer-flush`. */
  readonly #held = new Map<string, OutgoingRecord>();
  #turn = 0;

  private constructor(
    context: SinkContext,
    settings: KafkaSettings,
    transport: KafkaTransport,
    partitions: readonly PartitionInfo[],
  ) {
    const { table, schema, timeZone } = context;
    this.#context = context;
    this.#settings = settings;
    this.#transport = transport;
    this.#partitions = partitions;
    this.#topic = partitions[0]!.topic;
    const metadata = new Map(
      table.columns.flatMap((column) => (column.kind === 'metadata' ? [[column.name, column.key]] : [])),
    );
    const isMetadata = (name: string): boolean => metadata.has(name);
    const column = (key: string): number => schema.findIndex(({ name }) => metadata.get(name) === key);
    this.#timestampColumn = column('timestamp');
    this.#headersColumn = column('headers');
    const { keyFields, keyInValue, keyFormat, valueFormat } = settings;
    this.#valueColumns = schema.flatMap(({ name }, i) =>
      isMetadata(name) || (keyFields.has(name) && !keyInValue) ? [] : [i],
    );
    this.#keyColumns = [...keyFields.keys()].map((name) => schema.findIndex((candidate) => candidate.name === name));
    const make = (
      format: { name: string; prefix: string },
      columns: readonly number[],
      named: (name: string) => string,
    ): Encoder =>
      makeEncoder({
        format: format.name,
        options: formatOptions(table.options, format.prefix),
        schema: columns.map((i) => ({ name: named(schema[i]!.name), type: schema[i]!.type })),
        timeZone,
      });
    this.#value = make(valueFormat, this.#valueColumns, (name) => name);
    this.#key = keyFormat && make(keyFormat, this.#keyColumns, (name) => keyFields.get(name)!);
  }

  static async open(context: SinkContext): Promise<KafkaSink> {
    const settings = kafkaSettings(context.table);
    const { topics } = settings;
    if (topics instanceof RegExp || topics.length !== 1)
      throw optionError("a sink of connector 'kafka' needs one 'topic'");
    const transport = await KafkaTransport.connect(settings.connection);
    try {
      return new KafkaSink(context, settings, transport, await transport.partitions(topics));
    } catch (error) {
      await transport.close();
      if (error instanceof KafkaFailure && error.code === ErrorCode.UnknownTopic) {
        throw new MillraceError(
          'CONNECTOR_IO',
          `${error.message} on Kafka at ${settings.connection.brokers.join(', ')}`,
          {
            hint: "check the option 'topic'; topics are not created by themselves",
          },
        );
      }
      throw error instanceof KafkaFailure ? new MillraceError('CONNECTOR_IO', error.message) : error;
    }
  }

  async write(batch: Batch): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const values = this.#value.encodeRecords(this.#columns(batch, this.#valueColumns, batch.kinds));
    const keys = this.#key?.encodeRecords(this.#columns(batch, this.#keyColumns));
    const now = this.#clock.now();
    const records = Array.from({ length: batch.length }, (_, row): OutgoingRecord => {
      const isRemoval = this.#settings.upsert && !isAddition(kindAt(batch, row));
      return {
        key: keys?.[row] ?? null,
        value: isRemoval ? null : values[row]!,
        timestamp: this.#timestamp(batch, row) ?? now,
        headers: this.#headers(batch, row),
      };
    });
    if (this.#settings.buffer === undefined) return this.#sendAll(records);
    for (const record of records) this.#hold(record);
    if (this.#held.size >= this.#settings.buffer.rows) await this.#release();
  }

  /** Of each key the last record counts. */
  #hold(record: OutgoingRecord): void {
    const key = record.key === null ? '' : Buffer.from(record.key).toString('latin1');
    this.#held.delete(key);
    this.#held.set(key, record);
    if (this.#held.size > 1) return;
    const turn = ++this.#turn;
    void this.#clock.sleep(this.#settings.buffer!.interval, this.#context.signal).then(() => {
      if (turn === this.#turn && this.#held.size > 0)
        this.#release().catch((error: unknown) => (this.#failure ??= error));
    });
  }

  async #release(): Promise<void> {
    this.#turn++;
    const records = [...this.#held.values()];
    this.#held.clear();
    if (records.length > 0) await this.#sendAll(records);
  }

  async #sendAll(all: readonly OutgoingRecord[]): Promise<void> {
    const groups = new Map<number, OutgoingRecord[]>();
    const even = this.#nextPartition++;
    all.forEach((record, row) => {
      const partition = this.#partitionFor(record.key, even, row);
      const group = groups.get(partition);
      if (group === undefined) groups.set(partition, [record]);
      else group.push(record);
    });
    for (const [partition, records] of groups) {
      for (const part of pieces(records)) this.#send(partition, writeBatch(part));
    }
    while (this.#underWay > MOST_UNDER_WAY && this.#failure === undefined) await this.#clock.sleep(1);
    if (this.#failure !== undefined) throw this.#failure;
  }

  #columns(batch: Batch, columns: readonly number[], kinds?: Uint8Array): Batch {
    return { length: batch.length, columns: columns.map((i) => batch.columns[i]!), kinds };
  }

  #timestamp(batch: Batch, row: number): number | undefined {
    if (this.#timestampColumn < 0) return undefined;
    const value = valueAt(batch.columns[this.#timestampColumn]!, row);
    if (value === null) return undefined;
    return typeof value === 'bigint' ? Number(value / 1_000_000n) : (value as number);
  }

  #headers(batch: Batch, row: number): readonly Header[] | undefined {
    if (this.#headersColumn < 0) return undefined;
    const value: Value = valueAt(batch.columns[this.#headersColumn]!, row);
    if (!(value instanceof MapValue)) return undefined;
    return value.entries.flatMap(([key, bytes]) =>
      key === null ? [] : [{ key: key as string, value: bytes as Uint8Array | null }],
    );
  }

  #partitionFor(key: Uint8Array | null, even: number, row: number): number {
    const count = this.#partitions.length;
    switch (this.#settings.partitioner) {
      case 'fixed':
        return 0;
      case 'round-robin':
        return (even + row) % count;
      default:
        // As the Java client: by the key's hash; without a key all of a batch to one, the next batch to another.
        return key === null ? even % count : (murmur2(key) & 0x7fffffff) % count;
    }
  }

  #send(partition: number, bytes: Uint8Array): void {
    this.#underWay += bytes.length;
    const before = this.#sends.get(partition) ?? Promise.resolve();
    const sent = before
      .then(() => (this.#failure === undefined ? this.#deliver(partition, bytes) : undefined))
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#underWay -= bytes.length;
      });
    this.#sends.set(partition, sent);
  }

  async #deliver(partition: number, bytes: Uint8Array): Promise<void> {
    const began = this.#clock.monotonic();
    for (;;) {
      const target = this.#partitions[partition]!;
      try {
        return await this.#transport.produce(target.leader, target, bytes);
      } catch (error) {
        const late = this.#clock.monotonic() - began > PATIENCE_MS || this.#context.signal.aborted;
        if (!isRetriable(error) || late) throw this.#failed(error, target);
        await this.#clock.sleep(RETRY_MS);
        await this.#relocate();
      }
    }
  }

  #failed(error: unknown, target: PartitionInfo): unknown {
    if (!(error instanceof KafkaFailure)) return this.#transport.unreachable(error);
    const hint =
      error.code === ErrorCode.MessageTooLarge ? "a record is larger than the topic's max.message.bytes" : undefined;
    return new MillraceError('CONNECTOR_IO', `${partitionName(target)}: ${error.message}`, { cause: error, hint });
  }

  async #relocate(): Promise<void> {
    try {
      await this.#transport.refresh();
      const found = await this.#transport.partitions([this.#topic]);
      if (found.length >= this.#partitions.length) this.#partitions = found.slice(0, this.#partitions.length);
    } catch {
      // The brokers are away: the next attempt looks again.
    }
  }

  async flush(): Promise<void> {
    await this.#release();
    await Promise.all(this.#sends.values());
    if (this.#failure !== undefined) throw this.#failure;
  }
  async prepareCommit(): Promise<unknown> {
    await this.flush();
    return undefined;
  }
  async commit(): Promise<void> {}
  async close(): Promise<void> {
    await this.#transport.close();
  }
}

/** Records in groups that fit a batch. */
function* pieces(records: readonly OutgoingRecord[]): Generator<OutgoingRecord[]> {
  let piece: OutgoingRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = sizeOfRecord(record);
    if (piece.length > 0 && bytes + size > BATCH_BYTES) {
      yield piece;
      piece = [];
      bytes = 0;
    }
    piece.push(record);
    bytes += size;
  }
  if (piece.length > 0) yield piece;
}
