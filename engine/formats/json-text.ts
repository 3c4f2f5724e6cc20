/** JSON values as compact text: what Flink puts into a STRING column when the JSON value is an object or an array. */
import { formatDecimalScientific, formatDouble, parseDecimalText } from './number-text.ts';
import type { JsonCursor } from './json-cursor.ts';

/**
 * The value at the cursor, printed as Jackson prints a tree: no white space, the last of equal keys at the place of the first.
 * `exactNumbers`: fractions stay decimals, without trailing zeros (Flink does so when the table has a DECIMAL column); else they become doubles.
 */
export function compactJson(cursor: JsonCursor, exactNumbers: boolean): string {
  switch (cursor.peek()) {
    case 0x7b: {
      const fields = new Map<string, string>();
      cursor.enter('{');
      while (cursor.nextKey()) {
        const key = cursor.key;
        fields.set(key, compactJson(cursor, exactNumbers));
      }
      return `{${[...fields].map(([key, value]) => `${quoteJson(key)}:${value}`).join(',')}}`;
    }
    case 0x5b: {
      const items: string[] = [];
      cursor.enter('[');
      while (cursor.nextElement()) items.push(compactJson(cursor, exactNumbers));
      return `[${items.join(',')}]`;
    }
    case 0x22:
      return quoteJson(cursor.string());
    case 0x74:
    case 0x66:
    case 0x6e:
      return cursor.word();
    default: {
      const { text, integer } = cursor.number();
      if (integer) return text === '-0' ? '0' : text;
      return exactNumbers ? strippedDecimal(text) : formatDouble(Number(text));
    }
  }
}

function strippedDecimal(text: string): string {
  let { unscaled, scale } = parseDecimalText(text)!;
  if (unscaled === 0n) return '0';
  while (unscaled % 10n === 0n) [unscaled, scale] = [unscaled / 10n, scale - 1];
  return formatDecimalScientific(unscaled, scale);
}

/** A JSON string as Jackson writes it: control characters escaped (`\n`, `\u0001`), `/` and everything beyond ASCII as it is. */
export function quoteJson(text: string): string {
  return `"${text.replace(/["\\\0-\x1f]/g, escaped)}"`;
}

const shortEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
const escaped = (c: string): string =>
  shortEscapes[c] ?? `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
