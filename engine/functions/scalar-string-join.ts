/**
 * Strings: joining, repeating, replacing, padding. LPAD, RPAD and OVERLAY count UTF-16 units, as Flink does; the others have no lengths.
 *
 * OVERLAY: args (string, replacement, start[, length]).
 */
import { MAX_LENGTH, STRING, withNullable, type DataType } from '../types/type.ts';
import type { Argument, ScalarFunction } from './function.ts';
import {
  defineScalar,
  integer,
  literalInteger,
  literalText,
  strictly,
  text,
  varying,
  type Closure,
} from './scalar-define.ts';
import { hasSurrogates } from './scalar-text.ts';

/** The type of a concatenation: lengths add up, CHAR only from CHARs alone. */
function concatenated(types: readonly DataType[]): DataType {
  const length = types.reduce((sum, type) => sum + ('length' in type ? type.length : 0), 0);
  return {
    kind: types.every((type) => type.kind === 'CHAR') ? 'CHAR' : 'VARCHAR',
    length: Math.min(length, MAX_LENGTH),
    nullable: types.some((type) => type.nullable),
  };
}

/** As Flink: a start outside of the string leaves it as it is; a length of 0 or less drops the tail. Counts UTF-16 units. */
function overlay(value: string, replacement: string, start: number | bigint, length?: number | bigint): string {
  const from = Number(start);
  const count = length === undefined ? replacement.length : Number(length);
  if (from <= 0 || from > value.length) return value;
  const tail = count > 0 ? value.slice(from - 1 + count) : '';
  return wholeChars(value.slice(0, from - 1) + replacement + tail);
}

/** Pads or cuts to `length` UTF-16 units; NULL when the length is negative or the padding empty. */
function pad(value: string, length: number | bigint, padding: string, side: 'start' | 'end'): string | null {
  const target = Number(length);
  if (target < 0 || padding === '') return null;
  const cut = value.slice(0, target);
  return wholeChars(side === 'start' ? cut.padStart(target, padding) : cut.padEnd(target, padding));
}

/** Half of a surrogate pair becomes a `?`, as when Java encodes it. */
const wholeChars = (value: string): string => (hasSurrogates(value) ? value.replace(/\p{Cs}/gu, '?') : value);

/** LPAD and RPAD say NOT NULL in Flink and yet give NULL; here they say so only when the constants rule NULL out. */
function padded(types: readonly DataType[], args: readonly Argument[]): DataType {
  const length = literalInteger(args[1]);
  const padding = literalText(args[2]);
  const sure = length !== undefined && length >= 0 && padding !== undefined && padding !== '';
  return withNullable(STRING, !sure || types.some((type) => type.nullable));
}

/** Each code point of `from` becomes the one at the same place of `to`, or nothing; of equal ones the first counts. */
function translator(): Closure {
  let lastFrom: string | undefined;
  let lastTo: string | undefined;
  let map = new Map<string, string>();
  return (value: string | null, from: string | null, to: string | null) => {
    if (value === null || from === null) return null;
    if (from !== lastFrom || (to ?? '') !== lastTo) {
      [lastFrom, lastTo, map] = [from, to ?? '', new Map()];
      const targets = Array.from(lastTo);
      Array.from(from).forEach((char, i) => map.has(char) || map.set(char, targets[i] ?? ''));
    }
    let result = '';
    for (const char of value) result += map.get(char) ?? char;
    return result;
  };
}

/** The separator's NULL gives NULL; NULLs among the others are left out. */
function concatWs(separator: string | null, ...values: readonly (string | null)[]): string | null {
  return separator === null ? null : values.filter((value) => value !== null).join(separator);
}

export const stringJoinFunctions: readonly ScalarFunction[] = [
  defineScalar({
    name: '||',
    signature: 'string1 || string2',
    summary: 'The two strings joined; NULL if one is NULL.',
    params: [[text, text]],
    bareNull: true,
    returns: concatenated,
    run: (a: string, b: string) => a + b,
    emit: ([a, b]) => `(${a} + ${b})`,
  }),
  defineScalar({
    name: 'CONCAT',
    signature: 'CONCAT(string, ...)',
    summary: 'The strings joined; NULL if one is NULL.',
    params: [[text]],
    rest: text,
    returns: strictly(STRING),
    run: (...values: string[]) => values.join(''),
    emit: (values) => `('' + ${values.join(' + ')})`,
  }),
  defineScalar({
    name: 'CONCAT_WS',
    signature: 'CONCAT_WS(separator, string, ...)',
    summary: 'The strings that are not NULL, joined by the separator.',
    params: [[text]],
    rest: text,
    nulls: 'custom',
    returns: strictly(STRING),
    run: concatWs,
  }),
  defineScalar({
    name: 'REPEAT',
    signature: 'REPEAT(string, count)',
    summary: 'The string count times; an empty string when count is not positive.',
    params: [[text, integer]],
    returns: strictly(STRING),
    run: (value: string, count: number | bigint) => value.repeat(Math.max(0, Number(count))),
  }),
  defineScalar({
    name: 'REPLACE',
    signature: 'REPLACE(string, search, replacement)',
    summary: 'The string with every occurrence of search replaced.',
    params: [[text, text, text]],
    returns: strictly(STRING),
    run: (value: string, search: string, replacement: string) => value.replaceAll(search, () => replacement),
  }),
  defineScalar({
    name: 'OVERLAY',
    signature: 'OVERLAY(string PLACING replacement FROM start [FOR length])',
    summary: 'The string with length characters from position start replaced.',
    params: [
      [text, text, integer],
      [text, text, integer, integer],
    ],
    returns: (types) => ({
      ...(varying(concatenated(types.slice(0, 2))) as DataType & { kind: 'VARCHAR' }),
      nullable: types.some((type) => type.nullable),
    }),
    run: overlay,
  }),
  defineScalar({
    name: 'LPAD',
    signature: 'LPAD(string, length, padding)',
    summary:
      'The string padded on its left, or cut, to length UTF-16 units. NULL when length is negative or padding empty.',
    params: [[text, integer, text]],
    returns: padded,
    run: (value: string, length: number | bigint, padding: string) => pad(value, length, padding, 'start'),
  }),
  defineScalar({
    name: 'RPAD',
    signature: 'RPAD(string, length, padding)',
    summary:
      'The string padded on its right, or cut, to length UTF-16 units. NULL when length is negative or padding empty.',
    params: [[text, integer, text]],
    returns: padded,
    run: (value: string, length: number | bigint, padding: string) => pad(value, length, padding, 'end'),
  }),
  defineScalar({
    name: 'TRANSLATE',
    aliases: ['TRANSLATE3'],
    signature: 'TRANSLATE(string, from, to)',
    summary:
      'Each character of from replaced by the one at the same place of to; characters without a counterpart are removed.',
    params: [[text, text, text]],
    bareNull: true,
    nulls: 'custom',
    returns: ([value]) => withNullable(STRING, value!.nullable),
    implement: translator,
  }),
];
