/**
 * Names inside of MATCH_RECOGNIZE: `price` is a column of the rows of all variables, `A.price` of those of A, `LAST(A.price, 1)` of another row of A.
 * While an expression is bound each of these is a column of its own number; `slot` says what a number means.
 */
import { assert } from '../assert.ts';
import type { Expr } from '../expr/expr.ts';
import type { Schema } from '../types/schema.ts';
import { withNullable } from '../types/type.ts';
import { columnExpr, columnsOf } from './expr-walk.ts';
import type { MatchSlot } from './match.ts';
import type { Relation, Scope } from './scope.ts';

/** A column of the input, in a row of a match. */
export type RowSlot = Extract<MatchSlot, { kind: 'row' }>;
type OtherSlot = Exclude<MatchSlot, RowSlot>;

interface Place {
  readonly first: boolean;
  readonly offset: number;
}

export class MatchNames {
  readonly #schema: Schema;
  /** Those of the pattern, then others that DEFINE or SUBSET name. */
  readonly #names: readonly string[];
  /** How many rows of a variable there are at least; undefined: of all together. */
  readonly #least: (variable: number | undefined) => number;
  readonly #places: Place[] = [];
  readonly #others: OtherSlot[] = [];

  constructor(schema: Schema, names: readonly string[], least: (variable: number | undefined) => number) {
    this.#schema = schema;
    this.#names = names;
    this.#least = least;
  }

  /** The names as columns of the row `offset` rows from the first or the last one. */
  scope(first: boolean, offset: number): Scope {
    let place = this.#places.findIndex((known) => known.first === first && known.offset === offset);
    if (place < 0) place = this.#places.push({ first, offset }) - 1;
    const relation = (variable: number | undefined): Relation => ({
      alias: variable === undefined ? undefined : this.#names[variable],
      path: [],
      columns: this.#schema.map(({ name, type }, column) => {
        const mayMiss = offset >= this.#least(variable);
        const expr = columnExpr(this.#number(place, variable, column), {
          name,
          type: mayMiss ? withNullable(type, true) : type,
        });
        return { name, expr, hidden: variable !== undefined };
      }),
    });
    return { relations: [undefined, ...this.#names.keys()].map(relation) };
  }

  #number(place: number, variable: number | undefined, column: number): number {
    const group = place * (this.#names.length + 1) + (variable === undefined ? 0 : variable + 1);
    return group * this.#schema.length + column;
  }

  /** A value that is no column of a row. */
  other(slot: OtherSlot): Expr {
    const key = JSON.stringify(slot);
    let index = this.#others.findIndex((known) => JSON.stringify(known) === key);
    if (index < 0) index = this.#others.push(slot) - 1;
    const type = slot.kind === 'aggregate' ? slot.call.type : slot.type;
    return { kind: 'column', index: -1 - index, name: slot.kind, type };
  }

  /** What a column number means. */
  slot(number: number): MatchSlot {
    if (number < 0) return this.#others[-1 - number]!;
    const width = this.#schema.length;
    const group = Math.floor(number / width);
    const place = this.#places[Math.floor(group / (this.#names.length + 1))];
    assert(place !== undefined, 'a column of a match has a place');
    const variable = group % (this.#names.length + 1);
    const column = number % width;
    return {
      kind: 'row',
      variable: variable === 0 ? undefined : variable - 1,
      ...place,
      column,
      type: this.#schema[column]!.type,
    };
  }

  /** The row slots that expressions read. */
  rows(exprs: readonly Expr[]): readonly RowSlot[] {
    const numbers = new Set(exprs.flatMap((expr) => [...columnsOf(expr)]));
    return [...numbers].map((number) => this.slot(number)).filter((slot) => slot.kind === 'row');
  }
}
