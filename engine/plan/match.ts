/** What a MATCH_RECOGNIZE looks for and gives: shared by the logical and the physical plan. Plain data. */
import type { Expr } from '../expr/expr.ts';
import type { AggregateCall } from '../functions/function.ts';
import type { DataType } from '../types/type.ts';
import type { Ms } from '../types/value.ts';
import type { SortKey } from './logical.ts';

/**
 * A value of a match, by which conditions and measures read the rows that were matched. `variable` is an index into `variables`; undefined:
 * the rows of all variables together; -1: a name that the pattern does not have, which never has a row.
 */
export type MatchSlot =
  /** Column `column` of the row number `offset` from the first or from the last one; NULL when there are not so many. */
  | {
      readonly kind: 'row';
      readonly variable: number | undefined;
      readonly first: boolean;
      readonly offset: number;
      readonly column: number;
      readonly type: DataType;
    }
  /** An aggregate over the rows; `call` is over columns of the input. */
  | { readonly kind: 'aggregate'; readonly variable: number | undefined; readonly call: AggregateCall }
  /** The time of the row that completed the match. */
  | { readonly kind: 'rowtime'; readonly type: DataType };

/** A variable of the pattern with its quantifier. */
export interface MatchVariable {
  readonly name: string;
  readonly min: number;
  /** undefined: no bound. */
  readonly max: number | undefined;
  /** Takes rows as long as it can: what follows it must not fit the same row. */
  readonly greedy: boolean;
  /** What must hold of the row alone, over the columns of the input; undefined: nothing. */
  readonly own: Expr | undefined;
  /** What must hold besides, over `slots`, where the row itself counts as one of the variable's. */
  readonly condition: Expr | undefined;
  readonly slots: readonly MatchSlot[];
}

/** Where the search goes on behind a match. */
export interface MatchSkip {
  readonly to: 'next' | 'past-last' | 'first' | 'last';
  /** With first and last: an index into `variables`. */
  readonly variable: number | undefined;
}

export interface MatchSpec {
  readonly partition: readonly number[];
  /** `keys[0]` is the time by which rows are ordered, the others decide among rows of the same time. */
  readonly keys: readonly SortKey[];
  /** In the order of the pattern, each directly behind the one before. */
  readonly variables: readonly MatchVariable[];
  readonly skip: MatchSkip;
  /** From the first row of a match to its last less than this; undefined: any time. */
  readonly within: Ms | undefined;
  readonly measures: readonly Expr[];
  /** What `measures` read. */
  readonly slots: readonly MatchSlot[];
}
