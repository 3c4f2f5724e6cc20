/**
 * The place in a statement's tokens, with the questions that a grammar asks: is the next word X, take it if so, demand it.
 *
 * A cursor that records keeps, for the token it stands at, everything that was asked for: the `expected` of an error and of completion.
 * Recording costs, so text is parsed without it first and again with it when there is an error to explain.
 */
import type { Span } from '../errors.ts';
import type { Identifier, Path } from './ast.ts';
import type { Expr, StringLiteral } from './ast-expr.ts';
import type { Query, QueryBody } from './ast-query.ts';
import { reservedWords } from './keywords.ts';
import { keys, splitColon, type Token } from './lexer.ts';
import { syntaxError } from './syntax-error.ts';
import { identifierText, stringValue } from './unquote.ts';

/** The parts of the grammar that contain each other; the rest calls downwards only. */
export interface Grammar {
  expr(cursor: Cursor, power: number): Expr;
  query(cursor: Cursor): Query;
  /** The rest of a query whose first part, `body`, has been read. */
  queryFrom(cursor: Cursor, body: QueryBody): Query;
}

/** What an identifier is the name of: for messages, and for completion to know what to offer. */
export type NameRole =
  | 'table'
  | 'column'
  | 'function'
  | 'catalog'
  | 'database'
  | 'view'
  | 'model'
  | 'connection'
  | 'module'
  | 'window'
  | 'variable'
  | 'alias'
  | 'name';

/** What stood at a token that might be a misspelt keyword: a name that was taken as an alias, and what else could have come there. */
export interface Suspect {
  readonly token: Token;
  readonly expected: ReadonlySet<string>;
}

export class Cursor {
  readonly text: string;
  readonly grammar: Grammar;
  #tokens: readonly Token[];
  #index = 0;
  #expected: Set<string> | undefined;
  #suspect: Suspect | undefined;
  readonly #completing: boolean;

  /** `tokens` ends with a token of type `end`. */
  constructor(
    text: string,
    tokens: readonly Token[],
    grammar: Grammar,
    record: false | 'errors' | 'completion' = false,
  ) {
    this.text = text;
    this.#tokens = tokens;
    this.grammar = grammar;
    this.#expected = record === false ? undefined : new Set();
    this.#completing = record === 'completion';
  }

  get token(): Token {
    return this.#tokens[this.#index]!;
  }

  get previous(): Token | undefined {
    return this.#tokens[this.#index - 1];
  }

  get atEnd(): boolean {
    this.#expected?.add('<end>');
    return this.token.type === 'end';
  }

  /** What was asked for at the present token; empty unless recording. */
  get expected(): ReadonlySet<string> {
    return this.#expected ?? new Set();
  }

  get recording(): boolean {
    return this.#expected !== undefined;
  }

  get suspect(): Suspect | undefined {
    return this.#suspect;
  }

  /** The token `distance` behind the present one; not recorded. */
  peek(distance: number): Token {
    return this.#tokens[Math.min(this.#index + distance, this.#tokens.length - 1)]!;
  }

  /** Whether the text ends at `distance` and more of it is still to be written: then anything may follow. */
  isOpen(distance: number): boolean {
    return this.#completing && this.peek(distance).type === 'end';
  }

  /** Whether the tokens from `distance` on have these keys; not recorded. */
  sees(distance: number, ...wanted: readonly string[]): boolean {
    return wanted.every((key, i) => this.peek(distance + i).key === key);
  }

  advance(): Token {
    const token = this.token;
    this.#index++;
    if (this.#expected !== undefined && this.#expected.size > 0) this.#expected = new Set();
    return token;
  }

  /** Reads `:name` here as a colon and a name. */
  splitParameter(): void {
    this.#tokens = this.#tokens.toSpliced(this.#index, 1, ...splitColon(this.token));
  }

  /** Notes that something of this description could stand here. */
  expect(description: string): void {
    this.#expected?.add(description);
  }

  is(key: string): boolean {
    this.#expected?.add(key);
    return this.token.key === key;
  }

  /** Takes the token if it is `key`. */
  eat(key: string): boolean {
    if (!this.is(key)) return false;
    this.advance();
    return true;
  }

  /** Takes all these tokens if they stand here one after the other. */
  eatAll(...wanted: readonly string[]): boolean {
    this.#expected?.add(wanted.join(' '));
    const open = wanted.findIndex((_, i) => i > 0 && this.isOpen(i));
    if (open > 0 && this.sees(0, ...wanted.slice(0, open))) this.need(...wanted);
    if (!this.sees(0, ...wanted)) return false;
    for (const _ of wanted) this.advance();
    return true;
  }

  /** Takes the first of these that stands here. */
  eatOne<K extends string>(...choices: readonly K[]): K | undefined {
    return choices.find((key) => this.eat(key));
  }

  need(...wanted: readonly string[]): void {
    for (const key of wanted) if (!this.eat(key)) this.fail();
  }

  needOne<K extends string>(...choices: readonly K[]): K {
    return this.eatOne(...choices) ?? this.fail();
  }

  /** The present token cannot stand here. */
  fail(reason?: string, hint?: string): never {
    throw syntaxError(this, reason, hint);
  }

  mark(): number {
    return this.token.start;
  }

  /** From `start` to the end of the token before the present one. */
  span(start: number): Span {
    return { start, end: this.#index === 0 ? start : this.#tokens[this.#index - 1]!.end };
  }

  /** One or more of `item`, with commas between. */
  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.eat(',')) items.push(item());
    return items;
  }

  parens<T>(inner: () => T): T {
    this.need('(');
    const result = inner();
    this.need(')');
    return result;
  }

  parenList<T>(item: () => T): T[] {
    return this.parens(() => this.list(item));
  }

  /** `(a, b)` if it begins here, else an empty list. */
  parenListOpt<T>(item: () => T): T[] {
    return this.is('(') ? this.parenList(item) : [];
  }

  /** Whether a name can begin here. */
  isName(role: NameRole): boolean {
    this.#expected?.add(`<${role}>`);
    return isName(this.token);
  }

  name(role: NameRole = 'name'): Identifier {
    if (!this.isName(role)) this.fail();
    return identifier(this.advance());
  }

  nameOpt(role: NameRole): Identifier | undefined {
    return this.isName(role) ? identifier(this.advance()) : undefined;
  }

  /** A name without AS in front, which may turn out to be a misspelt keyword. */
  implicitAlias(): Identifier | undefined {
    if (!this.isName('alias')) return undefined;
    if (this.#expected !== undefined) this.#suspect = { token: this.token, expected: this.#expected };
    return identifier(this.advance());
  }

  /** `a.b.c`. A dot that no name follows is left standing. */
  path(role: NameRole): Path {
    const start = this.mark();
    const parts = [this.name(role)];
    while (this.is('.') && isName(this.peek(1))) {
      this.advance();
      parts.push(this.name(role));
    }
    return { kind: 'path', parts, span: this.span(start) };
  }

  isString(): boolean {
    this.#expected?.add('<string>');
    return this.token.key === keys.string;
  }

  /** One string; strings that follow each other are one. */
  string(): StringLiteral {
    if (!this.isString()) this.fail();
    const start = this.mark();
    let value = '';
    while (this.token.key === keys.string) value += stringValue(this);
    return { kind: 'string', value, span: this.span(start) };
  }

  stringOpt(): StringLiteral | undefined {
    return this.isString() ? this.string() : undefined;
  }

  /** A whole number without sign. */
  integer(): number {
    this.#expected?.add('<number>');
    if (this.token.key !== keys.number || !/^\d+$/.test(this.token.text)) this.fail();
    return Number(this.advance().text);
  }

  expr(power = 0): Expr {
    return this.grammar.expr(this, power);
  }

  query(): Query {
    return this.grammar.query(this);
  }
}

/** Whether the token can be a name: in back-ticks, or a word that is not reserved. */
export function isName(token: Token): boolean {
  return token.type === 'quoted' || (token.type === 'word' && !reservedWords.has(token.key));
}

export function identifier(token: Token): Identifier {
  const quoted = token.type === 'quoted';
  return {
    kind: 'identifier',
    name: quoted ? identifierText(token.text) : token.text,
    quoted,
    span: { start: token.start, end: token.end },
  };
}
