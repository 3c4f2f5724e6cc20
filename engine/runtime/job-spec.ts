/** What a job is told and what it tells: plain data, because a job may run in another thread. */
import type { ErrorCode, Span } from '../errors.ts';
import { MillraceError } from '../errors.ts';
import type { ConstraintOptions } from '../ops/constraints.ts';
import type { PhysicalPlan } from '../plan/physical.ts';
import type { EpochMs, Ms } from '../types/value.ts';
import type { RestoreSpec } from './savepoint.ts';

export interface JobConfig {
  readonly timeZone: string;
  /** Relative paths of connectors resolve against it. */
  readonly baseDirectory: string;
  readonly mode: 'streaming' | 'batch';
  /** When the job was made: the one moment that a bounded query sees. */
  readonly now: EpochMs;
  /** pipeline.auto-watermark-interval: a watermark is sent when event time has risen by more than this; 0 = at each rise. */
  readonly watermarkInterval: Ms;
  /** table.exec.source.idle-timeout; 0 = off. */
  readonly idleTimeout: Ms;
  /** table.exec.interval-join.min-cleanup-interval: rows of interval joins without a partner stay for this much longer. */
  readonly intervalJoinCleanUp: Ms;
  /** table.exec.state.ttl: state that was not written for so long counts as gone; 0 = never. */
  readonly stateTtl: Ms;
  /** parallelism.default: readers that Flink would run; it decides which files are read side by side, never how many threads work. */
  readonly parallelism: number;
  /** Threads that decode large files; 0 = none but the job's own. */
  readonly decoders: number;
  /** Rows of an append-only result that are kept for views and snapshots. */
  readonly resultLimit: number;
  /** Changes of updating operators: one for each input row, as Flink without mini-batch, or the net change of each batch (views). */
  readonly changes: 'per-record' | 'net';
  /** table.exec.mini-batch.*: changes of aggregates come once for so many rows. */
  readonly miniBatch: { readonly size: number; readonly latency: Ms } | undefined;
  /** table.exec.sink.*-enforcer: what sinks demand of their rows. */
  readonly constraints: ConstraintOptions;
}

export interface JobSpec {
  /** Ends of the plans: sinks, or one collect. Nodes used twice are the same object. */
  readonly roots: readonly PhysicalPlan[];
  readonly config: JobConfig;
  /** Keys of the functions that the plans call. */
  readonly functions?: readonly string[] | undefined;
  /** Whether the result's changes are sent one by one to a reader (CLI, `for await`), kept as a table (views), or both. */
  readonly collect: { readonly changes: boolean; readonly table: boolean };
  /** The savepoint that it goes on from. */
  readonly restore?: RestoreSpec | undefined;
}

export type JobState = 'CREATED' | 'RUNNING' | 'PAUSED' | 'FINISHED' | 'FAILED' | 'CANCELED';
export const isTerminal = (state: JobState): boolean =>
  state === 'FINISHED' || state === 'FAILED' || state === 'CANCELED';

export interface JobMetrics {
  readonly rowsIn: number;
  /** Rows (changes) that left: into sinks or into the result. */
  readonly rowsOut: number;
  readonly bytesIn: number;
  /** Event time reached at the end of the plan; undefined before the first watermark, Infinity after the last. */
  readonly watermark: EpochMs | undefined;
  /** Dropped because they came after their window (Flink's numLateRecordsDropped). */
  readonly lateRows: number;
  /** Rows that could not be decoded and were skipped because the table says so. */
  readonly skippedRows: number;
  readonly stateRows: number;
  readonly stateBytes: number;
  /** Milliseconds that the job has been running. */
  readonly elapsed: Ms;
}

export const NO_METRICS: JobMetrics = {
  rowsIn: 0,
  rowsOut: 0,
  bytesIn: 0,
  watermark: undefined,
  lateRows: 0,
  skippedRows: 0,
  stateRows: 0,
  stateBytes: 0,
  elapsed: 0,
};

/** An error that crosses threads without losing code, place and hint. */
export interface ErrorMessage {
  readonly code: ErrorCode | undefined;
  readonly reason: string;
  readonly span: Span | undefined;
  readonly hint: string | undefined;
  readonly text: string | undefined;
  readonly stack: string | undefined;
}

export function toErrorMessage(error: unknown): ErrorMessage {
  if (error instanceof MillraceError) {
    const { code, reason, span, hint, text, stack } = error;
    return { code, reason, span, hint, text, stack };
  }
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
  return { code: undefined, reason: message, span: undefined, hint: undefined, text: undefined, stack };
}

export function fromErrorMessage({ code, reason, span, hint, text, stack }: ErrorMessage): Error {
  const error = code === undefined ? new Error(reason) : new MillraceError(code, reason, { span, hint, text });
  if (stack !== undefined) error.stack = stack;
  return error;
}
