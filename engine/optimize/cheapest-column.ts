import { unreachable } from '../assert.ts';
import type { Schema } from '../types/schema.ts';
import type { DataType } from '../types/type.ts';

/** The column that costs least to read: the first of the narrowest type. */
export function cheapestColumn(schema: Schema): number {
  const costs = schema.map((column) => cost(column.type));
  return costs.indexOf(Math.min(...costs));
}

/** Roughly the work of decoding one value. */
function cost(type: DataType): number {
  switch (type.kind) {
    case 'NULL':
    case 'DESCRIPTOR':
      return 0;
    case 'BOOLEAN':
      return 1;
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return 2;
    case 'BIGINT':
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return 3;
    case 'FLOAT':
    case 'DOUBLE':
      return 4;
    case 'DECIMAL':
    case 'DATE':
    case 'TIME':
      return 5;
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return 6;
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
      return 8;
    case 'ARRAY':
    case 'MULTISET':
    case 'MAP':
    case 'ROW':
    case 'VARIANT':
    case 'BITMAP':
      return 20;
    default:
      return unreachable(type);
  }
}
