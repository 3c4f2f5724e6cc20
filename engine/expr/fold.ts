/** Constant folding: parts of an expression that no row can change are replaced by their value. */
import { unreachable } from '../assert.ts';
import { isDeterministic, pathsOf } from './expr-key.ts';
import type { EvalContext, Expr } from './expr.ts';
import { interpreter } from './interpret.ts';

/**
 * The expression with every deterministic part without columns computed. What fails is thrown now, as Flink's planner does (`1 / 0`),
 * but not inside a CASE, AND or OR, whose parts may never be evaluated: there it stays as it is. Conditions that are known are taken:
 * `TRUE AND x` is x, `CASE WHEN FALSE ...` loses the branch. The same object when nothing changed.
 * Throws MillraceError RUNTIME_ARITHMETIC, CAST_FAILED, ...
 */
export function foldConstants(expr: Expr, context: EvalContext): Expr {
  return fold(expr, context, true);
}

/** `certain`: the expression is evaluated for every row. */
function fold(expr: Expr, context: EvalContext, certain: boolean): Expr {
  if (expr.kind === 'literal') return expr;
  const inner = foldParts(expr, context, certain);
  if (inner.kind === 'literal' || pathsOf(inner).size > 0 || !isDeterministic(inner)) return inner;
  try {
    return { kind: 'literal', value: interpreter(inner, context)([]), type: inner.type };
  } catch (error) {
    if (certain) throw error;
    return inner;
  }
}

function foldParts(expr: Exclude<Expr, { kind: 'literal' }>, context: EvalContext, certain: boolean): Expr {
  const one = (part: Expr): Expr => fold(part, context, certain);
  switch (expr.kind) {
    case 'column':
      return expr;
    case 'field':
    case 'cast':
    case 'not':
    case 'is-null':
    case 'in': {
      const input = one(expr.input);
      return input === expr.input ? expr : { ...expr, input };
    }
    case 'call': {
      const args = expr.args.map(one);
      return args.every((arg, i) => arg === expr.args[i]) ? expr : { ...expr, args };
    }
    case 'and':
    case 'or':
      return foldJunction(expr, context, certain);
    case 'case':
      return foldCase(expr, context, certain);
    default:
      return unreachable(expr);
  }
}

/** Drops what cannot decide, stops at what does; at least one operand stays. */
function foldJunction(expr: Extract<Expr, { kind: 'and' | 'or' }>, context: EvalContext, certain: boolean): Expr {
  const decides = expr.kind === 'or';
  const args: Expr[] = [];
  for (const [i, arg] of expr.args.entries()) {
    const folded = fold(arg, context, certain && i === 0);
    if (folded.kind === 'literal' && folded.value === !decides) continue;
    args.push(folded);
    if (folded.kind === 'literal' && folded.value === decides) break;
  }
  if (args.length === 0) return { kind: 'literal', value: !decides, type: expr.type };
  const [first] = args;
  if (args.length === 1) return first!;
  return args.length === expr.args.length && args.every((arg, i) => arg === expr.args[i]) ? expr : { ...expr, args };
}

function foldCase(expr: Extract<Expr, { kind: 'case' }>, context: EvalContext, certain: boolean): Expr {
  const branches: { when: Expr; then: Expr }[] = [];
  let changed = false;
  for (const [i, branch] of expr.branches.entries()) {
    const when = fold(branch.when, context, certain && i === 0);
    const isDecided = when.kind === 'literal';
    if (isDecided && when.value !== true) {
      changed = true;
      continue;
    }
    const then = fold(branch.then, context, certain && isDecided && branches.length === 0);
    if (isDecided) return branches.length === 0 ? then : { ...expr, branches, otherwise: then };
    changed ||= when !== branch.when || then !== branch.then;
    branches.push({ when, then });
  }
  const otherwise = fold(expr.otherwise, context, certain && branches.length === 0);
  if (branches.length === 0) return otherwise;
  return changed || otherwise !== expr.otherwise ? { ...expr, branches, otherwise } : expr;
}
