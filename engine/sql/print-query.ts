/** Queries → text, on one line. */
import type { Identifier } from './ast.ts';
import type { GroupBy, GroupItem, Query, QueryBody, Select, SelectItem, SetOperation } from './ast-query.ts';
import { unreachable } from '../assert.ts';
import { printFrom } from './print-table.ts';
import { commas, listOpt, opt, type Printer, printHints, printName, printPath, when } from './print-text.ts';

export function printQuery(p: Printer, query: Query): string {
  const tables = commas(query.with, ({ name, columns, query: inner }) => {
    return `${printName(name)}${listOpt(' ', columns, printName)} AS (${p.query(inner)})`;
  });
  return (
    when(query.with.length > 0, `WITH ${when(query.recursive, 'RECURSIVE ')}${tables} `) +
    printBody(p, query.body, 0) +
    when(query.orderBy.length > 0, ` ${p.orderBy(query.orderBy)}`) +
    opt(' LIMIT ', query.limit, (limit) => p.expr(limit)) +
    opt(' OFFSET ', query.offset, (offset) => p.expr(offset))
  );
}

/** INTERSECT binds tighter than UNION and EXCEPT; all bind to the left. */
function printBody(p: Printer, body: QueryBody, least: number): string {
  switch (body.kind) {
    case 'select':
      return printSelect(p, body);
    case 'values':
      return `VALUES ${commas(body.rows, (row) => p.expr(row))}`;
    case 'explicitTable':
      return `TABLE ${printPath(body.path)}`;
    case 'query':
      return `(${printQuery(p, body)})`;
    case 'setOperation':
      return printSetOperation(p, body, least);
    default:
      return unreachable(body);
  }
}

function printSetOperation(p: Printer, { operator, all, left, right }: SetOperation, least: number): string {
  const strength = operator === 'INTERSECT' ? 2 : 1;
  const text = `${printBody(p, left, strength)} ${operator}${when(all, ' ALL')} ${printBody(p, right, strength + 1)}`;
  return strength < least ? `(${text})` : text;
}

function printSelect(p: Printer, select: Select): string {
  return (
    `SELECT${printHints(select.hints)}${when(select.stream, ' STREAM')}${opt(' ', select.quantifier, String)} ` +
    commas(select.items, (item) => printSelectItem(p, item)) +
    opt(' FROM ', select.from, (from) => printFrom(p, from)) +
    opt(' WHERE ', select.where, (condition) => p.expr(condition)) +
    opt(' GROUP BY ', select.groupBy, (groupBy) => printGroupBy(p, groupBy)) +
    opt(' HAVING ', select.having, (condition) => p.expr(condition)) +
    when(
      select.windows.length > 0,
      ` WINDOW ${commas(select.windows, ({ name, spec }) => `${printName(name)} AS ${p.window(spec)}`)}`,
    ) +
    opt(' QUALIFY ', select.qualify, (condition) => p.expr(condition))
  );
}

/** `expr AS name`: items of SELECT, MEASURES, PIVOT. */
export function printSelectItem(p: Printer, { expr, alias }: SelectItem): string {
  return p.expr(expr) + opt(' AS ', alias, (name: Identifier) => printName(name));
}

function printGroupBy(p: Printer, { quantifier, items }: GroupBy): string {
  return when(quantifier !== undefined, `${quantifier} `) + commas(items, (item) => printGroupItem(p, item));
}

function printGroupItem(p: Printer, item: GroupItem): string {
  if (item.kind === 'emptyGroup') return '()';
  if (item.kind === 'groupingSets')
    return `${item.form} (${commas(item.items, (member) => printGroupItem(p, member))})`;
  return p.expr(item);
}
