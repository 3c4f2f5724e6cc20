/** What the connector jdbc needs of a database, and the SQL that all of them understand. */
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';

/** A row as the database's driver gives it, in the order of the selected columns. */
export type RawRow = readonly unknown[];

export interface Statement {
  readonly sql: string;
  readonly params: readonly unknown[];
}

export interface JdbcDatabase {
  /** `PostgreSQL at localhost:5432/shop`: for messages. */
  readonly name: string;
  /** Most parameters of one statement. */
  readonly mostParams: number;
  /** The mark of parameter `i`, from 1. */
  mark(i: number): string;
  /** How a column is selected so that `toValue` can read it. */
  select(column: string, type: DataType): string;
  toValue(raw: unknown, type: DataType): Value;
  toParam(value: Value, type: DataType): unknown;
  /** Rows in portions of about `fetchSize`. */
  query(statement: Statement, fetchSize: number): AsyncIterable<readonly RawRow[]>;
  /** All of them, or none. */
  execute(statements: readonly Statement[]): Promise<void>;
  close(): Promise<void>;
}

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** `schema.table`: each part in quotes. */
export const quotePath = (name: string): string => name.split('.').map(quoteName).join('.');

/** INSERT of several rows; with a key it sets the row of each key. The same in PostgreSQL, SQLite and DuckDB. */
export function insertSql(
  database: JdbcDatabase,
  table: string,
  columns: readonly string[],
  rows: number,
  key: readonly string[],
): string {
  const tuple = (row: number): string =>
    `(${columns.map((_, i) => database.mark(row * columns.length + i + 1)).join(', ')})`;
  const values = Array.from({ length: rows }, (_, row) => tuple(row)).join(', ');
  const insert = `INSERT INTO ${quotePath(table)} (${columns.map(quoteName).join(', ')}) VALUES ${values}`;
  if (key.length === 0) return insert;
  const rest = columns.filter((column) => !key.includes(column));
  const change =
    rest.length === 0
      ? 'DO NOTHING'
      : `DO UPDATE SET ${rest.map((column) => `${quoteName(column)} = EXCLUDED.${quoteName(column)}`).join(', ')}`;
  return `${insert} ON CONFLICT (${key.map(quoteName).join(', ')}) ${change}`;
}

/** DELETE of the rows of several keys. */
export function deleteSql(database: JdbcDatabase, table: string, key: readonly string[], rows: number): string {
  return `DELETE FROM ${quotePath(table)} WHERE ${keysSql(database, key, rows)}`;
}

/** `(k = ? AND l = ?) OR (..)` */
export function keysSql(database: JdbcDatabase, key: readonly string[], rows: number): string {
  const one = (row: number): string =>
    `(${key.map((name, i) => `${quoteName(name)} = ${database.mark(row * key.length + i + 1)}`).join(' AND ')})`;
  return Array.from({ length: rows }, (_, row) => one(row)).join(' OR ');
}
