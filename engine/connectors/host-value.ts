/** JavaScript values as SQL values: rows that a cell binds to a table. */
import { MillraceError } from '../errors.ts';
import { fitDecimal, parseDecimalText } from '../formats/number-text.ts';
import { parseAnyTimestamp, parseIsoDate, parseSqlTime, timestampValue } from '../formats/time-text.ts';
import { parseVariant } from '../functions/variant-parse.ts';
import { decodeBitmap, encodeBitmap } from '../types/bitmap.ts';
import { typeToString, type DataType } from '../types/type.ts';
import { MapValue, type Value } from '../types/value.ts';

/**
 * A value of the form of types/value.ts, or what a JavaScript program would naturally write for the type: numbers for BIGINT and DECIMAL,
 * texts and Dates for times, objects for ROW (fields by name) and MAP, Maps for MAP; for VARIANT JSON text or an object, for BITMAP an array or Set
 * of its members. undefined is NULL.
 * Throws CAST_FAILED for what does not fit.
 */
export function hostValue(value: unknown, type: DataType): Value {
  if (value === null || value === undefined) return null;
  const converted = convert(value, type);
  if (converted !== undefined) return converted;
  throw new MillraceError('CAST_FAILED', `${shown(value)} is no ${typeToString(type, { nullability: false })}`);
}

function shown(value: unknown): string {
  const text =
    typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' ? 'an object' : String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function convert(value: unknown, type: DataType): Value | undefined {
  switch (type.kind) {
    case 'NULL':
      return null;
    case 'BOOLEAN':
      return typeof value === 'boolean' ? value : undefined;
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'INTERVAL_YEAR_MONTH':
      return integer(value, bits[type.kind]);
    case 'BIGINT':
      return bigint(value);
    case 'FLOAT':
      return numeric(value) ? Math.fround(Number(value)) : undefined;
    case 'DOUBLE':
    case 'INTERVAL_DAY_TIME':
      return numeric(value) ? Number(value) : undefined;
    case 'DECIMAL':
      return decimal(value, type.precision, type.scale);
    case 'CHAR':
    case 'VARCHAR':
      return typeof value === 'object' ? undefined : String(value);
    case 'BINARY':
    case 'VARBINARY':
      return value instanceof Uint8Array ? value : undefined;
    case 'DATE':
      if (typeof value === 'string') return parseIsoDate(value);
      return value instanceof Date ? Math.floor(value.getTime() / 86_400_000) : integer(value, 32);
    case 'TIME':
      return typeof value === 'string' ? parseSqlTime(value) : integer(value, 32);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return timestamp(value, type);
    case 'ARRAY':
      return Array.isArray(value) ? value.map((item) => hostValue(item, type.element)) : undefined;
    case 'MULTISET':
      return map(value, type.element, { kind: 'INT', nullable: false });
    case 'MAP':
      return map(value, type.key, type.value);
    case 'ROW':
      if (Array.isArray(value)) return type.fields.map((field, i) => hostValue(value[i], field.type));
      if (typeof value !== 'object') return undefined;
      return type.fields.map((field) => hostValue((value as Record<string, unknown>)[field.name], field.type));
    case 'VARIANT':
      return parseVariant(typeof value === 'string' ? value : JSON.stringify(value), false);
    case 'BITMAP':
      return bitmap(value);
    default:
      return undefined;
  }
}

/** From its bytes, or from its members in any order. */
function bitmap(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return decodeBitmap(value) && value;
  if (!(value instanceof Set || Array.isArray(value))) return undefined;
  const members = Array.from(value as Iterable<unknown>, (member) => (Number.isInteger(member) ? Number(member) : -1));
  if (members.some((member) => member < 0 || member >= 2 ** 32)) return undefined;
  return encodeBitmap([...new Set(members)].sort((a, b) => a - b));
}

const bits = { TINYINT: 8, SMALLINT: 16, INT: 32, INTERVAL_YEAR_MONTH: 32 } as const;
const numeric = (value: unknown): boolean => typeof value === 'number' || typeof value === 'bigint';

function integer(value: unknown, width: number): number | undefined {
  if (!numeric(value)) return undefined;
  const number = Number(value);
  return Number.isInteger(number) && number >= -(2 ** (width - 1)) && number < 2 ** (width - 1) ? number : undefined;
}

function bigint(value: unknown): bigint | undefined {
  if (typeof value === 'number' && !Number.isInteger(value)) return undefined;
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  const result = BigInt(value);
  return BigInt.asIntN(64, result) === result ? result : undefined;
}

/** A bigint is the unscaled value, as everywhere in the engine; a number or a text is the value itself. */
function decimal(value: unknown, precision: number, scale: number): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const parsed = parseDecimalText(String(value));
  return parsed && fitDecimal(parsed, precision, scale);
}

function timestamp(value: unknown, type: DataType & { kind: 'TIMESTAMP' | 'TIMESTAMP_LTZ' }): Value | undefined {
  if (typeof value === 'bigint') return type.precision > 3 ? value : Number(value / 1_000_000n);
  const point =
    typeof value === 'string'
      ? parseAnyTimestamp(value)
      : value instanceof Date
        ? { ms: value.getTime(), nanos: 0 }
        : typeof value === 'number' && Number.isFinite(value)
          ? { ms: Math.floor(value), nanos: 0 }
          : undefined;
  return point && timestampValue(point, type);
}

function map(value: unknown, key: DataType, item: DataType): MapValue | undefined {
  const entries =
    value instanceof MapValue
      ? value.entries
      : value instanceof Map
        ? [...value]
        : typeof value === 'object' && !Array.isArray(value)
          ? Object.entries(value as object)
          : undefined;
  return entries && new MapValue(entries.map(([k, v]) => [hostValue(k, key), hostValue(v, item)] as const));
}
