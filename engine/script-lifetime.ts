/** How long a script runs and what is left of it: `--for`, `--savepoint`, `--resume`, and the signals that end it. */
import { resolve } from 'node:path';
import { MillraceError } from './errors.ts';
import { isTerminal } from './runtime/job-spec.ts';
import type { Job } from './runtime/job.ts';
import type { ScriptStatement } from './sql/parse.ts';
import { findSavepoint, SavepointReader } from './state/savepoint-files.ts';
import type { Ms } from './types/value.ts';

export interface LifetimeOptions {
  /** The directory in which the job that runs at the end leaves a savepoint. */
  readonly savepoint: string | undefined;
  /** A savepoint, or a directory of savepoints: the newest. */
  readonly resume: string | undefined;
  /** The script ends after this time (ms). */
  readonly for: Ms | undefined;
}

/** Follows a script from statement to statement; stops its job when the script is to end. */
export class ScriptLifetime {
  readonly #options: LifetimeOptions;
  readonly #warn: (text: string) => void;
  readonly #resume: { readonly path: string; readonly statement: number } | undefined;
  #running: { readonly job: Job; readonly statement: number } | undefined;
  #stopping: Promise<void> | undefined;
  #dispose: () => void = () => {};

  /** Throws STATE_RESTORE when there is no savepoint to resume from. */
  constructor(options: LifetimeOptions, warn: (text: string) => void) {
    this.#options = options;
    this.#warn = warn;
    if (options.resume === undefined) return;
    const path = findSavepoint(options.resume, process.cwd());
    const statement = Number(new SavepointReader(path).data['statement'] ?? 1);
    this.#resume = { path, statement };
  }

  /** Begins to listen: to the clock, and with `--savepoint` to SIGINT and SIGTERM. */
  begin(): void {
    const end = (): void => void (this.#stopping ??= this.#stop());
    const timer = this.#options.for === undefined ? undefined : setTimeout(end, this.#options.for);
    const signals = this.#options.savepoint === undefined ? [] : (['SIGINT', 'SIGTERM'] as const);
    for (const signal of signals) process.once(signal, end);
    this.#dispose = () => {
      clearTimeout(timer);
      for (const signal of signals) process.off(signal, end);
    };
  }
  /** Resolves when a stop that is under way is complete. */
  async end(): Promise<void> {
    this.#dispose();
    await this.#stopping;
  }

  /** Whether no further statement is to run. */
  get isOver(): boolean {
    return this.#stopping !== undefined;
  }

  /** Whether the statement's job had ended before the savepoint was made. */
  isDone(statement: ScriptStatement): boolean {
    if (this.#resume === undefined || statement.number >= this.#resume.statement) return false;
    const { kind } = statement.statement ?? {};
    return kind === 'queryStatement' || kind === 'insert' || kind === 'statementSet';
  }

  /** Options of the statement that goes on from the savepoint. */
  configOf(statement: ScriptStatement): Readonly<Record<string, string>> {
    if (statement.number !== this.#resume?.statement) return {};
    return { 'execution.state-recovery.path': this.#resume.path };
  }

  started(job: Job, { number }: ScriptStatement): void {
    this.#running = { job, statement: number };
    // The time was over before the job had begun.
    if (this.#stopping !== undefined) this.#stopping = this.#stopping.then(() => this.#stop());
  }

  async #stop(): Promise<void> {
    const { savepoint } = this.#options;
    if (this.#running === undefined || isTerminal(this.#running.job.state)) return;
    const { job, statement } = this.#running;
    if (savepoint === undefined) return job.cancel();
    try {
      const path = await job.stop(resolve(savepoint), { about: { statement } });
      this.#warn(`savepoint ${path}\n`);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      // A job that has come to its end by itself needs no savepoint.
      if (error.code !== 'JOB_STATE') this.#warn(`millrace sql: ${error.reason}\n`);
      await job.cancel();
    }
  }
}
