/** Functions that are CASE in other words: only the branch that is taken is evaluated, and generated code is that of CASE. */
import { BOOLEAN, notNull } from '../types/type.ts';
import { exprKey, isDeterministic } from './expr-key.ts';
import type { CallExpr, CaseExpr, Expr } from './expr.ts';

/** IF, IFNULL, COALESCE and `x = x` as CASE; undefined for other calls, and where an argument must not be evaluated twice. */
export function asCase(expr: CallExpr): CaseExpr | undefined {
  const { args, type } = expr;
  switch (expr.fn) {
    case 'IF':
      return { kind: 'case', branches: [{ when: args[0]!, then: args[1]! }], otherwise: args[2]!, type };
    case 'IFNULL':
    case 'COALESCE': {
      const tested = args.slice(0, -1);
      if (!tested.every(isDeterministic)) return undefined;
      const branches = tested.map((arg) => ({ when: isPresent(arg), then: arg }));
      return { kind: 'case', branches, otherwise: args.at(-1)!, type };
    }
    default:
      return sameOperands(expr);
  }
}

const ofItself: Readonly<Record<string, boolean>> = {
  '=': true,
  '<=': true,
  '>=': true,
  '<>': false,
  '<': false,
  '>': false,
};

/** A comparison of a FLOAT or DOUBLE with itself is known, NaN or not, unless it is NULL: Flink's planner simplifies it so. */
function sameOperands({ fn, args, type }: CallExpr): CaseExpr | undefined {
  const [a, b] = args;
  if (!(fn in ofItself) || (a?.type.kind !== 'FLOAT' && a?.type.kind !== 'DOUBLE')) return undefined;
  if (exprKey(a) !== exprKey(b!) || !isDeterministic(a)) return undefined;
  const result: Expr = { kind: 'literal', value: ofItself[fn]!, type: notNull(BOOLEAN) };
  const unknown: Expr = { kind: 'literal', value: null, type: BOOLEAN };
  return { kind: 'case', branches: [{ when: isPresent(a), then: result }], otherwise: unknown, type };
}

const isPresent = (input: Expr): Expr => ({ kind: 'is-null', input, negated: true, type: notNull(BOOLEAN) });
