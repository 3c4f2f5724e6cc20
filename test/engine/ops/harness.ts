/** Runs operators in tests: pushes rows, collects what comes out as plain data. */
import type { Batch } from '../../../engine/data/batch.ts';
import { batchOf, kindAt, rowAt, type Row } from '../../../engine/data/batch-rows.ts';
import { rowKey } from '../../../engine/data/key.ts';
import { isAddition, RowKind, rowKindText } from '../../../engine/data/row-kind.ts';
import type { Operator } from '../../../engine/ops/operator.ts';
import type { Schema } from '../../../engine/types/schema.ts';
import type { Value } from '../../../engine/types/value.ts';

/** `+I [a, 1]`, or a watermark. */
export type Output = { readonly kind: string; readonly row: Row } | { readonly watermark: number };

export class Collector {
  readonly outputs: Output[] = [];
  /** Batches that came, empty ones included. */
  batches = 0;

  push(batch: Batch): void {
    this.batches++;
    for (const column of batch.columns)
      if (column.length !== batch.length) throw new Error('a column of another length');
    for (let i = 0; i < batch.length; i++)
      this.outputs.push({ kind: rowKindText[kindAt(batch, i)]!, row: rowAt(batch, i) });
  }
  advance(watermark: number): void {
    this.outputs.push({ watermark });
  }
  /** All that came since the last call. */
  take(): Output[] {
    return this.outputs.splice(0);
  }
}

export function connect(operator: Operator): Collector {
  const collector = new Collector();
  operator.connect(collector);
  return collector;
}

export const isRow = (output: Output): output is Extract<Output, { row: Row }> => 'row' in output;
export const rowsIn = (outputs: readonly Output[]): string[] =>
  outputs.filter(isRow).map(({ kind, row }) => `${kind} ${rowKey(row)}`);
export const textOf = (outputs: readonly Output[]): string[] =>
  outputs.map((output) => (isRow(output) ? `${output.kind} ${rowKey(output.row)}` : `watermark ${output.watermark}`));

/** The table that a changelog describes: keys of rows with their counts. Throws when a row is taken away that is not there. */
export class Table {
  readonly rows = new Map<string, number>();
  apply(outputs: readonly Output[]): this {
    for (const output of outputs) {
      if (!isRow(output)) continue;
      const key = rowKey(output.row);
      const count = (this.rows.get(key) ?? 0) + (output.kind === '+I' || output.kind === '+U' ? 1 : -1);
      if (count < 0) throw new Error(`${output.kind} ${key} takes back a row that is not there`);
      if (count === 0) this.rows.delete(key);
      else this.rows.set(key, count);
    }
    return this;
  }
  get sorted(): string[] {
    return [...this.rows].flatMap(([key, count]) => Array.from({ length: count }, () => key)).sort();
  }
}

export interface Change {
  readonly kind: RowKind;
  readonly row: Row;
}

export function batchOfChanges(schema: Schema, changes: readonly Change[]): Batch {
  const kinds = changes.every(({ kind }) => kind === RowKind.Insert) ? undefined : changes.map(({ kind }) => kind);
  return batchOf(
    schema,
    changes.map(({ row }) => row),
    kinds,
  );
}

/** Cuts `items` at the given sizes, over and over. */
export function cut<T>(items: readonly T[], sizes: readonly number[]): T[][] {
  const parts: T[][] = [];
  for (let at = 0, i = 0; at < items.length; i++) {
    const size = Math.max(1, sizes.length === 0 ? items.length : sizes[i % sizes.length]!);
    parts.push(items.slice(at, at + size));
    at += size;
  }
  return parts;
}

/** Random inserts and retractions of rows that are there, from inserts and random numbers: a number picks the row to take back. */
export function changelogFrom(steps: readonly { readonly row: Row; readonly retract: number | null }[]): Change[] {
  const live: Row[] = [];
  return steps.map(({ row, retract }): Change => {
    if (retract === null || live.length === 0) {
      live.push(row);
      return { kind: retract !== null && retract % 2 === 1 ? RowKind.UpdateAfter : RowKind.Insert, row };
    }
    const [gone] = live.splice(retract % live.length, 1);
    return { kind: retract % 2 === 0 ? RowKind.Delete : RowKind.UpdateBefore, row: gone! };
  });
}

/** The rows that are left of a changelog, in the order in which they came. */
export function liveRows(changes: readonly Change[]): Row[] {
  const live: Row[] = [];
  for (const { kind, row } of changes) {
    if (isAddition(kind)) live.push(row);
    else {
      const key = rowKey(row);
      const at = live.findIndex((other) => rowKey(other) === key);
      if (at >= 0) live.splice(at, 1);
    }
  }
  return live;
}

export const values = (outputs: readonly Output[]): Value[][] => outputs.filter(isRow).map(({ row }) => [...row]);
