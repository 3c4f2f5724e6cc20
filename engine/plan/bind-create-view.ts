/** CREATE VIEW and ALTER VIEW: the query is bound once to check it and to know its columns, and kept as text. */
import type { StoredView } from '../catalog/catalog.ts';
import { quotedPath } from '../catalog/catalog.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import type * as ddl from '../sql/ast-ddl.ts';
import { fullPath } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import { partsOf } from './written.ts';
import { bindTopQuery } from './bind-query.ts';
import { catalogQueryText } from './sql-text.ts';
import { expandQuery } from './expand-query.ts';

export function createView(statement: ddl.CreateView, env: BindEnv): void {
  const path = fullPath(env, partsOf(statement.path));
  const place = statement.temporary ? env.catalog.temporary(path) : env.catalog.permanent(path);
  // Flink reads OR REPLACE and does as if it were not there: so what exists is refused, with a better hint.
  if (statement.orReplace && place !== undefined) {
    const what = `Table (or view) ${path.database}.${path.name} already exists in Catalog ${path.catalog}.`;
    throw new MillraceError('CATALOG_EXISTS', what, {
      span: statement.path.span,
      hint: `ALTER VIEW ${path.name} AS ... gives a view another query`,
    });
  }
  const view = storedView(statement, statement.columns, path, env);
  const { temporary } = statement;
  const object = { kind: 'view', view: { ...view, comment: statement.comment?.value, temporary } } as const;
  env.catalog.create(object, { ifNotExists: statement.ifNotExists, span: statement.path.span });
}

/** ALTER VIEW: another name, or another query. @throws SQL_UNKNOWN_TABLE, SQL_INVALID for tables, CATALOG_EXISTS */
export function alterView(statement: ddl.AlterView, env: BindEnv): void {
  const path = fullPath(env, partsOf(statement.path));
  const { catalog } = env;
  const object = catalog.permanent(path);
  const { span } = statement.path;
  if (object === undefined || catalog.temporary(path) !== undefined) {
    const views = catalog.names(path.catalog, path.database);
    const isTemporary = catalog.temporary(path) !== undefined;
    throw new MillraceError('SQL_UNKNOWN_TABLE', `View ${quotedPath(path)} doesn't exist or is a temporary view.`, {
      span,
      hint: isTemporary
        ? 'DROP TEMPORARY VIEW and create it anew'
        : (didYouMean(path.name, views) ?? `CREATE VIEW ${path.name} AS ... makes it`),
    });
  }
  if (object.kind === 'table') {
    const hint = `${path.name} is a table: ALTER TABLE`;
    throw new MillraceError('SQL_INVALID', 'ALTER VIEW for a table is not allowed', { span, hint });
  }
  const { change } = statement;
  if (change.kind === 'asQuery') {
    const view = { ...storedView(change, [], path, env), comment: object.view.comment, temporary: false };
    return catalog.replace({ kind: 'view', view });
  }
  const to = change.to.parts.at(-1)!;
  const renamed = { ...object.view, path: { ...path, name: to.name } };
  catalog.create({ kind: 'view', view: renamed }, { ifNotExists: false, span: to.span });
  catalog.drop(path, { kind: 'view', temporary: false, ifExists: false });
}

/** The query of a view as the catalog keeps it. */
function storedView(
  statement: { readonly query: ddl.CreateView['query'] },
  columns: ddl.CreateView['columns'],
  path: StoredView['path'],
  env: BindEnv,
): Omit<StoredView, 'comment' | 'temporary'> {
  const expansions = new Map();
  const plan = bindTopQuery(statement.query, { ...env, expansions });
  const names = columns.map((column) => column.name);
  if (names.length > 0 && names.length !== plan.schema.length) {
    const inputs = plan.schema.map((column) => column.name).join(', ');
    throw new MillraceError(
      'SQL_INVALID',
      `VIEW definition and input fields not match:\n\tDef fields: [${names.join(', ')}].\n\tInput fields: [${inputs}].`,
      { span: columns[0]!.span, hint: `the query has ${plan.schema.length} columns, the list ${names.length}` },
    );
  }
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (twice >= 0) {
    throw new MillraceError('SQL_INVALID', `A column with the same name \`${names[twice]}\` has been defined.`, {
      span: columns[twice]!.span,
      hint: 'give one of them another name',
    });
  }
  const own = plan.schema.map((column) => column.name);
  const repeated = repeatedName(statement.query, own);
  if (names.length === 0 && repeated !== undefined) {
    throw new MillraceError('SQL_INVALID', `A column with the same name \`${repeated}\` has been defined.`, {
      span: statement.query.body.kind === 'select' ? statement.query.body.items[0]!.span : statement.query.span,
      hint: 'give one of them another name with AS',
    });
  }
  const expanded = expandQuery(statement.query, expansions);
  return {
    path,
    sql: catalogQueryText(expanded),
    schema: plan.schema.map((column, i) => ({ ...column, name: names[i] ?? column.name })),
    catalog: env.catalog.currentCatalog,
    database: env.catalog.currentDatabase,
  };
}

/** A name that the select list gives twice; `id, id` would be `id, id0` in a query, and is refused in a view. */
function repeatedName(query: ddl.CreateView['query'], unique: readonly string[]): string | undefined {
  if (query.body.kind !== 'select') return undefined;
  const names = query.body.items.map(
    ({ alias, expr }) => alias?.name ?? (expr.kind === 'column' ? expr.parts.at(-1)!.name : undefined),
  );
  const found = names.find((name, i) => name !== undefined && names.indexOf(name) !== i);
  return found === undefined || !unique.includes(found) ? undefined : found;
}
