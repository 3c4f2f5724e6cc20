/** What every database of the connector jdbc must do, by SQL: `create` makes tables there, `options` are those of the connector. */
import { expect, test } from 'vitest';
import { runSql } from './run-sql.ts';

export interface JdbcCase {
  /** `'url' = '..', ..` */
  readonly options: () => string;
  /** Runs statements in the database itself. */
  readonly run: (sql: string) => Promise<void>;
  /** All rows of a query there, each as JSON. */
  readonly rows: (sql: string) => Promise<string[]>;
  readonly types: {
    readonly bytes: string;
    readonly timestamp: string;
    readonly double: string;
    readonly decimal: string;
  };
}

export function jdbcCases({ options, run, rows, types }: JdbcCase): void {
  const create = (name: string, columns: string, more = ''): string =>
    `CREATE TABLE ${name} (${columns}) WITH ('connector' = 'jdbc', ${options()}, 'table-name' = '${name}'${more});\n`;

  test('values of every type are read and written', async () => {
    const columns = `id INTEGER PRIMARY KEY, big BIGINT, small SMALLINT, ok BOOLEAN, d ${types.double}, n ${types.decimal}, s VARCHAR(20), b ${types.bytes}, dt DATE, t ${types.timestamp}`;
    await run(`CREATE TABLE typed (${columns}); CREATE TABLE copied (${columns})`);
    const sql =
      'id INT, big BIGINT, small SMALLINT, ok BOOLEAN, d DOUBLE, n DECIMAL(20, 4), s STRING, b BYTES, dt DATE, t TIMESTAMP(3), PRIMARY KEY (id) NOT ENFORCED';
    const values = `(1, CAST(9223372036854775807 AS BIGINT), CAST(-5 AS SMALLINT), TRUE, 0.1e0, CAST('1234567890123456.7891' AS DECIMAL(20, 4)), 'a "b" ''c'' é', x'00ff10', DATE '2024-02-29', TIMESTAMP '2024-02-29 12:34:56.789')`;
    await runSql(`${create('typed', sql)}INSERT INTO typed VALUES ${values};
      INSERT INTO typed (id) SELECT 2`);
    await runSql(`${create('typed', sql)}${create('copied', sql)}INSERT INTO copied SELECT * FROM typed`);
    const result = await runSql(
      `${create('copied', sql)}SELECT id, big, small, ok, d, n, s, b = x'00ff10', dt, t FROM copied`,
    );
    expect(result.table).toEqual([
      `[1, 9223372036854775807, -5, TRUE, 0.1, 1234567890123456.7891, a "b" 'c' é, TRUE, 2024-02-29, 2024-02-29 12:34:56.789]`,
      '[2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL]',
    ]);
    expect((await runSql(`${create('copied', sql)}SELECT COUNT(*), SUM(n) FROM copied`)).table).toEqual([
      '[2, 1234567890123456.7891]',
    ]);
    expect((await runSql(`${create('copied', sql)}SELECT COUNT(*) FROM copied`, { mode: 'batch' })).table).toEqual([
      '[2]',
    ]);
  });

  const source = `CREATE TABLE s (id INT, v STRING, n BIGINT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'inline',
    'data' = '[["+I",1,"a",1],["+I",2,"b",2],["+U",1,"c",3],["-D",2,"b",2],["+I",3,"d",4]]');\n`;
  const KEYED = 'id INT, v STRING, n BIGINT, PRIMARY KEY (id) NOT ENFORCED';

  test.each([
    ['at once', ", 'sink.buffer-flush.max-rows' = '0'"],
    ['from a buffer', ''],
  ])('rows are set and removed by their key, %s', async (_, more) => {
    await run('DROP TABLE IF EXISTS keyed; CREATE TABLE keyed (id INTEGER PRIMARY KEY, v VARCHAR(9), n BIGINT)');
    await run("INSERT INTO keyed VALUES (2, 'old', 0), (3, 'old', 0), (9, 'stays', 0)");
    await runSql(`${source}${create('keyed', KEYED, more)}INSERT INTO keyed SELECT * FROM s`);
    expect(await rows('SELECT * FROM keyed ORDER BY id')).toEqual(['[1,"c","3"]', '[3,"d","4"]', '[9,"stays","0"]']);
  });

  test('a key of several columns, and nothing but the key', async () => {
    await run('CREATE TABLE pairs (a INTEGER, b VARCHAR(9), PRIMARY KEY (a, b))');
    const sql = create('pairs', 'a INT, b STRING, PRIMARY KEY (a, b) NOT ENFORCED');
    await runSql(`${sql}INSERT INTO pairs VALUES (1, 'x'), (1, 'y'), (1, 'x') ON CONFLICT DO DEDUPLICATE`);
    await runSql(`${sql}INSERT INTO pairs VALUES (1, 'x'), (2, 'z')`);
    expect((await runSql(`${sql}SELECT * FROM pairs`)).table).toEqual(['[1, x]', '[1, y]', '[2, z]']);
  });

  test('without a key rows are inserted, and updates refused', async () => {
    await run('CREATE TABLE log (id INTEGER, v VARCHAR(9), n BIGINT)');
    const sql = create('log', 'id INT, v STRING, n BIGINT');
    await runSql(`${sql}INSERT INTO log VALUES (1, 'a', 1), (1, 'a', 1)`);
    expect((await runSql(`${sql}SELECT * FROM log`)).changes).toEqual(['+I [1, a, 1]', '+I [1, a, 1]']);
    await expect(runSql(`${source}${sql}INSERT INTO log SELECT * FROM s`)).rejects.toThrow(
      'please declare primary key for sink table when query contains update/delete record.',
    );
  });

  test('a count by key', async () => {
    await run('CREATE TABLE counts (v VARCHAR(9) PRIMARY KEY, n BIGINT)');
    await runSql(`CREATE TABLE w (v STRING) WITH ('connector' = 'inline', 'data' = '[["a"],["b"],["a"],["a"]]');
      ${create('counts', 'v STRING, n BIGINT, PRIMARY KEY (v) NOT ENFORCED', ", 'sink.buffer-flush.max-rows' = '1'")}
      INSERT INTO counts SELECT v, COUNT(*) FROM w GROUP BY v`);
    expect(await rows('SELECT * FROM counts ORDER BY v')).toEqual(['["a","3"]', '["b","1"]']);
  });

  test('parts of a table', async () => {
    await run('CREATE TABLE many (id INTEGER, v VARCHAR(9))');
    const sql = create('many', 'id INT, v STRING');
    await runSql(`${sql}INSERT INTO many VALUES ${Array.from({ length: 50 }, (_, i) => `(${i}, 'v${i}')`).join(', ')}`);
    const parts = (upper: number): string =>
      ", 'scan.partition.column' = 'id', 'scan.partition.num' = '4', 'scan.partition.lower-bound' = '0', 'scan.partition.upper-bound' = '" +
      `${upper}', 'scan.fetch-size' = '7'`;
    const read = (upper: number) =>
      runSql(
        `${create('many', 'id INT, v STRING', parts(upper))}SELECT COUNT(*), COUNT(DISTINCT v), MAX(id) FROM many`,
      );
    expect((await read(49)).table).toEqual(['[50, 50, 49]']);
    expect((await read(9)).table).toEqual(['[10, 10, 9]']);
  });

  test('rows by key: a lookup join', async () => {
    await run('CREATE TABLE dim (id INTEGER, region VARCHAR(9), v VARCHAR(9))');
    await run(
      "INSERT INTO dim VALUES (1, 'eu', 'one'), (2, 'eu', 'two'), (2, 'eu', 'zwei'), (2, 'us', 'deux'), (3, 'eu', NULL)",
    );
    const sql = `CREATE TABLE facts (id INT, region STRING, at AS PROCTIME()) WITH ('connector' = 'inline',
      'data' = '[[1, "eu"], [2, "eu"], [9, "eu"], [2, "us"], [null, "eu"], [3, "eu"]]');\n${create('dim', 'id INT, region STRING, v STRING')}`;
    const join = (type: string) =>
      runSql(
        `${sql.replaceAll(' at ', ' `at` ')}SELECT f.id, f.region, d.v FROM facts f ${type} JOIN dim FOR SYSTEM_TIME AS OF f.\`at\` AS d ON f.id = d.id AND f.region = d.region`,
      );
    const found = ['[1, eu, one]', '[2, eu, two]', '[2, eu, zwei]', '[2, us, deux]', '[3, eu, NULL]'];
    expect((await join('')).table).toEqual(found);
    expect((await join('LEFT')).table).toEqual([...found, '[9, eu, NULL]', '[NULL, eu, NULL]'].sort());
  });

  test('names that need quotes', async () => {
    await run('CREATE TABLE "Odd names" ("select" INTEGER, "a b" VARCHAR(9))');
    const sql = `CREATE TABLE o (\`select\` INT, \`a b\` STRING) WITH ('connector' = 'jdbc', ${options()}, 'table-name' = 'Odd names');\n`;
    await runSql(`${sql}INSERT INTO o VALUES (1, 'x')`);
    expect((await runSql(`${sql}SELECT * FROM o`)).table).toEqual(['[1, x]']);
  });

  test('what goes wrong is said', async () => {
    await expect(runSql(`${create('nowhere', 'id INT')}SELECT * FROM nowhere`)).rejects.toThrow(/nowhere/);
    await run("CREATE TABLE words (v VARCHAR(9)); INSERT INTO words VALUES ('x')");
    await expect(runSql(`${create('words', 'v INT')}SELECT * FROM words`)).rejects.toThrow(/x/);
  });
}
