import type { LookupCacheOptions } from './lookup-cache.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import { typeToString, type DataType } from '../types/type.ts';
import type { Ms } from '../types/value.ts';
import type { OptionSpec } from './connector.ts';
import { OptionReader, optionError } from './options.ts';

/** The options of Flink's JDBC connector. */
export const jdbcOptions: readonly OptionSpec[] = [
  {
    name: 'url',
    kind: 'string',
    required: true,
    summary: "'jdbc:postgresql://host:5432/database', 'jdbc:sqlite:file.db' or 'jdbc:duckdb:file.duckdb'",
  },
  { name: 'table-name', kind: 'string', required: true, summary: 'the table there, also as schema.table' },
  { name: 'username', kind: 'string', summary: 'who asks' },
  { name: 'password', kind: 'string', secret: true, summary: 'the password' },
  { name: 'driver', kind: 'string', summary: "for Flink's sake; the url says which database it is" },
  { name: 'compatible-mode', kind: 'string', summary: "for Flink's sake" },
  {
    name: 'connection.max-retry-timeout',
    kind: 'duration',
    default: '60 s',
    summary: 'how long a connection is tried',
  },
  { name: 'scan.partition.column', kind: 'string', summary: 'a column of numbers by which the table is read in parts' },
  { name: 'scan.partition.num', kind: 'int', summary: 'the number of parts' },
  { name: 'scan.partition.lower-bound', kind: 'long', summary: 'the smallest value that is read' },
  { name: 'scan.partition.upper-bound', kind: 'long', summary: 'the largest value that is read' },
  { name: 'scan.fetch-size', kind: 'int', default: '0', summary: 'rows that are fetched at once; 0: as is good' },
  { name: 'scan.auto-commit', kind: 'boolean', default: 'true', summary: "for Flink's sake" },
  {
    name: 'lookup.cache',
    kind: 'enum',
    values: ['NONE', 'PARTIAL'],
    default: 'NONE',
    summary: 'whether rows that were looked up are remembered',
  },
  { name: 'lookup.partial-cache.max-rows', kind: 'long', summary: 'most rows that are remembered' },
  { name: 'lookup.partial-cache.expire-after-write', kind: 'duration', summary: 'how long after they were read' },
  { name: 'lookup.partial-cache.expire-after-access', kind: 'duration', summary: 'how long after they were asked for' },
  {
    name: 'lookup.partial-cache.cache-missing-key',
    kind: 'boolean',
    default: 'true',
    summary: 'whether keys without rows are remembered too',
  },
  { name: 'lookup.cache.max-rows', kind: 'long', summary: 'the old name of lookup.partial-cache.max-rows' },
  { name: 'lookup.cache.ttl', kind: 'duration', summary: 'the old name of lookup.partial-cache.expire-after-write' },
  { name: 'lookup.max-retries', kind: 'int', default: '3', summary: 'how often a question that failed is asked again' },
  {
    name: 'sink.buffer-flush.max-rows',
    kind: 'int',
    default: '100',
    summary: 'rows that are held back so that of each key only the last is written; 0: none',
  },
  { name: 'sink.buffer-flush.interval', kind: 'duration', default: '1 s', summary: 'how long rows are held back' },
  { name: 'sink.max-retries', kind: 'int', default: '3', summary: 'how often a write that failed is tried again' },
];

export type JdbcUrl =
  { readonly kind: 'postgresql'; readonly url: string } | { readonly kind: 'sqlite' | 'duckdb'; readonly path: string };

export interface JdbcPartitions {
  readonly column: string;
  /** Both bounds of each part are read. */
  readonly ranges: readonly (readonly [bigint, bigint])[];
}

export interface JdbcSettings {
  readonly url: JdbcUrl;
  readonly table: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly connectTimeout: Ms;
  readonly partitions: JdbcPartitions | undefined;
  readonly fetchSize: number;
  readonly lookupRetries: number;
  /** Undefined: every key is asked for anew. */
  readonly lookupCache: LookupCacheOptions | undefined;
  readonly bufferRows: number;
  readonly bufferInterval: Ms;
  readonly sinkRetries: number;
}

/** Rows of a portion where nothing is said. */
const FETCH_ROWS = 4096;

/** Reads and checks the options of a table; throws CONNECTOR_OPTION. */
export function jdbcSettings(table: ResolvedTable): JdbcSettings {
  const options = new OptionReader(table.options, jdbcOptions);
  const username = options.text('username');
  const password = options.text('password');
  if (password !== undefined && username === undefined) {
    throw optionError("'password' needs the option 'username'");
  }
  for (const column of table.columns) if (column.kind === 'physical') checkType(column.name, column.type);
  return {
    url: parseUrl(options.required('url')),
    table: options.required('table-name'),
    username,
    password,
    connectTimeout: options.duration('connection.max-retry-timeout')!,
    partitions: partitionsOf(table, options),
    fetchSize: options.number('scan.fetch-size')! || FETCH_ROWS,
    lookupRetries: options.number('lookup.max-retries')!,
    lookupCache: cacheOf(options),
    bufferRows: Math.max(1, options.number('sink.buffer-flush.max-rows')!),
    bufferInterval: options.duration('sink.buffer-flush.interval')!,
    sinkRetries: options.number('sink.max-retries')!,
  };
}

function parseUrl(text: string): JdbcUrl {
  const [, kind, rest] = /^jdbc:([a-z0-9]+):(.*)$/is.exec(text) ?? [];
  switch (kind?.toLowerCase()) {
    case 'postgresql':
      if (!/^\/\/[^/]+\/[^/?]+/.test(rest!)) break;
      return { kind: 'postgresql', url: `postgresql:${rest!}` };
    case 'sqlite':
    case 'duckdb':
      if (rest === '') break;
      return { kind: kind!.toLowerCase() as 'sqlite' | 'duckdb', path: rest! };
    case undefined:
      break;
    default:
      throw optionError(
        `option 'url': connector 'jdbc' knows PostgreSQL, SQLite and DuckDB, not ${kind}`,
        'a Flink cluster with the driver of that database can read it',
      );
  }
  throw optionError(
    `option 'url': '${text}' is no address of a database`,
    "it is like 'jdbc:postgresql://localhost:5432/shop', 'jdbc:sqlite:shop.db' or 'jdbc:duckdb:shop.duckdb'",
  );
}

/** As Flink's JdbcNumericBetweenParametersProvider: parts of the same size, the first ones larger by one. */
function partitionsOf(table: ResolvedTable, options: OptionReader): JdbcPartitions | undefined {
  const names = ['column', 'num', 'lower-bound', 'upper-bound'].map((name) => `scan.partition.${name}`);
  const given = names.filter((name) => options.has(name));
  if (given.length === 0) return undefined;
  if (given.length < names.length) {
    throw optionError(
      'Either all or none of the following options should be provided:\n' + names.join('\n'),
      `missing: ${names.filter((name) => !given.includes(name)).join(', ')}`,
    );
  }
  const column = options.text('scan.partition.column')!;
  if (!table.columns.some(({ name, kind }) => name === column && kind === 'physical')) {
    throw optionError(`option 'scan.partition.column': there is no column ${column}`);
  }
  const lower = BigInt(options.text('scan.partition.lower-bound')!);
  const upper = BigInt(options.text('scan.partition.upper-bound')!);
  if (lower > upper) {
    throw optionError(
      "'scan.partition.lower-bound'='" + `${lower}' must not be larger than 'scan.partition.upper-bound'='${upper}'.`,
    );
  }
  const count = upper - lower + 1n;
  const wanted = BigInt(options.number('scan.partition.num')!);
  const parts = wanted < count ? wanted : count;
  const size = (count + parts - 1n) / parts;
  const large = count - (size - 1n) * parts;
  let start = lower;
  const ranges = Array.from({ length: Number(parts) }, (_, i) => {
    const end = start + size - 1n - (BigInt(i) >= large ? 1n : 0n);
    const range = [start, end] as const;
    start = end + 1n;
    return range;
  });
  return { column, ranges };
}

function checkType(name: string, type: DataType): void {
  switch (type.kind) {
    case 'MAP':
    case 'MULTISET':
    case 'ROW':
      throw optionError(`connector 'jdbc' cannot hold column ${name} of type ${typeToString(type)}`);
    case 'ARRAY':
      return checkType(name, type.element);
    default:
      return;
  }
}

/** The old names alone switch the cache on, and only together, as in Flink's connector. */
function cacheOf(options: OptionReader): LookupCacheOptions | undefined {
  const oldRows = options.number('lookup.cache.max-rows');
  const oldTtl = options.duration('lookup.cache.ttl');
  if ((oldRows === undefined) !== (oldTtl === undefined)) {
    throw optionError("'lookup.cache.max-rows' and 'lookup.cache.ttl' must be given together");
  }
  const expireAfterAccess = options.duration('lookup.partial-cache.expire-after-access');
  const expireAfterWrite = options.duration('lookup.partial-cache.expire-after-write') ?? oldTtl;
  const maxRows = options.number('lookup.partial-cache.max-rows') ?? oldRows;
  const limits = [expireAfterAccess, expireAfterWrite, maxRows];
  if (options.choice('lookup.cache') !== 'PARTIAL' && oldRows === undefined) return undefined;
  if (limits.every((limit) => limit === undefined)) {
    throw optionError(
      'a partial cache needs a limit',
      "add 'lookup.partial-cache.max-rows', 'lookup.partial-cache.expire-after-write' or 'lookup.partial-cache.expire-after-access'",
    );
  }
  return {
    maxRows,
    expireAfterWrite,
    expireAfterAccess,
    missingKeys: options.boolean('lookup.partial-cache.cache-missing-key'),
  };
}
