/** TABLESAMPLE, PIVOT and UNPIVOT behind a table. */
import type { Identifier } from './ast.ts';
import type { Expr } from './ast-expr.ts';
import type { Pivot, Sample, SelectItem, TableRef, Unpivot, UnpivotSource } from './ast-query.ts';
import { isName, type Cursor } from './cursor.ts';
import { parseNumber } from './parse-literal.ts';

/** `TABLESAMPLE BERNOULLI(10) REPEATABLE(42)`. */
export function parseSample(c: Cursor, input: TableRef): Sample {
  c.need('TABLESAMPLE');
  const method = c.needOne('BERNOULLI', 'SYSTEM', 'SUBSTITUTE');
  const argument = c.parens(() => (method === 'SUBSTITUTE' ? c.string() : parseNumber(c)));
  const seed = method !== 'SUBSTITUTE' && c.eat('REPEATABLE') ? c.parens(() => parseNumber(c)) : undefined;
  return { kind: 'sample', input, method, argument, seed, span: c.span(input.span.start) };
}

/** `PIVOT (SUM(a) AS s FOR (c, d) IN ((1, 2) AS x))`. */
export function parsePivot(c: Cursor, input: TableRef, start: number): Pivot {
  c.need('PIVOT', '(');
  const aggregates = c.list(() => named(c, c.expr()));
  c.need('FOR');
  const columns = nameOrNames(c);
  c.need('IN');
  const values = c.parenList(() => named(c, c.expr()));
  c.need(')');
  return { kind: 'pivot', input, aggregates, columns, values, alias: undefined, span: c.span(start) };
}

function named(c: Cursor, expr: Expr): SelectItem {
  const alias = c.eat('AS') || isName(c.token) ? c.name('alias') : undefined;
  return { kind: 'selectItem', expr, alias, span: c.span(expr.span.start) };
}

function nameOrNames(c: Cursor): Identifier[] {
  return c.is('(') ? c.parenList(() => c.name('column')) : [c.name('column')];
}

/** `UNPIVOT [INCLUDE|EXCLUDE NULLS] (a FOR b IN (c AS 'x', d))`. */
export function parseUnpivot(c: Cursor, input: TableRef, start: number): Unpivot {
  c.need('UNPIVOT');
  const word = c.eatOne('INCLUDE', 'EXCLUDE');
  if (word !== undefined) c.need('NULLS');
  const includeNulls = word === undefined ? undefined : word === 'INCLUDE';
  c.need('(');
  const measures = nameOrNames(c);
  c.need('FOR');
  const axes = nameOrNames(c);
  c.need('IN');
  const sources = c.parenList(() => parseSource(c));
  c.need(')');
  return { kind: 'unpivot', input, includeNulls, measures, axes, sources, alias: undefined, span: c.span(start) };
}

function parseSource(c: Cursor): UnpivotSource {
  const start = c.mark();
  const columns = nameOrNames(c);
  const value = c.eat('AS') ? c.expr() : undefined;
  return { kind: 'unpivotSource', columns, value, span: c.span(start) };
}
