import { valueAt } from '../data/column-read.ts';
import type { EvalContext } from '../expr/expr.ts';
import { interpreter, type Evaluate } from '../expr/interpret.ts';
import type { MatchSlot, MatchVariable } from '../plan/match.ts';
import type { RowStore } from '../state/row-store.ts';
import type { DataType } from '../types/type.ts';
import type { EpochMs, Value } from '../types/value.ts';
import { MatchAggregate } from './match-aggregate.ts';
import type { MatchRuns } from './match-runs.ts';

interface Condition {
  readonly evaluate: Evaluate;
  readonly slots: readonly MatchSlot[];
  /** One a slot, for those that are aggregates. */
  readonly aggregates: readonly (MatchAggregate | undefined)[];
}

/** The parts of DEFINE that look beyond the current row, over the rows that a run has taken. */
export class MatchConditions {
  readonly #conditions: readonly (Condition | undefined)[];
  readonly #rows: RowStore;
  readonly #runs: MatchRuns;

  constructor(
    variables: readonly MatchVariable[],
    types: readonly DataType[],
    rows: RowStore,
    runs: MatchRuns,
    context: EvalContext,
  ) {
    this.#rows = rows;
    this.#runs = runs;
    this.#conditions = variables.map(
      ({ condition, slots }) =>
        condition && {
          evaluate: interpreter(condition, context),
          slots,
          aggregates: slots.map((slot) =>
            slot.kind === 'aggregate' ? new MatchAggregate(slot.call, types) : undefined,
          ),
        },
    );
  }

  /** Whether a row may become one of `variable` behind those of a run. */
  holds(variable: number, run: number, row: number, time: EpochMs): boolean {
    const condition = this.#conditions[variable];
    if (condition === undefined) return true;
    const { slots, aggregates } = condition;
    const values = slots.map((slot, i) => this.#value(slot, aggregates[i], variable, run, row, time));
    return condition.evaluate(values) === true;
  }

  #value(
    slot: MatchSlot,
    aggregate: MatchAggregate | undefined,
    current: number,
    run: number,
    row: number,
    time: EpochMs,
  ): Value {
    if (slot.kind === 'rowtime') return time;
    if (slot.kind === 'row') {
      const found = this.#find(slot, current, run, row);
      return found < 0 ? null : valueAt(this.#rows.column(slot.column), found);
    }
    const all = Int32Array.from(this.#list(slot.variable, current, run, row));
    const columns = this.#rows.take(all, all.length);
    return valueAt(aggregate!.values(columns, new Int32Array(all.length), 1), 0);
  }

  #find(slot: Extract<MatchSlot, { kind: 'row' }>, current: number, run: number, row: number): number {
    const { variable } = slot;
    if (slot.first) return this.#list(variable, current, run, row)[slot.offset] ?? -1;
    let left = slot.offset;
    if (variable === undefined || variable === current) {
      if (left === 0) return row;
      left--;
    }
    const { nodes, before, variables, rows } = this.#runs;
    for (let node = nodes[run]!; node !== 0; node = before[node]!) {
      if (variable !== undefined && variables[node] !== variable) continue;
      if (left-- === 0) return rows[node]!;
    }
    return -1;
  }

  /** The rows of a variable (or of all), the current one included if it is tried for it. */
  #list(variable: number | undefined, current: number, run: number, row: number): number[] {
    const { nodes, before, variables, rows } = this.#runs;
    const list = variable === undefined || variable === current ? [row] : [];
    for (let node = nodes[run]!; node !== 0; node = before[node]!) {
      if (variable === undefined || variables[node] === variable) list.push(rows[node]!);
    }
    return list.reverse();
  }
}
