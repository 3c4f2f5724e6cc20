/**
 * Catalogs, databases and the tables and views in them, in memory. Temporary objects live beside them under the same paths and hide them.
 * Views are kept as text and bound again at each use.
 *
 *   const catalog = new Catalog();
 *   catalog.create({ kind: 'table', table }, { temporary: false, ifNotExists: false });
 *   catalog.find(['orders']);      // in the current database
 */
import { MillraceError, didYouMean } from '../errors.ts';
import type { ErrorDetails, Span } from '../errors.ts';
import type { Schema } from '../types/schema.ts';
import { checkCatalogOptions } from './catalog-types.ts';
import { Modules } from './modules.ts';
import { keyOf, ObjectStore } from './object-store.ts';
import type { StoredFunction, StoredModel } from './stored.ts';
import type { ObjectPath, ResolvedTable } from './table.ts';

export const DEFAULT_CATALOG = 'default_catalog';
export const DEFAULT_DATABASE = 'default_database';

/** A view: the text of its query, which is bound in the catalog and database of the view whenever it is used. */
export interface StoredView {
  readonly path: ObjectPath;
  /** The query with its stars written out and every name in full. */
  readonly sql: string;
  /** The columns when the view was made; their names are those of the view. */
  readonly schema: Schema;
  /** Where unqualified names of `sql` are looked up. */
  readonly catalog: string;
  readonly database: string;
  readonly comment: string | undefined;
  readonly temporary: boolean;
}

export type CatalogObject =
  { readonly kind: 'table'; readonly table: ResolvedTable } | { readonly kind: 'view'; readonly view: StoredView };

export const objectPath = (object: CatalogObject): ObjectPath =>
  object.kind === 'table' ? object.table.path : object.view.path;

export interface DatabaseInfo {
  readonly comment: string | undefined;
  readonly options: Readonly<Record<string, string>>;
}
interface Database extends DatabaseInfo {
  readonly objects: Map<string, CatalogObject>;
}

/** What a catalog was made with. */
export interface CatalogInfo {
  readonly options: Readonly<Record<string, string>>;
  readonly comment: string | undefined;
}
interface Entry {
  readonly databases: Map<string, Database>;
  readonly defaultDatabase: string;
  /** Undefined for the catalog that every session begins with: Flink's catalog store does not know it. */
  readonly info: CatalogInfo | undefined;
}

export class Catalog {
  readonly #catalogs = new Map<string, Entry>([
    [
      DEFAULT_CATALOG,
      {
        databases: new Map([[DEFAULT_DATABASE, emptyDatabase()]]),
        defaultDatabase: DEFAULT_DATABASE,
        info: undefined,
      },
    ],
  ]);
  readonly functions = new ObjectStore<StoredFunction>();
  /** TEMPORARY SYSTEM functions by their name in lower case. */
  readonly systemFunctions = new Map<string, StoredFunction>();
  readonly models = new ObjectStore<StoredModel>();
  readonly modules: Modules;
  readonly #temporary = new Map<string, CatalogObject>();
  #currentCatalog = DEFAULT_CATALOG;
  #currentDatabase = DEFAULT_DATABASE;
  #version = 0;

  constructor(modules: Modules = new Modules()) {
    this.modules = modules;
  }

  /** A catalog with the same objects, to try statements on: changes of one are not seen by the other. */
  copy(): Catalog {
    const copy = new Catalog(this.modules.copy());
    copy.#catalogs.clear();
    for (const [name, entry] of this.#catalogs) {
      const databases = [...entry.databases].map(
        ([key, database]) => [key, { ...database, objects: new Map(database.objects) }] as const,
      );
      copy.#catalogs.set(name, { ...entry, databases: new Map(databases) });
    }
    for (const [key, object] of this.#temporary) copy.#temporary.set(key, object);
    for (const [key, fn] of this.systemFunctions) copy.systemFunctions.set(key, fn);
    copy.functions.add(this.functions);
    copy.models.add(this.models);
    copy.#currentCatalog = this.#currentCatalog;
    copy.#currentDatabase = this.#currentDatabase;
    return copy;
  }

  get currentCatalog(): string {
    return this.#currentCatalog;
  }
  get currentDatabase(): string {
    return this.#currentDatabase;
  }
  /** Grows with each change: lets callers drop what they have derived. */
  get version(): number {
    return this.#version;
  }

  /** `[[catalog.]database.]name` in full; names need not exist. */
  resolve(parts: readonly string[]): ObjectPath {
    const [name, database = this.#currentDatabase, catalog = this.#currentCatalog] = parts.toReversed();
    return { catalog, database, name: name! };
  }

  /** The object of that name, or undefined. A temporary one hides a permanent one. */
  find(parts: readonly string[]): CatalogObject | undefined {
    return this.get(this.resolve(parts));
  }

  get(path: ObjectPath): CatalogObject | undefined {
    return this.#temporary.get(keyOf(path)) ?? this.permanent(path);
  }

  /** The permanent object of that path, even if a temporary one hides it. */
  permanent(path: ObjectPath): CatalogObject | undefined {
    return this.#catalogs.get(path.catalog)?.databases.get(path.database)?.objects.get(path.name);
  }
  temporary(path: ObjectPath): CatalogObject | undefined {
    return this.#temporary.get(keyOf(path));
  }

  /** As `find`. @throws SQL_UNKNOWN_TABLE with a hint at the nearest name. */
  lookup(parts: readonly string[], span?: Span): CatalogObject {
    const found = this.find(parts);
    if (found !== undefined) return found;
    throw new MillraceError('SQL_UNKNOWN_TABLE', `table "${parts.join('.')}" does not exist`, this.#hint(parts, span));
  }

  /**
   * Stores a table or view under its path; false when it existed and `ifNotExists` allowed that.
   * @throws CATALOG_EXISTS, CATALOG_NOT_FOUND (the database)
   */
  create(object: CatalogObject, how: { readonly ifNotExists: boolean; readonly span?: Span | undefined }): boolean {
    const path = objectPath(object);
    const temporary = object.kind === 'table' ? object.table.temporary : object.view.temporary;
    const place = temporary ? this.#temporary : this.#database(path.catalog, path.database, how.span).objects;
    const key = temporary ? keyOf(path) : path.name;
    if (place.has(key)) {
      if (how.ifNotExists) return false;
      const what = temporary ? `Temporary ${object.kind}` : 'Table (or view)';
      const at = temporary ? '' : ` in Catalog ${path.catalog}`;
      const name = temporary ? pathText(path) : `${path.database}.${path.name}`;
      throw new MillraceError('CATALOG_EXISTS', `${what} ${name} already exists${at}.`, {
        span: how.span,
        hint: 'use CREATE ... IF NOT EXISTS, another name, or DROP it first',
      });
    }
    place.set(key, object);
    this.#version++;
    return true;
  }

  /** Stores the object in place of whatever has its path: for tables bound from a host program. */
  replace(object: CatalogObject): void {
    const path = objectPath(object);
    const temporary = object.kind === 'table' ? object.table.temporary : object.view.temporary;
    if (temporary) this.#temporary.set(keyOf(path), object);
    else this.#database(path.catalog, path.database, undefined).objects.set(path.name, object);
    this.#version++;
  }

  /**
   * Removes a table or view; false when there was none and `ifExists` allowed that.
   * @throws SQL_UNKNOWN_TABLE; SQL_INVALID when a temporary object of that name must be dropped first
   */
  drop(
    path: ObjectPath,
    what: {
      readonly kind: 'table' | 'view';
      readonly temporary: boolean;
      readonly ifExists: boolean;
      readonly span?: Span;
    },
  ): boolean {
    const temporary = this.#temporary.get(keyOf(path));
    if (!what.temporary && temporary?.kind === what.kind) {
      throw new MillraceError(
        'SQL_INVALID',
        `Temporary ${what.kind} with identifier '${pathText(path)}' exists. Drop it first before removing the permanent ${what.kind}.`,
        { span: what.span, hint: `DROP TEMPORARY ${what.kind.toUpperCase()} ${path.name}` },
      );
    }
    const found = what.temporary ? temporary : this.permanent(path);
    if (found?.kind !== what.kind) {
      if (what.ifExists) return false;
      const noun = `${what.temporary ? 'Temporary ' : ''}${what.kind}`;
      const other =
        found === undefined ? undefined : `it is a ${found.kind}: DROP ${found.kind.toUpperCase()} ${path.name}`;
      const { hint } = this.#hint([path.name], undefined);
      throw new MillraceError(
        'SQL_UNKNOWN_TABLE',
        `${noun[0]!.toUpperCase()}${noun.slice(1)} with identifier '${pathText(path)}' does not exist.`,
        { span: what.span, hint: other ?? hint },
      );
    }
    if (what.temporary) this.#temporary.delete(keyOf(path));
    else this.#catalogs.get(path.catalog)!.databases.get(path.database)!.objects.delete(path.name);
    this.#version++;
    return true;
  }

  /** Tables and views that can be seen in a database, permanent and temporary, by name. */
  list(catalog = this.#currentCatalog, database = this.#currentDatabase, span?: Span): readonly CatalogObject[] {
    const objects = new Map(this.#database(catalog, database, span).objects);
    for (const object of this.#temporary.values()) {
      const path = objectPath(object);
      if (path.catalog === catalog && path.database === database) objects.set(path.name, object);
    }
    return [...objects].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** Names of the tables and views of a database; none when there is no such database. */
  names(catalog = this.#currentCatalog, database = this.#currentDatabase): readonly string[] {
    if (!this.#catalogs.get(catalog)?.databases.has(database)) return [];
    return this.list(catalog, database).map((object) => objectPath(object).name);
  }

  catalogs(): readonly string[] {
    return [...this.#catalogs.keys()].toSorted();
  }
  databases(catalog = this.#currentCatalog, span?: Span): readonly string[] {
    return [...this.#catalog(catalog, span).databases.keys()].toSorted();
  }

  createDatabase(
    catalog: string,
    name: string,
    how: {
      readonly ifNotExists: boolean;
      readonly comment?: string | undefined;
      readonly options?: Readonly<Record<string, string>>;
      readonly span?: Span;
    },
  ): boolean {
    const { databases } = this.#catalog(catalog, how.span);
    if (databases.has(name)) {
      if (how.ifNotExists) return false;
      throw new MillraceError('CATALOG_EXISTS', `Database ${name} already exists in Catalog ${catalog}.`, {
        span: how.span,
      });
    }
    databases.set(name, { ...emptyDatabase(), comment: how.comment, options: how.options ?? {} });
    this.#version++;
    return true;
  }

  /** @throws CATALOG_NOT_FOUND; SQL_INVALID when it is in use, or holds tables and `cascade` is false */
  dropDatabase(
    catalog: string,
    name: string,
    how: { readonly ifExists: boolean; readonly cascade: boolean; readonly span?: Span },
  ): boolean {
    const { databases } = this.#catalog(catalog, how.span);
    const database = databases.get(name);
    if (database === undefined) {
      if (how.ifExists) return false;
      throw new MillraceError('CATALOG_NOT_FOUND', `Database ${name} does not exist in Catalog ${catalog}.`, {
        span: how.span,
        hint: didYouMean(name, databases.keys()),
      });
    }
    if (catalog === this.#currentCatalog && name === this.#currentDatabase) {
      throw new MillraceError('SQL_INVALID', 'Cannot drop a database which is currently in use.', { span: how.span });
    }
    const isEmpty =
      database.objects.size + this.functions.list(catalog, name, true).length === 0 &&
      this.models.list(catalog, name, true).length === 0;
    if (!isEmpty && !how.cascade) {
      throw new MillraceError('SQL_INVALID', `Database ${name} in catalog ${catalog} is not empty.`, {
        span: how.span,
        hint: 'use DROP DATABASE ... CASCADE',
      });
    }
    databases.delete(name);
    this.functions.clear(catalog, name);
    this.models.clear(catalog, name);
    this.#version++;
    return true;
  }

  /** @throws CATALOG_NOT_FOUND */
  databaseInfo(catalog: string, name: string, span?: Span): DatabaseInfo {
    return this.#knownDatabase(catalog, name, span);
  }

  /** Sets options over those that a database has. @throws CATALOG_NOT_FOUND */
  alterDatabase(catalog: string, name: string, options: Readonly<Record<string, string>>, span?: Span): void {
    const database = this.#knownDatabase(catalog, name, span);
    const { databases } = this.#catalog(catalog, span);
    databases.set(name, { ...database, options: { ...database.options, ...options } });
  }

  /** @throws CATALOG_EXISTS, CONNECTOR_OPTION, SQL_UNSUPPORTED */
  createCatalog(name: string, how: CatalogInfo & { readonly ifNotExists: boolean; readonly span: Span }): boolean {
    if (this.#catalogs.has(name)) {
      if (how.ifNotExists) return false;
      throw new MillraceError('CATALOG_EXISTS', `Catalog ${name} already exists.`, {
        span: how.span,
        hint: 'use CREATE CATALOG IF NOT EXISTS, another name, or DROP CATALOG first',
      });
    }
    const defaultDatabase = checkCatalogOptions(how.options, how.span);
    const { options, comment } = how;
    const databases = new Map([[defaultDatabase, emptyDatabase()]]);
    this.#catalogs.set(name, { databases, defaultDatabase, info: { options, comment } });
    this.#version++;
    return true;
  }

  /** @throws CATALOG_NOT_FOUND; SQL_INVALID when it is in use */
  dropCatalog(name: string, how: { readonly ifExists: boolean; readonly span: Span }): boolean {
    if (!this.#catalogs.has(name)) {
      if (how.ifExists) return false;
      throw new MillraceError('CATALOG_NOT_FOUND', `Catalog ${name} does not exist.`, {
        span: how.span,
        hint: this.#catalogHint(name),
      });
    }
    if (name === this.#currentCatalog) {
      throw new MillraceError('SQL_INVALID', 'Cannot drop a catalog which is currently in use.', {
        span: how.span,
        hint: 'USE CATALOG another one first',
      });
    }
    this.#catalogs.delete(name);
    this.functions.clear(name);
    this.models.clear(name);
    this.#version++;
    return true;
  }

  /** What the catalog was made with; undefined when it is not there, or is the session's own first one. */
  catalogInfo(name: string): CatalogInfo | undefined {
    return this.#catalogs.get(name)?.info;
  }

  /** Changes options or comment; its databases stay. @throws CATALOG_NOT_FOUND, CONNECTOR_OPTION */
  alterCatalog(name: string, change: (info: CatalogInfo) => CatalogInfo, span: Span): void {
    const entry = this.#catalogs.get(name);
    if (entry?.info === undefined) {
      throw new MillraceError('CATALOG_NOT_FOUND', `Catalog ${name} does not exist in the catalog store.`, {
        span,
        hint: entry === undefined ? this.#catalogHint(name) : 'only catalogs made by CREATE CATALOG can be altered',
      });
    }
    const info = change(entry.info);
    const defaultDatabase = checkCatalogOptions(info.options, span);
    if (!entry.databases.has(defaultDatabase)) entry.databases.set(defaultDatabase, emptyDatabase());
    this.#catalogs.set(name, { ...entry, defaultDatabase, info });
    this.#version++;
  }

  #catalogHint(name: string): string {
    return didYouMean(name, this.#catalogs.keys()) ?? `catalogs: ${this.catalogs().join(', ')}`;
  }

  #knownDatabase(catalog: string, name: string, span: Span | undefined): Database {
    const { databases } = this.#catalog(catalog, span);
    const found = databases.get(name);
    if (found !== undefined) return found;
    throw new MillraceError('CATALOG_NOT_FOUND', `Database ${name} does not exist in Catalog ${catalog}.`, {
      span,
      hint: didYouMean(name, databases.keys()) ?? `databases: ${this.databases(catalog).join(', ')}`,
    });
  }

  useCatalog(name: string, span?: Span): void {
    const { defaultDatabase } = this.#catalog(name, span);
    this.#currentCatalog = name;
    this.#currentDatabase = defaultDatabase;
    this.#version++;
  }
  useDatabase(catalog: string, database: string, span?: Span): void {
    this.#database(catalog, database, span);
    this.#currentCatalog = catalog;
    this.#currentDatabase = database;
    this.#version++;
  }

  #catalog(name: string, span: Span | undefined): Entry {
    const found = this.#catalogs.get(name);
    if (found !== undefined) return found;
    throw new MillraceError('CATALOG_NOT_FOUND', `A catalog with name [${name}] does not exist.`, {
      span,
      hint: this.#catalogHint(name),
    });
  }

  #database(catalog: string, name: string, span: Span | undefined): Database {
    const { databases } = this.#catalog(catalog, span);
    const found = databases.get(name);
    if (found !== undefined) return found;
    throw new MillraceError(
      'CATALOG_NOT_FOUND',
      `A database with name [${name}] does not exist in the catalog: [${catalog}].`,
      {
        span,
        hint: didYouMean(name, databases.keys()) ?? `databases: ${this.databases(catalog).join(', ')}`,
      },
    );
  }

  #hint(parts: readonly string[], span: Span | undefined): ErrorDetails {
    const path = this.resolve(parts);
    const databases = this.#catalogs.get(path.catalog)?.databases;
    if (databases === undefined) return { span, hint: didYouMean(path.catalog, this.#catalogs.keys()) };
    if (!databases.has(path.database)) return { span, hint: didYouMean(path.database, databases.keys()) };
    const names = this.list(path.catalog, path.database).map((object) => objectPath(object).name);
    const near = didYouMean(path.name, names);
    const known = names.length > 0 && names.length <= 8 ? `tables here: ${names.join(', ')}` : undefined;
    return {
      span,
      hint: near ?? known ?? (names.length === 0 ? 'there are no tables yet: make one with CREATE TABLE' : undefined),
    };
  }
}

const emptyDatabase = (): Database => ({ objects: new Map(), comment: undefined, options: {} });

/** `default_catalog.default_database.orders`. */
export const pathText = (path: ObjectPath): string => `${path.catalog}.${path.database}.${path.name}`;
/** The same with back-ticks, as statements print it. */
export const quotedPath = (path: ObjectPath): string =>
  [path.catalog, path.database, path.name].map(quoteName).join('.');
export const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
