import type { Expr } from '../expr/expr.ts';
import type { DataType } from '../types/type.ts';

/** A column as CREATE TABLE declares it. `computed` refers to the table's physical and metadata columns by their index in `columns`. */
export type TableColumn =
  | { readonly kind: 'physical'; readonly name: string; readonly type: DataType; readonly comment?: string | undefined }
  | {
      readonly kind: 'metadata';
      readonly name: string;
      readonly type: DataType;
      readonly key: string;
      readonly virtual: boolean;
      readonly comment?: string | undefined;
    }
  | {
      readonly kind: 'computed';
      readonly name: string;
      readonly type: DataType;
      /** Over all columns of the table, by index. */
      readonly expr: Expr;
      /** The expression's SQL, for DESCRIBE. */
      readonly sql: string;
      readonly comment?: string | undefined;
    };

export interface TableWatermark {
  readonly column: number;
  /** Over all columns of the table, by index. */
  readonly expr: Expr;
  readonly sql: string;
}

export interface ObjectPath {
  readonly catalog: string;
  readonly database: string;
  readonly name: string;
}

/** A table of the catalog with everything resolved; OPTIONS hints are already merged into `options`. */
export interface ResolvedTable {
  readonly path: ObjectPath;
  readonly columns: readonly TableColumn[];
  readonly watermark: TableWatermark | undefined;
  /** Column indexes of PRIMARY KEY ... NOT ENFORCED. */
  readonly primaryKey: readonly number[] | undefined;
  readonly partitionedBy: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  readonly comment: string | undefined;
  readonly temporary: boolean;
  /** Rows bound from a host value (a TypeScript or Python table); the connector `inline` reads them. */
  readonly bound?: unknown;
}
