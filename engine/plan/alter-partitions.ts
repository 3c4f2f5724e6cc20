/** ALTER TABLE ADD and DROP PARTITION: the partitions that SHOW PARTITIONS lists. What is read and written does not depend on them. */
import type { ResolvedTable, TablePartition } from '../catalog/table.ts';
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type * as ddl from '../sql/ast-ddl.ts';
import type { PartitionItem } from '../sql/ast.ts';
import type { Expr as SqlExpr } from '../sql/ast-expr.ts';
import type { BindEnv } from './bind-context.ts';
import { bindExpr } from './bind-expr.ts';

type Partitions = readonly TablePartition[];

export function addPartitions(
  table: ResolvedTable,
  change: Extract<ddl.TableChange, { kind: 'addPartitions' }>,
  env: BindEnv,
): ResolvedTable {
  let partitions: Partitions = table.partitions ?? [];
  for (const { items, span } of change.partitions) {
    const spec = checked(table, specOf(items, env), span);
    if (!partitions.some((other) => sameSpec(other, spec))) partitions = [...partitions, spec];
    else if (!change.ifNotExists) {
      throw new MillraceError('CATALOG_EXISTS', `Partition ${specText(spec)} of ${tableText(table)} already exists.`, {
        span,
        hint: 'write ADD IF NOT EXISTS PARTITION',
      });
    }
  }
  return { ...table, partitions };
}

export function dropPartitions(
  table: ResolvedTable,
  change: Extract<ddl.TableChange, { kind: 'dropPartitions' }>,
  env: BindEnv,
): ResolvedTable {
  let partitions: Partitions = table.partitions ?? [];
  for (const { items, span } of change.partitions) {
    const spec = checked(table, specOf(items, env), span);
    const left = partitions.filter((other) => !sameSpec(other, spec));
    if (left.length === partitions.length && !change.ifExists) {
      throw new MillraceError(
        'CATALOG_NOT_FOUND',
        `Partition ${specText(spec)} of ${tableText(table)} does not exist.`,
        {
          span,
          hint: 'write DROP IF EXISTS PARTITION',
        },
      );
    }
    partitions = left;
  }
  return { ...table, partitions };
}

/** `b=x/c=1` of those that have the values of PARTITION (..). @throws SQL_INVALID for a table without partitions */
export function listPartitions(
  table: ResolvedTable,
  items: readonly PartitionItem[],
  span: Span,
  env: BindEnv,
): string[] {
  checkPartitioned(table, span);
  const wanted = Object.entries(specOf(items, env));
  const found = (table.partitions ?? []).filter((spec) => wanted.every(([key, value]) => spec[key] === value));
  return found.map((spec) =>
    Object.entries(spec)
      .map(([key, value]) => `${key}=${value}`)
      .join('/'),
  );
}

function specOf(items: readonly PartitionItem[], env: BindEnv): TablePartition {
  return Object.fromEntries(items.map(({ name, value }) => [name.name, value === undefined ? '' : textOf(value, env)]));
}

/** The text of a constant. @throws SQL_INVALID for anything else */
function textOf(value: SqlExpr, env: BindEnv): string {
  const expr = bindExpr(value, { env, scope: { relations: [] }, clause: 'PARTITION', places: new Map() });
  if (expr.kind === 'literal') return String(expr.value);
  throw new MillraceError('SQL_INVALID', 'the value of a partition is a literal', {
    span: value.span,
    hint: "for example PARTITION (day = '2024-05-01')",
  });
}

function checkPartitioned(table: ResolvedTable, span: Span): void {
  if (table.partitionedBy.length > 0) return;
  throw new MillraceError(
    'SQL_INVALID',
    `Table ${table.path.database}.${table.path.name} in catalog ${table.path.catalog} is not partitioned.`,
    { span, hint: 'a table has partitions when it was created with PARTITIONED BY (...)' },
  );
}

function checked(table: ResolvedTable, spec: TablePartition, span: Span): TablePartition {
  checkPartitioned(table, span);
  const keys = Object.keys(spec);
  const { partitionedBy } = table;
  if (keys.length === partitionedBy.length && keys.every((key) => partitionedBy.includes(key))) return spec;
  throw new MillraceError(
    'SQL_INVALID',
    `PartitionSpec ${specText(spec)} does not match partition keys [${partitionedBy.join(', ')}] of ${tableText(table)}.`,
    { span, hint: `give each of ${partitionedBy.join(', ')} a value` },
  );
}

const sameSpec = (a: TablePartition, b: TablePartition): boolean =>
  Object.entries(a).every(([key, value]) => b[key] === value);
const specText = (spec: TablePartition): string =>
  `CatalogPartitionSpec{{${Object.entries(spec)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')}}}`;
const tableText = ({ path }: ResolvedTable): string => `table ${path.database}.${path.name} in catalog ${path.catalog}`;
