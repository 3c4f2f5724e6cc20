/**
 * Strings: where something is, and what lies between separators. Positions count Unicode code points from 1, 0 means "not found".
 *
 * POSITION: args (needle, haystack[, from]).
 */
import { MillraceError } from '../errors.ts';
import { BOOLEAN, INT, STRING } from '../types/type.ts';
import type { ScalarFunction } from './function.ts';
import { bytes, defineScalar, integer, maybe, strictly, text } from './scalar-define.ts';
import { charCount, positionChars } from './scalar-text.ts';

/** The `nth` occurrence from `start`; a negative start counts and searches from the end. */
function instr(value: string, search: string, start: number | bigint = 1, nth: number | bigint = 1): number {
  const from = Number(start);
  let left = Number(nth);
  if (left <= 0) throw new MillraceError('RUNTIME_FAILED', `INSTR: the occurrence must be positive, not ${left}`);
  if (from === 0) return 0;
  if (from < 0) {
    const position = instr(reversed(value), reversed(search), -from, left);
    return position === 0 ? 0 : charCount(value) + 2 - position - charCount(search);
  }
  let found = from - 1;
  for (; left > 0; left--) {
    found = positionChars(value, search, found + 1);
    if (found === 0) return 0;
  }
  return found;
}

const reversed = (value: string): string => Array.from(value).reverse().join('');

/** The part at `index` (from 0), NULL when there is none. An empty separator means runs of white space; a number is a character code. */
function splitIndex(value: string, separator: string | number | bigint, index: number | bigint): string | null {
  const wanted = Number(index);
  if (wanted < 0 || value === '') return null;
  if (separator === '') return value.split(/[\s\u001c-\u001f]+/u).filter((part) => part !== '')[wanted] ?? null;
  if (typeof separator === 'string') return nthPart(value, separator, wanted);
  const code = Number(separator);
  return code < 1 || code > 255 ? null : nthPart(value, String.fromCharCode(code), wanted);
}

function nthPart(value: string, separator: string, index: number): string | null {
  let start = 0;
  for (let i = 0; i < index; i++) {
    const next = value.indexOf(separator, start);
    if (next < 0) return null;
    start = next + separator.length;
  }
  const end = value.indexOf(separator, start);
  return end < 0 ? value.slice(start) : value.slice(start, end);
}

function startsWith(value: string | Uint8Array, start: string | Uint8Array): boolean {
  if (typeof value === 'string') return value.startsWith(start as string);
  return start.length <= value.length && (start as Uint8Array).every((byte, i) => value[i] === byte);
}

function endsWith(value: string | Uint8Array, end: string | Uint8Array): boolean {
  if (typeof value === 'string') return value.endsWith(end as string);
  const offset = value.length - end.length;
  return offset >= 0 && (end as Uint8Array).every((byte, i) => value[offset + i] === byte);
}

export const stringSearchFunctions: readonly ScalarFunction[] = [
  defineScalar({
    name: 'POSITION',
    signature: 'POSITION(search IN string [FROM start])',
    summary: 'The position of the first occurrence of search, 0 when there is none.',
    params: [
      [text, text],
      [text, text, integer],
    ],
    returns: strictly(INT),
    run: (search: string, value: string, from: number | bigint = 1) => positionChars(value, search, Number(from)),
  }),
  defineScalar({
    name: 'LOCATE',
    signature: 'LOCATE(search, string[, start])',
    summary: 'The position of the first occurrence of search at or after start, 0 when there is none.',
    params: [
      [text, text],
      [text, text, integer],
    ],
    returns: strictly(INT),
    run: (search: string, value: string, from: number | bigint = 1) => positionChars(value, search, Number(from)),
  }),
  defineScalar({
    name: 'INSTR',
    signature: 'INSTR(string, search[, start[, occurrence]])',
    summary:
      'The position of an occurrence of search, 0 when there is none; a negative start searches backwards from the end.',
    params: [
      [text, text],
      [text, text, integer],
      [text, text, integer, integer],
    ],
    returns: strictly(INT),
    run: instr,
  }),
  defineScalar({
    name: 'STARTSWITH',
    signature: 'STARTSWITH(string, start)',
    summary: 'Whether the string (or the bytes) begins with start.',
    params: [
      [text, text],
      [bytes, bytes],
    ],
    bareNull: true,
    returns: strictly(BOOLEAN),
    run: startsWith,
  }),
  defineScalar({
    name: 'ENDSWITH',
    signature: 'ENDSWITH(string, end)',
    summary: 'Whether the string (or the bytes) ends with end.',
    params: [
      [text, text],
      [bytes, bytes],
    ],
    bareNull: true,
    returns: strictly(BOOLEAN),
    run: endsWith,
  }),
  defineScalar({
    name: 'SPLIT_INDEX',
    signature: 'SPLIT_INDEX(string, separator, index)',
    summary:
      'The part at index (from 0) between separators; NULL when there is none. A number as separator is a character code.',
    params: [
      [text, text, integer],
      [text, integer, integer],
    ],
    returns: maybe(STRING),
    run: splitIndex,
  }),
];
