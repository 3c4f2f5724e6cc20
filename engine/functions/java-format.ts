/**
 * java.util.Formatter for the values that PRINTF takes. Conversions d x o e f g s b c n and %, upper case forms, all flags, width,
 * precision, `%2$s` and `%<s`; h, a and t are refused by name. Locale ROOT/US.
 */
import { MillraceError } from '../errors.ts';

/** A value as Java sees it: what `%s` prints, and the number for the numeric conversions. */
export type FormatArgument =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** `bits`: the width of the Java type; negative numbers are complemented to it by %x and %o. */
  | { readonly kind: 'integer'; readonly value: bigint; readonly bits: 8 | 16 | 32 | 64 }
  | { readonly kind: 'floating'; readonly value: number; readonly text: string }
  | { readonly kind: 'other'; readonly text: string };

interface Directive {
  readonly index: string | undefined;
  readonly flags: string;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  readonly conversion: string;
}

/** A part of a format: literal text or a directive. */
export type FormatPart = string | Directive;

const directive = /%(\d+\$|<)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/y;

/** Splits a format into its parts; undefined where Java throws. Throws SQL_UNSUPPORTED for %h, %a and %t. */
export function parseFormat(format: string): readonly FormatPart[] | undefined {
  const parts: FormatPart[] = [];
  let at = 0;
  while (at < format.length) {
    const percent = format.indexOf('%', at);
    if (percent !== at) parts.push(format.slice(at, percent < 0 ? undefined : percent));
    if (percent < 0) break;
    directive.lastIndex = percent;
    const match = directive.exec(format);
    if (match === null || !isSound(match)) return undefined;
    const [, index, flags, width, precision, conversion] = match;
    if (/[hat]/i.test(conversion!)) {
      throw new MillraceError('SQL_UNSUPPORTED', `PRINTF does not support the conversion %${conversion}`);
    }
    parts.push({
      index,
      flags: flags!,
      width: width === undefined ? undefined : Number(width),
      precision: precision === undefined ? undefined : Number(precision),
      conversion: conversion!,
    });
    at = directive.lastIndex;
  }
  return parts;
}

/** The checks of Java's constructor of a format specifier. */
function isSound(match: RegExpExecArray): boolean {
  const [, , flags = '', width, precision, conversion = ''] = match;
  if (new Set(flags).size !== flags.length) return false;
  if (flags.includes('-') && (flags.includes('0') || width === undefined)) return false;
  if (flags.includes('0') && width === undefined) return false;
  if (flags.includes('+') && flags.includes(' ')) return false;
  switch (conversion.toLowerCase()) {
    case 's':
    case 'b':
    case 'h':
      return !/[+ 0,(]/.test(flags) && !(flags.includes('#') && conversion.toLowerCase() !== 's');
    case 'c':
      return !/[#+ 0,(]/.test(flags) && precision === undefined;
    case 'd':
      return conversion === 'd' && precision === undefined && !flags.includes('#');
    case 'x':
    case 'o':
      return conversion !== 'O' && precision === undefined && !flags.includes(',');
    case 'e':
      return !flags.includes(',');
    case 'g':
      return !flags.includes('#');
    case 'f':
      return conversion === 'f';
    case 'n':
      return conversion === 'n' && flags === '' && width === undefined && precision === undefined;
    case '%':
      return precision === undefined && /^-?$/.test(flags);
    case 'a':
    case 't':
      return true;
    default:
      return false;
  }
}

/** The formatted text; undefined where Java throws: a missing argument, a conversion that the value does not take. */
export function formatJava(parts: readonly FormatPart[], args: readonly FormatArgument[]): string | undefined {
  let result = '';
  let ordinary = 0;
  let last = -1;
  for (const part of parts) {
    if (typeof part === 'string') {
      result += part;
      continue;
    }
    if (part.conversion === 'n' || part.conversion === '%') {
      result += part.conversion === 'n' ? '\n' : justify('%', part);
      continue;
    }
    last = part.index === undefined ? ordinary++ : part.index === '<' ? last : Number.parseInt(part.index, 10) - 1;
    const argument = args[last];
    if (argument === undefined) return undefined;
    const text = convert(part, argument);
    if (text === undefined) return undefined;
    result += part.conversion === part.conversion.toUpperCase() ? text.toUpperCase() : text;
  }
  return result;
}

function convert(part: Directive, argument: FormatArgument): string | undefined {
  const conversion = part.conversion.toLowerCase();
  switch (conversion) {
    case 's':
      return justify(cut(plainText(argument), part), part);
    case 'b': {
      const value = argument.kind === 'boolean' ? argument.value : argument.kind !== 'null';
      return justify(cut(String(value), part), part);
    }
    default:
  }
  if (argument.kind === 'null') return justify(cut('null', part), part);
  switch (conversion) {
    case 'c':
      return character(part, argument);
    case 'd':
      return argument.kind === 'integer'
        ? numeral(part, argument.value < 0n, (argument.value < 0n ? -argument.value : argument.value).toString())
        : undefined;
    case 'x':
    case 'o':
      return argument.kind === 'integer' ? unsigned(part, argument) : undefined;
    default:
      return argument.kind === 'floating' ? floating(part, argument.value) : undefined;
  }
}

function plainText(argument: FormatArgument): string {
  switch (argument.kind) {
    case 'null':
      return 'null';
    case 'boolean':
    case 'integer':
      return String(argument.value);
    default:
      return argument.text;
  }
}

const cut = (text: string, { precision }: Directive): string =>
  precision === undefined ? text : text.slice(0, precision);

function justify(text: string, { width, flags }: Directive): string {
  if (width === undefined) return text;
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width);
}

function character(part: Directive, argument: FormatArgument): string | undefined {
  if (argument.kind !== 'integer' || argument.bits === 64 || argument.value < 0n || argument.value > 0x10ffffn) {
    return undefined;
  }
  return justify(String.fromCodePoint(Number(argument.value)), part);
}

function unsigned(part: Directive, { value, bits }: FormatArgument & { kind: 'integer' }): string | undefined {
  if (/[+ (]/.test(part.flags)) return undefined;
  const isHex = part.conversion.toLowerCase() === 'x';
  const prefix = part.flags.includes('#') ? (isHex ? '0x' : '0') : '';
  const digits = BigInt.asUintN(bits, value).toString(isHex ? 16 : 8);
  const zeros = part.flags.includes('0') ? Math.max(0, part.width! - prefix.length - digits.length) : 0;
  return justify(prefix + '0'.repeat(zeros) + digits, part);
}

/** Sign, grouping, parentheses and zeros around the digits of an absolute value. */
function numeral(part: Directive, negative: boolean, digits: string): string {
  const { flags } = part;
  const [whole, ...rest] = digits.split(/(?=[.e])/);
  const grouped = flags.includes(',') ? whole!.replace(/\B(?=(\d{3})+$)/g, ',') : whole!;
  const sign = negative
    ? flags.includes('(')
      ? '('
      : '-'
    : flags.includes('+')
      ? '+'
      : flags.includes(' ')
        ? ' '
        : '';
  const end = negative && flags.includes('(') ? ')' : '';
  const body = grouped + rest.join('');
  const zeros = flags.includes('0') ? Math.max(0, part.width! - sign.length - body.length - end.length) : 0;
  return justify(sign + '0'.repeat(zeros) + body + end, part);
}

function floating(part: Directive, value: number): string {
  const negative = value < 0 || Object.is(value, -0);
  if (!Number.isFinite(value)) {
    const text = Number.isNaN(value) ? 'NaN' : 'Infinity';
    return numeral({ ...part, flags: part.flags.replaceAll('0', '') }, negative && !Number.isNaN(value), text);
  }
  const size = Math.abs(value);
  switch (part.conversion.toLowerCase()) {
    case 'f':
      return numeral(part, negative, fixed(size, part.precision ?? 6, part));
    case 'e':
      return numeral(part, negative, scientific(size, part.precision ?? 6, part));
    default: {
      const precision = part.precision === 0 ? 1 : (part.precision ?? 6);
      const { exponent } = rounded(size, precision);
      const isPlain = size === 0 || (exponent >= -4 && exponent < precision);
      const digits = isPlain
        ? fixed(size, size === 0 ? precision - 1 : precision - exponent - 1, part)
        : scientific(size, precision - 1, part);
      return numeral(part, negative, digits);
    }
  }
}

/** Decimal digits d1 d2 d3 ... of a number and the exponent of d1, from the shortest text of the double, as Java takes them. */
function shortest(value: number): { digits: string; exponent: number } {
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) };
}

/** The first `count` digits, rounded half up. */
function rounded(value: number, count: number): { digits: string; exponent: number } {
  const { digits, exponent } = shortest(value);
  if (count < 0) return { digits: '0', exponent };
  if (digits.length <= count) return { digits: digits.padEnd(count, '0'), exponent };
  const up = digits.charCodeAt(count) >= 0x35 ? 1n : 0n;
  const text = (BigInt(`0${digits.slice(0, count)}`) + up).toString().padStart(count, '0');
  return text.length > count
    ? { digits: text.slice(0, Math.max(1, count)), exponent: exponent + 1 }
    : { digits: text, exponent };
}

function fixed(value: number, precision: number, { flags }: Directive): string {
  const { exponent } = shortest(value);
  const count = exponent + 1 + precision;
  const result = value === 0 ? { digits: '', exponent: -1 } : rounded(value, count);
  // A value that rounds up to the first kept place comes back with one digit more of exponent.
  const scaled = result.digits.padEnd(Math.max(0, result.exponent + 1 + precision), '0');
  const all = count < 0 ? '0'.repeat(precision + 1) : scaled.padStart(precision + 1, '0');
  const whole = all.slice(0, all.length - precision);
  const point = precision > 0 || flags.includes('#') ? '.' : '';
  return whole + point + all.slice(all.length - precision || all.length);
}

function scientific(value: number, precision: number, { flags }: Directive): string {
  const { digits, exponent } =
    value === 0 ? { digits: '0'.repeat(precision + 1), exponent: 0 } : rounded(value, precision + 1);
  const point = precision > 0 || flags.includes('#') ? '.' : '';
  const sign = exponent < 0 ? '-' : '+';
  return `${digits[0]}${point}${digits.slice(1)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
