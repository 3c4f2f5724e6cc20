/**
 * Sort keys of rows that are kept, compared without looking at the rows: numbers and times as doubles in lanes whose lexicographic order is that of
 * the keys; other keys (strings, wide decimals) as values.
 */
import type { Column } from '../data/column.ts';
import { storageOf } from '../data/column.ts';
import { valueAt } from '../data/column-read.ts';
import type { SortKey } from '../plan/logical.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { compareValues, keep } from './aggregates/compare-values.ts';
import { grown, nextCapacity, wordsOf } from './typed.ts';

export interface SortLanes {
  /** Takes the keys of a batch's rows in; they hold until the next call. */
  read(columns: readonly Column[], length: number): void;
  /** Keeps the key of row `r` of the batch under a number. */
  keep(r: number, number: number): void;
  /** The order of row `r` of the batch and a kept row: negative when it comes first. */
  compareRow(r: number, number: number): number;
  readonly byteLength: number;
  /** The kept keys below `bound`; that of a number that was never kept is anything. */
  snapshot(bound: number): SortLanesState;
  restore(state: SortLanesState): void;
}

export type SortLanesState = Float64Array | readonly (readonly Value[])[];

/** `types`: those of the input's columns. */
export function sortLanes(keys: readonly SortKey[], types: readonly DataType[]): SortLanes {
  const lanes = keys.map((key) => lanesOf(types[key.column]!));
  return lanes.every((count) => count !== undefined) ? new NumericLanes(keys, types) : new ValueKeys(keys);
}

/** Lanes of a type's values, without that of NULL; undefined: its order is not that of numbers. */
function lanesOf(type: DataType): number | undefined {
  const storage = storageOf(type);
  switch (storage) {
    case 'u8':
    case 'i32':
      return 1;
    case 'f64':
      return type.kind === 'DOUBLE' ? 2 : 1;
    case 'i64':
    case 'f32':
    case 'ts':
      return 2;
    default:
      return undefined;
  }
}

class NumericLanes implements SortLanes {
  readonly #keys: readonly SortKey[];
  readonly #types: readonly DataType[];
  readonly #width: number;
  #rows: Float64Array = new Float64Array(0);
  #kept: Float64Array = new Float64Array(0);

  constructor(keys: readonly SortKey[], types: readonly DataType[]) {
    this.#keys = keys;
    this.#types = keys.map((key) => types[key.column]!);
    this.#width = this.#types.reduce((sum, type) => sum + lanesOf(type)! + (type.nullable ? 1 : 0), 0);
  }

  read(columns: readonly Column[], length: number): void {
    const width = this.#width;
    if (this.#rows.length < length * width) this.#rows = new Float64Array(nextCapacity(4096, length * width));
    let lane = 0;
    this.#keys.forEach((key, k) => {
      const column = columns[key.column]!;
      const type = this.#types[k]!;
      if (type.nullable) readNulls(column, key.nullsFirst, length, this.#rows, lane++, width);
      readLanes(column, key.descending ? -1 : 1, length, this.#rows, lane, width);
      lane += lanesOf(type)!;
    });
  }

  keep(r: number, number: number): void {
    const width = this.#width;
    const to = number * width;
    if (to + width > this.#kept.length) this.#kept = grown(this.#kept, nextCapacity(this.#kept.length, to + width));
    const from = r * width;
    for (let l = 0; l < width; l++) this.#kept[to + l] = this.#rows[from + l]!;
  }

  compareRow(r: number, number: number): number {
    const width = this.#width;
    const rows = this.#rows;
    const kept = this.#kept;
    let a = r * width;
    let b = number * width;
    for (const end = a + width; a < end; a++, b++) {
      const x = rows[a]!;
      const y = kept[b]!;
      if (x !== y) return x < y ? -1 : 1;
    }
    return 0;
  }

  get byteLength(): number {
    return this.#kept.byteLength;
  }

  snapshot(bound: number): Float64Array {
    return grown(this.#kept.subarray(0, bound * this.#width), bound * this.#width);
  }
  restore(state: SortLanesState): void {
    this.#kept = (state as Float64Array).slice();
  }
}

/** NULLs before or after all values. */
function readNulls(
  { valid }: Column,
  first: boolean,
  length: number,
  rows: Float64Array,
  lane: number,
  width: number,
): void {
  const ofNull = first ? -1 : 1;
  for (let r = 0, at = lane; r < length; r++, at += width) {
    rows[at] = valid === undefined || valid[r] === 1 ? 0 : ofNull;
  }
}

function readLanes(
  column: Column,
  sign: 1 | -1,
  length: number,
  rows: Float64Array,
  lane: number,
  width: number,
): void {
  const { valid } = column;
  switch (column.storage) {
    case 'u8':
    case 'i32': {
      const { values } = column;
      for (let r = 0, at = lane; r < length; r++, at += width) rows[at] = values[r]! * sign;
      break;
    }
    case 'i64': {
      const words = wordsOf(column.values);
      for (let r = 0, at = lane; r < length; r++, at += width) {
        rows[at] = words[2 * r + 1]! * sign;
        rows[at + 1] = (words[2 * r]! >>> 0) * sign;
      }
      break;
    }
    case 'ts': {
      const { values, nanos } = column;
      for (let r = 0, at = lane; r < length; r++, at += width) {
        rows[at] = values[r]! * sign;
        rows[at + 1] = nanos[r]! * sign;
      }
      break;
    }
    case 'f64':
      if (column.type.kind !== 'DOUBLE') {
        const { values } = column;
        for (let r = 0, at = lane; r < length; r++, at += width) rows[at] = values[r]! * sign;
        break;
      }
      readDoubles(column.values, sign, length, rows, lane, width);
      break;
    case 'f32':
      readDoubles(column.values, sign, length, rows, lane, width);
      break;
    default:
      throw new Error(`Millrace bug: ${column.storage} has no lanes`);
  }
  if (valid === undefined) return;
  // What a NULL holds is unspecified: all NULLs are equal.
  for (let r = 0; r < length; r++) {
    if (valid[r] === 1) continue;
    const at = r * width + lane;
    rows[at] = 0;
    if (lanesOf(column.type) === 2) rows[at + 1] = 0;
  }
}

const one = new Float64Array(1);
const bits = new Int32Array(one.buffer);

/** Java's order of doubles: -0.0 below 0.0, NaN above all. It is the order of their bits, those of negative numbers turned round. */
function readDoubles(
  values: Float64Array | Float32Array,
  sign: 1 | -1,
  length: number,
  rows: Float64Array,
  lane: number,
  width: number,
): void {
  for (let r = 0, at = lane; r < length; r++, at += width) {
    const value = values[r]!;
    one[0] = value === value ? value : NaN;
    const low = bits[0]! >>> 0;
    const high = bits[1]!;
    if (value !== value) {
      rows[at] = 0x7fffffff * sign;
      rows[at + 1] = 0;
    } else if (high >= 0) {
      rows[at] = high * sign;
      rows[at + 1] = low * sign;
    } else {
      rows[at] = -(high & 0x7fffffff) * sign - sign;
      rows[at + 1] = -low * sign;
    }
  }
}

class ValueKeys implements SortLanes {
  readonly #keys: readonly SortKey[];
  #columns: readonly Column[] = [];
  #row = -1;
  #values: Value[] = [];
  #kept: Value[][] = [];

  constructor(keys: readonly SortKey[]) {
    this.#keys = keys;
  }

  read(columns: readonly Column[]): void {
    this.#columns = columns;
    this.#row = -1;
  }

  #valuesOf(r: number): Value[] {
    if (this.#row !== r) {
      this.#row = r;
      this.#values = this.#keys.map(({ column }) => keep(valueAt(this.#columns[column]!, r)));
    }
    return this.#values;
  }

  keep(r: number, number: number): void {
    this.#kept[number] = this.#valuesOf(r);
  }

  compareRow(r: number, number: number): number {
    const a = this.#valuesOf(r);
    const b = this.#kept[number]!;
    for (let i = 0; i < this.#keys.length; i++) {
      const { descending, nullsFirst } = this.#keys[i]!;
      const x = a[i]!;
      const y = b[i]!;
      if (x === null || y === null) {
        if (x === y) continue;
        return (x === null) === nullsFirst ? -1 : 1;
      }
      const order = compareValues(x, y);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  }

  get byteLength(): number {
    return this.#kept.length * this.#keys.length * 64;
  }

  snapshot(bound: number): Value[][] {
    return Array.from({ length: bound }, (_, number) => this.#kept[number] ?? []);
  }
  restore(state: SortLanesState): void {
    this.#kept = (state as readonly (readonly Value[])[]).map((values) => [...values]);
  }
}
