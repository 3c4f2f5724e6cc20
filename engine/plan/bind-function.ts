/** CREATE, ALTER, DROP FUNCTION. A function is kept by its name; what a Java class does cannot be run here, what a Python cell has can. */
import { quotedPath } from '../catalog/catalog.ts';
import type { StoredFunction } from '../catalog/stored.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import type { AlterFunction, CreateFunction, Drop } from '../sql/ast-ddl.ts';
import { fullPath } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import { cannotRun, functionOfCell, INSTEAD, userFunctionOf } from './function-lookup.ts';
import { partsOf } from './written.ts';

/**
 * Flink keeps a permanent function without looking at its class, and looks at that of a temporary one at once; so here, where no class can be found.
 * LANGUAGE PYTHON gives a function of a `%%python` cell another name: `CREATE TEMPORARY FUNCTION fahrenheit AS 'cells.to_f' LANGUAGE PYTHON`.
 * @throws CATALOG_EXISTS, SQL_UNSUPPORTED, SQL_UNKNOWN_FUNCTION
 */
export function createFunction(statement: CreateFunction, env: BindEnv): void {
  const { temporary, className, language = 'JAVA' } = statement;
  const path = fullPath(env, partsOf(statement.path));
  const { functions, systemFunctions } = env.catalog;
  const name = path.name.toLowerCase();
  const existing = statement.system ? systemFunctions.get(name) : functions.of(path, temporary);
  if (existing !== undefined && statement.ifNotExists) return;
  if (existing !== undefined) {
    throw new MillraceError(
      'CATALOG_EXISTS',
      `Function ${path.database}.${path.name} already exists in Catalog ${path.catalog}.`,
      { span: statement.path.span, hint: 'use CREATE FUNCTION IF NOT EXISTS, or ALTER FUNCTION' },
    );
  }
  const [resource] = statement.resources;
  if (resource !== undefined) {
    throw new MillraceError('SQL_UNSUPPORTED', `${resource.type} files hold Java classes, which cannot run here`, {
      span: resource.span,
      hint: INSTEAD,
    });
  }
  if (temporary && (language !== 'PYTHON' || functionOfCell(className.value, env) === undefined)) {
    throw cannotRun(className.value, language, className.span, env);
  }
  if (statement.system) {
    systemFunctions.set(name, { path, temporary, className: className.value, language });
    return;
  }
  env.catalog.databaseInfo(path.catalog, path.database, statement.path.span);
  functions.put({ path, temporary, className: className.value, language });
}

type StoredSpan = CreateFunction['span'];

export function alterFunction(statement: AlterFunction, env: BindEnv): void {
  if (statement.temporary) {
    throw new MillraceError(
      'SQL_UNSUPPORTED',
      `Alter temporary ${statement.system ? 'system' : 'catalog'} function is not supported`,
      { span: statement.span, hint: 'DROP TEMPORARY FUNCTION and create it anew' },
    );
  }
  const path = fullPath(env, partsOf(statement.path));
  const found = env.catalog.functions.of(path, false);
  if (found === undefined && statement.ifExists) return;
  if (found === undefined) throw unknown(path, statement.path.span, env);
  const { className, language = 'JAVA' } = statement;
  env.catalog.functions.put({ ...found, className: className.value, language });
}

export function dropFunction(statement: Drop, env: BindEnv): void {
  const path = fullPath(env, partsOf(statement.path));
  const { functions, systemFunctions } = env.catalog;
  const { span } = statement.path;
  const { temporary, ifExists } = statement;
  if (statement.system) {
    const name = path.name.toLowerCase();
    // Those of cells are temporary system functions too.
    const isOfCell = env.options.functions?.drop(path.name) === true;
    if (systemFunctions.delete(name) || isOfCell || ifExists) return;
    throw new MillraceError(
      'CATALOG_NOT_FOUND',
      `Could not drop temporary system function. A function named '${path.name}' doesn't exist.`,
      {
        span,
        hint:
          didYouMean(name, userFunctions(env, path.catalog, path.database)) ??
          'SHOW USER FUNCTIONS lists those of this session',
      },
    );
  }
  const found = functions.of(path, temporary);
  if (found !== undefined) return functions.delete(found);
  if (ifExists) return;
  if (!temporary) throw unknown(path, span, env);
  throw new MillraceError('CATALOG_NOT_FOUND', `Temporary catalog function ${quotedPath(path)} doesn't exist`, {
    span,
    hint: userFunctionHint(path, env),
  });
}

const unknown = (path: StoredFunction['path'], span: StoredSpan, env: BindEnv): MillraceError =>
  new MillraceError(
    'CATALOG_NOT_FOUND',
    `Function ${path.database}.${path.name} does not exist in Catalog ${path.catalog}.`,
    { span, hint: userFunctionHint(path, env) },
  );

function userFunctionHint(path: StoredFunction['path'], env: BindEnv): string {
  if (userFunctionOf([path.name], env) !== undefined) {
    return `${path.name} belongs to the session: DROP TEMPORARY SYSTEM FUNCTION ${path.name}`;
  }
  const names = userFunctions(env, path.catalog, path.database);
  return didYouMean(path.name, names) ?? 'SHOW USER FUNCTIONS lists those of this session';
}

/** Names of the functions of cells and of those that CREATE FUNCTION made. */
export function userFunctions(env: BindEnv, catalog: string, database: string): string[] {
  const listed = env.catalog.functions.list(catalog, database).map((fn) => fn.path.name);
  const ofCells = env.options.functions?.list().map((fn) => fn.name) ?? [];
  return [...new Set([...env.catalog.systemFunctions.keys(), ...ofCells, ...listed])].toSorted();
}
