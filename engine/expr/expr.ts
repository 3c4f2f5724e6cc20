/**
 * The typed scalar IR: what the binder makes of SQL expressions and of the fluent API, after names and types are resolved.
 * Implicit casts are explicit `cast` nodes. expr/interpret.ts is its meaning; expr/compile.ts makes loops of it; both must agree.
 */
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';

export type Expr =
  | LiteralExpr
  | ColumnExpr
  | FieldExpr
  | CallExpr
  | CastExpr
  | AndExpr
  | OrExpr
  | NotExpr
  | CaseExpr
  | IsNullExpr
  | InExpr;

interface ExprBase {
  readonly type: DataType;
}
export interface LiteralExpr extends ExprBase {
  readonly kind: 'literal';
  readonly value: Value;
}
/** The input's column at `index`. `name` is for EXPLAIN alone. */
export interface ColumnExpr extends ExprBase {
  readonly kind: 'column';
  readonly index: number;
  readonly name: string;
}
/** Field of a ROW; NULL when the row is. */
export interface FieldExpr extends ExprBase {
  readonly kind: 'field';
  readonly input: Expr;
  readonly index: number;
  readonly name: string;
}
/**
 * A function or operator of functions/registry.ts, by its registered key: '+', '=', 'UPPER', 'JSON_VALUE', ...
 * All arguments are evaluated, save those of IF, IFNULL and COALESCE (expr/macros.ts).
 */
export interface CallExpr extends ExprBase {
  readonly kind: 'call';
  readonly fn: string;
  readonly args: readonly Expr[];
  /** What a function needs beyond values: time unit, JSON clauses, trim side... Plain data. */
  readonly options?: Readonly<Record<string, Value>> | undefined;
}
/** `safe`: TRY_CAST, gives NULL where CAST fails. `legacy`: by the rules of functions/cast-legacy.ts. */
export interface CastExpr extends ExprBase {
  readonly kind: 'cast';
  readonly input: Expr;
  readonly safe: boolean;
  readonly legacy?: true | undefined;
}
/** Three-valued; evaluated from the left, stopping at the first FALSE. */
export interface AndExpr extends ExprBase {
  readonly kind: 'and';
  readonly args: readonly Expr[];
}
export interface OrExpr extends ExprBase {
  readonly kind: 'or';
  readonly args: readonly Expr[];
}
export interface NotExpr extends ExprBase {
  readonly kind: 'not';
  readonly input: Expr;
}
/** CASE WHEN; only the branch that is taken is evaluated. */
export interface CaseExpr extends ExprBase {
  readonly kind: 'case';
  readonly branches: readonly { readonly when: Expr; readonly then: Expr }[];
  readonly otherwise: Expr;
}
export interface IsNullExpr extends ExprBase {
  readonly kind: 'is-null';
  readonly input: Expr;
  readonly negated: boolean;
}
/**
 * `input IN (v, ...)` over literals of the input's own type; three-valued when the list holds NULL.
 * FLOAT and DOUBLE as Java's equals, which Flink uses here: -0.0 is not 0.0; and NaN is in no list.
 */
export interface InExpr extends ExprBase {
  readonly kind: 'in';
  readonly input: Expr;
  readonly values: readonly Value[];
  readonly negated: boolean;
}

/** What evaluation may depend on besides the row. One per job; times are per batch in streaming, per job in batch mode. */
export interface EvalContext {
  /** IANA zone or GMT offset of `table.local-time-zone`. */
  readonly timeZone: string;
  /** Milliseconds since the epoch: what CURRENT_TIMESTAMP, PROCTIME() and their like give. */
  readonly now: number;
  /** The watermark before the row, undefined before the first: CURRENT_WATERMARK. */
  readonly watermark: number | undefined;
}
