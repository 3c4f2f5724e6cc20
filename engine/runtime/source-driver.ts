/**
 * Reads a source split by split. Splits belong to lanes (the parallel readers that Flink would have). A bounded source is read lane by lane
 * in turns, each lane one split after the other, so that the order of rows is a function of the input; an unbounded one gives
 * whatever comes first.
 */
import type { Position, ReadResult, Source, Split, SplitReader } from '../connectors/connector.ts';
import type { Batch } from '../data/batch.ts';
import type { Ms } from '../types/value.ts';
import type { Clock } from './clock.ts';

export interface SourceEvent {
  readonly lane: number;
  readonly batch: Batch | undefined;
  readonly bytes: number;
  /** This lane gives nothing more. */
  readonly laneDone: boolean;
  /** The lane has been silent for longer than the idle timeout. */
  readonly idle: boolean;
}

interface OpenSplit {
  readonly id: string;
  readonly lane: number;
  readonly reader: SplitReader;
  pending: Promise<{ from: OpenSplit; result: ReadResult }> | undefined;
  lastRow: Ms;
}

/** How often a growing source is asked for new splits. */
const DISCOVERY: Ms = 500;

export class SourceDriver {
  readonly lanes: number;
  readonly #source: Source;
  readonly #clock: Clock;
  readonly #idleTimeout: Ms;
  readonly #positions = new Map<string, Position>();
  readonly #known = new Set<string>();
  readonly #queues: Split[][];
  readonly #open: OpenSplit[] = [];

  private constructor(source: Source, splits: readonly Split[], parallelism: number, clock: Clock, idleTimeout: Ms) {
    this.#source = source;
    this.#clock = clock;
    this.#idleTimeout = idleTimeout;
    // A source whose splits have no order between them (Kafka's partitions) has a lane for each; files share the lanes in turn.
    this.lanes = source.unordered ? Math.max(1, splits.length) : Math.max(1, Math.min(parallelism, splits.length));
    this.#queues = Array.from({ length: this.lanes }, () => []);
    this.#enqueue(splits);
  }

  static async create(source: Source, parallelism: number, clock: Clock, idleTimeout: Ms): Promise<SourceDriver> {
    return new SourceDriver(source, await source.splits(), parallelism, clock, idleTimeout);
  }

  get bounded(): boolean {
    return this.#source.boundedness === 'bounded';
  }

  /** Where each split stands after the last event: what a checkpoint keeps. */
  positions(): ReadonlyMap<string, Position> {
    return this.#positions;
  }

  #enqueue(splits: readonly Split[]): void {
    for (const split of splits) {
      if (this.#known.has(split.id)) continue;
      this.#queues[this.#known.size % this.lanes]!.push(split);
      this.#known.add(split.id);
    }
  }

  events(signal: AbortSignal): AsyncGenerator<SourceEvent> {
    return this.bounded ? this.#inTurns() : this.#asTheyCome(signal);
  }

  async *#inTurns(): AsyncGenerator<SourceEvent> {
    const readers: (OpenSplit | undefined)[] = this.#queues.map(() => undefined);
    const active = new Set(this.#queues.keys());
    while (active.size > 0) {
      for (const lane of active) {
        const open = (readers[lane] ??= await this.#next(lane));
        if (open === undefined) {
          active.delete(lane);
          yield { lane, batch: undefined, bytes: 0, laneDone: true, idle: false };
          continue;
        }
        const result = await open.reader.read();
        this.#positions.set(open.id, result.position);
        if (result.done) {
          await this.#close(open);
          readers[lane] = undefined;
        }
        if (result.batch !== undefined) {
          yield { lane, batch: result.batch, bytes: result.bytes ?? 0, laneDone: false, idle: false };
        }
      }
    }
  }

  async *#asTheyCome(signal: AbortSignal): AsyncGenerator<SourceEvent> {
    let discovered = this.#clock.monotonic();
    while (!signal.aborted) {
      if (this.#clock.monotonic() - discovered >= DISCOVERY) {
        this.#enqueue(await this.#source.splits());
        discovered = this.#clock.monotonic();
      }
      for (let lane = 0; lane < this.lanes; lane++) while ((await this.#next(lane)) !== undefined);
      if (this.#open.length === 0) {
        if (this.#source.growing !== true) return;
        await this.#clock.sleep(100, signal);
        continue;
      }
      for (const open of this.#open) {
        open.pending ??= Promise.resolve(open.reader.read()).then((result) => ({ from: open, result }));
      }
      const { from, result } = await Promise.race(this.#open.map((open) => open.pending!));
      from.pending = undefined;
      this.#positions.set(from.id, result.position);
      // The next turn begins after this one, so that a busy split does not starve the others.
      this.#open.push(...this.#open.splice(this.#open.indexOf(from), 1));
      if (result.done) await this.#close(from);
      const { batch } = result;
      const now = this.#clock.monotonic();
      if (batch !== undefined && batch.length > 0) from.lastRow = now;
      const idle = this.#idleTimeout > 0 && now - from.lastRow >= this.#idleTimeout;
      if (batch !== undefined || idle) {
        yield { lane: from.lane, batch, bytes: result.bytes ?? 0, laneDone: false, idle };
      }
    }
  }

  async #next(lane: number): Promise<OpenSplit | undefined> {
    const split = this.#queues[lane]!.shift();
    if (split === undefined) return undefined;
    const reader = await this.#source.open(split, split.start);
    const open: OpenSplit = { id: split.id, lane, reader, pending: undefined, lastRow: this.#clock.monotonic() };
    this.#open.push(open);
    return open;
  }

  async #close(open: OpenSplit): Promise<void> {
    const at = this.#open.indexOf(open);
    if (at >= 0) this.#open.splice(at, 1);
    await open.reader.close();
  }

  async close(): Promise<void> {
    while (this.#open.length > 0) await this.#close(this.#open[0]!);
    await this.#source.close();
  }
}
