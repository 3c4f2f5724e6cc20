/**
 * What could be written at a place in unfinished SQL: keywords by the grammar, tables, columns in scope, functions, options.
 *
 *   complete('SELECT pri| FROM orders', 10, sources) → columns of orders that begin with "pri"
 *
 * The text before the place is parsed with a record of what the grammar asks for there; names come from `sources`. Text that cannot be
 * parsed is no obstacle: what stands before the last clause is then taken for granted.
 */
import { MillraceError } from '../errors.ts';
import { candidatesFor, type Candidate } from './complete-candidates.ts';
import { optionPlace } from './complete-option.ts';
import { relationsAt, type Relation } from './complete-scope.ts';
import { Cursor } from './cursor.ts';
import { tokenize, type Token } from './lexer.ts';
import { parseStatement } from './parse-statement.ts';
import { grammar } from './parse.ts';
import { splitTokens } from './split.ts';
import { identifierText } from './unquote.ts';

/** Where names come from. All synchronous; an unknown path gives nothing. */
export interface CompletionSources {
  /** Tables and views below a path: [] is the current database, [d] a database of the current catalog, [c, d] any. */
  tables(path: readonly string[]): Iterable<string>;
  /** Databases of a catalog ([] the current one) and, for [], catalogs too. */
  namespaces(path: readonly string[]): Iterable<string>;
  /** Columns of a table with their type as text; [] when there is no such table. */
  columns(table: readonly string[]): Iterable<{ readonly name: string; readonly type: string }>;
  functions(): Iterable<string>;
  /** `SPLIT_INDEX(string, delimiter, index)`; undefined when it is not known. */
  signature?(name: string): string | undefined;
  models(): Iterable<string>;
  /** Options of a connector (undefined: not named yet), or of the session. */
  options(
    of: { readonly connector: string | undefined } | 'session',
  ): Iterable<{ readonly key: string; readonly values?: readonly string[] | undefined }>;
}

export interface Completion {
  /** The candidates replace the text from `start` to `end` (offsets). */
  readonly start: number;
  readonly end: number;
  /** The likeliest first. */
  readonly candidates: readonly Candidate[];
}

export function complete(text: string, offset: number, sources: CompletionSources): Completion {
  const all = tokenize(text);
  const open = all.find(
    ({ type, text: token, start, end }) => type === 'bad' && token.startsWith('`') && start < offset && offset <= end,
  );
  if (open === undefined) return completeIn(text, all, offset, sources);
  // An open back-tick hides the rest of the line: without it the words behind can be read.
  const closed = `${text.slice(0, open.start)} ${text.slice(open.start + 1)}`;
  return { ...completeIn(closed, tokenize(closed), offset, sources), start: open.start };
}

function completeIn(text: string, all: readonly Token[], offset: number, sources: CompletionSources): Completion {
  const tokens = statementAt(text, all, offset);
  const typed = tokens.find((token) => token.start < offset && offset <= token.end && isPartial(token, offset));
  const start = typed?.start ?? offset;
  if (typed !== undefined && isString(typed)) return optionPlace(tokens, typed, offset, sources);
  const before = tokens.filter((token) => token.end <= start && token.type !== 'end');
  const path = dottedPath(before);
  const stop = before.slice(0, before.length - path.length * 2);
  const expected = expectedAfter(text, stop, start);
  const prefix = text.slice(start, offset);
  const relations: Relation[] = relationsAt(tokens, start, sources);
  const candidates = candidatesFor({ expected, path, prefix, relations, sources });
  return { start, end: typed?.end ?? offset, candidates };
}

/** The tokens of the statement that the place is in; none behind its semicolon. */
function statementAt(text: string, all: readonly Token[], offset: number): readonly Token[] {
  const part = splitTokens(text, all).findLast(({ start }) => start < offset);
  const isBehind =
    part !== undefined && all.some(({ key, start }) => key === ';' && start >= part.end && start < offset);
  return part === undefined || isBehind ? [all.at(-1)!] : part.tokens;
}

/** A word or name that the place is in or behind. A string, or one without end, counts when the place is inside. */
function isPartial(token: Token, offset: number): boolean {
  if (isString(token)) return token.type === 'bad' || offset < token.end;
  return token.type === 'word' || token.type === 'quoted';
}

function isString(token: Token): boolean {
  return token.type === 'string' || (token.type === 'bad' && token.text.startsWith("'"));
}

/** The names before the dots that end the tokens: `a.b.` → [a, b]. */
function dottedPath(tokens: readonly Token[]): string[] {
  const path: string[] = [];
  for (let i = tokens.length - 1; i > 0 && tokens[i]!.key === '.'; i -= 2) {
    const name = tokens[i - 1]!;
    if (name.type !== 'word' && name.type !== 'quoted') break;
    path.unshift(name.type === 'quoted' ? identifierText(name.text) : name.text);
  }
  return path;
}

/** What the grammar asks for behind these tokens. */
function expectedAfter(text: string, tokens: readonly Token[], end: number): ReadonlySet<string> {
  const attempt = (before: readonly Token[]): ReadonlySet<string> | undefined => {
    const stop: Token = { type: 'end', key: '', text: '', start: end, end };
    const cursor = new Cursor(text, [...before, stop], grammar, 'completion');
    try {
      parseStatement(cursor);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
    }
    return cursor.token.type === 'end' ? cursor.expected : undefined;
  };
  return attempt(tokens) ?? attempt(fromLastClause(tokens)) ?? new Set();
}

/** Clauses and what may stand before them. */
const clauseHeads: Readonly<Record<string, string>> = {
  FROM: 'SELECT *',
  JOIN: 'SELECT * FROM t',
  WHERE: 'SELECT * FROM t',
  GROUP: 'SELECT * FROM t',
  HAVING: 'SELECT * FROM t',
  ORDER: 'SELECT * FROM t',
  SELECT: '',
};

/** The tokens from the last clause on, behind a head that can be parsed; for text that is broken further up. */
function fromLastClause(tokens: readonly Token[]): Token[] {
  const last = tokens.findLastIndex((token) => token.type === 'word' && Object.hasOwn(clauseHeads, token.key));
  if (last < 0) return [...tokens];
  const head = tokenize(clauseHeads[tokens[last]!.key]!).slice(0, -1);
  return [...head, ...tokens.slice(last)];
}
