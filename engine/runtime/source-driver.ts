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
  /** Where its split stands behind this event. */
  readonly reached: { readonly split: string; readonly position: Position; readonly done: boolean } | undefined;
}

/** How far a source has been delivered: plain data. */
export interface SourceState {
  readonly positions: Readonly<Record<string, Position>>;
  /** Splits that were read to their end. */
  readonly done: readonly string[];
  /** How many lanes there were, the one whose turn is next, and those that have ended. */
  readonly lanes: number;
  readonly nextLane: number;
  readonly doneLanes: readonly number[];
}

interface OpenSplit {
  readonly id: string;
  readonly lane: number;
  readonly reader: SplitReader;
  pending: Promise<{ from: OpenSplit; result: ReadResult }> | undefined;
  lastRow: Ms;
}

const EMPTY = { batch: undefined, bytes: 0, laneDone: false, idle: false, reached: undefined };

/** How often a growing source is asked for new splits. */
const DISCOVERY: Ms = 500;

export class SourceDriver {
  readonly lanes: number;
  readonly #source: Source;
  readonly #clock: Clock;
  readonly #idleTimeout: Ms;
  readonly #positions = new Map<string, Position>();
  readonly #done: Set<string>;
  readonly #doneLanes: Set<number>;
  #nextLane: number;
  readonly #known = new Set<string>();
  readonly #queues: Split[][];
  readonly #open: OpenSplit[] = [];

  private constructor(
    source: Source,
    splits: readonly Split[],
    parallelism: number,
    clock: Clock,
    idleTimeout: Ms,
    state: SourceState | undefined,
  ) {
    this.#source = source;
    this.#positions = new Map(Object.entries(state?.positions ?? {}));
    this.#done = new Set(state?.done);
    this.#clock = clock;
    this.#idleTimeout = idleTimeout;
    // A source whose splits have no order between them (Kafka's partitions) has a lane for each; files share the lanes in turn.
    this.lanes = source.unordered ? Math.max(1, splits.length) : Math.max(1, Math.min(parallelism, splits.length));
    this.#queues = Array.from({ length: this.lanes }, () => []);
    const sameLanes = state?.lanes === this.lanes;
    this.#nextLane = sameLanes ? state.nextLane : 0;
    this.#doneLanes = new Set(sameLanes ? state.doneLanes : []);
    this.#enqueue(splits);
  }

  /** `state`: where an earlier run was stopped. */
  static async create(
    source: Source,
    parallelism: number,
    clock: Clock,
    idleTimeout: Ms,
    state?: SourceState,
  ): Promise<SourceDriver> {
    return new SourceDriver(source, await source.splits(), parallelism, clock, idleTimeout, state);
  }

  get bounded(): boolean {
    return this.#source.boundedness === 'bounded';
  }

  /** To be called with each event as its rows are pushed: what is read ahead of that does not count. */
  delivered({ lane, laneDone, reached }: SourceEvent): void {
    this.#nextLane = (lane + 1) % this.lanes;
    if (laneDone) this.#doneLanes.add(lane);
    if (reached === undefined) return;
    this.#positions.set(reached.split, reached.position);
    if (reached.done) this.#done.add(reached.split);
  }

  /** Where each split stands after the last event that was delivered: what a savepoint keeps. */
  snapshot(): SourceState {
    return {
      positions: Object.fromEntries(this.#positions),
      done: [...this.#done],
      lanes: this.lanes,
      nextLane: this.#nextLane,
      doneLanes: [...this.#doneLanes],
    };
  }

  #enqueue(splits: readonly Split[]): void {
    for (const split of splits) {
      if (this.#known.has(split.id)) continue;
      const start = this.#positions.get(split.id) ?? split.start;
      if (!this.#done.has(split.id)) this.#queues[this.#known.size % this.lanes]!.push({ ...split, start });
      this.#known.add(split.id);
    }
  }

  events(signal: AbortSignal): AsyncGenerator<SourceEvent> {
    return this.bounded ? this.#inTurns(signal) : this.#asTheyCome(signal);
  }

  async *#inTurns(signal: AbortSignal): AsyncGenerator<SourceEvent> {
    const readers: (OpenSplit | undefined)[] = this.#queues.map(() => undefined);
    const active = new Set([...this.#queues.keys()].filter((lane) => !this.#doneLanes.has(lane)));
    let first = this.#nextLane;
    while (active.size > 0) {
      for (const lane of active) {
        if (lane < first) continue;
        const open = (readers[lane] ??= await this.#next(lane));
        if (open === undefined) {
          active.delete(lane);
          yield { ...EMPTY, lane, laneDone: true };
          continue;
        }
        for (;;) {
          const { batch, bytes = 0, done, position } = await open.reader.read();
          if (signal.aborted) return;
          if (done) {
            await this.#close(open);
            readers[lane] = undefined;
          }
          const reached = { split: open.id, position, done };
          if (batch !== undefined || !done) yield { ...EMPTY, lane, batch, bytes, reached };
          else this.#done.add(open.id);
          // A lane that has nothing yet (a paced source) keeps its turn.
          if (batch !== undefined || done) break;
        }
      }
      first = 0;
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
      // The next turn begins after this one, so that a busy split does not starve the others.
      this.#open.push(...this.#open.splice(this.#open.indexOf(from), 1));
      if (result.done) await this.#close(from);
      const { batch } = result;
      const now = this.#clock.monotonic();
      if (batch !== undefined && batch.length > 0) from.lastRow = now;
      const idle = this.#idleTimeout > 0 && now - from.lastRow >= this.#idleTimeout;
      const reached = { split: from.id, position: result.position, done: result.done };
      const event = { ...EMPTY, lane: from.lane, batch, bytes: result.bytes ?? 0, idle, reached };
      if (batch !== undefined || idle) yield event;
      else this.delivered(event);
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
