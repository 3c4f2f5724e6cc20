// CREATE, SHOW, DESCRIBE, SET and their like: results with Flink's columns and texts (recorded from Flink 2.3).
import { describe, expect, it } from 'vitest';
import { Catalog } from '../../../engine/catalog/catalog.ts';
import type { ResolvedTable } from '../../../engine/catalog/table.ts';
import { MillraceError } from '../../../engine/errors.ts';
import { typeToString } from '../../../engine/types/type.ts';
import { bindScript } from './bind-script.ts';

const options = "WITH ('connector' = 'filesystem', 'path' = '/tmp/x', 'format' = 'json')";
const table = `
CREATE TABLE t (
  a INT, b BIGINT NOT NULL, s STRING COMMENT 'hello', ts TIMESTAMP(3), r ROW<x INT, y STRING NOT NULL>, p AS PROCTIME(),
  a2 AS a * 2 + \`b\`, m STRING METADATA FROM 'file.path' VIRTUAL,
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND, PRIMARY KEY (b) NOT ENFORCED
) COMMENT 'tab' PARTITIONED BY (a) ${options};
`;

function rows(script: string): unknown[] {
  const bound = bindScript(script).at(-1)!;
  if (bound.kind !== 'rows') throw new Error(`rows expected, not ${bound.kind}`);
  return bound.rows.map((row) => (row.length === 1 ? row[0] : row));
}

function codeOf(script: string): string {
  try {
    bindScript(script);
    return 'ok';
  } catch (error) {
    if (error instanceof MillraceError) return error.code;
    throw error;
  }
}

function made(script: string, name: string): ResolvedTable {
  const catalog = new Catalog();
  bindScript(script, {}, catalog);
  const object = catalog.find([name])!;
  if (object.kind !== 'table') throw new Error('a table was expected');
  return object.table;
}
const columns = (t: ResolvedTable): string[] =>
  t.columns.map((column) => `${column.name} ${typeToString(column.type)}`);

describe('DESCRIBE', () => {
  it('shows types, keys, computed and metadata columns, watermark and comments', () => {
    expect(rows(`${table}DESCRIBE t`)).toEqual([
      ['a', 'INT', true, null, null, null, null],
      ['b', 'BIGINT', false, 'PRI(b)', null, null, null],
      ['s', 'STRING', true, null, null, null, 'hello'],
      ['ts', 'TIMESTAMP(3) *ROWTIME*', true, null, null, "`ts` - INTERVAL '5' SECOND", null],
      ['r', 'ROW<`x` INT, `y` STRING NOT NULL>', true, null, null, null, null],
      ['p', 'TIMESTAMP_LTZ(3) *PROCTIME*', false, null, 'AS PROCTIME()', null, null],
      ['a2', 'BIGINT', true, null, 'AS `a` * 2 + `b`', null, null],
      ['m', 'STRING', true, null, "METADATA FROM 'file.path' VIRTUAL", null, null],
    ]);
  });
  it('has no column for comments when there are none', () => {
    expect(rows(`CREATE VIEW v AS SELECT 1 AS x, 'ab' AS y; DESC v`)).toEqual([
      ['x', 'INT', false, null, null, null],
      ['y', 'CHAR(2)', false, null, null, null],
    ]);
  });
});

describe('SHOW CREATE', () => {
  it('TABLE gives the statement that makes it', () => {
    expect(rows(`${table}SHOW CREATE TABLE t`)).toEqual([
      `CREATE TABLE \`default_catalog\`.\`default_database\`.\`t\` (
  \`a\` INT,
  \`b\` BIGINT NOT NULL,
  \`s\` VARCHAR(2147483647) COMMENT 'hello',
  \`ts\` TIMESTAMP(3),
  \`r\` ROW<\`x\` INT, \`y\` VARCHAR(2147483647) NOT NULL>,
  \`p\` AS PROCTIME(),
  \`a2\` AS \`a\` * 2 + \`b\`,
  \`m\` VARCHAR(2147483647) METADATA FROM 'file.path' VIRTUAL,
  WATERMARK FOR \`ts\` AS \`ts\` - INTERVAL '5' SECOND,
  CONSTRAINT \`PK_b\` PRIMARY KEY (\`b\`) NOT ENFORCED
)
COMMENT 'tab'
PARTITIONED BY (\`a\`)
WITH (
  'connector' = 'filesystem',
  'format' = 'json',
  'path' = '/tmp/x'
)
`,
    ]);
  });
  it('VIEW gives the query with its names in full', () => {
    const view = "CREATE VIEW v AS SELECT a, sum(b) AS sb, COUNT(*) FROM t WHERE t.s = 'x' AND a IN (1,2) GROUP BY a;";
    expect(rows(`${table}${view}SHOW CREATE VIEW v`)).toEqual([
      `CREATE VIEW \`default_catalog\`.\`default_database\`.\`v\` (
  \`a\`,
  \`sb\`,
  \`EXPR$2\`
)
AS SELECT \`t\`.\`a\`, SUM(\`t\`.\`b\`) AS \`sb\`, COUNT(*)
FROM \`default_catalog\`.\`default_database\`.\`t\` AS \`t\`
WHERE \`t\`.\`s\` = 'x' AND \`t\`.\`a\` IN (1, 2)
GROUP BY \`t\`.\`a\`
`,
    ]);
  });
  it('what it gives makes an equal table again', () => {
    const text = rows(`${table}SHOW CREATE TABLE t`)[0] as string;
    const again = `${text};`;
    expect(rows(`${again}SHOW CREATE TABLE t`)).toEqual([text]);
  });
});

describe('SHOW', () => {
  const some = `${table}CREATE VIEW v AS SELECT 1 AS x; CREATE TEMPORARY TABLE w (x INT) ${options};`;
  it.each([
    ['SHOW TABLES', ['t', 'v', 'w']],
    ["SHOW TABLES LIKE 'v%'", ['v']],
    ["SHOW TABLES NOT LIKE 'v%'", ['t', 'w']],
    ["SHOW TABLES FROM default_database LIKE '_'", ['t', 'v', 'w']],
    ['SHOW VIEWS', ['v']],
    ['SHOW CATALOGS', ['default_catalog']],
    ['SHOW DATABASES', ['default_database']],
    ['SHOW CURRENT DATABASE', ['default_database']],
    ['SHOW MODULES', ['core']],
  ])('%s', (sql, expected) => expect(rows(some + sql)).toEqual(expected));

  it('FUNCTIONS lists aggregates and scalar functions by name', () => {
    expect(rows("SHOW FUNCTIONS LIKE 'upper'")).toEqual(['upper']);
    expect(rows("SHOW FUNCTIONS LIKE 'listagg'")).toEqual(['listagg']);
  });
  it('COLUMNS takes a pattern', () => {
    expect(rows(`${table}SHOW COLUMNS FROM t LIKE 'a_'`)).toEqual([
      ['a2', 'BIGINT', true, null, 'AS `a` * 2 + `b`', null, null],
    ]);
  });
});

describe('CREATE TABLE', () => {
  it('PRIMARY KEY makes its columns NOT NULL', () => {
    expect(columns(made(`CREATE TABLE t (a INT, b INT PRIMARY KEY NOT ENFORCED) ${options}`, 't'))).toEqual([
      'a INT',
      'b INT NOT NULL',
    ]);
  });
  it('a watermark may stand on a computed column', () => {
    const t = made(
      `CREATE TABLE t (s STRING, et AS TO_TIMESTAMP(s), WATERMARK FOR et AS et - INTERVAL '1' SECOND) ${options}`,
      't',
    );
    expect(t.watermark).toMatchObject({ column: 1, sql: "`et` - INTERVAL '1' SECOND" });
  });
  it('IF NOT EXISTS keeps the first', () => {
    const t = made(`CREATE TABLE t (a INT) ${options}; CREATE TABLE IF NOT EXISTS t (b INT) ${options}`, 't');
    expect(columns(t)).toEqual(['a INT']);
  });
  it.each([
    ['a INT, a BIGINT', 'SQL_INVALID'],
    ['a INT, WATERMARK FOR b AS b', 'SQL_UNKNOWN_COLUMN'],
    ['a INT, WATERMARK FOR a AS a', 'SQL_TYPE'],
    ['a TIMESTAMP(6), WATERMARK FOR a AS a', 'SQL_TYPE'],
    ['a TIMESTAMP(3), WATERMARK FOR a AS 5', 'SQL_TYPE'],
    ['a INT, b AS nosuch + 1', 'SQL_UNKNOWN_COLUMN'],
    ['a INT, b AS c + 1, c AS a + 1', 'SQL_UNKNOWN_COLUMN'],
    ['a INT, PRIMARY KEY (b) NOT ENFORCED', 'SQL_UNKNOWN_COLUMN'],
    ['a INT, PRIMARY KEY (a)', 'SQL_INVALID'],
    ['a INT, b AS a + 1, PRIMARY KEY (b) NOT ENFORCED', 'SQL_INVALID'],
    ['a FOO', 'SQL_UNKNOWN_TYPE'],
  ])('(%s) is %s', (body, code) => expect(codeOf(`CREATE TABLE t (${body}) ${options}`)).toBe(code));
});

describe('LIKE', () => {
  it('takes everything over, own options win', () => {
    const t = made(`${table}CREATE TABLE u (z INT) WITH ('path' = '/tmp/y') LIKE t`, 'u');
    expect(columns(t).map((column) => column.split(' ')[0])).toEqual(['a', 'b', 's', 'ts', 'r', 'p', 'a2', 'm', 'z']);
    expect(t.options).toEqual({ connector: 'filesystem', path: '/tmp/y', format: 'json' });
    expect(t.primaryKey).toEqual([1]);
    expect(t.partitionedBy).toEqual(['a']);
    expect(t.watermark?.column).toBe(3);
    expect(t.comment).toBeUndefined();
  });
  it('leaves out what is excluded', () => {
    const t = made(`${table}CREATE TABLE u ${options} LIKE t (EXCLUDING ALL)`, 'u');
    expect(columns(t)).toEqual([
      'a INT',
      'b BIGINT NOT NULL',
      's STRING',
      'ts TIMESTAMP(3)',
      'r ROW<`x` INT, `y` STRING NOT NULL>',
    ]);
    // Partitions stay, as in Flink: EXCLUDING PARTITIONS only lets the new table have its own.
    expect([t.watermark, t.primaryKey, t.partitionedBy]).toEqual([undefined, undefined, ['a']]);
  });
  it('replaces what is to be overwritten', () => {
    const t = made(
      `${table}CREATE TABLE u (a2 AS a + 1, WATERMARK FOR ts AS ts) LIKE t (OVERWRITING GENERATED OVERWRITING WATERMARKS)`,
      'u',
    );
    expect(t.columns[6]).toMatchObject({ name: 'a2', sql: '`a` + 1' });
    expect(t.watermark?.sql).toBe('`ts`');
  });
  it.each([
    'CREATE TABLE u (a INT) LIKE t',
    'CREATE TABLE u (a2 AS a + 1) LIKE t',
    'CREATE TABLE u (WATERMARK FOR ts AS ts) LIKE t',
    'CREATE TABLE u (PRIMARY KEY (a) NOT ENFORCED) LIKE t',
    "CREATE TABLE u WITH ('path' = 'x') LIKE t (INCLUDING OPTIONS)",
    'CREATE TABLE u PARTITIONED BY (s) LIKE t',
  ])('conflict: %s', (sql) => expect(codeOf(table + sql)).toBe('SQL_INVALID'));
});

describe('views', () => {
  it('keep their columns when their tables get more', () => {
    const script = `${table}CREATE VIEW v AS SELECT * FROM t; DROP TABLE t; ${table.replace('a INT,', 'a INT, more INT,')}`;
    const bound = bindScript(`${script}SELECT * FROM v`).at(-1)!;
    expect(bound.kind === 'query' && bound.plan.schema.map((column) => column.name)).toEqual([
      'a',
      'b',
      's',
      'ts',
      'r',
      'p',
      'a2',
      'm',
    ]);
  });
  it('mean tables of the database they were made in', () => {
    const script = `${table}CREATE VIEW v AS SELECT a FROM t; CREATE DATABASE d; USE d; CREATE TABLE t (x INT) ${options};`;
    const bound = bindScript(`${script}SELECT * FROM default_database.v`).at(-1)!;
    expect(bound.kind === 'query' && bound.plan.schema.map((column) => column.name)).toEqual(['a']);
  });
  it('name themselves in errors that come from within', () => {
    const script = `${table}CREATE VIEW v AS SELECT a FROM t; DROP TABLE t; SELECT * FROM v`;
    expect(() => bindScript(script)).toThrow('in view v: table "default_catalog.default_database.t" does not exist');
  });
  it.each([
    ['CREATE VIEW v AS SELECT a, a FROM t', 'SQL_INVALID'],
    ['CREATE VIEW v (x) AS SELECT a, b FROM t', 'SQL_INVALID'],
    ['CREATE VIEW v AS SELECT nosuch FROM t', 'SQL_UNKNOWN_COLUMN'],
  ])('%s', (sql, code) => expect(codeOf(table + sql)).toBe(code));
});

describe('SET and RESET', () => {
  it('are for the session to carry out', () => {
    expect(bindScript("SET 'a.b' = 'c'; RESET 'a.b'; RESET")).toEqual([
      { kind: 'set', key: 'a.b', value: 'c', span: { start: 4, end: 9 } },
      { kind: 'reset', key: 'a.b' },
      { kind: 'reset', key: undefined },
    ]);
  });
  it('SET alone lists what is set', () => {
    const bound = bindScript('SET', { settings: { 'table.local-time-zone': 'UTC' } })[0]!;
    expect(bound).toMatchObject({ kind: 'rows', rows: [['table.local-time-zone', 'UTC']] });
  });
});

describe('host variables', () => {
  it('stand for values, lists, tables', () => {
    const orders = made(`CREATE TABLE orders (id INT) ${options}`, 'orders');
    const bound = bindScript('SELECT id + :one FROM :orders WHERE id IN (:...ids)', {
      parameter: ({ source }) => {
        const type = { kind: 'INT', nullable: false } as const;
        if (source === 'one') return { kind: 'value', value: 1, type };
        if (source === 'ids') return { kind: 'list', items: [1, 2].map((value) => ({ value, type })) };
        return { kind: 'table', table: orders };
      },
    })[0]!;
    expect(bound).toMatchObject({ kind: 'query', plan: { schema: [{ name: 'EXPR$0', type: { kind: 'INT' } }] } });
  });
  it('that are missing are named', () => {
    expect(() => bindScript('SELECT :nosuch')).toThrow('there is no variable "nosuch"');
  });
});
