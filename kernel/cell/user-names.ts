import { alias } from './compile.ts';
import type { CompiledCell, KnownNames } from './compile.ts';
import type { DeclarationKind } from './scope.ts';

/** Names by which libraries recognise a browser or a module loader, and others that must not be seen by them although Node has them not. */
const unwelcome = [
  'window',
  'document',
  'self',
  'location',
  'define',
  'module',
  'exports',
  'importScripts',
  'Deno',
  'Bun',
  'undefined',
];

/**
 * The variables of the user's cells: properties of the global object (see compile.ts). One that is declared but has no value yet throws
 * a ReferenceError when read.
 */
export class UserNames implements KnownNames {
  readonly #kinds = new Map<string, DeclarationKind>();
  readonly #platform = new Set<string>(unwelcome);

  /** Takes all names that the global object has now as the platform's. */
  constructor() {
    for (
      let object: object | null = globalThis;
      object !== null;
      object = Object.getPrototypeOf(object) as object | null
    ) {
      for (const name of Object.getOwnPropertyNames(object)) this.#platform.add(name);
    }
  }

  /** A name that was added to the platform's after the constructor. */
  reserve(name: string): void {
    this.#platform.add(name);
  }

  reserved(name: string): boolean {
    return this.#platform.has(name);
  }

  kind(name: string): DeclarationKind | undefined {
    return this.#kinds.get(name);
  }

  has(name: string): boolean {
    const property = Object.getOwnPropertyDescriptor(globalThis, this.#own(name));
    return this.#kinds.has(name) && property !== undefined && 'value' in property;
  }

  get(name: string): unknown {
    return this.has(name) ? (globalThis as Record<string, unknown>)[this.#own(name)] : undefined;
  }

  /** Throws a TypeError for what is no identifier. */
  set(name: string, value: unknown): void {
    if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name))
      throw new TypeError(`"${name}" cannot be the name of a variable`);
    this.#kinds.set(name, 'let');
    this.assign(this.#own(name), value);
  }

  /** `own`: the name as the global object has it. */
  assign(own: string, value: unknown): void {
    Object.defineProperty(globalThis, own, { value, writable: true, enumerable: true, configurable: true });
  }

  /** Names that have a value, in order of definition. */
  names(): readonly string[] {
    return [...this.#kinds.keys()].filter((name) => this.has(name));
  }

  /** Forgets all variables. */
  clear(): void {
    for (const name of this.#kinds.keys()) Reflect.deleteProperty(globalThis, this.#own(name));
    this.#kinds.clear();
  }

  /** Before a cell runs: its names are there, without a value unless an earlier cell gave one. Returns what to call when it has ended. */
  declare(cell: CompiledCell): () => void {
    const added = new Map<string, () => never>();
    for (const [name, kind] of cell.declared) {
      this.#kinds.set(name, kind);
      const own = this.#own(name);
      if (kind === 'var' && !Object.hasOwn(globalThis, own)) this.assign(own, undefined);
      if (cell.reset.includes(name)) this.assign(own, undefined);
      if (Object.hasOwn(globalThis, own)) continue;
      added.set(own, this.unavailable(own, `Cannot access '${name}' before initialization`));
    }
    return () => {
      for (const [own, getter] of added) {
        if (Object.getOwnPropertyDescriptor(globalThis, own)?.get === getter) Reflect.deleteProperty(globalThis, own);
      }
    };
  }

  /** Reading the name throws a ReferenceError with this message until something is assigned to it. */
  unavailable(own: string, message: string): () => never {
    const get = (): never => {
      throw new ReferenceError(message);
    };
    const set = (value: unknown): void => this.assign(own, value);
    Object.defineProperty(globalThis, own, { configurable: true, enumerable: false, get, set });
    return get;
  }

  #own(name: string): string {
    return this.reserved(name) ? alias(name) : name;
  }
}
