import type { LogicalPlan, Union } from '../plan/logical.ts';
import { union, values } from '../plan/nodes.ts';
import { rewritePlan } from '../plan/walk.ts';
import type { Rule } from './rule.ts';

/** A projection of constants over literal rows becomes literal rows; literal rows next to each other in a UNION ALL become one node. */
export const valuesFold: Rule = {
  name: 'values-fold',
  apply: (plan) => rewritePlan(plan, fold),
};

function fold(node: LogicalPlan): LogicalPlan {
  if (node.kind === 'union') return foldUnion(node);
  if (node.kind !== 'project' || node.input.kind !== 'values') return node;
  const { input, exprs } = node;
  if (!exprs.every((expr) => expr.kind === 'literal' || expr.kind === 'column')) return node;
  const rows = input.rows.map((row) =>
    exprs.map((expr) => (expr.kind === 'literal' ? expr.value : expr.kind === 'column' ? row[expr.index]! : null)),
  );
  return values(node.schema, rows, node.span);
}

function foldUnion(node: Union): LogicalPlan {
  const inputs: LogicalPlan[] = [];
  for (const input of node.inputs) {
    const last = inputs.at(-1);
    if (last?.kind === 'values' && input.kind === 'values') {
      inputs[inputs.length - 1] = values(node.schema, [...last.rows, ...input.rows], node.span);
    } else inputs.push(input);
  }
  if (inputs.length === node.inputs.length) return node;
  return inputs.length === 1 ? inputs[0]! : { ...(union(inputs, node.span) as Union), schema: node.schema };
}
