/** Whether a result is the recorded one, by the rules of its record (see slt.ts). */
import { printRow } from './slt.ts';
import type { SltColumn, SltOptions, SltResult, SltRow } from './slt.ts';

export interface CompareOptions extends Pick<SltOptions, 'order' | 'approx'> {
  /** Compare the place of errors when both sides name one (line and column of its start); default true. */
  readonly place?: boolean | undefined;
}

const exactly: CompareOptions = { order: { kind: 'exact' }, approx: 0 };

/**
 * Undefined if `actual` is what `expected` says, else what differs, in a few lines.
 * Of errors the fact, the phase (if `actual` tells it) and the place are compared: the words are Flink's and Calcite's own.
 * Types are compared as text, nullability included; FLOAT and DOUBLE as numbers; the order in a MAP or MULTISET does not count.
 *
 *   compareResult(record.result, actual, record.options)
 */
export function compareResult(
  expected: SltResult,
  actual: SltResult,
  options: CompareOptions = exactly,
): string | undefined {
  if (expected.kind === 'error' && actual.kind === 'error') {
    if (actual.phase !== undefined && expected.phase !== actual.phase)
      return `expected an error of ${expected.phase}, got one of ${actual.phase}: ${actual.message}`;
    const [wanted, got] = [expected, actual].map((result) => result.at?.slice(0, 2).join(':'));
    if (options.place !== false && wanted !== undefined && got !== undefined && wanted !== got)
      return `the error is at ${wanted}, not at ${got}: ${actual.message}`;
    return undefined;
  }
  // The gateway tells the columns of an empty result only sometimes.
  if (expected.kind === 'ok' && actual.kind === 'rows' && actual.rows.length === 0) return undefined;
  if (expected.kind !== actual.kind) return `expected ${summary(expected)}\n     got ${summary(actual)}`;
  if (expected.kind !== 'rows' || actual.kind !== 'rows') return undefined;
  const columns = expected.columns;
  const heads = [columns, actual.columns].map((list) => list.map(({ name, type }) => `${name} ${type}`));
  if (heads[0]?.join('\n') !== heads[1]?.join('\n')) return `columns differ\n${diff(heads[0] ?? [], heads[1] ?? [])}`;
  return compareRows(columns, expected.rows, actual.rows, options);
}

function summary(result: SltResult): string {
  switch (result.kind) {
    case 'rows':
      return `${result.rows.length} rows of (${result.columns.map((c) => `${c.name} ${c.type}`).join(', ')})`;
    case 'error':
      return `an error${result.phase === undefined ? '' : ` of ${result.phase}`}: ${result.message}`;
    case 'ok':
      return 'success without a result';
  }
}

function compareRows(
  columns: readonly SltColumn[],
  expected: readonly SltRow[],
  actual: readonly SltRow[],
  { order, approx }: CompareOptions,
): string | undefined {
  const [wanted, got] = [expected, actual].map((rows) => rows.map((row) => normalRow(row, columns)));
  if (wanted === undefined || got === undefined) return undefined;
  const column = 'column' in order ? columns.findIndex((c) => c.name === order.column) : -1;
  if ('column' in order && column < 0) throw new Error(`the record is ordered by ${order.column}, not a column of it`);
  const key = (row: SltRow): string => String(row.values[column]);
  const arranged = [wanted, got].map((rows) => {
    switch (order.kind) {
      case 'exact':
        return rows;
      case 'any':
        return rows.toSorted(byText);
      case 'by':
        return runs(rows, key).flatMap((run) => run.toSorted(byText));
      case 'per':
        return rows.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
    }
  });
  const [a = [], b = []] = arranged;
  const same = a.length === b.length && a.every((row, i) => sameRow(row, b[i], columns, approx));
  if (same) return undefined;
  const texts = [a, b].map((rows) => rows.map((row) => printRow(row, columns)));
  return `rows differ (expected ${a.length}, got ${b.length})\n${diff(texts[0] ?? [], texts[1] ?? [])}`;
}

const byText = (a: SltRow, b: SltRow): number => {
  const [x, y] = [rowText(a), rowText(b)];
  return x < y ? -1 : x > y ? 1 : 0;
};

const rowText = (row: SltRow): string => JSON.stringify([row.kind, ...row.values]);

function runs(rows: readonly SltRow[], key: (row: SltRow) => string): SltRow[][] {
  const list: SltRow[][] = [];
  for (const row of rows) {
    const last = list.at(-1);
    if (last?.[0] !== undefined && key(last[0]) === key(row)) last.push(row);
    else list.push([row]);
  }
  return list;
}

const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** The row with everything that does not count taken out of its values. */
function normalRow(row: SltRow, columns: readonly SltColumn[]): SltRow {
  const values = row.values.map((value, i) => {
    if (value === null) return null;
    const type = columns[i]?.type ?? '';
    let text = value;
    if (/\bDOUBLE\b/.test(type)) text = text.replace(number, (n) => printNumber(Number(n)));
    else if (/\bFLOAT\b/.test(type)) text = text.replace(number, (n) => printNumber(Math.fround(Number(n))));
    return /\b(MAP|MULTISET)\b/.test(type) ? sortEntries(text) : text;
  });
  return { kind: row.kind, values };
}

const printNumber = (n: number): string => (Object.is(n, -0) ? '-0' : String(n));

/** Sorts what stands between commas in every pair of braces, from the inside out. */
function sortEntries(text: string): string {
  const inner = /\{([^{}]*)\}/g;
  let [before, after] = ['', text];
  while (before !== after) {
    before = after;
    after = before.replace(inner, (_, body: string) => `\u0001${body.split(', ').toSorted().join('\u0002 ')}\u0003`);
  }
  return after;
}

function sameRow(a: SltRow, b: SltRow | undefined, columns: readonly SltColumn[], approx: number): boolean {
  if (b === undefined) return false;
  if (rowText(a) === rowText(b)) return true;
  if (approx === 0 || a.kind !== b.kind) return false;
  return a.values.every((value, i) => {
    const other = b.values[i] ?? null;
    if (value === other) return true;
    if (value === null || other === null || !/\b(DOUBLE|FLOAT)\b/.test(columns[i]?.type ?? '')) return false;
    const [x, y] = [Number(value), Number(other)];
    return Number.isFinite(x) && Number.isFinite(y) && Math.abs(x - y) <= approx * Math.max(Math.abs(x), Math.abs(y));
  });
}

const SHOWN_LINES = 12;

/** Lines of two lists that have no partner in the other: `-` expected, `+` got; the first place where equal multisets differ in order. */
function diff(expected: readonly string[], actual: readonly string[]): string {
  const left = new Map<string, number>();
  for (const line of actual) left.set(line, (left.get(line) ?? 0) + 1);
  const missing = expected.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
  const surplus = new Map<string, number>();
  for (const line of expected) surplus.set(line, (surplus.get(line) ?? 0) + 1);
  const extra = actual.filter((line) => {
    const count = surplus.get(line) ?? 0;
    surplus.set(line, count - 1);
    return count <= 0;
  });
  if (missing.length + extra.length === 0) {
    const at = expected.findIndex((line, i) => line !== actual[i]);
    return `the same in another order, first at ${at + 1}\n  - ${expected[at]}\n  + ${actual[at]}`;
  }
  const lines = [...missing.map((line) => `  - ${line}`), ...extra.map((line) => `  + ${line}`)];
  const rest = lines.length - SHOWN_LINES;
  return [...lines.slice(0, SHOWN_LINES), ...(rest > 0 ? [`  … ${rest} more`] : [])].join('\n');
}
