/** Interval joins → their operator. */
import { MillraceError } from '../errors.ts';
import { typeToString } from '../types/type.ts';
import { andAll } from './expr-walk.ts';
import type { IntervalBounds } from './interval-bounds.ts';
import type { Join, JoinType } from './logical.ts';
import type { Lowering } from './lower.ts';
import { notInsertOnly } from './not-insert-only.ts';
import type { IntervalJoinNode } from './physical.ts';
import { typedKeys } from './typed-keys.ts';
import { splitJoinCondition } from './window-properties.ts';

/** @throws PLAN_CHANGELOG for inputs that take rows back, PLAN_UNSUPPORTED for times of two types */
export function lowerIntervalJoin(plan: Join, bounds: IntervalBounds, lowering: Lowering): IntervalJoinNode {
  const { lower, upper, leftTime, rightTime, attribute, rest } = bounds;
  checkTimes(plan, bounds);
  const left = lowering.node(plan.left, true);
  const right = lowering.node(plan.right, true);
  for (const side of [left, right]) if (side.mode !== 'append') throw notInsertOnly('IntervalJoin', side, plan);
  const keys = typedKeys(plan, splitJoinCondition(andAll(rest), plan.left.schema.length));
  return {
    kind: 'interval-join',
    id: lowering.nextId(),
    schema: plan.schema,
    mode: 'append',
    type: plan.type as Exclude<JoinType, 'semi' | 'anti'>,
    left,
    right,
    ...keys,
    lower,
    upper,
    leftTime,
    rightTime,
    attribute,
  };
}

function checkTimes({ left, right, span }: Join, { leftTime, rightTime, attribute }: IntervalBounds): void {
  const types = [left.schema[leftTime]!.type, right.schema[rightTime]!.type] as const;
  if (attribute !== 'rowtime' || types[0].kind === types[1].kind) return;
  const text = types.map((type) => `${typeToString(type, { nullability: false })} *ROWTIME*`);
  throw new MillraceError(
    'PLAN_UNSUPPORTED',
    `Interval join with rowtime attribute requires same rowtime types, but the types are ${text[0]} and ${text[1]}.`,
    {
      span,
      hint: 'make one of the two time columns in CREATE TABLE of the other type: CAST(ts AS TIMESTAMP_LTZ(3)), and put the WATERMARK on it',
    },
  );
}
