/**
 * Batches on their way between threads. All arrays of a batch are copied into one buffer, which is then transferred: one allocation a message.
 * Strings that are views keep only the bytes that are used; of dictionaries and types only those go along that the other side has not seen.
 */
import { unreachable } from '../assert.ts';
import type { Batch } from '../data/batch.ts';
import { type BinColumn, type Column, Dictionary, type ViewStringColumn } from '../data/column.ts';
import type { DataType } from '../types/type.ts';

/** What `postMessage` takes; opaque to everybody but BatchReceiver. */
export interface BatchMessage {
  readonly length: number;
  readonly buffer: ArrayBuffer;
  /** Where the row kinds stand, then the columns one behind the other, inner ones behind theirs, as `#column` writes and reads them. */
  readonly layout: readonly number[];
  /** Types that follow those already sent. */
  readonly types: readonly DataType[];
  /** What is no array of numbers, in the order of the layout: JavaScript strings, entries of dictionaries that follow those already sent. */
  readonly texts: readonly (readonly (string | null)[])[];
}

type NumberArray = Uint8Array | Int32Array | BigInt64Array | Float32Array | Float64Array;
type ViewColumn = ViewStringColumn | BinColumn;

const ABSENT = -1;
/** Storages and encodings as numbers of the layout. */
const TAGS = [
  'u8',
  'i32',
  'i64',
  'f32',
  'f64',
  'i128',
  'ts',
  'view',
  'dict',
  'js',
  'bin',
  'list',
  'map',
  'row',
] as const;
type Tag = (typeof TAGS)[number];
const NUMBER_OF = Object.fromEntries(TAGS.map((tag, i) => [tag, i])) as Record<Tag, number>;

/** One end of a port: remembers what the other end knows of dictionaries and types. */
export class BatchSender {
  readonly #sent = new Map<number, number>();
  readonly #types = new TypeNumbers();

  /** The message and the buffer to transfer with it. The batch itself stays usable. */
  encode(batch: Batch): { message: BatchMessage; transfer: ArrayBuffer[] } {
    const packer = new Packer(batch.columns);
    packer.put(batch.kinds, batch.length);
    for (const column of batch.columns) this.#column(column, packer);
    const buffer = packer.pack();
    const { layout, texts } = packer;
    const message = { length: batch.length, buffer, layout, types: this.#types.takeNew(), texts };
    return { message, transfer: [buffer] };
  }

  #column(column: Column, packer: Packer): void {
    const { length } = column;
    const tag = column.storage === 'str' ? column.encoding : column.storage;
    packer.layout.push(NUMBER_OF[tag], this.#types.of(column.type), length);
    packer.put(column.valid, length);
    switch (column.storage) {
      case 'u8':
      case 'i32':
      case 'i64':
      case 'f32':
      case 'f64':
        return packer.put(column.values, length);
      case 'i128':
        packer.put(column.values, length);
        return packer.put(column.high, length);
      case 'ts':
        packer.put(column.values, length);
        return packer.put(column.nanos, length);
      case 'bin':
        return packer.putViews(column);
      case 'list':
        packer.put(column.offsets, length + 1);
        return this.#column(column.child, packer);
      case 'map':
        packer.put(column.offsets, length + 1);
        this.#column(column.keys, packer);
        return this.#column(column.items, packer);
      case 'row':
        packer.layout.push(column.children.length);
        return column.children.forEach((child) => this.#column(child, packer));
      case 'str':
        if (column.encoding === 'view') {
          packer.layout.push(column.ascii ? 1 : 0);
          return packer.putViews(column);
        }
        if (column.encoding === 'js') {
          packer.texts.push(column.values.slice(0, length));
          return;
        }
        packer.layout.push(column.dictionary.id);
        packer.texts.push(this.#unsent(column.dictionary));
        return packer.put(column.codes, length);
      default:
        return unreachable(column);
    }
  }

  #unsent(dictionary: Dictionary): (string | null)[] {
    const from = this.#sent.get(dictionary.id) ?? 0;
    this.#sent.set(dictionary.id, dictionary.size);
    return dictionary.strings.slice(from);
  }
}

/** Numbers for types: equal ones have the same, so that few are ever sent. */
class TypeNumbers {
  readonly #known = new WeakMap<DataType, number>();
  readonly #byText = new Map<string, number>();
  #new: DataType[] = [];

  of(type: DataType): number {
    let number = this.#known.get(type);
    if (number !== undefined) return number;
    const text = JSON.stringify(type);
    number = this.#byText.get(text);
    if (number === undefined) {
      number = this.#byText.size;
      this.#byText.set(text, number);
      this.#new.push(type);
    }
    this.#known.set(type, number);
    return number;
  }

  takeNew(): readonly DataType[] {
    const types = this.#new;
    if (types.length > 0) this.#new = [];
    return types;
  }
}

/** Arrays on their way into one buffer, each at a multiple of 8 bytes. */
class Packer {
  readonly layout: number[] = [];
  readonly texts: (readonly (string | null)[])[] = [];
  readonly #arrays: NumberArray[] = [];
  readonly #offsets: number[] = [];
  readonly #bytes: ByteRanges;
  #size = 0;

  constructor(columns: readonly Column[]) {
    this.#bytes = new ByteRanges(columns);
  }

  /** The first `length` entries; their place goes into the layout. */
  put(array: NumberArray | undefined, length: number): void {
    this.layout.push(array === undefined ? ABSENT : this.#place(array, length));
  }

  #place(array: NumberArray, length: number): number {
    const at = this.#size;
    const used = array.length === length ? array : array.subarray(0, length);
    this.#arrays.push(used);
    this.#offsets.push(at);
    this.#size = (at + used.byteLength + 7) & ~7;
    return at;
  }

  /** Bytes (place and length), starts, ends. Columns that look into the same bytes share their copy. */
  putViews(column: ViewColumn): void {
    const { length, valid, starts, ends } = column;
    const range = this.#bytes.of(column);
    if (range.isDense) {
      const used = range.to - range.from;
      range.place ??= this.#place(column.bytes.subarray(range.from, range.to), used);
      this.layout.push(range.place, used);
      this.put(shifted(starts, range.from, length, valid), length);
      this.put(shifted(ends, range.from, length, valid), length);
      return;
    }
    const gathered = gather(column);
    this.put(gathered.bytes, gathered.bytes.length);
    this.layout.push(gathered.bytes.length);
    this.put(gathered.starts, length);
    this.put(gathered.ends, length);
  }

  pack(): ArrayBuffer {
    const buffer = new ArrayBuffer(this.#size);
    const target = new Uint8Array(buffer);
    for (let i = 0; i < this.#arrays.length; i++) {
      const array = this.#arrays[i]!;
      target.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), this.#offsets[i]!);
    }
    return buffer;
  }
}

interface ByteRange {
  from: number;
  to: number;
  used: number;
  /** A copy of the whole range is one memcpy; a sparse one (a selective filter) is gathered value by value. */
  isDense: boolean;
  place: number | undefined;
}

/** Which bytes the view columns of a batch use. */
class ByteRanges {
  readonly #ranges = new Map<Uint8Array, ByteRange>();

  constructor(columns: readonly Column[]) {
    for (const column of columns) this.#measure(column);
    for (const range of this.#ranges.values()) {
      if (range.to < range.from) range.to = range.from;
      range.isDense = range.to - range.from <= 4 * range.used + 1024;
    }
  }

  of(column: ViewColumn): ByteRange {
    return this.#ranges.get(column.bytes)!;
  }

  #measure(column: Column): void {
    if (column.storage === 'list') return this.#measure(column.child);
    if (column.storage === 'row') return column.children.forEach((child) => this.#measure(child));
    if (column.storage === 'map') return [column.keys, column.items].forEach((child) => this.#measure(child));
    if (column.storage !== 'bin' && !(column.storage === 'str' && column.encoding === 'view')) return;
    let range = this.#ranges.get(column.bytes);
    if (range === undefined) {
      range = { from: column.bytes.length, to: 0, used: 0, isDense: false, place: undefined };
      this.#ranges.set(column.bytes, range);
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
}

/** `offsets` as seen from `from`; 0 for NULL. */
function shifted(offsets: Int32Array, from: number, length: number, valid: Uint8Array | undefined): Int32Array {
  const result = new Int32Array(length);
  for (let i = 0; i < length; i++) if (valid === undefined || valid[i] !== 0) result[i] = offsets[i]! - from;
  return result;
}

function gather(column: ViewColumn): { bytes: Uint8Array; starts: Int32Array; ends: Int32Array } {
  const { length, valid } = column;
  let total = 0;
  for (let i = 0; i < length; i++) {
    if (valid === undefined || valid[i] !== 0) total += column.ends[i]! - column.starts[i]!;
  }
  const bytes = new Uint8Array(total);
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
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

/** The other end: makes columns of messages; dictionaries and types keep their identity from message to message. */
export class BatchReceiver {
  readonly #dictionaries = new Map<number, Dictionary>();
  readonly #types: DataType[] = [];

  decode(message: BatchMessage): Batch {
    const { length, layout } = message;
    this.#types.push(...message.types);
    const cursor = new Cursor(message);
    const kinds = cursor.bytes(length);
    const columns: Column[] = [];
    while (cursor.at < layout.length) columns.push(this.#column(cursor));
    return { length, kinds, columns };
  }

  #column(cursor: Cursor): Column {
    const tag = TAGS[cursor.next()]!;
    const type = this.#types[cursor.next()]!;
    const length = cursor.next();
    const valid = cursor.bytes(length);
    switch (tag) {
      case 'u8':
        return { type, length, valid, storage: tag, values: cursor.bytes(length)! };
      case 'i32':
        return { type, length, valid, storage: tag, values: cursor.int32(length) };
      case 'i64':
        return { type, length, valid, storage: tag, values: cursor.int64(length)! };
      case 'f32':
        return { type, length, valid, storage: tag, values: cursor.float32(length) };
      case 'f64':
        return { type, length, valid, storage: tag, values: cursor.float64(length) };
      case 'i128':
        return { type, length, valid, storage: tag, values: cursor.int64(length)!, high: cursor.int64(length) };
      case 'ts':
        return { type, length, valid, storage: tag, values: cursor.float64(length), nanos: cursor.int32(length) };
      case 'bin':
        return { type, length, valid, storage: tag, ...cursor.views(length) };
      case 'view': {
        const ascii = cursor.next() === 1;
        return { type, length, valid, storage: 'str', encoding: tag, ascii, ...cursor.views(length) };
      }
      case 'js':
        return { type, length, valid, storage: 'str', encoding: tag, values: cursor.texts() };
      case 'dict': {
        const dictionary = this.#dictionary(cursor.next(), cursor.texts());
        return { type, length, valid, storage: 'str', encoding: tag, codes: cursor.int32(length), dictionary };
      }
      case 'list':
        return { type, length, valid, storage: tag, offsets: cursor.int32(length + 1), child: this.#column(cursor) };
      case 'map': {
        const offsets = cursor.int32(length + 1);
        const keys = this.#column(cursor);
        return { type, length, valid, storage: tag, offsets, keys, items: this.#column(cursor) };
      }
      case 'row': {
        const children = Array.from({ length: cursor.next() }, () => this.#column(cursor));
        return { type, length, valid, storage: tag, children };
      }
      default:
        return unreachable(tag);
    }
  }

  #dictionary(id: number, added: readonly (string | null)[]): Dictionary {
    let dictionary = this.#dictionaries.get(id);
    if (dictionary === undefined) this.#dictionaries.set(id, (dictionary = new Dictionary()));
    for (const text of added) dictionary.strings.push(text);
    return dictionary;
  }
}

/** Reads a layout; arrays are views of the message's buffer. */
class Cursor {
  readonly #message: BatchMessage;
  at = 0;
  #text = 0;

  constructor(message: BatchMessage) {
    this.#message = message;
  }

  next(): number {
    return this.#message.layout[this.at++]!;
  }
  texts(): readonly (string | null)[] {
    return this.#message.texts[this.#text++]!;
  }
  bytes(length: number): Uint8Array | undefined {
    const at = this.next();
    return at === ABSENT ? undefined : new Uint8Array(this.#message.buffer, at, length);
  }
  int32(length: number): Int32Array {
    return new Int32Array(this.#message.buffer, this.next(), length);
  }
  int64(length: number): BigInt64Array | undefined {
    const at = this.next();
    return at === ABSENT ? undefined : new BigInt64Array(this.#message.buffer, at, length);
  }
  float32(length: number): Float32Array {
    return new Float32Array(this.#message.buffer, this.next(), length);
  }
  float64(length: number): Float64Array {
    return new Float64Array(this.#message.buffer, this.next(), length);
  }
  views(length: number): Pick<ViewColumn, 'bytes' | 'starts' | 'ends'> {
    const at = this.next();
    const bytes = new Uint8Array(this.#message.buffer, at, this.next());
    return { bytes, starts: this.int32(length), ends: this.int32(length) };
  }
}
