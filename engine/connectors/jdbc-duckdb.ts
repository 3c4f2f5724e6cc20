import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { duckType, toDuckDB } from '../batch/duckdb-types.ts';
import { valueOfDuckDB } from '../batch/duckdb-values.ts';
import { MillraceError } from '../errors.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { quoteName, type JdbcDatabase, type RawRow, type Statement } from './jdbc-database.ts';

/** Files of DuckDB. Columns are cast there to the types that the table declares. */
export class DuckDBFile implements JdbcDatabase {
  readonly name: string;
  readonly mostParams = 30_000;
  readonly #connection: DuckDBConnection;

  private constructor(path: string, connection: DuckDBConnection) {
    this.name = `DuckDB file ${path}`;
    this.#connection = connection;
  }

  static async open(path: string): Promise<DuckDBFile> {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    try {
      const instance = await DuckDBInstance.fromCache(path);
      return new DuckDBFile(path, await instance.connect());
    } catch (error) {
      throw new MillraceError('CONNECTOR_IO', `DuckDB file ${path}: ${(error as Error).message}`, { cause: error });
    }
  }

  mark(i: number): string {
    return `$${i}`;
  }
  select(column: string, type: DataType): string {
    return `CAST(${quoteName(column)} AS ${duckType(type)})`;
  }
  toValue(raw: unknown, type: DataType): Value {
    return raw === null ? null : valueOfDuckDB(raw as DuckDBValue, type);
  }
  toParam(value: Value, type: DataType): DuckDBValue {
    return value === null ? null : toDuckDB(value, type);
  }

  async *query({ sql, params }: Statement): AsyncIterable<readonly RawRow[]> {
    const result = await this.#guard(() => this.#connection.stream(sql, [...params] as DuckDBValue[]));
    for (;;) {
      const chunk = await this.#guard(() => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk.getRows();
    }
  }

  async execute(statements: readonly Statement[]): Promise<void> {
    await this.#guard(async () => {
      await this.#connection.run('BEGIN');
      try {
        for (const { sql, params } of statements) await this.#connection.run(sql, [...params] as DuckDBValue[]);
        await this.#connection.run('COMMIT');
      } catch (error) {
        await this.#connection.run('ROLLBACK').catch(() => {});
        throw error;
      }
    });
  }

  async #guard<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw new MillraceError('CONNECTOR_IO', `${this.name}: ${(error as Error).message}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    this.#connection.closeSync();
  }
}
