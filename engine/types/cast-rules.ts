/** Which casts exist: Flink's LogicalTypeCasts for implicit ones, and for CAST what Flink 2.3 also generates code for. */
import {
  isBinary,
  isInteger,
  isNumeric,
  isString,
  isTimestamp,
  sameType,
  type DataType,
  type DayTimeUnit,
  type YearMonthUnit,
} from './type.ts';

/**
 * Whether `from` can be cast to `to`.
 *   explicit  CAST and TRY_CAST. Values may still fail at run time.
 *   implicit  without losing information by type: what INSERT does to fit the columns of a table, and arguments of functions.
 * NOT NULL is ignored: whoever needs it checks it apart.
 *
 *     supportsCast(INT, BIGINT, 'implicit')      // true
 *     supportsCast(BIGINT, INT, 'implicit')      // false
 *     supportsCast(INT, TIMESTAMP(3), 'explicit') // false: Flink asks for TO_TIMESTAMP
 */
export function supportsCast(from: DataType, to: DataType, mode: 'implicit' | 'explicit'): boolean {
  if (from.kind === 'NULL') return to.kind !== 'DESCRIPTOR';
  if (sameType(from, to, { nullability: false })) return true;
  const nested = nestedCast(from, to, mode);
  if (nested !== undefined) return nested;
  return implicit(from, to) || (mode === 'explicit' && explicit(from, to));
}

/** For ARRAY, MAP, MULTISET and ROW: all parts must cast; undefined when neither type is one of them. */
function nestedCast(from: DataType, to: DataType, mode: 'implicit' | 'explicit'): boolean | undefined {
  const constructed = (type: DataType): boolean => ['ARRAY', 'MULTISET', 'MAP', 'ROW'].includes(type.kind);
  if (!constructed(from) && !constructed(to)) return undefined;
  if (mode === 'explicit' && isString(to)) return true;
  if (from.kind === 'ARRAY' && to.kind === 'ARRAY') return supportsCast(from.element, to.element, mode);
  if (from.kind === 'MULTISET' && to.kind === 'MULTISET') return supportsCast(from.element, to.element, mode);
  if (from.kind === 'MAP' && to.kind === 'MAP') {
    return supportsCast(from.key, to.key, mode) && supportsCast(from.value, to.value, mode);
  }
  if (from.kind === 'ROW' && to.kind === 'ROW') {
    const { fields } = to;
    return (
      from.fields.length === fields.length &&
      from.fields.every((field, i) => supportsCast(field.type, fields[i]!.type, mode))
    );
  }
  return false;
}

const width = { TINYINT: 1, SMALLINT: 2, INT: 3, BIGINT: 4 };

function implicit(from: DataType, to: DataType): boolean {
  switch (to.kind) {
    case 'VARCHAR':
      return isString(from);
    case 'CHAR':
      return from.kind === 'CHAR';
    case 'VARBINARY':
      return isBinary(from);
    case 'BINARY':
      return from.kind === 'BINARY';
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return isInteger(from) && width[from.kind as keyof typeof width] <= width[to.kind];
    case 'DECIMAL':
    case 'DOUBLE':
      return isNumeric(from);
    case 'FLOAT':
      return isNumeric(from) && from.kind !== 'DOUBLE';
    case 'DATE':
      return from.kind === 'TIMESTAMP';
    case 'TIME':
      return from.kind === 'TIME' || from.kind === 'TIMESTAMP';
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return isTimestamp(from);
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return from.kind === to.kind;
    default:
      return false;
  }
}

const singleUnits: ReadonlySet<YearMonthUnit | DayTimeUnit> = new Set([
  'YEAR',
  'MONTH',
  'DAY',
  'HOUR',
  'MINUTE',
  'SECOND',
] as const);

/** What a VARIANT casts to: scalars that a document can hold. */
const inVariant: ReadonlySet<DataType['kind']> = new Set([
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
  'BINARY',
  'VARBINARY',
  'DATE',
  'TIMESTAMP',
  'TIMESTAMP_LTZ',
] as const);

function explicit(from: DataType, to: DataType): boolean {
  if (from.kind === 'VARIANT') return inVariant.has(to.kind);
  switch (to.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return true;
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'FLOAT':
    case 'DOUBLE':
    case 'DECIMAL':
      return isNumeric(from) || isString(from) || from.kind === 'BOOLEAN';
    case 'BINARY':
    case 'VARBINARY':
      return isString(from) || isBinary(from) || from.kind === 'BITMAP';
    case 'DATE':
    case 'TIME':
      return isString(from) || isTimestamp(from);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return isString(from) || from.kind === 'DATE' || from.kind === 'TIME';
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return isInteger(from) && singleUnits.has(to.unit);
    default:
      return false;
  }
}

/** Why a cast that Flink's validator lets through is refused later, in Flink's words; undefined when there is nothing to say. */
export function castHint(from: DataType, to: DataType): string | undefined {
  if (isNumeric(from) && to.kind === 'TIMESTAMP') return 'use TO_TIMESTAMP(FROM_UNIXTIME(numeric)) instead';
  if (isNumeric(from) && to.kind === 'TIMESTAMP_LTZ') return 'use TO_TIMESTAMP_LTZ(numeric, precision) instead';
  if (from.kind === 'TIMESTAMP' && isNumeric(to)) return 'use UNIX_TIMESTAMP(CAST(timestamp_col AS STRING)) instead';
  return undefined;
}
