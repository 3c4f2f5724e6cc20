import type { Expr } from '../expr/expr.ts';
import { columnExpr, columnsOf, remapColumns } from '../plan/expr-walk.ts';
import type { LogicalPlan, Project, Union, WindowTable } from '../plan/logical.ts';
import { project, union, windowTable } from '../plan/nodes.ts';
import type { NamedExpr } from '../plan/nodes.ts';
import { rewritePlan } from '../plan/walk.ts';
import { multiplication } from './multiplication.ts';
import type { Rule } from './rule.ts';

/**
 * Rows that are multiplied behind a window function (GROUPING SETS) are multiplied before it instead: then the aggregate above stands on
 * the window function and can take its windows over.
 */
export const expandWindow: Rule = {
  name: 'expand-window',
  apply: (plan) => rewritePlan(plan, (node) => (node.kind === 'union' ? below(node) : node)),
};

/** What stands between the union and the window function: columns over the function's own. */
interface Shape {
  readonly branches: readonly Project[];
  readonly table: WindowTable;
  /** The columns that the branches read, over those of the window function. */
  readonly columns: readonly NamedExpr[];
}

function shapeOf(node: Union): Shape | undefined {
  const branches = multiplication(node);
  const shared = branches?.[0]!.input;
  if (branches === undefined || shared === undefined) return undefined;
  const table = shared.kind === 'project' ? shared.input : shared;
  if (table.kind !== 'window-table' || table.window.kind === 'session') return undefined;
  const columns = shared.schema.map((column, i) => ({
    name: column.name,
    expr: shared.kind === 'project' ? shared.exprs[i]! : columnExpr(i, column),
  }));
  return { branches, table, columns };
}

function below(node: Union): LogicalPlan {
  const shape = shapeOf(node);
  if (shape === undefined) return node;
  const { branches, table, columns } = shape;
  const width = table.input.schema.length;
  const isOfWindow = (expr: Expr): boolean => [...columnsOf(expr)].some((i) => i >= width);
  if (columns.some(({ expr }) => isOfWindow(expr) && expr.kind !== 'column')) return node;

  // Before the window function: the other columns, and the time column behind them.
  const kept = columns.flatMap(({ expr }, i) => (isOfWindow(expr) ? [] : [i]));
  const time = { name: '$time', expr: columnExpr(table.timeColumn, table.input.schema[table.timeColumn]!) };
  const source = project(table.input, [...kept.map((i) => columns[i]!), time], node.span);

  // Columns of the union that are bounds of the window must be so in every branch.
  const bound = node.schema.map((_, i) => boundOf(branches, columns, i, isOfWindow));
  if (bound.includes('mixed')) return node;
  const others = [...node.schema.keys()].filter((i) => bound[i] === undefined);
  const inputs = branches.map(({ exprs }) => {
    const items = others.map((i) => ({
      name: node.schema[i]!.name,
      expr: remapColumns(exprs[i]!, (c) => kept.indexOf(c)),
    }));
    return project(
      source,
      [...items, { name: '$time', expr: columnExpr(kept.length, source.schema[kept.length]!) }],
      node.span,
    );
  });
  const windowed = windowTable(union(inputs, node.span), others.length, table.window, table.span);
  const items = node.schema.map((column, i) => {
    const role = bound[i];
    const index = role === undefined ? others.indexOf(i) : others.length + 1 + ((role as number) - width);
    return { name: column.name, expr: columnExpr(index, windowed.schema[index]!) };
  });
  return project(windowed, items, node.span);
}

/** The column of the window function that column i of the union is; undefined when it is none. */
function boundOf(
  branches: readonly Project[],
  columns: readonly NamedExpr[],
  i: number,
  isOfWindow: (expr: Expr) => boolean,
): number | 'mixed' | undefined {
  const found = branches.map(({ exprs }): number | 'mixed' | undefined => {
    const expr = exprs[i]!;
    const read = [...columnsOf(expr)].filter((c) => isOfWindow(columns[c]!.expr));
    if (read.length === 0) return undefined;
    const source = expr.kind === 'column' ? columns[expr.index]!.expr : undefined;
    return source?.kind === 'column' ? source.index : 'mixed';
  });
  return found.every((role) => role === found[0]) ? found[0] : 'mixed';
}
