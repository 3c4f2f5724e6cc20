/** Expressions, and what may stand as an argument of a function. Part of the tree of ast.ts. */
import type { Identifier, Node, Parameter, Path } from './ast.ts';
import type { OrderItem, Query, WindowSpec } from './ast-query.ts';
import type { TypeName } from './ast-type.ts';

export type Expr =
  | NullLiteral
  | BooleanLiteral
  | NumberLiteral
  | StringLiteral
  | BinaryLiteral
  | DateTimeLiteral
  | IntervalLiteral
  | IntervalDifference
  | Parameter
  | DefaultValue
  | ColumnRef
  | Star
  | Unary
  | Binary
  | IsTest
  | DistinctFrom
  | Between
  | InList
  | InQuery
  | Like
  | Quantified
  | Exists
  | ScalarQuery
  | CollectionQuery
  | Case
  | Cast
  | Call
  | Extract
  | RoundTo
  | TimestampAdd
  | TimestampDiff
  | Position
  | Substring
  | Trim
  | Overlay
  | Using
  | JsonCall
  | JsonObject
  | JsonArray
  | RowConstructor
  | ArrayConstructor
  | MapConstructor
  | MultisetConstructor
  | ElementAccess
  | FieldAccess
  | PeriodTest
  | RunningFinal
  | NamedArgument
  | TableArgument
  | ModelArgument
  | Descriptor;

export interface NullLiteral extends Node {
  readonly kind: 'null';
}

/** TRUE, FALSE; UNKNOWN has the value null. */
export interface BooleanLiteral extends Node {
  readonly kind: 'boolean';
  readonly value: boolean | null;
}

/** An unsigned number. `text` is as written: `12`, `1.50`, `.5`, `1e3`. */
export interface NumberLiteral extends Node {
  readonly kind: 'number';
  readonly form: 'integer' | 'decimal' | 'double';
  readonly text: string;
}

/** `value` is what the string means: quotes removed, escapes applied. */
export interface StringLiteral extends Node {
  readonly kind: 'string';
  readonly value: string;
}

/** `x'0aFF'`; the digits as written. */
export interface BinaryLiteral extends Node {
  readonly kind: 'binary';
  readonly hex: string;
}

/** `DATE '2020-01-01'`; the text is not looked into. */
export interface DateTimeLiteral extends Node {
  readonly kind: 'datetime';
  readonly type: 'DATE' | 'TIME' | 'TIMESTAMP' | 'TIMESTAMP_LTZ';
  readonly text: string;
}

/** `INTERVAL -'1 02:03' DAY TO MINUTE`. The unit's plural (`DAYS`) is the same unit. */
export interface IntervalLiteral extends Node {
  readonly kind: 'interval';
  readonly negative: boolean;
  /** The text between the quotes, not looked into. */
  readonly text: string;
  readonly qualifier: IntervalQualifier;
}

/** `(later - earlier) DAY TO SECOND`: the difference of two points in time as an interval of these fields. */
export interface IntervalDifference extends Node {
  readonly kind: 'intervalDifference';
  readonly left: Expr;
  readonly right: Expr;
  readonly qualifier: IntervalQualifier;
}

export interface IntervalQualifier extends Node {
  readonly kind: 'intervalQualifier';
  readonly from: IntervalUnit;
  /** Digits of the leading field, if written: `DAY(3)`. */
  readonly precision: number | undefined;
  readonly to: IntervalUnit | undefined;
  /** Digits of the fraction of a second, if written: `SECOND(3)` as the last field, `SECOND(2, 3)` as the only one. */
  readonly fraction: number | undefined;
}

export const intervalUnits = ['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND'] as const;
export type IntervalUnit = (typeof intervalUnits)[number];

/** Units of EXTRACT, FLOOR/CEIL TO, TIMESTAMPADD/DIFF: those of intervals and more. `SQL_TSI_DAY` is DAY. */
export const timeUnits = [
  ...intervalUnits,
  'MILLENNIUM',
  'CENTURY',
  'DECADE',
  'ISOYEAR',
  'DOY',
  'DOW',
  'ISODOW',
  'EPOCH',
  'MILLISECOND',
  'MICROSECOND',
  'NANOSECOND',
] as const;
export type TimeUnit = (typeof timeUnits)[number];

/** The word DEFAULT as an argument or as a value of VALUES. */
export interface DefaultValue extends Node {
  readonly kind: 'default';
}

/** `a`, `t.a`, `t.row.field`: a dotted name; which part is a table, a column, a field is for the binder to find. At least one part. */
export interface ColumnRef extends Node {
  readonly kind: 'column';
  readonly parts: readonly Identifier[];
}

/** `*` (no parts) or `t.*`: in a select list, or `COUNT(*)`. */
export interface Star extends Node {
  readonly kind: 'star';
  readonly parts: readonly Identifier[];
}

export interface Unary extends Node {
  readonly kind: 'unary';
  readonly operator: 'NOT' | '+' | '-';
  readonly operand: Expr;
}

export const binaryOperators = [
  'OR',
  'AND',
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  '+',
  '-',
  '*',
  '/',
  '%',
  '||',
  'MEMBER OF',
  'SUBMULTISET OF',
  'NOT SUBMULTISET OF',
  'MULTISET UNION ALL',
  'MULTISET UNION DISTINCT',
  'MULTISET INTERSECT ALL',
  'MULTISET INTERSECT DISTINCT',
  'MULTISET EXCEPT ALL',
  'MULTISET EXCEPT DISTINCT',
] as const;
export type BinaryOperator = (typeof binaryOperators)[number];

export interface Binary extends Node {
  readonly kind: 'binaryOp';
  readonly operator: BinaryOperator;
  readonly left: Expr;
  readonly right: Expr;
}

export const isTests = [
  'NULL',
  'TRUE',
  'FALSE',
  'UNKNOWN',
  'JSON VALUE',
  'JSON OBJECT',
  'JSON ARRAY',
  'JSON SCALAR',
  'A SET',
  'EMPTY',
] as const;

/** `x IS [NOT] NULL`. `IS JSON` is `IS JSON VALUE`. */
export interface IsTest extends Node {
  readonly kind: 'is';
  readonly test: (typeof isTests)[number];
  readonly negated: boolean;
  readonly operand: Expr;
}

/** `left IS [NOT] DISTINCT FROM right`. */
export interface DistinctFrom extends Node {
  readonly kind: 'distinctFrom';
  readonly negated: boolean;
  readonly left: Expr;
  readonly right: Expr;
}

export interface Between extends Node {
  readonly kind: 'between';
  readonly negated: boolean;
  readonly symmetric: boolean;
  readonly operand: Expr;
  readonly low: Expr;
  readonly high: Expr;
}

export interface InList extends Node {
  readonly kind: 'inList';
  readonly negated: boolean;
  readonly operand: Expr;
  readonly list: readonly Expr[];
}

export interface InQuery extends Node {
  readonly kind: 'inQuery';
  readonly negated: boolean;
  readonly operand: Expr;
  readonly query: Query;
}

export interface Like extends Node {
  readonly kind: 'like';
  readonly operator: 'LIKE' | 'ILIKE' | 'RLIKE' | 'SIMILAR TO';
  readonly negated: boolean;
  readonly operand: Expr;
  readonly pattern: Expr;
  readonly escape: Expr | undefined;
}

/** `left < ANY (query)`; SOME is ANY. With a list instead of a query, `items` is set. */
export interface Quantified extends Node {
  readonly kind: 'quantified';
  readonly operator: '=' | '<>' | '<' | '<=' | '>' | '>=';
  readonly quantifier: 'ANY' | 'ALL';
  readonly left: Expr;
  readonly query: Query | undefined;
  readonly items: readonly Expr[];
}

/** `EXISTS (query)`; `UNIQUE (query)` with unique = true. */
export interface Exists extends Node {
  readonly kind: 'exists';
  readonly unique: boolean;
  readonly query: Query;
}

/** `(SELECT ...)` as a value. */
export interface ScalarQuery extends Node {
  readonly kind: 'scalarQuery';
  readonly query: Query;
}

/** `ARRAY(SELECT ...)`, `MULTISET(SELECT ...)`, `MAP(SELECT ...)`. */
export interface CollectionQuery extends Node {
  readonly kind: 'collectionQuery';
  readonly collection: 'ARRAY' | 'MULTISET' | 'MAP';
  readonly query: Query;
}

/** Searched CASE (no operand) or simple CASE. At least one branch. */
export interface Case extends Node {
  readonly kind: 'case';
  readonly operand: Expr | undefined;
  readonly branches: readonly CaseBranch[];
  readonly otherwise: Expr | undefined;
}

/** `when` has several members only in the simple form: `CASE x WHEN 1, 2 THEN ..`. */
export interface CaseBranch extends Node {
  readonly kind: 'caseBranch';
  readonly when: readonly Expr[];
  readonly then: Expr;
}

export interface Cast extends Node {
  readonly kind: 'cast';
  readonly mode: 'CAST' | 'TRY_CAST';
  readonly operand: Expr;
  readonly type: TypeName;
}

/** Any function: scalar, aggregate, window, table. Names of one part are looked up case-insensitively among the built-in ones. */
export interface Call extends Node {
  readonly kind: 'call';
  readonly name: Path;
  /** DISTINCT or ALL before the arguments. */
  readonly quantifier: 'ALL' | 'DISTINCT' | undefined;
  /** `COUNT(*)` has one Star. */
  readonly arguments: readonly Expr[];
  /** False for names without parentheses: CURRENT_TIMESTAMP, LOCALTIME. */
  readonly parentheses: boolean;
  /** ORDER BY inside the parentheses: `ARRAY_AGG(x ORDER BY y)`. */
  readonly orderBy: readonly OrderItem[];
  /** `WITHIN GROUP (ORDER BY ...)`. */
  readonly withinGroup: readonly OrderItem[];
  readonly nulls: 'RESPECT' | 'IGNORE' | undefined;
  readonly filter: Expr | undefined;
  /** OVER w → an Identifier; OVER (...) → a specification. */
  readonly over: WindowSpec | Identifier | undefined;
}

export interface Extract extends Node {
  readonly kind: 'extract';
  readonly unit: TimeUnit;
  readonly operand: Expr;
}

/** `FLOOR(x TO DAY)`, `CEIL(x TO DAY)`; without TO it is a Call. CEILING is CEIL. */
export interface RoundTo extends Node {
  readonly kind: 'roundTo';
  readonly direction: 'FLOOR' | 'CEIL';
  readonly operand: Expr;
  readonly unit: TimeUnit;
}

/** `TIMESTAMPADD(unit, count, time)`. */
export interface TimestampAdd extends Node {
  readonly kind: 'timestampAdd';
  readonly unit: TimeUnit;
  readonly count: Expr;
  readonly operand: Expr;
}

/** `TIMESTAMPDIFF(unit, from, to)`. */
export interface TimestampDiff extends Node {
  readonly kind: 'timestampDiff';
  readonly unit: TimeUnit;
  readonly from: Expr;
  readonly to: Expr;
}

/** `POSITION(needle IN haystack [FROM start])`. */
export interface Position extends Node {
  readonly kind: 'position';
  readonly needle: Expr;
  readonly haystack: Expr;
  readonly from: Expr | undefined;
}

/** `SUBSTRING(x FROM start [FOR length])`; the form with commas gives the same node. */
export interface Substring extends Node {
  readonly kind: 'substring';
  readonly operand: Expr;
  readonly from: Expr;
  readonly length: Expr | undefined;
}

/** `TRIM([BOTH|LEADING|TRAILING] [characters] FROM x)`; `TRIM(x)` is BOTH without characters. */
export interface Trim extends Node {
  readonly kind: 'trim';
  readonly mode: 'BOTH' | 'LEADING' | 'TRAILING';
  readonly characters: Expr | undefined;
  readonly operand: Expr;
}

/** `OVERLAY(x PLACING y FROM start [FOR length])`. */
export interface Overlay extends Node {
  readonly kind: 'overlay';
  readonly operand: Expr;
  readonly placing: Expr;
  readonly from: Expr;
  readonly length: Expr | undefined;
}

/** `TRANSLATE(x USING charset)`, also spelt CONVERT. */
export interface Using extends Node {
  readonly kind: 'using';
  readonly operand: Expr;
  readonly charset: Identifier;
}

/** What JSON_VALUE, JSON_QUERY and JSON_EXISTS do ON EMPTY and ON ERROR. TRUE/FALSE/UNKNOWN belong to JSON_EXISTS. */
export type JsonBehavior =
  | {
      readonly kind: 'behavior';
      readonly action: 'NULL' | 'ERROR' | 'EMPTY ARRAY' | 'EMPTY OBJECT' | 'TRUE' | 'FALSE' | 'UNKNOWN';
    }
  | { readonly kind: 'behavior'; readonly action: 'DEFAULT'; readonly value: Expr };

export interface JsonCall extends Node {
  readonly kind: 'jsonCall';
  readonly name: 'JSON_VALUE' | 'JSON_QUERY' | 'JSON_EXISTS';
  readonly operand: Expr;
  readonly path: Expr;
  readonly returning: TypeName | undefined;
  /** JSON_QUERY: `WITHOUT WRAPPER`, `WITH [UNCONDITIONAL] WRAPPER`, `WITH CONDITIONAL WRAPPER`. */
  readonly wrapper: 'WITHOUT' | 'CONDITIONAL' | 'UNCONDITIONAL' | undefined;
  readonly onEmpty: JsonBehavior | undefined;
  readonly onError: JsonBehavior | undefined;
}

/** `JSON_OBJECT(KEY k VALUE v, ... [NULL|ABSENT ON NULL])` and `JSON_OBJECTAGG` (one entry). */
export interface JsonObject extends Node {
  readonly kind: 'jsonObject';
  readonly aggregate: boolean;
  readonly entries: readonly JsonEntry[];
  readonly onNull: 'NULL' | 'ABSENT' | undefined;
}

export interface JsonEntry extends Node {
  readonly kind: 'jsonEntry';
  readonly key: Expr;
  readonly value: Expr;
  /** `FORMAT JSON` after the value. */
  readonly formatJson: boolean;
}

/** `JSON_ARRAY(a, b [NULL|ABSENT ON NULL])` and `JSON_ARRAYAGG` (one item). */
export interface JsonArray extends Node {
  readonly kind: 'jsonArray';
  readonly aggregate: boolean;
  readonly items: readonly JsonItem[];
  /** JSON_ARRAYAGG only. */
  readonly orderBy: readonly OrderItem[];
  readonly onNull: 'NULL' | 'ABSENT' | undefined;
}

export interface JsonItem extends Node {
  readonly kind: 'jsonItem';
  readonly value: Expr;
  readonly formatJson: boolean;
}

/** `ROW(a, b)` (explicit) or `(a, b)`. */
export interface RowConstructor extends Node {
  readonly kind: 'row';
  readonly explicit: boolean;
  readonly items: readonly Expr[];
}

export interface ArrayConstructor extends Node {
  readonly kind: 'array';
  readonly items: readonly Expr[];
}

export interface MapConstructor extends Node {
  readonly kind: 'map';
  readonly entries: readonly { readonly key: Expr; readonly value: Expr }[];
}

export interface MultisetConstructor extends Node {
  readonly kind: 'multiset';
  readonly items: readonly Expr[];
}

/** `operand[index]`: an array's element (from 1) or a map's value. */
export interface ElementAccess extends Node {
  readonly kind: 'element';
  readonly operand: Expr;
  readonly index: Expr;
}

/** `operand.name` where the operand is not a dotted name: `f(x).a`, `xs[1].a`, `(a).b`. */
export interface FieldAccess extends Node {
  readonly kind: 'field';
  readonly operand: Expr;
  readonly name: Identifier;
}

/** `(a, b) OVERLAPS (c, d)` and the other predicates on periods. */
export interface PeriodTest extends Node {
  readonly kind: 'period';
  readonly operator:
    'OVERLAPS' | 'CONTAINS' | 'EQUALS' | 'PRECEDES' | 'SUCCEEDS' | 'IMMEDIATELY PRECEDES' | 'IMMEDIATELY SUCCEEDS';
  readonly left: Expr;
  readonly right: Expr;
}

/** `RUNNING LAST(a.x)`, `FINAL LAST(a.x)` inside MATCH_RECOGNIZE. */
export interface RunningFinal extends Node {
  readonly kind: 'runningFinal';
  readonly mode: 'RUNNING' | 'FINAL';
  readonly operand: Expr;
}

/** `name => value` as an argument. */
export interface NamedArgument extends Node {
  readonly kind: 'namedArgument';
  readonly name: Identifier;
  readonly value: Expr;
}

/** `TABLE t` (also one bound from outside) or `(query)` as an argument, with the partitioning and order of a process table function. */
export interface TableArgument extends Node {
  readonly kind: 'tableArgument';
  readonly input: Path | Parameter | Query;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly OrderItem[];
}

/** `MODEL m` as an argument of ML_PREDICT. */
export interface ModelArgument extends Node {
  readonly kind: 'modelArgument';
  readonly path: Path;
}

/** `DESCRIPTOR(a, b)`: names of columns. */
export interface Descriptor extends Node {
  readonly kind: 'descriptor';
  readonly columns: readonly Identifier[];
}
