/** Which columns a filter below keeps from being negative: a SUM of them only grows. */
import type { Expr } from '../expr/expr.ts';
import { conjuncts } from './expr-walk.ts';
import type { LogicalPlan } from './logical.ts';

/** Whether every value of a column is NULL or at least 0, as far as filters and constants tell. */
export function isNotNegative(plan: LogicalPlan, column: number): boolean {
  switch (plan.kind) {
    case 'project': {
      const expr = plan.exprs[column]!;
      if (expr.kind === 'literal') return expr.value !== null && Number(expr.value) >= 0;
      return expr.kind === 'column' && isNotNegative(plan.input, expr.index);
    }
    case 'filter':
      return (
        conjuncts(plan.condition).some((part) => boundsFromBelow(part, column)) || isNotNegative(plan.input, column)
      );
    case 'watermark':
    case 'sort':
      return isNotNegative(plan.input, column);
    case 'values':
      return plan.rows.every((row) => row[column] === null || Number(row[column]) >= 0);
    case 'aggregate': {
      const call = plan.calls[column - plan.keys.length];
      return call === undefined ? isNotNegative(plan.input, plan.keys[column]!) : call.fn === 'COUNT';
    }
    default:
      return false;
  }
}

function boundsFromBelow(expr: Expr, column: number): boolean {
  if (expr.kind !== 'call') return false;
  const [left, right] = expr.args;
  const isColumn = (side: Expr | undefined): boolean => side?.kind === 'column' && side.index === column;
  const atLeastZero = (side: Expr | undefined): boolean =>
    side?.kind === 'literal' && side.value !== null && Number(side.value) >= 0;
  if (expr.fn === '>' || expr.fn === '>=') return isColumn(left) && atLeastZero(right);
  if (expr.fn === '<' || expr.fn === '<=') return isColumn(right) && atLeastZero(left);
  return expr.fn === '=' && ((isColumn(left) && atLeastZero(right)) || (isColumn(right) && atLeastZero(left)));
}
