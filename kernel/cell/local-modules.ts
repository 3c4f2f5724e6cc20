import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SourceTextModule, SyntheticModule } from 'node:vm';
import type { Module } from 'node:vm';
import { placeAt } from './edits.ts';
import { registerScript } from './stack.ts';
import { SourceError, parseModule, transform } from './transform.ts';
import type { SourceLanguage } from './transform.ts';

/** The ES modules and TypeScript files beside the notebook. They are read again when they or what they import have changed on disk. */

/** Loads whatever is no file of the user's own: packages and Node's modules, CommonJS files, addons. `from`: the folder of the importer. */
export type ForeignImport = (specifier: string, from: string, attributes: ImportAttributes) => Promise<object>;
export type ImportAttributes = Readonly<Record<string, string>>;

interface Loaded {
  readonly module: Module;
  /** Changes when the file does. */
  readonly stamp: string;
  /** Local files that it imports. */
  readonly imports: Set<string>;
}

const languages: Readonly<Record<string, SourceLanguage>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.js': 'js',
  '.mjs': 'js',
  '.jsx': 'jsx',
};
const guesses = ['.ts', '.mts', '.tsx', '.js', '.mjs', '.json', '/index.ts', '/index.js'];

export class LocalModules {
  readonly #foreign: ForeignImport;
  readonly #loaded = new Map<string, Loaded>();

  constructor(foreign: ForeignImport) {
    this.#foreign = foreign;
  }

  /** The file that a relative, absolute or `file:` specifier means; undefined for packages and files below node_modules. */
  locate(specifier: string, from: string): string | undefined {
    if (!/^(\.{1,2}(\/|$)|\/|file:|[A-Za-z]:[\\/])/.test(specifier)) return undefined;
    const wanted = specifier.startsWith('file:') ? fileURLToPath(specifier) : resolve(from, specifier);
    const found = existingFile(wanted);
    if (found === undefined) throw notFound(specifier, from);
    return realpathSync(found);
  }

  /** The namespace of a local file. */
  async import(path: string): Promise<object> {
    if (extname(path) === '.json') return jsonNamespace(path);
    if (!isOwnModule(path)) return this.#foreign(pathToFileURL(path).href, dirname(path), {});
    const module = this.#module(path, new Set());
    try {
      await this.#link(module);
      await module.evaluate();
    } catch (error) {
      this.#forget(path, new Set());
      throw error;
    }
    return module.namespace;
  }

  /** Drops the file and what it imports, so that the next import runs them again. */
  #forget(path: string, seen: Set<string>): void {
    if (seen.has(path)) return;
    seen.add(path);
    const loaded = this.#loaded.get(path);
    this.#loaded.delete(path);
    for (const child of loaded?.imports ?? []) this.#forget(child, seen);
  }

  async #link(module: Module): Promise<void> {
    if (module.status !== 'unlinked') return;
    await module.link((specifier, importer, { attributes }) =>
      this.#resolve(specifier, importer.identifier, (attributes ?? {}) as ImportAttributes),
    );
  }

  async #resolve(specifier: string, importer: string, attributes: ImportAttributes): Promise<Module> {
    const from = dirname(importer);
    const path = this.locate(specifier, from);
    if (path === undefined) return synthetic(specifier, await this.#foreign(specifier, from, attributes));
    this.#loaded.get(importer)?.imports.add(path);
    if (extname(path) === '.json') return synthetic(path, jsonNamespace(path));
    if (!isOwnModule(path)) return synthetic(path, await this.#foreign(pathToFileURL(path).href, from, attributes));
    return this.#module(path, new Set());
  }

  /** The module of a file: the one that is there while nothing has changed, else a new one, not yet linked. */
  #module(path: string, seen: Set<string>): Module {
    const loaded = this.#loaded.get(path);
    if (loaded !== undefined && !this.#changed(path, seen)) return loaded.module;
    const module = this.#compile(path);
    this.#loaded.set(path, { module, stamp: stampOf(path), imports: new Set() });
    return module;
  }

  #changed(path: string, seen: Set<string>): boolean {
    if (seen.has(path)) return false;
    seen.add(path);
    const loaded = this.#loaded.get(path);
    if (loaded === undefined) return true;
    if (loaded.module.status === 'errored' || loaded.stamp !== stampOf(path)) return true;
    return [...loaded.imports].some((child) => isOwnModule(child) && this.#changed(child, seen));
  }

  #compile(path: string): SourceTextModule {
    const source = readFileSync(path, 'utf8');
    const code = compileFile(path, source);
    return new SourceTextModule(code, {
      identifier: path,
      initializeImportMeta: (meta) => {
        Object.assign(meta, { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) });
      },
      importModuleDynamically: (async (specifier: string, _: unknown, attributes: ImportAttributes) => {
        const target = this.locate(specifier, dirname(path));
        return target === undefined ? this.#foreign(specifier, dirname(path), attributes) : this.import(target);
      }) as never,
    });
  }
}

/** JavaScript of a TypeScript or ES module file; its stack frames are mapped. A SyntaxError names file and line. */
function compileFile(path: string, source: string): string {
  try {
    const { code, original } = transform(source, languages[extname(path)] ?? 'js', false);
    registerScript(path, {
      source,
      original(line, column) {
        const place = original(line - 1, column - 1);
        return place === undefined ? { line, column } : { line: place.line + 1, column: place.column + 1 };
      },
    });
    return code;
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const place = placeAt(source, error.start);
    throw new SyntaxError(`${error.message}\n    in ${path}:${place.line + 1}:${place.column + 1}`, {
      cause: undefined,
    });
  }
}

function existingFile(path: string): string | undefined {
  const isFile = (candidate: string): boolean => statSync(candidate, { throwIfNoEntry: false })?.isFile() === true;
  if (isFile(path)) return path;
  // './util.js' means util.ts where only that exists, as TypeScript has it
  const typescript = path.replace(/\.(m?)js$/, '.$1ts');
  if (typescript !== path && isFile(typescript)) return typescript;
  return guesses.map((guess) => path + guess).find(isFile);
}

/** Is the file an ES module of the user's own: TypeScript, or JavaScript by Node's rules? */
function isOwnModule(path: string): boolean {
  if (path.split(/[\\/]/).includes('node_modules')) return false;
  const extension = extname(path);
  if (extension !== '.js' && extension !== '.jsx') return extension in languages;
  return packageType(dirname(path)) === 'module' || hasModuleSyntax(path);
}

function packageType(folder: string): string | undefined {
  const file = join(folder, 'package.json');
  if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { type?: string }).type;
  const parent = dirname(folder);
  return parent === folder ? undefined : packageType(parent);
}

function hasModuleSyntax(path: string): boolean {
  try {
    const tree = parseModule(readFileSync(path, 'utf8'), 'js');
    return (tree['body'] as { type: string }[]).some((statement) => /^(Import|Export)/.test(statement.type));
  } catch {
    return false;
  }
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? 'gone' : `${stat.mtimeMs}:${stat.size}`;
}

function jsonNamespace(path: string): object {
  return { default: JSON.parse(readFileSync(path, 'utf8')) as unknown };
}

async function synthetic(identifier: string, namespace: object): Promise<Module> {
  const names = [...new Set([...Object.keys(namespace), 'default'])];
  const module = new SyntheticModule(
    names,
    function (this: SyntheticModule) {
      for (const name of names) this.setExport(name, (namespace as Record<string, unknown>)[name]);
    },
    { identifier },
  );
  await module.link(() => {
    throw new Error('a synthetic module imports nothing');
  });
  await module.evaluate();
  return module;
}

function notFound(specifier: string, from: string): Error {
  return Object.assign(new Error(`Cannot find "${specifier}" from ${from}`), { code: 'ERR_MODULE_NOT_FOUND' });
}
