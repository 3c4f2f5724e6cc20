import type { Expr } from '../expr/expr.ts';
import { exprChildren, substituteColumns } from '../plan/expr-walk.ts';
import type { LogicalPlan, Project } from '../plan/logical.ts';
import { rewritePlan } from '../plan/walk.ts';
import { isDeterministic, isTrivial } from './deterministic.ts';
import type { Rule } from './rule.ts';

/** Projections above each other become one, unless that would compute something twice; one that changes nothing goes. */
export const projectMerge: Rule = {
  name: 'project-merge',
  apply: (plan) => rewritePlan(plan, (node) => (node.kind === 'project' ? merge(node) : node)),
};

function merge(node: Project): LogicalPlan {
  if (isIdentity(node)) return node.input;
  const { input } = node;
  if (input.kind !== 'project' || !canMerge(node.exprs, input.exprs)) return node;
  return { ...node, input: input.input, exprs: node.exprs.map((expr) => substituteColumns(expr, input.exprs)) };
}

/** The same columns in the same order under the same names. */
function isIdentity({ exprs, schema, input }: Project): boolean {
  return (
    exprs.length === input.schema.length &&
    exprs.every((expr, i) => expr.kind === 'column' && expr.index === i && schema[i]!.name === input.schema[i]!.name)
  );
}

function canMerge(outer: readonly Expr[], inner: readonly Expr[]): boolean {
  const uses = inner.map(() => 0);
  const count = (expr: Expr): void => {
    if (expr.kind === 'column') uses[expr.index]!++;
    for (const child of exprChildren(expr)) count(child);
  };
  outer.forEach(count);
  return inner.every(
    (expr, i) =>
      isTrivial(expr) ||
      (uses[i]! <= 1 && isDeterministic(expr)) ||
      (uses[i] === 1 && outer.some((o) => o.kind === 'column' && o.index === i)),
  );
}
