/** CREATE. */
import { MillraceError } from '../errors.ts';
import type { Identifier, Statement } from './ast.ts';
import type {
  CreateFunction,
  CreateMaterializedTable,
  CreateTable,
  Distribution,
  FunctionLanguage,
  FunctionResource,
  LikeOption,
  StartMode,
  TableLike,
} from './ast-ddl.ts';
import type { StringLiteral } from './ast-expr.ts';
import type { Cursor } from './cursor.ts';
import { parseColumn, parseDistribution, parseSchema } from './parse-column.ts';
import { ifNotExists, parseComment, parseWith } from './parse-common.ts';

interface Modifiers {
  readonly start: number;
  readonly orReplace: boolean;
  readonly orAlter: boolean;
  readonly temporary: boolean;
  readonly system: boolean;
}

/** `CREATE [OR REPLACE|OR ALTER] [TEMPORARY [SYSTEM]] object ..`. */
export function parseCreate(c: Cursor): Statement {
  const start = c.mark();
  c.need('CREATE');
  const or = c.eat('OR') ? c.needOne('REPLACE', 'ALTER') : undefined;
  const temporary = c.eat('TEMPORARY');
  const system = temporary && c.eat('SYSTEM');
  const modifiers = { start, orReplace: or === 'REPLACE', orAlter: or === 'ALTER', temporary, system };
  if (system) return c.is('FUNCTION') ? parseFunction(c, modifiers) : parseConnection(c, modifiers);
  if (c.eat('TABLE')) return parseTable(c, modifiers);
  if (c.eat('VIEW')) return parseView(c, modifiers);
  if (c.is('FUNCTION')) return parseFunction(c, modifiers);
  if (c.eat('MODEL')) return parseModel(c, modifiers);
  if (c.is('CONNECTION')) return parseConnection(c, modifiers);
  if (!temporary && c.eat('MATERIALIZED')) return parseMaterializedTable(c, modifiers);
  if (!temporary && or === undefined && c.eat('DATABASE')) return parseDatabase(c, start);
  if (!temporary && or === undefined && c.eat('CATALOG')) return parseCatalog(c, start);
  c.expect('TEMPORARY');
  return c.token.key === 'SYSTEM'
    ? c.fail('a system object can only be temporary', 'write CREATE TEMPORARY SYSTEM')
    : c.fail();
}

/** `REPLACE TABLE t ..`. */
export function parseReplace(c: Cursor): CreateTable {
  const start = c.mark();
  c.need('REPLACE', 'TABLE');
  const table = tableRest(c, { start, orReplace: false, orAlter: false, temporary: false, system: false });
  if (table.query === undefined) c.fail();
  return { ...table, replace: true };
}

function parseTable(c: Cursor, modifiers: Modifiers): CreateTable {
  return tableRest(c, modifiers);
}

function tableRest(c: Cursor, { start, orReplace, temporary }: Modifiers): CreateTable {
  const exists = ifNotExists(c);
  const path = c.path('table');
  const schema = parseSchema(c);
  const details = parseDetails(c);
  const options = parseWith(c);
  const like = c.is('LIKE') ? parseLike(c) : undefined;
  const query = like === undefined && c.eat('AS') ? c.query() : undefined;
  const untyped = schema.columnNames[0];
  if (untyped !== undefined && query === undefined) {
    const hint = 'names without types are for CREATE TABLE .. AS SELECT';
    throw new MillraceError('SQL_SYNTAX', `column ${untyped.name} has no type`, { span: untyped.span, hint });
  }
  const head = { orReplace, replace: false, temporary, ifNotExists: exists, path };
  return { kind: 'createTable', ...head, ...schema, ...details, options, like, query, span: c.span(start) };
}

/** `[COMMENT] [DISTRIBUTED ..] [PARTITIONED BY (..)]`. */
function parseDetails(c: Cursor): {
  comment: StringLiteral | undefined;
  distribution: Distribution | undefined;
  partitionedBy: Identifier[];
} {
  const comment = parseComment(c);
  const distribution = c.eat('DISTRIBUTED') ? parseDistribution(c) : undefined;
  if (!c.eat('PARTITIONED')) return { comment, distribution, partitionedBy: [] };
  c.need('BY');
  return { comment, distribution, partitionedBy: c.parenList(() => c.name('column')) };
}

function parseLike(c: Cursor): TableLike {
  const start = c.mark();
  c.need('LIKE');
  const source = c.path('table');
  const options: LikeOption[] = [];
  if (c.eat('(')) {
    do options.push(parseLikeOption(c));
    while (!c.eat(')'));
  }
  return { kind: 'tableLike', source, options, span: c.span(start) };
}

function parseLikeOption(c: Cursor): LikeOption {
  const start = c.mark();
  const strategy = c.needOne('INCLUDING', 'EXCLUDING', 'OVERWRITING');
  const whole = strategy === 'OVERWRITING' ? undefined : c.eatOne('ALL', 'CONSTRAINTS', 'DISTRIBUTION', 'PARTITIONS');
  const feature = whole ?? c.needOne('GENERATED', 'METADATA', 'OPTIONS', 'WATERMARKS');
  return { kind: 'likeOption', strategy, feature, span: c.span(start) };
}

function parseMaterializedTable(c: Cursor, { start, orAlter, orReplace }: Modifiers): CreateMaterializedTable {
  if (orReplace)
    c.fail('CREATE OR REPLACE MATERIALIZED TABLE does not exist', 'write CREATE OR ALTER MATERIALIZED TABLE');
  c.need('TABLE');
  const path = c.path('table');
  const schema = parseSchema(c);
  const details = parseDetails(c);
  const options = parseWith(c);
  const startMode = parseStartMode(c);
  const freshness = c.eat('FRESHNESS') ? parseFreshness(c) : undefined;
  const refreshMode = c.eat('REFRESH_MODE') ? parseRefreshMode(c) : undefined;
  c.need('AS');
  const query = c.query();
  const modes = { freshness, refreshMode, startMode };
  const head = { orAlter, path };
  return {
    kind: 'createMaterializedTable',
    ...head,
    ...schema,
    ...details,
    options,
    ...modes,
    query,
    span: c.span(start),
  };
}

/** `= INTERVAL '1' HOUR`. */
export function parseFreshness(c: Cursor): CreateMaterializedTable['freshness'] {
  c.need('=');
  if (c.token.key !== 'INTERVAL') c.fail('FRESHNESS needs an interval', "write FRESHNESS = INTERVAL '1' HOUR");
  return c.expr();
}

export function parseRefreshMode(c: Cursor): 'CONTINUOUS' | 'FULL' {
  c.need('=');
  return c.needOne('FULL', 'CONTINUOUS');
}

const startModes = [
  'FROM_BEGINNING',
  'FROM_NOW',
  'FROM_TIMESTAMP',
  'RESUME_OR_FROM_BEGINNING',
  'RESUME_OR_FROM_NOW',
  'RESUME_OR_FROM_TIMESTAMP',
] as const satisfies readonly StartMode['mode'][];

function parseStartMode(c: Cursor): StartMode | undefined {
  const start = c.mark();
  if (!c.eat('START_MODE')) return undefined;
  c.need('=');
  const mode = c.needOne(...startModes);
  const needsArgument = mode.endsWith('TIMESTAMP');
  const mayHaveArgument = needsArgument || mode.endsWith('NOW');
  const argument = needsArgument || (mayHaveArgument && c.is('(')) ? c.parens(() => c.expr()) : undefined;
  return { kind: 'startMode', mode, argument, span: c.span(start) };
}

function parseView(c: Cursor, { start, orReplace, temporary }: Modifiers): Statement {
  const exists = ifNotExists(c);
  const path = c.path('view');
  const columns = c.parenListOpt(() => c.name('name'));
  const comment = parseComment(c);
  c.need('AS');
  const query = c.query();
  return {
    kind: 'createView',
    orReplace,
    temporary,
    ifNotExists: exists,
    path,
    columns,
    comment,
    query,
    span: c.span(start),
  };
}

function parseFunction(c: Cursor, { start, orReplace, temporary, system }: Modifiers): CreateFunction {
  c.need('FUNCTION');
  const exists = ifNotExists(c);
  const path = c.path('function');
  c.need('AS');
  const className = c.string();
  const language = parseLanguage(c);
  const resources = c.eat('USING') ? c.list(() => parseResource(c)) : [];
  const head = { orReplace, temporary, system, ifNotExists: exists, path, className, language, resources };
  return { kind: 'createFunction', ...head, options: parseWith(c), span: c.span(start) };
}

export function parseLanguage(c: Cursor): FunctionLanguage | undefined {
  return c.eat('LANGUAGE') ? c.needOne('JAVA', 'SCALA', 'SQL', 'PYTHON') : undefined;
}

function parseResource(c: Cursor): FunctionResource {
  const start = c.mark();
  const type = c.needOne('JAR', 'ARTIFACT');
  return { kind: 'functionResource', type, uri: c.string(), span: c.span(start) };
}

function parseDatabase(c: Cursor, start: number): Statement {
  const exists = ifNotExists(c);
  const path = c.path('database');
  const comment = parseComment(c);
  return { kind: 'createDatabase', ifNotExists: exists, path, comment, options: parseWith(c), span: c.span(start) };
}

function parseCatalog(c: Cursor, start: number): Statement {
  const exists = ifNotExists(c);
  const name = c.name('catalog');
  const comment = parseComment(c);
  return { kind: 'createCatalog', ifNotExists: exists, name, comment, options: parseWith(c), span: c.span(start) };
}

function parseModel(c: Cursor, { start, orReplace, temporary }: Modifiers): Statement {
  const exists = ifNotExists(c);
  const path = c.path('model');
  const input = c.eat('INPUT') ? c.parenList(() => parseColumn(c)) : [];
  const output = c.eat('OUTPUT') ? c.parenList(() => parseColumn(c)) : [];
  const comment = parseComment(c);
  const options = parseWith(c);
  const query = c.eat('AS') ? c.query() : undefined;
  const head = { orReplace, temporary, ifNotExists: exists, path, input, output, comment };
  return { kind: 'createModel', ...head, options, query, span: c.span(start) };
}

function parseConnection(c: Cursor, { start, temporary, system }: Modifiers): Statement {
  c.need('CONNECTION');
  const exists = ifNotExists(c);
  const path = c.path('connection');
  const comment = parseComment(c);
  const head = { temporary, system, ifNotExists: exists, path, comment };
  return { kind: 'createConnection', ...head, options: parseWith(c), span: c.span(start) };
}
