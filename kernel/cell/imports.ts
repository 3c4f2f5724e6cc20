import { createRequire, isBuiltin } from 'node:module';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compileFunction, constants } from 'node:vm';
import { LocalModules } from './local-modules.ts';
import type { ImportAttributes } from './local-modules.ts';

/** How the cells of a notebook import: packages and files are looked for from the notebook's folder. */
export class Imports {
  readonly #directory: string;
  readonly #local: LocalModules;
  readonly #stamps = new Map<string, string>();
  /** Node's `require`, from the notebook's folder; files beside the notebook are read again when they have changed. */
  readonly require: NodeJS.Require;

  constructor(directory: string) {
    this.#directory = directory;
    this.#local = new LocalModules((specifier, from, attributes) => this.#foreign(specifier, from, attributes));
    this.require = this.#makeRequire();
  }

  /** What `import specifier` in a cell gives: the module's namespace. `npm:name` is taken as `name`. */
  async import(specifier: string, attributes: ImportAttributes = {}): Promise<object> {
    const bare = specifier.replace(/^npm:/, '');
    const path = isBuiltin(bare) ? undefined : this.#local.locate(bare, this.#directory);
    return path === undefined ? this.#foreign(bare, this.#directory, attributes) : this.#local.import(path);
  }

  /** Packages of the notebook's folder first, then those that come with Millrace: `millrace` itself always from here, so there is one of it. */
  async #foreign(specifier: string, from: string, attributes: ImportAttributes): Promise<object> {
    if (specifier === 'millrace' || specifier.startsWith('millrace/') || isBuiltin(specifier)) {
      return (await import(specifier)) as object;
    }
    try {
      return await importFrom(specifier, from, attributes);
    } catch (error) {
      if (!isMissing(error, specifier)) throw error;
      return await importOwn(specifier, error);
    }
  }

  #makeRequire(): NodeJS.Require {
    const plain = createRequire(join(this.#directory, 'notebook.js'));
    const own = createRequire(import.meta.url);
    const load = (id: string): unknown => {
      this.#dropChanged(plain);
      try {
        const loaded = plain(id) as unknown;
        this.#dropChanged(plain);
        return loaded;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND' || /^[./]/.test(id)) throw error;
        try {
          return own(id);
        } catch {
          throw withHint(error, id);
        }
      }
    };
    return Object.assign(load, {
      resolve: plain.resolve,
      cache: plain.cache,
      main: undefined,
      extensions: plain.extensions,
    });
  }

  /** Files of the user (no packages) that have changed since they were loaded leave the cache, and those that loaded them too. */
  #dropChanged(plain: NodeJS.Require): void {
    const own = Object.keys(plain.cache).filter(
      (path) => path.startsWith(this.#directory) && !path.includes('node_modules'),
    );
    for (const path of own) {
      const stamp = String(statSync(path, { throwIfNoEntry: false })?.mtimeMs);
      if ((this.#stamps.get(path) ?? stamp) !== stamp) {
        for (const [other, module] of Object.entries(plain.cache)) {
          if (own.includes(other) && module!.children.some((child) => child.filename === path))
            delete plain.cache[other];
        }
        delete plain.cache[path];
      }
      this.#stamps.set(path, stamp);
    }
  }
}

/** `import()` as a module in that folder would do it. */
async function importFrom(specifier: string, folder: string, attributes: ImportAttributes): Promise<object> {
  const load = compileFunction('return import(specifier, options)', ['specifier', 'options'], {
    filename: join(folder, 'notebook.mjs'),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as (specifier: string, options: object) => Promise<object>;
  return load(specifier, Object.keys(attributes).length === 0 ? {} : { with: attributes });
}

async function importOwn(specifier: string, failure: unknown): Promise<object> {
  try {
    return (await import(specifier)) as object;
  } catch (error) {
    throw isMissing(error, specifier) ? withHint(failure, specifier) : error;
  }
}

function isMissing(error: unknown, specifier: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${packageOf(specifier)}'`);
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function withHint(error: unknown, specifier: string): Error {
  const name = packageOf(specifier);
  return Object.assign(new Error(`Cannot find package "${name}"`), {
    code: 'IMPORT_NOT_FOUND',
    hint: `install it beside the notebook: %npm install ${name}`,
    stack: (error as Error).stack,
  });
}

/** What `import.meta` is in a cell. */
export function importMeta(directory: string): object {
  const filename = join(directory, 'notebook.ts');
  const require = createRequire(filename);
  return {
    url: pathToFileURL(filename).href,
    filename,
    dirname: directory,
    resolve: (specifier: string) => (isBuiltin(specifier) ? specifier : pathToFileURL(require.resolve(specifier)).href),
  };
}
