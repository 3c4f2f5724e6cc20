import type { Client } from 'pg';
import { MillraceError } from '../errors.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { quoteName, type JdbcDatabase, type RawRow, type Statement } from './jdbc-database.ts';
import type { JdbcSettings } from './jdbc-options.ts';
import { textOfValue, valueOfText } from './jdbc-values.ts';

/** PostgreSQL through its text protocol: every value crosses as text, so that none loses digits. */
export class PostgresDatabase implements JdbcDatabase {
  readonly name: string;
  readonly mostParams = 60_000;
  readonly #client: Client;
  /** One statement after the other: a connection runs one at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #cursors = 0;

  private constructor(name: string, client: Client) {
    this.name = name;
    this.#client = client;
  }

  static async open(url: string, settings: JdbcSettings): Promise<PostgresDatabase> {
    const { default: pg } = await import('pg');
    const address = new URL(url);
    const name = `PostgreSQL at ${address.host}${address.pathname}`;
    const user = settings.username ?? address.searchParams.get('user') ?? undefined;
    const password = settings.password ?? address.searchParams.get('password') ?? undefined;
    const client = new pg.Client({
      host: address.hostname,
      port: address.port === '' ? 5432 : Number(address.port),
      database: decodeURIComponent(address.pathname.slice(1)),
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password }),
      ssl: /^(require|verify-ca|verify-full)$/.test(address.searchParams.get('sslmode') ?? ''),
      connectionTimeoutMillis: settings.connectTimeout,
      application_name: 'millrace',
      types: { getTypeParser: () => (text) => text },
    });
    // The next statement tells of a connection that was lost.
    client.on('error', () => {});
    try {
      await client.connect();
      const database = new PostgresDatabase(name, client);
      for (const option of [
        "TimeZone = 'UTC'",
        "DateStyle = 'ISO'",
        'extra_float_digits = 3',
        "bytea_output = 'hex'",
      ]) {
        await database.#run({ sql: `SET ${option}`, params: [] });
      }
      return database;
    } catch (error) {
      await client.end().catch(() => {});
      if (error instanceof MillraceError) throw error;
      throw new MillraceError('CONNECTOR_IO', `${name}: ${(error as Error).message}`, {
        hint: "check the options 'url', 'username' and 'password'",
        cause: error,
      });
    }
  }

  mark(i: number): string {
    return `$${i}`;
  }
  select(column: string): string {
    return quoteName(column);
  }

  toValue(raw: unknown, type: DataType): Value {
    if (raw === null) return null;
    const text = raw as string;
    switch (type.kind) {
      case 'BOOLEAN':
        return text === 't' || text === 'true';
      case 'CHAR':
      case 'VARCHAR':
        return text;
      case 'BINARY':
      case 'VARBINARY':
        return Uint8Array.from(Buffer.from(text.slice(2), 'hex'));
      case 'TIMESTAMP_LTZ':
        return valueOfText(text.replace(/\+00$/, ''), type);
      case 'ARRAY':
        return parseArray(text, (element) => this.toValue(element, type.element));
      default:
        return valueOfText(text, type);
    }
  }

  toParam(value: Value, type: DataType): unknown {
    if (value === null) return null;
    switch (type.kind) {
      case 'BINARY':
      case 'VARBINARY':
        return Buffer.from(value as Uint8Array);
      case 'TIMESTAMP_LTZ':
        return `${textOfValue(value, type)}+00`;
      case 'ARRAY':
        return `{${(value as readonly Value[]).map((element) => quoteElement(this.toParam(element, type.element))).join(',')}}`;
      default:
        return textOfValue(value, type);
    }
  }

  async *query({ sql, params }: Statement, fetchSize: number): AsyncIterable<readonly RawRow[]> {
    const cursor = `millrace_${++this.#cursors}`;
    await this.#run({ sql: 'BEGIN', params: [] });
    try {
      await this.#run({ sql: `DECLARE ${cursor} NO SCROLL CURSOR FOR ${sql}`, params });
      for (;;) {
        const rows = await this.#run({ sql: `FETCH ${fetchSize} FROM ${cursor}`, params: [] });
        if (rows.length === 0) return;
        yield rows;
      }
    } finally {
      await this.#run({ sql: 'COMMIT', params: [] });
    }
  }

  async execute(statements: readonly Statement[]): Promise<void> {
    await this.#run({ sql: 'BEGIN', params: [] });
    try {
      for (const statement of statements) await this.#run(statement);
      await this.#run({ sql: 'COMMIT', params: [] });
    } catch (error) {
      await this.#run({ sql: 'ROLLBACK', params: [] }).catch(() => {});
      throw error;
    }
  }

  #run({ sql, params }: Statement): Promise<readonly RawRow[]> {
    const ran = this.#last.then(async () => {
      try {
        return (await this.#client.query({ text: sql, values: params, rowMode: 'array' })).rows;
      } catch (error) {
        throw new MillraceError('CONNECTOR_IO', `${this.name}: ${(error as Error).message}`, { cause: error });
      }
    });
    this.#last = ran.catch(() => {});
    return ran;
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {});
  }
}

const quoteElement = (param: unknown): string => {
  if (param === null) return 'NULL';
  if (Buffer.isBuffer(param)) return `"\\\\x${param.toString('hex')}"`;
  const text = String(param);
  return text.startsWith('{') ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
};

/** `{1,"a b",NULL,{2}}`: the texts of its elements. */
function parseArray(text: string, element: (text: string | null) => Value): Value[] {
  const values: Value[] = [];
  let at = 1;
  while (at < text.length - 1) {
    let part = '';
    let quoted = false;
    if (text[at] === '"') {
      quoted = true;
      for (at++; text[at] !== '"'; at++) {
        if (text[at] === '\\') at++;
        part += text[at];
      }
      at++;
    } else {
      let depth = 0;
      for (; at < text.length - 1 && (depth > 0 || text[at] !== ','); at++) {
        if (text[at] === '{') depth++;
        if (text[at] === '}') depth--;
        part += text[at];
      }
    }
    values.push(element(!quoted && part === 'NULL' ? null : part));
    at++;
  }
  return values;
}
