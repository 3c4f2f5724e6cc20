/** Types as written: `ARRAY<ROW<a INT NOT NULL>>`. Part of the tree of ast.ts. */
import type { Identifier, Node, Path } from './ast.ts';
import type { IntervalQualifier, StringLiteral } from './ast-expr.ts';

export type TypeName =
  BasicType | IntervalType | ArrayType | MapType | MultisetType | RowType | StructuredType | RawType | NamedType;

interface TypeNode extends Node {
  /** `NOT NULL` → false, `NULL` → true, nothing written → undefined (which means nullable). */
  readonly nullable: boolean | undefined;
}

/** A built-in type without parts. */
export interface BasicType extends TypeNode {
  readonly kind: 'basicType';
  /** Canonical name; INTEGER is INT, NUMERIC and DEC are DECIMAL, DOUBLE PRECISION is DOUBLE, CHARACTER is CHAR, `CHAR VARYING` is VARCHAR. */
  readonly name: BasicTypeName;
  /** As written between parentheses: length, or precision, or precision and scale. */
  readonly arguments: readonly number[];
}

export const basicTypeNames = [
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INT',
  'BIGINT',
  'FLOAT',
  'DOUBLE',
  'DECIMAL',
  'CHAR',
  'VARCHAR',
  'STRING',
  'BINARY',
  'VARBINARY',
  'BYTES',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'TIMESTAMP_LTZ', // also TIMESTAMP(p) WITH LOCAL TIME ZONE
  'VARIANT',
  'BITMAP',
  'ANY',
] as const;
export type BasicTypeName = (typeof basicTypeNames)[number];

/** `INTERVAL DAY(2) TO SECOND(3)`. */
export interface IntervalType extends TypeNode {
  readonly kind: 'intervalType';
  readonly qualifier: IntervalQualifier;
}

/** `ARRAY<INT>` or `INT ARRAY`. */
export interface ArrayType extends TypeNode {
  readonly kind: 'arrayType';
  readonly element: TypeName;
}

export interface MapType extends TypeNode {
  readonly kind: 'mapType';
  readonly key: TypeName;
  readonly value: TypeName;
}

/** `MULTISET<INT>` or `INT MULTISET`. */
export interface MultisetType extends TypeNode {
  readonly kind: 'multisetType';
  readonly element: TypeName;
}

/** `ROW<a INT 'comment', b STRING>` or with parentheses. */
export interface RowType extends TypeNode {
  readonly kind: 'rowType';
  readonly fields: readonly RowTypeField[];
}

export interface RowTypeField extends Node {
  readonly kind: 'rowTypeField';
  readonly name: Identifier;
  readonly type: TypeName;
  readonly comment: StringLiteral | undefined;
}

/** `STRUCTURED<'com.example.User', name STRING, age INT NOT NULL>`. */
export interface StructuredType extends TypeNode {
  readonly kind: 'structuredType';
  readonly className: StringLiteral;
  readonly fields: readonly RowTypeField[];
}

/** `RAW('class', 'serializer snapshot')`. */
export interface RawType extends TypeNode {
  readonly kind: 'rawType';
  readonly className: StringLiteral;
  readonly snapshot: StringLiteral;
}

/** A name that is no built-in type: a user-defined type. */
export interface NamedType extends TypeNode {
  readonly kind: 'namedType';
  readonly path: Path;
}
