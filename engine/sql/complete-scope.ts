/**
 * The relations whose columns are visible at a place: read from the tokens alone, before and behind the place, so that it works in text that
 * is not finished. What a subquery gives is read from its select list.
 */
import type { CompletionSources } from './complete.ts';
import { isName } from './cursor.ts';
import type { Token } from './lexer.ts';
import { identifierText } from './unquote.ts';

export interface ScopeColumn {
  readonly name: string;
  readonly type: string;
}

export interface Relation {
  /** The alias, or the table's own name; undefined for a subquery without an alias. */
  readonly name: string | undefined;
  readonly columns: readonly ScopeColumn[];
  /** Belongs to a query around the one of the place. */
  readonly isOuter?: boolean | undefined;
  /** The names of WITH that can stand in FROM here. */
  readonly commonTable?: string | undefined;
}

/** Innermost query first; then those around it; then the tables of WITH, which have no columns here. */
export function relationsAt(tokens: readonly Token[], offset: number, sources: CompletionSources): Relation[] {
  const place = tokens.findIndex((token) => token.start >= offset);
  return new Scope(tokens, sources).at(place < 0 ? tokens.length : place);
}

const setOperators = new Set(['UNION', 'INTERSECT', 'EXCEPT', 'MINUS']);
const clauseEnds = new Set([
  'WHERE',
  'GROUP',
  'HAVING',
  'WINDOW',
  'QUALIFY',
  'ORDER',
  'LIMIT',
  'OFFSET',
  'FETCH',
  ';',
  ...setOperators,
]);
const joinWords = new Set([',', 'JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'OUTER', 'CROSS', 'NATURAL', 'LATERAL']);
const windowColumns: readonly ScopeColumn[] = [
  { name: 'window_start', type: 'TIMESTAMP(3)' },
  { name: 'window_end', type: 'TIMESTAMP(3)' },
  { name: 'window_time', type: 'TIMESTAMP(3)' },
];

class Scope {
  readonly #tokens: readonly Token[];
  readonly #sources: CompletionSources;
  /** For each opening parenthesis its closing one (or the end). */
  readonly #close = new Map<number, number>();
  /** The range of tokens of each query in a WITH clause, by name. */
  readonly #common = new Map<string, readonly [number, number]>();

  constructor(tokens: readonly Token[], sources: CompletionSources) {
    this.#tokens = tokens;
    this.#sources = sources;
    this.#matchParentheses();
    this.#findCommonTables();
  }

  #matchParentheses(): void {
    const open: number[] = [];
    for (const [i, { key }] of this.#tokens.entries()) {
      if (key === '(') open.push(i);
      else if (key === ')' && open.length > 0) this.#close.set(open.pop()!, i);
    }
    for (const i of open) this.#close.set(i, this.#tokens.length - 1);
  }

  /** `name AS (` with SELECT behind it, or another WITH, is a common table wherever it stands. */
  #findCommonTables(): void {
    if (!this.#tokens.some(({ key }) => key === 'WITH')) return;
    for (const [i, token] of this.#tokens.entries()) {
      const isDefinition = isName(token) && this.#key(i + 1) === 'AS' && this.#key(i + 2) === '(';
      const first = this.#key(i + 3);
      if (isDefinition && (first === 'SELECT' || first === 'WITH' || first === 'VALUES')) {
        this.#common.set(nameOf(token), [i + 3, this.#close.get(i + 2)!]);
      }
    }
  }

  #key(i: number): string | undefined {
    return this.#tokens[i]?.key;
  }

  at(place: number): Relation[] {
    const groups = [...this.#close]
      .filter(([open, close]) => open < place && place <= close)
      .toSorted(([a], [b]) => b - a);
    const ranges = [...groups.map(([open, close]) => [open + 1, close] as const), [0, this.#tokens.length] as const];
    const found: Relation[] = [];
    for (const [from, to] of ranges) {
      const relations = this.#relationsOf(from, to, place);
      found.push(...(found.length === 0 ? relations : relations.map((relation) => ({ ...relation, isOuter: true }))));
    }
    for (const name of this.#common.keys()) found.push({ name: undefined, columns: [], commonTable: name });
    return found;
  }

  /** The relations of the query of this range that the place is in. */
  #relationsOf(from: number, to: number, place: number): Relation[] {
    const top = this.#topLevel(from, to);
    let start = from;
    let end = to;
    for (const i of top) {
      if (!setOperators.has(this.#key(i)!)) continue;
      if (i < place) start = i + 1;
      else end = Math.min(end, i);
    }
    const inside = top.filter((i) => i >= start && i < end);
    const clause = inside.find((i) => this.#key(i) === 'FROM');
    const query = inside.find((i) => ['SELECT', 'VALUES', 'WITH'].includes(this.#key(i)!));
    const beforeQuery = this.#key(inside[0] ?? -1) === 'INSERT' && (query === undefined || place <= query);
    if (clause !== undefined && !beforeQuery) return this.#fromItems(clause + 1, end);
    return this.#target(inside);
  }

  /** Positions of the range that are in no deeper parentheses. */
  #topLevel(from: number, to: number): number[] {
    const positions: number[] = [];
    for (let i = from; i < to; i++) {
      positions.push(i);
      if (this.#key(i) === '(') i = (this.#close.get(i) ?? to) - 1;
    }
    return positions;
  }

  /** The table of INSERT INTO, UPDATE, ALTER TABLE; the columns being declared in CREATE TABLE. */
  #target(inside: readonly number[]): Relation[] {
    const first = inside[0];
    if (first === undefined) return [];
    const words: Readonly<Record<string, number>> = { INSERT: 2, UPDATE: 1, ALTER: 2, DELETE: 2 };
    const distance = words[this.#key(first)!];
    if (distance !== undefined && this.#tokens[first + distance] !== undefined) {
      const { path } = this.#readPath(first + distance);
      return path.length === 0 ? [] : [this.#table(path, path.at(-1)!)];
    }
    const open = this.#key(first) === 'CREATE' ? inside.find((i) => this.#key(i) === '(') : undefined;
    return open === undefined ? [] : [{ name: undefined, columns: this.#declared(open) }];
  }

  /** Names at the begin of the elements in CREATE TABLE ( ). */
  #declared(open: number): ScopeColumn[] {
    const columns: ScopeColumn[] = [];
    let atBegin = true;
    for (const i of this.#topLevel(open + 1, this.#close.get(open)!)) {
      const token = this.#tokens[i]!;
      if (atBegin && isName(token)) columns.push({ name: nameOf(token), type: this.#tokens[i + 1]?.text ?? '' });
      atBegin = token.key === ',';
    }
    return columns;
  }

  #fromItems(from: number, to: number): Relation[] {
    const relations: Relation[] = [];
    let i = from;
    while (i < to && !clauseEnds.has(this.#key(i)!)) {
      if (joinWords.has(this.#key(i)!)) {
        i++;
      } else if (this.#key(i) === 'ON' || this.#key(i) === 'USING') {
        i = this.#skipCondition(i + 1, to);
      } else {
        const item = this.#fromItem(i, to);
        relations.push(...item.relations);
        i = Math.max(item.next, i + 1);
      }
    }
    return relations;
  }

  #skipCondition(from: number, to: number): number {
    return this.#topLevel(from, to).find((i) => joinWords.has(this.#key(i)!) || clauseEnds.has(this.#key(i)!)) ?? to;
  }

  /** One table, subquery or table function, and what follows it up to the alias. */
  #fromItem(start: number, to: number): { relations: Relation[]; next: number } {
    if (this.#key(start) === '(' && !this.#isQuery(start + 1)) {
      const close = this.#close.get(start)!;
      return { relations: this.#fromItems(start + 1, close), next: close + 1 };
    }
    const { columns, name, next } = this.#source(start);
    const { alias, names, next: end } = this.#alias(this.#skipSuffix(next, to), to);
    const renamed =
      names.length === 0 ? columns : names.map((text, i) => ({ name: text, type: columns[i]?.type ?? '' }));
    return { relations: [{ name: alias ?? name, columns: renamed }], next: end };
  }

  #isQuery(i: number): boolean {
    const key = this.#key(i);
    return key === 'SELECT' || key === 'WITH' || key === 'VALUES' || (key === '(' && this.#isQuery(i + 1));
  }

  #source(start: number): { columns: readonly ScopeColumn[]; name: string | undefined; next: number } {
    if (this.#key(start) === '(') {
      const close = this.#close.get(start)!;
      return { columns: this.#selected(start + 1, close), name: undefined, next: close + 1 };
    }
    if ((this.#key(start) === 'TABLE' || this.#key(start) === 'UNNEST') && this.#key(start + 1) === '(') {
      const close = this.#close.get(start + 1)!;
      return { columns: this.#functionColumns(start + 2, close), name: undefined, next: close + 1 };
    }
    const { path, next } = this.#readPath(start);
    if (this.#key(next) === '(' && path.length > 0) {
      const close = this.#close.get(next)!;
      return { columns: this.#functionColumns(start, close), name: undefined, next: close + 1 };
    }
    const name = path.at(-1);
    return { columns: name === undefined ? [] : this.#table(path, name).columns, name, next };
  }

  /** A function over `TABLE t` gives the columns of t; window functions add theirs. */
  #functionColumns(from: number, to: number): readonly ScopeColumn[] {
    const word = this.#key(from) ?? '';
    for (let i = from; i < to; i++) {
      if (this.#key(i) !== 'TABLE' || this.#key(i + 1) === '(') continue;
      const { path } = this.#readPath(i + 1);
      if (path.length === 0) continue;
      const { columns } = this.#table(path, path.at(-1)!);
      return ['TUMBLE', 'HOP', 'CUMULATE', 'SESSION'].includes(word) ? [...columns, ...windowColumns] : columns;
    }
    return [];
  }

  #table(path: readonly string[], name: string): Relation {
    const range = path.length === 1 ? this.#common.get(path[0]!) : undefined;
    if (range === undefined) return { name, columns: [...this.#sources.columns(path)] };
    this.#common.delete(path[0]!);
    const columns = this.#selected(...range);
    this.#common.set(path[0]!, range);
    return { name, columns };
  }

  /** The names that the select list of a query gives. */
  #selected(from: number, to: number): ScopeColumn[] {
    const top = this.#topLevel(from, to);
    const select = top.find((i) => this.#key(i) === 'SELECT');
    if (select === undefined) return [];
    const end = top.find((i) => i > select && (this.#key(i) === 'FROM' || setOperators.has(this.#key(i)!))) ?? to;
    const fromClause = this.#key(end) === 'FROM' ? this.#fromItems(end + 1, to) : [];
    const columns: ScopeColumn[] = [];
    let last: number | undefined;
    for (const i of [...top.filter((position) => position > select && position < end), end]) {
      if (i !== end && this.#key(i) !== ',') {
        last = i;
        continue;
      }
      if (last !== undefined) columns.push(...this.#selectItem(last, fromClause));
      last = undefined;
    }
    return columns;
  }

  /** By the last token of an item: `*`, `t.*`, or a name. */
  #selectItem(last: number, relations: readonly Relation[]): readonly ScopeColumn[] {
    const token = this.#tokens[last]!;
    if (token.key === '*') {
      const qualifier = this.#key(last - 1) === '.' ? nameOf(this.#tokens[last - 2]!) : undefined;
      return relations
        .filter(({ name }) => qualifier === undefined || name === qualifier)
        .flatMap(({ columns }) => columns);
    }
    if (!isName(token)) return [];
    const name = nameOf(token);
    const known = relations.flatMap(({ columns }) => columns).find((column) => column.name === name);
    return [known ?? { name, type: '' }];
  }

  #readPath(start: number): { path: string[]; next: number } {
    const path: string[] = [];
    let i = start;
    while (this.#tokens[i] !== undefined && isName(this.#tokens[i]!)) {
      path.push(nameOf(this.#tokens[i]!));
      if (this.#key(i + 1) !== '.') return { path, next: i + 1 };
      i += 2;
    }
    return { path, next: i };
  }

  /** Hints, FOR SYSTEM_TIME AS OF, WITH ORDINALITY, MATCH_RECOGNIZE. */
  #skipSuffix(start: number, to: number): number {
    let i = start;
    if (this.#key(i) === '/*+') while (i < to && this.#key(i++) !== '*/');
    if (this.#key(i) === 'FOR') i = this.#readPath(i + 4).next;
    if (this.#key(i) === 'WITH') i += 2;
    if (this.#key(i) === 'MATCH_RECOGNIZE' && this.#key(i + 1) === '(') i = this.#close.get(i + 1)! + 1;
    return i;
  }

  #alias(start: number, to: number): { alias: string | undefined; names: string[]; next: number } {
    const i = this.#key(start) === 'AS' ? start + 1 : start;
    const token = this.#tokens[i];
    if (i >= to || token === undefined || !isName(token)) return { alias: undefined, names: [], next: i };
    if (this.#key(i + 1) !== '(') return { alias: nameOf(token), names: [], next: i + 1 };
    const close = this.#close.get(i + 1)!;
    const names = this.#tokens
      .slice(i + 2, close)
      .filter(isName)
      .map(nameOf);
    return { alias: nameOf(token), names, next: close + 1 };
  }
}

function nameOf(token: Token): string {
  return token.type === 'quoted' ? identifierText(token.text) : token.text;
}
