import { INT, type DataType } from '../../types/type.ts';
import type { Value } from '../../types/value.ts';
import { unreachable } from '../../assert.ts';
import { storageOf, type Column } from '../../data/column.ts';
import { valueAt } from '../../data/column-read.ts';
import { KeyTable, type KeyTableState } from '../key-table.ts';
import { grown } from '../typed.ts';
import { compareDoubles } from './compare-values.ts';
import { doubleOfBits, floatOfBits } from './extreme.ts';
import type { EntryTable } from './accumulator.ts';

export interface ValueTableState {
  readonly table: KeyTableState;
  readonly counts: readonly Int32Array[];
}

/**
 * The distinct (group, value) pairs of one column: what DISTINCT, and MIN and MAX over updates, remember. One table serves all aggregates of an
 * operator over the column; each FILTER among them has a lane of its own.
 *
 * State: one entry a pair; per lane its number of rows (`retract`), or one bit that there was one.
 */
export class ValueTable implements EntryTable {
  readonly type: DataType;
  readonly lanes: number;
  readonly table: KeyTable;
  /** retract: one array a lane; otherwise a single array of bits. */
  counts: Int32Array[];
  readonly compare: (a: number, b: number) => number;
  readonly #one = new Int32Array(1);

  constructor(type: DataType, lanes: number, retract: boolean) {
    this.type = type;
    this.lanes = lanes;
    this.table = new KeyTable([INT, type]);
    this.counts = Array.from(
      { length: retract ? lanes : Math.ceil(lanes / 32) },
      () => new Int32Array(this.table.capacity),
    );
    this.compare = comparator(this.table, type);
  }

  get keys(): KeyTable['keys'] {
    return this.table.keys;
  }

  /** out[r] = the entry of (groups[r], value of row r) for from <= r < to; -1 where `where` is 0. */
  entries(
    groups: Int32Array,
    column: Column,
    from: number,
    to: number,
    out: Int32Array,
    where: Uint8Array | undefined,
  ): void {
    const group: Column = { type: INT, storage: 'i32', length: to, valid: undefined, values: groups };
    this.table.findOrInsert([group, column], from, to, out, where);
    this.#ensure();
  }

  #ensure(): void {
    const { capacity } = this.table;
    if (this.counts[0]!.length < capacity) this.counts = this.counts.map((counts) => grown(counts, capacity));
  }

  /** Removes entries[r] of all rows from .. to that no lane counts any more. */
  prune(entries: Int32Array, from: number, to: number): void {
    for (let r = from; r < to; r++) {
      const entry = entries[r]!;
      if (entry < 0 || this.counts.some((counts) => counts[entry] !== 0)) continue;
      this.table.remove(entry);
    }
  }

  /** Entry numbers of one group. Looks at all entries. */
  entriesOf(group: number): Int32Array {
    const groups = this.table.keys[0] as Int32Array;
    return this.table.groups().filter((entry) => groups[entry] === group);
  }

  /** Removes the entries of a group. Looks at all entries. */
  forget(group: number): void {
    for (const entry of this.entriesOf(group)) this.#remove(entry);
  }

  /** Removes the entries of all groups that are marked. */
  drop(dead: Uint8Array): void {
    const groups = this.table.keys[0] as Int32Array;
    for (const entry of this.table.groups()) if (dead[groups[entry]!] === 1) this.#remove(entry);
  }

  #remove(entry: number): void {
    for (const counts of this.counts) counts[entry] = 0;
    this.table.remove(entry);
  }

  value(entry: number): Value {
    this.#one[0] = entry;
    return valueAt(this.table.keyColumns(this.#one, 1)[1]!, 0);
  }

  clear(): void {
    const used = this.table.bound;
    this.table.clear();
    if (this.counts[0]!.length > this.table.capacity)
      this.counts = this.counts.map(() => new Int32Array(this.table.capacity));
    else for (const counts of this.counts) counts.fill(0, 0, used);
  }

  get byteLength(): number {
    return this.table.byteLength + this.counts.reduce((sum, counts) => sum + counts.byteLength, 0);
  }

  snapshot(): ValueTableState {
    return { table: this.table.snapshot(), counts: this.counts.map((counts) => counts.slice(0, this.table.bound)) };
  }
  restore({ table, counts }: ValueTableState): void {
    this.table.restore(table);
    this.counts = counts.map((saved) => grown(saved, this.table.capacity));
  }
}

/** The order of entries by value, as Java compares the type. */
function comparator(table: KeyTable, type: DataType): (a: number, b: number) => number {
  const storage = storageOf(type);
  const words = (lane: number): Int32Array => table.keys[lane] as Int32Array;
  switch (storage) {
    case 'u8':
    case 'i32':
      return (a, b) => table.keys[1]![a]! - table.keys[1]![b]!;
    case 'f32':
      return (a, b) => compareDoubles(floatOfBits(words(1), a), floatOfBits(words(1), b));
    case 'f64':
      if (type.kind !== 'DOUBLE') return (a, b) => table.keys[1]![a]! - table.keys[1]![b]!;
      return (a, b) => compareDoubles(doubleOfBits(words(1), a), doubleOfBits(words(1), b));
    case 'i64':
      return (a, b) => compareLongs(words(1), a, b);
    case 'i128':
      return (a, b) => compareLongs(words(2), a, b) || compareUnsigned(words(1), a, b);
    case 'ts':
      return (a, b) => table.keys[1]![a]! - table.keys[1]![b]! || words(2)[a]! - words(2)[b]!;
    case 'str':
    case 'bin':
    case 'list':
    case 'map':
    case 'row':
      return (a, b) => table.encoder.pools[1]!.compare(words(1)[a]!, words(1)[b]!);
    default:
      return unreachable(storage);
  }
}

function compareLongs(words: Int32Array, a: number, b: number): number {
  return words[2 * a + 1]! - words[2 * b + 1]! || (words[2 * a]! >>> 0) - (words[2 * b]! >>> 0);
}
function compareUnsigned(words: Int32Array, a: number, b: number): number {
  return (words[2 * a + 1]! >>> 0) - (words[2 * b + 1]! >>> 0) || (words[2 * a]! >>> 0) - (words[2 * b]! >>> 0);
}
