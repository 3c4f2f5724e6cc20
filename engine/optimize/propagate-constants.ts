import type { Expr, LiteralExpr } from '../expr/expr.ts';
import { andAll, conjuncts, isTrue, mapExprChildren, substituteColumns } from '../plan/expr-walk.ts';
import type { LogicalPlan } from '../plan/logical.ts';
import { filter } from '../plan/nodes.ts';
import { rewritePlan } from '../plan/walk.ts';
import { sameType } from '../types/type.ts';
import type { Rule } from './rule.ts';

/** Behind `WHERE a = 1` the column is the constant: branches that test it can be decided, and it need not be read. */
export const propagateConstants: Rule = {
  name: 'propagate-constants',
  apply: (plan) => rewritePlan(plan, propagate),
};

function propagate(node: LogicalPlan): LogicalPlan {
  if (node.kind === 'filter') return insideFilter(node.condition, node);
  if (node.kind !== 'project' || node.input.kind !== 'filter') return node;
  const constants = constantsOf(node.input.condition);
  if (constants.every((constant) => constant === undefined)) return node;
  let changed = false;
  const exprs = node.exprs.map((expr) => {
    // A bare column stays: it may be a time column, and its constant saves nothing.
    if (expr.kind === 'column') return expr;
    const next = substituteColumns(expr, constants);
    if (next !== expr) changed = true;
    return next;
  });
  return changed ? { ...node, exprs } : node;
}

function insideFilter(condition: Expr, node: Extract<LogicalPlan, { kind: 'filter' }>): LogicalPlan {
  const parts = conjuncts(condition);
  const constants = constantsOf(condition);
  if (parts.length < 2 || constants.every((constant) => constant === undefined)) return node;
  let changed = false;
  const next = parts.map((part) => {
    if (constantOf(part) !== undefined) return part;
    const replaced = mapExprChildren(part, (child) => substituteColumns(child, constants));
    if (replaced !== part) changed = true;
    return replaced;
  });
  return changed ? filter(node.input, andAll(next.filter((part) => !isTrue(part)))!, node.span) : node;
}

function constantsOf(condition: Expr): (LiteralExpr | undefined)[] {
  const constants: (LiteralExpr | undefined)[] = [];
  for (const part of conjuncts(condition)) {
    const found = constantOf(part);
    if (found !== undefined) constants[found.index] = found.literal;
  }
  return constants;
}

/** `column = literal` of one type. Not for floating point, where -0.0 equals 0.0. */
function constantOf(part: Expr): { readonly index: number; readonly literal: LiteralExpr } | undefined {
  if (part.kind !== 'call' || part.fn !== '=') return undefined;
  const [left, right] = part.args as [Expr, Expr];
  const [column, literal] = right.kind === 'literal' ? [left, right] : [right, left];
  if (column.kind !== 'column' || literal.kind !== 'literal' || literal.value === null) return undefined;
  const { kind } = column.type;
  const isText = kind === 'VARCHAR' && (literal.type.kind === 'CHAR' || literal.type.kind === 'VARCHAR');
  if (kind === 'FLOAT' || kind === 'DOUBLE') return undefined;
  if (!isText && !sameType(column.type, literal.type, { nullability: false })) return undefined;
  return { index: column.index, literal: { kind: 'literal', value: literal.value, type: column.type } };
}
