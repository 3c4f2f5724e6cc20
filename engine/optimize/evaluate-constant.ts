import type { Expr } from '../expr/expr.ts';
import { interpreter } from '../expr/interpret.ts';
import { literalExpr } from '../plan/expr-walk.ts';

/** Nothing that is folded depends on these. */
const context = { timeZone: 'UTC', now: 0, watermark: undefined };

/** The literal that a constant expression is; undefined when computing it fails, so that the failure comes when the job runs. */
export function evaluateConstant(expr: Expr): Expr | undefined {
  try {
    return literalExpr(interpreter(expr, context)([]), expr.type);
  } catch {
    return undefined;
  }
}
