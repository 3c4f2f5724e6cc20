/** Traversal of typed expressions: the one place that knows their children. */
import { unreachable } from '../assert.ts';
import type { Expr } from '../expr/expr.ts';
import { BOOLEAN, notNull } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';

export function exprChildren(expr: Expr): readonly Expr[] {
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
      return [...expr.branches.flatMap((branch) => [branch.when, branch.then]), expr.otherwise];
    default:
      return unreachable(expr);
  }
}

/** The same node over changed children; the same object when no child changed. */
export function mapExprChildren(expr: Expr, change: (child: Expr) => Expr): Expr {
  switch (expr.kind) {
    case 'literal':
    case 'column':
      return expr;
    case 'field':
    case 'cast':
    case 'not':
    case 'is-null':
    case 'in': {
      const input = change(expr.input);
      return input === expr.input ? expr : { ...expr, input };
    }
    case 'call':
    case 'and':
    case 'or': {
      const args = mapList(expr.args, change);
      return args === expr.args ? expr : { ...expr, args };
    }
    case 'case': {
      const branches = mapList(expr.branches, (branch) => {
        const when = change(branch.when);
        const then = change(branch.then);
        return when === branch.when && then === branch.then ? branch : { when, then };
      });
      const otherwise = change(expr.otherwise);
      return branches === expr.branches && otherwise === expr.otherwise ? expr : { ...expr, branches, otherwise };
    }
    default:
      return unreachable(expr);
  }
}

/** `list.map(change)`, and the same array when nothing changed. */
export function mapList<T>(list: readonly T[], change: (item: T, index: number) => T): readonly T[] {
  let changed = false;
  const result = list.map((item, index) => {
    const next = change(item, index);
    if (next !== item) changed = true;
    return next;
  });
  return changed ? result : list;
}

/** Bottom-up rewrite. */
export function rewriteExpr(expr: Expr, change: (node: Expr) => Expr): Expr {
  return change(mapExprChildren(expr, (child) => rewriteExpr(child, change)));
}

export function someExpr(expr: Expr, test: (node: Expr) => boolean): boolean {
  return test(expr) || exprChildren(expr).some((child) => someExpr(child, test));
}

/** Adds the indexes of all columns that `expr` reads to `into`. */
export function collectColumns(expr: Expr, into: Set<number>): Set<number> {
  if (expr.kind === 'column') into.add(expr.index);
  for (const child of exprChildren(expr)) collectColumns(child, into);
  return into;
}
export const columnsOf = (expr: Expr): Set<number> => collectColumns(expr, new Set());

/** Replaces column i by `exprs[i]`. */
export function substituteColumns(expr: Expr, exprs: readonly (Expr | undefined)[]): Expr {
  if (expr.kind === 'column') return exprs[expr.index] ?? expr;
  return mapExprChildren(expr, (child) => substituteColumns(child, exprs));
}

/** Renumbers columns. */
export function remapColumns(expr: Expr, map: (index: number) => number): Expr {
  if (expr.kind === 'column') {
    const index = map(expr.index);
    return index === expr.index ? expr : { ...expr, index };
  }
  return mapExprChildren(expr, (child) => remapColumns(child, map));
}

export const columnExpr = (index: number, column: { readonly name: string; readonly type: DataType }): Expr => ({
  kind: 'column',
  index,
  name: column.name,
  type: column.type,
});

export const literalExpr = (value: Value, type: DataType): Expr => ({ kind: 'literal', value, type });
export const TRUE: Expr = literalExpr(true, notNull(BOOLEAN));

/** The operands of a conjunction; nested ANDs are flattened, TRUE is left out. */
export function conjuncts(expr: Expr | undefined): Expr[] {
  if (expr === undefined || isTrue(expr)) return [];
  return expr.kind === 'and' ? expr.args.flatMap(conjuncts) : [expr];
}

/** AND of the given conditions; undefined when there are none. Its type is NOT NULL when all of theirs are. */
export function andAll(conditions: readonly Expr[]): Expr | undefined {
  if (conditions.length <= 1) return conditions[0];
  const nullable = conditions.some((condition) => condition.type.nullable);
  return { kind: 'and', args: conditions, type: nullable ? BOOLEAN : notNull(BOOLEAN) };
}

export const isTrue = (expr: Expr): boolean => expr.kind === 'literal' && expr.value === true;
export const isNever = (expr: Expr): boolean =>
  expr.kind === 'literal' && (expr.value === false || expr.value === null);

/** Structural equality, types and their nullability included. */
export function sameExpr(a: Expr, b: Expr): boolean {
  return a === b || exprKey(a) === exprKey(b);
}

/** A text that two expressions share exactly when they are structurally equal. */
export function exprKey(expr: Expr): string {
  return JSON.stringify(expr, replaceForKey);
}

/** JSON.stringify's replacer for plans and expressions: bigint, non-finite numbers and -0 stay apart from their look-alikes. */
export function replaceForKey(key: string, value: unknown): unknown {
  if (key === 'name' || key === 'span') return undefined;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
    return `#${Object.is(value, -0) ? '-0' : value}`;
  if (value instanceof Uint8Array) return { bytes: [...value] };
  return value;
}
