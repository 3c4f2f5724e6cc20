/** What to say when text cannot be parsed: what stands there, what could, and what was probably meant. */
import { lineColumn, MillraceError, nearest, type Span } from '../errors.ts';
import type { Cursor } from './cursor.ts';
import { reservedFunctions, reservedWords, softKeywords } from './keywords.ts';
import { keys, type Token } from './lexer.ts';

/** SQL_SYNTAX at the present token; at the last character when the statement ends too early, as Flink counts. */
export function syntaxError(cursor: Cursor, reason?: string, hint?: string): MillraceError {
  const token = cursor.token;
  if (token.key === keys.bad) return badToken(cursor, token);
  const span = placeOf(token);
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
  if (cursor.expected.has(`~${token.key}`) || token.key === '.') {
    const next = cursor.peek(1);
    if (next.key === keys.bad) return badToken(cursor, next).reason;
    return `${nameOf(next)} cannot follow ${nameOf(token)}`;
  }
  const wanted = wantedThings(cursor.expected);
  return `unexpected ${nameOf(token)}${wanted === '' ? '' : `, expected ${wanted}`}`;
}

function nameOf(token: Token): string {
  if (token.type === 'end') return 'end of the statement';
  if (token.type === 'word' && reservedWords.has(token.key)) return `keyword ${token.key}`;
  return token.type === 'string' ? token.text : `"${token.text}"`;
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
/** At most eight things. What `~` marks (operators, types) and what may be attached to an operand go without saying. */
function wantedThings(expected: ReadonlySet<string>): string {
  const tacit = expected.has('<expression>') ? /^(~.*|\.|\[|<function>|<column>)$/ : /^(~.*|\.|\[|<function>)$/;
  const isMark = (thing: string): boolean => thing === ',' || thing === ')';
  const things = [...expected].filter((thing) => !tacit.test(thing));
  const shown = [...things.filter(isMark), ...things.filter((thing) => !isMark(thing))].map(phrase);
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
    suspectHint(cursor) ??
    reservedHint(cursor, token) ??
    commaHint(cursor, token)
  );
}

function symbolHint(cursor: Cursor, token: Token): string | undefined {
  if (token.key === '=' && cursor.sees(1, '=')) return 'write = to compare for equality';
  if (token.key === '<' && cursor.sees(1, '<')) return 'there are no shift operators';
  if (token.key === '?') return 'values from outside are written :name or {{expression}}';
  if (cursor.previous?.type === 'string' && cursor.previous.end === token.start) return quoteHint;
  return wordHints[token.key]?.(cursor);
}

const quoteHint = "a quote inside a string is written twice: ''";
const joinHint = (cursor: Cursor): string | undefined =>
  cursor.expected.has('JOIN')
    ? 'a join is written: JOIN table ON condition, with INNER, LEFT, RIGHT or FULL before it'
    : undefined;
const wordHints: Readonly<Record<string, (cursor: Cursor) => string | undefined>> = {
  DATETIME: () => 'write TIMESTAMP',
  REAL: () => 'write FLOAT',
  JOIN: joinHint,
  INNER: joinHint,
  LEFT: joinHint,
  RIGHT: joinHint,
  FULL: joinHint,
  NATURAL: joinHint,
};

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
  const quoted = `as a name it is written in back-ticks: \`${word.text}\``;
  const isFunction = reservedFunctions.has(word.key) && cursor.expected.has('<expression>');
  return isFunction
    ? `${word.key} is a function and needs its (arguments); ${quoted}`
    : `${word.key} is a reserved word; ${quoted}`;
}

/** The alias right before the error may have been meant as a keyword. */
function suspectHint(cursor: Cursor): string | undefined {
  const { suspect } = cursor;
  if (suspect === undefined || suspect.token !== cursor.previous) return undefined;
  if (suspect.token.type !== 'word' || suspect.token.text.length < 3 || isKeyword(suspect.token)) return undefined;
  const found = nearest(suspect.token.text, [...keywordsOf(suspect.expected), ...keywordsOf(cursor.expected)]);
  return found === undefined ? undefined : `did you mean ${found} instead of ${suspect.token.text}?`;
}

function commaHint(cursor: Cursor, token: Token): string | undefined {
  const ends = token.key === ')' || token.key === 'FROM' || token.type === 'end';
  return ends && cursor.previous?.key === ',' ? 'there is a comma too many' : undefined;
}

/** A character that begins no token, or something that is not closed. Flink sees the latter where the text ends, save for strings. */
function badToken(cursor: Cursor, token: Token): MillraceError {
  const first = token.text[0]!;
  const here: Span = { start: token.start, end: token.end };
  const behind: Span = { start: token.end, end: token.end };
  const { line, column } = lineColumn(cursor.text, token.start);
  const open = (what: string, close: string, span: Span, hint?: string): MillraceError =>
    new MillraceError('SQL_SYNTAX', `the ${what} that begins at line ${line}, column ${column} has no ${close}`, {
      span,
      hint,
    });
  if (first === "'") return open('string', 'closing quote', here, quoteHint);
  if (first === '`') return open('name', 'closing back-tick', behind);
  if (token.text.startsWith('/*')) return open('comment', 'end', behind);
  if (token.text.startsWith('{{')) return open('{{expression}}', 'end', here);
  return new MillraceError('SQL_SYNTAX', `unexpected character ${first}`, { span: here, hint: badCharacters[first] });
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
