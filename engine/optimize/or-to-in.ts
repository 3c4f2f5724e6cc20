import type { Expr, LiteralExpr, OrExpr } from '../expr/expr.ts';
import { exprKey, rewriteExpr } from '../plan/expr-walk.ts';
import { mapPlanExprs, rewritePlan } from '../plan/walk.ts';
import { BOOLEAN, notNull, sameType } from '../types/type.ts';
import { isDeterministic } from './deterministic.ts';
import type { Rule } from './rule.ts';

/** `x = 1 OR x = 2 OR x = 3` becomes `x IN (1, 2, 3)`: one look-up in a set. */
export const orToIn: Rule = {
  name: 'or-to-in',
  apply: (plan) =>
    rewritePlan(plan, (node) =>
      mapPlanExprs(node, (expr) => rewriteExpr(expr, (part) => (part.kind === 'or' ? toIn(part) : part))),
    ),
};

interface Group {
  readonly input: Expr;
  readonly literals: LiteralExpr[];
  readonly at: number;
}

function toIn(node: OrExpr): Expr {
  const groups = new Map<string, Group>();
  const rest: (Expr | Group)[] = [];
  node.args.forEach((arg, at) => {
    const test = equalsConstant(arg);
    if (test === undefined) {
      rest.push(arg);
      return;
    }
    const key = exprKey(test.input);
    const group = groups.get(key);
    if (group !== undefined) {
      group.literals.push(...test.literals);
      return;
    }
    const made = { input: test.input, literals: [...test.literals], at };
    groups.set(key, made);
    rest.push(made);
  });
  if (rest.length === node.args.length) return node;
  const args = rest.map((item) => ('at' in item ? merged(item, node.args[item.at]!) : item));
  return args.length === 1 ? args[0]! : { ...node, args };
}

function merged(group: Group, original: Expr): Expr {
  if (group.literals.length === 1) return original;
  const { input, literals } = group;
  const nullable = input.type.nullable || literals.some((literal) => literal.value === null);
  return {
    kind: 'in',
    input,
    values: literals.map((literal) => literal.value),
    negated: false,
    type: nullable ? BOOLEAN : notNull(BOOLEAN),
  };
}

/** `x = constant` or `x IN (constants)` where both sides have the same type, so that values of the set are values of x. */
function equalsConstant(expr: Expr): { readonly input: Expr; readonly literals: readonly LiteralExpr[] } | undefined {
  if (expr.kind === 'in' && !expr.negated) {
    const literals = expr.values.map((value): LiteralExpr => ({ kind: 'literal', value, type: expr.input.type }));
    return { input: expr.input, literals };
  }
  if (expr.kind !== 'call' || expr.fn !== '=') return undefined;
  const [left, right] = expr.args as [Expr, Expr];
  const [input, literal] = right.kind === 'literal' ? [left, right] : [right, left];
  if (literal.kind !== 'literal' || input.kind === 'literal' || !isDeterministic(input)) return undefined;
  return sameValues(input, literal) ? { input, literals: [literal] } : undefined;
}

function sameValues(input: Expr, literal: LiteralExpr): boolean {
  const isText = ['CHAR', 'VARCHAR'].includes(input.type.kind) && ['CHAR', 'VARCHAR'].includes(literal.type.kind);
  return isText || sameType(input.type, literal.type, { nullability: false });
}
