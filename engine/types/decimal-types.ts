/** Result types of decimal arithmetic and of aggregates over decimals: Flink's LogicalTypeMerging, after SQL Server's rules. */
import { DECIMAL, withNullable, type DataType } from './type.ts';

export const MAX_PRECISION = 38;
const MIN_ADJUSTED_SCALE = 6;

export interface PrecisionScale {
  readonly precision: number;
  readonly scale: number;
}

/** Digits that hold any value of an exact numeric type: TINYINT 3, SMALLINT 5, INT 10, BIGINT 19; undefined for other types. */
export function decimalDigits(type: DataType): PrecisionScale | undefined {
  switch (type.kind) {
    case 'TINYINT':
      return { precision: 3, scale: 0 };
    case 'SMALLINT':
      return { precision: 5, scale: 0 };
    case 'INT':
      return { precision: 10, scale: 0 };
    case 'BIGINT':
      return { precision: 19, scale: 0 };
    case 'DECIMAL':
      return type;
    default:
      return undefined;
  }
}

/** DECIMAL that holds any value of an exact numeric type; nullable as that is. */
export function asDecimal(type: DataType): DataType | undefined {
  const digits = decimalDigits(type);
  return digits && withNullable(DECIMAL(digits.precision, digits.scale), type.nullable);
}

/** Beyond 38 digits the scale gives way, but keeps 6 digits (or all that it has). */
function adjusted(precision: number, scale: number): DataType {
  if (precision <= MAX_PRECISION) return DECIMAL(precision, scale);
  const keep = Math.min(scale, MIN_ADJUSTED_SCALE);
  return DECIMAL(MAX_PRECISION, Math.max(MAX_PRECISION - (precision - scale), keep));
}

/** Type of a + b and a - b. */
export function additionType(a: PrecisionScale, b: PrecisionScale): DataType {
  const scale = Math.max(a.scale, b.scale);
  return adjusted(Math.max(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale);
}

/** Type of a * b. `0.908 * bigint`: DECIMAL(3, 3) and DECIMAL(19, 0) give DECIMAL(23, 3). */
export function multiplicationType(a: PrecisionScale, b: PrecisionScale): DataType {
  return adjusted(a.precision + b.precision + 1, a.scale + b.scale);
}

/** Type of a / b. */
export function divisionType(a: PrecisionScale, b: PrecisionScale): DataType {
  const scale = Math.max(MIN_ADJUSTED_SCALE, a.scale + b.precision + 1);
  return adjusted(a.precision - a.scale + b.scale + scale, scale);
}

/** Type of a % b for decimals with a fraction (without one the type is that of b). */
export function moduloType(a: PrecisionScale, b: PrecisionScale): DataType {
  const scale = Math.max(a.scale, b.scale);
  return adjusted(Math.min(a.precision - a.scale, b.precision - b.scale) + scale, scale);
}

/** Type of ROUND(decimal, digits). */
export function roundType({ precision, scale }: PrecisionScale, digits: number): DataType {
  if (digits >= scale) return DECIMAL(precision, scale);
  if (digits < 0) return DECIMAL(Math.min(MAX_PRECISION, 1 + precision - scale), 0);
  return DECIMAL(1 + precision - scale + digits, digits);
}

/** Type of SUM: DECIMAL(38, s) for decimals, the argument's own type otherwise. Nullable as `type` is. */
export function sumType(type: DataType): DataType {
  return type.kind === 'DECIMAL' ? withNullable(DECIMAL(MAX_PRECISION, type.scale), type.nullable) : type;
}

/** Type of AVG: DECIMAL(38, max(6, s)) for decimals, the argument's own type otherwise. */
export function avgType(type: DataType): DataType {
  if (type.kind !== 'DECIMAL') return type;
  const average = divisionType({ precision: MAX_PRECISION, scale: type.scale }, { precision: 20, scale: 0 });
  return withNullable(average, type.nullable);
}

/** Decimal that holds both: max of whole digits, then as much of the larger scale as fits. */
export function commonDecimal(a: PrecisionScale, b: PrecisionScale): DataType {
  const whole = Math.min(MAX_PRECISION, Math.max(a.precision - a.scale, b.precision - b.scale));
  const scale = Math.min(Math.max(a.scale, b.scale), MAX_PRECISION - whole);
  return DECIMAL(whole + scale, scale);
}
