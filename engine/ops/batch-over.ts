import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import { sliceBatch, takeBatch } from '../data/batch-rows.ts';
import type { Column } from '../data/column.ts';
import { columnOf } from '../data/column-builder.ts';
import { valueAt } from '../data/column-read.ts';
import { concatColumns, takeColumn } from '../data/take.ts';
import type { AggregateCall } from '../functions/function.ts';
import type { OverGroup } from '../plan/logical.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs } from '../types/value.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { numbersColumn, OverCalls, shifted, shiftOf } from './over-calls.ts';
import { frameBounds, partitionsOf, type SortedPartition } from './over-frames.ts';
import { PendingRows } from './pending-rows.ts';
import { rowCompare, sortedRows } from './row-order.ts';
import { withoutRetracted } from './sort.ts';

export interface BatchOverOptions {
  readonly input: Schema;
  readonly groups: readonly OverGroup[];
}

/**
 * OVER of a bounded query: all windows of all rows when the input has ended.
 *
 * State: all rows. Emits +I only, sorted by the partition and order of the last window.
 * Cost: a sort a window; frames slide, but those that add floating-point numbers are summed anew for each row, as in Flink.
 */
export class BatchOver extends OneInput {
  readonly name: string;
  readonly #options: BatchOverOptions;
  readonly #rows = new PendingRows();

  constructor(options: BatchOverOptions) {
    super();
    this.#options = options;
    const partitions = options.groups.map(({ partition }) =>
      partition.map((key) => options.input[key]!.name).join(', '),
    );
    this.name = `Over[${partitions.join('; ')}]`;
  }

  push(batch: Batch): void {
    this.#rows.push(batch);
  }

  protected override onWatermark(watermark: EpochMs): void {
    if (watermark !== Infinity) return;
    const pending = this.#rows.take();
    let all = pending && withoutRetracted(pending, this.#options.input);
    if (all === undefined || all.length === 0) return;
    for (const group of this.#options.groups) all = withWindow(all, group, this.#options.input);
    for (let from = 0; from < all.length; from += BATCH_ROWS)
      this.emit(sliceBatch(all, from, Math.min(all.length, from + BATCH_ROWS)));
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

/** The rows in the order of a window, with its results behind their columns. */
function withWindow(batch: Batch, group: OverGroup, input: Schema): Batch {
  const { partition, order, calls } = group;
  const keys = partition.map((column) => ({ column, descending: false, nullsFirst: true }));
  const byPartition = rowCompare(batch.columns, keys);
  const rows = sortedRows(batch.length, rowCompare(batch.columns, [...keys, ...order]));
  const compare = rowCompare(batch.columns, order);
  const partitions = partitionsOf(rows, (a, b) => byPartition(a, b) === 0, compare);
  const sorted = takeBatch(batch, rows);
  const identity = Int32Array.from({ length: batch.length }, (_, i) => i);
  const over = new OverCalls(calls, input, group.frame.lower !== -Infinity);
  const results = over.aggregates.length === 0 ? [] : aggregate(sorted, identity, partitions, group, over, input);
  const places = (call: AggregateCall): Column => place(call, sorted, partitions);
  return { ...sorted, columns: [...sorted.columns, ...over.arrange(results, places)] };
}

interface Steps {
  readonly rows: number[];
  readonly groups: number[];
  readonly kinds: number[];
  readonly shown: number[];
  results: number;
}

function aggregate(
  { columns, length }: Batch,
  rows: Int32Array,
  partitions: readonly SortedPartition[],
  { frame, order }: OverGroup,
  over: OverCalls,
  input: Schema,
): Column[] {
  const anew = frame.lower !== -Infinity && OverCalls.isInexact(over.aggregates, input);
  const state = over.newState();
  const pieces: Column[][] = [];
  let steps = emptySteps();
  let group = 0;
  const run = (): void => {
    if (steps.results === 0) return;
    const taken = Int32Array.from(steps.rows, (row) => Math.max(row, 0));
    const own: Column[] = [];
    for (const column of over.read) own[column] = takeColumn(columns[column]!, taken);
    const kinds = steps.kinds.includes(3) ? Uint8Array.from(steps.kinds) : undefined;
    state.ensure(group + 1);
    const batch = { length: taken.length, columns: own, kinds };
    pieces.push(state.scan(batch, Int32Array.from(steps.groups), Uint8Array.from(steps.shown), steps.results));
    steps = emptySteps();
  };
  const resultOf = new Int32Array(length);
  let results = 0;
  const step = (row: number, kind: number): void => {
    steps.rows.push(row);
    steps.groups.push(group);
    steps.kinds.push(kind);
    steps.shown.push(0);
  };
  for (const partition of partitions) {
    const { lower, upper } = frameBounds(frame, partition, rows, columns, order);
    const size = partition.to - partition.from;
    let low = 0;
    let high = 0;
    for (let i = 0; i < size; i++) {
      const isSame = i > 0 && lower[i] === lower[i - 1] && upper[i] === upper[i - 1];
      if (!isSame) {
        if (anew && i > 0) {
          group++;
          low = lower[i]!;
          high = low;
        }
        // Before rows go, those come that stay: an aggregate must not be empty in between.
        for (; high < upper[i]!; high++) if (high >= lower[i]! || !anew) step(partition.from + high, 0);
        for (; low < Math.min(lower[i]!, high); low++) step(partition.from + low, 3);
        if (steps.shown.length === 0 || steps.groups.at(-1) !== group) ask(step);
        steps.shown[steps.shown.length - 1] = 1;
        steps.results++;
        results++;
      }
      resultOf[partition.from + i] = results - 1;
    }
    group++;
    if (steps.rows.length >= BATCH_ROWS) run();
  }
  run();
  const whole = over.aggregates.map((_, c) => concatColumns(pieces.map((piece) => piece[c]!)));
  return whole.map((column) => takeColumn(column, resultOf));
}

/** A step that changes nothing: a frame without rows is asked for its results too. */
function ask(step: (row: number, kind: number) => void): void {
  step(0, 3);
}

const emptySteps = (): Steps => ({ rows: [], groups: [], kinds: [], shown: [], results: 0 });

/** The functions of the place of a row. */
function place(call: AggregateCall, { columns, length }: Batch, partitions: readonly SortedPartition[]): Column {
  if (call.fn === 'LEAD' || call.fn === 'LAG') return shift(call, columns, length, partitions);
  const numbers = new Float64Array(length);
  for (const { from, to, peerStart, peerEnd } of partitions) {
    const size = to - from;
    let dense = 0;
    for (let i = 0; i < size; i++) {
      if (peerStart[i] === i) dense++;
      numbers[from + i] = placeOf(call, columns, from + i, i, size, peerStart[i]!, peerEnd[i]!, dense);
    }
  }
  return numbersColumn(call, numbers, length);
}

function placeOf(
  call: AggregateCall,
  columns: readonly Column[],
  row: number,
  i: number,
  size: number,
  peerStart: number,
  peerEnd: number,
  dense: number,
): number {
  switch (call.fn) {
    case 'ROW_NUMBER':
      return i + 1;
    case 'RANK':
      return peerStart + 1;
    case 'DENSE_RANK':
      return dense;
    case 'PERCENT_RANK':
      return size === 1 ? 0 : peerStart / (size - 1);
    case 'CUME_DIST':
      return peerEnd / size;
    default:
      return bucketOf(i, size, Number(valueAt(columns[call.args[0]!]!, row)));
  }
}

/** NTILE: the first buckets hold one row more than the others. */
function bucketOf(i: number, size: number, buckets: number): number {
  const small = Math.floor(size / buckets);
  const large = size % buckets;
  const inLarge = large * (small + 1);
  if (i < inLarge) return Math.floor(i / (small + 1)) + 1;
  return large + Math.floor((i - inLarge) / Math.max(1, small)) + 1;
}

function shift(
  call: AggregateCall,
  columns: readonly Column[],
  length: number,
  partitions: readonly SortedPartition[],
): Column {
  const what = shiftOf(call);
  const sign = call.fn === 'LEAD' ? 1 : -1;
  const own = Int32Array.from({ length }, (_, i) => i);
  const source = new Int32Array(length).fill(-1);
  const offsets = typeof what.offset === 'number' ? undefined : columns[what.offset.column]!;
  for (const { from, to } of partitions) {
    for (let row = from; row < to; row++) {
      const offset = offsets === undefined ? (what.offset as number) : Number(valueAt(offsets, row) ?? 0);
      const at = row + sign * offset;
      if (at >= from && at < to) source[row] = at;
    }
  }
  return length === 0 ? columnOf(call.type, []) : shifted(call, what, (column) => columns[column]!, source, own);
}
