/** LIKE and SIMILAR TO: patterns of SQL, by the rules of Calcite's `Like` that Flink follows. */
import { MillraceError } from '../errors.ts';
import { compileJavaRegex } from './java-regex.ts';

export type Matcher = (text: string) => boolean;

const invalidEscape = (pattern: string): MillraceError =>
  new MillraceError('SQL_LITERAL', `invalid escape sequence in the pattern '${pattern}'`, {
    hint: 'the escape character stands before %, _ or itself',
  });

/** The escape character; undefined when there is none. Throws SQL_LITERAL when it is not one character. */
function escapeCharacter(escape: string | undefined): string | undefined {
  if (escape !== undefined && Array.from(escape).length !== 1) {
    throw new MillraceError('SQL_LITERAL', `invalid escape character '${escape}'`, { hint: 'it is one character' });
  }
  return escape;
}

/** A LIKE pattern cut up: literal strings, `%` and `_`. */
type LikePart = { readonly text: string } | '%' | '_';

function likeParts(pattern: string, escape: string | undefined): readonly LikePart[] {
  const parts: LikePart[] = [];
  let text = '';
  const flush = (): void => {
    if (text !== '') parts.push({ text });
    text = '';
  };
  const chars = Array.from(pattern);
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i]!;
    if (char === escape) {
      const next = chars[++i];
      if (next !== '%' && next !== '_' && next !== escape) throw invalidEscape(pattern);
      text += next;
    } else if (char === '%' || char === '_') {
      flush();
      parts.push(char);
    } else {
      text += char;
    }
  }
  flush();
  return parts;
}

/**
 * LIKE: `%` is any text, `_` any character but a line end. Without ESCAPE nothing escapes.
 * Throws SQL_LITERAL for a wrong escape character or sequence.
 */
export function likeMatcher(pattern: string, escape?: string): Matcher {
  const parts = likeParts(pattern, escapeCharacter(escape));
  if (parts.includes('_')) {
    const source = parts.map((part) =>
      part === '%' ? '[\\s\\S]*' : part === '_' ? '[^\\n\\r\\x85\\u2028\\u2029]' : literal(part.text),
    );
    const regex = new RegExp(`^${source.join('')}$`, 'u');
    return (text) => regex.test(text);
  }
  if (!parts.includes('%')) {
    const whole = textOf(parts[0]);
    return (text) => text === whole;
  }
  return piecesMatcher(parts);
}

const textOf = (part: LikePart | undefined): string => (typeof part === 'object' ? part.text : '');
const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** `a%b%c`: begins with a, ends with c, and b lies between. */
function piecesMatcher(parts: readonly LikePart[]): Matcher {
  const first = textOf(parts[0]);
  const last = textOf(parts.at(-1));
  const middle = parts
    .slice(first === '' ? 0 : 1, last === '' ? undefined : -1)
    .map(textOf)
    .filter((text) => text !== '');
  const needed = first.length + last.length;
  if (middle.length === 0) {
    if (last === '') return (text) => text.startsWith(first);
    if (first === '') return (text) => text.endsWith(last);
    return (text) => text.length >= needed && text.startsWith(first) && text.endsWith(last);
  }
  if (middle.length === 1 && needed === 0) return (text) => text.includes(middle[0]!);
  return (text) => {
    if (text.length < needed || !text.startsWith(first) || !text.endsWith(last)) return false;
    let from = first.length;
    for (const piece of middle) {
      const found = text.indexOf(piece, from);
      if (found < 0) return false;
      from = found + piece.length;
    }
    return from <= text.length - last.length;
  };
}

const similarSpecials = '[]()|^-+*_%?{}';
const javaSpecials = '[]()|^-+*?{}$\\.';
const classNames: Readonly<Record<string, string>> = {
  '[:ALPHA:]': '\\p{Alpha}',
  '[:alpha:]': '\\p{Alpha}',
  '[:UPPER:]': '\\p{Upper}',
  '[:upper:]': '\\p{Upper}',
  '[:LOWER:]': '\\p{Lower}',
  '[:lower:]': '\\p{Lower}',
  '[:DIGIT:]': '\\d',
  '[:digit:]': '\\d',
  '[:SPACE:]': ' ',
  '[:space:]': ' ',
  '[:WHITESPACE:]': '\\s',
  '[:whitespace:]': '\\s',
  '[:ALNUM:]': '\\p{Alnum}',
  '[:alnum:]': '\\p{Alnum}',
};

/** SIMILAR TO: the whole text must match a regular expression of SQL. Throws SQL_LITERAL when it is none. */
export function similarMatcher(pattern: string, escape?: string): Matcher {
  const source = similarToJava(pattern, escapeCharacter(escape));
  const regex = source === undefined ? undefined : compileJavaRegex(source, { whole: true });
  if (regex === undefined) {
    throw new MillraceError('SQL_LITERAL', `'${pattern}' is no regular expression for SIMILAR TO`);
  }
  return (text) => regex.test(text);
}

/** The Java pattern of a SIMILAR TO pattern: `_` is `.`, `%` any text; `\` and `$` are ordinary, `.` is not. */
function similarToJava(pattern: string, escape: string | undefined): string | undefined {
  let result = '';
  let insideClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i);
    if (char === escape) {
      const next = pattern.charAt(++i);
      if (next === '' || (!similarSpecials.includes(next) && next !== escape)) throw invalidEscape(pattern);
      result += (javaSpecials.includes(next) ? '\\' : '') + next;
    } else if (insideClass) {
      const name = char === '[' ? Object.keys(classNames).find((key) => pattern.startsWith(key, i)) : undefined;
      if (char === '[' && name === undefined) return undefined;
      result += name === undefined ? (char === '\\' ? '\\\\' : char) : classNames[name]!;
      if (name !== undefined) i += name.length - 1;
      if (char === ']') insideClass = false;
    } else {
      insideClass = char === '[';
      if (char === ']') return undefined;
      result += similarText[char] ?? char;
    }
  }
  return insideClass ? undefined : result;
}

const similarText: Readonly<Record<string, string>> = { _: '.', '%': '(?s:.*)', '\\': '\\\\', $: '\\$' };
