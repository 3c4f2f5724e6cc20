/** Operands: literals, names, calls, constructors, parentheses, and what is attached to them by `.` and `[ ]`. */
import { MillraceError } from '../errors.ts';
import type { Identifier } from './ast.ts';
import type { Case, CaseBranch, Exists, Expr } from './ast-expr.ts';
import { identifier, isName, type Cursor } from './cursor.ts';
import { callableWords } from './callable.ts';
import { contextVariables, reservedFunctions } from './keywords.ts';
import { keys } from './lexer.ts';
import { parseCall, parseCallRest } from './parse-call.ts';
import { specialForms } from './parse-special.ts';
import {
  dateTimeOpt,
  parseBinary,
  parseBraces,
  parseInterval,
  parseIntervalQualifier,
  isIntervalUnit,
  parseNumber,
  parseParameter,
} from './parse-literal.ts';
import { asQuery, beginsQuery } from './parse-subquery.ts';

export function parsePrimary(c: Cursor): Expr {
  const start = c.mark();
  let operand = parseAtom(c, start);
  for (;;) {
    if (c.is('.') && isName(c.peek(1))) {
      c.advance();
      operand = { kind: 'field', operand, name: c.name('column'), span: c.span(start) };
    } else if (c.eat('[')) {
      const index = c.expr();
      c.need(']');
      operand = { kind: 'element', operand, index, span: c.span(start) };
    } else {
      return operand;
    }
  }
}

/** Whether an operand can begin at `distance`, by the token there and the one behind it. */
export function beginsOperand(c: Cursor, distance: number): boolean {
  const token = c.peek(distance);
  const { key } = token;
  if (c.isOpen(distance)) return true;
  if (token.type === 'symbol') {
    if (key === '+' || key === '-') return beginsOperand(c, distance + 1);
    return key === '{' || (key === '(' && (beginsQuery(c.peek(distance + 1)) || beginsOperand(c, distance + 1)));
  }
  if (token.type !== 'word') return token.type !== 'end' && token.type !== 'bad';
  if (isName(token)) return true;
  const follow = c.peek(distance + 1).key;
  if (key === 'NOT') return beginsOperand(c, distance + 1);
  if (key === 'INTERVAL') return beginsInterval(c, distance + 1);
  if (key === 'DATE' || key === 'TIME' || key === 'TIMESTAMP')
    return follow === '(' || follow === keys.string || follow === 'WITH';
  if (key === 'ARRAY' || key === 'MULTISET') return follow === '(' || follow === '[';
  if (plainWords.has(key) || reservedFunctions.has(key)) return true;
  return forms.has(key) && follow === '(';
}

/** Whether what stands behind INTERVAL can be its value: a function's name needs its parentheses here, for SECOND and others are units too. */
function beginsInterval(c: Cursor, distance: number): boolean {
  const { key } = c.peek(distance);
  const isFunction = reservedFunctions.has(key) && !contextVariables.has(key);
  return key !== 'INTERVAL' && (isFunction ? c.sees(distance + 1, '(') : beginsOperand(c, distance));
}

/** Words that are operands, or begin them, whatever follows. */
const plainWords: ReadonlySet<string> = new Set([
  ...contextVariables,
  'NULL',
  'TRUE',
  'FALSE',
  'UNKNOWN',
  'CASE',
  'RUNNING',
  'CLASSIFIER',
  'MATCH_NUMBER',
  'PREV',
  'NEXT',
]);

type Form = (c: Cursor, start: number) => Expr | undefined;

/** By key of the first token. A form gives undefined, and takes nothing, when the word is not meant so here. */
const forms = new Map<string, Form>([
  [keys.string, (c) => c.string()],
  [keys.number, parseNumber],
  [keys.binary, parseBinary],
  [keys.parameter, parseParameter],
  ['(', parseParenthesis],
  ['{', parseBraces],
  ['NULL', (c, start) => ({ kind: 'null', span: word(c, start) })],
  ['TRUE', (c, start) => ({ kind: 'boolean', value: true, span: word(c, start) })],
  ['FALSE', (c, start) => ({ kind: 'boolean', value: false, span: word(c, start) })],
  ['UNKNOWN', (c, start) => ({ kind: 'boolean', value: null, span: word(c, start) })],
  ['DATE', dateTimeOpt],
  ['TIME', dateTimeOpt],
  ['TIMESTAMP', dateTimeOpt],
  ['INTERVAL', (c) => (beginsInterval(c, 1) ? parseInterval(c) : undefined)],
  ['CASE', parseCase],
  ['EXISTS', parseExists],
  ['UNIQUE', parseExists],
  ['ROW', parseRow],
  ['ARRAY', (c, start) => parseCollection(c, 'ARRAY', start)],
  ['MULTISET', (c, start) => parseCollection(c, 'MULTISET', start)],
  ['MAP', (c, start) => parseCollection(c, 'MAP', start)],
  ['PERIOD', parsePeriod],
  ['RUNNING', parseRunningFinal],
  ['FINAL', parseRunningFinal],
  ...specialForms,
]);

function parseAtom(c: Cursor, start: number): Expr {
  const result = forms.get(c.token.key)?.(c, start);
  if (result !== undefined) return result;
  const { token } = c;
  if (token.type === 'word' && c.sees(1, '(') && (isName(token) || callableWords.has(token.key)))
    return parseCall(c, start);
  if (contextVariables.has(token.key)) {
    const name = identifier(c.advance());
    return {
      kind: 'call',
      ...noArguments,
      name: { kind: 'path', parts: [name], span: name.span },
      span: c.span(start),
    };
  }
  if (!c.isName('column')) c.fail();
  return parseNameOrCall(c, start);
}

const noArguments = {
  quantifier: undefined,
  arguments: [],
  parentheses: false,
  orderBy: [],
  withinGroup: [],
  nulls: undefined,
  filter: undefined,
  over: undefined,
} as const;

function word(c: Cursor, start: number): { start: number; end: number } {
  c.advance();
  return c.span(start);
}

/** A dotted name, or a call of a function of a catalog. */
function parseNameOrCall(c: Cursor, start: number): Expr {
  c.expect('<function>');
  const parts: Identifier[] = [identifier(c.advance())];
  while (c.is('.') && isName(c.peek(1))) {
    c.advance();
    parts.push(c.name('column'));
  }
  if (c.sees(0, '.', '*')) {
    c.advance();
    c.advance();
    return { kind: 'star', parts, span: c.span(start) };
  }
  if (c.sees(0, '(')) return parseCallRest(c, { kind: 'path', parts, span: c.span(start) }, start);
  return { kind: 'column', parts, span: c.span(start) };
}

/** `(query)`, `(a)` or the row `(a, b)`. */
function parseParenthesis(c: Cursor, start: number): Expr {
  c.need('(');
  if (beginsQuery(c.token)) {
    const query = c.query();
    c.need(')');
    return { kind: 'scalarQuery', query, span: c.span(start) };
  }
  const first = c.expr();
  const query = asQuery(c, first, false);
  if (query !== undefined) {
    c.need(')');
    return { kind: 'scalarQuery', query, span: c.span(start) };
  }
  const items = [first];
  while (c.eat(',')) items.push(c.expr());
  c.need(')');
  if (items.length > 1) return { kind: 'row', explicit: false, items, span: c.span(start) };
  return intervalDifference(c, first, start) ?? first;
}

/** `(a - b) DAY`: only reserved words for units are taken, the others may be an alias. */
function intervalDifference(c: Cursor, operand: Expr, start: number): Expr | undefined {
  if (operand.kind !== 'binaryOp' || operand.operator !== '-' || isName(c.token) || !isIntervalUnit(c.token))
    return undefined;
  const { left, right } = operand;
  return { kind: 'intervalDifference', left, right, qualifier: parseIntervalQualifier(c), span: c.span(start) };
}

function parseCase(c: Cursor, start: number): Case {
  c.need('CASE');
  const operand = c.is('WHEN') ? undefined : c.expr();
  const branches: CaseBranch[] = [];
  do branches.push(parseBranch(c, operand !== undefined));
  while (c.is('WHEN'));
  const otherwise = c.eat('ELSE') ? c.expr() : undefined;
  c.need('END');
  return { kind: 'case', operand, branches, otherwise, span: c.span(start) };
}

function parseBranch(c: Cursor, simple: boolean): CaseBranch {
  const start = c.mark();
  c.need('WHEN');
  const when = simple ? c.list(() => c.expr()) : [c.expr()];
  c.need('THEN');
  return { kind: 'caseBranch', when, then: c.expr(), span: c.span(start) };
}

function parseExists(c: Cursor, start: number): Exists {
  const unique = c.needOne('EXISTS', 'UNIQUE') === 'UNIQUE';
  const query = c.parens(() => c.query());
  return { kind: 'exists', unique, query, span: c.span(start) };
}

function parseRow(c: Cursor, start: number): Expr {
  c.need('ROW');
  const items = c.parenList(() => c.expr());
  return { kind: 'row', explicit: true, items, span: c.span(start) };
}

function parsePeriod(c: Cursor, start: number): Expr {
  c.need('PERIOD');
  const items = c.parenList(() => c.expr());
  return { kind: 'row', explicit: false, items, span: c.span(start) };
}

/** `ARRAY[..]`, `ARRAY(query)`; with values in parentheses it is a call. */
function parseCollection(c: Cursor, collection: 'ARRAY' | 'MULTISET' | 'MAP', start: number): Expr | undefined {
  if (c.sees(1, '(')) {
    const name = identifier(c.token);
    if (!beginsQuery(c.peek(2))) {
      c.advance();
      return parseCallRest(c, { kind: 'path', parts: [name], span: name.span }, start);
    }
    c.advance();
    const query = c.parens(() => c.query());
    return { kind: 'collectionQuery', collection, query, span: c.span(start) };
  }
  if (!c.sees(1, '[')) return undefined;
  c.advance();
  c.advance();
  const items = c.is(']') ? [] : c.list(() => c.expr());
  c.need(']');
  const span = c.span(start);
  if (collection === 'MAP' && items.length % 2 === 1) {
    throw new MillraceError('SQL_SYNTAX', 'MAP[..] needs a value for every key', {
      span,
      hint: 'MAP[key1, value1, key2, value2]',
    });
  }
  if (collection === 'ARRAY') return { kind: 'array', items, span };
  if (collection === 'MULTISET') return { kind: 'multiset', items, span };
  const entries = items.flatMap((key, i) => (i % 2 === 0 ? [{ key, value: items[i + 1]! }] : []));
  return { kind: 'map', entries, span };
}

function parseRunningFinal(c: Cursor, start: number): Expr | undefined {
  if (c.peek(1).type !== 'word' || !c.sees(2, '(')) return undefined;
  const mode = c.needOne('RUNNING', 'FINAL');
  return { kind: 'runningFinal', mode, operand: parsePrimary(c), span: c.span(start) };
}
