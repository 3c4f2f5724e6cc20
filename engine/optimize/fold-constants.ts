import type { Expr } from '../expr/expr.ts';
import { evaluateConstant } from './evaluate-constant.ts';
import { exprChildren, isNever, isTrue, literalExpr, mapExprChildren } from '../plan/expr-walk.ts';
import { mapPlanExprs, rewritePlan } from '../plan/walk.ts';
import { BOOLEAN, notNull, sameType } from '../types/type.ts';
import { isDeterministic } from './deterministic.ts';
import { isUserCall } from '../plan/split-user-calls.ts';
import type { Rule } from './rule.ts';

/** Computes what does not depend on the row, and simplifies AND, OR, NOT, CASE, IS NULL and casts. What fails is left to fail at run time. */
export const foldConstants: Rule = {
  name: 'fold-constants',
  apply: (plan) => rewritePlan(plan, (node) => mapPlanExprs(node, (expr) => foldTree(expr, true))),
};

/** Bottom-up; `isSure`: evaluated for every row, so that a constant that fails fails the query now, as in Flink. */
function foldTree(expr: Expr, isSure: boolean): Expr {
  const isLazy = expr.kind === 'case' || expr.kind === 'and' || expr.kind === 'or';
  return fold(
    mapExprChildren(expr, (child) => foldTree(child, isSure && !isLazy)),
    isSure,
  );
}

function fold(expr: Expr, isSure: boolean): Expr {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return foldLogic(expr, isSure);
    case 'not':
      if (expr.input.kind === 'in') return { ...expr.input, negated: !expr.input.negated };
      if (expr.input.kind === 'is-null') return { ...expr.input, negated: !expr.input.negated };
      return expr.input.kind === 'not' ? expr.input.input : constant(expr, isSure);
    case 'case':
      return foldCase(expr, isSure);
    case 'is-null':
      return expr.input.type.nullable || !isDeterministic(expr.input)
        ? constant(expr, isSure)
        : literalExpr(expr.negated, notNull(BOOLEAN));
    case 'cast':
      return !expr.safe && sameType(expr.input.type, expr.type) ? expr.input : constant(expr, isSure);
    case 'call':
    case 'field':
    case 'in':
      return constant(expr, isSure);
    case 'literal':
    case 'column':
      return expr;
  }
}

/** AND drops TRUE and stops at FALSE, OR the other way round; nested ones of a kind are flattened. */
function foldLogic(expr: Extract<Expr, { kind: 'and' | 'or' }>, isSure: boolean): Expr {
  const neutral = expr.kind === 'and';
  const flat = expr.args.flatMap((arg) => (arg.kind === expr.kind ? arg.args : [arg]));
  const stop = flat.findIndex((arg) => arg.kind === 'literal' && arg.value === !neutral);
  const kept = (stop < 0 ? flat : flat.slice(0, stop + 1)).filter(
    (arg) => !(arg.kind === 'literal' && arg.value === neutral),
  );
  if (stop >= 0 && kept.slice(0, -1).every(isDeterministic)) return literalExpr(!neutral, expr.type);
  if (kept.length === 0) return literalExpr(neutral, expr.type);
  if (kept.length === 1 && sameType(kept[0]!.type, expr.type)) return kept[0]!;
  return kept.length === expr.args.length ? constant(expr, isSure) : { ...expr, args: kept };
}

/** Branches that can never be taken go; one that always is ends the list. */
function foldCase(expr: Extract<Expr, { kind: 'case' }>, isSure: boolean): Expr {
  const branches: (typeof expr.branches)[number][] = [];
  let { otherwise } = expr;
  for (const branch of expr.branches) {
    if (isNever(branch.when)) continue;
    if (isTrue(branch.when)) {
      otherwise = branch.then;
      break;
    }
    branches.push(branch);
  }
  if (branches.length === expr.branches.length) return constant(expr, isSure);
  if (branches.length > 0) return { ...expr, branches, otherwise };
  return sameType(otherwise.type, expr.type) ? otherwise : retyped(otherwise, expr);
}

/** The same value under the type of the whole: they differ in NOT NULL alone, which a cast to itself states. */
function retyped(value: Expr, whole: Expr): Expr {
  if (value.kind === 'literal' || value.kind === 'column') return { ...value, type: whole.type };
  return { kind: 'cast', input: value, safe: false, type: whole.type };
}

function constant(expr: Expr, isSure: boolean): Expr {
  const isConstant =
    exprChildren(expr).every((child) => child.kind === 'literal') && isDeterministic(expr) && !isUserCall(expr);
  if (!isConstant || dependsOnZone(expr)) return expr;
  return evaluateConstant(expr, isSure) ?? expr;
}

/** Whether the session's time zone takes part: it is known only when the job starts. */
function dependsOnZone(expr: Expr): boolean {
  if (expr.type.kind === 'TIMESTAMP_LTZ') return true;
  if (exprChildren(expr).some((child) => child.type.kind === 'TIMESTAMP_LTZ')) return true;
  return expr.kind === 'call' && zoneFunctions.has(expr.fn);
}
const zoneFunctions: ReadonlySet<string> = new Set([
  'FROM_UNIXTIME',
  'UNIX_TIMESTAMP',
  'DATE_FORMAT',
  'TO_TIMESTAMP_LTZ',
]);
