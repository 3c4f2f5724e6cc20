/**
 * Batches to and from Arrow IPC streams: how tables reach Python and come back. Fixed-width columns are handed over as they are; strings
 * and bits are repacked once, because Arrow's layout differs.
 */
import {
  Binary,
  Bool,
  type Data,
  DateDay,
  Decimal,
  Field,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  List,
  Map_,
  RecordBatch,
  Schema as ArrowSchema,
  Struct,
  Table,
  TimeMillisecond,
  TimestampMillisecond,
  TimestampNanosecond,
  DataType as ArrowType,
  Utf8,
  type Vector,
  makeData,
  tableFromIPC,
  tableToIPC,
} from 'apache-arrow';
import { unreachable } from '../assert.ts';
import { MillraceError } from '../errors.ts';
import type { Schema } from '../types/schema.ts';
import * as types from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import { MapValue, type Value } from '../types/value.ts';
import type { Batch } from './batch.ts';
import type { Column } from './column.ts';
import { columnOf } from './column-builder.ts';
import { valueAt } from './column-read.ts';

/** An Arrow IPC stream of the batches. TIMESTAMP has no zone, TIMESTAMP_LTZ has UTC; intervals are their months or milliseconds as numbers. */
export function toArrow(schema: Schema, batches: readonly Batch[]): Uint8Array {
  const fields = schema.map(({ name, type }) => new Field(name, arrowType(type), true));
  const struct = new Struct(fields);
  const arrowSchema = new ArrowSchema(fields);
  const parts = batches.map((batch) => {
    const children = batch.columns.map((column, i) => dataOf(column, schema[i]!.type, batch.length));
    return new RecordBatch(arrowSchema, makeData({ type: struct, length: batch.length, nullCount: 0, children }));
  });
  return tableToIPC(new Table(arrowSchema, parts), 'stream');
}

function arrowType(type: DataType): ArrowType {
  switch (type.kind) {
    case 'BOOLEAN':
      return new Bool();
    case 'TINYINT':
      return new Int8();
    case 'SMALLINT':
      return new Int16();
    case 'NULL':
    case 'INT':
    case 'INTERVAL_YEAR_MONTH':
      return new Int32();
    case 'BIGINT':
      return new Int64();
    case 'FLOAT':
      return new Float32();
    case 'DOUBLE':
    case 'INTERVAL_DAY_TIME':
      return new Float64();
    case 'DECIMAL':
      return new Decimal(type.scale, type.precision, 128);
    case 'CHAR':
    case 'VARCHAR':
    case 'VARIANT':
      return new Utf8();
    case 'BINARY':
    case 'VARBINARY':
    case 'BITMAP':
      return new Binary();
    case 'DATE':
      return new DateDay();
    case 'TIME':
      return new TimeMillisecond();
    case 'TIMESTAMP':
      return type.precision <= 3 ? new TimestampMillisecond() : new TimestampNanosecond();
    case 'TIMESTAMP_LTZ':
      return type.precision <= 3 ? new TimestampMillisecond('UTC') : new TimestampNanosecond('UTC');
    case 'ARRAY':
      return new List(new Field('item', arrowType(type.element), true));
    case 'MAP':
      return mapType(type.key, type.value);
    case 'MULTISET':
      return mapType(type.element, { kind: 'INT', nullable: false });
    case 'ROW':
      return new Struct(type.fields.map((field) => new Field(field.name, arrowType(field.type), true)));
    case 'DESCRIPTOR':
      throw new MillraceError('SQL_TYPE', 'a DESCRIPTOR cannot leave the query');
    default:
      return unreachable(type);
  }
}

function mapType(key: DataType, value: DataType): ArrowType {
  const entries = new Struct<never>([
    new Field('key', arrowType(key), false),
    new Field('value', arrowType(value), true),
  ] as never);
  return new Map_(new Field('entries', entries, false) as never) as ArrowType;
}

function dataOf(column: Column, type: DataType, length: number): Data {
  const arrow = arrowType(type);
  const { bitmap, nulls } = bitsOf(column.valid, length);
  const base = { type: arrow, length, nullCount: nulls, nullBitmap: bitmap } as never as { type: ArrowType };
  const make = (rest: object): Data => makeData({ ...base, ...rest } as never);
  switch (column.storage) {
    case 'u8':
      return make({ data: bitsOf(column.values, length).bitmap ?? allOnes(length) });
    case 'i32':
      return make({ data: narrow(column.values.slice(0, length), type) });
    case 'f32':
    case 'f64':
      return make({
        data: type.kind.startsWith('TIMESTAMP') ? millis(column.values, length) : column.values.slice(0, length),
      });
    case 'i64':
      return type.kind === 'DECIMAL'
        ? make({ data: wide(column.values, undefined, length) })
        : make({ data: column.values.slice(0, length) });
    case 'i128':
      return make({ data: wide(column.values, column.high, length) });
    case 'ts':
      return make({ data: nanoseconds(column.values, column.nanos, length) });
    case 'str':
    case 'bin':
      return make(packed(column, length));
    case 'list':
    case 'map':
    case 'row':
      return make(nested(column, type, length));
  }
}

/** One bit a row from one byte a row; undefined when every byte is 1. */
function bitsOf(bytes: Uint8Array | undefined, length: number): { bitmap: Uint8Array | undefined; nulls: number } {
  if (bytes === undefined) return { bitmap: undefined, nulls: 0 };
  const bitmap = new Uint8Array((length + 7) >> 3);
  let ones = 0;
  for (let i = 0; i < length; i++) {
    if (bytes[i] === 0) continue;
    bitmap[i >> 3]! |= 1 << (i & 7);
    ones++;
  }
  return { bitmap, nulls: length - ones };
}
const allOnes = (length: number): Uint8Array => new Uint8Array((length + 7) >> 3).fill(255);

function narrow(values: Int32Array, type: DataType): Int8Array | Int16Array | Int32Array {
  return type.kind === 'TINYINT' ? Int8Array.from(values) : type.kind === 'SMALLINT' ? Int16Array.from(values) : values;
}
function millis(values: Float32Array | Float64Array, length: number): BigInt64Array {
  return BigInt64Array.from({ length }, (_, i) => BigInt(Math.trunc(values[i]!) || 0));
}
function nanoseconds(values: Float64Array, nanos: Int32Array, length: number): BigInt64Array {
  return BigInt64Array.from({ length }, (_, i) => BigInt(values[i] || 0) * 1_000_000n + BigInt(nanos[i]!));
}
/** 128-bit little endian, as 32-bit words. */
function wide(values: BigInt64Array, high: BigInt64Array | undefined, length: number): Uint32Array {
  const words = new BigInt64Array(length * 2);
  for (let i = 0; i < length; i++) {
    words[2 * i] = values[i]!;
    words[2 * i + 1] = high?.[i] ?? (values[i]! < 0n ? -1n : 0n);
  }
  return new Uint32Array(words.buffer);
}

function packed(column: Extract<Column, { storage: 'str' | 'bin' }>, length: number): object {
  const parts: Uint8Array[] = [];
  const valueOffsets = new Int32Array(length + 1);
  let total = 0;
  for (let i = 0; i < length; i++) {
    const value = valueAt(column, i);
    if (value !== null) {
      const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : (value as Uint8Array);
      parts.push(bytes);
      total += bytes.length;
    }
    valueOffsets[i + 1] = total;
  }
  return { valueOffsets, data: new Uint8Array(Buffer.concat(parts)) };
}

function nested(column: Extract<Column, { storage: 'list' | 'map' | 'row' }>, type: DataType, length: number): object {
  if (column.storage === 'row' && type.kind === 'ROW') {
    return { children: column.children.map((child, i) => dataOf(child, type.fields[i]!.type, length)) };
  }
  if (column.storage === 'list' && type.kind === 'ARRAY') {
    return {
      valueOffsets: column.offsets.slice(0, length + 1),
      child: dataOf(column.child, type.element, column.child.length),
    };
  }
  if (column.storage === 'map' && (type.kind === 'MAP' || type.kind === 'MULTISET')) {
    const [key, value]: [DataType, DataType] =
      type.kind === 'MAP' ? [type.key, type.value] : [type.element, { kind: 'INT', nullable: false }];
    const count = column.keys.length;
    const entries = (arrowType(type) as Map_).children[0]!.type;
    const children = [dataOf(column.keys, key, count), dataOf(column.items, value, count)];
    const child = makeData({ type: entries as Struct, length: count, nullCount: 0, children });
    return { valueOffsets: column.offsets.slice(0, length + 1), child };
  }
  throw new MillraceError('SQL_TYPE', `a ${type.kind} cannot be handed to Arrow`);
}

/** The tables of an Arrow IPC stream or file: schema and one batch a record batch. Unsigned 64-bit integers become DECIMAL(20, 0); durations BIGINT. */
export function fromArrow(bytes: Uint8Array): { readonly schema: Schema; readonly batches: readonly Batch[] } {
  const table = tableFromIPC(bytes);
  const schema: Schema = table.schema.fields.map((field) => ({
    name: field.name,
    type: types.withNullable(sqlType(field.type, field.name), field.nullable),
  }));
  const batches = table.batches.map((part): Batch => {
    const columns = schema.map(({ type }, i) => columnFrom(part.getChildAt(i)!, type));
    return { length: part.numRows, columns, kinds: undefined };
  });
  return { schema, batches };
}

function sqlType(type: ArrowType, name: string): DataType {
  if (ArrowType.isNull(type)) return types.STRING;
  if (ArrowType.isBool(type)) return types.BOOLEAN;
  if (ArrowType.isInt(type)) {
    if (type.bitWidth === 64) return type.isSigned ? types.BIGINT : types.DECIMAL(20, 0);
    if (type.bitWidth === 32) return type.isSigned ? types.INT : types.BIGINT;
    if (type.bitWidth === 16) return type.isSigned ? types.SMALLINT : types.INT;
    return type.isSigned ? types.TINYINT : types.SMALLINT;
  }
  if (ArrowType.isFloat(type)) return type.precision === 2 ? types.DOUBLE : types.FLOAT;
  if (ArrowType.isUtf8(type) || ArrowType.isLargeUtf8(type)) return types.STRING;
  if (ArrowType.isBinary(type) || ArrowType.isLargeBinary(type)) return types.BYTES;
  if (ArrowType.isDate(type)) return types.DATE;
  if (ArrowType.isTime(type)) return types.TIME(3);
  if (ArrowType.isTimestamp(type)) {
    // Seconds and milliseconds fit the fast form; pandas' nanoseconds need the wide one.
    const precision = [0, 3, 6, 9][type.unit]!;
    return type.timezone ? types.TIMESTAMP_LTZ(precision) : types.TIMESTAMP(precision);
  }
  if (ArrowType.isDecimal(type)) return types.DECIMAL(type.precision, type.scale);
  if (ArrowType.isDuration(type)) return types.BIGINT;
  if (ArrowType.isDictionary(type)) return sqlType(type.dictionary, name);
  if (ArrowType.isList(type)) return types.ARRAY(sqlType(type.children[0]!.type, name));
  if (ArrowType.isMap(type)) {
    const [key, value] = (type.children[0]!.type as Struct).children as [Field, Field];
    return types.MAP(types.notNull(sqlType(key.type, name)), sqlType(value.type, name));
  }
  if (ArrowType.isStruct(type)) {
    return types.ROW(type.children.map((field) => ({ name: field.name, type: sqlType(field.type, name) })));
  }
  throw new MillraceError('SQL_TYPE', `column "${name}" has Arrow type ${String(type)}, which has no SQL form`);
}

function columnFrom(vector: Vector, type: DataType): Column {
  const [data] = vector.data;
  // A fixed-width column without NULLs is Arrow's own buffer.
  if (vector.data.length === 1 && data!.nullCount === 0) {
    const { values } = data! as { values: unknown };
    const base = { type, length: vector.length, valid: undefined };
    if (type.kind === 'BIGINT' && values instanceof BigInt64Array) return { ...base, storage: 'i64', values };
    if (type.kind === 'DOUBLE' && values instanceof Float64Array) return { ...base, storage: 'f64', values };
    if (type.kind === 'FLOAT' && values instanceof Float32Array) return { ...base, storage: 'f32', values };
    if (type.kind === 'INT' && values instanceof Int32Array) return { ...base, storage: 'i32', values };
  }
  const read = reader(vector.type as ArrowType, type);
  return columnOf(
    type,
    Array.from({ length: vector.length }, (_, i) => read(vector.get(i) as unknown)),
  );
}

/** Arrow's JavaScript form of a value → ours. */
function reader(arrow: ArrowType, type: DataType): (value: unknown) => Value {
  const notNull = convert(arrow, type);
  return (value) => (value === null || value === undefined ? null : notNull(value));
}

function convert(arrow: ArrowType, type: DataType): (value: unknown) => Value {
  if (ArrowType.isDictionary(arrow)) return convert(arrow.dictionary, type);
  switch (type.kind) {
    case 'BIGINT':
      return (value) => BigInt(value as number | bigint);
    case 'DATE':
      return (value) => Math.floor(Number(value) / 86_400_000);
    case 'TIME': {
      const divisor = ArrowType.isTime(arrow) ? [1 / 1000, 1, 1000, 1_000_000][arrow.unit]! : 1;
      return (value) => Math.floor(Number(value) / divisor);
    }
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      // Arrow gives milliseconds as a number, with a fraction for finer units; the raw integer is exact.
      return type.precision <= 3
        ? (value) => Number(value)
        : (value) => BigInt(Math.round(Number(value) * 1000)) * 1000n;
    case 'DECIMAL':
      return ArrowType.isDecimal(arrow)
        ? (value) => decimalWords(value as Uint32Array)
        : (value) => BigInt(value as bigint);
    case 'ARRAY': {
      const item = reader((arrow as List).children[0]!.type, type.element);
      return (value) => Array.from(value as Iterable<unknown>, item);
    }
    case 'ROW': {
      const items = type.fields.map((field, i) => reader((arrow as Struct).children[i]!.type, field.type));
      return (value) => type.fields.map((field, i) => items[i]!((value as Record<string, unknown>)[field.name]));
    }
    case 'MAP': {
      const [keyField, valueField] = ((arrow as Map_).children[0]!.type as Struct).children as [Field, Field];
      const key = reader(keyField.type, type.key);
      const item = reader(valueField.type, type.value);
      return (value) => new MapValue([...(value as Iterable<[unknown, unknown]>)].map(([k, v]) => [key(k), item(v)]));
    }
    default:
      return (value) => value as Value;
  }
}

function decimalWords(words: Uint32Array): bigint {
  let value = 0n;
  for (let i = words.length - 1; i >= 0; i--) value = (value << 32n) | BigInt(words[i]!);
  return BigInt.asIntN(words.length * 32, value);
}
