/** Where the columns of a plan, and fields of its ROW columns, went when the plan was pruned. */
import { assert } from '../assert.ts';
import type { Expr } from '../expr/expr.ts';
import { mapExprChildren } from '../plan/expr-walk.ts';
import { field } from '../plan/scope.ts';
import type { Schema } from '../types/schema.ts';
import { accessOf } from './needs.ts';
import type { FieldPath } from './needs.ts';

export class Layout {
  readonly #positions: ReadonlyMap<string, number>;
  readonly #schema: Schema;

  /** `entries`: an old column and the path below it, in the order of the new columns; undefined for a new column that is no old one. */
  constructor(entries: readonly ({ readonly column: number; readonly path: FieldPath } | undefined)[], schema: Schema) {
    const positions = new Map<string, number>();
    entries.forEach((entry, i) => {
      if (entry === undefined) return;
      const key = keyOf(entry.column, entry.path);
      if (!positions.has(key)) positions.set(key, i);
    });
    this.#positions = positions;
    this.#schema = schema;
  }

  /** The new number of a field of a column. */
  position(column: number, path: FieldPath): number | undefined {
    return this.#positions.get(keyOf(column, path));
  }

  /** The new number of a whole column; undefined when it is gone, or only fields of it are left. */
  find(column: number): number | undefined {
    return this.#positions.get(keyOf(column, []));
  }
  /** As `find`, of a column that was asked for. */
  at(column: number): number {
    const position = this.find(column);
    assert(position !== undefined, `column ${column} was pruned although it is needed`);
    return position;
  }

  /** The expression over the new columns. */
  rewrite(expr: Expr): Expr {
    const access = accessOf(expr);
    if (access === undefined) return mapExprChildren(expr, (child) => this.rewrite(child));
    for (let length = access.path.length; length >= 0; length--) {
      const position = this.#positions.get(keyOf(access.column, access.path.slice(0, length)));
      if (position === undefined) continue;
      const { name, type } = this.#schema[position]!;
      const column: Expr = { kind: 'column', index: position, name, type };
      return access.path.slice(length).reduce<Expr>((input, part) => field(input, part)!, column);
    }
    throw new Error(`Millrace bug: nothing is left of column ${access.column}. Please report it.`);
  }
}

const keyOf = (column: number, path: FieldPath): string => JSON.stringify([column, ...path]);
