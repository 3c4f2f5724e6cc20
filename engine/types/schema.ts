import type { DataType } from './type.ts';

/** How a time column behaves: event time with a watermark, or the wall clock. */
export type TimeAttribute = 'rowtime' | 'proctime';

/** One column of a relation. Names are unique within a schema only for tables; intermediate results may repeat them. */
export interface ColumnSchema {
  readonly name: string;
  readonly type: DataType;
  readonly time?: TimeAttribute | undefined;
}

/** The columns of a relation, in order. */
export type Schema = readonly ColumnSchema[];
