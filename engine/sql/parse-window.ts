/** ORDER BY, and windows: OVER, named windows, frames. */
import type { Identifier } from './ast.ts';
import type { Expr } from './ast-expr.ts';
import type { FrameBound, NamedWindow, OrderItem, WindowFrame, WindowSpec } from './ast-query.ts';
import type { Cursor } from './cursor.ts';

/** `ORDER BY a, b` or nothing. */
export function parseOrderBy(c: Cursor): OrderItem[] {
  if (!c.eat('ORDER')) return [];
  c.need('BY');
  return c.list(() => parseOrderItem(c));
}

export function parseOrderItem(c: Cursor): OrderItem {
  const start = c.mark();
  const expr = c.expr();
  const direction = c.eatOne('ASC', 'DESC');
  const nulls = c.eat('NULLS') ? c.needOne('FIRST', 'LAST') : undefined;
  return { kind: 'orderItem', expr, direction, nulls, span: c.span(start) };
}

/** `OVER name` or `OVER (specification)` or nothing. */
export function parseOver(c: Cursor): WindowSpec | Identifier | undefined {
  if (!c.eat('OVER')) return undefined;
  return c.is('(') ? parseWindowSpec(c) : c.name('window');
}

/** `name AS (specification)` of a WINDOW clause. */
export function parseNamedWindow(c: Cursor): NamedWindow {
  const start = c.mark();
  const name = c.name('window');
  c.need('AS');
  return { kind: 'namedWindow', name, spec: parseWindowSpec(c), span: c.span(start) };
}

function parseWindowSpec(c: Cursor): WindowSpec {
  const start = c.mark();
  c.need('(');
  const base = c.nameOpt('window');
  const partitionBy = parsePartitionBy(c);
  const orderBy = parseOrderBy(c);
  const frame = parseFrame(c);
  const allowPartial = parsePartial(c);
  c.need(')');
  return { kind: 'windowSpec', base, partitionBy, orderBy, frame, allowPartial, span: c.span(start) };
}

/** `PARTITION BY a, b` or nothing. */
export function parsePartitionBy(c: Cursor): Expr[] {
  if (!c.eat('PARTITION')) return [];
  c.need('BY');
  return c.list(() => c.expr());
}

function parseFrame(c: Cursor): WindowFrame | undefined {
  const mark = c.mark();
  const unit = c.eatOne('ROWS', 'RANGE');
  if (unit === undefined) return undefined;
  const between = c.eat('BETWEEN');
  const start = parseBound(c);
  let end: FrameBound | undefined;
  if (between) {
    c.need('AND');
    end = parseBound(c);
  }
  return { kind: 'windowFrame', unit, start, end, span: c.span(mark) };
}

function parseBound(c: Cursor): FrameBound {
  const start = c.mark();
  if (c.eat('CURRENT')) {
    c.need('ROW');
    return { kind: 'frameBound', bound: 'CURRENT ROW', offset: undefined, span: c.span(start) };
  }
  if (c.eat('UNBOUNDED')) {
    const direction = c.needOne('PRECEDING', 'FOLLOWING');
    return { kind: 'frameBound', bound: `UNBOUNDED ${direction}`, offset: undefined, span: c.span(start) };
  }
  const offset = c.expr();
  const bound = c.needOne('PRECEDING', 'FOLLOWING');
  return { kind: 'frameBound', bound, offset, span: c.span(start) };
}

function parsePartial(c: Cursor): boolean | undefined {
  const word = c.eatOne('ALLOW', 'DISALLOW');
  if (word === undefined) return undefined;
  c.need('PARTIAL');
  return word === 'ALLOW';
}
