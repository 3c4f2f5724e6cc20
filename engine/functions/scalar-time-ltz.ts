/**
 * TO_TIMESTAMP_LTZ: of numbers since 1970, in units of 10^-precision seconds, or of text in a time zone. The result has three digits, more
 * if a constant precision or the letters S of a constant format ask for them.
 */
import { MillraceError } from '../errors.ts';
import { findTimeZone, timeZone, type TimeZone } from '../types/time-zone.ts';
import {
  DOUBLE,
  isInteger,
  isNumeric,
  isString,
  STRING,
  TIMESTAMP_LTZ,
  withNullable,
  type DataType,
} from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { Argument, FunctionBinding, ScalarFunction } from './function.ts';
import { parseDatePattern } from './java-datetime-pattern.ts';
import { shiftRight } from './scalar-decimal.ts';
import { literalInteger, literalText, type Closure } from './scalar-define.ts';
import { timestampReader } from './scalar-time-text.ts';
import { fromMillis } from './scalar-time-value.ts';

/** 0000-01-01 and 9999-12-31T23:59:59.999999999 in nanoseconds: what Flink takes. */
const LEAST = -62_167_219_200_000_000_000n;
const MOST = 253_402_300_799_999_999_999n;

function checkPrecision(precision: number): number {
  if (precision >= 0 && precision <= 9) return precision;
  throw new MillraceError(
    'SQL_LITERAL',
    `the precision of TO_TIMESTAMP_LTZ must be between 0 and 9 but was ${precision}`,
  );
}

/** Nanoseconds as a value of the type; NULL outside of the years 0 to 9999. */
function fromNanos(type: DataType, nanos: bigint): Value {
  if (nanos < LEAST || nanos > MOST) return null;
  const rest = ((nanos % 1_000_000n) + 1_000_000n) % 1_000_000n;
  return fromMillis(type)(Number((nanos - rest) / 1_000_000n), Number(rest));
}

/** Decimals lose their fraction, floating numbers are cut toward the past; NaN is 0. */
function ofNumber({ argTypes: [number], type }: FunctionBinding): Closure {
  const scale = number!.kind === 'DECIMAL' ? number!.scale : 0;
  const isExact = isInteger(number!) || number!.kind === 'DECIMAL';
  return (value: number | bigint, precision: number | bigint = 3) => {
    const digits = checkPrecision(Number(precision));
    const unit = 10n ** BigInt(9 - digits);
    if (isExact) return fromNanos(type, shiftRight(BigInt(value), scale, 'down') * unit);
    const double = Number(value);
    if (Number.isNaN(double)) return fromNanos(type, 0n);
    if (Math.abs(double) > 1e21) return null;
    // A fraction of seconds counts down to the digits of the result, a smaller unit's fraction does not.
    const shown = Math.max(3, digits);
    const floored = Math.floor(double * 10 ** (shown - digits));
    return fromNanos(type, BigInt(floored) * 10n ** BigInt(9 - shown));
  };
}

function zoneByName(id: string): TimeZone | undefined {
  return findTimeZone(/^[+-]/.test(id) ? `GMT${id}` : id);
}

function ofText({ type }: FunctionBinding): Closure {
  const read = timestampReader();
  const utc = timeZone('UTC');
  const digits = type.kind === 'TIMESTAMP_LTZ' ? 10 ** (9 - type.precision) : 1;
  return (value: string, pattern?: string, zoneId?: string) => {
    const zone = zoneId === undefined ? utc : zoneByName(zoneId);
    const clock = read(value, pattern);
    if (clock === undefined || zone === undefined) return null;
    const instant = zone.toInstant(clock.ms);
    return fromMillis(type)(instant, clock.nanos - (clock.nanos % digits));
  };
}

function resolve(args: readonly Argument[]): Pick<FunctionBinding, 'argTypes' | 'type'> | undefined {
  const [first, second, third] = args;
  if (first === undefined || args.length > 3) return undefined;
  const types = args.map((arg) => arg.type);
  if (first.type.kind === 'NULL' && args.length === 1) return { argTypes: [DOUBLE], type: TIMESTAMP_LTZ(3) };
  if (isNumeric(first.type)) {
    if (third !== undefined || (second !== undefined && !(isInteger(second.type) || second.type.kind === 'NULL')))
      return undefined;
    const digits = literalInteger(second);
    if (digits !== undefined) checkPrecision(digits);
    return { argTypes: types, type: TIMESTAMP_LTZ(Math.max(3, digits ?? 3)) };
  }
  if (!types.every((type) => isString(type) || type.kind === 'NULL')) return undefined;
  const zone = literalText(third);
  if (zone !== undefined && zoneByName(zone) === undefined) {
    throw new MillraceError('SQL_LITERAL', `"${zone}" is no time zone`, { hint: "use a name such as 'Europe/Berlin'" });
  }
  const pattern = literalText(second);
  if (pattern !== undefined) parseDatePattern(pattern, 'time');
  const fraction = /S+/.exec(literalText(second) ?? '')?.[0].length ?? 3;
  const argTypes = types.map((type) => (type.kind === 'NULL' ? STRING : type));
  return { argTypes, type: withNullable(TIMESTAMP_LTZ(Math.min(9, Math.max(3, fraction))), true) };
}

export const toTimestampLtz: ScalarFunction = {
  name: 'TO_TIMESTAMP_LTZ',
  signature: 'TO_TIMESTAMP_LTZ(number[, precision]) or TO_TIMESTAMP_LTZ(text[, format[, zone]])',
  summary:
    'The instant that a number of (by default) milliseconds since 1970 or a text names; NULL when there is none.',
  nulls: 'strict',
  deterministic: true,
  resolve,
  implement: (binding) => (isString(binding.argTypes[0]!) ? ofText(binding) : ofNumber(binding)),
};
