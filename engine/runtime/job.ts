/** A running query or INSERT as its owner sees it: state, metrics, result, and the buttons. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Batch } from '../data/batch.ts';
import { MillraceError } from '../errors.ts';
import type { ChangelogMode, PhysicalPlan } from '../plan/physical.ts';
import type { Schema } from '../types/schema.ts';
import { isTerminal, type JobMetrics, type JobSpec, type JobState } from './job-spec.ts';
import { savepointName } from './savepoint.ts';
import { LocalRunner, type Runner, type RunnerEvents, WorkerRunner } from './runner.ts';
import type { LateReport, ResultAnswer, ResultQuery } from './worker-protocol.ts';

export interface JobOptions {
  readonly name: string;
  /** The statement, for headers and `%jobs`. */
  readonly sql: string;
  readonly spec: JobSpec;
  /** In a worker thread, or in this one (plans with closures). */
  readonly placement: 'worker' | 'local';
  /** Another back end: given the events to report and what makes the embedded one. */
  readonly backEnd?: ((events: RunnerEvents, embedded: () => Runner) => Runner) | undefined;
  /** Where its state goes when it is stopped; undefined: nowhere. */
  readonly savepoints?: string | undefined;
  /** Where `print` sinks write. */
  print(text: string, stream: 'stdout' | 'stderr'): void;
}

export class Job {
  /** 32 hex digits, as Flink's. */
  readonly id = randomBytes(16).toString('hex');
  readonly name: string;
  readonly sql: string;
  readonly spec: JobSpec;
  /** Settles when the job has ended, in whatever way; never rejects. */
  readonly ended: Promise<void>;
  #state: JobState = 'CREATED';
  #error: Error | undefined;
  #runner: Runner;
  #settle: () => void = () => {};
  readonly #listeners = new Set<() => void>();
  readonly #queue: ChangeQueue | undefined;

  constructor(options: JobOptions) {
    this.name = options.name;
    this.sql = options.sql;
    this.spec = options.spec;
    this.ended = new Promise((resolve) => (this.#settle = resolve));
    this.#savepoints = options.savepoints;
    this.#queue = options.spec.collect.changes ? new ChangeQueue(() => void this.cancel()) : undefined;
    const Place = options.placement === 'worker' ? WorkerRunner : LocalRunner;
    const events: RunnerEvents = {
      running: () => this.#become('RUNNING'),
      changes: (batch) => this.#queue?.push(batch),
      print: (text, stream) => options.print(text, stream),
      ended: ({ canceled, error }) => this.#end(canceled, error),
    };
    const embedded = (): Runner => new Place(options.spec, events);
    this.#runner = options.backEnd?.(events, embedded) ?? embedded();
  }

  /** Starts the job; called once by the session. */
  start(): this {
    this.#runner.start();
    return this;
  }

  get state(): JobState {
    return this.#state;
  }
  /** Why the job FAILED. */
  get error(): Error | undefined {
    return this.#error;
  }
  get metrics(): JobMetrics {
    return this.#runner.metrics;
  }
  /** The columns of the result, or undefined for INSERTs. */
  get schema(): Schema | undefined {
    return this.collect?.schema;
  }
  /** The kinds of change that the result carries. */
  get mode(): ChangelogMode {
    return this.spec.config.mode === 'batch' ? 'append' : (this.collect?.mode ?? 'append');
  }
  /** The plan's end that gives the result. */
  get collect(): PhysicalPlan | undefined {
    return this.spec.roots.find((root) => root.kind === 'collect');
  }

  /** Calls back at each change of state; returns a function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #become(state: JobState): void {
    if (isTerminal(this.#state)) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }

  #end(canceled: boolean, error: Error | undefined): void {
    if (error instanceof MillraceError) error = error.withText(this.sql);
    this.#error = error;
    this.#become(error !== undefined ? 'FAILED' : canceled ? 'CANCELED' : 'FINISHED');
    this.#queue?.end(error);
    this.#settle();
  }

  pause(): void {
    if (this.#state !== 'RUNNING') throw this.#wrongState('pause', 'only a running job can be paused');
    this.#runner.pause();
    this.#become('PAUSED');
  }
  resume(): void {
    if (this.#state !== 'PAUSED') throw this.#wrongState('resume', 'only a paused job can be resumed');
    this.#runner.resume();
    this.#become('RUNNING');
  }
  /** Stops the job (with a savepoint, if it was told where they go); what it has given so far stays. Does nothing once it has ended. */
  async cancel(): Promise<void> {
    if (isTerminal(this.#state)) return;
    const { spec } = this;
    if (this.#savepoints !== undefined && spec.config.mode === 'streaming' && (await this.#stopped())) return;
    this.#runner.cancel();
    await this.ended;
  }
  /**
   * Stops the job with a savepoint in a directory of its own below `directory`; resolves with its path once it is complete. The job is then FINISHED.
   * `drain`: windows and all else that waits for time are sent out first. If the savepoint fails the job goes on.
   * @throws JOB_STATE (ended, or a bounded query), CONNECTOR_IO
   */
  async stop(
    directory: string,
    {
      drain = false,
      about = {},
    }: { readonly drain?: boolean; readonly about?: Readonly<Record<string, unknown>> } = {},
  ): Promise<string> {
    if (isTerminal(this.#state)) throw this.#wrongState('stop', 'it has no state any more');
    if (this.spec.config.mode === 'batch') throw this.#wrongState('stop', 'a bounded query has no savepoints');
    const { id, name, sql } = this;
    const path = await this.#runner.stop({
      directory: join(directory, savepointName(id)),
      drain,
      about: { ...about, job: { id, name, sql } },
    });
    await this.ended;
    this.#savepoint = path;
    return path;
  }
  /** Whether a savepoint could be made. */
  async #stopped(): Promise<boolean> {
    try {
      await this.stop(this.#savepoints!);
      return true;
    } catch {
      return false;
    }
  }
  readonly #savepoints: string | undefined;
  /** Where its state lies, if it was stopped with a savepoint. */
  get savepoint(): string | undefined {
    return this.#savepoint;
  }
  #savepoint: string | undefined;

  #wrongState(verb: string, hint: string): MillraceError {
    return new MillraceError('JOB_STATE', `cannot ${verb} job ${this.name}: it is ${this.#state}`, { hint });
  }

  /** Waits for the end; throws what made the job fail. */
  async wait(): Promise<void> {
    await this.ended;
    if (this.#error !== undefined) throw this.#error;
  }

  /** A part of the result as it is now: rows of the table, last changes. */
  /**
   * What each operator has dropped because it came too late: counts, and the last 1,000 rows of each. Operators without late rows are left out.
   *
   *   for (const { operator, dropped, rows } of await job.lateRows()) console.log(operator, dropped, rows.map((row) => JSON.parse(row)));
   */
  async lateRows(): Promise<readonly LateReport[]> {
    return (await this.query({ rows: 0, tail: 0, late: true })).late ?? [];
  }

  query(query: ResultQuery): Promise<ResultAnswer> {
    return this.#runner.query(query);
  }

  /**
   * Every change of the result in order, with back-pressure; for jobs that were started with `collect.changes`. Throws what made the job fail.
   * Leaving the loop early cancels the job, as nobody would take what it still gives.
   */
  changes(): AsyncIterable<Batch> {
    if (this.#queue === undefined) throw this.#wrongState('read the changes of', 'it keeps its result as a table');
    return this.#queue;
  }
}

/** Batches between the job and one reader: the job waits when the reader is behind. */
class ChangeQueue implements AsyncIterable<Batch> {
  readonly #batches: { readonly batch: Batch; readonly taken: () => void }[] = [];
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;
  #left = false;
  readonly #leave: () => void;

  constructor(leave: () => void) {
    this.#leave = leave;
  }

  push(batch: Batch): Promise<void> {
    if (this.#left) return Promise.resolve();
    return new Promise((taken) => {
      this.#batches.push({ batch, taken });
      this.#wake?.();
    });
  }
  end(error: Error | undefined): void {
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<Batch> {
    let current: { readonly taken: () => void } | undefined;
    try {
      for (;;) {
        const next = this.#batches.shift();
        if (next !== undefined) {
          current = next;
          yield next.batch;
          next.taken();
          continue;
        }
        if (this.#error !== undefined) throw this.#error;
        if (this.#ended) return;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      if (!this.#ended) {
        // The job waits for what was not taken: it must go on to see that it is cancelled.
        this.#left = true;
        this.#leave();
        current?.taken();
        for (const { taken } of this.#batches.splice(0)) taken();
      }
    }
  }
}
