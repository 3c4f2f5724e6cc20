import type { Expr } from '../expr/expr.ts';
import { conjuncts } from '../plan/expr-walk.ts';
import type { Filter, Join, JoinType, LogicalPlan } from '../plan/logical.ts';
import { filter, join } from '../plan/nodes.ts';
import { rewritePlan } from '../plan/walk.ts';
import type { Rule } from './rule.ts';

/**
 * A filter that no padded row passes makes an inner join of an outer one, or a LEFT join of a FULL one: `a LEFT JOIN b .. WHERE b.x > 1`.
 * As Calcite's RelOptUtil.simplifyJoin. Without it padded rows would be sent and taken back below the filter.
 */
export const outerToInner: Rule = {
  name: 'outer-to-inner',
  apply: (plan) =>
    rewritePlan(plan, (node) =>
      node.kind === 'filter' && node.input.kind === 'join' ? simplified(node, node.input) : node,
    ),
};

function simplified(node: Filter, input: Join): LogicalPlan {
  const { type } = input;
  if (type !== 'left' && type !== 'right' && type !== 'full') return node;
  const width = input.left.schema.length;
  const parts = conjuncts(node.condition);
  const rejects = (padded: (index: number) => boolean): boolean => parts.some((part) => neverTrue(part, padded));
  // Rows with NULLs on the right are left rows without a partner.
  const dropsLeft = type !== 'right' && rejects((i) => i >= width);
  const dropsRight = type !== 'left' && rejects((i) => i < width);
  const next = withoutPadding(type, dropsLeft, dropsRight);
  if (next === type) return node;
  const joined = join(input.left, input.right, next, input.condition, input.span, input.temporal);
  // What the columns have promised stays as it was: the result of the query keeps its types.
  return filter({ ...joined, schema: input.schema, stateTtl: input.stateTtl }, node.condition, node.span);
}

function withoutPadding(type: 'left' | 'right' | 'full', dropsLeft: boolean, dropsRight: boolean): JoinType {
  const keepsLeft = type !== 'right' && !dropsLeft;
  const keepsRight = type !== 'left' && !dropsRight;
  if (keepsLeft) return keepsRight ? 'full' : 'left';
  return keepsRight ? 'right' : 'inner';
}

type IsNull = (index: number) => boolean;

/** Operators that give NULL when an operand is NULL: Calcite's Strong, policy ANY. */
const strict: ReadonlySet<string> = new Set([
  '=',
  '<>',
  '<',
  '>',
  '<=',
  '>=',
  '+',
  '-',
  '*',
  '/',
  '%',
  'LIKE',
  'FLOOR',
  'CEIL',
  'EXTRACT',
]);

function isNullFor(expr: Expr, isNull: IsNull): boolean {
  switch (expr.kind) {
    case 'column':
      return isNull(expr.index);
    case 'literal':
      return expr.value === null;
    case 'cast':
    case 'not':
    case 'field':
    case 'in':
      return isNullFor(expr.input, isNull);
    case 'call':
      return strict.has(expr.fn) && expr.args.some((arg) => isNullFor(arg, isNull));
    case 'and':
    case 'or':
      return expr.args.every((arg) => isNullFor(arg, isNull));
    case 'is-null':
    case 'case':
      return false;
  }
}

/** Whether a condition is FALSE or UNKNOWN whenever those columns are NULL. */
function neverTrue(expr: Expr, isNull: IsNull): boolean {
  switch (expr.kind) {
    case 'is-null':
      return expr.negated && isNullFor(expr.input, isNull);
    case 'and':
      return expr.args.some((arg) => neverTrue(arg, isNull));
    case 'or':
      return expr.args.every((arg) => neverTrue(arg, isNull));
    case 'literal':
      return expr.value !== true;
    default:
      return isNullFor(expr, isNull);
  }
}
