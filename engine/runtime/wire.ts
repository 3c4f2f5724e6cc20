/**
 * Batches on their way between threads. Every array is copied once into a buffer of its exact size, which is then transferred;
 * strings that are views keep only the bytes that are used; of a dictionary only the entries that the other side has not seen go along.
 */
import type { Batch } from '../data/batch.ts';
import { type BinColumn, type Column, Dictionary, type StringColumn, type ViewStringColumn } from '../data/column.ts';

/** What `postMessage` takes; opaque to everybody but BatchReceiver. */
export interface BatchMessage {
  readonly length: number;
  readonly kinds: Uint8Array | undefined;
  readonly columns: readonly WireColumn[];
}
type WireColumn = Column | WireDictColumn;
interface WireDictColumn {
  readonly storage: 'wire-dict';
  readonly type: Column['type'];
  readonly length: number;
  readonly valid: Uint8Array | undefined;
  readonly codes: Int32Array;
  readonly dictionary: number;
  /** Entries that follow those already sent. */
  readonly added: readonly (string | null)[];
}

type ViewColumn = ViewStringColumn | BinColumn;

/** One end of a port: remembers what the other end knows of each dictionary. */
export class BatchSender {
  readonly #sent = new Map<number, number>();

  /** The message and the buffers to transfer with it. The batch itself stays usable. */
  encode(batch: Batch): { message: BatchMessage; transfer: ArrayBuffer[] } {
    const transfer: ArrayBuffer[] = [];
    const bytes = new SharedBytes(batch.columns, transfer);
    const columns = batch.columns.map((column) => this.#column(column, bytes, transfer));
    return { message: { length: batch.length, kinds: own(batch.kinds, batch.length, transfer), columns }, transfer };
  }

  #column(column: Column, bytes: SharedBytes, transfer: ArrayBuffer[]): WireColumn {
    const { type, length } = column;
    const valid = own(column.valid, length, transfer);
    switch (column.storage) {
      case 'u8':
        return { ...column, valid, values: own(column.values, length, transfer) };
      case 'i32':
        return { ...column, valid, values: own(column.values, length, transfer) };
      case 'i64':
        return { ...column, valid, values: own(column.values, length, transfer) };
      case 'f32':
        return { ...column, valid, values: own(column.values, length, transfer) };
      case 'f64':
        return { ...column, valid, values: own(column.values, length, transfer) };
      case 'i128':
        return {
          ...column,
          valid,
          values: own(column.values, length, transfer),
          high: own(column.high, length, transfer),
        };
      case 'ts':
        return {
          ...column,
          valid,
          values: own(column.values, length, transfer),
          nanos: own(column.nanos, length, transfer),
        };
      case 'bin':
        return { ...column, valid, ...bytes.take(column, transfer) };
      case 'list':
        return {
          ...column,
          valid,
          offsets: own(column.offsets, length + 1, transfer),
          child: this.#column(column.child, bytes, transfer) as Column,
        };
      case 'map':
        return {
          ...column,
          valid,
          offsets: own(column.offsets, length + 1, transfer),
          keys: this.#column(column.keys, bytes, transfer) as Column,
          items: this.#column(column.items, bytes, transfer) as Column,
        };
      case 'row':
        return {
          ...column,
          valid,
          children: column.children.map((child) => this.#column(child, bytes, transfer) as Column),
        };
      case 'str':
        if (column.encoding === 'view') return { ...column, valid, ...bytes.take(column, transfer) };
        if (column.encoding === 'js') return { ...column, valid, values: column.values.slice(0, length) };
        return {
          storage: 'wire-dict',
          type,
          length,
          valid,
          codes: own(column.codes, length, transfer),
          dictionary: column.dictionary.id,
          added: this.#unsent(column.dictionary),
        };
    }
  }

  #unsent(dictionary: Dictionary): (string | null)[] {
    const from = this.#sent.get(dictionary.id) ?? 0;
    this.#sent.set(dictionary.id, dictionary.size);
    return dictionary.strings.slice(from);
  }
}

/** The other end: makes columns of messages; dictionaries keep their identity from message to message. */
export class BatchReceiver {
  readonly #dictionaries = new Map<number, Dictionary>();

  decode(message: BatchMessage): Batch {
    return {
      length: message.length,
      kinds: message.kinds,
      columns: message.columns.map((column) => this.#column(column)),
    };
  }

  #column(column: WireColumn): Column {
    switch (column.storage) {
      case 'wire-dict':
        return this.#dictColumn(column);
      case 'list':
        return { ...column, child: this.#column(column.child) };
      case 'map':
        return { ...column, keys: this.#column(column.keys), items: this.#column(column.items) };
      case 'row':
        return { ...column, children: column.children.map((child) => this.#column(child)) };
      default:
        return column;
    }
  }

  #dictColumn(column: WireDictColumn): StringColumn {
    let dictionary = this.#dictionaries.get(column.dictionary);
    if (dictionary === undefined) this.#dictionaries.set(column.dictionary, (dictionary = new Dictionary()));
    for (const text of column.added) dictionary.strings.push(text);
    const { type, length, valid, codes } = column;
    return { storage: 'str', encoding: 'dict', type, length, valid, codes, dictionary };
  }
}

/** A copy of the first `length` entries in a buffer of its own. */
function own<A extends Uint8Array | Int32Array | BigInt64Array | Float32Array | Float64Array | undefined>(
  array: A,
  length: number,
  transfer: ArrayBuffer[],
): A {
  if (array === undefined) return array;
  const copy = array.slice(0, length);
  transfer.push(copy.buffer as ArrayBuffer);
  return copy as A;
}

/** Bytes under view columns: several columns may look into one chunk, which then is copied once. */
class SharedBytes {
  readonly #ranges = new Map<Uint8Array, { from: number; to: number; used: number; copy: Uint8Array | undefined }>();

  constructor(columns: readonly Column[], transfer: ArrayBuffer[]) {
    for (const column of columns) this.#measure(column);
    for (const [bytes, range] of this.#ranges) {
      // A copy of the whole range is one memcpy; a sparse one (a selective filter) is gathered value by value.
      if (range.to - range.from <= 4 * range.used + 1024) {
        range.copy = bytes.slice(range.from, Math.max(range.from, range.to));
        transfer.push(range.copy.buffer as ArrayBuffer);
      }
    }
  }

  #measure(column: Column): void {
    if (column.storage === 'list') return this.#measure(column.child);
    if (column.storage === 'row') return column.children.forEach((child) => this.#measure(child));
    if (column.storage === 'map') return [column.keys, column.items].forEach((child) => this.#measure(child));
    if (column.storage !== 'bin' && !(column.storage === 'str' && column.encoding === 'view')) return;
    let range = this.#ranges.get(column.bytes);
    if (range === undefined) {
      this.#ranges.set(column.bytes, (range = { from: column.bytes.length, to: 0, used: 0, copy: undefined }));
    }
    const { starts, ends, length, valid } = column;
    for (let i = 0; i < length; i++) {
      if (valid !== undefined && valid[i] === 0) continue;
      const start = starts[i]!;
      const end = ends[i]!;
      if (start < range.from) range.from = start;
      if (end > range.to) range.to = end;
      range.used += end - start;
    }
  }

  /** The column's bytes, starts and ends as the receiver will see them. */
  take(column: ViewColumn, transfer: ArrayBuffer[]): Pick<ViewColumn, 'bytes' | 'starts' | 'ends'> {
    const { length, valid } = column;
    const range = this.#ranges.get(column.bytes)!;
    const starts = new Int32Array(length);
    const ends = new Int32Array(length);
    transfer.push(starts.buffer, ends.buffer);
    if (range.copy !== undefined) {
      for (let i = 0; i < length; i++) {
        if (valid !== undefined && valid[i] === 0) continue;
        starts[i] = column.starts[i]! - range.from;
        ends[i] = column.ends[i]! - range.from;
      }
      return { bytes: range.copy, starts, ends };
    }
    const bytes = new Uint8Array(totalLength(column));
    transfer.push(bytes.buffer);
    let at = 0;
    for (let i = 0; i < length; i++) {
      starts[i] = at;
      if (valid === undefined || valid[i] !== 0) {
        bytes.set(column.bytes.subarray(column.starts[i]!, column.ends[i]!), at);
        at += column.ends[i]! - column.starts[i]!;
      }
      ends[i] = at;
    }
    return { bytes, starts, ends };
  }
}

function totalLength({ starts, ends, length, valid }: ViewColumn): number {
  let total = 0;
  for (let i = 0; i < length; i++) if (valid === undefined || valid[i] !== 0) total += ends[i]! - starts[i]!;
  return total;
}
