/**
 * The fluent API. A Stream is immutable: each method gives a new one around a larger query; nothing runs until it is shown, printed or read.
 * Relational methods (where, select, groupBy, window, join, …) build the plan that the same Flink SQL builds; closures (map, filter, flatMap,
 * keyBy) run on the rows in the cell's own thread, with what they capture.
 *
 *   millrace.table('departures')
 *     .where((f) => f.delay.gt(15))
 *     .groupBy((f) => ({ origin: f.origin }))
 *     .aggregate((f) => ({ flights: count(), worst: max(f.delay) }))
 */
import { MillraceError } from '../errors.ts';
import type { LogicalPlan } from '../plan/logical.ts';
import type { Job } from '../runtime/job.ts';
import type { Session } from '../session.ts';
import { rowAt } from '../data/batch-rows.ts';
import { hostRow } from '../view/host-rows.ts';
import { JobView } from '../view/job-view.ts';
import { DEFAULT_VIEW, type ViewOptions } from '../view/view-options.ts';
import { type Column, type Columns, columnsOf, quoteIdentifier } from './column.ts';
import { ClosureStream } from './closure-stream.ts';
import type { Window } from './windows.ts';

/** The row that a record of columns makes. */
export type RowOf<C> = { [K in keyof C]: C[K] extends Column<infer V> ? V : never };
type Selection = Readonly<Record<string, Column<unknown>>>;
/** What a window adds to each row. */
export interface WindowBounds {
  readonly window_start: Date;
  readonly window_end: Date;
  readonly window_time: Date;
}

/** A change of an updating result: `kind` is +I, -U, +U or -D. */
export interface RowChange<T> {
  readonly kind: '+I' | '-U' | '+U' | '-D';
  readonly row: T;
}

export class Stream<T> {
  readonly #session: Session;
  /** The query in Flink SQL. */
  readonly sql: string;

  constructor(session: Session, sql: string) {
    this.#session = session;
    this.sql = sql;
  }

  #over<U>(sql: string): Stream<U> {
    return new Stream(this.#session, sql);
  }

  /** Rows for which the condition is TRUE. */
  where(condition: (row: Columns<T>) => Column<boolean>): Stream<T> {
    return this.#over(`SELECT * FROM (${this.sql}) WHERE ${condition(columnsOf<T>()).sql}`);
  }

  /** These columns instead. */
  select<C extends Selection>(columns: (row: Columns<T>) => C): Stream<RowOf<C>> {
    return this.#over(`SELECT ${listOf(columns(columnsOf<T>()))} FROM (${this.sql})`);
  }

  /** One group for each value of the keys; `aggregate` says what comes of a group. */
  groupBy<K extends Selection>(keys: (row: Columns<T>) => K): Grouped<T, RowOf<K>> {
    return new Grouped(this.#session, `(${this.sql})`, keys(columnsOf<T>()));
  }

  /** Windows over event time; `time` is the column that has the watermark. */
  window(time: (row: Columns<T>) => Column<unknown>, window: Window): Windowed<T> {
    const name = `w${this.sql.length}`;
    const call = window.sql(name, time(columnsOf<T>()).sql);
    return new Windowed(this.#session, name, this.sql, call);
  }

  /** The rows of both. */
  unionAll(other: Stream<T>): Stream<T> {
    return this.#over(`(${this.sql}) UNION ALL (${other.sql})`);
  }

  /** Rows of both sides for which `on` is TRUE; the columns are those that `select` names. */
  join<U, C extends Selection>(
    other: Stream<U>,
    on: (left: Columns<T>, right: Columns<U>) => Column<boolean>,
    select: (left: Columns<T>, right: Columns<U>) => C,
  ): Stream<RowOf<C>> {
    const [left, right] = [columnsOf<T>('l.'), columnsOf<U>('r.')];
    return this.#over(
      `SELECT ${listOf(select(left, right))} FROM (${this.sql}) AS l JOIN (${other.sql}) AS r ON ${on(left, right).sql}`,
    );
  }

  /** The first `rows` rows. */
  limit(rows: number): Stream<T> {
    return this.#over(`SELECT * FROM (${this.sql}) LIMIT ${Math.trunc(rows)}`);
  }

  /** Closures on each row, in order, in this thread. Updating results give their additions only; see `changes`. */
  map<U>(fn: (row: T) => U): ClosureStream<U> {
    return this.rows().map(fn);
  }
  filter(fn: (row: T) => boolean): ClosureStream<T> {
    return this.rows().filter(fn);
  }
  flatMap<U>(fn: (row: T) => Iterable<U>): ClosureStream<U> {
    return this.rows().flatMap(fn);
  }
  keyBy<K>(key: (row: T) => K): ReturnType<ClosureStream<T>['keyBy']> {
    return this.rows().keyBy(key as (row: T) => unknown);
  }

  /** The rows, one after the other. */
  rows(): ClosureStream<T> {
    const changes = (signal: AbortSignal): AsyncIterable<RowChange<T>> => this.#changes(signal);
    return new ClosureStream<T>(async function* (signal): AsyncIterable<T> {
      for await (const { kind, row } of changes(signal)) if (kind === '+I' || kind === '+U') yield row;
    });
  }

  /** Every change of the result. */
  changes(): AsyncIterable<RowChange<T>> {
    return this.#changes(undefined);
  }

  async *#changes(signal: AbortSignal | undefined): AsyncGenerator<RowChange<T>> {
    const job = await this.#start('changes');
    const cancel = (): void => void job.cancel();
    signal?.addEventListener('abort', cancel);
    try {
      const schema = job.schema!;
      for await (const batch of job.changes()) {
        for (let i = 0; i < batch.length; i++) {
          const kind = (['+I', '-U', '+U', '-D'] as const)[batch.kinds?.[i] ?? 0]!;
          yield { kind, row: hostRow(rowAt(batch, i), schema) as T };
        }
      }
    } finally {
      signal?.removeEventListener('abort', cancel);
      await job.cancel();
    }
  }

  /** Waits for the end of the input (which must be bounded) and gives the final rows. */
  async collect(): Promise<T[]> {
    const job = await this.#start('table');
    await job.wait();
    const { rows } = await job.query({ rows: Infinity, tail: 0 });
    return rows.map((row) => hostRow(row, job.schema!) as T);
  }

  /** Starts the query and gives its live view: as the last expression of a cell, or with `display()`, it draws itself. */
  async show(options: Partial<ViewOptions> = {}): Promise<JobView> {
    return new JobView(await this.#start('table'), { ...DEFAULT_VIEW, ...options });
  }

  /** Prints each change as Flink's print connector does, live. */
  print(): Promise<void> {
    return this.rows().print();
  }

  /** Writes into a table of the catalog; the job has started when the promise resolves. */
  async insertInto(table: string): Promise<Job> {
    const path = table.split('.').map(quoteIdentifier).join('.');
    const [result] = await this.#session.sql(`INSERT INTO ${path} ${this.sql}`);
    if (result?.kind !== 'jobs') throw new MillraceError('SQL_INVALID', 'an INSERT starts a job');
    return result.jobs[0]!;
  }

  /** The plan, as EXPLAIN prints it. */
  async explain(): Promise<string> {
    const [result] = await this.#session.sql(`EXPLAIN ${this.sql}`);
    return result?.kind === 'rows' ? String(result.rows[0]![0]) : '';
  }

  async #start(collect: 'changes' | 'table'): Promise<Job> {
    const [result] = await this.#session.sql(this.sql, { collect });
    if (result?.kind !== 'query') throw new MillraceError('SQL_INVALID', 'this stream is not a query');
    return result.job;
  }

  /** The logical plan, for tests: equal to that of the same SQL. */
  async plan(): Promise<LogicalPlan> {
    const [result] = await this.#session.sql(this.sql, { collect: 'changes' });
    if (result?.kind !== 'query') throw new MillraceError('SQL_INVALID', 'this stream is not a query');
    await result.job.cancel();
    return result.plan;
  }
}

/** A stream in groups. */
export class Grouped<T, K> {
  readonly #session: Session;
  readonly #from: string;
  readonly #keys: Selection;
  readonly #fixed: readonly string[];
  readonly #with: string;

  constructor(session: Session, from: string, keys: Selection, fixed: readonly string[] = [], withClause = '') {
    this.#session = session;
    this.#from = from;
    this.#keys = keys;
    this.#fixed = fixed;
    this.#with = withClause;
  }

  /** Keys and aggregates of each group. Over windows each group gives one row when its window closes, else the result updates. */
  aggregate<C extends Selection>(aggregates: (row: Columns<T>) => C): Stream<K & RowOf<C>> {
    const keys = Object.values(this.#keys).map(({ sql }) => sql);
    const columns = [listOf(this.#keys), ...this.#fixed, listOf(aggregates(columnsOf<T>()))].filter(
      (part) => part !== '',
    );
    const groups = [...keys, ...this.#fixed];
    const by = groups.length === 0 ? '' : ` GROUP BY ${groups.join(', ')}`;
    return new Stream(this.#session, `${this.#with}SELECT ${columns.join(', ')} FROM ${this.#from}${by}`);
  }
}

/** A stream in windows. */
export class Windowed<T> {
  readonly #session: Session;
  readonly #with: string;
  readonly #call: string;

  constructor(session: Session, name: string, input: string, windowCall: string) {
    this.#session = session;
    this.#with = `WITH ${name} AS (${input}) `;
    this.#call = windowCall;
  }
  groupBy<K extends Selection>(
    keys: (row: Columns<T>) => K,
  ): Grouped<T & WindowBounds, RowOf<K> & Omit<WindowBounds, 'window_time'>> {
    const fixed = ['window_start', 'window_end'];
    return new Grouped(this.#session, `TABLE(${this.#call})`, keys(columnsOf<T>()), fixed, this.#with);
  }
  /** One group a window. */
  aggregate<C extends Selection>(
    aggregates: (row: Columns<T & WindowBounds>) => C,
  ): Stream<Omit<WindowBounds, 'window_time'> & RowOf<C>> {
    return this.groupBy(() => ({})).aggregate(aggregates) as never;
  }
}

const listOf = (columns: Selection): string =>
  Object.entries(columns)
    .map(([name, { sql }]) => `${sql} AS ${quoteIdentifier(name)}`)
    .join(', ');
