import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import sqlite from 'node-sqlite3-wasm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jdbcSettings } from '../../../engine/connectors/jdbc-options.ts';
import { INT, MAP, STRING } from '../../../engine/types/type.ts';
import { jdbcCases } from '../../support/jdbc-cases.ts';
import { table } from '../../support/source.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'jdbc-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const json = (row: readonly unknown[]): string =>
  JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));

describe('SQLite', () => {
  const withFile = <T>(use: (database: InstanceType<typeof sqlite.Database>) => T): T => {
    const database = new sqlite.Database(join(folder, 'a.db'));
    try {
      return use(database);
    } finally {
      database.close();
    }
  };
  jdbcCases({
    options: () => `'url' = 'jdbc:sqlite:${join(folder, 'a.db')}'`,
    run: async (sql) => withFile((database) => database.exec(sql)),
    rows: async (sql) =>
      withFile((database) =>
        database.all(sql).map((row) => {
          const names = Object.keys(row);
          return json(Object.values(row).map((value, i) => (names[i] === 'n' ? String(value) : value)));
        }),
      ),
    types: { bytes: 'BLOB', timestamp: 'TIMESTAMP', double: 'REAL', decimal: 'TEXT' },
  });
});

describe('DuckDB', () => {
  const connection = async () => (await DuckDBInstance.fromCache(join(folder, 'a.duckdb'))).connect();
  jdbcCases({
    options: () => `'url' = 'jdbc:duckdb:${join(folder, 'a.duckdb')}'`,
    run: async (sql) => {
      const open = await connection();
      await open.run(sql);
      open.closeSync();
    },
    rows: async (sql) => {
      const open = await connection();
      const found = (await open.runAndReadAll(sql)).getRows().map((row) => json(row));
      open.closeSync();
      return found;
    },
    types: { bytes: 'BLOB', timestamp: 'TIMESTAMP', double: 'DOUBLE', decimal: 'DECIMAL(20, 4)' },
  });
});

describe('options', () => {
  const options = { connector: 'jdbc', url: 'jdbc:sqlite:x.db', 'table-name': 't' };
  const settings = (more: Record<string, string>, columns = { id: INT, v: STRING }) =>
    jdbcSettings(table(columns, { ...options, ...more }));

  test('parts are of the same size, the first ones larger by one', () => {
    const { partitions } = settings({
      'scan.partition.column': 'id',
      'scan.partition.num': '3',
      'scan.partition.lower-bound': '-5',
      'scan.partition.upper-bound': '5',
    });
    expect(partitions!.ranges).toEqual([
      [-5n, -2n],
      [-1n, 2n],
      [3n, 5n],
    ]);
  });

  test.each([
    [{ url: 'jdbc:mysql://h/db' }, 'not mysql'],
    [{ url: 'postgresql://h/db' }, 'is no address of a database'],
    [{ url: 'jdbc:postgresql:db' }, 'is no address of a database'],
    [{ password: 'x' }, "needs the option 'username'"],
    [{ 'scan.partition.num': '3' }, 'Either all or none'],
  ])('%j is refused', (more, message) => {
    expect(() => settings(more)).toThrow(message);
  });

  test('maps have no place in a table', () => {
    expect(() => settings({}, { id: INT, v: MAP(STRING, INT) })).toThrow('cannot hold column v of type MAP');
  });
});
