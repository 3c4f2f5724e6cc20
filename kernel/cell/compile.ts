import { Edits, offsetAt, placeAt } from './edits.ts';
import type { DeclarationKind, Node } from './scope.ts';
import { declarationOf, freeReferences, isNode, topLevelDeclarations, walk } from './scope.ts';
import { SourceError, parseModule, transform } from './transform.ts';

/**
 * A TypeScript cell as the JavaScript that runs: one async arrow function, called with the object `__millrace` (see evaluate.ts).
 * - Names declared at the top become properties of the global object: assignments without `const`, so a later cell may declare them again,
 *   and functions of earlier cells see the new value. Access to them is as fast as to locals (kernel.md §6.3).
 * - A name that the global object has already (URL, process, window for libraries that look for a browser …) is not overwritten: the user's
 *   variable gets an invisible letter at its end (`alias`), and this cell and later ones are rewritten to it.
 * - Functions are hoisted, classes keep their names, a destructuring declaration becomes an assignment.
 * - `await` and `for await` get guards (guards.ts), `import` goes through `__millrace.import`.
 * - If the last statement is an expression, its value is what the function returns, in an array: a promise is not awaited by that.
 */

/** Parameter of the compiled function. */
export const RUNTIME = '__millrace';
/** ZERO WIDTH NON-JOINER: allowed in identifiers, not visible in messages. */
const ALIAS_MARK = '\u200c';
/** ZERO WIDTH JOINER: marks the local name of a hoisted function. */
const HOIST_MARK = '\u200d';

/** Takes the invisible letters out of a message or a stack. */
export function visible(text: string): string {
  return text.replaceAll(ALIAS_MARK, '').replaceAll(HOIST_MARK, '');
}

export function alias(name: string): string {
  return name + ALIAS_MARK;
}

/** What the compiler must know of the names that are there already. */
export interface KnownNames {
  /** Is it a name of the platform, to be left alone? */
  reserved(name: string): boolean;
  /** How an earlier cell declared it. */
  kind(name: string): DeclarationKind | undefined;
}

export interface CompiledCell {
  /** Source of a function expression. */
  readonly code: string;
  /** Names declared at the top, in order. */
  readonly declared: ReadonlyMap<string, DeclarationKind>;
  /** Those that start as undefined each time, whatever they were: enums and namespaces are built by adding to them. */
  readonly reset: readonly string[];
  /** 1-based line and column of `code` → of the cell. */
  original(line: number, column: number): { line: number; column: number };
}

/** Throws SourceError, with offsets in `source`. */
export function compileCell(source: string, names: KnownNames): CompiledCell {
  const { text, shift } = asExpression(source);
  const tree = parse(text, shift);
  const prepared = keepTypes(replaceUsing(text, tree));
  const endsInExpression = lastStatement(tree)?.type === 'ExpressionStatement';
  const javascript = transform(prepared, 'ts', true);
  const program = parseModule(javascript.code, 'js');
  const declared = topLevelDeclarations(program);
  const own = (name: string): string => (names.reserved(name) ? alias(name) : name);

  const edits = new Edits(javascript.code);
  const functions: string[] = [];
  const rewriter = new StatementRewriter(edits, own, functions);
  for (const statement of program['body'] as Node[]) rewriter.rewrite(statement);
  const toSource = (offset: number): number => {
    const place = placeAt(javascript.code, offset);
    const at = javascript.original(place.line, place.column);
    return at === undefined ? 0 : Math.max(0, offsetAt(text, at.line, at.column) - shift);
  };
  renameAliased(edits, program, declared, names);
  forbidConstAssignment(program, declared, names, toSource);
  guardAwaits(edits, program);
  if (endsInExpression) returnLast(edits, lastStatement(program));

  const edited = edits.apply();
  const hoisted = functions.length === 0 ? '' : `${RUNTIME}.functions([${functions.join(', ')}]);`;
  const prefix = `(async (${RUNTIME}) => { 'use strict'; ${hoisted}`;
  return {
    code: `${prefix}${edited.text}\n})`,
    declared,
    reset: mergedNames(tree),
    original(line, column) {
      const inText = offsetAt(edited.text, line - 1, line === 1 ? Math.max(0, column - 1 - prefix.length) : column - 1);
      const offset = toSource(edited.original(inText));
      const place = placeAt(source, offset);
      return { line: place.line + 1, column: place.column + 1 };
    },
  };
}

/** `{a: 1}` alone is meant as an object, not as a block with a label. */
function asExpression(source: string): { text: string; shift: number } {
  const trimmed = source.trim().replace(/;$/, '');
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}')) return { text: source, shift: 0 };
  const start = source.indexOf('{');
  const text = `${source.slice(0, start)}(${trimmed})`;
  try {
    parseModule(text, 'ts');
    return { text, shift: 1 };
  } catch {
    return { text: source, shift: 0 };
  }
}

function parse(text: string, shift: number): Node {
  try {
    return parseModule(text, 'ts');
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    throw new SourceError(error.message, error.start - shift, error.end - shift);
  }
}

/** Top-level `using x = e` would put the whole cell into a block: `x` becomes a constant that is disposed of when the cell ends. */
function replaceUsing(text: string, tree: Node): string {
  const edits = new Edits(text);
  for (const statement of tree['body'] as Node[]) {
    if (statement.type !== 'VariableDeclaration') continue;
    const kind = statement['kind'] as string;
    if (kind !== 'using' && kind !== 'await using') continue;
    const declarators = statement['declarations'] as Node[];
    edits.replace(statement.start, declarators[0]!.start, 'const ');
    for (const declarator of declarators) {
      const init = declarator['init'] as Node;
      edits.insert(init.start, `${RUNTIME}.use(`);
      edits.insert(init.end, ')');
    }
  }
  return edits.apply().text;
}

function lastStatement(program: Node): Node | undefined {
  return (program['body'] as Node[]).findLast((statement) => statement.type !== 'EmptyStatement');
}

/** `millrace.udf('f', (x: number) => ...)`: functions that are handed to `millrace` keep their TypeScript, from which it takes the types. */
function keepTypes(text: string): string {
  if (!/\bmillrace\s*\.\s*ud/.test(text)) return text;
  const tree = parseModule(text, 'ts');
  const declared = new Map<string, Node>();
  for (const statement of tree['body'] as Node[]) {
    const declaration = declarationOf(statement);
    if (declaration.type === 'FunctionDeclaration')
      declared.set((declaration['id'] as Node)['name'] as string, declaration);
  }
  const edits = new Edits(text);
  walk(tree, (node) => {
    if (node.type !== 'CallExpression' || !isCallOfMillrace(node['callee'] as Node)) return;
    for (const argument of node['arguments'] as Node[]) {
      const source = argument.type === 'Identifier' ? declared.get(argument['name'] as string) : argument;
      if (source === undefined || !/Function|ObjectExpression/.test(source.type)) continue;
      edits.insert(argument.start, `${RUNTIME}.typed(`);
      edits.insert(argument.end, `, ${JSON.stringify(text.slice(source.start, source.end))})`);
    }
  });
  return edits.apply().text;
}

function isCallOfMillrace(callee: Node): boolean {
  if (callee.type !== 'MemberExpression') return false;
  const [object, property] = [callee['object'] as Node, callee['property'] as Node];
  return object['name'] === 'millrace' && /^ud[at]?f$/.test(String(property['name']));
}

/** Names of enums and namespaces at the top of the TypeScript source. */
function mergedNames(tree: Node): string[] {
  return (tree['body'] as Node[]).map(declarationOf).flatMap((node) => {
    const merged = node.type === 'TSEnumDeclaration' || node.type === 'TSModuleDeclaration';
    return merged && isNode(node['id']) && node['id'].type === 'Identifier' ? [node['id']['name'] as string] : [];
  });
}

/** Rewrites what stands at the top of a cell. */
class StatementRewriter {
  readonly #edits: Edits;
  readonly #own: (name: string) => string;
  readonly #functions: string[];

  /** `own`: a declared name as the global object has it. `functions`: filled with `["name", local]` of hoisted functions. */
  constructor(edits: Edits, own: (name: string) => string, functions: string[]) {
    this.#edits = edits;
    this.#own = own;
    this.#functions = functions;
  }

  rewrite(statement: Node): void {
    switch (statement.type) {
      case 'ImportDeclaration':
        return this.#import(statement);
      case 'ExportNamedDeclaration': {
        const declaration = statement['declaration'];
        if (!isNode(declaration)) return this.#edits.replace(statement.start, statement.end, ';');
        this.#edits.replace(statement.start, declaration.start, '');
        return this.rewrite(declaration);
      }
      case 'ExportAllDeclaration':
        return this.#edits.replace(statement.start, statement.end, ';');
      case 'ExportDefaultDeclaration': {
        const declaration = statement['declaration'] as Node;
        const named = isNode(declaration['id']) && /^(Function|Class)Declaration$/.test(declaration.type);
        this.#edits.replace(statement.start, declaration.start, named ? '' : 'void ');
        return named ? this.rewrite(declaration) : undefined;
      }
      case 'FunctionDeclaration': {
        const id = statement['id'] as Node;
        const name = id['name'] as string;
        this.#edits.replace(id.start, id.end, name + HOIST_MARK);
        this.#functions.push(`[${JSON.stringify(name)}, ${JSON.stringify(this.#own(name))}, ${name}${HOIST_MARK}]`);
        return;
      }
      case 'ClassDeclaration':
        this.#edits.insert(statement.start, `${this.#own((statement['id'] as Node)['name'] as string)} = `);
        return this.#edits.insert(statement.end, ';');
      case 'VariableDeclaration':
        return this.#declaration(statement, false);
      default:
        return this.#nestedVars(statement);
    }
  }

  /** `var`s inside of blocks belong to the top of the cell as well. */
  #nestedVars(statement: Node): void {
    walk(statement, (node) => {
      if (/Function/.test(node.type) || node.type === 'ClassBody') return false;
      const init = node['init'] ?? node['left'];
      if (node.type.startsWith('For') && isNode(init) && isVar(init)) {
        this.#declaration(init, true);
        for (const part of ['test', 'update', 'right', 'body']) if (isNode(node[part])) this.#nestedVars(node[part]);
        return false;
      }
      if (isVar(node)) this.#declaration(node, false);
      return true;
    });
  }

  /** `const a = 1, {b} = c` → `(a = 1, {b} = c)`; names in it are renamed by `renameAliased`. */
  #declaration(node: Node, inForHead: boolean): void {
    const declarators = node['declarations'] as Node[];
    const keepsOld = node['kind'] === 'var';
    const parts = declarators.filter((declarator) => isNode(declarator['init']) || !keepsOld || inForHead);
    if (parts.length === 0) return this.#edits.replace(node.start, node.end, ';');
    const wrapped = !inForHead && declarators.some((declarator) => (declarator['id'] as Node).type !== 'Identifier');
    this.#edits.replace(node.start, declarators[0]!.start, wrapped ? ';(' : '');
    for (const declarator of declarators) {
      if (isNode(declarator['init']) || inForHead) continue;
      this.#edits.insert(
        declarator.end,
        keepsOld ? ` = ${this.#own((declarator['id'] as Node)['name'] as string)}` : ' = undefined',
      );
    }
    if (wrapped) this.#edits.insert(declarators.at(-1)!.end, ')');
  }

  /** One block on the lines of the import: `{const m = await import; bind what is imported}`. */
  #import(node: Node): void {
    const source = JSON.stringify((node['source'] as Node)['value']);
    const bindings = (node['specifiers'] as Node[]).map((specifier) => {
      const local = (specifier['local'] as Node)['name'] as string;
      const imported =
        specifier.type === 'ImportDefaultSpecifier'
          ? 'default'
          : specifier.type === 'ImportNamespaceSpecifier'
            ? '*'
            : importedName(specifier['imported'] as Node);
      return `[${JSON.stringify(imported)}, ${JSON.stringify(local)}, ${JSON.stringify(this.#own(local))}]`;
    });
    const attributes = ((node['attributes'] as Node[] | undefined) ?? []).map(
      (attribute) =>
        `${JSON.stringify(importedName(attribute['key'] as Node))}: ${JSON.stringify((attribute['value'] as Node)['value'])}`,
    );
    const call = `${RUNTIME}.import(${source}, {with: {${attributes.join(', ')}}})`;
    const bind = `${RUNTIME}.bind(await ${RUNTIME}.guard(${call}), ${source}, [${bindings.join(', ')}]);`;
    this.#edits.replace(node.start, node.end, bind);
  }
}

function isVar(node: Node): boolean {
  return node.type === 'VariableDeclaration' && node['kind'] === 'var';
}

function importedName(node: Node): string {
  return (node.type === 'Identifier' ? node['name'] : node['value']) as string;
}

/** Uses of names that are kept under another name. */
function renameAliased(
  edits: Edits,
  program: Node,
  declared: ReadonlyMap<string, DeclarationKind>,
  names: KnownNames,
): void {
  for (const { name, node, shorthand } of freeReferences(program)) {
    if (!names.reserved(name) || !(declared.has(name) || names.kind(name) !== undefined)) continue;
    edits.replace(node.start, node.end, shorthand ? `${name}: ${alias(name)}` : alias(name));
  }
}

/** `const` is an assignment here, so an assignment to it must be found by looking. */
function forbidConstAssignment(
  program: Node,
  declared: ReadonlyMap<string, DeclarationKind>,
  names: KnownNames,
  toSource: (offset: number) => number,
): void {
  const declarations = new Set<Node>();
  for (const statement of (program['body'] as Node[]).map(declarationOf)) {
    if (statement.type !== 'VariableDeclaration') continue;
    for (const declarator of statement['declarations'] as Node[])
      walk(declarator['id'] as Node, (node) => void declarations.add(node));
  }
  for (const { name, node, write } of freeReferences(program)) {
    if (!write || declarations.has(node)) continue;
    const kind = declared.get(name) ?? names.kind(name);
    if (kind !== 'const' && kind !== 'import') continue;
    const start = toSource(node.start);
    throw new SourceError(`Assignment to constant variable "${name}"`, start, start + name.length);
  }
}

function guardAwaits(edits: Edits, program: Node): void {
  walk(program, (node) => {
    if (node.type === 'AwaitExpression') wrap(edits, node['argument'] as Node, 'guard');
    if (node.type === 'ForOfStatement' && node['await'] === true) wrap(edits, node['right'] as Node, 'iterate');
    if (node.type === 'ImportExpression') edits.replace(node.start, node.start + 'import'.length, `${RUNTIME}.import`);
    if (node.type === 'MetaProperty' && importedName(node['meta'] as Node) === 'import') {
      edits.replace(node.start, node.end, `${RUNTIME}.meta`);
    }
  });
}

function wrap(edits: Edits, node: Node, name: string): void {
  edits.insert(node.start, `${RUNTIME}.${name}(`);
  edits.insert(node.end, ')');
}

function returnLast(edits: Edits, statement: Node | undefined): void {
  if (statement?.type !== 'ExpressionStatement') return;
  const expression = statement['expression'] as Node;
  edits.insert(statement.start, 'return [(');
  edits.replace(expression.end, statement.end, ')];');
}
