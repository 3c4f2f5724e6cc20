/** Columns out of single values. Decoders and generated loops fill typed arrays themselves; this is for everything that has Values. */
import type { DataType } from '../types/type.ts';
import type { MapValue, Value } from '../types/value.ts';
import { assert, unreachable } from '../assert.ts';
import { storageOf, type Column } from './column.ts';

export interface ColumnBuilder {
  readonly type: DataType;
  readonly length: number;
  /** Adds a value of the column's type in the form of types/value.ts; null is NULL. */
  append(value: Value): void;
  /** The column of all values since the start or the last `finish`; the builder begins anew. */
  finish(): Column;
}

/** A builder for a column of `type`; `capacity` rows fit before its arrays grow. */
export function columnBuilder(type: DataType, capacity = 64): ColumnBuilder {
  switch (storageOf(type)) {
    case 'u8':
      return new FixedBuilder(
        type,
        capacity,
        'u8',
        (n) => new Uint8Array(n),
        (value) => (value === true ? 1 : 0),
      );
    case 'i32':
      return new FixedBuilder(
        type,
        capacity,
        'i32',
        (n) => new Int32Array(n),
        (value) => value as number,
      );
    case 'i64':
      return new FixedBuilder(
        type,
        capacity,
        'i64',
        (n) => new BigInt64Array(n),
        (value) => value as bigint,
      );
    case 'f32':
      return new FixedBuilder(
        type,
        capacity,
        'f32',
        (n) => new Float32Array(n),
        (value) => value as number,
      );
    case 'f64':
      return new FixedBuilder(
        type,
        capacity,
        'f64',
        (n) => new Float64Array(n),
        (value) => value as number,
      );
    case 'i128':
      return new WideDecimalBuilder(type, capacity);
    case 'ts':
      return new NanoTimeBuilder(type, capacity);
    case 'str':
      return new StringBuilder(type, capacity);
    case 'bin':
      return new BinaryBuilder(type, capacity);
    case 'list':
      return new ListBuilder(type, capacity);
    case 'map':
      return new MapBuilder(type, capacity);
    case 'row':
      return new RowBuilder(type, capacity);
    default:
      return unreachable(storageOf(type) as never);
  }
}

/** A column that holds `values`. */
export function columnOf(type: DataType, values: readonly Value[]): Column {
  const builder = columnBuilder(type, values.length);
  for (const value of values) builder.append(value);
  return builder.finish();
}

type TypedArray = Uint8Array | Int32Array | BigInt64Array | Float32Array | Float64Array;

/** Validity and length; subclasses hold the data. */
abstract class BaseBuilder implements ColumnBuilder {
  readonly type: DataType;
  length = 0;
  protected capacity: number;
  #valid: Uint8Array | undefined;

  constructor(type: DataType, capacity: number) {
    this.type = type;
    this.capacity = Math.max(capacity, 4);
  }

  append(value: Value): void {
    const i = this.length;
    if (i === this.capacity) {
      this.capacity *= 2;
      this.grow(this.capacity);
      if (this.#valid !== undefined) this.#valid = resized(this.#valid, new Uint8Array(this.capacity));
    }
    if (value === null) {
      this.#valid ??= new Uint8Array(this.capacity).fill(1, 0, i);
      this.appendNull(i);
    } else {
      if (this.#valid !== undefined) this.#valid[i] = 1;
      this.appendValue(i, value);
    }
    this.length = i + 1;
  }

  finish(): Column {
    const column = this.build({ type: this.type, length: this.length, valid: this.#valid });
    this.length = 0;
    this.#valid = undefined;
    this.reset();
    return column;
  }

  protected abstract grow(capacity: number): void;
  protected abstract appendValue(i: number, value: Exclude<Value, null>): void;
  protected abstract appendNull(i: number): void;
  protected abstract build(base: ColumnHead): Column;
  protected abstract reset(): void;
}

interface ColumnHead {
  readonly type: DataType;
  readonly length: number;
  readonly valid: Uint8Array | undefined;
}

function resized<A extends TypedArray>(from: A, to: A): A {
  (to as Uint8Array).set(from as Uint8Array);
  return to;
}

/** u8, i32, i64, f32, f64: one typed array. */
class FixedBuilder<A extends TypedArray> extends BaseBuilder {
  readonly #storage: 'u8' | 'i32' | 'i64' | 'f32' | 'f64';
  readonly #make: (n: number) => A;
  readonly #convert: (value: Value) => number | bigint;
  #values: A;

  constructor(
    type: DataType,
    capacity: number,
    storage: 'u8' | 'i32' | 'i64' | 'f32' | 'f64',
    make: (n: number) => A,
    convert: (value: Value) => number | bigint,
  ) {
    super(type, capacity);
    this.#storage = storage;
    this.#make = make;
    this.#convert = convert;
    this.#values = make(this.capacity);
  }
  protected grow(capacity: number): void {
    this.#values = resized(this.#values, this.#make(capacity));
  }
  protected appendValue(i: number, value: Value): void {
    this.#values[i] = this.#convert(value) as A[number];
  }
  protected appendNull(): void {}
  protected build(head: ColumnHead): Column {
    return { ...head, storage: this.#storage, values: this.#values } as unknown as Column;
  }
  protected reset(): void {
    this.#values = this.#make(this.capacity);
  }
}

/** i128: `high` appears with the first value that does not fit 64 bits. */
class WideDecimalBuilder extends BaseBuilder {
  #low = new BigInt64Array(this.capacity);
  #high: BigInt64Array | undefined;

  protected grow(capacity: number): void {
    this.#low = resized(this.#low, new BigInt64Array(capacity));
    if (this.#high !== undefined) this.#high = resized(this.#high, new BigInt64Array(capacity));
  }
  protected appendValue(i: number, value: Value): void {
    const unscaled = value as bigint;
    this.#low[i] = BigInt.asIntN(64, unscaled);
    if (this.#high === undefined && BigInt.asIntN(64, unscaled) !== unscaled) {
      this.#high = new BigInt64Array(this.capacity);
      for (let j = 0; j < i; j++) this.#high[j] = this.#low[j]! >> 63n;
    }
    if (this.#high !== undefined) this.#high[i] = unscaled >> 64n;
  }
  protected appendNull(): void {}
  protected build(head: ColumnHead): Column {
    return { ...head, storage: 'i128', values: this.#low, high: this.#high };
  }
  protected reset(): void {
    this.#low = new BigInt64Array(this.capacity);
    this.#high = undefined;
  }
}

/** ts: nanoseconds since the epoch, split at the millisecond. */
class NanoTimeBuilder extends BaseBuilder {
  #values = new Float64Array(this.capacity);
  #nanos = new Int32Array(this.capacity);

  protected grow(capacity: number): void {
    this.#values = resized(this.#values, new Float64Array(capacity));
    this.#nanos = resized(this.#nanos, new Int32Array(capacity));
  }
  protected appendValue(i: number, value: Value): void {
    const nanos = value as bigint;
    const within = ((nanos % 1_000_000n) + 1_000_000n) % 1_000_000n;
    this.#nanos[i] = Number(within);
    this.#values[i] = Number((nanos - within) / 1_000_000n);
  }
  protected appendNull(): void {}
  protected build(head: ColumnHead): Column {
    return { ...head, storage: 'ts', values: this.#values, nanos: this.#nanos };
  }
  protected reset(): void {
    this.#values = new Float64Array(this.capacity);
    this.#nanos = new Int32Array(this.capacity);
  }
}

class StringBuilder extends BaseBuilder {
  #values: (string | null)[] = [];

  protected grow(): void {}
  protected appendValue(_: number, value: Value): void {
    this.#values.push(value as string);
  }
  protected appendNull(): void {
    this.#values.push(null);
  }
  protected build(head: ColumnHead): Column {
    return { ...head, storage: 'str', encoding: 'js', values: this.#values };
  }
  protected reset(): void {
    this.#values = [];
  }
}

class BinaryBuilder extends BaseBuilder {
  #bytes = new Uint8Array(this.capacity * 8);
  #used = 0;
  #starts = new Int32Array(this.capacity);
  #ends = new Int32Array(this.capacity);

  protected grow(capacity: number): void {
    this.#starts = resized(this.#starts, new Int32Array(capacity));
    this.#ends = resized(this.#ends, new Int32Array(capacity));
  }
  protected appendValue(i: number, value: Value): void {
    const added = value as Uint8Array;
    const end = this.#used + added.length;
    if (end > this.#bytes.length) {
      this.#bytes = resized(this.#bytes, new Uint8Array(Math.max(this.#bytes.length * 2, end)));
    }
    this.#bytes.set(added, this.#used);
    this.#starts[i] = this.#used;
    this.#ends[i] = end;
    this.#used = end;
  }
  protected appendNull(): void {}
  protected build(head: ColumnHead): Column {
    return { ...head, storage: 'bin', bytes: this.#bytes, starts: this.#starts, ends: this.#ends };
  }
  protected reset(): void {
    this.#bytes = new Uint8Array(this.capacity * 8);
    this.#used = 0;
    this.#starts = new Int32Array(this.capacity);
    this.#ends = new Int32Array(this.capacity);
  }
}

class ListBuilder extends BaseBuilder {
  #offsets = new Int32Array(this.capacity + 1);
  readonly #child: ColumnBuilder;

  constructor(type: DataType, capacity: number) {
    super(type, capacity);
    assert(type.kind === 'ARRAY', 'a list column has an ARRAY type');
    this.#child = columnBuilder(type.element);
  }
  protected grow(capacity: number): void {
    this.#offsets = resized(this.#offsets, new Int32Array(capacity + 1));
  }
  protected appendValue(i: number, value: Value): void {
    for (const item of value as readonly Value[]) this.#child.append(item);
    this.#offsets[i + 1] = this.#child.length;
  }
  protected appendNull(i: number): void {
    this.#offsets[i + 1] = this.#child.length;
  }
  protected build(head: ColumnHead): Column {
    return { ...head, storage: 'list', offsets: this.#offsets, child: this.#child.finish() };
  }
  protected reset(): void {
    this.#offsets = new Int32Array(this.capacity + 1);
  }
}

class MapBuilder extends BaseBuilder {
  #offsets = new Int32Array(this.capacity + 1);
  readonly #keys: ColumnBuilder;
  readonly #items: ColumnBuilder;

  constructor(type: DataType, capacity: number) {
    super(type, capacity);
    assert(type.kind === 'MAP' || type.kind === 'MULTISET', 'a map column has a MAP or MULTISET type');
    this.#keys = columnBuilder(type.kind === 'MAP' ? type.key : type.element);
    this.#items = columnBuilder(type.kind === 'MAP' ? type.value : { kind: 'INT', nullable: false });
  }
  protected grow(capacity: number): void {
    this.#offsets = resized(this.#offsets, new Int32Array(capacity + 1));
  }
  protected appendValue(i: number, value: Value): void {
    for (const [key, item] of (value as MapValue).entries) {
      this.#keys.append(key);
      this.#items.append(item);
    }
    this.#offsets[i + 1] = this.#keys.length;
  }
  protected appendNull(i: number): void {
    this.#offsets[i + 1] = this.#keys.length;
  }
  protected build(head: ColumnHead): Column {
    return {
      ...head,
      storage: 'map',
      offsets: this.#offsets,
      keys: this.#keys.finish(),
      items: this.#items.finish(),
    };
  }
  protected reset(): void {
    this.#offsets = new Int32Array(this.capacity + 1);
  }
}

class RowBuilder extends BaseBuilder {
  readonly #children: readonly ColumnBuilder[];

  constructor(type: DataType, capacity: number) {
    super(type, capacity);
    assert(type.kind === 'ROW', 'a row column has a ROW type');
    this.#children = type.fields.map((field) => columnBuilder(field.type, capacity));
  }
  protected grow(): void {}
  protected appendValue(_: number, value: Value): void {
    const fields = value as readonly Value[];
    for (const [j, child] of this.#children.entries()) child.append(fields[j] ?? null);
  }
  protected appendNull(): void {
    for (const child of this.#children) child.append(null);
  }
  protected build(head: ColumnHead): Column {
    return { ...head, storage: 'row', children: this.#children.map((child) => child.finish()) };
  }
  protected reset(): void {}
}
