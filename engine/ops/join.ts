import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import { takeBytes, takeColumn } from '../data/take.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { nextCapacity } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs } from '../types/value.ts';
import { JoinSide, type JoinSideState } from './join-side.ts';
import { KeyLinks } from './key-links.ts';
import type { Operator, OperatorState, OperatorStats, Output } from './operator.ts';
import { PortWatermarks } from './port-watermarks.ts';

/** Keeps the rows of a joined batch (left columns, then right columns) for which the condition is TRUE: what `compileFilter` makes. */
export type JoinCondition = (batch: Batch) => Batch;

export interface JoinOptions {
  readonly left: Schema;
  readonly right: Schema;
  /** Equal columns; pairwise of the same types. None = every left row meets every right row. */
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  readonly residual?: JoinCondition | undefined;
  /** Whether the left and the right input take rows back (-U, -D). */
  readonly retract: readonly [left: boolean, right: boolean];
}

interface Snapshot {
  readonly table: KeyTableState | undefined;
  readonly links: Int32Array;
  readonly sides: readonly [JoinSideState, JoinSideState];
  readonly watermarks: unknown;
}

/**
 * Inner equi-join of two changelogs: left columns, then right columns.
 *
 * State: every row of both inputs whose key is not NULL, in lists by key. It grows with the inputs unless they take rows back.
 * Emits, as Flink's StreamingJoinOperator: for each row, with the row's own kind, one row for every row of the other side with an equal key
 * for which the condition holds, in the order in which those came (rows that are there n times, n times in a row). NULL keys match nothing.
 * Cost: one probe a row and one step a match.
 */
export class Join implements Operator {
  readonly name: string;
  readonly ports = 2;
  readonly #options: JoinOptions;
  /** Keys of both sides; undefined = all rows have the same. */
  readonly #table: KeyTable | undefined;
  readonly #links = new KeyLinks();
  readonly #sides: readonly [JoinSide, JoinSide];
  readonly #watermarks = new PortWatermarks(2);
  #keyOf: Int32Array = new Int32Array(4096);
  readonly #rows = new Int32Array(BATCH_ROWS);
  readonly #matches = new Int32Array(BATCH_ROWS);
  #output: Output | undefined;

  constructor(options: JoinOptions) {
    this.#options = options;
    const { left, right, leftKeys, rightKeys, retract } = options;
    this.name = `Join[${leftKeys.map((key, i) => `${left[key]!.name} = ${right[rightKeys[i]!]!.name}`).join(', ')}]`;
    this.#table = leftKeys.length === 0 ? undefined : new KeyTable(leftKeys.map((key) => left[key]!.type));
    const sideOf = (schema: Schema, side: 0 | 1): JoinSide =>
      new JoinSide(
        schema.map(({ type }) => type),
        retract[side],
        this.#links,
        side,
      );
    this.#sides = [sideOf(left, 0), sideOf(right, 1)];
  }

  connect(output: Output): void {
    this.#output = output;
  }

  push(batch: Batch, port: number): void {
    if (batch.length === 0) return;
    const keyOf = this.#keys(batch, port);
    this.#links.ensure(this.#table?.capacity ?? 1);
    this.#sides[port]!.change(batch, keyOf);
    this.#probe(batch, port, keyOf);
    if (batch.kinds !== undefined) this.#forgetKeys(batch, keyOf);
  }

  #keys({ columns, length }: Batch, port: number): Int32Array {
    if (this.#keyOf.length < length) this.#keyOf = new Int32Array(nextCapacity(4096, length));
    if (this.#table === undefined) return this.#keyOf;
    const keys = (port === 0 ? this.#options.leftKeys : this.#options.rightKeys).map((key) => columns[key]!);
    let where: Uint8Array | undefined;
    for (const { valid } of keys) {
      if (valid === undefined) continue;
      if (where === undefined) where = valid.slice(0, length);
      else for (let r = 0; r < length; r++) where[r]! &= valid[r]!;
    }
    this.#table.findOrInsert(keys, 0, length, this.#keyOf, where);
    return this.#keyOf;
  }

  #probe(batch: Batch, port: number, keyOf: Int32Array): void {
    const { next, counts } = this.#sides[1 - port]!;
    const links = this.#links.array;
    const head = port === 0 ? 2 : 0;
    const rows = this.#rows;
    const matches = this.#matches;
    let n = 0;
    for (let r = 0; r < batch.length; r++) {
      const key = keyOf[r]!;
      if (key < 0) continue;
      for (let match = links[4 * key + head]!; match !== 0; match = next[match - 1]!) {
        for (let copies = counts === undefined ? 1 : counts[match - 1]!; copies > 0; copies--) {
          if (n === BATCH_ROWS) {
            this.#put(batch, port, n);
            n = 0;
          }
          rows[n] = r;
          matches[n++] = match - 1;
        }
      }
    }
    if (n > 0) this.#put(batch, port, n);
  }

  #put(batch: Batch, port: number, n: number): void {
    const own = batch.columns.map((column) => takeColumn(column, this.#rows, n));
    const other = this.#sides[1 - port]!.take(this.#matches, n);
    const joined: Batch = {
      length: n,
      columns: port === 0 ? [...own, ...other] : [...other, ...own],
      kinds: batch.kinds && takeBytes(batch.kinds, this.#rows, n),
    };
    const { residual } = this.#options;
    const kept = residual === undefined ? joined : residual(joined);
    if (kept.length > 0) this.#output!.push(kept);
  }

  /** Keys that lost their last row of both sides leave the table. */
  #forgetKeys({ length, kinds }: Batch, keyOf: Int32Array): void {
    if (this.#table === undefined) return;
    for (let r = 0; r < length; r++) {
      const key = keyOf[r]!;
      if (key >= 0 && (kinds![r]! & 1) === 1 && this.#links.isEmpty(key)) this.#table.remove(key);
    }
    KeyTable.sweep(this.#table.encoder, [this.#table]);
  }

  advance(watermark: EpochMs, port: number): void {
    this.#forward(this.#watermarks.advance(port, watermark));
  }
  /** The input sends nothing for a while: it holds the watermark back no longer. */
  idle(port: number): void {
    this.#forward(this.#watermarks.idle(port));
  }
  #forward(watermark: EpochMs | undefined): void {
    if (watermark !== undefined) this.#output!.advance(watermark);
  }
  finish(_port: number): void {}
  tick(_now: EpochMs): void {}

  snapshot(): OperatorState {
    const [left, right] = this.#sides;
    return {
      table: this.#table?.snapshot(),
      links: this.#links.snapshot(this.#table?.bound ?? 1),
      sides: [left.snapshot(), right.snapshot()],
      watermarks: this.#watermarks.snapshot(),
    } satisfies Snapshot;
  }
  restore(state: OperatorState): void {
    const { table, links, sides, watermarks } = state as Snapshot;
    if (table !== undefined) this.#table!.restore(table);
    this.#links.restore(links);
    this.#sides[0].restore(sides[0]);
    this.#sides[1].restore(sides[1]);
    this.#watermarks.restore(watermarks);
  }
  stats(): OperatorStats {
    const [left, right] = this.#sides;
    const bytes = left.byteLength + right.byteLength + this.#links.byteLength + (this.#table?.byteLength ?? 0);
    return { stateRows: left.live + right.live, stateBytes: bytes, lateRows: 0 };
  }
}
