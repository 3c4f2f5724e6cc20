/** Physical nodes of joins that look at time: part of the union in physical.ts. */
import type { Expr } from '../expr/expr.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import type { Schema, TimeAttribute } from '../types/schema.ts';
import type { EpochMs, Ms } from '../types/value.ts';
import type { JoinType, WindowSpec } from './logical.ts';
import type { PhysicalBase, PhysicalPlan } from './physical.ts';

/** What joins by equal columns say: pairs of columns, whether NULL meets NULL, and what must hold besides, over left columns, then right columns. */
export interface EquiJoin {
  readonly left: PhysicalPlan;
  readonly right: PhysicalPlan;
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  readonly nullSafe: readonly boolean[];
  readonly residual: Expr | undefined;
}

/** Join of two windowed inputs that only grow, keys include window start and end; state is dropped as windows close. */
export interface WindowJoinNode extends PhysicalBase, EquiJoin {
  readonly kind: 'window-join';
  readonly type: JoinType;
  readonly leftWindowEnd: number;
  readonly rightWindowEnd: number;
  readonly window: WindowSpec;
  /** Windows lie on the wall clock of the session's zone (TIMESTAMP_LTZ time). */
  readonly localTime: boolean;
}

/** Join of two inputs that only grow on times near each other: rightTime + lower <= leftTime <= rightTime + upper. */
export interface IntervalJoinNode extends PhysicalBase, EquiJoin {
  readonly kind: 'interval-join';
  readonly type: Exclude<JoinType, 'semi' | 'anti'>;
  readonly lower: Ms;
  readonly upper: Ms;
  readonly leftTime: number;
  readonly rightTime: number;
  readonly attribute: TimeAttribute;
}

/** Join of each left row with the version of its key at the row's event time; the right side is a changelog of versions. */
export interface TemporalJoinNode extends PhysicalBase, EquiJoin {
  readonly kind: 'temporal-join';
  readonly type: 'inner' | 'left';
  readonly leftTime: number;
  readonly rightTime: number;
}

/** Join of each left row with what the right side has given so far; left rows wait until its watermark reaches `loadedAt`, else the job's beginning. */
export interface SnapshotJoinNode extends PhysicalBase, EquiJoin {
  readonly kind: 'snapshot-join';
  readonly type: 'inner' | 'left';
  readonly loadedAt: EpochMs | undefined;
  readonly idleTimeout: Ms | undefined;
}

/** Join of each left row with the rows that a table has for its keys when the row comes. The table is no input: it is asked by key. */
export interface LookupJoinNode extends PhysicalBase {
  readonly kind: 'lookup-join';
  readonly type: 'inner' | 'left';
  readonly input: PhysicalPlan;
  /** The left columns that are looked up. */
  readonly leftKeys: readonly number[];
  /** Over left columns, then those of `right`. */
  readonly residual: Expr | undefined;
  /** The columns that `exprs` give. */
  readonly right: Schema;
  readonly dimension: {
    readonly table: ResolvedTable;
    /** What is asked for: paths of column and field names, and the columns that come of them. */
    readonly paths: readonly (readonly string[])[];
    readonly schema: Schema;
    /** Places in `schema`, in the order of `leftKeys`. */
    readonly keys: readonly number[];
    /** What is done to the rows found. */
    readonly filter: Expr | undefined;
    readonly exprs: readonly Expr[];
  };
}

export type TimeJoinNode = WindowJoinNode | IntervalJoinNode | TemporalJoinNode | SnapshotJoinNode;
