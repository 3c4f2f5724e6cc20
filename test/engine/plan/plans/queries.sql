-- project-filter
SELECT a, b * 2 AS twice FROM t WHERE d > 1;

-- nested-fields
SELECT r.x, r.y.z FROM t WHERE r.y.w = 3;

-- whole-row-and-field
SELECT r, r.x FROM t;

-- computed-column
SELECT day_, COUNT(*) AS n FROM t GROUP BY day_;

-- nothing-read
SELECT COUNT(*) AS n FROM t;

-- view-in-view
SELECT UPPER(z) AS z FROM big WHERE a IN (1, 2, 3) AND s = 'x';

-- constants
SELECT 1 + 1 AS two, CASE a WHEN 1 THEN 'one' ELSE s END AS c FROM t WHERE a = 1 AND TRUE;

-- never
SELECT a FROM t WHERE 1 = 2;

-- group-having
SELECT s, SUM(b) AS total FROM t WHERE a > 0 GROUP BY s HAVING COUNT(*) > 2 AND s <> 'x';

-- distinct-aggregates
SELECT s, COUNT(DISTINCT a) AS n, SUM(b) FILTER (WHERE a > 1) AS f FROM t GROUP BY s;

-- select-distinct
SELECT DISTINCT s FROM t;

-- grouping-sets
SELECT s, a, COUNT(*) AS n, GROUPING(s, a) AS g FROM t GROUP BY ROLLUP (s, a);

-- aggregate-of-aggregate
SELECT n, COUNT(*) AS m FROM (SELECT s, COUNT(*) AS n FROM t GROUP BY s) GROUP BY n;

-- tumble
SELECT window_start, window_end, s, COUNT(*) AS n
FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) WHERE a > 1 GROUP BY window_start, window_end, s;

-- hop-offset-named
SELECT window_end, SUM(b) AS total
FROM TABLE(HOP(DATA => TABLE big3, TIMECOL => DESCRIPTOR(ts), SLIDE => INTERVAL '5' SECOND, SIZE => INTERVAL '1' MINUTE, `OFFSET` => INTERVAL '2' SECOND))
GROUP BY window_start, window_end;

-- session
SELECT s, window_start, window_end, MAX(a) AS m
FROM TABLE(SESSION(TABLE t PARTITION BY s, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY s, window_start, window_end;

-- window-column-kept-below
SELECT window_end, DATE_FORMAT(window_start, 'HH:mm') AS m, COUNT(*) AS n
FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND))
GROUP BY window_start, window_end, DATE_FORMAT(window_start, 'HH:mm');

-- cascade
SELECT window_end, SUM(n) AS n
FROM TABLE(TUMBLE(
  (SELECT window_time AS wt, s, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, window_time, s),
  DESCRIPTOR(wt), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end;

-- window-of-window-result
SELECT window_start, window_end, MAX(n) AS m
FROM (SELECT window_start, window_end, s, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, s)
GROUP BY window_start, window_end;

-- window-function-alone
SELECT a, window_start FROM TABLE(CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '1' MINUTE));

-- legacy-window
SELECT TUMBLE_START(ts, INTERVAL '1' HOUR) AS h, s, COUNT(*) AS n FROM t GROUP BY TUMBLE(ts, INTERVAL '1' HOUR), s;

-- proctime-window
SELECT window_end, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(p), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;

-- join-where
SELECT t.s, u.name FROM t, u WHERE t.a = u.id AND u.name LIKE 'x%' AND t.b > 5 AND t.s <> u.name;

-- join-expression-key
SELECT t.a FROM t JOIN plain ON UPPER(t.s) = plain.k AND t.a + 1 = plain.id;

-- join-types-differ
SELECT t.a FROM t JOIN u ON t.b = u.id;

-- join-using
SELECT * FROM plain JOIN (SELECT a AS id, s FROM t) USING (id);

-- window-join
SELECT l.s, r.n, l.window_start
FROM (SELECT * FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND))) AS l
JOIN (SELECT name, COUNT(*) AS n, window_start, window_end FROM TABLE(TUMBLE(TABLE u, DESCRIPTOR(at_), INTERVAL '10' SECOND)) GROUP BY name, window_start, window_end) AS r
ON l.window_start = r.window_start AND l.window_end = r.window_end AND l.s = r.name;

-- union-all
SELECT a, s FROM t WHERE a > 1 UNION ALL SELECT id, k FROM plain UNION ALL SELECT id, name FROM u;

-- union-distinct
SELECT s FROM t UNION SELECT k FROM plain;

-- filter-over-union
SELECT * FROM (SELECT a AS x FROM t UNION ALL SELECT id FROM plain) WHERE x > 3;

-- values
SELECT * FROM (VALUES (1, 'a'), (2, 'bc')) AS v (x, y) WHERE x > 1;

-- values-computed
VALUES (1 + 1, UPPER('a')), (3, 'b');

-- top-n
SELECT s, b FROM t ORDER BY b DESC, s NULLS LAST LIMIT 3;

-- limit
SELECT s FROM t LIMIT 5;

-- sort-by-time
SELECT a FROM t ORDER BY ts, b DESC;

-- order-by-hidden-expression
SELECT s FROM t ORDER BY b * 2 LIMIT 1;

-- with
WITH x AS (SELECT a, s FROM t WHERE a > 0), y (n) AS (SELECT COUNT(*) FROM x) SELECT * FROM x, y;

-- sink-append
INSERT INTO out_append SELECT s, b FROM t;

-- sink-retract
INSERT INTO out_any SELECT s, COUNT(*) FROM t GROUP BY s;

-- sink-upsert
INSERT INTO out_keyed SELECT s, COUNT(*) FROM t GROUP BY s;

-- sink-upsert-behind-filter
INSERT INTO out_keyed SELECT s, n FROM (SELECT s, COUNT(*) AS n FROM t GROUP BY s) WHERE n > 3;

-- sink-upsert-other-key
INSERT INTO out_keyed SELECT CAST(a AS STRING), SUM(b) FROM t GROUP BY a ON CONFLICT DO DEDUPLICATE;

-- sink-columns
INSERT INTO out_any (n) SELECT a FROM t;

-- in-subquery
SELECT s FROM t WHERE a IN (SELECT id FROM u WHERE name = 'x') AND b > 1;

-- exists
SELECT s FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.id = t.a AND name LIKE 'x%');

-- scalar-subquery
SELECT s, b - (SELECT MAX(b) FROM t) AS less FROM t;

-- intersect
SELECT a FROM t INTERSECT SELECT id FROM u;
