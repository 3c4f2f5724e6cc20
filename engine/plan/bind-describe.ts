/** DESCRIBE of tables, views, catalogs, databases, functions and models, with Flink's columns and texts. */
import { unreachable } from '../assert.ts';
import { pathText, quoteName } from '../catalog/catalog.ts';
import type { CatalogObject } from '../catalog/catalog.ts';
import { describeObject } from '../catalog/describe.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import { aggregateFunction, allFunctions, scalarFunction } from '../functions/registry.ts';
import type { Describe, Path } from '../sql/ast.ts';
import type { Schema } from '../types/schema.ts';
import { BOOLEAN, STRING, typeToString, withNullable } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { fullPath } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import { noConnections } from './bind-ddl.ts';
import { partsOf } from './written.ts';
import { cannotRun } from './function-lookup.ts';
import { modelAt } from './bind-model.ts';

export interface Rows {
  readonly schema: Schema;
  readonly rows: readonly (readonly Value[])[];
}

export const strings = (...names: readonly string[]): Schema => names.map((name) => ({ name, type: STRING }));
const info = (rows: readonly (readonly Value[])[]): Rows => ({ schema: strings('info name', 'info value'), rows });

type DescribedPath = Describe & { readonly object: Exclude<Describe['object'], 'JOB'>; readonly path: Path };

export function describe(statement: DescribedPath, env: BindEnv): Rows {
  const { path, extended } = statement;
  switch (statement.object) {
    case 'TABLE':
      return describeRows(tableOrView(path, env));
    case 'CATALOG':
      return describeCatalog(path, extended, env);
    case 'DATABASE':
      return describeDatabase(path, extended, env);
    case 'FUNCTION':
      return describeFunction(path, extended, env);
    case 'MODEL': {
      const model = modelAt(path, env, (_, plain) => `Model with the identifier '${plain}' doesn't exist.`);
      const schema = [...strings('name', 'type'), { name: 'null', type: BOOLEAN }, { name: 'is input', type: BOOLEAN }];
      const row = ({ name, type }: Schema[number], isInput: boolean): Value[] => {
        return [name, typeToString(withNullable(type, true)), type.nullable, isInput];
      };
      const rows = [...model.input.map((column) => row(column, true)), ...model.output.map((c) => row(c, false))];
      return { schema, rows };
    }
    case 'CONNECTION':
      throw noConnections(statement.span);
    default:
      return unreachable(statement.object);
  }
}

/** @throws SQL_UNKNOWN_TABLE */
export function tableOrView(path: Path, env: BindEnv): CatalogObject {
  const full = fullPath(env, partsOf(path));
  const found = env.catalog.get(full);
  if (found !== undefined) return found;
  const known = env.catalog.names(full.catalog, full.database);
  throw new MillraceError(
    'SQL_UNKNOWN_TABLE',
    `Tables or views with the identifier '${pathText(full)}' doesn't exist.`,
    {
      span: path.span,
      hint:
        didYouMean(full.name, known) ??
        (known.length === 0
          ? 'there are no tables here: SHOW TABLES FROM another database'
          : `tables here: ${known.join(', ')}`),
    },
  );
}

export function describeRows(object: CatalogObject): Rows {
  const rows = describeObject(object);
  const hasComments = rows.some((row) => row.comment !== null);
  const schema: Schema = strings('name', 'type', 'null', 'key', 'extras', 'watermark').map((column) =>
    column.name === 'null' ? { ...column, type: BOOLEAN } : column,
  );
  const cells = rows.map((row) => [row.name, row.type, row.nullable, row.key, row.extras, row.watermark]);
  if (!hasComments) return { schema, rows: cells };
  return { schema: [...schema, ...strings('comment')], rows: cells.map((row, i) => [...row, rows[i]!.comment]) };
}

function describeCatalog(path: Path, extended: boolean, env: BindEnv): Rows {
  const name = partsOf(path).join('.');
  const found = env.catalog.catalogInfo(name);
  if (found === undefined) throw noCatalogInfo(name, path, env);
  const { type, ...options } = found.options;
  const more = Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return info([
    ['name', name],
    ['type', type!],
    ['comment', found.comment ?? null],
    ...(extended ? more.map(([key, value]) => [`option:${key}`, value]) : []),
  ]);
}

/** Also for the session's own first catalog, of which Flink keeps no description. */
export function noCatalogInfo(name: string, path: Path, env: BindEnv): MillraceError {
  const catalogs = env.catalog.catalogs();
  const isThere = catalogs.includes(name);
  return new MillraceError('CATALOG_NOT_FOUND', `Cannot obtain metadata information from Catalog ${name}.`, {
    span: path.span,
    hint: isThere
      ? 'only catalogs made by CREATE CATALOG have a description'
      : (didYouMean(name, catalogs) ?? `catalogs: ${catalogs.join(', ')}`),
  });
}

function describeDatabase(path: Path, extended: boolean, env: BindEnv): Rows {
  const [database, catalog = env.catalog.currentCatalog] = partsOf(path).reverse();
  const found = env.catalog.databaseInfo(catalog, database!, path.span);
  const options = Object.entries(found.options).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return info([
    ['name', database!],
    ['comment', found.comment ?? null],
    ...(extended ? options.map(([key, value]) => [`option:${key}`, value]) : []),
  ]);
}

function describeFunction(path: Path, extended: boolean, env: BindEnv): Rows {
  const parts = partsOf(path);
  const name = parts.at(-1)!;
  const declared = env.catalog.functions.get(fullPath(env, parts));
  if (declared !== undefined) throw cannotRun(declared.className, declared.language, path.span, env);
  const scalar = parts.length === 1 ? scalarFunction(name) : undefined;
  const fn = scalar ?? (parts.length === 1 ? aggregateFunction(name) : undefined);
  if (fn === undefined) {
    const quoted = parts.map(quoteName).join('.');
    const known = allFunctions().map((other) => other.name);
    throw new MillraceError('SQL_UNKNOWN_FUNCTION', `Function with the identifier '${quoted}' doesn't exist.`, {
      span: path.span,
      hint: didYouMean(name.toUpperCase(), known) ?? 'SHOW FUNCTIONS lists them',
    });
  }
  const rows = [
    ['is system function', 'true'],
    ['is temporary', 'false'],
  ];
  if (!extended) return info(rows);
  const isDeterministic = scalar === undefined || scalar.deterministic !== false;
  return info([
    ...rows,
    ['kind', scalar === undefined ? 'AGGREGATE' : 'SCALAR'],
    ['requirements', '[]'],
    ['is deterministic', String(isDeterministic)],
    ['supports constant folding', String(isDeterministic)],
    ['signature', fn.signature],
  ]);
}
