/** The columns of a table or view as DESCRIBE shows them. */
import { typeToString } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import type { TimeAttribute } from '../types/schema.ts';
import type { CatalogObject } from './catalog.ts';
import type { ResolvedTable, TableColumn } from './table.ts';

export interface DescribedColumn {
  readonly name: string;
  /** Without NOT NULL, with the time attribute: `TIMESTAMP(3) *ROWTIME*`. */
  readonly type: string;
  readonly nullable: boolean;
  readonly key: string | null;
  readonly extras: string | null;
  readonly watermark: string | null;
  readonly comment: string | null;
}

export function describeObject(object: CatalogObject): readonly DescribedColumn[] {
  if (object.kind === 'table') return object.table.columns.map((_, i) => describeColumn(object.table, i));
  return object.view.schema.map(({ name, type, time }) => ({
    name,
    type: typeText(type, time),
    nullable: type.nullable,
    key: null,
    extras: null,
    watermark: null,
    comment: null,
  }));
}

function describeColumn(table: ResolvedTable, index: number): DescribedColumn {
  const column = table.columns[index]!;
  const isKey = table.primaryKey?.includes(index) === true;
  const keyNames = table.primaryKey?.map((i) => table.columns[i]!.name).join(', ');
  const isRowtime = table.watermark?.column === index;
  return {
    name: column.name,
    type: typeText(column.type, isRowtime ? 'rowtime' : isProctime(column) ? 'proctime' : undefined),
    nullable: column.type.nullable,
    key: isKey ? `PRI(${keyNames})` : null,
    extras: extras(column),
    watermark: isRowtime ? table.watermark!.sql : null,
    comment: column.comment ?? null,
  };
}

const isProctime = (column: TableColumn): boolean =>
  column.kind === 'computed' && column.expr.kind === 'call' && column.expr.fn === 'PROCTIME';

function typeText(type: DataType, time: TimeAttribute | undefined): string {
  const { nullable: _, ...bare } = type;
  const text = typeToString({ ...bare, nullable: true } as DataType);
  return time === undefined ? text : `${text} *${time.toUpperCase()}*`;
}

function extras(column: TableColumn): string | null {
  switch (column.kind) {
    case 'physical':
      return null;
    case 'computed':
      return `AS ${column.sql}`;
    case 'metadata': {
      const from = column.key === column.name ? '' : ` FROM '${column.key}'`;
      return `METADATA${from}${column.virtual ? ' VIRTUAL' : ''}`;
    }
  }
}
