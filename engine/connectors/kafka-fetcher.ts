import type { Clock } from '../runtime/clock.ts';
import { nextOffset, type AbortedTransaction } from './kafka-records.ts';
import {
  ErrorCode,
  isRetriable,
  KafkaFailure,
  partitionName,
  type KafkaTransport,
  type TopicPartition,
} from './kafka-transport.ts';
import { MAX_WAIT_MS } from './pace.ts';

/** Fetched and not yet read bytes of a partition beyond which no more are fetched. */
const MOST_WAITING = 4 << 20;
const MAX_PARTITION_BYTES = 1 << 20;
const MAX_FETCH_BYTES = 8 << 20;
/** A broker may be away for so long before the job fails. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 250;

export interface FetchedRecords {
  readonly records: Uint8Array;
  readonly aborted: readonly AbortedTransaction[];
  /** The offset behind them. */
  readonly next: number;
}

/** What of one partition was fetched and is waiting to be read. */
export class PartitionQueue implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  leader: number;
  /** The next offset to fetch. */
  offset: number;
  /** Fetching ends there. */
  readonly end: number;
  failure: unknown;
  #sets: FetchedRecords[] = [];
  #bytes = 0;
  #wake: AbortController | undefined;

  constructor({ topic, partition }: TopicPartition, leader: number, offset: number, end: number) {
    this.topic = topic;
    this.partition = partition;
    this.leader = leader;
    this.offset = offset;
    this.end = end;
  }

  get wantsMore(): boolean {
    return this.failure === undefined && this.#bytes < MOST_WAITING && this.offset < this.end;
  }
  push(set: FetchedRecords): void {
    this.#sets.push(set);
    this.#bytes += set.records.length;
    this.offset = set.next;
    this.#wake?.abort();
  }
  fail(error: unknown): void {
    this.failure = error;
    this.#wake?.abort();
  }
  /** The next fetched records; undefined when there are none after about 100 ms. */
  async take(clock: Clock): Promise<FetchedRecords | undefined> {
    if (this.#sets.length === 0 && this.failure === undefined) {
      this.#wake = new AbortController();
      await clock.sleep(MAX_WAIT_MS, this.#wake.signal);
    }
    const set = this.#sets.shift();
    if (set === undefined && this.failure !== undefined) throw this.failure;
    if (set !== undefined) this.#bytes -= set.records.length;
    return set;
  }
}

/** Fetches for all partitions that are read, one request at a time for each broker, ahead of the readers but not far. */
export class KafkaFetcher {
  readonly #transport: KafkaTransport;
  readonly #clock: Clock;
  readonly #readCommitted: boolean;
  readonly #reset: 'earliest' | 'latest' | undefined;
  readonly #queues = new Set<PartitionQueue>();
  readonly #running = new Map<number, Promise<void>>();
  #closed = false;

  constructor(
    transport: KafkaTransport,
    clock: Clock,
    readCommitted: boolean,
    reset: 'earliest' | 'latest' | undefined,
  ) {
    this.#transport = transport;
    this.#clock = clock;
    this.#readCommitted = readCommitted;
    this.#reset = reset;
  }

  add(queue: PartitionQueue): void {
    this.#queues.add(queue);
    this.#start(queue.leader);
  }
  remove(queue: PartitionQueue): void {
    this.#queues.delete(queue);
  }
  async close(): Promise<void> {
    this.#closed = true;
    this.#queues.clear();
    await Promise.all(this.#running.values());
  }

  #start(leader: number): void {
    if (this.#closed || this.#running.has(leader)) return;
    this.#running.set(
      leader,
      this.#run(leader).finally(() => this.#running.delete(leader)),
    );
  }

  #of(leader: number): PartitionQueue[] {
    return [...this.#queues].filter((queue) => queue.leader === leader && queue.failure === undefined);
  }

  async #run(leader: number): Promise<void> {
    let failingSince: number | undefined;
    for (let mine = this.#of(leader); !this.#closed && mine.length > 0; mine = this.#of(leader)) {
      const wanted = mine.filter((queue) => queue.wantsMore);
      if (wanted.length === 0) {
        await this.#clock.sleep(5);
        continue;
      }
      try {
        await this.#fetch(leader, wanted);
        failingSince = undefined;
      } catch (error) {
        failingSince ??= this.#clock.monotonic();
        const patient = isRetriable(error) && this.#clock.monotonic() - failingSince < PATIENCE_MS;
        if (!patient) {
          const failure = error instanceof KafkaFailure ? error : this.#transport.unreachable(error);
          for (const queue of mine) queue.fail(failure);
          return;
        }
        await this.#clock.sleep(RETRY_MS);
        await this.#relocate(mine);
      }
    }
  }

  async #fetch(leader: number, wanted: readonly PartitionQueue[]): Promise<void> {
    const queues = new Map(wanted.map((queue) => [partitionName(queue), queue]));
    const requests = wanted.map(({ topic, partition, offset }) => ({
      topic,
      partition,
      offset,
      maxBytes: MAX_PARTITION_BYTES,
    }));
    const options = { waitMs: MAX_WAIT_MS, maxBytes: MAX_FETCH_BYTES, readCommitted: this.#readCommitted };
    let moved: KafkaFailure | undefined;
    for (const fetched of await this.#transport.fetch(leader, requests, options)) {
      const queue = queues.get(partitionName(fetched))!;
      if (fetched.error === ErrorCode.OffsetOutOfRange) await this.#resetOffset(queue);
      else if (fetched.error !== 0) {
        const failure = new KafkaFailure(fetched.error, `reading ${partitionName(queue)}`);
        if (isRetriable(failure)) moved = failure;
        else queue.fail(failure);
      } else {
        const next = nextOffset(fetched.records);
        if (next !== undefined) queue.push({ records: fetched.records, aborted: fetched.aborted, next });
      }
    }
    if (moved !== undefined) throw moved;
  }

  /** The records were deleted meanwhile (or never existed): that is a loss, so it happens only when asked for. */
  async #resetOffset(queue: PartitionQueue): Promise<void> {
    if (this.#reset === undefined) {
      queue.fail(
        new KafkaFailure(ErrorCode.OffsetOutOfRange, `reading ${partitionName(queue)} at offset ${queue.offset}`),
      );
      return;
    }
    const offsets = await this.#transport.listOffsets([queue], this.#reset, this.#readCommitted);
    queue.offset = offsets.get(partitionName(queue))!;
  }

  async #relocate(queues: readonly PartitionQueue[]): Promise<void> {
    try {
      await this.#transport.refresh();
      const found = await this.#transport.partitions([...new Set(queues.map((queue) => queue.topic))]);
      const leaders = new Map(found.map((info) => [partitionName(info), info.leader]));
      for (const queue of queues) {
        queue.leader = leaders.get(partitionName(queue)) ?? queue.leader;
        this.#start(queue.leader);
      }
    } catch {
      // The brokers are away: the next round tries again.
    }
  }
}
