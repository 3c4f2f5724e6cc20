/** How a program gives a session its own functions: `millrace.udf(...)`, `udtf`, `udaf`. */
import { MillraceError } from '../errors.ts';
import { bindType } from '../plan/bind-type.ts';
import type { Session } from '../session.ts';
import { parseTypeName } from '../sql/parse.ts';
import type { DataType } from '../types/type.ts';
import { aggregateFunction, checkAggregate, type HostAggregate } from './aggregate.ts';
import { inferSignature, SOURCE, typeMissing } from './infer.ts';
import { columnFunction, rowFunction, type ColumnFunction, type RowFunction } from './scalar.ts';
import type { HostSignature } from './signature.ts';
import { rowsFunction, type RowsFunction } from './table.ts';

export interface FunctionTypes {
  /** SQL types of the arguments, `['DOUBLE', 'ARRAY<STRING>']`; default: those of the function's TypeScript, or any. */
  readonly args?: readonly string[] | undefined;
  /** SQL type of the result, for a table function `ROW<word STRING, n INT>`. */
  readonly returns?: string | undefined;
  /** strict: NULL of a NULL, the function never sees one. Default: custom if an argument's TypeScript type has null in it, else strict. */
  readonly nulls?: 'strict' | 'custom' | undefined;
  /** false: two calls with the same arguments may differ. Default true. */
  readonly deterministic?: boolean | undefined;
}
export interface ScalarTypes extends FunctionTypes {
  /** The function gets and gives whole columns: typed arrays of numbers, arrays of other values. */
  readonly vectorized?: boolean | undefined;
}

/** Registers a scalar function as TEMPORARY SYSTEM. @throws SQL_TYPE when its types are not known */
export function defineScalar(
  session: Session,
  name: string,
  types: ScalarTypes,
  fn: RowFunction | ColumnFunction,
): void {
  const signature = signatureOf(name, types, sourceOf(fn), false);
  const made =
    types.vectorized === true
      ? columnFunction(name, signature, fn as ColumnFunction)
      : rowFunction(name, signature, fn);
  session.functions.register(name, { kind: 'scalar', fn: made });
}

export function defineTable(session: Session, name: string, types: FunctionTypes, fn: RowsFunction): void {
  const signature = signatureOf(name, types, sourceOf(fn), true);
  session.functions.register(name, { kind: 'table', fn: rowsFunction(name, signature, fn) });
}

export function defineAggregate(session: Session, name: string, types: FunctionTypes, host: HostAggregate): void {
  checkAggregate(name, host);
  const signature = signatureOf(name, types, aggregateSource(host), false);
  session.functions.register(name, { kind: 'aggregate', fn: aggregateFunction(name, signature, host) });
}

function sourceOf(fn: unknown): string | undefined {
  if (typeof fn !== 'function' && (typeof fn !== 'object' || fn === null)) {
    throw new MillraceError('SQL_INVALID', 'a function is expected', {
      hint: "millrace.udf('name', (x: number): number => x * 2)",
    });
  }
  return (fn as { [SOURCE]?: string })[SOURCE];
}

/** `accumulate(acc, ...values)` gives the arguments, `value(acc)` the result: as one function's text. */
function aggregateSource(host: HostAggregate): { readonly args: string; readonly returns: string } | undefined {
  const text = sourceOf(host);
  if (text === undefined) return undefined;
  const method = (name: string): string | undefined =>
    new RegExp(String.raw`\b${name}\s*(?::\s*)?(\([^)]*\)\s*(?::\s*[^{=]+)?)`).exec(text)?.[1];
  const accumulate = method('accumulate');
  const value = method('value');
  if (accumulate === undefined) return undefined;
  const args = accumulate.replace(/\(\s*[\w$]+\s*(?::[^,)]*)?,?/, '(').replace(/\)[\s\S]*$/, ')');
  return { args: `${args}: void => {}`, returns: `${value ?? '()'} => {}` };
}

function signatureOf(
  name: string,
  given: FunctionTypes,
  source: string | { readonly args: string; readonly returns: string } | undefined,
  rows: boolean,
): HostSignature {
  const wanted = given.args === undefined || given.returns === undefined || given.nulls === undefined;
  const found = !wanted || source === undefined ? undefined : infer(source, given, rows);
  const returns = given.returns === undefined ? found?.returns : parsedType(given.returns, 'the result', name);
  if (returns === undefined) throw typeMissing(name);
  return {
    args: given.args?.map((type, i) => parsedType(type, `argument ${i + 1}`, name)) ?? found?.args,
    returns,
    nulls: given.nulls ?? (found?.takesNull === true ? 'custom' : 'strict'),
    deterministic: given.deterministic ?? true,
  };
}

function infer(source: string | { args: string; returns: string }, given: FunctionTypes, rows: boolean) {
  if (typeof source === 'object') {
    const args = inferSignature(source.args);
    const returns = given.returns === undefined ? inferSignature(source.returns)?.returns : undefined;
    return args && { ...args, returns };
  }
  return inferSignature(source, rows);
}

/** @throws SQL_SYNTAX, SQL_UNKNOWN_TYPE, SQL_TYPE with the place in the type's text */
export function parsedType(text: string, what: string, name: string): DataType {
  try {
    return bindType(parseTypeName(text));
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    throw new MillraceError(error.code, `${what} of ${name}: ${error.reason}`, {
      text,
      span: error.span,
      hint: error.hint ?? "types are written as in SQL: 'DOUBLE', 'ARRAY<STRING>', 'ROW<a INT, b STRING>'",
    });
  }
}
