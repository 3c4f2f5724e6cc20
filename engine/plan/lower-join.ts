/** Joins → operators: a window join where both sides are windowed alike, a regular equi-join otherwise. */
import { lowerIntervalJoin } from './lower-interval-join.ts';
import { lowerLookupJoin } from './lower-lookup-join.ts';
import { lowerSnapshotJoin } from './lower-snapshot-join.ts';
import { lowerTemporalJoin } from './lower-temporal-join.ts';
import { lowerWindowJoin } from './lower-window-join.ts';
import type { Join } from './logical.ts';
import type { Lowering } from './lower.ts';
import type { ChangelogMode, JoinNode, PhysicalPlan } from './physical.ts';
import { intervalBounds } from './time-columns.ts';
import { typedKeys } from './typed-keys.ts';
import { upsertKeys } from './upsert-keys.ts';
import type { KeySet } from './upsert-keys.ts';
import { splitJoinCondition, windowJoinKeys } from './window-properties.ts';

export function lowerJoin(plan: Join, lowering: Lowering, updateBefore: boolean): PhysicalPlan {
  if (plan.temporal?.kind === 'event') return lowerTemporalJoin(plan, lowering, updateBefore);
  if (plan.temporal?.kind === 'snapshot') return lowerSnapshotJoin(plan, plan.temporal, lowering);
  if (plan.temporal?.kind === 'lookup') return lowerLookupJoin(plan, lowering, updateBefore);
  const windowed = windowJoinKeys(plan);
  if (windowed !== undefined) return lowerWindowJoin(plan, windowed, lowering);
  const bounds = intervalBounds(plan);
  if (bounds !== undefined) return lowerIntervalJoin(plan, bounds, lowering);
  return regularJoin(plan, lowering, updateBefore);
}

/**
 * An input may leave out -U when nobody above needs it and a key of its changes holds all join keys: then an update stays within its join key and
 * replaces what it updates. Where the other side counts its partners the -U is needed all the same.
 */
function regularJoin(plan: Join, lowering: Lowering, updateBefore: boolean): JoinNode {
  const { leftKeys, rightKeys, nullSafe, residual } = typedKeys(
    plan,
    splitJoinCondition(plan.condition, plan.left.schema.length),
  );
  const unique = [keyHolding(upsertKeys(plan.left), leftKeys), keyHolding(upsertKeys(plan.right), rightKeys)] as const;
  const isCounted = [plan.type === 'right' || plan.type === 'full', plan.type !== 'inner' && plan.type !== 'right'];
  const canDoWithout = (side: 0 | 1): boolean => unique[side] !== undefined && isCounted[side] !== true;
  const left = lowering.node(plan.left, updateBefore || !canDoWithout(0));
  const right = lowering.node(plan.right, updateBefore || !canDoWithout(1));
  const id = lowering.nextId();
  const { type, schema } = plan;
  const mode = modeOf(plan, left, right, lowering);
  return {
    kind: 'join',
    id,
    schema,
    mode,
    type,
    left,
    right,
    leftKeys,
    rightKeys,
    nullSafe,
    residual,
    unique,
    stateTtl: plan.stateTtl,
  };
}

function modeOf(plan: Join, left: PhysicalPlan, right: PhysicalPlan, { mode }: Lowering): ChangelogMode {
  if (mode === 'batch') return 'append';
  const isUpsert = left.mode === 'upsert' || right.mode === 'upsert';
  if (plan.type !== 'inner' && plan.type !== 'semi') return isUpsert ? 'upsert' : 'retract';
  if (isUpsert) return 'upsert';
  return left.mode === 'append' && right.mode === 'append' ? 'append' : 'retract';
}

/** The smallest key with all of `columns` in it. No join keys: any key but that of a single row. */
function keyHolding(keys: readonly KeySet[], columns: readonly number[]): KeySet | undefined {
  return keys
    .filter((key) => key.length > 0 && columns.every((column) => key.includes(column)))
    .toSorted((a, b) => a.length - b.length)
    .at(0);
}
