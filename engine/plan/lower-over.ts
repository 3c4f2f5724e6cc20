/** OVER → its operator, with Flink's conditions on windows in a stream. */
import { MillraceError } from '../errors.ts';
import type { LogicalPlan, Over } from './logical.ts';
import type { Lowering } from './lower.ts';
import { notInsertOnly } from './not-insert-only.ts';
import type { OverNode, PhysicalPlan } from './physical.ts';
import { timeColumns } from './time-columns.ts';

/** @throws PLAN_UNSUPPORTED, PLAN_CHANGELOG */
export function lowerOver(plan: Over, lowering: Lowering): PhysicalPlan {
  if (lowering.mode === 'batch') checkBatch(plan);
  const strategy = lowering.mode === 'batch' ? 'batch' : streamStrategy(plan);
  const input = lowering.node(plan.input, true);
  const isOrdered = strategy === 'rowtime' || strategy === 'proctime';
  if (isOrdered && input.mode !== 'append') throw notInsertOnly('StreamPhysicalOverAggregate', input, plan);
  const mode = strategy === 'changes' ? 'retract' : 'append';
  const { schema, groups } = plan;
  return { kind: 'over', id: lowering.nextId(), schema, mode, input, groups, strategy };
}

/** Functions of a whole partition: a stream has no end of one. */
const BATCH_ONLY: ReadonlySet<string> = new Set(['LEAD', 'NTILE', 'PERCENT_RANK', 'CUME_DIST']);
const RANKS: ReadonlySet<string> = new Set(['ROW_NUMBER', 'RANK', 'DENSE_RANK']);

function checkBatch(plan: Over): void {
  if (!plan.groups.some(({ calls }) => calls.some((call) => call.distinct))) return;
  throw refused(plan, 'Distinct not supported in Windowing function!', 'take the distinct rows in a subquery first');
}

function streamStrategy(plan: Over): OverNode['strategy'] {
  const [group, ...others] = plan.groups as [Over['groups'][number], ...Over['groups']];
  const { order, frame, calls } = group;
  const batchOnly = plan.groups.flatMap((each) => each.calls).find((call) => BATCH_ONLY.has(call.fn));
  if (batchOnly !== undefined) {
    throw refused(
      plan,
      `${batchOnly.fn} Function is not supported in stream mode.`,
      "SET 'execution.runtime-mode' = 'batch'",
    );
  }
  if (others.length > 0) {
    throw refused(
      plan,
      'Over Agg: Unsupported use of OVER windows. All aggregates must be computed on the same window. please re-check the over window statement.',
      'give all of them the same PARTITION BY, ORDER BY and frame (ROW_NUMBER counts rows, SUM goes by RANGE unless ROWS is said), or compute them one after the other in subqueries',
    );
  }
  if (order.length === 0 && calls.some((call) => RANKS.has(call.fn))) {
    throw refused(
      plan,
      'Over Agg: The window rank function requires order by clause with non-constant fields. please re-check the over window statement.',
      'order by a column',
    );
  }
  const [key, ...more] = order;
  if (key === undefined || more.length > 0) {
    throw refused(plan, 'The window can only be ordered by a single time column.', 'order by the time column alone');
  }
  if (key.descending) {
    throw refused(
      plan,
      'The window can only be ordered in ASCENDING mode.',
      'for the last rows of each key, keep those whose ROW_NUMBER() is at most a constant',
    );
  }
  if (frame.upper !== 0 || frame.lower >= 0) {
    throw refused(
      plan,
      'OVER RANGE FOLLOWING windows are not supported yet.',
      'a frame in a stream begins before the current row and ends with it',
    );
  }
  const time = timeColumns(plan.input).get(key.column);
  if (time === undefined && frame.lower !== -Infinity) {
    throw refused(
      plan,
      'Non-time attribute sort is not supported for bounded OVER window.',
      'order by the time column, or begin the frame with UNBOUNDED PRECEDING',
    );
  }
  return time ?? 'changes';
}

const refused = (plan: LogicalPlan, message: string, hint: string): MillraceError =>
  new MillraceError('PLAN_UNSUPPORTED', message, { span: plan.span, hint });
