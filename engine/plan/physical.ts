/**
 * How a query runs: each node is one operator of ops/ (Calc nodes are fused generated loops). Plain data that structuredClone takes,
 * so that a plan crosses to a worker. Only runtime/build.ts makes operators of it.
 */
import type { Expr } from '../expr/expr.ts';
import type { Options, AggregateCall, TableCall } from '../functions/function.ts';
import type { Schema, TimeAttribute } from '../types/schema.ts';
import type { DataType } from '../types/type.ts';
import type { Ms, Value } from '../types/value.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import type { RowKind } from '../data/row-kind.ts';
import type { MatchSpec } from './match.ts';
import type { EmitStrategy, JoinType, OverGroup, RankRange, SortKey, WindowProperty, WindowSpec } from './logical.ts';
import type { RankStrategy } from './rank-strategy.ts';
import type { LookupJoinNode, TimeJoinNode } from './physical-time-joins.ts';

export type {
  IntervalJoinNode,
  LookupJoinNode,
  SnapshotJoinNode,
  TemporalJoinNode,
  WindowJoinNode,
} from './physical-time-joins.ts';

/** Which kinds of change an edge carries. append: +I only; retract: all four; upsert: no -U. */
export type ChangelogMode = 'append' | 'upsert' | 'retract';

export interface PhysicalBase {
  /** Unique within the plan, stable for the same query: names state in snapshots. */
  readonly id: number;
  readonly schema: Schema;
  readonly mode: ChangelogMode;
}
export interface SourceNode extends PhysicalBase {
  readonly kind: 'source';
  readonly table: ResolvedTable;
  /** What to decode: paths of column and field names, in the order of `schema`. */
  readonly paths: readonly (readonly string[])[];
}
/** Makes a whole changelog of a source by its primary key; rows that do not pass `condition` are as if deleted. */
export interface ChangelogNormalizeNode extends PhysicalBase {
  readonly kind: 'changelog-normalize';
  readonly input: PhysicalPlan;
  readonly keys: readonly number[];
  readonly condition: Expr | undefined;
  readonly updateBefore: boolean;
}
export interface DropUpdateBeforeNode extends PhysicalBase {
  readonly kind: 'drop-update-before';
  readonly input: PhysicalPlan;
}
export interface ValuesNode extends PhysicalBase {
  readonly kind: 'values';
  readonly rows: readonly (readonly Value[])[];
}
/** Filter, then projection, in one loop. */
export interface CalcNode extends PhysicalBase {
  readonly kind: 'calc';
  readonly input: PhysicalPlan;
  readonly filter: Expr | undefined;
  readonly exprs: readonly Expr[];
  /** A -D has the columns of the key alone: NULLs in columns that are NOT NULL become the value that Flink's generated code leaves there. */
  readonly keyDeletes?: true | undefined;
}
/** Functions of the user over columns of the input: its columns, then one a call. */
export interface UserCallsNode extends PhysicalBase {
  readonly kind: 'user-calls';
  readonly input: PhysicalPlan;
  readonly calls: readonly {
    /** As installed (functions/registry.ts). */
    readonly fn: string;
    readonly args: readonly number[];
    readonly type: DataType;
    readonly options: Options;
  }[];
}
export interface WatermarkNode extends PhysicalBase {
  readonly kind: 'watermark';
  readonly input: PhysicalPlan;
  readonly column: number;
  readonly expr: Expr;
}
/** Adds window_start, window_end, window_time to each row (one row a window). */
export interface WindowTableNode extends PhysicalBase {
  readonly kind: 'window-table';
  readonly input: PhysicalPlan;
  readonly timeColumn: number;
  readonly window: WindowSpec;
}
/** In batch mode `mode` is append: one row a group at the end of the input (without keys, one row even of no input). */
export interface GroupAggregateNode extends PhysicalBase {
  readonly kind: 'group-aggregate';
  /** How long the state of a group that does not change is kept. */
  readonly ttl?: Ms | undefined;
  readonly input: PhysicalPlan;
  readonly keys: readonly number[];
  readonly calls: readonly AggregateCall[];
  /** Whether whoever reads the output needs -U. */
  readonly updateBefore: boolean;
}
export interface WindowAggregateNode extends PhysicalBase {
  readonly kind: 'window-aggregate';
  readonly input: PhysicalPlan;
  readonly timeColumn: number;
  readonly window: WindowSpec;
  readonly keys: readonly number[];
  readonly calls: readonly AggregateCall[];
  readonly properties: readonly WindowProperty[];
  readonly attached: { readonly start: number; readonly end: number } | undefined;
  /** TIMESTAMP_LTZ windows lie on the wall clock of the session's zone. */
  readonly localTime: boolean;
  /** GROUP BY TUMBLE(..), HOP(..), SESSION(..) in place of a windowing table function. */
  readonly legacy?: boolean | undefined;
  /** Set with `table.exec.emit.*`: `mode` is not append then. */
  readonly emit?: (EmitStrategy & { readonly updateBefore: boolean }) | undefined;
}
/** Regular join over a changelog on both sides; `residual` over left columns, then right columns. */
export interface JoinNode extends PhysicalBase {
  readonly kind: 'join';
  readonly type: JoinType;
  readonly left: PhysicalPlan;
  readonly right: PhysicalPlan;
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  /** By key: IS NOT DISTINCT FROM, so that NULL meets NULL. */
  readonly nullSafe: readonly boolean[];
  readonly residual: Expr | undefined;
  /** A unique key of each input that holds all of its join keys: a row replaces the one with its key. */
  readonly unique: readonly [left: readonly number[] | undefined, right: readonly number[] | undefined];
  /** How long the rows of each input are kept after they were written; 0 or undefined: for ever. */
  readonly stateTtl?: readonly [left: Ms | undefined, right: Ms | undefined] | undefined;
}
/** A table function called for each row: see Correlate in logical.ts. */
export interface CorrelateNode extends PhysicalBase {
  readonly kind: 'correlate';
  readonly input: PhysicalPlan;
  readonly keep: readonly number[];
  readonly call: TableCall;
  readonly type: 'inner' | 'left';
  readonly condition: Expr | undefined;
}
/** MATCH_RECOGNIZE. */
export interface MatchNode extends PhysicalBase, MatchSpec {
  readonly kind: 'match';
  readonly input: PhysicalPlan;
  /** Rows are ordered as they come, by the clock; otherwise by event time, when the watermark has passed them. */
  readonly processingTime: boolean;
}
/** TO_CHANGELOG: see ToChangelog in logical.ts. The column of codes comes before column `at` of the input. */
export interface ToChangelogNode extends PhysicalBase {
  readonly kind: 'to-changelog';
  readonly input: PhysicalPlan;
  readonly codes: readonly (string | undefined)[];
  readonly at: number;
  /** With it, deleted rows keep the values of these columns alone. */
  readonly deleteKey: readonly number[] | undefined;
}
/** FROM_CHANGELOG. */
export interface FromChangelogNode extends PhysicalBase {
  readonly kind: 'from-changelog';
  readonly input: PhysicalPlan;
  readonly column: number;
  readonly codes: readonly (readonly [code: string, kind: RowKind])[];
  readonly skip: boolean;
}
export interface UnionNode extends PhysicalBase {
  readonly kind: 'union';
  readonly inputs: readonly PhysicalPlan[];
}
/** ORDER BY / LIMIT: at the end of a bounded input; by rising time column in streams; LIMIT without keys passes the first rows. */
export interface SortNode extends PhysicalBase {
  readonly kind: 'sort';
  readonly input: PhysicalPlan;
  readonly keys: readonly SortKey[];
  readonly offset: number;
  readonly limit: number | undefined;
  readonly strategy: 'at-end' | 'by-time' | 'limit';
}
/** OVER: the input's columns, then one column a call, group by group. */
export interface OverNode extends PhysicalBase {
  readonly kind: 'over';
  readonly input: PhysicalPlan;
  /** One, but for batch mode. */
  readonly groups: readonly OverGroup[];
  /** rowtime: rows wait for the watermark; proctime: in the order of arrival; changes: in an order of any column, as a changelog; batch: at the end. */
  readonly strategy: 'rowtime' | 'proctime' | 'changes' | 'batch';
}
/** The rows of each partition whose rank is in a range, then the rank if `output`; kept up to date. */
export interface RankNode extends PhysicalBase {
  readonly kind: 'rank';
  readonly input: PhysicalPlan;
  readonly partition: readonly number[];
  readonly order: readonly SortKey[];
  readonly range: RankRange;
  readonly output: boolean;
  readonly strategy: RankStrategy;
  /** ORDER BY .. LIMIT, not a ROW_NUMBER. */
  readonly isLimit: boolean;
  /** Whether whoever reads the output needs -U. */
  readonly updateBefore: boolean;
}
/** The first or last row of each key by time. */
export interface DeduplicateNode extends PhysicalBase {
  readonly kind: 'deduplicate';
  readonly input: PhysicalPlan;
  readonly keys: readonly number[];
  readonly timeColumn: number;
  readonly time: TimeAttribute;
  readonly keep: 'first' | 'last';
  readonly updateBefore: boolean;
}
/** The first rows of each partition of a window, given once when the window closes. */
export interface WindowRankNode extends PhysicalBase {
  readonly kind: 'window-rank';
  readonly input: PhysicalPlan;
  readonly partition: readonly number[];
  readonly order: readonly SortKey[];
  readonly start: number;
  readonly end: number;
  readonly output: boolean;
  readonly windowEnd: number;
  /** Of rows that are equal in all sort keys the last one is first: the last row by time. */
  readonly latest: boolean;
  /** Windows lie on the wall clock of the session's zone (TIMESTAMP_LTZ time). */
  readonly localTime: boolean;
}
/**
 * Rows that are remembered in front of a sink, because its primary key is not the key of the changes. `deduplicate`: the youngest row of a
 * key counts; the others put changes together at each watermark.
 */
export interface SinkMaterialize {
  readonly primaryKey: readonly number[];
  /** The key by which a row of the input takes the place of another; undefined: it has none. */
  readonly upsertKey: readonly number[] | undefined;
  readonly conflict: 'deduplicate' | 'nothing' | 'error';
}
/** `mode` is what the connector takes; a sink of mode upsert reads a -U that comes all the same as the end of its row. */
export interface SinkNode extends PhysicalBase {
  readonly kind: 'sink';
  readonly input: PhysicalPlan;
  readonly table: ResolvedTable;
  readonly materialize: SinkMaterialize | undefined;
  /** ON CONFLICT as it was written. */
  readonly conflict: 'deduplicate' | 'nothing' | 'error' | undefined;
  /** A -D may hold these columns alone. */
  readonly deleteKey: readonly number[] | undefined;
}
/** The end of a SELECT: rows go to whoever shows them. */
export interface CollectNode extends PhysicalBase {
  readonly kind: 'collect';
  readonly input: PhysicalPlan;
}

export type PhysicalPlan =
  | SourceNode
  | ValuesNode
  | ChangelogNormalizeNode
  | DropUpdateBeforeNode
  | CalcNode
  | UserCallsNode
  | WatermarkNode
  | WindowTableNode
  | GroupAggregateNode
  | WindowAggregateNode
  | JoinNode
  | TimeJoinNode
  | LookupJoinNode
  | CorrelateNode
  | MatchNode
  | ToChangelogNode
  | FromChangelogNode
  | UnionNode
  | SortNode
  | OverNode
  | RankNode
  | DeduplicateNode
  | WindowRankNode
  | SinkNode
  | CollectNode;
