/** CREATE TABLE AS SELECT and [CREATE OR] REPLACE TABLE AS SELECT: a table with the columns of a query, and the INSERT that fills it. */
import type { CatalogObject } from '../catalog/catalog.ts';
import { quotedPath } from '../catalog/catalog.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import type * as ddl from '../sql/ast-ddl.ts';
import type { Query } from '../sql/ast-query.ts';
import { supportsCast } from '../types/cast-rules.ts';
import type { Schema } from '../types/schema.ts';
import { typeToString } from '../types/type.ts';
import { fullPath } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import { checkInheritedKey, rulesOf } from './bind-create-table.ts';
import { optionsOf, partsOf } from './written.ts';
import { insertPlan } from './bind-insert.ts';
import { bindTopQuery } from './bind-query.ts';
import { checkTable } from './bind-table.ts';
import type { LogicalPlan } from './logical.ts';
import { draftOfColumn, resolveDraft } from './table-draft.ts';
import type { ColumnDraft } from './table-draft.ts';

export type CreateAs = ddl.CreateTable & { readonly query: Query };

/** Without effect on the catalog; `store` then makes the table. */
export interface BoundCreateAs {
  readonly plan: LogicalPlan;
  /** Puts the table into the catalog; the result takes it out again. */
  store(): () => void;
}

/** @throws SQL_INVALID where columns of the statement and the query do not fit, CATALOG_EXISTS, SQL_UNKNOWN_TABLE for REPLACE TABLE */
export function bindCreateAs(statement: CreateAs, env: BindEnv): BoundCreateAs {
  const path = fullPath(env, partsOf(statement.path));
  if (statement.temporary) {
    throw new MillraceError(
      'SQL_UNSUPPORTED',
      'CREATE TABLE AS SELECT syntax does not support to create temporary table yet.',
      { span: statement.span, hint: 'leave TEMPORARY out, or CREATE TEMPORARY VIEW' },
    );
  }
  const existing = env.catalog.permanent(path);
  if (statement.replace && existing?.kind !== 'table') {
    throw new MillraceError(
      'SQL_UNKNOWN_TABLE',
      `The table ${quotedPath(path)} to be replaced doesn't exist. You can try to use CREATE TABLE AS statement or CREATE OR REPLACE TABLE AS statement.`,
      { span: statement.path.span, hint: 'write CREATE OR REPLACE TABLE' },
    );
  }
  const query = bindTopQuery(statement.query, env);
  const isKept = existing?.kind === 'table' && statement.ifNotExists;
  const table = isKept ? existing.table : tableOf(statement, path, query.schema, env);
  checkTable(env, table, 'sink', statement.path.span);
  const names = query.schema.map((column) => column.name);
  const spans = { target: statement.path.span, query: statement.query.span, table: statement.path.span };
  const missing = isKept ? names.length !== table.columns.length : false;
  if (missing) {
    throw new MillraceError(
      'SQL_TYPE',
      `Column types of query result and sink for '${path.catalog}.${path.database}.${path.name}' do not match.\nCause: Different number of columns.`,
      { span: statement.query.span, hint: 'the table is there already, with other columns' },
    );
  }
  const plan = insertPlan(query, table, { names, constants: new Map() }, spans);
  const object: CatalogObject = { kind: 'table', table };
  return {
    plan,
    store: () => {
      if (statement.replace || statement.orReplace) {
        env.catalog.replace(object);
      } else env.catalog.create(object, { ifNotExists: statement.ifNotExists, span: statement.path.span });
      return () => {
        if (isKept) return;
        if (existing !== undefined) env.catalog.replace(existing);
        else env.catalog.drop(path, { kind: 'table', temporary: false, ifExists: true });
      };
    },
  };
}

function tableOf(statement: CreateAs, path: ResolvedTable['path'], query: Schema, env: BindEnv): ResolvedTable {
  const source = query.map(({ name, type }): ColumnDraft => ({ kind: 'physical', name, type }));
  const columns = statement.columnNames.length > 0 ? reordered(statement, source) : merged(statement, source);
  const draft = { columns, ...rulesOf(statement, undefined) };
  checkInheritedKey(statement, draft, source);
  const head = {
    path,
    options: optionsOf(statement.options, env),
    comment: statement.comment?.value,
    temporary: false,
  };
  return resolveDraft(draft, head, env);
}

/** A list of names alone puts the query's columns into that order. */
function reordered(statement: CreateAs, source: readonly ColumnDraft[]): ColumnDraft[] {
  const names = source.map((column) => column.name);
  const list = statement.columnNames;
  const span = { start: list[0]!.span.start, end: list.at(-1)!.span.end };
  if (list.length !== source.length) {
    throw new MillraceError(
      'SQL_INVALID',
      'The number of columns in the column list must match the number of columns in the source schema.',
      { span, hint: `columns of the query: ${names.join(', ')}` },
    );
  }
  return list.map(({ name, span: place }, i) => {
    if (list.findIndex((other) => other.name === name) !== i) {
      throw new MillraceError('SQL_INVALID', `Column '${name}' stands twice in the column list.`, {
        span: place,
        hint: `columns of the query: ${names.join(', ')}`,
      });
    }
    const found = source.find((column) => column.name === name);
    if (found !== undefined) return found;
    throw new MillraceError('SQL_UNKNOWN_COLUMN', `Column '${name}' not found in the source schema.`, {
      span: place,
      hint: didYouMean(name, names) ?? `columns of the query: ${names.join(', ')}`,
    });
  });
}

/** The columns that only the statement has, then the query's, some with the type that the statement gives them. */
function merged(statement: CreateAs, source: readonly ColumnDraft[]): ColumnDraft[] {
  const own = statement.columns.map((column, i) => {
    const draft = draftOfColumn(column);
    const { name } = draft;
    const { span } = column.name;
    if (statement.columns.findIndex((other) => other.name.name === name) !== i) {
      throw new MillraceError('SQL_INVALID', `A regular Column named '${name}' already exists in the table.`, {
        span,
        hint: 'give one of them another name',
      });
    }
    const from = source.find((other) => other.name === name);
    if (from?.kind !== 'physical') return draft;
    if (draft.kind === 'computed') {
      throw new MillraceError(
        'SQL_INVALID',
        `A column named '${name}' already exists in the source schema. Computed columns cannot overwrite columns from source.`,
        { span, hint: 'give the computed column another name' },
      );
    }
    if (!supportsCast(from.type, draft.type, 'implicit')) {
      throw new MillraceError(
        'SQL_TYPE',
        `Incompatible types for sink column '${name}' at position ${i + 1}. The source column has type '${typeToString(from.type)}', while the target column has type '${typeToString(draft.type)}'.`,
        { span, hint: `CAST the column in the query, or declare ${name} ${typeToString(from.type)}` },
      );
    }
    return draft;
  });
  const typed = new Map(own.map((column) => [column.name, column]));
  const added = own.filter((column) => !source.some((other) => other.name === column.name));
  return [...added, ...source.map((column) => typed.get(column.name) ?? column)];
}
