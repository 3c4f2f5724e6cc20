/**
 * One running job, whatever thread it runs in: sources are read in turns, what they give is pushed through the graph, sinks are awaited.
 * Between two events the loop yields to the thread's event loop at least every few milliseconds, so a cell, a button or a cancel gets through.
 */
import type { Sink, SourceContext } from '../connectors/connector.ts';
import { connector } from '../connectors/registry.ts';
import type { Batch } from '../data/batch.ts';
import { MillraceError } from '../errors.ts';
import type { CallUser } from '../ops/user-calls.ts';
import type { CollectNode, PhysicalPlan, SinkNode, SourceNode, ValuesNode } from '../plan/physical.ts';
import { inputsOf } from '../plan/physical-walk.ts';
import { type SavepointReader, SavepointWriter } from '../state/savepoint-files.ts';
import type { Schema } from '../types/schema.ts';
import type { Value } from '../types/value.ts';
import { gatewayJson } from '../view/gateway-json.ts';
import { ResultTable } from '../view/result-table.ts';
import type { LateReport } from './worker-protocol.ts';
import { Builder } from './build.ts';
import type { Clock } from './clock.ts';
import { Endpoint } from './endpoint.ts';
import { openLookup, type LookupHost } from './open-lookup.ts';
import { Graph } from './graph.ts';
import { type Input, type InputHost, parallelInput, splitInput, valuesInput } from './inputs.ts';
import type { JobMetrics, JobSpec } from './job-spec.ts';
import { openParallel, type ParallelSource } from './parallel-source.ts';
import { nodeKeys, type SavedState, savedState, StateClaims, type StopRequest } from './savepoint.ts';
import { watermarkOptions } from './watermark-options.ts';
import { serialWrite } from './serial-sink.ts';
import { sharePlans } from './share.ts';
import { Steps } from './steps.ts';
import { SourceDriver, type SourceState } from './source-driver.ts';

/** What a pipeline needs of the thread that it runs in. */
export interface PipelineHost {
  readonly clock: Clock;
  /** Lines of the `print` connector. */
  print(text: string, stream: 'stdout' | 'stderr'): void;
  /** The next changes of the result; the pipeline waits for the promise. */
  changes(batch: Batch): void | Promise<void>;
  /** Threads may be started for decoding. */
  readonly threads: boolean;
  /** Calls functions of the user that another thread has; without it they are called in this one. */
  readonly callUser?: CallUser | undefined;
}

/** What a savepoint keeps of an input. */
interface InputState {
  readonly finished: boolean;
  readonly source: unknown;
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
  /** Closes what lookups have opened. */
  readonly #closing: (() => Promise<void>)[] = [];
  readonly #endpoints: Endpoint[] = [];
  readonly #parallel: ParallelSource[] = [];
  #graph: Graph | undefined;
  #keys = new Map<PhysicalPlan, string>();
  #stop:
    | {
        readonly request: StopRequest;
        readonly done: (path: string) => void;
        readonly failed: (error: unknown) => void;
      }
    | undefined;
  /** Set while the job is being stopped: nothing is pushed until it says whether the job goes on. */
  #gate: Promise<boolean> | undefined;
  #stopped = false;
  #ended = false;
  #wake: () => void = () => {};
  /** The input whose turn is next. */
  #nextInput = 0;
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
      if (!this.#abort.signal.aborted && !this.#stopped) for (const sink of this.#sinks) await sink.flush();
    } finally {
      this.#ended = true;
      this.#stop?.failed(jobHasEnded());
      this.#abort.abort();
      const closing = [
        ...inputs.map((input) => input.close()),
        ...this.#sinks.map((sink) => sink.close()),
        ...this.#closing.map((close) => close()),
      ];
      await Promise.allSettled(closing);
    }
  }

  cancel(): void {
    this.#abort.abort();
    this.resume();
  }
  get canceled(): boolean {
    return this.#abort.signal.aborted && !this.#stopped;
  }

  /** Stops the job at the next point between two pieces of input and puts its state down; resolves with the savepoint's directory. */
  stop(request: StopRequest): Promise<string> {
    if (this.#ended || this.#stop !== undefined) return Promise.reject(jobHasEnded());
    return new Promise((done, failed) => {
      this.#stop = { request, done, failed };
      this.resume();
      this.#wake();
    });
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
    this.#keys = nodeKeys(roots);
    const { restore } = this.#spec;
    const claims = restore && new StateClaims(restore);
    const claim = (node: PhysicalPlan): { readonly state: unknown } | undefined =>
      claims?.claim(node, this.#keys.get(node)!);
    const inputStates = new Map(leaves.map((leaf) => [leaf, claim(leaf)?.state as InputState | undefined]));
    const sourceState = (leaf: PhysicalPlan): SourceState | undefined =>
      inputStates.get(leaf as SourceNode)?.source as SourceState | undefined;
    const builder = new Builder(
      config,
      roots,
      (node) => this.#endpoint(node),
      this.#host.callUser,
      (node, context) => openLookup(node, context, this.#sourceHost(), (close) => this.#closing.push(close)),
    );
    const drivers = new Map<PhysicalPlan, SourceDriver>();
    for (const leaf of leaves) {
      if (leaf.kind !== 'source') continue;
      const parallel = this.#host.threads
        ? await openParallel(leaf, roots, config, this.#sourceContext(leaf), sourceState(leaf))
        : undefined;
      if (parallel !== undefined) this.#parallel.push(parallel);
      else drivers.set(leaf, await this.#driver(leaf, sourceState(leaf)));
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
    const host = this.#inputHost(this.#graph);
    const inputs = leaves.map((leaf) => {
      if (leaf.kind === 'values') {
        const state = inputStates.get(leaf)?.source as { pushed: boolean } | undefined;
        return valuesInput(leaf, feeds.get(leaf)!, state, host);
      }
      const driver = drivers.get(leaf);
      if (driver !== undefined) return splitInput(leaf, driver, feeds.get(leaf)!, builder.watermarksOver(leaf), host);
      const parallel = this.#parallel.find((source) => source.leaf === leaf)!;
      return parallelInput(parallel, feeds, host);
    });
    if (claims === undefined) return inputs;
    for (const { plan, operator } of this.#graph.operators) {
      const claimed = claim(plan);
      if (claimed !== undefined) operator.restore(claimed.state);
    }
    for (const parallel of this.#parallel) {
      for (const plan of parallel.watermarks) {
        const claimed = claim(plan);
        if (claimed?.state !== undefined) parallel.restoreWatermark(plan, claimed.state);
      }
    }
    const fits = claims.check(restore!);
    for (const input of inputs) {
      if (inputStates.get(input.leaf)?.finished !== true) continue;
      input.finished = true;
      const parallel = this.#parallel.find((source) => source.leaf === input.leaf);
      for (const plan of parallel?.outputs ?? [input.leaf]) feeds.get(plan)!.wasFinished();
    }
    this.#restoreOwn(claims.reader, fits);
    return inputs;
  }

  /** What is the job's own: the result, the counters, whose turn it is. */
  #ownState(): unknown {
    return {
      nextInput: this.#nextInput,
      rowsIn: this.#rowsIn,
      bytesIn: this.#bytesIn,
      skippedRows: this.#skippedRows,
      result: this.result?.snapshot(this.#resultSchema()),
    };
  }
  /** `fits`: the query is the one whose result was kept. */
  #restoreOwn(reader: SavepointReader, fits: boolean): void {
    const own = reader.state('job') as ReturnType<ResultTable['snapshot']> & {
      nextInput: number;
      rowsIn: number;
      bytesIn: number;
      skippedRows: number;
      result: ReturnType<ResultTable['snapshot']> | undefined;
    };
    this.#nextInput = own.nextInput;
    this.#rowsIn = own.rowsIn;
    this.#bytesIn = own.bytesIn;
    this.#skippedRows = own.skippedRows;
    if (own.result !== undefined && fits) this.result?.restore(own.result);
  }
  #resultSchema(): Schema {
    return this.#spec.roots.find((root) => root.kind === 'collect')!.schema;
  }

  #sourceContext(node: SourceNode): SourceContext {
    return { ...this.#sourceHost(), table: node.table, paths: node.paths, schema: node.schema };
  }
  #sourceHost(): LookupHost {
    const { timeZone, baseDirectory } = this.#spec.config;
    return {
      timeZone,
      baseDirectory,
      onSkipped: (rows) => (this.#skippedRows += rows),
      signal: this.#abort.signal,
    };
  }

  async #driver(node: SourceNode, state: SourceState | undefined): Promise<SourceDriver> {
    const source = await connector(node.table.options['connector'] ?? '').createSource!(this.#sourceContext(node));
    const { parallelism } = this.#spec.config;
    const idleTimeout = watermarkOptions(node.table).idleTimeout ?? this.#spec.config.idleTimeout;
    return SourceDriver.create(source, parallelism, this.#host.clock, idleTimeout, state);
  }

  readonly #writers = new Map<PhysicalPlan, (batch: Batch) => void | Promise<void>>();
  readonly #advance = new Map<PhysicalPlan, (watermark: number) => void>();
  async #openSink(node: SinkNode): Promise<void> {
    const { timeZone, baseDirectory } = this.#spec.config;
    const sink = await connector(node.table.options['connector'] ?? '').createSink!({
      table: node.table,
      schema: node.schema,
      timeZone,
      baseDirectory,
      clock: this.#host.clock,
      print: (text, stream) => this.#host.print(text, stream),
      signal: this.#abort.signal,
    });
    this.#sinks.push(sink);
    this.#writers.set(node, serialWrite(sink));
    if (sink.advance !== undefined) this.#advance.set(node, (watermark) => sink.advance!(watermark));
  }

  #endpoint(node: SinkNode | CollectNode): Endpoint {
    const take = (batch: Batch): void => {
      const wait = node.kind === 'sink' ? this.#writers.get(node)!(batch) : this.#collect(batch);
      if (wait !== undefined) this.#pending.push(wait);
    };
    const name = node.kind === 'sink' ? `Sink[${node.table.path.name}]` : 'Collect';
    const endpoint = new Endpoint(name, take, (watermark) => this.#advance.get(node)?.(watermark));
    this.#endpoints.push(endpoint);
    return endpoint;
  }

  #collect(batch: Batch): void | Promise<void> {
    this.result?.push(batch);
    return this.#spec.collect.changes ? this.#host.changes(batch) : undefined;
  }

  #inputHost(graph: Graph): InputHost {
    return {
      graph,
      signal: this.#abort.signal,
      take: (rows, bytes) => {
        this.#rowsIn += rows;
        this.#bytesIn += bytes;
      },
      skipped: (rows) => void (this.#skippedRows += rows),
      mayGo: () => this.#gate ?? !this.#stopped,
    };
  }

  /** Bounded inputs take turns; with an unbounded one among them, whichever has something goes next. */
  async #loop(inputs: readonly Input[]): Promise<void> {
    const signal = this.#abort.signal;
    const inTurns = inputs.every((input) => input.bounded);
    const steps = new Steps();
    const active = new Set(inputs);
    // After a restore the turn begins where it was broken off.
    let first = this.#nextInput;
    this.#wake = () => steps.wake();
    let sliceStart = this.#host.clock.monotonic();
    let lastTick = sliceStart;
    signal.addEventListener('abort', () => steps.wake());
    const timer = inTurns ? undefined : setInterval(() => steps.wake(), TICK);
    try {
      while (active.size > 0) {
        for (const turn of inTurns ? [...active] : [undefined]) {
          if (turn !== undefined && inputs.indexOf(turn) < first) continue;
          for (;;) {
            for (const input of turn === undefined ? active : [turn]) steps.ask(input.steps);
            const step = this.#stop === undefined ? await steps.next(turn?.steps) : undefined;
            if (signal.aborted) return;
            const settled = this.#graph!.settle();
            if (settled !== undefined) await settled;
            if (step?.done) for (const input of active) if (input.steps === step.of) active.delete(input);
            if (turn !== undefined && step !== undefined) this.#nextInput = inputs.indexOf(turn) + 1;
            if (this.#pending.length > 0) await Promise.all(this.#pending.splice(0));
            if (this.#stop !== undefined && (await this.#tryStop(inputs))) return;
            const now = this.#host.clock.monotonic();
            if (now - lastTick >= TICK) {
              this.#graph!.tick(this.#host.clock.now());
              await this.#graph!.settle();
              lastTick = now;
            }
            if (now - sliceStart >= SLICE) {
              await new Promise((resolve) => setImmediate(resolve));
              sliceStart = this.#host.clock.monotonic();
            }
            if (this.#paused !== undefined) await this.#paused;
            if (signal.aborted) return;
            // A wake without a step leaves the turn where it is.
            if (turn === undefined || step !== undefined) break;
          }
        }
        first = 0;
      }
    } finally {
      clearInterval(timer);
    }
  }

  /** Puts the state down. false: that failed, whoever asked knows, and the job goes on. Rejects when the sinks fail. */
  async #tryStop(inputs: readonly Input[]): Promise<boolean> {
    const { request, done, failed } = this.#stop!;
    let open: (goes: boolean) => void = () => {};
    this.#gate = new Promise((resolve) => (open = resolve));
    let path: string | undefined;
    let failure: unknown;
    try {
      if (request.drain) for (const input of inputs) if (!input.finished) input.finish();
      await this.#graph!.settle();
      for (const { operator } of this.#graph!.operators) operator.prepareSnapshot?.();
      await this.#graph!.settle();
      while (this.#pending.length > 0) await Promise.all(this.#pending.splice(0));
      for (const sink of this.#sinks) await sink.flush();
      try {
        path = this.#write(request, inputs);
      } catch (error) {
        failure = error;
      }
    } finally {
      this.#stopped = path !== undefined;
      this.#gate = undefined;
      open(this.#stopped);
    }
    this.#stop = undefined;
    if (path === undefined) failed(failure);
    else done(path);
    return path !== undefined || request.drain;
  }

  #write({ directory, about }: StopRequest, inputs: readonly Input[]): string {
    const writer = new SavepointWriter(directory);
    try {
      const states: SavedState[] = [];
      const put = (node: PhysicalPlan, state: unknown): void => {
        if (state === undefined) return;
        const key = this.#keys.get(node)!;
        states.push(savedState(node, key));
        writer.state(key, state);
      };
      for (const { leaf, finished, ...input } of inputs) put(leaf, { finished, source: input.snapshot() });
      for (const { plan, operator } of this.#graph!.operators) put(plan, operator.snapshot());
      for (const parallel of this.#parallel) {
        for (const plan of parallel.watermarks) put(plan, parallel.watermarkState(plan));
      }
      writer.state('job', this.#ownState());
      writer.finish({ ...about, created: new Date(this.#host.clock.now()).toISOString(), states });
      return directory;
    } catch (error) {
      writer.abandon();
      throw error;
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

  /** Rows that operators have dropped because they came too late. */
  lateRows(): readonly LateReport[] {
    return (this.#graph?.operators ?? []).flatMap(({ plan, operator }) => {
      const { lateRows: dropped } = operator.stats();
      if (dropped === 0) return [];
      const inputs = inputsOf(plan).map(({ schema }) => schema);
      const zone = this.#spec.config.timeZone;
      const rows = (operator.late?.list() ?? []).map(({ port, row }) => rowJson(row, inputs[port]!, zone));
      return [{ operator: operator.name, dropped, rows }];
    });
  }
}

function rowJson(row: readonly Value[], schema: Schema, zone: string): string {
  const fields = row.map(
    (value, i) => `${JSON.stringify(schema[i]!.name)}:${gatewayJson(value, schema[i]!.type, zone)}`,
  );
  return `{${fields.join(',')}}`;
}

const jobHasEnded = (): MillraceError =>
  new MillraceError('JOB_STATE', 'the job has ended: there is no state to put down');

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
