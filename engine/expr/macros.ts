/** Functions that are CASE in other words: only the branch that is taken is evaluated, and generated code is that of CASE. */
import { BOOLEAN, notNull } from '../types/type.ts';
import { isDeterministic } from './expr-key.ts';
import type { CallExpr, CaseExpr, Expr } from './expr.ts';

/** IF, IFNULL and COALESCE as CASE; undefined for other calls, and where an argument must not be evaluated twice. */
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
      return undefined;
  }
}

const isPresent = (input: Expr): Expr => ({ kind: 'is-null', input, negated: true, type: notNull(BOOLEAN) });
