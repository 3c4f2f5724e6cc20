/**
 * Joins with the best of each window: `b.price = m.price AND b.ts BETWEEN m.window_end - INTERVAL '10' SECOND AND m.window_end`, where m.price is
 * MAX(price) of a TUMBLE window. A row that is worse than what its windows have already seen can meet no result to come, so it need not be kept.
 */
import type { Ms } from '../types/value.ts';
import { distanceOf } from './interval-bounds.ts';
import type { JoinNode, PhysicalPlan, WindowAggregateNode } from './physical.ts';

/** How rows of one input are judged. */
export interface BestOfWindow {
  /** The input whose rows are judged. */
  readonly port: 0 | 1;
  readonly aggregate: WindowAggregateNode;
  /** Which of the aggregate's calls. */
  readonly call: number;
  readonly best: 'MAX' | 'MIN';
  /** Columns of the judged input: what is compared with the best, and the row's time. */
  readonly value: number;
  readonly time: number;
  readonly size: Ms;
  readonly offset: Ms;
  /** A row meets only results of windows that end in its time + lower .. time + upper. */
  readonly lower: Ms;
  readonly upper: Ms;
}

/** Windows that are looked at for a row, at most. */
const MAX_WINDOWS = 4;

/** Inner joins of inputs that only grow. */
export function bestOfWindow(join: JoinNode): BestOfWindow | undefined {
  const { type, left, right, residual, stateTtl } = join;
  if (type !== 'inner' || residual === undefined || left.mode !== 'append' || right.mode !== 'append') return undefined;
  if ((stateTtl?.[0] ?? 0) + (stateTtl?.[1] ?? 0) > 0) return undefined;
  return judged(join, 0) ?? judged(join, 1);
}

function judged({ left, right, leftKeys, rightKeys, residual }: JoinNode, port: 0 | 1): BestOfWindow | undefined {
  const [rows, results] = port === 0 ? [left, right] : [right, left];
  const [rowKeys, resultKeys] = port === 0 ? [leftKeys, rightKeys] : [rightKeys, leftKeys];
  const found = windowUnder(results);
  if (found === undefined) return undefined;
  const { aggregate, outputs } = found;
  const { calls, properties, window } = aggregate;
  if (window.kind !== 'tumble') return undefined;
  const key = resultKeys.findIndex((column) => isBest(aggregate, outputs[column]));
  const end = outputs.indexOf(calls.length + properties.indexOf('end'));
  if (key < 0 || !properties.includes('end') || end < 0) return undefined;
  const call = outputs[resultKeys[key]!]!;
  const kind = rows.schema[rowKeys[key]!]!.type.kind;
  if (kind !== 'BIGINT' && kind !== 'INT') return undefined;
  for (const [time, { type }] of rows.schema.entries()) {
    if (type.kind !== 'TIMESTAMP' || type.precision > 3) continue;
    const ofLeft =
      port === 0
        ? distanceOf(residual!, left.schema.length, time, end)
        : distanceOf(residual!, left.schema.length, end, time);
    if (ofLeft === undefined) continue;
    const [lower, upper] = port === 0 ? [0 - ofLeft.upper, 0 - ofLeft.lower] : [ofLeft.lower, ofLeft.upper];
    const { size, offset } = window;
    if (upper - lower > MAX_WINDOWS * size) continue;
    const best = calls[call]!.fn as 'MAX' | 'MIN';
    return { port, aggregate, call, best, value: rowKeys[key]!, time, size, offset, lower, upper };
  }
  return undefined;
}

function isBest({ calls }: WindowAggregateNode, output: number | undefined): boolean {
  const fn = output === undefined ? undefined : calls[output]?.fn;
  return fn === 'MAX' || fn === 'MIN';
}

/** A window aggregate without keys under projections; outputs[i]: which of its columns column i is, -1 for others. */
function windowUnder(plan: PhysicalPlan): { aggregate: WindowAggregateNode; outputs: readonly number[] } | undefined {
  if (plan.kind === 'calc') {
    const below = windowUnder(plan.input);
    if (below === undefined) return undefined;
    const outputs = plan.exprs.map((expr) => (expr.kind === 'column' ? below.outputs[expr.index]! : -1));
    return { ...below, outputs };
  }
  if (plan.kind !== 'window-aggregate' || plan.keys.length > 0 || plan.input.mode !== 'append') return undefined;
  if (plan.localTime || plan.emit !== undefined || plan.attached !== undefined) return undefined;
  return { aggregate: plan, outputs: plan.schema.map((_, i) => i) };
}
