/** Calls of functions: arguments of every sort, and what may stand behind the parentheses. */
import type { Path } from './ast.ts';
import type { Call, Descriptor, Expr, TableArgument } from './ast-expr.ts';
import type { OrderItem } from './ast-query.ts';
import { identifier, isName, type Cursor } from './cursor.ts';
import { parameterOpt } from './parse-literal.ts';
import { asQuery, beginsQuery } from './parse-subquery.ts';
import { parseOrderBy, parseOrderItem, parseOver } from './parse-window.ts';

/** A call whose name is the one word here, reserved or not. */
export function parseCall(c: Cursor, start: number): Call {
  const name = identifier(c.advance());
  return parseCallRest(c, { kind: 'path', parts: [name], span: name.span }, start);
}

/** `(arguments) [IGNORE NULLS] [WITHIN GROUP (..)] [FILTER (..)] [OVER ..]` behind a name; IGNORE NULLS may stand inside too. */
export function parseCallRest(c: Cursor, name: Path, start: number): Call {
  c.need('(');
  const quantifier = c.eatOne('DISTINCT', 'ALL');
  const args = quantifier === undefined && c.is(')') ? [] : parseArguments(c);
  const nulls = nullTreatment(c);
  const orderBy = parseOrderBy(c);
  c.need(')');
  return {
    kind: 'call',
    name,
    quantifier,
    arguments: args,
    parentheses: true,
    orderBy,
    nulls: nulls ?? nullTreatment(c),
    withinGroup: withinGroup(c),
    filter: parseFilter(c),
    over: parseOver(c),
    span: c.span(start),
  };
}

function parseArguments(c: Cursor): Expr[] {
  if (c.is('*')) {
    const start = c.mark();
    c.advance();
    return [{ kind: 'star', parts: [], span: c.span(start) }];
  }
  if (beginsQuery(c.token) && c.token.key !== 'TABLE') {
    const query = c.query();
    return [{ kind: 'scalarQuery', query, span: query.span }];
  }
  return c.list(() => parseArgument(c));
}

/** `[name =>] value`, where the value may be DEFAULT, TABLE t, MODEL m, DESCRIPTOR(..), a query. */
export function parseArgument(c: Cursor): Expr {
  const start = c.mark();
  if (!isName(c.token) || !c.sees(1, '=>')) return parseArgumentValue(c);
  const name = c.name('name');
  c.need('=>');
  return { kind: 'namedArgument', name, value: parseArgumentValue(c), span: c.span(start) };
}

function parseArgumentValue(c: Cursor): Expr {
  const start = c.mark();
  if (c.eat('DEFAULT')) return { kind: 'default', span: c.span(start) };
  if (c.is('TABLE')) return tableArgument(c, start);
  c.expect('MODEL');
  if (c.sees(0, 'MODEL') && (isName(c.peek(1)) || c.isOpen(1))) {
    c.advance();
    return { kind: 'modelArgument', path: c.path('model'), span: c.span(start) };
  }
  c.expect('DESCRIPTOR');
  if (c.sees(0, 'DESCRIPTOR', '(')) return parseDescriptor(c, start);
  return withPartitioning(c, c.expr(), start);
}

/** `DESCRIPTOR(a, b)`. */
function parseDescriptor(c: Cursor, start: number): Descriptor {
  c.advance();
  const columns = c.parenList(() => c.name('column'));
  return { kind: 'descriptor', columns, span: c.span(start) };
}

/** `TABLE t [PARTITION BY ..] [ORDER BY ..]`; a table bound from outside too. */
function tableArgument(c: Cursor, start: number): TableArgument {
  c.need('TABLE');
  const input = parameterOpt(c) ?? c.path('table');
  return { kind: 'tableArgument', input, ...partitioning(c), span: c.span(start) };
}

/** A query as an argument is a table when it is partitioned or ordered; it may also go on as a set operation. */
function withPartitioning(c: Cursor, value: Expr, start: number): Expr {
  if (value.kind !== 'scalarQuery') return value;
  if (c.is('PARTITION') || c.is('ORDER')) {
    return { kind: 'tableArgument', input: value.query, ...partitioning(c), span: c.span(start) };
  }
  const query = asQuery(c, value, false);
  return query === undefined ? value : { kind: 'scalarQuery', query, span: c.span(start) };
}

function partitioning(c: Cursor): Pick<TableArgument, 'partitionBy' | 'orderBy'> {
  const partitionBy: Expr[] = [];
  if (c.eat('PARTITION')) {
    c.need('BY');
    partitionBy.push(...(c.is('(') ? c.parenList(() => c.expr()) : [c.expr()]));
  }
  const orderBy: OrderItem[] = [];
  if (c.eat('ORDER')) {
    c.need('BY');
    orderBy.push(...(c.is('(') ? c.parenList(() => parseOrderItem(c)) : [parseOrderItem(c)]));
  }
  return { partitionBy, orderBy };
}

function nullTreatment(c: Cursor): Call['nulls'] {
  if (c.eatAll('IGNORE', 'NULLS')) return 'IGNORE';
  return c.eatAll('RESPECT', 'NULLS') ? 'RESPECT' : undefined;
}

export function withinGroup(c: Cursor): OrderItem[] {
  if (!c.eat('WITHIN')) return [];
  c.need('GROUP', '(');
  if (!c.is('ORDER')) c.fail();
  const items = parseOrderBy(c);
  c.need(')');
  return items;
}

/** `FILTER (WHERE condition)`. */
export function parseFilter(c: Cursor): Expr | undefined {
  if (!c.eat('FILTER')) return undefined;
  c.need('(', 'WHERE');
  const condition = c.expr();
  c.need(')');
  return condition;
}
