/**
 * What the aggregates of one operator need, worked out once: which columns they read, which filters and entry tables they share,
 * where each keeps its state. The generated loops (loops.ts) and the states of all groups (aggregate-state.ts) follow it.
 */
import type { AggregateCall } from '../../functions/function.ts';
import type { DataType } from '../../types/type.ts';
import { storageOf, type Storage } from '../../data/column.ts';
import type { Accumulator, ArgumentUse, Field } from './accumulator.ts';
import { makeAccumulator } from './make-accumulator.ts';

/** A column that some aggregate reads. */
export interface Argument {
  readonly column: number;
  readonly storage: Storage;
  readonly uses: Set<ArgumentUse>;
}

export interface Unit {
  readonly id: number;
  readonly call: AggregateCall;
  readonly accumulator: Accumulator;
  /** Indices into `arguments`. */
  readonly args: readonly number[];
  /** Index into `filters`; -1 = none. */
  readonly filter: number;
  /** Index into `tables`, and which of its lanes; -1 = none. */
  readonly table: number;
  readonly lane: number;
}

/** An entry table: one a column; one lane for each filter under which it is used. */
export interface TableSpec {
  readonly argument: number;
  readonly type: DataType;
  readonly filters: number[];
  /** Rows whose value is NULL make no entry. */
  ignoresNull: boolean;
}

export interface StateField {
  readonly unit: number;
  readonly field: Field;
}

export class AggregateProgram {
  readonly units: readonly Unit[];
  readonly arguments: readonly Argument[];
  /** Columns of type BOOLEAN. */
  readonly filters: readonly number[];
  readonly tables: readonly TableSpec[];
  readonly fields: readonly StateField[];
  readonly retract: boolean;
  readonly types: readonly DataType[];

  /**
   * @param calls   the aggregates, over columns of `types`
   * @param retract whether rows may be taken back
   * @throws MillraceError PLAN_UNSUPPORTED for an aggregate function that there is not
   */
  constructor(calls: readonly AggregateCall[], types: readonly DataType[], retract: boolean) {
    this.retract = retract;
    this.types = types;
    const args: Argument[] = [];
    const filters: number[] = [];
    const tables: TableSpec[] = [];
    const argument = (column: number): number => {
      const known = args.findIndex((arg) => arg.column === column);
      if (known >= 0) return known;
      return args.push({ column, storage: storageOf(types[column]!), uses: new Set() }) - 1;
    };
    this.units = calls.map((call, id): Unit => {
      const accumulator = makeAccumulator(call, types, retract);
      const positions = call.args.map(argument);
      for (const use of accumulator.uses) args[positions[0]!]!.uses.add(use);
      if (positions.length > 1) args[positions[1]!]!.uses.add('value');
      const filter = call.filter === undefined ? -1 : indexIn(filters, call.filter);
      const extreme = call.fn === 'MIN' || call.fn === 'MAX';
      // MIN(DISTINCT x) is MIN(x): over an input that only grows the extreme alone needs no table.
      const entries = accumulator.entries !== undefined || (call.distinct && !extreme && call.args.length > 0);
      if (!entries) return { id, call, accumulator, args: positions, filter, table: -1, lane: -1 };
      let table = tables.findIndex((spec) => spec.argument === positions[0]);
      if (table < 0) {
        table =
          tables.push({ argument: positions[0]!, type: types[call.args[0]!]!, filters: [], ignoresNull: true }) - 1;
      }
      const spec = tables[table]!;
      spec.ignoresNull &&= accumulator.ignoresNull;
      return { id, call, accumulator, args: positions, filter, table, lane: indexIn(spec.filters, filter) };
    });
    this.arguments = args;
    this.filters = filters;
    this.tables = tables;
    this.fields = this.units.flatMap(({ id, accumulator }) => accumulator.fields.map((field) => ({ unit: id, field })));
  }

  /** Whether a unit runs only when a value comes for the first time in its group (or goes for the last time). */
  isFirst(unit: Unit): boolean {
    return unit.table >= 0 && (unit.call.distinct || unit.accumulator.entries === 'first');
  }
}

function indexIn(list: number[], item: number): number {
  const known = list.indexOf(item);
  return known >= 0 ? known : list.push(item) - 1;
}
