/** Decimal arithmetic on unscaled bigints, as Flink does it on BigDecimal: rounded half up, NULL when it does not fit. */

const powers: bigint[] = [1n];

/** 10n ** n, cached. */
export function tenTo(n: number): bigint {
  while (powers.length <= n) powers.push(powers[powers.length - 1]! * 10n);
  return powers[n]!;
}

/** a / b rounded half away from zero (Java's HALF_UP); b > 0. */
export function roundDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  const rest = a % b;
  if (rest >= 0n) return rest * 2n >= b ? quotient + 1n : quotient;
  return rest * -2n >= b ? quotient - 1n : quotient;
}

/** The unscaled value at another scale, rounded half up. */
export function rescale(unscaled: bigint, from: number, to: number): bigint {
  if (to === from) return unscaled;
  return to > from ? unscaled * tenTo(to - from) : roundDiv(unscaled, tenTo(from - to));
}

/** The value if it has at most `precision` digits, else null. */
export function fit(unscaled: bigint, precision: number): bigint | null {
  const limit = tenTo(precision);
  return unscaled < limit && unscaled > -limit ? unscaled : null;
}

/** `unscaled` (with scale `from`) as DECIMAL(precision, scale), or null on overflow. */
export function toDecimal(unscaled: bigint, from: number, precision: number, scale: number): bigint | null {
  return fit(rescale(unscaled, from, scale), precision);
}

function digitCount(value: bigint): number {
  return String(value < 0n ? -value : value).length;
}

/**
 * a / b as Flink divides: the quotient to 38 significant digits, half up, then to the scale of the result, half up.
 * Scales are those of the operands; b is not 0. Null on overflow.
 */
export function divideDecimals(
  a: bigint,
  scaleA: number,
  b: bigint,
  scaleB: number,
  precision: number,
  scale: number,
): bigint | null {
  if (a === 0n) return 0n;
  if (b < 0n) [a, b] = [-a, -b];
  // With this scale the truncated quotient has 39 or 40 digits, and half-up rounding looks at the 39th alone.
  let quotientScale = 39 - (digitCount(a) - digitCount(b));
  const truncated = quotientScale >= 0 ? (a * tenTo(quotientScale)) / b : a / (b * tenTo(-quotientScale));
  const excess = digitCount(truncated) - 38;
  const quotient = roundDiv(truncated, tenTo(excess));
  quotientScale += scaleA - scaleB - excess;
  return quotientScale < 0
    ? toDecimal(quotient * tenTo(-quotientScale), 0, precision, scale)
    : toDecimal(quotient, quotientScale, precision, scale);
}

/** a % b, the sign that of a; b is not 0. Null on overflow. */
export function remainderDecimals(
  a: bigint,
  scaleA: number,
  b: bigint,
  scaleB: number,
  precision: number,
  scale: number,
): bigint | null {
  const common = Math.max(scaleA, scaleB);
  return toDecimal(rescale(a, scaleA, common) % rescale(b, scaleB, common), common, precision, scale);
}

/** BigDecimal.doubleValue: the nearest double. */
export function decimalToDouble(unscaled: bigint, scale: number): number {
  if (scale === 0) return Number(unscaled);
  // Both exact up to 2^53 and 10^22, so that the one division rounds once.
  if (scale <= 22 && unscaled <= 9007199254740992n && unscaled >= -9007199254740992n) {
    return Number(unscaled) / 10 ** scale;
  }
  return Number(`${unscaled}e-${scale}`);
}

/** A double as DECIMAL(precision, scale) by way of its shortest text, as Flink does; null on overflow, undefined for NaN and Infinity. */
export function doubleToDecimal(value: number, precision: number, scale: number): bigint | null | undefined {
  if (!Number.isFinite(value)) return undefined;
  const [mantissa, exponent = '0'] = String(value).split('e') as [string, string | undefined];
  const point = mantissa.indexOf('.');
  const unscaled = BigInt(mantissa.replace('.', ''));
  const from = (point < 0 ? 0 : mantissa.length - point - 1) - Number(exponent);
  if (from < 0) return unscaled !== 0n && -from > 40 ? null : toDecimal(unscaled * tenTo(-from), 0, precision, scale);
  return from - scale > 40 ? 0n : toDecimal(unscaled, from, precision, scale);
}

/** Sign of a - b for decimals of different scales. */
export function compareDecimals(a: bigint, scaleA: number, b: bigint, scaleB: number): number {
  const left = scaleA < scaleB ? a * tenTo(scaleB - scaleA) : a;
  const right = scaleB < scaleA ? b * tenTo(scaleA - scaleB) : b;
  return left < right ? -1 : left > right ? 1 : 0;
}
