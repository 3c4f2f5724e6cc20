/** SHOW, and SET without arguments: results about the catalog and the session, with Flink's columns and texts. */
import { objectPath, pathText, quotedPath } from '../catalog/catalog.ts';
import type { CatalogObject } from '../catalog/catalog.ts';
import { showCreate, showCreateCatalog, showCreateModel } from '../catalog/show-create.ts';
import type { ObjectPath } from '../catalog/table.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import { allFunctions } from '../functions/registry.ts';
import type { Path, Show } from '../sql/ast.ts';
import { BOOLEAN } from '../types/type.ts';
import { listPartitions } from './alter-partitions.ts';
import { fullPath } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import { noConnections, noMaterializedTable } from './bind-ddl.ts';
import { partsOf } from './written.ts';
import { describeRows, noCatalogInfo, strings, tableOrView } from './bind-describe.ts';
import type { Rows } from './bind-describe.ts';
import { userFunctions } from './bind-function.ts';
import { modelAt } from './bind-model.ts';

const names = (column: string, list: readonly string[]): Rows => ({
  schema: strings(column),
  rows: list.map((name) => [name]),
});

export function showSettings(settings: Readonly<Record<string, string>>): Rows {
  return { schema: strings('key', 'value'), rows: Object.entries(settings) };
}

export type BoundShow = Show & { readonly object: Exclude<Show['object'], 'JOBS'> };

export function show(statement: BoundShow, env: BindEnv): Rows {
  const { catalog } = env;
  switch (statement.object) {
    case 'CATALOGS':
      return names('catalog name', liked(catalog.catalogs(), statement));
    case 'CURRENT CATALOG':
      return names('current catalog name', [catalog.currentCatalog]);
    case 'DATABASES':
      return names('database name', liked(databases(statement, env), statement));
    case 'CURRENT DATABASE':
      return names('current database name', [catalog.currentDatabase]);
    case 'TABLES':
    case 'VIEWS': {
      const isViews = statement.object === 'VIEWS';
      const objects = objectsOf(statement, env).filter((object) => !isViews || object.kind === 'view');
      const list = objects.map((object) => objectPath(object).name);
      return names(isViews ? 'view name' : 'table name', liked(list, statement));
    }
    case 'MATERIALIZED TABLES':
      namespace(statement, env);
      return names('materialized table name', []);
    case 'COLUMNS': {
      const rows = describeRows(tableOrView(statement.path!, env));
      const all = rows.rows.map((row) => String(row[0]));
      const kept = new Set(liked(all, statement));
      return { ...rows, rows: rows.rows.filter((row) => kept.has(String(row[0]))) };
    }
    case 'FUNCTIONS': {
      const { catalog: name, database } = namespace(statement, env, false);
      const builtIn = catalog.modules.used.includes('core') ? functionNames() : [];
      const all = [...new Set([...builtIn, ...userFunctions(env, name, database)])].toSorted();
      return names('function name', liked(all, statement));
    }
    case 'USER FUNCTIONS': {
      const { catalog: name, database } = namespace(statement, env, false);
      return names('function name', liked(userFunctions(env, name, database), statement));
    }
    case 'MODULES':
      return names('module name', catalog.modules.used);
    case 'FULL MODULES':
      return {
        schema: [...strings('module name'), { name: 'used', type: BOOLEAN }],
        rows: catalog.modules.all.map(({ name, used }) => [name, used]),
      };
    case 'JARS':
      return names('jars', []);
    case 'MODELS': {
      const { catalog: name, database } = namespace(statement, env);
      const list = catalog.models.list(name, database, true).map((model) => model.path.name);
      return names('model name', liked(list, statement));
    }
    case 'PARTITIONS': {
      const { path } = statement;
      return names('partition name', listPartitions(tableOf(path!, env), statement.partition, path!.span, env));
    }
    case 'PROCEDURES':
      throw noProcedures(statement.span);
    case 'CREATE TABLE':
    case 'CREATE VIEW': {
      const what = statement.object === 'CREATE TABLE' ? 'table' : 'view';
      return names('result', [showCreate(createdObject(statement.path!, what, env))]);
    }
    case 'CREATE CATALOG': {
      const name = partsOf(statement.path!).join('.');
      const info = catalog.catalogInfo(name);
      if (info === undefined) throw noCatalogInfo(name, statement.path!, env);
      return names('result', [showCreateCatalog(name, info)]);
    }
    case 'CREATE MODEL': {
      const reason = (quoted: string): string =>
        `Could not execute SHOW CREATE MODEL. Model with identifier ${quoted} does not exist.`;
      return names('result', [showCreateModel(modelAt(statement.path!, env, reason))]);
    }
    case 'CREATE MATERIALIZED TABLE':
    case 'CREATE OR ALTER MATERIALIZED TABLE':
      throw noMaterializedTable(statement.path!, env);
    case 'CONNECTIONS':
    case 'CREATE CONNECTION':
      throw noConnections(statement.span);
  }
}

/** Catalogs in memory have no procedures. */
export const noProcedures = (span: Show['span']): MillraceError =>
  new MillraceError('SQL_UNSUPPORTED', 'the catalogs of this session have no procedures', {
    span,
    hint: 'procedures come with catalogs of a JVM: write a function in a cell instead',
  });

/** Names of functions that are words, as Flink lists them: in lower case. */
function functionNames(): string[] {
  const all = allFunctions().flatMap((fn) => [fn.name, ...(fn.aliases ?? [])]);
  return [...new Set(all.filter((name) => /^\w+$/.test(name)).map((name) => name.toLowerCase()))].toSorted();
}

function databases(statement: Show, env: BindEnv): readonly string[] {
  const { path } = statement;
  if (path === undefined) return env.catalog.databases();
  if (path.parts.length > 1) {
    throw new MillraceError(
      'SQL_SYNTAX',
      `Show databases from/in identifier [ ${partsOf(path).join('.')} ] format error, catalog must be a single part identifier.`,
      { span: path.span, hint: 'name a catalog: SHOW DATABASES FROM c' },
    );
  }
  return env.catalog.databases(partsOf(path)[0]!, path.span);
}

/** The database behind FROM or IN, or the current one. Functions are listed for databases that are not there, too, as in Flink. */
function namespace(
  statement: Show,
  env: BindEnv,
  mustExist = true,
): { readonly catalog: string; readonly database: string } {
  const { path } = statement;
  const { currentCatalog, currentDatabase } = env.catalog;
  if (path === undefined) return { catalog: currentCatalog, database: currentDatabase };
  const parts = partsOf(path);
  if (parts.length > 2) {
    throw new MillraceError(
      'SQL_INVALID',
      `SHOW ${statement.object} from/in identifier [ ${parts.join('.')} ] format error, it should be [catalog_name.]database_name.`,
      { span: path.span, hint: `name the database alone: FROM ${parts.slice(0, 2).join('.')}` },
    );
  }
  const [database, catalog = currentCatalog] = parts.toReversed();
  if (mustExist) env.catalog.databaseInfo(catalog, database!, path.span);
  return { catalog, database: database! };
}

function objectsOf(statement: Show, env: BindEnv): readonly CatalogObject[] {
  const { catalog, database } = namespace(statement, env);
  return env.catalog.list(catalog, database, statement.path?.span);
}

/** @throws SQL_UNKNOWN_TABLE */
function tableOf(path: Path, env: BindEnv): Extract<CatalogObject, { kind: 'table' }>['table'] {
  const full = fullPath(env, partsOf(path));
  const found = env.catalog.permanent(full);
  if (found?.kind === 'table') return found.table;
  const { database, name, catalog } = full;
  throw new MillraceError(
    'SQL_UNKNOWN_TABLE',
    `Table (or view) ${database}.${name} does not exist in Catalog ${catalog}.`,
    { span: path.span, hint: nearTable(full, found?.kind, env) },
  );
}

function createdObject(path: Path, what: 'table' | 'view', env: BindEnv): CatalogObject {
  const full: ObjectPath = fullPath(env, partsOf(path));
  const found = env.catalog.get(full);
  if (found?.kind === what) return found;
  const noun = what === 'table' ? 'Table' : 'View';
  const reason =
    found === undefined
      ? `Could not execute SHOW CREATE ${noun.toUpperCase()}. ${noun} with identifier ${quotedPath(full)} does not exist.`
      : `SHOW CREATE ${noun.toUpperCase()} is only supported for ${what}s, but ${quotedPath(full)} is a ${found.kind}. Please use SHOW CREATE ${found.kind.toUpperCase()} instead.`;
  throw new MillraceError('SQL_UNKNOWN_TABLE', reason, { span: path.span, hint: nearTable(full, found?.kind, env) });
}

function nearTable(path: ObjectPath, kind: 'table' | 'view' | undefined, env: BindEnv): string {
  if (kind !== undefined) return `${pathText(path)} is a ${kind}`;
  const known = env.catalog.names(path.catalog, path.database);
  return (
    didYouMean(path.name, known) ??
    (known.length === 0 ? 'SHOW TABLES lists those of the current database' : `tables here: ${known.join(', ')}`)
  );
}

/** [NOT] LIKE or ILIKE. */
function liked(list: readonly string[], { like }: Show): string[] {
  if (like === undefined) return [...list];
  const source = like.pattern.value
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  const pattern = new RegExp(`^${source}$`, like.operator === 'ILIKE' ? 'is' : 's');
  return list.filter((name) => pattern.test(name) !== like.negated);
}
