/**
 * What the aggregates of one operator need, worked out once: which columns they read, which filters and entry tables they share,
 * where each keeps its state. The generated loops (loops.ts) and the states of all groups (aggregate-state.ts) follow it.
 */
import type { AggregateCall } from '../../functions/function.ts';
import type { DataType } from '../../types/type.ts';
import { storageOf, type Storage } from '../../data/column.ts';
import type { Accumulator, ArgumentUse, Field } from './accumulator.ts';
import { makeAccumulator } from './make-accumulator.ts';
import { SeenTable } from './seen-table.ts';

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
  /** Where the number of its values is: index into `counters`; -1 = it is the number of the group's rows. */
  readonly counter: number;
}

/** A number of values that units share which see the same values. */
export interface Counter {
  /** Index into `arguments` whose NULLs do not count; -1 = every row counts. */
  readonly argument: number;
  readonly filter: number;
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
  /** Only whether a value was seen is asked, so that a SeenTable does. */
  seen: boolean;
}

export interface ProgramOptions {
  /** States are asked for net changes. */
  readonly net?: boolean | undefined;
  /** Groups are merged into others (windows); default true. */
  readonly merges?: boolean | undefined;
}

/** Lanes that a SeenTable has. */
const SEEN_LANES = 32;

/** A field of a unit that lies outside of records: an array of values by group. */
export interface BoxedField {
  readonly unit: number;
  readonly field: Field;
}

/**
 * The record of a group: `stride` doubles next to each other, so that a row touches one place in memory. The first is the number of rows;
 * then come counters and fields. Places of i32 and f32 fields are in 4-byte words, of the others in doubles.
 */
export interface RecordLayout {
  readonly stride: number;
  readonly counters: readonly number[];
  /** Of programs that give net changes: where the number of the last batch is that touched the group. */
  readonly stamp: number | undefined;
  /** By unit, then by field name. */
  readonly fields: readonly ReadonlyMap<string, number>[];
}

export class AggregateProgram {
  readonly units: readonly Unit[];
  readonly arguments: readonly Argument[];
  /** Columns of type BOOLEAN. */
  readonly filters: readonly number[];
  readonly tables: readonly TableSpec[];
  readonly counters: readonly Counter[];
  readonly boxed: readonly BoxedField[];
  readonly layout: RecordLayout;
  readonly retract: boolean;
  readonly types: readonly DataType[];

  /**
   * @param calls   the aggregates, over columns of `types`
   * @param retract whether rows may be taken back
   * @throws MillraceError PLAN_UNSUPPORTED for an aggregate function that there is not
   */
  constructor(
    calls: readonly AggregateCall[],
    types: readonly DataType[],
    retract: boolean,
    { net = false, merges = true }: ProgramOptions = {},
  ) {
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
    const counters: Counter[] = [];
    const counter = ({ accumulator, args: [arg], filter, table, lane }: Omit<Unit, 'counter'>): number => {
      const nullable = accumulator.ignoresNull && arg !== undefined && types[args[arg]!.column]!.nullable;
      const wanted: Counter = { argument: nullable ? arg : -1, filter, table, lane };
      if (wanted.argument < 0 && filter < 0 && table < 0) return -1;
      const known = counters.findIndex(
        (c) => c.argument === wanted.argument && c.filter === filter && c.table === table && c.lane === lane,
      );
      return known >= 0 ? known : counters.push(wanted) - 1;
    };
    this.units = calls.map(exactly).map((call, id): Unit => {
      const accumulator = makeAccumulator(call, types, retract);
      const positions = call.args.map(argument);
      for (const use of accumulator.uses) args[positions[0]!]!.uses.add(use);
      for (const position of positions.slice(1)) args[position]!.uses.add('value');
      const filter = call.filter === undefined ? -1 : indexIn(filters, call.filter);
      const extreme = call.fn === 'MIN' || call.fn === 'MAX';
      // MIN(DISTINCT x) is MIN(x): over an input that only grows the extreme alone needs no table.
      const entries = accumulator.entries !== undefined || (call.distinct && !extreme && call.args.length > 0);
      let table = -1;
      let lane = -1;
      if (entries) {
        table = tables.findIndex((spec) => spec.argument === positions[0]);
        if (table < 0) {
          table =
            tables.push({
              argument: positions[0]!,
              type: types[call.args[0]!]!,
              filters: [],
              ignoresNull: true,
              seen: !retract && !merges && SeenTable.takes(types[call.args[0]!]!),
            }) - 1;
        }
        const spec = tables[table]!;
        spec.ignoresNull &&= accumulator.ignoresNull;
        lane = indexIn(spec.filters, filter);
        spec.seen &&= spec.ignoresNull && accumulator.makeHelper === undefined && lane < SEEN_LANES;
      }
      const unit = { id, call, accumulator, args: positions, filter, table, lane };
      return { ...unit, counter: accumulator.counts === true ? counter(unit) : -1 };
    });
    this.arguments = args;
    this.filters = filters;
    this.tables = tables;
    this.counters = counters;
    this.boxed = this.units.flatMap(({ id, accumulator }) =>
      accumulator.fields.filter(({ kind }) => kind === 'any').map((field) => ({ unit: id, field })),
    );
    this.layout = layoutOf(this.units, counters.length, net);
  }

  /** Whether a unit runs only when a value comes for the first time in its group (or goes for the last time). */
  isFirst(unit: Unit): boolean {
    return unit.table >= 0 && (unit.call.distinct || unit.accumulator.entries === 'first');
  }
}

/** What is approximate in Flink is exact here. */
function exactly(call: AggregateCall): AggregateCall {
  return call.fn === 'APPROX_COUNT_DISTINCT' ? { ...call, fn: 'COUNT', distinct: true } : call;
}

function indexIn(list: number[], item: number): number {
  const known = list.indexOf(item);
  return known >= 0 ? known : list.push(item) - 1;
}

function layoutOf(units: readonly Unit[], counters: number, net: boolean): RecordLayout {
  const stamp = net ? 1 : undefined;
  const first = net ? 2 : 1;
  let next = first + counters;
  const fields = units.map(() => new Map<string, number>());
  const each = (narrow: boolean, place: (unit: number, field: Field) => void): void => {
    for (const { id, accumulator } of units) {
      for (const field of accumulator.fields) {
        if (field.kind !== 'any' && (field.kind !== 'f64') === narrow) place(id, field);
      }
    }
  };
  each(false, (unit, field) => {
    fields[unit]!.set(field.name, next);
    next += field.width ?? 1;
  });
  let word = next * 2;
  each(true, (unit, field) => {
    fields[unit]!.set(field.name, word);
    word += field.width ?? 1;
  });
  const doubles = Math.ceil(word / 2);
  // Records of up to 64 bytes that do not straddle cache lines.
  const stride = doubles <= 2 ? doubles : doubles <= 4 ? 4 : doubles <= 6 ? doubles : Math.max(8, doubles);
  return { stride, stamp, counters: Array.from({ length: counters }, (_, i) => first + i), fields };
}
