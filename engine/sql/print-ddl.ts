/** CREATE, ALTER and DROP → text. */
import type { Column, Constraint, CreateTable, Distribution, TableChange, Watermark } from './ast-ddl.ts';
import type * as Ddl from './ast-ddl.ts';
import {
  commas,
  listOpt,
  opt,
  type Printer,
  printName,
  printOption,
  printOptions,
  printPartition,
  printPath,
  printString,
  when,
} from './print-text.ts';
import { printType } from './print-type.ts';

const comment = (text: Ddl.CreateView['comment']): string => opt(' COMMENT ', text, printString);
const ifNotExists = (yes: boolean): string => when(yes, 'IF NOT EXISTS ');
const ifExists = (yes: boolean): string => when(yes, 'IF EXISTS ');
const temporary = (yes: boolean, system = false): string => when(yes, 'TEMPORARY ') + when(system, 'SYSTEM ');

function printColumn(p: Printer, column: Column): string {
  const name = printName(column.name);
  if (column.kind === 'computedColumn') return `${name} AS ${p.expr(column.expr)}${comment(column.comment)}`;
  const typed = `${name} ${printType(column.type)}`;
  if (column.kind === 'physicalColumn')
    return typed + opt(' ', column.constraint, printConstraint) + comment(column.comment);
  const from = opt(' FROM ', column.from, printString);
  return `${typed} METADATA${from}${when(column.virtual, ' VIRTUAL')}${comment(column.comment)}`;
}

function printConstraint({ name, type, columns, enforced }: Constraint): string {
  const words = enforced === undefined ? '' : enforced ? ' ENFORCED' : ' NOT ENFORCED';
  return opt('CONSTRAINT ', name, (n) => `${printName(n)} `) + type + listOpt(' ', columns, printName) + words;
}

function printWatermark(p: Printer, { column, expr }: Watermark): string {
  return `WATERMARK FOR ${printPath(column)} AS ${p.expr(expr)}`;
}

type SchemaParts = Pick<CreateTable, 'columns' | 'columnNames' | 'watermarks' | 'constraints'>;

/** ` (a INT, WATERMARK FOR .., PRIMARY KEY ..)`, or nothing. */
function printSchema(p: Printer, { columns, columnNames, watermarks, constraints }: SchemaParts): string {
  const elements = [
    ...columnNames.map(printName),
    ...columns.map((column) => printColumn(p, column)),
    ...watermarks.map((watermark) => printWatermark(p, watermark)),
    ...constraints.map(printConstraint),
  ];
  return listOpt(' ', elements, (element) => element);
}

function printDistribution({ method, columns, buckets }: Distribution): string {
  const by = listOpt(`BY ${when(method !== undefined, `${method} `)}`, columns, printName);
  return [by, when(buckets !== undefined, `INTO ${buckets} BUCKETS`)].filter((part) => part !== '').join(' ');
}

type TableParts = SchemaParts & Pick<CreateTable, 'comment' | 'distribution' | 'partitionedBy' | 'options'>;

function printTableParts(p: Printer, table: TableParts): string {
  return (
    printSchema(p, table) +
    comment(table.comment) +
    opt(' DISTRIBUTED ', table.distribution, printDistribution) +
    listOpt(' PARTITIONED BY ', table.partitionedBy, printName) +
    printOptions(table.options)
  );
}

function printLike({ source, options }: Ddl.TableLike): string {
  const list = options.map(({ strategy, feature }) => `${strategy} ${feature}`).join(' ');
  return `LIKE ${printPath(source)}${when(options.length > 0, ` (${list})`)}`;
}

function printStartMode(p: Printer, { mode, argument }: Ddl.StartMode): string {
  return `START_MODE = ${mode}${opt('', argument, (expr) => `(${p.expr(expr)})`)}`;
}

function printChangeSchema(p: Printer, change: Ddl.ChangeSchema): string {
  if (change.distribution !== undefined)
    return `${change.action} DISTRIBUTION ${printDistribution(change.distribution)}`;
  const columns = change.columns.map(({ column, first, after }) => {
    return printColumn(p, column) + when(first, ' FIRST') + opt(' AFTER ', after, printName);
  });
  const others = [
    ...change.watermarks.map((watermark) => printWatermark(p, watermark)),
    ...change.constraints.map(printConstraint),
  ];
  return `${change.action} (${[...columns, ...others].join(', ')})`;
}

type Change = TableChange | Ddl.AlterMaterializedTable['change'] | Ddl.AlterCatalog['change'];
type ChangePrinters = {
  readonly [K in Change['kind']]: (p: Printer, change: Extract<Change, { readonly kind: K }>) => string;
};

const changes: ChangePrinters = {
  renameTable: (_, { to }) => `RENAME TO ${printPath(to)}`,
  renameColumn: (_, { column, to }) => `RENAME ${printPath(column)} TO ${printName(to)}`,
  setOptions: (_, { options }) => `SET (${commas(options, printOption)})`,
  resetOptions: (_, { keys }) => `RESET (${commas(keys, printString)})`,
  changeSchema: printChangeSchema,
  dropColumns: (_, { columns }) => `DROP (${commas(columns, printPath)})`,
  dropPrimaryKey: () => 'DROP PRIMARY KEY',
  dropConstraint: (_, { name }) => `DROP CONSTRAINT ${printName(name)}`,
  dropWatermark: () => 'DROP WATERMARK',
  dropDistribution: () => 'DROP DISTRIBUTION',
  addPartitions: (p, { ifNotExists: exists, partitions }) =>
    `ADD ${ifNotExists(exists)}${partitions.map((spec) => printPartition(p, spec.items).trim() + printOptions(spec.options)).join(' ')}`,
  dropPartitions: (p, { ifExists: exists, partitions }) =>
    `DROP ${ifExists(exists)}${commas(partitions, (spec) => printPartition(p, spec.items).trim())}`,
  suspend: () => 'SUSPEND',
  resume: (_, { options }) => `RESUME${printOptions(options)}`,
  refresh: (p, { partition }) => `REFRESH${printPartition(p, partition)}`,
  setFreshness: (p, { freshness }) => `SET FRESHNESS = ${p.expr(freshness)}`,
  setRefreshMode: (_, { mode }) => `SET REFRESH_MODE = ${mode}`,
  asQuery: (p, { query }) => `AS ${p.query(query)}`,
  setComment: (_, { comment: text }) => `COMMENT ${printString(text)}`,
};

function printChange(p: Printer, change: Change): string {
  return (changes[change.kind] as (p: Printer, change: Change) => string)(p, change);
}

export const ddlPrinters = {
  createTable: (p: Printer, s: Ddl.CreateTable): string =>
    `${s.replace ? 'REPLACE ' : `CREATE ${when(s.orReplace, 'OR REPLACE ')}${temporary(s.temporary)}`}TABLE ` +
    `${ifNotExists(s.ifNotExists)}${printPath(s.path)}${printTableParts(p, s)}` +
    opt(' ', s.like, printLike) +
    opt(' AS ', s.query, p.query),
  createMaterializedTable: (p: Printer, s: Ddl.CreateMaterializedTable): string =>
    `CREATE ${when(s.orAlter, 'OR ALTER ')}MATERIALIZED TABLE ${printPath(s.path)}${printTableParts(p, s)}` +
    opt(' ', s.startMode, (mode) => printStartMode(p, mode)) +
    opt(' FRESHNESS = ', s.freshness, (interval) => p.expr(interval)) +
    opt(' REFRESH_MODE = ', s.refreshMode, String) +
    ` AS ${p.query(s.query)}`,
  createView: (p: Printer, s: Ddl.CreateView): string =>
    `CREATE ${when(s.orReplace, 'OR REPLACE ')}${temporary(s.temporary)}VIEW ${ifNotExists(s.ifNotExists)}${printPath(s.path)}` +
    `${listOpt(' ', s.columns, printName)}${comment(s.comment)} AS ${p.query(s.query)}`,
  createFunction: (_: Printer, s: Ddl.CreateFunction): string =>
    `CREATE ${when(s.orReplace, 'OR REPLACE ')}${temporary(s.temporary, s.system)}FUNCTION ${ifNotExists(s.ifNotExists)}${printPath(s.path)}` +
    ` AS ${printString(s.className)}${opt(' LANGUAGE ', s.language, String)}` +
    when(s.resources.length > 0, ` USING ${commas(s.resources, ({ type, uri }) => `${type} ${printString(uri)}`)}`) +
    printOptions(s.options),
  createCatalog: (_: Printer, s: Ddl.CreateCatalog): string =>
    `CREATE CATALOG ${ifNotExists(s.ifNotExists)}${printName(s.name)}${comment(s.comment)}${printOptions(s.options)}`,
  createDatabase: (_: Printer, s: Ddl.CreateDatabase): string =>
    `CREATE DATABASE ${ifNotExists(s.ifNotExists)}${printPath(s.path)}${comment(s.comment)}${printOptions(s.options)}`,
  createModel: (p: Printer, s: Ddl.CreateModel): string =>
    `CREATE ${when(s.orReplace, 'OR REPLACE ')}${temporary(s.temporary)}MODEL ${ifNotExists(s.ifNotExists)}${printPath(s.path)}` +
    listOpt(' INPUT ', s.input, (column) => printColumn(p, column)) +
    listOpt(' OUTPUT ', s.output, (column) => printColumn(p, column)) +
    comment(s.comment) +
    printOptions(s.options) +
    opt(' AS ', s.query, p.query),
  createConnection: (_: Printer, s: Ddl.CreateConnection): string =>
    `CREATE ${temporary(s.temporary, s.system)}CONNECTION ${ifNotExists(s.ifNotExists)}${printPath(s.path)}` +
    comment(s.comment) +
    printOptions(s.options),

  alterTable: (p: Printer, s: Ddl.AlterTable): string =>
    `ALTER TABLE ${ifExists(s.ifExists)}${printPath(s.path)} ${printChange(p, s.change)}`,
  alterMaterializedTable: (p: Printer, s: Ddl.AlterMaterializedTable): string =>
    `ALTER MATERIALIZED TABLE ${printPath(s.path)} ${printChange(p, s.change)}`,
  alterView: (p: Printer, s: Ddl.AlterView): string => `ALTER VIEW ${printPath(s.path)} ${printChange(p, s.change)}`,
  alterFunction: (_: Printer, s: Ddl.AlterFunction): string =>
    `ALTER ${temporary(s.temporary, s.system)}FUNCTION ${ifExists(s.ifExists)}${printPath(s.path)} AS ${printString(s.className)}` +
    opt(' LANGUAGE ', s.language, String),
  alterCatalog: (p: Printer, s: Ddl.AlterCatalog): string =>
    `ALTER CATALOG ${printName(s.name)} ${printChange(p, s.change)}`,
  alterDatabase: (_: Printer, s: Ddl.AlterDatabase): string =>
    `ALTER DATABASE ${printPath(s.path)} SET (${commas(s.options, printOption)})`,
  alterModel: (p: Printer, s: Ddl.AlterModel): string =>
    `ALTER MODEL ${ifExists(s.ifExists)}${printPath(s.path)} ${printChange(p, s.change)}`,
  alterConnection: (p: Printer, s: Ddl.AlterConnection): string =>
    `ALTER CONNECTION ${ifExists(s.ifExists)}${printPath(s.path)} ${printChange(p, s.change)}`,

  drop: (_: Printer, s: Ddl.Drop): string =>
    `DROP ${temporary(s.temporary, s.system)}${s.object} ${ifExists(s.ifExists)}${printPath(s.path)}${opt(' ', s.behavior, String)}`,
};
