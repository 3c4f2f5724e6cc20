/**
 * JSON documents as Flink's JSON functions see them: numbers keep their digits (1.50 stays 1.50, 1e3 is shown as 1E+3), of equal names
 * the last counts, text after the first value does not matter. What Jackson refuses is refused.
 */
import { MillraceError } from '../errors.ts';

/** A number by its digits; `toString` of Java's BigDecimal (of BigInteger for whole numbers). */
export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
export type JsonObject = ReadonlyMap<string, Json>;
export type Json = null | boolean | string | JsonNumber | readonly Json[] | JsonObject;

export const isObject = (value: Json): value is JsonObject => value instanceof Map;
export const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);
export const isScalar = (value: Json): boolean => !isObject(value) && !isArray(value);

/** Thrown by the reader; never leaves this file. */
class BadJson extends Error {}

const MAX_DEPTH = 1000;
let lastText: string | undefined;
let lastValue: Json | undefined;

/** The value that a text begins with; undefined when it is no JSON. The last document is kept: queries take several values of one. */
export function parseJson(text: string): Json | undefined {
  if (text === lastText) return lastValue;
  let value: Json | undefined;
  try {
    value = new JsonReader(text).read();
  } catch (error) {
    if (!(error instanceof BadJson)) throw error;
  }
  [lastText, lastValue] = [text, value];
  return value;
}

/** As `parseJson`, with numbers as they are written and, unless they are allowed, no equal names in an object. */
export function parseRawJson(text: string, { duplicates }: { readonly duplicates: boolean }): Json | undefined {
  try {
    return new JsonReader(text, { rawNumbers: true, duplicates }).read();
  } catch (error) {
    if (error instanceof BadJson) return undefined;
    throw error;
  }
}

interface ReaderOptions {
  readonly rawNumbers: boolean;
  readonly duplicates: boolean;
}

class JsonReader {
  readonly #text: string;
  readonly #options: ReaderOptions;
  #at = 0;
  #depth = 0;

  constructor(text: string, options: ReaderOptions = { rawNumbers: false, duplicates: true }) {
    this.#text = text;
    this.#options = options;
  }

  read(): Json {
    const code = this.#next();
    switch (code) {
      case 0x7b: // {
        return this.#object();
      case 0x5b: // [
        return this.#array();
      case 0x22: // "
        return this.#string();
      case 0x74: // t
        return this.#word('true', true);
      case 0x66: // f
        return this.#word('false', false);
      case 0x6e: // n
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  /** Skips white space and looks at the next character. */
  #next(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#at++;
    }
  }

  #enter(): void {
    this.#at++;
    if (++this.#depth > MAX_DEPTH) throw new BadJson('nested too deeply');
  }

  #object(): Json {
    this.#enter();
    const entries = new Map<string, Json>();
    if (this.#next() === 0x7d) return this.#leave(entries);
    for (;;) {
      if (this.#next() !== 0x22) throw new BadJson('a name is missing');
      const name = this.#string();
      if (!this.#options.duplicates && entries.has(name)) throw new BadJson('a name is there twice');
      if (this.#next() !== 0x3a) throw new BadJson('a colon is missing');
      this.#at++;
      entries.set(name, this.read());
      const code = this.#next();
      if (code === 0x7d) return this.#leave(entries);
      if (code !== 0x2c) throw new BadJson('a comma is missing');
      this.#at++;
    }
  }

  #array(): Json {
    this.#enter();
    const items: Json[] = [];
    if (this.#next() === 0x5d) return this.#leave(items);
    for (;;) {
      items.push(this.read());
      const code = this.#next();
      if (code === 0x5d) return this.#leave(items);
      if (code !== 0x2c) throw new BadJson('a comma is missing');
      this.#at++;
    }
  }

  #leave<T>(value: T): T {
    this.#at++;
    this.#depth--;
    return value;
  }

  #string(): string {
    const start = ++this.#at;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 0x22) {
        this.#at++;
        return this.#text.slice(start, this.#at - 1);
      }
      if (code === 0x5c) return this.#escaped(start);
      if (!(code >= 0x20)) throw new BadJson('a string is not closed');
      this.#at++;
    }
  }

  /** The rest of a string from its first backslash on. */
  #escaped(start: number): string {
    let result = this.#text.slice(start, this.#at);
    for (;;) {
      const char = this.#text.charAt(this.#at);
      if (char === '"') {
        this.#at++;
        return result;
      }
      if (char === '' || char < ' ') throw new BadJson('a string is not closed');
      if (char !== '\\') {
        result += char;
        this.#at++;
        continue;
      }
      const letter = this.#text.charAt(this.#at + 1);
      const plain = escapes[letter];
      if (plain !== undefined) {
        result += plain;
        this.#at += 2;
        continue;
      }
      const digits = this.#text.slice(this.#at + 2, this.#at + 6);
      if (letter !== 'u' || !/^[0-9A-Fa-f]{4}$/.test(digits)) throw new BadJson('a wrong escape');
      result += String.fromCharCode(Number.parseInt(digits, 16));
      this.#at += 6;
    }
  }

  #word<T>(word: string, value: T): T {
    const end = this.#at + word.length;
    if (!this.#text.startsWith(word, this.#at) || /[A-Za-z0-9_$]/.test(this.#text.charAt(end)))
      throw new BadJson('a wrong word');
    this.#at = end;
    return value;
  }

  #number(): JsonNumber {
    numberPattern.lastIndex = this.#at;
    const match = numberPattern.exec(this.#text);
    if (match === null) throw new BadJson('no value');
    this.#at = numberPattern.lastIndex;
    // A number ends with white space or punctuation: 01, 1. and 1x are none.
    if (/[\w.+-]/.test(this.#text.charAt(this.#at))) throw new BadJson('a wrong number');
    if (this.#options.rawNumbers) return new JsonNumber(match[0]);
    return new JsonNumber(
      bigDecimalText(
        match[1]!,
        match[2]!,
        match[3] ?? '',
        match[3] === undefined && match[4] === undefined ? undefined : Number(match[4] ?? 0),
      ),
    );
  }
}

const numberPattern = /(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?/y;
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** BigDecimal.toString of digits with a fraction and an exponent; whole numbers (exponent undefined) stay as they are. */
function bigDecimalText(sign: string, whole: string, fraction: string, exponent: number | undefined): string {
  if (exponent === undefined) return whole === '0' ? '0' : sign + whole;
  const unscaled = (whole + fraction).replace(/^0+(?=\d)/, '');
  return scaledText(unscaled === '0'.repeat(unscaled.length) ? '' : sign, unscaled, fraction.length - exponent);
}

/** BigDecimal.toString of digits × 10^-scale. */
export function scaledText(sign: string, digits: string, scale: number): string {
  const adjusted = digits.length - 1 - scale;
  if (scale >= 0 && adjusted >= -6) {
    if (scale === 0) return sign + digits;
    const padded = digits.padStart(scale + 1, '0');
    return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
  }
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return `${sign}${mantissa}E${adjusted < 0 ? '-' : '+'}${Math.abs(adjusted)}`;
}

/** A value as JSON without blanks, the members of objects in the order of their names. */
export function jsonText(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return jsonString(value);
  if (typeof value === 'boolean') return String(value);
  if (value instanceof JsonNumber) return value.text;
  if (isArray(value)) return `[${value.map(jsonText).join()}]`;
  const names = [...value.keys()].sort((a, b) => (a < b ? -1 : 1));
  return `{${names.map((name) => `${jsonString(name)}:${jsonText(value.get(name)!)}`).join()}}`;
}

/** A string in quotes, escaped as Jackson does: as JavaScript, with upper case digits. */
export function jsonString(value: string): string {
  const text = JSON.stringify(value);
  return text.includes('\\u00')
    ? text.replace(/\\u00([01][0-9a-f])/g, (_, digits: string) => `\\u00${digits.toUpperCase()}`)
    : text;
}

/** What a scalar is as text: JSON_VALUE's result. */
export function scalarText(value: Json): string {
  return value instanceof JsonNumber ? value.text : String(value);
}

/** The value, or the error of JSON that cannot be read. */
export function requireJson(text: string, where: string): Json {
  const value = parseJson(text);
  if (value === undefined) throw new MillraceError('RUNTIME_FAILED', `invalid JSON in ${where}: ${text.slice(0, 100)}`);
  return value;
}
