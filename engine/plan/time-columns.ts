/**
 * Which columns carry event or processing time when the query runs. Stricter than `time` in schemas: as in Flink, a regular join and a
 * GROUP BY make ordinary timestamps of time columns, and a window function leaves window_time alone.
 */
import { unreachable } from '../assert.ts';
import type { TimeAttribute } from '../types/schema.ts';
import { boundsOf } from './interval-bounds.ts';
import type { IntervalBounds } from './interval-bounds.ts';
import type { Join, LogicalPlan, Over } from './logical.ts';
import { windowJoinKeys, windowOf } from './window-properties.ts';

export type TimeColumns = ReadonlyMap<number, TimeAttribute>;
const NONE: TimeColumns = new Map();
const known = new WeakMap<LogicalPlan, TimeColumns>();

export function timeColumns(plan: LogicalPlan): TimeColumns {
  let columns = known.get(plan);
  if (columns === undefined) known.set(plan, (columns = derive(plan)));
  return columns;
}

/** Which time orders the windows of OVER; undefined: none. */
export function overTime(plan: Over): TimeAttribute | undefined {
  const [key] = plan.groups[0]!.order;
  return key && timeColumns(plan.input).get(key.column);
}

function derive(plan: LogicalPlan): TimeColumns {
  switch (plan.kind) {
    case 'scan':
    case 'values':
    case 'sink':
      return NONE;
    case 'watermark':
      return new Map([...timeColumns(plan.input), [plan.column, 'rowtime']]);
    case 'filter':
    case 'sort':
    case 'over':
    case 'rank':
      return timeColumns(plan.input);
    case 'project': {
      const input = timeColumns(plan.input);
      return collect(plan.exprs.length, (i) => {
        const expr = plan.exprs[i]!;
        if (expr.kind === 'column') return input.get(expr.index);
        return expr.kind === 'call' && expr.fn === 'PROCTIME' ? 'proctime' : undefined;
      });
    }
    case 'to-changelog': {
      const input = timeColumns(plan.input);
      return collect(plan.schema.length, (i) => (i === plan.keys ? undefined : input.get(i < plan.keys ? i : i - 1)));
    }
    case 'from-changelog': {
      const input = timeColumns(plan.input);
      return collect(plan.schema.length, (i) => input.get(i < plan.column ? i : i + 1));
    }
    case 'match':
      // MATCH_ROWTIME and MATCH_PROCTIME alone are times of the result.
      return collect(plan.schema.length, (i) => (i < plan.partition.length ? undefined : plan.schema[i]!.time));
    case 'correlate': {
      const input = timeColumns(plan.input);
      return collect(plan.keep.length, (i) => input.get(plan.keep[i]!));
    }
    case 'window-table':
    case 'window-aggregate': {
      const window = windowOf(plan)!;
      return new Map([...window.time].map((index) => [index, window.attribute]));
    }
    case 'aggregate': {
      const window = windowOf(plan);
      return window === undefined ? NONE : new Map([...window.time].map((index) => [index, window.attribute]));
    }
    case 'join': {
      if (plan.temporal !== undefined) return timeColumns(plan.left);
      if (windowJoinKeys(plan) === undefined && intervalBounds(plan) === undefined) return NONE;
      const width = plan.left.schema.length;
      const right = [...timeColumns(plan.right)].map(([index, time]) => [index + width, time] as const);
      return new Map([...timeColumns(plan.left), ...right]);
    }
    case 'union': {
      const [first, ...rest] = plan.inputs.map(timeColumns);
      return collect(plan.schema.length, (i) => {
        const time = first!.get(i);
        return rest.every((input) => input.get(i) === time) ? time : undefined;
      });
    }
    default:
      return unreachable(plan);
  }
}

function collect(width: number, timeOf: (index: number) => TimeAttribute | undefined): TimeColumns {
  const columns = new Map<number, TimeAttribute>();
  for (let i = 0; i < width; i++) {
    const time = timeOf(i);
    if (time !== undefined) columns.set(i, time);
  }
  return columns;
}

const bounds = new WeakMap<Join, { readonly bounds: IntervalBounds | undefined }>();

/** How an interval join bounds the times of its inputs; undefined: it is none. */
export function intervalBounds(join: Join): IntervalBounds | undefined {
  let entry = bounds.get(join);
  if (entry === undefined)
    bounds.set(join, (entry = { bounds: boundsOf(join, timeColumns(join.left), timeColumns(join.right)) }));
  return entry.bounds;
}
