import { MillraceError } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import { interpreter } from '../expr/interpret.ts';
import { literalExpr } from '../plan/expr-walk.ts';

/** Nothing that is folded depends on these. */
const context = { timeZone: 'UTC', now: 0, watermark: undefined };

/**
 * The literal that a constant expression is; undefined when computing it fails, so that the failure comes when the job runs.
 * A division by zero that is sure to happen is found now, as in Flink. @throws RUNTIME_ARITHMETIC
 */
export function evaluateConstant(expr: Expr, isSure: boolean): Expr | undefined {
  try {
    return literalExpr(interpreter(expr, context)([]), expr.type);
  } catch (error) {
    if (isSure && error instanceof MillraceError && error.code === 'RUNTIME_ARITHMETIC') throw error;
    return undefined;
  }
}
