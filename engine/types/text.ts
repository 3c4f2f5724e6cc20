/** Values as text exactly as Flink's CAST AS STRING writes them. */
import { unreachable } from '../assert.ts';
import { decodeUtf8 } from '../data/column-read.ts';
import { bitmapToText } from './bitmap.ts';
import { civilOf, MS_PER_DAY } from './calendar.ts';
import { decimalToText, doubleToText, floatToText } from './number-text.ts';
import type { TimeZone } from './time-zone.ts';
import type { DataType } from './type.ts';
import type { MapValue, Value } from './value.ts';
import { variantToJson } from './variant.ts';

/**
 * A function from values of `type` (not NULL at the top) to their text; TIMESTAMP_LTZ is shown in `zone`.
 *
 *     textOf(ARRAY(DECIMAL(3, 1)), zone)([15n, null])   // "[1.5, NULL]"
 *     textOf(TIMESTAMP(3), zone)(0)                      // "1970-01-01 00:00:00.000"
 */
// oxlint-disable-next-line typescript/no-explicit-any -- the argument is a value of `type`
export function textOf(type: DataType, zone: TimeZone): (value: any) => string {
  switch (type.kind) {
    case 'NULL':
      return () => 'NULL';
    case 'BOOLEAN':
      return (value: boolean) => (value ? 'TRUE' : 'FALSE');
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return String;
    case 'FLOAT':
      return floatToText;
    case 'DOUBLE':
      return doubleToText;
    case 'DECIMAL': {
      const { scale } = type;
      return (value: bigint) => decimalToText(value, scale);
    }
    case 'CHAR':
    case 'VARCHAR':
      return (value: string) => value;
    case 'BINARY':
    case 'VARBINARY':
      return (value: Uint8Array) => decodeUtf8(value, 0, value.length, false);
    case 'DATE':
      return dateToText;
    case 'TIME': {
      const { precision } = type;
      return (value: number) => timeToText(value, precision);
    }
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const { precision } = type;
      const local = (ms: number): number => (type.kind === 'TIMESTAMP' ? ms : zone.toLocal(ms));
      if (precision <= 3) return (value: number) => timestampToText(local(value), 0, precision);
      return (value: bigint) => {
        const within = Number(BigInt.asUintN(64, ((value % 1_000_000n) + 1_000_000n) % 1_000_000n));
        return timestampToText(local(Number((value - BigInt(within)) / 1_000_000n)), within, precision);
      };
    }
    case 'INTERVAL_YEAR_MONTH':
      return monthsToText;
    case 'INTERVAL_DAY_TIME':
      return millisToText;
    case 'ARRAY': {
      const element = orNull(textOf(type.element, zone));
      return (value: readonly Value[]) => `[${value.map(element).join(', ')}]`;
    }
    case 'MAP':
    case 'MULTISET': {
      const key = orNull(textOf(type.kind === 'MAP' ? type.key : type.element, zone));
      const item = orNull(type.kind === 'MAP' ? textOf(type.value, zone) : String);
      return (value: MapValue) => `{${value.entries.map(([k, v]) => `${key(k)}=${item(v)}`).join(', ')}}`;
    }
    case 'VARIANT':
      return variantToJson;
    case 'BITMAP':
      return bitmapToText;
    case 'ROW': {
      const fields = type.fields.map((field) => orNull(textOf(field.type, zone)));
      if (type.className !== undefined) {
        const names = type.fields.map((field) => `${field.name}=`);
        return (value: readonly Value[]) => `(${fields.map((field, i) => names[i]! + field(value[i]!)).join(', ')})`;
      }
      return (value: readonly Value[]) => `(${fields.map((field, i) => field(value[i]!)).join(', ')})`;
    }
    case 'DESCRIPTOR':
      throw new Error('Millrace bug: a DESCRIPTOR has no value');
    default:
      return unreachable(type);
  }
}

function orNull(text: (value: Value) => string): (value: Value) => string {
  return (value) => (value === null ? 'NULL' : text(value));
}

const pairs = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'));
const triples = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'));
/** Two digits of 0..99. */
const two = (n: number): string => pairs[n] ?? String(n);

/** Four digits; as Flink does it, years beyond 9999 lose their head. */
function yearToText(year: number): string {
  if (year >= 0) return String(year % 10_000).padStart(4, '0');
  return [1000, 100, 10, 1].map((unit) => String.fromCharCode(48 + (Math.trunc(year / unit) % 10))).join('');
}

/** `2020-02-29` */
export function dateToText(days: number): string {
  if (days !== lastDays) {
    const { year, month, day } = civilOf(days);
    lastDate = `${yearToText(year)}-${two(month)}-${two(day)}`;
    lastDays = days;
  }
  return lastDate;
}
// Timestamps of a stream lie close together.
let lastDays = NaN;
let lastDate = '';

const clockText = (seconds: number): string =>
  `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;

/** `10:11:12.5`: up to `precision` digits without trailing zeros, but at least one if the precision is not 0. */
export function timeToText(ms: number, precision: number): string {
  const seconds = Math.floor(ms / 1000);
  const clock = clockText(seconds);
  if (precision === 0) return clock;
  const fraction = triples[ms - seconds * 1000]!.slice(0, precision).replace(/0+$/, '');
  return `${clock}.${fraction || '0'}`;
}

/** `2020-02-29 10:11:12.500`: `precision` digits (more if the value has more). `ms` is wall clock, `nanos` 0..999999 within it. */
export function timestampToText(ms: number, nanos: number, precision: number): string {
  const days = Math.floor(ms / MS_PER_DAY);
  const inDay = ms - days * MS_PER_DAY;
  const seconds = Math.floor(inDay / 1000);
  const clock = `${dateToText(days)} ${clockText(seconds)}`;
  const millis = inDay - seconds * 1000;
  if (precision === 0 && millis === 0 && nanos === 0) return clock;
  if (precision === 3 && nanos === 0) return `${clock}.${triples[millis]!}`;
  let fraction = String(millis * 1_000_000 + nanos).padStart(9, '0');
  let length = 9;
  while (length > precision && fraction.charCodeAt(length - 1) === 48) length--;
  fraction = fraction.slice(0, length);
  return length === 0 ? clock : `${clock}.${fraction}`;
}

/** `+1-02`, `-0-11` */
export function monthsToText(months: number): string {
  const size = Math.abs(months);
  return `${months < 0 ? '-' : '+'}${Math.floor(size / 12)}-${two(size % 12)}`;
}

/** `+1 10:00:00.123` */
export function millisToText(millis: number): string {
  const size = Math.abs(millis);
  const days = Math.floor(size / MS_PER_DAY);
  const inDay = size - days * MS_PER_DAY;
  return `${millis < 0 ? '-' : '+'}${days} ${clockText(Math.floor(inDay / 1000))}.${triples[inDay % 1000]!}`;
}
