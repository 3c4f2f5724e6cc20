/** CREATE TABLE: columns, watermark, keys, LIKE → a table of the catalog with everything resolved. */
import type { ResolvedTable } from '../catalog/table.ts';
import { MillraceError } from '../errors.ts';
import type * as ddl from '../sql/ast-ddl.ts';
import { fullPath } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import { optionsOf, partsOf } from './written.ts';
import { inheritFrom } from './like.ts';
import type { Inherited } from './like.ts';
import { draftOfColumn, draftOfDistribution, draftOfKey, draftOfWatermark, resolveDraft } from './table-draft.ts';
import type { ColumnDraft, TableDraft } from './table-draft.ts';

export function createTable(statement: ddl.CreateTable, env: BindEnv): void {
  const path = fullPath(env, partsOf(statement.path));
  const how = { ifNotExists: statement.ifNotExists, span: statement.path.span };
  const table = resolveTable(statement, path, env);
  env.catalog.create({ kind: 'table', table }, how);
}

function resolveTable(statement: ddl.CreateTable, path: ResolvedTable['path'], env: BindEnv): ResolvedTable {
  const inherited = statement.like === undefined ? undefined : inheritFrom(statement.like, statement, env);
  const draft = draftOf(statement, inherited);
  checkInheritedKey(statement, draft, inherited?.columns ?? []);
  const head = {
    path,
    options: { ...inherited?.options, ...optionsOf(statement.options, env) },
    comment: statement.comment?.value,
    temporary: statement.temporary,
  };
  return resolveDraft(draft, head, env);
}

function draftOf(statement: ddl.CreateTable, inherited: Inherited | undefined): TableDraft {
  const columns: ColumnDraft[] = [...(inherited?.columns ?? [])];
  const ownFrom = columns.length;
  for (const column of statement.columns) {
    const draft = draftOfColumn(column);
    const index = columns.findIndex((other) => other.name === draft.name);
    if (index < 0) columns.push(draft);
    else if (index < ownFrom) columns[index] = inherited!.merge(columns[index]!, draft, column.name.span);
    else throw duplicate(column, columns[index]!);
  }
  return { columns, ...rulesOf(statement, inherited) };
}

/** What a statement says beside its columns, over what it inherits. */
export function rulesOf(statement: ddl.CreateTable, inherited: TableDraft | undefined): Omit<TableDraft, 'columns'> {
  const [watermark, second] = statement.watermarks;
  if (second !== undefined) {
    throw new MillraceError('SQL_INVALID', 'Multiple WATERMARK definitions are not supported yet.', {
      span: second.span,
      hint: 'a table has one rowtime column: keep one WATERMARK',
    });
  }
  const { distribution, partitionedBy } = statement;
  return {
    watermark: watermark === undefined ? inherited?.watermark : draftOfWatermark(watermark),
    primaryKey: draftOfKey(statement.columns, statement.constraints) ?? inherited?.primaryKey,
    distribution: distribution === undefined ? inherited?.distribution : draftOfDistribution(distribution),
    partitionedBy: partitionedBy.length > 0 ? partitionedBy : (inherited?.partitionedBy ?? []),
  };
}

/** Columns that the statement declares become NOT NULL in its key; those of another table or a query must be that already. */
export function checkInheritedKey(
  statement: ddl.CreateTable,
  draft: TableDraft,
  inherited: readonly ColumnDraft[],
): void {
  if (draftOfKey(statement.columns, statement.constraints) === undefined) return;
  for (const { name, span } of draft.primaryKey!.columns) {
    const column = inherited.find((other) => other.name === name);
    if (column?.kind !== 'physical' || !column.type.nullable) continue;
    if (statement.columns.some((own) => own.name.name === name)) continue;
    const columns = draft.primaryKey!.columns.map((key) => key.name);
    const key = draft.primaryKey!.name ?? `PK_${columns.join('_')}`;
    throw new MillraceError('SQL_INVALID', `Invalid primary key '${key}'. Column '${name}' is nullable.`, {
      span,
      hint: 'the column must be NOT NULL where it comes from',
    });
  }
}

function duplicate(column: ddl.Column, other: ColumnDraft): MillraceError {
  const kind = { physical: 'regular', metadata: 'metadata', computed: 'generated' }[other.kind];
  const reason = `A ${kind} Column named '${column.name.name}' already exists in the table.`;
  return new MillraceError('SQL_INVALID', reason, { span: column.name.span, hint: 'give one of them another name' });
}
