/** Filters of JSON paths: `[?(@.b > 1 && @.c == 'x')]`. Comparisons, `&&`, `||`, `!`, parentheses, and the mere existence of a path. */
import { MillraceError } from '../errors.ts';
import { JsonNumber, type Json } from './json-value.ts';

export type Filter = (item: Json, root: Json) => boolean;
/** An operand: a literal or a path from the item or the document; undefined when the path finds nothing. */
type Operand = (item: Json, root: Json) => Json | undefined;

/** Makes of the text of a path a function from the value that it starts at; undefined when it cannot be read. */
export type PathMaker = (text: string) => ((from: Json) => Json | undefined) | undefined;

/** Reads a filter that begins with `[` at `start`; `end` is the offset after its `]`. Throws SQL_UNSUPPORTED for what is not known. */
export function parseFilter(text: string, start: number, makePath: PathMaker): { test: Filter; end: number } {
  const reader = new FilterReader(text, text.indexOf('(', start) + 1, makePath);
  const test = reader.or();
  return { test, end: reader.close() };
}

class FilterReader {
  readonly #text: string;
  readonly #makePath: PathMaker;
  #at: number;

  constructor(text: string, at: number, makePath: PathMaker) {
    this.#text = text;
    this.#at = at;
    this.#makePath = makePath;
  }

  /** Takes `)` and `]`. */
  close(): number {
    if (this.#take(/\)\s*\]/y) === undefined) this.#fail();
    return this.#at;
  }

  or(): Filter {
    const first = this.#and();
    if (this.#take(/\|\|/y) === undefined) return first;
    const rest = this.or();
    return (item, root) => first(item, root) || rest(item, root);
  }

  #and(): Filter {
    const first = this.#test();
    if (this.#take(/&&/y) === undefined) return first;
    const rest = this.#and();
    return (item, root) => first(item, root) && rest(item, root);
  }

  #test(): Filter {
    if (this.#take(/!(?!=)/y) !== undefined) {
      const negated = this.#test();
      return (item, root) => !negated(item, root);
    }
    if (this.#take(/\(/y) !== undefined) {
      const inner = this.or();
      if (this.#take(/\)/y) === undefined) this.#fail();
      return inner;
    }
    const left = this.#operand();
    const operator = this.#take(/===?|!==?|<=|>=|<|>/y);
    if (operator === undefined) return (item, root) => left(item, root) !== undefined;
    const right = this.#operand();
    const compare = comparisons[operator.slice(0, 2)]!;
    return (item, root) => compare(left(item, root), right(item, root));
  }

  #operand(): Operand {
    const path = this.#take(/[@$](?:\.\.?[^\s.[()=!<>&|]+|\[[^\]]*\])*/y);
    if (path !== undefined) {
      const find = this.#makePath(path);
      if (find === undefined) return this.#fail();
      return path.startsWith('$') ? (_item, root) => find(root) : find;
    }
    const quoted = this.#take(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/y);
    if (quoted !== undefined) {
      const value = quoted.slice(1, -1).replace(/\\(.)/g, '$1');
      return () => value;
    }
    const number = this.#take(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
    if (number !== undefined) {
      const value = new JsonNumber(number);
      return () => value;
    }
    const word = this.#take(/true|false|null/y);
    if (word === undefined) return this.#fail();
    const value = word === 'null' ? null : word === 'true';
    return () => value;
  }

  #take(sticky: RegExp): string | undefined {
    while (this.#text.charAt(this.#at) === ' ') this.#at++;
    sticky.lastIndex = this.#at;
    const match = sticky.exec(this.#text);
    if (match === null) return undefined;
    this.#at = sticky.lastIndex;
    return match[0];
  }

  #fail(): never {
    throw new MillraceError('SQL_UNSUPPORTED', `the filter of the JSON path '${this.#text}' is not supported`, {
      hint: "filters compare: [?(@.price < 10 && @.name == 'x')]",
    });
  }
}

type Comparison = (a: Json | undefined, b: Json | undefined) => boolean;

/** Negative, 0, positive; undefined for values of different or unordered sorts. */
function order(a: Json | undefined, b: Json | undefined): number | undefined {
  if (a instanceof JsonNumber && b instanceof JsonNumber) return Number(a.text) - Number(b.text);
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return undefined;
}
const equal: Comparison = (a, b) => a === b || order(a, b) === 0;

const comparisons: Readonly<Record<string, Comparison>> = {
  '==': equal,
  '!=': (a, b) => !equal(a, b),
  '<': (a, b) => (order(a, b) ?? NaN) < 0,
  '<=': (a, b) => (order(a, b) ?? NaN) <= 0,
  '>': (a, b) => (order(a, b) ?? NaN) > 0,
  '>=': (a, b) => (order(a, b) ?? NaN) >= 0,
};
