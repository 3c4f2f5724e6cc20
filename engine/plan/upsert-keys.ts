/** Sets of columns that identify a row of a changelog: with one of them updates need no -U. As Flink's FlinkRelMdUpsertKeys, for what runs here. */
import { unreachable } from '../assert.ts';
import { valueKey } from '../data/key.ts';
import type { Value } from '../types/value.ts';
import { columnsOf, conjuncts } from './expr-walk.ts';
import type { LogicalPlan } from './logical.ts';
import { splitJoinCondition } from './window-properties.ts';

export type KeySet = readonly number[];

export function upsertKeys(plan: LogicalPlan): readonly KeySet[] {
  switch (plan.kind) {
    case 'values':
      return keysOfRows(plan.rows, plan.schema.length);
    case 'union':
    case 'correlate':
    case 'match':
    case 'to-changelog':
    case 'sink':
      return [];
    case 'scan': {
      const { table, schema } = plan;
      if (table.primaryKey === undefined) return [];
      const names = table.primaryKey.map((i) => table.columns[i]!.name);
      const positions = names.map((name) => schema.findIndex((column) => column.name === name));
      return positions.every((i) => i >= 0) ? [positions] : [];
    }
    case 'from-changelog':
      return plan.keys === 0 ? [] : [Array.from({ length: plan.keys }, (_, i) => i)];
    case 'watermark':
    case 'filter':
    case 'sort':
      return upsertKeys(plan.input);
    case 'project': {
      const positions = new Map<number, number>();
      plan.exprs.forEach((expr, i) => {
        if (expr.kind === 'column' && !positions.has(expr.index)) positions.set(expr.index, i);
      });
      return mapKeys(upsertKeys(plan.input), (column) => positions.get(column));
    }
    case 'over':
      return upsertKeys(plan.input);
    case 'rank': {
      const own: KeySet[] =
        plan.output && plan.fn === 'ROW_NUMBER' ? [[...plan.partition, plan.schema.length - 1]] : [];
      const single = plan.range.start === plan.range.end && plan.fn === 'ROW_NUMBER' ? [plan.partition] : [];
      return [...upsertKeys(plan.input), ...single, ...own];
    }
    case 'window-table':
      return upsertKeys(plan.input).map((key) => [...key, plan.input.schema.length, plan.input.schema.length + 1]);
    case 'aggregate':
      return [plan.keys.map((_, i) => i)];
    case 'window-aggregate': {
      const first = plan.keys.length + plan.calls.length;
      const bound = plan.properties.findIndex((property) => property === 'start' || property === 'end');
      return bound < 0 ? [] : [[...plan.keys.keys(), first + bound]];
    }
    case 'join':
      // Each left row has one version at most.
      if (plan.temporal?.kind === 'event') return upsertKeys(plan.left);
      return joinUpsertKeys(plan);
    default:
      return unreachable(plan);
  }
}

/**
 * Keys of both sides together; those of one side alone where a row of it has one partner at most and is never padded. As Flink, only keys that
 * hold the join keys count: an update that moves a row to another join key is two changes, whose order nobody knows.
 */
function joinUpsertKeys(plan: Extract<LogicalPlan, { kind: 'join' }>): readonly KeySet[] {
  const width = plan.left.schema.length;
  const { left, right } = splitJoinCondition(plan.condition, width);
  const leftKeys = upsertKeys(plan.left);
  const rightKeys = upsertKeys(plan.right);
  const holding = (keys: readonly KeySet[], columns: readonly number[]): readonly KeySet[] =>
    keys.filter((key) => columns.every((column) => key.includes(column)));
  const onLeft = holding(leftKeys, left);
  if (plan.type === 'semi' || plan.type === 'anti') return onLeft;
  const onRight = holding(rightKeys, right).map((key) => key.map((i) => i + width));
  const isCovered = (keys: readonly KeySet[], by: readonly number[]): boolean =>
    keys.some((key) => key.every((column) => by.includes(column)));
  const keys: KeySet[] = onLeft.flatMap((a) => onRight.map((b) => [...a, ...b]));
  const padsLeft = plan.type === 'right' || plan.type === 'full';
  const padsRight = plan.type === 'left' || plan.type === 'full';
  if (!padsLeft && isCovered(rightKeys, right)) keys.push(...onLeft);
  if (!padsRight && isCovered(leftKeys, left)) keys.push(...onRight);
  return keys;
}

/** Columns that tell literal rows apart: none for one row, single ones, or all together. */
function keysOfRows(rows: readonly (readonly Value[])[], width: number): KeySet[] {
  if (rows.length <= 1) return [[]];
  const isDistinct = (key: KeySet): boolean =>
    new Set(rows.map((row) => JSON.stringify(key.map((column) => valueKey(row[column]!))))).size === rows.length;
  const single = Array.from({ length: width }, (_, column) => [column]).filter(isDistinct);
  const all = Array.from({ length: width }, (_, column) => column);
  return single.length > 0 ? single : isDistinct(all) ? [all] : [];
}

function mapKeys(keys: readonly KeySet[], map: (column: number) => number | undefined): KeySet[] {
  return keys.flatMap((key) => {
    const mapped = key.map(map);
    return mapped.every((column) => column !== undefined) ? [mapped] : [];
  });
}

/** The upsert key with the fewest columns, of several the one with the first columns; undefined: there is none. As Flink's UpsertKeyUtil. */
export function smallestUpsertKey(keys: readonly KeySet[]): KeySet | undefined {
  const sorted = keys.map((key) => [...key].sort((a, b) => a - b));
  return sorted.sort((a, b) => a.length - b.length || (a.join() < b.join() ? -1 : 1))[0];
}

/** Whether some upsert key is exactly these columns. */
export function isUpsertKey(plan: LogicalPlan, columns: readonly number[]): boolean {
  const wanted = new Set(columns);
  return upsertKeys(plan).some((key) => new Set(key).size === wanted.size && key.every((column) => wanted.has(column)));
}

/** Whether a filter looks at columns of an upsert key alone: then a row and its update pass or fail together. */
export function filtersByKey(plan: Extract<LogicalPlan, { kind: 'filter' }>): boolean {
  const read = conjuncts(plan.condition).flatMap((part) => [...columnsOf(part)]);
  return upsertKeys(plan.input).some((key) => read.every((column) => key.includes(column)));
}
