/** SHOW CREATE TABLE and SHOW CREATE VIEW: the statement that makes the object, as Flink prints it. */
import { MAX_LENGTH, typeToString } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import { quoteName, quotedPath } from './catalog.ts';
import type { CatalogInfo, CatalogObject, StoredView } from './catalog.ts';
import type { StoredModel } from './stored.ts';
import type { Distribution, ResolvedTable, TableColumn } from './table.ts';

export function showCreate(object: CatalogObject): string {
  return object.kind === 'table' ? showCreateTable(object.table) : showCreateView(object.view);
}

function showCreateTable(table: ResolvedTable): string {
  const lines = table.columns.map(columnText);
  if (table.watermark !== undefined) {
    const { column, sql } = table.watermark;
    lines.push(`WATERMARK FOR ${quoteName(table.columns[column]!.name)} AS ${sql}`);
  }
  if (table.primaryKey !== undefined) {
    const names = table.primaryKey.map((i) => table.columns[i]!.name);
    lines.push(
      `CONSTRAINT ${quoteName(constraintName(table)!)} PRIMARY KEY (${names.map(quoteName).join(', ')}) NOT ENFORCED`,
    );
  }
  const parts = [
    `CREATE ${table.temporary ? 'TEMPORARY ' : ''}TABLE ${quotedPath(table.path)} (\n${lines.map((line) => `  ${line}`).join(',\n')}\n)\n`,
    table.comment === undefined ? '' : `COMMENT ${quoteText(table.comment)}\n`,
    table.distribution === undefined ? '' : `${distributionText(table.distribution)}\n`,
    table.partitionedBy.length === 0 ? '' : `PARTITIONED BY (${table.partitionedBy.map(quoteName).join(', ')})\n`,
    withText(table.options),
  ];
  return parts.join('');
}

/** The name of a table's primary key, given or made; undefined without a key. */
export function constraintName(table: ResolvedTable): string | undefined {
  if (table.primaryKey === undefined) return undefined;
  return table.constraintName ?? `PK_${table.primaryKey.map((i) => table.columns[i]!.name).join('_')}`;
}

export function distributionText({ method, columns, buckets }: Distribution): string {
  const by = columns.length === 0 ? '' : ` BY ${method ?? ''}(${columns.map(quoteName).join(', ')})`;
  return `DISTRIBUTED${by}${buckets === undefined ? '' : ` INTO ${buckets} BUCKETS`}`;
}

function withText(options: Readonly<Record<string, string>>): string {
  const entries = Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return '';
  return `WITH (\n${entries.map(([key, value]) => `  ${quoteText(key)} = ${quoteText(value)}`).join(',\n')}\n)\n`;
}

const commentText = (comment: string | undefined): string =>
  comment === undefined || comment === '' ? '' : `COMMENT ${quoteText(comment)}\n`;

export function showCreateCatalog(name: string, { options, comment }: CatalogInfo): string {
  return `CREATE CATALOG ${quoteName(name)}\n${commentText(comment)}${withText(options)}`;
}

export function showCreateModel(model: StoredModel): string {
  const list = (columns: StoredModel['input']): string =>
    columns.map(({ name, type }) => `${quoteName(name)} ${sqlType(type)}`).join(', ');
  const input = model.input.length === 0 ? '' : `INPUT (${list(model.input)})\n`;
  const output = model.output.length === 0 ? '' : `OUTPUT (${list(model.output)})\n`;
  const head = `CREATE ${model.temporary ? 'TEMPORARY ' : ''}MODEL ${quotedPath(model.path)}\n`;
  return `${head}${input}${output}${commentText(model.comment)}${withText(model.options)}`;
}

function columnText(column: TableColumn): string {
  const comment = column.comment === undefined ? '' : ` COMMENT ${quoteText(column.comment)}`;
  const name = quoteName(column.name);
  switch (column.kind) {
    case 'physical':
      return `${name} ${sqlType(column.type)}${comment}`;
    case 'metadata': {
      const from = column.key === column.name ? '' : ` FROM ${quoteText(column.key)}`;
      return `${name} ${sqlType(column.type)} METADATA${from}${column.virtual ? ' VIRTUAL' : ''}${comment}`;
    }
    case 'computed':
      return `${name} AS ${column.sql}${comment}`;
  }
}

/** Flink writes STRING and BYTES with their lengths here. */
const sqlType = (type: DataType): string =>
  typeToString(type).replaceAll(/`(?:[^`]|``)*`|\bSTRING\b|\bBYTES\b/g, (word) =>
    word === 'STRING' ? `VARCHAR(${MAX_LENGTH})` : word === 'BYTES' ? `VARBINARY(${MAX_LENGTH})` : word,
  );

function showCreateView(view: StoredView): string {
  const columns = view.schema.map((column) => `  ${quoteName(column.name)}`).join(',\n');
  const comment = view.comment === undefined ? '' : `COMMENT ${quoteText(view.comment)}\n`;
  const temporary = view.temporary ? 'TEMPORARY ' : '';
  return `CREATE ${temporary}VIEW ${quotedPath(view.path)} (\n${columns}\n)\n${comment}AS ${view.sql}\n`;
}

const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
