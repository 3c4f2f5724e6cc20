/**
 * The syntax tree of Flink SQL: plain immutable data, one literal `kind` per node and a `span` on each.
 *
 * Spans are offsets into the text that was given to the parser (the whole script, when a script was parsed). Names keep their case; nothing
 * here is resolved: a column may be a field access, a call may be an aggregate or a table function. Parentheses are not kept: the printer
 * puts back the ones that are needed.
 *
 * This file has the statements and the small parts; the rest is in ast-ddl.ts (CREATE, ALTER, DROP), ast-query.ts (SELECT, tables, windows),
 * ast-match.ts (MATCH_RECOGNIZE), ast-expr.ts (expressions) and ast-type.ts (types).
 *
 * Optional parts are `undefined` when not written; lists are empty when not written, unless said otherwise.
 */
import type { Span } from '../errors.ts';
import type {
  AlterCatalog,
  AlterConnection,
  AlterDatabase,
  AlterFunction,
  AlterMaterializedTable,
  AlterModel,
  AlterTable,
  AlterView,
  CreateCatalog,
  CreateConnection,
  CreateDatabase,
  CreateFunction,
  CreateMaterializedTable,
  CreateModel,
  CreateTable,
  CreateView,
  Drop,
} from './ast-ddl.ts';
import type { Expr, NumberLiteral, StringLiteral } from './ast-expr.ts';
import type { Query } from './ast-query.ts';

export interface Node {
  readonly span: Span;
}

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

/** One hint of the comment that begins with `/*+`. `OPTIONS('k'='v')` has options; `LOOKUP('table'='dim')` too; `BROADCAST(t1, t2)` has names. */
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

export type Statement =
  | QueryStatement
  | Insert
  | Update
  | Delete
  | Truncate
  | CallProcedure
  | StatementSet
  | StatementSetMark
  | Explain
  | CompilePlan
  | ExecutePlan
  | CreateTable
  | CreateMaterializedTable
  | CreateView
  | CreateFunction
  | CreateCatalog
  | CreateDatabase
  | CreateModel
  | CreateConnection
  | AlterTable
  | AlterMaterializedTable
  | AlterView
  | AlterFunction
  | AlterCatalog
  | AlterDatabase
  | AlterModel
  | AlterConnection
  | Drop
  | Describe
  | Show
  | UseStatement
  | LoadModule
  | UnloadModule
  | JarStatement
  | SetStatement
  | ResetStatement
  | Analyze
  | StopJob
  | ClientCommand;

/** A query alone, or `EXECUTE query`. */
export interface QueryStatement extends Node {
  readonly kind: 'queryStatement';
  readonly query: Query;
}

/** `[EXECUTE] INSERT INTO|OVERWRITE target [PARTITION (..)] [(columns)] query [ON CONFLICT DO ..]`. */
export interface Insert extends Node {
  readonly kind: 'insert';
  readonly overwrite: boolean;
  /** UPSERT INTO. */
  readonly upsert: boolean;
  readonly target: Path | Parameter;
  readonly hints: readonly Hint[];
  readonly partition: readonly PartitionItem[];
  readonly columns: readonly Path[];
  readonly query: Query;
  readonly onConflict: 'NOTHING' | 'ERROR' | 'DEDUPLICATE' | undefined;
}

export interface Update extends Node {
  readonly kind: 'update';
  readonly target: Path;
  readonly hints: readonly Hint[];
  readonly alias: Identifier | undefined;
  readonly assignments: readonly Assignment[];
  readonly where: Expr | undefined;
}

export interface Assignment extends Node {
  readonly kind: 'assignment';
  readonly column: Identifier;
  readonly value: Expr;
}

export interface Delete extends Node {
  readonly kind: 'delete';
  readonly target: Path;
  readonly hints: readonly Hint[];
  readonly alias: Identifier | undefined;
  readonly where: Expr | undefined;
}

export interface Truncate extends Node {
  readonly kind: 'truncate';
  readonly table: Path;
}

/** `CALL catalog.database.procedure(arguments)`. */
export interface CallProcedure extends Node {
  readonly kind: 'callProcedure';
  readonly name: Path;
  readonly arguments: readonly Expr[];
}

/**
 * `[EXECUTE] STATEMENT SET BEGIN insert; insert; END`: one statement. The other spelling, `BEGIN STATEMENT SET; insert; insert; END;`, is
 * several: a StatementSetMark, the inserts, another mark; whoever runs them collects the inserts between the marks into one job.
 */
export interface StatementSet extends Node {
  readonly kind: 'statementSet';
  readonly execute: boolean;
  readonly statements: readonly Insert[];
}

/** `BEGIN STATEMENT SET` or `END` as a statement of its own. */
export interface StatementSetMark extends Node {
  readonly kind: 'statementSetMark';
  readonly mark: 'BEGIN' | 'END';
}

export interface Explain extends Node {
  readonly kind: 'explain';
  readonly details: readonly ExplainDetail[];
  /** `EXPLAIN PLAN FOR`. */
  readonly planFor: boolean;
  readonly statement: Statement;
}
export const explainDetails = ['ESTIMATED_COST', 'CHANGELOG_MODE', 'JSON_EXECUTION_PLAN', 'PLAN_ADVICE'] as const;
export type ExplainDetail = (typeof explainDetails)[number];

/** `COMPILE [AND EXECUTE] PLAN 'file' [IF NOT EXISTS] FOR statement`. */
export interface CompilePlan extends Node {
  readonly kind: 'compilePlan';
  readonly andExecute: boolean;
  readonly file: StringLiteral;
  readonly ifNotExists: boolean;
  readonly statement: Insert | StatementSet;
}

/** `EXECUTE PLAN 'file'`. */
export interface ExecutePlan extends Node {
  readonly kind: 'executePlan';
  readonly file: StringLiteral;
}

export interface Describe extends Node {
  readonly kind: 'describe';
  readonly object: 'TABLE' | 'CATALOG' | 'DATABASE' | 'FUNCTION' | 'MODEL' | 'CONNECTION' | 'JOB';
  readonly extended: boolean;
  /** A JOB is named by a string. */
  readonly path: Path | StringLiteral;
}

export const showObjects = [
  'CATALOGS',
  'CURRENT CATALOG',
  'DATABASES',
  'CURRENT DATABASE',
  'TABLES',
  'VIEWS',
  'MATERIALIZED TABLES',
  'COLUMNS',
  'PARTITIONS',
  'PROCEDURES',
  'FUNCTIONS',
  'USER FUNCTIONS',
  'MODULES',
  'FULL MODULES',
  'JARS',
  'JOBS',
  'MODELS',
  'CONNECTIONS',
  'CREATE TABLE',
  'CREATE VIEW',
  'CREATE CATALOG',
  'CREATE MODEL',
  'CREATE MATERIALIZED TABLE',
  'CREATE OR ALTER MATERIALIZED TABLE',
  'CREATE CONNECTION',
] as const;
export type ShowObject = (typeof showObjects)[number];

export interface Show extends Node {
  readonly kind: 'show';
  readonly object: ShowObject;
  /** Behind FROM or IN, or the object of SHOW CREATE and SHOW PARTITIONS. */
  readonly path: Path | undefined;
  readonly partition: readonly PartitionItem[];
  readonly like:
    { readonly operator: 'LIKE' | 'ILIKE'; readonly negated: boolean; readonly pattern: StringLiteral } | undefined;
}

/** `USE [CATALOG|DATABASE] path` has one path, `USE MODULES a, b` several. */
export interface UseStatement extends Node {
  readonly kind: 'use';
  readonly object: 'CATALOG' | 'DATABASE' | 'MODULES';
  readonly paths: readonly Path[];
}

export interface LoadModule extends Node {
  readonly kind: 'loadModule';
  readonly name: Identifier;
  readonly options: readonly Option[];
}

export interface UnloadModule extends Node {
  readonly kind: 'unloadModule';
  readonly name: Identifier;
}

/** `ADD JAR 'file'`, `REMOVE JAR 'file'`. */
export interface JarStatement extends Node {
  readonly kind: 'jar';
  readonly action: 'ADD' | 'REMOVE';
  readonly uri: StringLiteral;
}

/** `SET` alone lists; `SET 'k' = 'v'`, also without quotes as the SQL client lets one write. */
export interface SetStatement extends Node {
  readonly kind: 'set';
  readonly option: Option | undefined;
}

/** `RESET` alone resets everything. */
export interface ResetStatement extends Node {
  readonly kind: 'reset';
  readonly key: StringLiteral | undefined;
}

/** `ANALYZE TABLE t [PARTITION (..)] COMPUTE STATISTICS [FOR COLUMNS a, b | FOR ALL COLUMNS]`. */
export interface Analyze extends Node {
  readonly kind: 'analyze';
  readonly table: Path;
  readonly partition: readonly PartitionItem[];
  readonly columns: readonly Identifier[];
  readonly allColumns: boolean;
}

/** `STOP JOB 'id' [WITH SAVEPOINT] [WITH DRAIN]`. */
export interface StopJob extends Node {
  readonly kind: 'stopJob';
  readonly job: StringLiteral;
  readonly savepoint: boolean;
  readonly drain: boolean;
}

/** Words of the SQL client. */
export interface ClientCommand extends Node {
  readonly kind: 'clientCommand';
  readonly command: 'HELP' | 'QUIT' | 'CLEAR';
}
