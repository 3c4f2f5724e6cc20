import type { Batch } from '../data/batch.ts';
import { kindAt, rowAt, type Row } from '../data/batch-rows.ts';
import { rowKey } from '../data/key.ts';
import { isAddition } from '../data/row-kind.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import type { Schema } from '../types/schema.ts';
import type { Sink, SinkContext } from './connector.ts';
import { deleteSql, insertSql, type JdbcDatabase, type Statement } from './jdbc-database.ts';
import type { JdbcSettings } from './jdbc-options.ts';

const RETRY_MS = 200;

/**
 * Inserts rows; with a primary key it sets and removes the row of each key. Rows are held back for a while, of each key the last one counts.
 * At least once: after a failure the same rows may be written again, which changes nothing where there is a key.
 */
export class JdbcSink implements Sink {
  readonly #schema: Schema;
  readonly #settings: JdbcSettings;
  readonly #database: JdbcDatabase;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** Places of the key's columns; none: rows are inserted. */
  readonly #key: readonly number[];
  #rows: Row[] = [];
  /** The last row of each key; `undefined`: it is to be removed. */
  readonly #keyed = new Map<string, { readonly row: Row; readonly removed: boolean }>();
  #turn = 0;
  #last: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor({ table, schema, signal, clock }: SinkContext, settings: JdbcSettings, database: JdbcDatabase) {
    this.#schema = schema;
    this.#settings = settings;
    this.#database = database;
    this.#clock = clock ?? systemClock;
    this.#signal = signal;
    this.#key = (table.primaryKey ?? []).map((column) =>
      schema.findIndex(({ name }) => name === table.columns[column]!.name),
    );
  }

  async write(batch: Batch): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const wasEmpty = this.#held === 0;
    for (let r = 0; r < batch.length; r++) this.#hold(rowAt(batch, r), !isAddition(kindAt(batch, r)));
    if (this.#held >= this.#settings.bufferRows) return this.#release();
    if (wasEmpty && this.#held > 0 && this.#settings.bufferInterval > 0) this.#releaseLater();
  }

  get #held(): number {
    return this.#rows.length + this.#keyed.size;
  }

  #hold(row: Row, removed: boolean): void {
    if (this.#key.length === 0) {
      this.#rows.push(row);
      return;
    }
    const key = rowKey(this.#key.map((column) => row[column]!));
    this.#keyed.delete(key);
    this.#keyed.set(key, { row, removed });
  }

  #releaseLater(): void {
    const turn = ++this.#turn;
    void this.#clock.sleep(this.#settings.bufferInterval, this.#signal).then(() => {
      if (turn !== this.#turn || this.#signal.aborted) return;
      this.#release().catch((error: unknown) => (this.#failure ??= error));
    });
  }

  #release(): Promise<void> {
    this.#turn++;
    const added = [...this.#rows];
    const removed: Row[] = [];
    for (const entry of this.#keyed.values()) (entry.removed ? removed : added).push(entry.row);
    this.#rows = [];
    this.#keyed.clear();
    const statements = [...this.#removals(removed), ...this.#additions(added)];
    if (statements.length === 0) return this.#last;
    return (this.#last = this.#last.then(() => this.#execute(statements)));
  }

  async #execute(statements: readonly Statement[]): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#database.execute(statements);
      } catch (error) {
        if (attempt >= this.#settings.sinkRetries || this.#signal.aborted) throw error;
        await this.#clock.sleep(RETRY_MS * (attempt + 1));
      }
    }
  }

  #additions(rows: readonly Row[]): Statement[] {
    const all = [...this.#schema.keys()];
    const names = this.#schema.map(({ name }) => name);
    const key = this.#key.map((column) => names[column]!);
    return this.#portions(rows, all).map(({ count, params }) => ({
      sql: insertSql(this.#database, this.#settings.table, names, count, key),
      params,
    }));
  }

  #removals(rows: readonly Row[]): Statement[] {
    const key = this.#key.map((column) => this.#schema[column]!.name);
    return this.#portions(rows, this.#key).map(({ count, params }) => ({
      sql: deleteSql(this.#database, this.#settings.table, key, count),
      params,
    }));
  }

  #portions(rows: readonly Row[], columns: readonly number[]): { count: number; params: unknown[] }[] {
    const most = Math.max(1, Math.min(500, Math.floor(this.#database.mostParams / Math.max(1, columns.length))));
    const portions: { count: number; params: unknown[] }[] = [];
    for (let from = 0; from < rows.length; from += most) {
      const part = rows.slice(from, from + most);
      const params = part.flatMap((row) =>
        columns.map((column) => this.#database.toParam(row[column]!, this.#schema[column]!.type)),
      );
      portions.push({ count: part.length, params });
    }
    return portions;
  }

  async flush(): Promise<void> {
    await this.#release();
    if (this.#failure !== undefined) throw this.#failure;
  }
  async prepareCommit(): Promise<unknown> {
    await this.flush();
    return undefined;
  }
  async commit(): Promise<void> {}
  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#database.close();
  }
}
