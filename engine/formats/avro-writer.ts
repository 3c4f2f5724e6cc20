/** Values in Avro's binary encoding. */
import type { Batch } from '../data/batch.ts';
import { valueAt } from '../data/column-read.ts';
import { MillraceError } from '../errors.ts';
import type { DataType } from '../types/type.ts';
import type { MapValue } from '../types/value.ts';
import { type Value } from '../types/value.ts';
import type { AvroSchema } from './avro-schema.ts';
import type { Encoder, EncoderSpec } from './format.ts';

const encoder = new TextEncoder();

/** Bytes that grow. */
export class AvroOutput {
  bytes: Uint8Array = new Uint8Array(1 << 12);
  length = 0;
  #view = new DataView(this.bytes.buffer);

  room(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const bytes = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
  byte(value: number): void {
    this.room(1);
    this.bytes[this.length++] = value;
  }
  int(value: number): void {
    this.room(5);
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    for (; rest > 0x7f; rest >>>= 7) this.bytes[this.length++] = (rest & 0x7f) | 0x80;
    this.bytes[this.length++] = rest;
  }
  long(value: bigint): void {
    this.room(10);
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    for (; rest > 0x7fn; rest >>= 7n) this.bytes[this.length++] = Number(rest & 0x7fn) | 0x80;
    this.bytes[this.length++] = Number(rest);
  }
  float(value: number): void {
    this.room(4);
    this.#view.setFloat32(this.length, value, true);
    this.length += 4;
  }
  double(value: number): void {
    this.room(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }
  raw(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }
  sized(bytes: Uint8Array): void {
    this.int(bytes.length);
    this.raw(bytes);
  }
  take(): Uint8Array {
    const taken = this.bytes.slice(0, this.length);
    this.length = 0;
    return taken;
  }
}

export type WriteValue = (out: AvroOutput, value: Value) => void;

/** Writes values of `type` as `schema`, which was derived from it. */
export function valueWriter(schema: AvroSchema, type: DataType): WriteValue {
  switch (schema.type) {
    case 'union': {
      const write = valueWriter(schema.branches[1]!, type);
      return (out, value) => {
        out.int(value === null ? 0 : 1);
        if (value !== null) write(out, value);
      };
    }
    case 'boolean':
      return (out, value) => out.byte(value === true ? 1 : 0);
    case 'int':
      return (out, value) => out.int(value as number);
    case 'long':
      return longWriter(schema.logical, type);
    case 'float':
      return (out, value) => out.float(value as number);
    case 'double':
      return (out, value) => out.double(value as number);
    case 'string':
      return (out, value) => out.sized(encoder.encode(value as string));
    case 'bytes':
      if (schema.logical === 'decimal') return (out, value) => out.sized(bytesOfBigint(value as bigint));
      return (out, value) => out.sized(value as Uint8Array);
    case 'array': {
      const write = valueWriter(schema.items, (type as DataType & { kind: 'ARRAY' }).element);
      return (out, value) => {
        const items = value as readonly Value[];
        if (items.length > 0) out.int(items.length);
        for (const item of items) write(out, item);
        out.int(0);
      };
    }
    case 'map': {
      const item: DataType = type.kind === 'MAP' ? type.value : { kind: 'INT', nullable: false };
      const write = valueWriter(schema.values, item);
      return (out, value) => {
        const { entries } = value as MapValue;
        if (entries.length > 0) out.int(entries.length);
        for (const [key, entry] of entries) {
          if (key === null) throw new MillraceError('RUNTIME_NULL', 'Avro has no NULL keys of maps');
          out.sized(encoder.encode(key as string));
          write(out, entry);
        }
        out.int(0);
      };
    }
    case 'record': {
      const { fields } = type as DataType & { kind: 'ROW' };
      const writers = schema.fields.map((field, i) => valueWriter(field.schema, fields[i]!.type));
      return (out, value) => writers.forEach((write, i) => write(out, (value as readonly Value[])[i]!));
    }
    default:
      throw new Error(`Millrace bug: no table has Avro's ${schema.type}`);
  }
}

function longWriter(logical: string | undefined, type: DataType): WriteValue {
  if (logical === undefined) return (out, value) => out.long(value as bigint);
  const isNanos = 'precision' in type && type.precision > 3;
  if (logical.endsWith('millis')) return (out, value) => out.long(BigInt(value as number));
  return (out, value) => out.long(isNanos ? floorDivide(value as bigint, 1000n) : BigInt(value as number) * 1000n);
}

const floorDivide = (value: bigint, by: bigint): bigint => (value - (((value % by) + by) % by)) / by;

/** The shortest two's complement form, the most significant byte first: as java.math.BigInteger.toByteArray. */
export function bytesOfBigint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 8n) {
    const low = Number(BigInt.asUintN(8, rest));
    bytes.unshift(low);
    const isDone = rest >= -128n && rest < 128n;
    if (isDone) return Uint8Array.from(bytes);
  }
}

/** Rows as records of Avro's binary encoding, each alone. */
export class AvroEncoder implements Encoder {
  readonly #out = new AvroOutput();
  readonly #writers: readonly WriteValue[];

  constructor({ schema }: EncoderSpec, written: AvroSchema & { readonly type: 'record' }) {
    this.#writers = written.fields.map((field, i) => valueWriter(field.schema, schema[i]!.type));
  }

  /** All rows, one behind the other. */
  encode(batch: Batch): Uint8Array {
    for (let row = 0; row < batch.length; row++) this.#write(batch, row);
    return this.#out.take();
  }

  encodeRecords(batch: Batch): Uint8Array[] {
    return Array.from({ length: batch.length }, (_, row) => {
      this.#write(batch, row);
      return this.#out.take();
    });
  }

  #write({ columns }: Batch, row: number): void {
    columns.forEach((column, i) => this.#writers[i]!(this.#out, valueAt(column, row)));
  }
}
