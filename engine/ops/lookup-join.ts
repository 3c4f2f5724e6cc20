import type { Batch } from '../data/batch.ts';
import { batchOf, concatBatches } from '../data/batch-rows.ts';
import type { Column } from '../data/column.ts';
import { columnOf } from '../data/column-builder.ts';
import { valuesOf } from '../data/column-read.ts';
import { detachColumn, takeBytes, takeColumn } from '../data/take.ts';
import { takeNullable } from '../data/take-nullable.ts';
import type { Select } from '../expr/compile.ts';
import { KeyTable } from '../state/key-table.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs } from '../types/value.ts';
import { JoinedRows } from './joined-rows.ts';
import type { Marks } from './marks.ts';
import type { Operator, OperatorState, OperatorStats, Output } from './operator.ts';

/** Rows of the table for the rows of `keys`: those of key k are starts[k] .. starts[k + 1]. Keys are distinct and without NULLs. */
export type Lookup = (keys: Batch) => Promise<{ readonly rows: Batch; readonly starts: Int32Array }>;

export interface LookupJoinOptions {
  /** left: a row without a match comes with NULLs. */
  readonly type: 'inner' | 'left';
  readonly left: Schema;
  readonly right: Schema;
  /** The left columns that are looked up. */
  readonly leftKeys: readonly number[];
  /** What else must hold, over left columns, then right columns. */
  readonly residual: Select | undefined;
  readonly lookup: Lookup;
}

/** What waits: rows, and watermarks behind some of them. */
interface Waiting {
  readonly batch: Batch;
  readonly rows: number[];
  readonly values: EpochMs[];
}

/**
 * Joins each left row with the rows that another system has for its keys at that moment: left columns, then right columns. Left kinds are kept.
 *
 * What comes between two calls of `settle` is looked up together, each key once; the order of the output is that of the input.
 * State: none but rows that wait for their answer, which the runtime awaits before it goes on.
 */
export class LookupJoin implements Operator {
  readonly name: string;
  readonly ports = 1;
  readonly #options: LookupJoinOptions;
  #waiting: Waiting[] = [];
  #answering: Promise<void> | undefined;
  #output: Output | undefined;

  constructor(options: LookupJoinOptions) {
    this.#options = options;
    this.name = `LookupJoin[${options.leftKeys.map((key) => options.left[key]!.name).join(', ')}]`;
  }
  connect(output: Output): void {
    this.#output = output;
  }

  push(batch: Batch, _port?: number): void {
    if (batch.length > 0) this.#waiting.push({ batch, rows: [], values: [] });
  }
  pushMarked(batch: Batch, marks: Marks, _port: number): void {
    this.#waiting.push({ batch, rows: Array.from(marks.rows), values: Array.from(marks.values) });
  }
  advance(watermark: EpochMs, _port?: number): void {
    const last = this.#waiting.at(-1);
    if (last === undefined) this.#output!.advance(watermark);
    else {
      last.rows.push(last.batch.length);
      last.values.push(watermark);
    }
  }

  settle(): Promise<void> | undefined {
    if (this.#waiting.length === 0) return undefined;
    return (this.#answering ??= this.#answer().finally(() => (this.#answering = undefined)));
  }

  async #answer(): Promise<void> {
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      const { batch, marks } = together(waiting);
      const { rows, starts, keyOf } = await this.#look(batch);
      // What came meanwhile is answered in the next round.
      this.#waiting = this.#waiting.slice(waiting.length);
      this.#join(batch, marks, rows, starts, keyOf);
    }
  }

  /** keyOf[r] = the key of row r among those that were asked for, -1 = a key with NULL. */
  async #look(batch: Batch): Promise<{ rows: Batch; starts: Int32Array; keyOf: Int32Array }> {
    const { leftKeys, left, right } = this.#options;
    const columns = leftKeys.map((key) => batch.columns[key]!);
    const keyOf = new Int32Array(batch.length);
    const table = new KeyTable(leftKeys.map((key) => left[key]!.type));
    table.findOrInsert(columns, 0, batch.length, keyOf, allValid(columns, batch.length));
    const n = table.bound;
    if (n === 0) return { rows: batchOf(right, []), starts: new Int32Array(1), keyOf };
    const keys = table.keyColumns(
      Int32Array.from({ length: n }, (_, i) => i),
      n,
    );
    return { ...(await this.#options.lookup({ length: n, columns: keys, kinds: undefined })), keyOf };
  }

  #join(batch: Batch, marks: Marks, rows: Batch, starts: Int32Array, keyOf: Int32Array): void {
    const { type, residual } = this.#options;
    const hits = new Uint8Array(batch.length);
    const { kinds } = batch;
    const left = {
      take: (numbers: Int32Array, n: number) => batch.columns.map((column) => takeColumn(column, numbers, n)),
      hits: () => hits,
      ...(kinds && { kinds: (numbers: Int32Array, n: number) => takeBytes(kinds, numbers, n) }),
    };
    const right = {
      take: (numbers: Int32Array, n: number) => rows.columns.map((column) => takeNullable(column, numbers, n)),
      hits: () => undefined,
    };
    const joined = new JoinedRows({ left, right, residual });
    joined.connect(this.#output!);
    let mark = 0;
    for (let r = 0; r < batch.length; r++) {
      while (mark < marks.rows.length && marks.rows[mark]! <= r) joined.mark(marks.values[mark++]!);
      const key = keyOf[r]!;
      if (key >= 0) for (let row = starts[key]!; row < starts[key + 1]!; row++) joined.pair(r, row);
      if (type === 'left') joined.alone(r);
      if (joined.isFull) joined.flush();
    }
    while (mark < marks.rows.length) joined.mark(marks.values[mark++]!);
    joined.flush();
  }

  finish(_port?: number): void {}
  tick(_now: EpochMs): void {}

  snapshot(): OperatorState {
    return this.#waiting.map((part) => ({ ...part, batch: plain(part.batch) }));
  }
  restore(state: OperatorState): void {
    this.#waiting = [...(state as Waiting[])];
  }
  stats(): OperatorStats {
    const rows = this.#waiting.reduce((sum, { batch }) => sum + batch.length, 0);
    return { stateRows: rows, stateBytes: rows * 64, lateRows: 0 };
  }
}

function together(waiting: readonly Waiting[]): { batch: Batch; marks: Marks } {
  const rows: number[] = [];
  const values: EpochMs[] = [];
  let before = 0;
  for (const part of waiting) {
    part.rows.forEach((row, i) => {
      rows.push(before + row);
      values.push(part.values[i]!);
    });
    before += part.batch.length;
  }
  return { batch: concatBatches(waiting.map(({ batch }) => batch)), marks: { rows, values } };
}

function plain(batch: Batch): Batch {
  return { ...batch, columns: batch.columns.map((column) => columnOf(column.type, valuesOf(detachColumn(column)))) };
}

/** Undefined: no NULL anywhere. */
function allValid(columns: readonly Column[], length: number): Uint8Array | undefined {
  let where: Uint8Array | undefined;
  for (const { valid } of columns) {
    if (valid === undefined) continue;
    where ??= new Uint8Array(length).fill(1);
    for (let r = 0; r < length; r++) where[r]! &= valid[r]!;
  }
  return where;
}
