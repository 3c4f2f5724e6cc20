/**
 * FLOOR and CEIL of times to a unit. Weeks begin on Sunday. TIMESTAMP_LTZ is rounded on the wall clock of the session.
 * CEIL to a week and above looks at the date alone: a time of day does not lift the first day of a month (as Flink), and CEIL(DATE TO DAY)
 * is the next day (as Flink). Before 1970 the start is that of the unit the timestamp lies in; Flink 2.3 errs there for months and above.
 */
import { civilOf, daysOf, MS_PER_DAY } from '../types/calendar.ts';
import type { ScalarFunction } from './function.ts';
import { defineScalar, type Closure, type ScalarSpec } from './scalar-define.ts';
import { fromLocalMillis, localMillisOf, nanosOf, sessionZone, timePoint } from './scalar-time-value.ts';

type Direction = 'FLOOR' | 'CEIL';

/** The first day of the unit in which a day lies. */
const dayFloors: Readonly<Record<string, (days: number) => number>> = {
  WEEK: (days) => days - ((((days + 4) % 7) + 7) % 7),
  MONTH: (days) => {
    const { year, month } = civilOf(days);
    return daysOf(year, month, 1);
  },
  QUARTER: (days) => {
    const { year, month } = civilOf(days);
    return daysOf(year, month - ((month - 1) % 3), 1);
  },
  YEAR: (days) => daysOf(civilOf(days).year, 1, 1),
  DECADE: (days) => daysOf(Math.floor(civilOf(days).year / 10) * 10, 1, 1),
  CENTURY: (days) => daysOf(Math.floor((civilOf(days).year - 1) / 100) * 100 + 1, 1, 1),
  MILLENNIUM: (days) => daysOf(Math.floor((civilOf(days).year - 1) / 1000) * 1000 + 1, 1, 1),
};
/** The first day after the unit that begins at a day. */
const dayNexts: Readonly<Record<string, (start: number) => number>> = {
  WEEK: (start) => start + 7,
  MONTH: (start) => dayFloors['MONTH']!(start + 31),
  QUARTER: (start) => dayFloors['MONTH']!(start + 93),
  YEAR: (start) => daysOf(civilOf(start).year + 1, 1, 1),
  DECADE: (start) => daysOf(civilOf(start).year + 10, 1, 1),
  CENTURY: (start) => daysOf(civilOf(start).year + 100, 1, 1),
  MILLENNIUM: (start) => daysOf(civilOf(start).year + 1000, 1, 1),
};
/** Units of a fixed length, in nanoseconds. */
const lengths: Readonly<Record<string, number>> = {
  DAY: MS_PER_DAY * 1e6,
  HOUR: 3_600_000e6,
  MINUTE: 60_000e6,
  SECOND: 1000e6,
  MILLISECOND: 1e6,
  MICROSECOND: 1e3,
  NANOSECOND: 1,
};

function roundDays(days: number, unit: string, direction: Direction): number {
  const floor = dayFloors[unit];
  if (floor === undefined) return unit === 'DAY' && direction === 'CEIL' ? days + 1 : days;
  const start = floor(days);
  // The first day of a century or millennium is lifted to the next one, as in Flink.
  const isStart = start === days && unit !== 'CENTURY' && unit !== 'MILLENNIUM';
  return direction === 'FLOOR' || isStart ? start : dayNexts[unit]!(start);
}

/** Rounds milliseconds with nanoseconds within, by a unit of at most a day. */
function roundClock(
  ms: number,
  nanos: number,
  length: number,
  direction: Direction,
): readonly [ms: number, nanos: number] {
  if (length < 1e6) {
    const steps = nanos / length;
    const rounded = (direction === 'FLOOR' ? Math.floor(steps) : Math.ceil(steps)) * length;
    return rounded >= 1e6 ? [ms + 1, 0] : [ms, rounded];
  }
  const unit = length / 1e6;
  const start = Math.floor(ms / unit) * unit;
  // As Flink: what is smaller than a millisecond does not lift a second.
  const isStart = start === ms && (nanos === 0 || unit > 1);
  return [direction === 'FLOOR' || isStart ? start : start + unit, 0];
}

function rounder(direction: Direction): NonNullable<ScalarSpec['implement']> {
  return ({ argTypes, type, options }, context): Closure => {
    const unit = String(options['unit']);
    const [source] = argTypes;
    if (source!.kind === 'DATE') return (days: number) => roundDays(days, unit, direction);
    const zone = sessionZone(context);
    const local = localMillisOf(source!, zone);
    const nanos = nanosOf(source!);
    const make = fromLocalMillis(type, zone);
    if (unit in dayFloors) {
      if (source!.kind === 'TIME') return (value: number) => value;
      return (value) => make(roundDays(Math.floor(local(value) / MS_PER_DAY), unit, direction) * MS_PER_DAY, 0);
    }
    if (source!.kind === 'TIME') {
      if (unit === 'DAY') return (value: number) => value;
      // The hour after 23:30 is midnight: a time of day cannot be 24:00 (Flink 2.3 fails when it shows it).
      return (value: number) => roundClock(value, 0, lengths[unit]!, direction)[0] % MS_PER_DAY;
    }
    return (value) => {
      const [ms, rest] = roundClock(local(value), nanos(value), lengths[unit]!, direction);
      return make(ms, rest);
    };
  };
}

function ofTime(direction: Direction): ScalarFunction {
  const inner = defineScalar({
    name: direction,
    signature: `${direction}(time TO unit)`,
    summary:
      direction === 'FLOOR'
        ? 'The start of the unit.'
        : 'The end of the unit, or the time itself when one begins with it.',
    params: [[timePoint]],
    returns: (types) => types[0]!,
    implement: rounder(direction),
  });
  const known = (unit: string): boolean => unit in dayFloors || unit in lengths;
  return {
    ...inner,
    resolve: (args, options) => (known(String(options['unit'])) ? inner.resolve(args, options) : undefined),
  };
}

/** FLOOR and CEIL when options.unit is given; the functions for numbers are in scalar-math.ts. */
export const floorTime = ofTime('FLOOR');
export const ceilTime = ofTime('CEIL');
