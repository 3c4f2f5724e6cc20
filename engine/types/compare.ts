/** Order and equality of values by type, as Flink compares them. NULL handling is the caller's, except inside nested values. */
import { unreachable } from '../assert.ts';
import { compareDecimals } from './decimal.ts';
import type { DataType } from './type.ts';
import type { MapValue, Value } from './value.ts';

/**
 * Total order of two values of one type, neither of them NULL: negative, 0 or positive. For ORDER BY, MIN and MAX.
 * Strings by UTF-16 units (Java's order), bytes unsigned, FALSE before TRUE, -0.0 before 0.0 and NaN last (Double.compare).
 * ARRAY and ROW by their elements, NULLs first; MAP has no order.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- the arguments are values of `type`
export function comparatorOf(type: DataType): (a: any, b: any) => number {
  switch (type.kind) {
    case 'BOOLEAN':
      return (a: boolean, b: boolean) => Number(a) - Number(b);
    case 'FLOAT':
    case 'DOUBLE':
      return compareDoubles;
    case 'NULL':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'DECIMAL':
    case 'CHAR':
    case 'VARCHAR':
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0);
    case 'BINARY':
    case 'VARBINARY':
      return compareBytes;
    case 'ARRAY': {
      const element = nullsFirst(comparatorOf(type.element));
      return (a: readonly Value[], b: readonly Value[]) => {
        for (let i = 0; i < a.length && i < b.length; i++) {
          const order = element(a[i]!, b[i]!);
          if (order !== 0) return order;
        }
        return a.length - b.length;
      };
    }
    case 'ROW': {
      const fields = type.fields.map((field) => nullsFirst(comparatorOf(field.type)));
      return (a: readonly Value[], b: readonly Value[]) => {
        for (const [i, field] of fields.entries()) {
          const order = field(a[i]!, b[i]!);
          if (order !== 0) return order;
        }
        return 0;
      };
    }
    case 'MAP':
    case 'MULTISET':
    case 'VARIANT':
    case 'BITMAP':
    case 'DESCRIPTOR':
      throw new Error(`Millrace bug: ${type.kind} has no order`);
    default:
      return unreachable(type);
  }
}

/** Double.compare of Java. */
export function compareDoubles(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return a !== 0 ? 0 : Number(Object.is(b, -0)) - Number(Object.is(a, -0));
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** Lexicographic by unsigned bytes; a prefix is smaller. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

function nullsFirst(compare: (a: Value, b: Value) => number): (a: Value, b: Value) => number {
  return (a, b) => {
    if (a === null || b === null) return Number(a !== null) - Number(b !== null);
    return compare(a, b);
  };
}

/**
 * SQL equality `a = b` of two values, neither of them NULL. NULL (unknown) can only come of ROWs, whose fields compare three-valued;
 * elements of ARRAYs and MAPs are equal when both are NULL. The two types are equal but for nullability, or both DECIMAL, or both
 * ARRAY, MAP, ROW of such.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- the arguments are values of the types
export function equalityOf(left: DataType, right: DataType): (a: any, b: any) => boolean | null {
  switch (left.kind) {
    case 'DECIMAL': {
      const [scaleA, scaleB] = [left.scale, right.kind === 'DECIMAL' ? right.scale : left.scale];
      if (scaleA === scaleB) return (a: bigint, b: bigint) => a === b;
      return (a: bigint, b: bigint) => compareDecimals(a, scaleA, b, scaleB) === 0;
    }
    case 'BINARY':
    case 'VARBINARY':
    case 'BITMAP':
      return (a: Uint8Array, b: Uint8Array) => compareBytes(a, b) === 0;
    case 'ARRAY': {
      const element = sameOrNull(equalityOf(left.element, right.kind === 'ARRAY' ? right.element : left.element));
      return (a: readonly Value[], b: readonly Value[]) =>
        a.length === b.length && a.every((item, i) => element(item, b[i]!));
    }
    case 'MAP':
    case 'MULTISET': {
      const other = right.kind === left.kind ? right : left;
      const keyOf = (type: DataType): DataType =>
        type.kind === 'MAP' ? type.key : (type as { element: DataType }).element;
      const key = sameOrNull(equalityOf(keyOf(left), keyOf(other)));
      const item =
        left.kind === 'MAP' && other.kind === 'MAP'
          ? sameOrNull(equalityOf(left.value, other.value))
          : (a: Value, b: Value): boolean => a === b;
      return (a: MapValue, b: MapValue) =>
        a.entries.length === b.entries.length &&
        a.entries.every(([k, v]) => b.entries.some(([otherKey, otherItem]) => key(k, otherKey) && item(v, otherItem)));
    }
    case 'ROW': {
      const fields = left.fields.map((field, i) =>
        equalityOf(field.type, right.kind === 'ROW' ? right.fields[i]!.type : field.type),
      );
      return (a: readonly Value[], b: readonly Value[]) => {
        let result: boolean | null = true;
        for (const [i, field] of fields.entries()) {
          const equal = a[i] === null || b[i] === null ? null : field(a[i], b[i]);
          if (equal === false) return false;
          if (equal === null) result = null;
        }
        return result;
      };
    }
    default:
      return (a: Value, b: Value) => a === b;
  }
}

/**
 * Whether a value is one of a list, as IN tests it: for FLOAT and DOUBLE by Java's equals, so that -0.0 is not 0.0, except that NaN is in no list.
 */
export function memberOf(type: DataType): (value: Value, member: Value) => boolean {
  if (type.kind === 'FLOAT' || type.kind === 'DOUBLE') return (a, b) => Object.is(a, b) && !Number.isNaN(a);
  const equal = equalityOf(type, type);
  return (a, b) => equal(a, b) === true;
}

function sameOrNull(equal: (a: Value, b: Value) => boolean | null): (a: Value, b: Value) => boolean {
  return (a, b) => (a === null || b === null ? a === b : equal(a, b) !== false);
}
