/** Casts between dates, times and timestamps. Wall clocks and instants meet in the session's time zone. */
import type { EvalContext } from '../expr/expr.ts';
import { MS_PER_DAY } from '../types/calendar.ts';
import { truncateTime } from '../types/parse.ts';
import { timeZone } from '../types/time-zone.ts';
import { isTimestamp, type DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { noCast, type Cast } from './cast-none.ts';

type TimestampType = Extract<DataType, { kind: 'TIMESTAMP' | 'TIMESTAMP_LTZ' }>;

export function castFromTime(from: DataType, to: DataType, context: EvalContext): Cast {
  if (from.kind === 'DATE' && to.kind === 'DATE') return (days: number) => days;
  if (from.kind === 'TIME' && to.kind === 'TIME') {
    const { precision } = to;
    return (ms: number) => truncateTime(ms, precision);
  }
  if (from.kind === 'DATE' && isTimestamp(to))
    return fromWallClock(to as TimestampType, context, (days) => days * MS_PER_DAY);
  if (from.kind === 'TIME' && isTimestamp(to)) {
    const { precision } = to as TimestampType;
    return fromWallClock(to as TimestampType, context, (ms) => truncateTime(ms, precision));
  }
  if (!isTimestamp(from)) return noCast(from, to);
  return castFromTimestamp(from as TimestampType, to, context);
}

function fromWallClock(to: TimestampType, context: EvalContext, wallClock: (value: number) => number): Cast {
  const zone = to.kind === 'TIMESTAMP_LTZ' ? timeZone(context.timeZone) : undefined;
  const make = (value: number): number => (zone === undefined ? wallClock(value) : zone.toInstant(wallClock(value)));
  return to.precision <= 3 ? make : (value: number) => BigInt(make(value)) * 1_000_000n;
}

function castFromTimestamp(from: TimestampType, to: DataType, context: EvalContext): Cast {
  const zone = timeZone(context.timeZone);
  const millis = (from.precision <= 3 ? (value: number) => value : nanosToMillis) as (value: Value) => number;
  const local = from.kind === 'TIMESTAMP' ? millis : (value: Value) => zone.toLocal(millis(value));
  switch (to.kind) {
    case 'DATE':
      return (value: Value) => Math.floor(local(value) / MS_PER_DAY);
    case 'TIME': {
      const { precision } = to;
      return (value: Value) => {
        const ms = local(value);
        return truncateTime(ms - Math.floor(ms / MS_PER_DAY) * MS_PER_DAY, precision);
      };
    }
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const shifted = shiftMillis(from, to, zone);
      if (to.precision <= 3) {
        const cut = truncator(to.precision, from.precision);
        return (value: Value) => shifted(cut(millis(value)));
      }
      if (from.precision <= 3) return (value: number) => BigInt(shifted(value)) * 1_000_000n;
      const unit = 10n ** BigInt(9 - to.precision);
      return (value: bigint) => {
        const ms = nanosToMillis(value);
        const within = value - BigInt(ms) * 1_000_000n;
        return BigInt(shifted(ms)) * 1_000_000n + within - (within % unit);
      };
    }
    default:
      return noCast(from, to);
  }
}

function shiftMillis(
  from: TimestampType,
  to: TimestampType,
  zone: { toLocal(ms: number): number; toInstant(ms: number): number },
) {
  if (from.kind === to.kind) return (ms: number): number => ms;
  return to.kind === 'TIMESTAMP'
    ? (ms: number): number => zone.toLocal(ms)
    : (ms: number): number => zone.toInstant(ms);
}

/** Whole milliseconds, rounded down. */
function nanosToMillis(nanos: bigint): number {
  const ms = nanos / 1_000_000n;
  return Number(ms * 1_000_000n > nanos ? ms - 1n : ms);
}

/** Cuts milliseconds (rounded down) to a precision of at most 3, if they can have more digits than it. */
function truncator(precision: number, from: number): (ms: number) => number {
  if (precision >= Math.min(from, 3)) return (ms) => ms;
  const unit = 10 ** (3 - precision);
  return (ms) => Math.floor(ms / unit) * unit;
}
