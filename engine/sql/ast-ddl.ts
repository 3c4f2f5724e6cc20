/** CREATE, ALTER and DROP. Part of the tree of ast.ts. */
import type { Identifier, Node, Option, PartitionItem, Path } from './ast.ts';
import type { Expr, StringLiteral } from './ast-expr.ts';
import type { Query } from './ast-query.ts';
import type { TypeName } from './ast-type.ts';

export type Column = PhysicalColumn | MetadataColumn | ComputedColumn;

export interface PhysicalColumn extends Node {
  readonly kind: 'physicalColumn';
  readonly name: Identifier;
  readonly type: TypeName;
  /** A PRIMARY KEY written at the column. */
  readonly constraint: Constraint | undefined;
  readonly comment: StringLiteral | undefined;
}

/** `name type METADATA [FROM 'key'] [VIRTUAL]`. */
export interface MetadataColumn extends Node {
  readonly kind: 'metadataColumn';
  readonly name: Identifier;
  readonly type: TypeName;
  readonly from: StringLiteral | undefined;
  readonly virtual: boolean;
  readonly comment: StringLiteral | undefined;
}

export interface ComputedColumn extends Node {
  readonly kind: 'computedColumn';
  readonly name: Identifier;
  readonly expr: Expr;
  readonly comment: StringLiteral | undefined;
}

/** `WATERMARK FOR column AS expr`; the column may be a nested field. */
export interface Watermark extends Node {
  readonly kind: 'watermark';
  readonly column: Path;
  readonly expr: Expr;
}

/** `[CONSTRAINT name] PRIMARY KEY (columns) [NOT ENFORCED]`; at a column the list is empty. */
export interface Constraint extends Node {
  readonly kind: 'constraint';
  readonly name: Identifier | undefined;
  readonly type: 'PRIMARY KEY' | 'UNIQUE';
  readonly columns: readonly Identifier[];
  /** NOT ENFORCED → false, ENFORCED → true, nothing → undefined (which Flink rejects later). */
  readonly enforced: boolean | undefined;
}

/** `DISTRIBUTED [BY [HASH|RANGE] (columns)] [INTO n BUCKETS]`. */
export interface Distribution extends Node {
  readonly kind: 'distribution';
  readonly method: 'HASH' | 'RANGE' | undefined;
  readonly columns: readonly Identifier[];
  readonly buckets: number | undefined;
}

export interface CreateTable extends Node {
  readonly kind: 'createTable';
  readonly orReplace: boolean;
  /** REPLACE TABLE without CREATE OR. */
  readonly replace: boolean;
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly path: Path;
  readonly columns: readonly Column[];
  /** A list of names alone, to reorder the columns of AS SELECT; then `columns` is empty. */
  readonly columnNames: readonly Identifier[];
  readonly watermarks: readonly Watermark[];
  readonly constraints: readonly Constraint[];
  readonly comment: StringLiteral | undefined;
  readonly distribution: Distribution | undefined;
  readonly partitionedBy: readonly Identifier[];
  readonly options: readonly Option[];
  readonly like: TableLike | undefined;
  readonly query: Query | undefined;
}

export interface TableLike extends Node {
  readonly kind: 'tableLike';
  readonly source: Path;
  readonly options: readonly LikeOption[];
}

export interface LikeOption extends Node {
  readonly kind: 'likeOption';
  readonly strategy: 'INCLUDING' | 'EXCLUDING' | 'OVERWRITING';
  readonly feature:
    'ALL' | 'CONSTRAINTS' | 'DISTRIBUTION' | 'PARTITIONS' | 'GENERATED' | 'METADATA' | 'OPTIONS' | 'WATERMARKS';
}

export interface CreateMaterializedTable extends Node {
  readonly kind: 'createMaterializedTable';
  readonly orAlter: boolean;
  readonly path: Path;
  readonly columns: readonly Column[];
  readonly columnNames: readonly Identifier[];
  readonly watermarks: readonly Watermark[];
  readonly constraints: readonly Constraint[];
  readonly comment: StringLiteral | undefined;
  readonly distribution: Distribution | undefined;
  readonly partitionedBy: readonly Identifier[];
  readonly options: readonly Option[];
  readonly freshness: Expr | undefined;
  readonly refreshMode: 'CONTINUOUS' | 'FULL' | undefined;
  readonly startMode: StartMode | undefined;
  readonly query: Query;
}

/** `START_MODE = FROM_NOW(INTERVAL '1' HOUR)`. */
export interface StartMode extends Node {
  readonly kind: 'startMode';
  readonly mode:
    | 'FROM_BEGINNING'
    | 'FROM_NOW'
    | 'FROM_TIMESTAMP'
    | 'RESUME_OR_FROM_BEGINNING'
    | 'RESUME_OR_FROM_NOW'
    | 'RESUME_OR_FROM_TIMESTAMP';
  readonly argument: Expr | undefined;
}

export interface CreateView extends Node {
  readonly kind: 'createView';
  readonly orReplace: boolean;
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly path: Path;
  readonly columns: readonly Identifier[];
  readonly comment: StringLiteral | undefined;
  readonly query: Query;
}

export type FunctionLanguage = 'JAVA' | 'SCALA' | 'SQL' | 'PYTHON';

export interface CreateFunction extends Node {
  readonly kind: 'createFunction';
  readonly orReplace: boolean;
  readonly temporary: boolean;
  readonly system: boolean;
  readonly ifNotExists: boolean;
  readonly path: Path;
  readonly className: StringLiteral;
  readonly language: FunctionLanguage | undefined;
  readonly resources: readonly FunctionResource[];
  readonly options: readonly Option[];
}

export interface FunctionResource extends Node {
  readonly kind: 'functionResource';
  readonly type: 'JAR' | 'ARTIFACT';
  readonly uri: StringLiteral;
}

export interface CreateCatalog extends Node {
  readonly kind: 'createCatalog';
  readonly ifNotExists: boolean;
  readonly name: Identifier;
  readonly comment: StringLiteral | undefined;
  readonly options: readonly Option[];
}

export interface CreateDatabase extends Node {
  readonly kind: 'createDatabase';
  readonly ifNotExists: boolean;
  readonly path: Path;
  readonly comment: StringLiteral | undefined;
  readonly options: readonly Option[];
}

export interface CreateModel extends Node {
  readonly kind: 'createModel';
  readonly orReplace: boolean;
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly path: Path;
  readonly input: readonly Column[];
  readonly output: readonly Column[];
  readonly comment: StringLiteral | undefined;
  readonly options: readonly Option[];
  readonly query: Query | undefined;
}

export interface CreateConnection extends Node {
  readonly kind: 'createConnection';
  readonly temporary: boolean;
  readonly system: boolean;
  readonly ifNotExists: boolean;
  readonly path: Path;
  readonly comment: StringLiteral | undefined;
  readonly options: readonly Option[];
}

export interface AlterTable extends Node {
  readonly kind: 'alterTable';
  readonly ifExists: boolean;
  readonly path: Path;
  readonly change: TableChange;
}

/** What ALTER TABLE and ALTER MATERIALIZED TABLE share. */
export type TableChange =
  | (Node & { readonly kind: 'renameTable'; readonly to: Path })
  | (Node & { readonly kind: 'renameColumn'; readonly column: Path; readonly to: Identifier })
  | OptionsChange
  | ChangeSchema
  | (Node & { readonly kind: 'dropColumns'; readonly columns: readonly Path[] })
  | (Node & { readonly kind: 'dropPrimaryKey' })
  | (Node & { readonly kind: 'dropConstraint'; readonly name: Identifier })
  | (Node & { readonly kind: 'dropWatermark' })
  | (Node & { readonly kind: 'dropDistribution' })
  | (Node & {
      readonly kind: 'addPartitions';
      readonly ifNotExists: boolean;
      readonly partitions: readonly PartitionSpec[];
    })
  | (Node & {
      readonly kind: 'dropPartitions';
      readonly ifExists: boolean;
      readonly partitions: readonly PartitionSpec[];
    });

/** `ADD ...` or `MODIFY ...`, one element or a list in parentheses. */
export interface ChangeSchema extends Node {
  readonly kind: 'changeSchema';
  readonly action: 'ADD' | 'MODIFY';
  readonly columns: readonly PlacedColumn[];
  readonly watermarks: readonly Watermark[];
  readonly constraints: readonly Constraint[];
  readonly distribution: Distribution | undefined;
}

/** A column and where it goes: FIRST, AFTER another, or (neither) at the end or where it is. */
export interface PlacedColumn extends Node {
  readonly kind: 'placedColumn';
  readonly column: Column;
  readonly first: boolean;
  readonly after: Identifier | undefined;
}

export interface PartitionSpec extends Node {
  readonly kind: 'partitionSpec';
  readonly items: readonly PartitionItem[];
  /** `WITH (...)` behind it. */
  readonly options: readonly Option[];
}

export interface AlterMaterializedTable extends Node {
  readonly kind: 'alterMaterializedTable';
  readonly path: Path;
  readonly change:
    | TableChange
    | (Node & { readonly kind: 'suspend' })
    | (Node & { readonly kind: 'resume'; readonly options: readonly Option[] })
    | (Node & { readonly kind: 'refresh'; readonly partition: readonly PartitionItem[] })
    | (Node & { readonly kind: 'setFreshness'; readonly freshness: Expr })
    | (Node & { readonly kind: 'setRefreshMode'; readonly mode: 'CONTINUOUS' | 'FULL' })
    | (Node & { readonly kind: 'asQuery'; readonly query: Query });
}

export interface AlterView extends Node {
  readonly kind: 'alterView';
  readonly path: Path;
  readonly change:
    | (Node & { readonly kind: 'renameTable'; readonly to: Path })
    | (Node & { readonly kind: 'asQuery'; readonly query: Query });
}

export interface AlterFunction extends Node {
  readonly kind: 'alterFunction';
  readonly temporary: boolean;
  readonly system: boolean;
  readonly ifExists: boolean;
  readonly path: Path;
  readonly className: StringLiteral;
  readonly language: FunctionLanguage | undefined;
}

export interface AlterCatalog extends Node {
  readonly kind: 'alterCatalog';
  readonly name: Identifier;
  readonly change: OptionsChange | (Node & { readonly kind: 'setComment'; readonly comment: StringLiteral });
}

/** SET ('k' = 'v') or RESET ('k'). */
export type OptionsChange =
  | (Node & { readonly kind: 'setOptions'; readonly options: readonly Option[] })
  | (Node & { readonly kind: 'resetOptions'; readonly keys: readonly StringLiteral[] });

export interface AlterDatabase extends Node {
  readonly kind: 'alterDatabase';
  readonly path: Path;
  readonly options: readonly Option[];
}

export interface AlterModel extends Node {
  readonly kind: 'alterModel';
  readonly ifExists: boolean;
  readonly path: Path;
  readonly change: OptionsChange | (Node & { readonly kind: 'renameTable'; readonly to: Path });
}

export interface AlterConnection extends Node {
  readonly kind: 'alterConnection';
  readonly ifExists: boolean;
  readonly path: Path;
  readonly change: OptionsChange | (Node & { readonly kind: 'renameTable'; readonly to: Path });
}

export interface Drop extends Node {
  readonly kind: 'drop';
  readonly object:
    'TABLE' | 'MATERIALIZED TABLE' | 'VIEW' | 'FUNCTION' | 'CATALOG' | 'DATABASE' | 'MODEL' | 'CONNECTION';
  readonly temporary: boolean;
  /** FUNCTION and CONNECTION only. */
  readonly system: boolean;
  readonly ifExists: boolean;
  readonly path: Path;
  /** DATABASE only. */
  readonly behavior: 'RESTRICT' | 'CASCADE' | undefined;
}
