import { unreachable } from '../assert.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import { someExpr } from '../plan/expr-walk.ts';
import type { Join, LogicalPlan } from '../plan/logical.ts';
import { intervalBounds, timeColumns } from '../plan/time-columns.ts';
import { windowJoinKeys, windowOf } from '../plan/window-properties.ts';
import { children, mapChildren, planExprs } from '../plan/walk.ts';
import type { TimeAttribute } from '../types/schema.ts';
import type { Rule } from './rule.ts';

/** A watermark that no operator above looks at is not made: batches stay whole, and the time column need not be read. */
export const dropUnusedWatermark: Rule = {
  name: 'drop-unused-watermark',
  apply(plan) {
    const needed = new Set<LogicalPlan>();
    markNeeded(plan, false, needed, new Set());
    const done = new Map<LogicalPlan, LogicalPlan>();
    const visit = (node: LogicalPlan): LogicalPlan => {
      const known = done.get(node);
      if (known !== undefined) return known;
      const mapped = mapChildren(node, visit);
      const result = mapped.kind === 'watermark' && !needed.has(node) ? mapped.input : mapped;
      done.set(node, result);
      return result;
    };
    return visit(plan);
  },
};

function markNeeded(
  plan: LogicalPlan,
  isNeeded: boolean,
  needed: Set<LogicalPlan>,
  seen: Set<string | LogicalPlan>,
): void {
  if (needed.has(plan) || (seen.has(plan) && !isNeeded)) return;
  seen.add(plan);
  if (isNeeded) needed.add(plan);
  const below = isNeeded || usesTime(plan);
  for (const child of children(plan)) markNeeded(child, below, needed, seen);
}

function usesTime(plan: LogicalPlan): boolean {
  switch (plan.kind) {
    case 'window-table':
    case 'window-aggregate':
      // Windows over processing time follow the clock.
      return windowOf(plan)!.attribute === 'rowtime';
    case 'sort': {
      const [first] = plan.keys;
      return first !== undefined && !first.descending && timeColumns(plan.input).has(first.column);
    }
    case 'match':
      return timeColumns(plan.input).get(plan.keys[0]!.column) === 'rowtime';
    case 'scan':
    case 'values':
    case 'watermark':
    case 'project':
    case 'filter':
    case 'correlate':
      return readsWatermark(plan);
    case 'join':
      return timeOfJoin(plan) === 'rowtime' || readsWatermark(plan);
    case 'over': {
      const times = timeColumns(plan.input);
      return plan.groups.some(({ order }) => order.some((key) => times.get(key.column) === 'rowtime'));
    }
    case 'rank':
      return (
        windowOf(plan) !== undefined || plan.order.some((key) => timeColumns(plan.input).get(key.column) === 'rowtime')
      );
    case 'to-changelog':
    case 'from-changelog':
    case 'aggregate':
    case 'union':
      return false;
    case 'sink':
      // Conflicts are decided at watermarks, partitions are complete at one.
      return plan.conflict === 'nothing' || plan.conflict === 'error' || waitsForTime(plan.table);
    default:
      return unreachable(plan);
  }
}

/** Whether a sink of that table is told how far event time has come. */
const waitsForTime = ({ options }: ResolvedTable): boolean =>
  options['sink.partition-commit.trigger']?.toLowerCase() === 'partition-time';

const readsWatermark = (plan: LogicalPlan): boolean =>
  planExprs(plan).some((expr) => someExpr(expr, (node) => node.kind === 'call' && node.fn === 'CURRENT_WATERMARK'));

/** The kind of time that a join waits for; undefined: none. */
function timeOfJoin(plan: Join): TimeAttribute | undefined {
  if (plan.temporal !== undefined) return plan.temporal.kind === 'lookup' ? 'proctime' : 'rowtime';
  return windowJoinKeys(plan) === undefined ? intervalBounds(plan)?.attribute : windowOf(plan.left)!.attribute;
}
