/**
 * Sources in a physical plan: as they are, without their -U where nobody needs it, or behind a ChangelogNormalize that makes a whole changelog
 * of an upsert source. A filter over such a source goes below it as far as it looks at the key alone, and into it with the rest.
 */
import { MillraceError } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import { isInsertOnly } from '../data/change-kinds.ts';
import { pathText } from '../catalog/catalog.ts';
import { isBounded, modeOfKinds, sourceKinds, unboundedInBatch } from './changelog.ts';
import { andAll, columnExpr, columnsOf, conjuncts } from './expr-walk.ts';
import type { Scan } from './logical.ts';
import type { Lowering, Required } from './lower.ts';
import type { PhysicalPlan, SourceNode } from './physical.ts';

/** `condition`: a filter over the scan, which is part of what this gives. */
export function lowerScan(plan: Scan, lowering: Lowering, required: Required, condition?: Expr): PhysicalPlan {
  const { table, schema } = plan;
  const kinds = sourceKinds(table);
  if (lowering.mode === 'batch') {
    if (!isBounded(table)) throw unboundedInBatch(table, plan.span);
    if (!isInsertOnly(kinds)) throw changesInBatch(plan);
  }
  if (plan.normalize === true && lowering.mode === 'streaming') return normalized(plan, lowering, required, condition);
  const source = sourceNode(plan, lowering);
  const filtered = condition === undefined ? source : calc(source, lowering, condition);
  if (!kinds.updateBefore || required.updateBefore) return filtered;
  return { kind: 'drop-update-before', id: lowering.nextId(), schema, mode: 'upsert', input: filtered };
}

function sourceNode(plan: Scan, lowering: Lowering): SourceNode {
  const { table, schema } = plan;
  const paths = plan.paths ?? schema.map((column) => [column.name]);
  return { kind: 'source', id: lowering.nextId(), schema, mode: modeOfKinds(sourceKinds(table)), table, paths };
}

function calc(input: PhysicalPlan, lowering: Lowering, filter: Expr): PhysicalPlan {
  const { schema, mode } = input;
  const exprs = schema.map((column, i) => columnExpr(i, column));
  return { kind: 'calc', id: lowering.nextId(), schema, mode, input, filter, exprs };
}

function normalized(plan: Scan, lowering: Lowering, required: Required, condition: Expr | undefined): PhysicalPlan {
  const { table, schema } = plan;
  const keys = table.primaryKey!.map((key) => schema.findIndex((column) => column.name === table.columns[key]!.name));
  const parts = conjuncts(condition);
  const isOfKey = (part: Expr): boolean => [...columnsOf(part)].every((column) => keys.includes(column));
  const below = andAll(parts.filter(isOfKey));
  const within = andAll(parts.filter((part) => !isOfKey(part)));
  const source = sourceNode(plan, lowering);
  const kinds = sourceKinds(table);
  const bare: PhysicalPlan = kinds.updateBefore
    ? { kind: 'drop-update-before', id: lowering.nextId(), schema, mode: 'upsert', input: source }
    : source;
  const input = below === undefined ? bare : calc(bare, lowering, below);
  const readsMetadata = schema.some(({ name }) =>
    table.columns.some((column) => column.kind === 'metadata' && column.name === name),
  );
  // Whoever can do without -U and without the values of deleted rows needs no memory of the rows.
  const isRequired = required.updateBefore || within !== undefined || readsMetadata;
  if (!isRequired && (!kinds.deletesByKey || required.deletesByKey)) return input;
  const { updateBefore } = required;
  return {
    kind: 'changelog-normalize',
    id: lowering.nextId(),
    schema,
    mode: updateBefore ? 'retract' : 'upsert',
    input,
    keys,
    condition: within,
    updateBefore,
  };
}

function changesInBatch({ table, span }: Scan): MillraceError {
  return new MillraceError(
    'PLAN_CHANGELOG',
    'Querying a table in batch mode is currently only possible for INSERT-only table sources. ' +
      `But the source for table '${pathText(table.path)}' produces other changelog messages than just INSERT.`,
    { span, hint: "SET 'execution.runtime-mode' = 'streaming'" },
  );
}

/** Whether a -D of the node may lack all but the columns of its key. */
export function hasKeyDeletes(node: PhysicalPlan): boolean {
  switch (node.kind) {
    case 'source':
      return sourceKinds(node.table).deletesByKey;
    case 'calc':
    case 'watermark':
    case 'drop-update-before':
      return hasKeyDeletes(node.input);
    default:
      return false;
  }
}
