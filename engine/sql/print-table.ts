/** What stands behind FROM → text. */
import { unreachable } from '../assert.ts';
import type { AfterMatchSkip, MatchRecognize, Pattern, PatternQuantified } from './ast-match.ts';
import type {
  Join,
  NamedTableRef,
  ParameterTableRef,
  Pivot,
  Sample,
  TableAlias,
  TableRef,
  Unpivot,
} from './ast-query.ts';
import {
  commas,
  listOpt,
  opt,
  type Printer,
  printHints,
  printName,
  printParameter,
  printPath,
  when,
} from './print-text.ts';

export function printFrom(p: Printer, ref: TableRef): string {
  switch (ref.kind) {
    case 'namedTable':
      return printPath(ref.path) + printDetails(p, ref) + printAlias(ref.alias);
    case 'parameterTable':
      return printParameter(ref.parameter) + printDetails(p, ref) + printAlias(ref.alias);
    case 'queryTable':
      return `${when(ref.lateral, 'LATERAL ')}(${p.query(ref.query)})${printAlias(ref.alias)}`;
    case 'tableFunction':
      return (
        when(ref.lateral, 'LATERAL ') +
        (ref.wrapped ? `TABLE(${p.expr(ref.call)})` : p.expr(ref.call)) +
        printAlias(ref.alias)
      );
    case 'unnest':
      return (
        `${when(ref.lateral, 'LATERAL ')}UNNEST(${commas(ref.items, (item) => p.expr(item))})` +
        when(ref.ordinality, ' WITH ORDINALITY') +
        printAlias(ref.alias)
      );
    case 'join':
      return printJoin(p, ref);
    case 'matchRecognize':
      return printMatch(p, ref);
    case 'sample':
      return printSample(p, ref);
    case 'pivot':
      return printPivot(p, ref);
    case 'unpivot':
      return printUnpivot(p, ref);
    default:
      return unreachable(ref);
  }
}

function printDetails(p: Printer, { hints, systemTime }: NamedTableRef | ParameterTableRef): string {
  return printHints(hints) + opt(' FOR SYSTEM_TIME AS OF ', systemTime, (time) => p.expr(time));
}

function printAlias(alias: TableAlias | undefined): string {
  return opt(' AS ', alias, ({ name, columns }) => printName(name) + listOpt(' ', columns, printName));
}

/** A join that stands to the right of another one, or inside something else, needs parentheses. */
function inner(p: Printer, ref: TableRef): string {
  return ref.kind === 'join' ? `(${printFrom(p, ref)})` : printFrom(p, ref);
}

function printJoin(p: Printer, { type, natural, left, right, on, using }: Join): string {
  if (type === 'COMMA') return `${printFrom(p, left)}, ${printFrom(p, right)}`;
  const word = `${when(natural, 'NATURAL ')}${type === 'INNER' ? '' : `${type} `}JOIN`;
  return (
    `${printFrom(p, left)} ${word} ${inner(p, right)}` +
    opt(' ON ', on, (condition) => p.expr(condition)) +
    opt(' USING ', using, (columns) => `(${commas(columns, printName)})`)
  );
}

function printSample(p: Printer, { input, method, argument, seed }: Sample): string {
  return `${inner(p, input)} TABLESAMPLE ${method}(${p.expr(argument)})${opt(' REPEATABLE ', seed, (number) => `(${p.expr(number)})`)}`;
}

function names(items: Pivot['columns']): string {
  return items.length === 1 ? printName(items[0]!) : `(${commas(items, printName)})`;
}

function printPivot(p: Printer, { input, aggregates, columns, values, alias }: Pivot): string {
  const item = ({ expr, alias: name }: Pivot['values'][number]): string => p.expr(expr) + opt(' AS ', name, printName);
  return `${inner(p, input)} PIVOT (${commas(aggregates, item)} FOR ${names(columns)} IN (${commas(values, item)}))${printAlias(alias)}`;
}

function printUnpivot(p: Printer, { input, includeNulls, measures, axes, sources, alias }: Unpivot): string {
  const nulls = includeNulls === undefined ? '' : includeNulls ? ' INCLUDE NULLS' : ' EXCLUDE NULLS';
  const list = commas(sources, ({ columns, value }) => names(columns) + opt(' AS ', value, (expr) => p.expr(expr)));
  return `${inner(p, input)} UNPIVOT${nulls} (${names(measures)} FOR ${names(axes)} IN (${list}))${printAlias(alias)}`;
}

function printMatch(p: Printer, match: MatchRecognize): string {
  const clauses = [
    when(match.partitionBy.length > 0, `PARTITION BY ${commas(match.partitionBy, (expr) => p.expr(expr))}`),
    p.orderBy(match.orderBy),
    when(
      match.measures.length > 0,
      `MEASURES ${commas(match.measures, ({ expr, alias }) => p.expr(expr) + opt(' AS ', alias, printName))}`,
    ),
    when(match.rowsPerMatch !== undefined, `${match.rowsPerMatch} PER MATCH`),
    opt('', match.skip, printSkip),
    `PATTERN (${when(match.anchorStart, '^ ')}${printPattern(match.pattern, 0)}${when(match.anchorEnd, ' $')})`,
    opt('WITHIN ', match.within, (interval) => p.expr(interval)),
    when(
      match.subsets.length > 0,
      `SUBSET ${commas(match.subsets, ({ name, variables }) => `${printName(name)} = (${commas(variables, printName)})`)}`,
    ),
    `DEFINE ${commas(match.define, ({ name, condition }) => `${printName(name)} AS ${p.expr(condition)}`)}`,
  ];
  return `${inner(p, match.input)} MATCH_RECOGNIZE (${clauses.filter((clause) => clause !== '').join(' ')})${printAlias(match.alias)}`;
}

function printSkip({ to, variable }: AfterMatchSkip): string {
  const target = opt('', variable, printName);
  if (to === 'PAST LAST ROW') return 'AFTER MATCH SKIP PAST LAST ROW';
  return `AFTER MATCH SKIP TO ${to === 'VARIABLE' ? target : to === 'NEXT ROW' ? to : `${to} ${target}`}`;
}

/** Alternatives (0) bind weaker than sequences (1), these weaker than quantifiers (2). */
function printPattern(pattern: Pattern, least: number): string {
  const wrap = (strength: number, text: string): string => (strength < least ? `(${text})` : text);
  switch (pattern.kind) {
    case 'patternVariable':
      return printName(pattern.name);
    case 'patternAlternatives':
      return wrap(0, pattern.items.map((item) => printPattern(item, 1)).join(' | '));
    case 'patternSequence':
      return wrap(1, pattern.items.map((item) => printPattern(item, 2)).join(' '));
    case 'patternQuantified':
      return wrap(2, printPattern(pattern.item, 3) + printBounds(pattern));
    case 'patternPermute':
      return `PERMUTE(${commas(pattern.items, (item) => printPattern(item, 0))})`;
    case 'patternExclude':
      return `{- ${printPattern(pattern.item, 0)} -}`;
    default:
      return unreachable(pattern);
  }
}

function printBounds({ min, max, reluctant }: PatternQuantified): string {
  return bounds(min, max) + when(reluctant, '?');
}

function bounds(min: number, max: number | undefined): string {
  if (max === undefined) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  if (min === 0 && max === 1) return '?';
  return min === max ? `{${min}}` : `{${min},${max}}`;
}
