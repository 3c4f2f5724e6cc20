/** CREATE TABLE: columns, watermark, keys, LIKE → a table of the catalog with everything resolved. */
import type { ResolvedTable, TableColumn, TableWatermark } from '../catalog/table.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import type * as ddl from '../sql/ast-ddl.ts';
import type { Expr as SqlExpr } from '../sql/ast-expr.ts';
import type { Identifier } from '../sql/ast.ts';
import { isTimestamp, notNull, typeToString } from '../types/type.ts';
import { fullPath, unsupported } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import { optionsOf, partsOf } from './bind-ddl.ts';
import { bindExpr } from './bind-expr.ts';
import { rejectNull } from './bind-call.ts';
import { bindType } from './bind-type.ts';
import { columnExpr } from './expr-walk.ts';
import { inheritFrom } from './like.ts';
import type { Inherited } from './like.ts';
import { catalogText } from './sql-text.ts';

/** A column before its expression is bound. */
export type ColumnDraft =
  | Exclude<TableColumn, { kind: 'computed' }>
  | {
      readonly kind: 'computed';
      readonly name: string;
      readonly comment: string | undefined;
      /** As written here, or the text of the table that it comes from. */
      readonly expr: SqlExpr;
    };

export interface WatermarkDraft {
  readonly column: Identifier;
  readonly expr: SqlExpr;
}

export function createTable(statement: ddl.CreateTable, env: BindEnv): void {
  if (statement.query !== undefined) {
    throw unsupported(
      'CREATE TABLE AS SELECT',
      statement.query.span,
      'CREATE TABLE first, then INSERT INTO ... SELECT',
    );
  }
  if (statement.orReplace || statement.replace) throw unsupported('REPLACE TABLE', statement.span, 'DROP it first');
  const path = fullPath(env, partsOf(statement.path));
  const how = { ifNotExists: statement.ifNotExists, span: statement.path.span };
  const table = resolveTable(statement, path, env);
  env.catalog.create({ kind: 'table', table }, how);
}

function resolveTable(statement: ddl.CreateTable, path: ResolvedTable['path'], env: BindEnv): ResolvedTable {
  const inherited = statement.like === undefined ? undefined : inheritFrom(statement.like, statement, env);
  const drafts = draftColumns(statement, inherited);
  const key = primaryKey(statement, drafts, inherited);
  const withKeys = drafts.map((draft, i) =>
    draft.kind === 'physical' && key?.includes(i) === true ? { ...draft, type: notNull(draft.type) } : draft,
  );
  const columns = bindColumns(withKeys, env);
  const partitionedBy =
    statement.partitionedBy.length > 0
      ? partitions(statement.partitionedBy, columns)
      : (inherited?.partitionedBy ?? []);
  return {
    path,
    columns,
    watermark: bindWatermark(statement, columns, inherited, env),
    primaryKey: key,
    partitionedBy,
    options: { ...inherited?.options, ...optionsOf(statement.options, env) },
    comment: statement.comment?.value,
    temporary: statement.temporary,
  };
}

function draftColumns(statement: ddl.CreateTable, inherited: Inherited | undefined): ColumnDraft[] {
  const drafts: ColumnDraft[] = [...(inherited?.columns ?? [])];
  for (const column of statement.columns) {
    const draft = draftOf(column);
    const index = drafts.findIndex((other) => other.name === draft.name);
    if (index < 0) drafts.push(draft);
    else if (inherited?.mayReplace(drafts[index]!, draft) === true) drafts[index] = draft;
    else throw duplicate(column, drafts[index]!, index < (inherited?.columns.length ?? 0));
  }
  return drafts;
}

function duplicate(column: ddl.Column, other: ColumnDraft, isInherited: boolean): MillraceError {
  const kind = { physical: 'regular', metadata: 'metadata', computed: 'generated' }[other.kind];
  const where = isInherited ? 'in the base table' : 'in the table';
  const strategy = { physical: undefined, metadata: 'METADATA', computed: 'GENERATED' }[other.kind];
  return new MillraceError('SQL_INVALID', `A ${kind} Column named '${column.name.name}' already exists ${where}.`, {
    span: column.name.span,
    hint:
      isInherited && strategy !== undefined
        ? `say EXCLUDING ${strategy} or OVERWRITING ${strategy} behind LIKE`
        : undefined,
  });
}

function draftOf(column: ddl.Column): ColumnDraft {
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
      return { kind: 'computed', name, expr: column.expr, comment };
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
    const expr = rejectNull(
      bindExpr(draft.expr, { env, scope, clause: 'a computed column', places: new Map() }),
      draft.expr.span,
    );
    return {
      kind: 'computed',
      name: draft.name,
      type: expr.type,
      expr,
      sql: catalogText(draft.expr),
      comment: draft.comment,
    };
  });
}

function bindWatermark(
  statement: ddl.CreateTable,
  columns: readonly TableColumn[],
  inherited: Inherited | undefined,
  env: BindEnv,
): TableWatermark | undefined {
  const [own, second] = statement.watermarks;
  if (second !== undefined) {
    throw new MillraceError('SQL_INVALID', 'Multiple WATERMARK definitions are not supported yet.', {
      span: second.span,
    });
  }
  const draft = own === undefined ? inherited?.watermark : { column: watermarkColumn(own), expr: own.expr };
  if (draft === undefined) return undefined;
  const { name, span } = draft.column;
  const index = columns.findIndex((column) => column.name === name);
  const names = columns.map((column) => column.name);
  if (index < 0) {
    throw new MillraceError(
      'SQL_UNKNOWN_COLUMN',
      `The rowtime attribute field '${name}' is not defined in the table schema`,
      {
        span,
        hint: didYouMean(name, names) ?? `columns: ${names.join(', ')}`,
      },
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
  const expr = bindExpr(draft.expr, { env, scope, clause: 'WATERMARK', places: new Map() });
  if (!isTimestamp(expr.type)) {
    throw new MillraceError('SQL_TYPE', `a watermark is a TIMESTAMP or TIMESTAMP_LTZ, not ${typeToString(expr.type)}`, {
      span: draft.expr.span,
      hint: `for example ${name} - INTERVAL '5' SECOND`,
    });
  }
  return { column: index, expr, sql: catalogText(draft.expr) };
}

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
    {
      span: watermark.column.span,
      hint: `declare a column of its own: ts AS ${name}`,
    },
  );
}

function primaryKey(
  statement: ddl.CreateTable,
  columns: readonly ColumnDraft[],
  inherited: Inherited | undefined,
): readonly number[] | undefined {
  const atColumns = statement.columns.flatMap((column) =>
    column.kind === 'physicalColumn' && column.constraint !== undefined
      ? [{ ...column.constraint, columns: [column.name] }]
      : [],
  );
  const constraints = [...atColumns, ...statement.constraints];
  for (const constraint of constraints) checkConstraint(constraint);
  const [own, second] = constraints;
  if (second !== undefined) {
    throw new MillraceError('SQL_INVALID', 'Duplicate primary key definition', { span: second.span });
  }
  if (own === undefined) {
    const names = inherited?.primaryKey;
    return names?.map((name) => columns.findIndex((column) => column.name === name));
  }
  return own.columns.map(({ name, span }) => {
    const index = columns.findIndex((column) => column.name === name);
    if (index < 0) {
      throw new MillraceError('SQL_UNKNOWN_COLUMN', `Primary key column '${name}' is not defined in the schema`, {
        span,
        hint: didYouMean(
          name,
          columns.map((column) => column.name),
        ),
      });
    }
    if (columns[index]!.kind === 'physical') return index;
    throw new MillraceError(
      'SQL_INVALID',
      `Could not create a PRIMARY KEY with column '${name}'.\nA PRIMARY KEY constraint must be declared on physical columns.`,
      { span },
    );
  });
}

function checkConstraint(constraint: ddl.Constraint): void {
  if (constraint.type === 'UNIQUE') {
    throw new MillraceError('SQL_UNSUPPORTED', 'UNIQUE constraint is not supported yet', { span: constraint.span });
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

function partitions(names: readonly Identifier[], columns: readonly TableColumn[]): string[] {
  return names.map(({ name, span }) => {
    if (columns.some((column) => column.name === name)) return name;
    const known = columns.map((column) => `'${column.name}'`).join(', ');
    throw new MillraceError(
      'SQL_UNKNOWN_COLUMN',
      `Partition column '${name}' not defined in the table schema. Available columns: [${known}]`,
      { span },
    );
  });
}
