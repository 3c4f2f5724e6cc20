/**
 * A list of rows for each key, rows by number: equal rows have one number and are kept once. What sinks with a primary key remember.
 * Numbers hold until `sweep`.
 */
import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import type { DataType } from '../types/type.ts';
import { KeyTable, type KeyTableState } from './key-table.ts';
import { MASK_BITS } from './key-encoder.ts';
import { grown, nextCapacity } from './typed.ts';

export interface RowListsState {
  readonly keys: KeyTableState;
  readonly rows: KeyTableState;
  /** For each list: its key, its length, its rows. */
  readonly lists: Int32Array;
}

const NONE = -1;

export class RowLists {
  readonly #keyColumns: readonly number[];
  readonly #keys: KeyTable;
  readonly #rows: KeyTable;
  /** The first row of each key's list, NONE = empty; most lists have no more. */
  #first: Int32Array;
  readonly #more = new Map<number, number[]>();
  /** How often lists hold a row. */
  #uses: Int32Array;
  /** Of the last `number`: key and row of each row of the batch. */
  keyOf: Int32Array = new Int32Array(0);
  rowOf: Int32Array = new Int32Array(0);
  #length = 0;
  #dropped: number[] = [];

  constructor(types: readonly DataType[], keyColumns: readonly number[]) {
    this.#keyColumns = keyColumns;
    this.#keys = new KeyTable(keyColumns.map((column) => types[column]!));
    this.#rows = new KeyTable(types);
    this.#first = new Int32Array(this.#keys.capacity).fill(NONE);
    this.#uses = new Int32Array(this.#rows.capacity);
  }

  /** Fills `keyOf` and `rowOf`. */
  number({ columns, length }: Batch): void {
    if (this.keyOf.length < length) {
      this.keyOf = new Int32Array(nextCapacity(4096, length));
      this.rowOf = new Int32Array(this.keyOf.length);
    }
    this.#length = length;
    const keys = this.#keyColumns.map((column) => columns[column]!);
    this.#keys.findOrInsert(keys, 0, length, this.keyOf);
    this.#rows.findOrInsert(columns, 0, length, this.rowOf);
    const { length: known } = this.#first;
    if (known < this.#keys.capacity) this.#first = grown(this.#first, this.#keys.capacity).fill(NONE, known);
    if (this.#uses.length < this.#rows.capacity) this.#uses = grown(this.#uses, this.#rows.capacity);
  }

  size(key: number): number {
    return this.#first[key] === NONE ? 0 : 1 + (this.#more.get(key)?.length ?? 0);
  }

  at(key: number, place: number): number {
    return place === 0 ? this.#first[key]! : this.#more.get(key)![place - 1]!;
  }

  /** The first place of the list with a row that is equal to `row`, or only in `columns` if given; -1 = none. */
  find(key: number, row: number, columns?: readonly number[]): number {
    const size = this.size(key);
    for (let place = 0; place < size; place++) {
      const other = this.at(key, place);
      if (other === row || (columns !== undefined && this.sameIn(columns, row, other))) return place;
    }
    return NONE;
  }

  /** Whether two rows have the same values in `columns`; NULL is equal to NULL. */
  sameIn(columns: readonly number[], a: number, b: number): boolean {
    const { encoder, keys, nulls } = this.#rows;
    const isNull = (column: number, row: number): boolean =>
      nulls !== undefined && ((nulls[Math.floor(column / MASK_BITS)]![row]! >> (column % MASK_BITS)) & 1) === 1;
    return encoder.lanes.every(({ kind, column }, l) => {
      if (!columns.includes(column)) return true;
      if (isNull(column, a) || isNull(column, b)) return isNull(column, a) && isNull(column, b);
      const lane = keys[l]!;
      if (kind === 'w64') return lane[2 * a] === lane[2 * b] && lane[2 * a + 1] === lane[2 * b + 1];
      return lane[a] === lane[b];
    });
  }

  append(key: number, row: number): void {
    this.#uses[row]!++;
    if (this.#first[key] === NONE) this.#first[key] = row;
    else {
      const more = this.#more.get(key);
      if (more === undefined) this.#more.set(key, [row]);
      else more.push(row);
    }
  }

  replace(key: number, place: number, row: number): void {
    this.#uses[row]!++;
    this.release(this.at(key, place));
    if (place === 0) this.#first[key] = row;
    else this.#more.get(key)![place - 1] = row;
  }

  removeAt(key: number, place: number): void {
    this.release(this.at(key, place));
    const more = this.#more.get(key);
    if (place === 0) this.#first[key] = more?.shift() ?? NONE;
    else more!.splice(place - 1, 1);
    if (more?.length === 0) this.#more.delete(key);
  }

  /** Keeps a row that no list holds; `release` gives it up. */
  use(row: number): void {
    this.#uses[row]!++;
  }

  /** The row is gone after the next `sweep`, unless it is in use elsewhere. */
  release(row: number): void {
    this.#uses[row]!--;
    this.#dropped.push(row);
  }

  columns(rows: Int32Array, n: number): Column[] {
    return this.#rows.keyColumns(rows, n);
  }

  /** Keys of `keys[0 .. n)` as columns. */
  keyColumns(keys: Int32Array, n: number): Column[] {
    return this.#keys.keyColumns(keys, n);
  }

  /** Gives up rows and keys that the last batch has used and that no list holds. `isKept`: keys that are needed all the same. */
  sweep(isKept: (key: number) => boolean = () => false, released: Iterable<number> = []): void {
    const keys = [...this.keyOf.subarray(0, this.#length), ...released];
    for (let r = 0; r < this.#length; r++) if (this.#uses[this.rowOf[r]!] === 0) this.#rows.remove(this.rowOf[r]!);
    for (const row of this.#dropped) if (this.#uses[row] === 0) this.#rows.remove(row);
    for (const key of keys) if (this.#first[key] === NONE && !isKept(key)) this.#keys.remove(key);
    this.#length = 0;
    this.#dropped = [];
    KeyTable.sweep(this.#keys.encoder, [this.#keys]);
    KeyTable.sweep(this.#rows.encoder, [this.#rows]);
  }

  get liveRows(): number {
    return this.#rows.live;
  }
  get byteLength(): number {
    return this.#keys.byteLength + this.#rows.byteLength + this.#first.byteLength + this.#more.size * 64;
  }

  snapshot(): RowListsState {
    const lists: number[] = [];
    for (const key of this.#keys.groups()) {
      const size = this.size(key);
      lists.push(key, size);
      for (let place = 0; place < size; place++) lists.push(this.at(key, place));
    }
    return { keys: this.#keys.snapshot(), rows: this.#rows.snapshot(), lists: Int32Array.from(lists) };
  }

  restore({ keys, rows, lists }: RowListsState): void {
    this.#keys.restore(keys);
    this.#rows.restore(rows);
    this.#first = new Int32Array(this.#keys.capacity).fill(NONE);
    this.#uses = new Int32Array(this.#rows.capacity);
    this.#more.clear();
    for (let i = 0; i < lists.length;) {
      const key = lists[i++]!;
      const size = lists[i++]!;
      for (let place = 0; place < size; place++) this.append(key, lists[i++]!);
    }
  }
}
