/** Catalogs and databases: CREATE, ALTER, DROP, USE; and DROP of everything else. */
import { unreachable } from '../assert.ts';
import type { Catalog, CatalogInfo } from '../catalog/catalog.ts';
import { MillraceError } from '../errors.ts';
import type { AlterCatalog, AlterDatabase, CreateCatalog, CreateDatabase, Drop } from '../sql/ast-ddl.ts';
import type { Path, UseStatement } from '../sql/ast.ts';
import { dropFunction } from './bind-function.ts';
import { dropModel } from './bind-model.ts';
import { fullPath } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import { optionsOf, partsOf } from './written.ts';

/** `[catalog.]database`. @throws CATALOG_NOT_FOUND for the catalog */
function databasePath(path: Path, catalog: Catalog): { catalog: string; database: string } {
  const [database, name = catalog.currentCatalog] = partsOf(path).reverse();
  return { catalog: name, database: database! };
}

export function createCatalog(statement: CreateCatalog, env: BindEnv): void {
  env.catalog.createCatalog(statement.name.name, {
    options: optionsOf(statement.options, env),
    comment: statement.comment?.value,
    ifNotExists: statement.ifNotExists,
    span: statement.name.span,
  });
}

export function alterCatalog({ name, change }: AlterCatalog, env: BindEnv): void {
  const edit = (info: CatalogInfo): CatalogInfo => {
    switch (change.kind) {
      case 'setOptions':
        return { ...info, options: { ...info.options, ...optionsOf(change.options, env) } };
      case 'setComment':
        return { ...info, comment: change.comment.value };
      case 'resetOptions': {
        const keys = change.keys.map((key) => key.value);
        const entries = Object.entries(info.options).filter(([key]) => !keys.includes(key));
        return { ...info, options: Object.fromEntries(entries) };
      }
      default:
        return unreachable(change);
    }
  };
  if (change.kind === 'resetOptions') {
    const type = change.keys.find((key) => key.value === 'type');
    const isEmpty = change.keys.length === 0;
    if (isEmpty || type !== undefined) {
      throw new MillraceError(
        'SQL_INVALID',
        `ALTER CATALOG RESET does not support ${isEmpty ? 'empty key' : "changing 'type'"}`,
        { span: type?.span ?? change.span, hint: "name options that may go: RESET ('default-database')" },
      );
    }
  }
  env.catalog.alterCatalog(name.name, edit, name.span);
}

export function createDatabase(statement: CreateDatabase, env: BindEnv): void {
  const { catalog: name, database } = databasePath(statement.path, env.catalog);
  env.catalog.createDatabase(name, database, {
    ifNotExists: statement.ifNotExists,
    comment: statement.comment?.value,
    options: optionsOf(statement.options, env),
    span: statement.path.span,
  });
}

export function alterDatabase(statement: AlterDatabase, env: BindEnv): void {
  const { catalog: name, database } = databasePath(statement.path, env.catalog);
  env.catalog.alterDatabase(name, database, optionsOf(statement.options, env), statement.path.span);
}

export function drop(statement: Drop, env: BindEnv): void {
  const { path, ifExists, temporary } = statement;
  const { catalog } = env;
  switch (statement.object) {
    case 'TABLE':
    case 'VIEW': {
      const kind = statement.object === 'TABLE' ? 'table' : 'view';
      catalog.drop(fullPath(env, partsOf(path)), { kind, temporary, ifExists, span: path.span });
      return;
    }
    case 'CATALOG':
      catalog.dropCatalog(partsOf(path).join('.'), { ifExists, span: path.span });
      return;
    case 'DATABASE': {
      const { catalog: name, database } = databasePath(path, catalog);
      catalog.dropDatabase(name, database, { ifExists, cascade: statement.behavior === 'CASCADE', span: path.span });
      return;
    }
    case 'FUNCTION':
      return dropFunction(statement, env);
    case 'MODEL':
      return dropModel(statement, env);
    case 'CONNECTION':
      throw noConnections(statement.span);
    case 'MATERIALIZED TABLE':
      if (ifExists && catalog.get(fullPath(env, partsOf(path))) === undefined) return;
      throw noMaterializedTable(path, env);
    default:
      return unreachable(statement.object);
  }
}

/** Flink parses connections and runs none of their statements. */
export function noConnections(span: Path['span']): MillraceError {
  return new MillraceError('SQL_UNSUPPORTED', 'Unsupported query: connections are parsed only, here and by Flink', {
    span,
    hint: 'give the options of the connection to each table in its WITH clause',
  });
}

export function noMaterializedTable(path: Path, env: BindEnv): MillraceError {
  const { catalog, database, name } = fullPath(env, partsOf(path));
  const isThere = env.catalog.get({ catalog, database, name }) !== undefined;
  const text = `\`${catalog}\`.\`${database}\`.\`${name}\``;
  return new MillraceError('SQL_UNKNOWN_TABLE', `Materialized table with identifier ${text} does not exist.`, {
    span: path.span,
    hint: isThere ? `${name} is an ordinary table or view` : MATERIALIZED_HINT,
  });
}

export const MATERIALIZED_HINT =
  'materialized tables need a catalog that keeps them: CREATE TABLE ... AS SELECT runs a job that keeps a table up to date';

export function use(statement: UseStatement, env: BindEnv): void {
  const { catalog } = env;
  const [path] = statement.paths as [Path];
  switch (statement.object) {
    case 'CATALOG':
      return catalog.useCatalog(partsOf(path).join('.'), path.span);
    case 'DATABASE': {
      const { catalog: name, database } = databasePath(path, catalog);
      return catalog.useDatabase(name, database, path.span);
    }
    case 'MODULES':
      return catalog.modules.use(statement.paths.map((each) => ({ name: partsOf(each).join('.'), span: each.span })));
    default:
      return unreachable(statement.object);
  }
}
