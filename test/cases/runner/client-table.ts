/** Tables as Flink's SQL client and gateway print them. */
import type { Schema } from '../../../engine/types/schema.ts';
import type { DataType } from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';
import { cellText } from '../../../engine/view/cell-text.ts';

export interface ClientTable {
  readonly columns: Schema;
  /** With `kind` for the changes of a streaming query. */
  readonly rows: readonly { readonly row: readonly Value[]; readonly kind?: string }[];
}

export interface ClientStyle {
  /** How NULL is shown: `<NULL>` in rows of queries, nothing in those of SHOW and DESCRIBE. */
  readonly null: string;
  /** table.display.max-column-width: longer texts are cut; undefined: none is. */
  readonly maxWidth: number | undefined;
  readonly zone: string;
  /** The client prints changes as they come: its columns are as wide as their types. */
  readonly live: boolean;
}

/** Cells stand to the right; `+----+` around, the number of rows below. */
export function clientTable({ columns, rows }: ClientTable, style: ClientStyle): string {
  if (rows.length === 0) return 'Empty set';
  const hasKinds = rows.some(({ kind }) => kind !== undefined);
  const cut = (text: string): string =>
    style.maxWidth !== undefined && text.length > style.maxWidth ? `${text.slice(0, style.maxWidth - 3)}...` : text;
  const head = [...(hasKinds ? ['op'] : []), ...columns.map(({ name }) => name)];
  const body = rows.map(({ row, kind }) => [
    ...(hasKinds ? [kind ?? ''] : []),
    ...row.map((value, i) => cut(cellText(value, columns[i]!.type, style.zone) ?? style.null)),
  ]);
  const ofTypes = [...(hasKinds ? [2] : []), ...columns.map(({ type }) => typeWidth(type, style.maxWidth ?? 30))];
  const widths = head.map((name, i) =>
    style.live ? Math.max(name.length, ofTypes[i]!) : Math.max(name.length, ...body.map((cells) => widest(cells[i]!))),
  );
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padStart(widths[i]!)).join(' | ')} |`;
  const noun = rows.length === 1 ? 'row' : 'rows';
  const count = style.live ? `Received a total of ${rows.length} ${noun}` : `${rows.length} ${noun} in set`;
  return [rule, line(head), rule, ...body.map(line), rule, count].join('\n');
}

const widest = (text: string): number => text.length;

/** The width that the client gives to a column whose values it does not know yet. */
function typeWidth(type: DataType, most: number): number {
  switch (type.kind) {
    case 'BOOLEAN':
      return 5;
    case 'TINYINT':
      return 4;
    case 'SMALLINT':
      return 6;
    case 'INT':
      return 11;
    case 'BIGINT':
      return 20;
    case 'DECIMAL':
      return type.precision + 3;
    case 'DATE':
      return 10;
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return type.precision === 0 ? 19 : 20 + type.precision;
    default:
      return most;
  }
}
