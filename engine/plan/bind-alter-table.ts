/** ALTER TABLE: the table becomes a draft again, the change is made there, and the draft is checked as a new table's would be. */
import { unreachable } from '../assert.ts';
import { quotedPath, quoteName } from '../catalog/catalog.ts';
import { distributionText } from '../catalog/show-create.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import type { Span } from '../errors.ts';
import type * as ddl from '../sql/ast-ddl.ts';
import type { Identifier, Path } from '../sql/ast.ts';
import { addPartitions, dropPartitions } from './alter-partitions.ts';
import { fullPath } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import { optionsOf, partsOf } from './written.ts';
import { collectColumns } from './expr-walk.ts';
import {
  draftOfColumn,
  draftOfDistribution,
  draftOfKey,
  draftOfTable,
  draftOfWatermark,
  resolveDraft,
} from './table-draft.ts';
import type { ColumnDraft, TableDraft } from './table-draft.ts';

/** @throws SQL_UNKNOWN_TABLE, SQL_UNKNOWN_COLUMN, SQL_INVALID, CATALOG_EXISTS; the table stays as it was then */
export function alterTable(statement: ddl.AlterTable, env: BindEnv): void {
  const path = fullPath(env, partsOf(statement.path));
  const object = env.catalog.permanent(path);
  if (object?.kind !== 'table' || env.catalog.temporary(path) !== undefined) {
    if (statement.ifExists) return;
    throw new MillraceError('SQL_UNKNOWN_TABLE', `Table ${quotedPath(path)} doesn't exist or is a temporary table.`, {
      span: statement.path.span,
      hint: otherObject(path.name, env.catalog.get(path)?.kind, env.catalog.names(path.catalog, path.database)),
    });
  }
  const { table } = object;
  if (statement.change.kind === 'renameTable') {
    const name = statement.change.to.parts.at(-1)!;
    const renamed = { ...table, path: { ...path, name: name.name } };
    env.catalog.create({ kind: 'table', table: renamed }, { ifNotExists: false, span: name.span });
    env.catalog.drop(path, { kind: 'table', temporary: false, ifExists: false });
    return;
  }
  env.catalog.replace({ kind: 'table', table: changedTable(table, statement.change, env) });
}

function otherObject(name: string, kind: 'table' | 'view' | undefined, known: readonly string[]): string {
  if (kind === 'view') return `${name} is a view: ALTER VIEW`;
  if (kind === 'table') return `${name} is temporary: DROP TEMPORARY TABLE and create it anew`;
  return (
    didYouMean(name, known) ?? (known.length === 0 ? 'there are no tables yet' : `tables here: ${known.join(', ')}`)
  );
}

/** The table after a change other than its name. */
export function changedTable(
  table: ResolvedTable,
  change: Exclude<ddl.TableChange, { kind: 'renameTable' }>,
  env: BindEnv,
): ResolvedTable {
  const rebuilt = (draft: Partial<TableDraft>): ResolvedTable => {
    const { path, options, comment, temporary } = table;
    const head = { path, options, comment, temporary };
    return { ...table, ...resolveDraft({ ...draftOfTable(table), ...draft }, head, env) };
  };
  switch (change.kind) {
    case 'setOptions':
      return { ...table, options: { ...table.options, ...optionsOf(change.options, env) } };
    case 'resetOptions':
      return { ...table, options: withoutKeys(table.options, change) };
    case 'renameColumn':
      return rebuilt(renamedColumn(table, change.column, change.to));
    case 'changeSchema':
      return rebuilt(changedSchema(table, change));
    case 'dropColumns':
      return rebuilt(droppedColumns(table, change.columns));
    case 'dropPrimaryKey':
    case 'dropConstraint':
      return withoutKey(table, change);
    case 'dropWatermark':
      if (table.watermark !== undefined) return { ...table, watermark: undefined };
      throw refuse('The current table does not define any watermark strategy.', change.span, NOTHING_TO_DROP);
    case 'dropDistribution':
      if (table.distribution !== undefined) return { ...table, distribution: undefined };
      throw new MillraceError('SQL_INVALID', `Table ${quotedPath(table.path)} does not have a distribution to drop.`, {
        span: change.span,
        hint: NOTHING_TO_DROP,
      });
    case 'addPartitions':
      return addPartitions(table, change, env);
    case 'dropPartitions':
      return dropPartitions(table, change, env);
    default:
      return unreachable(change);
  }
}

const NOTHING_TO_DROP = 'there is nothing to drop';

function refuse(
  reason: string,
  span: Span,
  hint: string,
  code: 'SQL_INVALID' | 'SQL_UNKNOWN_COLUMN' = 'SQL_INVALID',
): MillraceError {
  return new MillraceError(code, `Failed to execute ALTER TABLE statement.\n${reason}`, { span, hint });
}

function withoutKeys(
  options: Readonly<Record<string, string>>,
  change: Extract<ddl.TableChange, { kind: 'resetOptions' }>,
): Record<string, string> {
  if (change.keys.length === 0) {
    throw new MillraceError('SQL_INVALID', 'ALTER TABLE RESET does not support empty key', {
      span: change.span,
      hint: "name the options: RESET ('key')",
    });
  }
  const connector = change.keys.find((key) => key.value === 'connector');
  if (connector !== undefined) {
    throw new MillraceError('SQL_INVALID', "ALTER TABLE RESET does not support changing 'connector'", {
      span: connector.span,
      hint: "SET ('connector' = '...') changes it",
    });
  }
  const gone = new Set(change.keys.map((key) => key.value));
  return Object.fromEntries(Object.entries(options).filter(([key]) => !gone.has(key)));
}

/** The name of a column that is not nested. */
function plainName(path: Path): Identifier {
  const [name, ...rest] = path.parts as [Identifier, ...Identifier[]];
  if (rest.length === 0) return name;
  const text = path.parts.map((part) => quoteName(part.name)).join('.');
  throw refuse(
    `Altering the nested row type ${text} is not supported yet.`,
    path.span,
    `MODIFY ${name.name} with its whole new ROW type`,
  );
}

function indexOf(table: ResolvedTable, { name, span }: Identifier, reason: string): number {
  const index = table.columns.findIndex((column) => column.name === name);
  if (index >= 0) return index;
  const names = table.columns.map((column) => column.name);
  const hint = didYouMean(name, names) ?? `columns: ${names.join(', ')}`;
  throw refuse(reason, span, hint, 'SQL_UNKNOWN_COLUMN');
}

/** Refuses a change of a column that something else of the table is made of. `gone`: columns that go with it. */
function checkReferences(
  table: ResolvedTable,
  index: number,
  span: Span,
  gone: ReadonlySet<number>,
  isDropped: boolean,
): void {
  const name = quoteName(table.columns[index]!.name);
  const by = table.columns.find(
    (column, i) => column.kind === 'computed' && !gone.has(i) && collectColumns(column.expr, new Set()).has(index),
  );
  if (by !== undefined) {
    const reason = `The column ${name} is referenced by computed column ${quoteName(by.name)}.`;
    throw refuse(reason, span, `DROP ${by.name} first`);
  }
  const { watermark, primaryKey, partitionedBy, distribution } = table;
  const column = table.columns[index]!.name;
  if (partitionedBy.includes(column)) {
    throw refuse(`The column ${name} is used as the partition keys.`, span, 'partition keys cannot be changed');
  }
  if (isDropped && primaryKey?.includes(index) === true) {
    throw refuse(`The column ${name} is used as the primary key.`, span, 'DROP PRIMARY KEY first');
  }
  if (watermark !== undefined && (watermark.column === index || collectColumns(watermark.expr, new Set()).has(index))) {
    throw refuse(`The column ${name} is referenced by watermark expression.`, span, 'DROP WATERMARK first');
  }
  if (distribution?.columns.includes(column) === true) {
    throw refuse(`The column ${name} is used as a distribution key.`, span, 'DROP DISTRIBUTION first');
  }
}

function renamedColumn(table: ResolvedTable, path: Path, to: Identifier): Partial<TableDraft> {
  const from = plainName(path);
  const index = indexOf(table, from, `The column ${quoteName(from.name)} does not exist in the base table.`);
  if (table.columns.some((column) => column.name === to.name)) {
    const reason = `The column ${quoteName(to.name)} already existed in table schema.`;
    throw refuse(reason, to.span, 'take another name');
  }
  checkReferences(table, index, from.span, new Set(), false);
  const { columns, primaryKey } = draftOfTable(table);
  return {
    columns: columns.map((column, i) => (i === index ? { ...column, name: to.name } : column)),
    primaryKey: primaryKey && {
      ...primaryKey,
      columns: primaryKey.columns.map((key) => (key.name === from.name ? { ...key, name: to.name } : key)),
    },
  };
}

function droppedColumns(table: ResolvedTable, paths: readonly Path[]): Partial<TableDraft> {
  const names = paths.map(plainName);
  const gone = new Set<number>();
  for (const name of names) {
    const index = indexOf(table, name, `The column ${quoteName(name.name)} does not exist in the base table.`);
    if (gone.has(index)) throw refuse(`Duplicate column ${quoteName(name.name)}.`, name.span, 'name it once');
    gone.add(index);
  }
  for (const name of names) {
    const index = table.columns.findIndex((column) => column.name === name.name);
    checkReferences(table, index, name.span, gone, true);
  }
  return { columns: draftOfTable(table).columns.filter((_, i) => !gone.has(i)) };
}

function withoutKey(
  table: ResolvedTable,
  change: Extract<ddl.TableChange, { kind: 'dropPrimaryKey' | 'dropConstraint' }>,
): ResolvedTable {
  if (table.primaryKey === undefined) {
    throw refuse('The current table does not define any primary key.', change.span, NOTHING_TO_DROP);
  }
  if (change.kind === 'dropConstraint' && change.name.name !== table.constraintName) {
    const reason = `The current table does not define a primary key constraint named '${change.name.name}'. Available constraint name: ['${table.constraintName}'].`;
    throw refuse(reason, change.name.span, `DROP CONSTRAINT ${table.constraintName}, or DROP PRIMARY KEY`);
  }
  return { ...table, primaryKey: undefined, constraintName: undefined };
}

/** ADD and MODIFY. */
function changedSchema(table: ResolvedTable, change: ddl.ChangeSchema): Partial<TableDraft> {
  const { action, span } = change;
  if (change.distribution !== undefined) return { distribution: changedDistribution(table, change) };
  const columns = changedColumns(draftOfTable(table).columns, change);
  const [watermark, second] = change.watermarks;
  if (second !== undefined) {
    const reason = 'Multiple WATERMARK declarations are not supported yet.';
    throw new MillraceError('SQL_INVALID', reason, { span: second.span, hint: 'keep one of them' });
  }
  const key = draftOfKey(
    change.columns.map((placed) => placed.column),
    change.constraints,
  );
  if (watermark !== undefined) {
    if (action === 'ADD' && table.watermark !== undefined) {
      const { column, sql } = table.watermark;
      const reason = `The current table has already defined the watermark strategy ${quoteName(table.columns[column]!.name)} AS ${sql}. You might want to drop it before adding a new one.`;
      throw refuse(reason, watermark.span, 'write MODIFY WATERMARK ...');
    }
    if (action === 'MODIFY' && table.watermark === undefined) {
      const reason = 'The current table does not define any watermark. You might want to add a new one.';
      throw refuse(reason, watermark.span, 'write ADD WATERMARK ...');
    }
  }
  if (key !== undefined) checkKeyChange(table, change, key);
  return {
    columns,
    ...(watermark === undefined ? {} : { watermark: draftOfWatermark(watermark) }),
    ...(key === undefined ? {} : { primaryKey: checkKey(key, columns, span) }),
  };
}

function checkKeyChange(
  table: ResolvedTable,
  change: ddl.ChangeSchema,
  key: NonNullable<TableDraft['primaryKey']>,
): void {
  const span = key.columns[0]?.span ?? change.span;
  if (change.action === 'ADD' && table.primaryKey !== undefined) {
    const names = table.primaryKey.map((i) => quoteName(table.columns[i]!.name)).join(', ');
    const reason = `The current table has already defined the primary key constraint [${names}]. You might want to drop it before adding a new one.`;
    throw refuse(reason, span, 'write MODIFY PRIMARY KEY ...');
  }
  if (change.action === 'MODIFY' && table.primaryKey === undefined) {
    const reason = 'The current table does not define any primary key constraint. You might want to add a new one.';
    throw refuse(reason, span, 'write ADD PRIMARY KEY ...');
  }
}

function checkKey(
  key: NonNullable<TableDraft['primaryKey']>,
  columns: readonly ColumnDraft[],
  span: Span,
): NonNullable<TableDraft['primaryKey']> {
  const names = key.columns.map((column) => column.name);
  const keyName = key.name ?? `PK_${names.join('_')}`;
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice.length > 0) {
    throw new MillraceError(
      'SQL_INVALID',
      `Invalid primary key '${keyName}'. A primary key must not contain duplicate columns. Found: [${twice.join(', ')}]`,
      { span: key.columns[0]!.span ?? span, hint: 'name every column once' },
    );
  }
  for (const { name, span: place } of key.columns) {
    const found = columns.find((column) => column.name === name);
    if (found?.kind === 'physical') continue;
    const isUnknown = found === undefined;
    const known = columns.map((column) => column.name);
    throw new MillraceError(
      isUnknown ? 'SQL_UNKNOWN_COLUMN' : 'SQL_INVALID',
      `Invalid primary key '${keyName}'. Column '${name}' ${isUnknown ? 'does not exist' : 'is not a physical column'}.`,
      {
        span: place ?? span,
        hint: isUnknown
          ? (didYouMean(name, known) ?? `columns: ${known.join(', ')}`)
          : 'computed and metadata columns cannot be part of a key',
      },
    );
  }
  return key;
}

function changedColumns(before: readonly ColumnDraft[], change: ddl.ChangeSchema): ColumnDraft[] {
  const columns = [...before];
  const seen = new Set<string>();
  for (const { column, first, after } of change.columns) {
    const { name, span } = column.name;
    if (seen.has(name)) throw refuse(`Encounter duplicate column ${quoteName(name)}.`, span, 'name it once');
    seen.add(name);
    const index = columns.findIndex((other) => other.name === name);
    const names = columns.map((other) => other.name);
    if (change.action === 'ADD' && index >= 0) {
      throw refuse(`Column ${quoteName(name)} already exists in the table.`, span, `MODIFY ${name} changes it`);
    }
    if (change.action === 'MODIFY' && index < 0) {
      const reason = `Column ${quoteName(name)} does not exist in the table.`;
      throw refuse(reason, span, didYouMean(name, names) ?? `ADD ${name} makes it`, 'SQL_UNKNOWN_COLUMN');
    }
    const draft = withOldComment(draftOfColumn(column), columns[index]);
    if (after !== undefined && !names.includes(after.name)) {
      const reason = `Referenced column ${quoteName(after.name)} by 'AFTER' does not exist in the table.`;
      const hint = didYouMean(after.name, names) ?? `columns: ${names.join(', ')}`;
      throw refuse(reason, after.span, hint, 'SQL_UNKNOWN_COLUMN');
    }
    place(columns, draft, index, first, after?.name);
  }
  return columns;
}

const withOldComment = (draft: ColumnDraft, old: ColumnDraft | undefined): ColumnDraft =>
  draft.comment === undefined && old?.comment !== undefined ? { ...draft, comment: old.comment } : draft;

/** Where it is said, or where it was, or at the end. A column AFTER itself goes to the front, as in Flink. */
function place(
  columns: ColumnDraft[],
  draft: ColumnDraft,
  index: number,
  first: boolean,
  after: string | undefined,
): void {
  if (index >= 0 && !first && after === undefined) {
    columns[index] = draft;
    return;
  }
  if (index >= 0) columns.splice(index, 1);
  if (first) columns.unshift(draft);
  else if (after !== undefined) columns.splice(columns.findIndex((other) => other.name === after) + 1, 0, draft);
  else columns.push(draft);
}

function changedDistribution(table: ResolvedTable, change: ddl.ChangeSchema): TableDraft['distribution'] {
  if (change.action === 'ADD' && table.distribution !== undefined) {
    const reason = `The current table has already defined the distribution '${distributionText(table.distribution)}'. You can modify it or drop it before adding a new one.`;
    throw refuse(reason, change.span, 'write MODIFY DISTRIBUTION ...');
  }
  if (change.action === 'MODIFY' && table.distribution === undefined) {
    const reason = 'The base table does not define any distribution. You might want to add a new one.';
    throw refuse(reason, change.span, 'write ADD DISTRIBUTION ...');
  }
  return draftOfDistribution(change.distribution!);
}
