/** MATCH_RECOGNIZE and its row patterns. Part of the tree of ast.ts. */
import type { Identifier, Node } from './ast.ts';
import type { Expr } from './ast-expr.ts';
import type { OrderItem, SelectItem, TableAlias, TableRef } from './ast-query.ts';

export interface MatchRecognize extends Node {
  readonly kind: 'matchRecognize';
  readonly input: TableRef;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly OrderItem[];
  readonly measures: readonly SelectItem[];
  readonly rowsPerMatch: 'ONE ROW' | 'ALL ROWS' | undefined;
  readonly skip: AfterMatchSkip | undefined;
  /** `^` at the begin, `$` at the end of the pattern. */
  readonly anchorStart: boolean;
  readonly anchorEnd: boolean;
  readonly pattern: Pattern;
  readonly within: Expr | undefined;
  readonly subsets: readonly PatternSubset[];
  readonly define: readonly PatternDefinition[];
  readonly alias: TableAlias | undefined;
}

/** `TO v` means `TO LAST v` in Calcite; kept as written. `variable` is set with FIRST, LAST and VARIABLE. */
export interface AfterMatchSkip extends Node {
  readonly kind: 'skip';
  readonly to: 'NEXT ROW' | 'PAST LAST ROW' | 'FIRST' | 'LAST' | 'VARIABLE';
  readonly variable: Identifier | undefined;
}

export type Pattern =
  PatternVariable | PatternSequence | PatternAlternatives | PatternQuantified | PatternPermute | PatternExclude;

export interface PatternVariable extends Node {
  readonly kind: 'patternVariable';
  readonly name: Identifier;
}

/** Two or more, one after the other. */
export interface PatternSequence extends Node {
  readonly kind: 'patternSequence';
  readonly items: readonly Pattern[];
}

/** `A | B`: two or more. */
export interface PatternAlternatives extends Node {
  readonly kind: 'patternAlternatives';
  readonly items: readonly Pattern[];
}

/** `* + ? {n} {n,} {,m} {n,m}`: min to max times (max undefined: no bound). `{,m}` has min 0. */
export interface PatternQuantified extends Node {
  readonly kind: 'patternQuantified';
  readonly item: Pattern;
  readonly min: number;
  readonly max: number | undefined;
  /** Followed by `?`. */
  readonly reluctant: boolean;
}

export interface PatternPermute extends Node {
  readonly kind: 'patternPermute';
  readonly items: readonly Pattern[];
}

/** `{- A -}`. */
export interface PatternExclude extends Node {
  readonly kind: 'patternExclude';
  readonly item: Pattern;
}

/** `SUBSET u = (a, b)`. */
export interface PatternSubset extends Node {
  readonly kind: 'patternSubset';
  readonly name: Identifier;
  readonly variables: readonly Identifier[];
}

/** `a AS condition`. */
export interface PatternDefinition extends Node {
  readonly kind: 'patternDefinition';
  readonly name: Identifier;
  readonly condition: Expr;
}
