/**
 * Operators: a Pratt parser with the binding powers of Calcite's operator table. An operator is taken when what stands behind it can begin an
 * operand; otherwise it is left standing, and the error is at the operator, where Flink reports it.
 */
import type { BinaryOperator, Expr, IsTest, Like, PeriodTest, Quantified } from './ast-expr.ts';
import type { Cursor } from './cursor.ts';
import { beginsOperand, parsePrimary } from './parse-primary.ts';
import { parseInSet } from './parse-subquery.ts';
import { binaryPower, power } from './precedence.ts';

/** Called at an operator; gives undefined, and takes nothing, when the operator cannot go on or binds weaker than `least`. */
type Infix = (c: Cursor, left: Expr, start: number, least: number) => Expr | undefined;

/** An expression of operators that bind at least as tightly as `least`. */
export function parseExpr(c: Cursor, least: number): Expr {
  const start = c.mark();
  let left = parsePrefix(c);
  for (;;) {
    if (c.recording) for (const [key, { strongest }] of infixes) if (strongest >= least) c.expect(`~${key}`);
    const result = infixes.get(c.token.key)?.parse(c, left, start, least);
    if (result === undefined) return left;
    left = result;
  }
}

function parsePrefix(c: Cursor): Expr {
  const start = c.mark();
  c.expect('<expression>');
  const { key } = c.token;
  if (key === 'NOT') {
    c.advance();
    return { kind: 'unary', operator: 'NOT', operand: parseExpr(c, power.NOT + 1), span: c.span(start) };
  }
  if (key === '-' || key === '+') {
    c.advance();
    return { kind: 'unary', operator: key, operand: parseExpr(c, power.SIGN + 1), span: c.span(start) };
  }
  return parsePrimary(c);
}

function takeAll(c: Cursor, words: readonly string[]): void {
  for (const _ of words) c.advance();
}

function binary(operator: BinaryOperator): Infix {
  const strength = binaryPower(operator);
  const words = operator.split(' ');
  return (c, left, start, least) => {
    if (strength < least || !c.sees(0, ...words) || !beginsOperand(c, words.length)) return undefined;
    takeAll(c, words);
    return { kind: 'binaryOp', operator, left, right: parseExpr(c, strength + 1), span: c.span(start) };
  };
}

function comparison(operator: Quantified['operator']): Infix {
  const plain = binary(operator);
  return (c, left, start, least) => {
    const quantifier = c.peek(1).key;
    if (quantifier !== 'ANY' && quantifier !== 'SOME' && quantifier !== 'ALL') return plain(c, left, start, least);
    if (power.RANGE < least) return undefined;
    c.advance();
    c.advance();
    const set = parseInSet(c);
    return {
      kind: 'quantified',
      operator,
      quantifier: quantifier === 'ALL' ? 'ALL' : 'ANY',
      left,
      ...set,
      span: c.span(start),
    };
  };
}

function bangEqual(c: Cursor): never {
  c.fail('!= is no operator of Flink SQL', 'write <>');
}

function parseIs(c: Cursor, operand: Expr, start: number, least: number): Expr | undefined {
  const distance = c.sees(1, 'NOT') ? 2 : 1;
  if (c.peek(distance).key === 'DISTINCT') return distinctFrom(c, operand, start, least);
  if (power.IS < least || (c.peek(1).type === 'end' && !c.isOpen(1))) return undefined;
  c.need('IS');
  const negated = c.eat('NOT');
  c.expect('DISTINCT');
  return { kind: 'is', test: isTest(c), negated, operand, span: c.span(start) };
}

function distinctFrom(c: Cursor, left: Expr, start: number, least: number): Expr | undefined {
  if (power.COMPARE < least) return undefined;
  c.need('IS');
  const negated = c.eat('NOT');
  c.need('DISTINCT', 'FROM');
  return { kind: 'distinctFrom', negated, left, right: parseExpr(c, power.COMPARE + 1), span: c.span(start) };
}

function isTest(c: Cursor): IsTest['test'] {
  const word = c.needOne('NULL', 'TRUE', 'FALSE', 'UNKNOWN', 'JSON', 'A', 'EMPTY');
  if (word === 'A') {
    c.need('SET');
    return 'A SET';
  }
  if (word !== 'JSON') return word;
  return `JSON ${c.eatOne('VALUE', 'OBJECT', 'ARRAY', 'SCALAR') ?? 'VALUE'}`;
}

/** NOT behind an operand: `x NOT IN`, `NOT LIKE`, `NOT BETWEEN`, `NOT SUBMULTISET OF`. */
function parseNot(c: Cursor, left: Expr, start: number, least: number): Expr | undefined {
  if (c.isOpen(1)) {
    c.advance();
    c.needOne(...ranges.keys());
  }
  if (c.sees(1, 'SUBMULTISET')) return binary('NOT SUBMULTISET OF')(c, left, start, least);
  return ranges.get(c.peek(1).key)?.(c, left, start, least);
}

function parseIn(c: Cursor, operand: Expr, start: number, least: number): Expr | undefined {
  const words = c.sees(0, 'NOT') ? ['NOT', 'IN'] : ['IN'];
  if (power.RANGE < least || !(c.sees(words.length, '(') || c.isOpen(words.length))) return undefined;
  takeAll(c, words);
  const negated = words.length === 2;
  const { query, items } = parseInSet(c);
  const span = c.span(start);
  if (query !== undefined) return { kind: 'inQuery', negated, operand, query, span };
  return { kind: 'inList', negated, operand, list: items, span };
}

function parseBetween(c: Cursor, operand: Expr, start: number, least: number): Expr | undefined {
  const words = c.sees(0, 'NOT') ? ['NOT', 'BETWEEN'] : ['BETWEEN'];
  const next = c.peek(words.length).key;
  const hasMode = next === 'SYMMETRIC' || next === 'ASYMMETRIC';
  if (power.RANGE < least || !(hasMode || beginsOperand(c, words.length))) return undefined;
  takeAll(c, words);
  const symmetric = c.eatOne('SYMMETRIC', 'ASYMMETRIC') === 'SYMMETRIC';
  const low = parseExpr(c, power.AND + 1);
  c.need('AND');
  const high = parseExpr(c, power.RANGE + 1);
  return { kind: 'between', negated: words.length === 2, symmetric, operand, low, high, span: c.span(start) };
}

/** Binds to the right: the pattern may hold another LIKE. */
function like(operator: Like['operator']): Infix {
  return (c, operand, start, least) => {
    const negated = c.sees(0, 'NOT');
    const words = [...(negated ? ['NOT'] : []), ...operator.split(' ')];
    if (power.LIKE < least || !c.sees(0, ...words) || !beginsOperand(c, words.length)) return undefined;
    takeAll(c, words);
    const pattern = parseExpr(c, power.LIKE - 1);
    const escape = c.eat('ESCAPE') ? parseExpr(c, power.LIKE - 1) : undefined;
    return { kind: 'like', operator, negated, operand, pattern, escape, span: c.span(start) };
  };
}

function parseMultiset(c: Cursor, left: Expr, start: number, least: number): Expr | undefined {
  const word = c.peek(1).key;
  if (word !== 'UNION' && word !== 'INTERSECT' && word !== 'EXCEPT') return undefined;
  const strength = binaryPower(`MULTISET ${word} ALL`);
  if (strength < least) return undefined;
  takeAll(c, ['MULTISET', word]);
  const quantifier = c.eatOne('ALL', 'DISTINCT') ?? 'ALL';
  const right = parseExpr(c, strength + 1);
  return { kind: 'binaryOp', operator: `MULTISET ${word} ${quantifier}`, left, right, span: c.span(start) };
}

function period(operator: PeriodTest['operator']): Infix {
  const words = operator.split(' ');
  return (c, left, start, least) => {
    if (power.COMPARE < least || !c.sees(0, ...words) || !beginsOperand(c, words.length)) return undefined;
    takeAll(c, words);
    return { kind: 'period', operator, left, right: parseExpr(c, power.COMPARE + 1), span: c.span(start) };
  };
}

function immediately(c: Cursor, left: Expr, start: number, least: number): Expr | undefined {
  const word = c.peek(1).key;
  return word === 'PRECEDES' || word === 'SUCCEEDS' ? period(`IMMEDIATELY ${word}`)(c, left, start, least) : undefined;
}

/** The operators that may have NOT in front. */
const ranges = new Map<string, Infix>([
  ['BETWEEN', parseBetween],
  ['IN', parseIn],
  ['LIKE', like('LIKE')],
  ['ILIKE', like('ILIKE')],
  ['RLIKE', like('RLIKE')],
  ['SIMILAR', like('SIMILAR TO')],
]);

interface InfixEntry {
  /** The tightest that anything beginning with this word can bind. */
  readonly strongest: number;
  readonly parse: Infix;
}

const entry = (key: string, strongest: number, parse: Infix): [string, InfixEntry] => [key, { strongest, parse }];

const infixes = new Map<string, InfixEntry>([
  ...(['*', '/', '%', '||'] as const).map((key) => entry(key, power.MULTIPLY, binary(key))),
  ...(['+', '-'] as const).map((key) => entry(key, power.ADD, binary(key))),
  ...(['=', '<>', '<', '<=', '>', '>='] as const).map((key) => entry(key, power.RANGE, comparison(key))),
  entry('!=', power.RANGE, bangEqual),
  entry('AND', power.AND, binary('AND')),
  entry('OR', power.OR, binary('OR')),
  entry('IS', power.COMPARE, parseIs),
  entry('NOT', power.LIKE, parseNot),
  ...[...ranges].map(([key, parse]) => entry(key, power.LIKE, parse)),
  entry('MEMBER', power.COMPARE, binary('MEMBER OF')),
  entry('SUBMULTISET', power.COMPARE, binary('SUBMULTISET OF')),
  entry('MULTISET', power.MULTISET_INTERSECT, parseMultiset),
  ...(['OVERLAPS', 'CONTAINS', 'EQUALS', 'PRECEDES', 'SUCCEEDS'] as const).map((key) =>
    entry(key, power.COMPARE, period(key)),
  ),
  entry('IMMEDIATELY', power.COMPARE, immediately),
]);
