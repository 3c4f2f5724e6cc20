/**
 * Functions of one session: scalar, aggregate and table functions that are not built in. They are found as Flink finds functions: a name
 * without a path means a TEMPORARY SYSTEM function first, then a built-in one, then one of the current database; a path means that one.
 * Names are compared without their case.
 *
 *   session.functions.register('split_words', { kind: 'table', fn: splitWords });
 *   SELECT word FROM lines, LATERAL TABLE(split_words(line)) AS t (word)
 */
import type { ObjectPath } from '../catalog/table.ts';
import type { AggregateFunction, ScalarFunction, TableFunction } from './function.ts';
import { install } from './registry.ts';

export type UserFunction =
  | { readonly kind: 'scalar'; readonly fn: ScalarFunction }
  | { readonly kind: 'aggregate'; readonly fn: AggregateFunction }
  | { readonly kind: 'table'; readonly fn: TableFunction };

export class UserFunctions {
  readonly #system = new Map<string, UserFunction>();
  readonly #catalog = new Map<string, UserFunction>();

  /**
   * Registers a function, in place of an earlier one of that name. A name alone makes it TEMPORARY SYSTEM, so that it also hides a built-in function;
   * a path puts it into that database. Running jobs keep the one they have.
   * @returns what plans call it: unique in the process
   */
  register(name: string | ObjectPath, made: UserFunction): string {
    this.drop(name);
    const plain = typeof name === 'string' ? name : name.name;
    const key = install(plain, made.fn, made.kind);
    const entry = { ...made, fn: { ...made.fn, name: key, aliases: undefined } } as UserFunction;
    if (typeof name === 'string') this.#system.set(name.toLowerCase(), entry);
    else this.#catalog.set(keyOf(name), entry);
    return key;
  }

  /** @returns whether there was one */
  drop(name: string | ObjectPath): boolean {
    const [from, key] = typeof name === 'string' ? [this.#system, name.toLowerCase()] : [this.#catalog, keyOf(name)];
    return from.delete(key);
  }

  /** The same functions, for a check that drops some to no effect. */
  copy(): UserFunctions {
    const copy = new UserFunctions();
    for (const [key, made] of this.#system) copy.#system.set(key, made);
    for (const [key, made] of this.#catalog) copy.#catalog.set(key, made);
    return copy;
  }

  /** The function that hides built-in ones of that name. */
  before(parts: readonly string[]): UserFunction | undefined {
    return parts.length === 1 ? this.#system.get(parts[0]!.toLowerCase()) : undefined;
  }
  /** The function of that path. */
  after(path: ObjectPath): UserFunction | undefined {
    return this.#catalog.get(keyOf(path));
  }

  /** Every function with the name by which it was registered, for SHOW FUNCTIONS, completion and hints. */
  list(): readonly { readonly name: string; readonly made: UserFunction }[] {
    return [...this.#system, ...this.#catalog].map(([key, made]) => ({ name: key.split('\0').at(-1)!, made }));
  }
  tableNames(): readonly string[] {
    return this.list().flatMap(({ name, made }) => (made.kind === 'table' ? [name] : []));
  }
}

const keyOf = ({ catalog, database, name }: ObjectPath): string => `${catalog}\0${database}\0${name.toLowerCase()}`;
