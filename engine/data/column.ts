/**
 * Columns: the only form in which rows travel. A column is immutable once it is in a batch.
 *
 * Physical storage by type (`storageOf`):
 *
 *   u8    BOOLEAN                                    Uint8Array, 0 or 1
 *   i32   TINYINT SMALLINT INT DATE TIME, INTERVAL_YEAR_MONTH
 *   i64   BIGINT, DECIMAL(p <= 18) unscaled          BigInt64Array
 *   f32   FLOAT                                      Float32Array
 *   f64   DOUBLE, TIMESTAMP/LTZ(p <= 3) in ms, INTERVAL_DAY_TIME in ms   Float64Array
 *   i128  DECIMAL(p > 18) unscaled                   two BigInt64Array; `high` absent = every value fits in `values`
 *   ts    TIMESTAMP/LTZ(p > 3)                       `values` ms (floor) and `nanos` 0..999999 within the millisecond
 *   str   CHAR VARCHAR, VARIANT                      one of three encodings, see StringColumn
 *   bin   BINARY VARBINARY, BITMAP                   views into bytes
 *   list  ARRAY                                      offsets and a child
 *   map   MAP MULTISET                               offsets, keys and values
 *   row   ROW                                        one child per field; `valid` says whether the row itself is NULL
 *
 * NULLs: `valid` holds one byte a row, 1 = value, 0 = NULL; undefined = no NULL in this column.
 * What a NULL position holds in the data arrays is unspecified but readable.
 * Arrays may be longer than `length`: only the first `length` entries count.
 */
import type { DataType } from '../types/type.ts';
import { unreachable } from '../assert.ts';

export type Storage = 'u8' | 'i32' | 'i64' | 'f32' | 'f64' | 'i128' | 'ts' | 'str' | 'bin' | 'list' | 'map' | 'row';

interface ColumnBase {
  readonly type: DataType;
  readonly length: number;
  readonly valid: Uint8Array | undefined;
}

export interface U8Column extends ColumnBase {
  readonly storage: 'u8';
  readonly values: Uint8Array;
}
export interface I32Column extends ColumnBase {
  readonly storage: 'i32';
  readonly values: Int32Array;
}
export interface I64Column extends ColumnBase {
  readonly storage: 'i64';
  readonly values: BigInt64Array;
}
export interface F32Column extends ColumnBase {
  readonly storage: 'f32';
  readonly values: Float32Array;
}
export interface F64Column extends ColumnBase {
  readonly storage: 'f64';
  readonly values: Float64Array;
}
/** The value is `high * 2^64 + unsigned(values)`; without `high`, `values` alone (signed). */
export interface I128Column extends ColumnBase {
  readonly storage: 'i128';
  readonly values: BigInt64Array;
  readonly high: BigInt64Array | undefined;
}
export interface TsColumn extends ColumnBase {
  readonly storage: 'ts';
  readonly values: Float64Array;
  readonly nanos: Int32Array;
}

/**
 * Strings, in the encoding in which they came:
 *   view  UTF-8 bytes: value i is bytes[starts[i] .. ends[i]); several columns may share `bytes` (the raw input chunk)
 *   dict  codes into a dictionary that grows over the life of a source; a function of one dict column is computed once a code
 *   js    JavaScript strings (results of computed expressions); null where NULL is allowed too
 * Read through data/strings.ts unless a loop specialises on the encoding.
 */
export type StringColumn = ViewStringColumn | DictStringColumn | JsStringColumn;
export interface ViewStringColumn extends ColumnBase {
  readonly storage: 'str';
  readonly encoding: 'view';
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** True when `bytes` is known to be ASCII within all views: decoding may use latin1. */
  readonly ascii: boolean;
}
export interface DictStringColumn extends ColumnBase {
  readonly storage: 'str';
  readonly encoding: 'dict';
  readonly codes: Int32Array;
  readonly dictionary: Dictionary;
}
export interface JsStringColumn extends ColumnBase {
  readonly storage: 'str';
  readonly encoding: 'js';
  readonly values: readonly (string | null)[];
}

/**
 * An append-only list of distinct strings. The same object is shared by all batches of a source's column, so that operators
 * can keep memos and key tables by code. `id` is unique in the process.
 */
export class Dictionary {
  static #next = 0;
  readonly id: number = Dictionary.#next++;
  readonly strings: (string | null)[] = [];
  get size(): number {
    return this.strings.length;
  }
}

export interface BinColumn extends ColumnBase {
  readonly storage: 'bin';
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}
/** Value i is child[offsets[i] .. offsets[i + 1]). */
export interface ListColumn extends ColumnBase {
  readonly storage: 'list';
  readonly offsets: Int32Array;
  readonly child: Column;
}
export interface MapColumn extends ColumnBase {
  readonly storage: 'map';
  readonly offsets: Int32Array;
  readonly keys: Column;
  readonly items: Column;
}
export interface RowColumn extends ColumnBase {
  readonly storage: 'row';
  readonly children: readonly Column[];
}

export type Column =
  | U8Column
  | I32Column
  | I64Column
  | F32Column
  | F64Column
  | I128Column
  | TsColumn
  | StringColumn
  | BinColumn
  | ListColumn
  | MapColumn
  | RowColumn;

export function storageOf(type: DataType): Storage {
  switch (type.kind) {
    case 'BOOLEAN':
      return 'u8';
    case 'NULL':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'DATE':
    case 'TIME':
    case 'INTERVAL_YEAR_MONTH':
      return 'i32';
    case 'BIGINT':
      return 'i64';
    case 'DECIMAL':
      return type.precision <= 18 ? 'i64' : 'i128';
    case 'FLOAT':
      return 'f32';
    case 'DOUBLE':
    case 'INTERVAL_DAY_TIME':
      return 'f64';
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return type.precision <= 3 ? 'f64' : 'ts';
    case 'CHAR':
    case 'VARCHAR':
    case 'VARIANT':
      return 'str';
    case 'BINARY':
    case 'VARBINARY':
    case 'BITMAP':
      return 'bin';
    case 'ARRAY':
      return 'list';
    case 'MAP':
    case 'MULTISET':
      return 'map';
    case 'ROW':
      return 'row';
    case 'DESCRIPTOR':
      throw new Error('Millrace bug: a DESCRIPTOR has no column');
    default:
      return unreachable(type);
  }
}
