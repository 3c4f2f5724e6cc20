import type { Database } from 'node-sqlite3-wasm';
import { MillraceError } from '../errors.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { quoteName, type JdbcDatabase, type RawRow, type Statement } from './jdbc-database.ts';
import { textOfValue, valueOfText } from './jdbc-values.ts';

type SqliteValue = number | bigint | string | Uint8Array | null;

/** Files of SQLite: numbers and texts, of which times and decimals are made as CAST does. */
export class SqliteDatabase implements JdbcDatabase {
  readonly name: string;
  readonly mostParams = 30_000;
  readonly #database: Database;

  private constructor(path: string, database: Database) {
    this.name = `SQLite file ${path}`;
    this.#database = database;
  }

  static async open(path: string): Promise<SqliteDatabase> {
    const { default: sqlite } = await import('node-sqlite3-wasm');
    try {
      return new SqliteDatabase(path, new sqlite.Database(path));
    } catch (error) {
      throw new MillraceError('CONNECTOR_IO', `SQLite file ${path}: ${(error as Error).message}`, { cause: error });
    }
  }

  mark(): string {
    return '?';
  }
  select(column: string): string {
    return quoteName(column);
  }

  toValue(raw: unknown, type: DataType): Value {
    const value = raw as SqliteValue;
    if (value === null) return null;
    switch (type.kind) {
      case 'BOOLEAN':
        return typeof value === 'string' ? (valueOfText(value, type) as boolean) : Number(value) !== 0;
      case 'FLOAT':
        return Math.fround(Number(value));
      case 'DOUBLE':
        return Number(value);
      case 'CHAR':
      case 'VARCHAR':
        return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value);
      case 'BINARY':
      case 'VARBINARY':
        return value instanceof Uint8Array ? value.slice() : new TextEncoder().encode(String(value));
      default:
        return valueOfText(value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value), type);
    }
  }

  toParam(value: Value, type: DataType): SqliteValue {
    if (value === null) return null;
    switch (type.kind) {
      case 'BOOLEAN':
        return value === true ? 1 : 0;
      case 'TINYINT':
      case 'SMALLINT':
      case 'INT':
      case 'BIGINT':
      case 'FLOAT':
      case 'DOUBLE':
        return value as number | bigint;
      case 'BINARY':
      case 'VARBINARY':
        return value as Uint8Array;
      default:
        return textOfValue(value, type);
    }
  }

  async *query({ sql, params }: Statement, fetchSize: number): AsyncIterable<readonly RawRow[]> {
    const statement = this.#guard(() => this.#database.prepare(sql));
    try {
      let rows: RawRow[] = [];
      const found = statement.iterate([...params] as SqliteValue[]);
      for (;;) {
        const next = this.#guard(() => found.next());
        if (next.done === true) break;
        rows.push(Object.values(next.value));
        if (rows.length < fetchSize) continue;
        yield rows;
        rows = [];
      }
      if (rows.length > 0) yield rows;
    } finally {
      statement.finalize();
    }
  }

  async execute(statements: readonly Statement[]): Promise<void> {
    this.#guard(() => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        for (const { sql, params } of statements) this.#database.run(sql, [...params] as SqliteValue[]);
        this.#database.exec('COMMIT');
      } catch (error) {
        this.#database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  #guard<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw new MillraceError('CONNECTOR_IO', `${this.name}: ${(error as Error).message}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    this.#database.close();
  }
}
