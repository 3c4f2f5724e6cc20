/**
 * TIMESTAMPADD, TIMESTAMPDIFF and OVERLAPS.
 *
 * TIMESTAMPADD: args (count, time); options.unit. TIMESTAMPDIFF: args (from, to); options.unit.
 * OVERLAPS: args (start1, end1, start2, end2), where an end may be an interval after its start.
 *
 * TIMESTAMPDIFF in MILLISECOND and smaller units counts them; Flink 2.3 counts whole seconds there, and takes 20 years for 20 decades.
 */
import { assert } from '../assert.ts';
import { MillraceError } from '../errors.ts';
import { addMonthsToDays, addMonthsToMs, MS_PER_DAY } from '../types/calendar.ts';
import {
  BIGINT,
  BOOLEAN,
  INT,
  isInteger,
  isInterval,
  isTimestamp,
  TIMESTAMP,
  withNullable,
  type DataType,
} from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { ScalarFunction } from './function.ts';
import { asBigint, defineScalar, strictly, type Closure, type Parameter } from './scalar-define.ts';
import { fromMillis, millisOf, nanosOf, timePoint } from './scalar-time-value.ts';

const monthUnits: Readonly<Record<string, number>> = {
  MONTH: 1,
  QUARTER: 3,
  YEAR: 12,
  DECADE: 120,
  CENTURY: 1200,
  MILLENNIUM: 12_000,
};
const milliUnits: Readonly<Record<string, number>> = {
  WEEK: 7 * MS_PER_DAY,
  DAY: MS_PER_DAY,
  HOUR: 3_600_000,
  MINUTE: 60_000,
  SECOND: 1000,
  MILLISECOND: 1,
};
const nanoUnits: Readonly<Record<string, bigint>> = { MICROSECOND: 1000n, NANOSECOND: 1n };

/** A DATE with hours becomes a TIMESTAMP(6), a TIMESTAMP with milliseconds has three digits at least. */
function shiftedType(time: DataType, unit: string): DataType {
  const isWithinDay = unit in milliUnits && milliUnits[unit]! < MS_PER_DAY;
  if (time.kind === 'DATE' && isWithinDay) return withNullable(TIMESTAMP(6), time.nullable);
  if (unit !== 'MILLISECOND' || !isTimestamp(time)) return time;
  const { precision } = time as Extract<DataType, { precision: number }>;
  return { ...time, precision: Math.max(3, precision) } as DataType;
}

function shifter(source: DataType, type: DataType, unit: string): Closure {
  const months = monthUnits[unit];
  const step = milliUnits[unit] ?? 0;
  if (source.kind === 'TIME') {
    if (months !== undefined) return (_count: bigint, time: number) => time;
    return (count: bigint, time: number) => (((time + Number(count) * step) % MS_PER_DAY) + MS_PER_DAY) % MS_PER_DAY;
  }
  if (source.kind === 'DATE' && type.kind === 'DATE') {
    if (months !== undefined) return (count: bigint, days: number) => addMonthsToDays(days, Number(count) * months);
    return (count: bigint, days: number) => days + Number(count) * (step / MS_PER_DAY);
  }
  const [millis, nanos, make] = [millisOf(source), nanosOf(source), fromMillis(type)];
  if (months !== undefined) {
    return (count: bigint, time) => make(addMonthsToMs(millis(time), Number(count) * months), nanos(time));
  }
  return (count: bigint, time) => make(millis(time) + Number(count) * step, nanos(time));
}

const timestampAdd: ScalarFunction = {
  ...defineScalar({
    name: 'TIMESTAMPADD',
    signature: 'TIMESTAMPADD(unit, count, time)',
    summary: 'The time that many units later. A day that a month has not becomes its last one.',
    params: [[asBigint, timePoint]],
    returns: ([count, time], _args, { unit }) =>
      withNullable(shiftedType(time!, String(unit)), count!.nullable || time!.nullable),
    check: ([, time], { unit }) => {
      const isFine = unit === 'MILLISECOND' && time!.type.kind === 'DATE';
      if (!isFine && (String(unit) in monthUnits || String(unit) in milliUnits)) return;
      throw new MillraceError(
        'SQL_TYPE',
        `TIMESTAMPADD in the unit ${String(unit)} is not supported for ${time!.type.kind}`,
      );
    },
    implement: ({ argTypes, type, options }) => shifter(argTypes[1]!, type, String(options['unit'])),
  }),
};

/** Whole months from one time to another, toward zero; the days and times of day decide about the last one. */
function monthsBetween(from: number, to: number): number {
  const [first, last] = [Math.floor(from / MS_PER_DAY), Math.floor(to / MS_PER_DAY)];
  const months = last < first ? -wholeMonths(last, first) : wholeMonths(first, last);
  const isEarlier = to - last * MS_PER_DAY < from - first * MS_PER_DAY;
  return isEarlier && addMonthsToDays(first, months) === last ? months - 1 : months;
}

/** As Calcite: the months after which the first day has come as far as the last; 31 January to 29 February is one. */
function wholeMonths(first: number, last: number): number {
  let months = Math.floor((last - first) / 31);
  while (addMonthsToDays(first, months) < last && addMonthsToDays(first, months + 1) <= last) months++;
  return months;
}

/** Results are 32-bit and wrap around, as in Flink. */
function differ([from, to]: readonly DataType[], unit: string): Closure {
  const [millisFrom, millisTo] = [millisOf(from!), millisOf(to!)];
  const months = monthUnits[unit];
  if (months !== undefined) {
    return (a, b) => Math.trunc(monthsBetween(millisFrom(a), millisTo(b)) / months) | 0;
  }
  const step = milliUnits[unit];
  if (step !== undefined) return (a, b) => Math.trunc((millisTo(b) - millisFrom(a)) / step) | 0;
  const [nanosFrom, nanosTo] = [nanosOf(from!), nanosOf(to!)];
  return (a, b) => {
    const difference = BigInt(millisTo(b) - millisFrom(a)) * 1_000_000n + BigInt(nanosTo(b) - nanosFrom(a));
    const count = difference / nanoUnits[unit]!;
    return unit === 'NANOSECOND' ? BigInt.asIntN(64, count) : Number(BigInt.asIntN(32, count));
  };
}

const timestampDiff = defineScalar({
  name: 'TIMESTAMPDIFF',
  signature: 'TIMESTAMPDIFF(unit, from, to)',
  summary: 'How many whole units lie between two times; negative when the second is earlier.',
  params: [[timePoint, timePoint]],
  returns: (types, args, options) => strictly(options['unit'] === 'NANOSECOND' ? BIGINT : INT)(types, args, options),
  check: ([from, to], { unit }) => {
    const zoned = [from, to].filter((arg) => arg!.type.kind === 'TIMESTAMP_LTZ').length;
    if (zoned === 1) {
      throw new MillraceError('SQL_TYPE', 'TIMESTAMP_LTZ only supports diff between the same type', {
        hint: 'CAST one of them',
      });
    }
    if (String(unit) in monthUnits || String(unit) in milliUnits || String(unit) in nanoUnits) return;
    throw new MillraceError('SQL_TYPE', `TIMESTAMPDIFF in the unit ${String(unit)} is not supported`);
  },
  implement: ({ argTypes, options }) => differ(argTypes, String(options['unit'])),
});

/** A time point, or an interval after one. */
const end: Parameter = {
  fit: (type) => timePoint.fit(type) ?? (isInterval(type) ? type : undefined),
  whenNull: timePoint.whenNull,
};

/** The end of a period in milliseconds, given its start. */
function endOf(start: DataType, type: DataType): (from: number, value: Value) => number {
  if (type.kind === 'INTERVAL_YEAR_MONTH') return (from, value) => addMonthsToMs(from, value as number);
  if (type.kind === 'INTERVAL_DAY_TIME') return (from, value) => from + (value as number);
  assert(!isInteger(start), 'a period starts with a time');
  const millis = millisOf(type);
  return (_from, value) => millis(value);
}

const overlaps = defineScalar({
  name: 'OVERLAPS',
  signature: '(start1, end1) OVERLAPS (start2, end2)',
  summary: 'Whether two periods have a time in common; their ends belong to them, and may be given in any order.',
  params: [[timePoint, end, timePoint, end]],
  returns: strictly(BOOLEAN),
  check: ([first, , second]) => {
    if ((first!.type.kind === 'TIME') === (second!.type.kind === 'TIME')) return;
    throw new MillraceError(
      'SQL_TYPE',
      'OVERLAPS takes two periods of the same kind, not one of times and one of dates',
    );
  },
  implement: ({ argTypes: [start1, end1, start2, end2] }) => {
    const [millis1, millis2] = [millisOf(start1!), millisOf(start2!)];
    const [toEnd1, toEnd2] = [endOf(start1!, end1!), endOf(start2!, end2!)];
    return (a: Value, b: Value, c: Value, d: Value) => {
      const [from1, from2] = [millis1(a), millis2(c)];
      const [to1, to2] = [toEnd1(from1, b), toEnd2(from2, d)];
      return Math.max(from1, to1) >= Math.min(from2, to2) && Math.max(from2, to2) >= Math.min(from1, to1);
    };
  },
});

export const timeShiftFunctions: readonly ScalarFunction[] = [timestampAdd, timestampDiff, overlaps];
