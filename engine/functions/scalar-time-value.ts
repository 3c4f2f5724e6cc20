/** Values of DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ as a wall clock, and back. */
import { MS_PER_DAY } from '../types/calendar.ts';
import { timeZone, type TimeZone } from '../types/time-zone.ts';
import { DATE, INT, TIME, TIMESTAMP, isTimestamp, type DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { EvalContext } from '../expr/expr.ts';
import type { Parameter } from './scalar-define.ts';

const isTimePoint = (type: DataType): boolean => type.kind === 'DATE' || type.kind === 'TIME' || isTimestamp(type);

/** DATE, TIME, TIMESTAMP or TIMESTAMP_LTZ, as it is. */
export const timePoint: Parameter = { fit: (type) => (isTimePoint(type) ? type : undefined), whenNull: TIMESTAMP(3) };
export const dateOnly: Parameter = { fit: (type) => (type.kind === 'DATE' ? type : undefined), whenNull: DATE };
export const timeOnly: Parameter = { fit: (type) => (type.kind === 'TIME' ? type : undefined), whenNull: TIME() };
export const timestampOnly: Parameter = {
  fit: (type) => (isTimestamp(type) ? type : undefined),
  whenNull: TIMESTAMP(3),
};
export const interval: Parameter = {
  fit: (type) => (type.kind === 'INTERVAL_DAY_TIME' || type.kind === 'INTERVAL_YEAR_MONTH' ? type : undefined),
  whenNull: INT,
};

const NANOS = 1_000_000n;

/** The zone of TIMESTAMP_LTZ values: that of the session. */
export const sessionZone = (context: EvalContext): TimeZone => timeZone(context.timeZone);

/** Whole milliseconds of a value: since the epoch (an instant for TIMESTAMP_LTZ), of the day for TIME. */
// oxlint-disable-next-line typescript/no-explicit-any -- the argument is a value of `type`
export function millisOf(type: DataType): (value: any) => number {
  if (type.kind === 'DATE') return (value: number) => value * MS_PER_DAY;
  if (!isWide(type)) return (value: number) => value;
  return (value: bigint) => {
    const rest = value % NANOS;
    return Number((rest < 0n ? value - rest - NANOS : value - rest) / NANOS);
  };
}

/** Nanoseconds 0..999999 within the millisecond. */
// oxlint-disable-next-line typescript/no-explicit-any -- the argument is a value of `type`
export function nanosOf(type: DataType): (value: any) => number {
  if (!isWide(type)) return () => 0;
  return (value: bigint) => Number(((value % NANOS) + NANOS) % NANOS);
}

/** The wall clock of a value in milliseconds: TIMESTAMP_LTZ is shown in the zone. */
// oxlint-disable-next-line typescript/no-explicit-any -- the argument is a value of `type`
export function localMillisOf(type: DataType, zone: TimeZone): (value: any) => number {
  const millis = millisOf(type);
  if (type.kind !== 'TIMESTAMP_LTZ' || zone.fixed === 0) return millis;
  return (value) => zone.toLocal(millis(value));
}

/** A value of `type` from whole milliseconds (as `millisOf` gives them) and nanoseconds within. */
export function fromMillis(type: DataType): (ms: number, nanos: number) => Value {
  if (type.kind === 'DATE') return (ms) => Math.floor(ms / MS_PER_DAY);
  if (isWide(type)) return (ms, nanos) => BigInt(ms) * NANOS + BigInt(nanos);
  return (ms) => ms;
}

/** The same from a wall clock: TIMESTAMP_LTZ becomes the instant at which the zone shows it. */
export function fromLocalMillis(type: DataType, zone: TimeZone): (ms: number, nanos: number) => Value {
  const make = fromMillis(type);
  if (type.kind !== 'TIMESTAMP_LTZ' || zone.fixed === 0) return make;
  return (ms, nanos) => make(zone.toInstant(ms), nanos);
}

/** Whether values are bigint nanoseconds. */
export function isWide(type: DataType): boolean {
  return isTimestamp(type) && (type as { precision: number }).precision > 3;
}
