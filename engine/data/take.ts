/** Rows picked out of columns and columns put together, for every storage, by loops over typed arrays. */
import { unreachable } from '../assert.ts';
import type {
  BinColumn,
  Column,
  DictStringColumn,
  I128Column,
  JsStringColumn,
  ListColumn,
  MapColumn,
  RowColumn,
  StringColumn,
  TsColumn,
  ViewStringColumn,
} from './column.ts';
import { columnOf } from './column-builder.ts';
import { stringAt, valuesOf } from './column-read.ts';

// Columns are written out field by field: with spread objects making a column takes longer than filling it.

/** The column of rows indices[0], ..., indices[n - 1]. An index may repeat. Bytes and dictionaries are shared, not copied. */
export function takeColumn(column: Column, indices: Int32Array, n: number = indices.length): Column {
  const { type, storage } = column;
  const length = n;
  const valid = column.valid && takeValid(column.valid, indices, n);
  switch (storage) {
    case 'u8':
      return { type, length, valid, storage, values: takeBytes(column.values, indices, n) };
    case 'i32':
      return { type, length, valid, storage, values: takeI32(column.values, indices, n) };
    case 'i64':
      return { type, length, valid, storage, values: takeI64(column.values, indices, n) };
    case 'f32':
      return { type, length, valid, storage, values: takeF32(column.values, indices, n) };
    case 'f64':
      return { type, length, valid, storage, values: takeF64(column.values, indices, n) };
    case 'i128': {
      const values = takeI64(column.values, indices, n);
      const high = column.high && takeI64(column.high, indices, n);
      return { type, length, valid, storage, values, high };
    }
    case 'ts': {
      const values = takeF64(column.values, indices, n);
      return { type, length, valid, storage, values, nanos: takeI32(column.nanos, indices, n) };
    }
    case 'str':
      return takeString(column, valid, indices, n);
    case 'bin': {
      const starts = takeI32(column.starts, indices, n);
      return { type, length, valid, storage, bytes: column.bytes, starts, ends: takeI32(column.ends, indices, n) };
    }
    case 'list': {
      const { offsets, inner } = takeRanges(column.offsets, indices, n);
      return { type, length, valid, storage, offsets, child: takeColumn(column.child, inner) };
    }
    case 'map': {
      const { offsets, inner } = takeRanges(column.offsets, indices, n);
      const keys = takeColumn(column.keys, inner);
      return { type, length, valid, storage, offsets, keys, items: takeColumn(column.items, inner) };
    }
    case 'row': {
      const children = column.children.map((child) => takeColumn(child, indices, n));
      return { type, length, valid, storage, children };
    }
    default:
      return unreachable(column);
  }
}

function takeString(
  column: StringColumn,
  valid: Uint8Array | undefined,
  indices: Int32Array,
  length: number,
): StringColumn {
  const { type, storage, encoding } = column;
  switch (encoding) {
    case 'view': {
      const { bytes, ascii } = column;
      const starts = takeI32(column.starts, indices, length);
      const ends = takeI32(column.ends, indices, length);
      return { type, length, valid, storage, encoding, bytes, starts, ends, ascii };
    }
    case 'dict': {
      const codes = takeI32(column.codes, indices, length);
      return { type, length, valid, storage, encoding, codes, dictionary: column.dictionary };
    }
    case 'js':
      return { type, length, valid, storage, encoding, values: takeStrings(column.values, indices, length) };
    default:
      return unreachable(column);
  }
}

/** undefined when none of the rows is NULL: loops behind a filter for one kind of event then need not look. */
function takeValid(valid: Uint8Array, indices: Int32Array, n: number): Uint8Array | undefined {
  for (let i = 0; i < n; i++) if (valid[indices[i]!] === 0) return takeBytes(valid, indices, n);
  return undefined;
}

// One function per array type: shared generic code would go megamorphic and run at a tenth of the speed.
export function takeBytes(values: Uint8Array, indices: Int32Array, n: number): Uint8Array {
  const result = new Uint8Array(n);
  for (let i = 0; i < n; i++) result[i] = values[indices[i]!]!;
  return result;
}
function takeI32(values: Int32Array, indices: Int32Array, n: number): Int32Array {
  const result = new Int32Array(n);
  for (let i = 0; i < n; i++) result[i] = values[indices[i]!]!;
  return result;
}
function takeI64(values: BigInt64Array, indices: Int32Array, n: number): BigInt64Array {
  const result = new BigInt64Array(n);
  for (let i = 0; i < n; i++) result[i] = values[indices[i]!]!;
  return result;
}
function takeF32(values: Float32Array, indices: Int32Array, n: number): Float32Array {
  const result = new Float32Array(n);
  for (let i = 0; i < n; i++) result[i] = values[indices[i]!]!;
  return result;
}
function takeF64(values: Float64Array, indices: Int32Array, n: number): Float64Array {
  const result = new Float64Array(n);
  for (let i = 0; i < n; i++) result[i] = values[indices[i]!]!;
  return result;
}
function takeStrings(values: readonly (string | null)[], indices: Int32Array, n: number): (string | null)[] {
  const result = new Array<string | null>(n);
  for (let i = 0; i < n; i++) result[i] = values[indices[i]!]!;
  return result;
}

/** For lists: the new offsets, and the positions of the children to take. */
function takeRanges(offsets: Int32Array, indices: Int32Array, n: number): { offsets: Int32Array; inner: Int32Array } {
  const taken = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) taken[i + 1] = taken[i]! + offsets[indices[i]! + 1]! - offsets[indices[i]!]!;
  const inner = new Int32Array(taken[n]!);
  let k = 0;
  for (let i = 0; i < n; i++) {
    const end = offsets[indices[i]! + 1]!;
    for (let j = offsets[indices[i]!]!; j < end; j++) inner[k++] = j;
  }
  return { offsets: taken, inner };
}

/** Rows start .. end (exclusive) without copying. */
export function sliceColumn(column: Column, start: number, end: number): Column {
  if (start === 0 && end === column.length) return column;
  const head = { type: column.type, length: end - start, valid: column.valid?.subarray(start, end) };
  switch (column.storage) {
    case 'u8':
      return { ...column, ...head, values: column.values.subarray(start, end) };
    case 'i32':
      return { ...column, ...head, values: column.values.subarray(start, end) };
    case 'i64':
      return { ...column, ...head, values: column.values.subarray(start, end) };
    case 'f32':
      return { ...column, ...head, values: column.values.subarray(start, end) };
    case 'f64':
      return { ...column, ...head, values: column.values.subarray(start, end) };
    case 'i128':
      return {
        ...column,
        ...head,
        values: column.values.subarray(start, end),
        high: column.high?.subarray(start, end),
      };
    case 'ts':
      return {
        ...column,
        ...head,
        values: column.values.subarray(start, end),
        nanos: column.nanos.subarray(start, end),
      };
    case 'str':
      switch (column.encoding) {
        case 'view':
          return {
            ...column,
            ...head,
            starts: column.starts.subarray(start, end),
            ends: column.ends.subarray(start, end),
          };
        case 'dict':
          return { ...column, ...head, codes: column.codes.subarray(start, end) };
        case 'js':
          return { ...column, ...head, values: column.values.slice(start, end) };
        default:
          return unreachable(column);
      }
    case 'bin':
      return { ...column, ...head, starts: column.starts.subarray(start, end), ends: column.ends.subarray(start, end) };
    case 'list':
    case 'map':
      return { ...column, ...head, offsets: column.offsets.subarray(start, end + 1) };
    case 'row':
      return { ...column, ...head, children: column.children.map((child) => sliceColumn(child, start, end)) };
    default:
      return unreachable(column);
  }
}

/** One column of all rows in order. All columns have the same type; there is at least one. */
export function concatColumns(columns: readonly Column[]): Column {
  const first = columns[0]!;
  if (columns.length === 1) return first;
  const length = columns.reduce((sum, column) => sum + column.length, 0);
  const head = { type: first.type, length, valid: concatValid(columns, length) };
  switch (first.storage) {
    case 'u8':
      return {
        ...first,
        ...head,
        values: concatInto(new Uint8Array(length), columns, (c) => (c as typeof first).values),
      };
    case 'i32':
      return {
        ...first,
        ...head,
        values: concatInto(new Int32Array(length), columns, (c) => (c as typeof first).values),
      };
    case 'i64':
      return {
        ...first,
        ...head,
        values: concatInto(new BigInt64Array(length), columns, (c) => (c as typeof first).values),
      };
    case 'f32':
      return {
        ...first,
        ...head,
        values: concatInto(new Float32Array(length), columns, (c) => (c as typeof first).values),
      };
    case 'f64':
      return {
        ...first,
        ...head,
        values: concatInto(new Float64Array(length), columns, (c) => (c as typeof first).values),
      };
    case 'i128':
      return { ...first, ...head, ...concatWide(columns as readonly I128Column[], length) };
    case 'ts':
      return {
        ...first,
        ...head,
        values: concatInto(new Float64Array(length), columns, (c) => (c as TsColumn).values),
        nanos: concatInto(new Int32Array(length), columns, (c) => (c as TsColumn).nanos),
      };
    case 'str':
      return concatStrings(columns as readonly StringColumn[], head);
    case 'bin':
      return { ...first, ...head, ...concatBytes(columns as readonly BinColumn[], length) };
    case 'list':
      return {
        ...first,
        ...head,
        offsets: concatOffsets(columns as readonly ListColumn[], length),
        child: concatColumns((columns as readonly ListColumn[]).map((c) => covered(c.child, c))),
      };
    case 'map':
      return {
        ...first,
        ...head,
        offsets: concatOffsets(columns as readonly MapColumn[], length),
        keys: concatColumns((columns as readonly MapColumn[]).map((c) => covered(c.keys, c))),
        items: concatColumns((columns as readonly MapColumn[]).map((c) => covered(c.items, c))),
      };
    case 'row': {
      const rows = columns as readonly RowColumn[];
      return {
        ...first,
        ...head,
        children: first.children.map((_, j) => concatColumns(rows.map((c) => c.children[j]!))),
      };
    }
    default:
      return unreachable(first);
  }
}

interface Head {
  readonly type: Column['type'];
  readonly length: number;
  readonly valid: Uint8Array | undefined;
}

function concatValid(columns: readonly Column[], length: number): Uint8Array | undefined {
  if (columns.every((column) => column.valid === undefined)) return undefined;
  const valid = new Uint8Array(length).fill(1);
  let at = 0;
  for (const column of columns) {
    if (column.valid !== undefined) valid.set(column.valid.subarray(0, column.length), at);
    at += column.length;
  }
  return valid;
}

type AnyArray = Uint8Array | Int32Array | BigInt64Array | Float32Array | Float64Array;
function concatInto<A extends AnyArray>(result: A, columns: readonly Column[], values: (column: Column) => A): A {
  let at = 0;
  for (const column of columns) {
    (result as Uint8Array).set(values(column).subarray(0, column.length) as Uint8Array, at);
    at += column.length;
  }
  return result;
}

function concatWide(columns: readonly I128Column[], length: number): Pick<I128Column, 'values' | 'high'> {
  const values = concatInto(new BigInt64Array(length), columns, (c) => (c as I128Column).values);
  if (columns.every((column) => column.high === undefined)) return { values, high: undefined };
  const high = new BigInt64Array(length);
  let at = 0;
  for (const column of columns) {
    if (column.high !== undefined) high.set(column.high.subarray(0, column.length), at);
    else for (let i = 0; i < column.length; i++) high[at + i] = column.values[i]! >> 63n;
    at += column.length;
  }
  return { values, high };
}

function concatStrings(columns: readonly StringColumn[], head: Head): StringColumn {
  const first = columns[0]!;
  if (first.encoding === 'dict' && columns.every((c) => c.encoding === 'dict' && c.dictionary === first.dictionary)) {
    const codes = concatInto(new Int32Array(head.length), columns, (c) => (c as DictStringColumn).codes);
    return { ...first, ...head, codes };
  }
  if (columns.every((c) => c.encoding === 'view')) {
    const views = columns as readonly ViewStringColumn[];
    const ascii = views.every((c) => c.ascii);
    return { ...head, storage: 'str', encoding: 'view', ascii, ...concatBytes(views, head.length) };
  }
  const values: (string | null)[] = [];
  for (const column of columns) {
    for (let i = 0; i < column.length; i++) values.push(stringAt(column, i));
  }
  return { ...head, storage: 'str', encoding: 'js', values } satisfies JsStringColumn;
}

type ByteViews = Pick<BinColumn, 'bytes' | 'starts' | 'ends' | 'valid' | 'length'>;
function concatBytes(columns: readonly ByteViews[], length: number): Pick<BinColumn, 'bytes' | 'starts' | 'ends'> {
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  const { bytes } = columns[0]!;
  const shared = columns.every((column) => column.bytes === bytes);
  let total = 0;
  let at = 0;
  for (const column of columns) {
    for (let i = 0; i < column.length; i++, at++) {
      if (column.valid !== undefined && column.valid[i] === 0) continue;
      starts[at] = shared ? column.starts[i]! : total;
      total += column.ends[i]! - column.starts[i]!;
      ends[at] = shared ? column.ends[i]! : total;
    }
  }
  if (shared) return { bytes, starts, ends };
  const joined = new Uint8Array(total);
  at = 0;
  for (const column of columns) {
    for (let i = 0; i < column.length; i++, at++) {
      if (starts[at] === ends[at]) continue;
      joined.set(column.bytes.subarray(column.starts[i]!, column.ends[i]!), starts[at]!);
    }
  }
  return { bytes: joined, starts, ends };
}

function concatOffsets(columns: readonly (ListColumn | MapColumn)[], length: number): Int32Array {
  const offsets = new Int32Array(length + 1);
  let at = 0;
  for (const column of columns) {
    const shift = offsets[at]! - column.offsets[0]!;
    for (let i = 1; i <= column.length; i++) offsets[at + i] = column.offsets[i]! + shift;
    at += column.length;
  }
  return offsets;
}

/** The part of a list's child that its rows use. */
function covered(child: Column, list: ListColumn | MapColumn): Column {
  return sliceColumn(child, list.offsets[0]!, list.offsets[list.length]!);
}

/** The same values in memory of their own: for state that must not keep a whole input chunk alive. Dictionaries stay shared. */
export function detachColumn(column: Column): Column {
  if (column.storage === 'str' && column.encoding !== 'view') return column;
  return columnOf(column.type, valuesOf(column));
}
