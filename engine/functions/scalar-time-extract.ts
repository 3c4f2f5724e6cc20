/**
 * EXTRACT and its short forms (YEAR, HOUR...). Weeks are those of ISO 8601; DOW counts from Sunday = 1, ISODOW from Monday = 1.
 * Before 1970 the fields are those that the timestamp shows; Flink 2.3 gives negative hours there, and seconds of DATEs that are not 0.
 *
 * EXTRACT: args (time or interval); options.unit as in the syntax tree ('YEAR', 'DOW', ...).
 */
import { civilOf, daysOf, MS_PER_DAY } from '../types/calendar.ts';
import { BIGINT, withNullable, type DataType } from '../types/type.ts';
import type { Argument, FunctionBinding, ScalarFunction } from './function.ts';
import type { EvalContext } from '../expr/expr.ts';
import type { Closure } from './scalar-define.ts';
import { localMillisOf, nanosOf, sessionZone } from './scalar-time-value.ts';

const dateUnits: Readonly<Record<string, (days: number) => number>> = {
  YEAR: (days) => civilOf(days).year,
  QUARTER: (days) => Math.floor((civilOf(days).month + 2) / 3),
  MONTH: (days) => civilOf(days).month,
  DAY: (days) => civilOf(days).day,
  DOY: (days) => days - daysOf(civilOf(days).year, 1, 1) + 1,
  DOW: (days) => (isoWeekday(days) % 7) + 1,
  ISODOW: isoWeekday,
  WEEK: (days) => Math.floor((days - isoYearStart(isoYear(days))) / 7) + 1,
  ISOYEAR: isoYear,
  DECADE: (days) => Math.trunc(civilOf(days).year / 10),
  CENTURY: (days) => period(civilOf(days).year, 100),
  MILLENNIUM: (days) => period(civilOf(days).year, 1000),
};
/** Of milliseconds of a day. */
const timeUnits: Readonly<Record<string, (ms: number) => number>> = {
  HOUR: (ms) => Math.floor(ms / 3_600_000),
  MINUTE: (ms) => Math.floor(ms / 60_000) % 60,
  SECOND: (ms) => Math.floor(ms / 1000) % 60,
  MILLISECOND: (ms) => ms % 1000,
};
const fractionUnits: Readonly<Record<string, number>> = { MICROSECOND: 1000, NANOSECOND: 1 };

/** 1 Monday to 7 Sunday. */
function isoWeekday(days: number): number {
  return ((((days + 3) % 7) + 7) % 7) + 1;
}

/** The Monday of the week with 4 January. */
function isoYearStart(year: number): number {
  const fourth = daysOf(year, 1, 4);
  return fourth - isoWeekday(fourth) + 1;
}

function isoYear(days: number): number {
  const { year } = civilOf(days);
  if (days < isoYearStart(year)) return year - 1;
  return days >= isoYearStart(year + 1) ? year + 1 : year;
}

/** The number of a century or millennium: 2000 belongs to the 20th, 2001 to the 21st. */
const period = (year: number, size: number): number =>
  year > 0 ? Math.floor((year + size - 1) / size) : -Math.floor((size - 1 - year) / size);

/** Fields are small numbers: one bigint each, made once. */
const small = Array.from({ length: 10_000 }, (_, i) => BigInt(i));
const big = (value: number): bigint => small[value] ?? BigInt(value);

function monthsExtractor(unit: string): ((months: number) => number) | undefined {
  switch (unit) {
    case 'YEAR':
      return (months) => Math.trunc(months / 12);
    case 'QUARTER':
      return (months) => Math.trunc((months % 12) / 3) + 1;
    case 'MONTH':
      return (months) => months % 12;
    default:
      return undefined;
  }
}

function millisExtractor(unit: string): ((ms: number) => number) | undefined {
  switch (unit) {
    case 'DAY':
      return (ms) => Math.trunc(ms / MS_PER_DAY);
    case 'HOUR':
      return (ms) => Math.trunc(ms / 3_600_000) % 24;
    case 'MINUTE':
      return (ms) => Math.trunc(ms / 60_000) % 60;
    case 'SECOND':
      return (ms) => Math.trunc(ms / 1000) % 60;
    case 'MILLISECOND':
      return (ms) => ms % 1000;
    default:
      return undefined;
  }
}

/** Whether a unit can be had of a type. */
function fits(type: DataType, unit: string): boolean {
  switch (type.kind) {
    case 'DATE':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return unit === 'EPOCH' || unit in dateUnits || unit in timeUnits || unit in fractionUnits;
    case 'TIME':
      return unit in timeUnits;
    case 'INTERVAL_YEAR_MONTH':
      return monthsExtractor(unit) !== undefined;
    case 'INTERVAL_DAY_TIME':
      return millisExtractor(unit) !== undefined;
    default:
      return false;
  }
}

function extractor(type: DataType, unit: string, context: EvalContext): Closure {
  if (type.kind === 'INTERVAL_YEAR_MONTH') return bigOf(monthsExtractor(unit)!);
  if (type.kind === 'INTERVAL_DAY_TIME') return bigOf(millisExtractor(unit)!);
  const local = localMillisOf(type, sessionZone(context));
  const ofDate = dateUnits[unit];
  if (ofDate !== undefined) return cachedByDay(ofDate, local);
  const ofTime = timeUnits[unit];
  if (ofTime !== undefined) {
    return (value) => {
      const ms = local(value);
      return big(ofTime(ms - Math.floor(ms / MS_PER_DAY) * MS_PER_DAY));
    };
  }
  if (unit === 'EPOCH') return (value) => BigInt(Math.trunc(local(value) / 1000) + 0);
  const nanos = nanosOf(type);
  const divisor = fractionUnits[unit]!;
  return (value) => {
    const ms = local(value);
    return BigInt(Math.floor(((ms - Math.floor(ms / 1000) * 1000) * 1_000_000 + nanos(value)) / divisor));
  };
}

const bigOf =
  (run: (value: number) => number): Closure =>
  (value: number) =>
    BigInt(run(value));

/** Times of a stream mostly stay on one day: its field is computed once. */
// oxlint-disable-next-line typescript/no-explicit-any -- the argument is a value of the argument's type
function cachedByDay(ofDate: (days: number) => number, local: (value: any) => number): Closure {
  let lastDay = NaN;
  let lastField = 0n;
  return (value) => {
    const day = Math.floor(local(value) / MS_PER_DAY);
    if (day !== lastDay) [lastDay, lastField] = [day, big(ofDate(day))];
    return lastField;
  };
}

function resolve(args: readonly Argument[], unit: string): Pick<FunctionBinding, 'argTypes' | 'type'> | undefined {
  const type = args[0]?.type;
  if (type === undefined || args.length > 1 || !fits(type, unit)) return undefined;
  return { argTypes: [type], type: withNullable(BIGINT, type.nullable) };
}

const extract: ScalarFunction = {
  name: 'EXTRACT',
  signature: 'EXTRACT(unit FROM time)',
  summary: 'One field of a date, a time, a timestamp or an interval.',
  nulls: 'strict',
  deterministic: true,
  resolve: (args, options) => resolve(args, String(options['unit'])),
  implement: ({ argTypes, options }, context) => extractor(argTypes[0]!, String(options['unit']), context),
};

function shortForm(name: string, unit: string, summary: string): ScalarFunction {
  return {
    name,
    signature: `${name}(time)`,
    summary,
    nulls: 'strict',
    deterministic: true,
    resolve: (args) => resolve(args, unit),
    implement: ({ argTypes }, context) => extractor(argTypes[0]!, unit, context),
  };
}

export const timeExtractFunctions: readonly ScalarFunction[] = [
  extract,
  shortForm('YEAR', 'YEAR', 'The year.'),
  shortForm('QUARTER', 'QUARTER', 'The quarter of the year, 1 to 4.'),
  shortForm('MONTH', 'MONTH', 'The month of the year, 1 to 12.'),
  shortForm('WEEK', 'WEEK', 'The ISO week of the year, 1 to 53.'),
  shortForm('DAYOFYEAR', 'DOY', 'The day of the year, 1 to 366.'),
  shortForm('DAYOFMONTH', 'DAY', 'The day of the month, 1 to 31.'),
  shortForm('DAYOFWEEK', 'DOW', 'The day of the week, 1 (Sunday) to 7.'),
  shortForm('HOUR', 'HOUR', 'The hour of the day, 0 to 23.'),
  shortForm('MINUTE', 'MINUTE', 'The minute of the hour, 0 to 59.'),
  shortForm('SECOND', 'SECOND', 'The second of the minute, 0 to 59.'),
];
