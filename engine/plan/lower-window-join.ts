/** Window joins → their operator. */
import { MillraceError } from '../errors.ts';
import type { Join } from './logical.ts';
import type { Lowering } from './lower.ts';
import { notInsertOnly } from './not-insert-only.ts';
import type { WindowJoinNode } from './physical.ts';
import { typedKeys } from './typed-keys.ts';
import { windowOf } from './window-properties.ts';
import type { WindowJoinKeys } from './window-properties.ts';

/** @throws PLAN_CHANGELOG for inputs that take rows back, PLAN_UNSUPPORTED for windows on processing time */
export function lowerWindowJoin(plan: Join, keys: WindowJoinKeys, lowering: Lowering): WindowJoinNode {
  const { window, local, attribute } = windowOf(plan.left)!;
  if (attribute === 'proctime' && lowering.mode === 'streaming') {
    throw new MillraceError('PLAN_UNSUPPORTED', 'Processing time Window Join is not supported yet.', {
      span: plan.span,
      hint: 'put the windows on a column with a WATERMARK',
    });
  }
  const left = lowering.node(plan.left, true);
  const right = lowering.node(plan.right, true);
  for (const side of [left, right]) if (side.mode !== 'append') throw notInsertOnly('WindowJoin', side, plan);
  return {
    kind: 'window-join',
    id: lowering.nextId(),
    schema: plan.schema,
    mode: 'append',
    type: plan.type,
    left,
    right,
    ...typedKeys(plan, keys),
    leftWindowEnd: keys.leftEnd,
    rightWindowEnd: keys.rightEnd,
    window,
    localTime: local,
  };
}
