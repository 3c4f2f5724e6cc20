/** Tables as Flink's SQL client prints them. */
import type { Schema } from '../../../engine/types/schema.ts';
import type { Value } from '../../../engine/types/value.ts';
import { cellText } from '../../../engine/view/cell-text.ts';

export interface ClientTable {
  readonly columns: Schema;
  /** With `kind` for the changes of a streaming query. */
  readonly rows: readonly { readonly row: readonly Value[]; readonly kind?: string }[];
}

/** Cells stand to the right; `+----+` around, the number of rows below. */
export function clientTable({ columns, rows }: ClientTable): string {
  if (rows.length === 0) return 'Empty set';
  const hasKinds = rows.some(({ kind }) => kind !== undefined);
  const head = [...(hasKinds ? ['op'] : []), ...columns.map(({ name }) => name)];
  const body = rows.map(({ row, kind }) => [
    ...(hasKinds ? [kind ?? ''] : []),
    ...row.map((value, i) => cellText(value, columns[i]!.type, 'UTC') ?? '<NULL>'),
  ]);
  const widths = head.map((name, i) => Math.max(name.length, ...body.map((cells) => cells[i]!.length)));
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padStart(widths[i]!)).join(' | ')} |`;
  const count = `${rows.length} ${rows.length === 1 ? 'row' : 'rows'} in set`;
  return [rule, line(head), rule, ...body.map(line), rule, count].join('\n');
}
