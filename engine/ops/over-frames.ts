import type { Column } from '../data/column.ts';
import { valueAt } from '../data/column-read.ts';
import type { Frame, SortKey } from '../plan/logical.ts';
import type { RowCompare } from './row-order.ts';

/** The rows of one partition in order: places from .. to of a sorted input. */
export interface SortedPartition {
  readonly from: number;
  readonly to: number;
  /** By place within the partition: the first of the rows that are equal in all sort keys, and the place behind the last one. */
  readonly peerStart: Int32Array;
  readonly peerEnd: Int32Array;
}

/** The partitions of sorted rows. `samePartition` and `samePeers` compare two rows. */
export function partitionsOf(
  rows: Int32Array,
  samePartition: (a: number, b: number) => boolean,
  compare: RowCompare,
): SortedPartition[] {
  const partitions: SortedPartition[] = [];
  for (let from = 0; from < rows.length;) {
    let to = from + 1;
    while (to < rows.length && samePartition(rows[from]!, rows[to]!)) to++;
    const size = to - from;
    const peerStart = new Int32Array(size);
    const peerEnd = new Int32Array(size);
    for (let i = 0; i < size;) {
      let end = i + 1;
      while (end < size && compare(rows[from + i]!, rows[from + end]!) === 0) end++;
      peerStart.fill(i, i, end);
      peerEnd.fill(end, i, end);
      i = end;
    }
    partitions.push({ from, to, peerStart, peerEnd });
    from = to;
  }
  return partitions;
}

/** Where the frame of each row of a partition begins, and behind which place it ends; both never go back. */
export function frameBounds(
  frame: Frame,
  partition: SortedPartition,
  rows: Int32Array,
  columns: readonly Column[],
  order: readonly SortKey[],
): { readonly lower: Int32Array; readonly upper: Int32Array } {
  const size = partition.to - partition.from;
  const lower = new Int32Array(size);
  const upper = new Int32Array(size);
  const isValueRange = (bound: number): boolean => frame.unit === 'range' && bound !== 0 && Number.isFinite(bound);
  const needsKeys = isValueRange(frame.lower) || isValueRange(frame.upper);
  const keys = needsKeys ? sortKeysOf(partition, rows, columns, order[0]!) : undefined;
  for (let i = 0; i < size; i++) {
    lower[i] = lowerOf(frame, partition, i, size, keys, i === 0 ? 0 : lower[i - 1]!);
    upper[i] = upperOf(frame, partition, i, size, keys, i === 0 ? 0 : upper[i - 1]!);
  }
  return { lower, upper };
}

/** The sort key of each row as a number that rises; NaN for NULL. */
function sortKeysOf(
  { from, to }: SortedPartition,
  rows: Int32Array,
  columns: readonly Column[],
  key: SortKey,
): Float64Array {
  const column = columns[key.column]!;
  const { type } = column;
  const unit = type.kind === 'DECIMAL' ? 10 ** -type.scale : type.kind === 'DATE' ? 86_400_000 : 1;
  const sign = key.descending ? -unit : unit;
  const isNanos = column.storage === 'ts';
  return Float64Array.from({ length: to - from }, (_, i) => {
    const value = valueAt(column, rows[from + i]!);
    if (value === null) return NaN;
    return isNanos ? (Number(value) / 1e6) * sign : Number(value) * sign;
  });
}

function lowerOf(
  { unit, lower }: Frame,
  { peerStart }: SortedPartition,
  i: number,
  size: number,
  keys: Float64Array | undefined,
  from: number,
): number {
  if (lower === -Infinity) return 0;
  if (unit === 'rows') return Math.min(size, Math.max(0, i + lower));
  if (lower === 0 || keys === undefined || Number.isNaN(keys[i])) return peerStart[i]!;
  let at = from;
  // NULLs are in no range of values.
  while (at < size && !(keys[at]! >= keys[i]! + lower) && !(Number.isNaN(keys[at]!) && at > i)) at++;
  return at;
}

function upperOf(
  { unit, upper }: Frame,
  { peerEnd }: SortedPartition,
  i: number,
  size: number,
  keys: Float64Array | undefined,
  from: number,
): number {
  if (upper === Infinity) return size;
  if (unit === 'rows') return Math.min(size, Math.max(0, i + upper + 1));
  if (upper === 0 || keys === undefined || Number.isNaN(keys[i])) return peerEnd[i]!;
  let at = from;
  while (at < size && (keys[at]! <= keys[i]! + upper || (Number.isNaN(keys[at]!) && at < i))) at++;
  return at;
}
