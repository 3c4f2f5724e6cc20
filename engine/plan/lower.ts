/**
 * Logical plan → physical plan: operators, their changelog modes, join keys, sort strategies. Filters and projections on top of each other
 * become one Calc. What no operator runs is refused here, in Flink's words.
 */
import { unreachable } from '../assert.ts';
import { MillraceError } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import { BOOLEAN, notNull } from '../types/type.ts';
import { changesOf, isAppend, sortStrategy } from './changelog.ts';
import type { Changes, Mode } from './changelog.ts';
import { columnExpr } from './expr-walk.ts';
import type { Filter, LogicalPlan, Project, Sink, Sort, WindowAggregate, WindowTable } from './logical.ts';
import { lowerFromChangelog, lowerToChangelog } from './lower-changelog-function.ts';
import { lowerJoin } from './lower-join.ts';
import { lowerOver } from './lower-over.ts';
import { lowerLimit, lowerRank } from './lower-rank.ts';
import { hasKeyDeletes, lowerScan } from './lower-scan.ts';
import { lowerSink, type SinkOptions } from './lower-sink.ts';
import { notInsertOnly } from './not-insert-only.ts';
import type { ChangelogMode, PhysicalPlan, SinkNode } from './physical.ts';
import { hasUserCall, refuseUserCalls, splitTableCall, splitUserCalls } from './split-user-calls.ts';
import { timeColumns } from './time-columns.ts';
import { filtersByKey } from './upsert-keys.ts';
import { windowOf } from './window-properties.ts';

export interface LowerOptions extends SinkOptions {
  readonly mode: Mode;
  /** Whether `table.exec.emit.early-fire.enabled` or `late-fire.enabled` is set. */
  readonly hasEmit?: boolean | undefined;
}

/** What whoever reads a node needs of its changes. */
export interface Required {
  /** -U with each update. */
  readonly updateBefore: boolean;
  /** A -D may hold the columns of the key alone. */
  readonly deletesByKey: boolean;
}

/** The plan of a query ends in `collect`, that of an INSERT in its sink. @throws PLAN_UNSUPPORTED, PLAN_CHANGELOG */
export function lower(plan: LogicalPlan, options: LowerOptions): PhysicalPlan {
  const lowering = new Lowering(options);
  if (plan.kind === 'sink') return refuseUserCalls(lowering.sink(plan));
  const input = refuseUserCalls(lowering.node(plan, true));
  return { kind: 'collect', id: lowering.nextId(), schema: plan.schema, mode: input.mode, input };
}

export class Lowering {
  readonly mode: Mode;
  readonly #options: LowerOptions;
  #lastId = 0;
  readonly #done = new Map<string, PhysicalPlan>();
  readonly #identities = new Map<LogicalPlan, number>();

  constructor(options: LowerOptions) {
    this.mode = options.mode;
    this.#options = options;
  }

  /** Ids grow from the sources up, so that the same query has the same ids. */
  nextId(): number {
    return ++this.#lastId;
  }

  /**
   * `updateBefore`: whoever reads needs -U with its updates; `deletesByKey`: it does without the values of deleted rows.
   * A node that is used twice is lowered once.
   */
  node(plan: LogicalPlan, updateBefore: boolean, deletesByKey = false): PhysicalPlan {
    const identity = this.#identities.get(plan) ?? this.#identities.size;
    this.#identities.set(plan, identity);
    const key = `${identity}:${updateBefore}:${deletesByKey}`;
    const known = this.#done.get(key);
    if (known !== undefined) return known;
    const made = this.#make(plan, { updateBefore, deletesByKey });
    this.#done.set(key, made);
    return made;
  }

  changes(plan: LogicalPlan): Changes {
    return changesOf(plan, this.mode);
  }

  modeOf(plan: LogicalPlan, updateBefore: boolean): ChangelogMode {
    const changes = this.changes(plan);
    if (isAppend(changes)) return 'append';
    return updateBefore || !changes.updates ? 'retract' : 'upsert';
  }

  #make(plan: LogicalPlan, required: Required): PhysicalPlan {
    const { schema } = plan;
    const { updateBefore, deletesByKey } = required;
    switch (plan.kind) {
      case 'scan':
        return lowerScan(plan, this, required);
      case 'values':
        return { kind: 'values', id: this.nextId(), schema, mode: 'append', rows: plan.rows };
      case 'watermark': {
        const input = this.node(plan.input, updateBefore, deletesByKey);
        // A bounded query sees time pass only at its end, so that nothing is late.
        if (this.mode === 'batch') return input;
        const { column, expr } = plan;
        return { kind: 'watermark', id: this.nextId(), schema, mode: input.mode, input, column, expr };
      }
      case 'project':
      case 'filter':
        return this.#calc(plan, required);
      case 'window-table': {
        const input = this.#withTimes(this.node(plan.input, updateBefore), plan.timeColumn);
        requireTime(plan.input, plan.timeColumn, plan, this.mode);
        checkStandAlone(plan);
        checkMode(plan, this.mode);
        const { timeColumn, window } = plan;
        return { kind: 'window-table', id: this.nextId(), schema, mode: input.mode, input, timeColumn, window };
      }
      case 'aggregate': {
        const input = this.node(plan.input, true);
        const mode = this.modeOf(plan, updateBefore);
        const { keys, calls } = plan;
        checkCalls(plan, this.mode);
        const needsBefore = updateBefore && mode !== 'append';
        return {
          kind: 'group-aggregate',
          id: this.nextId(),
          schema,
          mode,
          input,
          keys,
          calls,
          updateBefore: needsBefore,
          ttl: plan.ttl,
        };
      }
      case 'window-aggregate':
        return this.#windowAggregate(plan, updateBefore);
      case 'join':
        return lowerJoin(plan, this, updateBefore);
      case 'to-changelog':
        return lowerToChangelog(plan, this);
      case 'from-changelog':
        return lowerFromChangelog(plan, this, required);
      case 'match': {
        const input = this.node(plan.input, true);
        if (input.mode !== 'append') throw notInsertOnly('Match Recognize', input, plan);
        const { partition, keys, variables, skip, within, measures, slots } = plan;
        const processingTime = this.mode === 'streaming' && timeColumns(plan.input).get(keys[0]!.column) === 'proctime';
        const parts = { partition, keys, variables, skip, within, measures, slots, processingTime };
        return { kind: 'match', id: this.nextId(), schema, mode: 'append', input, ...parts };
      }
      case 'correlate': {
        const { keep, call, type, condition } = plan;
        // With a condition a row and its update may have other rows: the update must tell what it takes back.
        const input = this.node(plan.input, updateBefore || !isAppend(this.changes(plan.input)));
        const { input: below, call: made } = splitTableCall(input, call, () => this.nextId());
        return {
          kind: 'correlate',
          id: this.nextId(),
          schema,
          mode: input.mode,
          input: below,
          keep,
          call: made,
          type,
          condition,
        };
      }
      case 'union': {
        const inputs = plan.inputs.map((input) => this.node(input, updateBefore, deletesByKey));
        return { kind: 'union', id: this.nextId(), schema, mode: weakest(inputs), inputs };
      }
      case 'sort':
        return this.#sort(plan, updateBefore);
      case 'over':
        return lowerOver(plan, this);
      case 'rank':
        return lowerRank(plan, this, updateBefore);
      case 'sink':
        return this.sink(plan);
      default:
        return unreachable(plan);
    }
  }

  /** Project over Filter over the input, either of them missing. */
  #calc(plan: Project | Filter, required: Required): PhysicalPlan {
    const project = plan.kind === 'project' ? plan : undefined;
    const below = project === undefined ? plan : project.input;
    const filter = below.kind === 'filter' ? below : undefined;
    const source = filter === undefined ? (project as Project).input : filter.input;
    const exprs: readonly Expr[] = project?.exprs ?? source.schema.map((column, i) => columnExpr(i, column));
    const calc = (input: PhysicalPlan, condition: Expr | undefined): PhysicalPlan => {
      const { schema } = plan;
      const made = {
        kind: 'calc' as const,
        id: this.nextId(),
        schema,
        mode: input.mode,
        input,
        filter: condition,
        exprs,
      };
      return splitUserCalls(made, () => this.nextId());
    };
    const isNormalized = source.kind === 'scan' && source.normalize === true && this.mode === 'streaming';
    if (filter !== undefined && isNormalized && !hasUserCall(filter.condition)) {
      const scan = lowerScan(source, this, required, filter.condition);
      return project === undefined ? scan : calc(scan, undefined);
    }
    // A row may pass the filter while its update does not: then the -U alone tells that it is gone, and a -D must hold all that is asked.
    const isTorn = filter !== undefined && !filtersByKey(filter);
    const changes = this.changes(source);
    const input = this.node(
      source,
      required.updateBefore || (isTorn && changes.updates),
      required.deletesByKey && !isTorn,
    );
    const made = calc(input, filter?.condition);
    return made.kind === 'calc' && hasKeyDeletes(input) ? { ...made, keyDeletes: true } : made;
  }

  /** In batch mode rows without a time belong to no window; in a stream they fail the job. */
  #withTimes(input: PhysicalPlan, timeColumn: number): PhysicalPlan {
    const { schema, mode } = input;
    const time = schema[timeColumn]!;
    if (this.mode === 'streaming' || !time.type.nullable) return input;
    const filter: Expr = {
      kind: 'is-null',
      input: columnExpr(timeColumn, time),
      negated: true,
      type: notNull(BOOLEAN),
    };
    const exprs = schema.map((column, i) => columnExpr(i, column));
    return { kind: 'calc', id: this.nextId(), schema, mode, input, filter, exprs };
  }

  #windowAggregate(plan: WindowAggregate, updateBefore: boolean): PhysicalPlan {
    const below = this.node(plan.input, true);
    const input = plan.attached === undefined ? this.#withTimes(below, plan.timeColumn) : below;
    if (plan.attached === undefined) requireTime(plan.input, plan.timeColumn, plan, this.mode);
    if (this.#options.hasEmit === true && plan.legacy !== true) throw noEmit(plan);
    checkGrid(plan);
    checkCalls(plan, this.mode);
    checkMode(plan, this.mode);
    const { timeColumn, window, keys, calls, properties, attached, schema } = plan;
    const emit = this.mode === 'streaming' ? plan.emit : undefined;
    return {
      kind: 'window-aggregate',
      id: this.nextId(),
      schema,
      mode: this.modeOf(plan, updateBefore),
      input,
      timeColumn,
      window,
      keys,
      calls,
      properties,
      attached,
      localTime: windowOf(plan)!.local,
      ...(plan.legacy === true && { legacy: true }),
      emit: emit && { ...emit, updateBefore },
    };
  }

  #sort(plan: Sort, updateBefore: boolean): PhysicalPlan {
    const strategy = sortStrategy(plan, this.mode);
    if (strategy === undefined) {
      const isOffset = plan.offset > 0 && plan.limit === undefined;
      throw new MillraceError(
        'PLAN_UNSUPPORTED',
        isOffset
          ? 'FETCH is missed, which on streaming table is not supported currently.'
          : 'Sort on a non-time-attribute field is not supported.',
        {
          span: plan.span,
          hint: isOffset
            ? 'add LIMIT'
            : "add LIMIT, sort by the time column first, or SET 'execution.runtime-mode' = 'batch'",
        },
      );
    }
    if (strategy === 'top-n') return lowerLimit(plan, this, updateBefore);
    const input = this.node(plan.input, strategy === 'limit' ? updateBefore : true);
    if (strategy === 'by-time' && input.mode !== 'append') throw notInsertOnly('TemporalSort', input, plan);
    const mode = this.modeOf(plan, updateBefore);
    const { keys, offset, limit, schema } = plan;
    return { kind: 'sort', id: this.nextId(), schema, mode, input, keys, offset, limit, strategy };
  }

  /** @throws PLAN_CHANGELOG */
  sink(plan: Sink): SinkNode {
    return lowerSink(plan, this, this.#options);
  }
}

function weakest(inputs: readonly PhysicalPlan[]): ChangelogMode {
  if (inputs.some((input) => input.mode === 'retract')) return 'retract';
  return inputs.some((input) => input.mode === 'upsert') ? 'upsert' : 'append';
}

/** A column that was a time attribute in its table may be none any more: behind a regular join or a GROUP BY. */
function requireTime(input: LogicalPlan, column: number, plan: LogicalPlan, mode: Mode): void {
  if (mode === 'batch' || timeColumns(input).has(column)) return;
  const { name } = input.schema[column]!;
  throw new MillraceError(
    'PLAN_UNSUPPORTED',
    `Window can only be defined over a time attribute column: "${name}" is an ordinary timestamp here`,
    {
      span: plan.span,
      hint: 'a join, GROUP BY or UNION below made it one: use the window function before them, or window_time of a windowed result',
    },
  );
}

/** What a window function can do without an aggregate behind it. */
function checkStandAlone({ input, timeColumn, span }: WindowTable): void {
  if (input.schema[timeColumn]!.time !== 'proctime') return;
  throw new MillraceError('PLAN_UNSUPPORTED', 'Processing time Window TableFunction is not supported yet.', {
    span,
    hint: 'group its result by window_start and window_end',
  });
}

/** As Flink: only a batch counts approximately (here exactly, which is as near as it gets). */
function checkCalls({ calls, span }: Pick<WindowAggregate, 'calls' | 'span'>, mode: Mode): void {
  if (mode === 'batch' || calls.every(({ fn }) => fn !== 'APPROX_COUNT_DISTINCT')) return;
  throw new MillraceError(
    'SQL_INVALID',
    'APPROX_COUNT_DISTINCT aggregate function does not support yet for streaming.',
    { span, hint: 'COUNT(DISTINCT value) counts exactly' },
  );
}

/** Flink's batch mode has no sessions. */
function checkMode({ window, span }: WindowTable | WindowAggregate, mode: Mode): void {
  if (mode === 'streaming' || window.kind !== 'session') return;
  throw new MillraceError('PLAN_UNSUPPORTED', 'Unaligned windows like session are not supported in batch mode yet.', {
    span,
    hint: "SET 'execution.runtime-mode' = 'streaming'",
  });
}

function noEmit({ span }: WindowAggregate): MillraceError {
  return new MillraceError(
    'PLAN_UNSUPPORTED',
    "Currently, window table function based aggregate doesn't support early-fire and late-fire configuration 'table.exec.emit.early-fire.enabled' and 'table.exec.emit.late-fire.enabled'.",
    { span, hint: 'the older windows do: GROUP BY TUMBLE(ts, INTERVAL ..); or RESET the options' },
  );
}

function checkGrid(plan: WindowAggregate): void {
  const { window } = plan;
  const [what, step, name] =
    window.kind === 'hop'
      ? (['HOP', window.slide, 'size must be an integral multiple of slide'] as const)
      : window.kind === 'cumulate'
        ? (['CUMULATE', window.step, 'maxSize must be an integral multiple of step'] as const)
        : ([undefined, 1, ''] as const);
  if (what === undefined || window.kind === 'session' || plan.legacy === true || window.size % step === 0) return;
  const other = what === 'HOP' ? 'slide' : 'step';
  const size = what === 'HOP' ? 'size' : 'maxSize';
  throw new MillraceError(
    'PLAN_UNSUPPORTED',
    `${what} table function based aggregate requires ${name}, but got ${size} ${window.size} ms and ${other} ${step} ms`,
    { span: plan.span },
  );
}
