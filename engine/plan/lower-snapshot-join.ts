/** Joins with LATERAL TABLE(SNAPSHOT(…)) → their operator. */
import type { Join, Temporal } from './logical.ts';
import type { Lowering } from './lower.ts';
import { notInsertOnly } from './not-insert-only.ts';
import type { SnapshotJoinNode } from './physical.ts';
import { typedKeys } from './typed-keys.ts';
import { splitJoinCondition } from './window-properties.ts';

/** @throws PLAN_CHANGELOG for a left side that takes rows back */
export function lowerSnapshotJoin(
  plan: Join,
  { loadedAt, idleTimeout }: Extract<Temporal, { kind: 'snapshot' }>,
  lowering: Lowering,
): SnapshotJoinNode {
  const left = lowering.node(plan.left, true);
  const right = lowering.node(plan.right, true);
  if (left.mode !== 'append') throw notInsertOnly('LateralSnapshotJoin', left, plan);
  const keys = typedKeys(plan, splitJoinCondition(plan.condition, plan.left.schema.length));
  const type = plan.type === 'left' ? 'left' : 'inner';
  const id = lowering.nextId();
  return {
    kind: 'snapshot-join',
    id,
    schema: plan.schema,
    mode: 'append',
    type,
    left,
    right,
    ...keys,
    loadedAt,
    idleTimeout,
  };
}
