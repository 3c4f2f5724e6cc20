/** From what the grammar expects to what the user is shown. */
import type { CompletionSources } from './complete.ts';
import type { Relation } from './complete-scope.ts';
import { quoteName } from './print-text.ts';

export interface Candidate {
  readonly text: string;
  readonly kind: 'keyword' | 'table' | 'column' | 'function' | 'model' | 'namespace' | 'option' | 'value';
  /** A column's type, a relation's name. */
  readonly detail?: string | undefined;
}

interface Place {
  readonly expected: ReadonlySet<string>;
  /** Names with dots before the place. */
  readonly path: readonly string[];
  /** What was typed of the word. */
  readonly prefix: string;
  readonly relations: readonly Relation[];
  readonly sources: CompletionSources;
}

/** Columns, then tables, functions, and keywords. */
export function candidatesFor(place: Place): Candidate[] {
  const found = [...columns(place), ...tables(place), ...functions(place), ...keywords(place)];
  const seen = new Set<string>();
  return found.filter(({ text, kind }) => {
    const isNew = matches(text, place.prefix) && !seen.has(`${kind} ${text}`);
    if (isNew) seen.add(`${kind} ${text}`);
    return isNew;
  });
}

function matches(text: string, prefix: string): boolean {
  const bare = (name: string): string => name.replace(/^`/, '').toLowerCase();
  return bare(text).startsWith(bare(prefix));
}

function wants(place: Place, ...roles: readonly string[]): boolean {
  return roles.some((role) => place.expected.has(`<${role}>`));
}

function columns(place: Place): Candidate[] {
  if (!wants(place, 'column', 'expression')) return [];
  const { path, relations, sources } = place;
  if (path.length === 0) {
    const names = relations.flatMap(({ name, isOuter }) =>
      name === undefined || isOuter ? [] : [{ text: quoteName(name), kind: 'table' as const }],
    );
    return [...relations.flatMap(columnsOf), ...(wants(place, 'expression') ? names : [])];
  }
  const own = relations.find(({ name }) => name === path[0]);
  if (own !== undefined && path.length === 1) return columnsOf(own);
  return path.length > 1 ? columnsOf({ name: path.at(-1), columns: [...sources.columns(path)] }) : [];
}

function columnsOf({ name, columns: list }: Pick<Relation, 'name' | 'columns'>): Candidate[] {
  return list.map((column) => {
    const detail = [column.type, name].filter((part) => part !== undefined && part !== '').join(' ');
    return { text: quoteName(column.name), kind: 'column', detail: detail === '' ? undefined : detail };
  });
}

function tables(place: Place): Candidate[] {
  const { path, relations, sources } = place;
  const models = wants(place, 'model') && path.length === 0 ? [...sources.models()] : [];
  const named: Candidate[] = models.map((name) => ({ text: quoteName(name), kind: 'model' }));
  const ofTables = wants(place, 'table', 'view');
  if (ofTables) {
    const common = path.length === 0 ? relations.flatMap(({ commonTable }) => commonTable ?? []) : [];
    for (const name of [...common, ...sources.tables(path)]) named.push({ text: quoteName(name), kind: 'table' });
  }
  if (ofTables || wants(place, 'database', 'catalog')) {
    for (const name of sources.namespaces(path)) named.push({ text: quoteName(name), kind: 'namespace' });
  }
  return named;
}

function functions(place: Place): Candidate[] {
  const wanted = wants(place, 'expression', 'function') || (wants(place, 'table') && place.expected.has('LATERAL'));
  if (!wanted || place.path.length > 0) return [];
  const { sources } = place;
  return [...sources.functions()].map((name) => ({ text: name, kind: 'function', detail: sources.signature?.(name) }));
}

/** Words that begin an expression and that no function has. */
const expressionWords = [
  'CASE',
  'CAST',
  'TRY_CAST',
  'NOT',
  'NULL',
  'TRUE',
  'FALSE',
  'INTERVAL',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'EXISTS',
  'ARRAY',
  'MAP',
  'ROW',
];
/** Written as one. */
const pairs: Readonly<Record<string, string>> = {
  GROUP: 'GROUP BY',
  ORDER: 'ORDER BY',
  PARTITION: 'PARTITION BY',
  DISTRIBUTED: 'DISTRIBUTED BY',
  PARTITIONED: 'PARTITIONED BY',
};

/** What the grammar demands, before what may go on (types and operators, marked by `~`). */
function keywords({ expected, path, prefix }: Place): Candidate[] {
  if (path.length > 0) return [];
  const all = [...expected].toSorted((a, b) => Number(a.startsWith('~')) - Number(b.startsWith('~')));
  const words = all.map((thing) => thing.replace(/^~/, '')).filter((thing) => /^[A-Z][A-Z_ ]*$/.test(thing));
  if (expected.has('<expression>')) words.push(...expressionWords);
  const lower = prefix !== '' && prefix === prefix.toLowerCase();
  return words.map((word) => {
    const text = pairs[word] ?? word;
    return { text: lower ? text.toLowerCase() : text, kind: 'keyword' };
  });
}
