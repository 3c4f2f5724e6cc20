/**
 * References from inside of a subquery to the columns of the query around it: calls of OUTER without arguments, which name the scope and the
 * column. The rule `decorrelate` makes joins of them, so that no operator ever sees one.
 */
import type { Expr } from '../expr/expr.ts';
import { mapExprChildren, someExpr } from './expr-walk.ts';
import type { LogicalPlan } from './logical.ts';
import { mapPlanExprs, nodesOf, planExprs, rewritePlan } from './walk.ts';

const OUTER = '$OUTER';

/** An expression over the columns of scope `id`, as a subquery sees it. What is an outer reference already stays. */
export function asOuter(expr: Expr, id: string): Expr {
  if (expr.kind !== 'column') return mapExprChildren(expr, (child) => asOuter(child, id));
  const { index, name, type } = expr;
  return { kind: 'call', fn: OUTER, args: [], options: { scope: id, column: index, name }, type };
}

/** The column of the scope that an outer reference means; undefined for other expressions, and for references to other scopes. */
export function outerColumn(expr: Expr, id: string): Expr | undefined {
  if (expr.kind !== 'call' || expr.fn !== OUTER || expr.options!['scope'] !== id) return undefined;
  return {
    kind: 'column',
    index: expr.options!['column'] as number,
    name: expr.options!['name'] as string,
    type: expr.type,
  };
}

export const readsOuter = (expr: Expr, id?: string): boolean =>
  someExpr(expr, (node) => (id === undefined ? isOuter(node) : outerColumn(node, id) !== undefined));

export const isOuter = (expr: Expr): boolean => expr.kind === 'call' && expr.fn === OUTER;

/** Replaces the references to scope `id`. */
export function replaceOuter(expr: Expr, id: string, change: (column: Expr) => Expr): Expr {
  const column = outerColumn(expr, id);
  if (column !== undefined) return change(column);
  return mapExprChildren(expr, (child) => replaceOuter(child, id, change));
}

export const planReadsOuter = (plan: LogicalPlan, id?: string): boolean =>
  [...nodesOf(plan)].some((node) => planExprs(node).some((expr) => readsOuter(expr, id)));

/** The same plan with its references to scope `id` replaced. */
export const replaceOuterInPlan = (plan: LogicalPlan, id: string, change: (column: Expr) => Expr): LogicalPlan =>
  rewritePlan(plan, (node) => mapPlanExprs(node, (expr) => replaceOuter(expr, id, change)));
