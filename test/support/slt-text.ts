/**
 * From the JSON form of a result (what the oracle and `millrace sql --format ndjson` print) to the text form of the `.slt` files.
 * The types say what JSON has dropped: zeros at the end of decimals and of fractions of a second.
 */
import type { Kind, SltColumn, SltResult, SltRow } from './slt.ts';

/** JSON with the text of its numbers kept: 1.10 and 9223372036854775807 do not fit JavaScript's. */
export type Json = null | boolean | string | JsonNumber | readonly Json[] | { readonly [key: string]: Json };

export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Parses JSON; numbers become JsonNumber. */
export function parseJson(text: string): Json {
  const tagged = text.replace(/("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)/g, (whole, quoted?: string) =>
    quoted === undefined ? `{"\\u0000":"${whole}"}` : whole,
  );
  return JSON.parse(tagged, (_key, value: unknown) => {
    const number = (value as { readonly '\0'?: string } | null)?.['\0'];
    return number === undefined ? value : new JsonNumber(number);
  }) as Json;
}

/** A type as the columns name it, taken apart. */
interface TypeTree {
  readonly name: string;
  /** Length, precision or scale in parentheses. */
  readonly numbers: readonly number[];
  /** Element of an ARRAY or MULTISET; key and value of a MAP; fields of a ROW. */
  readonly inner: readonly { readonly name: string; readonly type: TypeTree }[];
  /** Words behind: `DAY TIME`, `NOT NULL`. */
  readonly rest: string;
}

const unknownType: TypeTree = { name: '', numbers: [], inner: [], rest: '' };

function parseType(text: string): TypeTree {
  const token = /\s*(`(?:[^`]|``)*`|\w+|[<>(),])/y;
  const tokens: string[] = [];
  for (let match = token.exec(text); match !== null; match = token.exec(text)) tokens.push(match[1] ?? '');
  let at = 0;
  const accept = (wanted: string): boolean => tokens[at] === wanted && ++at > 0;
  const type = (): TypeTree => {
    const name = tokens[at++] ?? '';
    const numbers: number[] = [];
    const inner: { name: string; type: TypeTree }[] = [];
    if (accept('(')) while (!accept(')')) if (!accept(',')) numbers.push(Number(tokens[at++]));
    if (accept('<'))
      while (!accept('>')) {
        if (accept(',')) continue;
        const field = name === 'ROW' ? (tokens[at++] ?? '').slice(1, -1) : '';
        inner.push({ name: field, type: type() });
      }
    let rest = '';
    while (/^\w/.test(tokens[at] ?? '')) rest += `${tokens[at++]} `;
    return { name, numbers, inner, rest };
  };
  return type();
}

/** Text of a value of `type`, null for NULL; throws an Error when the value cannot be of that type. */
export function textOfJson(value: Json, type: string): string | null {
  return value === null ? null : textOf(value, parseType(type));
}

function textOf(value: Json, type: TypeTree): string {
  if (value === null) return 'NULL';
  const inner = (i: number): TypeTree => type.inner[i]?.type ?? unknownType;
  if (Array.isArray(value)) {
    const parts = (value as readonly Json[]).map((v, i) => textOf(v, inner(type.name === 'ROW' ? i : 0)));
    return type.name === 'ROW' ? `(${parts.join(', ')})` : `[${parts.join(', ')}]`;
  }
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (value instanceof JsonNumber) {
    if (type.name === 'INTERVAL') return intervalText(Number(value.text), type.rest);
    if (type.name !== 'DECIMAL') return value.text;
    return padded(plain(value.text), type.numbers[1] ?? 0);
  }
  if (typeof value === 'object') {
    if (type.name === 'ROW') {
      const row = value as { readonly [key: string]: Json };
      return `(${type.inner.map((field) => textOf(row[field.name] ?? null, field.type)).join(', ')})`;
    }
    const valueType = type.name === 'MULTISET' ? unknownType : inner(1);
    return `{${Object.entries(value)
      .map(([key, v]) => `${textOf(key, inner(0))}=${textOf(v, valueType)}`)
      .join(', ')}}`;
  }
  switch (type.name) {
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const text = (value as string).replace('T', ' ').replace(/Z$/, '');
      const [, date = '', time = '', fraction = ''] = /^(.*) ([\d:]+)(?:\.(\d+))?$/.exec(text) ?? [];
      const seconds = time.length === 5 ? `${time}:00` : time;
      const digits = fraction.padEnd(type.numbers[0] ?? 6, '0');
      return digits === '' ? `${date} ${seconds}` : `${date} ${seconds}.${digits}`;
    }
    case 'TIME': {
      const [time = '', fraction = ''] = (value as string).split('.');
      const digits = fraction.padEnd(type.numbers[0] ?? 0, '0');
      return digits === '' ? time : `${time}.${digits}`;
    }
    case 'BYTES':
    case 'BINARY':
    case 'VARBINARY':
      return `x'${Buffer.from(value as string, 'base64').toString('hex')}'`;
    default:
      return value as string;
  }
}

/** `+1 02:03:04.000` of milliseconds, `+1-06` of months. */
function intervalText(value: number, fields: string): string {
  const sign = value < 0 ? '-' : '+';
  const size = Math.abs(value);
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  if (fields.startsWith('YEAR')) return `${sign}${Math.floor(size / 12)}-${two(size % 12)}`;
  const seconds = size / 1000;
  const time = `${two((seconds / 3600) % 24)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${sign}${Math.floor(seconds / 86_400)} ${time}.${String(size % 1000).padStart(3, '0')}`;
}

/** A decimal number without exponent. */
function plain(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, '0');
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

function padded(text: string, scale: number): string {
  const [whole = '', fraction = ''] = text.split('.');
  return scale === 0 ? text : `${whole}.${fraction.padEnd(scale, '0')}`;
}

/** Line 0 is what Calcite says when it has no place. */
function placeOf(at: readonly JsonNumber[] | undefined): readonly number[] | undefined {
  const numbers = at?.map((n) => Number(n.text));
  return numbers?.[0] === 0 ? undefined : numbers;
}

/**
 * The results in NDJSON output, by statement number. `form`: `json` as `--format json` and `millrace sql` print, `text` as `--format plain_text`.
 * A statement without any line is not in the map: it succeeded and has no result.
 */
export function readNdjson(output: string, form: 'json' | 'text'): Map<number, SltResult> {
  const results = new Map<number, SltResult>();
  let columns: readonly SltColumn[] = [];
  let rows: SltRow[] = [];
  for (const line of output.split('\n')) {
    if (line === '') continue;
    const record = parseJson(line) as unknown as {
      readonly query?: JsonNumber;
      readonly columns?: readonly SltColumn[];
      readonly error?: string;
      readonly at?: readonly JsonNumber[];
      readonly kind: Kind;
      readonly row: readonly Json[];
    };
    const query = Number(record.query?.text);
    if (record.error !== undefined)
      results.set(query, { kind: 'error', message: record.error, at: placeOf(record.at) });
    else if (record.columns !== undefined) {
      columns = record.columns;
      rows = [];
      results.set(query, { kind: 'rows', columns, rows });
    } else if (record.row !== undefined) {
      const values = record.row.map((value, i) =>
        form === 'text' ? (value as string | null) : textOfJson(value, columns[i]?.type ?? ''),
      );
      rows.push({ kind: record.kind, values });
    }
  }
  return results;
}
