// A stream that has ended shows what batch mode gives, also where the order of the rows matters.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runSql } from '../support/run-sql.ts';
import { event, groupQuery, inserts, table, windowQuery } from './queries.ts';
import { fuzz } from './settings.ts';

const events = fc.array(event, { maxLength: 60, size: 'max' });

/** What depends on the order in which rows come, on both sides of a join, on several windows in a row. */
const orderedQuery = fc.oneof(
  fc.constantFrom(
    "SELECT k, LISTAGG(CAST(n AS STRING), '+') AS l, FIRST_VALUE(n) AS f, LAST_VALUE(d) AS la, ARRAY_AGG(g) AS a FROM t GROUP BY k",
    'SELECT g, AVG(CAST(n AS DOUBLE)) AS a, STDDEV_POP(CAST(d AS DOUBLE)) AS s, VAR_SAMP(d) AS v FROM t GROUP BY g',
    'SELECT k, g, GROUPING(k) AS gk, COUNT(*) AS c, SUM(d) AS s FROM t GROUP BY GROUPING SETS ((k, g), (k), ())',
    'SELECT g, COLLECT(k) AS c FROM t WHERE k IS NOT NULL GROUP BY g',
    'SELECT k, n, d, ts FROM t ORDER BY ts, k, n, d, b, g LIMIT 5',
    'SELECT k, s FROM (SELECT k, SUM(n) AS s FROM t GROUP BY k) ORDER BY s DESC, k LIMIT 2',
    'SELECT k, n FROM t LIMIT 3',
    'SELECT n, COUNT(*) AS c FROM (SELECT DISTINCT k, n FROM t) GROUP BY n',
  ),
  fc.constantFrom('SUM(n)', 'MAX(d)', 'COUNT(DISTINCT k)').map(
    (of) =>
      `SELECT l.window_start, l.window_end, l.k, l.x, r.y FROM (
           SELECT window_start, window_end, k, ${of} AS x FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k) l
         JOIN (SELECT window_start, window_end, k, COUNT(*) AS y FROM TABLE(TUMBLE(TABLE u, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k) r
         ON l.window_start = r.window_start AND l.window_end = r.window_end AND l.k = r.k`,
  ),
  fc
    .constantFrom(20, 30, 60)
    .map(
      (size) =>
        `SELECT window_start, window_end, COUNT(*) AS c, SUM(x) AS s FROM TABLE(TUMBLE(TABLE v, DESCRIPTOR(rowtime), INTERVAL '${size}' SECOND)) GROUP BY window_start, window_end`,
    ),
);

const view = `CREATE VIEW v AS SELECT window_time AS rowtime, k, SUM(n) AS x FROM TABLE(HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND)) GROUP BY window_start, window_end, window_time, k;`;

test('stream ≡ batch', async () => {
  await fc.assert(
    fc.asyncProperty(events, events, fc.oneof(orderedQuery, groupQuery, windowQuery), async (left, right, query) => {
      const script = `${table('t', inserts(left), 99)} ${table('u', inserts(right), 99)} ${view} ${query};`;
      const [stream, batch] = [await runSql(script), await runSql(script, { mode: 'batch' })];
      expect(stream.table).toEqual(batch.table);
      expect(batch.changes.every((change) => change.startsWith('+I'))).toBe(true);
    }),
    fuzz(100),
  );
});

test('ORDER BY in batch mode is the order of the values', async () => {
  await fc.assert(
    fc.asyncProperty(
      events,
      fc.constantFrom('ASC', 'DESC'),
      fc.constantFrom('FIRST', 'LAST'),
      async (rows, way, nulls) => {
        const query = `SELECT n FROM t ORDER BY n ${way} NULLS ${nulls}`;
        const { changes } = await runSql(`${table('t', inserts(rows), 99)} ${query};`, { mode: 'batch' });
        const direction = way === 'ASC' ? 1 : -1;
        const sorted = rows
          .map(({ n }) => n)
          .toSorted((a, b) => {
            if (a === null || b === null) return a === b ? 0 : (a === null) === (nulls === 'FIRST') ? -1 : 1;
            return (a - b) * direction;
          });
        expect(changes).toEqual(sorted.map((n) => `+I [${n ?? 'NULL'}]`));
      },
    ),
    fuzz(40),
  );
});
