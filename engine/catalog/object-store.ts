/** Functions, models and connections of all catalogs by their full path; temporary ones hide permanent ones. */
import type { ObjectPath } from './table.ts';

export interface Stored {
  readonly path: ObjectPath;
  readonly temporary: boolean;
}

export class ObjectStore<T extends Stored> {
  readonly #permanent = new Map<string, T>();
  readonly #temporary = new Map<string, T>();

  get(path: ObjectPath): T | undefined {
    return this.#temporary.get(keyOf(path)) ?? this.#permanent.get(keyOf(path));
  }
  of(path: ObjectPath, temporary: boolean): T | undefined {
    return this.#place(temporary).get(keyOf(path));
  }
  put(object: T): void {
    this.#place(object.temporary).set(keyOf(object.path), object);
  }
  delete(object: T): void {
    this.#place(object.temporary).delete(keyOf(object.path));
  }

  /** Those of a database, by name; `permanentOnly` leaves temporary ones out. */
  list(catalog: string, database: string, permanentOnly = false): readonly T[] {
    const found = new Map<string, T>();
    for (const place of permanentOnly ? [this.#permanent] : [this.#permanent, this.#temporary]) {
      for (const object of place.values()) {
        if (object.path.catalog === catalog && object.path.database === database) found.set(object.path.name, object);
      }
    }
    return [...found.values()].toSorted((a, b) => (a.path.name < b.path.name ? -1 : 1));
  }

  /** Forgets the permanent objects of a catalog, or of one of its databases. */
  clear(catalog: string, database?: string): void {
    for (const [key, { path }] of this.#permanent) {
      if (path.catalog === catalog && (database === undefined || path.database === database))
        this.#permanent.delete(key);
    }
  }

  /** Takes over what another store holds. */
  add(other: ObjectStore<T>): void {
    for (const [key, object] of other.#permanent) this.#permanent.set(key, object);
    for (const [key, object] of other.#temporary) this.#temporary.set(key, object);
  }

  #place(temporary: boolean): Map<string, T> {
    return temporary ? this.#temporary : this.#permanent;
  }
}

/** A path as the key of a map. */
export const keyOf = (path: ObjectPath): string => JSON.stringify([path.catalog, path.database, path.name]);
