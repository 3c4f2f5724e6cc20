import { assert } from '../assert.ts';
import { scalarFunction } from '../functions/registry.ts';
import type { FunctionBinding, ScalarFunction } from '../functions/function.ts';
import type { CallExpr } from './expr.ts';

/** The function of a call and what it was bound to. */
export function boundFunction(expr: CallExpr): { readonly fn: ScalarFunction; readonly binding: FunctionBinding } {
  const fn = scalarFunction(expr.fn);
  assert(fn !== undefined, `function ${expr.fn} is not registered`);
  return { fn, binding: { argTypes: expr.args.map((arg) => arg.type), type: expr.type, options: expr.options ?? {} } };
}
