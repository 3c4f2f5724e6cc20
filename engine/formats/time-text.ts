/** Dates and times as the json and csv formats write them. Parsing follows the java.time formatters that Flink's formats use. */
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';

const MS_PER_DAY = 86_400_000;

/** An instant or wall-clock time, split at the millisecond: `nanos` is 0..999999. */
export interface TimePoint {
  readonly ms: number;
  readonly nanos: number;
}

/** Days since 1970-01-01 of a date of the proleptic Gregorian calendar; `month` 1..12. */
export function daysOfDate(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

/** The date of a number of days since 1970-01-01. */
export function dateOfDays(days: number): { year: number; month: number; day: number } {
  const z = days + 719468;
  const era = Math.floor(z / 146097);
  const dayOfEra = z - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted + (shifted < 10 ? 3 : -9);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const DATE = String.raw`(\d{4}|-\d{4,9}|\+\d{5,9})-(\d\d)-(\d\d)`;
const TIME = String.raw`(\d\d):(\d\d):(\d\d)(?:\.(\d{0,9}))?`;
const ISO_TIME = String.raw`(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{0,9}))?)?`;
const datePattern = new RegExp(`^${DATE}$`);
const timePattern = new RegExp(`^${TIME}$`);
const isoTimePattern = new RegExp(`^${ISO_TIME}$`);
const timestampPatterns = {
  sql: { plain: new RegExp(`^${DATE} ${TIME}$`), zoned: new RegExp(`^${DATE} ${TIME}Z$`) },
  iso: { plain: new RegExp(`^${DATE}[Tt]${ISO_TIME}$`), zoned: new RegExp(`^${DATE}T${ISO_TIME}Z$`) },
};

/** ISO date, strict: `2024-02-30` is none. Days since 1970-01-01, or undefined. */
export function parseIsoDate(text: string): number | undefined {
  const match = datePattern.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
    ? daysOfDate(year, month, day)
    : undefined;
}

/** `HH:mm:ss[.fraction]`: milliseconds of the day, or undefined. */
export function parseSqlTime(text: string): number | undefined {
  const match = timePattern.exec(text);
  if (match === null) return undefined;
  const time = timeOf(match, 1, true);
  return time === undefined ? undefined : time.ms % MS_PER_DAY;
}

/** ISO_LOCAL_TIME, `HH:mm[:ss[.fraction]]`: milliseconds of the day, or undefined. */
export function parseIsoTime(text: string): number | undefined {
  const match = isoTimePattern.exec(text);
  return match === null ? undefined : timeOf(match, 1, false)?.ms;
}

/**
 * `yyyy-MM-dd HH:mm:ss[.fraction]` (sql) or `yyyy-MM-ddTHH:mm[:ss[.fraction]]` (iso); `zoned` wants a final `Z`.
 * As java.time does: all but the plain iso form resolve leniently, so that `2024-02-30` is the 29th and 24:00:00 the next midnight.
 */
export function parseTimestamp(text: string, style: 'sql' | 'iso', zoned: boolean): TimePoint | undefined {
  const match = timestampPatterns[style][zoned ? 'zoned' : 'plain'].exec(text);
  if (match === null) return undefined;
  const smart = style === 'sql' || zoned;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  const last = daysInMonth(year, month);
  if (day > last && !smart) return undefined;
  const time = timeOf(match, 4, smart);
  if (time === undefined) return undefined;
  return { ms: daysOfDate(year, month, Math.min(day, last)) * MS_PER_DAY + time.ms, nanos: time.nanos };
}

/** Either style, with or without the Z; a timestamp without zone is then taken as UTC. */
export const parseAnyTimestamp = (text: string): TimePoint | undefined =>
  parseTimestamp(text, 'sql', false) ??
  parseTimestamp(text, 'iso', false) ??
  parseTimestamp(text, 'sql', true) ??
  parseTimestamp(text, 'iso', true);

function timeOf(match: RegExpExecArray, at: number, allow24: boolean): TimePoint | undefined {
  const [hour, minute, second] = [Number(match[at]), Number(match[at + 1]), Number(match[at + 2] ?? 0)];
  const fraction = Number((match[at + 3] ?? '').padEnd(9, '0'));
  if (minute > 59 || second > 59) return undefined;
  if (hour > 23 && !(allow24 && hour === 24 && minute === 0 && second === 0 && fraction === 0)) return undefined;
  const ms = Math.floor(fraction / 1e6);
  return { ms: (hour * 60 + minute) * 60_000 + second * 1000 + ms, nanos: fraction - ms * 1e6 };
}

/** The Value of a TIMESTAMP or TIMESTAMP_LTZ column: milliseconds (p <= 3) or nanoseconds; digits beyond the precision are cut off. */
export function timestampValue(point: TimePoint, type: DataType): Value {
  const precision = 'precision' in type ? type.precision : 3;
  if (precision <= 3) {
    const unit = 10 ** (3 - precision);
    return unit === 1 ? point.ms : Math.floor(point.ms / unit) * unit;
  }
  const unit = 10 ** (9 - precision);
  return BigInt(point.ms) * 1_000_000n + BigInt(point.nanos - (point.nanos % unit));
}

const pad = (n: number, width: number): string => String(n).padStart(width, '0');

/** `2024-01-31`; years beyond 9999 with a sign, as ISO_LOCAL_DATE writes them. */
export function formatDate(days: number): string {
  const { year, month, day } = dateOfDays(days);
  const text = year > 9999 ? `+${year}` : year < 0 ? `-${pad(-year, 4)}` : pad(year, 4);
  return `${text}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** `10:11:12[.3]`: as many digits of the fraction as are not zero. */
export function formatTime(msOfDay: number, nanos = 0): string {
  const seconds = Math.floor(msOfDay / 1000);
  const text = `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
  const fraction = (msOfDay - seconds * 1000) * 1e6 + nanos;
  return fraction === 0 ? text : `${text}.${pad(fraction, 9).replace(/0+$/, '')}`;
}

/** Date and time with `separator` between them; no zone. */
export function formatTimestamp(ms: number, nanos: number, separator: ' ' | 'T'): string {
  const days = Math.floor(ms / MS_PER_DAY);
  return formatDate(days) + separator + formatTime(ms - days * MS_PER_DAY, nanos);
}
