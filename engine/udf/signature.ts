/** Types of functions that the host program brings: what SQL may give them and what it gets back. */
import { supportsCast } from '../types/cast-rules.ts';
import { typeToString, withNullable } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import type { Argument, FunctionBinding } from '../functions/function.ts';

export interface HostSignature {
  /** The types of the arguments; undefined = any number of any type, handed over as they are. An undefined one is of any type. */
  readonly args: readonly (DataType | undefined)[] | undefined;
  readonly returns: DataType;
  /** strict: NULL if any argument is NULL, and the function never sees one. */
  readonly nulls: 'strict' | 'custom';
  /** false: two calls with the same arguments may give different results. */
  readonly deterministic: boolean;
}

/** Casts and result type of a call; undefined when the arguments do not fit (as Flink: arguments are cast where no information is lost by type). */
export function resolveHost(
  { args: wanted, returns, nulls }: HostSignature,
  args: readonly Argument[],
): Pick<FunctionBinding, 'argTypes' | 'type'> | undefined {
  const nullable = nulls === 'strict' ? returns.nullable || args.some(({ type }) => type.nullable) : returns.nullable;
  const type = withNullable(returns, nullable);
  if (wanted === undefined) return { argTypes: args.map((arg) => arg.type), type };
  if (wanted.length !== args.length) return undefined;
  const targets = args.map((arg, i) => withNullable(wanted[i] ?? arg.type, arg.type.nullable));
  if (!args.every((arg, i) => supportsCast(arg.type, targets[i]!, 'implicit'))) return undefined;
  return { argTypes: targets, type };
}

/** `celsius(DOUBLE) → DOUBLE` */
export function signatureText(name: string, { args, returns }: HostSignature): string {
  const plain = (type: DataType | undefined): string =>
    type === undefined ? 'any' : typeToString(type, { nullability: false });
  return `${name}(${args === undefined ? '...' : args.map(plain).join(', ')}) → ${plain(returns)}`;
}
