import { MillraceError } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import { planReadsOuter, replaceOuter } from '../plan/correlation.ts';
import { andAll, columnExpr, conjuncts, remapColumns } from '../plan/expr-walk.ts';
import type { Join, LogicalPlan } from '../plan/logical.ts';
import { join, project } from '../plan/nodes.ts';
import { rewritePlan } from '../plan/walk.ts';
import { pullUpCorrelation } from './pull-up-correlation.ts';
import type { Pulled } from './pull-up-correlation.ts';
import type { Rule } from './rule.ts';

/**
 * Subqueries that look at the row around them become ordinary joins: the conditions that do so move out of the subquery into the join.
 * As Flink's SubQueryDecorrelator and Calcite's RelDecorrelator. Runs before all other rules, none of which knows outer columns.
 */
export const decorrelate: Rule = {
  name: 'decorrelate',
  apply: (plan) =>
    rewritePlan(plan, (node) => (node.kind === 'join' && node.correlation !== undefined ? rewrite(node) : node)),
};

function rewrite(node: Join): LogicalPlan {
  const scope = node.correlation!;
  const pulled = pullUpCorrelation(node.right, scope, node.left);
  if (pulled === undefined || planReadsOuter(pulled.plan, scope)) {
    throw new MillraceError('PLAN_UNSUPPORTED', 'this use of an outer column in a subquery is not supported', {
      span: node.span,
      hint: 'use outer columns in conditions of its WHERE, or write it as a JOIN',
    });
  }
  const width = node.left.schema.length;
  const conditions = pulled.conditions.map((part) =>
    replaceOuter(
      remapColumns(part, (i) => i + width),
      scope,
      (column) => column,
    ),
  );
  const condition = andAll([...conjuncts(node.condition), ...conditions]);
  const joined = { ...join(node.left, pulled.plan, node.type, condition, node.span), stateTtl: node.stateTtl };
  return node.type === 'left' ? withValues(joined, node, pulled) : joined;
}

/** The columns of the subquery alone, with their values for no rows where a row of the join has no partner: a COUNT is 0 then. */
function withValues(joined: Join, node: Join, { empty }: Pulled): LogicalPlan {
  const width = node.left.schema.length;
  const marker = joined.schema.length - 1;
  const items = node.schema.map((column, i) => {
    const expr = columnExpr(i, joined.schema[i]!);
    const nothing = i < width ? undefined : empty?.[i - width];
    return {
      name: column.name,
      expr: nothing === undefined ? expr : orElse(expr, nothing, columnExpr(marker, joined.schema[marker]!)),
    };
  });
  return { ...project(joined, items, node.span), schema: node.schema };
}

function orElse(value: Expr, nothing: Expr, marker: Expr): Expr {
  if (nothing.kind === 'literal' && nothing.value === null) return value;
  const when: Expr = { kind: 'is-null', input: marker, negated: false, type: { kind: 'BOOLEAN', nullable: false } };
  return { kind: 'case', branches: [{ when, then: nothing }], otherwise: value, type: value.type };
}
