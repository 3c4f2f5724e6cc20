/** A table that is being declared or altered: columns, watermark and key by name, with expressions that are not bound yet → a table of the catalog. */
import type { Distribution, ObjectPath, ResolvedTable, TableColumn, TableWatermark } from '../catalog/table.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import type { Span } from '../errors.ts';
import type * as ddl from '../sql/ast-ddl.ts';
import type { Expr as SqlExpr } from '../sql/ast-expr.ts';
import type { Identifier } from '../sql/ast.ts';
import { parseExpression } from '../sql/parse.ts';
import { isTimestamp, notNull, typeToString } from '../types/type.ts';
import { rejectNull } from './bind-call.ts';
import type { BindEnv } from './bind-context.ts';
import { bindExpr } from './bind-expr.ts';
import { bindType } from './bind-type.ts';
import { columnExpr, literalExpr } from './expr-walk.ts';
import { catalogText } from './sql-text.ts';

/** An expression as written in the statement, or (with `text`) in the stored text of a table that was there before. */
export interface ExprDraft {
  readonly expr: SqlExpr;
  /** What the spans of `expr` point into; undefined: the statement. */
  readonly text: string | undefined;
}

/** A column before its expression is bound. */
export type ColumnDraft =
  | Exclude<TableColumn, { kind: 'computed' }>
  | ({ readonly kind: 'computed'; readonly name: string; readonly comment?: string | undefined } & ExprDraft);

/** A name, and where it was written; undefined when it comes from another table. */
export interface NameDraft {
  readonly name: string;
  readonly span: Span | undefined;
}

export interface TableDraft {
  readonly columns: readonly ColumnDraft[];
  readonly watermark: ({ readonly column: NameDraft } & ExprDraft) | undefined;
  readonly primaryKey: { readonly name: string | undefined; readonly columns: readonly NameDraft[] } | undefined;
  readonly distribution: Distribution | undefined;
  readonly partitionedBy: readonly NameDraft[];
}

export interface TableHead {
  readonly path: ObjectPath;
  readonly options: Readonly<Record<string, string>>;
  readonly comment: string | undefined;
  readonly temporary: boolean;
}

/** The draft that a table of the catalog would come from. */
export function draftOfTable(table: ResolvedTable): TableDraft {
  const plain = (name: string): NameDraft => ({ name, span: undefined });
  const { watermark, primaryKey } = table;
  return {
    columns: table.columns.map((column): ColumnDraft => {
      if (column.kind !== 'computed') return column;
      const { name, comment, sql } = column;
      return { kind: 'computed', name, comment, expr: parseExpression(sql), text: sql };
    }),
    watermark: watermark && {
      column: plain(table.columns[watermark.column]!.name),
      expr: parseExpression(watermark.sql),
      text: watermark.sql,
    },
    primaryKey: primaryKey && {
      name: table.constraintName,
      columns: primaryKey.map((i) => plain(table.columns[i]!.name)),
    },
    distribution: table.distribution,
    partitionedBy: table.partitionedBy.map(plain),
  };
}

/** Binds and checks a draft. @throws SQL_UNKNOWN_COLUMN, SQL_INVALID, SQL_TYPE */
export function resolveDraft(draft: TableDraft, head: TableHead, env: BindEnv): ResolvedTable {
  const primaryKey = draft.primaryKey?.columns.map((name) => keyColumn(name, draft.columns));
  const keyed = draft.columns.map((column, i) =>
    column.kind === 'physical' && primaryKey?.includes(i) === true ? { ...column, type: notNull(column.type) } : column,
  );
  const columns = bindColumns(keyed, env);
  checkDistribution(draft.distribution, columns);
  return {
    ...head,
    columns,
    watermark: bindWatermark(draft.watermark, columns, env),
    primaryKey,
    constraintName: draft.primaryKey && keyName(draft.primaryKey),
    distribution: draft.distribution,
    partitionedBy: draft.partitionedBy.map((name) => partition(name, columns)),
  };
}

/** A key without a name of its own is called after its columns, and keeps that name when they are renamed. */
const keyName = ({ name, columns }: NonNullable<TableDraft['primaryKey']>): string =>
  name ?? `PK_${columns.map((column) => column.name).join('_')}`;

/** A column of CREATE or ALTER TABLE. */
export function draftOfColumn(column: ddl.Column): ColumnDraft {
  const name = column.name.name;
  const comment = column.comment?.value;
  switch (column.kind) {
    case 'physicalColumn':
      return { kind: 'physical', name, type: bindType(column.type), comment };
    case 'metadataColumn':
      return {
        kind: 'metadata',
        name,
        type: bindType(column.type),
        key: column.from?.value ?? name,
        virtual: column.virtual,
        comment,
      };
    case 'computedColumn':
      return { kind: 'computed', name, expr: column.expr, comment, text: undefined };
  }
}

export function draftOfWatermark(watermark: ddl.Watermark): NonNullable<TableDraft['watermark']> {
  return { column: watermarkColumn(watermark), expr: watermark.expr, text: undefined };
}

/** The key that is written at a column or behind the columns. @throws SQL_INVALID for a second one */
export function draftOfKey(
  columns: readonly ddl.Column[],
  constraints: readonly ddl.Constraint[],
): TableDraft['primaryKey'] {
  const atColumns = columns.flatMap((column) =>
    column.kind === 'physicalColumn' && column.constraint !== undefined
      ? [{ ...column.constraint, columns: [column.name] }]
      : [],
  );
  const all = [...atColumns, ...constraints];
  for (const constraint of all) checkConstraint(constraint);
  const [own, second] = all;
  if (second !== undefined) {
    throw new MillraceError('SQL_INVALID', 'Duplicate primary key definition', {
      span: second.span,
      hint: 'a table has one PRIMARY KEY: name all its columns there',
    });
  }
  return own && { name: own.name?.name, columns: own.columns };
}

export function draftOfDistribution(distribution: ddl.Distribution): Distribution {
  const { method, columns, buckets, span } = distribution;
  if (buckets !== undefined && buckets < 1) {
    throw new MillraceError(
      'SQL_INVALID',
      `Invalid bucket count '${buckets}'. The number of buckets for a distributed table must be at least 1.`,
      { span, hint: 'write INTO 4 BUCKETS' },
    );
  }
  return { method, columns: columns.map(({ name }) => name), buckets };
}

/** An error in text that was stored earlier shows that text. */
function within<T>(text: string | undefined, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof MillraceError && text !== undefined ? error.withText(text) : error;
  }
}

/** Binds computed columns over the physical and metadata columns of the table. */
function bindColumns(drafts: readonly ColumnDraft[], env: BindEnv): TableColumn[] {
  const known = drafts.flatMap((draft, i) =>
    draft.kind === 'computed' ? [] : [{ name: draft.name, expr: columnExpr(i, draft) }],
  );
  const scope = { relations: [{ alias: undefined, path: [], columns: known }] };
  return drafts.map((draft): TableColumn => {
    if (draft.kind !== 'computed') return draft;
    return within(draft.text, () => {
      const context = { env, scope, clause: 'a computed column', places: new Map() };
      const expr = rejectNull(bindExpr(draft.expr, context), draft.expr.span);
      const { name, comment } = draft;
      return { kind: 'computed', name, type: expr.type, expr, sql: catalogText(draft.expr), comment };
    });
  });
}

function bindWatermark(
  draft: TableDraft['watermark'],
  columns: readonly TableColumn[],
  env: BindEnv,
): TableWatermark | undefined {
  if (draft === undefined) return undefined;
  const { name, span } = draft.column;
  const index = columns.findIndex((column) => column.name === name);
  const names = columns.map((column) => column.name);
  if (index < 0) {
    throw new MillraceError(
      'SQL_UNKNOWN_COLUMN',
      `The rowtime attribute field '${name}' is not defined in the table schema`,
      { span, hint: didYouMean(name, names) ?? `columns: ${names.join(', ')}` },
    );
  }
  const { type } = columns[index]!;
  if (!isTimestamp(type) || ('precision' in type && type.precision > 3)) {
    throw new MillraceError(
      'SQL_TYPE',
      "Invalid data type of time field for watermark definition. The field must be of type TIMESTAMP(p) or TIMESTAMP_LTZ(p), the supported precision 'p' is from 0 to 3, " +
        `but the time field type is ${typeToString(type)}`,
      { span, hint: timeHint(name, type.kind) },
    );
  }
  const scope = {
    relations: [
      { alias: undefined, path: [], columns: columns.map((c, i) => ({ name: c.name, expr: columnExpr(i, c) })) },
    ],
  };
  if (isSourceWatermark(draft.expr)) {
    return { column: index, expr: literalExpr(null, type), sql: '`SOURCE_WATERMARK`()' };
  }
  const expr = within(draft.text, () => bindExpr(draft.expr, { env, scope, clause: 'WATERMARK', places: new Map() }));
  if (!isTimestamp(expr.type)) {
    throw new MillraceError('SQL_TYPE', `a watermark is a TIMESTAMP or TIMESTAMP_LTZ, not ${typeToString(expr.type)}`, {
      span: draft.text === undefined ? draft.expr.span : undefined,
      hint: `for example ${name} - INTERVAL '5' SECOND`,
    });
  }
  return { column: index, expr, sql: catalogText(draft.expr) };
}

/** SOURCE_WATERMARK(): the source sends its own watermarks, so that none is computed. */
const isSourceWatermark = (expr: SqlExpr): boolean => /^`?SOURCE_WATERMARK`?\(\)$/i.test(catalogText(expr));

function timeHint(name: string, kind: string): string {
  if (kind === 'VARCHAR' || kind === 'CHAR') return `declare a column: ${name}_time AS TO_TIMESTAMP(${name})`;
  if (kind === 'BIGINT' || kind === 'INT') return `declare a column: ${name}_time AS TO_TIMESTAMP_LTZ(${name}, 3)`;
  return `declare a column: ${name}_time AS CAST(${name} AS TIMESTAMP(3))`;
}

function watermarkColumn(watermark: ddl.Watermark): Identifier {
  const [first, ...rest] = watermark.column.parts as [Identifier, ...Identifier[]];
  if (rest.length === 0) return first;
  const name = watermark.column.parts.map((part) => part.name).join('.');
  throw new MillraceError(
    'SQL_INVALID',
    `Invalid column name '${name}' for rowtime attribute in watermark declaration.`,
    { span: watermark.column.span, hint: `declare a column of its own: ts AS ${name}` },
  );
}

function keyColumn({ name, span }: NameDraft, columns: readonly ColumnDraft[]): number {
  const index = columns.findIndex((column) => column.name === name);
  const names = columns.map((column) => column.name);
  if (index < 0) {
    throw new MillraceError('SQL_UNKNOWN_COLUMN', `Primary key column '${name}' is not defined in the schema`, {
      span,
      hint: didYouMean(name, names) ?? `columns: ${names.join(', ')}`,
    });
  }
  if (columns[index]!.kind === 'physical') return index;
  throw new MillraceError(
    'SQL_INVALID',
    `Could not create a PRIMARY KEY with column '${name}'.\nA PRIMARY KEY constraint must be declared on physical columns.`,
    { span, hint: 'computed and metadata columns cannot be part of a key' },
  );
}

function checkConstraint(constraint: ddl.Constraint): void {
  if (constraint.type === 'UNIQUE') {
    throw new MillraceError('SQL_UNSUPPORTED', 'UNIQUE constraint is not supported yet', {
      span: constraint.span,
      hint: 'declare PRIMARY KEY (...) NOT ENFORCED',
    });
  }
  if (constraint.enforced !== false) {
    throw new MillraceError(
      'SQL_INVALID',
      "Flink doesn't support ENFORCED mode for PRIMARY KEY constraint. ENFORCED/NOT ENFORCED controls if the constraint checks are performed on the incoming/outgoing data. " +
        'Flink does not own the data therefore the only supported mode is the NOT ENFORCED mode',
      { span: constraint.span, hint: 'write PRIMARY KEY (...) NOT ENFORCED' },
    );
  }
}

function partition({ name, span }: NameDraft, columns: readonly TableColumn[]): string {
  if (columns.some((column) => column.name === name)) return name;
  const names = columns.map((column) => column.name);
  const known = names.map((other) => `'${other}'`).join(', ');
  throw new MillraceError(
    'SQL_UNKNOWN_COLUMN',
    `Partition column '${name}' not defined in the table schema. Available columns: [${known}]`,
    { span, hint: didYouMean(name, names) ?? 'partitions are columns of the table: declare it there too' },
  );
}

function checkDistribution(distribution: Distribution | undefined, columns: readonly TableColumn[]): void {
  const physical = columns.filter((column) => column.kind === 'physical').map((column) => column.name);
  const unknown = distribution?.columns.find((name) => !physical.includes(name));
  if (unknown === undefined) return;
  throw new MillraceError(
    'SQL_UNKNOWN_COLUMN',
    `Invalid bucket key '${unknown}'. A bucket key for a distribution must reference a physical column in the schema. Available columns are: [${physical.join(', ')}]`,
    { hint: didYouMean(unknown, physical) ?? 'DISTRIBUTED BY names columns of the table' },
  );
}
