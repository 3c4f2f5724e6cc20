/**
 * Key columns of any type as lanes: arrays of fixed-width words, one entry a row, that generated table code hashes and compares.
 *
 *   u8    BOOLEAN
 *   i32   integers, dates; FLOAT by its bits; codes of strings, bytes and nested values
 *   w64   BIGINT, DECIMAL halves, DOUBLE by its bits: two Int32 words an entry
 *   f64   times in ms (-0 equals 0)
 *
 * NULL is a key value of its own: bit c of a row's mask says that key column c is NULL; its lanes are then not looked at.
 * As Flink, which compares keys as bytes: 0.0 and -0.0 differ, NaN equals NaN.
 */
import type { DataType } from '../types/type.ts';
import { assert } from '../assert.ts';
import { storageOf, type Column, type Storage } from '../data/column.ts';
import { BytePool, type BytePoolState } from './byte-pool.ts';
import { nextCapacity, wordsOf } from './typed.ts';
import { ValuePool } from './value-pool.ts';

export type LaneKind = 'u8' | 'i32' | 'w64' | 'f64';
export type LaneArray = Uint8Array | Int32Array | Float64Array;
export type Pool = BytePool | ValuePool;

export interface Lane {
  readonly kind: LaneKind;
  /** The key column that it is part of. */
  readonly column: number;
}

export type KeyEncoderState = readonly (BytePoolState | Column | undefined)[];

const laneKinds: Readonly<Record<Storage, readonly LaneKind[]>> = {
  u8: ['u8'],
  i32: ['i32'],
  i64: ['w64'],
  f32: ['i32'],
  f64: ['w64'],
  i128: ['w64', 'w64'],
  ts: ['f64', 'i32'],
  str: ['i32'],
  bin: ['i32'],
  list: ['i32'],
  map: ['i32'],
  row: ['i32'],
};

/** The lanes of one value of `type`. */
export function lanesOf(type: DataType): readonly LaneKind[] {
  const storage = storageOf(type);
  return storage === 'f64' && type.kind !== 'DOUBLE' ? ['f64'] : laneKinds[storage];
}

export class KeyEncoder {
  readonly types: readonly DataType[];
  readonly lanes: readonly Lane[];
  /** One pool a column whose values are coded; tables that share the encoder share the codes. */
  readonly pools: readonly (Pool | undefined)[];
  /** Of the last `encode`: one array a lane, indexed by row. */
  readonly arrays: LaneArray[] = [];
  /** Of the last `encode`: NULL masks, one array per 31 key columns; undefined = no NULL among these rows. */
  masks: readonly Int32Array[] | undefined;
  readonly #scratch: (Int32Array | undefined)[] = [];
  #maskScratch: Int32Array[] = [];

  constructor(types: readonly DataType[]) {
    this.types = types;
    this.lanes = types.flatMap((type, column) => lanesOf(type).map((kind) => ({ kind, column })));
    this.pools = types.map((type) => {
      const storage = storageOf(type);
      if (storage === 'str' || storage === 'bin') return new BytePool();
      return storage === 'list' || storage === 'map' || storage === 'row' ? new ValuePool() : undefined;
    });
  }

  get maskCount(): number {
    return Math.ceil(this.types.length / MASK_BITS);
  }

  /** Approximate memory of the pools. */
  get byteLength(): number {
    return this.pools.reduce((sum, pool) => sum + (pool?.byteLength ?? 0), 0);
  }

  /** Fills `arrays` and `masks` for rows from .. to of the key columns; they hold until the next call. */
  encode(columns: readonly Column[], from: number, to: number): void {
    let lane = 0;
    let nulls = false;
    for (let c = 0; c < columns.length; c++) {
      const column = columns[c]!;
      if (column.valid !== undefined) nulls = true;
      lane = this.#encodeColumn(column, c, lane, from, to);
    }
    this.masks = nulls ? this.#encodeMasks(columns, from, to) : undefined;
  }

  #encodeColumn(column: Column, c: number, lane: number, from: number, to: number): number {
    const { arrays } = this;
    switch (column.storage) {
      case 'u8':
      case 'i32':
        arrays[lane] = column.values;
        return lane + 1;
      case 'i64':
        arrays[lane] = wordsOf(column.values);
        return lane + 1;
      case 'f32':
        arrays[lane] = bitsOf(column.values, from, to);
        return lane + 1;
      case 'f64':
        arrays[lane] = column.type.kind === 'DOUBLE' ? wordsOf(canonicalNaN(column.values, from, to)) : column.values;
        return lane + 1;
      case 'i128':
        arrays[lane] = wordsOf(column.values);
        arrays[lane + 1] = wordsOf(column.high ?? signs(column.values, from, to));
        return lane + 2;
      case 'ts':
        arrays[lane] = column.values;
        arrays[lane + 1] = column.nanos;
        return lane + 2;
      default: {
        const codes = this.#scratchFor(lane, to);
        const pool = this.pools[c];
        assert(pool !== undefined, 'a coded key column has a pool');
        (pool as { codes(column: Column, from: number, to: number, out: Int32Array): void }).codes(
          column,
          from,
          to,
          codes,
        );
        arrays[lane] = codes;
        return lane + 1;
      }
    }
  }

  #scratchFor(lane: number, length: number): Int32Array {
    let scratch = this.#scratch[lane];
    if (scratch === undefined || scratch.length < length) {
      scratch = new Int32Array(nextCapacity(4096, length));
      this.#scratch[lane] = scratch;
    }
    return scratch;
  }

  #encodeMasks(columns: readonly Column[], from: number, to: number): readonly Int32Array[] {
    if ((this.#maskScratch[0]?.length ?? 0) < to) {
      this.#maskScratch = Array.from({ length: this.maskCount }, () => new Int32Array(nextCapacity(4096, to)));
    }
    for (const mask of this.#maskScratch) mask.fill(0, from, to);
    columns.forEach(({ valid }, c) => {
      if (valid === undefined) return;
      const mask = this.#maskScratch[Math.floor(c / MASK_BITS)]!;
      const bit = 1 << (c % MASK_BITS);
      for (let r = from; r < to; r++) if (valid[r] === 0) mask[r]! |= bit;
    });
    return this.#maskScratch;
  }

  snapshot(): KeyEncoderState {
    return this.pools.map((pool, c) => (pool instanceof ValuePool ? pool.snapshot(this.types[c]!) : pool?.snapshot()));
  }
  restore(state: KeyEncoderState): void {
    this.pools.forEach((pool, c) => pool?.restore(state[c] as never));
  }
}

/** NULL bits a mask word holds. */
export const MASK_BITS = 31;

/** The bits of floats, NaNs made equal. */
function bitsOf(values: Float32Array, from: number, to: number): Int32Array {
  let clean = values;
  for (let r = from; r < to; r++) {
    if (values[r] === values[r]) continue;
    if (clean === values) clean = values.slice();
    clean[r] = NaN;
  }
  return new Int32Array(clean.buffer, clean.byteOffset, clean.length);
}

/** The same doubles with one bit pattern for every NaN. */
function canonicalNaN(values: Float64Array, from: number, to: number): Float64Array {
  let clean = values;
  for (let r = from; r < to; r++) {
    if (values[r] === values[r]) continue;
    if (clean === values) clean = values.slice();
    clean[r] = NaN;
  }
  return clean;
}

/** The high halves of 128-bit integers that fit 64 bits. */
export function signs(values: BigInt64Array, from: number, to: number): BigInt64Array {
  const result = new BigInt64Array(to);
  const source = wordsOf(values);
  const target = wordsOf(result);
  for (let r = from; r < to; r++) {
    const sign = source[2 * r + 1]! >> 31;
    target[2 * r] = sign;
    target[2 * r + 1] = sign;
  }
  return result;
}
