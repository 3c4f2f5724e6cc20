/** Columns that are filled from Avro's binary encoding: numbers and texts without a value between, the rest by values. */
import type { Column } from '../data/column.ts';
import { storageOf } from '../data/column.ts';
import { columnBuilder } from '../data/column-builder.ts';
import type { DataType } from '../types/type.ts';
import type { AvroCursor } from './avro-cursor.ts';
import type { AvroSchema } from './avro-schema.ts';
import { valueReader } from './avro-values.ts';

export interface AvroColumn {
  /** Adds the value at the cursor. */
  read(cursor: AvroCursor): void;
  addNull(): void;
  /** Rows so far. */
  readonly length: number;
  /** Gives up rows from `length` on: of a record that could not be read. */
  truncate(length: number): void;
  /** The column of all rows; it begins anew. `bytes` are those that the cursor has read, if all rows came of one array. */
  finish(bytes: Uint8Array | undefined): Column;
}

/** @throws Error when the written schema does not fit the type */
export function avroColumn(written: AvroSchema, type: DataType): AvroColumn {
  const branches = written.type === 'union' ? written.branches : [written];
  const values = branches.filter(({ type: kind }) => kind !== 'null');
  const [only] = values;
  if (values.length === 1 && only !== undefined) {
    const nullBranch = written.type === 'union' ? branches.findIndex(({ type: kind }) => kind === 'null') : undefined;
    const fast = fastColumn(only, type);
    if (fast !== undefined) return nullBranch === undefined ? fast : new Nullable(fast, nullBranch);
  }
  return new ByValues(written, type);
}

function fastColumn(written: AvroSchema, type: DataType): AvroColumn | undefined {
  const storage = storageOf(type);
  switch (written.type) {
    case 'int':
      if (storage === 'i32')
        return new Fixed(
          type,
          'i32',
          (n) => new Int32Array(n),
          (cursor, to, i) => (to[i] = cursor.int()),
        );
      return undefined;
    case 'long':
      if (type.kind === 'BIGINT') return new Longs(type);
      if (storage === 'f64' && type.kind !== 'DOUBLE' && (written.logical ?? 'millis').endsWith('millis')) {
        return new Fixed(
          type,
          'f64',
          (n) => new Float64Array(n),
          (cursor, to, i) => (to[i] = cursor.number()),
        );
      }
      return undefined;
    case 'double':
      if (type.kind !== 'DOUBLE') return undefined;
      return new Fixed(
        type,
        'f64',
        (n) => new Float64Array(n),
        (cursor, to, i) => (to[i] = cursor.double()),
      );
    case 'float':
      if (type.kind !== 'FLOAT') return undefined;
      return new Fixed(
        type,
        'f32',
        (n) => new Float32Array(n),
        (cursor, to, i) => (to[i] = cursor.float()),
      );
    case 'boolean':
      if (type.kind !== 'BOOLEAN') return undefined;
      return new Fixed(
        type,
        'u8',
        (n) => new Uint8Array(n),
        (cursor, to, i) => (to[i] = cursor.byte() === 0 ? 0 : 1),
      );
    case 'string':
    case 'bytes':
      return (storage === 'str' || storage === 'bin') && written.logical === undefined ? new Bytes(type) : undefined;
    default:
      return undefined;
  }
}

const FIRST_ROWS = 1024;

/** Validity and length; subclasses hold the data. */
abstract class Growing implements AvroColumn {
  protected readonly type: DataType;
  protected capacity = FIRST_ROWS;
  #valid: Uint8Array | undefined;
  length = 0;

  constructor(type: DataType) {
    this.type = type;
  }

  read(cursor: AvroCursor): void {
    const i = this.#next();
    if (this.#valid !== undefined) this.#valid[i] = 1;
    this.take(cursor, i);
    this.length++;
  }

  addNull(): void {
    const i = this.#next();
    this.#valid ??= new Uint8Array(this.capacity).fill(1, 0, i);
    this.#valid[i] = 0;
    this.clear(i);
    this.length++;
  }

  #next(): number {
    if (this.length === this.capacity) {
      this.capacity *= 2;
      this.grow();
      if (this.#valid !== undefined) {
        const valid = new Uint8Array(this.capacity);
        valid.set(this.#valid);
        this.#valid = valid;
      }
    }
    return this.length;
  }

  truncate(length: number): void {
    this.length = length;
  }

  finish(bytes: Uint8Array | undefined): Column {
    const { type, length } = this;
    const valid = this.#valid?.subarray(0, length);
    const column = { type, length, valid, ...this.data(bytes) } as Column;
    this.length = 0;
    this.#valid = undefined;
    this.capacity = FIRST_ROWS;
    this.reset();
    return column;
  }

  protected abstract take(cursor: AvroCursor, i: number): void;
  protected abstract clear(i: number): void;
  protected abstract grow(): void;
  protected abstract data(bytes: Uint8Array | undefined): object;
  protected abstract reset(): void;
}

type Numbers = Int32Array | Float64Array | Float32Array | Uint8Array;
class Fixed<A extends Numbers> extends Growing {
  readonly #storage: string;
  readonly #make: (n: number) => A;
  readonly #take: (cursor: AvroCursor, to: A, i: number) => void;
  #values: A;

  constructor(
    type: DataType,
    storage: string,
    make: (n: number) => A,
    take: (cursor: AvroCursor, to: A, i: number) => void,
  ) {
    super(type);
    this.#storage = storage;
    this.#make = make;
    this.#take = take;
    this.#values = make(this.capacity);
  }
  protected take(cursor: AvroCursor, i: number): void {
    this.#take(cursor, this.#values, i);
  }
  protected clear(): void {}
  protected grow(): void {
    const values = this.#make(this.capacity);
    (values as Uint8Array).set(this.#values as Uint8Array);
    this.#values = values;
  }
  protected data(): object {
    return { storage: this.#storage, values: this.#values };
  }
  protected reset(): void {
    this.#values = this.#make(this.capacity);
  }
}

class Longs extends Growing {
  #values = new BigInt64Array(this.capacity);
  #words = new Int32Array(this.#values.buffer);

  protected take(cursor: AvroCursor, i: number): void {
    this.#words[2 * i] = cursor.long();
    this.#words[2 * i + 1] = cursor.high;
  }
  protected clear(): void {}
  protected grow(): void {
    const values = new BigInt64Array(this.capacity);
    values.set(this.#values);
    this.#values = values;
    this.#words = new Int32Array(values.buffer);
  }
  protected data(): object {
    return { storage: 'i64', values: this.#values };
  }
  protected reset(): void {
    this.#values = new BigInt64Array(this.capacity);
    this.#words = new Int32Array(this.#values.buffer);
  }
}

/** Texts and bytes: views of what was read where all of it is one array, else copies. */
class Bytes extends Growing {
  #starts = new Int32Array(this.capacity);
  #ends = new Int32Array(this.capacity);
  #copied: Uint8Array = new Uint8Array(0);
  #used = 0;
  /** The array that all rows came from so far; null when there were several. */
  #source: Uint8Array | undefined | null;

  protected take(cursor: AvroCursor, i: number): void {
    const start = cursor.skipBytes();
    if (this.#source === undefined) this.#source = cursor.bytes;
    if (this.#source !== cursor.bytes) this.#copyAll(i);
    if (this.#source === null) this.#copy(cursor.bytes, start, cursor.at, i);
    else {
      this.#starts[i] = start;
      this.#ends[i] = cursor.at;
    }
  }
  #copyAll(rows: number): void {
    const source = this.#source;
    if (source === null || source === undefined) return;
    this.#source = null;
    for (let r = 0; r < rows; r++) this.#copy(source, this.#starts[r]!, this.#ends[r]!, r);
  }
  #copy(bytes: Uint8Array, start: number, end: number, i: number): void {
    const to = this.#used + end - start;
    if (to > this.#copied.length) {
      const copied = new Uint8Array(Math.max(4096, this.#copied.length * 2, to));
      copied.set(this.#copied.subarray(0, this.#used));
      this.#copied = copied;
    }
    this.#copied.set(bytes.subarray(start, end), this.#used);
    this.#starts[i] = this.#used;
    this.#ends[i] = to;
    this.#used = to;
  }
  protected clear(i: number): void {
    this.#starts[i] = 0;
    this.#ends[i] = 0;
  }
  protected grow(): void {
    const starts = new Int32Array(this.capacity);
    starts.set(this.#starts);
    this.#starts = starts;
    const ends = new Int32Array(this.capacity);
    ends.set(this.#ends);
    this.#ends = ends;
  }
  protected data(kept: Uint8Array | undefined): object {
    if (this.#source !== null && this.#source !== undefined && this.#source !== kept) this.#copyAll(this.length);
    const bytes = this.#source ?? this.#copied;
    const views = { bytes, starts: this.#starts, ends: this.#ends };
    if (storageOf(this.type) === 'bin') return { storage: 'bin', ...views };
    return { storage: 'str', encoding: 'view', ascii: false, ...views };
  }
  protected reset(): void {
    this.#starts = new Int32Array(this.capacity);
    this.#ends = new Int32Array(this.capacity);
    this.#copied = new Uint8Array(0);
    this.#used = 0;
    this.#source = undefined;
  }
}

/** A union of null and one type. */
class Nullable implements AvroColumn {
  readonly #column: AvroColumn;
  readonly #nullBranch: number;

  constructor(column: AvroColumn, nullBranch: number) {
    this.#column = column;
    this.#nullBranch = nullBranch;
  }
  get length(): number {
    return this.#column.length;
  }
  read(cursor: AvroCursor): void {
    if (cursor.int() === this.#nullBranch) this.#column.addNull();
    else this.#column.read(cursor);
  }
  addNull(): void {
    this.#column.addNull();
  }
  truncate(length: number): void {
    this.#column.truncate(length);
  }
  finish(bytes: Uint8Array | undefined): Column {
    return this.#column.finish(bytes);
  }
}

class ByValues implements AvroColumn {
  readonly #type: DataType;
  readonly #read: ReturnType<typeof valueReader>;
  #values: ReturnType<ReturnType<typeof valueReader>>[] = [];

  constructor(written: AvroSchema, type: DataType) {
    this.#type = type;
    this.#read = valueReader(written, type);
  }
  get length(): number {
    return this.#values.length;
  }
  read(cursor: AvroCursor): void {
    this.#values.push(this.#read(cursor));
  }
  addNull(): void {
    this.#values.push(null);
  }
  truncate(length: number): void {
    this.#values.length = Math.min(this.#values.length, length);
  }
  finish(): Column {
    const builder = columnBuilder(this.#type, this.#values.length);
    for (const value of this.#values) builder.append(value);
    this.#values = [];
    return builder.finish();
  }
}
