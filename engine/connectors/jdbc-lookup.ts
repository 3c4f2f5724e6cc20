import type { Batch } from '../data/batch.ts';
import { rowAt, takeBatch } from '../data/batch-rows.ts';
import { rowKey } from '../data/key.ts';
import { systemClock } from '../runtime/clock.ts';
import type { LookupContext, LookupResult, LookupSource } from './connector.ts';
import { keysSql, quotePath, type JdbcDatabase, type RawRow } from './jdbc-database.ts';
import type { JdbcSettings } from './jdbc-options.ts';
import { JdbcColumns } from './jdbc-source.ts';

const RETRY_MS = 200;

/** Rows of a table by key, for lookup joins: many keys are asked for with one statement. */
export class JdbcLookup implements LookupSource {
  readonly #columns: JdbcColumns;
  readonly #keys: readonly number[];
  readonly #names: readonly string[];
  readonly #settings: JdbcSettings;
  readonly #database: JdbcDatabase;

  constructor(context: LookupContext, settings: JdbcSettings, database: JdbcDatabase) {
    this.#columns = new JdbcColumns(context, database);
    this.#keys = context.keys;
    this.#names = context.keys.map((key) => context.paths[key]![0]!);
    this.#settings = settings;
    this.#database = database;
  }

  async lookup(keys: Batch): Promise<LookupResult> {
    const raw: RawRow[] = [];
    const most = Math.max(1, Math.floor(this.#database.mostParams / Math.max(1, this.#names.length)));
    for (let from = 0; from < keys.length; from += most) {
      raw.push(...(await this.#ask(keys, from, Math.min(keys.length, from + most))));
    }
    const found = this.#columns.batch(raw);
    const places = new Map<string, number[]>();
    for (let row = 0; row < found.length; row++) {
      const key = rowKey(this.#keys.map((column) => rowAt(found, row)[column]!));
      const rows = places.get(key);
      if (rows === undefined) places.set(key, [row]);
      else rows.push(row);
    }
    const starts = new Int32Array(keys.length + 1);
    const order: number[] = [];
    for (let key = 0; key < keys.length; key++) {
      order.push(...(places.get(rowKey(rowAt(keys, key))) ?? []));
      starts[key + 1] = order.length;
    }
    return { rows: takeBatch(found, Int32Array.from(order)), starts };
  }

  async #ask(keys: Batch, from: number, to: number): Promise<RawRow[]> {
    const database = this.#database;
    const types = keys.columns.map(({ type }) => type);
    const params: unknown[] = [];
    for (let row = from; row < to; row++) {
      rowAt(keys, row).forEach((value, i) => params.push(database.toParam(value, types[i]!)));
    }
    const where = keysSql(database, this.#names, to - from);
    const sql = `${this.#columns.select} FROM ${quotePath(this.#settings.table)} WHERE ${where}`;
    for (let attempt = 0; ; attempt++) {
      try {
        const rows: RawRow[] = [];
        for await (const portion of database.query({ sql, params }, this.#settings.fetchSize)) rows.push(...portion);
        return rows;
      } catch (error) {
        if (attempt >= this.#settings.lookupRetries) throw error;
        await systemClock.sleep(RETRY_MS * (attempt + 1));
      }
    }
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}
