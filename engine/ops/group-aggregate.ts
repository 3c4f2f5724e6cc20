import type { Batch } from '../data/batch.ts';
import { takeColumn } from '../data/take.ts';
import type { AggregateCall } from '../functions/function.ts';
import { AggregateLoops, AggregateState, type AggregateStateSnapshot } from '../state/aggregates/aggregate-state.ts';
import { AggregateProgram } from '../state/aggregates/program.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { grown, nextCapacity } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs, Ms } from '../types/value.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';

export interface GroupAggregateOptions {
  readonly input: Schema;
  /** Columns of the input; none = one group over all rows. */
  readonly keys: readonly number[];
  readonly calls: readonly AggregateCall[];
  /** Whether the input takes rows back (-U, -D). */
  readonly retract: boolean;
  /** Whether -U is wanted. */
  readonly updateBefore: boolean;
  /** The state of a group that did not change for so long on the clock is forgotten. */
  readonly ttl?: { readonly after: Ms; readonly now: () => EpochMs } | undefined;
  /** `record` (the default): a change for every row, as Flink without mini-batch. `net`: one change for every group that a batch touches. */
  readonly granularity?: 'record' | 'net' | undefined;
}

interface Snapshot {
  readonly table: KeyTableState | undefined;
  readonly bound: number;
  readonly aggregates: AggregateStateSnapshot;
  /** When each group was written last; with a time to live. */
  readonly written?: Float64Array | undefined;
}

/**
 * GROUP BY: the key columns, then one column an aggregate, updated as rows come.
 *
 * State: one accumulator a group, dropped when its last row is taken back, or with a time to live when it did not change for so long: a row that
 * comes then begins the group anew. With a time to live rows that leave the result as it is give -U and +U too, as in Flink.
 * Emits, as Flink's GroupAggHelper: +I for the first row of a group; then -U and +U, or nothing when the result is the same; -D with the last
 * result when the last row is taken back. A retraction for a group that is not there is ignored. Changes come in the order of the rows that
 * caused them (with `net`: of the first row of each group).
 */
export class GroupAggregate extends OneInput {
  readonly name: string;
  readonly #options: GroupAggregateOptions;
  readonly #loops: AggregateLoops;
  readonly #state: AggregateState;
  readonly #table: KeyTable | undefined;
  #groups: Int32Array = new Int32Array(4096);
  #written: Float64Array = new Float64Array(0);
  #swept: EpochMs = 0;

  constructor(options: GroupAggregateOptions) {
    super();
    this.#options = options;
    const { input, keys, calls } = options;
    this.name = `GroupAggregate[${keys.map((key) => input[key]!.name).join(', ')}]`;
    const types = input.map(({ type }) => type);
    this.#loops = new AggregateLoops(
      new AggregateProgram(calls, types, options.retract, { net: options.granularity === 'net', merges: false }),
    );
    this.#state = new AggregateState(this.#loops);
    this.#table = keys.length === 0 ? undefined : new KeyTable(keys.map((key) => types[key]!));
    if (this.#table === undefined) this.#state.ensure(1);
    this.#state.showsSame = options.ttl !== undefined;
  }

  push(batch: Batch): void {
    const { length, columns } = batch;
    if (length === 0) return;
    if (this.#groups.length < length) this.#groups = new Int32Array(nextCapacity(4096, length));
    const groups = this.#groups;
    const { keys, granularity, updateBefore } = this.#options;
    if (this.#table !== undefined) {
      this.#table.findOrInsert(
        keys.map((key) => columns[key]!),
        0,
        length,
        groups,
      );
      this.#state.ensure(this.#table.capacity);
    }
    this.#expire(groups, length);
    const changes = this.#state.change(batch, groups, granularity ?? 'record', updateBefore);
    if (changes.length > 0) {
      const cause = changes.rows.subarray(0, changes.length);
      this.output.push({
        length: changes.length,
        columns: [...keys.map((key) => takeColumn(columns[key]!, cause)), ...changes.columns],
        kinds: changes.kinds,
      });
    }
    if (changes.dead.length > 0) this.#remove(changes.dead);
  }

  /** Groups of a batch whose time is over begin anew; all of them are written now. */
  #expire(groups: Int32Array, length: number): void {
    const { ttl } = this.#options;
    if (ttl === undefined) return;
    const now = ttl.now();
    const capacity = this.#table?.capacity ?? 1;
    if (this.#written.length < capacity) this.#written = grown(this.#written, capacity);
    for (let r = 0; r < length; r++) {
      const group = groups[r]!;
      const written = this.#written[group]!;
      if (written > 0 && written + ttl.after <= now) this.#reset([group]);
      this.#written[group] = now;
    }
  }

  #reset(groups: readonly number[]): void {
    this.#state.reset(Int32Array.from(groups), groups.length);
    if (!this.#state.hasEntries) return;
    const dead = new Uint8Array(this.#table?.bound ?? 1);
    for (const group of groups) dead[group] = 1;
    this.#state.dropEntries(dead);
  }

  /** Forgets groups whose time is over, so that their memory comes back. */
  override tick(now: EpochMs): void {
    const { ttl } = this.#options;
    if (ttl === undefined || this.#table === undefined || now < this.#swept + ttl.after / 2) return;
    this.#swept = now;
    const over: number[] = [];
    for (let group = 0; group < this.#table.bound; group++) {
      const written = this.#written[group] ?? 0;
      if (written > 0 && written + ttl.after <= now) over.push(group);
    }
    if (over.length === 0) return;
    this.#reset(over);
    for (const group of over) this.#written[group] = 0;
    this.#remove(Int32Array.from(over));
  }

  #remove(dead: Int32Array): void {
    if (this.#table === undefined) return;
    for (const group of dead) {
      if (this.#state.rowsOf(group) !== 0) continue;
      this.#table.remove(group);
      if (group < this.#written.length) this.#written[group] = 0;
    }
    KeyTable.sweep(this.#table.encoder, [this.#table]);
    this.#state.sweep();
  }

  override snapshot(): OperatorState {
    const bound = this.#table?.bound ?? 1;
    return {
      table: this.#table?.snapshot(),
      bound,
      aggregates: this.#state.snapshot(bound),
      written: this.#options.ttl && this.#written.slice(0, bound),
    } satisfies Snapshot;
  }

  override restore(state: OperatorState): void {
    const { table, aggregates, written } = state as Snapshot;
    if (written !== undefined) this.#written = written.slice();
    if (table !== undefined) this.#table!.restore(table);
    this.#state.restore(aggregates, this.#table?.capacity ?? 1);
  }

  override stats(): OperatorStats {
    const rows = this.#table?.live ?? (this.#state.rowsOf(0) > 0 ? 1 : 0);
    return { stateRows: rows, stateBytes: (this.#table?.byteLength ?? 0) + this.#state.byteLength, lateRows: 0 };
  }
}
