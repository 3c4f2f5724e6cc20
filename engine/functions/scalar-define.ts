/** How the modules of scalar functions describe a function: parameters that check and cast, and result types by Flink's habits. */
import type { EvalContext } from '../expr/expr.ts';
import { MillraceError } from '../errors.ts';
import {
  BIGINT,
  BOOLEAN,
  BYTES,
  DOUBLE,
  INT,
  STRING,
  isBinary,
  isInteger,
  isNumeric,
  isString,
  withNullable,
  type DataType,
} from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { Argument, FunctionBinding, Options, ScalarFunction } from './function.ts';

/** What an argument may be. */
export interface Parameter {
  /** The type to which an argument of this type is cast (often itself); undefined when it does not fit. Nullability is not its matter. */
  readonly fit: (type: DataType) => DataType | undefined;
  /** The type of a bare NULL, where the function takes one. */
  readonly whenNull: DataType;
}

const itself =
  (accepts: (type: DataType) => boolean) =>
  (type: DataType): DataType | undefined =>
    accepts(type) ? type : undefined;

/** CHAR, VARCHAR. */
export const text: Parameter = { fit: itself(isString), whenNull: STRING };
/** BINARY, VARBINARY. */
export const bytes: Parameter = { fit: itself(isBinary), whenNull: BYTES };
export const textOrBytes: Parameter = { fit: itself((type) => isString(type) || isBinary(type)), whenNull: STRING };
/** TINYINT to BIGINT, as it is: the value is a number, or a bigint for BIGINT. */
export const integer: Parameter = { fit: itself(isInteger), whenNull: INT };
/** TINYINT to BIGINT, cast to BIGINT. */
export const asBigint: Parameter = { fit: (type) => (isInteger(type) ? BIGINT : undefined), whenNull: BIGINT };
export const numeric: Parameter = { fit: itself(isNumeric), whenNull: INT };
export const exactNumeric: Parameter = {
  fit: itself((type) => isInteger(type) || type.kind === 'DECIMAL'),
  whenNull: INT,
};
/** Any number, cast to DOUBLE. */
export const asDouble: Parameter = { fit: (type) => (isNumeric(type) ? DOUBLE : undefined), whenNull: DOUBLE };
export const boolean: Parameter = { fit: itself((type) => type.kind === 'BOOLEAN'), whenNull: BOOLEAN };
export const anything: Parameter = { fit: (type) => type, whenNull: STRING };

type Result = (types: readonly DataType[], args: readonly Argument[], options: Options) => DataType;

/** This type; NULL only if an argument is. */
export const strictly =
  (type: DataType): Result =>
  (types) =>
    withNullable(
      type,
      types.some((argument) => argument.nullable),
    );
/** This type, nullable whatever the arguments: the function may find nothing, or refuse a value. */
export const maybe =
  (type: DataType): Result =>
  () =>
    withNullable(type, true);
/** This type and never NULL. */
export const always =
  (type: DataType): Result =>
  () =>
    withNullable(type, false);
/** The first argument's type as VARCHAR of its length; NULL only if an argument is. */
export const varyingFirst: Result = (types) =>
  withNullable(
    varying(types[0]!),
    types.some((type) => type.nullable),
  );

/** CHAR(n) as VARCHAR(n), BINARY(n) as VARBINARY(n). */
export function varying(type: DataType): DataType {
  if (type.kind === 'CHAR') return { ...type, kind: 'VARCHAR' };
  if (type.kind === 'BINARY') return { ...type, kind: 'VARBINARY' };
  return type;
}

export interface ScalarSpec {
  readonly name: string;
  readonly aliases?: readonly string[] | undefined;
  readonly signature: string;
  readonly summary: string;
  /** One list for each number of arguments, the preferred first. */
  readonly params: readonly (readonly Parameter[])[];
  /** Any number of further arguments after those of the longest list. */
  readonly rest?: Parameter | undefined;
  /** Whether a bare NULL may be an argument; most of Flink's functions say "Illegal use of 'NULL'". */
  readonly bareNull?: boolean | undefined;
  /** `strict` unless said. */
  readonly nulls?: ScalarFunction['nulls'] | undefined;
  /** True unless said. */
  readonly deterministic?: boolean | undefined;
  readonly returns: Result;
  /** A further check of the arguments, after their types are known to fit: throws MillraceError. */
  readonly check?: ((args: readonly Argument[], options: Options) => void) | undefined;
  /** The meaning, when it depends on neither types nor context; else give `implement`. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the argument types are those of the parameters
  readonly run?: ((...args: any[]) => Value) | undefined;
  readonly implement?: ((binding: FunctionBinding, context: EvalContext) => Closure) | undefined;
  readonly emit?: ScalarFunction['emit'];
}
// oxlint-disable-next-line typescript/no-explicit-any -- the argument types are those of the binding
export type Closure = (...args: any[]) => Value;

/** Makes the function that a specification describes. */
export function defineScalar(spec: ScalarSpec): ScalarFunction {
  const { name, aliases, signature, summary, run } = spec;
  return {
    name,
    aliases,
    signature,
    summary,
    nulls: spec.nulls ?? 'strict',
    deterministic: spec.deterministic ?? true,
    resolve(args, options) {
      const argTypes = fitArguments(spec, args);
      if (argTypes === undefined) return undefined;
      spec.check?.(args, options);
      return { argTypes, type: spec.returns(argTypes, args, options) };
    },
    implement: spec.implement ?? (() => run!),
    ...(spec.emit === undefined ? {} : { emit: spec.emit }),
  };
}

function fitArguments(spec: ScalarSpec, args: readonly Argument[]): readonly DataType[] | undefined {
  for (const params of spec.params) {
    const isLongest = params === spec.params.at(-1);
    if (args.length < params.length) continue;
    if (args.length > params.length && !(isLongest && spec.rest !== undefined)) continue;
    const types = args.map((arg, i) => fitArgument(spec, arg.type, params[i] ?? spec.rest!));
    if (types.every((type) => type !== undefined)) return types;
  }
  return undefined;
}

function fitArgument(spec: ScalarSpec, type: DataType, parameter: Parameter): DataType | undefined {
  if (type.kind !== 'NULL') {
    const target = parameter.fit(type);
    return target === undefined ? undefined : withNullable(target, type.nullable);
  }
  if (spec.bareNull === true) return withNullable(parameter.whenNull, true);
  throw new MillraceError('SQL_TYPE', `a bare NULL has no type as an argument of ${spec.name}`, {
    hint: 'give it one: CAST(NULL AS STRING)',
  });
}

/** The constant string that an argument is; undefined when it is no constant or NULL. */
export function literalText(arg: Argument | undefined): string | undefined {
  const value = arg?.literal?.value;
  return typeof value === 'string' ? value : undefined;
}

/** The constant integer that an argument is; undefined when it is no constant or NULL. */
export function literalInteger(arg: Argument | undefined): number | undefined {
  const value = arg?.literal?.value;
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
}
