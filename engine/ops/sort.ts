/** ORDER BY and LIMIT, in the four forms that streams and bounded inputs allow. */
import type { Batch } from '../data/batch.ts';
import { batchOf, concatBatches, rowAt, sliceBatch, takeBatch, type Row } from '../data/batch-rows.ts';
import { changesOf } from '../data/changelog.ts';
import { rowKey } from '../data/key.ts';
import { RowKind, isAddition } from '../data/row-kind.ts';
import { comparatorOf } from '../types/compare.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs, Value } from '../types/value.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { OneInput } from './one-input.ts';

export interface SortKeySpec {
  readonly column: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface SortOptions {
  readonly schema: Schema;
  readonly keys: readonly SortKeySpec[];
  readonly offset: number;
  readonly limit: number | undefined;
}

/** Compares rows by the keys; rows that are equal in all of them keep their order of arrival. */
export function rowOrder(schema: Schema, keys: readonly SortKeySpec[]): (a: Row, b: Row) => number {
  const parts = keys.map(({ column, descending, nullsFirst }) => {
    const compare = comparatorOf(schema[column]!.type);
    return (a: Row, b: Row): number => {
      const [x, y] = [a[column]!, b[column]!];
      if (x === null || y === null) return x === y ? 0 : (x === null) === nullsFirst ? -1 : 1;
      return descending ? compare(y, x) : compare(x, y);
    };
  });
  return (a, b) => {
    for (const part of parts) {
      const order = part(a, b);
      if (order !== 0) return order;
    }
    return 0;
  };
}

/**
 * The whole input in order, once it has ended: bounded queries.
 * State: every row. Emits: +I at the end. An updating input is first reduced to its final rows.
 */
export class SortAtEnd extends OneInput {
  readonly name = 'Sort';
  readonly #options: SortOptions;
  #batches: Batch[] = [];
  #rows = 0;

  constructor(options: SortOptions) {
    super();
    this.#options = options;
  }
  push(batch: Batch): void {
    if (batch.length === 0) return;
    this.#batches.push(batch);
    this.#rows += batch.length;
  }
  override finish(): void {
    const { schema, keys, offset, limit } = this.#options;
    if (this.#rows === 0) return;
    const final = finalRows(this.#batches);
    const rows = Array.from({ length: final.length }, (_, i) => rowAt(final, i));
    const order = Int32Array.from(rows.keys());
    const compare = rowOrder(schema, keys);
    order.sort((a, b) => compare(rows[a]!, rows[b]!) || a - b);
    this.emit(takeBatch(final, order.slice(offset, limit === undefined ? undefined : offset + limit)));
    this.#batches = [];
    this.#rows = 0;
  }
  override snapshot(): OperatorState {
    return this.#batches.length === 0 ? undefined : concatBatches(this.#batches);
  }
  override restore(state: OperatorState): void {
    if (state !== undefined) this.push(state as Batch);
  }
  override stats(): OperatorStats {
    return { stateRows: this.#rows, stateBytes: 0, lateRows: 0 };
  }
}

/** What is left of a changelog, in order of arrival. */
function finalRows(batches: readonly Batch[]): Batch {
  const all = concatBatches(batches);
  if (all.kinds === undefined) return all;
  const live = new Map<string, number[]>();
  changesOf(all).forEach(({ kind, row }, i) => {
    const key = rowKey(row);
    const at = live.get(key);
    if (!isAddition(kind)) at?.pop();
    else if (at === undefined) live.set(key, [i]);
    else at.push(i);
  });
  const kept = Int32Array.from([...live.values()].flat()).sort();
  return { ...takeBatch(all, kept), kinds: undefined };
}

/**
 * The first rows as they come: LIMIT without ORDER BY over an append-only input.
 * State: how many have passed. Emits: +I.
 */
export class Limit extends OneInput {
  readonly name = 'Limit';
  readonly #offset: number;
  readonly #end: number;
  #seen = 0;

  constructor({ offset, limit }: Pick<SortOptions, 'offset' | 'limit'>) {
    super();
    this.#offset = offset;
    this.#end = limit === undefined ? Infinity : offset + limit;
  }
  push(batch: Batch): void {
    const from = Math.max(0, this.#offset - this.#seen);
    const to = Math.min(batch.length, this.#end - this.#seen);
    this.#seen += batch.length;
    if (from < to) this.emit(from === 0 && to === batch.length ? batch : sliceBatch(batch, from, to));
  }
  override snapshot(): OperatorState {
    return this.#seen;
  }
  override restore(state: OperatorState): void {
    this.#seen = state as number;
  }
}

/**
 * ORDER BY a rising time column in a stream, as Flink's TemporalSort: rows wait for the watermark that passes their time.
 * State: rows above the watermark. Emits: +I. A row not above the last time that was let out is dropped and counted.
 */
export class TemporalSort extends OneInput {
  readonly name = 'TemporalSort';
  readonly #schema: Schema;
  readonly #time: number;
  readonly #compare: (a: Row, b: Row) => number;
  #waiting: Row[] = [];
  #released: EpochMs = -Infinity;
  #late = 0;

  /** `keys[0]` is the time column, ascending. */
  constructor({ schema, keys }: SortOptions) {
    super();
    this.#schema = schema;
    this.#time = keys[0]!.column;
    this.#compare = rowOrder(schema, keys);
  }
  push(batch: Batch): void {
    for (let i = 0; i < batch.length; i++) {
      const row = rowAt(batch, i);
      if (Number(row[this.#time]) <= this.#released) this.#late++;
      else this.#waiting.push(row);
    }
  }
  protected override onWatermark(watermark: EpochMs): void {
    const due = this.#waiting.filter((row) => Number(row[this.#time]) <= watermark);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter((row) => Number(row[this.#time]) > watermark);
    due.sort(this.#compare);
    this.#released = Math.max(this.#released, Number(due.at(-1)![this.#time]));
    this.emit(batchOf(this.#schema, due));
  }
  override snapshot(): OperatorState {
    return { waiting: this.#waiting, released: this.#released, late: this.#late };
  }
  override restore(state: OperatorState): void {
    const { waiting, released, late } = state as { waiting: Row[]; released: EpochMs; late: number };
    this.#waiting = waiting;
    this.#released = released;
    this.#late = late;
  }
  override stats(): OperatorStats {
    return { stateRows: this.#waiting.length, stateBytes: 0, lateRows: this.#late };
  }
}

/**
 * ORDER BY … LIMIT in a stream: the rows that are first now.
 * State: every row of the input in order, so that a row that leaves is replaced by the next. Emits: +I for a row that comes into range,
 * -D for one that leaves it (before the +I that takes its place), as Flink's Top-N without a rank column.
 */
export class TopN extends OneInput {
  readonly name = 'SortLimit';
  readonly #schema: Schema;
  readonly #offset: number;
  readonly #end: number;
  readonly #compare: (a: Row, b: Row) => number;
  #rows: Row[] = [];
  /** An append-only input never needs the rows beyond the range. */
  readonly #keepAll: boolean;

  constructor(options: SortOptions & { readonly retract: boolean }) {
    super();
    this.#schema = options.schema;
    this.#offset = options.offset;
    this.#end = options.limit === undefined ? Infinity : options.offset + options.limit;
    this.#compare = rowOrder(options.schema, options.keys);
    this.#keepAll = options.retract;
  }
  push(batch: Batch): void {
    const rows: Row[] = [];
    const kinds: RowKind[] = [];
    const emit = (kind: RowKind, row: Row | undefined): void => {
      if (row === undefined) return;
      rows.push(row);
      kinds.push(kind);
    };
    for (const { kind, row } of changesOf(batch)) {
      if (isAddition(kind)) this.#add(row, emit);
      else this.#remove(row, emit);
    }
    if (rows.length > 0) this.emit(batchOf(this.#schema, rows, kinds));
  }
  #add(row: Row, emit: (kind: RowKind, row: Row | undefined) => void): void {
    const at = this.#upperBound(row);
    if (at >= this.#end) {
      if (this.#keepAll) this.#rows.splice(at, 0, row);
      return;
    }
    const pushedOut = this.#rows[this.#end - 1];
    const enters = at < this.#offset ? this.#rows[this.#offset - 1] : row;
    this.#rows.splice(at, 0, row);
    emit(RowKind.Delete, pushedOut);
    emit(RowKind.Insert, enters);
    if (!this.#keepAll && this.#rows.length > this.#end) this.#rows.length = this.#end;
  }
  #remove(row: Row, emit: (kind: RowKind, row: Row | undefined) => void): void {
    const key = rowKey(row);
    const at = this.#rows.findIndex((candidate) => rowKey(candidate) === key);
    if (at < 0) return;
    this.#rows.splice(at, 1);
    if (at >= this.#end) return;
    emit(RowKind.Delete, at < this.#offset ? this.#rows[this.#offset - 1] : row);
    emit(RowKind.Insert, this.#rows[this.#end - 1]);
  }
  /** Behind all rows that are not greater. */
  #upperBound(row: Row): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(this.#rows[middle]!, row) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  override snapshot(): OperatorState {
    return this.#rows;
  }
  override restore(state: OperatorState): void {
    this.#rows = state as Value[][];
  }
  override stats(): OperatorStats {
    return { stateRows: this.#rows.length, stateBytes: 0, lateRows: 0 };
  }
}
