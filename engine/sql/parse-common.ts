/** Parts that many statements share: options, IF EXISTS, comments, partitions. */
import type { Option, PartitionItem, Path } from './ast.ts';
import type { StringLiteral } from './ast-expr.ts';
import { isName, type Cursor } from './cursor.ts';
import { parameterOpt } from './parse-literal.ts';

/** `('k' = 'v', ...)`; may be empty. */
export function parseOptions(c: Cursor): Option[] {
  return c.parens(() => (c.is(')') ? [] : c.list(() => parseOption(c))));
}

export function parseOption(c: Cursor): Option {
  const start = c.mark();
  if (!c.isString() && isName(c.token) && c.sees(1, '='))
    c.fail(undefined, `the key of an option is a string: '${c.token.text}'`);
  const key = c.string();
  c.need('=');
  return { kind: 'option', key, value: parameterOpt(c) ?? c.string(), span: c.span(start) };
}

/** `WITH (...)` or nothing. */
export function parseWith(c: Cursor): Option[] {
  return c.eat('WITH') ? parseOptions(c) : [];
}

/** `('k1', 'k2')`; may be empty. */
export function parseKeys(c: Cursor): StringLiteral[] {
  return c.parens(() => (c.is(')') ? [] : c.list(() => c.string())));
}

/** A catalog is one name, where other objects are paths. */
export function parseCatalogPath(c: Cursor): Path {
  const name = c.name('catalog');
  return { kind: 'path', parts: [name], span: name.span };
}

/** EXISTS must follow IF, unless IF is a name here. */
export function ifExists(c: Cursor): boolean {
  return c.eatAll('IF', 'EXISTS');
}

export function ifNotExists(c: Cursor): boolean {
  return c.eatAll('IF', 'NOT', 'EXISTS');
}

export function parseComment(c: Cursor): StringLiteral | undefined {
  return c.eat('COMMENT') ? c.string() : undefined;
}

/** `PARTITION (a = 1, b)` or nothing; `b` alone only where `open` allows it. */
export function parsePartition(c: Cursor, open = false): PartitionItem[] {
  return c.eat('PARTITION') ? c.parenList(() => parsePartitionItem(c, open)) : [];
}

function parsePartitionItem(c: Cursor, open: boolean): PartitionItem {
  const start = c.mark();
  const name = c.name('column');
  if (open && !c.is('=')) return { kind: 'partitionItem', name, value: undefined, span: c.span(start) };
  c.need('=');
  return { kind: 'partitionItem', name, value: c.expr(), span: c.span(start) };
}
