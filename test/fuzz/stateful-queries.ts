/** Queries over `t` and `u` (append-only, with a watermark), one or more for each operator that remembers something. */
export const statefulQueries: readonly string[] = [
  'SELECT t.k, t.n, u.d FROM t JOIN u ON t.k = u.k',
  'SELECT t.k, t.n, u.d FROM t LEFT JOIN u ON t.k = u.k AND t.n < u.n',
  'SELECT t.k, t.n, u.d FROM t RIGHT JOIN u ON t.g = u.g',
  'SELECT t.k, t.n, u.d FROM t FULL JOIN u ON t.g = u.g AND t.n > u.n',
  'SELECT k, COUNT(*) AS c FROM t WHERE g IN (SELECT g FROM u) GROUP BY k',
  `SELECT t.k, t.n, u.n FROM t JOIN u ON t.k = u.k AND t.ts BETWEEN u.ts - INTERVAL '5' SECOND AND u.ts + INTERVAL '3' SECOND`,
  `SELECT t.k, t.n, u.n FROM t LEFT JOIN u ON t.k = u.k AND t.ts BETWEEN u.ts - INTERVAL '5' SECOND AND u.ts`,
  `SELECT a.k, a.n, b.n AS m FROM (SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND))) a
   JOIN (SELECT * FROM TABLE(TUMBLE(TABLE u, DESCRIPTOR(ts), INTERVAL '10' SECOND))) b
   ON a.window_start = b.window_start AND a.window_end = b.window_end AND a.k = b.k`,
  `SELECT t.k, t.n, m.e FROM t JOIN (
     SELECT MAX(n) AS n, window_end AS e FROM TABLE(TUMBLE(TABLE u, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end) m
   ON t.n = m.n AND t.ts BETWEEN m.e - INTERVAL '10' SECOND AND m.e`,
  `SELECT t.k, t.n, m.e FROM (
     SELECT MIN(n) AS n, window_end AS e FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end) m
   JOIN t ON t.n = m.n AND t.ts > m.e - INTERVAL '15' SECOND AND t.ts <= m.e`,
  'SELECT k, n FROM t ORDER BY n LIMIT 5',
  'SELECT k, n FROM t LIMIT 7',
  'SELECT k, n, ts FROM t ORDER BY ts',
  `SELECT window_end, SUM(c) AS s FROM (
     SELECT window_start, window_end, window_time, k, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND))
     GROUP BY window_start, window_end, window_time, k)
   GROUP BY window_start, window_end`,
  `SELECT k, TUMBLE_END(ts, INTERVAL '10' SECOND) AS e, COLLECT(n) AS c FROM t GROUP BY k, TUMBLE(ts, INTERVAL '10' SECOND)`,
  `SELECT k, LISTAGG(k) AS l, FIRST_VALUE(n) AS f, LAST_VALUE(d) AS v, ARRAY_AGG(b) AS a, STDDEV_POP(n) AS s FROM t GROUP BY k`,
  'SELECT g, MAX(n) AS m, COUNT(DISTINCT b) AS c FROM (SELECT g, k, SUM(n) AS n, MAX(b) AS b FROM t GROUP BY g, k) GROUP BY g',
  'SELECT k FROM t UNION SELECT k FROM u',
  'SELECT k FROM t INTERSECT SELECT k FROM u',
  'SELECT k, g FROM t EXCEPT SELECT k, g FROM u',
  'SELECT k FROM t INTERSECT ALL SELECT k FROM u',
  'SELECT k, n, SUM(n) OVER (PARTITION BY k ORDER BY ts) AS s FROM t',
  'SELECT k, n, COUNT(*) OVER (PARTITION BY g ORDER BY ts ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS c FROM t',
  `SELECT k, MAX(n) OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '5' SECOND PRECEDING AND CURRENT ROW) AS m FROM t`,
  'SELECT k, n, SUM(n) OVER (PARTITION BY k ORDER BY b) AS s FROM t',
  'SELECT k, n, r FROM (SELECT k, n, ROW_NUMBER() OVER (PARTITION BY k ORDER BY n DESC) AS r FROM t) WHERE r <= 2',
  'SELECT k, c FROM (SELECT k, c, ROW_NUMBER() OVER (ORDER BY c DESC) AS r FROM (SELECT k, COUNT(*) AS c FROM t GROUP BY k)) WHERE r <= 2',
  'SELECT k, n, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS r FROM t) WHERE r = 1',
  'SELECT k, n, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS r FROM t) WHERE r = 1',
  `SELECT window_start, k, c FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY c DESC, k) AS r FROM (
     SELECT window_start, window_end, k, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND))
     GROUP BY window_start, window_end, k)) WHERE r <= 2`,
  `SELECT * FROM t MATCH_RECOGNIZE (PARTITION BY g ORDER BY ts MEASURES A.n AS a, LAST(B.n) AS b
     ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (A B+ C) DEFINE B AS B.n > A.n, C AS C.n <= A.n)`,
  'SELECT t.k, t.n, x FROM t CROSS JOIN UNNEST(ARRAY[n, g]) AS a (x)',
  'SELECT g, COUNT(*) AS c FROM t WHERE k NOT IN (SELECT k FROM u WHERE k IS NOT NULL) GROUP BY g',
];
