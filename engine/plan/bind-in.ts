/** `x IN (a, b)`, `x > ALL (a, b)` and their like over lists of values: comparisons joined by OR or AND. */
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type * as sql from '../sql/ast-expr.ts';
import { leastRestrictive } from '../types/coerce.ts';
import { BOOLEAN, isNumeric, isString, notNull } from '../types/type.ts';
import { isBareNull } from './bind-literal.ts';
import { argumentTypes, callFunction, castTo, negate } from './make-expr.ts';

/** Binds an item of the list; a parameter may stand for several values. */
export type BindMembers = (item: sql.Expr) => readonly Expr[];

/** Equalities joined by OR, over the type that all members share; the rule `or-to-in` makes a set of constants of them. */
export function bindIn(node: sql.InList, operand: Expr, bindMembers: BindMembers): Expr {
  const found = oneOf(node, operand, node.list, bindMembers);
  return node.negated ? negate(found) : found;
}

/** `= ANY` is IN, `<> ALL` is NOT IN; the other comparisons are made with every member. */
export function bindQuantifiedList(node: sql.Quantified, operand: Expr, bindMembers: BindMembers): Expr {
  if (node.operator === '=' && node.quantifier === 'ANY') return oneOf(node, operand, node.items, bindMembers);
  if (node.operator === '<>' && node.quantifier === 'ALL') return negate(oneOf(node, operand, node.items, bindMembers));
  const tests = node.items
    .flatMap((item) => bindMembers(item))
    .map((member) => callFunction(node.operator, [operand, member], { span: node.span }));
  return join(node.quantifier === 'ANY' ? 'or' : 'and', tests);
}

function oneOf(
  { span }: { readonly span: Span },
  operand: Expr,
  items: readonly sql.Expr[],
  bindMembers: BindMembers,
): Expr {
  const members = items.flatMap((item) => bindMembers(item));
  if (leastRestrictive(members.map((expr) => expr.type)) === undefined) {
    throw new MillraceError('SQL_TYPE', 'Values in expression list must have compatible types', {
      span: { start: items[0]!.span.start - 1, end: items.at(-1)!.span.end + 1 },
      hint: `they are ${argumentTypes(members)}`,
    });
  }
  const common = leastRestrictive([operand, ...members].map((expr) => expr.type));
  const cast = (expr: Expr): Expr => (common === undefined ? expr : castTo(expr, common));
  const tests = members.map((member) => {
    const value = mixesTextAndNumber(operand, member) ? castTo(member, operand.type) : cast(member);
    return callFunction('=', [cast(operand), value], { span });
  });
  return join('or', tests);
}

/** Only in lists does Flink compare a text with a number: it takes the member for what the operand is. */
const mixesTextAndNumber = (operand: Expr, member: Expr): boolean =>
  !isBareNull(member) &&
  ((isString(operand.type) && isNumeric(member.type)) || (isNumeric(operand.type) && isString(member.type)));

function join(kind: 'or' | 'and', tests: readonly Expr[]): Expr {
  if (tests.length === 1) return tests[0]!;
  return { kind, args: tests, type: tests.some((test) => test.type.nullable) ? BOOLEAN : notNull(BOOLEAN) };
}
