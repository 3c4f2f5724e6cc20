/** JSON texts → documents of type VARIANT in their normal form (types/variant.ts), and parts of such documents. */
import { doubleInVariant } from '../types/variant.ts';
import { isArray, isObject, JsonNumber, jsonString, parseRawJson, type Json } from './json-value.ts';

const MAX_DECIMAL = 38;

/** The document that a JSON text begins with; undefined when it is none, has a name twice (unless allowed) or a number beyond DOUBLE. */
export function parseVariant(text: string, duplicates: boolean): string | undefined {
  const value = parseRawJson(text, { duplicates });
  return value === undefined ? undefined : normal(value);
}

/** The parts of a document. */
export const readVariant = (document: string): Json => parseRawJson(document, { duplicates: true })!;

/** The normal form of parts whose numbers may be written in any way; undefined when one of them is too large. */
export function normal(value: Json): string | undefined {
  if (value === null) return 'null';
  if (typeof value === 'string') return jsonString(value);
  if (typeof value === 'boolean') return String(value);
  if (value instanceof JsonNumber) return normalNumber(value.text);
  if (isArray(value)) {
    const items = value.map(normal);
    return items.includes(undefined) ? undefined : `[${items.join()}]`;
  }
  return isObject(value) ? normalObject(value) : undefined;
}

function normalObject(value: ReadonlyMap<string, Json>): string | undefined {
  const members: string[] = [];
  for (const name of [...value.keys()].sort()) {
    const member = normal(value.get(name)!);
    if (member === undefined) return undefined;
    members.push(`${jsonString(name)}:${member}`);
  }
  return `{${members.join()}}`;
}

/** A whole number within BIGINT, else a DECIMAL if it has no exponent and fits 38 digits, else a DOUBLE. */
function normalNumber(text: string): string | undefined {
  const [, sign = '', whole = '', fraction = '', exponent] = /^(-?)(\d+)(?:\.(\d+))?(e.*)?$/i.exec(text)!;
  if (exponent === undefined) {
    const digits = (whole + fraction).replace(/^0+(?=\d)/, '');
    const isZero = /^0+$/.test(digits);
    if (fraction === '' && digits.length <= MAX_DECIMAL) return isZero ? '0' : sign + digits;
    if (digits.length <= MAX_DECIMAL && fraction.length <= MAX_DECIMAL) {
      return `${isZero ? '' : sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
    }
  }
  const value = Number(text);
  return Number.isFinite(value) ? doubleInVariant(value) : undefined;
}
