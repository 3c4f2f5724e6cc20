/**
 * Types that several expressions have in common, and what the operands of operators are cast to. Flink has two rules for common types,
 * and so do we: Calcite's `leastRestrictive` (CASE, VALUES, UNION and the other set operations, IN lists, comparisons) and
 * Flink's own `commonType` (functions: COALESCE, IFNULL, GREATEST, ARRAY_CONCAT...). They differ for times and for FLOAT with DOUBLE.
 */
import { supportsCast } from './cast-rules.ts';
import {
  additionType,
  asDecimal,
  commonDecimal,
  decimalDigits,
  divisionType,
  moduloType,
  multiplicationType,
} from './decimal-types.ts';
import {
  BIGINT,
  DOUBLE,
  INTERVAL_MILLIS,
  INTERVAL_MONTHS,
  isBinary,
  isInteger,
  isInterval,
  isNumeric,
  isString,
  isTimestamp,
  MAX_LENGTH,
  NULL,
  sameType,
  withNullable,
  type DataType,
} from './type.ts';

type TimestampType = Extract<DataType, { kind: 'TIMESTAMP' | 'TIMESTAMP_LTZ' }>;
type TextType = Extract<DataType, { kind: 'CHAR' | 'VARCHAR' | 'BINARY' | 'VARBINARY' }>;

const isApproximate = (type: DataType): boolean => type.kind === 'FLOAT' || type.kind === 'DOUBLE';
const isExact = (type: DataType): boolean => isInteger(type) || type.kind === 'DECIMAL';
const isTimePoint = (type: DataType): boolean => type.kind === 'DATE' || type.kind === 'TIME' || isTimestamp(type);
const anyNullable = (types: readonly DataType[]): boolean => types.some((type) => type.nullable);

/**
 * The type to which all of `types` are cast in CASE, VALUES, UNION, INTERSECT, EXCEPT and IN; undefined when they do not mix.
 * Nullable if any of them is; NULL literals count only for that. All NULL: NULL.
 * As Calcite's SqlTypeFactoryImpl in Flink 2.3, without the mixes that Flink's code generator refuses (numbers or intervals with times).
 */
export function leastRestrictive(types: readonly DataType[]): DataType | undefined {
  let result: DataType = NULL;
  for (const type of types) {
    if (type.kind === 'NULL') continue;
    const common: DataType | undefined = result.kind === 'NULL' ? type : leastRestrictivePair(result, type);
    if (common === undefined) return undefined;
    result = common;
  }
  return withNullable(result, anyNullable(types));
}

function leastRestrictivePair(a: DataType, b: DataType): DataType | undefined {
  if (isNumeric(a) && isNumeric(b)) {
    if (isApproximate(a) && isApproximate(b)) return a; // FLOAT and DOUBLE have the same precision for Calcite: the first wins
    return commonNumeric(a, b);
  }
  if (isTimestamp(a) && isTimestamp(b)) return commonTimestamp(a, b, 'calcite');
  return commonOther(a, b, leastRestrictive);
}

/**
 * Flink's LogicalTypeMerging.findCommonType: for arguments of functions. Nullable if any is; undefined when there is none.
 * Note its oddity: DATE or TIME with TIMESTAMP gives DATE or TIME.
 */
export function commonType(types: readonly DataType[]): DataType | undefined {
  let result: DataType = NULL;
  for (const type of types) {
    if (type.kind === 'NULL') continue;
    const common: DataType | undefined = result.kind === 'NULL' ? type : commonPair(result, type);
    if (common === undefined) return undefined;
    result = common;
  }
  return withNullable(result, anyNullable(types));
}

function commonPair(a: DataType, b: DataType): DataType | undefined {
  if (isNumeric(a) && isNumeric(b)) {
    if (isApproximate(a) && isApproximate(b)) return a.kind === 'DOUBLE' ? a : b;
    return a.kind === 'DECIMAL' && b.kind === 'FLOAT' ? b : commonNumeric(a, b);
  }
  if (isTimestamp(a) && isTimestamp(b)) return commonTimestamp(a, b, 'flink');
  if (isTimePoint(a) && isInterval(b)) return a;
  if (isInterval(a) && isTimePoint(b)) return b;
  const other = commonOther(a, b, commonType);
  if (other !== undefined) return other;
  if (supportsCast(a, b, 'implicit')) return b;
  return supportsCast(b, a, 'implicit') ? a : undefined;
}

/** Everything but FLOAT with DOUBLE. */
function commonNumeric(a: DataType, b: DataType): DataType {
  if (isApproximate(a)) return b.kind === 'DECIMAL' ? DOUBLE : a;
  if (isApproximate(b)) return a.kind === 'DECIMAL' ? DOUBLE : b;
  if (a.kind !== 'DECIMAL' && b.kind !== 'DECIMAL') {
    return decimalDigits(b)!.precision > decimalDigits(a)!.precision ? b : a;
  }
  if (sameType(a, b, { nullability: false })) return a;
  return commonDecimal(decimalDigits(a)!, decimalDigits(b)!);
}

function commonTimestamp(a: DataType, b: DataType, rule: 'calcite' | 'flink'): DataType | undefined {
  const [first, second] = [a as TimestampType, b as TimestampType];
  const precision = Math.max(first.precision, second.precision);
  if (rule === 'calcite') return { ...(first.precision === second.precision ? first : second), precision };
  return { ...first, kind: first.kind === second.kind ? first.kind : 'TIMESTAMP_LTZ', precision } as DataType;
}

function commonOther(
  a: DataType,
  b: DataType,
  common: (types: readonly DataType[]) => DataType | undefined,
): DataType | undefined {
  if (isString(a) && isString(b)) return commonText(a as TextType, b as TextType, 'CHAR', 'VARCHAR');
  if (isBinary(a) && isBinary(b)) return commonText(a as TextType, b as TextType, 'BINARY', 'VARBINARY');
  switch (a.kind) {
    case 'BOOLEAN':
    case 'DATE':
    case 'VARIANT':
    case 'BITMAP':
      return b.kind === a.kind ? a : undefined;
    case 'TIME':
      return b.kind === a.kind ? { ...a, precision: Math.max(a.precision, b.precision) } : undefined;
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return commonInterval(a, b);
    case 'ARRAY':
    case 'MULTISET': {
      if (b.kind !== a.kind) return undefined;
      const element = common([a.element, b.element]);
      return element && { ...a, element };
    }
    case 'MAP': {
      if (b.kind !== 'MAP') return undefined;
      const [key, value] = [common([a.key, b.key]), common([a.value, b.value])];
      return key && value && { ...a, key, value };
    }
    case 'ROW': {
      if (b.kind !== 'ROW' || a.fields.length !== b.fields.length) return undefined;
      const fields: { name: string; type: DataType }[] = [];
      for (const [i, field] of a.fields.entries()) {
        const type = common([field.type, b.fields[i]!.type]);
        if (type === undefined) return undefined;
        fields.push({ name: field.name, type });
      }
      return { ...a, fields };
    }
    default:
      return undefined;
  }
}

/** The longer length; of fixed length only if both are and have the same. */
function commonText(a: TextType, b: TextType, fixed: 'CHAR' | 'BINARY', varying: 'VARCHAR' | 'VARBINARY'): DataType {
  const stays = a.kind === fixed && b.kind === fixed && a.length === b.length;
  return { ...a, kind: stays ? fixed : varying, length: Math.max(a.length, b.length) } as DataType;
}

function commonInterval(a: DataType, b: DataType): DataType | undefined {
  if (a.kind !== b.kind) return undefined;
  if (a.kind === 'INTERVAL_YEAR_MONTH' && b.kind === 'INTERVAL_YEAR_MONTH') {
    return a.unit === b.unit ? a : INTERVAL_MONTHS('YEAR TO MONTH', Math.max(a.precision, b.precision));
  }
  if (a.kind === 'INTERVAL_DAY_TIME' && b.kind === 'INTERVAL_DAY_TIME') {
    const [precision, fraction] = [Math.max(a.precision, b.precision), Math.max(a.fraction, b.fraction)];
    return a.unit === b.unit ? { ...a, precision, fraction } : INTERVAL_MILLIS('DAY TO SECOND', precision, fraction);
  }
  return undefined;
}

/** What the operands of an operator are cast to and the type of its result. */
export interface Operands {
  readonly argTypes: readonly DataType[];
  readonly type: DataType;
}

/** The types in which two values are compared by =, <>, <, <=, >, >= and IS [NOT] DISTINCT FROM; undefined when Flink refuses. */
export function comparisonTypes(a: DataType, b: DataType): readonly [DataType, DataType] | undefined {
  if (a.kind === 'NULL') return [withNullable(b, true), withNullable(b, true)];
  if (b.kind === 'NULL') return [a, withNullable(a, true)];
  // Decimals of any scale are compared as they are: no common decimal holds all values of both.
  if (isExact(a) && isExact(b) && !(isInteger(a) && isInteger(b))) return [asDecimal(a)!, asDecimal(b)!];
  if (isString(a) && isString(b)) return [a, b];
  if (isBinary(a) && isBinary(b)) return [a, b];
  if (isString(a) && comparesWithText(b)) return [withNullable(b, a.nullable), b];
  if (isString(b) && comparesWithText(a)) return [a, withNullable(a, b.nullable)];
  const common = leastRestrictive([a, b]);
  return common && [withNullable(common, a.nullable), withNullable(common, b.nullable)];
}

/** Flink reads the string as a value of the other type, but not as a number or an interval. */
const comparesWithText = (type: DataType): boolean => type.kind === 'BOOLEAN' || isTimePoint(type);

/** Whether values of this type have an order (<, ORDER BY, MIN, MAX), not only equality. */
export const isOrdered = (type: DataType): boolean =>
  !['ARRAY', 'MULTISET', 'MAP', 'ROW', 'VARIANT', 'BITMAP', 'DESCRIPTOR'].includes(type.kind);

/** Operands and result of `a op b`; undefined when the types do not fit. The result is nullable if an operand is. */
export function arithmeticTypes(op: '+' | '-' | '*' | '/' | '%', a: DataType, b: DataType): Operands | undefined {
  const nullable = a.nullable || b.nullable;
  const operands = isNumeric(a) && isNumeric(b) ? numericOperands(op, a, b) : intervalOperands(op, a, b);
  return operands && { ...operands, type: withNullable(operands.type, nullable) };
}

function numericOperands(op: '+' | '-' | '*' | '/' | '%', a: DataType, b: DataType): Operands | undefined {
  if (isApproximate(a) || isApproximate(b)) {
    if (op === '%') return undefined;
    const common = leastRestrictivePair(a, b)!;
    return { argTypes: [withNullable(common, a.nullable), withNullable(common, b.nullable)], type: common };
  }
  if (isInteger(a) && isInteger(b)) {
    if (op === '%') return { argTypes: [a, b], type: b }; // as Flink: of the divisor's type, which always holds the remainder
    const common = leastRestrictivePair(a, b)!;
    return { argTypes: [withNullable(common, a.nullable), withNullable(common, b.nullable)], type: common };
  }
  const [left, right] = [decimalDigits(a)!, decimalDigits(b)!];
  if (op === '%' && left.scale === 0 && right.scale === 0) {
    return { argTypes: [isInteger(b) ? withNullable(BIGINT, a.nullable) : asDecimal(a)!, b], type: b };
  }
  const type = decimalResult[op](left, right);
  return { argTypes: [asDecimal(a)!, asDecimal(b)!], type };
}

const decimalResult = {
  '+': additionType,
  '-': additionType,
  '*': multiplicationType,
  '/': divisionType,
  '%': moduloType,
};

/** Times with intervals, intervals with intervals, intervals with integers. */
function intervalOperands(op: '+' | '-' | '*' | '/' | '%', a: DataType, b: DataType): Operands | undefined {
  if (op === '+' || op === '-') {
    if (isTimePoint(a) && isInterval(b)) return { argTypes: [a, b], type: withFraction(a, b) };
    if (op === '+' && isInterval(a) && isTimePoint(b)) return { argTypes: [a, b], type: withFraction(b, a) };
    const common = isInterval(a) ? commonInterval(a, b) : undefined;
    return common && { argTypes: [a, b], type: common };
  }
  if (op !== '*') return undefined;
  if (isInterval(a) && isInteger(b)) return { argTypes: [a, withNullable(BIGINT, b.nullable)], type: a };
  if (isInteger(a) && isInterval(b)) return { argTypes: [withNullable(BIGINT, a.nullable), b], type: b };
  return undefined;
}

/** `TIMESTAMP(0) + INTERVAL '1.5' SECOND(2, 3)` is a TIMESTAMP(3); an interval without a written fraction adds no digits. */
function withFraction(time: DataType, interval: DataType): DataType {
  if (!isTimestamp(time) || interval.kind !== 'INTERVAL_DAY_TIME' || !interval.unit.includes('SECOND')) return time;
  const { precision } = time as TimestampType;
  return interval.fraction <= 3 && interval.fraction > precision
    ? ({ ...time, precision: interval.fraction } as DataType)
    : time;
}

/** CHAR(n) of a string literal, n its length in UTF-16 units ('😀' is a CHAR(2)), as Flink types it. NOT NULL. */
export function textLiteralType(value: string): DataType {
  return { kind: 'CHAR', length: Math.min(value.length, MAX_LENGTH), nullable: false };
}
