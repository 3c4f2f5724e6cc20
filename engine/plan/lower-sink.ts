/** Sinks in a physical plan: what they take, what they need, what has to stand before them. As Flink's SatisfyUpdateKindTraitVisitor. */
import { pathText } from '../catalog/catalog.ts';
import { connector } from '../connectors/registry.ts';
import { INSERT_ONLY, isInsertOnly, type ChangeKinds } from '../data/change-kinds.ts';
import { MillraceError } from '../errors.ts';
import { isAppend, type Changes } from './changelog.ts';
import { physicalText } from './explain-node.ts';
import type { LogicalPlan, Sink } from './logical.ts';
import type { Lowering } from './lower.ts';
import { updater } from './not-insert-only.ts';
import type { PhysicalPlan, SinkMaterialize, SinkNode } from './physical.ts';
import { smallestUpsertKey, upsertKeys, type KeySet } from './upsert-keys.ts';

export interface SinkOptions {
  /** `table.exec.sink.upsert-materialize`. */
  readonly upsertMaterialize?: 'none' | 'auto' | 'force';
  /** `table.exec.sink.require-on-conflict`. */
  readonly requireOnConflict?: boolean;
}

/** @throws PLAN_CHANGELOG when the sink cannot take what the query gives, or the key of the query is not that of the sink */
export function lowerSink(plan: Sink, lowering: Lowering, options: SinkOptions): SinkNode {
  const { table } = plan;
  const changes = lowering.changes(plan.input);
  const name = table.options['connector'];
  const query = queryKinds(changes);
  const kindsFor = (given: ChangeKinds): ChangeKinds =>
    name === undefined ? given : (connector(name).sinkKinds?.(table, given) ?? INSERT_ONLY);
  const kinds = kindsFor(query);
  const lacks = {
    updates: changes.updates && !kinds.updateAfter && !kinds.updateBefore,
    deletes: changes.deletes && !kinds.delete,
  };
  if (lacks.updates || lacks.deletes) throw sinkTakesNot(plan, lowering.node(plan.input, true), lacks);
  const key = sinkKey(plan);
  const keys = upsertKeys(plan.input);
  // Flink asks a second time before it knows of -U: a sink that takes whatever comes is then one of upserts.
  const updatesInPlace = changes.updates && !kinds.updateBefore;
  const materialize =
    lowering.mode === 'batch'
      ? undefined
      : materializeOf(plan, { changes, kinds: kindsFor({ ...query, updateBefore: false }), key, keys }, options);
  const isKeyed = key === undefined || keys.some((candidate) => sameColumns(candidate, key));
  const deletesByKey = kinds.deletesByKey && kinds.delete && isKeyed && materialize === undefined;
  const input = lowering.node(plan.input, !(updatesInPlace && isKeyed), deletesByKey);
  return {
    kind: 'sink',
    id: lowering.nextId(),
    schema: plan.schema,
    mode: input.mode === 'retract' && updatesInPlace ? 'upsert' : input.mode,
    input,
    table,
    materialize,
    conflict: plan.conflict,
    deleteKey: deletesByKey ? key : undefined,
  };
}

function queryKinds({ updates, deletes }: Changes): ChangeKinds {
  return { insert: true, updateBefore: updates, updateAfter: updates, delete: deletes, deletesByKey: false };
}

/** The columns of PRIMARY KEY among those that the sink gets; undefined when there is none or they are not written. */
function sinkKey(plan: Sink): KeySet | undefined {
  const key = plan.table.primaryKey?.map((i) =>
    plan.schema.findIndex((column) => column.name === plan.table.columns[i]!.name),
  );
  return key?.every((column) => column >= 0) === true ? key : undefined;
}

const covers = (key: KeySet, candidate: KeySet): boolean => candidate.every((column) => key.includes(column));
const sameColumns = (a: KeySet, b: KeySet): boolean => covers(a, b) && covers(b, a);

interface SinkFacts {
  readonly changes: Changes;
  readonly kinds: ChangeKinds;
  readonly key: KeySet | undefined;
  readonly keys: readonly KeySet[];
}

function materializeOf(plan: Sink, facts: SinkFacts, options: SinkOptions): SinkMaterialize | undefined {
  const { upsertMaterialize = 'auto', requireOnConflict = true } = options;
  const { changes, kinds, key, keys } = facts;
  const { conflict } = plan;
  const takesInserts = isInsertOnly(kinds);
  if (conflict !== undefined) checkConflict(plan, kinds);
  if (key === undefined || kinds.updateBefore || upsertMaterialize === 'none') return undefined;
  if (upsertMaterialize === 'auto') {
    if (takesInserts || (isAppend(changes) && conflict === 'deduplicate')) return undefined;
    if (keys.some((candidate) => covers(key, candidate))) return undefined;
    if (requireOnConflict && conflict === undefined) throw keysDiffer(plan, key, smallestUpsertKey(keys));
  }
  const strategy = conflict ?? 'deduplicate';
  if (strategy === 'deduplicate' && isAppend(changes)) return undefined;
  return { primaryKey: key, upsertKey: smallestUpsertKey(keys), conflict: strategy };
}

function checkConflict(plan: Sink, kinds: ChangeKinds): void {
  const reason = isInsertOnly(kinds)
    ? 'it only accepts INSERT (append-only) changes'
    : kinds.updateBefore
      ? 'it requires UPDATE_BEFORE (retract mode)'
      : undefined;
  if (reason !== undefined) {
    throw new MillraceError(
      'PLAN_CHANGELOG',
      `ON CONFLICT clause is only allowed for upsert sinks. The sink '${pathText(plan.table.path)}' is not an upsert sink because ${reason}.`,
      { span: plan.span, hint: 'leave ON CONFLICT out' },
    );
  }
  if (plan.conflict === 'deduplicate') return;
  const lacking = sourcesWithoutWatermark(plan.input);
  if (lacking.length === 0) return;
  throw new MillraceError(
    'PLAN_CHANGELOG',
    `ON CONFLICT DO ${plan.conflict!.toUpperCase()} requires all source tables to define watermarks, but the following ` +
      `source(s) do not: ${lacking.join(', ')}. Please add a WATERMARK declaration to these tables.`,
    { span: plan.span, hint: 'conflicts are decided when a watermark passes' },
  );
}

function sourcesWithoutWatermark(plan: LogicalPlan): string[] {
  if (plan.kind === 'scan') return plan.table.watermark === undefined ? [pathText(plan.table.path)] : [];
  if ('inputs' in plan) return plan.inputs.flatMap(sourcesWithoutWatermark);
  if ('left' in plan) return [plan.left, plan.right].flatMap(sourcesWithoutWatermark);
  return 'input' in plan ? sourcesWithoutWatermark(plan.input) : [];
}

function keysDiffer(plan: Sink, key: KeySet, upsertKey: KeySet | undefined): MillraceError {
  const names = (columns: KeySet, input: LogicalPlan): string =>
    `[${columns.map((column) => input.schema[column]!.name).join(', ')}]`;
  return new MillraceError(
    'PLAN_CHANGELOG',
    `The query has an upsert key that differs from the primary key of the sink table '${pathText(plan.table.path)}'. ` +
      `Primary key: ${names(key, plan)}, upsert key: ${upsertKey === undefined ? '' : names(upsertKey, plan.input)}. ` +
      'This can lead to non-deterministic results when multiple records with different upsert keys map to the same primary key. ' +
      'Please specify an ON CONFLICT clause to define how conflicts should be handled: ON CONFLICT DO DEDUPLICATE (update to the ' +
      'latest record, state intensive, since we need to keep the entire history), or ON CONFLICT DO ERROR (fail on conflict), or ' +
      'ON CONFLICT DO NOTHING (keep first record).',
    { span: plan.span, hint: 'write ON CONFLICT DO DEDUPLICATE behind the query' },
  );
}

function sinkTakesNot(plan: Sink, input: PhysicalPlan, lacks: Changes): MillraceError {
  const what = lacks.updates && lacks.deletes ? 'update and delete' : lacks.updates ? 'update' : 'delete';
  return new MillraceError(
    'PLAN_CHANGELOG',
    `Table sink '${pathText(plan.table.path)}' doesn't support consuming ${what} changes which is produced by node ${physicalText(updater(input))}`,
    {
      span: plan.span,
      hint: 'group by a window instead of a plain key, or write into a table that takes updates (print, blackhole)',
    },
  );
}
