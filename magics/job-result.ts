/** What `-o NAME` puts into a variable: the live result of a job. */
import { type Job, type Schema, hostRows } from '../engine/index.ts';

export class JobResult {
  readonly job: Job;

  constructor(job: Job) {
    this.job = job;
  }
  /** The columns of the result. */
  get schema(): Schema {
    return this.job.schema ?? [];
  }
  /** The rows as they are now, at most the last `limit`; while the job runs each call may give more. */
  async rows(limit = Infinity): Promise<Record<string, unknown>[]> {
    const { rows } = await this.job.query({ rows: limit, tail: 0 });
    return hostRows(rows, this.schema);
  }
  /** Waits for the end of the job; throws what made it fail. */
  async wait(): Promise<this> {
    await this.job.wait();
    return this;
  }
  /** Cancels the job; what it has given stays. */
  cancel(): Promise<void> {
    return this.job.cancel();
  }
}
