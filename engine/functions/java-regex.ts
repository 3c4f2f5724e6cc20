/**
 * java.util.regex as JavaScript regular expressions, exactly: the pattern is read as Java reads it (java-regex-parse.ts) and written anew
 * for `u` mode. Where the languages differ the text differs: `\b` and `$` know Java's rules, `\w \d \s` are ASCII, (?i) folds ASCII alone,
 * possessive quantifiers and atomic groups become a look-ahead with a back-reference. What has no exact form is refused by name
 * (SQL_UNSUPPORTED): \G, \X, \N{..}, (?U), Unicode blocks, back-references that may meet an unset group.
 *
 *     const regex = compileJavaRegex('(\\d+)-(\\d+)');
 *     const match = regex?.exec('10-20');
 *     match && regex.group(match, 2) // '20'
 */
import type { ClassNode } from './java-regex-class.ts';
import { BadPattern, unsupportedRegex } from './java-regex-error.ts';
import { parseRegex, type Flags, type RegexNode } from './java-regex-parse.ts';

export class JavaRegex {
  readonly groupCount: number;
  readonly #source: string;
  readonly #once: RegExp;
  readonly #groups: readonly number[];
  readonly #unstable: ReadonlySet<number>;
  readonly #pattern: string;
  #all: RegExp | undefined;

  constructor(pattern: string, source: string, groups: readonly number[], unstable: ReadonlySet<number>) {
    this.#pattern = pattern;
    this.#source = source;
    this.#once = new RegExp(source, 'u');
    this.#groups = groups;
    this.#unstable = unstable;
    this.groupCount = groups.length - 1;
  }

  /** Whether it is found anywhere: Matcher.find. */
  test(text: string): boolean {
    return this.#once.test(text);
  }

  /** The first match; `index` counts UTF-16 units. */
  exec(text: string): RegExpExecArray | null {
    return this.#once.exec(text);
  }

  /** All matches, from the left, as by repeated Matcher.find. */
  all(text: string): Iterable<RegExpExecArray> {
    return text.matchAll(this.#global());
  }

  /** String.replaceAll with a literal replacement. */
  replaceAll(text: string, replacement: string): string {
    return text.replace(this.#global(), replacement.includes('$') ? replacement.replaceAll('$', '$$$$') : replacement);
  }

  /**
   * What Java's group `index` (0: the whole) holds; null when it took no part. Throws SQL_UNSUPPORTED for a group whose content JavaScript
   * would give differently: one in a loop that need not take part in the last round.
   */
  group(match: RegExpExecArray, index: number): string | null {
    if (this.#unstable.has(index)) {
      throw unsupportedRegex(`group ${index} of ${this.#pattern} inside a repetition that may leave it out`);
    }
    return match[this.#groups[index]!] ?? null;
  }

  #global(): RegExp {
    this.#all ??= new RegExp(this.#source, 'gu');
    this.#all.lastIndex = 0;
    return this.#all;
  }
}

const MAX_CACHED = 500;
const cache = new Map<string, JavaRegex | undefined>();

/**
 * The compiled pattern; undefined when Java's Pattern.compile refuses it. `whole`: it must match the whole text, as Matcher.matches.
 * The result may be shared: it keeps no state between calls.
 */
export function compileJavaRegex(
  pattern: string,
  options: { whole: boolean } = { whole: false },
): JavaRegex | undefined {
  const key = options.whole ? `=${pattern}` : `~${pattern}`;
  if (cache.has(key)) return cache.get(key);
  if (cache.size >= MAX_CACHED) cache.clear();
  const regex = translate(pattern, options.whole);
  cache.set(key, regex);
  return regex;
}

function translate(pattern: string, whole: boolean): JavaRegex | undefined {
  const parsed = parseRegex(pattern);
  if (parsed === undefined) return undefined;
  try {
    const writer = new Writer(parsed.names);
    const { text } = writer.write(parsed.root);
    return new JavaRegex(pattern, whole ? `^(?:${text})$` : text, writer.groups, writer.unstable);
  } catch (error) {
    if (error instanceof BadPattern) return undefined;
    throw error;
  }
}

/** A written node: its text, the groups that are surely set after it, and whether it can match nothing. */
interface Written {
  readonly text: string;
  readonly sets: ReadonlySet<number>;
  readonly canBeEmpty: boolean;
  /** Whether it may prefer to match nothing where it could match something: a lazy quantifier, an empty alternative that is not the last. */
  readonly prefersNothing: boolean;
  /** The Java groups inside. */
  readonly inside: readonly number[];
  /** Whether a quantifier may follow as it is. */
  readonly isAtom: boolean;
}

const nothing: ReadonlySet<number> = new Set();
const END = '\\r\\x85\\u2028\\u2029';
const WORD = '\\p{L}\\p{Nd}';
/** Java before 19: letters and digits of any script, and combining marks after one, are parts of words for \b. */
const afterWord = `(?<=[_${WORD}]|[${WORD}]\\p{Mn}+)`;
const beforeWord = `(?=[_${WORD}]|(?<=[${WORD}]\\p{Mn}*)\\p{Mn})`;
const notAfterWord = afterWord.replace('(?<=', '(?<!');
const notBeforeWord = beforeWord.replace('(?=', '(?!');

class Writer {
  readonly #names: ReadonlyMap<string, number>;
  /** Java's group number → ours. */
  readonly groups: number[] = [0];
  readonly unstable = new Set<number>();
  #count = 0;
  #lookbehinds = 0;
  #known: ReadonlySet<number> = nothing;

  constructor(names: ReadonlyMap<string, number>) {
    this.#names = names;
  }

  write(node: RegexNode): Written {
    switch (node.kind) {
      case 'empty':
        return zeroWidth('');
      case 'char':
        return oneChar(charText(node.code, node.flags));
      case 'set':
        return oneChar(setText(node.set, node.flags));
      case 'dot':
        return oneChar(node.flags.dotAll ? '[\\s\\S]' : node.flags.unixLines ? '[^\\n]' : `[^\\n${END}]`);
      case 'assert':
        return zeroWidth(assertion(node.what, node.flags));
      case 'linebreak':
        // Java never gives the \n of \r\n back.
        return oneChar(`(?:\\r\\n|${this.#lookbehinds > 0 ? '' : '(?!\\r\\n)'}[\\n\\x0b\\f\\r\\x85\\u2028\\u2029])`);
      case 'backref':
        return this.#backReference(node.group, node.flags);
      case 'group':
        return this.#group(node.index, node.body);
      case 'look':
        return this.#look(node);
      case 'atomic':
        return this.#atomic(this.#withGroup(node.body));
      case 'sequence':
        return this.#sequence(node.parts);
      case 'choice':
        return this.#choice(node.options);
      default:
        return this.#repeat(node);
    }
  }

  #backReference(group: number | string, flags: Flags): Written {
    const index = typeof group === 'string' ? this.#names.get(group)! : group;
    if (flags.ignoreCase) throw unsupportedRegex('a back-reference with (?i)');
    if (!this.#known.has(index)) throw unsupportedRegex(`\\${group}, a reference to a group that may not be set`);
    return {
      text: `\\${this.groups[index]}(?:)`,
      sets: nothing,
      canBeEmpty: true,
      prefersNothing: false,
      inside: [],
      isAtom: false,
    };
  }

  #group(index: number, node: RegexNode): Written {
    this.groups[index] = ++this.#count;
    const body = this.write(node);
    if (this.#lookbehinds > 0) this.unstable.add(index);
    return {
      ...body,
      text: `(${body.text})`,
      sets: new Set([...body.sets, index]),
      inside: [...body.inside, index],
      isAtom: true,
    };
  }

  #look({ ahead, negated, body: node }: RegexNode & { kind: 'look' }): Written {
    if (!ahead) this.#lookbehinds++;
    const body = this.write(node);
    if (!ahead) this.#lookbehinds--;
    const opening = `(?${ahead ? '' : '<'}${negated ? '!' : '='}`;
    return {
      ...zeroWidth(`${opening}${body.text})`),
      sets: negated ? nothing : body.sets,
      inside: body.inside,
    };
  }

  /** Our own group, unknown to Java, around a body. */
  #withGroup(node: RegexNode): Written & { readonly number: number } {
    if (this.#lookbehinds > 0) throw unsupportedRegex('an atomic group or possessive quantifier inside a look-behind');
    const number = ++this.#count;
    return { ...this.write(node), number };
  }

  /** A look-ahead never backtracks into its body: that is what atomic means. */
  #atomic(body: Written & { readonly number: number }): Written {
    return { ...body, text: `(?:(?=(${body.text}))\\${body.number})`, isAtom: true };
  }

  #sequence(nodes: readonly RegexNode[]): Written {
    const before = this.#known;
    const parts = nodes.map((node) => {
      const part = this.write(node);
      this.#known = new Set([...this.#known, ...part.sets]);
      return part;
    });
    this.#known = before;
    return {
      text: parts.map((part, i) => (nodes[i]!.kind === 'choice' ? `(?:${part.text})` : part.text)).join(''),
      sets: new Set(parts.flatMap((part) => [...part.sets])),
      canBeEmpty: parts.every((part) => part.canBeEmpty),
      prefersNothing: parts.some((part) => part.prefersNothing),
      inside: parts.flatMap((part) => part.inside),
      isAtom: false,
    };
  }

  #choice(nodes: readonly RegexNode[]): Written {
    const options = nodes.map((node) => this.write(node));
    const common = [...options[0]!.sets].filter((group) => options.every((option) => option.sets.has(group)));
    return {
      text: options.map((option) => option.text).join('|'),
      sets: new Set(common),
      canBeEmpty: options.some((option) => option.canBeEmpty),
      prefersNothing:
        options.some((option) => option.prefersNothing) || options.slice(0, -1).some((option) => option.canBeEmpty),
      inside: options.flatMap((option) => option.inside),
      isAtom: false,
    };
  }

  #repeat(node: RegexNode & { kind: 'repeat' }): Written {
    const { min, max, mode } = node;
    if (mode === 'possessive') {
      const atomic = this.#atomic(this.#withGroup({ ...node, mode: 'greedy' }));
      // Java keeps what such a group held in an attempt that failed.
      for (const group of atomic.inside) this.unstable.add(group);
      return atomic;
    }
    const body = this.write(node.body);
    // Java ends a loop when its body matches nothing; JavaScript makes the body try something else first.
    if ((max > 1 || min === 0) && body.canBeEmpty && body.prefersNothing) {
      throw unsupportedRegex('a repetition of something that may prefer to match nothing');
    }
    for (const group of body.inside) {
      if (body.canBeEmpty || (max > 1 && !body.sets.has(group))) this.unstable.add(group);
    }
    const atom = body.isAtom ? body.text : `(?:${body.text})`;
    return {
      text: atom + quantifier(min, max) + (mode === 'lazy' ? '?' : ''),
      sets: min > 0 ? body.sets : nothing,
      canBeEmpty: min === 0 || body.canBeEmpty,
      prefersNothing: body.prefersNothing || (mode === 'lazy' && (min === 0 || body.canBeEmpty)),
      inside: body.inside,
      isAtom: false,
    };
  }
}

const zeroWidth = (text: string): Written => ({
  text,
  sets: nothing,
  canBeEmpty: true,
  prefersNothing: false,
  inside: [],
  isAtom: false,
});
const oneChar = (text: string): Written => ({ ...zeroWidth(text), canBeEmpty: false, isAtom: true });

function quantifier(min: number, max: number): string {
  if (max === Infinity) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  return min === 0 && max === 1 ? '?' : `{${min},${max}}`;
}

function assertion(what: string, { multiline, unixLines }: Flags): string {
  switch (what) {
    case 'A':
      return '^';
    case 'z':
      return '$';
    case '^':
      if (!multiline) return '^';
      return unixLines ? '(?!$)(?<=^|\\n)' : `(?!$)(?:(?<=^|[\\n\\x85\\u2028\\u2029])|(?<=\\r)(?!\\n))`;
    case 'b':
      return `(?:${afterWord}${notBeforeWord}|${notAfterWord}${beforeWord})`;
    case 'B':
      return `(?:${afterWord}${beforeWord}|${notAfterWord}${notBeforeWord})`;
    default: {
      if (unixLines) return multiline && what === '$' ? '(?=\\n|$)' : '(?=\\n?$)';
      return multiline && what === '$' ? `(?=$|[${END}]|(?<!\\r)\\n)` : `(?=(?:\\r\\n|[${END}]|(?<!\\r)\\n)?$)`;
    }
  }
}

function codeText(code: number): string {
  const char = String.fromCodePoint(code);
  return /[A-Za-z0-9]/.test(char) ? char : `\\u{${code.toString(16)}}`;
}

function charText(code: number, flags: Flags): string {
  const all = cases(code, flags);
  return all.length === 1 ? codeText(code) : `[${all.map(codeText).join('')}]`;
}

/** The code points that count as equal to one: itself, and its other cases under (?i). */
function cases(code: number, { ignoreCase, unicodeCase }: Flags): readonly number[] {
  if (!ignoreCase || (!unicodeCase && code > 0x7f)) return [code];
  const char = String.fromCodePoint(code);
  const others = [char.toUpperCase(), char.toLowerCase(), char.toUpperCase().toLowerCase()];
  const codes = others.filter((other) => Array.from(other).length === 1).map((other) => other.codePointAt(0)!);
  return [...new Set([code, ...codes])].filter((other) => unicodeCase || other <= 0x7f);
}

/** One character of a class. What a class of JavaScript cannot hold becomes alternatives and look-aheads of single characters. */
function setText(set: ClassNode, flags: Flags): string {
  if (set.kind === 'intersection') {
    const [last, ...others] = set.parts.map((part) => setText(part, flags)).reverse();
    const text = others.map((part) => `(?=${part})`).join('') + last!;
    return set.negated ? `(?:(?!${text})[\\s\\S])` : `(?:${text})`;
  }
  const members = set.kind === 'union' ? set.parts : [set];
  const simple = members.map((part) => memberText(part, flags));
  const items = simple.filter((text) => text !== undefined).join('');
  const nested = members.filter((_, i) => simple[i] === undefined).map((part) => setText(part, flags));
  const isNegated = set.kind === 'union' && set.negated;
  if (nested.length === 0) return `[${isNegated ? '^' : ''}${items}]`;
  const choice = [...(items === '' ? [] : [`[${items}]`]), ...nested].join('|');
  return isNegated ? `(?:(?!${choice})[\\s\\S])` : `(?:${choice})`;
}

/** The text of a member inside of brackets; undefined for what needs brackets of its own. */
function memberText(set: ClassNode, flags: Flags): string | undefined {
  switch (set.kind) {
    case 'char':
      return cases(set.code, flags).map(codeText).join('');
    case 'range':
      return rangeText(set.from, set.to, flags);
    case 'named':
      if (set.cased && flags.ignoreCase) throw unsupportedRegex('a class of letters of one case with (?i)');
      return set.text;
    case 'union': {
      const parts = set.negated ? [undefined] : set.parts.map((part) => memberText(part, flags));
      return parts.includes(undefined) ? undefined : parts.join('');
    }
    default:
      return undefined;
  }
}

function rangeText(from: number, to: number, { ignoreCase, unicodeCase }: Flags): string {
  const own = `${codeText(from)}-${codeText(to)}`;
  if (!ignoreCase) return own;
  if (unicodeCase && to > 0x7f) throw unsupportedRegex('a range beyond ASCII with (?iu)');
  const other = (low: number, high: number, shift: number): string => {
    const [first, last] = [Math.max(from, low), Math.min(to, high)];
    return first > last ? '' : `${codeText(first + shift)}-${codeText(last + shift)}`;
  };
  return own + other(0x41, 0x5a, 32) + other(0x61, 0x7a, -32);
}
