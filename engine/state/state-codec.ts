/**
 * State as bytes and back: plain data (what structuredClone takes), little-endian, typed arrays as they lie in memory at multiples of 8 bytes.
 *
 * What may stand in a state: null, undefined, booleans, numbers, bigints, strings, typed arrays, arrays, plain objects, Maps, Sets, MAP values,
 * and batches, which are packed column by column. Anything else is a bug of the operator whose state it is.
 */
import { endianness } from 'node:os';
import { assert } from '../assert.ts';
import type { Batch } from '../data/batch.ts';
import { compactBatch } from '../data/compact.ts';
import { MapValue } from '../types/value.ts';
import { ByteReader, ByteSink, LIST_KINDS, type NumberArray, numberArrays } from './state-bytes.ts';

const Tag = {
  Null: 0,
  Undefined: 1,
  False: 2,
  True: 3,
  Int: 4,
  Number: 5,
  Bigint: 6,
  String: 7,
  Array: 8,
  Object: 9,
  Map: 10,
  Set: 11,
  MapValue: 12,
  Numbers: 14,
  Strings: 15,
  Typed: 16,
} as const;

/** From this length on an array of one kind is packed. */
const PACKED = 8;

/** The bytes of a state, in pieces; pieces may be views of the state's own arrays, so write them before the state changes. */
export function encodeState(state: unknown): Uint8Array[] {
  assert(endianness() === 'LE', 'states are written by little-endian machines');
  const sink = new ByteSink();
  encode(state, sink);
  return sink.pieces();
}

/** The state again; its arrays are copies. Throws RangeError for bytes that end too early. */
export function decodeState(bytes: Uint8Array): unknown {
  const reader = new ByteReader(bytes);
  return decode(reader);
}

function encode(value: unknown, sink: ByteSink): void {
  switch (typeof value) {
    case 'undefined':
      return sink.byte(Tag.Undefined);
    case 'boolean':
      return sink.byte(value ? Tag.True : Tag.False);
    case 'number':
      if (Number.isInteger(value) && value === (value | 0) && !Object.is(value, -0)) {
        sink.byte(Tag.Int);
        return sink.int32(value);
      }
      sink.byte(Tag.Number);
      return sink.float64(value);
    case 'bigint':
      sink.byte(Tag.Bigint);
      return sink.text(value.toString(36));
    case 'string':
      sink.byte(Tag.String);
      return sink.text(value);
    case 'object':
      return value === null ? sink.byte(Tag.Null) : encodeObject(value, sink);
    default:
      throw new Error(`Millrace bug: a ${typeof value} cannot be kept in a state`);
  }
}

function encodeObject(value: object, sink: ByteSink): void {
  if (ArrayBuffer.isView(value)) {
    const kind = numberArrays.findIndex((Kind) => value instanceof Kind);
    assert(kind >= 0, `a ${value.constructor.name} cannot be kept in a state`);
    sink.byte(Tag.Typed);
    sink.byte(kind);
    return sink.array(value as NumberArray);
  }
  if (Array.isArray(value)) return encodeArray(value, sink);
  if (value instanceof MapValue) {
    sink.byte(Tag.MapValue);
    return encodeArray(value.entries, sink);
  }
  if (value instanceof Map) {
    sink.byte(Tag.Map);
    sink.uint32(value.size);
    for (const [key, item] of value) {
      encode(key, sink);
      encode(item, sink);
    }
    return;
  }
  if (value instanceof Set) {
    sink.byte(Tag.Set);
    sink.uint32(value.size);
    for (const item of value) encode(item, sink);
    return;
  }
  if (isBatch(value)) return encodeFields(compactBatch(value), sink);
  assert(Object.getPrototypeOf(value) === Object.prototype, `a ${value.constructor.name} cannot be kept in a state`);
  encodeFields(value, sink);
}

function encodeFields(value: object, sink: ByteSink): void {
  const entries = Object.entries(value);
  sink.byte(Tag.Object);
  sink.uint32(entries.length);
  for (const [key, item] of entries) {
    sink.text(key);
    encode(item, sink);
  }
}

function isBatch(value: object): value is Batch {
  const { length, columns } = value as Partial<Batch>;
  return typeof length === 'number' && Array.isArray(columns) && columns.every(isColumn);
}
const isColumn = (column: unknown): boolean =>
  typeof column === 'object' && column !== null && 'storage' in column && 'type' in column;

function encodeArray(items: readonly unknown[], sink: ByteSink): void {
  if (items.length >= PACKED && Object.keys(items).length === items.length) {
    if (items.every((item) => typeof item === 'number')) {
      sink.byte(Tag.Numbers);
      return sink.array(Float64Array.from(items));
    }
    if (items.every((item) => typeof item === 'string' || item === null)) {
      sink.byte(Tag.Strings);
      return sink.texts(items);
    }
  }
  sink.byte(Tag.Array);
  sink.uint32(items.length);
  for (let i = 0; i < items.length; i++) encode(items[i], sink);
}

function decode(reader: ByteReader): unknown {
  const tag = reader.byte();
  switch (tag) {
    case Tag.Null:
      return null;
    case Tag.Undefined:
      return undefined;
    case Tag.False:
      return false;
    case Tag.True:
      return true;
    case Tag.Int:
      return reader.int32();
    case Tag.Number:
      return reader.float64();
    case Tag.Bigint:
      return parseBigint(reader.text());
    case Tag.String:
      return reader.text();
    case Tag.Array:
      return decodeItems(reader);
    case Tag.Numbers:
      return Array.from(reader.array(LIST_KINDS.float64) as Float64Array);
    case Tag.Strings:
      return reader.texts();
    case Tag.Typed:
      return reader.array(reader.byte());
    case Tag.MapValue:
      return new MapValue(decode(reader) as MapValue['entries']);
    case Tag.Map: {
      const size = reader.uint32();
      const map = new Map<unknown, unknown>();
      for (let i = 0; i < size; i++) {
        const key = decode(reader);
        map.set(key, decode(reader));
      }
      return map;
    }
    case Tag.Set:
      return new Set(decodeItems(reader));
    case Tag.Object: {
      const size = reader.uint32();
      const object: Record<string, unknown> = {};
      for (let i = 0; i < size; i++) {
        const key = reader.text();
        object[key] = decode(reader);
      }
      return object;
    }
    default:
      throw new RangeError(`unknown tag ${tag} in a state`);
  }
}

function decodeItems(reader: ByteReader): unknown[] {
  const length = reader.uint32();
  const items: unknown[] = [];
  for (let i = 0; i < length; i++) items.push(decode(reader));
  return items;
}

/** The number of `toString(36)`. */
function parseBigint(text: string): bigint {
  const negative = text.startsWith('-');
  let value = 0n;
  for (const digit of negative ? text.slice(1) : text) value = value * 36n + BigInt(Number.parseInt(digit, 36));
  return negative ? -value : value;
}
