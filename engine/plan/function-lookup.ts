/** Which function a name means: those of the session and the built-in ones, in Flink's order. */
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
  return isBuiltIn ? undefined : functions.after(fullPath(env, parts));
}

export function tableFunctionOf(parts: readonly string[], env: BindEnv): TableFunction | undefined {
  const own = userFunctionOf(parts, env);
  if (own !== undefined) return own.kind === 'table' ? own.fn : undefined;
  return parts.length === 1 ? tableFunction(parts[0]!) : undefined;
}
