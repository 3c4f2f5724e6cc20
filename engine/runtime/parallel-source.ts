/**
 * Large files, decoded by several threads. The stateless operators above the source (filters, projections, watermarks) run in the decoders too;
 * what they give comes back chunk by chunk and is delivered in the order of the input, so the result does not depend on the number of threads.
 *
 * Watermarks: each decoder sees only a part of the rows, so the watermarks that it marks are those of its part. A mark that is not above what
 * earlier chunks of the lane have reached is dropped here; the others are exactly the watermarks that one thread would have sent.
 */
import { Worker } from 'node:worker_threads';
import { connector } from '../connectors/registry.ts';
import { type Chunk, type ChunkedSource, isChunked } from '../connectors/chunks.ts';
import type { Position, SourceContext } from '../connectors/connector.ts';
import type { Batch } from '../data/batch.ts';
import { type Marks, pushMarked } from '../ops/marks.ts';
import type { OperatorState } from '../ops/operator.ts';
import { readWatermark } from '../expr/expr-key.ts';
import type { PhysicalPlan, SourceNode } from '../plan/physical.ts';
import { isBounded, makesWatermarks } from '../plan/changelog.ts';
import { inputsOf } from '../plan/physical-walk.ts';
import type { DecodeResult, DecoderSetup, FromDecoder, PlannedChunk, ToDecoder } from './decode-protocol.ts';
import type { Feed } from './graph.ts';
import { fromErrorMessage, type JobConfig } from './job-spec.ts';
import { LaneMinimum, type LaneState, lanedStateAt, laneStateOf } from './laned-watermark.ts';
import { encodePlain } from './plain.ts';
import type { SourceState } from './source-driver.ts';
import { watermarkOptions } from './watermark-options.ts';
import { BatchReceiver } from './wire.ts';
import { columnWorkerLimits } from './worker-limits.ts';

/** Files below this many bytes are decoded by the job's own thread: starting others would take longer. */
const LEAST_BYTES = 8 << 20;
/** Chunks that one decoder may have under way or done but not yet delivered. */
const CHUNKS_AHEAD = 4;

/** Opens the source for threads, or gives undefined where it cannot be or would not pay. */
export async function openParallel(
  leaf: SourceNode,
  roots: readonly PhysicalPlan[],
  config: JobConfig,
  context: SourceContext,
  state: SourceState | undefined,
): Promise<ParallelSource | undefined> {
  const counts = config.watermarkInterval > 0 || (watermarkOptions(leaf.table).everyRows ?? 1) > 1;
  if (config.decoders < 1 || (counts && hasWatermark(leaf, roots))) return undefined;
  const source = await connector(leaf.table.options['connector'] ?? '').createSource!(context);
  try {
    if (source.boundedness !== 'bounded' || !isChunked(source) || holdsNewlines(leaf)) return undefined;
    const files = await Promise.all(
      (await source.splits()).map(async (split) =>
        state?.done.includes(split.id) ? [] : source.planChunks(split, state?.positions[split.id] ?? split.start),
      ),
    );
    const bytes = files.reduce((sum, chunks) => sum + (chunks[0]?.size ?? 0), 0);
    if (bytes < LEAST_BYTES) return undefined;
    return new ParallelSource(leaf, roots, config, source.chunkSpec, files, state);
  } finally {
    await source.close();
  }
}

/** A quoted field of CSV may hold a newline: where a record begins is then known only after all that comes before it. */
function holdsNewlines(leaf: SourceNode): boolean {
  const { options } = leaf.table;
  return options['format'] === 'csv' && options['csv.disable-quote-character'] !== 'true';
}

/** A node that runs in the decoders: it has no state but watermarks, which are put right at delivery. */
function isStateless(plan: PhysicalPlan): boolean {
  return (
    // A decoder knows the watermark of its own rows alone.
    (plan.kind === 'calc' && !readWatermark([plan.filter, ...plan.exprs])) ||
    plan.kind === 'watermark' ||
    plan.kind === 'correlate' ||
    (plan.kind === 'window-table' && plan.window.kind !== 'session') ||
    (plan.kind === 'sink' && plan.table.options['connector'] === 'blackhole')
  );
}

function hasWatermark(leaf: SourceNode, roots: readonly PhysicalPlan[]): boolean {
  return regionOf(leaf, roots).some((plan) => plan.kind === 'watermark');
}

/** The source and the stateless nodes that depend on nothing else, inputs first. */
function regionOf(leaf: SourceNode, roots: readonly PhysicalPlan[]): PhysicalPlan[] {
  const region: PhysicalPlan[] = [];
  const seen = new Map<PhysicalPlan, boolean>();
  const visit = (plan: PhysicalPlan): boolean => {
    const known = seen.get(plan);
    if (known !== undefined) return known;
    const inputs = inputsOf(plan).map(visit);
    const inside = plan === leaf || (isStateless(plan) && inputs.length === 1 && inputs[0] === true);
    seen.set(plan, inside);
    if (inside) region.push(plan);
    return inside;
  };
  roots.forEach(visit);
  return region;
}

/** What a source tells its pipeline, and asks of it. */
export interface ParallelHost {
  take(rows: number, bytes: number): void;
  skipped(rows: number): void;
  readonly signal: AbortSignal;
  /** Whether anybody still reads what it gives. */
  isNeeded(): boolean;
  /** Waits while the job is being stopped; false: it has been. */
  mayGo(): Promise<boolean> | boolean;
}

export class ParallelSource {
  readonly leaf: SourceNode;
  readonly lanes: number;
  /** Nodes whose output comes from the decoders and is read by operators of the job's thread. */
  readonly outputs: readonly PhysicalPlan[];
  /** Nodes whose state is kept here. */
  readonly watermarks: readonly PhysicalPlan[];
  readonly #sinks: readonly PhysicalPlan[];
  readonly #workers: DecoderThread[];
  readonly #chunks: readonly PlannedChunk[];
  /** Lanes that end before the chunk of that number is delivered. */
  readonly #endsAt: ReadonlyMap<number, readonly number[]>;
  /** Rows that went into sinks of the decoders. */
  absorbedRows = 0;
  readonly #positions: Record<string, Position>;
  readonly #done: Set<string>;
  #nextLane: number;
  readonly #lanesOf: readonly OutputLanes[];

  constructor(
    leaf: SourceNode,
    roots: readonly PhysicalPlan[],
    config: JobConfig,
    chunkSpec: ChunkedSource['chunkSpec'],
    files: readonly (readonly Chunk[])[],
    state: SourceState | undefined,
  ) {
    this.leaf = leaf;
    this.lanes = Math.max(1, Math.min(config.parallelism, files.length));
    this.#positions = { ...state?.positions };
    this.#done = new Set(state?.done);
    this.#nextLane = state?.lanes === this.lanes ? state.nextLane : 0;
    const region = regionOf(leaf, roots);
    const inside = new Set(region);
    const readers = new Set<PhysicalPlan>();
    const collectReaders = (plan: PhysicalPlan): void => {
      if (!inside.has(plan)) for (const child of inputsOf(plan)) if (inside.has(child)) readers.add(child);
      inputsOf(plan).forEach(collectReaders);
    };
    roots.forEach(collectReaders);
    this.outputs = region.filter((plan) => readers.has(plan));
    this.#lanesOf = this.outputs.map(() => new OutputLanes(this.lanes));
    this.watermarks = region.filter((plan) => plan.kind === 'watermark');
    this.#sinks = region.filter((plan) => plan.kind === 'sink');
    const setup: DecoderSetup = {
      leaf,
      outputs: this.outputs,
      sinks: this.#sinks,
      spec: { roots, config, collect: { changes: false, table: false } },
      chunkSpec,
      facts: { bounded: isBounded(leaf.table), makesWatermarks: makesWatermarks(leaf.table) },
    };
    ({ chunks: this.#chunks, endsAt: this.#endsAt } = interleave(files, this.lanes, this.#nextLane));
    const chunksOf = Array.from({ length: config.decoders }, (): PlannedChunk[] => []);
    this.#chunks.forEach((chunk, at) => chunksOf[this.#workerOf(at, config.decoders)]!.push(chunk));
    this.#workers = chunksOf.map((chunks) => new DecoderThread(setup, chunks));
  }

  /** A lane stays with one decoder, where what it has learned about the input is warm, unless there are more decoders than lanes. */
  #workerOf(at: number, workers = this.#workers.length): number {
    const turn = this.lanes >= workers ? this.#chunks[at]!.lane : at;
    return turn % workers;
  }

  /** Roots that run wholly in the decoders. */
  absorbs(root: PhysicalPlan): boolean {
    return this.#sinks.includes(root);
  }

  async *steps(
    feeds: ReadonlyMap<PhysicalPlan, Feed>,
    { take, skipped, signal, isNeeded, mayGo }: ParallelHost,
  ): AsyncGenerator<void> {
    const outputs = this.#lanesOf;
    this.outputs.forEach((plan, o) => outputs[o]!.connect(feeds.get(plan)!));
    // All begin at once, not when their first turn comes.
    for (const worker of this.#workers) worker.begin();
    for (const ended of this.#endsAt.get(0) ?? []) outputs.forEach((output) => output.finishLane(ended));
    for (let at = 0; at < this.#chunks.length && !signal.aborted && isNeeded(); at++) {
      const worker = this.#workers[this.#workerOf(at)]!;
      const result = await worker.next();
      if (!(await mayGo())) return;
      const { lane, chunk } = this.#chunks[at]!;
      this.#positions[chunk.path] = { offset: result.end };
      if (chunk.to >= chunk.size) this.#done.add(chunk.path);
      this.#nextLane = (lane + 1) % this.lanes;
      take(result.rows, result.bytes);
      if (result.skipped > 0) skipped(result.skipped);
      this.absorbedRows += result.sinkRows;
      outputs.forEach((output, o) => {
        const part = result.parts[o]!;
        const batch = part.batch === undefined ? undefined : worker.receiver.decode(part.batch);
        output.deliver(lane, batch, part.marks);
      });
      for (const ended of this.#endsAt.get(at + 1) ?? []) outputs.forEach((output) => output.finishLane(ended));
      yield;
    }
  }

  /** What was delivered so far, in the form that any number of threads can go on from. */
  snapshot(): SourceState {
    const { lanes } = this;
    return { positions: this.#positions, done: [...this.#done], lanes, nextLane: this.#nextLane, doneLanes: [] };
  }

  /** The state of a watermark node: what it has come to is known where its rows are delivered. Undefined when nobody reads them. */
  watermarkState(plan: PhysicalPlan): OperatorState {
    const at = this.outputs.findIndex((output) => isBelow(plan, output));
    return at < 0 ? undefined : lanedStateAt(this.#lanesOf[at]!.snapshot());
  }
  restoreWatermark(plan: PhysicalPlan, state: OperatorState): void {
    this.outputs.forEach((output, o) => {
      if (isBelow(plan, output)) this.#lanesOf[o]!.restore(laneStateOf(state));
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}

/** One output of the decoders: puts the lanes' watermarks together and pushes the pieces between them. */
class OutputLanes {
  readonly #minimum: LaneMinimum;
  #feed: Feed | undefined;

  constructor(lanes: number) {
    this.#minimum = new LaneMinimum(lanes);
  }
  connect(feed: Feed): void {
    this.#feed = feed;
  }
  snapshot(): LaneState {
    return this.#minimum.snapshot();
  }
  restore(state: LaneState): void {
    this.#minimum.restore(state);
  }

  deliver(lane: number, batch: Batch | undefined, marks: Marks): void {
    const feed = this.#feed!;
    const risen = this.#minimum.marks(lane, marks);
    if (batch !== undefined) pushMarked(feed, batch, risen);
    else for (let i = 0; i < risen.values.length; i++) feed.advance(risen.values[i]!);
  }
  finishLane(lane: number): void {
    const watermark = this.#minimum.advance(lane, Infinity);
    // The end of all lanes is sent once, when the whole source has ended.
    if (watermark !== undefined && watermark !== Infinity) this.#feed!.advance(watermark);
  }
}

/** Whether `plan` is `output` or feeds it, along single inputs. */
function isBelow(plan: PhysicalPlan, output: PhysicalPlan): boolean {
  if (plan === output) return true;
  const [input] = inputsOf(output);
  return input !== undefined && isBelow(plan, input);
}

/**
 * Files go to lanes in turn, as splits do in source-driver.ts; lanes take turns, chunk by chunk. As there, a lane that has no more ends with its
 * next turn: until then the others' rows are held against its watermark.
 */
function interleave(
  files: readonly (readonly Chunk[])[],
  lanes: number,
  firstLane: number,
): { chunks: PlannedChunk[]; endsAt: Map<number, number[]> } {
  const queues: Chunk[][] = Array.from({ length: lanes }, () => []);
  files.forEach((chunks, file) => queues[file % lanes]!.push(...chunks));
  const turns = Array.from(queues.keys(), (i) => (firstLane + i) % lanes);
  const order: PlannedChunk[] = [];
  const endsAt = new Map<number, number[]>();
  const longest = Math.max(...queues.map((queue) => queue.length));
  for (let turn = 0; turn <= longest; turn++) {
    turns.forEach((lane) => {
      const queue = queues[lane]!;
      const chunk = queue[turn];
      if (chunk !== undefined) order.push({ lane, chunk });
      else if (turn === queue.length) endsAt.set(order.length, [...(endsAt.get(order.length) ?? []), lane]);
    });
  }
  return { chunks: order, endsAt };
}

/** One decoder thread and the chunks that it is to decode. */
class DecoderThread {
  readonly receiver = new BatchReceiver();
  readonly #worker: Worker;
  readonly #chunks: readonly PlannedChunk[];
  /** Chunks that were asked for. */
  #asked = 0;
  /** Answers that are under way. */
  #answers: Promise<DecodeResult>[] = [];
  /** Those who wait for them, in order. */
  #waiting: { resolve(result: DecodeResult): void; reject(error: Error): void }[] = [];
  #failure: Error | undefined;

  constructor(setup: DecoderSetup, chunks: readonly PlannedChunk[]) {
    this.#chunks = chunks;
    this.#worker = new Worker(new URL('./decode-worker.js', import.meta.url), { resourceLimits: columnWorkerLimits });
    this.#worker.on('message', (message: FromDecoder) => {
      if (message.kind === 'decoded') this.#waiting.shift()?.resolve(message.result);
      else this.#fail(fromErrorMessage(message.error));
    });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('a decoder thread ended unexpectedly')));
    this.#worker.postMessage({
      kind: 'setup',
      setup: encodePlain(setup),
    } satisfies ToDecoder);
  }

  /** Asks for as many chunks as it may have under way. */
  begin(): void {
    for (; this.#asked < this.#chunks.length && this.#answers.length < CHUNKS_AHEAD; this.#asked++) {
      const chunk = this.#chunks[this.#asked]!;
      const answer = new Promise<DecodeResult>((resolve, reject) => {
        if (this.#failure !== undefined) return reject(this.#failure);
        this.#waiting.push({ resolve, reject });
        this.#worker.postMessage({ kind: 'decode', chunk } satisfies ToDecoder);
      });
      // A failure is met when its turn comes; until then it does not count as unhandled.
      answer.catch(() => {});
      this.#answers.push(answer);
    }
  }

  /** The rows of the next of its chunks. */
  next(): Promise<DecodeResult> {
    const answer = this.#answers.shift()!;
    this.begin();
    return answer;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting = [];
  }
  async close(): Promise<void> {
    this.#waiting = [];
    await this.#worker.terminate();
  }
}
