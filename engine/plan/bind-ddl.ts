/** CREATE DATABASE, DROP and USE. */
import { MillraceError } from '../errors.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { CreateDatabase, Drop } from '../sql/ast-ddl.ts';
import type { Option, Path, UseStatement } from '../sql/ast.ts';
import { fullPath, unsupported } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';

export const partsOf = (path: Path): string[] => path.parts.map((part) => part.name);

/** `'k' = 'v'` lists as a record; the last of equal keys wins. @throws SQL_UNSUPPORTED for host variables that are not known */
export function optionsOf(options: readonly Option[], env?: BindEnv): Record<string, string> {
  return Object.fromEntries(
    options.map(({ key, value }) => {
      if (value.kind === 'string') return [key.value, value.value];
      const found = env?.options.parameter?.(value);
      if (found?.kind === 'value' && found.value !== null) return [key.value, String(found.value)];
      throw new MillraceError('SQL_INVALID', `there is no variable "${value.source}" with a single value`, {
        span: value.span,
      });
    }),
  );
}

function databasePath(path: Path, catalog: Catalog): { catalog: string; database: string } {
  const [database, name = catalog.currentCatalog] = partsOf(path).reverse();
  return { catalog: name, database: database! };
}

export function createDatabase(statement: CreateDatabase, catalog: Catalog): void {
  const { catalog: name, database } = databasePath(statement.path, catalog);
  catalog.createDatabase(name, database, {
    ifNotExists: statement.ifNotExists,
    comment: statement.comment?.value,
    options: optionsOf(statement.options),
    span: statement.path.span,
  });
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
    case 'DATABASE': {
      const { catalog: name, database } = databasePath(path, catalog);
      catalog.dropDatabase(name, database, { ifExists, cascade: statement.behavior === 'CASCADE', span: path.span });
      return;
    }
    default:
      throw unsupported(`DROP ${statement.object}`, statement.span);
  }
}

export function use(statement: UseStatement, catalog: Catalog): void {
  const [path] = statement.paths as [Path];
  switch (statement.object) {
    case 'CATALOG':
      return catalog.useCatalog(partsOf(path).join('.'), path.span);
    case 'DATABASE': {
      const { catalog: name, database } = databasePath(path, catalog);
      return catalog.useDatabase(name, database, path.span);
    }
    case 'MODULES':
      throw unsupported('USE MODULES', statement.span);
  }
}
