/** Single values out of columns: for the interpreter, display, row UDFs and tests. Loops over many rows read the typed arrays themselves. */
import { MapValue, type Value } from '../types/value.ts';
import { unreachable } from '../assert.ts';
import type { Column, I128Column, StringColumn, ViewStringColumn } from './column.ts';

/** Position `i` as a Value (see types/value.ts); NULL is null. */
export function valueAt(column: Column, i: number): Value {
  if (column.valid !== undefined && column.valid[i] === 0) return null;
  switch (column.storage) {
    case 'u8':
      return column.values[i] === 1;
    case 'i32':
      return column.type.kind === 'NULL' ? null : column.values[i]!;
    case 'i64':
      return column.values[i]!;
    case 'f32':
    case 'f64':
      return column.values[i]!;
    case 'i128':
      return i128At(column, i);
    case 'ts':
      return BigInt(column.values[i]!) * 1_000_000n + BigInt(column.nanos[i]!);
    case 'str':
      return stringAt(column, i);
    case 'bin':
      return column.bytes.subarray(column.starts[i]!, column.ends[i]!);
    case 'list': {
      const items: Value[] = [];
      for (let j = column.offsets[i]!; j < column.offsets[i + 1]!; j++) items.push(valueAt(column.child, j));
      return items;
    }
    case 'map': {
      const entries: (readonly [Value, Value])[] = [];
      for (let j = column.offsets[i]!; j < column.offsets[i + 1]!; j++) {
        entries.push([valueAt(column.keys, j), valueAt(column.items, j)]);
      }
      return new MapValue(entries);
    }
    case 'row':
      return column.children.map((child) => valueAt(child, i));
    default:
      return unreachable(column);
  }
}

/** The unscaled value of a wide DECIMAL; the position must not be NULL. */
export function i128At(column: I128Column, i: number): bigint {
  const low = column.values[i]!;
  return column.high === undefined ? low : (column.high[i]! << 64n) | BigInt.asUintN(64, low);
}

/** All positions of a column. */
export function valuesOf(column: Column): Value[] {
  return Array.from({ length: column.length }, (_, i) => valueAt(column, i));
}

/** The string at position `i`; null for NULL. */
export function stringAt(column: StringColumn, i: number): string | null {
  if (column.valid !== undefined && column.valid[i] === 0) return null;
  switch (column.encoding) {
    case 'view':
      return decodeView(column, i);
    case 'dict':
      return column.dictionary.strings[column.codes[i]!] ?? null;
    case 'js':
      return column.values[i] ?? null;
    default:
      return unreachable(column);
  }
}

/** All strings of a column; null for NULL. A 'js' column gives its own array, so do not write to the result. */
export function stringsOf(column: StringColumn): readonly (string | null)[] {
  const { length, valid } = column;
  if (column.encoding === 'js' && column.values.length === length && valid === undefined) return column.values;
  const result = new Array<string | null>(length);
  for (let i = 0; i < length; i++) result[i] = stringAt(column, i);
  return result;
}

/** The string of bytes[start .. end) in UTF-8; malformed bytes become U+FFFD. `ascii` promises that all bytes are below 0x80. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number, ascii: boolean): string {
  if (start === end) return '';
  return ascii ? latin1Slice.call(bytes, start, end) : utf8Slice.call(bytes, start, end);
}

function decodeView(column: ViewStringColumn, i: number): string {
  return decodeUtf8(column.bytes, column.starts[i]!, column.ends[i]!, column.ascii);
}

// Buffer's native slices work on any Uint8Array, keep a byte order mark, and cost a third of a TextDecoder call on short strings.
type NativeSlice = (this: Uint8Array, start: number, end: number) => string;
const { latin1Slice, utf8Slice } = Buffer.prototype as unknown as { latin1Slice: NativeSlice; utf8Slice: NativeSlice };
