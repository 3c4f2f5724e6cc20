/** SHOW, DESCRIBE, USE, and the other statements about the session: SET, RESET, modules, jars, jobs. */
import type { Describe, Option, Show, ShowObject, Statement, UseStatement } from './ast.ts';
import type { StringLiteral } from './ast-expr.ts';
import type { Cursor, NameRole } from './cursor.ts';
import { parseCatalogPath, parsePartition, parseWith } from './parse-common.ts';
import { parameterOpt } from './parse-literal.ts';

export function parseShow(c: Cursor): Show {
  const start = c.mark();
  c.need('SHOW');
  const object = showObject(c);
  const path = showPath(c, object);
  const partition = object === 'PARTITIONS' ? parsePartition(c) : [];
  const like = filterable.has(object) ? parseLike(c, object) : undefined;
  return { kind: 'show', object, path, partition, like, span: c.span(start) };
}

function showObject(c: Cursor): ShowObject {
  if (c.eat('CREATE')) return showCreate(c);
  if (c.eat('CURRENT')) return `CURRENT ${c.needOne('CATALOG', 'DATABASE')}`;
  if (c.eatAll('MATERIALIZED', 'TABLES')) return 'MATERIALIZED TABLES';
  if (c.eatAll('USER', 'FUNCTIONS')) return 'USER FUNCTIONS';
  if (c.eatAll('FULL', 'MODULES')) return 'FULL MODULES';
  return c.needOne(
    'TABLES',
    'VIEWS',
    'DATABASES',
    'CATALOGS',
    'COLUMNS',
    'PARTITIONS',
    'FUNCTIONS',
    'PROCEDURES',
    'MODULES',
    'MODELS',
    'CONNECTIONS',
    'JARS',
    'JOBS',
  );
}

function showCreate(c: Cursor): ShowObject {
  if (c.eatAll('OR', 'ALTER')) {
    c.need('MATERIALIZED', 'TABLE');
    return 'CREATE OR ALTER MATERIALIZED TABLE';
  }
  if (c.eatAll('MATERIALIZED', 'TABLE')) return 'CREATE MATERIALIZED TABLE';
  return `CREATE ${c.needOne('TABLE', 'VIEW', 'CATALOG', 'MODEL', 'CONNECTION')}`;
}

/** SHOW .. FROM|IN these. */
const scopes: Readonly<Partial<Record<ShowObject, NameRole>>> = {
  DATABASES: 'catalog',
  TABLES: 'database',
  VIEWS: 'database',
  'MATERIALIZED TABLES': 'database',
  COLUMNS: 'table',
  FUNCTIONS: 'database',
  'USER FUNCTIONS': 'database',
  PROCEDURES: 'database',
  MODELS: 'database',
  CONNECTIONS: 'database',
};

function showPath(c: Cursor, object: ShowObject): Show['path'] {
  if (object === 'PARTITIONS') return c.path('table');
  if (object === 'CREATE CATALOG') return parseCatalogPath(c);
  if (object.startsWith('CREATE')) return c.path(createRole(object));
  const scope = scopes[object];
  if (scope === undefined) return undefined;
  const word = object === 'COLUMNS' ? c.needOne('FROM', 'IN') : c.eatOne('FROM', 'IN');
  return word === undefined ? undefined : c.path(scope);
}

function createRole(object: ShowObject): NameRole {
  if (object.endsWith('TABLE')) return 'table';
  if (object.endsWith('VIEW')) return 'view';
  return object.endsWith('MODEL') ? 'model' : 'connection';
}

const filterable: ReadonlySet<ShowObject> = new Set<ShowObject>([...(Object.keys(scopes) as ShowObject[]), 'CATALOGS']);
/** These know no ILIKE. */
const caseSensitive: ReadonlySet<ShowObject> = new Set<ShowObject>([
  'TABLES',
  'VIEWS',
  'MATERIALIZED TABLES',
  'COLUMNS',
  'MODELS',
  'CONNECTIONS',
]);

function parseLike(c: Cursor, object: ShowObject): Show['like'] {
  const negated = c.eat('NOT');
  const operator = c.eat('LIKE') ? 'LIKE' : !caseSensitive.has(object) && c.eat('ILIKE') ? 'ILIKE' : undefined;
  if (operator === undefined) return negated ? c.fail() : undefined;
  return { operator, negated, pattern: c.string() };
}

/** `DESCRIBE|DESC [object] [EXTENDED] name`. */
export function parseDescribe(c: Cursor): Describe {
  const start = c.mark();
  c.needOne('DESCRIBE', 'DESC');
  if (c.sees(0, 'JOB') && !c.sees(1, '.')) {
    c.advance();
    return { kind: 'describe', object: 'JOB', extended: false, path: c.string(), span: c.span(start) };
  }
  const object = describedObject(c);
  const extended = c.eat('EXTENDED');
  const path =
    object === 'CATALOG' ? parseCatalogPath(c) : c.path(object === 'TABLE' ? 'table' : describeRoles[object]);
  return { kind: 'describe', object, extended, path, span: c.span(start) };
}

const describeRoles = {
  CATALOG: 'catalog',
  DATABASE: 'database',
  FUNCTION: 'function',
  MODEL: 'model',
  CONNECTION: 'connection',
} as const;

/** CATALOG, DATABASE, MODEL and CONNECTION may also be the names of tables. */
function describedObject(c: Cursor): 'TABLE' | keyof typeof describeRoles {
  for (const word of Object.keys(describeRoles)) c.expect(word);
  const { key } = c.token;
  if (!Object.hasOwn(describeRoles, key) || c.peek(1).type === 'end' || c.sees(1, '.')) return 'TABLE';
  c.advance();
  return key as keyof typeof describeRoles;
}

/** `USE [c.]d`, `USE CATALOG c`, `USE MODULES a, b`. */
export function parseUse(c: Cursor): UseStatement {
  const start = c.mark();
  c.need('USE');
  if (c.eat('MODULES'))
    return { kind: 'use', object: 'MODULES', paths: c.list(() => c.path('module')), span: c.span(start) };
  c.expect('CATALOG');
  if (c.sees(0, 'CATALOG') && !c.sees(1, '.')) {
    c.advance();
    return { kind: 'use', object: 'CATALOG', paths: [parseCatalogPath(c)], span: c.span(start) };
  }
  return { kind: 'use', object: 'DATABASE', paths: [c.path('database')], span: c.span(start) };
}

/** `SET`, `SET 'key' = 'value'`; also without quotes: `SET key = value`. */
export function parseSet(c: Cursor): Statement {
  const start = c.mark();
  c.need('SET');
  if (c.atEnd) return { kind: 'set', option: undefined, span: c.span(start) };
  const mark = c.mark();
  const key = c.isString() ? c.string() : bareText(c, '=');
  c.need('=');
  const value = c.isString() ? c.string() : (parameterOpt(c) ?? bareText(c, ''));
  const option: Option = { kind: 'option', key, value, span: c.span(mark) };
  return { kind: 'set', option, span: c.span(start) };
}

/** `RESET`, `RESET 'key'`, `RESET key`. */
export function parseReset(c: Cursor): Statement {
  const start = c.mark();
  c.need('RESET');
  if (c.atEnd) return { kind: 'reset', key: undefined, span: c.span(start) };
  const key = c.isString() ? c.string() : bareText(c, '');
  return { kind: 'reset', key, span: c.span(start) };
}

/** The text up to the token `until`, as the SQL client reads keys and values without quotes. No white space inside. */
function bareText(c: Cursor, until: string): StringLiteral {
  const start = c.mark();
  let end = start;
  while (c.token.type !== 'end' && c.token.key !== until && (end === start || c.token.start === end))
    end = c.advance().end;
  if (end === start) c.fail();
  return { kind: 'string', value: c.text.slice(start, end), span: { start, end } };
}

export function parseModule(c: Cursor): Statement {
  const start = c.mark();
  const word = c.needOne('LOAD', 'UNLOAD');
  c.need('MODULE');
  const name = c.name('module');
  if (word === 'UNLOAD') return { kind: 'unloadModule', name, span: c.span(start) };
  return { kind: 'loadModule', name, options: parseWith(c), span: c.span(start) };
}

export function parseJar(c: Cursor): Statement {
  const start = c.mark();
  const action = c.needOne('ADD', 'REMOVE');
  c.need('JAR');
  return { kind: 'jar', action, uri: c.string(), span: c.span(start) };
}

/** `STOP JOB 'id' [WITH SAVEPOINT [WITH DRAIN]]`. */
export function parseStop(c: Cursor): Statement {
  const start = c.mark();
  c.need('STOP', 'JOB');
  const job = c.string();
  if (c.sees(0, 'WITH', 'DRAIN'))
    c.fail('WITH DRAIN can only stand behind WITH SAVEPOINT', 'write WITH SAVEPOINT WITH DRAIN');
  const savepoint = c.eat('WITH');
  if (savepoint) c.need('SAVEPOINT');
  const drain = savepoint && c.eat('WITH');
  if (drain) c.need('DRAIN');
  return { kind: 'stopJob', job, savepoint, drain, span: c.span(start) };
}

/** `ANALYZE TABLE t [PARTITION (..)] COMPUTE STATISTICS [FOR ..]`. */
export function parseAnalyze(c: Cursor): Statement {
  const start = c.mark();
  c.need('ANALYZE', 'TABLE');
  const table = c.path('table');
  const partition = parsePartition(c, true);
  c.need('COMPUTE', 'STATISTICS');
  const which = c.eat('FOR') ? c.needOne('COLUMNS', 'ALL') : undefined;
  if (which === 'ALL') c.need('COLUMNS');
  const columns = which === 'COLUMNS' ? c.list(() => c.name('column')) : [];
  return { kind: 'analyze', table, partition, columns, allColumns: which === 'ALL', span: c.span(start) };
}
