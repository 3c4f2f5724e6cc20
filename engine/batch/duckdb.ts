/**
 * DuckDB in the session: `%%sql` cells in DuckDB's own dialect. Tables, views and results of the session that a query names are put at its
 * disposal as they are at that moment.
 */
import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api';
import type { Batch } from '../data/batch.ts';
import { rowsOf } from '../data/batch-rows.ts';
import { columnOf } from '../data/column-builder.ts';
import { MillraceError } from '../errors.ts';
import type { Schema } from '../types/schema.ts';
import { duckType, fromDuckDB, sqlTypeOf, toDuckDB } from './duckdb-types.ts';

/** Gives the rows of a table of the session, or undefined if it has none of that name. */
export type TableProvider = (
  name: string,
) => Promise<{ readonly schema: Schema; readonly batches: readonly Batch[] } | undefined>;

export interface DuckDBAnswer {
  readonly schema: Schema;
  readonly batches: readonly Batch[];
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export class DuckDB {
  readonly #connection: DuckDBConnection;
  readonly #provide: TableProvider;
  /** Copies of session tables that stand in DuckDB for the statement that runs. */
  readonly #copies = new Set<string>();

  private constructor(connection: DuckDBConnection, provide: TableProvider) {
    this.#connection = connection;
    this.#provide = provide;
  }

  /** An in-memory database. Relative paths of files mean `directory`; times with zone are shown in `timeZone`. */
  static async open(provide: TableProvider, directory: string, timeZone: string): Promise<DuckDB> {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(`SET file_search_path = '${directory.replaceAll("'", "''")}'`);
    // Zones other than UTC need an extension that has to be downloaded; without it the default stays.
    await connection.run(`SET TimeZone = '${timeZone.replaceAll("'", "''")}'`).catch(() => undefined);
    return new DuckDB(connection, provide);
  }

  /** Runs every statement of `sql`; gives the result of the last one. Throws BATCH_FAILED with DuckDB's message and place. */
  async run(sql: string, signal?: AbortSignal): Promise<DuckDBAnswer> {
    const interrupt = (): void => this.#connection.interrupt();
    signal?.addEventListener('abort', interrupt);
    try {
      const statements = await this.#connection.extractStatements(sql);
      let answer: DuckDBAnswer = { schema: [], batches: [] };
      for (let i = 0; i < statements.count; i++) {
        if (i === 0) await this.#bringTables(sql);
        const prepared = await this.#withTables(async () =>
          // A statement that failed to prepare once cannot be prepared again.
          (await this.#connection.extractStatements(sql)).prepare(i),
        );
        answer = await readAll(await prepared.stream());
      }
      return answer;
    } catch (error) {
      throw this.#failure(error, sql);
    } finally {
      signal?.removeEventListener('abort', interrupt);
      for (const name of this.#copies) await this.#connection.run(`DROP TABLE IF EXISTS temp.${quote(name)}`);
      this.#copies.clear();
    }
  }

  /** DuckDB lists no tables of a query that also calls a table function: the ones that it misses are brought then. */
  async #withTables<T>(prepare: () => Promise<T>): Promise<T> {
    try {
      return await prepare();
    } catch (error) {
      const missing = /Table with name (.+?) does not exist/.exec((error as Error).message)?.[1];
      if (missing === undefined || this.#copies.has(missing) || !(await this.#bring(missing))) throw error;
      return this.#withTables(prepare);
    }
  }

  async #bring(name: string): Promise<boolean> {
    const table = await this.#provide(name);
    if (table !== undefined) await this.#copy(name, table.schema, table.batches);
    return table !== undefined;
  }

  close(): void {
    this.#connection.closeSync();
  }

  async #bringTables(sql: string): Promise<void> {
    let names: readonly string[];
    try {
      names = this.#connection.getTableNames(sql, false);
    } catch {
      return; // the statement itself will say what is wrong with it
    }
    for (const name of new Set(names)) {
      if (/[./]/.test(name) || (await this.#has(name))) continue;
      await this.#bring(name);
    }
  }

  async #has(name: string): Promise<boolean> {
    const found = await this.#connection.runAndReadAll(
      'SELECT 1 FROM duckdb_tables() WHERE table_name = $1 UNION ALL SELECT 1 FROM duckdb_views() WHERE view_name = $1',
      [name],
    );
    return found.currentRowCount > 0;
  }

  /** A temporary table with these rows. */
  async #copy(name: string, schema: Schema, batches: readonly Batch[]): Promise<void> {
    const columns = schema.map((column) => `${quote(column.name)} ${duckType(column.type)}`).join(', ');
    await this.#connection.run(`CREATE OR REPLACE TEMP TABLE ${quote(name)} (${columns})`);
    this.#copies.add(name);
    const appender = await this.#connection.createAppender(name, 'main', 'temp');
    for (const batch of batches) {
      for (const row of rowsOf(batch)) {
        row.forEach((value, i) => {
          if (value === null) appender.appendNull();
          else appender.appendValue(toDuckDB(value, schema[i]!.type), appender.columnType(i));
        });
        appender.endRow();
      }
    }
    appender.flushSync();
    appender.closeSync();
  }

  /** DuckDB's text has the place as `LINE 1: …` with a caret: the first line is the reason, the rest tells itself. */
  #failure(error: unknown, sql: string): MillraceError {
    if (error instanceof MillraceError) return error;
    const message = error instanceof Error ? error.message : String(error);
    const [reason = message, ...rest] = message.split('\n');
    const hint = rest.join('\n').trim();
    return new MillraceError('BATCH_FAILED', hint === '' ? reason : `${reason}\n${hint}`, { cause: error, text: sql });
  }
}

async function readAll(result: DuckDBResult): Promise<DuckDBAnswer> {
  const names = result.columnNames();
  const schema: Schema = names.map((name, i) => ({ name, type: sqlTypeOf(result.columnType(i)) }));
  const batches: Batch[] = [];
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    const columns = schema.map(({ type }, i) =>
      columnOf(
        type,
        chunk.getColumnValues(i).map((value) => fromDuckDB(value, type)),
      ),
    );
    batches.push({ length: chunk.rowCount, columns, kinds: undefined });
  }
  return { schema, batches };
}
