/** Reads java.util.regex patterns into a tree. What Java refuses is `undefined`; what we cannot repeat exactly throws SQL_UNSUPPORTED. */
import { parseClass, type ClassNode } from './java-regex-class.ts';
import { BadPattern, unsupportedRegex } from './java-regex-error.ts';

export type RegexNode =
  | { readonly kind: 'empty' }
  | { readonly kind: 'char'; readonly code: number; readonly flags: Flags }
  | { readonly kind: 'set'; readonly set: ClassNode; readonly flags: Flags }
  | { readonly kind: 'dot'; readonly flags: Flags }
  | { readonly kind: 'assert'; readonly what: '^' | '$' | 'b' | 'B' | 'A' | 'z' | 'Z'; readonly flags: Flags }
  | { readonly kind: 'linebreak' }
  | { readonly kind: 'backref'; readonly group: number | string; readonly flags: Flags }
  | { readonly kind: 'group'; readonly index: number; readonly name: string | undefined; readonly body: RegexNode }
  | { readonly kind: 'look'; readonly ahead: boolean; readonly negated: boolean; readonly body: RegexNode }
  | { readonly kind: 'atomic'; readonly body: RegexNode }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly options: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly body: RegexNode;
      readonly min: number;
      readonly max: number;
      readonly mode: 'greedy' | 'lazy' | 'possessive';
    };

/** Flags in force at a place: i s m x d u U. */
export interface Flags {
  readonly ignoreCase: boolean;
  readonly unicodeCase: boolean;
  readonly dotAll: boolean;
  readonly multiline: boolean;
  readonly comments: boolean;
  readonly unixLines: boolean;
}

const noFlags: Flags = {
  ignoreCase: false,
  unicodeCase: false,
  dotAll: false,
  multiline: false,
  comments: false,
  unixLines: false,
};

const flagNames: Readonly<Record<string, keyof Flags>> = {
  i: 'ignoreCase',
  u: 'unicodeCase',
  s: 'dotAll',
  m: 'multiline',
  x: 'comments',
  d: 'unixLines',
};

export interface ParsedRegex {
  readonly root: RegexNode;
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
}

/** The tree of a pattern; undefined when `Pattern.compile` throws. */
export function parseRegex(pattern: string): ParsedRegex | undefined {
  try {
    return new RegexParser(pattern).parse();
  } catch (error) {
    if (error instanceof BadPattern) return undefined;
    throw error;
  }
}

class RegexParser {
  readonly #text: string;
  #at = 0;
  #flags: Flags = noFlags;
  #groups = 0;
  readonly #names = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
  }

  parse(): ParsedRegex {
    const root = this.#choice();
    if (this.#at < this.#text.length) throw new BadPattern('unmatched )');
    return { root, groups: this.#groups, names: this.#names };
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.#at;
    const match = sticky.exec(this.#text);
    if (match !== null) this.#at = sticky.lastIndex;
    return match;
  }

  #skipComments(): void {
    while (this.#flags.comments && this.#match(/[ \t\n\x0b\f\r]+|#[^\n\r\u0085\u2028\u2029]*/y) !== null);
  }

  /** Flags that an option sets are in force until the enclosing group ends. */
  #choice(): RegexNode {
    const options = [this.#sequence()];
    while (this.#take('|')) options.push(this.#sequence());
    return options.length === 1 ? options[0]! : { kind: 'choice', options };
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    for (;;) {
      this.#skipComments();
      const char = this.#peek();
      if (char === '' || char === '|' || char === ')') break;
      const atom = this.#atom();
      if (atom !== undefined) parts.push(...('kind' in atom ? [this.#quantified(atom)] : this.#quantifyLast(atom)));
    }
    return parts.length === 1 ? parts[0]! : parts.length === 0 ? { kind: 'empty' } : { kind: 'sequence', parts };
  }

  /** After \Q...\E a quantifier concerns the last character alone. */
  #quantifyLast(atoms: readonly RegexNode[]): readonly RegexNode[] {
    return atoms.length === 0 ? [] : [...atoms.slice(0, -1), this.#quantified(atoms.at(-1)!)];
  }

  #quantified(atom: RegexNode): RegexNode {
    this.#skipComments();
    const range = this.#range();
    if (range === undefined) return atom;
    const mode = this.#take('?') ? 'lazy' : this.#take('+') ? 'possessive' : 'greedy';
    return { kind: 'repeat', body: atom, ...range, mode };
  }

  #range(): { min: number; max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Infinity };
    if (this.#take('+')) return { min: 1, max: Infinity };
    if (this.#take('?')) return { min: 0, max: 1 };
    if (this.#peek() !== '{') return undefined;
    const match = this.#match(/\{(\d+)(,(\d*))?\}/y);
    if (match === null) throw new BadPattern('illegal repetition');
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === '' ? Infinity : Number(match[3]);
    if (max < min || min > 0x7fffffff) throw new BadPattern('illegal repetition range');
    return { min, max };
  }

  /** Undefined for what matches nothing by itself: flags, \E. */
  #atom(): RegexNode | readonly RegexNode[] | undefined {
    const flags = this.#flags;
    if (this.#take('(')) return this.#group();
    if (this.#peek() === '[') {
      const { node, end } = parseClass(this.#text, this.#at, flags.comments);
      this.#at = end;
      return { kind: 'set', set: node, flags };
    }
    if (this.#take('.')) return { kind: 'dot', flags };
    if (this.#take('^')) return { kind: 'assert', what: '^', flags };
    if (this.#take('$')) return { kind: 'assert', what: '$', flags };
    if (/[*+?]/.test(this.#peek())) throw new BadPattern('dangling meta character');
    if (this.#peek() === '{') throw new BadPattern('illegal repetition');
    if (this.#peek() === '\\') return this.#escape();
    const code = this.#text.codePointAt(this.#at)!;
    this.#at += code > 0xffff ? 2 : 1;
    return { kind: 'char', code, flags };
  }

  #escape(): RegexNode | readonly RegexNode[] | undefined {
    const flags = this.#flags;
    if (this.#take('\\Q')) {
      const end = this.#text.indexOf('\\E', this.#at);
      const quoted = this.#text.slice(this.#at, end < 0 ? undefined : end);
      this.#at = end < 0 ? this.#text.length : end + 2;
      return Array.from(quoted, (char) => ({ kind: 'char', code: char.codePointAt(0)!, flags }) as const);
    }
    const assertion = this.#match(/\\([bBAzZ])(?!\{g\})/y);
    if (assertion !== null) return { kind: 'assert', what: assertion[1] as 'b', flags };
    if (this.#match(/\\R/y) !== null) return { kind: 'linebreak' };
    const named = this.#match(/\\k<([A-Za-z][A-Za-z0-9]*)>/y);
    if (named !== null) {
      if (!this.#names.has(named[1]!)) throw new BadPattern('no such group');
      return { kind: 'backref', group: named[1]!, flags };
    }
    const number = this.#match(/\\([1-9])/y);
    if (number !== null) return { kind: 'backref', group: this.#backReference(Number(number[1])), flags };
    const unsupported = /\\(G|X|N|b\{g\})/y;
    const strange = this.#match(unsupported);
    if (strange !== null) throw unsupportedRegex(strange[0]);
    const { node, end } = parseClass(this.#text, this.#at, flags.comments);
    this.#at = end;
    return node.kind === 'char' ? { kind: 'char', code: node.code, flags } : { kind: 'set', set: node, flags };
  }

  /** More digits belong to the number as long as so many groups exist. */
  #backReference(first: number): number {
    let group = first;
    for (;;) {
      const digit = /\d/.test(this.#peek()) ? Number(this.#peek()) : -1;
      if (digit < 0 || group * 10 + digit > this.#groups) break;
      group = group * 10 + digit;
      this.#at++;
    }
    return group;
  }

  #group(): RegexNode | undefined {
    if (!this.#take('?')) return this.#capture(undefined);
    const name = this.#match(/<([A-Za-z][A-Za-z0-9]*)>/y);
    if (name !== null) {
      if (this.#names.has(name[1]!)) throw new BadPattern('group is already defined');
      return this.#capture(name[1]!);
    }
    for (const [opening, ahead, negated] of lookarounds) {
      if (this.#take(opening)) return { kind: 'look', ahead, negated, body: this.#body() };
    }
    if (this.#take('>')) return { kind: 'atomic', body: this.#body() };
    return this.#flagGroup();
  }

  #capture(name: string | undefined): RegexNode {
    const index = ++this.#groups;
    if (name !== undefined) this.#names.set(name, index);
    return { kind: 'group', index, name, body: this.#body() };
  }

  /** The inside of a group up to its `)`; flags set inside end there. */
  #body(): RegexNode {
    const outer = this.#flags;
    const body = this.#choice();
    if (!this.#take(')')) throw new BadPattern('unclosed group');
    this.#flags = outer;
    return body;
  }

  #flagGroup(): RegexNode | undefined {
    const match = this.#match(/([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])/y);
    if (match === null) throw new BadPattern('unknown group');
    const outer = this.#flags;
    const flags = { ...outer };
    for (const [letters, on] of [
      [match[1]!, true],
      [match[2] ?? '', false],
    ] as const) {
      for (const letter of letters) {
        if (letter === 'U') throw unsupportedRegex('the flag (?U)');
        const name = flagNames[letter];
        if (name === undefined) throw new BadPattern('unknown inline modifier');
        flags[name] = on;
      }
    }
    this.#flags = flags;
    if (match[3] === ')') return undefined;
    const body = this.#choice();
    if (!this.#take(')')) throw new BadPattern('unclosed group');
    this.#flags = outer;
    return body.kind === 'sequence' || body.kind === 'choice' ? body : { kind: 'sequence', parts: [body] };
  }
}

const lookarounds: readonly (readonly [string, boolean, boolean])[] = [
  ['=', true, false],
  ['!', true, true],
  ['<=', false, false],
  ['<!', false, true],
];
