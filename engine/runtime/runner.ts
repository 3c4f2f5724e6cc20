/** Where a job runs: in a worker thread (SQL and expressions) or in this thread (closures of the user's cells). Both look the same to Job. */
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Batch } from '../data/batch.ts';
import { MillraceError } from '../errors.ts';
import { fromErrorMessage, type JobMetrics, type JobSpec, NO_METRICS } from './job-spec.ts';
import type { PhysicalPlan } from '../plan/physical.ts';
import { inputsOf } from '../plan/physical-walk.ts';
import { systemClock } from './clock.ts';
import { Pipeline } from './pipeline.ts';
import { encodePlain } from './plain.ts';
import type { StopRequest } from './savepoint.ts';
import { FunctionServer, remoteAggregatesOf } from './user-caller.ts';
import { BatchReceiver } from './wire.ts';
import { columnWorkerLimits } from './worker-limits.ts';
import {
  CHANGES_CREDIT,
  type FromWorker,
  type ResultAnswer,
  type ResultQuery,
  type ToWorker,
} from './worker-protocol.ts';

export interface RunnerEvents {
  running(): void;
  /** Resolves when the reader can take more. */
  changes(batch: Batch): void | Promise<void>;
  print(text: string, stream: 'stdout' | 'stderr'): void;
  ended(outcome: { readonly canceled: boolean; readonly error: Error | undefined }): void;
}

export interface Runner {
  readonly metrics: JobMetrics;
  start(): void;
  pause(): void;
  resume(): void;
  cancel(): void;
  /** Puts the state down and ends; resolves with the savepoint's directory. */
  stop(request: StopRequest): Promise<string>;
  query(query: ResultQuery): Promise<ResultAnswer>;
}

export const EMPTY_ANSWER: ResultAnswer = { rows: [], tail: [], size: 0, changes: 0, dropped: 0 };

/** Answers a query on a pipeline's result. */
export function answer(pipeline: Pipeline | undefined, { rows, tail, late }: ResultQuery): ResultAnswer {
  const result = pipeline?.result;
  const reports = late === true ? pipeline?.lateRows() : undefined;
  if (result === undefined) return { ...EMPTY_ANSWER, late: reports };
  return {
    late: reports,
    rows: rows > 0 ? result.rows(rows) : [],
    tail: tail > 0 ? result.tail(tail) : [],
    size: result.size,
    changes: result.changes,
    dropped: result.dropped,
  };
}

function callsUser(roots: readonly PhysicalPlan[]): boolean {
  return roots.some((root) => root.kind === 'user-calls' || callsUser(inputsOf(root)));
}

/** Runs the job in this thread, in slices of a few milliseconds. */
export class LocalRunner implements Runner {
  readonly #pipeline: Pipeline;
  readonly #events: RunnerEvents;

  constructor(spec: JobSpec, events: RunnerEvents) {
    this.#events = events;
    this.#pipeline = new Pipeline(spec, {
      clock: systemClock,
      print: events.print,
      changes: (batch) => events.changes(batch),
      threads: false,
    });
  }
  get metrics(): JobMetrics {
    return this.#pipeline.metrics();
  }
  start(): void {
    this.#events.running();
    this.#pipeline.run().then(
      () => this.#events.ended({ canceled: this.#pipeline.canceled && this.#cancelled, error: undefined }),
      (error: unknown) =>
        this.#events.ended({ canceled: false, error: error instanceof Error ? error : new Error(String(error)) }),
    );
  }
  #cancelled = false;
  pause(): void {
    this.#pipeline.pause();
  }
  resume(): void {
    this.#pipeline.resume();
  }
  cancel(): void {
    this.#cancelled = true;
    this.#pipeline.cancel();
  }
  stop(request: StopRequest): Promise<string> {
    return this.#pipeline.stop(request);
  }
  query(query: ResultQuery): Promise<ResultAnswer> {
    return Promise.resolve(answer(this.#pipeline, query));
  }
}

/** A worker that does not answer a cancel within this time is ended (ms). */
const CANCEL_GRACE = 100;

/** Workers that are up and wait for a job: a query must not wait for a thread to start. */
class WorkerPool {
  readonly #idle: Worker[] = [];
  take(): Worker {
    const worker = this.#idle.pop() ?? this.#spawn();
    worker.ref();
    return worker;
  }
  /** Sees to it that one waits. */
  warm(): void {
    if (this.#idle.length === 0) this.#idle.push(this.#spawn());
  }
  #spawn(): Worker {
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      stdout: false,
      stderr: false,
      resourceLimits: columnWorkerLimits,
    });
    worker.unref();
    // One that dies while it waits must not be given to a job; whoever takes a worker listens as well.
    const forget = (): void => {
      const at = this.#idle.indexOf(worker);
      if (at >= 0) this.#idle.splice(at, 1);
    };
    worker.once('error', forget);
    worker.once('exit', forget);
    return worker;
  }
}
export const workerPool = new WorkerPool();

/** Runs the job in a worker thread of its own. */
export class WorkerRunner implements Runner {
  readonly #worker: Worker;
  readonly #events: RunnerEvents;
  readonly #spec: JobSpec;
  readonly #receiver = new BatchReceiver();
  readonly #queries = new Map<number, (answer: ResultAnswer) => void>();
  #nextQuery = 0;
  #stopping: { resolve(path: string): void; reject(error: Error): void } | undefined;
  #ended = false;
  #canceled = false;
  #last: ResultAnswer = EMPTY_ANSWER;
  metrics: JobMetrics = NO_METRICS;

  constructor(spec: JobSpec, events: RunnerEvents) {
    this.#spec = spec;
    this.#events = events;
    this.#worker = workerPool.take();
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', () =>
      this.#end(this.#canceled ? undefined : new Error('the job’s worker ended unexpectedly')),
    );
  }
  start(): void {
    const spec = encodePlain(this.#spec);
    const aggregates = remoteAggregatesOf(this.#spec.functions ?? []);
    if (!callsUser(this.#spec.roots) && aggregates.length === 0)
      return this.#send({ kind: 'start', spec, functions: undefined });
    const { port1, port2 } = new MessageChannel();
    const signal = new SharedArrayBuffer(4);
    this.#functions = new FunctionServer({ port: port1, signal }, this.#spec.config.timeZone);
    this.#worker.postMessage(
      { kind: 'start', spec, functions: { port: port2, signal, aggregates } } satisfies ToWorker,
      [port2],
    );
  }
  #functions: FunctionServer | undefined;
  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'running':
        return this.#events.running();
      case 'metrics':
        this.metrics = message.metrics;
        return;
      case 'print':
        return this.#events.print(message.text, message.stream);
      case 'changes':
        void Promise.resolve(this.#events.changes(this.#receiver.decode(message.batch))).then(() =>
          this.#send({ kind: 'credit', batches: 1 }),
        );
        return;
      case 'stopped':
        if (message.path !== undefined) this.#stopping?.resolve(message.path);
        else this.#stopping?.reject(fromErrorMessage(message.error!));
        this.#stopping = undefined;
        return;
      case 'answer':
        this.#last = message.answer;
        this.#queries.get(message.id)?.(message.answer);
        this.#queries.delete(message.id);
        return;
      case 'ended':
        this.metrics = message.metrics;
        this.#canceled = message.canceled;
        this.#last = { ...this.#last, late: message.late };
        // A job that has ended stays for its result: queries go on until the job is released.
        return this.#finish(message.error === undefined ? undefined : fromErrorMessage(message.error));
    }
  }
  /** The thread is gone. */
  #end(error: Error | undefined): void {
    for (const resolve of this.#queries.values()) resolve(this.#last);
    this.#queries.clear();
    this.#finish(error);
  }
  #finish(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopping?.reject(error ?? new MillraceError('JOB_STATE', 'the job ended before its state was put down'));
    this.#functions?.close();
    // The event loop may end although the worker stays for queries on its result.
    this.#worker.unref();
    this.#events.ended({ canceled: this.#canceled, error });
    if (!this.#spec.collect.table) void this.#worker.terminate();
  }
  pause(): void {
    this.#send({ kind: 'pause' });
  }
  resume(): void {
    this.#send({ kind: 'resume' });
  }
  cancel(): void {
    if (this.#ended) return;
    this.#send({ kind: 'cancel' });
    setTimeout(() => {
      if (this.#ended) return;
      this.#canceled = true;
      void this.#worker.terminate();
    }, CANCEL_GRACE).unref();
  }
  stop(request: StopRequest): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#ended)
        return reject(new MillraceError('JOB_STATE', 'the job has ended: there is no state to put down'));
      this.#stopping = { resolve, reject };
      this.#send({ kind: 'stop', request });
    });
  }
  query(query: ResultQuery): Promise<ResultAnswer> {
    // Without a result to keep the thread has gone with the job.
    if (this.#ended && !this.#spec.collect.table) return Promise.resolve(this.#last);
    return new Promise((resolve) => {
      const id = this.#nextQuery++;
      this.#queries.set(id, resolve);
      this.#send({ kind: 'query', id, query });
    });
  }
}
export { CHANGES_CREDIT };
