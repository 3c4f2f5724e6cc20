import type { Expr } from '../expr/expr.ts';
import { exprChildren, substituteColumns } from '../plan/expr-walk.ts';
import type { LogicalPlan, Project } from '../plan/logical.ts';
import { children, mapChildren } from '../plan/walk.ts';
import { isDeterministic, isTrivial } from './deterministic.ts';
import type { Rule } from './rule.ts';

/** Projections above each other become one, unless that would compute something twice; one that changes nothing goes. */
export const projectMerge: Rule = {
  name: 'project-merge',
  apply(plan) {
    const readers = countReaders(plan);
    const done = new Map<LogicalPlan, LogicalPlan>();
    const visit = (node: LogicalPlan): LogicalPlan => {
      const known = done.get(node);
      if (known !== undefined) return known;
      const mapped = mapChildren(node, visit);
      // What several nodes read is computed once for all of them.
      const isShared = node.kind === 'project' && readers.get(node.input)! > 1;
      const result = mapped.kind === 'project' ? merge(mapped, isShared) : mapped;
      done.set(node, result);
      return result;
    };
    return visit(plan);
  },
};

function countReaders(plan: LogicalPlan, counts = new Map<LogicalPlan, number>()): ReadonlyMap<LogicalPlan, number> {
  const known = counts.get(plan) ?? 0;
  counts.set(plan, known + 1);
  if (known === 0) for (const child of children(plan)) countReaders(child, counts);
  return counts;
}

function merge(node: Project, isShared: boolean): LogicalPlan {
  if (isIdentity(node)) return node.input;
  const { input } = node;
  if (isShared || input.kind !== 'project' || !canMerge(node.exprs, input.exprs)) return node;
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
  const bare = inner.map(() => false);
  const count = (expr: Expr): void => {
    if (expr.kind === 'column') uses[expr.index]!++;
    for (const child of exprChildren(expr)) count(child);
  };
  for (const expr of outer) {
    count(expr);
    if (expr.kind === 'column') bare[expr.index] = true;
  }
  // Something that may differ from call to call keeps its place, unless it is only passed on.
  return inner.every(
    (expr, i) => isTrivial(expr) || (uses[i]! <= 1 && (isDeterministic(expr) || uses[i] === 0 || bare[i]!)),
  );
}
