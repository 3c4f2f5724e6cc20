/** Numbers as the text that Java (up to 18) gives them: what CAST AS STRING, CONCAT and text sinks of Flink show. */
import { tenTo } from './decimal.ts';

/** `Double.toString`: 1.0, 0.001, 1.0E-4, 1.0E7, NaN, -Infinity. */
export function doubleToText(value: number): string {
  const size = Math.abs(value);
  // Here Java's digits are the shortest ones, as JavaScript's are.
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value);
  if (size === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (!Number.isFinite(value)) return String(value);
  const text =
    size >= 1e7 && size < 9007199254740992 ? fromShortest(String(size)) : scientific(javaDigits(size, 'double'));
  return value < 0 ? `-${text}` : text;
}

/** `Float.toString`; the value is a float (Math.fround leaves it alone). */
export function floatToText(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(value) ? `${value}.0` : shortestFloat(value);
  if (size === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (!Number.isFinite(value)) return String(value);
  const text = scientific(javaDigits(size, 'float'));
  return value < 0 ? `-${text}` : text;
}

/** The shortest decimal that reads back as the same float: six digits tell all that have no more. */
function shortestFloat(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(halfEven(value, text, digits)));
  }
  return String(Number(value.toPrecision(9)));
}

/** toPrecision rounds an exact half up, Java to the even digit: 385835.125 is 385835.12. */
function halfEven(value: number, text: string, digits: number): string {
  const longer = value.toPrecision(digits + 1);
  if (!longer.endsWith('5') || Number(longer) !== value) return text;
  const below = longer.slice(0, -1);
  return Number(below.at(-1)) % 2 === 0 && Math.fround(Number(below)) === value ? below : text;
}

/** 12345678.5 as 1.23456785E7 */
function fromShortest(text: string): string {
  const point = text.indexOf('.');
  const digits = text.replace('.', '');
  return scientific({ digits: digits.replace(/0+$/, ''), exponent: (point < 0 ? text.length : point) - 1 });
}

interface Digits {
  /** Without leading zeros. */
  readonly digits: string;
  /** Power of ten of the first digit. */
  readonly exponent: number;
}

function scientific({ digits, exponent }: Digits): string {
  return `${digits[0]!}.${digits.slice(1) || '0'}E${exponent}`;
}

/**
 * The digits that Java's FloatingDecimal finds for a positive number. They differ from the shortest ones: at least two are made,
 * an interval that is hit exactly at its end is not taken, integers are written in full, and powers of two count as if
 * their lower neighbour were near (so 2.0E23 is 1.9999999999999998E23, and 2^63 - 1024 has all its digits).
 */
function javaDigits(value: number, kind: 'float' | 'double'): Digits {
  const { mantissa, exponent, bits } = decompose(value, kind);
  const length = mantissa.toString(2).length;
  const binaryExponent = exponent + length - 1;
  if (exponent >= 0 && binaryExponent <= 62)
    return integerDigits(mantissa << BigInt(exponent), binaryExponent - bits - 1);
  return generatedDigits(value, mantissa, exponent, binaryExponent - bits);
}

/** value = mantissa * 2^exponent with an odd mantissa; `bits` is how many significant bits the number has in its format. */
function decompose(value: number, kind: 'float' | 'double'): { mantissa: bigint; exponent: number; bits: number } {
  const view = new DataView(new ArrayBuffer(8));
  let mantissa: bigint;
  let exponent: number;
  if (kind === 'double') {
    view.setFloat64(0, value);
    const raw = view.getBigUint64(0);
    mantissa = raw & 0xf_ffff_ffff_ffffn;
    const biased = Number(raw >> 52n);
    if (biased !== 0) mantissa |= 1n << 52n;
    exponent = Math.max(biased, 1) - 1075;
  } else {
    view.setFloat32(0, value);
    const raw = view.getUint32(0);
    const biased = raw >>> 23;
    mantissa = BigInt((raw & 0x7f_ffff) | (biased === 0 ? 0 : 0x80_0000));
    exponent = Math.max(biased, 1) - 150;
  }
  const bits = mantissa.toString(2).length;
  while ((mantissa & 1n) === 0n) {
    mantissa >>= 1n;
    exponent++;
  }
  return { mantissa, exponent, bits };
}

/** All digits of an integer but those that its format cannot tell apart (2^`spare` is the spacing's half). */
function integerDigits(value: bigint, spare: number): Digits {
  const dropped = spare > 1 ? String(2n ** BigInt(spare)).length - 1 : 0;
  let kept = value / tenTo(dropped);
  if (dropped > 0 && (value % tenTo(dropped)) * 2n >= tenTo(dropped)) kept++;
  const text = String(kept);
  return { digits: text.replace(/0+$/, ''), exponent: text.length - 1 + dropped };
}

/**
 * Digits one by one from the fraction rest / scale until what is left is within half a unit in the last place (`margin`).
 * `ulp`: binary exponent of half a unit in the last place.
 */
function generatedDigits(value: number, mantissa: bigint, exponent: number, ulp: number): Digits {
  let decimal = Math.floor(Math.log10(value));
  // For an exact power of two Java halves the margin once more.
  let marginExponent = mantissa === 1n ? ulp - 1 : ulp;
  const shift = Math.max(0, -exponent, -marginExponent);
  marginExponent += shift;
  const scaleUp = tenTo(Math.max(0, -decimal));
  let rest = (mantissa << BigInt(exponent + shift)) * scaleUp;
  let margin = (1n << BigInt(marginExponent)) * scaleUp;
  let scale = tenTo(Math.max(0, decimal)) << BigInt(shift);
  while (rest >= scale * 10n) {
    scale *= 10n;
    decimal++;
  }
  while (rest < scale) {
    rest *= 10n;
    margin *= 10n;
    decimal--;
  }
  let digits = '';
  for (;;) {
    digits += String(rest / scale);
    rest = (rest % scale) * 10n;
    margin *= 10n;
    const low = rest < margin;
    const high = rest + margin > scale * 10n;
    if ((!low && !high) || digits.length === 1) continue;
    const tie = rest * 2n - scale * 10n;
    const odd = Number(digits[digits.length - 1]) % 2 === 1;
    const count = digits.length;
    if (high && (!low || tie > 0n || (tie === 0n && odd))) digits = String(BigInt(digits) + 1n);
    return { digits: digits.replace(/0+$/, ''), exponent: decimal + digits.length - count };
  }
}

/** BigDecimal.toPlainString of `unscaled / 10^scale`: always `scale` digits after the point. */
export function decimalToText(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  const negative = unscaled < 0n;
  const digits = String(negative ? -unscaled : unscaled).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${negative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}
