/** Which function a name means: those of the session and the built-in ones, in Flink's order. */
import type { StoredFunction } from '../catalog/stored.ts';
import { didYouMean, MillraceError, type Span } from '../errors.ts';
import type { TableFunction } from '../functions/function.ts';
import { aggregateFunction, scalarFunction, tableFunction } from '../functions/registry.ts';
import type { UserFunction } from '../functions/user-functions.ts';
import { fullPath } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';

/** The session's function that a name means; undefined when it means a built-in one, or none. */
export function userFunctionOf(parts: readonly string[], env: BindEnv): UserFunction | undefined {
  const { functions } = env.options;
  if (functions === undefined) return undefined;
  const before = functions.before(parts);
  if (before !== undefined) return before;
  const [name] = parts;
  const isBuiltIn =
    parts.length === 1 &&
    [scalarFunction, aggregateFunction, tableFunction].some((lookup) => lookup(name!) !== undefined);
  if (isBuiltIn) return undefined;
  const made = functions.after(fullPath(env, parts));
  if (made !== undefined) return made;
  const declared = declaredFunction(parts, env);
  return declared?.language === 'PYTHON' ? functionOfCell(declared.className, env) : undefined;
}

/** What CREATE FUNCTION declared under a name, whether it can be called or not. */
export function declaredFunction(parts: readonly string[], env: BindEnv): StoredFunction | undefined {
  const { functions, systemFunctions } = env.catalog;
  const system = parts.length === 1 ? systemFunctions.get(parts[0]!.toLowerCase()) : undefined;
  return system ?? functions.get(fullPath(env, parts));
}

/** The function that LANGUAGE PYTHON means by `module.name`: the one of that name in a cell, whatever its module. */
export function functionOfCell(pythonName: string, env: BindEnv): UserFunction | undefined {
  return env.options.functions?.before([pythonName.slice(pythonName.lastIndexOf('.') + 1)]);
}

/** The error of a call of a function that is only declared; undefined when nothing is declared under the name. */
export function onlyDeclared(parts: readonly string[], span: Span, env: BindEnv): MillraceError | undefined {
  const declared = declaredFunction(parts, env);
  return declared && cannotRun(declared.className, declared.language, span, env);
}

/** Why a class or a Python function cannot be called, and what to do. */
export function cannotRun(
  className: string,
  language: StoredFunction['language'],
  span: Span,
  env: BindEnv,
): MillraceError {
  if (language !== 'PYTHON') {
    return new MillraceError('SQL_UNSUPPORTED', `class ${className} cannot be loaded: there is no JVM here`, {
      span,
      hint: INSTEAD,
    });
  }
  const name = className.slice(className.lastIndexOf('.') + 1);
  const names = env.options.functions?.list().map((fn) => fn.name) ?? [];
  return new MillraceError('SQL_UNKNOWN_FUNCTION', `no cell has a Python function "${name}"`, {
    span,
    hint: didYouMean(name, names) ?? `run a %%python cell that has @udf(result_type=...) def ${name}(...) first`,
  });
}

/** What to do instead of a Java class. */
export const INSTEAD =
  'write the function in a TypeScript or Python cell, or send the script to a Flink cluster that has the class';

export function tableFunctionOf(parts: readonly string[], env: BindEnv): TableFunction | undefined {
  const own = userFunctionOf(parts, env);
  if (own !== undefined) return own.kind === 'table' ? own.fn : undefined;
  return parts.length === 1 ? tableFunction(parts[0]!) : undefined;
}
