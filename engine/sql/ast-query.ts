/** Queries: SELECT and what combines them, table references, windows. Part of the tree of ast.ts. */
import type { Hint, Identifier, Node, Parameter, Path } from './ast.ts';
import type { Call, Expr, NumberLiteral, RowConstructor, StringLiteral } from './ast-expr.ts';
import type { MatchRecognize } from './ast-match.ts';

/** A query with what stands around its body: WITH before, ORDER BY, LIMIT, OFFSET, FETCH behind. */
export interface Query extends Node {
  readonly kind: 'query';
  /** WITH RECURSIVE: parses, Flink has no recursion. */
  readonly recursive: boolean;
  readonly with: readonly CommonTable[];
  readonly body: QueryBody;
  readonly orderBy: readonly OrderItem[];
  readonly offset: Expr | undefined;
  /** LIMIT n and FETCH FIRST n ROWS ONLY alike; LIMIT ALL is undefined. */
  readonly limit: Expr | undefined;
}

export type QueryBody = Select | SetOperation | Values | ExplicitTable | Query;

/** `name [(columns)] AS (query)` of a WITH clause. */
export interface CommonTable extends Node {
  readonly kind: 'commonTable';
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
  readonly query: Query;
}

export interface Select extends Node {
  readonly kind: 'select';
  readonly hints: readonly Hint[];
  readonly quantifier: 'ALL' | 'DISTINCT' | undefined;
  /** `SELECT STREAM`: accepted, without meaning. */
  readonly stream: boolean;
  readonly items: readonly SelectItem[];
  readonly from: TableRef | undefined;
  readonly where: Expr | undefined;
  readonly groupBy: GroupBy | undefined;
  readonly having: Expr | undefined;
  readonly windows: readonly NamedWindow[];
  readonly qualify: Expr | undefined;
}

export interface SelectItem extends Node {
  readonly kind: 'selectItem';
  /** A Star for `*` and `t.*`. */
  readonly expr: Expr;
  readonly alias: Identifier | undefined;
}

export interface GroupBy extends Node {
  readonly kind: 'groupBy';
  readonly quantifier: 'ALL' | 'DISTINCT' | undefined;
  readonly items: readonly GroupItem[];
}

export type GroupItem = Expr | GroupingSets | EmptyGroup;

/** `GROUPING SETS (...)`, `ROLLUP(...)`, `CUBE(...)`; a member may be `()`, `(a, b)` as a RowConstructor, or nested. */
export interface GroupingSets extends Node {
  readonly kind: 'groupingSets';
  readonly form: 'GROUPING SETS' | 'ROLLUP' | 'CUBE';
  readonly items: readonly GroupItem[];
}

/** `()` in GROUP BY: the grand total. */
export interface EmptyGroup extends Node {
  readonly kind: 'emptyGroup';
}

/** Left-deep in the order of precedence: INTERSECT binds tighter than UNION, EXCEPT and MINUS (which is EXCEPT). */
export interface SetOperation extends Node {
  readonly kind: 'setOperation';
  readonly operator: 'UNION' | 'INTERSECT' | 'EXCEPT';
  readonly all: boolean;
  readonly left: QueryBody;
  readonly right: QueryBody;
}

/** `VALUES (1, 'a'), (2, 'b')`; a row of one value, also when written without parentheses, has one item. */
export interface Values extends Node {
  readonly kind: 'values';
  readonly rows: readonly RowConstructor[];
}

/** `TABLE t` as a query. */
export interface ExplicitTable extends Node {
  readonly kind: 'explicitTable';
  readonly path: Path;
}

export interface OrderItem extends Node {
  readonly kind: 'orderItem';
  readonly expr: Expr;
  readonly direction: 'ASC' | 'DESC' | undefined;
  readonly nulls: 'FIRST' | 'LAST' | undefined;
}

/** `name AS (specification)` of the WINDOW clause. */
export interface NamedWindow extends Node {
  readonly kind: 'namedWindow';
  readonly name: Identifier;
  readonly spec: WindowSpec;
}

export interface WindowSpec extends Node {
  readonly kind: 'windowSpec';
  /** A named window that this one extends. */
  readonly base: Identifier | undefined;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly OrderItem[];
  readonly frame: WindowFrame | undefined;
  /** ALLOW PARTIAL → true, DISALLOW PARTIAL → false. */
  readonly allowPartial: boolean | undefined;
}

/** `ROWS|RANGE [BETWEEN] start [AND end]`; no end: CURRENT ROW. */
export interface WindowFrame extends Node {
  readonly kind: 'windowFrame';
  readonly unit: 'ROWS' | 'RANGE';
  readonly start: FrameBound;
  readonly end: FrameBound | undefined;
}

export interface FrameBound extends Node {
  readonly kind: 'frameBound';
  readonly bound: 'UNBOUNDED PRECEDING' | 'PRECEDING' | 'CURRENT ROW' | 'FOLLOWING' | 'UNBOUNDED FOLLOWING';
  /** With PRECEDING and FOLLOWING alone. */
  readonly offset: Expr | undefined;
}

export type TableRef =
  | NamedTableRef
  | ParameterTableRef
  | QueryTableRef
  | TableFunctionRef
  | UnnestRef
  | Join
  | MatchRecognize
  | Sample
  | Pivot
  | Unpivot;

/** `AS name (c1, c2)`. */
export interface TableAlias extends Node {
  readonly kind: 'tableAlias';
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
}

/** `t [hints] [FOR SYSTEM_TIME AS OF x] [AS a]`. */
export interface NamedTableRef extends Node {
  readonly kind: 'namedTable';
  readonly path: Path;
  readonly hints: readonly Hint[];
  /** FOR SYSTEM_TIME AS OF: time travel, or a temporal join when it stands in one. */
  readonly systemTime: Expr | undefined;
  readonly alias: TableAlias | undefined;
}

/** A table bound from outside: `FROM :orders`, `FROM {{frame}}`. */
export interface ParameterTableRef extends Node {
  readonly kind: 'parameterTable';
  readonly parameter: Parameter;
  readonly hints: readonly Hint[];
  readonly systemTime: Expr | undefined;
  readonly alias: TableAlias | undefined;
}

/** `[LATERAL] (query) AS t`. */
export interface QueryTableRef extends Node {
  readonly kind: 'queryTable';
  readonly lateral: boolean;
  readonly query: Query;
  readonly alias: TableAlias | undefined;
}

/** `TABLE(f(..))`, `LATERAL TABLE(f(..))`, or `f(..)` alone: window functions, user's table functions, process table functions. */
export interface TableFunctionRef extends Node {
  readonly kind: 'tableFunction';
  readonly lateral: boolean;
  /** Written inside TABLE( ). */
  readonly wrapped: boolean;
  readonly call: Call;
  readonly alias: TableAlias | undefined;
}

/** `UNNEST(a [, b]) [WITH ORDINALITY]`. */
export interface UnnestRef extends Node {
  readonly kind: 'unnest';
  readonly lateral: boolean;
  readonly items: readonly Expr[];
  readonly ordinality: boolean;
  readonly alias: TableAlias | undefined;
}

/** Joins are left-deep as written. A comma is COMMA: a cross join that binds weaker than JOIN. */
export interface Join extends Node {
  readonly kind: 'join';
  readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS' | 'COMMA';
  readonly natural: boolean;
  readonly left: TableRef;
  readonly right: TableRef;
  readonly on: Expr | undefined;
  /** USING (a, b); undefined when not written. */
  readonly using: readonly Identifier[] | undefined;
}

/** `input TABLESAMPLE BERNOULLI(10) REPEATABLE(42)`. */
export interface Sample extends Node {
  readonly kind: 'sample';
  readonly input: TableRef;
  readonly method: 'BERNOULLI' | 'SYSTEM' | 'SUBSTITUTE';
  /** A percentage, or the name for SUBSTITUTE. */
  readonly argument: NumberLiteral | StringLiteral;
  readonly seed: NumberLiteral | undefined;
}

export interface Pivot extends Node {
  readonly kind: 'pivot';
  readonly input: TableRef;
  readonly aggregates: readonly SelectItem[];
  readonly columns: readonly Identifier[];
  /** Each value is a RowConstructor when there are several columns. */
  readonly values: readonly SelectItem[];
  readonly alias: TableAlias | undefined;
}

export interface Unpivot extends Node {
  readonly kind: 'unpivot';
  readonly input: TableRef;
  readonly includeNulls: boolean | undefined;
  readonly measures: readonly Identifier[];
  readonly axes: readonly Identifier[];
  readonly sources: readonly UnpivotSource[];
  readonly alias: TableAlias | undefined;
}

export interface UnpivotSource extends Node {
  readonly kind: 'unpivotSource';
  readonly columns: readonly Identifier[];
  /** After AS: a literal, or a row of literals. */
  readonly value: Expr | undefined;
}
