/** SHOW, DESCRIBE and SET without arguments: results about the catalog and the session, with Flink's columns and texts. */
import { objectPath, quotedPath } from '../catalog/catalog.ts';
import type { CatalogObject } from '../catalog/catalog.ts';
import { describeObject } from '../catalog/describe.ts';
import { showCreate } from '../catalog/show-create.ts';
import type { ObjectPath } from '../catalog/table.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import { allFunctions } from '../functions/registry.ts';
import type { Describe, Path, Show } from '../sql/ast.ts';
import type { Schema } from '../types/schema.ts';
import { BOOLEAN, STRING } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { fullPath, unsupported } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import { partsOf } from './bind-ddl.ts';

export interface Rows {
  readonly schema: Schema;
  readonly rows: readonly (readonly Value[])[];
}

const strings = (...names: readonly string[]): Schema => names.map((name) => ({ name, type: STRING }));
const names = (column: string, list: readonly string[]): Rows => ({
  schema: strings(column),
  rows: list.map((name) => [name]),
});

export function showSettings(settings: Readonly<Record<string, string>>): Rows {
  return { schema: strings('key', 'value'), rows: Object.entries(settings) };
}

export function describe(statement: Describe, env: BindEnv): Rows {
  const { path } = statement;
  if (statement.object !== 'TABLE' || path.kind !== 'path') {
    throw unsupported(`DESCRIBE ${statement.object}`, statement.span, 'DESCRIBE takes a table or a view');
  }
  const full = fullPath(env, partsOf(path));
  const object = env.catalog.lookup([full.catalog, full.database, full.name], path.span);
  return describeRows(object);
}

function describeRows(object: CatalogObject): Rows {
  const rows = describeObject(object);
  const hasComments = rows.some((row) => row.comment !== null);
  const schema: Schema = strings('name', 'type', 'null', 'key', 'extras', 'watermark').map((column) =>
    column.name === 'null' ? { ...column, type: BOOLEAN } : column,
  );
  const cells = rows.map((row) => [row.name, row.type, row.nullable, row.key, row.extras, row.watermark]);
  if (!hasComments) return { schema, rows: cells };
  return { schema: [...schema, ...strings('comment')], rows: cells.map((row, i) => [...row, rows[i]!.comment]) };
}

export function show(statement: Show, env: BindEnv): Rows {
  const { catalog } = env;
  switch (statement.object) {
    case 'CATALOGS':
      return names('catalog name', liked(catalog.catalogs(), statement));
    case 'CURRENT CATALOG':
      return names('current catalog name', [catalog.currentCatalog]);
    case 'DATABASES': {
      const name = statement.path === undefined ? undefined : partsOf(statement.path).join('.');
      return names('database name', liked(catalog.databases(name, statement.path?.span), statement));
    }
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
      return names('materialized table name', []);
    case 'COLUMNS': {
      const rows = describeRows(objectOf(statement.path!, env, 'SHOW COLUMNS'));
      const kept = new Set(
        liked(
          rows.rows.map((row) => String(row[0])),
          statement,
        ),
      );
      return { ...rows, rows: rows.rows.filter((row) => kept.has(String(row[0]))) };
    }
    case 'FUNCTIONS':
      return names('function name', liked(functionNames(), statement));
    case 'USER FUNCTIONS':
      return names('function name', []);
    case 'MODULES':
      return names('module name', ['core']);
    case 'FULL MODULES':
      return { schema: [...strings('module name'), { name: 'used', type: BOOLEAN }], rows: [['core', true]] };
    case 'JARS':
      return names('jars', []);
    case 'MODELS':
      return names('model name', []);
    case 'CREATE TABLE':
    case 'CREATE VIEW': {
      const what = statement.object === 'CREATE TABLE' ? 'table' : 'view';
      return names('result', [showCreate(createdObject(statement.path!, what, env))]);
    }
    case 'JOBS':
      throw unsupported('SHOW JOBS', statement.span, '%jobs lists the jobs of this session');
    case 'PARTITIONS':
    case 'PROCEDURES':
    case 'CONNECTIONS':
    case 'CREATE CATALOG':
    case 'CREATE MODEL':
    case 'CREATE MATERIALIZED TABLE':
    case 'CREATE OR ALTER MATERIALIZED TABLE':
    case 'CREATE CONNECTION':
      throw unsupported(`SHOW ${statement.object}`, statement.span);
  }
}

/** Names of functions that are words, as Flink lists them: in lower case. */
function functionNames(): string[] {
  const all = allFunctions().flatMap((fn) => [fn.name, ...(fn.aliases ?? [])]);
  return [...new Set(all.filter((name) => /^\w+$/.test(name)).map((name) => name.toLowerCase()))].toSorted();
}

function objectsOf(statement: Show, env: BindEnv): readonly CatalogObject[] {
  if (statement.path === undefined) return env.catalog.list();
  const [database, catalog = env.catalog.currentCatalog] = partsOf(statement.path).reverse();
  return env.catalog.list(catalog, database, statement.path.span);
}

function objectOf(path: Path, env: BindEnv, _what: string): CatalogObject {
  const full = fullPath(env, partsOf(path));
  return env.catalog.lookup([full.catalog, full.database, full.name], path.span);
}

function createdObject(path: Path, what: 'table' | 'view', env: BindEnv): CatalogObject {
  const full: ObjectPath = fullPath(env, partsOf(path));
  const found = env.catalog.get(full);
  if (found?.kind === what) return found;
  const noun = what === 'table' ? 'Table' : 'View';
  const known = env.catalog.list(full.catalog, full.database).map((object) => objectPath(object).name);
  throw new MillraceError(
    'SQL_UNKNOWN_TABLE',
    `Could not execute SHOW CREATE ${noun.toUpperCase()}. ${noun} with identifier ${quotedPath(full)} does not exist.`,
    {
      span: path.span,
      hint:
        found === undefined
          ? didYouMean(full.name, known)
          : `it is a ${found.kind}: SHOW CREATE ${found.kind.toUpperCase()} ${full.name}`,
    },
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
