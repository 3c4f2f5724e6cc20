/** The equal columns of a join, as operators can look rows up by them. */
import type { Expr } from '../expr/expr.ts';
import { sameType } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import { andAll } from './expr-walk.ts';
import type { Join } from './logical.ts';
import type { JoinKeys } from './window-properties.ts';

export interface TypedKeys {
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  readonly nullSafe: readonly boolean[];
  readonly residual: Expr | undefined;
}

/** Keys whose values can be compared as they are; equalities of other types stay conditions. */
export function typedKeys(plan: Join, keys: JoinKeys): TypedKeys {
  const width = plan.left.schema.length;
  const leftKeys: number[] = [];
  const rightKeys: number[] = [];
  const nullSafe: boolean[] = [];
  const residual = [...keys.residual];
  keys.left.forEach((left, i) => {
    const right = keys.right[i]!;
    const a = plan.left.schema[left]!;
    const b = plan.right.schema[right]!;
    if (comparable(a.type, b.type)) {
      leftKeys.push(left);
      rightKeys.push(right);
      nullSafe.push(keys.nullSafe[i]!);
      return;
    }
    const column = (index: number, { name, type }: typeof a): Expr => ({ kind: 'column', index, name, type });
    const isNullable = !keys.nullSafe[i]! && (a.type.nullable || b.type.nullable);
    residual.push({
      kind: 'call',
      fn: keys.nullSafe[i]! ? 'IS NOT DISTINCT FROM' : '=',
      args: [column(left, a), column(width + right, b)],
      type: { kind: 'BOOLEAN', nullable: isNullable },
    });
  });
  return { leftKeys, rightKeys, nullSafe, residual: andAll(residual) };
}

function comparable(a: DataType, b: DataType): boolean {
  const isText = (type: DataType): boolean => type.kind === 'CHAR' || type.kind === 'VARCHAR';
  const isBytes = (type: DataType): boolean => type.kind === 'BINARY' || type.kind === 'VARBINARY';
  return (isText(a) && isText(b)) || (isBytes(a) && isBytes(b)) || sameType(a, b, { nullability: false });
}
