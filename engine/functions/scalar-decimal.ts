/** Rounding of numbers by Java's BigDecimal rules. A decimal is its unscaled bigint with a scale beside it. */
import { MillraceError } from '../errors.ts';
import { roundDiv, tenTo } from '../types/decimal.ts';

export type Rounding = 'half-up' | 'down' | 'floor' | 'ceiling';

/** unscaled / 10^digits, rounded; with 0 or fewer digits it is multiplied instead. */
export function shiftRight(unscaled: bigint, digits: number, rounding: Rounding): bigint {
  if (digits <= 0) return unscaled * tenTo(-digits);
  const divisor = tenTo(digits);
  const quotient = unscaled / divisor;
  const rest = unscaled % divisor;
  if (rest === 0n) return quotient;
  const isNegative = unscaled < 0n;
  switch (rounding) {
    case 'down':
      return quotient;
    case 'floor':
      return isNegative ? quotient - 1n : quotient;
    case 'ceiling':
      return isNegative ? quotient : quotient + 1n;
    default:
      return roundDiv(unscaled, divisor);
  }
}

/** Largest number of whole steps that is surely far from rounding errors. */
const SAFE_STEPS = 2 ** 40;

/**
 * A double rounded to `digits` decimal places (negative: tens, hundreds...) by its shortest decimal text, as Java's
 * `BigDecimal.valueOf(value).setScale(..)`: 1.005 to two places is 1.01, and nothing is -0.
 * Throws RUNTIME_ARITHMETIC for NaN and infinities, as Flink.
 */
export function roundDouble(value: number, digits: number, rounding: 'half-up' | 'down'): number {
  if (!Number.isFinite(value)) throw new MillraceError('RUNTIME_ARITHMETIC', `${value} cannot be rounded`);
  if (digits >= 0 && digits <= 22) {
    const factor = 10 ** digits;
    const steps = Math.abs(value) * factor;
    // Away from the borders between steps the product's own rounding cannot matter, and steps / factor is rounded once.
    if (steps < SAFE_STEPS) {
      const fraction = steps - Math.floor(steps);
      const border = rounding === 'down' ? Math.min(fraction, 1 - fraction) : Math.abs(fraction - 0.5);
      if (border > 2 ** -10) {
        const whole = rounding === 'down' ? Math.floor(steps) : Math.round(steps);
        return (value < 0 ? -whole : whole) / factor + 0;
      }
    }
  }
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  const scale = mantissa.replace(/^-?\d\.?/, '').length - Number(exponent);
  const unscaled = BigInt(mantissa.replace('.', ''));
  if (digits >= scale) return value + 0;
  if (scale - digits > 400) return 0;
  return Number(`${shiftRight(unscaled, scale - digits, rounding)}e${-digits}`);
}
