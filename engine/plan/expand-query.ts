/** A query with its stars written out and its names in full: the text of a view means the same whatever happens to its tables later. */
import type { Node, Path } from '../sql/ast.ts';
import type { Expr } from '../sql/ast-expr.ts';
import type { Query, SelectItem } from '../sql/ast-query.ts';

/** What binding has found out, by node of the tree: the names that a column stands for, the columns of a star, the full path of a table. */
export type Expansions = Map<Node, Expansion>;
export type Expansion =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'star'; readonly columns: readonly (readonly string[])[] };

/** A tree in which every node of `expansions` is replaced. Without an alias of its own a table keeps its name as alias. */
export function expandQuery(query: Query, expansions: Expansions): Query {
  return expand(query, expansions);
}

function expand<T>(node: T, expansions: Expansions): T {
  if (Array.isArray(node)) return node.flatMap((item: unknown) => expandItem(item, expansions)) as T;
  if (typeof node !== 'object' || node === null) return node;
  const found = expansions.get(node as unknown as Node);
  if (found?.kind === 'names') return renamed(node as unknown as Path, found.names) as T;
  const entries = Object.entries(node).map(([key, value]: [string, unknown]) => [key, expand(value, expansions)]);
  const copy = Object.fromEntries(entries) as T;
  if (isMatch(node) && isMatch(copy)) return { ...copy, input: { ...copy.input, alias: node.input.alias } };
  return withAlias(node, copy, expansions);
}

/** The table of a MATCH_RECOGNIZE takes no alias before it. */
function isMatch<T>(node: T): node is T & { readonly input: { readonly alias?: unknown } } {
  return (node as { kind?: string }).kind === 'matchRecognize';
}

/** `t` becomes `catalog.database.t AS t`. */
function withAlias<T>(node: T, copy: T, expansions: Expansions): T {
  const table = node as { kind?: string; path?: Path; alias?: unknown };
  if (table.kind !== 'namedTable' || table.alias !== undefined || !expansions.has(table.path!)) return copy;
  const name = table.path!.parts.at(-1)!;
  const alias = { kind: 'tableAlias', span: name.span, name, columns: [] };
  return { ...copy, alias };
}

function expandItem(item: unknown, expansions: Expansions): unknown[] {
  const select = item as SelectItem;
  const star = select?.kind === 'selectItem' ? expansions.get(select.expr) : undefined;
  if (star?.kind !== 'star') return [expand(item, expansions)];
  return star.columns.map((names): SelectItem => ({ ...select, expr: columnNode(select.expr, names) }));
}

const columnNode = (at: Expr, names: readonly string[]): Expr => ({
  kind: 'column',
  span: at.span,
  parts: names.map((name) => ({ kind: 'identifier', name, quoted: true, span: at.span })),
});

function renamed(node: Path, names: readonly string[]): Path {
  const parts = names.map((name) => ({ kind: 'identifier' as const, name, quoted: true, span: node.span }));
  return { ...node, parts };
}
