/** Writers of single values that json and csv share: `writer(column)` gives a function that writes row `i`, which is not NULL. */
import { assert, unreachable } from '../assert.ts';
import type { Column, F64Column, I128Column, I64Column, StringColumn, TsColumn } from '../data/column.ts';
import type { ByteWriter } from './byte-writer.ts';
import { formatDecimalPlain, formatDecimalScientific, formatDouble, formatFloat } from './number-text.ts';
import { formatDate } from './time-text.ts';

export type WriteRow = (row: number) => void;

const MS_PER_DAY = 86_400_000;

/** The 32-bit halves of a column of 64-bit integers. */
export const halvesOf = (values: BigInt64Array): Int32Array =>
  new Int32Array(values.buffer, values.byteOffset, values.length * 2);

export function writeIntegers(out: ByteWriter, column: Column): WriteRow {
  if (column.storage === 'i32') return (row) => out.integer(column.values[row]!);
  assert(column.storage === 'i64', 'integers are i32 or i64');
  const halves = halvesOf(column.values);
  return (row) => out.int64(halves, column.values, row);
}

/** Day-time intervals: milliseconds. */
export const writeMillis =
  (out: ByteWriter, column: F64Column): WriteRow =>
  (row) =>
    out.integer(column.values[row]!);

/** As Java's Double.toString and Float.toString; `quoted` puts NaN and infinities into quotes. */
export function writeFloats(out: ByteWriter, column: Column, quoted: boolean): WriteRow {
  assert(column.storage === 'f64' || column.storage === 'f32', 'floats are f64 or f32');
  const format = column.storage === 'f64' ? formatDouble : formatFloat;
  return (row) => {
    const value = column.values[row]!;
    if (Number.isInteger(value) && value < 1e7 && value > -1e7 && (value !== 0 || 1 / value > 0)) {
      out.integer(value);
      out.ascii('.0');
    } else if (quoted && !Number.isFinite(value)) out.ascii(`"${format(value)}"`);
    else out.ascii(format(value));
  };
}

/** How decimals look: `exact` keeps trailing zeros, `plain` never uses an exponent. */
export interface DecimalStyle {
  readonly exact: boolean;
  readonly plain: boolean;
}

export function writeDecimals(out: ByteWriter, column: Column, scale: number, style: DecimalStyle): WriteRow {
  const unscaled = unscaledOf(column);
  if (column.storage === 'i64') {
    const halves = halvesOf(column.values);
    return (row) => {
      const low = halves[2 * row]!;
      // Most decimals are small; those need no bigint.
      if (halves[2 * row + 1] === low >> 31) writeSmallDecimal(out, low, scale, style);
      else out.ascii(decimalText(unscaled(row), scale, style));
    };
  }
  return (row) => out.ascii(decimalText(unscaled(row), scale, style));
}

function unscaledOf(column: Column): (row: number) => bigint {
  assert(column.storage === 'i64' || column.storage === 'i128', 'decimals are i64 or i128');
  const { values } = column as I64Column;
  const high = (column as I128Column).high;
  if (column.storage === 'i64' || high === undefined) return (row) => values[row]!;
  return (row) => (high[row]! << 64n) | BigInt.asUintN(64, values[row]!);
}

function writeSmallDecimal(out: ByteWriter, value: number, scale: number, style: DecimalStyle): void {
  let rest = Math.abs(value);
  let digits = scale;
  if (!style.exact) while (digits > 0 && rest % 10 === 0) [rest, digits] = [rest / 10, digits - 1];
  const power = 10 ** digits;
  const whole = Math.floor(rest / power);
  // 1E+2 and 1E-7 are written by the slow path.
  if (
    !style.plain &&
    ((!style.exact && digits === 0 && rest !== 0 && rest % 10 === 0) || (whole === 0 && digits > 6))
  ) {
    return out.ascii(decimalText(BigInt(value), scale, style));
  }
  if (value < 0) out.byte(0x2d);
  out.integer(whole);
  if (digits === 0) return;
  out.byte(0x2e);
  if (digits <= 9) out.padded(rest - whole * power, digits);
  else {
    out.ascii('0'.repeat(digits - 9));
    out.padded(rest - whole * power, 9);
  }
}

function decimalText(unscaled: bigint, scale: number, { exact, plain }: DecimalStyle): string {
  let [value, digits] = [unscaled, scale];
  if (!exact) {
    if (value === 0n) return '0';
    while (value % 10n === 0n) [value, digits] = [value / 10n, digits - 1];
  }
  return plain ? formatDecimalPlain(value, digits) : formatDecimalScientific(value, digits);
}

/** Days as ISO dates, the last one remembered. */
export function dateWriter(out: ByteWriter): (days: number) => void {
  let last = NaN;
  let text = '';
  return (days) => {
    if (days !== last) [last, text] = [days, formatDate(days)];
    out.ascii(text);
  };
}

/** `10:11:12[.345]` */
export function writeTimeOfDay(out: ByteWriter, msOfDay: number, nanos: number): void {
  const seconds = Math.floor(msOfDay / 1000);
  const minutes = Math.floor(seconds / 60);
  out.padded(Math.floor(minutes / 60), 2);
  out.byte(0x3a);
  out.padded(minutes % 60, 2);
  out.byte(0x3a);
  out.padded(seconds % 60, 2);
  writeFraction(out, msOfDay - seconds * 1000, nanos);
}

function writeFraction(out: ByteWriter, ms: number, nanos: number): void {
  if (ms === 0 && nanos === 0) return;
  out.byte(0x2e);
  out.padded(ms, 3);
  if (nanos !== 0) out.padded(nanos, 6);
  while (out.bytes[out.at - 1] === 0x30) out.at--;
}

/** Date, `separator`, time of day. */
export function writeTimestamps(out: ByteWriter, column: Column, separator: number): WriteRow {
  assert(column.storage === 'f64' || column.storage === 'ts', 'timestamps are f64 or ts');
  const { values } = column as F64Column;
  const nanos = column.storage === 'ts' ? (column as TsColumn).nanos : undefined;
  const date = dateWriter(out);
  return (row) => {
    const ms = values[row]!;
    const days = Math.floor(ms / MS_PER_DAY);
    date(days);
    out.byte(separator);
    writeTimeOfDay(out, ms - days * MS_PER_DAY, nanos === undefined ? 0 : nanos[row]!);
  };
}

/** Strings as UTF-8: calls `put` with the bytes of row `i`; texts of a dictionary are encoded once. */
export function eachString(
  column: StringColumn,
  put: (bytes: Uint8Array, start: number, end: number) => void,
): WriteRow {
  switch (column.encoding) {
    case 'view':
      return (row) => put(column.bytes, column.starts[row]!, column.ends[row]!);
    case 'dict': {
      const known: Uint8Array[] = [];
      return (row) => {
        const code = column.codes[row]!;
        const bytes = (known[code] ??= Buffer.from(column.dictionary.strings[code]!));
        put(bytes, 0, bytes.length);
      };
    }
    case 'js':
      return (row) => {
        const bytes = Buffer.from(column.values[row]!);
        put(bytes, 0, bytes.length);
      };
    default:
      return unreachable(column);
  }
}
