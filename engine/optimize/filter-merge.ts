import { andAll, conjuncts, isNever, sameExpr } from '../plan/expr-walk.ts';
import { filter, values } from '../plan/nodes.ts';
import { rewritePlan } from '../plan/walk.ts';
import type { Rule } from './rule.ts';

/** Filters above each other become one; a filter that lets everything through goes, one that lets nothing through becomes no rows. */
export const filterMerge: Rule = {
  name: 'filter-merge',
  apply: (plan) =>
    rewritePlan(plan, (node) => {
      if (node.kind !== 'filter') return node;
      const { input, condition } = node;
      const parts = conjuncts(condition);
      if (parts.length === 0) return input;
      if (parts.some(isNever)) return values(node.schema, [], node.span);
      if (input.kind === 'filter') {
        return filter(input.input, andAll(distinct([...conjuncts(input.condition), ...parts]))!, input.span);
      }
      const unique = distinct(parts);
      return unique.length === parts.length ? node : filter(input, andAll(unique)!, node.span);
    }),
};

const distinct = (parts: readonly Parameters<typeof sameExpr>[0][]) =>
  parts.filter((part, i) => parts.findIndex((other) => sameExpr(other, part)) === i);
