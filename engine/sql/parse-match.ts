/** MATCH_RECOGNIZE. */
import type {
  AfterMatchSkip,
  MatchRecognize,
  Pattern,
  PatternDefinition,
  PatternQuantified,
  PatternSubset,
} from './ast-match.ts';
import type { SelectItem, TableRef } from './ast-query.ts';
import { isName, type Cursor } from './cursor.ts';
import { keys } from './lexer.ts';
import { parseOrderBy, parsePartitionBy } from './parse-window.ts';

export function parseMatchRecognize(c: Cursor, input: TableRef, start: number): MatchRecognize {
  c.need('MATCH_RECOGNIZE', '(');
  const partitionBy = parsePartitionBy(c);
  const orderBy = parseOrderBy(c);
  const measures = c.eat('MEASURES') ? c.list(() => parseMeasure(c)) : [];
  const rowsPerMatch = parseRowsPerMatch(c);
  const skip = parseSkip(c);
  c.need('PATTERN', '(');
  const anchorStart = c.eat('^');
  const pattern = parsePattern(c);
  const anchorEnd = c.eat('$');
  c.need(')');
  const within = c.eat('WITHIN') ? c.expr() : undefined;
  const subsets = c.eat('SUBSET') ? c.list(() => parseSubset(c)) : [];
  c.need('DEFINE');
  const define = c.list(() => parseDefinition(c));
  c.need(')');
  const parts = {
    partitionBy,
    orderBy,
    measures,
    rowsPerMatch,
    skip,
    anchorStart,
    pattern,
    anchorEnd,
    within,
    subsets,
    define,
  };
  return { kind: 'matchRecognize', input, ...parts, alias: undefined, span: c.span(start) };
}

/** `expr AS name`. */
function parseMeasure(c: Cursor): SelectItem {
  const start = c.mark();
  const expr = c.expr();
  c.need('AS');
  return { kind: 'selectItem', expr, alias: c.name('alias'), span: c.span(start) };
}

function parseRowsPerMatch(c: Cursor): MatchRecognize['rowsPerMatch'] {
  const word = c.eatOne('ONE', 'ALL');
  if (word === undefined) return undefined;
  c.need(word === 'ONE' ? 'ROW' : 'ROWS', 'PER', 'MATCH');
  return word === 'ONE' ? 'ONE ROW' : 'ALL ROWS';
}

function parseSkip(c: Cursor): AfterMatchSkip | undefined {
  const start = c.mark();
  if (!c.eat('AFTER')) return undefined;
  c.need('MATCH', 'SKIP');
  const { to, variable } = skipTarget(c);
  return { kind: 'skip', to, variable, span: c.span(start) };
}

function skipTarget(c: Cursor): Pick<AfterMatchSkip, 'to' | 'variable'> {
  if (c.eat('PAST')) {
    c.need('LAST', 'ROW');
    return { to: 'PAST LAST ROW', variable: undefined };
  }
  c.need('TO');
  if (c.eat('NEXT')) {
    c.need('ROW');
    return { to: 'NEXT ROW', variable: undefined };
  }
  const end = isName(c.peek(1)) ? c.eatOne('FIRST', 'LAST') : undefined;
  return { to: end ?? 'VARIABLE', variable: c.name('variable') };
}

/** Alternatives of sequences of quantified items. */
function parsePattern(c: Cursor): Pattern {
  const start = c.mark();
  const items = [parseSequence(c)];
  while (c.eat('|')) items.push(parseSequence(c));
  return items.length === 1 ? items[0]! : { kind: 'patternAlternatives', items, span: c.span(start) };
}

function parseSequence(c: Cursor): Pattern {
  const start = c.mark();
  const items = [parseQuantified(c)];
  while (beginsItem(c)) items.push(parseQuantified(c));
  return items.length === 1 ? items[0]! : { kind: 'patternSequence', items, span: c.span(start) };
}

function beginsItem(c: Cursor): boolean {
  return c.is('PERMUTE') || c.is('(') || c.is('{-') || c.isName('variable');
}

function parseQuantified(c: Cursor): Pattern {
  const start = c.mark();
  const item = parseItem(c);
  const bounds = parseBounds(c);
  if (bounds === undefined) return item;
  return { kind: 'patternQuantified', item, ...bounds, reluctant: c.eat('?'), span: c.span(start) };
}

function parseItem(c: Cursor): Pattern {
  const start = c.mark();
  if (c.eat('PERMUTE'))
    return { kind: 'patternPermute', items: c.parenList(() => parsePattern(c)), span: c.span(start) };
  if (c.is('(')) return c.parens(() => parsePattern(c));
  if (c.eat('{-')) {
    const item = parsePattern(c);
    c.need('-}');
    return { kind: 'patternExclude', item, span: c.span(start) };
  }
  return { kind: 'patternVariable', name: c.name('variable'), span: c.span(start) };
}

function parseBounds(c: Cursor): Pick<PatternQuantified, 'min' | 'max'> | undefined {
  if (c.eat('*')) return { min: 0, max: undefined };
  if (c.eat('+')) return { min: 1, max: undefined };
  if (c.eat('?')) return { min: 0, max: 1 };
  if (!c.eat('{')) return undefined;
  if (c.eat(',')) {
    const max = c.integer();
    c.need('}');
    return { min: 0, max };
  }
  const min = c.integer();
  const max = !c.eat(',') ? min : c.token.key === keys.number ? c.integer() : undefined;
  c.need('}');
  return { min, max };
}

/** `u = (a, b)`. */
function parseSubset(c: Cursor): PatternSubset {
  const start = c.mark();
  const name = c.name('variable');
  c.need('=');
  return { kind: 'patternSubset', name, variables: c.parenList(() => c.name('variable')), span: c.span(start) };
}

function parseDefinition(c: Cursor): PatternDefinition {
  const start = c.mark();
  const name = c.name('variable');
  c.need('AS');
  return { kind: 'patternDefinition', name, condition: c.expr(), span: c.span(start) };
}
