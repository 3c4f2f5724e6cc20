/** Where parentheses may hold a query or values. */
import type { Query, QueryBody } from './ast-query.ts';
import type { Expr } from './ast-expr.ts';
import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';

const starters = new Set(['SELECT', 'WITH', 'VALUES', 'VALUE', 'TABLE']);

export function beginsQuery(token: Token): boolean {
  return starters.has(token.key);
}

/** What may follow a query in parentheses and makes it a part of a larger query. */
export function continuesQuery(c: Cursor): boolean {
  return ['UNION', 'INTERSECT', 'EXCEPT', 'MINUS', 'ORDER', 'LIMIT', 'OFFSET', 'FETCH'].some((key) => c.is(key));
}

/** `(query)` or `(a, b)`: the right side of IN, ANY, ALL. One of the two is there. */
export function parseInSet(c: Cursor): { query: Query | undefined; items: Expr[] } {
  return c.parens(() => {
    if (beginsQuery(c.token)) return { query: c.query(), items: [] };
    const items = [c.expr()];
    const query = asQuery(c, items[0]!);
    if (query !== undefined) return { query, items: [] };
    while (c.eat(',')) items.push(c.expr());
    return { query: undefined, items };
  });
}

/**
 * `((SELECT 1) UNION (SELECT 2))`: what was read as a scalar query is the first part of a query, when a set operation, ORDER BY or LIMIT
 * follows it. Also `((SELECT 1))` where a query is wanted.
 */
export function asQuery(c: Cursor, expr: Expr, always = true): Query | undefined {
  if (expr.kind !== 'scalarQuery') return undefined;
  if (continuesQuery(c)) return c.grammar.queryFrom(c, bodyOf(expr.query));
  return always && c.is(')') ? expr.query : undefined;
}

/** A query without anything around its body is its body. */
export function bodyOf(query: Query): QueryBody {
  const bare =
    query.with.length === 0 && query.orderBy.length === 0 && query.offset === undefined && query.limit === undefined;
  return bare ? query.body : query;
}
