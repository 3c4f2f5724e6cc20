/** SQL types out of the TypeScript of a function: what a person wrote as annotations, and for a missing result type what the compiler finds. */
import { createRequire } from 'node:module';
import type TypeScript from 'typescript-6';
import { parseSync } from 'oxc-parser';
import { MillraceError } from '../errors.ts';
import * as types from '../types/type.ts';
import type { DataType } from '../types/type.ts';

/** A function's own TypeScript, which cells keep for functions they hand to `millrace`. */
export const SOURCE: unique symbol = Symbol.for('millrace.typescript') as never;

export interface InferredSignature {
  /** undefined: `any` or no annotation. */
  readonly args: readonly (DataType | undefined)[];
  /** Whether some argument may be null. */
  readonly takesNull: boolean;
  /** undefined: not to be found out. */
  readonly returns: DataType | undefined;
}

// oxlint-disable-next-line typescript/no-explicit-any -- nodes of the parser
type Node = any;

/**
 * number → DOUBLE, bigint → BIGINT, string → STRING, boolean → BOOLEAN, Date → TIMESTAMP(3), Uint8Array → BYTES, T[] → ARRAY, Map and Record → MAP,
 * { a: T } → ROW, tuples → ROW<f0, f1, ...>; null and undefined in a union make a type nullable. Literals are their types.
 *
 *     inferSignature('(f: number): number => (f - 32) / 1.8')   // DOUBLE → DOUBLE
 *
 * `rows`: the result type is that of the elements which the function gives. undefined for a text that is no function.
 */
export function inferSignature(source: string, rows = false): InferredSignature | undefined {
  const fn = functionOf(source);
  if (fn === undefined) return undefined;
  const params: Node[] = fn.params.filter((param: Node) => param.type !== 'RestElement' && !isThis(param));
  const annotations = params.map((param) => (param.left ?? param).typeAnnotation?.typeAnnotation as Node);
  const args = annotations.map((node) => (node === undefined ? undefined : typeOf(node, source)));
  const takesNull = annotations.some((node) => node !== undefined && isNullable(node));
  const annotated = fn.returnType?.typeAnnotation as Node;
  if (annotated !== undefined) return { args, takesNull, returns: resultOf(annotated, source, rows) };
  const found = compilerType(source);
  if (found === undefined) return { args, takesNull, returns: undefined };
  const node = parse(`let x: ${found};`)[0].declarations[0].id.typeAnnotation.typeAnnotation as Node;
  return { args, takesNull, returns: resultOf(node, `let x: ${found};`, rows) };
}

const isThis = (param: Node): boolean => param.type === 'Identifier' && param.name === 'this';

/** The source as wrapped in parentheses, so that arrows and function expressions stand alone. Places in it are those of `source`, plus one. */
function functionOf(source: string): Node | undefined {
  const [statement] = parse(`(${source})`);
  let node = statement?.expression;
  while (node?.type === 'ParenthesizedExpression') node = node.expression;
  return /Function/.test(node?.type ?? '') ? node : undefined;
}

function parse(text: string): Node[] {
  const { program, errors } = parseSync('function.ts', text, { lang: 'ts', sourceType: 'module' });
  return errors.length > 0 ? [] : (program.body as Node[]);
}

function resultOf(node: Node, source: string, rows: boolean): DataType | undefined {
  if (!rows) return typeOf(node, source);
  const element = node.type === 'TSArrayType' ? node.elementType : argumentsOf(node)[0];
  return element === undefined ? undefined : typeOf(element, source);
}

const argumentsOf = (node: Node): Node[] => (node.typeArguments ?? node.typeParameters)?.params ?? [];
const isNull = (node: Node): boolean => node.type === 'TSNullKeyword' || node.type === 'TSUndefinedKeyword';
const isNullable = (node: Node): boolean => isNull(node) || (node.type === 'TSUnionType' && node.types.some(isNull));

function typeOf(node: Node, source: string): DataType | undefined {
  switch (node.type) {
    case 'TSNumberKeyword':
      return types.DOUBLE;
    case 'TSBigIntKeyword':
      return types.BIGINT;
    case 'TSStringKeyword':
    case 'TSTemplateLiteralType':
      return types.STRING;
    case 'TSBooleanKeyword':
      return types.BOOLEAN;
    case 'TSAnyKeyword':
    case 'TSUnknownKeyword':
      return undefined;
    case 'TSParenthesizedType':
      return typeOf(node.typeAnnotation, source);
    case 'TSTypeOperator':
      return typeOf(node.typeAnnotation, source);
    case 'TSLiteralType':
      return typeOfLiteral(node.literal);
    case 'TSUnionType':
      return unionOf(node, source);
    case 'TSArrayType':
      return listOf(typeOf(node.elementType, source));
    case 'TSTupleType':
      return rowOf(
        node.elementTypes.map((element: Node, i: number) =>
          element.type === 'TSNamedTupleMember'
            ? [element.label.name, typeOf(element.elementType, source)]
            : [`f${i}`, typeOf(element, source)],
        ),
      );
    case 'TSTypeLiteral':
      return rowOf(
        node.members
          .filter((member: Node) => member.type === 'TSPropertySignature')
          .map((member: Node) => [
            member.key.name ?? member.key.value,
            member.typeAnnotation && typeOf(member.typeAnnotation.typeAnnotation, source),
          ]),
      );
    case 'TSTypeReference':
      return referenced(node, source);
    default:
      return undefined;
  }
}

function typeOfLiteral(literal: Node): DataType | undefined {
  if (literal.type === 'UnaryExpression') return typeOfLiteral(literal.argument);
  if (literal.bigint !== undefined) return types.BIGINT;
  switch (typeof literal.value) {
    case 'number':
      return types.DOUBLE;
    case 'string':
      return types.STRING;
    case 'boolean':
      return types.BOOLEAN;
    default:
      return literal.type === 'TemplateLiteral' ? types.STRING : undefined;
  }
}

/** Members of one type, besides null and undefined. */
function unionOf(node: Node, source: string): DataType | undefined {
  const members = node.types.filter((member: Node) => !isNull(member)).map((member: Node) => typeOf(member, source));
  const [first] = members as (DataType | undefined)[];
  if (first === undefined) return undefined;
  return members.every((member: DataType | undefined) => member !== undefined && types.sameType(member, first))
    ? first
    : undefined;
}

const listOf = (element: DataType | undefined): DataType | undefined => element && types.ARRAY(element);

function rowOf(fields: readonly (readonly [string, DataType | undefined])[]): DataType | undefined {
  if (fields.length === 0 || fields.some(([, type]) => type === undefined)) return undefined;
  return types.ROW(fields.map(([name, type]) => ({ name, type: type! })));
}

function referenced(node: Node, source: string): DataType | undefined {
  const inner = argumentsOf(node).map((argument) => typeOf(argument, source));
  switch (node.typeName.name) {
    case 'Date':
      return types.TIMESTAMP(3);
    case 'Uint8Array':
    case 'Buffer':
      return types.BYTES;
    case 'Array':
    case 'ReadonlyArray':
    case 'Iterable':
      return listOf(inner[0]);
    case 'Map':
    case 'ReadonlyMap':
    case 'Record':
      return inner[0] === undefined || inner[1] === undefined ? undefined : types.MAP(inner[0], inner[1]);
    case 'Readonly':
      return inner[0];
    default:
      return undefined;
  }
}

/** The result type that TypeScript finds for a function by itself: what it captures is unknown there. */
function compilerType(source: string): string | undefined {
  const ts = createRequire(import.meta.url)('typescript-6') as typeof TypeScript;
  const file = 'function.ts';
  const options = { target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts'], strict: true, noEmit: true, types: [] };
  const host = ts.createCompilerHost(options);
  const text = `const f = (${source});`;
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, target) =>
    name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true) : read(name, target);
  const program = ts.createProgram([file], options, host);
  const checker = program.getTypeChecker();
  const statement = program.getSourceFile(file)!.statements[0]!;
  if (!ts.isVariableStatement(statement)) return undefined;
  const [signature] = checker.getTypeAtLocation(statement.declarationList.declarations[0]!.name).getCallSignatures();
  if (signature === undefined) return undefined;
  return checker.typeToString(
    checker.getReturnTypeOfSignature(signature),
    undefined,
    ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias,
  );
}

/** The error for a type that is neither written nor to be found out. */
export function typeMissing(name: string): MillraceError {
  return new MillraceError('SQL_TYPE', `the type of what ${name} gives is not known`, {
    hint: `annotate the function, (x: number): number => ..., or say it: { args: ['DOUBLE'], returns: 'DOUBLE' } before the function`,
  });
}
