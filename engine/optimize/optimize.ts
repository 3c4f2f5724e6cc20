/** The optimiser: phases of rules, each phase to its fixpoint. */
import { assert } from '../assert.ts';
import { checkPlan } from '../plan/check.ts';
import type { LogicalPlan } from '../plan/logical.ts';
import { decorrelate } from './decorrelate.ts';
import { dropUnusedWatermark } from './drop-unused-watermark.ts';
import { empty } from './empty.ts';
import { expandWindow } from './expand-window.ts';
import { filterMerge } from './filter-merge.ts';
import { foldConstants } from './fold-constants.ts';
import { joinKeys } from './join-keys.ts';
import { orToIn } from './or-to-in.ts';
import { outerToInner } from './outer-to-inner.ts';
import { projectMerge } from './project-merge.ts';
import { propagateConstants } from './propagate-constants.ts';
import { pruneColumns } from './prune-columns.ts';
import { pushFilter } from './push-filter.ts';
import { rankRule } from './rank.ts';
import type { Rule } from './rule.ts';
import { valuesFold } from './values-fold.ts';
import { windowAggregateRule } from './window-aggregate.ts';

const simplify: readonly Rule[] = [foldConstants, orToIn, filterMerge, projectMerge, valuesFold, empty];

/** Pruning changes the layout of rows, so it runs when the shape of the plan has settled; what it leaves is simplified once more. */
const phases: readonly (readonly Rule[])[] = [
  [decorrelate],
  [foldConstants, filterMerge, projectMerge],
  [...simplify, outerToInner, pushFilter, propagateConstants, rankRule, expandWindow, windowAggregateRule, joinKeys],
  [dropUnusedWatermark],
  [...simplify, outerToInner, pushFilter, propagateConstants],
  [pruneColumns],
  [...simplify, propagateConstants],
];

const MOST_ROUNDS = 50;

export interface Optimized {
  readonly plan: LogicalPlan;
  /** Names of the rules that changed something, in the order of their first use. */
  readonly applied: readonly string[];
}

/** The same meaning, less work. */
export function optimize(plan: LogicalPlan): Optimized {
  const applied = new Set<string>();
  let current = plan;
  for (const rules of phases) current = toFixpoint(current, rules, applied);
  checkPlan(current);
  return { plan: current, applied: [...applied] };
}

function toFixpoint(plan: LogicalPlan, rules: readonly Rule[], applied: Set<string>): LogicalPlan {
  let current = plan;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = current;
    for (const rule of rules) {
      const next = rule.apply(current);
      if (next !== current) applied.add(rule.name);
      current = next;
    }
    if (current === before) return current;
  }
  assert(false, `rules do not come to rest: ${rules.map((rule) => rule.name).join(', ')}`);
}
