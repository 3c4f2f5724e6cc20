/** How tightly operators bind, as in Calcite's operator table: the parser reads by it, the printer sets parentheses by it. */
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
