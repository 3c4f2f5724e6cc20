/** The SQL/JSON functions with their clauses. */
import type { Expr, JsonArray, JsonBehavior, JsonCall, JsonEntry, JsonItem, JsonObject } from './ast-expr.ts';
import type { OrderItem } from './ast-query.ts';
import type { Cursor } from './cursor.ts';
import { keys } from './lexer.ts';
import { withinGroup } from './parse-call.ts';
import { parseType } from './parse-type.ts';
import { parseOrderBy } from './parse-window.ts';

type Form = (c: Cursor, start: number) => Expr;

export const jsonForms: readonly (readonly [string, Form])[] = [
  ['JSON_VALUE', parseJsonValue],
  ['JSON_QUERY', parseJsonQuery],
  ['JSON_EXISTS', parseJsonExists],
  ['JSON_OBJECT', (c, start) => parseJsonObject(c, start, false)],
  ['JSON_OBJECTAGG', (c, start) => parseJsonObject(c, start, true)],
  ['JSON_ARRAY', (c, start) => parseJsonArray(c, start, false)],
  ['JSON_ARRAYAGG', (c, start) => parseJsonArray(c, start, true)],
];

const noClauses = { returning: undefined, wrapper: undefined, onEmpty: undefined, onError: undefined } as const;

function operandAndPath(c: Cursor): Pick<JsonCall, 'operand' | 'path'> {
  c.need('(');
  const operand = c.expr();
  c.eatAll('FORMAT', 'JSON');
  c.need(',');
  return { operand, path: c.expr() };
}

function parseJsonValue(c: Cursor, start: number): JsonCall {
  c.advance();
  const what = operandAndPath(c);
  const returning = c.eat('RETURNING') ? parseType(c) : undefined;
  const behaviors = parseBehaviors(c, () => {
    if (!c.eat('DEFAULT')) return { kind: 'behavior', action: c.needOne('NULL', 'ERROR') };
    return { kind: 'behavior', action: 'DEFAULT', value: c.expr() };
  });
  c.need(')');
  return { kind: 'jsonCall', name: 'JSON_VALUE', ...what, ...noClauses, returning, ...behaviors, span: c.span(start) };
}

function parseJsonQuery(c: Cursor, start: number): JsonCall {
  c.advance();
  const what = operandAndPath(c);
  const returning = c.eat('RETURNING') ? parseType(c) : undefined;
  const wrapper = parseWrapper(c);
  const behaviors = parseBehaviors(c, () => {
    if (!c.eat('EMPTY')) return { kind: 'behavior', action: c.needOne('NULL', 'ERROR') };
    return { kind: 'behavior', action: `EMPTY ${c.needOne('ARRAY', 'OBJECT')}` };
  });
  c.need(')');
  return { kind: 'jsonCall', name: 'JSON_QUERY', ...what, returning, wrapper, ...behaviors, span: c.span(start) };
}

function parseWrapper(c: Cursor): JsonCall['wrapper'] {
  const word = c.eatOne('WITHOUT', 'WITH');
  if (word === undefined) return undefined;
  const condition = word === 'WITH' ? (c.eatOne('CONDITIONAL', 'UNCONDITIONAL') ?? 'UNCONDITIONAL') : 'WITHOUT';
  c.eat('ARRAY');
  c.need('WRAPPER');
  return condition;
}

function parseJsonExists(c: Cursor, start: number): JsonCall {
  c.advance();
  const what = operandAndPath(c);
  const action = c.eatOne('TRUE', 'FALSE', 'UNKNOWN', 'ERROR');
  if (action !== undefined) c.need('ON', 'ERROR');
  const onError = action === undefined ? undefined : ({ kind: 'behavior', action } as const);
  c.need(')');
  return { kind: 'jsonCall', name: 'JSON_EXISTS', ...what, ...noClauses, onError, span: c.span(start) };
}

/** `behavior ON EMPTY` and `behavior ON ERROR`, each at most once, in any order. */
function parseBehaviors(c: Cursor, one: () => JsonBehavior): Pick<JsonCall, 'onEmpty' | 'onError'> {
  let onEmpty: JsonBehavior | undefined;
  let onError: JsonBehavior | undefined;
  while (!c.is(')')) {
    const behavior = one();
    c.need('ON');
    if (onEmpty === undefined && c.eat('EMPTY')) onEmpty = behavior;
    else if (onError === undefined && c.eat('ERROR')) onError = behavior;
    else c.fail();
  }
  return { onEmpty, onError };
}

function onNull(c: Cursor): JsonObject['onNull'] {
  if (c.eatAll('NULL', 'ON', 'NULL')) return 'NULL';
  return c.eatAll('ABSENT', 'ON', 'NULL') ? 'ABSENT' : undefined;
}

function atNullClause(c: Cursor): boolean {
  return c.sees(0, 'NULL', 'ON') || c.sees(0, 'ABSENT', 'ON');
}

function parseJsonObject(c: Cursor, start: number, aggregate: boolean): JsonObject {
  c.advance();
  c.need('(');
  const none = !aggregate && (c.is(')') || atNullClause(c));
  const entries = none ? [] : aggregate ? [parseEntry(c)] : c.list(() => parseEntry(c));
  const nulls = onNull(c);
  c.need(')');
  return { kind: 'jsonObject', aggregate, entries, onNull: nulls, span: c.span(start) };
}

/** `[KEY] k VALUE v`, `k : v`. */
function parseEntry(c: Cursor): JsonEntry {
  const start = c.mark();
  c.expect('KEY');
  if (c.sees(0, 'KEY') && !['VALUE', ':', '.'].includes(c.peek(1).key)) c.advance();
  const key = c.expr();
  if (c.token.key === keys.parameter && c.token.text.startsWith(':')) c.splitParameter();
  c.needOne('VALUE', ':');
  const value = c.expr();
  return { kind: 'jsonEntry', key, value, formatJson: c.eatAll('FORMAT', 'JSON'), span: c.span(start) };
}

function parseItem(c: Cursor): JsonItem {
  const start = c.mark();
  const value = c.expr();
  return { kind: 'jsonItem', value, formatJson: c.eatAll('FORMAT', 'JSON'), span: c.span(start) };
}

function parseJsonArray(c: Cursor, start: number, aggregate: boolean): JsonArray {
  c.advance();
  c.need('(');
  const none = !aggregate && (c.is(')') || atNullClause(c));
  const items = none ? [] : aggregate ? [parseItem(c)] : c.list(() => parseItem(c));
  let orderBy: OrderItem[] = aggregate ? parseOrderBy(c) : [];
  const nulls = onNull(c);
  c.need(')');
  if (aggregate && orderBy.length === 0) orderBy = withinGroup(c);
  return { kind: 'jsonArray', aggregate, items, orderBy, onNull: nulls, span: c.span(start) };
}
