/** Statements: what each begins with, and those that read or write data. */
import { MillraceError } from '../errors.ts';
import type { Assignment, CompilePlan, Explain, ExplainDetail, Insert, Statement, StatementSet } from './ast.ts';
import { explainDetails } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parseAlter, parseDrop } from './parse-alter.ts';
import { parseArgument } from './parse-call.ts';
import { parsePartition } from './parse-common.ts';
import { parseCreate, parseReplace } from './parse-create.ts';
import { parseHints } from './parse-hint.ts';
import { parameterOpt } from './parse-literal.ts';
import {
  parseAnalyze,
  parseDescribe,
  parseJar,
  parseModule,
  parseReset,
  parseSet,
  parseShow,
  parseStop,
  parseUse,
} from './parse-show.ts';
import { beginsQuery } from './parse-subquery.ts';

/** By their first word. Queries begin otherwise. */
const statements = new Map<string, (c: Cursor) => Statement>([
  ['INSERT', parseInsert],
  ['UPSERT', parseInsert],
  ['CREATE', parseCreate],
  ['REPLACE', parseReplace],
  ['ALTER', parseAlter],
  ['DROP', parseDrop],
  ['SHOW', parseShow],
  ['DESCRIBE', parseDescribe],
  ['DESC', parseDescribe],
  ['EXPLAIN', parseExplain],
  ['SET', parseSet],
  ['RESET', parseReset],
  ['USE', parseUse],
  ['EXECUTE', parseExecute],
  ['BEGIN', parseBegin],
  ['END', parseEnd],
  ['COMPILE', parseCompile],
  ['UPDATE', parseUpdate],
  ['DELETE', parseDelete],
  ['TRUNCATE', parseTruncate],
  ['CALL', parseCallProcedure],
  ['ANALYZE', parseAnalyze],
  ['LOAD', parseModule],
  ['UNLOAD', parseModule],
  ['ADD', parseJar],
  ['REMOVE', parseJar],
  ['STOP', parseStop],
]);

const clientCommands: Readonly<Record<string, 'HELP' | 'QUIT' | 'CLEAR'>> = {
  HELP: 'HELP',
  QUIT: 'QUIT',
  EXIT: 'QUIT',
  CLEAR: 'CLEAR',
};

/** One statement up to the end of the tokens. */
export function parseStatement(c: Cursor): Statement {
  const statement = parseAny(c);
  if (!c.atEnd) c.fail();
  return statement;
}

function parseAny(c: Cursor): Statement {
  const parse = statements.get(c.token.key);
  if (parse !== undefined) return parse(c);
  if (c.token.key === 'MERGE') throw unsupported(c, 'MERGE INTO');
  const command = clientCommands[c.token.key];
  if (command !== undefined && c.peek(1).type === 'end') {
    const start = c.mark();
    c.advance();
    return { kind: 'clientCommand', command, span: c.span(start) };
  }
  for (const word of [...queryWords, ...statements.keys()]) c.expect(word);
  if (!atQuery(c)) c.fail();
  return parseQueryStatement(c);
}

const queryWords = ['SELECT', 'WITH', 'VALUES', 'TABLE'];

function atQuery(c: Cursor): boolean {
  return beginsQuery(c.token) || c.token.key === '(';
}

function parseQueryStatement(c: Cursor): Statement {
  const query = c.query();
  return { kind: 'queryStatement', query, span: query.span };
}

function unsupported(c: Cursor, what: string): MillraceError {
  return new MillraceError('SQL_UNSUPPORTED', `${what} is supported neither here nor by Flink`, {
    span: { start: c.token.start, end: c.token.end },
  });
}

function parseInsert(c: Cursor): Insert {
  const start = c.mark();
  const upsert = c.needOne('INSERT', 'UPSERT') === 'UPSERT';
  const overwrite = c.needOne('INTO', 'OVERWRITE') === 'OVERWRITE';
  if (c.sees(0, 'TABLE'))
    c.fail(undefined, `leave the word TABLE out: INSERT ${overwrite ? 'OVERWRITE' : 'INTO'} name`);
  const target = parameterOpt(c) ?? c.path('table');
  const hints = parseHints(c);
  const partition = parsePartition(c);
  const columns = c.is('(') && !atNestedQuery(c) ? c.parenList(() => c.path('column')) : [];
  const query = c.query();
  const onConflict = parseOnConflict(c);
  return {
    kind: 'insert',
    upsert,
    overwrite,
    target,
    hints,
    partition,
    columns,
    query,
    onConflict,
    span: c.span(start),
  };
}

/** Whether the parentheses here hold a query, not a list of columns. */
function atNestedQuery(c: Cursor): boolean {
  let depth = 0;
  while (c.sees(depth, '(')) depth++;
  return beginsQuery(c.peek(depth));
}

function parseOnConflict(c: Cursor): Insert['onConflict'] {
  if (!c.eat('ON')) return undefined;
  c.need('CONFLICT', 'DO');
  return c.needOne('NOTHING', 'ERROR', 'DEDUPLICATE');
}

function parseExecute(c: Cursor): Statement {
  const start = c.mark();
  c.need('EXECUTE');
  if (c.is('STATEMENT')) return { ...parseStatementSet(c), execute: true, span: c.span(start) };
  if (c.eat('PLAN')) return { kind: 'executePlan', file: c.string(), span: c.span(start) };
  if (c.is('INSERT') || c.is('UPSERT')) return { ...parseInsert(c), span: c.span(start) };
  if (!atQuery(c)) c.fail();
  return { ...parseQueryStatement(c), span: c.span(start) };
}

/** `STATEMENT SET BEGIN insert; insert; END`. */
function parseStatementSet(c: Cursor): StatementSet {
  const start = c.mark();
  c.need('STATEMENT', 'SET', 'BEGIN');
  const inserts: Insert[] = [];
  do {
    if (!c.is('INSERT') && !c.is('UPSERT')) c.fail();
    inserts.push(parseInsert(c));
    c.need(';');
  } while (!c.eat('END'));
  return { kind: 'statementSet', execute: false, statements: inserts, span: c.span(start) };
}

function parseBegin(c: Cursor): Statement {
  const start = c.mark();
  c.need('BEGIN', 'STATEMENT', 'SET');
  return { kind: 'statementSetMark', mark: 'BEGIN', span: c.span(start) };
}

function parseEnd(c: Cursor): Statement {
  const start = c.mark();
  c.need('END');
  return { kind: 'statementSetMark', mark: 'END', span: c.span(start) };
}

function parseExplain(c: Cursor): Explain {
  const start = c.mark();
  c.need('EXPLAIN');
  const planFor = c.eatAll('PLAN', 'FOR');
  const details: ExplainDetail[] = [];
  let detail = planFor ? undefined : c.eatOne(...explainDetails);
  while (detail !== undefined) {
    details.push(detail);
    detail = c.eat(',') ? c.needOne(...explainDetails) : undefined;
  }
  return { kind: 'explain', details, planFor, statement: parseExplained(c), span: c.span(start) };
}

function parseExplained(c: Cursor): Statement {
  if (c.is('STATEMENT')) return parseStatementSet(c);
  if (c.is('EXECUTE')) return parseExecute(c);
  if (c.is('INSERT') || c.is('UPSERT')) return parseInsert(c);
  if (c.is('CREATE') || c.is('REPLACE')) return parseExplainedTable(c);
  for (const word of queryWords) c.expect(word);
  if (!atQuery(c)) c.fail();
  return parseQueryStatement(c);
}

function parseExplainedTable(c: Cursor): Statement {
  const statement = c.token.key === 'CREATE' ? parseCreate(c) : parseReplace(c);
  if (statement.kind === 'createTable' && statement.query !== undefined) return statement;
  throw new MillraceError('SQL_SYNTAX', 'only a CREATE TABLE with AS SELECT can be explained', {
    span: statement.span,
  });
}

/** `COMPILE PLAN 'file' [IF NOT EXISTS] FOR ..`, `COMPILE AND EXECUTE PLAN 'file' FOR ..`. */
function parseCompile(c: Cursor): CompilePlan {
  const start = c.mark();
  c.need('COMPILE');
  const andExecute = c.eat('AND');
  if (andExecute) c.need('EXECUTE');
  c.need('PLAN');
  const file = c.string();
  const ifNotExists = !andExecute && c.eat('IF');
  if (ifNotExists) c.need('NOT', 'EXISTS');
  c.need('FOR');
  const statement = c.is('STATEMENT')
    ? parseStatementSet(c)
    : c.is('INSERT') || c.is('UPSERT')
      ? parseInsert(c)
      : c.fail();
  return { kind: 'compilePlan', andExecute, file, ifNotExists, statement, span: c.span(start) };
}

function parseUpdate(c: Cursor): Statement {
  const start = c.mark();
  c.need('UPDATE');
  const target = c.path('table');
  const hints = parseHints(c);
  const alias = c.eat('AS') ? c.name('alias') : c.nameOpt('alias');
  c.need('SET');
  const assignments = c.list(() => parseAssignment(c));
  const where = c.eat('WHERE') ? c.expr() : undefined;
  return { kind: 'update', target, hints, alias, assignments, where, span: c.span(start) };
}

function parseAssignment(c: Cursor): Assignment {
  const start = c.mark();
  const column = c.name('column');
  c.need('=');
  return { kind: 'assignment', column, value: c.expr(), span: c.span(start) };
}

function parseDelete(c: Cursor): Statement {
  const start = c.mark();
  c.need('DELETE', 'FROM');
  const target = c.path('table');
  const hints = parseHints(c);
  const alias = c.eat('AS') ? c.name('alias') : c.nameOpt('alias');
  const where = c.eat('WHERE') ? c.expr() : undefined;
  return { kind: 'delete', target, hints, alias, where, span: c.span(start) };
}

function parseTruncate(c: Cursor): Statement {
  const start = c.mark();
  c.need('TRUNCATE', 'TABLE');
  return { kind: 'truncate', table: c.path('table'), span: c.span(start) };
}

function parseCallProcedure(c: Cursor): Statement {
  const start = c.mark();
  c.need('CALL');
  const name = c.path('function');
  const args = c.parens(() => (c.is(')') ? [] : c.list(() => parseArgument(c))));
  return { kind: 'callProcedure', name, arguments: args, span: c.span(start) };
}
