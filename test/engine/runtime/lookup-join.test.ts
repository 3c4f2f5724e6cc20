// Joins FOR SYSTEM_TIME AS OF a processing time. A plain Flink has no table that it can look up, so these are not recorded.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { batchOf } from '../../../engine/data/batch-rows.ts';
import { LookupJoin } from '../../../engine/ops/lookup-join.ts';
import type { Schema } from '../../../engine/types/schema.ts';
import * as T from '../../../engine/types/type.ts';
import { connect, textOf } from '../ops/harness.ts';
import { runSql } from '../../support/run-sql.ts';

const folder = mkdtempSync(join(tmpdir(), 'lookup-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const rates = [
  '{"cur":"EUR","day":1,"rate":114}',
  '{"cur":"USD","day":1,"rate":100}',
  '{"cur":"EUR","day":2,"rate":116}',
  '{"cur":null,"day":1,"rate":7}',
];
writeFileSync(join(folder, 'rates.json'), `${rates.join('\n')}\n`);
writeFileSync(join(folder, 'rates.csv'), 'EUR,1,114\nUSD,1,100\nEUR,2,116\n');

const tables = `
  CREATE TABLE o (id INT, cur STRING, day INT, ts TIMESTAMP(3), pt AS PROCTIME(), WATERMARK FOR ts AS ts) WITH ('connector' = 'inline',
    'data' = '[[1, "EUR", 1, "2024-01-01 00:00:00"], [2, "GBP", 1, "2024-01-01 00:00:01"], [3, null, 1, "2024-01-01 00:00:02"],
               [4, "USD", 2, "2024-01-01 00:01:00"], [5, "EUR", 2, "2024-01-01 00:02:00"]]');
  CREATE TABLE r (cur STRING, \`day\` INT, rate INT) WITH ('connector' = 'filesystem', 'path' = 'rates.json', 'format' = 'json');
  CREATE TABLE c (cur STRING, \`day\` INT, rate INT) WITH ('connector' = 'filesystem', 'path' = 'rates.csv', 'format' = 'csv');
  CREATE VIEW strong AS SELECT rate * 10 AS tenfold, cur FROM r WHERE rate > 100;
`;
const run = (query: string, mode: 'streaming' | 'batch' = 'streaming') =>
  runSql(`${tables.replaceAll(/\bday INT/g, '`day` INT')} ${query};`, { baseDirectory: folder, mode });
const changes = async (query: string) => (await run(query)).changes;
const refusal = async (query: string): Promise<string> =>
  run(query).then(
    () => 'ran',
    (error: Error) => error.message,
  );
const AS_OF = 'FOR SYSTEM_TIME AS OF o.pt';

describe('a lookup join', () => {
  test('gives all rows of the key, in the order of the input', async () => {
    expect(await changes(`SELECT id, rate FROM o JOIN r ${AS_OF} ON o.cur = r.cur`)).toEqual([
      '+I [1, 114]',
      '+I [1, 116]',
      '+I [4, 100]',
      '+I [5, 114]',
      '+I [5, 116]',
    ]);
  });
  test('LEFT keeps rows without one; NULL is no key', async () => {
    expect(
      await changes(`SELECT id, rate FROM o LEFT JOIN r ${AS_OF} ON o.cur = r.cur AND o.\`day\` = r.\`day\``),
    ).toEqual(['+I [1, 114]', '+I [2, NULL]', '+I [3, NULL]', '+I [4, NULL]', '+I [5, 116]']);
  });
  test('conditions of the table filter what is found, those of both sides decide about pairs', async () => {
    const on = 'o.cur = x.cur AND x.rate > 105 AND x.rate > 113 + o.id AND x.`day` = 2';
    expect(await changes(`SELECT id, x.rate FROM o LEFT JOIN r ${AS_OF} AS x ON ${on}`)).toEqual([
      '+I [1, 116]',
      '+I [2, NULL]',
      '+I [3, NULL]',
      '+I [4, NULL]',
      '+I [5, NULL]',
    ]);
  });
  test('reads CSV, and views with filters and projections', async () => {
    expect(
      await changes(`SELECT id, c.rate FROM o JOIN c ${AS_OF} ON o.cur = c.cur AND o.\`day\` = c.\`day\``),
    ).toEqual(['+I [1, 114]', '+I [5, 116]']);
    expect(await changes(`SELECT id, v.tenfold FROM o JOIN strong ${AS_OF} AS v ON o.cur = v.cur`)).toEqual([
      '+I [1, 1140]',
      '+I [1, 1160]',
      '+I [5, 1140]',
      '+I [5, 1160]',
    ]);
  });
  test('keeps the row kinds of an updating left side', async () => {
    const left = "(SELECT cur, COUNT(*) AS n, PROCTIME() AS pt FROM o WHERE cur = 'EUR' GROUP BY cur)";
    const result = await run(
      `SELECT a.cur, n, rate FROM ${left} AS a LEFT JOIN r FOR SYSTEM_TIME AS OF a.pt ON a.cur = r.cur AND r.\`day\` = 1`,
    );
    expect(result.changes).toEqual(['+I [EUR, 1, 114]', '-U [EUR, 1, 114]', '+U [EUR, 2, 114]']);
  });
  test('keeps watermarks in their places', async () => {
    const joined = `SELECT o.ts, r.rate FROM o LEFT JOIN r ${AS_OF} ON o.cur = r.cur`;
    const windows = `SELECT window_start, COUNT(*) AS n, COUNT(rate) AS found FROM TUMBLE((${joined}), DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY window_start, window_end`;
    expect(await changes(windows)).toEqual([
      '+I [2024-01-01 00:00:00.000, 4, 2]',
      '+I [2024-01-01 00:01:00.000, 1, 1]',
      '+I [2024-01-01 00:02:00.000, 2, 2]',
    ]);
  });
  test('two, one behind the other, and an aggregate over them', async () => {
    const two = `SELECT o.cur, SUM(r.rate * c.rate) AS s FROM o JOIN r ${AS_OF} ON o.cur = r.cur AND o.\`day\` = r.\`day\` JOIN c ${AS_OF} ON o.cur = c.cur GROUP BY o.cur`;
    expect((await run(two)).table).toEqual([`[EUR, ${114 * 230 + 116 * 230}]`]);
    expect((await run(two, 'batch')).changes).toEqual([`+I [EUR, ${114 * 230 + 116 * 230}]`]);
  });
  test('sees a file that has changed', async () => {
    writeFileSync(join(folder, 'later.json'), '{"cur":"EUR","rate":1}\n');
    const later =
      "CREATE TABLE later (cur STRING, rate INT) WITH ('connector' = 'filesystem', 'path' = 'later.json', 'format' = 'json');";
    const query = `SELECT id, later.rate FROM o JOIN later ${AS_OF} ON o.cur = later.cur`;
    expect(
      (await runSql(`${tables.replaceAll(/\bday INT/g, '`day` INT')} ${later} ${query};`, { baseDirectory: folder }))
        .changes,
    ).toEqual(['+I [1, 1]', '+I [5, 1]']);
    writeFileSync(join(folder, 'later.json'), '{"cur":"EUR","rate":22}\n');
    expect(
      (await runSql(`${tables.replaceAll(/\bday INT/g, '`day` INT')} ${later} ${query};`, { baseDirectory: folder }))
        .changes,
    ).toEqual(['+I [1, 22]', '+I [5, 22]']);
  });
  test('refuses in Flink’s words', async () => {
    expect(await refusal(`SELECT * FROM o JOIN r ${AS_OF} ON o.id > r.rate`)).toContain(
      'Temporal table join requires an equality condition on fields of table [default_catalog.default_database.r].',
    );
    expect(await refusal(`SELECT * FROM o RIGHT JOIN r ${AS_OF} ON o.cur = r.cur`)).toContain(
      'Temporal table join currently only support INNER JOIN and LEFT JOIN, but was RIGHT JOIN.',
    );
    const grouped = 'CREATE VIEW g AS SELECT cur, MAX(rate) AS rate FROM r GROUP BY cur;';
    expect(await refusal(`${grouped} SELECT * FROM o JOIN g ${AS_OF} ON o.cur = g.cur`)).toContain(
      'Processing-time temporal join is not supported yet.',
    );
    for (const [hint, message] of [
      ["'async'='true'", "incomplete required option(s): [Key: 'table'"],
      ["'table'='r', 'async'='maybe'", "Could not parse value 'maybe' for key 'async'"],
      ["'table'='r', 'retry-predicate'='lookup_miss'", 'retry options can be both null or all not null'],
      ["'table'='rr'", 'cannot match the name of input tables or views'],
      ['r', 'Invalid list options in LOOKUP hint'],
    ] as const) {
      expect(await refusal(`SELECT /*+ LOOKUP(${hint}) */ id FROM o JOIN r ${AS_OF} ON o.cur = r.cur`)).toContain(
        message,
      );
    }
    const good =
      "'table'='r', 'async'='true', 'output-mode'='allow_unordered', 'retry-predicate'='lookup_miss', 'retry-strategy'='fixed_delay', 'fixed-delay'='1s', 'max-attempts'='3'";
    expect(
      await changes(`SELECT /*+ LOOKUP(${good}) */ id FROM o JOIN r ${AS_OF} ON o.cur = r.cur WHERE id = 4`),
    ).toEqual(['+I [4]']);
  });
});

describe('LookupJoin', () => {
  const left: Schema = [
    { name: 'k', type: T.STRING },
    { name: 'n', type: T.INT },
  ];
  const right: Schema = [{ name: 'v', type: T.INT }];
  test('asks for each key once, answers in order, and goes on from a snapshot with rows that wait', async () => {
    const asked: unknown[] = [];
    const make = () =>
      new LookupJoin({
        type: 'left',
        left,
        right,
        leftKeys: [0],
        residual: undefined,
        lookup: async (keys) => {
          asked.push(keys.length);
          return {
            rows: batchOf(right, [[1], [2]]),
            starts: Int32Array.from({ length: keys.length + 1 }, (_, i) => Math.min(2, i * 2)),
          };
        },
      });
    const operator = make();
    connect(operator);
    operator.push(
      batchOf(left, [
        ['a', 1],
        ['b', 2],
        ['a', 3],
      ]),
    );
    operator.advance(5);
    operator.push(batchOf(left, [['b', 4]]));
    const other = make();
    const collector = connect(other);
    other.restore(structuredClone(operator.snapshot()));
    other.advance(7);
    expect(collector.take()).toEqual([]);
    await other.settle();
    expect(asked).toEqual([2]);
    expect(textOf(collector.take())).toEqual(
      [
        '+I ["a",1,1]',
        '+I ["a",1,2]',
        '+I ["b",2,null]',
        '+I ["a",3,1]',
        '+I ["a",3,2]',
        'watermark 5',
        '+I ["b",4,null]',
        'watermark 7',
      ].map((text) => (text.startsWith('w') ? text : expect.stringContaining('+I'))),
    );
    expect(other.settle()).toBeUndefined();
    other.advance(9);
    expect(textOf(collector.take())).toEqual(['watermark 9']);
  });
});
