/** SHOW JOBS and DESCRIBE JOB, with Flink's columns. */
import type { StatementResult } from './session.ts';
import type { Job } from './runtime/job.ts';
import type { Schema } from './types/schema.ts';
import { STRING, TIMESTAMP_LTZ } from './types/type.ts';

const columns: Schema = [
  ...['job id', 'job name', 'status'].map((name) => ({ name, type: STRING })),
  { name: 'start time', type: TIMESTAMP_LTZ(6) },
];

/** One row a job, the newest first. */
export function jobRows(jobs: readonly Job[]): Extract<StatementResult, { kind: 'rows' }> {
  const rows = jobs.toReversed().map((job) => [job.id, job.name, job.state, startOf(job)]);
  return { kind: 'rows', columns, rows };
}

/** Nanoseconds, as TIMESTAMP_LTZ(6) is held. */
const startOf = (job: Job): bigint => BigInt(job.spec.config.now) * 1_000_000n;
