import { cut, escapeHtml } from './html.ts';
import { inspectValue } from './inspect.ts';

const MAX_ROWS = 100;
const MAX_COLUMNS = 40;
const MAX_CELL = 300;

type Row = Readonly<Record<string, unknown>>;

/** Rows if the value is a list of at least one plain object (or of objects with `toJSON` to such, as Arrow's rows). */
export function rowsOf(value: unknown): { rows: readonly Row[]; total: number } | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const rows: Row[] = [];
  for (const item of value.slice(0, MAX_ROWS) as unknown[]) {
    const row = plainRow(item);
    if (row === undefined) return undefined;
    rows.push(row);
  }
  return { rows, total: value.length };
}

/** Rows of a columnar table that has `numRows` and `get(i)`: Apache Arrow's. */
export function arrowRowsOf(value: unknown): { rows: readonly Row[]; total: number } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const table = value as { numRows?: unknown; numCols?: unknown; schema?: { fields?: unknown }; get?: unknown };
  if (typeof table.numRows !== 'number' || typeof table.get !== 'function' || !Array.isArray(table.schema?.fields))
    return undefined;
  const rows: Row[] = [];
  for (let i = 0; i < Math.min(table.numRows, MAX_ROWS); i++) {
    const row = plainRow((table.get as (index: number) => unknown).call(value, i));
    if (row === undefined) return undefined;
    rows.push(row);
  }
  return { rows, total: table.numRows };
}

/** A static table without styles or scripts of its own: Jupyter's style sheet applies, GitHub shows it too. */
export function tableHtml(rows: readonly Row[], total: number): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = names.slice(0, MAX_COLUMNS);
  const head = columns.map((name) => `<th>${escapeHtml(cut(name, MAX_CELL))}</th>`).join('');
  const body = rows
    .map((row) => `<tr>${columns.map((name) => `<td>${cellHtml(row, name)}</td>`).join('')}</tr>`)
    .join('\n');
  const notes = [];
  if (total > rows.length) notes.push(`${rows.length} of ${total.toLocaleString('en')} rows`);
  if (names.length > columns.length) notes.push(`${columns.length} of ${names.length} columns`);
  const note = notes.length === 0 ? '' : `\n<p>${notes.join(', ')}</p>`;
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table>${note}`;
}

function cellHtml(row: Row, name: string): string {
  if (!(name in row)) return '';
  const value = row[name];
  const text =
    typeof value === 'string'
      ? value
      : value === null
        ? 'null'
        : value instanceof Date
          ? isoDate(value)
          : inspectValue(value);
  return escapeHtml(cut(text, MAX_CELL));
}

function isoDate(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'Invalid Date' : date.toISOString();
}

function plainRow(item: unknown): Row | undefined {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
  const prototype = Object.getPrototypeOf(item) as object | null;
  if (prototype === null || prototype === Object.prototype) return item as Row;
  const { toJSON } = item as { toJSON?: unknown };
  if (typeof toJSON !== 'function' || item instanceof Date) return undefined;
  const json: unknown = toJSON.call(item);
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Row) : undefined;
}
