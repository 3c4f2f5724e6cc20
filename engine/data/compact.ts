/** Batches that hold no more than their rows: for states, which must not drag a source's buffers and dictionaries along. */
import type { Batch } from './batch.ts';
import type { BinColumn, Column, ViewStringColumn } from './column.ts';
import { stringsOf } from './column-read.ts';
import { sliceColumn } from './take.ts';

/** The same rows as plain data: arrays of the batch's length, views over their own bytes alone, dictionaries as strings. Memory may be shared. */
export function compactBatch({ length, columns, kinds }: Batch): Batch {
  return { length, columns: columns.map(compactColumn), kinds: kinds?.subarray(0, length) };
}

function compactColumn(column: Column): Column {
  const { type, length } = column;
  const valid = column.valid?.subarray(0, length);
  const base = { type, length, valid };
  switch (column.storage) {
    case 'u8':
      return { ...base, storage: 'u8', values: column.values.subarray(0, length) };
    case 'i32':
      return { ...base, storage: 'i32', values: column.values.subarray(0, length) };
    case 'i64':
      return { ...base, storage: 'i64', values: column.values.subarray(0, length) };
    case 'f32':
      return { ...base, storage: 'f32', values: column.values.subarray(0, length) };
    case 'f64':
      return { ...base, storage: 'f64', values: column.values.subarray(0, length) };
    case 'i128': {
      const high = column.high?.subarray(0, length);
      return { ...base, storage: 'i128', values: column.values.subarray(0, length), high };
    }
    case 'ts': {
      const nanos = column.nanos.subarray(0, length);
      return { ...base, storage: 'ts', values: column.values.subarray(0, length), nanos };
    }
    case 'bin':
      return { ...base, storage: 'bin', ...gather(column) };
    case 'str':
      if (column.encoding === 'view') {
        return { ...base, storage: 'str', encoding: 'view', ascii: column.ascii, ...gather(column) };
      }
      return { ...base, storage: 'str', encoding: 'js', values: stringsOf(column).slice(0, length) };
    case 'list': {
      const { from, offsets } = shifted(column.offsets, length);
      return { ...base, storage: 'list', offsets, child: part(column.child, from, offsets[length]!) };
    }
    case 'map': {
      const { from, offsets } = shifted(column.offsets, length);
      const keys = part(column.keys, from, offsets[length]!);
      return { ...base, storage: 'map', offsets, keys, items: part(column.items, from, offsets[length]!) };
    }
    case 'row':
      return { ...base, storage: 'row', children: column.children.map(compactColumn) };
  }
}

const part = (column: Column, from: number, length: number): Column =>
  compactColumn(from === 0 && length === column.length ? column : sliceColumn(column, from, from + length));

function shifted(offsets: Int32Array, length: number): { from: number; offsets: Int32Array } {
  const from = offsets[0]!;
  return { from, offsets: offsets.slice(0, length + 1).map((offset) => offset - from) };
}

/** The bytes of the values alone, one behind the other. */
function gather(column: ViewStringColumn | BinColumn): Pick<BinColumn, 'bytes' | 'starts' | 'ends'> {
  const { length, valid } = column;
  const isValue = (i: number): boolean => valid === undefined || valid[i] !== 0;
  let total = 0;
  for (let i = 0; i < length; i++) if (isValue(i)) total += column.ends[i]! - column.starts[i]!;
  const bytes = new Uint8Array(total);
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  let at = 0;
  for (let i = 0; i < length; i++) {
    starts[i] = at;
    if (isValue(i)) {
      bytes.set(column.bytes.subarray(column.starts[i]!, column.ends[i]!), at);
      at += column.ends[i]! - column.starts[i]!;
    }
    ends[i] = at;
  }
  return { bytes, starts, ends };
}
