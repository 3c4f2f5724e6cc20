/** The meaning of expressions: one row at a time, as plainly as can be. Generated loops must agree with it. */
import { unreachable } from '../assert.ts';
import { castFunction } from '../functions/cast.ts';
import { memberOf } from '../types/compare.ts';
import type { Value } from '../types/value.ts';
import { boundFunction } from './bound-function.ts';
import type { CallExpr, EvalContext, Expr } from './expr.ts';
import { asCase } from './macros.ts';

/** Gives the value of an expression for a row of the input: its columns in the form of types/value.ts. */
export type Evaluate = (row: readonly Value[]) => Value;

/**
 * A function that evaluates `expr` on rows. `context` is live: functions read its time and watermark when they are called.
 * The function throws MillraceError where Flink fails the job (division by zero, failing casts).
 */
export function interpreter(expr: Expr, context: EvalContext): Evaluate {
  const make = (child: Expr): Evaluate => interpreter(child, context);
  switch (expr.kind) {
    case 'literal': {
      const { value } = expr;
      return () => value;
    }
    case 'column': {
      const { index } = expr;
      return (row) => row[index]!;
    }
    case 'field': {
      const { index } = expr;
      const input = make(expr.input);
      return (row) => {
        const value = input(row) as readonly Value[] | null;
        return value === null ? null : value[index]!;
      };
    }
    case 'call': {
      const asBranches = asCase(expr);
      return asBranches === undefined ? interpretCall(expr, context) : make(asBranches);
    }
    case 'cast': {
      const input = make(expr.input);
      const cast = castFunction(expr.input.type, expr.type, { safe: expr.safe, legacy: expr.legacy, context });
      return (row) => {
        const value = input(row);
        return value === null ? null : cast(value);
      };
    }
    case 'and':
      return interpretJunction(expr.args.map(make), false);
    case 'or':
      return interpretJunction(expr.args.map(make), true);
    case 'not': {
      const input = make(expr.input);
      return (row) => {
        const value = input(row);
        return value === null ? null : !value;
      };
    }
    case 'case': {
      const branches = expr.branches.map((branch) => ({ when: make(branch.when), then: make(branch.then) }));
      const otherwise = make(expr.otherwise);
      return (row) => {
        for (const { when, then } of branches) if (when(row) === true) return then(row);
        return otherwise(row);
      };
    }
    case 'is-null': {
      const { negated } = expr;
      const input = make(expr.input);
      return (row) => (input(row) === null) !== negated;
    }
    case 'in': {
      const { negated } = expr;
      const input = make(expr.input);
      const isMember = memberOf(expr.input.type);
      const values = expr.values.filter((value) => value !== null);
      const hasNull = values.length < expr.values.length;
      return (row) => {
        const value = input(row);
        if (value === null) return null;
        if (values.some((item) => isMember(value, item))) return !negated;
        return hasNull ? null : negated;
      };
    }
    default:
      return unreachable(expr);
  }
}

/** AND stops at FALSE, OR at TRUE; short of that NULL if one was. */
function interpretJunction(args: readonly Evaluate[], stop: boolean): Evaluate {
  return (row) => {
    let result: boolean | null = !stop;
    for (const arg of args) {
      const value = arg(row);
      if (value === stop) return stop;
      if (value === null) result = null;
    }
    return result;
  };
}

function interpretCall(expr: CallExpr, context: EvalContext): Evaluate {
  const { fn, binding } = boundFunction(expr);
  const implementation = fn.implement(binding, context);
  const args = expr.args.map((arg) => interpreter(arg, context));
  if (fn.nulls === 'custom') return (row) => implementation(...args.map((arg) => arg(row)));
  return (row) => {
    const values = args.map((arg) => arg(row));
    return values.includes(null) ? null : implementation(...values);
  };
}
