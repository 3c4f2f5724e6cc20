import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { takeNullable } from '../data/take-nullable.ts';
import { takeColumn } from '../data/take.ts';
import { compileCalc, type Calc } from '../expr/compile.ts';
import type { EvalContext } from '../expr/expr.ts';
import type { MatchSpec } from '../plan/match.ts';
import type { RowStore } from '../state/row-store.ts';
import type { DataType } from '../types/type.ts';
import { storageOf } from '../data/column.ts';
import type { EpochMs } from '../types/value.ts';
import { MatchAggregate } from './match-aggregate.ts';
import type { MatchRuns } from './match-runs.ts';

/** Matches that were found: which rows their measures read. The rows must live until `take`. */
export class MatchOutput {
  readonly #spec: MatchSpec;
  readonly #types: readonly DataType[];
  readonly #rows: RowStore;
  readonly #measures: Calc;
  readonly #aggregates: readonly (MatchAggregate | undefined)[];
  /** By slot: the row of each match, -1 = none; for aggregates all rows, and the matches that they belong to. */
  #found: number[][];
  #groups: number[][];
  #lastRows: number[] = [];
  #times: number[] = [];
  length = 0;

  constructor(spec: MatchSpec, types: readonly DataType[], rows: RowStore, context: EvalContext) {
    this.#spec = spec;
    this.#types = types;
    this.#rows = rows;
    this.#measures = compileCalc(undefined, spec.measures, context);
    this.#aggregates = spec.slots.map((slot) =>
      slot.kind === 'aggregate' ? new MatchAggregate(slot.call, types) : undefined,
    );
    this.#found = spec.slots.map(() => []);
    this.#groups = spec.slots.map(() => []);
  }

  /** Adds the match whose last node is `node`, completed at `time`. */
  add(runs: MatchRuns, node: number, time: EpochMs): void {
    const rows: number[] = [];
    const variables: number[] = [];
    for (let n = node; n !== 0; n = runs.before[n]!) {
      rows.push(runs.rows[n]!);
      variables.push(runs.variables[n]!);
    }
    rows.reverse();
    variables.reverse();
    this.#spec.slots.forEach((slot, i) => {
      if (slot.kind === 'rowtime') return;
      const { variable } = slot;
      const own = variable === undefined ? rows : rows.filter((_, r) => variables[r] === variable);
      if (slot.kind === 'aggregate') {
        for (const row of own) {
          this.#found[i]!.push(row);
          this.#groups[i]!.push(this.length);
        }
      } else {
        this.#found[i]!.push(own[slot.first ? slot.offset : own.length - 1 - slot.offset] ?? -1);
      }
    });
    this.#lastRows.push(rows.at(-1)!);
    this.#times.push(time);
    this.length++;
  }

  /** The matches since the last time as rows; undefined when there were none. */
  take(): Batch | undefined {
    const { length } = this;
    if (length === 0) return undefined;
    const { partition, slots } = this.#spec;
    const last = Int32Array.from(this.#lastRows);
    const keys = partition.map((column) => takeColumn(this.#rows.column(column), last));
    const values = slots.map((_, i) => this.#slotColumn(i));
    // An expression of constants has no column to read, but rows all the same.
    const columns = values.length === 0 ? keys : values;
    const measures = this.#measures({ length, columns, kinds: undefined }).columns;
    this.#found = slots.map(() => []);
    this.#groups = slots.map(() => []);
    this.#lastRows = [];
    this.#times = [];
    this.length = 0;
    return { length, columns: [...keys, ...measures], kinds: undefined };
  }

  #slotColumn(i: number): Column {
    const slot = this.#spec.slots[i]!;
    const rows = Int32Array.from(this.#found[i]!);
    switch (slot.kind) {
      case 'row':
        return takeNullable(this.#rows.column(slot.column), rows);
      case 'aggregate': {
        const columns = this.#types.map((_, column) => takeColumn(this.#rows.column(column), rows));
        return this.#aggregates[i]!.values(columns, Int32Array.from(this.#groups[i]!), this.length);
      }
      case 'rowtime': {
        const head = { type: slot.type, length: this.length, valid: undefined };
        const storage = storageOf(slot.type) as 'f64';
        return { ...head, storage, values: Float64Array.from(this.#times) };
      }
    }
  }
}
