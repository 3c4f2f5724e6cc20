/** Casts from numbers: integers wrap as in Java, doubles saturate, decimals are rounded half up or become NULL when they do not fit. */
import { decimalToDouble, doubleToDecimal, rescale, tenTo, toDecimal } from '../types/decimal.ts';
import { MillraceError } from '../errors.ts';
import { doubleToText } from '../types/number-text.ts';
import { isInteger, type DataType } from '../types/type.ts';
import { noCast, type Cast } from './cast-none.ts';

export function castFromNumber(from: DataType, to: DataType): Cast {
  if (from.kind === 'DECIMAL') return castFromDecimal(from.scale, from, to);
  if (from.kind === 'BIGINT') return castFromBigint(from, to);
  if (isInteger(from)) return castFromInt(from, to);
  return castFromDouble(from, to);
}

/** TINYINT, SMALLINT, INT. */
function castFromInt(from: DataType, to: DataType): Cast {
  switch (to.kind) {
    case 'BOOLEAN':
      return (value: number) => value !== 0;
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return wrapTo(to.kind);
    case 'BIGINT':
      return (value: number) => BigInt(value);
    case 'FLOAT':
      return Math.fround;
    case 'DOUBLE':
      return (value: number) => value;
    case 'DECIMAL': {
      const { precision, scale } = to;
      return (value: number) => toDecimal(BigInt(value), 0, precision, scale);
    }
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME': {
      const unit = intervalUnit(from, to);
      return (value: number) => value * unit;
    }
    default:
      return noCast(from, to);
  }
}

function castFromBigint(from: DataType, to: DataType): Cast {
  switch (to.kind) {
    case 'BOOLEAN':
      return (value: bigint) => value !== 0n;
    case 'TINYINT':
      return (value: bigint) => Number(BigInt.asIntN(8, value));
    case 'SMALLINT':
      return (value: bigint) => Number(BigInt.asIntN(16, value));
    case 'INT':
      return (value: bigint) => Number(BigInt.asIntN(32, value));
    case 'BIGINT':
      return (value: bigint) => value;
    case 'FLOAT':
      return bigintToFloat;
    case 'DOUBLE':
      return Number;
    case 'DECIMAL': {
      const { precision, scale } = to;
      return (value: bigint) => toDecimal(value, 0, precision, scale);
    }
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME': {
      const unit = intervalUnit(from, to);
      return (value: bigint) => Number(value) * unit;
    }
    default:
      return noCast(from, to);
  }
}

/** Rounded once: by way of a double it could be rounded twice. */
export function bigintToFloat(value: bigint): number {
  const double = Number(value);
  const float = Math.fround(double);
  if (BigInt(double) === value || float === Infinity || float === -Infinity) return float;
  // The double was rounded: only if it lies half-way between two floats does the lost rest decide.
  const error = double - float;
  if (error === 0) return float;
  const other = Math.fround(float + 2 * error);
  if (other - double !== error) return float;
  const valueIsAbove = value > BigInt(double);
  return valueIsAbove === error > 0 ? other : float;
}

function castFromDecimal(scale: number, from: DataType, to: DataType): Cast {
  const toInteger = (bits: number) => (value: bigint) => BigInt.asIntN(bits, value / tenTo(scale));
  switch (to.kind) {
    case 'BOOLEAN':
      return (value: bigint) => value !== 0n;
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT': {
      const wrap = toInteger(to.kind === 'TINYINT' ? 8 : to.kind === 'SMALLINT' ? 16 : 32);
      return (value: bigint) => Number(wrap(value));
    }
    case 'BIGINT':
      return toInteger(64);
    case 'FLOAT':
      return (value: bigint) => Math.fround(decimalToDouble(value, scale));
    case 'DOUBLE':
      return (value: bigint) => decimalToDouble(value, scale);
    case 'DECIMAL': {
      const { precision, scale: toScale } = to;
      if (from.kind === 'DECIMAL' && toScale >= scale && precision - toScale >= from.precision - scale) {
        return (value: bigint) => rescale(value, scale, toScale);
      }
      return (value: bigint) => toDecimal(value, scale, precision, toScale);
    }
    default:
      return noCast(from, to);
  }
}

/** FLOAT and DOUBLE. */
function castFromDouble(from: DataType, to: DataType): Cast {
  switch (to.kind) {
    case 'BOOLEAN':
      return (value: number) => value !== 0;
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT': {
      const wrap = wrapTo(to.kind);
      return (value: number) => wrap(saturate(value));
    }
    case 'BIGINT':
      return doubleToBigint;
    case 'FLOAT':
      return Math.fround;
    case 'DOUBLE':
      return (value: number) => value;
    case 'DECIMAL': {
      const { precision, scale } = to;
      return (value: number) => {
        const decimal = doubleToDecimal(value, precision, scale);
        if (decimal !== undefined) return decimal;
        // TRY_CAST fails on it too, as in Flink: hence not CAST_FAILED.
        throw new MillraceError('RUNTIME_ARITHMETIC', `${doubleToText(value)} is no DECIMAL`);
      };
    }
    default:
      return noCast(from, to);
  }
}

/** (int) of Java: towards zero, NaN is 0, beyond the ends the ends. */
export function saturate(value: number): number {
  if (value >= 2147483647) return 2147483647;
  return value <= -2147483648 ? -2147483648 : value | 0;
}

/** (long) of Java. */
export function doubleToBigint(value: number): bigint {
  if (value >= 9223372036854775808) return 9223372036854775807n;
  if (value <= -9223372036854775808) return -9223372036854775808n;
  return Number.isNaN(value) ? 0n : BigInt(Math.trunc(value));
}

function wrapTo(kind: 'TINYINT' | 'SMALLINT' | 'INT'): (value: number) => number {
  const shift = kind === 'TINYINT' ? 24 : kind === 'SMALLINT' ? 16 : 0;
  return shift === 0 ? (value) => value | 0 : (value) => (value << shift) >> shift;
}

const unitSizes: Readonly<Record<string, number>> = {
  YEAR: 12,
  MONTH: 1,
  DAY: 86_400_000,
  HOUR: 3_600_000,
  MINUTE: 60_000,
  SECOND: 1000,
};
/** Months or milliseconds of an interval type with one unit. */
function intervalUnit(from: DataType, to: Extract<DataType, { unit: unknown }>): number {
  return unitSizes[to.unit] ?? noCast(from, to);
}
