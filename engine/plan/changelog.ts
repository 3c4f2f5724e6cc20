/**
 * Which changes a logical plan gives: Flink's ModifyKindSet, from the sources up. Whether updates come with their -U is decided
 * from the sinks down, in lower.ts.
 */
import { unreachable } from '../assert.ts';
import { connector } from '../connectors/registry.ts';
import { pathText } from '../catalog/catalog.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import { INSERT_ONLY, isInsertOnly, type ChangeKinds } from '../data/change-kinds.ts';
import { RowKind } from '../data/row-kind.ts';
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { LogicalPlan } from './logical.ts';
import type { ChangelogMode } from './physical.ts';
import { deduplication, isWindowRank } from './rank-form.ts';
import { intervalBounds, overTime, timeColumns } from './time-columns.ts';
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
export function sourceKinds(table: ResolvedTable): ChangeKinds {
  const name = table.options['connector'];
  return name === undefined ? INSERT_ONLY : (connector(name).sourceKinds?.(table) ?? INSERT_ONLY);
}

export function modeOfKinds(kinds: ChangeKinds): ChangelogMode {
  if (isInsertOnly(kinds)) return 'append';
  return kinds.updateAfter && !kinds.updateBefore ? 'upsert' : 'retract';
}

/**
 * Whether the changes of a table are made whole by its primary key: those of an upsert source, or of any source of changes when
 * `table.exec.source.cdc-events-duplicate` says that it may send one twice. @throws PLAN_CHANGELOG when there is no primary key
 */
export function needsNormalize(table: ResolvedTable, settings: Readonly<Record<string, string>>, span?: Span): boolean {
  const kinds = sourceKinds(table);
  const isUpsert = kinds.updateAfter && !kinds.updateBefore;
  const mayRepeat =
    !isInsertOnly(kinds) && settings['table.exec.source.cdc-events-duplicate']?.toLowerCase() === 'true';
  if (!isUpsert && !mayRepeat) return false;
  if (table.primaryKey !== undefined) return true;
  throw new MillraceError(
    'PLAN_CHANGELOG',
    isUpsert
      ? `Table '${pathText(table.path)}' produces a changelog stream that contains UPDATE_AFTER but no UPDATE_BEFORE. ` +
          'This requires defining a primary key constraint on the table.'
      : "Configuration 'table.exec.source.cdc-events-duplicate' is enabled which requires the changelog sources to define a PRIMARY KEY. " +
          `However, table '${pathText(table.path)}' doesn't have a primary key.`,
    { span, hint: 'add PRIMARY KEY (..) NOT ENFORCED to the table' },
  );
}

/** Whether a source of that table ends. */
export function isBounded(table: ResolvedTable): boolean {
  const name = table.options['connector'];
  return name === undefined || (connector(name).isBounded?.(table) ?? true);
}

/** Whether watermarks come from the source itself. */
export function makesWatermarks(table: ResolvedTable): boolean {
  const name = table.options['connector'];
  return name !== undefined && connector(name).makesWatermarks === true;
}

export function unboundedInBatch({ path }: ResolvedTable, span: Span | undefined): MillraceError {
  return new MillraceError(
    'PLAN_UNSUPPORTED',
    `Querying an unbounded table '${pathText(path)}' in batch mode is not allowed. The table source is unbounded.`,
    { span, hint: "give its source an end, or SET 'execution.runtime-mode' = 'streaming'" },
  );
}

export function changesOf(plan: LogicalPlan, mode: Mode): Changes {
  const input = (child: LogicalPlan): Changes => changesOf(child, mode);
  switch (plan.kind) {
    case 'scan': {
      if (mode === 'batch') return APPEND;
      if (plan.normalize === true) return ALL;
      const kinds = sourceKinds(plan.table);
      return { updates: kinds.updateAfter || kinds.updateBefore, deletes: kinds.delete };
    }
    case 'values':
      return APPEND;
    case 'window-aggregate': {
      const hasUpdates = plan.emit !== undefined && mode === 'streaming';
      return hasUpdates ? { updates: true, deletes: !isAppend(input(plan.input)) } : APPEND;
    }
    case 'match':
    case 'to-changelog':
      return APPEND;
    case 'from-changelog': {
      const has = (...kinds: RowKind[]): boolean => plan.codes.some(([, kind]) => kinds.includes(kind));
      return { updates: has(RowKind.UpdateBefore, RowKind.UpdateAfter), deletes: has(RowKind.Delete) };
    }
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
      if (isAppend(changes)) return { updates: plan.calls.length > 0 || plan.ttl !== undefined, deletes: false };
      return ALL;
    }
    case 'join':
      if (plan.temporal !== undefined) return input(plan.left);
      if (mode === 'batch' || windowJoinKeys(plan) !== undefined || intervalBounds(plan) !== undefined) return APPEND;
      return plan.type === 'inner' || plan.type === 'semi' ? either(input(plan.left), input(plan.right)) : ALL;
    case 'union':
      return plan.inputs.map(input).reduce(either, APPEND);
    case 'sort': {
      const strategy = sortStrategy(plan, mode);
      if (strategy === 'top-n') return ALL;
      return strategy === 'limit' ? input(plan.input) : APPEND;
    }
    case 'over': {
      const changes = input(plan.input);
      return mode === 'batch' || overTime(plan) !== undefined ? changes : ALL;
    }
    case 'rank':
      if (mode === 'batch') return APPEND;
      if (isWindowRank(plan)) return APPEND;
      return deduplication(plan, isAppend(input(plan.input)))?.keep === 'first' ? APPEND : ALL;
    default:
      return unreachable(plan);
  }
}

export type SortStrategy = 'at-end' | 'by-time' | 'limit' | 'top-n';

/** How ORDER BY and LIMIT run; undefined: they cannot, in a stream. */
export function sortStrategy(plan: Extract<LogicalPlan, { kind: 'sort' }>, mode: Mode): SortStrategy | undefined {
  if (plan.offset > 0 && plan.limit === undefined) return undefined;
  if (plan.keys.length === 0)
    return mode === 'batch' || limitsSource(plan.input) || isAppend(changesOf(plan.input, mode)) ? 'limit' : 'top-n';
  if (mode === 'batch') return 'at-end';
  if (plan.limit !== undefined) return 'top-n';
  const [first] = plan.keys as [(typeof plan.keys)[number]];
  if (!first.descending && timeColumns(plan.input).has(first.column)) return 'by-time';
  return plan.atEnd === true ? 'at-end' : undefined;
}

/** As in Flink a file is read no further than a LIMIT directly on it says, whatever the kinds of its rows. */
function limitsSource(plan: LogicalPlan): boolean {
  if (plan.kind === 'project') return limitsSource(plan.input);
  return plan.kind === 'scan' && plan.table.options['connector'] === 'filesystem';
}
