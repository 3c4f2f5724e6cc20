/** Values of DuckDB for columns whose types a table declares. */
import type { DuckDBValue } from '@duckdb/node-api';
import { MapValue, type Value } from '../types/value.ts';
import type { DataType } from '../types/type.ts';
import { fromDuckDB } from './duckdb-types.ts';

/** DuckDB's form of a value that was cast to `duckType(type)` → ours, with times in the precision of `type`. */
export function valueOfDuckDB(value: DuckDBValue, type: DataType): Value {
  return fitTimes(fromDuckDB(value, type), type);
}

function fitTimes(value: Value, type: DataType): Value {
  if (value === null) return null;
  switch (type.kind) {
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      if (typeof value !== 'bigint') return value;
      const unit = 10n ** BigInt(9 - type.precision);
      const cut = value - (((value % unit) + unit) % unit);
      return type.precision <= 3 ? Number(cut / 1_000_000n) : cut;
    }
    case 'ARRAY':
      return (value as readonly Value[]).map((element) => fitTimes(element, type.element));
    case 'ROW':
      return type.fields.map((field, i) => fitTimes((value as readonly Value[])[i]!, field.type));
    case 'MAP':
      return new MapValue(
        (value as MapValue).entries.map(([key, item]) => [fitTimes(key, type.key), fitTimes(item, type.value)]),
      );
    default:
      return value;
  }
}
