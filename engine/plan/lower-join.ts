/** Joins → operators: a window join where both sides are windowed alike, a regular equi-join otherwise. */
import { MillraceError } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import { sameType } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import { andAll } from './expr-walk.ts';
import type { Join } from './logical.ts';
import type { Lowering } from './lower.ts';
import type { PhysicalPlan } from './physical.ts';
import { splitJoinCondition, windowJoinKeys, windowOf } from './window-properties.ts';
import { physicalText } from './explain-node.ts';

export function lowerJoin(plan: Join, lowering: Lowering): PhysicalPlan {
  if (plan.type !== 'inner') {
    throw new MillraceError('PLAN_UNSUPPORTED', `a ${plan.type.toUpperCase()} join is not supported yet`, {
      span: plan.span,
    });
  }
  const left = lowering.node(plan.left, true);
  const right = lowering.node(plan.right, true);
  const { schema } = plan;
  const windowed = windowJoinKeys(plan);
  if (windowed !== undefined) {
    for (const side of [left, right]) {
      if (side.mode === 'append') continue;
      throw new MillraceError(
        'PLAN_CHANGELOG',
        `WindowJoin doesn't support consuming update changes which is produced by node ${physicalText(side)}`,
        { span: plan.span },
      );
    }
    const keys = typedKeys(plan, windowed);
    return {
      kind: 'window-join',
      id: lowering.nextId(),
      schema,
      mode: 'append',
      left,
      right,
      ...keys,
      leftWindowEnd: windowed.leftEnd,
      rightWindowEnd: windowed.rightEnd,
      localTime: windowOf(plan.left)!.local,
    };
  }
  const keys = typedKeys(plan, splitJoinCondition(plan.condition, plan.left.schema.length));
  const mode = left.mode === 'append' && right.mode === 'append' ? 'append' : 'retract';
  return { kind: 'join', id: lowering.nextId(), schema, mode, left, right, ...keys };
}

/** Keys whose values can be compared as they are; equalities of other types stay conditions. */
function typedKeys(
  plan: Join,
  keys: { readonly left: readonly number[]; readonly right: readonly number[]; readonly residual: readonly Expr[] },
): { leftKeys: number[]; rightKeys: number[]; residual: Expr | undefined } {
  const width = plan.left.schema.length;
  const leftKeys: number[] = [];
  const rightKeys: number[] = [];
  const residual = [...keys.residual];
  keys.left.forEach((left, i) => {
    const right = keys.right[i]!;
    const a = plan.left.schema[left]!;
    const b = plan.right.schema[right]!;
    if (comparable(a.type, b.type)) {
      leftKeys.push(left);
      rightKeys.push(right);
      return;
    }
    const column = (index: number, { name, type }: typeof a): Expr => ({ kind: 'column', index, name, type });
    residual.push({
      kind: 'call',
      fn: '=',
      args: [column(left, a), column(width + right, b)],
      type: { kind: 'BOOLEAN', nullable: a.type.nullable || b.type.nullable },
    });
  });
  return { leftKeys, rightKeys, residual: andAll(residual) };
}

function comparable(a: DataType, b: DataType): boolean {
  const isText = (type: DataType): boolean => type.kind === 'CHAR' || type.kind === 'VARCHAR';
  const isBytes = (type: DataType): boolean => type.kind === 'BINARY' || type.kind === 'VARBINARY';
  return (isText(a) && isText(b)) || (isBytes(a) && isBytes(b)) || sameType(a, b, { nullability: false });
}
