import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type TypeScript from 'typescript-6';
import type { Completion, MimeBundle } from '../magic.ts';

const require = createRequire(import.meta.url);
const ts = require('typescript-6') as typeof TypeScript;

/** dist/: where the declarations of the package lie. */
const packageFolder = fileURLToPath(new URL('../../', import.meta.url));
const MAX_ENTRIES = 500;

interface File {
  text: string;
  version: number;
}

/**
 * All cells as one TypeScript program: each cell is a module that imports from earlier ones what they declared last, and exports what it
 * declares. So types flow by inference, a name may be declared again, and a new cell costs only itself.
 */
export class CellProgram {
  readonly #directory: string;
  readonly #platformTypes: string;
  readonly #files = new Map<string, File>();
  /** The module that declared a name last. */
  readonly #origin = new Map<string, string>();
  readonly #declared = new Map<string, string>();
  readonly #service: TypeScript.LanguageService;
  #cells = 0;

  /** `directory`: the notebook's, for imports. `platformTypes`: declarations of the globals that cells have. */
  constructor(directory: string, platformTypes: string) {
    this.#directory = directory;
    this.#platformTypes = platformTypes;
    this.#service = ts.createLanguageService(this.#host(), ts.createDocumentRegistry());
    this.reset();
  }

  reset(): void {
    this.#origin.clear();
    this.#declared.clear();
    for (const path of this.#files.keys()) if (path !== this.#path('current')) this.#files.delete(path);
    this.#writeGlobals();
    this.#write(this.#path('current'), '');
  }

  addCell(code: string): void {
    const names = topLevelNames(code);
    const path = this.#path(`cell-${++this.#cells}`);
    const exported = names.filter(({ exported: already }) => !already).map(({ name }) => name);
    this.#write(
      path,
      `${this.#prelude(names.map(({ name }) => name))}${code}\nexport { ${[...new Set(exported)].join(', ')} };\n`,
    );
    for (const { name } of names) {
      this.#origin.set(name, path);
      if (this.#declared.delete(name)) this.#writeGlobals();
    }
  }

  /** A variable that a magic has made. */
  declare(name: string, valueType: string): void {
    if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return;
    this.#declared.set(name, valueType);
    this.#origin.delete(name);
    this.#writeGlobals();
  }

  complete(code: string, caret: number): readonly Completion[] {
    const { path, shift } = this.#current(code);
    const info = this.#service.getCompletionsAtPosition(path, caret + shift, {
      includeCompletionsForModuleExports: false,
      includeCompletionsWithInsertText: false,
    });
    if (info === undefined) return [];
    const word = /[\p{ID_Continue}$]*$/u.exec(code.slice(0, caret))![0];
    const entries = info.entries.filter((entry) => entry.kind !== ts.ScriptElementKind.warning);
    const fitting = bestPrefix(entries, word);
    return fitting
      .toSorted((a, b) => a.sortText.localeCompare(b.sortText) || a.name.localeCompare(b.name))
      .slice(0, MAX_ENTRIES)
      .map((entry) => {
        const span = entry.replacementSpan;
        const start = span === undefined ? caret - word.length : span.start - shift;
        return { text: entry.name, start, end: span === undefined ? caret : start + span.length, kind: entry.kind };
      });
  }

  /** What the thing at the caret is, or the function whose arguments are being written. */
  inspect(code: string, caret: number): MimeBundle | undefined {
    const { path, shift } = this.#current(code);
    const at = caret + shift;
    const info =
      this.#service.getQuickInfoAtPosition(path, at) ??
      this.#service.getQuickInfoAtPosition(path, Math.max(shift, at - 1));
    // an unknown name is just "any"
    if (info !== undefined && info.kind !== ts.ScriptElementKind.unknown) {
      return describe(
        ts.displayPartsToString(info.displayParts),
        ts.displayPartsToString(info.documentation),
        info.tags ?? [],
      );
    }
    const help = this.#service.getSignatureHelpItems(path, at, {});
    const item = help?.items[help.selectedItemIndex];
    if (item === undefined) return undefined;
    const text = (parts: TypeScript.SymbolDisplayPart[]): string => ts.displayPartsToString(parts);
    const parameters = item.parameters
      .map((parameter) => text(parameter.displayParts))
      .join(text(item.separatorDisplayParts));
    const signature = text(item.prefixDisplayParts) + parameters + text(item.suffixDisplayParts);
    return describe(signature, text(item.documentation), item.tags);
  }

  #current(code: string): { path: string; shift: number } {
    const path = this.#path('current');
    const prelude = this.#prelude(topLevelNames(code).map(({ name }) => name));
    this.#write(path, `${prelude}${code}\nexport {};\n`);
    return { path, shift: prelude.length };
  }

  /** One line of imports: all names of earlier cells but those that the cell declares itself. */
  #prelude(own: readonly string[]): string {
    const byFile = new Map<string, string[]>();
    for (const [name, path] of this.#origin) {
      if (own.includes(name)) continue;
      const names = byFile.get(path);
      if (names === undefined) byFile.set(path, [name]);
      else names.push(name);
    }
    const imports = [...byFile].map(([path, names]) => `import { ${names.join(', ')} } from ${JSON.stringify(path)};`);
    return `${imports.join(' ')}\n`;
  }

  #writeGlobals(): void {
    const declared = [...this.#declared].map(([name, type]) => `declare var ${name}: ${type};`);
    this.#write(this.#path('globals.d'), `${this.#platformTypes}\n${declared.join('\n')}\n`);
  }

  #path(name: string): string {
    return join(this.#directory, `.millrace-${name}.ts`);
  }

  #write(path: string, text: string): void {
    const file = this.#files.get(path);
    if (file === undefined) this.#files.set(path, { text, version: 1 });
    else if (file.text !== text) Object.assign(file, { text, version: file.version + 1 });
  }

  #host(): TypeScript.LanguageServiceHost {
    const nodeTypes = nodeTypesFolder();
    const options: TypeScript.CompilerOptions = {
      target: ts.ScriptTarget.ES2023,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      moduleDetection: ts.ModuleDetectionKind.Force,
      allowImportingTsExtensions: true,
      allowJs: true,
      esModuleInterop: true,
      experimentalDecorators: true,
      noEmit: true,
      resolveJsonModule: true,
      skipLibCheck: true,
      strict: true,
      types: nodeTypes === undefined ? [] : ['node'],
      ...(nodeTypes === undefined ? {} : { typeRoots: [nodeTypes] }),
    };
    return {
      getCompilationSettings: () => options,
      getCurrentDirectory: () => this.#directory,
      getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
      getScriptFileNames: () => [...this.#files.keys()],
      getScriptVersion: (path) =>
        String(this.#files.get(path)?.version ?? ts.sys.getModifiedTime?.(path)?.getTime() ?? 0),
      getScriptSnapshot: (path) => {
        const text = this.#files.get(path)?.text ?? ts.sys.readFile(path);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      fileExists: (path) => this.#files.has(path) || ts.sys.fileExists(path),
      readFile: (path) => this.#files.get(path)?.text ?? ts.sys.readFile(path),
      readDirectory: (...args) => ts.sys.readDirectory(...args),
      directoryExists: (path) => ts.sys.directoryExists(path),
      getDirectories: (path) => ts.sys.getDirectories(path),
      resolveModuleNameLiterals: (literals, containing) =>
        literals.map(({ text }) => this.#resolve(text, containing, options)),
    };
  }

  /** From the notebook's folder, then from the packages that come with Millrace; `millrace` is this package. */
  #resolve(
    name: string,
    containing: string,
    options: TypeScript.CompilerOptions,
  ): TypeScript.ResolvedModuleWithFailedLookupLocations {
    const host: TypeScript.ModuleResolutionHost = {
      fileExists: (path) => this.#files.has(path) || ts.sys.fileExists(path),
      readFile: (path) => this.#files.get(path)?.text ?? ts.sys.readFile(path),
      directoryExists: (path) => ts.sys.directoryExists(path),
    };
    const bare = name.replace(/^npm:/, '');
    if (bare === 'millrace') {
      return {
        resolvedModule: {
          resolvedFileName: join(packageFolder, 'engine', 'index.d.ts'),
          extension: ts.Extension.Dts,
          isExternalLibraryImport: true,
        },
      };
    }
    const found = ts.resolveModuleName(bare, containing, options, host);
    if (found.resolvedModule !== undefined) return found;
    return ts.resolveModuleName(bare, join(packageFolder, 'index.ts'), options, host);
  }
}

function describe(signature: string, documentation: string, tags: readonly TypeScript.JSDocTagInfo[]): MimeBundle {
  const notes = tags.map((tag) => `@${tag.name} ${ts.displayPartsToString(tag.text)}`.trim());
  const plain = [signature, documentation, notes.join('\n')].filter((part) => part !== '').join('\n\n');
  const markdown = [
    `\`\`\`typescript\n${signature}\n\`\`\``,
    documentation,
    notes.map((note) => `*${note}*`).join('  \n'),
  ];
  return { 'text/plain': plain, 'text/markdown': markdown.filter((part) => part !== '').join('\n\n') };
}

/** Entries that begin with the word; if none does, those that do when case is ignored. */
function bestPrefix<T extends { readonly name: string }>(entries: readonly T[], word: string): readonly T[] {
  const exact = entries.filter(({ name }) => name.startsWith(word));
  return exact.length > 0 ? exact : entries.filter(({ name }) => name.toLowerCase().startsWith(word.toLowerCase()));
}

/** Names declared at the top of a cell, types too; from the compiler's parser, which takes unfinished code. */
function topLevelNames(code: string): { name: string; exported: boolean }[] {
  const source = ts.createSourceFile('cell.ts', code, ts.ScriptTarget.ES2023, false, ts.ScriptKind.TS);
  return source.statements.flatMap((statement) => {
    const exported =
      ts.canHaveModifiers(statement) &&
      (ts.getModifiers(statement) ?? []).some((one) => one.kind === ts.SyntaxKind.ExportKeyword);
    return statementNames(statement).map((name) => ({ name, exported }));
  });
}

function statementNames(statement: TypeScript.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => bindingNames(name));
  if (ts.isImportDeclaration(statement)) return importNames(statement.importClause);
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement))
    return statement.name === undefined ? [] : [statement.name.text];
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement) || ts.isEnumDeclaration(statement))
    return [statement.name.text];
  if (ts.isModuleDeclaration(statement) && ts.isIdentifier(statement.name)) return [statement.name.text];
  return [];
}

function bindingNames(name: TypeScript.BindingName): string[] {
  if (ts.isIdentifier(name)) return name.text === '' ? [] : [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? bindingNames(element.name) : []));
}

function importNames(clause: TypeScript.ImportClause | undefined): string[] {
  const bindings = clause?.namedBindings;
  const named =
    bindings === undefined
      ? []
      : ts.isNamespaceImport(bindings)
        ? [bindings.name.text]
        : bindings.elements.map(({ name }) => name.text);
  return clause?.name === undefined ? named : [clause.name.text, ...named];
}

/** The folder that holds `node` of @types, if it is installed. */
function nodeTypesFolder(): string | undefined {
  try {
    return dirname(dirname(require.resolve('@types/node/package.json')));
  } catch {
    return undefined;
  }
}
