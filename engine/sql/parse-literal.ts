/** Literals: numbers, strings, bytes, dates and times, intervals; and parameters. */
import { MillraceError } from '../errors.ts';
import type { Parameter } from './ast.ts';
import type {
  BinaryLiteral,
  DateTimeLiteral,
  Expr,
  IntervalQualifier,
  IntervalUnit,
  NumberLiteral,
  TimeUnit,
} from './ast-expr.ts';
import { intervalUnits, timeUnits } from './ast-expr.ts';
import type { Cursor } from './cursor.ts';
import { parameterUse } from './parameters.ts';
import { keys, type Token } from './lexer.ts';
import { power } from './precedence.ts';

export function parseNumber(c: Cursor): NumberLiteral {
  c.expect('<number>');
  if (c.token.key !== keys.number) c.fail();
  const start = c.mark();
  const { text } = c.advance();
  const form = /[eE]/.test(text) ? 'double' : text.includes('.') ? 'decimal' : 'integer';
  return { kind: 'number', form, text, span: c.span(start) };
}

/** `x'0aFF'`. SQL_LITERAL: digits that are not hexadecimal. */
export function parseBinary(c: Cursor): BinaryLiteral {
  const start = c.mark();
  const hex = c.advance().text.slice(2, -1);
  if (!/^[0-9a-fA-F]*$/.test(hex)) {
    throw new MillraceError('SQL_LITERAL', 'a binary literal may contain only hex digits', { span: c.span(start) });
  }
  return { kind: 'binary', hex, span: c.span(start) };
}

/** `:name`, `:...name`, `{{expression}}`. */
export function parseParameter(c: Cursor): Parameter {
  const start = c.mark();
  const { form, source } = parameterUse(c.advance().text);
  return { kind: 'parameter', form, source, span: c.span(start) };
}

export function parameterOpt(c: Cursor): Parameter | undefined {
  return c.token.key === keys.parameter ? parseParameter(c) : undefined;
}

/** `DATE '..'`, `TIME '..'`, `TIMESTAMP '..'`, `TIMESTAMP WITH LOCAL TIME ZONE '..'`; undefined when no string follows. */
export function dateTimeOpt(c: Cursor): DateTimeLiteral | undefined {
  const start = c.mark();
  const word = c.token.key;
  if (word !== 'DATE' && word !== 'TIME' && word !== 'TIMESTAMP') return undefined;
  const isLocal = word === 'TIMESTAMP' && c.sees(1, 'WITH', 'LOCAL', 'TIME', 'ZONE', keys.string);
  if (!isLocal && !c.sees(1, keys.string)) return undefined;
  for (let i = isLocal ? 5 : 1; i > 0; i--) c.advance();
  const text = c.string().value;
  return { kind: 'datetime', type: isLocal ? 'TIMESTAMP_LTZ' : word, text, span: c.span(start) };
}

const escapeTypes: Readonly<Record<string, DateTimeLiteral['type']>> = { D: 'DATE', T: 'TIME', TS: 'TIMESTAMP' };

/** `{d '..'}`, `{t '..'}`, `{ts '..'}`, `{fn f(x)}`. */
export function parseBraces(c: Cursor): Expr {
  const start = c.mark();
  c.need('{');
  if (c.eat('FN')) {
    const call = c.expr();
    c.need('}');
    return call;
  }
  const type = escapeTypes[c.needOne('D', 'T', 'TS')]!;
  const text = c.string().value;
  c.need('}');
  return { kind: 'datetime', type, text, span: c.span(start) };
}

/** `INTERVAL '..' unit`; of any other value it is that value times one unit, as in Calcite. */
export function parseInterval(c: Cursor): Expr {
  const start = c.mark();
  c.need('INTERVAL');
  const sign = c.eatOne('+', '-');
  if (c.isString()) {
    const { value: text } = c.string();
    const qualifier = parseIntervalQualifier(c);
    return { kind: 'interval', negative: sign === '-', text, qualifier, span: c.span(start) };
  }
  if (sign !== undefined) c.fail();
  const left = c.expr(power.POSTFIX);
  const mark = c.mark();
  const qualifier = parseIntervalQualifier(c);
  const one = { kind: 'interval', negative: false, text: '1', qualifier, span: c.span(mark) } as const;
  return { kind: 'binaryOp', operator: '*', left, right: one, span: c.span(start) };
}

const unitWords: Readonly<Record<string, IntervalUnit>> = {
  YEAR: 'YEAR', YEARS: 'YEAR', QUARTER: 'QUARTER', QUARTERS: 'QUARTER', MONTH: 'MONTH', MONTHS: 'MONTH', WEEK: 'WEEK', WEEKS: 'WEEK',
  DAY: 'DAY', DAYS: 'DAY', HOUR: 'HOUR', HOURS: 'HOUR', MINUTE: 'MINUTE', MINUTES: 'MINUTE', SECOND: 'SECOND', SECONDS: 'SECOND',
}; // prettier-ignore
const endings: Readonly<Partial<Record<IntervalUnit, readonly IntervalUnit[]>>> = {
  YEAR: ['MONTH'],
  DAY: ['HOUR', 'MINUTE', 'SECOND'],
  HOUR: ['MINUTE', 'SECOND'],
  MINUTE: ['SECOND'],
};

export function isIntervalUnit(token: Token): boolean {
  return Object.hasOwn(unitWords, token.key);
}

/** `DAY(2) TO SECOND(3)`. A TO without a unit behind it is left standing. */
export function parseIntervalQualifier(c: Cursor): IntervalQualifier {
  const start = c.mark();
  for (const unit of intervalUnits) c.expect(unit);
  const from = unitWords[c.token.key] ?? c.fail();
  c.advance();
  let precision: number | undefined;
  let fraction: number | undefined;
  if (from !== 'QUARTER' && from !== 'WEEK' && c.eat('(')) {
    precision = c.integer();
    if (from === 'SECOND' && c.eat(',')) fraction = c.integer();
    c.need(')');
  }
  const to = intervalEnd(c, from);
  if (to === 'SECOND' && c.eat('(')) {
    fraction = c.integer();
    c.need(')');
  }
  return { kind: 'intervalQualifier', from, precision, to, fraction, span: c.span(start) };
}

function intervalEnd(c: Cursor, from: IntervalUnit): IntervalUnit | undefined {
  const possible = endings[from];
  if (possible === undefined || !c.is('TO')) return undefined;
  const to = unitWords[c.peek(1).key];
  if (to === undefined || !possible.includes(to)) return undefined;
  c.advance();
  c.advance();
  return to;
}

const units = new Map<string, TimeUnit>(timeUnits.map((unit) => [unit, unit]));
for (const unit of timeUnits) units.set(`SQL_TSI_${unit}`, unit);
units.set('FRAC_SECOND', 'NANOSECOND').set('SQL_TSI_FRAC_SECOND', 'NANOSECOND');

export function isTimeUnit(token: Token): boolean {
  return units.has(token.key);
}

export function parseTimeUnit(c: Cursor): TimeUnit {
  for (const unit of timeUnits) c.expect(unit);
  const unit = units.get(c.token.key) ?? c.fail();
  c.advance();
  return unit;
}
