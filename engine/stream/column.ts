/**
 * Column expressions of the fluent API. An expression is the Flink SQL text that it stands for, so both are planned alike and a script can be
 * printed and sent to a cluster. Values of the host enter as literals, never as pasted text.
 *
 *   flights.where((f) => f.delay.gt(15).and(f.origin.in(['JFK', 'LGA'])))
 */
import { MillraceError } from '../errors.ts';

/** An expression of type V (its JavaScript form, as `hostValue` gives it). */
export class Column<V> {
  readonly sql: string;
  declare readonly value: V;

  constructor(sql: string) {
    this.sql = sql;
  }
  eq(other: Operand<V>): Column<boolean> {
    return new Column(`(${this.sql} = ${sqlOf(other)})`);
  }
  ne(other: Operand<V>): Column<boolean> {
    return new Column(`(${this.sql} <> ${sqlOf(other)})`);
  }
  gt(other: Operand<V>): Column<boolean> {
    return new Column(`(${this.sql} > ${sqlOf(other)})`);
  }
  ge(other: Operand<V>): Column<boolean> {
    return new Column(`(${this.sql} >= ${sqlOf(other)})`);
  }
  lt(other: Operand<V>): Column<boolean> {
    return new Column(`(${this.sql} < ${sqlOf(other)})`);
  }
  le(other: Operand<V>): Column<boolean> {
    return new Column(`(${this.sql} <= ${sqlOf(other)})`);
  }
  between(low: Operand<V>, high: Operand<V>): Column<boolean> {
    return new Column(`(${this.sql} BETWEEN ${sqlOf(low)} AND ${sqlOf(high)})`);
  }
  in(values: readonly V[]): Column<boolean> {
    return new Column(`(${this.sql} IN (${values.map(literal).join(', ')}))`);
  }
  isNull(): Column<boolean> {
    return new Column(`(${this.sql} IS NULL)`);
  }
  isNotNull(): Column<boolean> {
    return new Column(`(${this.sql} IS NOT NULL)`);
  }
  like(pattern: string): Column<boolean> {
    return new Column(`(${this.sql} LIKE ${literal(pattern)})`);
  }
  and(other: Column<boolean>): Column<boolean> {
    return new Column(`(${this.sql} AND ${other.sql})`);
  }
  or(other: Column<boolean>): Column<boolean> {
    return new Column(`(${this.sql} OR ${other.sql})`);
  }
  not(): Column<boolean> {
    return new Column(`(NOT ${this.sql})`);
  }
  plus(other: Operand<V>): Column<V> {
    return new Column(`(${this.sql} + ${sqlOf(other)})`);
  }
  minus(other: Operand<V>): Column<V> {
    return new Column(`(${this.sql} - ${sqlOf(other)})`);
  }
  times(other: Operand<V>): Column<V> {
    return new Column(`(${this.sql} * ${sqlOf(other)})`);
  }
  dividedBy(other: Operand<V>): Column<V> {
    return new Column(`(${this.sql} / ${sqlOf(other)})`);
  }
  /** CAST to a type in SQL's words: `'DOUBLE'`, `'TIMESTAMP(3)'`. */
  cast<W = unknown>(type: string): Column<W> {
    return new Column(`CAST(${this.sql} AS ${type})`);
  }
  /** Any SQL function with this as its first argument: `f.name.call('UPPER')`. */
  call<W = unknown>(name: string, ...args: readonly (Column<unknown> | HostLiteral)[]): Column<W> {
    return call(name, this, ...args);
  }
}

/** What may stand in a literal. */
export type HostLiteral = string | number | bigint | boolean | Date | null;
type Operand<V> = Column<V> | (V extends HostLiteral ? V | (V extends bigint ? number : never) : never);

/** Columns of a row type, by name. */
export type Columns<T> = { readonly [K in keyof T]-?: Column<T[K]> };

/** A name of any spelling. */
export const quoteIdentifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/** A SQL function call. */
export function call<W = unknown>(name: string, ...args: readonly (Column<unknown> | HostLiteral)[]): Column<W> {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new MillraceError('SQL_UNKNOWN_FUNCTION', `"${name}" is no function name`);
  return new Column(`${name}(${args.map(sqlOf).join(', ')})`);
}

/** A literal of the host's value. @throws SQL_TYPE for a value without a literal */
export function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  switch (typeof value) {
    case 'string':
      return `'${value.replaceAll("'", "''")}'`;
    case 'bigint':
    case 'boolean':
      return String(value).toUpperCase();
    case 'number':
      if (Number.isInteger(value)) return String(value);
      return Number.isFinite(value) ? `CAST(${value} AS DOUBLE)` : `CAST('${value}' AS DOUBLE)`;
    default:
      if (value instanceof Date) return `TIMESTAMP '${value.toISOString().slice(0, 23).replace('T', ' ')}'`;
      throw new MillraceError('SQL_TYPE', `a value of type ${typeof value} cannot stand in an expression`);
  }
}

function sqlOf(operand: unknown): string {
  return operand instanceof Column ? operand.sql : literal(operand);
}

/** Gives a Column for every name that is asked for. */
export function columnsOf<T>(prefix = ''): Columns<T> {
  return new Proxy({} as Columns<T>, {
    get: (_target, name) => new Column(prefix + quoteIdentifier(String(name))),
  });
}

/** Aggregates. */
export const count = (column?: Column<unknown>): Column<bigint> => new Column(`COUNT(${column?.sql ?? '*'})`);
export const countDistinct = (column: Column<unknown>): Column<bigint> => new Column(`COUNT(DISTINCT ${column.sql})`);
export const sum = <V>(column: Column<V>): Column<V> => new Column(`SUM(${column.sql})`);
export const avg = <V>(column: Column<V>): Column<V> => new Column(`AVG(${column.sql})`);
export const min = <V>(column: Column<V>): Column<V> => new Column(`MIN(${column.sql})`);
export const max = <V>(column: Column<V>): Column<V> => new Column(`MAX(${column.sql})`);
/** An aggregate over the rows where `condition` is true. */
export const filtered = <V>(aggregate: Column<V>, condition: Column<boolean>): Column<V> =>
  new Column(`${aggregate.sql} FILTER (WHERE ${condition.sql})`);
