/** The only file that turns text into code. User values enter generated code as parameters, never as text. */

/** A function with the given parameters and body, in strict mode. */
export function compileFunction(params: readonly string[], source: string): Function {
  return new Function(...params, `'use strict';\n${source}`);
}
