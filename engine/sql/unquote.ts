/** What quoted text means: names in back-ticks and the four forms of strings. */
import { MillraceError } from '../errors.ts';
import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';

/** `` `a``b` `` → a`b */
export function identifierText(quoted: string): string {
  return quoted.slice(1, -1).replaceAll('``', '`');
}

/**
 * Takes one string token and gives its value: `'it''s'`, `N'..'`, `_charset'..'` as they are, `E'..'` with C escapes,
 * `U&'..' [UESCAPE '#']` with code points of four hex digits. SQL_LITERAL: an escape that is none.
 */
export function stringValue(cursor: Cursor): string {
  const token = cursor.advance();
  const open = token.text.indexOf("'");
  const prefix = token.text.slice(0, open).toUpperCase();
  const content = token.text.slice(open + 1, -1);
  if (prefix === 'E') return unescapeC(token, content);
  const plain = content.replaceAll("''", "'");
  if (prefix !== 'U&') return plain;
  return unescapeUnicode(token, plain, cursor.eat('UESCAPE') ? escapeCharacter(cursor) : '\\');
}

function escapeCharacter(cursor: Cursor): string {
  const token = cursor.token;
  if (token.type !== 'string' || !/^'[^0-9a-fA-F+"'\s]'$/.test(token.text)) {
    cursor.fail('the escape after UESCAPE must be one character, no hex digit, plus sign, quote or space');
  }
  return cursor.advance().text.slice(1, -1);
}

function unescapeUnicode(token: Token, text: string, escape: string): string {
  let result = '';
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== escape) {
      result += text[i];
    } else if (text[i + 1] === escape) {
      result += escape;
      i++;
    } else {
      const digits = text.slice(i + 1, i + 5);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw badEscape(token, `${escape}${digits} needs exactly four hex digits`);
      result += String.fromCharCode(Number.parseInt(digits, 16));
      i += 4;
    }
  }
  return result;
}

const simple: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const cEscape =
  /''|\\(?:([bfnrt])|([0-3]?[0-7]{1,2})(?![0-7])|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]))/g;

/** As Flink: an unknown escape stays as it is, with its backslash; `\u` and `\U` without their digits are errors. */
function unescapeC(token: Token, text: string): string {
  return text.replace(cEscape, (all, letter, octal, hex, short, long, other: string | undefined) => {
    if (all === "''") return "'";
    if (letter !== undefined) return simple[letter]!;
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    const code = hex ?? short ?? long;
    if (code !== undefined) return codePoint(token, code);
    if (other === 'u' || other === 'U')
      throw badEscape(token, `\\${other} needs ${other === 'u' ? 'four' : 'eight'} hex digits`);
    return other === "'" || other === '\\' || other === 'x' ? other : `\\${other}`;
  });
}

function codePoint(token: Token, hex: string): string {
  const code = Number.parseInt(hex, 16);
  if (code > 0x10ffff) throw badEscape(token, `there is no character U+${hex}`);
  return String.fromCodePoint(code);
}

function badEscape(token: Token, reason: string): MillraceError {
  return new MillraceError('SQL_LITERAL', `in the string ${token.text}: ${reason}`, {
    span: { start: token.start, end: token.end },
  });
}
