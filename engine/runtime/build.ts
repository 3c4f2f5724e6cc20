/** The only file that sees both plans and operators: makes the operator of each physical node. */
import { unreachable } from '../assert.ts';
import { AttachedWindowAggregate } from '../ops/attached-window-aggregate.ts';
import { BatchOver } from '../ops/batch-over.ts';
import { BestRow } from '../ops/best-row.ts';
import { Bundle } from '../ops/bundle.ts';
import type { OperatorContext } from '../ops/calc.ts';
import { Chain } from '../ops/chain.ts';
import { ChangelogNormalize } from '../ops/changelog-normalize.ts';
import { ConstraintEnforcer } from '../ops/constraint-enforcer.ts';
import { DropUpdateBefore } from '../ops/drop-update-before.ts';
import { SinkUpsertMaterializer } from '../ops/sink-upsert-materializer.ts';
import { WatermarkCompaction } from '../ops/watermark-compaction.ts';
import { compileSelect, type Select } from '../expr/compile.ts';
import { Correlate } from '../ops/correlate.ts';
import { EmitWindowAggregate } from '../ops/emit-window-aggregate.ts';
import { FromChangelog } from '../ops/from-changelog.ts';
import { ToChangelog } from '../ops/to-changelog.ts';
import { MatchRecognize } from '../ops/match-recognize.ts';
import type { ExpiryOptions } from '../ops/expiry.ts';
import { FirstByTime } from '../ops/first-by-time.ts';
import { FinalAggregate } from '../ops/final-aggregate.ts';
import { GroupAggregate } from '../ops/group-aggregate.ts';
import { HashJoin } from '../ops/hash-join.ts';
import { IntervalJoin } from '../ops/interval-join.ts';
import { Join, type JoinOptions } from '../ops/join.ts';
import type { RowIdentity } from '../ops/join-side.ts';
import type { JoinStateOptions } from '../ops/join-state.ts';
import { LookupJoin, type Lookup } from '../ops/lookup-join.ts';
import type { Operator } from '../ops/operator.ts';
import { OutdoneRows } from '../ops/outdone-rows.ts';
import { OuterJoin } from '../ops/outer-join.ts';
import { SemiJoin } from '../ops/semi-join.ts';
import { OverByTime } from '../ops/over-by-time.ts';
import { OverChanges } from '../ops/over-changes.ts';
import { Rank } from '../ops/rank.ts';
import { RetractableRank } from '../ops/retractable-rank.ts';
import { SessionAggregate } from '../ops/session-aggregate.ts';
import { SessionTable } from '../ops/session-table.ts';
import { Limit, Sort, SortByTime } from '../ops/sort.ts';
import { SnapshotJoin } from '../ops/snapshot-join.ts';
import { TemporalJoin } from '../ops/temporal-join.ts';
import { Union } from '../ops/union.ts';
import { type CallUser, UserCalls } from '../ops/user-calls.ts';
import { WindowAggregate } from '../ops/window-aggregate.ts';
import { WindowJoin } from '../ops/window-join.ts';
import { WindowRank } from '../ops/window-rank.ts';
import { WindowTable } from '../ops/window-table.ts';
import { bestOfWindow } from '../plan/best-of-window.ts';
import { isBounded, makesWatermarks } from '../plan/changelog.ts';
import { columnsOf } from '../plan/expr-walk.ts';
import type {
  ChangelogNormalizeNode,
  CollectNode,
  DeduplicateNode,
  GroupAggregateNode,
  JoinNode,
  LookupJoinNode,
  OverNode,
  PhysicalPlan,
  SinkMaterialize,
  RankNode,
  SinkNode,
  SortNode,
  WatermarkNode,
  WindowAggregateNode,
  WindowRankNode,
  WindowTableNode,
} from '../plan/physical.ts';
import type { TimeJoinNode } from '../plan/physical-time-joins.ts';
import type { Schema } from '../types/schema.ts';
import { timeZone } from '../types/time-zone.ts';
import { calcOperator, leafUnder, operatorContext, watermarkOperator } from './build-stateless.ts';
import { systemClock } from './clock.ts';
import type { JobConfig } from './job-spec.ts';
import type { LanedWatermark } from './laned-watermark.ts';
import { callHere } from './user-caller.ts';

export class Builder {
  readonly #config: JobConfig;
  readonly #roots: readonly PhysicalPlan[];
  readonly #endpoint: (node: SinkNode | CollectNode) => Operator;
  readonly #watermarks: { readonly leaf: PhysicalPlan; readonly operator: LanedWatermark }[] = [];

  readonly #windows = new Map<PhysicalPlan, WindowAggregate>();
  readonly #callUser: CallUser | undefined;
  readonly #lookup: ((node: LookupJoinNode, context: OperatorContext) => Lookup) | undefined;

  /** `callUser`: how functions of the user are called that another thread has. `lookup`: how tables are asked by key. */
  constructor(
    config: JobConfig,
    roots: readonly PhysicalPlan[],
    endpoint: (node: SinkNode | CollectNode) => Operator,
    callUser?: CallUser,
    lookup?: (node: LookupJoinNode, context: OperatorContext) => Lookup,
  ) {
    this.#lookup = lookup;
    this.#config = config;
    this.#callUser = callUser;
    this.#roots = roots;
    this.#endpoint = endpoint;
  }

  /** The watermark operators over a source: its driver tells them which lane a batch belongs to. */
  watermarksOver(leaf: PhysicalPlan): LanedWatermark[] {
    return this.#watermarks.filter((entry) => entry.leaf === leaf).map(({ operator }) => operator);
  }

  /** `lanes`: how many lanes each source has; 1 where it says nothing. */
  operator(plan: PhysicalPlan, lanes: ReadonlyMap<PhysicalPlan, number>): Operator {
    switch (plan.kind) {
      case 'sink':
      case 'collect':
        return this.#end(plan);
      case 'changelog-normalize':
        return this.#normalize(plan);
      case 'drop-update-before':
        return new DropUpdateBefore();
      case 'calc':
        return calcOperator(plan, this.#config);
      case 'watermark':
        return this.#watermark(plan, lanes);
      case 'window-table':
        return this.#windowTable(plan);
      case 'group-aggregate':
        return this.#groupAggregate(plan);
      case 'window-aggregate':
        return this.#windowAggregate(plan);
      case 'user-calls':
        return new UserCalls(plan.calls, this.#callUser ?? callHere(this.#config.timeZone));
      case 'to-changelog':
        return new ToChangelog(plan);
      case 'from-changelog':
        return new FromChangelog(plan);
      case 'match':
        return new MatchRecognize({ ...plan, input: plan.input.schema }, this.#context());
      case 'correlate':
        return new Correlate(plan, this.#context());
      case 'union':
        return new Union(plan.inputs.length);
      case 'sort':
        return this.#sort(plan);
      case 'join':
        return this.#join(plan);
      case 'window-join': {
        const { leftWindowEnd, rightWindowEnd } = plan;
        const zone = plan.localTime ? timeZone(this.#config.timeZone) : undefined;
        return new WindowJoin({ ...this.#timeJoin(plan), type: plan.type, leftWindowEnd, rightWindowEnd, zone });
      }
      case 'temporal-join': {
        const { type, leftTime, rightTime } = plan;
        return new TemporalJoin({ ...this.#timeJoin(plan), type, leftTime, rightTime });
      }
      case 'snapshot-join': {
        const { type, idleTimeout } = plan;
        const loadedAt = plan.loadedAt ?? this.#config.now;
        const identity = ['none', plan.right.mode === 'append' ? 'none' : 'row'] as const;
        const { now } = systemClock;
        return new SnapshotJoin({ ...this.#timeJoin(plan), type, identity, loadedAt, idleTimeout, now });
      }
      case 'lookup-join': {
        const { type, input, right, leftKeys, residual } = plan;
        const context = this.#context();
        const lookup = this.#lookup!(plan, context);
        const select = residual && compileSelect(residual, context);
        return new LookupJoin({ type, left: input.schema, right, leftKeys, residual: select, lookup });
      }
      case 'interval-join': {
        const { type, lower, upper, leftTime, rightTime, attribute } = plan;
        const times = attribute === 'rowtime' ? { left: leftTime, right: rightTime } : undefined;
        const cleanUpInterval = this.#config.intervalJoinCleanUp;
        const common = { ...this.#timeJoin(plan), now: systemClock.now };
        return new IntervalJoin({ ...common, type, lower, upper, times, cleanUpInterval });
      }
      case 'rank':
        return this.#rank(plan);
      case 'deduplicate':
        return this.#deduplicate(plan);
      case 'window-rank':
        return this.#windowRank(plan);
      case 'over':
        return this.#over(plan);
      case 'source':
      case 'values':
        throw new Error('Millrace bug: a leaf has no operator');
      default:
        return unreachable(plan);
    }
  }

  /** A sink or a result, with a guard before it when its columns have promised something. */
  #end(plan: SinkNode | CollectNode): Operator {
    const endpoint = this.#endpoint(plan);
    const materialize = plan.kind === 'sink' ? plan.materialize : undefined;
    const end = materialize === undefined ? endpoint : new Chain(sinkMaterializer(materialize, plan.schema), endpoint);
    const deleteKey = plan.kind === 'sink' ? plan.deleteKey : undefined;
    const constraints = { ...this.#config.constraints, input: plan.schema, deleteKey };
    return ConstraintEnforcer.isNeeded(constraints) ? new Chain(new ConstraintEnforcer(constraints), end) : end;
  }

  #groupAggregate(plan: GroupAggregateNode): Operator {
    const { keys, calls, updateBefore } = plan;
    const { mode, changes, miniBatch } = this.#config;
    const common = { input: plan.input.schema, keys, calls, retract: plan.input.mode !== 'append' };
    if (mode === 'batch') return new FinalAggregate(common);
    const net = changes === 'net' || miniBatch !== undefined;
    const ttl = plan.ttl === undefined ? undefined : { after: plan.ttl, now: () => systemClock.now() };
    const aggregate = new GroupAggregate({ ...common, ttl, updateBefore, granularity: net ? 'net' : 'record' });
    return miniBatch === undefined ? aggregate : new Chain(new Bundle(miniBatch), aggregate);
  }

  #normalize(plan: ChangelogNormalizeNode): Operator {
    const { keys, condition, updateBefore, input } = plan;
    const { miniBatch } = this.#config;
    const net = this.#config.changes === 'net' || miniBatch !== undefined;
    const granularity = net ? 'net' : 'record';
    const options = { input: input.schema, keys, condition, updateBefore, granularity } as const;
    const normalize = new ChangelogNormalize(options, this.#context());
    return miniBatch === undefined ? normalize : new Chain(new Bundle(miniBatch), normalize);
  }

  #join(plan: JoinNode): Operator {
    const { type, left, right, leftKeys, rightKeys, nullSafe, residual, schema } = plan;
    const { mode } = this.#config;
    const identityOf = (side: 0 | 1): RowIdentity =>
      (side === 0 ? left : right).mode === 'append' ? 'none' : (plan.unique[side] ?? 'row');
    const identity = [identityOf(0), identityOf(1)] as const;
    const ttl = this.#ttl(plan);
    const common = { left: left.schema, right: right.schema, leftKeys, rightKeys, nullSafe, identity, ttl };
    const test = residual && { select: compileSelect(residual, this.#context()), reads: columnsOf(residual) };
    if (type === 'inner') return new Join({ ...common, test, outdone: this.#outdone(plan) });
    if (mode === 'batch') return new HashJoin({ ...common, type, test, schema });
    if (type === 'semi' || type === 'anti') return new SemiJoin({ ...common, anti: type === 'anti', test });
    return new OuterJoin({ ...common, type, test, schema });
  }

  /** The aggregate may be made after the join: it is asked for when rows come. */
  #outdone(plan: JoinNode): JoinOptions['outdone'] {
    const best = bestOfWindow(plan);
    if (best === undefined) return undefined;
    const soFar = (end: number): number | undefined => this.#windows.get(best.aggregate)?.soFar(end, best.call);
    return { port: best.port, rows: new OutdoneRows({ ...best, soFar }) };
  }

  /** A bounded query forgets nothing. */
  #ttl({ stateTtl }: JoinNode): JoinStateOptions['ttl'] {
    const [left = 0, right = 0] = stateTtl ?? [];
    const isKept = this.#config.mode === 'batch' || left + right === 0;
    return isKept ? undefined : { left, right, now: () => systemClock.now() };
  }

  #timeJoin({ left, right, leftKeys, rightKeys, nullSafe, residual }: TimeJoinNode): {
    readonly left: Schema;
    readonly right: Schema;
    readonly leftKeys: readonly number[];
    readonly rightKeys: readonly number[];
    readonly nullSafe: readonly boolean[];
    readonly residual: Select | undefined;
  } {
    const select = residual && compileSelect(residual, this.#context());
    return { left: left.schema, right: right.schema, leftKeys, rightKeys, nullSafe, residual: select };
  }

  #context(): OperatorContext {
    return operatorContext(this.#config);
  }

  #watermark(plan: WatermarkNode, lanes: ReadonlyMap<PhysicalPlan, number>): Operator {
    const leaf = leafUnder(plan);
    const facts =
      leaf.kind === 'source'
        ? { bounded: isBounded(leaf.table), makesWatermarks: makesWatermarks(leaf.table) }
        : undefined;
    const operator = watermarkOperator(plan, this.#config, this.#roots, facts, lanes.get(leaf) ?? 1);
    this.#watermarks.push({ leaf, operator });
    return operator;
  }

  #windowTable(plan: WindowTableNode): Operator {
    const { timeColumn, window } = plan;
    const input = plan.input.schema;
    const local = input[timeColumn]!.type.kind === 'TIMESTAMP_LTZ';
    const common = { input, timeColumn, zone: local ? timeZone(this.#config.timeZone) : undefined };
    return window.kind === 'session'
      ? new SessionTable({ ...common, gap: window.gap, keys: window.partition })
      : new WindowTable({ ...common, window });
  }

  #windowAggregate(plan: WindowAggregateNode): Operator {
    const { window, timeColumn, keys, calls, properties, attached } = plan;
    const common = {
      input: plan.input.schema,
      keys,
      calls,
      properties,
      zone: plan.localTime ? timeZone(this.#config.timeZone) : undefined,
      retract: plan.input.mode !== 'append',
    };
    if (plan.emit !== undefined && window.kind !== 'session' && window.kind !== 'cumulate') {
      const { updateBefore, ...emit } = plan.emit;
      return new EmitWindowAggregate({ ...common, timeColumn, window, updateBefore, emit }, () => systemClock.now());
    }
    if (attached !== undefined) return new AttachedWindowAggregate({ ...common, attached });
    if (window.kind === 'session') return new SessionAggregate({ ...common, timeColumn, gap: window.gap });
    const aggregate = new WindowAggregate({ ...common, timeColumn, window, oldestFirst: plan.legacy });
    this.#windows.set(plan, aggregate);
    return aggregate;
  }

  get #expiry(): ExpiryOptions | undefined {
    const { stateTtl: ttl, mode } = this.#config;
    return ttl === 0 || mode === 'batch' ? undefined : { ttl, clock: () => systemClock.now() };
  }

  #rank(plan: RankNode): Operator {
    const { partition, order, range, output, updateBefore, strategy } = plan;
    const options = { input: plan.input.schema, partition, order, range, output, updateBefore, expiry: this.#expiry };
    if (strategy.kind === 'retract') return new RetractableRank(options);
    if (range.start === 1 && range.end === 1) return new BestRow({ ...options, ties: 'first' });
    return new Rank({ ...options, rowKey: strategy.kind === 'update' ? strategy.key : undefined });
  }

  #deduplicate(plan: DeduplicateNode): Operator {
    const { keys: partition, timeColumn, time, keep, updateBefore } = plan;
    const input = plan.input.schema;
    if (time === 'rowtime' && keep === 'first') return new FirstByTime({ input, partition, timeColumn });
    const common = { input, partition, output: false, updateBefore, ties: keep, expiry: this.#expiry };
    if (time === 'proctime') return new BestRow({ ...common, order: [] });
    return new BestRow({ ...common, order: [{ column: timeColumn, descending: true, nullsFirst: false }], timeColumn });
  }

  #windowRank(plan: WindowRankNode): Operator {
    const { partition, order, start, end, output, windowEnd, latest } = plan;
    const zone = plan.localTime ? timeZone(this.#config.timeZone) : undefined;
    return new WindowRank({ input: plan.input.schema, partition, order, start, end, output, windowEnd, latest, zone });
  }

  #over({ input: { schema: input, mode }, groups, strategy }: OverNode): Operator {
    const [group] = groups as [(typeof groups)[number]];
    switch (strategy) {
      case 'batch':
        return new BatchOver({ input, groups });
      case 'changes':
        return new OverChanges({ input, ...group, retract: mode !== 'append' });
      case 'rowtime':
        return new OverByTime({ input, ...group, clock: undefined });
      case 'proctime':
        return new OverByTime({ input, ...group, clock: () => systemClock.now() });
      default:
        return unreachable(strategy);
    }
  }

  #sort(plan: SortNode): Operator {
    const { keys, offset, limit } = plan;
    const options = { input: plan.input.schema, keys, offset, limit };
    switch (plan.strategy) {
      case 'at-end':
        return new Sort(options);
      case 'limit':
        return new Limit(options);
      case 'by-time':
        return new SortByTime(options);
    }
  }
}

function sinkMaterializer({ conflict, ...keys }: SinkMaterialize, input: Schema): Operator {
  if (conflict === 'deduplicate') return new SinkUpsertMaterializer({ input, ...keys });
  return new WatermarkCompaction({ input, ...keys, conflict });
}
