/** Names of a program (ESTree, JavaScript): what it declares at its top, and which identifiers mean such a name rather than an inner one. */

export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

export type DeclarationKind = 'var' | 'let' | 'const' | 'class' | 'function' | 'import';

/** A use of a name that no inner scope binds. */
export interface Reference {
  readonly name: string;
  readonly node: Node;
  readonly write: boolean;
  /** `{name}` in an object: to rename it, write `name: other`. */
  readonly shorthand: boolean;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** The child nodes, in source order. */
export function children(node: Node): Node[] {
  const found: Node[] = [];
  for (const key in node) {
    const value = node[key];
    if (Array.isArray(value)) found.push(...value.filter(isNode));
    else if (isNode(value)) found.push(value);
  }
  return found;
}

/** Calls `visit` for the node and all below it; not below nodes for which it returns false. */
export function walk(node: Node, visit: (node: Node) => boolean | void): void {
  if (visit(node) === false) return;
  for (const child of children(node)) walk(child, visit);
}

/** Names that a binding pattern binds: `{a, b: [c = 1], ...d}` → a, c, d. */
export function boundNames(pattern: Node): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern['name'] as string];
    case 'ObjectPattern':
      return (pattern['properties'] as Node[]).flatMap((property) =>
        boundNames((property.type === 'RestElement' ? property['argument'] : property['value']) as Node),
      );
    case 'ArrayPattern':
      return (pattern['elements'] as (Node | null)[]).flatMap((element) =>
        element === null ? [] : boundNames(element),
      );
    case 'AssignmentPattern':
      return boundNames(pattern['left'] as Node);
    case 'RestElement':
      return boundNames(pattern['argument'] as Node);
    default:
      return [];
  }
}

/** The declaration in `export const …`, or the statement itself. */
export function declarationOf(statement: Node): Node {
  if (statement.type !== 'ExportNamedDeclaration' && statement.type !== 'ExportDefaultDeclaration') return statement;
  return isNode(statement['declaration']) ? statement['declaration'] : statement;
}

/** Names that a program declares at its top, `var`s of its blocks included. A later declaration of a name wins. */
export function topLevelDeclarations(program: Node): Map<string, DeclarationKind> {
  const found = new Map<string, DeclarationKind>();
  for (const statement of program['body'] as Node[]) {
    for (const name of hoistedVars(statement)) found.set(name, 'var');
    const node = declarationOf(statement);
    for (const [name, kind] of lexicalNames(node)) found.set(name, kind);
    for (const specifier of node.type === 'ImportDeclaration' ? (node['specifiers'] as Node[]) : []) {
      found.set((specifier['local'] as Node)['name'] as string, 'import');
    }
  }
  return found;
}

/** All identifiers of a program that mean a name of its top or of nobody: globals and names of other cells. */
export function freeReferences(program: Node): Reference[] {
  const found: Reference[] = [];
  collect(program, [], found);
  return found;
}

const functionTypes = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/** `scopes`: the names that inner scopes bind, outermost first; the top of the program is no scope here. */
function collect(node: Node, scopes: readonly ReadonlySet<string>[], found: Reference[]): void {
  const bound = (name: string): boolean => scopes.some((scope) => scope.has(name));
  const refer = (identifier: Node, write: boolean, shorthand: boolean): void => {
    const name = identifier['name'] as string;
    if (!bound(name)) found.push({ name, node: identifier, write, shorthand });
  };
  const inside = (names: Iterable<string>): readonly ReadonlySet<string>[] => [...scopes, new Set(names)];
  const all = (nodes: readonly Node[], within = scopes): void =>
    nodes.forEach((child) => collect(child, within, found));

  switch (node.type) {
    case 'Identifier':
      return refer(node, false, false);
    case 'MemberExpression':
      collect(node['object'] as Node, scopes, found);
      if (node['computed'] === true) collect(node['property'] as Node, scopes, found);
      return;
    case 'Property': {
      if (node['computed'] === true) collect(node['key'] as Node, scopes, found);
      const value = node['value'] as Node;
      if (node['shorthand'] !== true) return collect(value, scopes, found);
      if (value.type === 'Identifier') return refer(value, false, true);
      // `{a = 1} = o`: an assignment pattern with a shorthand target
      refer(value['left'] as Node, true, true);
      return collect(value['right'] as Node, scopes, found);
    }
    case 'MethodDefinition':
    case 'PropertyDefinition':
    case 'AccessorProperty':
      if (node['computed'] === true) collect(node['key'] as Node, scopes, found);
      if (isNode(node['value'])) collect(node['value'], scopes, found);
      return;
    case 'AssignmentExpression':
      target(node['left'] as Node, scopes, found);
      return collect(node['right'] as Node, scopes, found);
    case 'UpdateExpression':
      return target(node['argument'] as Node, scopes, found);
    case 'VariableDeclaration':
      for (const declarator of node['declarations'] as Node[]) {
        target(declarator['id'] as Node, scopes, found);
        if (isNode(declarator['init'])) collect(declarator['init'], scopes, found);
      }
      return;
    case 'ForInStatement':
    case 'ForOfStatement': {
      const left = node['left'] as Node;
      const within = inside(left.type === 'VariableDeclaration' ? lexicalNames(left).map(([name]) => name) : []);
      if (left.type === 'VariableDeclaration') collect(left, within, found);
      else target(left, scopes, found);
      collect(node['right'] as Node, scopes, found);
      return collect(node['body'] as Node, within, found);
    }
    case 'ForStatement': {
      const init = node['init'];
      const names = isNode(init) && init.type === 'VariableDeclaration' ? lexicalNames(init).map(([name]) => name) : [];
      return all(children(node), inside(names));
    }
    case 'BlockStatement':
    case 'StaticBlock': {
      const body = node['body'] as Node[];
      return all(body, inside(body.flatMap(lexicalNames).map(([name]) => name)));
    }
    case 'SwitchStatement': {
      collect(node['discriminant'] as Node, scopes, found);
      const cases = node['cases'] as Node[];
      const names = cases.flatMap((one) => (one['consequent'] as Node[]).flatMap(lexicalNames)).map(([name]) => name);
      return all(cases, inside(names));
    }
    case 'CatchClause': {
      const param = isNode(node['param']) ? node['param'] : undefined;
      const within = inside(param === undefined ? [] : boundNames(param));
      if (param !== undefined) target(param, within, found);
      return collect(node['body'] as Node, within, found);
    }
    case 'ClassDeclaration':
    case 'ClassExpression': {
      const id = node['id'];
      const within = isNode(id) ? inside([id['name'] as string]) : scopes;
      if (isNode(node['superClass'])) collect(node['superClass'], within, found);
      return collect(node['body'] as Node, within, found);
    }
    case 'LabeledStatement':
      return collect(node['body'] as Node, scopes, found);
    case 'BreakStatement':
    case 'ContinueStatement':
    case 'MetaProperty':
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportSpecifier':
      return;
    default:
      if (functionTypes.has(node.type)) return collectFunction(node, scopes, found);
      return all(children(node));
  }
}

function collectFunction(node: Node, scopes: readonly ReadonlySet<string>[], found: Reference[]): void {
  const params = node['params'] as Node[];
  const names = new Set(params.flatMap(boundNames));
  if (node.type === 'FunctionExpression' && isNode(node['id'])) names.add(node['id']['name'] as string);
  if (node.type !== 'ArrowFunctionExpression') names.add('arguments');
  const body = node['body'] as Node;
  for (const name of hoistedVars(body)) names.add(name);
  const within = [...scopes, names];
  for (const param of params) target(param, within, found);
  collect(body, within, found);
}

/** A pattern that is written to: identifiers in it are writes, defaults and computed keys are reads. */
function target(pattern: Node, scopes: readonly ReadonlySet<string>[], found: Reference[]): void {
  const bound = (name: string): boolean => scopes.some((scope) => scope.has(name));
  const write = (identifier: Node, shorthand: boolean): void => {
    const name = identifier['name'] as string;
    if (!bound(name)) found.push({ name, node: identifier, write: true, shorthand });
  };
  switch (pattern.type) {
    case 'Identifier':
      return write(pattern, false);
    case 'ObjectPattern':
      for (const property of pattern['properties'] as Node[]) {
        if (property.type === 'RestElement') {
          target(property['argument'] as Node, scopes, found);
          continue;
        }
        if (property['computed'] === true) collect(property['key'] as Node, scopes, found);
        const value = property['value'] as Node;
        if (property['shorthand'] !== true) {
          target(value, scopes, found);
        } else if (value.type === 'AssignmentPattern') {
          write(value['left'] as Node, true);
          collect(value['right'] as Node, scopes, found);
        } else {
          write(value, true);
        }
      }
      return;
    case 'ArrayPattern':
      for (const element of pattern['elements'] as (Node | null)[])
        if (element !== null) target(element, scopes, found);
      return;
    case 'AssignmentPattern':
      target(pattern['left'] as Node, scopes, found);
      return collect(pattern['right'] as Node, scopes, found);
    case 'RestElement':
      return target(pattern['argument'] as Node, scopes, found);
    default:
      return collect(pattern, scopes, found);
  }
}

/** Block-scoped names that a statement declares for the block it stands in. */
function lexicalNames(statement: Node): [string, DeclarationKind][] {
  switch (statement.type) {
    case 'VariableDeclaration': {
      const kind = statement['kind'] as string;
      if (kind === 'var') return [];
      const names = (statement['declarations'] as Node[]).flatMap((declarator) => boundNames(declarator['id'] as Node));
      return names.map((name) => [name, kind === 'let' ? 'let' : 'const']);
    }
    case 'FunctionDeclaration':
      return isNode(statement['id']) ? [[statement['id']['name'] as string, 'function']] : [];
    case 'ClassDeclaration':
      return isNode(statement['id']) ? [[statement['id']['name'] as string, 'class']] : [];
    default:
      return [];
  }
}

/** Names of `var`s anywhere in a statement, not in functions below it. */
function hoistedVars(statement: Node): string[] {
  const names: string[] = [];
  walk(statement, (node) => {
    if (functionTypes.has(node.type) || node.type === 'ClassBody') return false;
    if (node.type === 'VariableDeclaration' && node['kind'] === 'var') {
      for (const declarator of node['declarations'] as Node[]) names.push(...boundNames(declarator['id'] as Node));
    }
    return true;
  });
  return names;
}
