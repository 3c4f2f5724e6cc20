/** Calls, windows and orders → text. */
import type { Identifier } from './ast.ts';
import type { Call, TableArgument } from './ast-expr.ts';
import type { FrameBound, OrderItem, WindowFrame, WindowSpec } from './ast-query.ts';
import { contextVariables, needsQuotes } from './keywords.ts';
import { callableWords } from './callable.ts';
import { commas, opt, type Printer, printName, printParameter, printPath, when } from './print-text.ts';

export function printCall(p: Printer, call: Call): string {
  const name = printFunctionName(call);
  if (!call.parentheses) return name;
  const inside = [
    when(call.quantifier !== undefined, `${call.quantifier}`),
    commas(call.arguments, (argument) => p.expr(argument)),
    p.orderBy(call.orderBy),
  ];
  return [
    `${name}(${inside.filter((part) => part !== '').join(' ')})`,
    when(call.nulls !== undefined, `${call.nulls} NULLS`),
    when(call.withinGroup.length > 0, `WITHIN GROUP (${p.orderBy(call.withinGroup)})`),
    opt('FILTER ', call.filter, (condition) => `(WHERE ${p.expr(condition)})`),
    opt('OVER ', call.over, p.window),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** The reserved words that are functions stand without back-ticks. */
function printFunctionName({ name, parentheses }: Call): string {
  const [only, ...others] = name.parts;
  if (others.length > 0 || only!.quoted) return printPath(name);
  const allowed = parentheses ? callableWords : contextVariables;
  return allowed.has(only!.name.toUpperCase()) || !needsQuotes(only!.name) ? only!.name : printPath(name);
}

/** `TABLE t PARTITION BY a ORDER BY b`. */
export function printTableArgument(p: Printer, { input, partitionBy, orderBy }: TableArgument): string {
  const parts = [
    input.kind === 'query'
      ? `(${p.query(input)})`
      : `TABLE ${input.kind === 'path' ? printPath(input) : printParameter(input)}`,
    when(partitionBy.length > 0, `PARTITION BY ${inParentheses(partitionBy, (expr) => p.expr(expr))}`),
    when(orderBy.length > 0, `ORDER BY ${inParentheses(orderBy, (item) => printOrderItem(p, item))}`),
  ];
  return parts.filter((part) => part !== '').join(' ');
}

/** One item alone stands without parentheses. */
function inParentheses<T>(items: readonly T[], print: (item: T) => string): string {
  return items.length === 1 ? print(items[0]!) : `(${commas(items, print)})`;
}

/** `ORDER BY a, b`, or nothing. */
export function printOrderBy(p: Printer, items: readonly OrderItem[]): string {
  return items.length === 0 ? '' : `ORDER BY ${commas(items, (item) => printOrderItem(p, item))}`;
}

function printOrderItem(p: Printer, { expr, direction, nulls }: OrderItem): string {
  return p.expr(expr) + when(direction !== undefined, ` ${direction}`) + when(nulls !== undefined, ` NULLS ${nulls}`);
}

/** The name or `(specification)` behind OVER and behind `w AS`. */
export function printWindow(p: Printer, window: WindowSpec | Identifier): string {
  if (window.kind === 'identifier') return printName(window);
  const { base, partitionBy, orderBy, frame, allowPartial } = window;
  const parts = [
    opt('', base, printName),
    when(partitionBy.length > 0, `PARTITION BY ${commas(partitionBy, (expr) => p.expr(expr))}`),
    printOrderBy(p, orderBy),
    opt('', frame, (f) => printFrame(p, f)),
    when(allowPartial !== undefined, `${allowPartial ? 'ALLOW' : 'DISALLOW'} PARTIAL`),
  ];
  return `(${parts.filter((part) => part !== '').join(' ')})`;
}

function printFrame(p: Printer, { unit, start, end }: WindowFrame): string {
  if (end === undefined) return `${unit} ${printBound(p, start)}`;
  return `${unit} BETWEEN ${printBound(p, start)} AND ${printBound(p, end)}`;
}

function printBound(p: Printer, { bound, offset }: FrameBound): string {
  return offset === undefined ? bound : `${p.expr(offset)} ${bound}`;
}
