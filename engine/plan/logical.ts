/**
 * What a query means, after names and types are resolved: the tree that SQL and the fluent API both build and that rules rewrite.
 * Plain data; expressions refer to the columns of their input by index (for a join: left columns, then right columns).
 */
import type { Expr } from '../expr/expr.ts';
import type { AggregateCall, TableCall } from '../functions/function.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs, Ms, Value } from '../types/value.ts';
import type { Span } from '../errors.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import type { RowKind } from '../data/row-kind.ts';
import type { MatchSpec } from './match.ts';

interface PlanBase {
  readonly schema: Schema;
  /** Where in the text the node comes from, for errors that planning finds. */
  readonly span?: Span | undefined;
}

/** All physical and metadata columns of a table; computed columns and the watermark are nodes above it. */
export interface Scan extends PlanBase {
  readonly kind: 'scan';
  readonly table: ResolvedTable;
  /** Set by projection push-down: the paths to read instead of all columns. A path is a column name and field names below it. */
  readonly paths?: readonly (readonly string[])[] | undefined;
  /** Its changes are made whole by their primary key (ChangelogNormalize): it lacks -U, or may send a change twice. */
  readonly normalize?: boolean | undefined;
}
/** Literal rows, in order. */
export interface Values extends PlanBase {
  readonly kind: 'values';
  readonly rows: readonly (readonly Value[])[];
}
/** Assigns the watermark `expr` (over the input's columns) for rowtime column `column`. */
export interface Watermark extends PlanBase {
  readonly kind: 'watermark';
  readonly input: LogicalPlan;
  readonly column: number;
  readonly expr: Expr;
}
export interface Project extends PlanBase {
  readonly kind: 'project';
  readonly input: LogicalPlan;
  readonly exprs: readonly Expr[];
}
export interface Filter extends PlanBase {
  readonly kind: 'filter';
  readonly input: LogicalPlan;
  readonly condition: Expr;
}

/** Durations in ms; `offset` shifts the grid. SESSION's gap is `size`; its partition keys are columns of the input. */
export type WindowSpec =
  | { readonly kind: 'tumble'; readonly size: Ms; readonly offset: Ms }
  | { readonly kind: 'hop'; readonly size: Ms; readonly slide: Ms; readonly offset: Ms }
  | { readonly kind: 'cumulate'; readonly size: Ms; readonly step: Ms; readonly offset: Ms }
  | { readonly kind: 'session'; readonly gap: Ms; readonly partition: readonly number[] };

/** Window table function: the input's columns, then window_start, window_end, window_time. */
export interface WindowTable extends PlanBase {
  readonly kind: 'window-table';
  readonly input: LogicalPlan;
  readonly timeColumn: number;
  readonly window: WindowSpec;
}
/** GROUP BY: the key columns, then one column an aggregate. No keys: one global group. */
export interface Aggregate extends PlanBase {
  readonly kind: 'aggregate';
  /** How long the state of a group that does not change is kept; undefined: for ever. */
  readonly ttl?: Ms | undefined;
  readonly input: LogicalPlan;
  readonly keys: readonly number[];
  readonly calls: readonly AggregateCall[];
}
/** `table.exec.emit.*`: after how long changes are shown (0: at once) before a window ends and after it, and how long rows may come after it. */
export interface EmitStrategy {
  readonly early: Ms | undefined;
  readonly late: Ms | undefined;
  readonly lateness: Ms;
}
/** Which window columns a window aggregate puts out, after keys and aggregates. */
export type WindowProperty = 'start' | 'end' | 'time';
/**
 * GROUP BY window: made by the rule `window-aggregate` from an Aggregate over a WindowTable, and by the binder for legacy group windows.
 * Output: keys, aggregates, then `properties`.
 */
export interface WindowAggregate extends PlanBase {
  readonly kind: 'window-aggregate';
  readonly input: LogicalPlan;
  readonly timeColumn: number;
  readonly window: WindowSpec;
  readonly keys: readonly number[];
  readonly calls: readonly AggregateCall[];
  readonly properties: readonly WindowProperty[];
  /** An older group window: HOP may have any slide. */
  readonly legacy?: boolean | undefined;
  /** When it shows results besides at the ends of windows: updates then. */
  readonly emit?: EmitStrategy | undefined;
  /** Set when the window came from columns window_start, window_end of the input (a window over a windowed result), not from a time column. */
  readonly attached?: { readonly start: number; readonly end: number } | undefined;
}
export type JoinType = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti';
export interface Join extends PlanBase {
  readonly kind: 'join';
  readonly type: JoinType;
  readonly left: LogicalPlan;
  readonly right: LogicalPlan;
  /** Over left columns, then right columns; undefined = cross join. */
  readonly condition: Expr | undefined;
  /** The right side reads columns of the left side as outer columns of this scope, until the rule `decorrelate` has run. */
  readonly correlation?: string | undefined;
  /** FOR SYSTEM_TIME AS OF: each left row meets the right table as it was, or is, at one moment. INNER and LEFT alone. */
  readonly temporal?: Temporal | undefined;
  /** How long a regular join keeps the rows of each input after they were written; 0 or undefined: for ever. */
  readonly stateTtl?: readonly [left: Ms | undefined, right: Ms | undefined] | undefined;
}
/**
 * event: the version valid at the left row's event time; lookup: the table as it is when the row comes (`time` is a column of the left input); snapshot:
 * what the right side has given so far, once its watermark has reached `loadedAt` (undefined: the moment at which the job was made).
 */
export type Temporal =
  | { readonly kind: 'event' | 'lookup'; readonly time: number }
  | { readonly kind: 'snapshot'; readonly loadedAt: EpochMs | undefined; readonly idleTimeout: Ms | undefined };
/**
 * A table function called for each row of the input (LATERAL TABLE, UNNEST). Output: the input's columns `keep`, then those of the call.
 * `left`: a row for which the function makes none (or none that meets the condition) comes once, with NULLs.
 */
export interface Correlate extends PlanBase {
  readonly kind: 'correlate';
  readonly input: LogicalPlan;
  readonly keep: readonly number[];
  readonly call: TableCall;
  readonly type: 'inner' | 'left';
  /** Over the output columns. */
  readonly condition: Expr | undefined;
}
/** MATCH_RECOGNIZE, one row a match: the partition columns, then the measures. */
export interface Match extends PlanBase, MatchSpec {
  readonly kind: 'match';
  readonly input: LogicalPlan;
}
/** Changes as rows: the first `keys` columns of the input, the code of the kind of change, the other columns. */
export interface ToChangelog extends PlanBase {
  readonly kind: 'to-changelog';
  readonly input: LogicalPlan;
  /** By RowKind; changes of a kind without a code are left out. */
  readonly codes: readonly (string | undefined)[];
  readonly keys: number;
  /** Deleted rows come with all their values; otherwise with those of the key alone. */
  readonly fullDeletes: boolean;
}
/** Rows as changes: the columns of the input without `column`, which holds the code of the kind of change. */
export interface FromChangelog extends PlanBase {
  readonly kind: 'from-changelog';
  readonly input: LogicalPlan;
  readonly column: number;
  readonly codes: readonly (readonly [code: string, kind: RowKind])[];
  /** The first columns that are those of PARTITION BY. */
  readonly keys: number;
  /** No code stands for -U: the columns of PARTITION BY tell which row an update is of. */
  readonly isUpsert: boolean;
  readonly skip: boolean;
}
export interface Union extends PlanBase {
  readonly kind: 'union';
  readonly inputs: readonly LogicalPlan[];
}
export interface SortKey {
  readonly column: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}
export interface Sort extends PlanBase {
  readonly kind: 'sort';
  readonly input: LogicalPlan;
  readonly keys: readonly SortKey[];
  readonly offset: number;
  readonly limit: number | undefined;
  /** In a stream too, any order may be asked for: the rows come when the input has ended. Flink's own switch for its tests. */
  readonly atEnd?: boolean | undefined;
}
/**
 * The rows of a frame: `unit` rows or values of the one sort key, from `lower` to `upper` counted from the current row (negative: before it;
 * -Infinity, Infinity: all). Values are in the unit of the sort key, times in ms. With `range`, 0 takes in the rows that are equal in all sort keys.
 */
export interface Frame {
  readonly unit: 'rows' | 'range';
  readonly lower: number;
  readonly upper: number;
}
/** Calls over one window. `fn` is an aggregate or one of ROW_NUMBER, RANK, DENSE_RANK, PERCENT_RANK, CUME_DIST, NTILE, LEAD, LAG. */
export interface OverGroup {
  readonly partition: readonly number[];
  readonly order: readonly SortKey[];
  readonly frame: Frame;
  readonly calls: readonly AggregateCall[];
}
/** OVER: the input's columns, then one column a call, group by group. */
export interface Over extends PlanBase {
  readonly kind: 'over';
  readonly input: LogicalPlan;
  readonly groups: readonly OverGroup[];
}
export type RankFunction = 'ROW_NUMBER' | 'RANK' | 'DENSE_RANK';
/** Which ranks are kept, from 1, both included. `end` as a column: its value in the first row of a partition; undefined: no end. */
export interface RankRange {
  readonly start: number;
  readonly end: number | { readonly column: number } | undefined;
}
/** The rows of each partition whose rank is in a range: made by the rule `rank` from Over and Filter. Output: the input's columns, then the rank if `output`. */
export interface Rank extends PlanBase {
  readonly kind: 'rank';
  readonly input: LogicalPlan;
  readonly fn: RankFunction;
  readonly partition: readonly number[];
  readonly order: readonly SortKey[];
  readonly range: RankRange;
  readonly output: boolean;
}
/** Writes into a table. Its schema is that of the table's columns. */
export interface Sink extends PlanBase {
  readonly kind: 'sink';
  readonly input: LogicalPlan;
  readonly table: ResolvedTable;
  /** ON CONFLICT DO ... */
  readonly conflict?: 'nothing' | 'error' | 'deduplicate' | undefined;
}

export type LogicalPlan =
  | Scan
  | Values
  | Watermark
  | Project
  | Filter
  | WindowTable
  | Aggregate
  | WindowAggregate
  | Join
  | Correlate
  | Match
  | ToChangelog
  | FromChangelog
  | Union
  | Sort
  | Over
  | Rank
  | Sink;
