CREATE TABLE t (
  a INT, b BIGINT NOT NULL, s STRING, d DECIMAL(10, 2), r ROW<x INT, y ROW<z STRING, w BIGINT>>,
  ts TIMESTAMP(3), day_ AS DATE_FORMAT(ts, 'yyyy-MM-dd'), p AS PROCTIME(),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'filesystem', 'path' = 'none', 'format' = 'json');
CREATE TABLE u (id INT NOT NULL, name STRING, at_ TIMESTAMP(3), WATERMARK FOR at_ AS at_)
WITH ('connector' = 'filesystem', 'path' = 'none', 'format' = 'json');
CREATE TABLE plain (id INT, k STRING) WITH ('connector' = 'filesystem', 'path' = 'none', 'format' = 'json');
CREATE TABLE out_append (k STRING, n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'none', 'format' = 'json');
CREATE TABLE out_any (k STRING, n BIGINT) WITH ('connector' = 'print');
CREATE TABLE out_keyed (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole');
CREATE VIEW big AS SELECT a, r.y.z AS z, s, ts FROM t WHERE b > 100;
CREATE VIEW big3 AS SELECT b, ts FROM t WHERE b > 100;
