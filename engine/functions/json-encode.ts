/** SQL values as JSON, as JSON_STRING, JSON_OBJECT and JSON_ARRAY write them. */
import { Buffer } from 'node:buffer';
import { civilOf, MS_PER_DAY } from '../types/calendar.ts';
import type { DataType } from '../types/type.ts';
import { isString } from '../types/type.ts';
import type { MapValue, Value } from '../types/value.ts';
import { doubleToText } from '../types/number-text.ts';
import { timeToText } from '../types/text.ts';
import { variantToJson } from '../types/variant.ts';
import { jsonString, scaledText } from './json-value.ts';
import { millisOf, nanosOf } from './scalar-time-value.ts';

/** Whether values of a type have a JSON form in Flink: no DATE, TIME and interval, and maps with text keys only. */
export function hasJson(type: DataType): boolean {
  switch (type.kind) {
    case 'DATE':
    case 'TIME':
    case 'INTERVAL_DAY_TIME':
    case 'INTERVAL_YEAR_MONTH':
    case 'MULTISET':
    case 'BITMAP':
    case 'DESCRIPTOR':
      return false;
    case 'ARRAY':
      return hasJson(type.element);
    case 'MAP':
      return isString(type.key) && hasJson(type.value);
    case 'ROW':
      return type.fields.every((field) => hasJson(field.type));
    default:
      return true;
  }
}

/** A function from values (and NULL) of a type to their JSON text. */
export function jsonEncoder(type: DataType): (value: Value) => string {
  const encode = encoder(type);
  return (value) => (value === null ? 'null' : encode(value as never));
}

function encoder(type: DataType): (value: never) => string {
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return jsonString;
    case 'VARIANT':
      return variantToJson;
    case 'FLOAT':
    case 'DOUBLE':
      return doubleJson;
    case 'DECIMAL': {
      const { scale } = type;
      return (value: bigint) => scaledText(value < 0n ? '-' : '', String(value < 0n ? -value : value), scale);
    }
    case 'BINARY':
    case 'VARBINARY':
      return (value: Uint8Array) => `"${Buffer.from(value).toString('base64')}"`;
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const [millis, nanos] = [millisOf(type), nanosOf(type)];
      const end = type.kind === 'TIMESTAMP' ? '"' : 'Z"';
      return (value: never) => `"${isoTimestamp(millis(value), nanos(value))}${end}`;
    }
    case 'ARRAY': {
      const element = jsonEncoder(type.element);
      return (value: readonly Value[]) => `[${value.map(element).join()}]`;
    }
    case 'MAP': {
      const item = jsonEncoder(type.value);
      return (value: MapValue) => jsonObject(value.entries.map(([key, content]) => [String(key), item(content)]));
    }
    case 'ROW': {
      const fields = type.fields.map((field) => ({ name: field.name, encode: jsonEncoder(field.type) }));
      return (value: readonly Value[]) => jsonObject(fields.map(({ name, encode }, i) => [name, encode(value[i]!)]));
    }
    default:
      return String;
  }
}

/** An object of encoded members, in the order of their names; of equal names the last counts. */
export function jsonObject(members: readonly (readonly [name: string, text: string])[]): string {
  const byName = [...new Map(members)].sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${byName.map(([name, text]) => `${jsonString(name)}:${text}`).join()}}`;
}

/** `BigDecimal.valueOf(value).toString()`: 1.5, 1.0E+7; what is no number is a string. */
function doubleJson(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  const [, sign, whole, fraction, exponent = '0'] = /^(-?)(\d+)\.(\d+)(?:E(-?\d+))?$/.exec(doubleToText(value))!;
  const digits = (whole! + fraction!).replace(/^0+(?=\d)/, '');
  return scaledText(value === 0 ? '' : sign!, digits, fraction!.length - Number(exponent));
}

/** `2020-01-01T00:00:00.5`: always with seconds, the fraction without zeros at its end. */
function isoTimestamp(ms: number, nanos: number): string {
  const days = Math.floor(ms / MS_PER_DAY);
  const { year, month, day } = civilOf(days);
  const ofDay = ms - days * MS_PER_DAY;
  const fraction = String((ofDay % 1000) * 1_000_000 + nanos)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  return `${date}T${timeToText(ofDay, 0)}${fraction === '' ? '' : `.${fraction}`}`;
}
