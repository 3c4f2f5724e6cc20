import { columnExpr, columnsOf } from '../plan/expr-walk.ts';
import type { LogicalPlan, Project, Union, WindowTable } from '../plan/logical.ts';
import { project, union, windowTable } from '../plan/nodes.ts';
import { rewritePlan } from '../plan/walk.ts';
import type { Rule } from './rule.ts';

/**
 * Rows that are multiplied behind a window function (GROUPING SETS) are multiplied before it instead: then the aggregate above stands on
 * the window function and can take its windows over.
 */
export const expandWindow: Rule = {
  name: 'expand-window',
  apply: (plan) => rewritePlan(plan, (node) => (node.kind === 'union' ? below(node) : node)),
};

function below(node: Union): LogicalPlan {
  const branches = node.inputs.filter((input): input is Project => input.kind === 'project');
  const table = branches[0]?.input;
  if (branches.length < node.inputs.length || table?.kind !== 'window-table') return node;
  if (table.window.kind === 'session' || branches.some((branch) => branch.input !== table)) return node;
  const width = table.input.schema.length;
  const isOfWindow = (branch: Project, i: number): boolean => [...columnsOf(branch.exprs[i]!)].some((c) => c >= width);
  const columns = [...node.schema.keys()];
  const ofWindow = columns.filter((i) => branches.some((branch) => isOfWindow(branch, i)));
  // Columns of the window itself must be bare and the same in every branch; the others may be anything.
  const isBare = (i: number): boolean =>
    branches.every(({ exprs }) => {
      const [expr, first] = [exprs[i]!, branches[0]!.exprs[i]!];
      return expr.kind === 'column' && first.kind === 'column' && expr.index === first.index;
    });
  if (!ofWindow.every(isBare)) return node;
  return multipliedBefore(node, branches, table, columns, ofWindow);
}

function multipliedBefore(
  node: Union,
  branches: readonly Project[],
  table: WindowTable,
  columns: readonly number[],
  ofWindow: readonly number[],
): LogicalPlan {
  const width = table.input.schema.length;
  const kept = columns.filter((i) => !ofWindow.includes(i));
  const time = { name: '$time', expr: columnExpr(table.timeColumn, table.input.schema[table.timeColumn]!) };
  const inputs = branches.map(({ exprs }) =>
    project(table.input, [...kept.map((i) => ({ name: node.schema[i]!.name, expr: exprs[i]! })), time], node.span),
  );
  const windowed = windowTable(union(inputs, node.span), kept.length, table.window, table.span);
  const items = columns.map((i) => {
    const source = branches[0]!.exprs[i]!;
    const index =
      ofWindow.includes(i) && source.kind === 'column' ? kept.length + 1 + (source.index - width) : kept.indexOf(i);
    return { name: node.schema[i]!.name, expr: columnExpr(index, windowed.schema[index]!) };
  });
  return project(windowed, items, node.span);
}
