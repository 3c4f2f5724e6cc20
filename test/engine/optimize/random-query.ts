/** Random queries that Flink's grammar and types allow, for comparing a plan with its optimised form. */

export type Random = () => number;

/** mulberry32: the same numbers for the same seed, everywhere. */
export function makeRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const tables = `
CREATE TABLE t (
  a INT, b BIGINT NOT NULL, s STRING, r ROW<x INT, y ROW<z STRING, w BIGINT NOT NULL>>, ts TIMESTAMP(3),
  k AS CASE a WHEN 0 THEN r.x WHEN 1 THEN 7 ELSE 8 END,
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'filesystem', 'path' = 'none', 'format' = 'json');
CREATE TABLE u (a INT NOT NULL, c STRING, d BIGINT) WITH ('connector' = 'filesystem', 'path' = 'none', 'format' = 'json');
CREATE VIEW zeros AS SELECT r.x AS a, b, s, k, ts FROM t WHERE a = 0;
`;

interface Relation {
  readonly sql: string;
  readonly ints: readonly string[];
  readonly bigints: readonly string[];
  readonly strings: readonly string[];
  readonly windowed?: boolean;
}

export class QueryMaker {
  readonly #random: Random;
  #aliases = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  #int(below: number): number {
    return Math.floor(this.#random() * below);
  }
  #pick<T>(items: readonly T[]): T {
    return items[this.#int(items.length)]!;
  }

  query(depth = 3): string {
    const { sql } = this.#relation(depth);
    return sql;
  }

  #relation(depth: number): Relation {
    const forms = depth === 0 ? ['base'] : ['select', 'select', 'group', 'join', 'union', 'window', 'base'];
    switch (this.#pick(forms)) {
      case 'select':
        return this.#select(depth);
      case 'group':
        return this.#group(depth);
      case 'join':
        return this.#join(depth);
      case 'union':
        return this.#union(depth);
      case 'window':
        return this.#window();
      default:
        return this.#base();
    }
  }

  #base(): Relation {
    return this.#pick<Relation>([
      { sql: 'SELECT * FROM t', ints: ['a', 'r.x', 'k'], bigints: ['b', 'r.y.w'], strings: ['s', 'r.y.z'] },
      { sql: 'SELECT * FROM u', ints: ['a'], bigints: ['d'], strings: ['c'] },
      { sql: 'SELECT * FROM zeros', ints: ['a', 'k'], bigints: ['b'], strings: ['s'] },
      {
        sql: "SELECT * FROM (VALUES (1, 2, 'x'), (0, 5, 'y')) AS v(a, i, s)",
        ints: ['a', 'i'],
        bigints: [],
        strings: ['s'],
      },
    ]);
  }

  #from(depth: number): Relation & { readonly from: string } {
    const relation = this.#relation(depth - 1);
    return { ...relation, from: `(${relation.sql}) AS q${++this.#aliases}` };
  }

  #intExpr(r: Relation): string {
    const column = r.ints.length === 0 ? '1' : this.#pick(r.ints);
    return this.#pick([
      column,
      column,
      `${column} + ${this.#int(3)}`,
      `CASE WHEN ${this.#condition(r, 0)} THEN ${column} ELSE ${this.#int(3)} END`,
      `COALESCE(${column}, ${this.#int(3)})`,
      `${this.#int(3)}`,
    ]);
  }
  #bigintExpr(r: Relation): string {
    if (r.bigints.length === 0) return `CAST(${this.#intExpr(r)} AS BIGINT)`;
    const column = this.#pick(r.bigints);
    return this.#pick([column, column, `${column} * 2`, `${column} + ${this.#intExpr(r)}`]);
  }
  #stringExpr(r: Relation): string {
    if (r.strings.length === 0) return `CAST(${this.#intExpr(r)} AS STRING)`;
    const column = this.#pick(r.strings);
    return this.#pick([column, column, `UPPER(${column})`, `${column} || 'x'`]);
  }

  #condition(r: Relation, depth = 2): string {
    const leaf = (): string =>
      this.#pick([
        `${this.#intOf(r)} = ${this.#int(3)}`,
        `${this.#intOf(r)} > ${this.#int(3)}`,
        `${this.#intOf(r)} IN (0, ${this.#int(3)})`,
        `${this.#intOf(r)} IS NULL`,
        `${this.#intOf(r)} IS NOT DISTINCT FROM ${this.#intOf(r)}`,
        r.strings.length === 0 ? 'TRUE' : `${this.#pick(r.strings)} LIKE '%a%'`,
        r.bigints.length === 0 ? 'FALSE' : `${this.#pick(r.bigints)} BETWEEN 1 AND 3`,
      ]);
    if (depth === 0) return leaf();
    return this.#pick([
      leaf(),
      `${this.#condition(r, depth - 1)} AND ${this.#condition(r, depth - 1)}`,
      `(${this.#condition(r, depth - 1)} OR ${this.#condition(r, depth - 1)})`,
      `NOT (${this.#condition(r, depth - 1)})`,
    ]);
  }
  #intOf(r: Relation): string {
    return r.ints.length === 0 ? '1' : this.#pick(r.ints);
  }
  #where(r: Relation, subqueries = false): string {
    const parts = this.#random() < 0.6 ? [this.#condition(r)] : [];
    if (subqueries && this.#random() < 0.3) parts.push(this.#subquery(r));
    return parts.length === 0 ? '' : ` WHERE ${parts.join(' AND ')}`;
  }

  #subquery(r: Relation): string {
    const value = this.#intOf(r);
    return this.#pick([
      `${value} IN (SELECT a FROM u WHERE d > 1)`,
      `EXISTS (SELECT 1 FROM u AS e WHERE e.a + 1 = ${value} AND e.c LIKE '%a%')`,
      `${value} < (SELECT MAX(a) FROM zeros)`,
      `${value} NOT IN (SELECT a FROM u WHERE d > 2)`,
      `${value} NOT IN (SELECT a FROM zeros WHERE b > 1)`,
      `NOT EXISTS (SELECT 1 FROM u AS e WHERE e.a = ${value} AND e.d > 1)`,
      `EXISTS (SELECT 1 FROM u AS e WHERE e.a > ${value})`,
      `(${value} IN (SELECT a FROM zeros) OR ${this.#condition(r, 0)})`,
      `(${value} NOT IN (SELECT a FROM zeros WHERE b > 2) OR ${this.#condition(r, 0)})`,
      `(EXISTS (SELECT 1 FROM u AS e WHERE e.a = ${value}) OR ${this.#condition(r, 0)})`,
      `${value} <= (SELECT COUNT(*) FROM u AS e WHERE e.a = ${value} AND e.d > 0)`,
      `${value} = (SELECT COUNT(e.d) + 1 FROM u AS e WHERE e.a < ${value})`,
      `${value} < ANY (SELECT a FROM zeros)`,
      `${value} >= ALL (SELECT a FROM u WHERE d > 2)`,
      `${value} IN (SELECT a FROM u AS e WHERE EXISTS (SELECT 1 FROM zeros AS z WHERE z.k = e.a AND z.b > 1))`,
    ]);
  }

  #select(depth: number): Relation {
    const r = this.#from(depth);
    const list = `${this.#intExpr(r)} AS i1, ${this.#intExpr(r)} AS i2, ${this.#bigintExpr(r)} AS b1, ${this.#stringExpr(r)} AS s1`;
    const distinct = this.#random() < 0.2 ? 'DISTINCT ' : '';
    const sql = `SELECT ${distinct}${list} FROM ${r.from}${this.#where(r, true)}`;
    return { sql, ints: ['i1', 'i2'], bigints: ['b1'], strings: ['s1'] };
  }

  #calls(r: Relation): string {
    const filter = this.#random() < 0.4 ? ` FILTER (WHERE ${this.#condition(r, 1)})` : '';
    return (
      `COUNT(*) AS n, SUM(${this.#bigintExpr(r)})${filter} AS b1, MAX(${this.#intExpr(r)}) AS i1, ` +
      `COUNT(DISTINCT ${this.#intExpr(r)})${filter} AS b2, MIN(${this.#stringExpr(r)}) AS s1`
    );
  }

  #group(depth: number): Relation {
    const r = this.#from(depth);
    const key = this.#intExpr(r);
    const having = this.#random() < 0.3 ? ` HAVING COUNT(*) > 1 AND ${key} > 0` : '';
    if (this.#random() < 0.2) {
      const other = this.#stringExpr(r);
      const sets = this.#pick([
        `ROLLUP(${key}, ${other})`,
        `CUBE(${key}, ${other})`,
        `GROUPING SETS ((${key}), (${key}, ${other}))`,
      ]);
      const list = `${key} AS i2, ${other} AS s2, GROUPING(${key}, ${other}) AS g, ${this.#calls(r)}`;
      const sql = `SELECT ${list} FROM ${r.from}${this.#where(r)} GROUP BY ${sets}`;
      return { sql, ints: ['i1', 'i2'], bigints: ['n', 'b1', 'b2', 'g'], strings: ['s1', 's2'] };
    }
    const isGlobal = this.#random() < 0.15;
    const sql = isGlobal
      ? `SELECT ${this.#calls(r)} FROM ${r.from}${this.#where(r)}`
      : `SELECT ${key} AS i2, ${this.#calls(r)} FROM ${r.from}${this.#where(r)} GROUP BY ${key}${having}`;
    return { sql, ints: isGlobal ? ['i1'] : ['i1', 'i2'], bigints: ['n', 'b1', 'b2'], strings: ['s1'] };
  }

  #join(depth: number): Relation {
    const left = this.#relation(depth - 1);
    const right = this.#relation(depth - 1);
    const [l, r] = [`l${++this.#aliases}`, `r${this.#aliases}`];
    const prefixed = (name: string, columns: readonly string[]): string[] =>
      columns.map((column) => `${name}.${column}`);
    const both: Relation = {
      sql: '',
      ints: [...prefixed(l, left.ints), ...prefixed(r, right.ints)],
      bigints: [...prefixed(l, left.bigints), ...prefixed(r, right.bigints)],
      strings: [...prefixed(l, left.strings), ...prefixed(r, right.strings)],
    };
    const key = (name: string, side: Relation): string =>
      side.ints.length === 0 ? '1' : `${name}.${this.#pick(side.ints)}`;
    const on = `${key(l, left)} = ${this.#random() < 0.3 ? `${key(r, right)} + 1` : key(r, right)}`;
    const more = this.#random() < 0.5 ? ` AND ${this.#condition(both, 1)}` : '';
    const list = `${this.#intExpr(both)} AS i1, ${this.#bigintExpr(both)} AS b1, ${this.#stringExpr(both)} AS s1`;
    const from =
      this.#random() < 0.5
        ? `(${left.sql}) AS ${l} ${this.#pick(['', '', 'LEFT ', 'RIGHT ', 'FULL '])}JOIN (${right.sql}) AS ${r} ON ${on}${more}${this.#where(both)}`
        : `(${left.sql}) AS ${l}, (${right.sql}) AS ${r} WHERE ${on}${more}`;
    return { sql: `SELECT ${list} FROM ${from}`, ints: ['i1'], bigints: ['b1'], strings: ['s1'] };
  }

  #union(depth: number): Relation {
    const operator = this.#pick(['UNION ALL', 'UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT']);
    return { ...this.#select(depth), sql: `${this.#select(depth).sql} ${operator} ${this.#select(depth).sql}` };
  }

  #window(): Relation {
    const base = this.#pick(['t', 'zeros']);
    const columns: Relation =
      base === 't'
        ? { sql: '', ints: ['a', 'r.x', 'k'], bigints: ['b', 'r.y.w'], strings: ['s'] }
        : { sql: '', ints: ['a', 'k'], bigints: ['b'], strings: ['s'] };
    const window = this.#pick([
      "TUMBLE(TABLE $, DESCRIPTOR(ts), INTERVAL '10' SECOND)",
      "HOP(TABLE $, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND, INTERVAL '1' SECOND)",
      "CUMULATE(TABLE $, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)",
    ]).replace('$', base);
    const key = this.#intExpr(columns);
    const where = this.#random() < 0.5 ? this.#where(columns) : " WHERE window_start > TIMESTAMP '1970-01-01 00:00:10'";
    const sql =
      `SELECT ${key} AS i2, TIMESTAMPDIFF(SECOND, TIMESTAMP '1970-01-01 00:00:00', window_end) AS i3, ${this.#calls(columns)} ` +
      `FROM TABLE(${window})${where} GROUP BY ${this.#random() < 0.3 ? `ROLLUP(${key})` : key}, window_start, window_end`;
    return { sql, ints: ['i1', 'i2', 'i3'], bigints: ['n', 'b1', 'b2'], strings: ['s1'] };
  }
}
