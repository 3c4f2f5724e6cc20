/** Casts from text, and to CHAR, VARCHAR, BINARY and VARBINARY of a length: cut and padded. */
import type { EvalContext } from '../expr/expr.ts';
import {
  parseBigint,
  parseBoolean,
  parseDate,
  parseDecimal,
  parseDouble,
  parseFloat32,
  parseInteger,
  parseTime,
  parseTimestamp,
} from '../types/parse.ts';
import { timeZone } from '../types/time-zone.ts';
import { isBinary, isString, MAX_LENGTH, STRING, type DataType } from '../types/type.ts';
import { noCast, type Cast } from './cast-none.ts';

export function castFromText(to: DataType, context: EvalContext): Cast {
  switch (to.kind) {
    case 'BOOLEAN':
      return parseBoolean;
    case 'TINYINT':
      return (text: string) => parseInteger(text, -128, 127);
    case 'SMALLINT':
      return (text: string) => parseInteger(text, -32768, 32767);
    case 'INT':
      return (text: string) => parseInteger(text, -2147483648, 2147483647);
    case 'BIGINT':
      return parseBigint;
    case 'FLOAT':
      return parseFloat32;
    case 'DOUBLE':
      return parseDouble;
    case 'DECIMAL': {
      const { precision, scale } = to;
      return (text: string) => parseDecimal(text, precision, scale);
    }
    case 'DATE':
      return parseDate;
    case 'TIME': {
      const { precision } = to;
      return (text: string) => parseTime(text, precision);
    }
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const { precision } = to;
      const zone = to.kind === 'TIMESTAMP' ? undefined : timeZone(context.timeZone);
      return (text: string) => {
        const { ms, nanos } = parseTimestamp(text, precision);
        const instant = zone === undefined ? ms : zone.toInstant(ms);
        return precision <= 3 ? instant : BigInt(instant) * 1_000_000n + BigInt(nanos);
      };
    }
    default:
      return noCast(STRING, to);
  }
}

const surrogate = /[\ud800-\udfff]/;

/** Cuts to the length and pads a CHAR with blanks, both in code points; undefined when the type takes any string as it is. */
export function fitText(to: DataType): ((text: string) => string) | undefined {
  if (to.kind !== 'CHAR' && to.kind !== 'VARCHAR') return undefined;
  const { length, kind } = to;
  if (length === MAX_LENGTH) return undefined;
  const fitPoints = (text: string): string => {
    const points = [...text];
    if (points.length > length) return points.slice(0, length).join('');
    return kind === 'CHAR' ? text + ' '.repeat(length - points.length) : text;
  };
  if (kind === 'VARCHAR')
    return (text) => (text.length <= length ? text : surrogate.test(text) ? fitPoints(text) : text.slice(0, length));
  return (text) =>
    surrogate.test(text) ? fitPoints(text) : text.length < length ? text.padEnd(length) : text.slice(0, length);
}

/** Strings become their UTF-8 bytes, bitmaps their serialised form; BINARY(n) is padded with zeros. */
export function castToBinary(from: DataType, to: DataType): Cast {
  if (!isString(from) && !isBinary(from) && from.kind !== 'BITMAP') return noCast(from, to);
  if (to.kind !== 'BINARY' && to.kind !== 'VARBINARY') return noCast(from, to);
  const { length, kind } = to;
  const fit = (bytes: Uint8Array): Uint8Array => {
    if (bytes.length > length) return bytes.subarray(0, length);
    if (kind === 'VARBINARY' || bytes.length === length) return bytes;
    const padded = new Uint8Array(length);
    padded.set(bytes);
    return padded;
  };
  return isString(from) ? (text: string) => fit(new TextEncoder().encode(text)) : fit;
}
