/** Small pieces of SQL text, and what the printers know of each other. */
import type { Hint, HintOption, Identifier, Option, Parameter, PartitionItem, Path } from './ast.ts';
import type { Expr, StringLiteral } from './ast-expr.ts';
import type { OrderItem, Query, WindowSpec } from './ast-query.ts';
import { needsQuotes } from './keywords.ts';

/** The parts of the tree that contain each other. */
export interface Printer {
  /** In parentheses if it binds weaker than `least`. */
  expr(expr: Expr, least?: number): string;
  query(query: Query): string;
  orderBy(items: readonly OrderItem[]): string;
  window(window: WindowSpec | Identifier): string;
}

/** Words that are names, but would be taken for something else in some places. */
const ambiguous = new Set([
  'MAP',
  'KEY',
  'MODEL',
  'DESCRIPTOR',
  'FINAL',
  'TIMESTAMPADD',
  'TIMESTAMPDIFF',
  'IMMEDIATELY',
  'CATALOG',
  'FIRST',
  'LAST',
  'IF',
  'UNBOUNDED',
  'ABSENT',
  'FORMAT',
  'IGNORE',
  'RESPECT',
]);

/** A name as SQL text, in back-ticks if it needs them: order → `` `order` ``. */
export function quoteName(name: string): string {
  return needsQuotes(name) || ambiguous.has(name.toUpperCase()) ? `\`${name.replaceAll('`', '``')}\`` : name;
}

/** A string as SQL text: it's → 'it''s'. */
export function quoteString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

export function printName(name: Identifier): string {
  return name.quoted ? `\`${name.name.replaceAll('`', '``')}\`` : quoteName(name.name);
}

export function printPath(path: Path): string {
  return path.parts.map(printName).join('.');
}

export function printString(literal: StringLiteral): string {
  return quoteString(literal.value);
}

export function printParameter({ form, source }: Parameter): string {
  return form === 'template' ? `{{${source}}}` : form === 'spread' ? `:...${source}` : `:${source}`;
}

/** Comma between the printed items. */
export function commas<T>(items: readonly T[], print: (item: T) => string): string {
  return items.map(print).join(', ');
}

/** `before` and the comma list in parentheses, or nothing when there are no items. */
export function listOpt<T>(before: string, items: readonly T[], print: (item: T) => string): string {
  return items.length === 0 ? '' : `${before}(${commas(items, print)})`;
}

/** `before value`, or nothing. */
export function opt<T>(before: string, value: T | undefined, print: (value: T) => string): string {
  return value === undefined ? '' : `${before}${print(value)}`;
}

/** `text` if the condition holds. */
export function when(condition: boolean, text: string): string {
  return condition ? text : '';
}

export function printOption({ key, value }: Option): string {
  return `${printString(key)} = ${value.kind === 'parameter' ? printParameter(value) : printString(value)}`;
}

export function printOptions(options: readonly Option[]): string {
  return listOpt(' WITH ', options, printOption);
}

/** ` /*+ ... *` + `/`, or nothing. */
export function printHints(hints: readonly Hint[]): string {
  return hints.length === 0 ? '' : ` /*+ ${commas(hints, printHint)} */`;
}

function printHint(hint: Hint): string {
  const parts = [...hint.options.map(printHintOption), ...hint.arguments.map(printHintArgument)];
  return printName(hint.name) + (parts.length === 0 ? '' : `(${parts.join(', ')})`);
}

function printHintOption({ key, value }: HintOption): string {
  return `${key.kind === 'string' ? printString(key) : printName(key)} = ${printString(value)}`;
}

function printHintArgument(argument: Hint['arguments'][number]): string {
  switch (argument.kind) {
    case 'identifier':
      return printName(argument);
    case 'string':
      return printString(argument);
    case 'number':
      return argument.text;
  }
}

/** ` PARTITION (a = 1)`, or nothing. */
export function printPartition(p: Printer, items: readonly PartitionItem[]): string {
  return listOpt(
    ' PARTITION ',
    items,
    ({ name, value }) => printName(name) + opt(' = ', value, (expr) => p.expr(expr)),
  );
}
