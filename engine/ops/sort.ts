import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import { sliceBatch, takeBatch } from '../data/batch-rows.ts';
import { isAddition } from '../data/row-kind.ts';
import type { SortKey } from '../plan/logical.ts';
import { KeyTable } from '../state/key-table.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs } from '../types/value.ts';
import { LateRows } from './late-rows.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { PendingRows } from './pending-rows.ts';
import { rowCompare, sortedRows } from './row-order.ts';

export interface SortOptions {
  readonly input: Schema;
  /** The most significant key first. Rows that are equal in all keys stay in the order in which they came. */
  readonly keys: readonly SortKey[];
  /** Rows to leave out at the start. */
  readonly offset: number;
  /** Rows to give at most; undefined = all. */
  readonly limit: number | undefined;
}

/**
 * ORDER BY over a bounded input: all rows when the input has ended, in order; then OFFSET and LIMIT.
 *
 * State: all rows. Emits: +I only; what the input takes back does not come.
 */
export class Sort extends OneInput {
  readonly name: string;
  readonly #options: SortOptions;
  readonly #rows = new PendingRows();

  constructor(options: SortOptions) {
    super();
    this.#options = options;
    this.name = `Sort[${options.keys.map((key) => nameOf(key, options.input)).join(', ')}]`;
  }

  push(batch: Batch): void {
    this.#rows.push(batch);
  }

  protected override onWatermark(watermark: EpochMs): void {
    if (watermark !== Infinity) return;
    const pending = this.#rows.take();
    const all = pending && withoutRetracted(pending, this.#options.input);
    if (all === undefined) return;
    const { keys, offset, limit } = this.#options;
    const order = sortedRows(all.length, rowCompare(all.columns, keys));
    const shown = order.subarray(offset, limit === undefined ? undefined : offset + limit);
    for (let from = 0; from < shown.length; from += BATCH_ROWS)
      this.emit(takeBatch(all, shown.subarray(from, from + BATCH_ROWS)));
  }

  override snapshot(): OperatorState {
    return this.#rows.snapshot();
  }
  override restore(state: OperatorState): void {
    this.#rows.restore(state as Batch | undefined);
  }
  override stats(): OperatorStats {
    return { stateRows: this.#rows.rows, stateBytes: this.#rows.byteLength, lateRows: 0 };
  }
}

export function nameOf({ column, descending }: SortKey, input: Schema): string {
  return `${input[column]!.name}${descending ? ' DESC' : ''}`;
}

/** The rows that are left of a changelog, in the order in which they came; a retraction takes the earliest equal row away. */
export function withoutRetracted(batch: Batch, input: Schema): Batch {
  const { kinds, length, columns } = batch;
  if (kinds === undefined) return batch;
  const table = new KeyTable(input.map(({ type }) => type));
  const identity = new Int32Array(length);
  table.findOrInsert(columns, 0, length, identity);
  const left = new Int32Array(table.capacity);
  const retracted = new Int32Array(table.capacity);
  for (let r = 0; r < length; r++) {
    if (isAddition(kinds[r]!)) left[identity[r]!]!++;
    else if (left[identity[r]!]! > 0) {
      left[identity[r]!]!--;
      retracted[identity[r]!]!++;
    }
  }
  const kept = new Int32Array(length);
  let n = 0;
  for (let r = 0; r < length; r++) {
    if (!isAddition(kinds[r]!)) continue;
    if (retracted[identity[r]!]! > 0) retracted[identity[r]!]!--;
    else kept[n++] = r;
  }
  return { ...takeBatch({ ...batch, kinds: undefined }, kept, n) };
}

/**
 * ORDER BY a time attribute (and more keys) over a stream: rows come in order as the watermark passes their time.
 *
 * State: rows above the watermark. As Flink's RowTimeSortOperator, a row is late, and dropped, when rows of its time or later have come out already:
 * a row below the watermark but above those still comes.
 */
export class SortByTime extends OneInput {
  readonly name: string;
  readonly #options: Pick<SortOptions, 'input' | 'keys'>;
  readonly #rows = new PendingRows();
  #least = Infinity;
  /** The greatest time that came out. */
  #done = -Infinity;
  #late = 0;
  readonly late = new LateRows();

  readonly #isProctime: boolean;

  /** @param options `keys[0]` is the time column, ascending; rows of processing time come with the next tick and are never late */
  constructor(options: Pick<SortOptions, 'input' | 'keys'>) {
    super();
    this.#options = options;
    this.#isProctime = options.input[options.keys[0]!.column]!.time === 'proctime';
    this.name = `SortByTime[${options.keys.map((key) => nameOf(key, options.input)).join(', ')}]`;
  }

  #times(batch: Batch): Float64Array {
    return (batch.columns[this.#options.keys[0]!.column] as { values: Float64Array } & Batch['columns'][number]).values;
  }

  push(batch: Batch): void {
    const times = this.#times(batch);
    const kept = new Int32Array(batch.length);
    let n = 0;
    for (let r = 0; r < batch.length; r++) {
      const time = times[r]!;
      if (time <= this.#done && !this.#isProctime) {
        this.#late++;
        this.late.add(batch, r);
        continue;
      }
      kept[n++] = r;
      if (time < this.#least) this.#least = time;
    }
    this.#rows.push(n === batch.length ? batch : takeBatch(batch, kept, n));
  }

  protected override onWatermark(watermark: EpochMs): void {
    if (this.#rows.rows === 0 || this.#least > watermark) return;
    const all = this.#rows.take()!;
    const order = sortedRows(all.length, rowCompare(all.columns, this.#options.keys));
    const times = this.#times(all);
    let due = 0;
    while (due < order.length && times[order[due]!]! <= watermark) due++;
    this.#done = times[order[due - 1]!]!;
    for (let from = 0; from < due; from += BATCH_ROWS) {
      this.emit(takeBatch(all, order.subarray(from, Math.min(due, from + BATCH_ROWS))));
    }
    // What stays keeps the order of arrival, which decides between equal rows.
    const rest = order.subarray(due).slice().sort();
    this.#least = due < order.length ? times[order[due]!]! : Infinity;
    if (rest.length > 0) this.#rows.push(takeBatch(all, rest));
  }

  override tick(now: EpochMs): void {
    if (this.#isProctime) this.onWatermark(now - 1);
  }

  override snapshot(): OperatorState {
    return { rows: this.#rows.snapshot(), least: this.#least, done: this.#done, late: this.#late };
  }
  override restore(state: OperatorState): void {
    const saved = state as { rows: Batch | undefined; least: EpochMs; done: EpochMs; late: number };
    this.#rows.restore(saved.rows);
    this.#least = saved.least;
    this.#done = saved.done;
    this.#late = saved.late;
  }
  override stats(): OperatorStats {
    return { stateRows: this.#rows.rows, stateBytes: this.#rows.byteLength, lateRows: this.#late };
  }
}

/**
 * LIMIT and OFFSET without ORDER BY over an input that only grows: the first rows that come.
 *
 * State: how many have come.
 */
export class Limit extends OneInput {
  readonly name: string;
  readonly #offset: number;
  readonly #end: number;
  #seen = 0;

  constructor(options: { readonly offset: number; readonly limit: number | undefined }) {
    super();
    this.#offset = options.offset;
    this.#end = options.limit === undefined ? Infinity : options.offset + options.limit;
    this.name = `Limit[${options.limit ?? 'all'}${options.offset > 0 ? ` offset ${options.offset}` : ''}]`;
  }

  /** No row can come any more: the source may stop. */
  get isDone(): boolean {
    return this.#seen >= this.#end;
  }

  push(batch: Batch): void {
    const from = Math.max(0, this.#offset - this.#seen);
    const to = Math.min(batch.length, this.#end - this.#seen);
    this.#seen += batch.length;
    if (from < to) this.emit(sliceBatch(batch, from, to));
  }

  override snapshot(): OperatorState {
    return { seen: this.#seen };
  }
  override restore(state: OperatorState): void {
    this.#seen = (state as { seen: number }).seen;
  }
}
