import type { Expr } from '../expr/expr.ts';
import { scalarFunction } from '../functions/registry.ts';
import { someExpr } from '../plan/expr-walk.ts';

/** Whether the same row always gives the same value: such an expression may be moved, doubled and left out. */
export const isDeterministic = (expr: Expr): boolean =>
  !someExpr(expr, (node) => node.kind === 'call' && scalarFunction(node.fn)?.deterministic !== true);

/** Costs nothing to compute again: a column, a field, a constant. */
export function isTrivial(expr: Expr): boolean {
  return expr.kind === 'column' || expr.kind === 'literal' || (expr.kind === 'field' && isTrivial(expr.input));
}
