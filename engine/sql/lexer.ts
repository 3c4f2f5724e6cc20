/**
 * Text → tokens. One sticky regular expression; nothing inside strings and comments is looked into. Words keep their text and have their
 * upper case as `key`, so that the parser compares keywords by one string comparison.
 */
import { letters } from './keywords.ts';

export type TokenType = 'word' | 'quoted' | 'string' | 'binary' | 'number' | 'symbol' | 'parameter' | 'bad' | 'end';

export interface Token {
  readonly type: TokenType;
  /** Upper case of a word, the symbol itself, `:` and a letter for the other types (see `keys`), '' at the end. */
  readonly key: string;
  /** As written. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Keys of the tokens that are no words or symbols; no word or symbol is spelt so. */
export const keys = {
  quoted: ':quoted',
  string: ':string',
  binary: ':binary',
  number: ':number',
  parameter: ':parameter',
  bad: ':bad',
} as const;

const trivia = String.raw`(?:\s+|--[^\r\n]*|\/\/[^\r\n]*|\/\*(?!\+)[^]*?\*\/)*`;
const quote = String.raw`'[^']*(?:''[^']*)*'`;
const tokens = [
  String.raw`[uU]&${quote}`,
  String.raw`[eE]'[^'\\]*(?:(?:\\[^]|'')[^'\\]*)*'`,
  String.raw`(?:[xXnN]|_[A-Za-z0-9][\w:.-]*)?${quote}`,
  `[${letters}][${letters}0-9]*`,
  '`(?:[^`\\r\\n]|``)+`',
  String.raw`(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?`,
  String.raw`:(?:\.\.\.)?[A-Za-z_$][\w$]*`,
  String.raw`\{\{`,
  String.raw`\|\||<>|<=|>=|=>|!=|\/\*\+|\*\/|\{-|-\}|\/(?!\*)|[-+*%=<>(),.;:[\]{}|^?]`,
];
const scanner = new RegExp(`${trivia}(${tokens.join('|')})?`, 'y');

/** All tokens of `text`, without white space and comments. The last one is the end: an empty place behind the text. */
export function tokenize(text: string): Token[] {
  const result: Token[] = [];
  let position = 0;
  while (position < text.length) {
    scanner.lastIndex = position;
    const found = scanner.exec(text)!;
    position = scanner.lastIndex;
    const matched = found[1];
    if (matched === undefined) {
      if (position === text.length) break;
      const end = endOfBad(text, position);
      result.push({ type: 'bad', key: keys.bad, text: text.slice(position, end), start: position, end });
      position = end;
      continue;
    }
    const token = classify(text, matched, position - matched.length);
    result.push(token);
    position = token.end;
  }
  result.push({ type: 'end', key: '', text: '', start: text.length, end: text.length });
  return result;
}

function classify(source: string, text: string, start: number): Token {
  const end = start + text.length;
  const first = text.charCodeAt(0);
  if (first === 96 /* ` */) return { type: 'quoted', key: keys.quoted, text, start, end };
  if (text.charCodeAt(text.length - 1) === 39 /* ' */) {
    if (first === 120 || first === 88 /* x X */) return { type: 'binary', key: keys.binary, text, start, end };
    return { type: 'string', key: keys.string, text, start, end };
  }
  const isDigit = (code: number): boolean => code >= 48 && code <= 57;
  if (isDigit(first) || (first === 46 && text.length > 1))
    return { type: 'number', key: keys.number, text, start, end };
  if (text === '{{') return template(source, start);
  if (first === 58 /* : */ && text.length > 1) return { type: 'parameter', key: keys.parameter, text, start, end };
  if (isLetter(first) && text !== '$') return { type: 'word', key: text.toUpperCase(), text, start, end };
  return { type: 'symbol', key: text, text, start, end };
}

/** Digits and symbols of more than ASCII do not get here, so everything from 0x80 on is a letter. */
function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 36 || code >= 128;
}

/** `:name` where a colon is meant, as in `JSON_OBJECT('a':name)`: the colon and what stands behind it. */
export function splitColon(parameter: Token): Token[] {
  const { start } = parameter;
  const colon: Token = { type: 'symbol', key: ':', text: ':', start, end: start + 1 };
  const rest = tokenize(parameter.text.slice(1)).slice(0, -1);
  return [colon, ...rest.map((token) => ({ ...token, start: token.start + start + 1, end: token.end + start + 1 }))];
}

/** `{{ expression }}`: the braces inside must balance; strings of the expression are skipped. */
function template(source: string, start: number): Token {
  const skipper = /'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*"|`(?:[^`\\]|\\[^])*`|[{}]/g;
  skipper.lastIndex = start + 2;
  let depth = 0;
  for (let found = skipper.exec(source); found !== null; found = skipper.exec(source)) {
    if (found[0] === '{') depth++;
    else if (found[0] === '}' && depth > 0) depth--;
    else if (found[0] === '}' && source[found.index + 1] === '}') {
      const end = found.index + 2;
      return { type: 'parameter', key: keys.parameter, text: source.slice(start, end), start, end };
    }
  }
  return { type: 'bad', key: keys.bad, text: source.slice(start), start, end: source.length };
}

/**
 * What cannot be a token: an open string or comment reaches to the end of the text, an open name to the end of the line or statement; any other
 * character stands alone.
 */
function endOfBad(text: string, start: number): number {
  if (text.startsWith('/*', start) || text[start] === "'") return text.trimEnd().length;
  if (text[start] !== '`') return start + (text.codePointAt(start)! > 0xffff ? 2 : 1);
  const line = /[\r\n;]|$/g;
  line.lastIndex = start;
  return line.exec(text)!.index;
}
