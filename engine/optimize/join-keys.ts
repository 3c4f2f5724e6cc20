import type { Expr } from '../expr/expr.ts';
import { andAll, columnExpr, columnsOf, conjuncts, remapColumns } from '../plan/expr-walk.ts';
import type { Join, LogicalPlan } from '../plan/logical.ts';
import { join, pick, project } from '../plan/nodes.ts';
import { rewritePlan } from '../plan/walk.ts';
import { isDeterministic } from './deterministic.ts';
import type { Rule } from './rule.ts';

/** `ON UPPER(a.x) = b.y` computes UPPER(a.x) as a column of the left side, so that the join can look its rows up by key. */
export const joinKeys: Rule = {
  name: 'join-keys',
  apply: (plan) => rewritePlan(plan, (node) => (node.kind === 'join' ? withKeyColumns(node) : node)),
};

function withKeyColumns(node: Join): LogicalPlan {
  if (node.condition === undefined) return node;
  const width = node.left.schema.length;
  const rightWidth = node.right.schema.length;
  const left: Expr[] = [];
  const right: Expr[] = [];
  const parts = conjuncts(node.condition).map((part) => {
    const sides = keySides(part, width);
    if (sides === undefined) return part;
    const onLeft = sides.left.kind === 'column' ? sides.left.index : width + left.push(sides.left) - 1;
    const onRight =
      sides.right.kind === 'column'
        ? sides.right.index - width
        : rightWidth + right.push(remapColumns(sides.right, (i) => i - width)) - 1;
    return { part, onLeft, onRight };
  });
  if (left.length + right.length === 0) return node;
  const leftPlan = withColumns(node.left, left);
  const rightPlan = withColumns(node.right, right);
  const newWidth = leftPlan.schema.length;
  const shift = (expr: Expr): Expr => remapColumns(expr, (i) => (i < width ? i : i - width + newWidth));
  const conditions = parts.map((item): Expr => {
    if (!('part' in item)) return shift(item);
    const args = [
      columnExpr(item.onLeft, leftPlan.schema[item.onLeft]!),
      columnExpr(newWidth + item.onRight, rightPlan.schema[item.onRight]!),
    ];
    return { ...(item.part as Extract<Expr, { kind: 'call' }>), args };
  });
  const joined = {
    ...join(leftPlan, rightPlan, node.type, andAll(conditions), node.span, node.temporal),
    stateTtl: node.stateTtl,
  };
  const kept = Array.from(Array(width).keys());
  if (node.type !== 'semi' && node.type !== 'anti')
    kept.push(...Array.from({ length: rightWidth }, (_, i) => newWidth + i));
  return pick(joined, kept);
}

/** The two sides of an equality, when each looks at one input only and one of them is no bare column yet. */
function keySides(part: Expr, width: number): { readonly left: Expr; readonly right: Expr } | undefined {
  if (part.kind !== 'call' || !isDeterministic(part)) return undefined;
  if (part.fn !== '=' && part.fn !== 'IS NOT DISTINCT FROM') return undefined;
  const [a, b] = part.args as [Expr, Expr];
  if (a.kind === 'column' && b.kind === 'column') return undefined;
  const isLeft = (expr: Expr): boolean => [...columnsOf(expr)].every((i) => i < width);
  const isRight = (expr: Expr): boolean => [...columnsOf(expr)].every((i) => i >= width);
  if (columnsOf(a).size === 0 || columnsOf(b).size === 0) return undefined;
  if (isLeft(a) && isRight(b)) return { left: a, right: b };
  return isLeft(b) && isRight(a) ? { left: b, right: a } : undefined;
}

function withColumns(plan: LogicalPlan, extra: readonly Expr[]): LogicalPlan {
  if (extra.length === 0) return plan;
  const own = plan.schema.map((column, i) => ({ name: column.name, expr: columnExpr(i, column) }));
  return project(plan, [...own, ...extra.map((expr, i) => ({ name: `$join${i}`, expr }))]);
}
