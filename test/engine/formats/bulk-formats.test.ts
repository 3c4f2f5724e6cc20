import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runSql } from '../../support/run-sql.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'bulk-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const create = (format: string, columns: string, more = '', partitioned = ''): string =>
  `CREATE TABLE t (${columns})${partitioned} WITH ('connector' = 'filesystem', 'path' = '${folder}/t', 'format' = '${format}'${more});\n`;

const COLUMNS =
  'id INT NOT NULL, big BIGINT, tiny TINYINT, small SMALLINT, ok BOOLEAN, f FLOAT, d DOUBLE, n DECIMAL(10, 2), w DECIMAL(38, 10), c CHAR(3), s STRING, b BYTES, dt DATE, t TIME(3), ts TIMESTAMP(3), us TIMESTAMP(6), l TIMESTAMP_LTZ(3), a ARRAY<INT>, m MAP<STRING, INT>, r ROW<x INT, y ROW<z STRING>>';
const VALUES = `(1, CAST(9223372036854775807 AS BIGINT), CAST(-1 AS TINYINT), CAST(2 AS SMALLINT), TRUE, CAST(1.5 AS FLOAT), 0.1e0, CAST(-12.34 AS DECIMAL(10, 2)),
  CAST('1234567890123456789012345678.0123456789' AS DECIMAL(38, 10)), CAST('abc' AS CHAR(3)), 'é"x', x'00ff', DATE '2024-02-29', TIME '12:34:56.789', TIMESTAMP '1969-12-31 23:59:59.999',
  TIMESTAMP '2024-02-29 12:34:56.123456', TO_TIMESTAMP_LTZ(1700000000123, 3), ARRAY[1, 2], MAP['k', 1], ROW(1, ROW('z')))`;
const SHOWN = `id, big, tiny, small, ok, f, d, n, w, c, s, b = x'00ff', dt, t, ts, us, l, a, m, r`;
const EXPECTED =
  '[1, 9223372036854775807, -1, 2, TRUE, 1.5, 0.1, -12.34, 1234567890123456789012345678.0123456789, abc, é"x, TRUE, 2024-02-29, 12:34:56.789, 1969-12-31 23:59:59.999, 2024-02-29 12:34:56.123456, 2023-11-14 22:13:20.123, [1, 2], {k=1}, (1, (z))]';

describe.each([
  ['parquet', ''],
  ['avro', ", 'avro.timestamp_mapping.legacy' = 'false'"],
])('%s', (format, more) => {
  test('every type, and NULLs', async () => {
    await runSql(`${create(format, COLUMNS, more)}INSERT INTO t VALUES ${VALUES};\nINSERT INTO t (id) SELECT 2`);
    const { table } = await runSql(`${create(format, COLUMNS, more)}SELECT ${SHOWN} FROM t`);
    expect(table).toEqual([EXPECTED, `[2${', NULL'.repeat(19)}]`]);
  });

  test('single columns and fields, in another order, and columns that no file has', async () => {
    await runSql(
      `${create(format, 'id INT, s STRING, r ROW<x INT, y STRING>')}INSERT INTO t VALUES (1, 'a', ROW(2, 'b')), (2, 'c', CAST(NULL AS ROW<x INT, y STRING>))`,
    );
    const other = create(format, 'r ROW<x INT, y STRING>, s STRING, id INT');
    expect((await runSql(`${other}SELECT t.r.y, id FROM t`)).changes).toEqual(['+I [b, 1]', '+I [NULL, 2]']);
    expect((await runSql(`${other}SELECT COUNT(*) FROM t`, { mode: 'batch' })).table).toEqual(['[2]']);
  });

  test('many rows in many files, by partition', async () => {
    const columns = 'id INT, v STRING, p INT';
    const many = `CREATE TABLE s (id INT, v STRING, p INT) WITH ('connector' = 'datagen', 'number-of-rows' = '5000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '5000', 'fields.p.min' = '0', 'fields.p.max' = '3');\n`;
    const sink = create(format, columns, ", 'sink.rolling-policy.file-size' = '8kb'", ' PARTITIONED BY (p)');
    await runSql(`${many}${sink}INSERT INTO t SELECT * FROM s`);
    expect(readdirSync(join(folder, 't')).sort()).toEqual(['p=0', 'p=1', 'p=2', 'p=3']);
    expect((await runSql(`${sink}SELECT COUNT(*), COUNT(DISTINCT id), SUM(id), MAX(p) FROM t`)).table).toEqual([
      '[5000, 5000, 12502500, 3]',
    ]);
  });

  test('a broken file is named', async () => {
    writeFileSync(join(folder, 't'), 'nonsense that is long enough to be a file');
    await expect(runSql(`${create(format, 'id INT')}SELECT * FROM t`)).rejects.toThrow(join(folder, 't'));
  });
});

describe('parquet', () => {
  test('codecs; other programs read the file', async () => {
    await runSql(`${create('parquet', COLUMNS, ", 'parquet.compression' = 'ZSTD'")}INSERT INTO t VALUES ${VALUES}`);
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const [file] = readdirSync(join(folder, 't'));
    const codecs = await connection.runAndReadAll(
      `SELECT DISTINCT compression FROM parquet_metadata('${join(folder, 't', file!)}')`,
    );
    expect(codecs.getRows()).toEqual([['ZSTD']]);
    await expect(
      runSql(`${create('parquet', 'id INT', ", 'parquet.compression' = 'LZO'")}SELECT * FROM t`),
    ).rejects.toThrow("there is no 'LZO'");
  });
});

describe('avro', () => {
  test.each(['null', 'deflate', 'snappy'])('codec %s', async (codec) => {
    const columns = 'id INT, s STRING';
    const source = `CREATE TABLE s (id INT, s STRING) WITH ('connector' = 'datagen', 'number-of-rows' = '3000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '3000', 'fields.s.length' = '30');\n`;
    const sink = create('avro', columns, `, 'avro.codec' = '${codec}'`);
    await runSql(`${source}${sink}INSERT INTO t SELECT id, COALESCE(s, 'x') || s || s FROM s`);
    expect(
      (await runSql(`${sink}SELECT COUNT(*), SUM(id), MIN(CHAR_LENGTH(s)), COUNT(DISTINCT s) FROM t`)).table,
    ).toEqual(['[3000, 4501500, 90, 3000]']);
  });

  test.each([
    ['l TIMESTAMP_LTZ(3)', 'Unsupported to derive Schema for type: TIMESTAMP_LTZ(3)'],
    ['t TIMESTAMP(9)', 'Avro does not support TIMESTAMP type with precision: 9'],
    ['m MAP<INT, INT>', "Avro format doesn't support non-string as key type of map. The key type is: INT"],
  ])('%s is refused', async (columns, message) => {
    const [name] = columns.split(' ');
    const type = columns.slice(name!.length + 1);
    await expect(runSql(`${create('avro', columns)}INSERT INTO t SELECT CAST(NULL AS ${type})`)).rejects.toThrow(
      message,
    );
  });

  test('avro-confluent is refused by name', async () => {
    await expect(
      runSql(
        "CREATE TABLE k (a INT) WITH ('connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'h:1', 'scan.startup.mode' = 'earliest-offset', 'format' = 'avro-confluent', 'avro-confluent.url' = 'http://h'); SELECT * FROM k",
      ),
    ).rejects.toThrow('needs a schema registry');
  });
});
