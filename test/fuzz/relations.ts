/**
 * Random well-typed queries over the tables `t` and `u` of queries.ts, put together of everything that has one answer whatever the way: joins of every
 * kind, subqueries, set operations, groups, DISTINCT, Top-N, running numbers. No order that ties leave open, no floating point, no integer that overflows.
 */
import { Tape } from './tape.ts';

type Kind = 'int' | 'long' | 'text' | 'money';
interface Column {
  readonly name: string;
  readonly kind: Kind;
}
interface Relation {
  readonly sql: string;
  readonly columns: readonly Column[];
}

export interface GeneratedQuery {
  readonly sql: string;
  /** Names of its columns. */
  readonly columns: readonly string[];
}

/** `n` and `b` are small here: `WHERE` keeps the extremes out, so that sums and products do not overflow. */
const base = (table: string): Relation => ({
  sql: `SELECT k, g, n, b, d FROM ${table} WHERE (n IS NULL OR n BETWEEN -9 AND 9) AND (b IS NULL OR b < 100)`,
  columns: [
    { name: 'k', kind: 'text' },
    { name: 'g', kind: 'int' },
    { name: 'n', kind: 'int' },
    { name: 'b', kind: 'long' },
    { name: 'd', kind: 'money' },
  ],
});

export function queryOf(numbers: readonly number[]): GeneratedQuery {
  const maker = new Maker(new Tape(numbers));
  const { sql, columns } = maker.relation(3);
  return { sql, columns: columns.map(({ name }) => name) };
}

class Maker {
  readonly #tape: Tape;
  #aliases = 0;

  constructor(tape: Tape) {
    this.#tape = tape;
  }

  relation(depth: number): Relation {
    if (depth === 0) return base(this.#tape.pick(['t', 'u']));
    switch (
      this.#tape.pick([
        'base',
        'select',
        'group',
        'join',
        'join',
        'set',
        'distinct',
        'top',
        'group',
        'having',
        'rollup',
      ])
    ) {
      case 'select':
        return this.#select(depth);
      case 'group':
        return this.#group(depth, '');
      case 'having':
        return this.#group(depth, ' HAVING COUNT(*) > 1');
      case 'rollup':
        return this.#rollup(depth);
      case 'join':
        return this.#join(depth);
      case 'set':
        return this.#set(depth);
      case 'distinct':
        return this.#distinct(depth);
      case 'top':
        return this.#top(depth);
      default:
        return base(this.#tape.pick(['t', 'u']));
    }
  }

  #alias(): string {
    return `q${++this.#aliases}`;
  }
  #of(relation: Relation, kind: Kind): string | undefined {
    const fitting = relation.columns.filter((column) => column.kind === kind);
    return fitting.length === 0 ? undefined : this.#tape.pick(fitting).name;
  }

  #value(relation: Relation, kind: Kind): string {
    const column = this.#of(relation, kind);
    if (column === undefined) {
      return {
        int: '1',
        long: 'CAST(2 AS BIGINT)',
        text: "CAST('x' AS VARCHAR(9))",
        money: 'CAST(1.5 AS DECIMAL(8, 2))',
      }[kind];
    }
    switch (this.#tape.int(4)) {
      case 1:
        return `CASE WHEN ${this.#condition(relation, 0)} THEN ${column} END`;
      case 2:
        return kind === 'text' ? `UPPER(${column})` : `-${column}`;
      case 3: {
        const other = this.#of(relation, kind)!;
        return `COALESCE(${column}, ${other})`;
      }
      default:
        return column;
    }
  }

  #condition(relation: Relation, depth: number): string {
    const number = this.#of(relation, 'int') ?? this.#of(relation, 'long') ?? '1';
    const leaf = (): string => {
      switch (this.#tape.int(8)) {
        case 1:
          return `${number} IN (1, 2, ${this.#tape.int(4)})`;
        case 2:
          return `${number} IS NULL`;
        case 3:
          return `${this.#of(relation, 'text') ?? "'a'"} <> 'b'`;
        case 4:
          return `${number} IS NOT DISTINCT FROM ${this.#of(relation, 'int') ?? '2'}`;
        case 5:
          return `${this.#of(relation, 'money') ?? '1.0'} >= ${number}`;
        case 6:
          return `${number} BETWEEN -1 AND ${this.#tape.int(5)}`;
        case 7:
          return `${this.#of(relation, 'text') ?? "'a'"} LIKE '%a%'`;
        default:
          return `${number} > ${this.#tape.int(3)}`;
      }
    };
    if (depth === 0) return leaf();
    switch (this.#tape.int(4)) {
      case 1:
        return `(${this.#condition(relation, depth - 1)} AND ${this.#condition(relation, depth - 1)})`;
      case 2:
        return `(${this.#condition(relation, depth - 1)} OR ${this.#condition(relation, depth - 1)})`;
      case 3:
        return `NOT (${this.#condition(relation, depth - 1)})`;
      default:
        return leaf();
    }
  }

  /** A condition over another table; correlated or not. */
  #subquery(relation: Relation, alias: string): string {
    const outer = this.#of(relation, 'int');
    const value = outer === undefined ? '1' : `${alias}.${outer}`;
    const inner = base(this.#tape.pick(['u', 't']));
    const name = this.#alias();
    const from = `(${inner.sql}) AS ${name}`;
    const column = `${name}.${this.#tape.pick(['g', 'n'])}`;
    switch (this.#tape.int(6)) {
      case 1:
        return `${value} NOT IN (SELECT ${column} FROM ${from} WHERE ${column} IS NOT NULL)`;
      case 2:
        return `EXISTS (SELECT 1 FROM ${from} WHERE ${column} = ${value})`;
      case 3:
        return `NOT EXISTS (SELECT 1 FROM ${from} WHERE ${column} = ${value} AND ${name}.n > 0)`;
      case 4:
        return `${value} NOT IN (SELECT ${column} FROM ${from})`;
      case 5:
        return `${value} >= (SELECT MAX(${column}) FROM ${from})`;
      default:
        return `${value} IN (SELECT ${column} FROM ${from})`;
    }
  }

  #where(relation: Relation, alias: string): string {
    const parts: string[] = [];
    if (this.#tape.chance(2)) parts.push(this.#condition(relation, 2));
    if (this.#tape.chance(4)) parts.push(this.#subquery(relation, alias));
    return parts.length === 0 ? '' : ` WHERE ${parts.join(' AND ')}`;
  }

  #list(relation: Relation): Relation {
    const kinds: readonly Kind[] = ['int', 'long', 'text', 'money', 'int'];
    const count = 1 + this.#tape.int(4);
    const columns = kinds.slice(0, count).map((kind, i) => ({ name: `c${i}`, kind }));
    return { sql: columns.map(({ name, kind }) => `${this.#value(relation, kind)} AS ${name}`).join(', '), columns };
  }

  #select(depth: number): Relation {
    const input = this.relation(depth - 1);
    const alias = this.#alias();
    const list = this.#list(input);
    return { ...list, sql: `SELECT ${list.sql} FROM (${input.sql}) AS ${alias}${this.#where(input, alias)}` };
  }

  #distinct(depth: number): Relation {
    const made = this.#select(depth);
    return { ...made, sql: made.sql.replace('SELECT', 'SELECT DISTINCT') };
  }

  #calls(input: Relation): { readonly sql: string; readonly columns: readonly Column[] } {
    const filter = this.#tape.chance(3) ? ` FILTER (WHERE ${this.#condition(input, 1)})` : '';
    const [number, money, text] = [this.#value(input, 'int'), this.#value(input, 'money'), this.#value(input, 'text')];
    const calls: readonly (readonly [string, Kind])[] = [
      [`COUNT(*)${filter}`, 'long'],
      [`CAST(SUM(${number})${filter} AS INT)`, 'int'],
      [`MAX(${number})${filter}`, 'int'],
      [`COUNT(DISTINCT ${text})${filter}`, 'long'],
      [`MIN(${text})${filter}`, 'text'],
      [`CAST(SUM(${money})${filter} AS DECIMAL(8, 2))`, 'money'],
      [`MIN(${money})`, 'money'],
      [`CAST(SUM(DISTINCT ${number}) AS INT)`, 'int'],
    ];
    const first = this.#tape.int(calls.length);
    const count = 1 + this.#tape.int(3);
    const chosen = Array.from({ length: count }, (_, i) => calls[(first + i) % calls.length]!);
    return {
      sql: chosen.map(([call], i) => `${call} AS a${i}`).join(', '),
      columns: chosen.map(([, kind], i) => ({ name: `a${i}`, kind })),
    };
  }

  #group(depth: number, having: string): Relation {
    const input = this.relation(depth - 1);
    const alias = this.#alias();
    const kind = this.#tape.pick<Kind>(['int', 'text', 'long']);
    const key = this.#value(input, kind);
    const calls = this.#calls(input);
    return {
      sql: `SELECT ${key} AS c0, ${calls.sql} FROM (${input.sql}) AS ${alias}${this.#where(input, alias)} GROUP BY ${key}${having}`,
      columns: [{ name: 'c0', kind }, ...calls.columns],
    };
  }

  #rollup(depth: number): Relation {
    const input = this.relation(depth - 1);
    const alias = this.#alias();
    const [number, text] = [this.#of(input, 'int'), this.#of(input, 'text')];
    if (number === undefined || text === undefined) return this.#group(depth, '');
    const calls = this.#calls(input);
    // Without the empty set: over no rows it gives a row in batch mode and none in a stream.
    const sets = this.#tape.pick([`((${number}), (${text}))`, `((${number}, ${text}), (${text}))`]);
    return {
      sql: `SELECT ${number} AS c0, ${text} AS c1, ${calls.sql} FROM (${input.sql}) AS ${alias}${this.#where(input, alias)} GROUP BY GROUPING SETS ${sets}`,
      columns: [{ name: 'c0', kind: 'int' }, { name: 'c1', kind: 'text' }, ...calls.columns],
    };
  }

  #join(depth: number): Relation {
    const [left, right] = [this.relation(depth - 1), this.relation(depth - 1)];
    const [l, r] = [this.#alias(), this.#alias()];
    const named = (relation: Relation, alias: string): readonly Column[] =>
      relation.columns.map(({ name, kind }) => ({ name: `${alias}.${name}`, kind }));
    const both: Relation = { sql: '', columns: [...named(left, l), ...named(right, r)] };
    const kind = this.#tape.pick<Kind>(['int', 'text', 'int']);
    const [a, b] = [
      this.#of({ ...left, columns: named(left, l) }, kind),
      this.#of({ ...right, columns: named(right, r) }, kind),
    ];
    const equal = this.#tape.pick([' = ', ' = ', ' IS NOT DISTINCT FROM ']);
    const on = a === undefined || b === undefined ? '1 = 1' : `${a}${equal}${b}`;
    const more = this.#tape.chance(3) ? ` AND ${this.#condition(both, 1)}` : '';
    const type = this.#tape.pick(['JOIN', 'LEFT JOIN', 'JOIN', 'FULL JOIN', 'RIGHT JOIN']);
    const list = this.#list(both);
    return {
      ...list,
      sql: `SELECT ${list.sql} FROM (${left.sql}) AS ${l} ${type} (${right.sql}) AS ${r} ON ${on}${more}${this.#tape.chance(4) ? ` WHERE ${this.#condition(both, 1)}` : ''}`,
    };
  }

  #set(depth: number): Relation {
    const operator = this.#tape.pick(['UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT', 'INTERSECT ALL', 'EXCEPT ALL']);
    const side = (): string => {
      const input = this.relation(depth - 1);
      return `SELECT ${this.#value(input, 'int')} AS c0, ${this.#value(input, 'text')} AS c1 FROM (${input.sql}) AS ${this.#alias()}`;
    };
    return {
      sql: `${side()} ${operator} ${side()}`,
      columns: [
        { name: 'c0', kind: 'int' },
        { name: 'c1', kind: 'text' },
      ],
    };
  }

  /** Rows of a total order: those that tie are equal. */
  #top(depth: number): Relation {
    const input = this.#select(depth);
    const alias = this.#alias();
    const partition = this.#tape.chance(2) ? `PARTITION BY ${this.#tape.pick(input.columns).name} ` : '';
    const limit = 1 + this.#tape.int(3);
    // Flink takes nothing back of a Top-1 whose last key ascends.
    const way = this.#tape.pick(limit === 1 ? [' DESC'] : ['', ' DESC']);
    const order = input.columns
      .map(({ name }) => `${name}${way} NULLS ${this.#tape.pick(['FIRST', 'LAST'])}`)
      .join(', ');
    const shown = this.#tape.chance(2);
    const names = input.columns.map(({ name }) => name).join(', ');
    return {
      sql: `SELECT ${names}${shown ? ', rn' : ''} FROM (SELECT *, ROW_NUMBER() OVER (${partition}ORDER BY ${order}) AS rn FROM (${input.sql}) AS ${alias}) AS ${this.#alias()} WHERE rn <= ${limit}`,
      columns: shown ? [...input.columns, { name: 'rn', kind: 'long' }] : input.columns,
    };
  }
}
