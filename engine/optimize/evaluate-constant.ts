import { MillraceError } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import { divisionByZero } from '../functions/arithmetic.ts';
import { interpreter } from '../expr/interpret.ts';
import { literalExpr } from '../plan/expr-walk.ts';

/** Nothing that is folded depends on these. */
const context = { timeZone: 'UTC', now: 0, watermark: undefined };

/**
 * The literal that a constant expression is; undefined when computing it fails, so that the failure comes when the job runs.
 * A division by zero that is sure to happen is found now, as in Flink. @throws RUNTIME_ARITHMETIC
 */
export function evaluateConstant(expr: Expr, isSure: boolean): Expr | undefined {
  if (isSure && expr.kind === 'call' && expr.fn === '/' && isZero(expr.args[1]!)) divisionByZero('decimal');
  try {
    return literalExpr(interpreter(expr, context)([]), expr.type);
  } catch (error) {
    const isDivision = expr.kind === 'call' && expr.fn === '/';
    if (isSure && isDivision && error instanceof MillraceError && error.code === 'RUNTIME_ARITHMETIC') throw error;
    return undefined;
  }
}

/** Also of a DOUBLE, which a column may be divided by. */
const isZero = (expr: Expr): boolean => expr.kind === 'literal' && Number(expr.value ?? 1) === 0;
