import type { Expr, LiteralExpr } from '../expr/expr.ts';
import { andAll, conjuncts, exprKey, isTrue, mapExprChildren } from '../plan/expr-walk.ts';
import type { Filter, LogicalPlan } from '../plan/logical.ts';
import { filter } from '../plan/nodes.ts';
import { rewritePlan } from '../plan/walk.ts';
import { sameType } from '../types/type.ts';
import { isTrivial } from './deterministic.ts';
import type { Rule } from './rule.ts';

/** Behind `WHERE a = 1` the column is the constant: branches that test it can be decided, and it need not be read. */
export const propagateConstants: Rule = {
  name: 'propagate-constants',
  apply: (plan) => rewritePlan(plan, propagate),
};

/** Columns and fields of ROW columns that are known to have one value, by exprKey. */
type Constants = ReadonlyMap<string, LiteralExpr>;

function propagate(node: LogicalPlan): LogicalPlan {
  if (node.kind === 'filter') return insideFilter(node);
  if (node.kind !== 'project' || node.input.kind !== 'filter') return node;
  const constants = constantsOf(node.input.condition);
  if (constants.size === 0) return node;
  let changed = false;
  const exprs = node.exprs.map((expr) => {
    // A bare column stays: it may be a time column, and its constant saves nothing.
    if (expr.kind === 'column') return expr;
    const next = replace(expr, constants);
    if (next !== expr) changed = true;
    return next;
  });
  return changed ? { ...node, exprs } : node;
}

function insideFilter(node: Filter): LogicalPlan {
  const parts = conjuncts(node.condition);
  const constants = constantsOf(node.condition);
  if (parts.length < 2 || constants.size === 0) return node;
  let changed = false;
  const next = parts.map((part) => {
    if (constantOf(part) !== undefined) return part;
    const replaced = replace(part, constants);
    if (replaced !== part) changed = true;
    return replaced;
  });
  return changed ? filter(node.input, andAll(next.filter((part) => !isTrue(part)))!, node.span) : node;
}

function replace(expr: Expr, constants: Constants): Expr {
  const isPlace = expr.kind === 'column' || expr.kind === 'field';
  const found = isPlace ? constants.get(exprKey(expr)) : undefined;
  return found ?? mapExprChildren(expr, (child) => replace(child, constants));
}

function constantsOf(condition: Expr): Constants {
  return new Map(conjuncts(condition).flatMap((part) => constantOf(part) ?? []));
}

/** `column = literal` of one type. Not for floating point, where -0.0 equals 0.0. */
function constantOf(part: Expr): [readonly [string, LiteralExpr]] | undefined {
  if (part.kind !== 'call' || part.fn !== '=') return undefined;
  const [left, right] = part.args as [Expr, Expr];
  const [place, literal] = right.kind === 'literal' ? [left, right] : [right, left];
  if (literal.kind !== 'literal' || literal.value === null || place.kind === 'literal' || !isTrivial(place))
    return undefined;
  const { kind } = place.type;
  const isText = kind === 'VARCHAR' && (literal.type.kind === 'CHAR' || literal.type.kind === 'VARCHAR');
  if (kind === 'FLOAT' || kind === 'DOUBLE') return undefined;
  if (!isText && !sameType(place.type, literal.type, { nullability: false })) return undefined;
  return [[exprKey(place), { kind: 'literal', value: literal.value, type: place.type }]];
}
