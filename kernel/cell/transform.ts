import { SourceMap } from 'node:module';
import { parseSync } from 'oxc-parser';
import type { Helpers } from 'oxc-transform';
import { transformSync } from 'oxc-transform';
import type { Node } from './scope.ts';

/** TypeScript → JavaScript by oxc: types removed, enums, namespaces, parameter properties and decorators rewritten. */

export interface Transformed {
  readonly code: string;
  /** 0-based line and column of `code` → of the source, or undefined for what the transformer made up. */
  readonly original: (line: number, column: number) => { line: number; column: number } | undefined;
}

/** A text that is no TypeScript: the place is an offset in UTF-16 units. */
export class SourceError extends Error {
  readonly start: number;
  readonly end: number;

  constructor(message: string, start: number, end: number) {
    super(message);
    this.name = 'SyntaxError';
    this.start = start;
    this.end = end;
  }
}

export type SourceLanguage = 'ts' | 'tsx' | 'js' | 'jsx';

/** Helper functions are found at the global `babelHelpers` (helpers.ts). The package declares the modes as an enum that it does not export. */
const externalHelpers = { mode: 'External' } as unknown as Helpers;

/** The syntax tree of a module. Throws SourceError for the first error. */
export function parseModule(source: string, lang: SourceLanguage): Node {
  const { program, errors } = parseSync(`source.${lang}`, source, {
    lang,
    sourceType: 'module',
    showSemanticErrors: true,
  });
  const error = errors[0];
  if (error !== undefined) {
    const label = error.labels[0];
    const hint = error.helpMessage === null ? '' : `. ${error.helpMessage}`;
    throw new SourceError(tidy(error.message) + hint, label?.start ?? 0, label?.end ?? source.length);
  }
  return program as unknown as Node;
}

/** `keepImports`: imports that nothing uses stay, since a later cell may use them. */
export function transform(source: string, lang: SourceLanguage, keepImports: boolean): Transformed {
  const { code, map, errors } = transformSync(`source.${lang}`, source, {
    lang,
    sourceType: 'module',
    sourcemap: true,
    target: 'node20.19',
    typescript: { onlyRemoveTypeImports: keepImports },
    decorator: { legacy: true },
    helpers: externalHelpers,
  });
  if (errors.length > 0)
    throw new SourceError(tidy(errors[0]!.message), errors[0]!.labels[0]?.start ?? 0, source.length);
  const sourceMap =
    map === undefined ? undefined : new SourceMap(map as unknown as ConstructorParameters<typeof SourceMap>[0]);
  return {
    code,
    original(line, column) {
      const entry = sourceMap?.findEntry(line, column);
      if (entry === undefined || !('originalLine' in entry)) return undefined;
      return { line: entry.originalLine, column: entry.originalColumn };
    },
  };
}

/** `TS(1108): A 'return' statement …` → without the number. */
function tidy(message: string): string {
  return message.replace(/^TS\(\d+\): /, '').replace(/\.$/, '');
}
