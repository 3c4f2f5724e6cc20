/** What to say when text cannot be parsed: what stands there, what could, and what was probably meant. */
import { MillraceError, nearest, type Span } from '../errors.ts';
import type { Cursor } from './cursor.ts';
import { reservedWords, softKeywords } from './keywords.ts';
import { keys, type Token } from './lexer.ts';

/** SQL_SYNTAX at the present token; at the last character when the statement ends too early, as Flink counts. */
export function syntaxError(cursor: Cursor, reason?: string, hint?: string): MillraceError {
  const token = cursor.token;
  const span = placeOf(token);
  if (token.key === keys.bad) {
    const found = badToken(token);
    return new MillraceError('SQL_SYNTAX', found.reason, { span, hint: found.hint });
  }
  return new MillraceError('SQL_SYNTAX', reason ?? describe(cursor, token), {
    span,
    hint: hint ?? guess(cursor, token),
  });
}

function placeOf(token: Token): Span {
  if (token.type !== 'end') return { start: token.start, end: token.end };
  return { start: Math.max(0, token.start - 1), end: token.start };
}

function describe(cursor: Cursor, token: Token): string {
  const found =
    token.type === 'end'
      ? 'unexpected end of the statement'
      : token.type === 'word' && reservedWords.has(token.key)
        ? `unexpected keyword ${token.key}`
        : `unexpected ${token.text.startsWith("'") ? token.text : `"${token.text}"`}`;
  const wanted = wantedThings(cursor.expected);
  return wanted === '' ? found : `${found}, expected ${wanted}`;
}

const phrases: Readonly<Record<string, string>> = {
  '<expression>': 'an expression',
  '<string>': 'a string',
  '<number>': 'a number',
  '<type>': 'a type',
  '<end>': 'the end of the statement',
  '<alias>': 'an alias',
  '<name>': 'a name',
};
/** At most eight things; operators, which `~` marks, and what may be attached to an operand go without saying. */
function wantedThings(expected: ReadonlySet<string>): string {
  const shown = [...expected].filter((thing) => !/^(~.*|\.|\[|<function>)$/.test(thing)).map(phrase);
  if (shown.length > 8) shown.splice(7, shown.length, 'something else');
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`;
}

function phrase(thing: string): string {
  if (!thing.startsWith('<') || thing.length < 3) return /^\W/.test(thing) ? `"${thing}"` : thing;
  return phrases[thing] ?? `the name of a ${thing.slice(1, -1)}`;
}

function guess(cursor: Cursor, token: Token): string | undefined {
  return (
    symbolHint(cursor, token) ??
    misspelt(cursor, token) ??
    reservedHint(cursor, token) ??
    suspectHint(cursor) ??
    commaHint(cursor, token)
  );
}

function symbolHint(cursor: Cursor, token: Token): string | undefined {
  if (token.key === '=' && cursor.sees(1, '=')) return 'write = to compare for equality';
  if (token.key === '<' && cursor.sees(1, '<')) return 'there are no shift operators';
  if (token.key === 'DATETIME') return 'write TIMESTAMP';
  if (token.key === 'REAL') return 'write FLOAT';
  if (token.key === '?') return 'values from outside are written :name or {{expression}}';
  return undefined;
}

function misspelt(cursor: Cursor, token: Token): string | undefined {
  if (token.type !== 'word' || token.text.length < 3 || isKeyword(token)) return undefined;
  const found = nearest(token.text, keywordsOf(cursor.expected));
  return found === undefined ? undefined : `did you mean ${found}?`;
}

function isKeyword(token: Token): boolean {
  return reservedWords.has(token.key) || softKeywords.has(token.key);
}

/** The first words of what was expected. */
function keywordsOf(expected: ReadonlySet<string>): string[] {
  return [...expected]
    .map((thing) => thing.replace('~', '').split(' ')[0]!)
    .filter((thing) => /^[A-Z_]{2,}$/.test(thing));
}

/** These begin or continue a clause, so nobody meant them as a name. */
const structural = new Set(
  'SELECT FROM WHERE HAVING UNION INTERSECT EXCEPT JOIN ON AS AND OR NOT IN IS THEN ELSE END WHEN WITH INSERT INTO CREATE SET BY'.split(
    ' ',
  ),
);

function reservedHint(cursor: Cursor, token: Token): string | undefined {
  const word = token.key === '.' ? cursor.peek(1) : token;
  if (word.type !== 'word' || !reservedWords.has(word.key) || structural.has(word.key)) return undefined;
  const wantsName =
    token.key === '.' || [...cursor.expected].some((thing) => /^<(?!end|string|number|type)\w/.test(thing));
  const beginsClause = (word.key === 'ORDER' || word.key === 'GROUP') && cursor.sees(1, 'BY');
  if (!wantsName || beginsClause) return undefined;
  return `${word.key} is a reserved word; as a name it is written in back-ticks: \`${word.text}\``;
}

function suspectHint(cursor: Cursor): string | undefined {
  const suspect = cursor.suspect;
  if (suspect?.token.type !== 'word' || suspect.token.text.length < 3 || isKeyword(suspect.token)) return undefined;
  const found = nearest(suspect.token.text, keywordsOf(suspect.expected));
  return found === undefined ? undefined : `did you mean ${found} instead of ${suspect.token.text}?`;
}

function commaHint(cursor: Cursor, token: Token): string | undefined {
  const ends = token.key === ')' || token.key === 'FROM' || token.type === 'end';
  return ends && cursor.previous?.key === ',' ? 'there is a comma too many' : undefined;
}

function badToken(token: Token): { reason: string; hint?: string } {
  const first = token.text[0]!;
  if (first === "'")
    return { reason: 'the string that begins here has no end', hint: "a quote inside a string is written twice: ''" };
  if (first === '`') return { reason: 'the name that begins here has no closing back-tick' };
  if (token.text.startsWith('/*')) return { reason: 'the comment that begins here has no end' };
  if (token.text.startsWith('{{')) return { reason: 'the {{expression}} that begins here has no end' };
  const hint = badCharacters[first];
  return hint === undefined
    ? { reason: `unexpected character "${token.text}"` }
    : { reason: `unexpected character ${first}`, hint };
}

const singleQuotes = "strings are written in straight single quotes: 'text'";
const badCharacters: Readonly<Record<string, string>> = {
  '"': "strings are written in single quotes, names in back-ticks: 'text', `name`",
  '‘': singleQuotes,
  '’': singleQuotes,
  '“': singleQuotes,
  '”': singleQuotes,
  '´': 'names are written in back-ticks: `name`',
  '&': 'write AND',
  '!': 'write NOT, or <> for "not equal"',
};
