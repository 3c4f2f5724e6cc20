/**
 * Text as a wall clock by a DateTimeFormatter pattern, as TO_TIMESTAMP and TO_TIMESTAMP_LTZ read it: java.time's "smart" resolution, what
 * the pattern does not name is 1970-01-01 00:00:00. An offset or zone in the text is read and has no effect, as in Flink.
 * Adjacent fields share their digits by Java's rule: in yyyyMMdd the year takes what the fixed widths after it leave.
 */
import { MillraceError } from '../errors.ts';
import { daysInMonth, daysOf, isLeapYear, MS_PER_DAY } from '../types/calendar.ts';
import type { ParsedTimestamp } from '../types/parse.ts';
import { dayNames, monthNames, parseDatePattern, quarterNames, type PatternPart } from './java-datetime-pattern.ts';

/** Gives undefined where Java throws DateTimeException. */
export type ClockParser = (text: string) => ParsedTimestamp | undefined;

type Fields = Map<string, number>;
interface State {
  readonly text: string;
  at: number;
  fields: Fields;
}
/** Reads one part; false when the text does not fit. */
type Step = (state: State) => boolean;

/** The parser of a pattern. Throws SQL_LITERAL for what is no pattern, SQL_UNSUPPORTED for letters that cannot be read. */
export function timeParser(pattern: string): ClockParser {
  const steps = compileSteps(parseDatePattern(pattern, 'time'));
  return (text) => {
    const state: State = { text, at: 0, fields: new Map() };
    return steps.every((step) => step(state)) && state.at === text.length ? resolve(state.fields) : undefined;
  };
}

/** A number while its neighbours are still unknown. */
interface NumberStep {
  readonly field: string;
  readonly min: number;
  readonly max: number;
  /** normal: - allowed; never: digits alone; exceeds: + when there are more than `min` digits. */
  readonly sign: 'normal' | 'never' | 'exceeds';
  readonly fraction: boolean;
  /** What is added to the number: the century of years of two digits. */
  readonly base: number;
  /** Digits that belong to the fixed numbers after it. */
  reserved: number;
}

function compileSteps(parts: readonly PatternPart[]): readonly Step[] {
  const steps: Step[] = [];
  let active: NumberStep | undefined;
  for (const part of parts) {
    const number = part.kind === 'field' ? numberStep(part.letter, part.count) : undefined;
    if (number !== undefined) {
      const isFixed = number.min === number.max && number.sign === 'never';
      if (active !== undefined && isFixed) {
        active.reserved += number.max;
      } else {
        active = number;
      }
      steps.push((state) => readNumber(state, number));
      continue;
    }
    active = undefined;
    steps.push(otherStep(part));
  }
  return steps;
}

/** Letters that are read as numbers; undefined for the others. */
function numberStep(letter: string, count: number): NumberStep | undefined {
  const make = (min: number, max: number, sign: NumberStep['sign'], fraction = false): NumberStep => ({
    field: fieldNames[letter] ?? letter,
    min,
    max,
    sign,
    fraction,
    base: 0,
    reserved: 0,
  });
  switch (letter) {
    case 'u':
    case 'y':
    case 'Y':
      if (count === 2) return { ...make(2, 2, 'never'), base: 2000 };
      return make(count, 19, count < 4 ? 'normal' : 'exceeds');
    case 'M':
    case 'L':
    case 'Q':
    case 'q':
    case 'e':
    case 'c':
      if (count > 2) return undefined;
      return count === 1 ? make(1, 19, 'normal') : make(2, 2, 'never');
    case 'S':
      return make(count, count, 'never', true);
    case 'D':
      return count === 1 ? make(1, 19, 'normal') : make(count, 3, 'never');
    case 'A':
    case 'n':
    case 'N':
      return make(count, 19, 'never');
    case 'd':
    case 'H':
    case 'h':
    case 'k':
    case 'K':
    case 'm':
    case 's':
    case 'w':
    case 'W':
    case 'F':
      return count === 1 ? make(1, 19, 'normal') : make(2, 2, 'never');
    default:
      return undefined;
  }
}
const fieldNames: Readonly<Record<string, string>> = { L: 'M', q: 'Q', c: 'e', n: 'S' };

function readNumber(state: State, step: NumberStep): boolean {
  const { text } = state;
  let start = state.at;
  const sign = text.charAt(start);
  if (sign === '+' || sign === '-') {
    if (step.sign === 'never' || (step.sign === 'normal' && sign === '+')) return false;
    start++;
  }
  const digits = /\d*/y;
  digits.lastIndex = start;
  const found = digits.exec(text)![0].length;
  let length = Math.min(found, step.max + step.reserved);
  if (step.reserved > 0) length = Math.max(step.min, length - step.reserved);
  length = Math.min(length, found, step.max);
  if (length < step.min) return false;
  if (step.sign === 'exceeds' && sign !== '-' && (sign === '+') !== length > step.min) return false;
  const written = text.slice(start, start + length);
  const value = Number(written);
  if (sign === '-' && value === 0) return false;
  state.at = start + length;
  return set(
    state,
    step.field,
    step.fraction ? Number(written.padEnd(9, '0')) : step.base + (sign === '-' ? -value : value),
  );
}

/** A field that is given twice must be the same. */
function set({ fields }: State, name: string, value: number): boolean {
  const known = fields.get(name);
  fields.set(name, value);
  return known === undefined || known === value;
}

function otherStep(part: PatternPart): Step {
  switch (part.kind) {
    case 'literal':
      return (state) => {
        if (!state.text.startsWith(part.text, state.at)) return false;
        state.at += part.text.length;
        return true;
      };
    case 'optional': {
      const steps = compileSteps(part.parts);
      return (state) => {
        const trial: State = { ...state, fields: new Map(state.fields) };
        if (steps.every((step) => step(trial))) Object.assign(state, trial);
        return true;
      };
    }
    default:
      return textStep(part.letter, part.count);
  }
}

const short = (names: readonly string[]): readonly string[] => names.map((name) => name.slice(0, 3));

function textStep(letter: string, count: number): Step {
  switch (letter) {
    case 'M':
    case 'L':
      return nameStep('M', count === 4 ? monthNames : narrowless(letter, count, short(monthNames)), 1);
    case 'E':
    case 'e':
    case 'c':
      return nameStep('E', count === 4 ? dayNames : narrowless(letter, count, short(dayNames)), 1);
    case 'a':
      return nameStep('a', ['AM', 'PM'], 0);
    case 'G':
      return nameStep('G', count === 4 ? ['Before Christ', 'Anno Domini'] : narrowless(letter, count, ['BC', 'AD']), 0);
    case 'Q':
    case 'q':
      return nameStep('Q', count === 4 ? quarterNames : narrowless(letter, count, ['Q1', 'Q2', 'Q3', 'Q4']), 1);
    case 'X':
    case 'x':
    case 'Z':
      return offsetStep(letter, count);
    case 'V':
    case 'z':
      return regexStep(/[A-Za-z][A-Za-z0-9~/._+-]*|[+-]\d\d:?\d\d|Z/y);
    default:
      throw new MillraceError('SQL_UNSUPPORTED', `the letter ${letter} in a date format cannot be read`);
  }
}

function narrowless(letter: string, count: number, names: readonly string[]): readonly string[] {
  if (count !== 5) return names;
  throw new MillraceError(
    'SQL_UNSUPPORTED',
    `five letters ${letter} in a date format cannot be read: one letter is ambiguous`,
  );
}

function nameStep(field: string, names: readonly string[], first: number): Step {
  const byLength = names.map((name, i) => [name, i + first] as const).sort(([a], [b]) => b.length - a.length);
  return (state) => {
    const found = byLength.find(([name]) => state.text.startsWith(name, state.at));
    if (found === undefined) return false;
    state.at += found[0].length;
    return set(state, field, found[1]);
  };
}

function offsetStep(letter: string, count: number): Step {
  if (letter === 'Z' && count === 4) return regexStep(/GMT(?:[+-]\d\d:\d\d(?::\d\d)?)?/y);
  if (letter === 'Z' && count === 5) return regexStep(/Z|[+-]\d\d:\d\d(?::\d\d)?/y);
  const digits =
    letter === 'Z'
      ? '\\d\\d\\d\\d'
      : ['\\d\\d(?:\\d\\d)?', '\\d\\d\\d\\d', '\\d\\d:\\d\\d', '\\d\\d\\d\\d(?:\\d\\d)?', '\\d\\d:\\d\\d(?::\\d\\d)?'][
          count - 1
        ]!;
  return regexStep(new RegExp(`${letter === 'X' ? 'Z|' : ''}[+-]${digits}`, 'y'));
}

function regexStep(regex: RegExp): Step {
  return (state) => {
    regex.lastIndex = state.at;
    if (regex.exec(state.text) === null) return false;
    state.at = regex.lastIndex;
    return true;
  };
}

const ranges: readonly (readonly [string, number, number])[] = [
  ['M', 1, 12],
  ['d', 1, 31],
  ['H', 0, 24],
  ['k', 1, 24],
  ['K', 0, 11],
  ['h', 1, 12],
  ['m', 0, 59],
  ['s', 0, 59],
  ['A', 0, MS_PER_DAY - 1],
  ['w', 1, 54],
  ['e', 1, 7],
];

function resolve(fields: Fields): ParsedTimestamp | undefined {
  for (const [name, min, max] of ranges) {
    const value = fields.get(name);
    if (value !== undefined && (value < min || value > max)) return undefined;
  }
  const date = resolveDate(fields);
  if (Number.isNaN(yearOf(fields)) || Number.isNaN(date)) return undefined;
  const time = resolveTime(fields, date !== undefined);
  const days = date ?? partialDate(fields);
  if (time === undefined || days === undefined) return undefined;
  const weekday = fields.get('E');
  if (date !== undefined && weekday !== undefined && weekday !== ((((date + 3) % 7) + 7) % 7) + 1) return undefined;
  return { ms: days * MS_PER_DAY + time.ms, nanos: time.nanos };
}

/** The year of the era and the year count alike; NaN when they contradict each other. */
function yearOf(fields: Fields): number | undefined {
  const ofEra = fields.get('y');
  const counted = ofEra !== undefined && fields.get('G') === 0 ? 1 - ofEra : ofEra;
  const year = fields.get('u') ?? counted;
  return counted !== undefined && counted !== year ? NaN : year;
}

/** The day number (NaN for a day that there is not), when the fields name one: year, month and day; year and day of year; week year, week and weekday. */
function resolveDate(fields: Fields): number | undefined {
  const year = yearOf(fields);
  const month = fields.get('M');
  const day = fields.get('d');
  if (year !== undefined && month !== undefined && day !== undefined) {
    return daysOf(year, month, Math.min(day, daysInMonth(year, month)));
  }
  const dayOfYear = fields.get('D');
  if (year !== undefined && dayOfYear !== undefined) {
    const isDay = dayOfYear >= 1 && dayOfYear <= (isLeapYear(year) ? 366 : 365);
    return isDay ? daysOf(year, 1, 1) + dayOfYear - 1 : NaN;
  }
  const weekYear = fields.get('Y');
  const week = fields.get('w');
  const weekday = fields.get('e') ?? (fields.has('E') ? (fields.get('E')! % 7) + 1 : undefined);
  if (weekYear === undefined || week === undefined || weekday === undefined) return undefined;
  const first = daysOf(weekYear, 1, 1);
  const sunday = first - ((((first + 4) % 7) + 7) % 7);
  return sunday + (week - 1) * 7 + weekday - 1;
}

/** A date from fields that name no whole one: what is missing is that of 1970-01-01; undefined when there is no such day. */
function partialDate(fields: Fields): number | undefined {
  const year = yearOf(fields) ?? 1970;
  const month = fields.get('M') ?? 1;
  const day = fields.get('d') ?? 1;
  return day > daysInMonth(year, month) ? undefined : daysOf(year, month, day);
}

function resolveTime(fields: Fields, hasDate: boolean): ParsedTimestamp | undefined {
  const whole = fields.get('N') ?? (fields.has('A') ? fields.get('A')! * 1e6 : undefined);
  if (whole !== undefined) {
    const nano = fields.get('S');
    return nano === undefined || nano === whole % 1e9 ? { ms: Math.floor(whole / 1e6), nanos: whole % 1e6 } : undefined;
  }
  const nano = fields.get('S') ?? 0;
  const minute = fields.get('m') ?? 0;
  const second = fields.get('s') ?? 0;
  const hour = hourOf(fields);
  if (hour === 24 && (minute > 0 || second > 0 || nano > 0)) return undefined;
  // 24:00 is the next midnight, if there is a date that can be moved.
  const hours = hour === 24 && !hasDate ? 0 : hour;
  return { ms: ((hours * 60 + minute) * 60 + second) * 1000 + Math.floor(nano / 1e6), nanos: nano % 1e6 };
}

/** The hour of the day; an hour of a half day without AM or PM says nothing, and AM or PM alone is the middle of that half. */
function hourOf(fields: Fields): number {
  const ofDay = fields.get('H');
  if (ofDay !== undefined) return ofDay;
  const clock = fields.get('k');
  if (clock !== undefined) return clock % 24;
  const ofHalf = fields.get('K') ?? (fields.has('h') ? fields.get('h')! % 12 : undefined);
  const half = fields.get('a');
  if (half === undefined) return 0;
  const isAlone = ofHalf === undefined && !['m', 's', 'S'].some((name) => fields.has(name));
  return ofHalf !== undefined ? half * 12 + ofHalf : isAlone ? half * 12 + 6 : 0;
}
