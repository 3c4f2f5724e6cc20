/** Where streams come from: tables of the session, SQL, sockets, values of the host. In a notebook this is the global `millrace`. */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { MillraceError } from '../errors.ts';
import type { Session } from '../session.ts';
import { typeToString } from '../types/type.ts';
import type { HostAggregate } from '../udf/aggregate.ts';
import { defineAggregate, defineScalar, defineTable, type FunctionTypes, type ScalarTypes } from '../udf/define.ts';
import type { ColumnFunction, RowFunction } from '../udf/scalar.ts';
import type { RowsFunction } from '../udf/table.ts';
import { schemaOfRows } from './host-schema.ts';
import * as columns from './column.ts';
import * as windows from './windows.ts';
import { ClosureStream } from './closure-stream.ts';
import { Stream } from './stream.ts';

export class Streams {
  readonly session: Session;
  /** Aggregates and windows, so that a cell needs no import. */
  readonly count: typeof columns.count = columns.count;
  readonly countDistinct: typeof columns.countDistinct = columns.countDistinct;
  readonly sum: typeof columns.sum = columns.sum;
  readonly avg: typeof columns.avg = columns.avg;
  readonly min: typeof columns.min = columns.min;
  readonly max: typeof columns.max = columns.max;
  readonly filtered: typeof columns.filtered = columns.filtered;
  readonly call: typeof columns.call = columns.call;
  readonly tumble: typeof windows.tumble = windows.tumble;
  readonly hop: typeof windows.hop = windows.hop;
  readonly cumulate: typeof windows.cumulate = windows.cumulate;
  #bound = 0;

  constructor(session: Session) {
    this.session = session;
  }

  /** A table or view of the catalog. `T` is its row type; without it every column is accepted when written and checked when run. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the catalog's types are not known to the compiler
  table<T = any>(name: string): Stream<T> {
    if (!this.session.hasTable(name)) {
      throw new MillraceError('SQL_UNKNOWN_TABLE', `table "${name}" does not exist`, { hint: '%tables lists them' });
    }
    return new Stream(this.session, `SELECT * FROM ${name.split('.').map(columns.quoteIdentifier).join('.')}`);
  }

  /** A query in Flink SQL. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the query's types are not known to the compiler
  query<T = any>(sql: string): Stream<T> {
    return new Stream(this.session, sql.trim().replace(/;$/, ''));
  }

  /** Statements of Flink SQL, one after the other: DDL, SET, INSERT. */
  async execute(sql: string): Promise<void> {
    await this.session.sql(sql);
  }

  /** Rows of the host; the columns' types follow from the values. `name`: the table that SQL sees. */
  from<T extends object>(rows: readonly T[], name = `rows_${++this.#bound}`): Stream<T> {
    const { schema, batch } = schemaOfRows(rows as readonly Record<string, unknown>[]);
    this.session.bindTable(name, schema, [batch]);
    return this.table<T>(name);
  }

  /** Lines of text from a socket; ends when the other side closes. */
  socket(host: string, port: number): ClosureStream<string> {
    return new ClosureStream(async function* (signal) {
      const socket = connect({ host, port });
      signal.addEventListener('abort', () => socket.destroy());
      try {
        await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
      } catch (cause) {
        throw new MillraceError('CONNECTOR_IO', `${host}:${port} cannot be reached: ${(cause as Error).message}`, {
          hint: `start something that listens there, for example: nc -lk ${port}`,
          cause,
        });
      }
      yield* createInterface({ input: socket, crlfDelay: Infinity });
    });
  }

  /** The values of any (async) iterable. */
  iterable<T>(values: AsyncIterable<T> | Iterable<T>): ClosureStream<T> {
    return new ClosureStream<T>(async function* (): AsyncIterable<T> {
      yield* values;
    });
  }

  /**
   * Makes a function of the cell one of SQL: `SELECT celsius(temp) FROM readings`. Types come from its TypeScript, or are given.
   *
   *   millrace.udf('celsius', (f: number): number => (f - 32) / 1.8)
   *   millrace.udf('square', { args: ['DOUBLE'], returns: 'DOUBLE', vectorized: true }, (x: Float64Array) => x.map((v) => v * v))
   *
   * A definition takes the place of an earlier one of that name; queries that run keep theirs. NULL arguments give NULL, unless a parameter's type has
   * null in it. @throws SQL_TYPE when the types are not known
   */
  udf(name: string, fn: RowFunction): void;
  udf(name: string, types: ScalarTypes, fn: RowFunction | ColumnFunction): void;
  udf(name: string, ...rest: [RowFunction] | [ScalarTypes, RowFunction | ColumnFunction]): void {
    if (rest.length === 1) defineScalar(this.session, name, {}, rest[0]);
    else defineScalar(this.session, name, ...rest);
  }

  /**
   * A table function: the rows that it makes of each row.
   *
   *   millrace.udtf('words', function* (line: string): Iterable<{ word: string; length: number }> {
   *     for (const word of line.split(' ')) yield { word, length: word.length };
   *   });
   *   SELECT word FROM lines, LATERAL TABLE(words(line))
   */
  udtf(name: string, fn: RowsFunction): void;
  udtf(name: string, types: FunctionTypes, fn: RowsFunction): void;
  udtf(name: string, ...rest: [RowsFunction] | [FunctionTypes, RowsFunction]): void {
    if (rest.length === 1) defineTable(this.session, name, {}, rest[0]);
    else defineTable(this.session, name, ...rest);
  }

  /**
   * An aggregate function, for GROUP BY, windows and OVER.
   *
   *   millrace.udaf('weighted_avg', { args: ['DOUBLE', 'DOUBLE'], returns: 'DOUBLE' }, {
   *     create: () => ({ sum: 0, weight: 0 }),
   *     accumulate(a, value, weight) { a.sum += value * weight; a.weight += weight; },
   *     retract(a, value, weight) { a.sum -= value * weight; a.weight -= weight; },
   *     merge(a, b) { a.sum += b.sum; a.weight += b.weight; },
   *     value: (a) => (a.weight === 0 ? null : a.sum / a.weight),
   *   });
   */
  udaf<A>(name: string, fn: HostAggregate<A>): void;
  udaf<A>(name: string, types: FunctionTypes, fn: HostAggregate<A>): void;
  udaf(name: string, ...rest: [HostAggregate] | [FunctionTypes, HostAggregate]): void {
    if (rest.length === 1) defineAggregate(this.session, name, {}, rest[0]);
    else defineAggregate(this.session, name, ...rest);
  }

  /** Columns and types of a table, as text. */
  async describe(name: string): Promise<string> {
    const { schema } = await this.session.snapshot(name);
    return schema.map((column) => `${column.name} ${typeToString(column.type)}`).join('\n');
  }
}
