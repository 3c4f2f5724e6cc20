import type { Expr } from '../expr/expr.ts';
import { exprChildren } from './expr-walk.ts';
import type { LogicalPlan } from './logical.ts';
import { nodesOf, planExprs } from './walk.ts';

/** The keys of all functions that plans call: scalar, aggregate and table functions. */
export function functionsOf(plans: readonly LogicalPlan[]): readonly string[] {
  const found = new Set<string>();
  const visit = (expr: Expr): void => {
    if (expr.kind === 'call') found.add(expr.fn);
    exprChildren(expr).forEach(visit);
  };
  const nodes = new Set<LogicalPlan>();
  for (const plan of plans) nodesOf(plan, nodes);
  for (const node of nodes) {
    planExprs(node).forEach(visit);
    if (node.kind === 'aggregate' || node.kind === 'window-aggregate') node.calls.forEach(({ fn }) => found.add(fn));
    if (node.kind === 'correlate') found.add(node.call.fn);
  }
  return [...found];
}
