// Mistakes as a person sees them: code and reason, the line with a caret, the hint.
import { describe, expect, it } from 'vitest';
import { MillraceError, renderError } from '../../../engine/errors.ts';
import { optimize } from '../../../engine/optimize/optimize.ts';
import { lower } from '../../../engine/plan/lower.ts';
import { bindScript, plansOf } from './bind-script.ts';

const tables = `
CREATE TABLE orders (id INT, amount BIGINT, who STRING, r ROW<city STRING>, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
WITH ('connector' = 'filesystem', 'path' = 'none', 'format' = 'json');
CREATE TABLE customers (id INT, name STRING) WITH ('connector' = 'filesystem', 'path' = 'none', 'format' = 'json');
CREATE TABLE out_append (who STRING, n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'none', 'format' = 'json');
`;

/** What the last statement of a script says; the tables above are there. */
function complaint(sql: string): string {
  const script = `${tables}${sql}`;
  try {
    for (const plan of plansOf(bindScript(script).at(-1)!)) lower(optimize(plan).plan, { mode: 'streaming' });
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return renderError(error.withText(script)).replace(/^LINE \d+: /m, (line) =>
      line.replace(/\d+/, (n) => String(Number(n) - 5)),
    );
  }
  return 'no complaint';
}

function check(sql: string, expected: string): void {
  it(sql.replaceAll('\n', ' '), () => expect(complaint(sql)).toBe(expected.replace(/^\n/, '').trimEnd()));
}

describe('names', () => {
  check(
    'SELECT SUM(amout) FROM orders',
    `
SQL_UNKNOWN_COLUMN: column "amout" does not exist in orders
LINE 1: SELECT SUM(amout) FROM orders
                   ^^^^^
HINT: did you mean "amount"?`,
  );
  check(
    'SELECT o.nam FROM orders o JOIN customers c ON o.id = c.id',
    `
SQL_UNKNOWN_COLUMN: column "nam" does not exist in o
LINE 1: SELECT o.nam FROM orders o JOIN customers c ON o.id = c.id
                 ^^^
HINT: columns: id, amount, who, r, ts`,
  );
  check(
    'SELECT id FROM orders, customers',
    `
SQL_AMBIGUOUS_COLUMN: column "id" is ambiguous
LINE 1: SELECT id FROM orders, customers
               ^^
HINT: say which one: table.id`,
  );
  check(
    'SELECT r.town FROM orders',
    `
SQL_UNKNOWN_COLUMN: field "town" does not exist in r
LINE 1: SELECT r.town FROM orders
               ^^^^^^
HINT: tables here: orders`,
  );
  check(
    'SELECT x.* FROM orders',
    `
SQL_UNKNOWN_TABLE: there is no table or ROW column "x" here for x.*
LINE 1: SELECT x.* FROM orders
               ^^^
HINT: tables here: orders`,
  );
  check(
    'SELECT *\nFROM ordrs',
    `
SQL_UNKNOWN_TABLE: table "ordrs" does not exist
LINE 2: FROM ordrs
             ^^^^^
HINT: did you mean "orders"?`,
  );
  check(
    'SELECT UPPR(who) FROM orders',
    `
SQL_UNKNOWN_FUNCTION: function UPPR does not exist
LINE 1: SELECT UPPR(who) FROM orders
               ^^^^^^^^^
HINT: did you mean "UPPER"?`,
  );
});

describe('types', () => {
  check(
    'SELECT who + 1 FROM orders',
    `
SQL_TYPE: cannot apply + to STRING, INT
LINE 1: SELECT who + 1 FROM orders
               ^^^^^^^
HINT: it is a + b`,
  );
  check(
    'SELECT id FROM orders WHERE amount',
    `
SQL_TYPE: WHERE clause must be a condition, not BIGINT
LINE 1: SELECT id FROM orders WHERE amount
                                    ^^^^^^`,
  );
  check(
    "SELECT CASE WHEN id = 1 THEN 'x' ELSE 2 END FROM orders",
    `
SQL_TYPE: the branches of CASE have no type in common: CHAR(1) NOT NULL, INT NOT NULL
LINE 1: SELECT CASE WHEN id = 1 THEN 'x' ELSE 2 END FROM orders
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
HINT: CAST them to one type`,
  );
  check(
    'SELECT id FROM orders UNION ALL SELECT name FROM customers',
    `
SQL_TYPE: Type mismatch in column 1 of UNION ALL: INT and STRING
LINE 1: SELECT id FROM orders UNION ALL SELECT name FROM customers
               ^^
HINT: CAST them to one type`,
  );
  check(
    'INSERT INTO out_append SELECT id, amount FROM orders',
    `
SQL_TYPE: Column types of query result and sink for 'default_catalog.default_database.out_append' do not match.
Cause: Incompatible types for sink column 'who' at position 1.

Query schema: [id: INT, amount: BIGINT]
Sink schema:  [who: STRING, n: BIGINT]
LINE 1: INSERT INTO out_append SELECT id, amount FROM orders
                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
HINT: CAST the columns of the query`,
  );
});

describe('grouping', () => {
  check(
    'SELECT who, amount FROM orders GROUP BY who',
    `
SQL_INVALID: Expression 'amount' is not being grouped
LINE 1: SELECT who, amount FROM orders GROUP BY who
                    ^^^^^^
HINT: add it to GROUP BY, or put it into an aggregate: MAX(amount)`,
  );
  check(
    'SELECT who, COUNT(*) FROM orders',
    `
SQL_INVALID: Expression 'who' is not being grouped
LINE 1: SELECT who, COUNT(*) FROM orders
               ^^^
HINT: the query has aggregates: add GROUP BY who, or put it into an aggregate`,
  );
  check(
    'SELECT who FROM orders WHERE COUNT(*) > 1',
    `
SQL_INVALID: Aggregate expression is illegal in WHERE clause
LINE 1: SELECT who FROM orders WHERE COUNT(*) > 1
                                     ^^^^^^^^
HINT: conditions on aggregates go into HAVING`,
  );
  check(
    'SELECT SUM(COUNT(*)) FROM orders',
    `
SQL_INVALID: Aggregate expressions cannot be nested
LINE 1: SELECT SUM(COUNT(*)) FROM orders
               ^^^^^^^^^^^^^
HINT: compute the inner one in a subquery in FROM`,
  );
});

describe('windows', () => {
  check(
    "SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(id), INTERVAL '1' MINUTE))",
    `
SQL_INVALID: The window function TUMBLE(TABLE table_name, DESCRIPTOR(timecol), datetime interval[, datetime interval]) requires the timecol to be TIMESTAMP or TIMESTAMP_LTZ, but is INT.
Besides, the timecol must be a time attribute type in streaming mode.
LINE 1: SELECT * FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(id), INTERVAL '1' MINUTE))
                                                            ^^
HINT: time columns: ts`,
  );
  check(
    `SELECT window_end, COUNT(*) FROM TABLE(TUMBLE(
  (SELECT o.ts FROM orders o JOIN customers c ON o.id = c.id), DESCRIPTOR(ts), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end`,
    `
PLAN_UNSUPPORTED: Window can only be defined over a time attribute column: "ts" is an ordinary timestamp here
LINE 3: GROUP BY window_start, window_end
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
HINT: a join, GROUP BY or UNION below made it one: use the window function before them, or window_time of a windowed result`,
  );
  check(
    "SELECT COUNT(*) FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '7' SECOND, INTERVAL '1' MINUTE)) GROUP BY window_start, window_end",
    `
PLAN_UNSUPPORTED: HOP table function based aggregate requires size must be an integral multiple of slide, but got size 60000 ms and slide 7000 ms
LINE 1: SELECT COUNT(*) FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '7' SECOND, INTERVAL '1' MINUTE)) GROUP BY window_start, window_end
                                                                                                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^`,
  );
});

describe('changes', () => {
  check(
    'INSERT INTO out_append SELECT who, COUNT(*) FROM orders GROUP BY who',
    `
PLAN_CHANGELOG: Table sink 'default_catalog.default_database.out_append' doesn't support consuming update changes which is produced by node GroupAggregate(groupBy=[who], select=[who, COUNT(*) AS $agg0])
LINE 1: INSERT INTO out_append SELECT who, COUNT(*) FROM orders GROUP BY who
                    ^^^^^^^^^^
HINT: group by a window instead of a plain key, or write into a table that takes updates (print, blackhole)`,
  );
  check(
    'SELECT id FROM orders ORDER BY amount',
    `
PLAN_UNSUPPORTED: Sort on a non-time-attribute field is not supported.
LINE 1: SELECT id FROM orders ORDER BY amount
                                       ^^^^^^
HINT: add LIMIT, sort by the time column first, or SET 'execution.runtime-mode' = 'batch'`,
  );
});

describe('what does not run yet is refused by name', () => {
  const refused: readonly (readonly [sql: string, feature: string])[] = [
    ['SELECT * FROM orders FOR SYSTEM_TIME AS OF ts', 'time travel (FOR SYSTEM_TIME AS OF outside of a join)'],
    ['SELECT * FROM orders, UNNEST(ARRAY[1], ARRAY[2]) AS x (y, z)', 'UNNEST of several collections'],
    [
      'SELECT * FROM orders MATCH_RECOGNIZE (ORDER BY ts MEASURES CLASSIFIER() AS i PATTERN (A) DEFINE A AS A.id > 1)',
      'CLASSIFIER()',
    ],
  ];
  for (const [sql, feature] of refused) {
    it(feature, () => {
      const [first, line] = complaint(sql).split('\n');
      expect(first).toBe(`SQL_UNSUPPORTED: ${feature} is not supported yet`);
      expect(line).toMatch(/^LINE 1: /);
    });
  }
});
