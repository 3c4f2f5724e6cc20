/** Text to values exactly as Flink's CAST reads them. All functions throw MillraceError CAST_FAILED with Flink's reason. */
import { MillraceError } from '../errors.ts';
import { daysInMonth, daysOf, MS_PER_DAY } from './calendar.ts';
import { roundDiv, tenTo } from './decimal.ts';

const failed = (reason: string): MillraceError => new MillraceError('CAST_FAILED', reason);

/** TRUE: t true y yes 1; FALSE: f false n no 0; in any case, without blanks around. */
export function parseBoolean(text: string): boolean {
  switch (text.toLowerCase()) {
    case 't':
    case 'true':
    case 'y':
    case 'yes':
    case '1':
      return true;
    case 'f':
    case 'false':
    case 'n':
    case 'no':
    case '0':
      return false;
    default:
      throw failed(`Cannot parse '${text}' as BOOLEAN.`);
  }
}

/** Blanks around are dropped, a fraction is checked and cut off: ' -12.9 ' is -12. */
export function parseInteger(text: string, min: number, max: number): number {
  const digits = integerPart(text);
  const value = Number(digits);
  if (value < min || value > max) throw failed(`For input string: '${digits}'. Overflow.`);
  return value === 0 ? 0 : value;
}

export function parseBigint(text: string): bigint {
  const digits = integerPart(text);
  const value = BigInt(digits.startsWith('+') ? digits.slice(1) : digits);
  if (value !== BigInt.asIntN(64, value)) throw failed(`For input string: '${digits}'. Overflow.`);
  return value;
}

/** Sign and digits before the point; '0' when there are none ('.5'). */
function integerPart(text: string): string {
  const trimmed = trimBlanks(text);
  const match = /^([+-]?)(\d*)(?:\.\d*)?$/.exec(trimmed);
  if (match !== null && (match[2] !== '' || trimmed.includes('.'))) return match[1]! + (match[2] || '0');
  if (trimmed === '') throw failed(`For input string: ''. Input is empty.`);
  if (trimmed === '-' || trimmed === '+') {
    throw failed(`For input string: '${trimmed}'. Input has only positive or negative symbol.`);
  }
  throw failed(`For input string: '${trimmed}'. Invalid character found.`);
}

/** Blanks alone, as Flink's BinaryString.trim: no tabs or line ends. */
function trimBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && text.charCodeAt(start) === 32) start++;
  while (end > start && text.charCodeAt(end - 1) === 32) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/**
 * The unscaled value of DECIMAL(precision, scale), rounded half up; digits, a point and an exponent, blanks around.
 * Flink 2.3 also takes letters after the digits (`1.5d`) and reads 'x' as 0; its tests of 2.4 demand an error, and so do we.
 */
export function parseDecimal(text: string, precision: number, scale: number): bigint {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/.exec(trimBlanks(text));
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (match === null || whole + fraction === '') throw failed(`For input string: '${text}'. Invalid character found.`);
  const shift = scale - fraction.length + Number(match[4] ?? 0);
  const digits = BigInt(whole + fraction);
  if (digits !== 0n && shift > 80) throw failed(`For input string: '${text}'. Overflow.`);
  let value = 0n;
  if (digits !== 0n && shift >= 0) value = digits * tenTo(shift);
  else if (digits !== 0n && -shift <= whole.length + fraction.length) value = roundDiv(digits, tenTo(-shift));
  if (value >= tenTo(precision)) throw failed(`For input string: '${text}'. Overflow.`);
  return match[1] === '-' ? -value : value;
}

/** What java.lang.Double.parseDouble takes: decimal and hexadecimal floats, NaN, Infinity, a trailing d or f, white space around. */
export function parseDouble(text: string): number {
  // oxlint-disable-next-line no-control-regex -- Java trims all characters up to the blank
  const trimmed = text.replace(/^[\0-\x20]+|[\0-\x20]+$/g, '');
  if (trimmed === '') throw failed('empty String');
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?$/.test(trimmed)) {
    return Number(/[dDfF]$/.test(trimmed) ? trimmed.slice(0, -1) : trimmed);
  }
  const named = /^([+-]?)(NaN|Infinity)$/.exec(trimmed);
  if (named !== null) {
    if (named[2] === 'NaN') return NaN;
    return named[1] === '-' ? -Infinity : Infinity;
  }
  const hex = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)[dDfF]?$/.exec(trimmed);
  if (hex !== null && hex[2]! + hex[3]! !== '') {
    const mantissa = Number(`0x${hex[2]! + hex[3]!}`);
    const value = mantissa * 2 ** (Number(hex[4]) - 4 * hex[3]!.length);
    return hex[1] === '-' ? -value : value;
  }
  throw failed(`For input string: "${trimmed}"`);
}

export function parseFloat32(text: string): number {
  return Math.fround(parseDouble(text));
}

/** Days of `2020-1-2`, `2020-01`, `2020`, `2020-01-02 whatever`; blanks around parts. Years 0 to 9999. */
export function parseDate(text: string): number {
  const blank = text.indexOf(' ');
  const parts = (blank > 0 ? text.slice(0, blank) : text).split('-', 4);
  const numbers = parts.map((part) => (/^\d+$/.test(part.trim()) ? Number(part.trim()) : NaN));
  const [year = NaN, month = 1, day = 1] = numbers;
  const valid =
    parts.length <= 3 &&
    year >= 0 &&
    year <= 9999 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysInMonth(year, month);
  if (!valid) throw failed(`For input string: '${text}'.`);
  return daysOf(year, month, day);
}

/** Milliseconds of `10`, `10:11`, `10:11:12`, `10:11:12.345`, an offset after it is added as Flink does (`+02:00`: two hours more). */
export function parseTime(text: string, precision: number): number {
  const match =
    /^\s*(\d+)\s*(?::\s*(\d+)\s*(?::\s*(\d+)\s*(?:\.([^+-]*))?)?)?(?:([+-])\s*(\d+)\s*(?::\s*(\d+)\s*)?)?\s*$/.exec(
      text,
    );
  if (match === null) throw badTime(text);
  const [, hours, minutes = '0', seconds = '0', fraction = '', sign, zoneHours = '0', zoneMinutes = '0'] = match;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) throw badTime(text);
  const shift = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1);
  const ms = ((Number(hours) * 60 + Number(minutes) + shift) * 60 + Number(seconds)) * 1000 + millisOf(fraction.trim());
  if (ms < 0 || ms >= MS_PER_DAY) throw badTime(text);
  return truncateTime(ms, precision);
}

const badTime = (text: string): MillraceError =>
  failed(`Invalid time format: '${text}'. Expected format: HH:mm:ss[.fff] where HH is 00-23, mm is 00-59, ss is 00-59`);

/** Milliseconds of the digits of a fraction; the fourth rounds. Other characters count as 0, as Flink has it. */
function millisOf(fraction: string): number {
  const digit = (i: number): number => {
    const code = fraction.charCodeAt(i) - 48;
    return code >= 0 && code <= 9 ? code : 0;
  };
  return digit(0) * 100 + digit(1) * 10 + digit(2) + (fraction.charCodeAt(3) >= 53 ? 1 : 0);
}

/** Milliseconds of the day cut to `precision` digits of the second. */
export function truncateTime(ms: number, precision: number): number {
  if (precision >= 3) return ms;
  const unit = 10 ** (3 - precision);
  return Math.floor(ms / unit) * unit;
}

/** A wall clock as milliseconds since 1970-01-01T00:00 and nanoseconds 0..999999 within the millisecond. */
export interface ParsedTimestamp {
  readonly ms: number;
  readonly nanos: number;
}

const timestampPattern = /^(\d{4}|\+\d{5,9})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,9}))?)?$/;

/**
 * `2020-1-2`, `2020-01-02 3:04:05`, `2020-01-02 03:04:05.123456789`: no blanks around, no T, no zone. Days beyond the end of a month
 * up to 31 are its last day, 24:00:00 is the next midnight, digits beyond `precision` are cut off: as java.time resolves "smart".
 */
export function parseTimestamp(text: string, precision: number): ParsedTimestamp {
  const match = timestampPattern.exec(text);
  if (match === null) throw failed(`Text '${text}' could not be parsed`);
  const [, years, months, days, h = '0', m = '0', s = '0', fraction = ''] = match;
  const [year, month, day] = [Number(years), Number(months), Number(days)];
  const [hour, minute, second] = [Number(h), Number(m), Number(s)];
  checkRange(text, 'YearOfEra', year, 1, 999_999_999);
  checkRange(text, 'MonthOfYear', month, 1, 12);
  checkRange(text, 'DayOfMonth', day, 1, 31);
  const midnight = hour === 24 && minute === 0 && second === 0 && !/[1-9]/.test(fraction);
  if (!midnight) checkRange(text, 'HourOfDay', hour, 0, 23);
  checkRange(text, 'MinuteOfHour', minute, 0, 59);
  checkRange(text, 'SecondOfMinute', second, 0, 59);
  const date = daysOf(year, month, Math.min(day, daysInMonth(year, month)));
  const kept = Number(fraction.slice(0, precision).padEnd(9, '0'));
  const millis = Math.floor(kept / 1_000_000);
  return {
    ms: date * MS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000 + millis,
    nanos: kept - millis * 1_000_000,
  };
}

function checkRange(text: string, field: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  throw failed(
    `Text '${text}' could not be parsed: Invalid value for ${field} (valid values ${min} - ${max}): ${value}`,
  );
}
