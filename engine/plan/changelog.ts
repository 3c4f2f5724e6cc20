/**
 * Which changes a logical plan gives: Flink's ModifyKindSet, from the sources up. Whether updates come with their -U is decided
 * from the sinks down, in lower.ts.
 */
import { unreachable } from '../assert.ts';
import { connector } from '../connectors/registry.ts';
import { pathText } from '../catalog/catalog.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { LogicalPlan } from './logical.ts';
import type { ChangelogMode } from './physical.ts';
import { timeColumns } from './time-columns.ts';
import { windowJoinKeys } from './window-properties.ts';

export interface Changes {
  readonly updates: boolean;
  readonly deletes: boolean;
}
export const APPEND: Changes = { updates: false, deletes: false };
const ALL: Changes = { updates: true, deletes: true };
export const isAppend = (changes: Changes): boolean => !changes.updates && !changes.deletes;
const either = (a: Changes, b: Changes): Changes => ({
  updates: a.updates || b.updates,
  deletes: a.deletes || b.deletes,
});

export type Mode = 'streaming' | 'batch';

/** What a source of that table brings. */
export function sourceMode(table: ResolvedTable): ChangelogMode {
  const name = table.options['connector'];
  return name === undefined ? 'append' : (connector(name).sourceMode?.(table) ?? 'append');
}

/** Whether a source of that table ends. */
export function isBounded(table: ResolvedTable): boolean {
  const name = table.options['connector'];
  return name === undefined || (connector(name).isBounded?.(table) ?? true);
}

export function unboundedInBatch({ path }: ResolvedTable, span: Span | undefined): MillraceError {
  return new MillraceError(
    'PLAN_UNSUPPORTED',
    `Querying an unbounded table '${pathText(path)}' in batch mode is not allowed. The table source is unbounded.`,
    { span, hint: "give its source an end, or SET 'execution.runtime-mode' = 'streaming'" },
  );
}

/** What a sink into that table takes; undefined: everything. */
export function sinkModes(table: ResolvedTable): readonly ChangelogMode[] | undefined {
  const name = table.options['connector'];
  const modes = name === undefined ? undefined : connector(name).sinkModes;
  return typeof modes === 'function' ? modes(table) : modes;
}

export function changesOf(plan: LogicalPlan, mode: Mode): Changes {
  const input = (child: LogicalPlan): Changes => changesOf(child, mode);
  switch (plan.kind) {
    case 'scan':
      return sourceMode(plan.table) === 'append' ? APPEND : ALL;
    case 'values':
    case 'window-aggregate':
      return APPEND;
    case 'watermark':
    case 'project':
    case 'filter':
    case 'window-table':
    case 'correlate':
    case 'sink':
      return input(plan.input);
    case 'aggregate': {
      if (mode === 'batch') return APPEND;
      const changes = input(plan.input);
      if (isAppend(changes)) return { updates: plan.calls.length > 0, deletes: false };
      return ALL;
    }
    case 'join':
      if (mode === 'batch' || windowJoinKeys(plan) !== undefined) return APPEND;
      return plan.type === 'inner' || plan.type === 'semi' ? either(input(plan.left), input(plan.right)) : ALL;
    case 'union':
      return plan.inputs.map(input).reduce(either, APPEND);
    case 'sort': {
      const strategy = sortStrategy(plan, mode);
      if (strategy === 'top-n') return ALL;
      return strategy === 'limit' ? input(plan.input) : APPEND;
    }
    default:
      return unreachable(plan);
  }
}

export type SortStrategy = 'at-end' | 'by-time' | 'limit' | 'top-n';

/** How ORDER BY and LIMIT run; undefined: they cannot, in a stream. */
export function sortStrategy(plan: Extract<LogicalPlan, { kind: 'sort' }>, mode: Mode): SortStrategy | undefined {
  if (plan.offset > 0 && plan.limit === undefined) return undefined;
  if (plan.keys.length === 0) return 'limit';
  if (mode === 'batch') return 'at-end';
  if (plan.limit !== undefined) return 'top-n';
  const [first] = plan.keys as [(typeof plan.keys)[number]];
  return !first.descending && timeColumns(plan.input).has(first.column) ? 'by-time' : undefined;
}
