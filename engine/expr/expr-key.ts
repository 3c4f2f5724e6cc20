/** Questions about whole expressions that code generation and folding ask. */
import { unreachable } from '../assert.ts';
import { valueKey } from '../data/key.ts';
import { typeToString } from '../types/type.ts';
import { pathOf, type Path } from './column-path.ts';
import type { Expr } from './expr.ts';
import { boundFunction } from './bound-function.ts';

const keys = new WeakMap<Expr, string>();

/** A text that two expressions share only if they mean the same. Asked for with every batch, so kept. */
export function exprKey(expr: Expr): string {
  let key = keys.get(expr);
  if (key === undefined) keys.set(expr, (key = `${bareKey(expr)}:${typeToString(expr.type)}`));
  return key;
}

function bareKey(expr: Expr): string {
  switch (expr.kind) {
    case 'literal':
      return `'${valueKey(expr.value)}'`;
    case 'column':
      return `$${expr.index}`;
    case 'field':
      return `${exprKey(expr.input)}.${expr.index}`;
    case 'call': {
      const options =
        expr.options === undefined
          ? ''
          : JSON.stringify(Object.entries(expr.options).map(([k, v]) => [k, valueKey(v)]));
      return `${expr.fn}${options}(${expr.args.map(exprKey).join(',')})`;
    }
    case 'cast':
      return `${expr.safe ? 'try' : 'cast'}${expr.legacy ? '14' : ''}(${exprKey(expr.input)})${JSON.stringify(expr.type)}`; // units of intervals matter
    case 'and':
    case 'or':
      return `${expr.kind}(${expr.args.map(exprKey).join(',')})`;
    case 'not':
      return `not(${exprKey(expr.input)})`;
    case 'case': {
      const branches = expr.branches.map(({ when, then }) => `${exprKey(when)}?${exprKey(then)}`);
      return `case(${branches.join(',')},${exprKey(expr.otherwise)})`;
    }
    case 'is-null':
      return `null${expr.negated ? '!' : ''}(${exprKey(expr.input)})`;
    case 'in':
      return `in${expr.negated ? '!' : ''}(${exprKey(expr.input)},${expr.values.map(valueKey).join(',')})`;
    default:
      return unreachable(expr);
  }
}

/** The direct parts of an expression. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'literal':
    case 'column':
      return [];
    case 'field':
    case 'cast':
    case 'not':
    case 'is-null':
    case 'in':
      return [expr.input];
    case 'call':
    case 'and':
    case 'or':
      return expr.args;
    case 'case':
      return [...expr.branches.flatMap(({ when, then }) => [when, then]), expr.otherwise];
    default:
      return unreachable(expr);
  }
}

/** Whether one of these depends on how far event time has come: CURRENT_WATERMARK. */
export const readWatermark = (exprs: readonly (Expr | undefined)[]): boolean =>
  exprs.some(
    (expr) =>
      expr !== undefined &&
      ((expr.kind === 'call' && expr.fn === 'CURRENT_WATERMARK') || readWatermark(childrenOf(expr))),
  );

/** Whether the same row always gives the same value within a job. */
export function isDeterministic(expr: Expr): boolean {
  if (expr.kind === 'call' && !boundFunction(expr).fn.deterministic) return false;
  return childrenOf(expr).every(isDeterministic);
}

/** Every column and field that the expression reads, each once. */
export function pathsOf(expr: Expr, found: Map<string, Path> = new Map()): Map<string, Path> {
  const path = pathOf(expr);
  if (path === undefined) for (const child of childrenOf(expr)) pathsOf(child, found);
  else found.set(path.join('.'), path);
  return found;
}
