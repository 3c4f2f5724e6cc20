/**
 * The `.slt` files under test/sql: SQL, and what a real Apache Flink 2.3.0 answers to it, as data.
 *
 *   # What the file is about.                    comments, up to the first marker
 *   --- set table.local-time-zone = Asia/Tokyo    options before the first query hold for the whole file
 *   --- setup                                     statements that every query starts from, in a fresh session
 *   CREATE TABLE ...;
 *   --- query counts per window                   one record: a name that is unique in its file
 *   --- order by window_end                       options of this record
 *   SELECT ...;
 *   --- columns                                   the result: names and exact types, nullability included
 *   window_end TIMESTAMP(3) NOT NULL
 *   --- rows                                      one change a line
 *   +I [2024-01-01 00:10:00.000, "a", 1.10, NULL]
 *
 * A record may hold several statements: the result is that of the last one, the others succeed. `${DIR}` stands for the folder of the file,
 * `${OUT}` for an empty folder made for each run of a record. Instead of columns and rows a record can end in `--- ok` (the statement has no
 * result) or in `--- error planning` | `--- error runtime`, the innermost message of Flink below it and before it, where Flink names a place,
 * `--- at line column [endLine endColumn]`, counted in the last statement. Planning means that EXPLAIN of the statement fails too.
 *
 * **Values are text, as Flink prints them** (`plain_text` in its gateway): 1.10 keeps its zero, TIMESTAMP(3) its three digits, BYTES are x'0aff',
 * booleans TRUE and FALSE, ARRAY [1, 2], MAP and MULTISET {a=1, b=2}, ROW (1, x); NULL is the null value at the top and the word inside of these.
 * This form is exact and has every type; the JSON form that the oracle and `millrace sql --format ndjson` print drops trailing zeros and has no
 * maps with other keys than strings. A character string is written in double quotes as JSON writes it, other values bare unless they hold a
 * comma or a bracket.
 *
 * Options:
 * - `--- mode streaming|batch`; `--- set KEY = VALUE`: a session option, besides those of the file;
 * - `--- result changelog|table`: every change, or the rows that are left at the end;
 * - `--- approx 1e-12`: floating-point numbers may differ by this relative error;
 * - `--- order exact` (the default of a changelog), `--- order any` (a multiset; the default of `result table`), `--- order by COLUMN` (runs of
 *   rows with the same value in COLUMN come in this order, in a run any order: windows that fire one after the other), `--- order per COLUMN`
 *   (the changes of every key in this order, keys interleaved in any way);
 * - `--- flinkbug WHY`: Flink's answer is recorded, but wrong for the reason given; an engine need not repeat it.
 *
 * How to test an engine: for each record run `setup` and `sql` in a fresh session, read its output with `readNdjson` (slt-text.ts), which turns
 * the JSON form into this text, and give the result of the last statement to `compareResult` (slt-compare.ts).
 */

export const rowKinds = ['+I', '-U', '+U', '-D'] as const;
export type Kind = (typeof rowKinds)[number];

export interface SltColumn {
  readonly name: string;
  /** SQL text as the oracle prints it: `DECIMAL(10, 2) NOT NULL`. */
  readonly type: string;
}

export interface SltRow {
  readonly kind: Kind;
  /** Text of each value, null for NULL. */
  readonly values: readonly (string | null)[];
}

export type ErrorPhase = 'planning' | 'runtime';

export type SltResult =
  | { readonly kind: 'rows'; readonly columns: readonly SltColumn[]; readonly rows: readonly SltRow[] }
  | {
      readonly kind: 'error';
      readonly message: string;
      readonly phase?: ErrorPhase | undefined;
      /** Line and column, and line and column of the last character if known, all from 1. */
      readonly at?: readonly number[] | undefined;
      /** Our remedy; not in the files. */
      readonly hint?: string | undefined;
      /** Ours came from a statement or an option before the last statement. */
      readonly early?: true;
    }
  | { readonly kind: 'ok' };

export type Order = { readonly kind: 'exact' | 'any' } | { readonly kind: 'by' | 'per'; readonly column: string };

export interface SltOptions {
  readonly mode: 'streaming' | 'batch';
  readonly result: 'changelog' | 'table';
  readonly order: Order;
  /** Relative error that numbers may have; 0: none. */
  readonly approx: number;
  readonly settings: readonly (readonly [key: string, value: string])[];
  /** Why the recorded answer is not the right one; absent for nearly all. */
  readonly flinkBug?: string | undefined;
}

export interface SltRecord {
  readonly name: string;
  /** Of the file and of the record together. */
  readonly options: SltOptions;
  /** The record's own option lines as written, so that printing a parsed file gives it back. */
  readonly optionLines: readonly string[];
  readonly sql: string;
  /** Absent until recorded. */
  readonly result?: SltResult | undefined;
}

export interface SltFile {
  readonly comments: readonly string[];
  readonly optionLines: readonly string[];
  readonly setup: string;
  readonly records: readonly SltRecord[];
}

type Section = 'head' | 'setup' | 'sql' | 'columns' | 'rows' | 'error' | 'ok';

interface Draft {
  name: string;
  optionLines: string[];
  sql: string[];
  columns: SltColumn[];
  rows: SltRow[];
  message: string[];
  phase: ErrorPhase;
  at: number[] | undefined;
  outcome: SltResult['kind'] | undefined;
}

/** Reads a file; throws an Error with the line number where the text is not a `.slt`. */
export function parseSlt(text: string): SltFile {
  const comments: string[] = [];
  const fileOptions: string[] = [];
  const setup: string[] = [];
  const drafts: Draft[] = [];
  let section: Section = 'head';
  for (const [index, line] of text.split('\n').entries()) {
    const fail = (why: string): Error => new Error(`line ${index + 1}: ${why}: ${line}`);
    const draft = drafts.at(-1);
    const marker = /^--- (\w+)(?: (.*))?$/.exec(line);
    if (marker === null) {
      if (section === 'head') {
        if (draft !== undefined || (line !== '' && !line.startsWith('#'))) throw fail('expected a comment or a marker');
        if (line !== '') comments.push(line);
      } else if (section === 'setup') setup.push(line);
      else if (draft === undefined) throw fail('text outside of a query');
      else if (section === 'sql') draft.sql.push(line);
      else if (section === 'error') draft.message.push(line);
      else if (line === '') continue;
      else if (section === 'columns') draft.columns.push(parseColumn(line, fail));
      else if (section === 'rows') draft.rows.push(parseRow(line, fail));
      else throw fail('text after "--- ok"');
      continue;
    }
    const [, word = '', argument = ''] = marker;
    if (word === 'setup') section = 'setup';
    else if (word === 'query') {
      if (drafts.some((d) => d.name === argument)) throw fail('this name is taken');
      drafts.push({
        name: argument,
        optionLines: [],
        sql: [],
        columns: [],
        rows: [],
        message: [],
        phase: 'planning',
        at: undefined,
        outcome: undefined,
      });
      section = 'sql';
    } else if (draft === undefined) fileOptions.push(`${word} ${argument}`);
    else if (word === 'columns' || word === 'rows') {
      draft.outcome = 'rows';
      section = word;
    } else if (word === 'error') {
      if (argument !== 'planning' && argument !== 'runtime') throw fail('expected planning or runtime');
      draft.outcome = 'error';
      draft.phase = argument;
      section = word;
    } else if (word === 'at') draft.at = argument.split(' ').map(Number);
    else if (word === 'ok') draft.outcome = section = word;
    else draft.optionLines.push(`${word} ${argument}`);
  }
  const records = drafts.map((draft) => ({
    name: draft.name,
    options: parseOptions([...fileOptions, ...draft.optionLines]),
    optionLines: draft.optionLines,
    sql: draft.sql.join('\n').trim(),
    result: resultOf(draft),
  }));
  for (const { name, result } of records) {
    if (result?.kind === 'rows' && result.rows.some((row) => row.values.length !== result.columns.length))
      throw new Error(`${name}: a row has not as many values as there are columns`);
  }
  return { comments, optionLines: fileOptions, setup: setup.join('\n').trim(), records };
}

function resultOf(draft: Draft): SltResult | undefined {
  switch (draft.outcome) {
    case undefined:
      return undefined;
    case 'ok':
      return { kind: 'ok' };
    case 'rows':
      return { kind: 'rows', columns: draft.columns, rows: draft.rows };
    case 'error':
      return { kind: 'error', message: draft.message.join('\n').trim(), phase: draft.phase, at: draft.at };
  }
}

function parseOptions(lines: readonly string[]): SltOptions {
  let mode: SltOptions['mode'] = 'streaming';
  let result: SltOptions['result'] = 'changelog';
  let order: Order | undefined;
  let approx = 0;
  let flinkBug: string | undefined;
  const settings: [string, string][] = [];
  for (const line of lines) {
    const [word, ...rest] = line.split(' ');
    const value = rest.join(' ');
    if (word === 'mode' && (value === 'streaming' || value === 'batch')) mode = value;
    else if (word === 'result' && (value === 'changelog' || value === 'table')) result = value;
    else if (word === 'order' && (value === 'exact' || value === 'any')) order = { kind: value };
    else if (word === 'order' && (rest[0] === 'by' || rest[0] === 'per') && rest.length > 1)
      order = { kind: rest[0], column: rest.slice(1).join(' ') };
    else if (word === 'approx' && Number(value) > 0) approx = Number(value);
    else if (word === 'flinkbug') flinkBug = value;
    else if (word === 'set' && value.includes(' = ')) {
      const [key = '', ...parts] = value.split(' = ');
      settings.push([key, parts.join(' = ')]);
    } else throw new Error(`unknown option: ${line}`);
  }
  return { mode, result, order: order ?? { kind: result === 'table' ? 'any' : 'exact' }, approx, settings, flinkBug };
}

function parseColumn(line: string, fail: (why: string) => Error): SltColumn {
  const match = /^(?:`((?:[^`]|``)*)`|(\S+)) (.+)$/.exec(line);
  if (match === null) throw fail('expected a column and its type');
  return { name: match[1]?.replaceAll('``', '`') ?? match[2] ?? '', type: match[3] ?? '' };
}

function parseRow(line: string, fail: (why: string) => Error): SltRow {
  const kind = rowKinds.find((k) => line.startsWith(`${k} [`));
  if (kind === undefined || !line.endsWith(']')) throw fail('expected a row');
  const values: (string | null)[] = [];
  const value = /("(?:[^"\\]|\\.)*")|([^,]*)/y;
  const body = line.slice(4, -1);
  for (let at = 0; body !== '' && at <= body.length;) {
    value.lastIndex = at;
    const match = value.exec(body);
    if (match === null) throw fail('expected a value');
    const [whole, quoted, bare = ''] = match;
    values.push(quoted === undefined ? (bare === 'NULL' ? null : bare) : (JSON.parse(quoted) as string));
    at += whole.length;
    if (at < body.length && !body.startsWith(', ', at)) throw fail(`expected a comma at ${at}`);
    at += 2;
  }
  return { kind, values };
}

/** The text of a file; `parseSlt` of it gives the same file. */
export function printSlt(file: SltFile): string {
  const parts = [...file.comments, ...file.optionLines.map((line) => `--- ${line}`)];
  if (file.setup !== '') parts.push('--- setup', file.setup);
  for (const record of file.records) {
    parts.push('', `--- query ${record.name}`, ...record.optionLines.map((line) => `--- ${line}`), record.sql);
    if (record.result !== undefined) parts.push(...printResult(record.result));
  }
  return `${parts.join('\n')}\n`;
}

function printResult(result: SltResult): string[] {
  switch (result.kind) {
    case 'ok':
      return ['--- ok'];
    case 'error': {
      const at = result.at === undefined ? [] : [`--- at ${result.at.join(' ')}`];
      return [...at, `--- error ${result.phase ?? 'planning'}`, result.message];
    }
    case 'rows':
      return [
        '--- columns',
        ...result.columns.map(
          ({ name, type }) => `${/^[\w$]+$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``} ${type}`,
        ),
        '--- rows',
        ...result.rows.map((row) => printRow(row, result.columns)),
      ];
  }
}

/** One change as the files have it: `+I [1, "a", NULL]`. */
export function printRow(row: SltRow, columns: readonly SltColumn[]): string {
  const values = row.values.map((value, i) => {
    if (value === null) return 'NULL';
    const isText = /^(CHAR|VARCHAR|STRING)/.test(columns[i]?.type ?? 'STRING');
    return isText || value === 'NULL' || !/^[\w.:+' -]+$/.test(value) ? JSON.stringify(value) : value;
  });
  return `${row.kind} [${values.join(', ')}]`;
}
