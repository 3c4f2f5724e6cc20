/** TO_CHANGELOG and FROM_CHANGELOG in a physical plan: which changes they ask of their input, and how an upsert table becomes a whole changelog. */
import { RowKind } from '../data/row-kind.ts';
import type { FromChangelog, ToChangelog } from './logical.ts';
import type { Lowering, Required } from './lower.ts';
import { notInsertOnly } from './not-insert-only.ts';
import type { PhysicalPlan } from './physical.ts';
import { upsertKeys } from './upsert-keys.ts';

/** Rows that no code stands for need not come, nor the values of deleted rows that are left out. */
export function lowerToChangelog(plan: ToChangelog, lowering: Lowering): PhysicalPlan {
  const { codes, keys, fullDeletes, schema } = plan;
  const [key] = fullDeletes ? [undefined] : upsertKeys(plan.input);
  const readsDeleted = fullDeletes && codes[RowKind.Delete] !== undefined;
  const input = lowering.node(plan.input, codes[RowKind.UpdateBefore] !== undefined, !readsDeleted);
  return {
    kind: 'to-changelog',
    id: lowering.nextId(),
    schema,
    mode: 'append',
    input,
    codes,
    at: keys,
    deleteKey: key,
  };
}

export function lowerFromChangelog(plan: FromChangelog, lowering: Lowering, required: Required): PhysicalPlan {
  const { column, codes, keys, isUpsert, skip, schema } = plan;
  const input = lowering.node(plan.input, true);
  if (input.mode !== 'append') throw notInsertOnly('StreamPhysicalProcessTableFunction', input, plan);
  const mode = lowering.modeOf(plan, !isUpsert);
  const made: PhysicalPlan = {
    kind: 'from-changelog',
    id: lowering.nextId(),
    schema,
    mode,
    input,
    column,
    codes,
    skip,
  };
  if (!isUpsert || !required.updateBefore) return made;
  return {
    kind: 'changelog-normalize',
    id: lowering.nextId(),
    schema,
    mode: 'retract',
    input: made,
    keys: Array.from({ length: keys }, (_, i) => i),
    condition: undefined,
    updateBefore: true,
  };
}
