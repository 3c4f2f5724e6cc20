/** Forms of Top-N that run in ways of their own: within windows, and by time alone. */
import type { TimeAttribute } from '../types/schema.ts';
import type { Rank } from './logical.ts';
import { timeColumns } from './time-columns.ts';
import { windowOf } from './window-properties.ts';

/** Top-N within windows: state goes as windows close, each result comes once. */
export function isWindowRank(plan: Rank): boolean {
  const window = windowOf(plan.input);
  const has = (columns: ReadonlySet<number>): boolean => plan.partition.some((column) => columns.has(column));
  return window !== undefined && has(window.start) && has(window.end);
}

/** The first or last row of each key by time alone, of an input that only grows. */
export function deduplication(
  plan: Rank,
  onlyGrows: boolean,
): { readonly time: TimeAttribute; readonly keep: 'first' | 'last' } | undefined {
  const [key, ...others] = plan.order;
  const isFirst = plan.fn === 'ROW_NUMBER' && plan.range.start === 1 && plan.range.end === 1 && !plan.output;
  if (!isFirst || key === undefined || others.length > 0 || !onlyGrows) return undefined;
  const time = timeColumns(plan.input).get(key.column);
  return time && { time, keep: key.descending ? 'last' : 'first' };
}
