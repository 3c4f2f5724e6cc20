/** Character classes of java.util.regex: `[a-z&&[^aeiou]]`, `\d`, `\p{Lu}`; and the escapes that stand for one character. */
import { BadPattern, unsupportedRegex } from './java-regex-error.ts';

export type ClassNode =
  | { readonly kind: 'char'; readonly code: number }
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  /** Text that means the same inside a class of JavaScript. `cased`: letters of one case, which (?i) would widen. */
  | { readonly kind: 'named'; readonly text: string; readonly cased: boolean }
  | { readonly kind: 'union'; readonly parts: readonly ClassNode[]; readonly negated: boolean }
  | { readonly kind: 'intersection'; readonly parts: readonly ClassNode[]; readonly negated: boolean };

/** Reads a class `[...]` or an escape at `start`; `end` is the offset after it. */
export function parseClass(text: string, start: number, comments: boolean): { node: ClassNode; end: number } {
  const reader = new ClassReader(text, start, comments);
  const node = reader.read();
  return { node, end: reader.at };
}

const named = (text: string, cased = false): ClassNode => ({ kind: 'named', text, cased });
const ascii = (code: number): ClassNode => ({ kind: 'char', code });

const not = (node: ClassNode): ClassNode => ({ kind: 'union', parts: [node], negated: true });
const digit = named('0-9');
const word = named('a-zA-Z_0-9');
const space = named('\\x20\\t\\n\\x0b\\f\\r');
const horizontal = named('\\x20\\t\\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000');
const vertical = named('\\n\\x0b\\f\\r\\x85\\u2028\\u2029');
const shorthands: Readonly<Record<string, ClassNode>> = {
  d: digit,
  D: not(digit),
  w: word,
  W: not(word),
  s: space,
  S: not(space),
  h: horizontal,
  H: not(horizontal),
  v: vertical,
  V: not(vertical),
};
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, a: 7, e: 27 };

/** POSIX classes: ASCII only. */
const posix: Readonly<Record<string, ClassNode>> = {
  Lower: named('a-z', true),
  Upper: named('A-Z', true),
  ASCII: named('\\x00-\\x7f'),
  Alpha: named('a-zA-Z'),
  Digit: named('0-9'),
  Alnum: named('a-zA-Z0-9'),
  Punct: named('!-\\/:-@\\[-`\\{-~'),
  Graph: named('!-~'),
  Print: named('\\x20-~'),
  Blank: named('\\x20\\t'),
  Cntrl: named('\\x00-\\x1f\\x7f'),
  XDigit: named('0-9a-fA-F'),
  Space: named('\\x20\\t\\n\\x0b\\f\\r'),
  all: named('\\u{0}-\\u{10ffff}'),
  L1: named('\\x00-\\xff'),
};
/** Binary properties and methods of java.lang.Character with an equal Unicode property. */
const properties: Readonly<Record<string, ClassNode>> = {
  IsAlphabetic: named('\\p{Alphabetic}'),
  IsIdeographic: named('\\p{Ideographic}'),
  IsLetter: named('\\p{L}'),
  IsLowercase: named('\\p{Lowercase}', true),
  IsUppercase: named('\\p{Uppercase}', true),
  IsTitlecase: named('\\p{Lt}', true),
  IsPunctuation: named('\\p{P}'),
  IsControl: named('\\p{Cc}'),
  IsWhite_Space: named('\\p{White_Space}'),
  IsDigit: named('\\p{Nd}'),
  IsHex_Digit: named('\\p{Nd}\\p{Hex_Digit}'),
  javaLetter: named('\\p{L}'),
  javaDigit: named('\\p{Nd}'),
  javaLetterOrDigit: named('\\p{L}\\p{Nd}'),
  javaAlphabetic: named('\\p{Alphabetic}'),
  javaLowerCase: named('\\p{Lowercase}', true),
  javaUpperCase: named('\\p{Uppercase}', true),
  javaTitleCase: named('\\p{Lt}', true),
};

class ClassReader {
  readonly #text: string;
  readonly #comments: boolean;
  at: number;

  constructor(text: string, at: number, comments: boolean) {
    this.#text = text;
    this.#comments = comments;
    this.at = at;
  }

  read(): ClassNode {
    return this.#text.charAt(this.at) === '[' ? this.#brackets() : this.#one();
  }

  /** `[...]`: unions of items, cut by `&&` into parts that are intersected; `^` negates the whole. */
  #brackets(): ClassNode {
    this.at++;
    this.#skip();
    const negated = this.#text.charAt(this.at) === '^';
    if (negated) this.at++;
    const parts: ClassNode[] = [];
    let union: ClassNode[] = [];
    let isFirst = true;
    for (; ; isFirst = false) {
      this.#skip();
      const char = this.#text.charAt(this.at);
      if (char === '') throw new BadPattern('unclosed character class');
      if (char === ']' && !(isFirst && parts.length === 0)) break;
      if (this.#text.startsWith('&&', this.at)) {
        this.at += 2;
        while (this.#text.charAt(this.at) === '&') this.at++;
        if (union.length > 0) parts.push({ kind: 'union', parts: union, negated: false });
        union = [];
        continue;
      }
      union.push(...this.#item());
    }
    this.at++;
    if (union.length > 0) parts.push({ kind: 'union', parts: union, negated: false });
    if (parts.length === 0) throw new BadPattern('empty character class');
    if (parts.length === 1) return { kind: 'union', parts, negated };
    return { kind: 'intersection', parts, negated };
  }

  #item(): readonly ClassNode[] {
    if (this.#text.charAt(this.at) === '[') return [this.#brackets()];
    if (this.#text.startsWith('\\Q', this.at)) return this.#quoted();
    const from = this.#one();
    this.#skip();
    const next = this.#text.charAt(this.at + 1);
    if (from.kind !== 'char' || this.#text.charAt(this.at) !== '-' || next === ']' || next === '[' || next === '') {
      return [from];
    }
    this.at++;
    this.#skip();
    const to = this.#one();
    if (to.kind !== 'char' || to.code < from.code) throw new BadPattern('illegal character range');
    return [{ kind: 'range', from: from.code, to: to.code }];
  }

  #quoted(): readonly ClassNode[] {
    const end = this.#text.indexOf('\\E', this.at);
    const quoted = this.#text.slice(this.at + 2, end < 0 ? undefined : end);
    this.at = end < 0 ? this.#text.length : end + 2;
    return Array.from(quoted, (char) => ascii(char.codePointAt(0)!));
  }

  #skip(): void {
    const blank = /[ \t\n\x0b\f\r]*(?:#[^\n\r\u0085\u2028\u2029]*[ \t\n\x0b\f\r]*)*/y;
    if (!this.#comments) return;
    blank.lastIndex = this.at;
    blank.exec(this.#text);
    this.at = blank.lastIndex;
  }

  #match(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.at;
    const match = sticky.exec(this.#text);
    if (match !== null) this.at = sticky.lastIndex;
    return match;
  }

  /** One character, escaped or not, or a predefined class. */
  #one(): ClassNode {
    const code = this.#text.codePointAt(this.at);
    if (code === undefined) throw new BadPattern('unexpected end');
    if (code !== 0x5c) {
      this.at += code > 0xffff ? 2 : 1;
      return ascii(code);
    }
    const property = this.#match(/\\([pP])(?:\{([^}]*)\}|([A-Za-z]))/y);
    if (property !== null) return propertyClass(property[2] ?? property[3]!, property[1] === 'P');
    const numeric = this.#numeric();
    if (numeric !== undefined) return ascii(numeric);
    const letter = this.#text.charAt(this.at + 1);
    if (letter === '') throw new BadPattern('unexpected end');
    if (/[A-Za-z0-9]/.test(letter)) {
      this.at += 2;
      const shorthand = shorthands[letter];
      if (shorthand !== undefined) return shorthand;
      const control = controls[letter];
      if (control !== undefined) return ascii(control);
      if (letter === 'N') throw unsupportedRegex('\\N{...}');
      throw new BadPattern(`illegal escape \\${letter}`);
    }
    const literal = this.#text.codePointAt(this.at + 1)!;
    this.at += literal > 0xffff ? 3 : 2;
    return ascii(literal);
  }

  /** \0n \xhh \x{h...} \uhhhh (with a second half) \cX. */
  #numeric(): number | undefined {
    const octal = this.#match(/\\0([0-3]?[0-7]{1,2})/y);
    if (octal !== null) return Number.parseInt(octal[1]!, 8);
    const braced = this.#match(/\\x\{([0-9A-Fa-f]+)\}/y);
    if (braced !== null) {
      const code = Number.parseInt(braced[1]!, 16);
      if (code > 0x10ffff) throw new BadPattern('code point too big');
      return code;
    }
    const hex = this.#match(/\\x([0-9A-Fa-f]{2})/y);
    if (hex !== null) return Number.parseInt(hex[1]!, 16);
    const pair = this.#match(/\\u([Dd][89ABab][0-9A-Fa-f]{2})\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})/y);
    if (pair !== null) {
      return String.fromCharCode(Number.parseInt(pair[1]!, 16), Number.parseInt(pair[2]!, 16)).codePointAt(0);
    }
    const unit = this.#match(/\\u([0-9A-Fa-f]{4})/y);
    if (unit !== null) return Number.parseInt(unit[1]!, 16);
    const control = this.#match(/\\c([^])/y);
    return control === null ? undefined : control[1]!.charCodeAt(0) ^ 64;
  }
}

function propertyClass(name: string, negated: boolean): ClassNode {
  const node = posix[name] ?? properties[name] ?? categoryClass(name);
  return negated ? not(node) : node;
}

/** General categories (`L`, `IsLu`, `gc=Lu`) and scripts (`IsLatin`, `script=Latin`), by JavaScript's own tables. */
function categoryClass(name: string): ClassNode {
  const category = /^(?:Is|(?:general_category|gc)=)?([LMNZCPS][a-z]?|LC|LD)$/i.exec(name)?.[1];
  if (category === 'LD') return named('\\p{L}\\p{Nd}');
  if (category !== undefined) return checked(`\\p{${category}}`, name, /^(Lu|Ll|Lt)$/.test(category));
  const script = /^(?:Is|(?:script|sc)=)([A-Za-z_]+)$/i.exec(name)?.[1];
  if (script !== undefined) return checked(`\\p{Script=${capitalized(script)}}`, name, false);
  if (/^(In|block=|blk=|java|Is)/i.test(name)) throw unsupportedRegex(`\\p{${name}}`);
  throw new BadPattern(`unknown character property ${name}`);
}

const capitalized = (word: string): string => word.toLowerCase().replace(/(^|_)[a-z]/g, (start) => start.toUpperCase());

function checked(text: string, name: string, cased: boolean): ClassNode {
  try {
    new RegExp(text, 'u');
  } catch {
    throw unsupportedRegex(`\\p{${name}}`);
  }
  return named(text, cased);
}
