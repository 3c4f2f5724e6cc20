import type { Batch } from '../data/batch.ts';
import { RowKind } from '../data/row-kind.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { grown } from '../state/typed.ts';
import type { Value } from '../types/value.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { compareSortValues, sortValues } from './row-order.ts';
import { nameOf, type SortOptions } from './sort.ts';
import { SortedRows } from './sorted-rows.ts';

export interface TopNOptions extends SortOptions {
  readonly limit: number;
  /** Whether the input takes rows back (-U, -D). */
  readonly retract: boolean;
}

interface Snapshot {
  readonly table: KeyTableState;
  readonly counts: Int32Array;
  readonly order: readonly number[];
}

/** A change of the result: a row by its number in the table. */
interface Change {
  readonly kind: RowKind;
  readonly row: number;
}

/**
 * ORDER BY .. LIMIT over a stream: the first `limit` rows after `offset`, kept up to date.
 *
 * State: all rows when the input takes rows back, else those that may still be among the first.
 * Emits, as Flink's Top-N without rank: -D of the row that is pushed out, then +I of the new one. With an offset, as with a rank, every row
 * that moves comes as -U and +U. A row equal to the last one in all keys does not push it out.
 */
export class TopN extends OneInput {
  readonly name: string;
  readonly #options: TopNOptions;
  readonly #end: number;
  /** Distinct rows; equal rows are one with a count. */
  readonly #table: KeyTable;
  #counts: Int32Array = new Int32Array(64);
  readonly #sortValues: (readonly Value[])[] = [];
  readonly #order: SortedRows;
  #rows: Int32Array = new Int32Array(0);
  #changes: Change[] = [];
  /** Rows that were pushed out by the batch at hand. */
  #dropped: number[] = [];

  constructor(options: TopNOptions) {
    super();
    this.#options = options;
    const { input, keys, offset, limit } = options;
    this.#end = offset + limit;
    this.name = `TopN[${keys.map((key) => nameOf(key, input)).join(', ')}; ${limit}${offset > 0 ? ` offset ${offset}` : ''}]`;
    this.#table = new KeyTable(input.map(({ type }) => type));
    this.#order = new SortedRows((a, b) => compareSortValues(this.#sortValues[a]!, this.#sortValues[b]!, keys));
  }

  push(batch: Batch): void {
    const { length, columns, kinds } = batch;
    if (this.#rows.length < length) this.#rows = new Int32Array(Math.max(4096, length));
    const where = this.#mayEnter(batch);
    this.#table.findOrInsert(columns, 0, length, this.#rows, where);
    if (this.#counts.length < this.#table.capacity) this.#counts = grown(this.#counts, this.#table.capacity);
    for (let r = 0; r < length; r++) {
      const row = this.#rows[r]!;
      if (row < 0) continue;
      if (kinds === undefined || (kinds[r]! & 1) === 0)
        this.#add(row, () => sortValues(columns, this.#options.keys, r));
      else this.#remove(row);
    }
    // Before numbers are given up: what was pushed out must still be there to be shown.
    this.#put();
    for (let r = 0; r < length; r++) if (this.#rows[r]! >= 0) this.#forget(this.#rows[r]!);
    for (const row of this.#dropped) this.#forget(row);
    this.#dropped = [];
    KeyTable.sweep(this.#table.encoder, [this.#table]);
  }

  /** 1 for rows that are not worse than the last one by the first key alone: most rows of a long stream are, and cost no more than this. */
  #mayEnter({ columns, length }: Batch): Uint8Array | undefined {
    const [key] = this.#options.keys;
    if (this.#options.retract || key === undefined || this.#order.length < this.#end) return undefined;
    const limit = this.#sortValues[this.#order.at(this.#end - 1)]![0]!;
    const column = columns[key.column]!;
    const { valid } = column;
    const where = new Uint8Array(length).fill(1);
    const sign = key.descending ? -1 : 1;
    switch (column.storage) {
      case 'i32':
      case 'f64': {
        if (typeof limit !== 'number') return undefined;
        const { values } = column;
        for (let r = 0; r < length; r++) if ((values[r]! - limit) * sign > 0) where[r] = 0;
        break;
      }
      case 'i64': {
        if (typeof limit !== 'bigint') return undefined;
        const { values } = column;
        if (key.descending) for (let r = 0; r < length; r++) where[r] = values[r]! < limit ? 0 : 1;
        else for (let r = 0; r < length; r++) where[r] = values[r]! > limit ? 0 : 1;
        break;
      }
      default:
        return undefined;
    }
    if (valid !== undefined) for (let r = 0; r < length; r++) if (valid[r] === 0) where[r] = 1;
    return where;
  }

  #forget(row: number): void {
    if (this.#counts[row] === 0) this.#table.remove(row);
  }

  #add(row: number, values: () => readonly Value[]): void {
    if (this.#counts[row] === 0) this.#sortValues[row] = values();
    const at = this.#order.placeFor(row);
    if (at >= this.#end && !this.#options.retract) return;
    this.#counts[row]!++;
    this.#order.insert(at, row);
    this.#moved(at, 1);
    if (!this.#options.retract && this.#order.length > this.#end) {
      const last = this.#order.removeAt(this.#end);
      this.#counts[last]!--;
      this.#dropped.push(last);
    }
  }

  #remove(row: number): void {
    if (this.#counts[row] === 0) return;
    const at = this.#order.indexOf(row);
    this.#moved(at, -1, row);
    this.#order.removeAt(at);
    this.#counts[row]!--;
  }

  /** Tells what a row that came to (1) or goes from (-1) place `at` changes. For a removal: before it is taken out. */
  #moved(at: number, by: 1 | -1, row = this.#order.at(at)): void {
    const { offset } = this.#options;
    const { length } = this.#order;
    if (at >= this.#end) return;
    if (offset > 0) return by === 1 ? this.#shiftDown(at) : this.#shiftUp(at);
    if (by === 1) {
      if (length > this.#end) this.#changes.push({ kind: RowKind.Delete, row: this.#order.at(this.#end) });
      this.#changes.push({ kind: RowKind.Insert, row });
      return;
    }
    this.#changes.push({ kind: RowKind.Delete, row });
    if (length > this.#end) this.#changes.push({ kind: RowKind.Insert, row: this.#order.at(this.#end) });
  }

  /** After an insert at `at`: the row at each place from there on was at the place before. */
  #shiftDown(at: number): void {
    const { offset } = this.#options;
    const length = Math.min(this.#order.length, this.#end);
    for (let place = Math.max(at, offset); place < length; place++) {
      if (place + 1 < this.#order.length) {
        this.#changes.push({ kind: RowKind.UpdateBefore, row: this.#order.at(place + 1) });
        this.#changes.push({ kind: RowKind.UpdateAfter, row: this.#order.at(place) });
      } else this.#changes.push({ kind: RowKind.Insert, row: this.#order.at(place) });
    }
  }

  /** Before the removal at `at`: the row at each place from there on is the next one afterwards. */
  #shiftUp(at: number): void {
    const { offset } = this.#options;
    const length = Math.min(this.#order.length, this.#end);
    for (let place = Math.max(at, offset); place < length; place++) {
      if (place + 1 < this.#order.length) {
        this.#changes.push({ kind: RowKind.UpdateBefore, row: this.#order.at(place) });
        this.#changes.push({ kind: RowKind.UpdateAfter, row: this.#order.at(place + 1) });
      } else this.#changes.push({ kind: RowKind.Delete, row: this.#order.at(place) });
    }
  }

  #put(): void {
    const changes = this.#changes;
    if (changes.length === 0) return;
    this.#changes = [];
    this.output.push({
      length: changes.length,
      columns: this.#table.keyColumns(
        Int32Array.from(changes, ({ row }) => row),
        changes.length,
      ),
      kinds: Uint8Array.from(changes, ({ kind }) => kind),
    });
  }

  override snapshot(): OperatorState {
    return {
      table: this.#table.snapshot(),
      counts: this.#counts.slice(0, this.#table.bound),
      order: this.#order.toArray(),
    } satisfies Snapshot;
  }
  override restore(state: OperatorState): void {
    const { table, counts, order } = state as Snapshot;
    this.#table.restore(table);
    this.#counts = grown(counts, Math.max(64, this.#table.capacity));
    const rows = Int32Array.from(order);
    const columns = this.#table.keyColumns(rows, rows.length);
    order.forEach((row, i) => (this.#sortValues[row] = sortValues(columns, this.#options.keys, i)));
    this.#order.fill(order);
  }
  override stats(): OperatorStats {
    return { stateRows: this.#order.length, stateBytes: this.#table.byteLength + this.#order.length * 64, lateRows: 0 };
  }
}
