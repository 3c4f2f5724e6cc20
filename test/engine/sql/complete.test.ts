import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { complete, type CompletionSources } from '../../../engine/sql/complete.ts';

const tables: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  orders: [['id', 'BIGINT'], ['price', 'DOUBLE'], ['ts', 'TIMESTAMP(3)'], ['order', 'STRING']],
  customers: [['id', 'BIGINT'], ['name', 'STRING']],
}; // prettier-ignore

const sources: CompletionSources = {
  tables: (path) => (path.length === 0 ? Object.keys(tables) : path.join('.') === 'archive' ? ['old_orders'] : []),
  namespaces: (path) => (path.length === 0 ? ['archive', 'default_catalog'] : []),
  columns: (path) => (tables[path.at(-1)!] ?? []).map(([name, type]) => ({ name, type })),
  functions: () => ['SUM', 'SUBSTRING', 'COUNT', 'TUMBLE'],
  models: () => ['sentiment'],
  options: (of) =>
    of === 'session'
      ? [{ key: 'execution.runtime-mode', values: ['streaming', 'batch'] }, { key: 'pipeline.name' }]
      : [{ key: 'connector', values: ['kafka', 'datagen'] }, ...(of.connector === 'kafka' ? [{ key: 'topic' }] : [])],
};

/** Candidates at the `|` of a text: their texts, or those of one kind. */
function at(marked: string, kind?: string): string[] {
  const offset = marked.indexOf('|');
  const { candidates } = complete(marked.slice(0, offset) + marked.slice(offset + 1), offset, sources);
  return candidates.filter((candidate) => kind === undefined || candidate.kind === kind).map(({ text }) => text);
}

describe('keywords', () => {
  it('come from the grammar', () => {
    expect(at('CREATE TA|')).toEqual(['TABLE']);
    expect(at('SHOW CREATE |')).toEqual([
      'OR ALTER',
      'MATERIALIZED TABLE',
      'TABLE',
      'VIEW',
      'CATALOG',
      'MODEL',
      'CONNECTION',
    ]);
    expect(at('DROP TABLE IF |')).toEqual(['EXISTS']);
    expect(at('SELECT a FROM t GROUP |')).toEqual(['BY']);
    expect(at('SELECT SUM(x) OVER (|) FROM t', 'keyword')).toEqual([
      'PARTITION BY',
      'ORDER BY',
      'ROWS',
      'RANGE',
      'ALLOW',
      'DISALLOW',
    ]);
    expect(at('SELECT a FROM t LEFT |')).toEqual(['OUTER', 'JOIN']);
    expect(at('EXPLAIN |', 'keyword')).toEqual(
      expect.arrayContaining(['PLAN FOR', 'ESTIMATED_COST', 'SELECT', 'INSERT']),
    );
    expect(at('CREATE TABLE t (a TIMES|')).toEqual(['TIMESTAMP', 'TIMESTAMP_LTZ']);
  });

  it('have the case of what was typed', () => {
    expect(at('sel|')).toEqual(['select']);
    expect(at('SELECT a FROM t wh|')).toEqual(['where']);
  });

  it('begin a new statement behind a semicolon', () => {
    expect(at('SELECT 1; SE|')).toEqual(['SELECT', 'SET']);
    expect(at('SELECT 1; |', 'keyword')).toContain('CREATE');
  });

  it('are operators behind an operand, and the demanded word first', () => {
    expect(at('SELECT a FROM t WHERE a |')).toEqual(expect.arrayContaining(['AND', 'IN', 'BETWEEN', 'IS', 'GROUP BY']));
    expect(at('SELECT a FROM t WHERE a BETWEEN 1 |')[0]).toBe('AND');
    expect(at('SELECT a FROM t WHERE a NOT |')).toEqual(['BETWEEN', 'IN', 'LIKE', 'ILIKE', 'RLIKE', 'SIMILAR']);
  });
});

describe('names', () => {
  it('are tables, databases and functions in FROM', () => {
    expect(at('SELECT * FROM o|')).toEqual(['orders']);
    expect(at('SELECT * FROM |', 'namespace')).toEqual(['archive', 'default_catalog']);
    expect(at('SELECT * FROM archive.|')).toEqual(['old_orders']);
    expect(at('DESCRIBE cu|')).toEqual(['customers']);
    expect(at('INSERT INTO |', 'table')).toEqual(['orders', 'customers']);
    expect(at('SELECT * FROM TABLE(TUMBLE(TABLE |', 'table')).toEqual(['orders', 'customers']);
    expect(at('SELECT * FROM ML_PREDICT(TABLE orders, MODEL |')).toEqual(['sentiment']);
  });

  it('are columns of the tables of FROM, also behind the place', () => {
    expect(at('SELECT | FROM orders', 'column')).toEqual(['id', 'price', 'ts', '`order`']);
    expect(at('SELECT SUM(pr|) FROM orders GROUP BY id')).toEqual(['price']);
    expect(at('SELECT 1 FROM orders o JOIN customers c ON o.|', 'column')).toEqual(['id', 'price', 'ts', '`order`']);
    expect(at('SELECT 1 FROM orders o JOIN customers c ON o.id = c.n|')).toEqual(['name']);
    expect(at('SELECT `or| FROM orders')).toEqual(['`order`', 'orders']);
  });

  it('are columns of subqueries, of WITH, and of window functions', () => {
    expect(at('SELECT z.| FROM (SELECT id, price * 2 AS twice, o.* FROM customers AS o) AS z')).toEqual([
      'id',
      'twice',
      'name',
    ]);
    expect(at('WITH c AS (SELECT id AS k FROM orders) SELECT | FROM c', 'column')).toEqual(['k']);
    expect(at('WITH c AS (SELECT 1 AS k) SELECT * FROM |', 'table')).toEqual(['c', 'orders', 'customers']);
    expect(at("SELECT w| FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' HOUR))")).toEqual([
      'window_start',
      'window_end',
      'window_time',
    ]);
    expect(at('SELECT u.| FROM orders CROSS JOIN UNNEST(xs) AS u (item, n)')).toEqual(['item', 'n']);
  });

  it('of the own query come before those of the query around', () => {
    const found = at('SELECT 1 FROM orders o WHERE EXISTS (SELECT 1 FROM customers c WHERE c.id = |)', 'column');
    expect(found).toEqual(['id', 'name', 'price', 'ts', '`order`']);
  });

  it('are columns of the target of INSERT, UPDATE and ALTER, and those declared in CREATE TABLE', () => {
    expect(at('INSERT INTO customers (|) SELECT * FROM orders', 'column')).toEqual(['id', 'name']);
    expect(at('UPDATE customers SET |', 'column')).toEqual(['id', 'name']);
    expect(at('ALTER TABLE customers DROP |', 'column')).toEqual(['id', 'name']);
    expect(at('CREATE TABLE t (a INT, b TIMESTAMP(3), WATERMARK FOR |', 'column')).toEqual(['a', 'b']);
  });

  it('are found in text that is broken further up', () => {
    expect(at('SELECT a,, b FROM orders WHERE pri|')).toEqual(['price']);
    expect(at('SELECT (a FROM orders JOIN cu|')).toEqual(['customers']);
  });
});

describe('options', () => {
  it('are those of the connector, and their values', () => {
    expect(at("CREATE TABLE t (a INT) WITH ('con|")).toEqual(['connector']);
    expect(at("CREATE TABLE t (a INT) WITH ('connector' = 'ka|')")).toEqual(['kafka']);
    expect(at("CREATE TABLE t (a INT) WITH ('connector' = 'kafka', '|')")).toEqual(['connector', 'topic']);
    expect(at("SELECT * FROM t /*+ OPTIONS('t|') */")).toEqual([]);
  });

  it('are those of the session behind SET', () => {
    expect(at("SET 'exec|")).toEqual(['execution.runtime-mode']);
    expect(at("SET 'execution.runtime-mode' = '|'")).toEqual(['streaming', 'batch']);
  });

  it('are nothing in other strings', () => {
    expect(at("SELECT 'con|'")).toEqual([]);
  });
});

describe('places', () => {
  it('are replaced from the begin of the word', () => {
    expect(complete('SELECT pri FROM orders', 10, sources)).toMatchObject({
      start: 7,
      end: 10,
      candidates: [{ text: 'price', detail: 'DOUBLE orders' }],
    });
    expect(complete("SET 'exec' = 1", 7, sources)).toMatchObject({ start: 5, end: 9 });
  });

  it('can be anywhere in any text', () => {
    const pieces = [
      'SELECT',
      'FROM',
      'orders',
      'o',
      '.',
      ',',
      '(',
      ')',
      "'",
      '`',
      ';',
      'WHERE',
      'WITH',
      'AS',
      '=',
      'JOIN',
      'ON',
      'TABLE',
      '/*+',
      'INSERT INTO',
      'CREATE',
      '1',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 25 }), fc.nat(), (parts, seed) => {
        const text = parts.join(' ');
        const offset = seed % (text.length + 1);
        const { start, end } = complete(text, offset, sources);
        expect(start).toBeLessThanOrEqual(offset);
        expect(end).toBeGreaterThanOrEqual(start);
      }),
      { numRuns: 2000 },
    );
  });
});
