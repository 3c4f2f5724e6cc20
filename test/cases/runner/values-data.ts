/** Rows of the connector `values`: tables name them by the option 'data-id', sinks collect under it. */
import { rowKindText, type RowKind } from '../../../engine/data/row-kind.ts';
import type { ResolvedTable } from '../../../engine/catalog/table.ts';
import type { DataType } from '../../../engine/types/type.ts';
import type { CaseRow } from './case.ts';
import type { Change } from './changes.ts';

/** What one table of one case holds. */
export class TableData {
  readonly id: string;
  rows: readonly CaseRow[];
  /** Rows that a lookup finds, if they are not `rows`. */
  lookupRows: readonly CaseRow[] | undefined;
  /** The source gives nothing before these have given all. */
  after: readonly TableData[] = [];
  given = 0;
  /** Whether a query scans it. */
  opened = false;
  /** true: the source waits for more after its rows, as one that is stopped before its end. */
  endless = false;
  /** What a sink has got, in order. */
  readonly received: Change[] = [];
  /** The sink takes upserts: a -U that comes all the same ends its row, and is not told of. */
  upserts = false;
  types: readonly DataType[] = [];

  constructor(id: string, rows: readonly CaseRow[]) {
    this.id = id;
    this.rows = rows;
  }
}

const tables = new Map<string, TableData>();
let last = 0;

export function newData(rows: readonly CaseRow[]): TableData {
  const data = new TableData(String(++last), rows);
  tables.set(data.id, data);
  return data;
}
export const forget = (data: TableData): boolean => tables.delete(data.id);

export function dataOf(table: ResolvedTable): TableData {
  const found = tables.get(table.options['data-id'] ?? '');
  if (found !== undefined) return found;
  const made = new TableData('', []);
  return made;
}

/** The types of physical columns, then of metadata columns in the order of the option that names them: the order of Flink's rows. */
export function rowLayout(table: ResolvedTable, option: 'readable-metadata' | 'writable-metadata'): string[] {
  const physical = table.columns.filter((column) => column.kind === 'physical').map((column) => column.name);
  const keys = metadataTypes(table, option).map(([key]) => key);
  const metadata = table.columns
    .filter((column) => column.kind === 'metadata')
    .toSorted((a, b) => keys.indexOf(a.key) - keys.indexOf(b.key));
  return [...physical, ...metadata.map((column) => column.name)];
}

/** `ts:TIMESTAMP(3),b:STRING` as pairs. */
export function metadataTypes(table: ResolvedTable, option: string): [string, string][] {
  return splitTop(table.options[option] ?? '').map((part) => {
    const at = part.indexOf(':');
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()];
  });
}

/** Splits at commas outside of brackets. */
function splitTop(text: string): string[] {
  if (text.trim() === '') return [];
  return text.split(/,(?![^(<]*[)>])/);
}

export function rowKindOf(text: string): RowKind {
  return Math.max(0, (rowKindText as readonly string[]).indexOf(text)) as RowKind;
}
