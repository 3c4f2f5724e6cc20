/** Runs a bounded query on DuckDB behind the same face as any job. What DuckDB cannot finish goes on the embedded engine. */
import { batchOf, rowsOf } from '../data/batch-rows.ts';
import { systemClock } from '../runtime/clock.ts';
import { type JobMetrics, NO_METRICS } from '../runtime/job-spec.ts';
import { EMPTY_ANSWER, type Runner, type RunnerEvents } from '../runtime/runner.ts';
import type { ResultAnswer, ResultQuery } from '../runtime/worker-protocol.ts';
import { MillraceError } from '../errors.ts';
import type { Schema } from '../types/schema.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { ResultTable } from '../view/result-table.ts';
import { DuckDB } from './duckdb.ts';

export interface DuckDBQuery {
  readonly sql: string;
  readonly schema: Schema;
  readonly baseDirectory: string;
  readonly timeZone: string;
  /** Rows kept for views; all are sent to `changes`. */
  readonly limit: number;
}

export class DuckDBRunner implements Runner {
  readonly #query: DuckDBQuery;
  readonly #events: RunnerEvents;
  /** Makes the runner that takes over when DuckDB fails. */
  readonly #embedded: () => Runner;
  readonly #result: ResultTable;
  readonly #abort = new AbortController();
  #fallback: Runner | undefined;
  #metrics: JobMetrics = NO_METRICS;

  constructor(query: DuckDBQuery, events: RunnerEvents, embedded: () => Runner) {
    this.#query = query;
    this.#events = events;
    this.#embedded = embedded;
    this.#result = new ResultTable({ updating: false, limit: query.limit });
  }

  get metrics(): JobMetrics {
    return this.#fallback?.metrics ?? this.#metrics;
  }

  start(): void {
    this.#events.running();
    void this.#run();
  }

  async #run(): Promise<void> {
    const started = systemClock.monotonic();
    const { sql, schema, baseDirectory, timeZone } = this.#query;
    try {
      const database = await DuckDB.open(async () => undefined, baseDirectory, timeZone);
      const { schema: columns, batches } = await database.run(sql, this.#abort.signal);
      database.close();
      for (const batch of batches) {
        const rows = rowsOf(batch).map((row) => row.map((value, i) => fit(value, columns[i]!.type, schema[i]!.type)));
        const fitted = batchOf(schema, rows);
        this.#result.push(fitted);
        await this.#events.changes(fitted);
      }
    } catch {
      if (this.#abort.signal.aborted) return this.#events.ended({ canceled: true, error: undefined });
      this.#fallback = this.#embedded();
      return this.#fallback.start();
    }
    this.#metrics = { ...NO_METRICS, rowsOut: this.#result.changes, elapsed: systemClock.monotonic() - started };
    this.#events.ended({ canceled: this.#abort.signal.aborted, error: undefined });
  }

  pause(): void {
    this.#fallback?.pause();
  }
  resume(): void {
    this.#fallback?.resume();
  }
  cancel(): void {
    this.#abort.abort();
    this.#fallback?.cancel();
  }
  async stop(): Promise<string> {
    throw new MillraceError('JOB_STATE', 'a bounded query has no savepoints');
  }
  async query(query: ResultQuery): Promise<ResultAnswer> {
    if (this.#fallback !== undefined) return this.#fallback.query(query);
    const { rows, tail } = query;
    return {
      ...EMPTY_ANSWER,
      rows: rows > 0 ? this.#result.rows(rows) : [],
      tail: tail > 0 ? this.#result.tail(tail) : [],
      size: this.#result.size,
      changes: this.#result.changes,
      dropped: this.#result.dropped,
    };
  }
}

/** DuckDB's timestamps have microseconds and its sums are wide: the same value in the form of the plan's type. */
function fit(value: Value, from: DataType, to: DataType): Value {
  if (value === null) return null;
  switch (to.kind) {
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return to.precision <= 3 && typeof value === 'bigint' ? Number(value / 1_000_000n) : value;
    case 'BIGINT':
      return BigInt(value as number | bigint);
    case 'DECIMAL': {
      const scale = from.kind === 'DECIMAL' ? from.scale : 0;
      return BigInt(value as number | bigint) * 10n ** BigInt(to.scale - scale);
    }
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return Number(value);
    default:
      return value;
  }
}
