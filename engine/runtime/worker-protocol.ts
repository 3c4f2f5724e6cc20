/** Messages between a job's owner and the worker that runs it. */
import type { Value } from '../types/value.ts';
import type { ErrorMessage, JobMetrics, JobSpec } from './job-spec.ts';
import type { StopRequest } from './savepoint.ts';
import type { RemoteFunctions } from './user-caller.ts';
import type { BatchMessage } from './wire.ts';

export type ToWorker =
  /** `functions`: the way to functions of the user, if the job calls any. */
  | { readonly kind: 'start'; readonly spec: JobSpec; readonly functions: RemoteFunctions | undefined }
  | { readonly kind: 'pause' | 'resume' | 'cancel' }
  | { readonly kind: 'stop'; readonly request: StopRequest }
  /** The owner has taken so many batches of changes: the worker may send as many more. */
  | { readonly kind: 'credit'; readonly batches: number }
  | { readonly kind: 'query'; readonly id: number; readonly query: ResultQuery };

export type FromWorker =
  | { readonly kind: 'running' }
  | { readonly kind: 'metrics'; readonly metrics: JobMetrics }
  | { readonly kind: 'changes'; readonly batch: BatchMessage }
  | { readonly kind: 'print'; readonly text: string; readonly stream: 'stdout' | 'stderr' }
  /** The answer to `stop`: where the savepoint lies, or why there is none. */
  | { readonly kind: 'stopped'; readonly path: string | undefined; readonly error: ErrorMessage | undefined }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: ResultAnswer }
  | {
      readonly kind: 'ended';
      readonly metrics: JobMetrics;
      /** For a thread that ends with the job. */
      readonly late: readonly LateReport[];
      readonly canceled: boolean;
      readonly error: ErrorMessage | undefined;
    };

/** What can be asked of a result that is kept as a table. */
export interface ResultQuery {
  /** Rows of the table, the last `rows` of it; 0 = none. */
  readonly rows: number;
  /** The last so many changes; 0 = none. */
  readonly tail: number;
  /** Whether rows that came too late are asked for. */
  readonly late?: boolean | undefined;
}
export interface ResultAnswer {
  readonly rows: readonly (readonly Value[])[];
  readonly tail: readonly { readonly kind: number; readonly row: readonly Value[] }[];
  /** Rows in the table (of which `rows` may be a part) and changes so far: a view redraws only when `changes` moved. */
  readonly size: number;
  readonly changes: number;
  readonly dropped: number;
  readonly late?: readonly LateReport[] | undefined;
}

/** What an operator has dropped because it came too late. */
export interface LateReport {
  /** Name of the operator, as in EXPLAIN and %job. */
  readonly operator: string;
  /** How many rows since the job began (or since the savepoint that it took up). */
  readonly dropped: number;
  /** The last of them, at most 1,000, as JSON objects: `{"id":1,"ts":"2024-01-01T10:00:02"}`. */
  readonly rows: readonly string[];
}

/** Batches of changes that may be under way to the owner. */
export const CHANGES_CREDIT = 16;
