/** The names that a session knows, for completion and help: tables and columns of its catalog, functions, options. */
import type { Catalog, CatalogObject } from './catalog/catalog.ts';
import { objectPath } from './catalog/catalog.ts';
import { connector, connectorNames, optionsOf } from './connectors/registry.ts';
import { MillraceError } from './errors.ts';
import { aggregateFunction, allFunctions, scalarFunction } from './functions/registry.ts';
import { sessionOptions } from './session-options.ts';
import type { CompletionSources } from './sql/complete.ts';
import { typeToString } from './types/type.ts';

/** Words with a sign or a space are operators: the grammar knows them. */
const functionNames = allFunctions()
  .flatMap(({ name, aliases }) => [name, ...(aliases ?? [])])
  .filter((name) => /^[A-Z][A-Z0-9_]*$/.test(name));

export class SessionNames implements CompletionSources {
  readonly #catalog: Catalog;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  tables(path: readonly string[]): string[] {
    const [database = this.#catalog.currentDatabase, catalog = this.#catalog.currentCatalog] = path.toReversed();
    return orNone(() => this.#catalog.list(catalog, database).map((object) => objectPath(object).name));
  }

  namespaces(path: readonly string[]): string[] {
    if (path.length > 1) return [];
    if (path.length === 1) return orNone(() => [...this.#catalog.databases(path[0])]);
    return [...this.#catalog.databases(), ...this.#catalog.catalogs()];
  }

  columns(table: readonly string[]): { name: string; type: string }[] {
    const found = this.#catalog.find(table);
    return found === undefined ? [] : columnsOf(found);
  }

  functions(): readonly string[] {
    return functionNames;
  }
  signature(name: string): string | undefined {
    return (scalarFunction(name) ?? aggregateFunction(name))?.signature;
  }
  models(): readonly string[] {
    const { currentCatalog, currentDatabase, models } = this.#catalog;
    return models.list(currentCatalog, currentDatabase).map((model) => model.path.name);
  }

  options(
    of: { readonly connector: string | undefined } | 'session',
  ): { key: string; values?: readonly string[] | undefined }[] {
    if (of === 'session') return sessionOptions.map(({ name, values }) => ({ key: name, values }));
    // Not named yet, or being typed.
    const name = of.connector;
    if (name === undefined || !connectorNames.includes(name)) {
      return [{ key: 'connector', values: connectorNames }];
    }
    return orNone(() => {
      const found = connector(name);
      // The options of every format: which one it will be is not asked.
      const formats = found.formats.length === 0 ? [undefined] : found.formats;
      const keys = new Map<string, readonly string[] | undefined>();
      for (const format of formats) {
        const options: Record<string, string> = format === undefined ? {} : { format };
        for (const spec of optionsOf(found, { options })) {
          const values = spec.name === 'format' ? found.formats : spec.kind === 'boolean' ? BOOLEANS : spec.values;
          keys.set(spec.name, values);
        }
      }
      return Array.from(keys, ([key, values]) => ({ key, values: key === 'connector' ? connectorNames : values }));
    });
  }

  /**
   * Help for a word of SQL as Markdown: a table's columns, a function's signature and what it does, and with the text around it a column's type
   * in the tables that the text names; undefined for others.
   */
  help(word: readonly string[], text = ''): string | undefined {
    const table = this.#catalog.find(word);
    if (table !== undefined) {
      const columns = columnsOf(table).map(({ name, type }) => `  ${name} ${type}`);
      return `**${table.kind} ${objectPath(table).name}**\n\n\`\`\`sql\n${columns.join(',\n')}\n\`\`\``;
    }
    const fn = word.length === 1 ? (scalarFunction(word[0]!) ?? aggregateFunction(word[0]!)) : undefined;
    if (fn !== undefined) return `\`\`\`sql\n${fn.signature}\n\`\`\`\n\n${fn.summary}`;
    const found = this.#columnsNamed(word.at(-1)!, text);
    return found.length === 0 ? undefined : `\`\`\`sql\n${found.join('\n')}\n\`\`\``;
  }

  /** `orders.amount DECIMAL(10, 2)` for every table that the text names and that has the column. */
  #columnsNamed(name: string, text: string): string[] {
    const paths = new Set(text.match(/[\w$.`]+/g) ?? []);
    const lines = [...paths].flatMap((path) => {
      const object = this.#catalog.find(path.split('.').map((part) => part.replaceAll('`', '')));
      const column = object && columnsOf(object).find((candidate) => candidate.name === name);
      return object === undefined || column === undefined ? [] : [`${objectPath(object).name}.${name} ${column.type}`];
    });
    return [...new Set(lines)];
  }
}

const BOOLEANS = ['true', 'false'];

function columnsOf(object: CatalogObject): { name: string; type: string }[] {
  const columns = object.kind === 'table' ? object.table.columns : object.view.schema;
  return columns.map(({ name, type }) => ({ name, type: typeToString(type) }));
}

/** A name that does not exist offers nothing. */
function orNone<T>(list: () => T[]): T[] {
  try {
    return list();
  } catch (error) {
    if (error instanceof MillraceError) return [];
    throw error;
  }
}
