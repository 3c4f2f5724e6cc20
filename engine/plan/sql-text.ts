/** SQL text as Flink's catalog keeps it: every name of a column in back-ticks, spaces and keywords in one form. */
import type { Expr } from '../sql/ast-expr.ts';
import type { Query } from '../sql/ast-query.ts';
import { printExpr, printQuery } from '../sql/print.ts';

/** `ts - interval '5' second` → `` `ts` - INTERVAL '5' SECOND ``. */
export const catalogText = (expr: Expr): string => printExpr(quoteColumns(expr));
export const catalogQueryText = (query: Query): string => printQuery(quoteColumns(query));

/** The same tree with all names of columns, tables and aliases marked as quoted; names of functions stay as they are. */
function quoteColumns<T>(node: T): T {
  if (Array.isArray(node)) return node.map((item: unknown) => quoteColumns(item)) as T;
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([key, value]: [string, unknown]) => {
    const isFunctionName = key === 'name' && (node as { kind?: string }).kind === 'call';
    return [key, isFunctionName ? value : quoteColumns(value)];
  });
  const copy = Object.fromEntries(entries) as Record<string, unknown>;
  return (copy['kind'] === 'identifier' ? { ...copy, quoted: true } : copy) as T;
}
