/** Types and values between DuckDB and Millrace. */
import { createRequire } from 'node:module';
import type * as DuckDBApi from '@duckdb/node-api';
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { MillraceError } from '../errors.ts';
import * as types from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import { MapValue, type Value } from '../types/value.ts';

let loaded: typeof DuckDBApi | undefined;
/** The native library, when its first value comes: every decoder of a job imports this file, and hardly any of them meets DuckDB. */
function duckdb(): typeof DuckDBApi {
  return (loaded ??= createRequire(import.meta.url)('@duckdb/node-api') as typeof DuckDBApi);
}

/**
 * The SQL type of a DuckDB column. Unsigned and huge integers become the DECIMAL that holds them, timestamps of microseconds TIMESTAMP(6),
 * intervals their text; everything without a form of its own (UUID, ENUM, BIT, UNION, JSON) its text as STRING.
 */
export function sqlTypeOf(type: DuckDBType): DataType {
  const { DuckDBTypeId } = duckdb();
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return types.BOOLEAN;
    case DuckDBTypeId.TINYINT:
      return types.TINYINT;
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.UTINYINT:
      return types.SMALLINT;
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.USMALLINT:
      return types.INT;
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UINTEGER:
      return types.BIGINT;
    case DuckDBTypeId.UBIGINT:
      return types.DECIMAL(20, 0);
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
      return types.DECIMAL(38, 0);
    case DuckDBTypeId.FLOAT:
      return types.FLOAT;
    case DuckDBTypeId.DOUBLE:
      return types.DOUBLE;
    case DuckDBTypeId.DECIMAL:
      return types.DECIMAL(type.width, type.scale);
    case DuckDBTypeId.BLOB:
      return types.BYTES;
    case DuckDBTypeId.DATE:
      return types.DATE;
    case DuckDBTypeId.TIME:
      return types.TIME(3);
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP:
      return types.TIMESTAMP(6);
    case DuckDBTypeId.TIMESTAMP_NS:
      return types.TIMESTAMP(9);
    case DuckDBTypeId.TIMESTAMP_TZ:
      return types.TIMESTAMP_LTZ(6);
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return types.ARRAY(sqlTypeOf(type.valueType));
    case DuckDBTypeId.MAP:
      return types.MAP(types.notNull(sqlTypeOf(type.keyType)), sqlTypeOf(type.valueType));
    case DuckDBTypeId.STRUCT:
      return types.ROW(type.entryNames.map((name, i) => ({ name, type: sqlTypeOf(type.entryTypes[i]!) })));
    default:
      return types.STRING;
  }
}

/** DuckDB's form of a value → ours, for the type that `sqlTypeOf` gives. */
export function fromDuckDB(value: DuckDBValue, type: DataType): Value {
  if (value === null) return null;
  const api = duckdb();
  if (value instanceof api.DuckDBDecimalValue) return value.value;
  if (value instanceof api.DuckDBDateValue) return value.days;
  if (value instanceof api.DuckDBTimeValue) return Number(value.micros / 1000n);
  if (value instanceof api.DuckDBTimestampNanosecondsValue) return value.nanos;
  if (value instanceof api.DuckDBTimestampValue || value instanceof api.DuckDBTimestampTZValue)
    return value.micros * 1000n;
  if (value instanceof api.DuckDBBlobValue) return value.bytes;
  if (value instanceof api.DuckDBListValue || value instanceof api.DuckDBArrayValue) {
    const { element } = type as Extract<DataType, { kind: 'ARRAY' }>;
    return value.items.map((item) => fromDuckDB(item, element));
  }
  if (value instanceof api.DuckDBStructValue && type.kind === 'ROW') {
    return type.fields.map((field) => fromDuckDB(value.entries[field.name] ?? null, field.type));
  }
  if (value instanceof api.DuckDBMapValue && type.kind === 'MAP') {
    return new MapValue(value.entries.map((e) => [fromDuckDB(e.key, type.key), fromDuckDB(e.value, type.value)]));
  }
  switch (type.kind) {
    case 'VARCHAR':
      return typeof value === 'string' ? value : String(value);
    case 'BIGINT':
    case 'DECIMAL':
      return BigInt(value as bigint | number);
    case 'TIMESTAMP':
      // Seconds and milliseconds come as classes of their own; all print alike.
      return BigInt(Date.parse(`${String(value).replace(' ', 'T')}Z`)) * 1_000_000n;
    default:
      return value as Value;
  }
}

/** The DuckDB type that holds a column of ours, as SQL text. */
export function duckType(type: DataType): string {
  switch (type.kind) {
    case 'INT':
      return 'INTEGER';
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'CHAR':
    case 'VARCHAR':
    case 'NULL':
      return 'VARCHAR';
    case 'BINARY':
    case 'VARBINARY':
      return 'BLOB';
    case 'TIMESTAMP':
      return type.precision > 6 ? 'TIMESTAMP_NS' : 'TIMESTAMP';
    case 'TIMESTAMP_LTZ':
      return 'TIMESTAMPTZ';
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return 'INTERVAL';
    case 'ARRAY':
      return `${duckType(type.element)}[]`;
    case 'MAP':
      return `MAP(${duckType(type.key)}, ${duckType(type.value)})`;
    case 'MULTISET':
      return `MAP(${duckType(type.element)}, INTEGER)`;
    case 'ROW':
      return `STRUCT(${type.fields.map((field) => `"${field.name.replaceAll('"', '""')}" ${duckType(field.type)}`).join(', ')})`;
    case 'VARIANT':
    case 'BITMAP':
      throw new MillraceError('CONNECTOR_OPTION', `DuckDB has no ${type.kind}`, {
        hint: 'JSON_STRING(variant) and BITMAP_TO_BYTES(bitmap) have a form there',
      });
    case 'DESCRIPTOR':
      throw new MillraceError('SQL_TYPE', 'a DESCRIPTOR cannot leave the query');
    default:
      return type.kind;
  }
}

/** Our form of a value → DuckDB's. */
export function toDuckDB(value: Value, type: DataType): DuckDBValue {
  if (value === null) return null;
  const api = duckdb();
  switch (type.kind) {
    case 'DECIMAL':
      return new api.DuckDBDecimalValue(value as bigint, type.precision, type.scale);
    case 'DATE':
      return new api.DuckDBDateValue(value as number);
    case 'TIME':
      return new api.DuckDBTimeValue(BigInt(value as number) * 1000n);
    case 'TIMESTAMP':
      return type.precision > 6
        ? new api.DuckDBTimestampNanosecondsValue(value as bigint)
        : new api.DuckDBTimestampValue(micros(value));
    case 'TIMESTAMP_LTZ':
      return new api.DuckDBTimestampTZValue(micros(value));
    case 'INTERVAL_YEAR_MONTH':
      return new api.DuckDBIntervalValue(value as number, 0, 0n);
    case 'INTERVAL_DAY_TIME':
      return new api.DuckDBIntervalValue(0, 0, BigInt(value as number) * 1000n);
    case 'BINARY':
    case 'VARBINARY':
      return new api.DuckDBBlobValue(value as Uint8Array);
    case 'ARRAY':
      return new api.DuckDBListValue((value as readonly Value[]).map((item) => toDuckDB(item, type.element)));
    case 'ROW':
      return new api.DuckDBStructValue(
        Object.fromEntries(
          type.fields.map((field, i) => [field.name, toDuckDB((value as readonly Value[])[i]!, field.type)]),
        ),
      );
    case 'MAP':
      return new api.DuckDBMapValue(
        (value as MapValue).entries.map(([k, v]) => ({ key: toDuckDB(k, type.key), value: toDuckDB(v, type.value) })),
      );
    case 'MULTISET':
      return new api.DuckDBMapValue(
        (value as MapValue).entries.map(([k, v]) => ({ key: toDuckDB(k, type.element), value: v as number })),
      );
    default:
      return value as DuckDBValue;
  }
}

/** Milliseconds (a number) or nanoseconds (a bigint) as microseconds, rounded down. */
function micros(value: Value): bigint {
  if (typeof value === 'bigint') return (value - (((value % 1000n) + 1000n) % 1000n)) / 1000n;
  return BigInt(value as number) * 1000n;
}
