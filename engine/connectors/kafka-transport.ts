/**
 * The requests to Kafka that the source and the sink need. kafkajs (exactly 2.2.4, see package.json) is used for connections, TLS, SASL
 * and framing alone: its Cluster and Broker layer, which its package leaves open. Record batches, assignment of partitions, the filter for
 * transactions and retries are ours. This is the only file that knows kafkajs.
 */
import { createRequire } from 'node:module';
import { MillraceError } from '../errors.ts';
import type { AbortedTransaction } from './kafka-records.ts';

export interface KafkaConfig {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl: boolean;
  readonly sasl: { readonly mechanism: string; readonly username: string; readonly password: string } | undefined;
  /** Milliseconds for one attempt to connect. */
  readonly connectTimeout: number;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}
export const partitionName = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;

export interface PartitionInfo extends TopicPartition {
  /** Node id of the broker that leads it. */
  readonly leader: number;
}

export interface FetchWanted extends TopicPartition {
  readonly offset: number;
  readonly maxBytes: number;
}
export interface Fetched extends TopicPartition {
  readonly error: number;
  readonly highWatermark: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Record batches; the last one may be cut off. */
  readonly records: Uint8Array;
}

/** An error code of Kafka's protocol. */
export class KafkaFailure extends Error {
  readonly code: number;
  constructor(code: number, what: string) {
    super(`${what}: ${errorName(code)}`);
    this.code = code;
  }
}

export const ErrorCode = {
  OffsetOutOfRange: 1,
  UnknownTopic: 3,
  LeaderNotAvailable: 5,
  NotLeader: 6,
  RequestTimedOut: 7,
  MessageTooLarge: 10,
} as const;
const names: Readonly<Record<number, string>> = {
  1: 'the offset is out of range',
  2: 'a record is corrupt',
  3: 'the topic or partition does not exist',
  5: 'there is no leader at the moment',
  6: 'the broker does not lead the partition',
  7: 'the request timed out',
  10: 'the message is too large',
  17: 'the name of the topic is invalid',
  19: 'not enough replicas are in sync',
  29: 'not authorized for the topic',
  30: 'not authorized for the group',
};
const errorName = (code: number): string => names[code] ?? `error ${code}`;

/** After these the leaders are looked up again and the request is repeated. */
export const isRetriable = (error: unknown): boolean =>
  error instanceof KafkaFailure
    ? [3, 5, 6, 7, 9, 13, 19, 20, 56, 74, 75].includes(error.code)
    : isConnectionError(error);

/** kafkajs has an error class of its own for the codes of the protocol. */
function protocolError(error: unknown, what: string): unknown {
  const { name, code } = error as { name?: string; code?: unknown };
  return name === 'KafkaJSProtocolError' && typeof code === 'number' ? new KafkaFailure(code, what) : error;
}

const isConnectionError = (error: unknown): boolean =>
  error instanceof Error &&
  /^KafkaJS(Connection|RequestTimeout|NumberOfRetries|Broker|Metadata|LeaderNotAvail)/.test(error.name);

// The parts of kafkajs that are used.
interface Wire {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    encode(): Promise<object>;
  };
  readonly response: { decode(bytes: Buffer): Promise<unknown>; parse(data: unknown): Promise<unknown> };
}
interface Broker {
  readonly connectionPool: { send(wire: Wire): Promise<unknown> };
  offsetFetch(request: object): Promise<{
    responses: { topic: string; partitions: { partition: number; offset: string; errorCode: number }[] }[];
  }>;
}
interface Metadata {
  readonly topicMetadata: {
    readonly topicErrorCode: number;
    readonly topic: string;
    readonly partitionMetadata: readonly {
      readonly partitionErrorCode: number;
      readonly partitionId: number;
      readonly leader: number;
    }[];
  }[];
}
interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  metadata(request: { topics: readonly string[] }): Promise<Metadata>;
  refreshMetadata(): Promise<void>;
  findBroker(node: { nodeId: number }): Promise<Broker>;
  findGroupCoordinator(group: { groupId: string }): Promise<Broker>;
}
interface Encoder {
  writeBufferInternal(bytes: Buffer): unknown;
}
interface KafkaJs {
  readonly Cluster: new (options: object) => Cluster;
  readonly Encoder: new (size: number) => Encoder;
  readonly socketFactory: () => (options: object) => { setMaxListeners(n: number): unknown };
}

let loaded: KafkaJs | undefined;
/** Loaded when a table of Kafka is first opened: it takes a tenth of a second. */
function kafkajs(): KafkaJs {
  if (loaded === undefined) {
    const require = createRequire(import.meta.url);
    loaded = {
      Cluster: require('kafkajs/src/cluster') as KafkaJs['Cluster'],
      Encoder: require('kafkajs/src/protocol/encoder') as KafkaJs['Encoder'],
      socketFactory: require('kafkajs/src/network/socketFactory') as KafkaJs['socketFactory'],
    };
  }
  return loaded;
}

const silent = { namespace: () => silent, debug() {}, info() {}, warn() {}, error() {}, setLogLevel() {} };
const FETCH = 1;
const PRODUCE = 0;
const LIST_OFFSETS = 2;
const REQUEST_TIMEOUT_MS = 30_000;

export class KafkaTransport {
  readonly #cluster: Cluster;
  readonly #config: KafkaConfig;

  private constructor(cluster: Cluster, config: KafkaConfig) {
    this.#cluster = cluster;
    this.#config = config;
  }

  /** Connects to one of the brokers; throws CONNECTOR_IO with their addresses when none answers. */
  static async connect(config: KafkaConfig): Promise<KafkaTransport> {
    const { Cluster, socketFactory } = kafkajs();
    const sockets = socketFactory();
    const cluster = new Cluster({
      logger: silent,
      // While a broker is away kafkajs lets go of the same socket again and again, and Node would warn of a leak.
      socketFactory: (options: object) => sockets(options).setMaxListeners(0),
      brokers: [...config.brokers],
      clientId: config.clientId,
      ssl: config.ssl ? {} : undefined,
      sasl: config.sasl,
      connectionTimeout: config.connectTimeout,
      authenticationTimeout: 10_000,
      reauthenticationThreshold: 10_000,
      requestTimeout: REQUEST_TIMEOUT_MS,
      enforceRequestTimeout: true,
      metadataMaxAge: 300_000,
      retry: { retries: 2, initialRetryTime: 200, maxRetryTime: 500 },
      allowAutoTopicCreation: false,
      maxInFlightRequests: null,
      isolationLevel: 1,
      offsets: new Map(),
    });
    const transport = new KafkaTransport(cluster, config);
    try {
      await cluster.connect();
    } catch (error) {
      await transport.close();
      throw transport.unreachable(error);
    }
    return transport;
  }

  /** CONNECTOR_IO: the brokers' addresses and what to do. */
  unreachable(error: unknown): MillraceError {
    const reason = error instanceof Error ? error.message.replace(/^Failed to connect: /, '') : String(error);
    const auth = /SASL|authentication/i.test(reason);
    return new MillraceError('CONNECTOR_IO', `cannot reach Kafka at ${this.#config.brokers.join(', ')}: ${reason}`, {
      cause: error,
      hint: auth
        ? "check 'properties.security.protocol' and 'properties.sasl.jaas.config'"
        : "is the broker running? check 'properties.bootstrap.servers'",
    });
  }

  /** All partitions of the topics, or of all topics whose names match, in order. Throws CONNECTOR_IO for a topic that does not exist. */
  async partitions(topics: readonly string[] | RegExp): Promise<PartitionInfo[]> {
    const names = topics instanceof RegExp ? [] : topics;
    const { topicMetadata } = await this.#cluster.metadata({ topics: names }).catch((error: unknown) => {
      throw protocolError(error, `topic ${names.join(', ')}`);
    });
    const found = topicMetadata
      .filter(({ topic }) => !(topics instanceof RegExp) || topics.test(topic))
      .sort((a, b) => (a.topic < b.topic ? -1 : 1));
    return found.flatMap(({ topic, topicErrorCode, partitionMetadata }) => {
      if (topicErrorCode !== 0) throw new KafkaFailure(topicErrorCode, `topic ${topic}`);
      return [...partitionMetadata]
        .sort((a, b) => a.partitionId - b.partitionId)
        .map(({ partitionId, leader }) => ({ topic, partition: partitionId, leader }));
    });
  }

  /** Looks up brokers and leaders anew. */
  async refresh(): Promise<void> {
    await this.#cluster.refreshMetadata();
  }

  /**
   * For each partition the first offset, the end (behind the last record that a reader of committed data may see), or the first offset
   * whose record is not older than a time in ms; -1 when there is no such record.
   */
  async listOffsets(
    wanted: readonly PartitionInfo[],
    time: 'earliest' | 'latest' | number,
    readCommitted: boolean,
  ): Promise<Map<string, number>> {
    const timestamp = time === 'earliest' ? -2 : time === 'latest' ? -1 : time;
    const offsets = new Map<string, number>();
    for (const [leader, partitions] of groupBy(wanted, (partition) => partition.leader)) {
      const out = new RequestWriter().int32(-1).int8(readCommitted ? 1 : 0);
      out.topics(partitions, ({ partition }) => out.int32(partition).int64(timestamp));
      const answer = await this.#send(leader, LIST_OFFSETS, 2, 'ListOffsets', out);
      const reader = new ResponseReader(answer);
      reader.int32();
      reader.topics((topic) => {
        const partition = reader.int32();
        const error = reader.int16();
        reader.int64();
        const offset = reader.int64();
        if (error !== 0) throw new KafkaFailure(error, `offsets of ${topic}-${partition}`);
        offsets.set(partitionName({ topic, partition }), offset);
      });
    }
    return offsets;
  }

  /** The offsets that a group has committed; -1 where it has none. */
  async committed(groupId: string, wanted: readonly TopicPartition[]): Promise<Map<string, number>> {
    const coordinator = await this.#cluster.findGroupCoordinator({ groupId }).catch((error: unknown) => {
      throw protocolError(error, `group ${groupId}`);
    });
    const topics = [...groupBy(wanted, ({ topic }) => topic)].map(([topic, partitions]) => ({
      topic,
      partitions: partitions.map(({ partition }) => ({ partition })),
    }));
    const { responses } = await coordinator.offsetFetch({ groupId, topics });
    return new Map(
      responses.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [partitionName({ topic, partition }), Number(offset)] as const),
      ),
    );
  }

  /** Records of partitions that one broker leads; waits up to `waitMs` for the first of them. */
  async fetch(
    leader: number,
    wanted: readonly FetchWanted[],
    options: { readonly waitMs: number; readonly maxBytes: number; readonly readCommitted: boolean },
  ): Promise<Fetched[]> {
    const out = new RequestWriter()
      .int32(-1)
      .int32(options.waitMs)
      .int32(1)
      .int32(options.maxBytes)
      .int8(options.readCommitted ? 1 : 0);
    out.topics(wanted, ({ partition, offset, maxBytes }) => out.int32(partition).int64(offset).int32(maxBytes));
    const reader = new ResponseReader(await this.#send(leader, FETCH, 4, 'Fetch', out));
    const fetched: Fetched[] = [];
    reader.int32();
    reader.topics((topic) => {
      const partition = reader.int32();
      const error = reader.int16();
      const highWatermark = reader.int64();
      reader.int64();
      const aborted = reader.array(() => ({ producerId: reader.bigint64(), firstOffset: reader.int64() }));
      fetched.push({ topic, partition, error, highWatermark, aborted, records: reader.bytes() });
    });
    return fetched;
  }

  /** Appends a batch to a partition; resolves when all replicas in sync have it. Throws KafkaFailure. */
  async produce(leader: number, target: TopicPartition, batch: Uint8Array): Promise<void> {
    const out = new RequestWriter().int16(-1).int16(-1).int32(REQUEST_TIMEOUT_MS);
    out.topics([target], ({ partition }) => out.int32(partition).bytes(batch));
    const reader = new ResponseReader(await this.#send(leader, PRODUCE, 7, 'Produce', out));
    reader.topics(() => {
      reader.int32();
      const error = reader.int16();
      reader.skip(24);
      if (error !== 0) throw new KafkaFailure(error, `writing to ${partitionName(target)}`);
    });
  }

  async #send(
    nodeId: number,
    apiKey: number,
    apiVersion: number,
    apiName: string,
    out: RequestWriter,
  ): Promise<Buffer> {
    const broker = await this.#cluster.findBroker({ nodeId });
    const encode = async (): Promise<object> => {
      const bytes = out.take();
      const encoder = new (kafkajs().Encoder)(bytes.length + 1);
      encoder.writeBufferInternal(bytes);
      return encoder;
    };
    const response = { decode: async (bytes: Buffer) => bytes, parse: async (bytes: unknown) => bytes };
    return (await broker.connectionPool.send({ request: { apiKey, apiVersion, apiName, encode }, response })) as Buffer;
  }

  async close(): Promise<void> {
    await this.#cluster.disconnect().catch(() => {});
  }
}

export function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

class RequestWriter {
  readonly #parts: Buffer[] = [];

  int8(value: number): this {
    return this.#push(1, (bytes) => bytes.writeInt8(value));
  }
  int16(value: number): this {
    return this.#push(2, (bytes) => bytes.writeInt16BE(value));
  }
  int32(value: number): this {
    return this.#push(4, (bytes) => bytes.writeInt32BE(value));
  }
  int64(value: number): this {
    return this.#push(8, (bytes) => bytes.writeBigInt64BE(BigInt(value)));
  }
  bytes(value: Uint8Array): this {
    this.int32(value.length);
    this.#parts.push(Buffer.from(value.buffer, value.byteOffset, value.length));
    return this;
  }
  /** An array of topics, each with an array of partitions. */
  topics<T extends TopicPartition>(items: readonly T[], write: (item: T) => void): void {
    const groups = groupBy(items, ({ topic }) => topic);
    this.int32(groups.size);
    for (const [topic, partitions] of groups) {
      const name = Buffer.from(topic);
      this.int16(name.length).#parts.push(name);
      this.int32(partitions.length);
      for (const partition of partitions) write(partition);
    }
  }
  #push(size: number, write: (bytes: Buffer) => void): this {
    const bytes = Buffer.allocUnsafe(size);
    write(bytes);
    this.#parts.push(bytes);
    return this;
  }
  take(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

class ResponseReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }
  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }
  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }
  int64(): number {
    return Number(this.bigint64());
  }
  bigint64(): bigint {
    this.#at += 8;
    return this.#bytes.readBigInt64BE(this.#at - 8);
  }
  bytes(): Uint8Array {
    const length = Math.max(0, this.int32());
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
  skip(bytes: number): void {
    this.#at += bytes;
  }
  /** An array; -1 stands for none. */
  array<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, read);
  }
  topics(read: (topic: string) => void): void {
    this.array(() => {
      const length = this.int16();
      this.#at += length;
      const topic = this.#bytes.toString('utf8', this.#at - length, this.#at);
      this.array(() => read(topic));
    });
  }
}
