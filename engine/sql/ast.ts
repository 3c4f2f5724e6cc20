/**
 * The syntax tree of Flink SQL: plain immutable data, one literal `kind` per node and a `span` on each.
 *
 * Spans are offsets into the text that was given to the parser (the whole script, when a script was parsed). Names keep their case; nothing
 * here is resolved: a column may be a field access, a call may be an aggregate or a table function. Parentheses are not kept: the printer
 * puts back the ones that are needed.
 *
 * Optional parts are `undefined` when not written; lists are empty when not written, unless said otherwise.
 */
import type { Span } from '../errors.ts';

export interface Node {
  readonly span: Span;
}

// ---------------------------------------------------------------------------------------------------------------- names and small parts

export interface Identifier extends Node {
  readonly kind: 'identifier';
  readonly name: string;
  /** Written in back-ticks. */
  readonly quoted: boolean;
}

/** `[[catalog.]database.]name`, as written. */
export interface Path extends Node {
  readonly kind: 'path';
  readonly parts: readonly Identifier[];
}

/** `'key' = 'value'` of a WITH clause, a SET, a hint. */
export interface Option extends Node {
  readonly kind: 'option';
  readonly key: StringLiteral;
  readonly value: StringLiteral | Parameter;
}

/**
 * A value bound from outside (a notebook's variable): `:name`, `:...name` (a list), `{{expression}}`. Never inside strings or comments.
 * `source` is the name, or the text between the braces.
 */
export interface Parameter extends Node {
  readonly kind: 'parameter';
  readonly form: 'named' | 'spread' | 'template';
  readonly source: string;
}

/** One hint of a list between `/*+` and `*​/`. `OPTIONS('k'='v')` has options; `LOOKUP('table'='dim')` too; `BROADCAST(t1, t2)` has names. */
export interface Hint extends Node {
  readonly kind: 'hint';
  readonly name: Identifier;
  readonly options: readonly HintOption[];
  /** Arguments that are not key = value: names, strings, numbers. */
  readonly arguments: readonly (Identifier | StringLiteral | NumberLiteral)[];
}

export interface HintOption extends Node {
  readonly kind: 'hintOption';
  readonly key: StringLiteral | Identifier;
  readonly value: StringLiteral;
}

/** `p = 'v'` of PARTITION (...); `value` undefined: a dynamic partition. */
export interface PartitionItem extends Node {
  readonly kind: 'partitionItem';
  readonly name: Identifier;
  readonly value: Expr | undefined;
}

// ------------------------------------------------------------------------------------------------------------------------------- types

export type TypeName = BasicType | IntervalType | ArrayType | MapType | MultisetType | RowType | StructuredType | RawType | NamedType;

interface TypeNode extends Node {
  /** `NOT NULL` → false, `NULL` → true, nothing written → undefined (which means nullable). */
  readonly nullable: boolean | undefined;
}

/** A built-in type without parts. */
export interface BasicType extends TypeNode {
  readonly kind: 'basicType';
  /** Canonical name; INTEGER is INT, NUMERIC and DEC are DECIMAL, DOUBLE PRECISION is DOUBLE, CHARACTER is CHAR, `CHAR VARYING` is VARCHAR. */
  readonly name: BasicTypeName;
  /** As written between parentheses: length, or precision, or precision and scale. */
  readonly arguments: readonly number[];
}

export const basicTypeNames = [
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INT',
  'BIGINT',
  'FLOAT',
  'DOUBLE',
  'DECIMAL',
  'CHAR',
  'VARCHAR',
  'STRING',
  'BINARY',
  'VARBINARY',
  'BYTES',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'TIMESTAMP_TZ', // TIMESTAMP(p) WITH TIME ZONE: parses, no engine has it
  'TIMESTAMP_LTZ', // also TIMESTAMP(p) WITH LOCAL TIME ZONE
  'VARIANT',
  'BITMAP',
  'NULL',
  'ANY',
  'DESCRIPTOR',
] as const;
export type BasicTypeName = (typeof basicTypeNames)[number];

/** `INTERVAL DAY(2) TO SECOND(3)`. */
export interface IntervalType extends TypeNode {
  readonly kind: 'intervalType';
  readonly qualifier: IntervalQualifier;
}

/** `ARRAY<INT>` or `INT ARRAY`. */
export interface ArrayType extends TypeNode {
  readonly kind: 'arrayType';
  readonly element: TypeName;
}

export interface MapType extends TypeNode {
  readonly kind: 'mapType';
  readonly key: TypeName;
  readonly value: TypeName;
}

/** `MULTISET<INT>` or `INT MULTISET`. */
export interface MultisetType extends TypeNode {
  readonly kind: 'multisetType';
  readonly element: TypeName;
}

/** `ROW<a INT 'comment', b STRING>` or with parentheses. */
export interface RowType extends TypeNode {
  readonly kind: 'rowType';
  readonly fields: readonly RowTypeField[];
}

export interface RowTypeField extends Node {
  readonly kind: 'rowTypeField';
  readonly name: Identifier;
  readonly type: TypeName;
  readonly comment: StringLiteral | undefined;
}

/** `STRUCTURED<'com.example.User', name STRING, age INT NOT NULL>`. */
export interface StructuredType extends TypeNode {
  readonly kind: 'structuredType';
  readonly className: StringLiteral;
  readonly fields: readonly RowTypeField[];
}

/** `RAW('class', 'serializer snapshot')`. */
export interface RawType extends TypeNode {
  readonly kind: 'rawType';
  readonly className: StringLiteral;
  readonly snapshot: StringLiteral;
}

/** A name that is no built-in type: a user-defined type. */
export interface NamedType extends TypeNode {
  readonly kind: 'namedType';
  readonly path: Path;
}

// ------------------------------------------------------------------------------------------------------------------------- expressions

export type Expr =
  | NullLiteral
  | BooleanLiteral
  | NumberLiteral
  | StringLiteral
  | BinaryLiteral
  | DateTimeLiteral
  | IntervalLiteral
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
  'MULTISET UNION',
  'MULTISET UNION ALL',
  'MULTISET INTERSECT',
  'MULTISET INTERSECT ALL',
  'MULTISET EXCEPT',
  'MULTISET EXCEPT ALL',
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
  'JSON',
  'JSON VALUE',
  'JSON OBJECT',
  'JSON ARRAY',
  'JSON SCALAR',
  'A SET',
  'EMPTY',
] as const;

/** `x IS [NOT] NULL`. */
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

/** `CONVERT(x USING charset)`, `TRANSLATE(x USING charset)`. */
export interface Using extends Node {
  readonly kind: 'using';
  readonly name: 'CONVERT' | 'TRANSLATE';
  readonly operand: Expr;
  readonly charset: Identifier;
}

/** What JSON_VALUE, JSON_QUERY and JSON_EXISTS do ON EMPTY and ON ERROR. TRUE/FALSE/UNKNOWN belong to JSON_EXISTS. */
export type JsonBehavior =
  | { readonly kind: 'behavior'; readonly action: 'NULL' | 'ERROR' | 'EMPTY ARRAY' | 'EMPTY OBJECT' | 'TRUE' | 'FALSE' | 'UNKNOWN' }
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

/** `JSON_OBJECT(KEY k VALUE v, ... [NULL|ABSENT ON NULL])` and `JSON_OBJECTAGG` (one entry; it may have a FILTER). */
export interface JsonObject extends Node {
  readonly kind: 'jsonObject';
  readonly aggregate: boolean;
  readonly entries: readonly JsonEntry[];
  readonly onNull: 'NULL' | 'ABSENT' | undefined;
  readonly filter: Expr | undefined;
  readonly over: WindowSpec | Identifier | undefined;
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
  readonly filter: Expr | undefined;
  readonly over: WindowSpec | Identifier | undefined;
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
  readonly operator: 'OVERLAPS' | 'CONTAINS' | 'EQUALS' | 'PRECEDES' | 'SUCCEEDS' | 'IMMEDIATELY PRECEDES' | 'IMMEDIATELY SUCCEEDS';
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

/** `TABLE t`, `TABLE (query)`, `TABLE f(..)` or `(query)` as an argument, with the partitioning and order of a process table function. */
export interface TableArgument extends Node {
  readonly kind: 'tableArgument';
  readonly input: Path | Query | TableFunctionRef;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly OrderItem[];
}

/** `MODEL m` as an argument of ML_PREDICT. */
export interface ModelArgument extends Node {
  readonly kind: 'modelArgument';
  readonly path: Path;
}

/** `DESCRIPTOR(a, b)` or `DESCRIPTOR(a INT)`. */
export interface Descriptor extends Node {
  readonly kind: 'descriptor';
  readonly columns: readonly DescriptorColumn[];
}

export interface DescriptorColumn extends Node {
  readonly kind: 'descriptorColumn';
  readonly name: Identifier;
  readonly type: TypeName | undefined;
}

// ----------------------------------------------------------------------------------------------------------------------------- queries

/** A query with what stands around its body: WITH before, ORDER BY, LIMIT, OFFSET, FETCH behind. */
export interface Query extends Node {
  readonly kind: 'query';
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

/** `VALUES (1, 'a'), (2, 'b')`; a row of one value may be written without parentheses. */
export interface Values extends Node {
  readonly kind: 'values';
  readonly rows: readonly Expr[];
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
  readonly exclude: 'NO OTHERS' | 'CURRENT ROW' | 'GROUP' | 'TIES' | undefined;
}

export interface FrameBound extends Node {
  readonly kind: 'frameBound';
  readonly bound: 'UNBOUNDED PRECEDING' | 'PRECEDING' | 'CURRENT ROW' | 'FOLLOWING' | 'UNBOUNDED FOLLOWING';
  /** With PRECEDING and FOLLOWING alone. */
  readonly offset: Expr | undefined;
}

// -------------------------------------------------------------------------------------------------------------------- table references

export type TableRef =
  | NamedTableRef
  | ParameterTableRef
  | QueryTableRef
  | TableFunctionRef
  | UnnestRef
  | ValuesRef
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

/** `t /*+ OPTIONS(..) *​/ FOR SYSTEM_TIME AS OF x AS a`. */
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
  readonly hints: readonly Hint[];
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

/** `(VALUES (1), (2)) AS t (a)` is a QueryTableRef; this is VALUES without parentheses, which Calcite lets stand in FROM. */
export interface ValuesRef extends Node {
  readonly kind: 'valuesTable';
  readonly values: Values;
  readonly alias: TableAlias | undefined;
}

/** Joins are left-deep as written. A comma is COMMA: a cross join that binds weaker than JOIN. */
export interface Join extends Node {
  readonly kind: 'join';
  readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS' | 'COMMA' | 'LEFT SEMI' | 'LEFT ANTI';
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

// --------------------------------------------------------------------------------------------------------------------- MATCH_RECOGNIZE

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

export type AfterMatchSkip = Node & { readonly kind: 'skip' } & (
    | { readonly to: 'NEXT ROW' | 'PAST LAST ROW'; readonly variable: undefined }
    /** `TO v` is `TO LAST v` in Calcite, kept as written here. */
    | { readonly to: 'FIRST' | 'LAST' | 'VARIABLE'; readonly variable: Identifier }
  );

export type Pattern = PatternVariable | PatternSequence | PatternAlternatives | PatternQuantified | PatternPermute | PatternExclude;

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

// -------------------------------------------------------------------------------------------------------------------------- statements

export type { Statement } from './ast-statements.ts';
