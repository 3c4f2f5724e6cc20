/**
 * Regular expressions (java.util.regex, see java-regex.ts), LIKE, SIMILAR TO and STR_TO_MAP, whose delimiters are regular expressions.
 * A pattern that Java refuses gives NULL (FALSE for REGEXP), as in Flink; as a constant of REGEXP it is an error before the query starts. Groups and positions: groups count from 1, 0 is the whole match; positions count UTF-16 units.
 *
 * LIKE, SIMILAR TO: args (string, pattern[, escape]). NOT LIKE is a `not` around it.
 */
import { MillraceError } from '../errors.ts';
import { ARRAY, BOOLEAN, INT, MAP, STRING, withNullable } from '../types/type.ts';
import { MapValue, type Value } from '../types/value.ts';
import type { Argument, ScalarFunction } from './function.ts';
import { hashMapOrder } from './java-hash.ts';
import { compileJavaRegex, type JavaRegex } from './java-regex.ts';
import { likeMatcher, similarMatcher, type Matcher } from './like-pattern.ts';
import { defineScalar, integer, literalText, maybe, strictly, text, type Closure } from './scalar-define.ts';

/** A function of a text, a compiled pattern and more; the last pattern is kept. `invalid` is the result for a pattern that Java refuses. */
function withRegex<Rest extends readonly unknown[]>(
  invalid: Value,
  run: (text: string, regex: JavaRegex, ...rest: Rest) => Value,
): () => Closure {
  return () => {
    let last: string | undefined;
    let regex: JavaRegex | undefined;
    return (value: string, pattern: string, ...rest: Rest) => {
      if (pattern !== last) [last, regex] = [pattern, compileJavaRegex(pattern)];
      return regex === undefined ? invalid : run(value, regex, ...rest);
    };
  };
}

/** Whether a pattern is a constant that Java takes. */
function isSound(pattern: Argument | undefined): boolean {
  const constant = literalText(pattern);
  return constant !== undefined && compileJavaRegex(constant) !== undefined;
}

function extract(value: string, regex: JavaRegex, group: number | bigint = 0): string | null {
  const index = Number(group);
  if (index < 0 || index > regex.groupCount) return null;
  const match = regex.exec(value);
  return match === null ? null : regex.group(match, index);
}

function extractAll(value: string, regex: JavaRegex, group: number | bigint = 1): readonly Value[] | null {
  const index = Number(group);
  if (index < 0 || index > regex.groupCount) return null;
  return Array.from(regex.all(value), (match) => regex.group(match, index));
}

function count(value: string, regex: JavaRegex): number {
  let found = 0;
  for (const _ of regex.all(value)) found++;
  return found;
}

/** A predicate of a text and a pattern; the last pattern's matcher is kept. */
function withMatcher(make: (pattern: string, escape?: string) => Matcher): () => Closure {
  return () => {
    let lastPattern: string | undefined;
    let lastEscape: string | undefined;
    let matches: Matcher = () => false;
    return (value: string, pattern: string, escape?: string) => {
      if (pattern !== lastPattern || escape !== lastEscape) {
        matches = make(pattern, escape);
        [lastPattern, lastEscape] = [pattern, escape];
      }
      return matches(value);
    };
  };
}

function checkMatcher(make: (pattern: string, escape?: string) => Matcher): (args: readonly Argument[]) => void {
  return ([, pattern, escape]) => {
    const constant = literalText(pattern);
    const escapeText = literalText(escape);
    if (constant !== undefined && (escape === undefined || escapeText !== undefined)) make(constant, escapeText);
  };
}

/** String.split of Java: no empty text before a match of no characters at the start; without a limit, none at the end. */
function splitJava(value: string, pattern: string, limit: number): readonly string[] {
  const regex = compileJavaRegex(pattern);
  if (regex === undefined) {
    throw new MillraceError('RUNTIME_FAILED', `STR_TO_MAP: '${pattern}' is no regular expression`);
  }
  const parts: string[] = [];
  let from = 0;
  for (const match of regex.all(value)) {
    const end = match.index + match[0].length;
    if (limit > 0 && parts.length === limit - 1) break;
    if (from === 0 && end === 0) continue;
    parts.push(value.slice(from, match.index));
    from = end;
  }
  parts.push(value.slice(from));
  if (limit === 0) while (parts.length > 1 && parts.at(-1) === '') parts.pop();
  return parts;
}

/** Pairs in the order of Java's hash map, which is what Flink shows; a pair without a second delimiter has the value NULL. */
function strToMap(value: string, pairs = ',', keyValue = '='): MapValue {
  if (value === '') return new MapValue([]);
  const entries = new Map<string, string | null>();
  const parts = splitJava(value, pairs, 0);
  for (const part of parts) {
    const [key, content] = splitJava(part, keyValue, 2) as [string, string | undefined];
    if (content === undefined) entries.set(part, null);
    else entries.set(key, content);
  }
  return new MapValue(hashMapOrder([...entries.keys()], parts.length).map((key) => [key, entries.get(key)!] as const));
}

export const regexFunctions: readonly ScalarFunction[] = [
  defineScalar({
    name: 'LIKE',
    signature: 'string LIKE pattern [ESCAPE character]',
    summary: 'Whether the string matches a pattern in which % is any text and _ any character.',
    params: [
      [text, text],
      [text, text, text],
    ],
    bareNull: true,
    returns: strictly(BOOLEAN),
    check: checkMatcher(likeMatcher),
    implement: withMatcher(likeMatcher),
  }),
  defineScalar({
    name: 'SIMILAR TO',
    signature: 'string SIMILAR TO pattern [ESCAPE character]',
    summary: 'Whether the whole string matches a regular expression of SQL.',
    params: [
      [text, text],
      [text, text, text],
    ],
    bareNull: true,
    returns: strictly(BOOLEAN),
    implement: withMatcher(similarMatcher),
  }),
  defineScalar({
    name: 'REGEXP',
    signature: 'REGEXP(string, regex)',
    summary: 'Whether a part of the string matches; FALSE for an empty regular expression.',
    params: [[text, text]],
    returns: strictly(BOOLEAN),
    check: ([, pattern]) => {
      const constant = literalText(pattern);
      if (constant === undefined || isSound(pattern)) return;
      throw new MillraceError('SQL_LITERAL', `invalid regular expression for REGEXP: '${constant}'`);
    },
    implement: () => {
      const found = withRegex(false, (value, regex) => regex.test(value))();
      return (value: string, pattern: string) => pattern !== '' && found(value, pattern);
    },
  }),
  defineScalar({
    name: 'REGEXP_EXTRACT',
    signature: 'REGEXP_EXTRACT(string, regex[, group])',
    summary: 'What a group (0, the whole match, by default) of the first match holds; NULL when there is none.',
    params: [
      [text, text],
      [text, text, integer],
    ],
    returns: maybe(STRING),
    implement: withRegex(null, extract),
  }),
  defineScalar({
    name: 'REGEXP_EXTRACT_ALL',
    signature: 'REGEXP_EXTRACT_ALL(string, regex[, group])',
    summary: 'What a group (1 by default) of each match holds; NULL when the regular expression has no such group.',
    params: [
      [text, text],
      [text, text, integer],
    ],
    bareNull: true,
    returns: maybe(ARRAY(STRING)),
    implement: withRegex(null, extractAll),
  }),
  defineScalar({
    name: 'REGEXP_REPLACE',
    signature: 'REGEXP_REPLACE(string, regex, replacement)',
    summary: 'The string with every match replaced; the replacement is literal text.',
    params: [[text, text, text]],
    returns: (types, args) => withNullable(STRING, !isSound(args[1]) || types.some((type) => type.nullable)),
    implement: withRegex(null, (value, regex, replacement: string) => regex.replaceAll(value, replacement)),
  }),
  defineScalar({
    name: 'REGEXP_COUNT',
    signature: 'REGEXP_COUNT(string, regex)',
    summary: 'The number of matches.',
    params: [[text, text]],
    bareNull: true,
    returns: maybe(INT),
    implement: withRegex(null, count),
  }),
  defineScalar({
    name: 'REGEXP_INSTR',
    signature: 'REGEXP_INSTR(string, regex)',
    summary: 'The position of the first match, 0 when there is none.',
    params: [[text, text]],
    bareNull: true,
    returns: maybe(INT),
    implement: withRegex(null, (value, regex) => (regex.exec(value)?.index ?? -1) + 1),
  }),
  defineScalar({
    name: 'REGEXP_SUBSTR',
    signature: 'REGEXP_SUBSTR(string, regex)',
    summary: 'The first match; NULL when there is none.',
    params: [[text, text]],
    bareNull: true,
    returns: maybe(STRING),
    implement: withRegex(null, (value, regex) => regex.exec(value)?.[0] ?? null),
  }),
  defineScalar({
    name: 'STR_TO_MAP',
    signature: 'STR_TO_MAP(string[, pairDelimiter, keyValueDelimiter])',
    summary: 'The pairs that the string lists, by default as in a=1,b=2. Both delimiters are regular expressions.',
    params: [[text], [text, text, text]],
    returns: maybe(MAP(STRING, STRING)),
    run: strToMap,
  }),
];
