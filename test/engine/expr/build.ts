/** Typed expressions in few words, for tests. */
import type { Expr } from '../../../engine/expr/expr.ts';
import { scalarFunction } from '../../../engine/functions/registry.ts';
import { sameType, withNullable, type DataType } from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';

export const literal = (type: DataType, value: Value): Expr => ({
  kind: 'literal',
  type: withNullable(type, value === null),
  value,
});
export const column = (index: number, type: DataType): Expr => ({ kind: 'column', index, name: `c${index}`, type });

export function cast(input: Expr, type: DataType, safe = false): Expr {
  return { kind: 'cast', input, safe, type: withNullable(type, safe || input.type.nullable) };
}

/** The call with the implicit casts that the binder would make. */
export function call(name: string, ...args: Expr[]): Expr {
  const fn = scalarFunction(name)!;
  const bound = fn.resolve(
    args.map((arg) =>
      arg.kind === 'literal' ? { type: arg.type, literal: { value: arg.value } } : { type: arg.type },
    ),
    {},
  );
  if (bound === undefined) throw new Error(`${name} does not take ${JSON.stringify(args.map((arg) => arg.type))}`);
  const fitted = args.map((arg, i) =>
    sameType(arg.type, bound.argTypes[i]!, { nullability: false }) ? arg : cast(arg, bound.argTypes[i]!),
  );
  return { kind: 'call', fn: fn.name, args: fitted, type: bound.type };
}
