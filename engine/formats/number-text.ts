/** Numbers in texts, by Java's rules: what Integer.parseInt, Double.parseDouble and new BigDecimal accept, and how Double.toString writes. */

const integerPattern = /^[+-]?\d+$/;
const floatPattern = /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)$/;
const decimalPattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** Java's trim: control characters and spaces at both ends. */
// eslint-disable-next-line no-control-regex
export const javaTrim = (text: string): string => text.replace(/^[\0-\x20]+|[\0-\x20]+$/g, '');

/** As Long.parseLong, then a range check; undefined when it is none. */
export function parseInteger(text: string, min: bigint, max: bigint): bigint | undefined {
  if (!integerPattern.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return value >= min && value <= max ? value : undefined;
}

/** As Double.parseDouble on a trimmed text, hexadecimal forms left out; undefined when it is none. */
export function parseDouble(text: string): number | undefined {
  if (!floatPattern.test(text)) return undefined;
  return Number(text.replace(/[fFdD]$/, (suffix) => (text.endsWith('Infinity') || text.endsWith('NaN') ? suffix : '')));
}

/**
 * As Float.parseFloat: rounded once. The double next to the text is exact enough, save when it lies exactly half way between
 * two floats; then the text decides on which side it is.
 */
export function parseFloat32(text: string): number | undefined {
  const double = parseDouble(text);
  if (double === undefined) return undefined;
  const single = Math.fround(double);
  if (single === double || !Number.isFinite(single)) return single;
  const other = neighbour(single, double > single);
  if (Math.abs(double - single) !== Math.abs(other - double)) return single;
  const order = compareDecimalTexts(text, double);
  if (order === 0) return single;
  return order > 0 ? Math.max(single, other) : Math.min(single, other);
}

const floatBits = new Float32Array(1);
const intBits = new Int32Array(floatBits.buffer);
function neighbour(single: number, up: boolean): number {
  floatBits[0] = single;
  intBits[0]! += up === single >= 0 ? 1 : -1;
  return floatBits[0];
}

/** Sign of (text - double), exactly. */
function compareDecimalTexts(text: string, double: number): number {
  const a = parseDecimalText(text.replace(/[fFdD]$/, ''))!;
  const b = exactDecimal(double);
  const scale = Math.max(a.scale, b.scale);
  const difference = a.unscaled * 10n ** BigInt(scale - a.scale) - b.unscaled * 10n ** BigInt(scale - b.scale);
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

function exactDecimal(double: number): DecimalText {
  let mantissa = double;
  let scale = 0;
  // A finite double times a power of two is an integer; 5^k then turns the binary fraction into a decimal one.
  while (!Number.isInteger(mantissa)) [mantissa, scale] = [mantissa * 2, scale + 1];
  return { unscaled: BigInt(mantissa) * 5n ** BigInt(scale), scale };
}

export interface DecimalText {
  readonly unscaled: bigint;
  /** May be negative: 1e3 is 1 with scale -3. */
  readonly scale: number;
}

/** As new BigDecimal(text); undefined when it is none. */
export function parseDecimalText(text: string): DecimalText | undefined {
  const match = decimalPattern.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  return { unscaled: sign === '-' ? -digits : digits, scale: fraction.length - Number(exponent) };
}

/** As DecimalData.fromBigDecimal: rounded half up to `scale`; undefined (NULL) when the digits exceed `precision`. */
export function fitDecimal(
  { unscaled, scale: from }: DecimalText,
  precision: number,
  scale: number,
): bigint | undefined {
  let value = unscaled;
  if (from < scale) {
    if (scale - from > 100 && unscaled !== 0n) return undefined;
    value = unscaled * 10n ** BigInt(Math.min(scale - from, 100));
  } else if (from > scale) {
    const digits = from - scale;
    if (digits > 1000) return 0n;
    const divisor = 10n ** BigInt(digits);
    const magnitude = unscaled < 0n ? -unscaled : unscaled;
    const rounded = (magnitude * 2n + divisor) / (divisor * 2n);
    value = unscaled < 0n ? -rounded : rounded;
  }
  const limit = 10n ** BigInt(precision);
  return value < limit && value > -limit ? value : undefined;
}

/** Plain notation: unscaled 150 with scale 2 is `1.50`. */
export function formatDecimalPlain(unscaled: bigint, scale: number): string {
  if (scale <= 0) return unscaled === 0n ? '0' : String(unscaled) + '0'.repeat(-scale);
  const negative = unscaled < 0n;
  const digits = String(negative ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${negative ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** As BigDecimal.toString: plain unless the scale is negative or the number begins with more than six zeros. */
export function formatDecimalScientific(unscaled: bigint, scale: number): string {
  const negative = unscaled < 0n;
  const digits = String(negative ? -unscaled : unscaled);
  const adjusted = digits.length - 1 - scale;
  if (scale >= 0 && adjusted >= -6) return formatDecimalPlain(unscaled, scale);
  const mantissa = digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`;
  return `${negative ? '-' : ''}${mantissa}${adjusted === 0 ? '' : `E${adjusted > 0 ? '+' : ''}${adjusted}`}`;
}

/** As Double.toString: `1.0`, `1.0E10`, `1.0E-5`, `NaN`, `Infinity`. */
export const formatDouble = (value: number): string => javaForm(value, String(Math.abs(value)));

/** As Float.toString: the fewest digits that read back as the same float. */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value) || value === 0) return javaForm(value, String(Math.abs(value)));
  const magnitude = Math.abs(value);
  for (let digits = 1; digits <= 9; digits++) {
    const text = magnitude.toPrecision(digits);
    if (Math.fround(Number(text)) === magnitude) return javaForm(value, text);
  }
  return javaForm(value, magnitude.toPrecision(9));
}

function javaForm(value: number, text: string): string {
  if (Number.isNaN(value)) return 'NaN';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (!Number.isFinite(value)) return `${sign}Infinity`;
  if (value === 0) return `${sign}0.0`;
  const [mantissa, exponentText = '0'] = text.split('e') as [string, string?];
  const [whole, fraction = ''] = mantissa.split('.') as [string, string?];
  const digits = (whole + fraction).replace(/^0+/, '').replace(/0+$/, '');
  const leadingZeros = whole === '0' ? fraction.length - fraction.replace(/^0+/, '').length : 0;
  const exponent = Number(exponentText) + (whole === '0' ? -leadingZeros - 1 : whole.length - 1);
  if (exponent >= -3 && exponent < 7) {
    if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
    const padded = digits.padEnd(exponent + 1, '0');
    return `${sign}${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1) || '0'}`;
  }
  return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${exponent}`;
}
