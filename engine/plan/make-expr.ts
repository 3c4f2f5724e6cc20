/** Makers of typed expressions: functions by name with their implicit casts, casts, negation. SQL and the fluent API share them. */
import { MillraceError, didYouMean } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type { Argument, Options, ScalarFunction } from '../functions/function.ts';
import { aggregateFunction, allFunctions, scalarFunction } from '../functions/registry.ts';
import { BOOLEAN, notNull, sameType, typeToString, withNullable } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import { unsupported } from './bind-context.ts';
import { illegalNull, isBareNull } from './bind-literal.ts';
import { literalExpr } from './expr-walk.ts';

/**
 * A call of the function or operator `name`; its arguments are cast to what it takes.
 * @throws SQL_UNKNOWN_FUNCTION with a hint at the nearest name; SQL_TYPE when the arguments do not fit
 */
export function callFunction(
  name: string,
  args: readonly Expr[],
  { span, options = {} }: { readonly span?: Span | undefined; readonly options?: Options } = {},
): Expr {
  const fn = scalarFunction(name);
  if (fn === undefined) throw unknownFunction(name, span);
  const binding = resolve(fn, args, options, span);
  const cast = args.map((arg, i) => castTo(arg, binding.argTypes[i] ?? arg.type));
  if (fn.name === 'IF') {
    // As Flink, only the branch that is taken is evaluated (COALESCE and IFNULL evaluate all their arguments).
    const [when, then, otherwise] = cast as [Expr, Expr, Expr];
    return { kind: 'case', branches: [{ when, then }], otherwise, type: binding.type };
  }
  const hasOptions = Object.keys(options).length > 0;
  return { kind: 'call', fn: fn.name, args: cast, type: binding.type, ...(hasOptions ? { options } : {}) };
}

function resolve(fn: ScalarFunction, args: readonly Expr[], options: Options, span: Span | undefined) {
  let binding: ReturnType<ScalarFunction['resolve']>;
  try {
    binding = fn.resolve(args.map(argumentOf), options);
  } catch (error) {
    throw error instanceof MillraceError ? error.withSpan(span) : error;
  }
  if (binding !== undefined) return binding;
  throw new MillraceError('SQL_TYPE', `cannot apply ${fn.name} to ${argumentTypes(args)}`, {
    span,
    hint: `it is ${fn.signature}`,
  });
}

/** As `callFunction`, for arguments as written: what a bare NULL makes impossible is shown at the NULL. @throws SQL_TYPE */
export function callNodes(
  name: string,
  nodes: readonly { readonly span: Span }[],
  args: readonly Expr[],
  { span, options }: { readonly span: Span; readonly options?: Options | undefined },
): Expr {
  try {
    return callFunction(name, args, options === undefined ? { span } : { span, options });
  } catch (error) {
    const bare = args.findIndex(isBareNull);
    if (bare < 0 || !(error instanceof MillraceError) || error.code !== 'SQL_TYPE') throw error;
    throw illegalNull(nodes[bare]!.span);
  }
}

/** An argument as functions see it. */
export function argumentOf(expr: Expr): Argument {
  return expr.kind === 'literal' ? { type: expr.type, literal: { value: expr.value } } : { type: expr.type };
}

export const argumentTypes = (args: readonly { readonly type: DataType }[]): string =>
  args.length === 0 ? 'no arguments' : args.map(({ type }) => typeToString(type, { nullability: false })).join(', ');

/** Functions of Flink that nothing here runs. */
const notRun = /^(SOURCE_WATERMARK|MATCH_ROWTIME|MATCH_PROCTIME|CLASSIFIER|APPROX_COUNT_DISTINCT)$/i;

export function unknownFunction(name: string, span: Span | undefined): MillraceError {
  if (notRun.test(name)) return unsupported(name.toUpperCase(), span);
  const isWord = (text: string): boolean => /^\w/.test(text);
  const names = allFunctions().flatMap((fn) => [fn.name, ...(fn.aliases ?? [])].filter(isWord));
  const isAggregate = aggregateFunction(name) !== undefined;
  return new MillraceError('SQL_UNKNOWN_FUNCTION', `function ${name} does not exist`, {
    span,
    hint: isAggregate ? `${name.toUpperCase()} is an aggregate` : didYouMean(name.toUpperCase(), names),
  });
}

/** The value as another type; the same expression when it has it already. NULL stays NULL, so nullability is the value's own. */
export function castTo(expr: Expr, type: DataType): Expr {
  if (isBareNull(expr)) return literalExpr(null, withNullable(type, true));
  if (sameType(expr.type, type, { nullability: false })) return expr;
  return { kind: 'cast', input: expr, safe: false, type: withNullable(type, expr.type.nullable) };
}

export const negate = (expr: Expr): Expr =>
  expr.kind === 'not' ? expr.input : { kind: 'not', input: expr, type: expr.type };

export const isNull = (input: Expr, negated: boolean): Expr => ({
  kind: 'is-null',
  input,
  negated,
  type: notNull(BOOLEAN),
});
