/** Modules: named sets of functions, in the order in which names are looked up. As Flink's ModuleManager; `core` is the only one that exists here. */
import { MillraceError, didYouMean } from '../errors.ts';
import type { Span } from '../errors.ts';

export class Modules {
  readonly #known: readonly string[];
  #loaded: string[] = ['core'];
  #used: string[] = ['core'];

  /** `known`: the names that LOAD MODULE takes. */
  constructor(known: readonly string[] = ['core']) {
    this.#known = known.toSorted();
  }

  copy(): Modules {
    const copy = new Modules(this.#known);
    copy.#loaded = [...this.#loaded];
    copy.#used = [...this.#used];
    return copy;
  }

  /** Those in use, in the order of their look-up. */
  get used(): readonly string[] {
    return this.#used;
  }
  /** Every loaded module, those in use first. */
  get all(): readonly { readonly name: string; readonly used: boolean }[] {
    const idle = this.#loaded.filter((name) => !this.#used.includes(name));
    return [...this.#used.map((name) => ({ name, used: true })), ...idle.map((name) => ({ name, used: false }))];
  }

  /** @throws CATALOG_EXISTS; CATALOG_NOT_FOUND when there is no such module */
  load(name: string, options: Readonly<Record<string, string>>, span: Span): void {
    if (options['type'] !== undefined) {
      throw new MillraceError(
        'SQL_INVALID',
        `Option 'type' = '${options['type']}' is not supported since module name is used to find module`,
        { span, hint: 'leave the option out' },
      );
    }
    if (this.#loaded.includes(name)) {
      throw new MillraceError('CATALOG_EXISTS', `A module with name '${name}' already exists`, {
        span,
        hint: 'USE MODULES decides which loaded modules are looked into, and in which order',
      });
    }
    if (!this.#known.includes(name)) {
      throw new MillraceError(
        'CATALOG_NOT_FOUND',
        `Could not find any factory for identifier '${name}' that implements 'org.apache.flink.table.factories.ModuleFactory' in the classpath.\n\nAvailable factory identifiers are:\n\n${this.#known.join('\n')}`,
        {
          span,
          hint: didYouMean(name, this.#known) ?? 'modules are Java classes: write functions of your own in a cell',
        },
      );
    }
    this.#loaded.push(name);
    this.#used.push(name);
  }

  /** @throws CATALOG_NOT_FOUND */
  unload(name: string, span: Span): void {
    this.#check(name, span);
    this.#loaded = this.#loaded.filter((other) => other !== name);
    this.#used = this.#used.filter((other) => other !== name);
  }

  /** @throws CATALOG_NOT_FOUND; SQL_INVALID for a name that stands twice */
  use(names: readonly { readonly name: string; readonly span: Span }[]): void {
    names.forEach(({ name, span }, i) => {
      if (names.findIndex((other) => other.name === name) !== i) {
        throw new MillraceError('SQL_INVALID', `Module '${name}' appears more than once`, {
          span,
          hint: 'name every module once, in the order of the look-up',
        });
      }
      this.#check(name, span);
    });
    this.#used = names.map(({ name }) => name);
  }

  #check(name: string, span: Span): void {
    if (this.#loaded.includes(name)) return;
    throw new MillraceError('CATALOG_NOT_FOUND', `No module with name '${name}' exists`, {
      span,
      hint: didYouMean(name, this.#loaded) ?? `loaded: ${this.#loaded.join(', ') || 'none'}`,
    });
  }
}
