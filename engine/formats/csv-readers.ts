/** Values of CSV, type by type, as CsvToRowDataConverters of Flink 2.3 does. */
import { assert } from '../assert.ts';
import { MillraceError } from '../errors.ts';
import { typeToString, type DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { parseBase64 } from './base64.ts';
import { fitDecimal, javaTrim, parseDecimalText, parseDouble, parseFloat32, parseInteger } from './number-text.ts';
import { daysInMonth, daysOfDate, parseIsoTime, parseTimestamp, timestampValue } from './time-text.ts';
import type { CsvReadOptions } from './csv-options.ts';

/** The value that a text stands for; throws BadValue. */
export type CsvReader = (text: string) => Value;

export class BadValue extends Error {}

/** The reader of a column: the null literal is NULL, and with ignore-parse-errors what cannot be read is, too. */
export function csvReader(type: DataType, options: CsvReadOptions): CsvReader {
  const read = valueReader(type, options);
  const { nullLiteral, emptyIsNull, ignoreParseErrors } = options;
  return (text) => {
    if (text === nullLiteral || (emptyIsNull && text === '')) return null;
    try {
      return read(text);
    } catch (error) {
      if (ignoreParseErrors && error instanceof BadValue) return null;
      throw error;
    }
  };
}

function required<V>(value: V | undefined, text: string, type: DataType): V {
  if (value !== undefined) return value;
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  throw new BadValue(`${JSON.stringify(shown)} is no ${typeToString(type, { nullability: false })}`);
}

function valueReader(type: DataType, options: CsvReadOptions): CsvReader {
  switch (type.kind) {
    case 'BOOLEAN':
      return (text) => javaTrim(text).toLowerCase() === 'true';
    case 'TINYINT':
      return integer(type, 8);
    case 'SMALLINT':
      return integer(type, 16);
    case 'INT':
    case 'INTERVAL_YEAR_MONTH':
      return integer(type, 32);
    case 'BIGINT':
      return (text) => required(parseInteger(javaTrim(text), -(2n ** 63n), 2n ** 63n - 1n), text, type);
    case 'INTERVAL_DAY_TIME':
      return (text) => Number(required(parseInteger(javaTrim(text), -(2n ** 63n), 2n ** 63n - 1n), text, type));
    case 'FLOAT':
      return (text) => required(parseFloat32(javaTrim(text)), text, type);
    case 'DOUBLE':
      return (text) => required(parseDouble(javaTrim(text)), text, type);
    case 'DECIMAL':
      return (text) => fitDecimal(required(parseDecimalText(text), text, type), type.precision, type.scale) ?? null;
    case 'CHAR':
    case 'VARCHAR':
      return (text) => text;
    case 'BINARY':
    case 'VARBINARY':
      return (text) => required(parseBase64(text), text, type);
    case 'DATE':
      return (text) => required(parseLenientDate(text), text, type);
    case 'TIME': {
      const unit = 10 ** (3 - Math.min(type.precision, 3));
      return (text) => {
        const ms = required(parseIsoTime(text), text, type);
        return Math.floor(ms / unit) * unit;
      };
    }
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return (text) =>
        timestampValue(required(parseTimestamp(text, 'sql', type.kind === 'TIMESTAMP_LTZ'), text, type), type);
    case 'ARRAY': {
      const element = csvReader(type.element, options);
      return (text) => (text === '' ? [] : text.split(options.elementDelimiter).map(element));
    }
    case 'ROW': {
      const fields = type.fields.map((field) => csvReader(field.type, options));
      return (text) => readRow(text, fields, type, options);
    }
    default:
      throw new MillraceError('CONNECTOR_OPTION', `the csv format cannot read a column of type ${typeToString(type)}`);
  }
}

function integer(type: DataType, bits: 8 | 16 | 32): CsvReader {
  const max = 2n ** BigInt(bits - 1) - 1n;
  return (text) => Number(required(parseInteger(javaTrim(text), -max - 1n, max), text, type));
}

/** Nothing is NULL; else there must be a value for each field. */
function readRow(text: string, fields: readonly CsvReader[], type: DataType, options: CsvReadOptions): Value {
  assert(type.kind === 'ROW', 'a row reader has a ROW type');
  if (text === '') return null;
  const parts = text.split(options.elementDelimiter);
  if (parts.length !== fields.length && !options.ignoreParseErrors) {
    throw new BadValue(`expected ${fields.length} values of a ROW, found ${parts.length}`);
  }
  return fields.map((read, i) => (parts[i] === undefined ? null : read(parts[i])));
}

/** As java.sql.Date.valueOf: one or two digits for month and day, and 30 February is 1 or 2 March. */
function parseLenientDate(text: string): number | undefined {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  const last = daysInMonth(year, month);
  return daysOfDate(year, month, Math.min(day, last)) + Math.max(0, day - last);
}
