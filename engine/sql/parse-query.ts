/** Queries: WITH, SELECT and its clauses, VALUES, set operations, ORDER BY, LIMIT. */
import { MillraceError } from '../errors.ts';
import type { Identifier } from './ast.ts';
import type { Expr, RowConstructor } from './ast-expr.ts';
import type {
  CommonTable,
  GroupBy,
  GroupItem,
  Query,
  QueryBody,
  Select,
  SelectItem,
  SetOperation,
  Values,
} from './ast-query.ts';
import type { Cursor } from './cursor.ts';
import { keys } from './lexer.ts';
import { parseHints } from './parse-hint.ts';
import { parseNumber, parameterOpt } from './parse-literal.ts';
import { beginsQuery, bodyOf } from './parse-subquery.ts';
import { parseFrom } from './parse-table.ts';
import { parseNamedWindow, parseOrderBy } from './parse-window.ts';

/** `[WITH ..] body [ORDER BY ..] [LIMIT ..] [OFFSET ..] [FETCH ..]`. */
export function parseQuery(c: Cursor): Query {
  const start = c.mark();
  let recursive = false;
  let tables: CommonTable[] = [];
  if (c.eat('WITH')) {
    recursive = c.eat('RECURSIVE');
    tables = c.list(() => parseCommonTable(c));
  }
  const body = parseBody(c, 0);
  return {
    kind: 'query',
    recursive,
    with: tables,
    body,
    orderBy: parseOrderBy(c),
    ...parseLimits(c),
    span: c.span(start),
  };
}

/** The rest of a query whose first part has been read. */
export function parseQueryFrom(c: Cursor, first: QueryBody): Query {
  const body = parseSetOperations(c, first, 0);
  return {
    kind: 'query',
    recursive: false,
    with: [],
    body,
    orderBy: parseOrderBy(c),
    ...parseLimits(c),
    span: c.span(first.span.start),
  };
}

function parseCommonTable(c: Cursor): CommonTable {
  const start = c.mark();
  const name = c.name('name');
  const columns = c.parenListOpt(() => c.name('name'));
  c.need('AS');
  const query = c.parens(() => c.query());
  return { kind: 'commonTable', name, columns, query, span: c.span(start) };
}

/** INTERSECT binds tighter than UNION and EXCEPT. */
const strengths: Readonly<Record<string, number>> = { UNION: 1, EXCEPT: 1, MINUS: 1, INTERSECT: 2 };

function parseBody(c: Cursor, least: number): QueryBody {
  return parseSetOperations(c, parseLeaf(c), least);
}

function parseSetOperations(c: Cursor, first: QueryBody, least: number): QueryBody {
  let left = first;
  for (;;) {
    for (const word of ['UNION', 'INTERSECT', 'EXCEPT']) c.expect(word);
    const strength = strengths[c.token.key];
    if (strength === undefined || strength <= least) return left;
    if (c.token.key === 'MINUS') c.fail('MINUS is no set operation of Flink SQL', 'write EXCEPT');
    const operator = c.needOne('UNION', 'INTERSECT', 'EXCEPT') satisfies SetOperation['operator'];
    const all = c.eatOne('ALL', 'DISTINCT') === 'ALL';
    const right = parseBody(c, strength);
    left = { kind: 'setOperation', operator, all, left, right, span: c.span(first.span.start) };
  }
}

function parseLeaf(c: Cursor): QueryBody {
  const start = c.mark();
  if (c.is('SELECT')) return parseSelect(c);
  if (c.eatOne('VALUES', 'VALUE') !== undefined) return parseValues(c, start);
  if (c.eat('TABLE')) return { kind: 'explicitTable', path: c.path('table'), span: c.span(start) };
  if (c.is('(')) return bodyOf(c.parens(() => parseQuery(c)));
  return c.fail();
}

function parseValues(c: Cursor, start: number): Values {
  const rows = c.list(() => parseRow(c));
  return { kind: 'values', rows, span: c.span(start) };
}

/** `(1, 'a')`, `ROW(1, 'a')`, `(ROW(1, 'a'))`, or one value; DEFAULT may stand for a value. */
function parseRow(c: Cursor): RowConstructor {
  const start = c.mark();
  if (c.sees(0, '(', 'ROW')) {
    const [first, ...others] = c.parenList(() => parseValue(c));
    if (first!.kind === 'row' && first.explicit && others.length === 0) return { ...first, span: c.span(start) };
    return { kind: 'row', explicit: false, items: [first!, ...others], span: c.span(start) };
  }
  const explicit = c.eat('ROW');
  if (!explicit && !c.is('(')) return { kind: 'row', explicit: false, items: [c.expr()], span: c.span(start) };
  if (!explicit && beginsQuery(c.peek(1))) {
    return { kind: 'row', explicit: false, items: [c.expr()], span: c.span(start) };
  }
  return { kind: 'row', explicit, items: c.parenList(() => parseValue(c)), span: c.span(start) };
}

function parseValue(c: Cursor): Expr {
  const start = c.mark();
  return c.eat('DEFAULT') ? { kind: 'default', span: c.span(start) } : c.expr();
}

function parseSelect(c: Cursor): Select {
  const start = c.mark();
  c.need('SELECT');
  return {
    kind: 'select',
    hints: parseHints(c),
    stream: c.eat('STREAM'),
    quantifier: c.eatOne('DISTINCT', 'ALL'),
    items: c.list(() => parseSelectItem(c)),
    ...(c.eat('FROM') ? parseClauses(c) : noClauses),
    span: c.span(start),
  };
}

type Clauses = Pick<Select, 'from' | 'where' | 'groupBy' | 'having' | 'windows' | 'qualify'>;

/** FROM and all that needs it. */
function parseClauses(c: Cursor): Clauses {
  return {
    from: parseFrom(c),
    where: c.eat('WHERE') ? c.expr() : undefined,
    groupBy: parseGroupBy(c),
    having: c.eat('HAVING') ? c.expr() : undefined,
    windows: c.eat('WINDOW') ? c.list(() => parseNamedWindow(c)) : [],
    qualify: c.eat('QUALIFY') ? c.expr() : undefined,
  };
}

const noClauses: Clauses = {
  from: undefined,
  where: undefined,
  groupBy: undefined,
  having: undefined,
  windows: [],
  qualify: undefined,
};

function parseSelectItem(c: Cursor): SelectItem {
  const start = c.mark();
  if (c.eat('*')) {
    const span = c.span(start);
    return { kind: 'selectItem', expr: { kind: 'star', parts: [], span }, alias: undefined, span };
  }
  return parseAliased(c);
}

/** `expr [[AS] name]`. */
export function parseAliased(c: Cursor): SelectItem {
  const start = c.mark();
  const expr = c.expr();
  return { kind: 'selectItem', expr, alias: parseAlias(c), span: c.span(start) };
}

function parseAlias(c: Cursor): Identifier | undefined {
  const written = c.eat('AS');
  if (c.token.key === keys.string)
    c.fail('an alias is a name, not a string', 'names are written in back-ticks: `name`');
  return written ? c.name('alias') : c.implicitAlias();
}

function parseGroupBy(c: Cursor): GroupBy | undefined {
  const start = c.mark();
  if (!c.eat('GROUP')) return undefined;
  c.need('BY');
  const quantifier = c.eatOne('DISTINCT', 'ALL');
  const items = c.list(() => parseGroupItem(c));
  return { kind: 'groupBy', quantifier, items, span: c.span(start) };
}

function parseGroupItem(c: Cursor): GroupItem {
  const start = c.mark();
  if (c.eatAll('(', ')')) return { kind: 'emptyGroup', span: c.span(start) };
  const form = c.eatAll('GROUPING', 'SETS') ? 'GROUPING SETS' : c.eatOne('ROLLUP', 'CUBE');
  if (form === undefined) return c.expr();
  const items = c.parenList(() => parseGroupItem(c));
  return { kind: 'groupingSets', form, items, span: c.span(start) };
}

/** `LIMIT n [OFFSET m]`, `OFFSET m [ROWS]`, `FETCH FIRST n ROWS ONLY`. */
function parseLimits(c: Cursor): Pick<Query, 'limit' | 'offset'> {
  const start = c.mark();
  let limit: Expr | undefined;
  let limited = false;
  if (c.eat('LIMIT')) {
    limited = true;
    if (!c.eat('ALL')) limit = parseCount(c);
    if (c.is(',')) refuse(c, start, "'LIMIT start, count' is not allowed", 'write LIMIT count OFFSET start');
  }
  const offset = c.eat('OFFSET') ? parseCount(c) : undefined;
  if (offset !== undefined) c.eatOne('ROWS', 'ROW');
  if (offset !== undefined && !limited && c.is('LIMIT')) {
    refuse(c, start, "'OFFSET start LIMIT count' is not allowed", 'write LIMIT count OFFSET start');
  }
  if (!limited && c.eat('FETCH')) {
    c.needOne('FIRST', 'NEXT');
    limit = parseCount(c);
    c.needOne('ROWS', 'ROW');
    c.need('ONLY');
  }
  return { limit, offset };
}

function parseCount(c: Cursor): Expr {
  return parameterOpt(c) ?? parseNumber(c);
}

function refuse(c: Cursor, start: number, reason: string, hint: string): never {
  throw new MillraceError('SQL_SYNTAX', reason, { span: { start, end: c.token.end }, hint });
}
