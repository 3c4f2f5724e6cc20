import type { Batch } from '../data/batch.ts';
import { takeColumn } from '../data/take.ts';
import type { AggregateCall } from '../functions/function.ts';
import { AggregateLoops, AggregateState, type AggregateStateSnapshot } from '../state/aggregates/aggregate-state.ts';
import { AggregateProgram } from '../state/aggregates/program.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { nextCapacity } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
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
  /** `record` (the default): a change for every row, as Flink without mini-batch. `net`: one change for every group that a batch touches. */
  readonly granularity?: 'record' | 'net' | undefined;
}

interface Snapshot {
  readonly table: KeyTableState | undefined;
  readonly bound: number;
  readonly aggregates: AggregateStateSnapshot;
}

/**
 * GROUP BY: the key columns, then one column an aggregate, updated as rows come.
 *
 * State: one accumulator a group, dropped when its last row is taken back.
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

  #remove(dead: Int32Array): void {
    if (this.#table === undefined) return;
    for (const group of dead) if (this.#state.rowsOf(group) === 0) this.#table.remove(group);
    KeyTable.sweep(this.#table.encoder, [this.#table]);
    this.#state.sweep();
  }

  override snapshot(): OperatorState {
    const bound = this.#table?.bound ?? 1;
    return {
      table: this.#table?.snapshot(),
      bound,
      aggregates: this.#state.snapshot(bound),
    } satisfies Snapshot;
  }

  override restore(state: OperatorState): void {
    const { table, aggregates } = state as Snapshot;
    if (table !== undefined) this.#table!.restore(table);
    this.#state.restore(aggregates, this.#table?.capacity ?? 1);
  }

  override stats(): OperatorStats {
    const rows = this.#table?.live ?? (this.#state.rowsOf(0) > 0 ? 1 : 0);
    return { stateRows: rows, stateBytes: (this.#table?.byteLength ?? 0) + this.#state.byteLength, lateRows: 0 };
  }
}
