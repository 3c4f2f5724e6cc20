import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jdbcCases } from '../support/jdbc-cases.ts';
import { PostgresServer } from '../support/postgres.ts';
import { runSql } from '../support/run-sql.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
}, 300_000);
afterAll(async () => {
  await server?.stop();
});
const options = (): string => `'url' = '${server.url}', 'username' = 'tester'`;

describe('PostgreSQL', () => {
  jdbcCases({
    options,
    run: (sql) => server.run(sql),
    rows: (sql) => server.rows(sql),
    types: { bytes: 'BYTEA', timestamp: 'TIMESTAMP', double: 'DOUBLE PRECISION', decimal: 'NUMERIC(20, 4)' },
  });

  test('arrays, instants, times, NaN', async () => {
    await server.run(
      'CREATE TABLE more (id INTEGER PRIMARY KEY, a INTEGER[], s TEXT[], l TIMESTAMPTZ, t TIME, d DOUBLE PRECISION)',
    );
    const create = `CREATE TABLE more (id INT, a ARRAY<INT>, s ARRAY<STRING>, l TIMESTAMP_LTZ(3), t TIME, d DOUBLE, PRIMARY KEY (id) NOT ENFORCED)
      WITH ('connector' = 'jdbc', ${options()}, 'table-name' = 'public.more');\n`;
    await runSql(
      `${create}INSERT INTO more VALUES (1, ARRAY[1, 2], ARRAY['a b', 'c"d', 'NULL', ''], TO_TIMESTAMP_LTZ(1700000000123, 3), TIME '12:34:56', CAST('NaN' AS DOUBLE))`,
    );
    await server.run(
      "INSERT INTO more VALUES (2, '{3,NULL}', '{NULL,x,\"{y}\"}', '2024-01-01 00:00:00+05:30', '23:59:59', '-Infinity')",
    );
    expect((await runSql(`${create}SELECT * FROM more`)).table).toEqual([
      '[1, [1, 2], [a b, c"d, NULL, ], 2023-11-14 22:13:20.123, 12:34:56, NaN]',
      '[2, [3, NULL], [NULL, x, {y}], 2023-12-31 18:30:00.000, 23:59:59, -Infinity]',
    ]);
  });

  test('a server that is not there, a user that is unknown', async () => {
    const create = (url: string, user: string): string =>
      `CREATE TABLE x (id INT) WITH ('connector' = 'jdbc', 'url' = '${url}', 'username' = '${user}', 'table-name' = 'x');\nSELECT * FROM x`;
    await expect(runSql(create('jdbc:postgresql://127.0.0.1:1/db', 'a'))).rejects.toThrow(
      /PostgreSQL at 127.0.0.1:1\/db/,
    );
    await expect(runSql(create(server.url, 'nobody'))).rejects.toThrow(/role "nobody" does not exist/);
  });

  test('a failed write leaves nothing behind', async () => {
    await server.run('CREATE TABLE small (id INTEGER PRIMARY KEY, v VARCHAR(2))');
    const create = `CREATE TABLE small (id INT, v STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'jdbc', ${options()}, 'table-name' = 'small', 'sink.max-retries' = '1');\n`;
    await expect(runSql(`${create}INSERT INTO small VALUES (1, 'ok'), (2, 'too long')`)).rejects.toThrow(/too long/);
    expect(await server.rows('SELECT * FROM small')).toEqual([]);
  });
});
