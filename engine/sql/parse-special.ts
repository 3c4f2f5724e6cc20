/** Functions with a syntax of their own: CAST, EXTRACT, TRIM, FLOOR(x TO unit) and their like. */
import type { Expr, RoundTo, Substring, Trim } from './ast-expr.ts';
import { identifier, type Cursor } from './cursor.ts';
import { parseCall } from './parse-call.ts';
import { jsonForms } from './parse-json.ts';
import { isTimeUnit, parseTimeUnit } from './parse-literal.ts';
import { parseType } from './parse-type.ts';
import { power } from './precedence.ts';

type Form = (c: Cursor, start: number) => Expr | undefined;

/** The form is for a name with `(` behind it only. */
function called(form: (c: Cursor, start: number) => Expr): Form {
  return (c, start) => (c.sees(1, '(') ? form(c, start) : undefined);
}

/** By the word that they begin with. */
export const specialForms: readonly (readonly [string, Form])[] = (
  [
    ['CAST', parseCast],
    ['TRY_CAST', parseCast],
    ['SAFE_CAST', parseCast],
    ['EXTRACT', parseExtract],
    ['FLOOR', parseRound],
    ['CEIL', parseRound],
    ['CEILING', parseRound],
    ['TIMESTAMPADD', parseTimestampAdd],
    ['TIMESTAMPDIFF', parseTimestampDiff],
    ['POSITION', parsePosition],
    ['SUBSTRING', parseSubstring],
    ['TRIM', parseTrim],
    ['OVERLAY', parseOverlay],
    ['CONVERT', parseUsing],
    ['TRANSLATE', parseUsing],
    ...jsonForms,
  ] as const
).map(([word, form]) => [word, called(form)] as const);

function parseCast(c: Cursor, start: number): Expr {
  const mode = c.needOne('CAST', 'TRY_CAST', 'SAFE_CAST');
  c.need('(');
  const operand = c.expr();
  c.need('AS');
  const type = parseType(c);
  c.need(')');
  return { kind: 'cast', mode: mode === 'CAST' ? 'CAST' : 'TRY_CAST', operand, type, span: c.span(start) };
}

function parseExtract(c: Cursor, start: number): Expr {
  c.need('EXTRACT', '(');
  const unit = parseTimeUnit(c);
  c.need('FROM');
  const operand = c.expr();
  c.need(')');
  return { kind: 'extract', unit, operand, span: c.span(start) };
}

/** `FLOOR(x TO unit)`; `FLOOR(x)` is an ordinary call. */
function parseRound(c: Cursor, start: number): Expr {
  const name = identifier(c.advance());
  c.need('(');
  const operand = c.expr();
  if (c.eat(')')) {
    const path = { kind: 'path', parts: [name], span: name.span } as const;
    return { kind: 'call', name: path, arguments: [operand], ...plain, span: c.span(start) };
  }
  c.need('TO');
  const direction: RoundTo['direction'] = name.name.toUpperCase() === 'FLOOR' ? 'FLOOR' : 'CEIL';
  const unit = parseTimeUnit(c);
  c.need(')');
  return { kind: 'roundTo', direction, operand, unit, span: c.span(start) };
}

const plain = {
  quantifier: undefined,
  parentheses: true,
  orderBy: [],
  withinGroup: [],
  nulls: undefined,
  filter: undefined,
  over: undefined,
} as const;

/** A first argument that is no unit makes it an ordinary call, which the binder then refuses by name. */
function parseTimestampAdd(c: Cursor, start: number): Expr {
  if (!isTimeUnit(c.peek(2))) return parseCall(c, start);
  c.need('TIMESTAMPADD', '(');
  const unit = parseTimeUnit(c);
  c.need(',');
  const count = c.expr();
  c.need(',');
  const operand = c.expr();
  c.need(')');
  return { kind: 'timestampAdd', unit, count, operand, span: c.span(start) };
}

function parseTimestampDiff(c: Cursor, start: number): Expr {
  if (!isTimeUnit(c.peek(2))) return parseCall(c, start);
  c.need('TIMESTAMPDIFF', '(');
  const unit = parseTimeUnit(c);
  c.need(',');
  const from = c.expr();
  c.need(',');
  const to = c.expr();
  c.need(')');
  return { kind: 'timestampDiff', unit, from, to, span: c.span(start) };
}

/** The first operand has no operators, else IN would be one of them. */
function parsePosition(c: Cursor, start: number): Expr {
  c.need('POSITION', '(');
  const needle = c.expr(power.POSTFIX);
  c.need('IN');
  const haystack = c.expr();
  const from = c.eat('FROM') ? c.expr() : undefined;
  c.need(')');
  return { kind: 'position', needle, haystack, from, span: c.span(start) };
}

/** Both forms: `SUBSTRING(x FROM 2 FOR 3)` and `SUBSTRING(x, 2, 3)`. */
function parseSubstring(c: Cursor, start: number): Substring {
  c.need('SUBSTRING', '(');
  const operand = c.expr();
  const comma = c.needOne('FROM', ',') === ',';
  const from = c.expr();
  const length = c.eat(comma ? ',' : 'FOR') ? c.expr() : undefined;
  c.need(')');
  return { kind: 'substring', operand, from, length, span: c.span(start) };
}

function parseTrim(c: Cursor, start: number): Trim {
  c.need('TRIM', '(');
  const mode = c.eatOne('BOTH', 'LEADING', 'TRAILING') ?? 'BOTH';
  let characters = c.eat('FROM') ? undefined : c.expr();
  let operand = characters;
  if (operand === undefined || c.eat('FROM')) operand = c.expr();
  else characters = undefined;
  c.need(')');
  return { kind: 'trim', mode, characters, operand, span: c.span(start) };
}

function parseOverlay(c: Cursor, start: number): Expr {
  c.need('OVERLAY', '(');
  const operand = c.expr();
  c.need('PLACING');
  const placing = c.expr();
  c.need('FROM');
  const from = c.expr();
  const length = c.eat('FOR') ? c.expr() : undefined;
  c.need(')');
  return { kind: 'overlay', operand, placing, from, length, span: c.span(start) };
}

/** `TRANSLATE(x USING charset)`, also spelt CONVERT; with commas it is an ordinary call. */
function parseUsing(c: Cursor, start: number): Expr {
  const name = identifier(c.advance());
  c.need('(');
  const first = c.expr();
  if (c.eat('USING')) {
    const charset = c.name('name');
    c.need(')');
    return { kind: 'using', operand: first, charset, span: c.span(start) };
  }
  const args = [first];
  while (c.eat(',')) args.push(c.expr());
  c.need(')');
  const path = { kind: 'path', parts: [name], span: name.span } as const;
  return { kind: 'call', name: path, arguments: args, ...plain, span: c.span(start) };
}
