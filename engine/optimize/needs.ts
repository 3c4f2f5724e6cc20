/** Which columns, and which fields inside of ROW columns, somebody reads: the question that pruning carries down a plan. */
import type { Expr } from '../expr/expr.ts';
import { exprChildren } from '../plan/expr-walk.ts';

/** Names of fields below a column; empty: the whole column. */
export type FieldPath = readonly string[];

export class Needs {
  readonly #columns = new Map<number, FieldPath[]>();

  static all(width: number): Needs {
    const needs = new Needs();
    for (let i = 0; i < width; i++) needs.add(i);
    return needs;
  }

  /** A path below another that is needed is covered by it. */
  add(column: number, path: FieldPath = []): this {
    const paths = this.#columns.get(column) ?? [];
    if (!paths.some((known) => startsWith(path, known))) {
      this.#columns.set(column, [...paths.filter((known) => !startsWith(known, path)), path]);
    }
    return this;
  }

  addExpr(expr: Expr): this {
    const access = accessOf(expr);
    if (access !== undefined) return this.add(access.column, access.path);
    for (const child of exprChildren(expr)) this.addExpr(child);
    return this;
  }

  addAll(columns: Iterable<number>): this {
    for (const column of columns) this.add(column);
    return this;
  }

  has(column: number): boolean {
    return this.#columns.has(column);
  }
  isWhole(column: number): boolean {
    return this.#columns.get(column)?.some((path) => path.length === 0) === true;
  }

  /** Paths of a column, in the order of their names, so that the layout does not depend on who asked first. */
  paths(column: number): readonly FieldPath[] {
    return (this.#columns.get(column) ?? []).toSorted((a, b) => (a.join('\0') < b.join('\0') ? -1 : 1));
  }
  columns(): readonly number[] {
    return [...this.#columns.keys()].toSorted((a, b) => a - b);
  }

  /** The needs of columns `from` to `to`, renumbered from 0. */
  slice(from: number, to = Infinity): Needs {
    const part = new Needs();
    for (const [column, paths] of this.#columns) {
      if (column >= from && column < to) for (const path of paths) part.add(column - from, path);
    }
    return part;
  }

  copy(): Needs {
    return this.slice(0);
  }
}

const startsWith = (path: FieldPath, prefix: FieldPath): boolean =>
  prefix.length <= path.length && prefix.every((name, i) => path[i] === name);

/** `column.a.b` as a column and a path; undefined for anything else. */
export function accessOf(expr: Expr): { readonly column: number; readonly path: FieldPath } | undefined {
  if (expr.kind === 'column') return { column: expr.index, path: [] };
  if (expr.kind !== 'field') return undefined;
  const inner = accessOf(expr.input);
  return inner === undefined ? undefined : { column: inner.column, path: [...inner.path, expr.name] };
}
