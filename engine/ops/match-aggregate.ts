import type { Column } from '../data/column.ts';
import type { AggregateCall } from '../functions/function.ts';
import { AggregateLoops, AggregateState } from '../state/aggregates/aggregate-state.ts';
import { AggregateProgram } from '../state/aggregates/program.ts';
import type { DataType } from '../types/type.ts';

/** An aggregate over rows of matches: computed anew of the rows whenever it is asked for. */
export class MatchAggregate {
  readonly #state: AggregateState;

  constructor(call: AggregateCall, types: readonly DataType[]) {
    this.#state = new AggregateState(new AggregateLoops(new AggregateProgram([call], types, false)));
  }

  /** The values of groups 0 .. count - 1, where row r of `columns` belongs to groups[r]. */
  values(columns: readonly Column[], groups: Int32Array, count: number): Column {
    const state = this.#state;
    state.ensure(count);
    const length = groups.length;
    if (length > 0) state.update({ length, columns, kinds: undefined }, groups);
    const all = Int32Array.from({ length: count }, (_, i) => i);
    const [column] = state.emit(all, 0, count);
    state.clear(count);
    return column!;
  }
}
