/** How tightly operators bind, as in Calcite's operator table: the parser reads by it, the printer sets parentheses by it. */
import type { BinaryOperator } from './ast-expr.ts';

export const power = {
  MULTISET_UNION: 12,
  MULTISET_INTERSECT: 14,
  OR: 22,
  AND: 24,
  NOT: 26,
  IS: 28,
  COMPARE: 30,
  /** BETWEEN, IN, comparison with ANY and ALL. */
  RANGE: 32,
  LIKE: 33,
  ADD: 40,
  MULTIPLY: 60,
  SIGN: 80,
  /** An operand with what is attached to it: `a.b[1]`. */
  POSTFIX: 100,
} as const;

export function binaryPower(operator: BinaryOperator): number {
  return binaryPowers[operator] ?? power.COMPARE;
}

const binaryPowers: Readonly<Partial<Record<BinaryOperator, number>>> = {
  OR: power.OR,
  AND: power.AND,
  '+': power.ADD,
  '-': power.ADD,
  '*': power.MULTIPLY,
  '/': power.MULTIPLY,
  '%': power.MULTIPLY,
  '||': power.MULTIPLY,
  'MULTISET UNION ALL': power.MULTISET_UNION,
  'MULTISET UNION DISTINCT': power.MULTISET_UNION,
  'MULTISET EXCEPT ALL': power.MULTISET_UNION,
  'MULTISET EXCEPT DISTINCT': power.MULTISET_UNION,
  'MULTISET INTERSECT ALL': power.MULTISET_INTERSECT,
  'MULTISET INTERSECT DISTINCT': power.MULTISET_INTERSECT,
};
