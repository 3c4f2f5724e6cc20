/**
 * SQL types as Flink has them. Plain frozen data; `typeToString` gives Flink's own spelling.
 * Every type carries `nullable`: Flink's result types say `NOT NULL`, and coercion depends on it.
 */

export type DataType =
  | { readonly kind: 'NULL'; readonly nullable: true }
  | { readonly kind: 'BOOLEAN'; readonly nullable: boolean }
  | { readonly kind: 'TINYINT' | 'SMALLINT' | 'INT' | 'BIGINT'; readonly nullable: boolean }
  | { readonly kind: 'FLOAT' | 'DOUBLE'; readonly nullable: boolean }
  | { readonly kind: 'DECIMAL'; readonly precision: number; readonly scale: number; readonly nullable: boolean }
  | { readonly kind: 'CHAR' | 'VARCHAR'; readonly length: number; readonly nullable: boolean }
  | { readonly kind: 'BINARY' | 'VARBINARY'; readonly length: number; readonly nullable: boolean }
  | { readonly kind: 'DATE'; readonly nullable: boolean }
  | { readonly kind: 'TIME'; readonly precision: number; readonly nullable: boolean }
  | { readonly kind: 'TIMESTAMP' | 'TIMESTAMP_LTZ'; readonly precision: number; readonly nullable: boolean }
  | {
      readonly kind: 'INTERVAL_YEAR_MONTH';
      readonly unit: YearMonthUnit;
      readonly precision: number;
      readonly nullable: boolean;
    }
  | {
      readonly kind: 'INTERVAL_DAY_TIME';
      readonly unit: DayTimeUnit;
      readonly precision: number;
      readonly fraction: number;
      readonly nullable: boolean;
    }
  | { readonly kind: 'ARRAY' | 'MULTISET'; readonly element: DataType; readonly nullable: boolean }
  | { readonly kind: 'MAP'; readonly key: DataType; readonly value: DataType; readonly nullable: boolean }
  /** With `className` it is a STRUCTURED type: a class's name and its attributes. Its values are those of a ROW. */
  | {
      readonly kind: 'ROW';
      readonly fields: readonly Field[];
      readonly className?: string | undefined;
      readonly nullable: boolean;
    }
  | { readonly kind: 'VARIANT'; readonly nullable: boolean }
  | { readonly kind: 'BITMAP'; readonly nullable: boolean }
  | { readonly kind: 'DESCRIPTOR'; readonly nullable: false };

export type TypeKind = DataType['kind'];
export type YearMonthUnit = 'YEAR' | 'MONTH' | 'YEAR TO MONTH';
export type DayTimeUnit =
  | 'DAY'
  | 'HOUR'
  | 'MINUTE'
  | 'SECOND'
  | 'DAY TO HOUR'
  | 'DAY TO MINUTE'
  | 'DAY TO SECOND'
  | 'HOUR TO MINUTE'
  | 'HOUR TO SECOND'
  | 'MINUTE TO SECOND';

export interface Field {
  readonly name: string;
  readonly type: DataType;
}

/** STRING and BYTES are VARCHAR and VARBINARY of this length. */
export const MAX_LENGTH = 2147483647;

export const NULL: DataType = { kind: 'NULL', nullable: true };
export const BOOLEAN: DataType = { kind: 'BOOLEAN', nullable: true };
export const TINYINT: DataType = { kind: 'TINYINT', nullable: true };
export const SMALLINT: DataType = { kind: 'SMALLINT', nullable: true };
export const INT: DataType = { kind: 'INT', nullable: true };
export const BIGINT: DataType = { kind: 'BIGINT', nullable: true };
export const FLOAT: DataType = { kind: 'FLOAT', nullable: true };
export const DOUBLE: DataType = { kind: 'DOUBLE', nullable: true };
export const STRING: DataType = { kind: 'VARCHAR', length: MAX_LENGTH, nullable: true };
export const BYTES: DataType = { kind: 'VARBINARY', length: MAX_LENGTH, nullable: true };
export const DATE: DataType = { kind: 'DATE', nullable: true };
export const DECIMAL = (precision: number, scale: number): DataType => ({
  kind: 'DECIMAL',
  precision,
  scale,
  nullable: true,
});
export const CHAR = (length: number): DataType => ({ kind: 'CHAR', length, nullable: true });
export const VARCHAR = (length: number): DataType => ({ kind: 'VARCHAR', length, nullable: true });
export const BINARY = (length: number): DataType => ({ kind: 'BINARY', length, nullable: true });
export const VARBINARY = (length: number): DataType => ({ kind: 'VARBINARY', length, nullable: true });
export const TIME = (precision = 0): DataType => ({ kind: 'TIME', precision, nullable: true });
export const TIMESTAMP = (precision = 6): DataType => ({ kind: 'TIMESTAMP', precision, nullable: true });
export const TIMESTAMP_LTZ = (precision = 6): DataType => ({ kind: 'TIMESTAMP_LTZ', precision, nullable: true });
export const INTERVAL_MONTHS = (unit: YearMonthUnit = 'YEAR TO MONTH', precision = 2): DataType => ({
  kind: 'INTERVAL_YEAR_MONTH',
  unit,
  precision,
  nullable: true,
});
export const INTERVAL_MILLIS = (unit: DayTimeUnit = 'DAY TO SECOND', precision = 2, fraction = 6): DataType => ({
  kind: 'INTERVAL_DAY_TIME',
  unit,
  precision,
  fraction,
  nullable: true,
});
export const ARRAY = (element: DataType): DataType => ({ kind: 'ARRAY', element, nullable: true });
export const MULTISET = (element: DataType): DataType => ({ kind: 'MULTISET', element, nullable: true });
export const MAP = (key: DataType, value: DataType): DataType => ({ kind: 'MAP', key, value, nullable: true });
export const ROW = (fields: readonly Field[]): DataType => ({ kind: 'ROW', fields, nullable: true });
export const STRUCTURED = (className: string, fields: readonly Field[]): DataType => ({
  kind: 'ROW',
  fields,
  className,
  nullable: true,
});
export const VARIANT: DataType = { kind: 'VARIANT', nullable: true };
export const BITMAP: DataType = { kind: 'BITMAP', nullable: true };

/** The same type with the given nullability; the same object when it has it already. */
export function withNullable(type: DataType, nullable: boolean): DataType {
  if (type.nullable === nullable || type.kind === 'NULL' || type.kind === 'DESCRIPTOR') return type;
  return { ...type, nullable } as DataType;
}
export const notNull = (type: DataType): DataType => withNullable(type, false);

/** Deep equality of types. `nullability: false` ignores NOT NULL at every level. */
export function sameType(a: DataType, b: DataType, options: { nullability: boolean } = { nullability: true }): boolean {
  return typeToString(a, options) === typeToString(b, options);
}

/** Flink's spelling: `BIGINT NOT NULL`, `STRING`, `ROW<`a` INT, `b` STRING>`, `TIMESTAMP(3)`. */
export function typeToString(type: DataType, options: { nullability: boolean } = { nullability: true }): string {
  const text = bareTypeToString(type, options);
  return options.nullability && !type.nullable ? `${text} NOT NULL` : text;
}

function bareTypeToString(type: DataType, options: { nullability: boolean }): string {
  switch (type.kind) {
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'VARCHAR':
      return type.length === MAX_LENGTH ? 'STRING' : `VARCHAR(${type.length})`;
    case 'VARBINARY':
      return type.length === MAX_LENGTH ? 'BYTES' : `VARBINARY(${type.length})`;
    case 'CHAR':
    case 'BINARY':
      return `${type.kind}(${type.length})`;
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return `${type.kind}(${type.precision})`;
    // Flink's planner gives all intervals of a family one type: that is what results and schemas show.
    case 'INTERVAL_YEAR_MONTH':
      return 'INTERVAL MONTH';
    case 'INTERVAL_DAY_TIME':
      return 'INTERVAL SECOND(3)';
    case 'ARRAY':
    case 'MULTISET':
      return `${type.kind}<${typeToString(type.element, options)}>`;
    case 'MAP':
      return `MAP<${typeToString(type.key, options)}, ${typeToString(type.value, options)}>`;
    case 'ROW': {
      const fields = type.fields.map((f) => `\`${f.name.replaceAll('`', '``')}\` ${typeToString(f.type, options)}`);
      if (type.className === undefined) return `ROW<${fields.join(', ')}>`;
      return `STRUCTURED<${[`'${type.className.replaceAll("'", "''")}'`, ...fields].join(', ')}>`;
    }
    default:
      return type.kind;
  }
}

export type NumericKind = 'TINYINT' | 'SMALLINT' | 'INT' | 'BIGINT' | 'DECIMAL' | 'FLOAT' | 'DOUBLE';
const numericKinds: ReadonlySet<TypeKind> = new Set([
  'TINYINT',
  'SMALLINT',
  'INT',
  'BIGINT',
  'DECIMAL',
  'FLOAT',
  'DOUBLE',
]);
export const isNumeric = (type: DataType): boolean => numericKinds.has(type.kind);
export const isInteger = (type: DataType): boolean =>
  type.kind === 'TINYINT' || type.kind === 'SMALLINT' || type.kind === 'INT' || type.kind === 'BIGINT';
export const isString = (type: DataType): boolean => type.kind === 'CHAR' || type.kind === 'VARCHAR';
export const isBinary = (type: DataType): boolean => type.kind === 'BINARY' || type.kind === 'VARBINARY';
export const isTimestamp = (type: DataType): boolean => type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ';
export const isInterval = (type: DataType): boolean =>
  type.kind === 'INTERVAL_YEAR_MONTH' || type.kind === 'INTERVAL_DAY_TIME';
