/** Traversal of logical plans: the one place that knows their children. */
import { unreachable } from '../assert.ts';
import type { Expr } from '../expr/expr.ts';
import { mapList } from './expr-walk.ts';
import type { LogicalPlan } from './logical.ts';

export function children(plan: LogicalPlan): readonly LogicalPlan[] {
  switch (plan.kind) {
    case 'scan':
    case 'values':
      return [];
    case 'watermark':
    case 'project':
    case 'filter':
    case 'window-table':
    case 'correlate':
    case 'match':
    case 'to-changelog':
    case 'from-changelog':
    case 'aggregate':
    case 'window-aggregate':
    case 'sort':
    case 'over':
    case 'rank':
    case 'sink':
      return [plan.input];
    case 'join':
      return [plan.left, plan.right];
    case 'union':
      return plan.inputs;
    default:
      return unreachable(plan);
  }
}

/** The same node over changed children; the same object when no child changed. Children must keep their schemas. */
export function mapChildren(plan: LogicalPlan, change: (child: LogicalPlan) => LogicalPlan): LogicalPlan {
  switch (plan.kind) {
    case 'scan':
    case 'values':
      return plan;
    case 'watermark':
    case 'project':
    case 'filter':
    case 'window-table':
    case 'correlate':
    case 'match':
    case 'to-changelog':
    case 'from-changelog':
    case 'aggregate':
    case 'window-aggregate':
    case 'sort':
    case 'over':
    case 'rank':
    case 'sink': {
      const input = change(plan.input);
      return input === plan.input ? plan : { ...plan, input };
    }
    case 'join': {
      const left = change(plan.left);
      const right = change(plan.right);
      return left === plan.left && right === plan.right ? plan : { ...plan, left, right };
    }
    case 'union': {
      const inputs = mapList(plan.inputs, change);
      return inputs === plan.inputs ? plan : { ...plan, inputs };
    }
    default:
      return unreachable(plan);
  }
}

/** Bottom-up rewrite. A subtree that occurs twice (the same object) is rewritten once and stays shared. */
export function rewritePlan(plan: LogicalPlan, change: (node: LogicalPlan) => LogicalPlan): LogicalPlan {
  const done = new Map<LogicalPlan, LogicalPlan>();
  const visit = (node: LogicalPlan): LogicalPlan => {
    let result = done.get(node);
    if (result === undefined) {
      result = change(mapChildren(node, visit));
      done.set(node, result);
    }
    return result;
  };
  return visit(plan);
}

/** Every node of the tree, inputs first; shared subtrees once. */
export function nodesOf(plan: LogicalPlan, into: Set<LogicalPlan> = new Set()): ReadonlySet<LogicalPlan> {
  if (into.has(plan)) return into;
  for (const child of children(plan)) nodesOf(child, into);
  return into.add(plan);
}

/** The expressions that a node itself holds. */
export function planExprs(plan: LogicalPlan): readonly Expr[] {
  switch (plan.kind) {
    case 'watermark':
      return [plan.expr];
    case 'project':
      return plan.exprs;
    case 'filter':
      return [plan.condition];
    case 'join':
      return plan.condition === undefined ? [] : [plan.condition];
    case 'correlate':
      return plan.condition === undefined ? plan.call.args : [...plan.call.args, plan.condition];
    case 'match':
      return [...plan.variables.flatMap(({ own, condition }) => [own, condition]), ...plan.measures].filter(
        (expr) => expr !== undefined,
      );
    case 'to-changelog':
    case 'from-changelog':
    case 'scan':
    case 'values':
    case 'window-table':
    case 'aggregate':
    case 'window-aggregate':
    case 'union':
    case 'sort':
    case 'over':
    case 'rank':
    case 'sink':
      return [];
    default:
      return unreachable(plan);
  }
}

/** The same node with its own expressions changed; the same object when none changed. They must keep their types. */
export function mapPlanExprs(plan: LogicalPlan, change: (expr: Expr) => Expr): LogicalPlan {
  switch (plan.kind) {
    case 'watermark': {
      const expr = change(plan.expr);
      return expr === plan.expr ? plan : { ...plan, expr };
    }
    case 'project': {
      const exprs = mapList(plan.exprs, change);
      return exprs === plan.exprs ? plan : { ...plan, exprs };
    }
    case 'filter': {
      const condition = change(plan.condition);
      return condition === plan.condition ? plan : { ...plan, condition };
    }
    case 'join': {
      if (plan.condition === undefined) return plan;
      const condition = change(plan.condition);
      return condition === plan.condition ? plan : { ...plan, condition };
    }
    case 'correlate': {
      const args = mapList(plan.call.args, change);
      const condition = plan.condition && change(plan.condition);
      if (args === plan.call.args && condition === plan.condition) return plan;
      return { ...plan, call: { ...plan.call, args }, condition };
    }
    case 'match': {
      const measures = mapList(plan.measures, change);
      const variables = mapList(plan.variables, (variable) => {
        const own = variable.own && change(variable.own);
        const condition = variable.condition && change(variable.condition);
        return own === variable.own && condition === variable.condition ? variable : { ...variable, own, condition };
      });
      return measures === plan.measures && variables === plan.variables ? plan : { ...plan, measures, variables };
    }
    case 'to-changelog':
    case 'from-changelog':
    case 'scan':
    case 'values':
    case 'window-table':
    case 'aggregate':
    case 'window-aggregate':
    case 'union':
    case 'sort':
    case 'over':
    case 'rank':
    case 'sink':
      return plan;
    default:
      return unreachable(plan);
  }
}
