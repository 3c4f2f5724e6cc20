/** Top-N and deduplication → their operators, by Flink's choice among them. */
import { MillraceError } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import { isAppend } from './changelog.ts';
import { andAll, columnExpr, literalExpr } from './expr-walk.ts';
import type { Rank, Sort } from './logical.ts';
import type { Lowering } from './lower.ts';
import { notInsertOnly } from './not-insert-only.ts';
import { callFunction } from './make-expr.ts';
import { filter, over, pick } from './nodes.ts';
import type { PhysicalPlan } from './physical.ts';
import { deduplication, isWindowRank } from './rank-form.ts';
import { rankStrategy } from './rank-strategy.ts';
import { BIGINT, notNull } from '../types/type.ts';
import { timeColumns } from './time-columns.ts';
import { windowOf } from './window-properties.ts';

/** @throws PLAN_UNSUPPORTED, PLAN_CHANGELOG */
export function lowerRank(plan: Rank, lowering: Lowering, updateBefore: boolean): PhysicalPlan {
  if (lowering.mode === 'batch') return lowerBatch(plan, lowering, updateBefore);
  if (isWindowRank(plan)) return lowerWindowRank(plan, lowering);
  check(plan);
  const { schema, partition, order, range, output } = plan;
  const once = deduplication(plan, isAppend(lowering.changes(plan.input)));
  const mode = lowering.modeOf(plan, updateBefore);
  const needsBefore = updateBefore && mode !== 'append';
  if (once !== undefined) {
    const input = lowering.node(plan.input, true);
    const node = { kind: 'deduplicate', id: lowering.nextId(), schema, mode, input, keys: partition } as const;
    return { ...node, timeColumn: order[0]!.column, time: once.time, keep: once.keep, updateBefore: needsBefore };
  }
  const strategy = rankStrategy(plan, lowering.mode);
  const input = lowering.node(plan.input, strategy.kind === 'retract');
  const node = { kind: 'rank', id: lowering.nextId(), schema, mode, input, partition, order, range, output } as const;
  return { ...node, strategy, isLimit: false, updateBefore: needsBefore };
}

/** ORDER BY .. LIMIT in a stream: Top-N over all rows. */
export function lowerLimit(plan: Sort, lowering: Lowering, updateBefore: boolean): PhysicalPlan {
  const { keys: order, offset, limit, schema } = plan;
  const strategy = rankStrategy({ input: plan.input, partition: [], order }, lowering.mode);
  const input = lowering.node(plan.input, strategy.kind === 'retract');
  const range = { start: offset + 1, end: offset + limit! };
  const id = lowering.nextId();
  const mode = lowering.modeOf(plan, updateBefore);
  const node = { kind: 'rank', id, schema, mode, input, partition: [], order, range, output: false } as const;
  return { ...node, strategy, isLimit: true, updateBefore };
}

function check({ fn, range, span }: Rank): void {
  if (fn !== 'ROW_NUMBER') {
    throw new MillraceError('PLAN_UNSUPPORTED', `${fn}() on streaming table is not supported currently`, {
      span,
      hint: "use ROW_NUMBER(), or SET 'execution.runtime-mode' = 'batch'",
    });
  }
  if (range.end === undefined) {
    throw new MillraceError(
      'PLAN_UNSUPPORTED',
      'Rank end is not specified. Currently rank only support TopN, which means the rank end must be specified.',
      { span, hint: 'add a condition rank <= N' },
    );
  }
  if (typeof range.end === 'number' && range.end <= 0) {
    throw new MillraceError('PLAN_UNSUPPORTED', `Rank end should not less than zero, but now is ${range.end}`, {
      span,
    });
  }
}

function lowerWindowRank(plan: Rank, lowering: Lowering): PhysicalPlan {
  const { fn, range, partition, order, output, schema, span } = plan;
  const window = windowOf(plan.input)!;
  const [first, ...others] = order;
  const time = first === undefined ? undefined : timeColumns(plan.input).get(first.column);
  const isTop1 = range.start === 1 && range.end === 1 && !output;
  const original = originalTime(plan);
  const isFirstOrLast = isTop1 && others.length === 0 && (time !== undefined || original === first?.column);
  if (window.attribute === 'proctime') {
    const what = isFirstOrLast ? 'Deduplicate' : 'TopN';
    throw new MillraceError('PLAN_UNSUPPORTED', `Processing time Window ${what} is not supported yet.`, {
      span,
      hint: 'use windows over an event time',
    });
  }
  if (fn !== 'ROW_NUMBER') {
    throw new MillraceError(
      'PLAN_UNSUPPORTED',
      `${fn}() function is not supported on Window TopN currently, only ROW_NUMBER() is supported.`,
      { span, hint: 'use ROW_NUMBER()' },
    );
  }
  if (typeof range.end !== 'number') check(plan);
  if (typeof range.end !== 'number') {
    throw new MillraceError('PLAN_UNSUPPORTED', 'Rank strategy rankEnd with a column is not supported on Window TopN', {
      span,
      hint: 'compare the rank with a constant',
    });
  }
  const input = lowering.node(plan.input, true);
  if (input.mode !== 'append')
    throw notInsertOnly(isFirstOrLast ? 'StreamPhysicalWindowDeduplicate' : 'StreamPhysicalWindowRank', input, plan);
  return {
    kind: 'window-rank',
    id: lowering.nextId(),
    schema,
    mode: 'append',
    input,
    partition,
    order,
    start: range.start,
    end: range.end,
    output,
    windowEnd: partition.find((column) => window.end.has(column))!,
    latest: isFirstOrLast && first!.descending,
    localTime: window.local,
  };
}

/** The column that the window function took its time from: an ordinary one behind it, but rows are still in its order. */
function originalTime({ input }: Rank): number | undefined {
  let plan = input;
  const path: ((column: number) => number)[] = [];
  while (plan.kind === 'filter' || plan.kind === 'project') {
    if (plan.kind === 'project') {
      const { exprs } = plan;
      path.push((column) => exprs.findIndex((expr) => expr.kind === 'column' && expr.index === column));
    }
    plan = plan.input;
  }
  if (plan.kind !== 'window-table') return undefined;
  const column = path.reduceRight((at, step) => (at < 0 ? at : step(at)), plan.timeColumn);
  return column < 0 ? undefined : column;
}

/** A bounded query numbers the rows of a partition and leaves out those that are not asked for. */
function lowerBatch(plan: Rank, lowering: Lowering, updateBefore: boolean): PhysicalPlan {
  const { input, fn, partition, order, range, output, span } = plan;
  const name = output ? plan.schema.at(-1)!.name : '$rank';
  const type = notNull(BIGINT);
  const call = { fn, args: [], distinct: false, filter: undefined, type, name };
  const frame = { unit: fn === 'ROW_NUMBER' ? 'rows' : 'range', lower: -Infinity, upper: 0 } as const;
  const ranked = over(input, [{ partition, order, frame, calls: [call] }], span);
  const number = columnExpr(input.schema.length, { name, type });
  const compare = (sign: string, other: Expr): Expr => callFunction(sign, [number, other]);
  const end = range.end;
  const conditions = [
    ...(range.start > 1 ? [compare('>=', literalExpr(BigInt(range.start), type))] : []),
    ...(typeof end === 'number' ? [compare('<=', literalExpr(BigInt(end), type))] : []),
    ...(typeof end === 'object' ? [compare('<=', columnExpr(end.column, input.schema[end.column]!))] : []),
  ];
  const condition = andAll(conditions);
  const kept = condition === undefined ? ranked : filter(ranked, condition, span);
  return lowering.node(output ? kept : pick(kept, [...input.schema.keys()]), updateBefore);
}
