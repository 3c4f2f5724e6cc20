/** The columns that a decoder fills, as arrays in its kernel's memory: one leaf for each scalar that is wanted. */
import { assert } from '../assert.ts';
import { columnBuilder } from '../data/column-builder.ts';
import { storageOf, type Column } from '../data/column.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { Op } from '../wasm/ndjson-kernel.ts';
import { KernelDictionary } from './kernel-dictionary.ts';
import type { KernelMemory, Region } from './kernel-memory.ts';
import type { LeafArrays } from './leaf-arrays.ts';

/**
 * How a leaf is stored:
 *   i64 f64 i32 u8 ts   numbers, as in columns
 *   text                views into the arena, or codes
 *   capture             where the text of the value stands in the input; the column is made of it at the end of the batch
 *   mark                nothing but whether it is there: the ROW of other leaves
 */
export type LeafKind = 'i64' | 'f64' | 'i32' | 'u8' | 'ts' | 'text' | 'capture' | 'mark';

function kindOf(type: DataType): LeafKind {
  // A FLOAT must be rounded once, from the text; a TIME is rare.
  if (type.kind === 'FLOAT' || type.kind === 'TIME') return 'capture';
  if (type.kind === 'INTERVAL_DAY_TIME' || type.kind === 'NULL') return 'capture';
  switch (storageOf(type)) {
    case 'i64':
      return 'i64';
    case 'f64':
      return 'f64';
    case 'i32':
      return 'i32';
    case 'u8':
      return 'u8';
    case 'ts':
      return 'ts';
    case 'str':
      return 'text';
    default:
      return 'capture';
  }
}

const entryBytes: Readonly<Record<LeafKind, readonly [number, number]>> = {
  i64: [8, 0],
  f64: [8, 0],
  i32: [4, 0],
  u8: [1, 0],
  ts: [8, 4],
  text: [4, 4],
  capture: [4, 4],
  mark: [0, 0],
};

/** After so many values the first decision between codes and views is made. */
const FIRST_LOOK = 1024;
const WINDOW = 16384;
const MAX_CODES = 65536;
const MAX_MEAN_BYTES = 256;

export class Leaf {
  readonly type: DataType;
  readonly kind: LeafKind;
  readonly a: Region;
  readonly b: Region;
  readonly valid: Region;
  /** text: codes are tried first. */
  codes: KernelDictionary | undefined;
  #values = 0;
  #windowValues = 0;
  #windowSize = 0;

  constructor(type: DataType, memory: KernelMemory, rows: number, kind: LeafKind = kindOf(type)) {
    this.type = type;
    this.kind = kind;
    const [a, b] = entryBytes[this.kind];
    this.a = memory.region(a * rows);
    this.b = memory.region(b * rows);
    this.valid = memory.region(rows);
    if (this.kind === 'text') this.codes = new KernelDictionary(memory);
  }

  /** Room for `rows` rows; those in use are kept. */
  enlarge(memory: KernelMemory, rows: number, used: number): void {
    const [a, b] = entryBytes[this.kind];
    memory.enlarge(this.a, a * rows, a * used);
    memory.enlarge(this.b, b * rows, b * used);
    memory.enlarge(this.valid, rows, used);
  }

  /** What a kernel does with a text, or with a bare number, for this leaf; undefined = it leaves the row to the general decoder. */
  opFor(token: 'string' | 'number', iso: boolean): { op: Op; x: number; y: number } | undefined {
    const { type } = this;
    const text = token === 'string';
    switch (type.kind) {
      case 'BIGINT':
        return { op: Op.Int64, x: 0, y: 0 };
      case 'TINYINT':
        return { op: Op.Int32, x: 8, y: 0 };
      case 'SMALLINT':
        return { op: Op.Int32, x: 16, y: 0 };
      case 'INT':
      case 'INTERVAL_YEAR_MONTH':
        return { op: Op.Int32, x: 32, y: 0 };
      case 'DOUBLE':
        return { op: Op.Double, x: 0, y: 0 };
      case 'DECIMAL':
        return this.kind === 'i64' ? { op: Op.Decimal, x: type.scale, y: type.precision } : undefined;
      case 'CHAR':
      case 'VARCHAR':
        if (text)
          return this.codes === undefined ? { op: Op.Text, x: 0, y: 0 } : { op: Op.Code, x: this.codes.at, y: 0 };
        return this.codes === undefined ? { op: Op.NumberText, x: 0, y: 0 } : undefined;
      case 'TIMESTAMP':
      case 'TIMESTAMP_LTZ': {
        if (!text) return undefined;
        const x = (iso ? 0x54 : 0x20) | (type.kind === 'TIMESTAMP_LTZ' ? 0x100 : 0);
        return type.precision <= 3
          ? { op: Op.Timestamp, x, y: 10 ** (3 - type.precision) }
          : { op: Op.TimestampNanos, x, y: 10 ** (9 - type.precision) };
      }
      case 'DATE':
        return text ? { op: Op.Date, x: 0, y: 0 } : undefined;
      default:
        return undefined;
    }
  }

  /** Writes a value that the general decoder has read. `putText` puts a text into the arena. */
  store(memory: KernelMemory, row: number, value: Value, text: TextStore): void {
    const valid = this.valid.at + row;
    if (value === null) {
      memory.u8[valid] = 0;
      return;
    }
    switch (this.kind) {
      case 'i64':
        memory.i64[(this.a.at >> 3) + row] = value as bigint;
        break;
      case 'f64':
        memory.f64[(this.a.at >> 3) + row] = value as number;
        break;
      case 'i32':
        memory.i32[(this.a.at >> 2) + row] = value as number;
        break;
      case 'u8':
        memory.u8[this.a.at + row] = value === true ? 1 : 0;
        break;
      case 'ts': {
        const nanos = value as bigint;
        const within = ((nanos % 1_000_000n) + 1_000_000n) % 1_000_000n;
        memory.f64[(this.a.at >> 3) + row] = Number((nanos - within) / 1_000_000n);
        memory.i32[(this.b.at >> 2) + row] = Number(within);
        break;
      }
      case 'text':
        if (this.codes !== undefined) {
          const code = text.code(this.codes, value as string);
          memory.i32[(this.a.at >> 2) + row] = code;
        } else {
          const [start, end] = text.put(value as string);
          memory.i32[(this.a.at >> 2) + row] = start;
          memory.i32[(this.b.at >> 2) + row] = end;
        }
        break;
      default:
        assert(this.kind === 'mark', 'captured values are kept by the decoder');
    }
    memory.u8[valid] = 1;
  }

  /** The column of the first rows. `arena` holds the texts; `captured` makes a value of a captured text. */
  column(arrays: LeafArrays, arena: Arena, captured: (row: number, start: number, end: number) => Value): Column {
    const { type, a, b } = this;
    const { length } = arrays;
    const valid = arrays.validity(this.valid);
    switch (this.kind) {
      case 'i64': {
        const values = arrays.i64(a);
        return storageOf(type) === 'i128'
          ? { type, length, valid, storage: 'i128', values, high: undefined }
          : { type, length, valid, storage: 'i64', values };
      }
      case 'f64':
        return { type, length, valid, storage: 'f64', values: arrays.f64(a) };
      case 'i32':
        return { type, length, valid, storage: 'i32', values: arrays.i32(a) };
      case 'u8':
        return { type, length, valid, storage: 'u8', values: arrays.u8(a) };
      case 'ts':
        return { type, length, valid, storage: 'ts', values: arrays.f64(a), nanos: arrays.i32(b) };
      case 'text': {
        if (this.codes !== undefined) {
          this.codes.publish();
          return {
            type,
            length,
            valid,
            storage: 'str',
            encoding: 'dict',
            codes: arrays.i32(a),
            dictionary: this.codes.dictionary,
          };
        }
        const [starts, ends] = [arrays.i32(a), arrays.i32(b)];
        return {
          type,
          length,
          valid,
          storage: 'str',
          encoding: 'view',
          bytes: arena.bytes(),
          starts,
          ends,
          ascii: arena.ascii,
        };
      }
      case 'capture': {
        const builder = columnBuilder(type, length);
        const [starts, ends] = [arrays.i32(a), arrays.i32(b)];
        for (let row = 0; row < length; row++) {
          const present = valid === undefined || valid[row] === 1;
          builder.append(present ? captured(row, starts[row]!, ends[row]!) : null);
        }
        return builder.finish();
      }
      default:
        throw new Error('a mark has no column of its own');
    }
  }

  /**
   * Looks back on a batch of `n` rows: codes pay while few values are new and texts are short. true: the leaf gave up its codes and
   * takes views from now on.
   */
  reconsider(n: number): boolean {
    const { codes } = this;
    if (codes === undefined) return false;
    this.#values += n;
    this.#windowValues += n;
    const size = codes.size;
    const added = size - this.#windowSize;
    const hopeless = this.#values >= FIRST_LOOK && size > this.#values * 0.9;
    const long = size > 0 && codes.textBytes / size > MAX_MEAN_BYTES;
    const many = this.#windowValues >= WINDOW && added > this.#windowValues * 0.5;
    if (this.#windowValues >= WINDOW) [this.#windowValues, this.#windowSize] = [0, size];
    if (!hopeless && !many && !long && size <= MAX_CODES) return false;
    this.codes = undefined;
    return true;
  }
}

/** Puts texts of the general decoder where the kernel puts its own. */
export interface TextStore {
  /** Begin and end in the arena. */
  put(text: string): readonly [number, number];
  code(dictionary: KernelDictionary, text: string): number;
}

/** The texts of a batch. */
export interface Arena {
  /** The same array for all columns of the batch. */
  bytes(): Uint8Array;
  readonly ascii: boolean;
}
