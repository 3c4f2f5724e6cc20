import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { RowKind } from '../data/row-kind.ts';
import type { RankRange } from '../plan/logical.ts';
import type { OrderedLists } from '../state/ordered-lists.ts';
import { grown } from '../state/typed.ts';
import { ChangeList } from './change-list.ts';

export interface RankChangesOptions {
  readonly range: RankRange;
  /** Whether the rank is a column of the output. */
  readonly output: boolean;
  /** Whether -U is wanted. */
  readonly updateBefore: boolean;
}

/**
 * What a change of a partition's list does to the ranks that are shown, as Flink's Top-N functions tell it. With the rank in the output, or with
 * ranks left out at the start, every rank that gets another row is updated, from the first to the last; else the row that leaves goes (-D) and the one that
 * enters comes (+I).
 */
export class RankChanges {
  readonly #list = new ChangeList();
  readonly #lists: OrderedLists;
  readonly #start: number;
  readonly #end: number | undefined;
  readonly #endColumn: number;
  readonly #output: boolean;
  readonly #numbered: boolean;
  readonly #updateBefore: boolean;
  /** By partition: the last rank that is shown, NaN before its first row. For ends that are a column. */
  #ends: Float64Array = new Float64Array(0);

  constructor(lists: OrderedLists, { range, output, updateBefore }: RankChangesOptions) {
    this.#lists = lists;
    this.#start = range.start;
    this.#end = typeof range.end === 'number' ? range.end : undefined;
    this.#endColumn = typeof range.end === 'object' ? range.end.column : -1;
    this.#output = output;
    this.#numbered = output || range.start > 1;
    this.#updateBefore = updateBefore;
  }

  /** Makes room for partitions below `capacity`. */
  ensure(capacity: number): void {
    if (this.#end !== undefined || this.#ends.length >= capacity) return;
    const known = this.#ends.length;
    this.#ends = grown(this.#ends, capacity).fill(NaN, known);
  }

  /** The last rank that is shown of a partition: as its first row has it. */
  endOf(partition: number, columns: readonly Column[], r: number): number {
    if (this.#end !== undefined) return this.#end;
    const known = this.#ends[partition]!;
    if (known === known) return known;
    const column = columns[this.#endColumn] as Column & { storage: 'i32' | 'i64' };
    const end = column.valid !== undefined && column.valid[r] === 0 ? 0 : Number(column.values[r]!);
    this.#ends[partition] = end;
    return end;
  }

  forget(partition: number): void {
    if (this.#end === undefined) this.#ends[partition] = NaN;
  }

  /** A row has come into place `place` of a list that had `size` rows. */
  inserted(partition: number, place: number, size: number, end: number): void {
    const { items, starts } = this.#lists;
    const base = starts[partition]!;
    const list = this.#list;
    if (place >= end) return;
    if (!this.#numbered) {
      if (size >= end) list.put(RowKind.Delete, items[base + end]!, 0);
      list.put(RowKind.Insert, items[base + place]!, 0);
      return;
    }
    const last = size < end ? size : end;
    const first = Math.max(place, this.#start - 1);
    for (let i = first; i < last; i++) this.#replaced(items[base + i + 1]!, items[base + i]!, i + 1);
    if (size < end && size + 1 >= this.#start) list.put(RowKind.Insert, items[base + size]!, size + 1);
  }

  /** `row` has gone from place `place` of a list that had `size` rows. */
  removed(partition: number, row: number, place: number, size: number, end: number): void {
    const { items, starts } = this.#lists;
    const base = starts[partition]!;
    const list = this.#list;
    if (place >= end) return;
    if (!this.#numbered) {
      list.put(RowKind.Delete, row, 0);
      if (size > end) list.put(RowKind.Insert, items[base + end - 1]!, 0);
      return;
    }
    const before = (i: number): number => (i === place ? row : items[base + i - 1]!);
    const last = Math.min(size - 1, end);
    for (let i = Math.max(place, this.#start - 1); i < last; i++) this.#replaced(before(i), items[base + i]!, i + 1);
    if (size <= end && size >= this.#start) list.put(RowKind.Delete, before(size - 1), size);
  }

  /** `row` has gone from place `from`, and its new version has come into place `to`. */
  moved(partition: number, row: number, from: number, to: number, end: number): void {
    const { items, starts } = this.#lists;
    const base = starts[partition]!;
    if (!this.#numbered) return this.#replaced(row, items[base + to]!, this.#start);
    const first = Math.min(from, to);
    const last = Math.min(Math.max(from, to), end - 1);
    for (let i = Math.max(first, this.#start - 1); i <= last; i++) {
      const old = i === from ? row : from > to ? items[base + i + 1]! : items[base + i - 1]!;
      this.#replaced(old, items[base + i]!, i + 1);
    }
  }

  #replaced(old: number, row: number, rank: number): void {
    if (this.#updateBefore) this.#list.put(RowKind.UpdateBefore, old, rank);
    this.#list.put(RowKind.UpdateAfter, row, rank);
  }

  /** The changes since the last call as a batch, the rank behind the row if it is shown; undefined when there are none. */
  take(rowsOf: (rows: Int32Array, n: number) => Column[]): Batch | undefined {
    const list = this.#list;
    const { length } = list;
    if (length === 0) return undefined;
    const columns = rowsOf(list.rows, length);
    if (this.#output) columns.push(list.rankColumn());
    const batch = { length, columns, kinds: list.kinds.slice(0, length) };
    list.clear();
    return batch;
  }

  snapshot(bound: number): Float64Array {
    return this.#ends.slice(0, bound);
  }
  restore(ends: Float64Array, capacity: number): void {
    this.ensure(capacity);
    this.#ends.set(ends);
  }
}
