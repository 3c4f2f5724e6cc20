import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import type { AggregateCall } from '../functions/function.ts';
import { AggregateLoops } from '../state/aggregates/aggregate-state.ts';
import { AggregateProgram } from '../state/aggregates/program.ts';
import { KeyEncoder, type KeyEncoderState } from '../state/key-encoder.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs } from '../types/value.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { GroupScratch, liveGroups, Pane, type PaneState } from './window-pane.ts';

export interface FinalAggregateOptions {
  readonly input: Schema;
  /** Columns of the input; none = one group over all rows. */
  readonly keys: readonly number[];
  readonly calls: readonly AggregateCall[];
  /** Whether the input takes rows back (-U, -D). */
  readonly retract: boolean;
}

interface Snapshot {
  readonly encoder: KeyEncoderState | undefined;
  readonly pane: PaneState;
}

/**
 * GROUP BY over a bounded input: the key columns, then one column an aggregate, when the input has ended.
 *
 * State: one accumulator a group. Emits: +I only, groups in the order of their first rows; without keys one row even of no input, as Flink in batch mode.
 */
export class FinalAggregate extends OneInput {
  readonly name: string;
  readonly #options: FinalAggregateOptions;
  readonly #encoder: KeyEncoder | undefined;
  readonly #pane: Pane;
  readonly #scratch = new GroupScratch();

  constructor(options: FinalAggregateOptions) {
    super();
    this.#options = options;
    const { input, keys, calls, retract } = options;
    this.name = `FinalAggregate[${keys.map((key) => input[key]!.name).join(', ')}]`;
    const types = input.map(({ type }) => type);
    this.#encoder = keys.length === 0 ? undefined : new KeyEncoder(keys.map((key) => types[key]!));
    this.#pane = new Pane(new AggregateLoops(new AggregateProgram(calls, types, retract)), this.#encoder);
  }

  push(batch: Batch): void {
    const { length } = batch;
    if (length > 0) this.#pane.update(batch, this.#options.keys, this.#scratch.for(length), 0, length);
  }

  protected override onWatermark(watermark: EpochMs): void {
    if (watermark !== Infinity) return;
    const { table, state } = this.#pane;
    const { groups, count } =
      table === undefined ? { groups: new Int32Array(1), count: 1 } : liveGroups(this.#pane, this.#options.retract);
    for (let from = 0; from < count; from += BATCH_ROWS) {
      const length = Math.min(count - from, BATCH_ROWS);
      const part = groups.subarray(from, from + length);
      this.emit({
        length,
        columns: [...(table?.keyColumns(part, length) ?? []), ...state.emit(part, 0, length)],
        kinds: undefined,
      });
    }
  }

  override snapshot(): OperatorState {
    return { encoder: this.#encoder?.snapshot(), pane: this.#pane.snapshot() } satisfies Snapshot;
  }
  override restore(state: OperatorState): void {
    const { encoder, pane } = state as Snapshot;
    if (encoder !== undefined) this.#encoder!.restore(encoder);
    this.#pane.restore(pane);
  }
  override stats(): OperatorStats {
    return {
      stateRows: liveGroups(this.#pane, this.#options.retract).count,
      stateBytes: this.#pane.byteLength,
      lateRows: 0,
    };
  }
}
