/** Types as Flink prints them (`LogicalType.asSerializableString`), also those that no DDL can write. */
import { bindType } from '../../../engine/plan/bind-type.ts';
import type { Expr } from '../../../engine/sql/ast-expr.ts';
import { parseScript } from '../../../engine/sql/parse.ts';
import { type DataType, type Field, withNullable } from '../../../engine/types/type.ts';

/** Reads `ROW<`a` INT NOT NULL, `b` INTERVAL MONTH> NOT NULL`. Throws what the parser throws for a type that it does not know. */
export function parseType(text: string): DataType {
  const trimmed = text.trim();
  const bare = trimmed.replace(/\s+NOT\s+NULL$/i, '');
  if (bare !== trimmed) return withNullable(parseType(bare), false);
  const nested = /^(ARRAY|MULTISET|MAP|ROW)\s*[<(](.*)[>)]$/is.exec(bare);
  if (nested === null) return leaf(bare);
  const parts = splitParts(nested[2]!);
  switch (nested[1]!.toUpperCase()) {
    case 'MAP':
      return { kind: 'MAP', key: parseType(parts[0]!), value: parseType(parts[1]!), nullable: true };
    case 'ROW':
      return { kind: 'ROW', fields: parts.map(parseField), nullable: true };
    case 'ARRAY':
      return { kind: 'ARRAY', element: parseType(parts[0]!), nullable: true };
    default:
      return { kind: 'MULTISET', element: parseType(parts[0]!), nullable: true };
  }
}

function leaf(text: string): DataType {
  const [statement] = parseScript(`SELECT CAST(NULL AS ${text})`);
  if (statement?.statement === undefined) throw statement?.error ?? new Error(`${text} is no type`);
  const found = findCast(statement.statement);
  if (found === undefined) throw new Error(`${text} is no type`);
  return bindType(found.type);
}

function findCast(node: unknown): Extract<Expr, { kind: 'cast' }> | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  if ((node as { kind?: string }).kind === 'cast') return node as Extract<Expr, { kind: 'cast' }>;
  for (const child of Object.values(node)) {
    const found = findCast(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `` `a b` INT 'comment' `` or `a INT`. */
function parseField(text: string): Field {
  const [, quoted, plain, type] = /^\s*(?:`((?:[^`]|``)*)`|([^\s`]+))\s+(.*)$/s.exec(text)!;
  const name = quoted?.replaceAll('``', '`') ?? plain!;
  return { name, type: parseType(type!.replace(/\s+'(?:[^']|'')*'$/, '')) };
}

/** Splits at commas outside of brackets and back-ticks. */
function splitParts(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '`') i = text.indexOf('`', i + 1);
    else if (char === '<' || char === '(') depth++;
    else if (char === '>' || char === ')') depth--;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)];
}
