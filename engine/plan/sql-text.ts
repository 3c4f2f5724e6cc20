/** SQL text as Flink's catalog keeps it: every name of a column in back-ticks, spaces and keywords in one form. */
import { aggregateFunction, scalarFunction } from '../functions/registry.ts';
import type { Identifier } from '../sql/ast.ts';
import type { Call, Expr } from '../sql/ast-expr.ts';
import type { Query } from '../sql/ast-query.ts';
import { tokenize } from '../sql/lexer.ts';
import { printExpr, printQuery } from '../sql/print.ts';

/** `ts - interval '5' second` → `` `ts` - INTERVAL '5' SECOND ``. */
export const catalogText = (expr: Expr): string => printExpr(inFull(expr));

/** The same for a query, with a new line before FROM, WHERE, GROUP BY and their like. */
export const catalogQueryText = (query: Query): string => breakLines(printQuery(inFull(query)));

/** The same tree with all names of columns, tables and aliases marked as quoted, and those of built-in functions in upper case. */
function inFull<T>(node: T): T {
  if (Array.isArray(node)) return node.map((item: unknown) => inFull(item)) as T;
  if (typeof node !== 'object' || node === null) return node;
  const { kind } = node as { kind?: string };
  const entries = Object.entries(node).map(([key, value]: [string, unknown]) =>
    kind === 'call' && key === 'name' ? [key, functionName(value as Call['name'])] : [key, inFull(value)],
  );
  const copy = Object.fromEntries(entries) as T;
  return kind === 'identifier' ? { ...copy, quoted: true } : copy;
}

function functionName(path: Call['name']): Call['name'] {
  const [part, ...rest] = path.parts as [Identifier, ...Identifier[]];
  const isBuiltIn = aggregateFunction(part.name) !== undefined || scalarFunction(part.name) !== undefined;
  return rest.length > 0 || !isBuiltIn ? path : { ...path, parts: [{ ...part, name: part.name.toUpperCase() }] };
}

const clauses: ReadonlySet<string> = new Set(['WHERE', 'GROUP', 'HAVING', 'ORDER', 'LIMIT', 'OFFSET', 'UNION']);

/** A clause belongs to the SELECT of its own brackets: `EXTRACT(DAY FROM x)` and `FILTER (WHERE y)` have none. */
function breakLines(text: string): string {
  const levels: { hasFrom: boolean | undefined }[] = [{ hasFrom: undefined }];
  const breaks: number[] = [];
  for (const token of tokenize(text)) {
    const word = text.slice(token.start, token.end).toUpperCase();
    const level = levels.at(-1)!;
    if (word === '(') levels.push({ hasFrom: undefined });
    else if (word === ')') levels.pop();
    else if (word === 'SELECT') level.hasFrom = false;
    else if (word === 'FROM' && level.hasFrom === false) {
      level.hasFrom = true;
      breaks.push(token.start);
    } else if (level.hasFrom === true && clauses.has(word)) breaks.push(token.start);
  }
  return breaks.reduceRight((lines, at) => `${lines.slice(0, at - 1)}\n${lines.slice(at)}`, text);
}
