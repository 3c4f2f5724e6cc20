/** Random tables and queries whose answer is one and the same, whatever the way: no floating-point sums, no order that ties leave open. */
import fc, { type Arbitrary } from 'fast-check';

/** k, g, n, b, d, ts: in this order in the tables below. `second` counts from 2024-01-01 00:00:00. */
export interface Event {
  readonly k: string | null;
  readonly g: number | null;
  readonly n: number | null;
  readonly b: string | null;
  readonly d: string | null;
  readonly second: number;
}

export const event: Arbitrary<Event> = fc.record({
  k: fc.constantFrom('a', 'b', 'c', '', 'ä', null),
  g: fc.constantFrom(1, 2, 3, null),
  n: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(2147483647, -2147483648, null)),
  b: fc.oneof(fc.integer({ min: -9, max: 9 }).map(String), fc.constantFrom('9223372036854775807', null)),
  d: fc.oneof(
    fc.integer({ min: -500, max: 500 }).map((cents) => (cents / 100).toFixed(2)),
    fc.constant(null),
  ),
  second: fc.integer({ min: 0, max: 60 }),
});

export interface Change {
  readonly kind: '+I' | '-D' | '-U' | '+U';
  readonly event: Event;
}

/** Rows as they come, now and then one of them taken back or updated. */
export const changelog: Arbitrary<Change[]> = fc
  .array(fc.tuple(event, fc.constantFrom('add', 'add', 'add', 'remove', 'update'), fc.nat(1000)), {
    maxLength: 40,
    size: 'max',
  })
  .map((steps) => {
    const live: Event[] = [];
    return steps.flatMap(([next, what, pick]): Change[] => {
      if (what === 'add' || live.length === 0) {
        live.push(next);
        return [{ kind: '+I', event: next }];
      }
      const at = pick % live.length;
      const [old] = live.splice(at, 1);
      if (what === 'remove') return [{ kind: '-D', event: old! }];
      live.push(next);
      return [
        { kind: '-U', event: old! },
        { kind: '+U', event: next },
      ];
    });
  });

/** The rows that are left. */
export function survivors(changes: readonly Change[]): Event[] {
  const live: Event[] = [];
  for (const change of changes) {
    if (change.kind === '+I' || change.kind === '+U') live.push(change.event);
    else live.splice(live.indexOf(change.event), 1);
  }
  return live;
}

const time = (second: number): string =>
  `2024-01-01 00:${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}`;

/** CREATE TABLE over the connector `inline`. `delay`: seconds by which the watermark stays behind. */
export function table(name: string, changes: readonly Change[], delay: number): string {
  const rows = changes.map(
    ({ kind, event: e }) =>
      `["${kind}",${JSON.stringify(e.k)},${e.g},${e.n},${e.b},${e.d},${JSON.stringify(time(e.second))}]`,
  );
  return `CREATE TABLE ${name} (
  k STRING, g INT, n INT, b BIGINT, d DECIMAL(8, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '${delay}' SECOND
) WITH ('connector' = 'inline', 'data' = '[${rows.join(',')}]');`;
}

/** A row of a JSON file. */
export const eventJson = (e: Event): string =>
  `{"k":${JSON.stringify(e.k)},"g":${e.g},"n":${e.n},"b":${e.b},"d":${e.d},"ts":${JSON.stringify(time(e.second))}}`;

/** The same rows for DuckDB. */
export function duckTable(name: string, events: readonly Event[]): string {
  const text = (value: string | null): string => (value === null ? 'NULL' : `'${value}'`);
  const rows = events.map((e) => `(${text(e.k)}, ${e.g}, ${e.n}, ${e.b}, ${e.d}, TIMESTAMP '${time(e.second)}')`);
  const insert = rows.length === 0 ? '' : `INSERT INTO ${name} VALUES ${rows.join(', ')};`;
  return `CREATE OR REPLACE TABLE ${name} (k VARCHAR, g INTEGER, n INTEGER, b BIGINT, d DECIMAL(8, 2), ts TIMESTAMP); ${insert}`;
}

export const inserts = (events: readonly Event[]): Change[] => events.map((e) => ({ kind: '+I', event: e }));

const aggregate = fc.constantFrom(
  'COUNT(*)',
  'COUNT(n)',
  'COUNT(DISTINCT n)',
  'COUNT(DISTINCT k)',
  'SUM(n)',
  'SUM(b)',
  'SUM(d)',
  'SUM(DISTINCT n)',
  'AVG(n)',
  'AVG(d)',
  'MIN(n)',
  'MAX(n)',
  'MIN(d)',
  'MAX(k)',
  'MAX(b)',
  'COUNT(*) FILTER (WHERE n > 0)',
  'SUM(d) FILTER (WHERE g = 1)',
  'COUNT(DISTINCT n) FILTER (WHERE k IS NOT NULL)',
);
const condition = fc.constantFrom(
  '',
  'WHERE n > 0',
  "WHERE k IN ('a', 'b', 'ä')",
  'WHERE g IS NOT NULL AND (n < 2 OR d > 0)',
  'WHERE k IS NULL OR b <> 0',
);
const keys = fc.constantFrom(['k'], ['g'], ['k', 'g'], ['g + 1'], ['CASE WHEN n > 0 THEN k END']);
const calls = fc.uniqueArray(aggregate, { minLength: 1, maxLength: 4 });

const list = (items: readonly string[]): string => items.map((item, i) => `${item} AS c${i}`).join(', ');

/** GROUP BY and what can be built of it: over `t` and `u`, which may be changelogs. */
export const groupQuery: Arbitrary<string> = fc.oneof(
  fc
    .tuple(keys, calls, condition, fc.constantFrom('', ' HAVING COUNT(*) > 1', ' HAVING MAX(n) > 0'))
    .map(
      ([by, of, where, having]) => `SELECT ${list([...by, ...of])} FROM t ${where} GROUP BY ${by.join(', ')}${having}`,
    ),
  fc.tuple(keys, condition).map(([by, where]) => `SELECT DISTINCT ${list(by)} FROM t ${where}`),
  // An aggregate of an aggregate takes back what the inner one has said.
  fc
    .tuple(calls, aggregate)
    .map(
      ([of, inner]) =>
        `SELECT x, COUNT(*) AS c, SUM(y) AS s FROM (SELECT ${inner} AS x, COUNT(*) AS y, ${list(of)} FROM t GROUP BY k, g) GROUP BY x`,
    ),
  fc
    .tuple(calls, condition)
    .map(
      ([of, where]) =>
        `SELECT ${list(['k', ...of])} FROM (SELECT * FROM t ${where} UNION ALL SELECT * FROM u) GROUP BY k`,
    ),
  fc.constantFrom(
    'SELECT t.k, t.n, u.d FROM t JOIN u ON t.k = u.k AND t.n < u.n',
    'SELECT t.g, COUNT(*) AS c, SUM(u.n) AS s FROM t JOIN u ON t.g = u.g GROUP BY t.g',
    'SELECT x.k, x.c, y.c FROM (SELECT k, COUNT(*) AS c FROM t GROUP BY k) x JOIN (SELECT k, SUM(n) AS c FROM u GROUP BY k) y ON x.k = y.k',
    'SELECT a.n, b.n FROM t a JOIN t b ON a.n = b.g',
  ),
);

/** Of these a result without rows differs: nothing in a stream, one row in batch mode. */
export const globalQuery: Arbitrary<string> = fc
  .tuple(calls, condition)
  .map(([of, where]) => `SELECT ${list(of)} FROM t ${where}`);

const seconds = (n: number): string => `INTERVAL '${n}' SECOND`;
const windowFunction = fc.oneof(
  fc.constantFrom(5, 10, 60).map((size) => `TUMBLE(TABLE t, DESCRIPTOR(ts), ${seconds(size)})`),
  fc
    .constantFrom([5, 10], [5, 15], [1, 3], [20, 60])
    .map(([slide, size]) => `HOP(TABLE t, DESCRIPTOR(ts), ${seconds(slide!)}, ${seconds(size!)})`),
  fc
    .constantFrom([5, 10], [2, 20], [10, 60])
    .map(([step, size]) => `CUMULATE(TABLE t, DESCRIPTOR(ts), ${seconds(step!)}, ${seconds(size!)})`),
);

/** Windows of fixed grids over `t`. */
export const windowQuery: Arbitrary<string> = fc
  .tuple(windowFunction, fc.constantFrom([], ['k'], ['g', 'k']), calls, fc.constantFrom('', 'WHERE n IS NOT NULL'))
  .map(([window, by, of, where]) => {
    const group = ['window_start', 'window_end', ...by];
    return `SELECT ${[...group, list(of)].join(', ')} FROM TABLE(${window}) ${where} GROUP BY ${group.join(', ')}`;
  });

/** Sessions: they run in streams only. */
export const sessionQuery: Arbitrary<string> = fc
  .tuple(fc.constantFrom(1, 3, 10), calls)
  .map(
    ([gap, of]) =>
      `SELECT window_start, window_end, k, ${list(of)} FROM TABLE(SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), ${seconds(gap)})) GROUP BY window_start, window_end, k`,
  );
