/**
 * Strings: case, length, cutting and trimming. Positions and lengths count Unicode code points, as Flink does. Result types are Flink's:
 * CHAR(n) stays CHAR(n) where the length cannot change.
 *
 * TRIM: args (string[, characters]); options.side 'BOTH' | 'LEADING' | 'TRAILING' (BOTH when absent).
 */
import { INT, STRING, withNullable, type DataType } from '../types/type.ts';
import type { FunctionBinding, ScalarFunction } from './function.ts';
import { defineScalar, integer, maybe, strictly, text, varying, varyingFirst, type Closure } from './scalar-define.ts';
import { charCount, hasSurrogates, leftChars, rightChars, substringChars } from './scalar-text.ts';

/** The first argument's own type, NULL only if an argument is. */
const sameAsFirst = (types: readonly DataType[]): DataType =>
  withNullable(
    types[0]!,
    types.some((type) => type.nullable),
  );
const varyingMaybe = (types: readonly DataType[]): DataType => withNullable(varying(types[0]!), true);

/** A text of fixed length stays as long as it is: UPPER('straße') is STRASS, as in Flink. */
function fitted({ type }: FunctionBinding, change: (value: string) => string): (value: string) => string {
  return type.kind === 'CHAR' ? (value) => change(value).slice(0, value.length) : change;
}

/** Calcite's rule: in each run of ASCII letters and digits the first letter is upper case, the others lower; other characters stay. */
function initcap(value: string): string {
  return value.replace(/[A-Za-z0-9]+/g, (word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase());
}

function trimmed(value: string, characters: ReadonlySet<string>, start: boolean, end: boolean): string {
  const chars = hasSurrogates(value) ? Array.from(value) : value.split('');
  let from = 0;
  let to = chars.length;
  if (start) while (from < to && characters.has(chars[from]!)) from++;
  if (end) while (to > from && characters.has(chars[to - 1]!)) to--;
  return chars.slice(from, to).join('');
}

/** Only U+0020 counts as a space. */
function trimSpaces(value: string, start: boolean, end: boolean): string {
  let from = 0;
  let to = value.length;
  if (start) while (from < to && value.charCodeAt(from) === 0x20) from++;
  if (end) while (to > from && value.charCodeAt(to - 1) === 0x20) to--;
  return value.slice(from, to);
}

/** A trim function; the set of characters of the last call is kept, since it is nearly always a constant. */
function trimmer(start: boolean, end: boolean): Closure {
  let last: string | undefined;
  let set: ReadonlySet<string> = new Set();
  return (value: string, characters?: string) => {
    if (characters === undefined) return trimSpaces(value, start, end);
    if (characters !== last) [last, set] = [characters, new Set(characters)];
    return trimmed(value, set, start, end);
  };
}

export const stringCutFunctions: readonly ScalarFunction[] = [
  defineScalar({
    name: 'UPPER',
    signature: 'UPPER(string)',
    summary: 'The string in upper case.',
    params: [[text]],
    returns: sameAsFirst,
    implement: (binding) => fitted(binding, (value) => value.toUpperCase()),
    emit: ([value], { type }) => (type.kind === 'VARCHAR' ? `${value}.toUpperCase()` : undefined),
  }),
  defineScalar({
    name: 'LOWER',
    signature: 'LOWER(string)',
    summary: 'The string in lower case.',
    params: [[text]],
    returns: sameAsFirst,
    implement: (binding) => fitted(binding, (value) => value.toLowerCase()),
    emit: ([value], { type }) => (type.kind === 'VARCHAR' ? `${value}.toLowerCase()` : undefined),
  }),
  defineScalar({
    name: 'INITCAP',
    signature: 'INITCAP(string)',
    summary:
      'The first letter of each word in upper case, the others in lower case; words are runs of ASCII letters and digits.',
    params: [[text]],
    returns: sameAsFirst,
    run: initcap,
  }),
  defineScalar({
    name: 'CHAR_LENGTH',
    aliases: ['CHARACTER_LENGTH'],
    signature: 'CHAR_LENGTH(string)',
    summary: 'The number of characters (code points).',
    params: [[text]],
    returns: strictly(INT),
    run: charCount,
  }),
  defineScalar({
    name: 'REVERSE',
    signature: 'REVERSE(string)',
    summary: 'The characters in reverse order.',
    params: [[text]],
    returns: maybe(STRING),
    run: (value: string) => Array.from(value).reverse().join(''),
  }),
  defineScalar({
    name: 'SUBSTRING',
    aliases: ['SUBSTR'],
    signature: 'SUBSTRING(string, start[, length])',
    summary: 'The part from position start (1 is the first, -1 the last character). NULL when the length is negative.',
    params: [
      [text, integer],
      [text, integer, integer],
    ],
    returns: varyingMaybe,
    run: substringChars,
  }),
  defineScalar({
    name: 'LEFT',
    signature: 'LEFT(string, count)',
    summary: 'The leftmost characters; an empty string when count is not positive.',
    params: [[text, integer]],
    returns: varyingMaybe,
    run: leftChars,
  }),
  defineScalar({
    name: 'RIGHT',
    signature: 'RIGHT(string, count)',
    summary: 'The rightmost characters; an empty string when count is not positive.',
    params: [[text, integer]],
    returns: varyingMaybe,
    run: rightChars,
  }),
  defineScalar({
    name: 'TRIM',
    signature: 'TRIM([BOTH | LEADING | TRAILING] [characters] FROM string)',
    summary: 'The string without the given characters (spaces by default) at its ends.',
    params: [[text], [text, text]],
    returns: varyingFirst,
    implement: ({ options }) => trimmer(options['side'] !== 'TRAILING', options['side'] !== 'LEADING'),
  }),
  defineScalar({
    name: 'LTRIM',
    signature: 'LTRIM(string[, characters])',
    summary: 'The string without the given characters (spaces by default) at its start.',
    params: [[text], [text, text]],
    returns: varyingFirst,
    implement: () => trimmer(true, false),
  }),
  defineScalar({
    name: 'RTRIM',
    signature: 'RTRIM(string[, characters])',
    summary: 'The string without the given characters (spaces by default) at its end.',
    params: [[text], [text, text]],
    returns: varyingFirst,
    implement: () => trimmer(false, true),
  }),
  defineScalar({
    name: 'BTRIM',
    signature: 'BTRIM(string[, characters])',
    summary: 'The string without the given characters (spaces by default) at both ends.',
    params: [[text], [text, text]],
    bareNull: true,
    returns: strictly(STRING),
    implement: () => trimmer(true, true),
  }),
];
