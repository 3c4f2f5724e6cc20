/**
 * Times as text by a pattern of Java's, compiled once. Two dialects: `time` is DateTimeFormatter over a wall clock without a zone (a zone
 * letter fails), `text` is SimpleDateFormat, which counts with Julian dates before 1582. English names; weeks begin on Sunday and the
 * first week of a year is the one with 1 January, as in the locale en-US.
 */
import { unreachable } from '../assert.ts';
import { MillraceError } from '../errors.ts';
import { civilOf, daysOf, MS_PER_DAY, type CivilDate } from '../types/calendar.ts';
import type { TimeZone } from '../types/time-zone.ts';
import {
  dayNames,
  monthNames,
  parseDatePattern,
  quarterNames,
  type Dialect,
  type PatternPart,
} from './java-datetime-pattern.ts';
import { hybridCivilOf, hybridDaysOf } from './java-julian.ts';
import { offsetText } from './java-zone.ts';

/** A wall clock: milliseconds since 1970-01-01T00:00 of that clock, and nanoseconds 0..999999 within the millisecond. */
export type ClockFormat = (ms: number, nanos: number) => string;

interface Clock extends CivilDate {
  readonly days: number;
  /** Milliseconds of the day. */
  readonly time: number;
  readonly nanos: number;
  /** The offset of the zone at that time, for SimpleDateFormat. */
  readonly offset: number;
}
interface Piece {
  /** What the text depends on; pieces of a day are written once a day. */
  readonly unit: 'day' | 'second' | 'nano';
  readonly write: (clock: Clock) => string;
}

/** The formatter of a DateTimeFormatter pattern. Throws SQL_LITERAL for what is no pattern. */
export function timeFormat(pattern: string): ClockFormat {
  return compile(pieces(parseDatePattern(pattern, 'time'), 'time', undefined), civilOf, () => 0);
}

/** The formatter of a SimpleDateFormat pattern; `zone` is for its zone letters, the clock is local already. */
export function simpleDateFormat(pattern: string, zone: TimeZone): ClockFormat {
  const offset = (ms: number): number => zone.offsetAt(zone.toInstant(ms));
  const list = pieces(parseDatePattern(pattern, 'text'), 'text', zone);
  const needsZone = /[zZX]/.test(pattern);
  return compile(list, hybridCivilOf, needsZone ? offset : () => 0);
}

function pieces(parts: readonly PatternPart[], dialect: Dialect, zone: TimeZone | undefined): readonly Piece[] {
  return parts.flatMap((part): readonly Piece[] => {
    switch (part.kind) {
      case 'literal':
        return [{ unit: 'day', write: () => part.text }];
      case 'optional':
        return pieces(part.parts, dialect, zone);
      case 'field':
        return [padded(field(part.letter, part.count, dialect, zone), part.pad)];
      default:
        return unreachable(part);
    }
  });
}

function padded(piece: Piece, width: number): Piece {
  return width === 0 ? piece : { ...piece, write: (clock) => piece.write(clock).padStart(width) };
}

/**
 * Joins the pieces. The text of the last second (or day, or nothing when fractions are shown) is kept: times of a stream mostly grow, and
 * a pattern such as yyyy-MM-dd costs one comparison a row.
 */
function compile(
  list: readonly Piece[],
  civil: (days: number) => CivilDate,
  offsetOf: (ms: number) => number,
): ClockFormat {
  const unit = list.some((piece) => piece.unit === 'nano')
    ? 0
    : list.some((piece) => piece.unit === 'second')
      ? 1000
      : MS_PER_DAY;
  let lastDay = NaN;
  let date: CivilDate = { year: 1970, month: 1, day: 1 };
  let dayTexts: readonly string[] = [];
  const write = (ms: number, nanos: number): string => {
    const days = Math.floor(ms / MS_PER_DAY);
    if (days !== lastDay) date = civil(days);
    const { year, month, day } = date;
    const time = ms - days * MS_PER_DAY;
    const clock: Clock = { year, month, day, days, time, nanos, offset: offsetOf(ms) };
    if (days !== lastDay) {
      dayTexts = list.map((piece) => (piece.unit === 'day' ? piece.write(clock) : ''));
      lastDay = days;
    }
    let text = '';
    for (let i = 0; i < list.length; i++) text += list[i]!.unit === 'day' ? dayTexts[i]! : list[i]!.write(clock);
    return text;
  };
  if (unit === 0) return write;
  let lastKey = NaN;
  let lastText = '';
  return (ms) => {
    const key = Math.floor(ms / unit);
    if (key === lastKey) return lastText;
    lastText = write(ms, 0);
    lastKey = key;
    return lastText;
  };
}

const number = (value: number, width: number): string =>
  value < 0
    ? `-${String(-value).padStart(width, '0')}`
    : value < 10 && width === 2
      ? `0${value}`
      : String(value).padStart(width, '0');
const pick = (names: readonly string[], index: number, length: 'short' | 'full' | 'narrow'): string =>
  length === 'full' ? names[index]! : names[index]!.slice(0, length === 'short' ? 3 : 1);
const lengthOf = (count: number): 'short' | 'full' | 'narrow' =>
  count === 4 ? 'full' : count === 5 ? 'narrow' : 'short';
const ofDay = (write: (clock: Clock) => string): Piece => ({ unit: 'day', write });
const ofSecond = (write: (clock: Clock) => string): Piece => ({ unit: 'second', write });
const ofNano = (write: (clock: Clock) => string): Piece => ({ unit: 'nano', write });

const hourOf = ({ time }: Clock): number => Math.floor(time / 3_600_000);
const nanoOfSecond = ({ time, nanos }: Clock): number => (time % 1000) * 1_000_000 + nanos;
/** 1 Monday to 7 Sunday. */
const isoWeekday = (days: number): number => ((((days + 3) % 7) + 7) % 7) + 1;
/** 1 Sunday to 7 Saturday. */
const usWeekday = (days: number): number => (isoWeekday(days) % 7) + 1;

/** Week of the year and the year that it belongs to, as in the United States. */
function usWeek({ days, year }: Clock): { week: number; weekYear: number } {
  const nextYear = daysOf(year + 1, 1, 1);
  if (days > nextYear - usWeekday(nextYear)) return { week: 1, weekYear: year + 1 };
  const first = daysOf(year, 1, 1);
  return { week: Math.floor((days - first + usWeekday(first) - 1) / 7) + 1, weekYear: year };
}

function usWeekOfMonth({ days, day }: Clock): number {
  return Math.floor((day - 1 + usWeekday(days - day + 1) - 1) / 7) + 1;
}

/** The letters that both dialects share, and then those that they read differently. */
function field(letter: string, count: number, dialect: Dialect, zone: TimeZone | undefined): Piece {
  const january = (year: number): number => (dialect === 'text' ? hybridDaysOf(year, 1, 1) : daysOf(year, 1, 1));
  switch (letter) {
    case 'y':
    case 'u':
    case 'Y':
      return letter === 'u' && dialect === 'text'
        ? ofDay(({ days }) => number(isoWeekday(days), count))
        : yearPiece(letter, count, dialect);
    case 'M':
    case 'L':
      if (count <= 2) return ofDay(({ month }) => number(month, count));
      return ofDay(({ month }) =>
        pick(monthNames, month - 1, dialect === 'text' ? (count === 3 ? 'short' : 'full') : lengthOf(count)),
      );
    case 'd':
      return ofDay(({ day }) => number(day, count));
    case 'D':
      return ofDay((clock) => number(clock.days - january(clock.year) + 1, count));
    case 'E':
      return ofDay(({ days }) =>
        pick(dayNames, isoWeekday(days) - 1, dialect === 'text' ? (count < 4 ? 'short' : 'full') : lengthOf(count)),
      );
    case 'w':
      return ofDay((clock) => number(usWeek(clock).week, count));
    case 'W':
      return ofDay((clock) => number(usWeekOfMonth(clock), count));
    case 'F':
      return ofDay(({ day }) =>
        number(dialect === 'text' ? Math.floor((day - 1) / 7) + 1 : ((day - 1) % 7) + 1, count),
      );
    case 'G':
      return ofDay(({ year }) => eraText(year, dialect === 'text' ? 3 : count));
    case 'a':
      return ofSecond((clock) => (hourOf(clock) < 12 ? 'AM' : 'PM'));
    case 'H':
      return ofSecond((clock) => number(hourOf(clock), count));
    case 'k':
      return ofSecond((clock) => number(hourOf(clock) || 24, count));
    case 'K':
      return ofSecond((clock) => number(hourOf(clock) % 12, count));
    case 'h':
      return ofSecond((clock) => number(hourOf(clock) % 12 || 12, count));
    case 'm':
      return ofSecond(({ time }) => number(Math.floor(time / 60_000) % 60, count));
    case 's':
      return ofSecond(({ time }) => number(Math.floor(time / 1000) % 60, count));
    case 'S':
      if (dialect === 'text') return ofNano(({ time }) => number(time % 1000, count));
      return ofNano((clock) => String(nanoOfSecond(clock)).padStart(9, '0').slice(0, count));
    default:
      return dialect === 'text' ? zonePiece(letter, count, zone!) : timeField(letter, count);
  }
}

function yearPiece(letter: string, count: number, dialect: Dialect): Piece {
  const value = (clock: Clock): number => {
    if (letter === 'Y') return usWeek(clock).weekYear;
    return letter === 'y' && clock.year <= 0 ? 1 - clock.year : clock.year;
  };
  if (count === 2) return ofDay((clock) => number(Math.abs(value(clock)) % 100, 2));
  if (dialect === 'text') return ofDay((clock) => number(value(clock), count));
  return ofDay((clock) => {
    const year = value(clock);
    return (count >= 4 && year >= 10 ** count ? '+' : '') + number(year, count);
  });
}

function eraText(year: number, count: number): string {
  if (count === 4) return year > 0 ? 'Anno Domini' : 'Before Christ';
  return (year > 0 ? 'AD' : 'BC').slice(0, count === 5 ? 1 : 2);
}

/** Letters of DateTimeFormatter alone. */
function timeField(letter: string, count: number): Piece {
  switch (letter) {
    case 'Q':
    case 'q':
      return ofDay(({ month }) => quarterText(Math.floor((month - 1) / 3), count));
    case 'e':
    case 'c':
      if (count <= 2) return ofDay(({ days }) => number(usWeekday(days), count));
      return ofDay(({ days }) => pick(dayNames, isoWeekday(days) - 1, lengthOf(count)));
    case 'A':
      return ofNano(({ time }) => number(time, count));
    case 'n':
      return ofNano((clock) => number(nanoOfSecond(clock), count));
    case 'N':
      return ofNano(({ time, nanos }) => String(BigInt(time) * 1_000_000n + BigInt(nanos)).padStart(count, '0'));
    case 'B':
    case 'g':
      throw new MillraceError('SQL_UNSUPPORTED', `the letter ${letter} in a date format is not supported`);
    default:
      throw new MillraceError(
        'SQL_LITERAL',
        `the letter ${letter} in a date format needs a time zone, which the value has not`,
      );
  }
}

function quarterText(index: number, count: number): string {
  if (count <= 2) return number(index + 1, count);
  return count === 3 ? `Q${index + 1}` : count === 4 ? quarterNames[index]! : String(index + 1);
}

/** Z X of SimpleDateFormat show the offset, z the zone's name: known for UTC and where the platform has Java's abbreviation. */
function zonePiece(letter: string, count: number, zone: TimeZone): Piece {
  if (letter !== 'z') return ofSecond(({ offset }) => offsetText(offset, letter, count));
  const isUtc = zone.fixed === 0;
  if (isUtc) return ofDay(() => (count >= 4 ? 'Coordinated Universal Time' : 'UTC'));
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone.fixed === undefined ? zone.id : 'UTC',
    timeZoneName: count >= 4 ? 'long' : 'short',
  });
  return ofSecond(({ days, time, offset }) => {
    const name = format
      .formatToParts(days * MS_PER_DAY + time - offset)
      .find((part) => part.type === 'timeZoneName')!.value;
    if (zone.fixed !== undefined || name.startsWith('GMT')) {
      throw new MillraceError(
        'SQL_UNSUPPORTED',
        `the letter z in a date format is not supported in the zone ${zone.id}`,
        {
          hint: 'X shows the offset',
        },
      );
    }
    return name;
  });
}
