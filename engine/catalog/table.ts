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

/** Values of partition columns as text, in the order in which they were given. */
export type TablePartition = Readonly<Record<string, string>>;

export interface ObjectPath {
  readonly catalog: string;
  readonly database: string;
  readonly name: string;
}

/** DISTRIBUTED BY HASH (columns) INTO n BUCKETS: kept and shown; connectors with buckets are Flink's. */
export interface Distribution {
  readonly method: 'HASH' | 'RANGE' | undefined;
  readonly columns: readonly string[];
  readonly buckets: number | undefined;
}

/** A table of the catalog with everything resolved; OPTIONS hints are already merged into `options`. */
export interface ResolvedTable {
  readonly path: ObjectPath;
  readonly columns: readonly TableColumn[];
  readonly watermark: TableWatermark | undefined;
  /** Column indexes of PRIMARY KEY ... NOT ENFORCED. */
  readonly primaryKey: readonly number[] | undefined;
  /** CONSTRAINT name of the primary key; without one it is `PK_` and its columns. */
  readonly constraintName?: string | undefined;
  readonly distribution?: Distribution | undefined;
  readonly partitionedBy: readonly string[];
  /** Those of ALTER TABLE ADD PARTITION: only SHOW PARTITIONS asks for them. */
  readonly partitions?: readonly TablePartition[] | undefined;
  readonly options: Readonly<Record<string, string>>;
  readonly comment: string | undefined;
  readonly temporary: boolean;
  /** As the target of INSERT OVERWRITE: what was there goes, once the job has ended well. */
  readonly overwrite?: true | undefined;
  /** Rows bound from a host value (a TypeScript or Python table); the connector `inline` reads them. */
  readonly bound?: unknown;
}
