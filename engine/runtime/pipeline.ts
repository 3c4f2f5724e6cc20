/**
 * One running job, whatever thread it runs in: sources are read in turns, what they give is pushed through the graph, sinks are awaited.
 * Between two events the loop yields to the thread's event loop at least every few milliseconds, so a cell, a button or a cancel gets through.
 */
import type { Sink } from '../connectors/connector.ts';
import { connector } from '../connectors/registry.ts';
import type { Batch } from '../data/batch.ts';
import { batchOf } from '../data/batch-rows.ts';
import type { CollectNode, PhysicalPlan, SinkNode, SourceNode, ValuesNode } from '../plan/physical.ts';
import { inputsOf } from '../plan/physical-walk.ts';
import { ResultTable } from '../view/result-table.ts';
import { Builder } from './build.ts';
import type { Clock } from './clock.ts';
import { Endpoint } from './endpoint.ts';
import { type Feed, Graph } from './graph.ts';
import type { JobMetrics, JobSpec } from './job-spec.ts';
import { openParallel, type ParallelSource } from './parallel-source.ts';
import { serialWrite } from './serial-sink.ts';
import { sharePlans } from './share.ts';
import { SourceDriver } from './source-driver.ts';

/** What a pipeline needs of the thread that it runs in. */
export interface PipelineHost {
  readonly clock: Clock;
  /** Lines of the `print` connector. */
  print(text: string, stream: 'stdout' | 'stderr'): void;
  /** The next changes of the result; the pipeline waits for the promise. */
  changes(batch: Batch): void | Promise<void>;
  /** Threads may be started for decoding. */
  readonly threads: boolean;
}

/** A source in the graph: its driver in this thread, or decoders in others. */
interface Input {
  readonly lanes: number;
  readonly bounded: boolean;
  /** Pushes the next piece into the graph; resolves false at the end. */
  readonly steps: AsyncIterator<void>;
  close(): Promise<void>;
}

/** The thread's event loop gets its turn at least this often (ms). */
const SLICE = 8;
/** Operators hear of processing time this often (ms). */
const TICK = 100;

export class Pipeline {
  readonly #spec: JobSpec;
  readonly #host: PipelineHost;
  readonly #abort = new AbortController();
  readonly #sinks: Sink[] = [];
  readonly #pending: Promise<void>[] = [];
  readonly #endpoints: Endpoint[] = [];
  readonly #parallel: ParallelSource[] = [];
  #graph: Graph | undefined;
  #resume: (() => void) | undefined;
  #paused: Promise<void> | undefined;
  #rowsIn = 0;
  #bytesIn = 0;
  #skippedRows = 0;
  #started = 0;
  #pausedFor = 0;
  #pausedAt = 0;
  /** The result as a table, if the job keeps one. */
  readonly result: ResultTable | undefined;

  constructor(spec: JobSpec, host: PipelineHost) {
    this.#spec = spec;
    this.#host = host;
    const collect = spec.roots.find((root) => root.kind === 'collect');
    if (spec.collect.table && collect !== undefined) {
      const updating = collect.mode !== 'append' && spec.config.mode === 'streaming';
      this.result = new ResultTable({ updating, limit: spec.config.resultLimit });
    }
  }

  /** Runs to the end of the input, or until `cancel`. Rejects with what made the job fail. */
  async run(): Promise<void> {
    this.#started = this.#host.clock.monotonic();
    const inputs: Input[] = [];
    try {
      inputs.push(...(await this.#open()));
      await this.#loop(inputs);
      if (!this.#abort.signal.aborted) for (const sink of this.#sinks) await sink.flush();
    } finally {
      this.#abort.abort();
      const closing = [...inputs.map((input) => input.close()), ...this.#sinks.map((sink) => sink.close())];
      await Promise.allSettled(closing);
    }
  }

  cancel(): void {
    this.#abort.abort();
    this.resume();
  }
  get canceled(): boolean {
    return this.#abort.signal.aborted;
  }
  pause(): void {
    if (this.#paused !== undefined) return;
    this.#pausedAt = this.#host.clock.monotonic();
    this.#paused = new Promise((resolve) => (this.#resume = resolve));
  }
  resume(): void {
    if (this.#paused === undefined) return;
    this.#pausedFor += this.#host.clock.monotonic() - this.#pausedAt;
    this.#paused = undefined;
    this.#resume!();
  }

  async #open(): Promise<Input[]> {
    const { config } = this.#spec;
    const roots = sharePlans(this.#spec.roots);
    const leaves = leavesOf(roots);
    const builder = new Builder(config, roots, (node) => this.#endpoint(node));
    const drivers = new Map<PhysicalPlan, SourceDriver>();
    for (const leaf of leaves) {
      if (leaf.kind !== 'source') continue;
      const parallel = this.#host.threads
        ? await openParallel(leaf, roots, config, this.#sourceContext(leaf))
        : undefined;
      if (parallel !== undefined) this.#parallel.push(parallel);
      else drivers.set(leaf, await this.#driver(leaf));
    }
    // Sinks open before the first row, so that a wrong path or an unreachable broker is known at once.
    for (const root of roots) if (root.kind === 'sink') await this.#openSink(root);
    const fedByThreads = new Set(this.#parallel.flatMap((source) => source.outputs));
    const ownRoots = roots.filter((root) => !this.#parallel.some((source) => source.absorbs(root)));
    const lanes = new Map([...drivers].map(([leaf, driver]) => [leaf, driver.lanes]));
    this.#graph = new Graph(
      ownRoots,
      (plan) => builder.operator(plan, lanes),
      (plan) => fedByThreads.has(plan),
    );
    const feeds = new Map(this.#graph.feeds.map((feed) => [feed.plan, feed]));
    return leaves.flatMap((leaf) => {
      if (leaf.kind === 'values') return [this.#valuesInput(leaf, feeds.get(leaf)!)];
      const driver = drivers.get(leaf);
      if (driver !== undefined) return [this.#splitInput(driver, feeds.get(leaf)!, builder.watermarksOver(leaf))];
      const parallel = this.#parallel.find((source) => source.leaf === leaf)!;
      return [this.#parallelInput(parallel, feeds)];
    });
  }

  #sourceContext(node: SourceNode): Parameters<NonNullable<ReturnType<typeof connector>['createSource']>>[0] {
    const { timeZone, baseDirectory } = this.#spec.config;
    return {
      table: node.table,
      paths: node.paths,
      schema: node.schema,
      timeZone,
      baseDirectory,
      onSkipped: (rows) => (this.#skippedRows += rows),
      signal: this.#abort.signal,
    };
  }

  async #driver(node: SourceNode): Promise<SourceDriver> {
    const source = await connector(node.table.options['connector'] ?? '').createSource!(this.#sourceContext(node));
    const { parallelism, idleTimeout } = this.#spec.config;
    return SourceDriver.create(source, parallelism, this.#host.clock, idleTimeout);
  }

  readonly #writers = new Map<PhysicalPlan, (batch: Batch) => void | Promise<void>>();
  async #openSink(node: SinkNode): Promise<void> {
    const { timeZone, baseDirectory } = this.#spec.config;
    const sink = await connector(node.table.options['connector'] ?? '').createSink!({
      table: node.table,
      schema: node.schema,
      timeZone,
      baseDirectory,
      print: (text, stream) => this.#host.print(text, stream),
      signal: this.#abort.signal,
    });
    this.#sinks.push(sink);
    this.#writers.set(node, serialWrite(sink));
  }

  #endpoint(node: SinkNode | CollectNode): Endpoint {
    const endpoint = new Endpoint(node.kind === 'sink' ? `Sink[${node.table.path.name}]` : 'Collect', (batch) => {
      const wait = node.kind === 'sink' ? this.#writers.get(node)!(batch) : this.#collect(batch);
      if (wait !== undefined) this.#pending.push(wait);
    });
    this.#endpoints.push(endpoint);
    return endpoint;
  }

  #collect(batch: Batch): void | Promise<void> {
    this.result?.push(batch);
    return this.#spec.collect.changes ? this.#host.changes(batch) : undefined;
  }

  #valuesInput(node: ValuesNode, feed: Feed): Input {
    const steps = async function* (): AsyncGenerator<void> {
      feed.push(batchOf(node.schema, node.rows));
      yield;
      feed.advance(Infinity);
      feed.finish();
    };
    return { lanes: 1, bounded: true, steps: steps(), close: async () => {} };
  }

  #splitInput(driver: SourceDriver, feed: Feed, watermarks: ReturnType<Builder['watermarksOver']>): Input {
    const take = (rows: number, bytes: number): void => {
      this.#rowsIn += rows;
      this.#bytesIn += bytes;
    };
    const events = driver.events(this.#abort.signal);
    const graph = this.#graph!;
    const steps = async function* (): AsyncGenerator<void> {
      for await (const { lane, batch, bytes, laneDone, idle } of events) {
        for (const watermark of watermarks) watermark.lane = lane;
        if (batch !== undefined && batch.length > 0) {
          take(batch.length, bytes);
          feed.push(batch);
        }
        for (const watermark of watermarks) {
          if (laneDone) watermark.finishLane(lane);
          if (idle) watermark.idleLane(lane);
        }
        yield;
        if (!graph.isNeeded(feed.plan)) break;
      }
      feed.advance(Infinity);
      feed.finish();
    };
    return { lanes: driver.lanes, bounded: driver.bounded, steps: steps(), close: () => driver.close() };
  }

  #parallelInput(source: ParallelSource, feeds: ReadonlyMap<PhysicalPlan, Feed>): Input {
    const take = (rows: number, bytes: number): void => {
      this.#rowsIn += rows;
      this.#bytesIn += bytes;
    };
    const graph = this.#graph!;
    return {
      lanes: source.lanes,
      bounded: true,
      steps: source.steps(feeds, {
        take,
        skipped: (rows) => (this.#skippedRows += rows),
        signal: this.#abort.signal,
        isNeeded: () => source.outputs.length === 0 || source.outputs.some((plan) => graph.isNeeded(plan)),
      }),
      close: () => source.close(),
    };
  }

  /** Bounded inputs take turns; with an unbounded one among them, whichever has something goes next. */
  async #loop(inputs: readonly Input[]): Promise<void> {
    const signal = this.#abort.signal;
    const inTurns = inputs.every((input) => input.bounded);
    const steps = new Steps();
    const active = new Set(inputs);
    let sliceStart = this.#host.clock.monotonic();
    let lastTick = sliceStart;
    signal.addEventListener('abort', () => steps.wake());
    const timer = inTurns ? undefined : setInterval(() => steps.wake(), TICK);
    try {
      while (active.size > 0) {
        for (const turn of inTurns ? [...active] : [undefined]) {
          for (const input of turn === undefined ? active : [turn]) steps.ask(input.steps);
          const step = await steps.next(turn?.steps);
          if (signal.aborted) return;
          if (step?.done) for (const input of active) if (input.steps === step.of) active.delete(input);
          if (this.#pending.length > 0) await Promise.all(this.#pending.splice(0));
          const now = this.#host.clock.monotonic();
          if (now - lastTick >= TICK) {
            this.#graph!.tick(this.#host.clock.now());
            lastTick = now;
          }
          if (now - sliceStart >= SLICE) {
            await new Promise((resolve) => setImmediate(resolve));
            sliceStart = this.#host.clock.monotonic();
          }
          if (this.#paused !== undefined) await this.#paused;
          if (signal.aborted) return;
        }
      }
    } finally {
      clearInterval(timer);
    }
  }

  metrics(): JobMetrics {
    const operators = this.#graph?.operators ?? [];
    const stats = operators.map(({ operator }) => operator.stats());
    const watermarks = this.#endpoints.map((endpoint) => endpoint.watermark);
    const watermark = watermarks.length === 0 ? -Infinity : Math.min(...watermarks);
    const paused = this.#paused === undefined ? 0 : this.#host.clock.monotonic() - this.#pausedAt;
    return {
      rowsIn: this.#rowsIn,
      rowsOut:
        this.#endpoints.reduce((rows, endpoint) => rows + endpoint.rows, 0) +
        this.#parallel.reduce((rows, source) => rows + source.absorbedRows, 0),
      bytesIn: this.#bytesIn,
      watermark: watermark === -Infinity ? undefined : watermark,
      lateRows: stats.reduce((rows, { lateRows }) => rows + lateRows, 0),
      skippedRows: this.#skippedRows,
      stateRows: stats.reduce((rows, { stateRows }) => rows + stateRows, 0),
      stateBytes: stats.reduce((bytes, { stateBytes }) => bytes + stateBytes, 0),
      elapsed: this.#host.clock.monotonic() - this.#started - this.#pausedFor - paused,
    };
  }
}

/**
 * The next steps of several iterators, without racing promises: a race leaves a reaction on each loser, which a silent source
 * would collect for ever.
 */
class Steps {
  readonly #asked = new Set<AsyncIterator<void>>();
  readonly #ready: { readonly of: AsyncIterator<void>; readonly done: boolean; readonly error: unknown }[] = [];
  #wake: (() => void) | undefined;

  ask(of: AsyncIterator<void>): void {
    if (this.#asked.has(of)) return;
    this.#asked.add(of);
    of.next().then(
      ({ done }) => this.#arrive({ of, done: done === true, error: undefined }),
      (error: unknown) => this.#arrive({ of, done: true, error }),
    );
  }
  #arrive(step: { of: AsyncIterator<void>; done: boolean; error: unknown }): void {
    this.#ready.push(step);
    this.wake();
  }
  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
  /** The next step that is there, of `of` if given; undefined after a wake without one. Throws what a step threw. */
  async next(of?: AsyncIterator<void>): Promise<{ of: AsyncIterator<void>; done: boolean } | undefined> {
    if (this.#find(of) < 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    const at = this.#find(of);
    if (at < 0) return undefined;
    const [step] = this.#ready.splice(at, 1);
    this.#asked.delete(step!.of);
    if (step!.error !== undefined) throw step!.error;
    return step;
  }
  #find(of: AsyncIterator<void> | undefined): number {
    return this.#ready.findIndex((step) => of === undefined || step.of === of || step.error !== undefined);
  }
}

/** Sources and VALUES, in plan order. */
function leavesOf(roots: readonly PhysicalPlan[]): (SourceNode | ValuesNode)[] {
  const leaves: (SourceNode | ValuesNode)[] = [];
  const seen = new Set<PhysicalPlan>();
  const visit = (node: PhysicalPlan): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kind === 'source' || node.kind === 'values') leaves.push(node);
    else inputsOf(node).forEach(visit);
  };
  roots.forEach(visit);
  return leaves;
}
