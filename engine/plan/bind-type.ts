/** Types as written in SQL → types of the engine. */
import { unreachable } from '../assert.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { IntervalQualifier } from '../sql/ast-expr.ts';
import { basicTypeNames } from '../sql/ast-type.ts';
import type { BasicType, TypeName } from '../sql/ast-type.ts';
import {
  ARRAY,
  BINARY,
  BITMAP,
  CHAR,
  DECIMAL,
  INTERVAL_MILLIS,
  INTERVAL_MONTHS,
  MAP,
  MAX_LENGTH,
  MULTISET,
  ROW,
  STRUCTURED,
  TIME,
  TIMESTAMP,
  TIMESTAMP_LTZ,
  VARBINARY,
  VARCHAR,
  VARIANT,
  withNullable,
} from '../types/type.ts';
import type { DataType, DayTimeUnit, YearMonthUnit } from '../types/type.ts';

/** The type that a name means; nullable unless it says NOT NULL. @throws SQL_UNKNOWN_TYPE, SQL_TYPE (lengths and precisions out of range) */
export function bindType(name: TypeName): DataType {
  return withNullable(bare(name), name.nullable ?? true);
}

function bare(name: TypeName): DataType {
  switch (name.kind) {
    case 'basicType':
      return basic(name);
    case 'intervalType':
      return intervalType(name.qualifier);
    case 'arrayType':
      return ARRAY(bindType(name.element));
    case 'multisetType':
      return MULTISET(bindType(name.element));
    case 'mapType':
      return MAP(bindType(name.key), bindType(name.value));
    case 'rowType':
      return ROW(name.fields.map((field) => ({ name: field.name.name, type: bindType(field.type) })));
    case 'structuredType':
      return STRUCTURED(
        name.className.value,
        name.fields.map((field) => ({ name: field.name.name, type: bindType(field.type) })),
      );
    case 'rawType':
      throw unsupported('RAW types', name.span, 'BYTES holds any serialised value');
    case 'namedType': {
      const text = name.path.parts.map((part) => part.name).join('.');
      throw new MillraceError('SQL_UNKNOWN_TYPE', `type ${text} does not exist`, {
        span: name.span,
        hint: didYouMean(text, [...basicTypeNames, 'INTEGER', 'ARRAY', 'MAP', 'ROW', 'MULTISET']),
      });
    }
    default:
      return unreachable(name);
  }
}

function basic(name: BasicType): DataType {
  const [first, second] = name.arguments;
  switch (name.name) {
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'FLOAT':
    case 'DOUBLE':
    case 'DATE':
      return { kind: name.name, nullable: true };
    case 'DECIMAL': {
      // As Flink: more than 38 digits are taken for 38.
      const precision = checked(Math.min(first ?? 10, 38), 1, 38, 'precision of DECIMAL', name.span);
      return DECIMAL(precision, checked(second ?? 0, 0, precision, 'scale of DECIMAL', name.span));
    }
    case 'CHAR':
      return CHAR(length(first, name));
    case 'VARCHAR':
      return VARCHAR(first === undefined ? MAX_LENGTH : length(first, name));
    case 'BINARY':
      return BINARY(length(first, name));
    case 'VARBINARY':
      return VARBINARY(first === undefined ? MAX_LENGTH : length(first, name));
    case 'STRING':
      return VARCHAR(MAX_LENGTH);
    case 'BYTES':
      return VARBINARY(MAX_LENGTH);
    case 'TIME':
      return TIME(precisionOf(first, 0, name));
    case 'TIMESTAMP':
      return TIMESTAMP(precisionOf(first, 6, name));
    case 'TIMESTAMP_LTZ':
      return TIMESTAMP_LTZ(precisionOf(first, 6, name));
    case 'VARIANT':
      return VARIANT;
    case 'BITMAP':
      return BITMAP;
    case 'ANY':
      throw unsupported(`the type ${name.name}`, name.span, undefined);
    default:
      return unreachable(name.name);
  }
}

const length = (given: number | undefined, name: BasicType): number =>
  checked(given ?? 1, 0, MAX_LENGTH, `length of ${name.name}`, name.span);
const precisionOf = (given: number | undefined, usual: number, name: BasicType): number =>
  checked(Math.min(given ?? usual, 9), 0, 9, `precision of ${name.name}`, name.span);

function checked(value: number, low: number, high: number, what: string, span: Span): number {
  if (value >= low && value <= high) return value;
  throw new MillraceError('SQL_TYPE', `the ${what} must be between ${low} and ${high}, both inclusive, not ${value}`, {
    span,
  });
}

const unsupported = (what: string, span: Span, hint: string | undefined): MillraceError =>
  new MillraceError('SQL_UNSUPPORTED', `${what} cannot be used yet`, { span, hint });

/** The type of an interval with that qualifier. QUARTERs are months and WEEKs are days. */
export function intervalType(qualifier: IntervalQualifier): DataType {
  const { from, to, fraction = 6 } = qualifier;
  // The digits of the first field limit literals alone: Flink's types do not keep them.
  const precision = 2;
  const unit = to === undefined ? from : `${from} TO ${to}`;
  if (from === 'YEAR' || from === 'MONTH' || from === 'QUARTER') {
    return INTERVAL_MONTHS((from === 'QUARTER' ? 'MONTH' : unit) as YearMonthUnit, precision);
  }
  return INTERVAL_MILLIS((from === 'WEEK' ? 'DAY' : unit) as DayTimeUnit, precision, fraction);
}
