/** FROM: tables, joins, subqueries, table functions, UNNEST, and what follows them. */
import { MillraceError } from '../errors.ts';
import type { Identifier } from './ast.ts';
import type { Call, Expr } from './ast-expr.ts';
import type { Join, QueryTableRef, TableAlias, TableFunctionRef, TableRef } from './ast-query.ts';
import { isName, type Cursor } from './cursor.ts';
import { keys } from './lexer.ts';
import { parseCallRest } from './parse-call.ts';
import { parseHints } from './parse-hint.ts';
import { parseParameter } from './parse-literal.ts';
import { parseMatchRecognize } from './parse-match.ts';
import { parsePivot, parseSample, parseUnpivot } from './parse-pivot.ts';
import { beginsQuery, bodyOf, continuesQuery } from './parse-subquery.ts';

/** Everything behind FROM. A comma binds weaker than JOIN. */
export function parseFrom(c: Cursor): TableRef {
  const start = c.mark();
  let left = parseJoins(c);
  while (c.eat(',')) {
    const right = parseJoins(c);
    left = {
      kind: 'join',
      type: 'COMMA',
      natural: false,
      left,
      right,
      on: undefined,
      using: undefined,
      span: c.span(start),
    };
  }
  return left;
}

function parseJoins(c: Cursor): TableRef {
  const start = c.mark();
  let left = parseTableRef(c);
  for (;;) {
    const head = joinHead(c);
    if (head === undefined) return left;
    const right = parseTableRef(c);
    left = { kind: 'join', ...head, left, right, ...joinCondition(c, head.type), span: c.span(start) };
  }
}

/** `[NATURAL] [INNER | LEFT [OUTER] | ..] JOIN`; LEFT and its like without JOIN are left standing. */
function joinHead(c: Cursor): Pick<Join, 'type' | 'natural'> | undefined {
  for (const word of ['NATURAL', 'JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS']) c.expect(word);
  const natural = c.token.key === 'NATURAL';
  let distance = natural ? 1 : 0;
  const word = c.peek(distance).key;
  const type = joinTypes[word];
  if (type === undefined) return undefined;
  if (type === 'CROSS' && !natural) {
    c.need('CROSS', 'JOIN');
    return { type, natural };
  }
  if (word !== 'JOIN') distance++;
  if (word !== 'JOIN' && word !== 'INNER' && c.sees(distance, 'OUTER')) distance++;
  if (c.isOpen(distance)) {
    for (let i = 0; i < distance; i++) c.advance();
    c.expect('OUTER');
    c.need('JOIN');
  }
  if (!c.sees(distance, 'JOIN') || !beginsTable(c, distance + 1)) return undefined;
  for (let i = 0; i <= distance; i++) c.advance();
  return { type, natural };
}

const joinTypes: Readonly<Record<string, Join['type']>> = {
  JOIN: 'INNER',
  INNER: 'INNER',
  LEFT: 'LEFT',
  RIGHT: 'RIGHT',
  FULL: 'FULL',
  CROSS: 'CROSS',
};

function joinCondition(c: Cursor, type: Join['type']): Pick<Join, 'on' | 'using'> {
  if (type !== 'CROSS' && c.eat('ON')) return { on: c.expr(), using: undefined };
  if (type !== 'CROSS' && c.eat('USING')) return { on: undefined, using: c.parenList(() => c.name('column')) };
  return { on: undefined, using: undefined };
}

function parseTableRef(c: Cursor): TableRef {
  const ref = parsePrimary(c);
  return c.is('TABLESAMPLE') ? parseSample(c, ref) : ref;
}

function beginsTable(c: Cursor, distance: number): boolean {
  const token = c.peek(distance);
  return c.isOpen(distance) || isName(token) || token.key === keys.parameter || tableWords.has(token.key);
}
const tableWords: ReadonlySet<string> = new Set(['(', 'LATERAL', 'TABLE', 'UNNEST']);

function parsePrimary(c: Cursor): TableRef {
  const start = c.mark();
  if (c.is('(')) return parseParenthesis(c, start);
  const lateral = c.eat('LATERAL');
  if (c.eat('UNNEST')) return parseUnnest(c, start, lateral);
  if (c.is('TABLE')) return parseTableFunction(c, start, lateral);
  if (lateral) {
    if (!c.is('(')) c.fail();
    return suffixed(c, start, {
      kind: 'queryTable',
      lateral,
      query: c.parens(() => c.query()),
      alias: undefined,
      span: c.span(start),
    });
  }
  if (c.token.key === keys.parameter) {
    const parameter = parseParameter(c);
    return suffixed(c, start, {
      kind: 'parameterTable',
      parameter,
      ...tableDetails(c),
      alias: undefined,
      span: c.span(start),
    });
  }
  return parseNamedTable(c, start);
}

/** A name, or a table function called without TABLE( ). */
function parseNamedTable(c: Cursor, start: number): TableRef {
  const path = c.path('table');
  if (c.sees(0, '(')) {
    const call = parseCallRest(c, path, start);
    return suffixed(c, start, {
      kind: 'tableFunction',
      lateral: false,
      wrapped: false,
      call,
      alias: undefined,
      span: c.span(start),
    });
  }
  return suffixed(c, start, { kind: 'namedTable', path, ...tableDetails(c), alias: undefined, span: c.span(start) });
}

/** `TABLE(f(..))`. */
function parseTableFunction(c: Cursor, start: number, lateral: boolean): TableRef {
  c.need('TABLE', '(');
  const call = parseFunction(c);
  c.need(')');
  const ref: TableFunctionRef = {
    kind: 'tableFunction',
    lateral,
    wrapped: true,
    call,
    alias: undefined,
    span: c.span(start),
  };
  return suffixed(c, start, ref);
}

function parseFunction(c: Cursor): Call {
  const start = c.mark();
  const path = c.path('function');
  return parseCallRest(c, path, start);
}

function parseUnnest(c: Cursor, start: number, lateral: boolean): TableRef {
  const items: Expr[] = c.parenList(() => (beginsQuery(c.token) ? scalarQuery(c) : c.expr()));
  const ordinality = c.eat('WITH');
  if (ordinality) c.need('ORDINALITY');
  return suffixed(c, start, { kind: 'unnest', lateral, items, ordinality, alias: undefined, span: c.span(start) });
}

function scalarQuery(c: Cursor): Expr {
  const query = c.query();
  return { kind: 'scalarQuery', query, span: query.span };
}

function tableDetails(c: Cursor): { hints: ReturnType<typeof parseHints>; systemTime: Expr | undefined } {
  const hints = parseHints(c);
  if (!c.eat('FOR')) return { hints, systemTime: undefined };
  c.need('SYSTEM_TIME', 'AS', 'OF');
  return { hints, systemTime: c.expr() };
}

/**
 * A query, or a join in parentheses. With more than one parenthesis the first word does not tell: `((SELECT 1) UNION ..)`, `((SELECT 1) a JOIN b)`;
 * the inner one is read as a table then, and taken for the begin of a query when one goes on.
 */
function parseParenthesis(c: Cursor, start: number): TableRef {
  if (!beginsTable(c, 1) && !beginsQuery(c.peek(1))) c.fail();
  c.need('(');
  if (beginsQuery(c.token)) {
    const query = c.query();
    c.need(')');
    return suffixed(c, start, { kind: 'queryTable', lateral: false, query, alias: undefined, span: c.span(start) });
  }
  const inner = parseJoins(c);
  if (isBareQuery(inner) && (c.is(')') || continuesQuery(c))) {
    const query = c.is(')') ? inner.query : c.grammar.queryFrom(c, bodyOf(inner.query));
    c.need(')');
    return suffixed(c, start, { kind: 'queryTable', lateral: false, query, alias: undefined, span: c.span(start) });
  }
  if (inner.kind !== 'join') {
    throw new MillraceError('SQL_SYNTAX', 'only a query or a join can stand in these parentheses', {
      span: inner.span,
    });
  }
  c.need(')');
  return inner;
}

function isBareQuery(ref: TableRef): ref is QueryTableRef {
  return ref.kind === 'queryTable' && !ref.lateral && ref.alias === undefined;
}

type Aliased = Exclude<TableRef, { kind: 'join' | 'sample' }>;

/** MATCH_RECOGNIZE, PIVOT, UNPIVOT around the table, and the alias. */
function suffixed(c: Cursor, start: number, bare: Aliased): TableRef {
  let ref: Aliased = bare;
  if (c.is('MATCH_RECOGNIZE')) ref = parseMatchRecognize(c, ref, start);
  if (c.is('PIVOT')) ref = parsePivot(c, ref, start);
  if (c.is('UNPIVOT')) ref = parseUnpivot(c, ref, start);
  const alias = parseTableAlias(c);
  return alias === undefined ? ref : { ...ref, alias, span: c.span(start) };
}

function parseTableAlias(c: Cursor): TableAlias | undefined {
  const start = c.mark();
  const name: Identifier | undefined = c.eat('AS') ? c.name('alias') : isName(c.token) ? c.implicitAlias() : undefined;
  if (name === undefined) {
    c.expect('<alias>');
    return undefined;
  }
  const columns = c.parenListOpt(() => c.name('name'));
  return { kind: 'tableAlias', name, columns, span: c.span(start) };
}
