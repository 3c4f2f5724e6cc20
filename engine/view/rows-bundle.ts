/** A finished result (SHOW, DESCRIBE, EXPLAIN, DuckDB) as one MIME bundle. */
import type { Schema } from '../types/schema.ts';
import { typeToString } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { FrameColumn, MimeBundle } from './bundle.ts';
import { cellText, isRightAligned } from './cell-text.ts';
import { count, tableText } from './frame-text.ts';
import { tableHtml } from './frame-html.ts';
import { escapeHtml } from './html.ts';

/** `limit` rows are shown, and how many there are. A single text of several lines (EXPLAIN) is shown as it is. */
export function rowsBundle(
  schema: Schema,
  rows: readonly (readonly Value[])[],
  options: { readonly timeZone: string; readonly limit: number },
): MimeBundle {
  const cells = rows
    .slice(0, options.limit)
    .map((row) => row.map((value, i) => cellText(value, schema[i]!.type, options.timeZone)));
  const [first] = cells;
  if (schema.length === 1 && cells.length === 1 && first?.[0]?.includes('\n')) {
    return { 'text/plain': first[0], 'text/html': `<pre style="margin:0">${escapeHtml(first[0])}</pre>` };
  }
  const columns: FrameColumn[] = schema.map(({ name, type }) => ({
    name,
    type: typeToString(type),
    align: isRightAligned(type) ? 'right' : 'left',
  }));
  const total = `${count(rows.length)} ${rows.length === 1 ? 'row' : 'rows'}`;
  const note = rows.length > cells.length ? `${count(cells.length)} of ${total}` : total;
  return {
    'text/plain': `${tableText(columns, cells)}\n${note}`,
    'text/html': `${tableHtml(columns, cells)}<div style="font:11px sans-serif;opacity:.7">${note}</div>`,
  };
}
