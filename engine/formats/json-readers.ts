/** JSON values to SQL values, type by type, as JsonParserToRowDataConverters of Flink 2.3 does. */
import type { DataType } from '../types/type.ts';
import { MapValue, type Value } from '../types/value.ts';
import { typeToString } from '../types/type.ts';
import { MillraceError } from '../errors.ts';
import { unreachable } from '../assert.ts';
import { Malformed } from './malformed.ts';
import type { JsonCursor, JsonNumber } from './json-cursor.ts';
import { parseBase64 } from './base64.ts';
import { compactJson } from './json-text.ts';
import { fitDecimal, javaTrim, parseDecimalText, parseDouble, parseFloat32, parseInteger } from './number-text.ts';
import { parseIsoDate, parseSqlTime, parseAnyTimestamp, parseTimestamp, timestampValue } from './time-text.ts';

/** Reads the value at the cursor, which stands behind it afterwards; throws Malformed. */
export type JsonReader = (cursor: JsonCursor) => Value;

export interface JsonReadOptions {
  readonly ignoreParseErrors: boolean;
  readonly failOnMissingField: boolean;
  /** any: both, and TIMESTAMP_LTZ with or without its Z. */
  readonly timestampStyle: 'sql' | 'iso' | 'any';
  /** Some column of the table is a DECIMAL: fractions inside of a STRING stay decimals. */
  readonly exactNumbers: boolean;
}

/** The reader of a column of `type`: NULL for null, and with ignore-parse-errors for what cannot be read. */
export function jsonReader(type: DataType, options: JsonReadOptions): JsonReader {
  const read = valueReader(type, options);
  const nullable: JsonReader = (cursor) => {
    if (cursor.peek() !== 0x6e) return read(cursor);
    cursor.word();
    return null;
  };
  if (!options.ignoreParseErrors) return nullable;
  return (cursor) => {
    const { pos: start, depth } = cursor;
    try {
      return nullable(cursor);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      // The value is bad but its syntax may be good: then only this field is lost. Else `skip` throws, and the row is.
      cursor.retry(start, depth);
      cursor.skip();
      return null;
    }
  };
}

function valueReader(type: DataType, options: JsonReadOptions): JsonReader {
  switch (type.kind) {
    case 'BOOLEAN':
      return readBoolean;
    case 'TINYINT':
      return integerReader(type, 8, false);
    case 'SMALLINT':
      return integerReader(type, 16, false);
    case 'INT':
    case 'INTERVAL_YEAR_MONTH':
      return integerReader(type, 32, true);
    case 'BIGINT':
      return longReader(type, (value) => value);
    case 'INTERVAL_DAY_TIME':
      return longReader(type, Number);
    case 'FLOAT':
      return floatReader(type, parseFloat32);
    case 'DOUBLE':
      return floatReader(type, parseDouble);
    case 'DECIMAL':
      return decimalReader(type);
    case 'CHAR':
    case 'VARCHAR':
      return (cursor) => readString(cursor, options.exactNumbers);
    case 'BINARY':
    case 'VARBINARY':
      return readBinary;
    case 'DATE':
      return textReader(type, parseIsoDate);
    case 'TIME':
      return textReader(type, parseSqlTime);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return timestampReader(type, options.timestampStyle);
    case 'ARRAY':
      return arrayReader(type.element, options);
    case 'MAP':
      return mapReader(type, type.key, type.value, options);
    case 'MULTISET':
      return mapReader(type, type.element, { kind: 'INT', nullable: true }, options);
    case 'ROW':
      return rowReader(type, options);
    case 'VARIANT':
    case 'BITMAP':
    case 'NULL':
    case 'DESCRIPTOR':
      return unsupported(type);
    default:
      return unreachable(type);
  }
}

function unsupported(type: DataType): never {
  throw new MillraceError('CONNECTOR_OPTION', `the json format cannot read a column of type ${typeToString(type)}`);
}

const isNumberStart = (c: number): boolean => c === 0x2d || (c >= 0x30 && c <= 0x39);

/** Strings, numbers, true and false as their text; an object or an array is no scalar. */
function scalarText(cursor: JsonCursor, type: DataType): string {
  const c = cursor.peek();
  if (c === 0x22) return cursor.string();
  if (c === 0x7b || c === 0x5b)
    cursor.fail(`expected a value for ${typeToString(type)}, found ${c === 0x7b ? 'an object' : 'an array'}`);
  return isNumberStart(c) ? cursor.number().text : cursor.word();
}

function reject(cursor: JsonCursor, start: number, text: string, type: DataType): never {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return cursor.fail(`${JSON.stringify(shown)} is no ${typeToString(type, { nullability: false })}`, start);
}

/** As Boolean.parseBoolean: any text but "true" is false. */
function readBoolean(cursor: JsonCursor): boolean {
  return javaTrim(scalarText(cursor, { kind: 'BOOLEAN', nullable: true })).toLowerCase() === 'true';
}

/** JSON fractions are cut off for INT and BIGINT, and refused for the narrower types, as Flink does. */
function readInteger(cursor: JsonCursor, type: DataType, min: bigint, max: bigint, fractions: boolean): bigint {
  const c = cursor.peek();
  const start = cursor.pos;
  let text: string;
  if (isNumberStart(c)) {
    const number = cursor.number();
    text = number.text;
    if (!number.integer) {
      const whole = fractions ? truncated(number) : undefined;
      return whole !== undefined && whole >= min && whole <= max ? whole : reject(cursor, start, text, type);
    }
  } else {
    text = scalarText(cursor, type);
  }
  return parseInteger(javaTrim(text), min, max) ?? reject(cursor, start, text, type);
}

function truncated({ text }: JsonNumber): bigint | undefined {
  const { unscaled, scale } = parseDecimalText(text)!;
  if (scale <= 0) return scale < -30 && unscaled !== 0n ? undefined : unscaled * 10n ** BigInt(-scale);
  return scale > 400 ? 0n : unscaled / 10n ** BigInt(scale);
}

function integerReader(type: DataType, bits: 8 | 16 | 32, fractions: boolean): JsonReader {
  const max = 2n ** BigInt(bits - 1) - 1n;
  return (cursor) => Number(readInteger(cursor, type, -max - 1n, max, fractions));
}

function longReader(type: DataType, convert: (value: bigint) => Value): JsonReader {
  const max = 2n ** 63n - 1n;
  return (cursor) => convert(readInteger(cursor, type, -max - 1n, max, true));
}

function floatReader(type: DataType, parse: (text: string) => number | undefined): JsonReader {
  return (cursor) => {
    cursor.skipSpace();
    const start = cursor.pos;
    const text = scalarText(cursor, type);
    return parse(javaTrim(text)) ?? reject(cursor, start, text, type);
  };
}

function decimalReader(type: DataType & { kind: 'DECIMAL' }): JsonReader {
  return (cursor) => {
    cursor.skipSpace();
    const start = cursor.pos;
    const text = scalarText(cursor, type);
    const decimal = parseDecimalText(javaTrim(text)) ?? reject(cursor, start, text, type);
    // A number with too many digits is NULL, not an error, as everywhere in Flink's decimals.
    return fitDecimal(decimal, type.precision, type.scale) ?? null;
  };
}

function readString(cursor: JsonCursor, exactNumbers: boolean): string {
  const c = cursor.peek();
  if (c === 0x22) return cursor.string();
  if (c === 0x7b || c === 0x5b) return compactJson(cursor, exactNumbers);
  return isNumberStart(c) ? cursor.number().text : cursor.word();
}

const BYTES: DataType = { kind: 'VARBINARY', length: 2147483647, nullable: true };

function readBinary(cursor: JsonCursor): Uint8Array {
  const start = (cursor.skipSpace(), cursor.pos);
  if (cursor.peek() !== 0x22) cursor.fail('expected a string in base64');
  const text = cursor.string();
  return parseBase64(text) ?? reject(cursor, start, text, BYTES);
}

function textReader(type: DataType, parse: (text: string) => number | undefined): JsonReader {
  return (cursor) => {
    cursor.skipSpace();
    const start = cursor.pos;
    const text = scalarText(cursor, type);
    return parse(text) ?? reject(cursor, start, text, type);
  };
}

function timestampReader(type: DataType, style: 'sql' | 'iso' | 'any'): JsonReader {
  const zoned = type.kind === 'TIMESTAMP_LTZ';
  const parse = style === 'any' ? parseAnyTimestamp : (text: string) => parseTimestamp(text, style, zoned);
  return (cursor) => {
    cursor.skipSpace();
    const start = cursor.pos;
    const text = scalarText(cursor, type);
    const point = parse(text) ?? reject(cursor, start, text, type);
    return timestampValue(point, type);
  };
}

function arrayReader(elementType: DataType, options: JsonReadOptions): JsonReader {
  const element = jsonReader(elementType, options);
  return (cursor) => {
    cursor.enter('[');
    const items: Value[] = [];
    while (cursor.nextElement()) items.push(element(cursor));
    return items;
  };
}

function mapReader(type: DataType, key: DataType, value: DataType, options: JsonReadOptions): JsonReader {
  if (key.kind !== 'CHAR' && key.kind !== 'VARCHAR') {
    throw new MillraceError('CONNECTOR_OPTION', `the json format needs strings as keys: ${typeToString(type)}`);
  }
  const read = jsonReader(value, options);
  return (cursor) => {
    cursor.enter('{');
    const entries = new Map<string, Value>();
    while (cursor.nextKey()) {
      const name = cursor.key;
      entries.set(name, read(cursor));
    }
    return new MapValue([...entries]);
  };
}

function rowReader(type: DataType & { kind: 'ROW' }, options: JsonReadOptions): JsonReader {
  const readers = type.fields.map((field) => jsonReader(field.type, options));
  const index = new Map(type.fields.map((field, i) => [field.name, i]));
  return (cursor) => {
    const start = (cursor.skipSpace(), cursor.pos);
    cursor.enter('{');
    const values = new Array<Value | undefined>(readers.length).fill(undefined);
    while (cursor.nextKey()) {
      const i = index.get(cursor.key);
      if (i === undefined) cursor.skip();
      else values[i] = readers[i]!(cursor);
    }
    if (options.failOnMissingField && values.includes(undefined)) {
      cursor.fail(`field "${type.fields[values.indexOf(undefined)]!.name}" is missing`, start);
    }
    return values.map((item) => item ?? null);
  };
}
