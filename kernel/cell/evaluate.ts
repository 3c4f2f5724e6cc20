import { Script } from 'node:vm';
import type { CellRun } from './cell-run.ts';
import { compileCell } from './compile.ts';
import { placeAt } from './edits.ts';
import { guard, iterate } from './guards.ts';
import { disposerOf } from './helpers.ts';
import type { Imports } from './imports.ts';
import { importMeta } from './imports.ts';
import type { ImportAttributes } from './local-modules.ts';
import { registerScript } from './stack.ts';
import { CellSyntaxError } from './syntax-error.ts';
import { SourceError } from './transform.ts';
import type { UserNames } from './user-names.ts';

/** What a cell's code finds under the name `__millrace` (see compile.ts). */
interface CellRuntime {
  readonly guard: typeof guard;
  readonly iterate: typeof iterate;
  readonly meta: object;
  import(specifier: string, options?: { with?: ImportAttributes }): Promise<object>;
  bind(
    namespace: Record<string, unknown>,
    specifier: string,
    bindings: readonly (readonly [string, string, string])[],
  ): void;
  functions(hoisted: readonly (readonly [name: string, own: string, value: object])[]): void;
  use<T>(value: T): T;
  typed<T extends object>(value: T, source: string): T;
}

/** Compiles and runs TypeScript of cells, in the global scope of the runtime process. */
export class Evaluator {
  readonly #names: UserNames;
  readonly #imports: Imports;
  readonly #meta: object;

  constructor(names: UserNames, imports: Imports, directory: string) {
    this.#names = names;
    this.#imports = imports;
    this.#meta = importMeta(directory);
  }

  /** The value of the last expression, or undefined; boxed, so that a promise is not awaited. Throws CellSyntaxError for code that cannot be compiled. */
  async evaluate(code: string, cell: CellRun): Promise<{ readonly value: unknown }> {
    const script = cell.executionCount === 0 ? 'Cell [*]' : `Cell [${cell.executionCount}]`;
    const compiled = compile(script, code, this.#names);
    registerScript(script, { source: code, original: (line, column) => compiled.original(line, column) });
    const disposers: (() => unknown)[] = [];
    const main = new Script(compiled.code, { filename: script }).runInThisContext() as (
      runtime: CellRuntime,
    ) => Promise<unknown>;
    const ended = this.#names.declare(compiled);
    try {
      const result = await main(this.#runtime(disposers));
      return { value: Array.isArray(result) ? (result[0] as unknown) : undefined };
    } finally {
      ended();
      for (const dispose of disposers.toReversed()) await dispose();
    }
  }

  #runtime(disposers: (() => unknown)[]): CellRuntime {
    return {
      guard,
      iterate,
      meta: this.#meta,
      import: (specifier, options) => this.#imports.import(String(specifier), options?.with),
      bind: (namespace, specifier, bindings) => {
        for (const [imported, , own] of bindings) this.#bind(namespace, specifier, imported, own);
      },
      functions: (hoisted) => {
        for (const [name, own, value] of hoisted) {
          Object.defineProperty(value, 'name', { value: name, configurable: true });
          this.#names.assign(own, value);
        }
      },
      typed: (value, source) =>
        Object.defineProperty(value, Symbol.for('millrace.typescript'), { value: source, configurable: true }),
      use: (value) => {
        const dispose = disposerOf(value, true);
        if (dispose !== undefined) disposers.push(dispose);
        return value;
      },
    };
  }

  /**
   * A name that the module does not export is an error only when it is used: types are imported like values, and only the compiler could tell.
   * Names of a CommonJS module that Node did not recognise are found on its default export.
   */
  #bind(namespace: Record<string, unknown>, specifier: string, imported: string, own: string): void {
    if (imported === '*') return this.#names.assign(own, namespace);
    if (imported in namespace) return this.#names.assign(own, namespace[imported]);
    const main = namespace['default'];
    if (((typeof main === 'object' && main !== null) || typeof main === 'function') && imported in main) {
      return this.#names.assign(own, (main as Record<string, unknown>)[imported]);
    }
    this.#names.unavailable(own, `"${specifier}" exports no value "${imported}" (is it only a type?)`);
  }
}

function compile(script: string, code: string, names: UserNames): ReturnType<typeof compileCell> {
  try {
    return compileCell(code, names);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const place = placeAt(code, error.start);
    const width = Math.max(1, Math.min(error.end, code.length) - error.start);
    const rest = (code.split('\n')[place.line] ?? '').length - place.column;
    throw new CellSyntaxError(error.message, {
      script,
      source: code,
      line: place.line + 1,
      column: place.column + 1,
      width: Math.max(1, Math.min(width, rest)),
    });
  }
}
