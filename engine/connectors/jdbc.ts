import { INSERT_ONLY, isInsertOnly, UPSERT } from '../data/change-kinds.ts';
import type { Connector, SourceContext } from './connector.ts';
import type { JdbcDatabase } from './jdbc-database.ts';
import { DuckDBFile } from './jdbc-duckdb.ts';
import { JdbcLookup } from './jdbc-lookup.ts';
import { jdbcOptions, jdbcSettings } from './jdbc-options.ts';
import { LookupCache } from './lookup-cache.ts';
import { PostgresDatabase } from './jdbc-postgres.ts';
import { JdbcSink } from './jdbc-sink.ts';
import { JdbcSource } from './jdbc-source.ts';
import { SqliteDatabase } from './jdbc-sqlite.ts';
import { resolvePath } from './files.ts';
import { optionError } from './options.ts';

export const jdbc: Connector = {
  name: 'jdbc',
  summary: 'tables of PostgreSQL, SQLite and DuckDB',
  options: jdbcOptions,
  formats: [],
  metadata: {},
  sinkKinds: (table, query) => {
    if (table.primaryKey !== undefined) return { ...UPSERT, deletesByKey: true };
    if (isInsertOnly(query)) return INSERT_ONLY;
    throw optionError(
      'please declare primary key for sink table when query contains update/delete record.',
      'add PRIMARY KEY (..) NOT ENFORCED',
    );
  },
  validate: (table) => void jdbcSettings(table),
  isBounded: () => true,
  createSource: async (context) => new JdbcSource(context, jdbcSettings(context.table), await openDatabase(context)),
  createLookup: async (context) => {
    const settings = jdbcSettings(context.table);
    const source = new JdbcLookup(context, settings, await openDatabase(context));
    return settings.lookupCache === undefined ? source : new LookupCache(source, context.schema, settings.lookupCache);
  },
  createSink: async (context) => new JdbcSink(context, jdbcSettings(context.table), await openDatabase(context)),
};

/** A connection to the database of a table. Throws CONNECTOR_IO. */
export function openDatabase({
  table,
  baseDirectory,
}: Pick<SourceContext, 'table' | 'baseDirectory'>): Promise<JdbcDatabase> {
  const settings = jdbcSettings(table);
  const { url } = settings;
  switch (url.kind) {
    case 'postgresql':
      return PostgresDatabase.open(url.url, settings);
    case 'sqlite':
      return SqliteDatabase.open(resolvePath(url.path, baseDirectory));
    case 'duckdb':
      return DuckDBFile.open(resolvePath(url.path, baseDirectory));
  }
}
