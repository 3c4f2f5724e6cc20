import { assert } from '../../assert.ts';
import type { Batch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { columnOf } from '../../data/column-builder.ts';
import { valuesOf } from '../../data/column-read.ts';
import type { Value } from '../../types/value.ts';
import { KeyTable } from '../key-table.ts';
import { grown, nextCapacity } from '../typed.ts';
import type { Helper } from './accumulator.ts';
import { AggregateInput } from './input.ts';
import { compileLoop, type Loop, type LoopShape } from './loops.ts';
import type { AggregateProgram } from './program.ts';
import { copyOutputs, makeOutputs, outputCount, resultColumn, type OutputArray } from './results.ts';
import { SeenTable, type SeenTableState } from './seen-table.ts';
import { ValueTable, type ValueTableState } from './value-table.ts';

/** What a batch changed in the result. */
export interface Changes {
  readonly length: number;
  /** One result column an aggregate. */
  readonly columns: readonly Column[];
  /** The row of the batch that caused each change: its key columns are those of the result. Holds until the next change. */
  readonly rows: Int32Array;
  readonly kinds: Uint8Array;
  /** Groups that may have lost their last row; the caller removes those whose `rows` is 0. May repeat. */
  readonly dead: Int32Array;
}

export interface AggregateStateSnapshot {
  /** The records of all groups, in 4-byte words. */
  readonly records: Int32Array;
  readonly boxed: readonly Column[];
  readonly tables: readonly (ValueTableState | SeenTableState)[];
  readonly helpers: readonly unknown[];
  readonly mismatch: boolean;
  /** The number of the last batch: net changes mark groups with it. */
  readonly stamp: number;
}

/** Compiled loops and scratch of one program, shared by all states of an operator. */
export class AggregateLoops {
  readonly program: AggregateProgram;
  readonly input: AggregateInput;
  readonly #loops = new Map<string, Loop>();
  #scratch: ChangeScratch | undefined;

  constructor(program: AggregateProgram) {
    this.program = program;
    this.input = new AggregateInput(program);
  }

  loop(shape: LoopShape): Loop {
    const key = `${shape.kind}${shape.nulls}${shape.kinds}${shape.updateBefore}${shape.table}${shape.showsSame === true}`;
    let loop = this.#loops.get(key);
    if (loop === undefined) this.#loops.set(key, (loop = compileLoop(this.program, shape)));
    return loop;
  }

  outputs(capacity: number): OutputArray[] {
    return makeOutputs(
      this.program.units.map(({ accumulator }) => accumulator),
      capacity,
    );
  }

  columns(outputs: readonly OutputArray[], n: number): Column[] {
    let first = 0;
    return this.program.units.map(({ accumulator, call }) => {
      const column = resultColumn(accumulator, call.type, outputs, first, n);
      first += outputCount(accumulator);
      return column;
    });
  }

  /** Scratch for the changes of a batch of `length` rows. */
  changeScratch(length: number): ChangeScratch {
    if (this.#scratch === undefined || this.#scratch.dead.length < length) {
      const rows = nextCapacity(4096, length);
      const capacity = rows * 2;
      this.#scratch = {
        capacity,
        outputs: this.outputs(capacity),
        outRow: new Int32Array(capacity),
        outKind: new Uint8Array(capacity),
        dead: new Int32Array(rows),
        before: this.outputs(rows),
        touched: new Int32Array(rows),
        touchedRow: new Int32Array(rows),
        touchedLive: new Float64Array(rows),
      };
    }
    return this.#scratch;
  }
}

interface ChangeScratch {
  /** Rows of `outputs`; the arrays after `dead` have room for half as many. */
  readonly capacity: number;
  readonly outputs: OutputArray[];
  readonly outRow: Int32Array;
  readonly outKind: Uint8Array;
  readonly dead: Int32Array;
  readonly before: OutputArray[];
  readonly touched: Int32Array;
  readonly touchedRow: Int32Array;
  readonly touchedLive: Float64Array;
}

/**
 * The accumulators of many groups, in dense columns: group g of a KeyTable is entry g here. An empty group is all zeros.
 *
 * State: a record a group (number of rows, counters, fields of the accumulators), the entry tables of DISTINCT and of MIN and MAX over updates,
 * lists.
 */
export class AggregateState {
  readonly #loops: AggregateLoops;
  // What follows is read and written by the generated loops.
  /** Records as doubles, and the same memory as words and as floats. */
  doubles: Float64Array = new Float64Array(0);
  words: Int32Array = new Int32Array(0);
  floats: Float32Array = new Float32Array(0);
  boxed: unknown[][];
  readonly helpers: (Helper | undefined)[];
  readonly constants: readonly (readonly unknown[] | undefined)[];
  readonly tables: (ValueTable | SeenTable)[];
  /** `change`: rows that leave a result as it is are shown too: so Flink keeps state behind alive that expires. */
  showsSame = false;
  /** Something was retracted that had not been added. */
  mismatch = false;
  #stamp = 0;
  /** The part of the room for changes that the last batch used. */
  #filled = 0;

  constructor(loops: AggregateLoops) {
    this.#loops = loops;
    const { program } = loops;
    this.boxed = program.boxed.map(() => []);
    this.constants = program.units.map(({ accumulator }) => accumulator.constants);
    this.tables = program.tables.map((spec) =>
      spec.seen ? new SeenTable(spec.type) : new ValueTable(spec.type, spec.filters.length, program.retract),
    );
    this.helpers = program.units.map(({ accumulator, table }) =>
      accumulator.makeHelper?.(table < 0 ? undefined : this.#values(table)),
    );
  }

  /** A table that knows more than what was seen. */
  #values(t: number): ValueTable {
    const table = this.tables[t];
    assert(table instanceof ValueTable, 'a table of values');
    return table;
  }

  /** Makes room for groups below `capacity`. */
  ensure(capacity: number): void {
    const length = capacity * this.#loops.program.layout.stride;
    if (this.doubles.length < length) this.#use(grown(this.doubles, length));
  }

  #use(records: Float64Array): void {
    this.doubles = records;
    this.words = new Int32Array(records.buffer, records.byteOffset, records.length * 2);
    this.floats = new Float32Array(records.buffer, records.byteOffset, records.length * 2);
  }

  /** Number of rows in a group. */
  rowsOf(group: number): number {
    return this.doubles[group * this.#loops.program.layout.stride]!;
  }

  /** Rows from .. to of the batch go into groups[r]; retracted rows are taken out. */
  update(batch: Batch, groups: Int32Array, from = 0, to = batch.length): void {
    const input = this.#bind(batch, groups, from, to);
    this.#run('update', input);
    if (batch.kinds !== undefined) this.#prune(input);
  }

  /**
   * The same, and gives the changes of the result: `record` one for every row (Flink's changelog without mini-batch), `net` one for every
   * group that the batch touched.
   */
  change(batch: Batch, groups: Int32Array, mode: 'record' | 'net', updateBefore: boolean): Changes {
    const input = this.#bind(batch, groups, 0, batch.length);
    const scratch = this.#loops.changeScratch(batch.length);
    const most = batch.length * (updateBefore ? 2 : 1);
    // Results go where they stay when most of the room is likely to be used, else they are copied out of scratch.
    const direct = this.#filled > 0.6;
    const outputs = direct ? this.#loops.outputs(most) : scratch.outputs;
    const call = Object.assign(input, scratch, { outputs, stamp: ++this.#stamp, deadCount: 0 });
    const n = this.#run(mode === 'record' ? 'trace' : 'net', call, updateBefore);
    if (batch.kinds !== undefined) this.#prune(input);
    this.#filled = n / most;
    const results = direct || n === 0 ? outputs : copyOutputs(outputs, scratch.capacity, n);
    return {
      length: n,
      columns: n === 0 ? [] : this.#loops.columns(results, n),
      rows: scratch.outRow,
      kinds: scratch.outKind.slice(0, n),
      dead: scratch.dead.subarray(0, call.deadCount),
    };
  }

  /** The same, and gives the result of the row's group after each row that is marked in `shown`: `count` of them. */
  scan(batch: Batch, groups: Int32Array, shown: Uint8Array, count: number): Column[] {
    const input = this.#bind(batch, groups, 0, batch.length);
    const outputs = this.#loops.outputs(count);
    this.#run('scan', Object.assign(input, { outputs, shown }));
    if (batch.kinds !== undefined) this.#prune(input);
    return this.#loops.columns(outputs, count);
  }

  #bind(batch: Batch, groups: Int32Array, from: number, to: number): AggregateInput {
    const { input } = this.#loops;
    input.bind(batch);
    input.groups = groups;
    input.from = from;
    input.to = to;
    input.findEntries(this);
    return input;
  }

  #run(kind: LoopShape['kind'], input: AggregateInput, updateBefore = true, table?: number): number {
    const { showsSame } = this;
    const shape: LoopShape = {
      kind,
      nulls: input.nulls,
      kinds: input.kinds !== undefined,
      updateBefore,
      table,
      showsSame,
    };
    return this.#loops.loop(shape)(this, input);
  }

  #prune(input: AggregateInput): void {
    if (this.#loops.program.retract) {
      this.tables.forEach((_, t) => this.#values(t).prune(input.entries[t]!, input.from, input.to));
    }
  }

  /** For the generated loops: drops what a mismatched retraction left behind of a group that has ended. */
  forget(group: number): void {
    this.tables.forEach((_, t) => this.#values(t).forget(group));
  }

  /** The results of groups[from] .. groups[to - 1], one column an aggregate. */
  emit(groups: Int32Array, from: number, to: number): Column[] {
    const outputs = this.#loops.outputs(to - from);
    const call = { outputs, groups, from, to };
    this.#loops.loop({ kind: 'emit', nulls: false, kinds: false, updateBefore: false })(this, call);
    return this.#loops.columns(outputs, to - from);
  }

  /** Merges all groups of `other` (a state of the same program) in: its group q, for q < count, into groups[q] here. */
  mergeFrom(other: AggregateState, groups: Int32Array, count: number): void {
    this.#merge(other, groups, 0, count, undefined);
  }

  /** Merges one group into another and empties it. */
  mergeGroups(target: number, source: number): void {
    const groups = new Int32Array(source + 1).fill(-1);
    groups[source] = target;
    this.#merge(this, groups, source, source + 1, source);
    this.reset(Int32Array.of(source), 1);
    this.forget(source);
  }

  #merge(other: AggregateState, groups: Int32Array, from: number, to: number, only: number | undefined): void {
    const { input, program } = this.#loops;
    input.groups = groups;
    input.from = from;
    input.to = to;
    input.other = other;
    input.kinds = undefined;
    input.nulls = false;
    this.#run('merge', input);
    program.tables.forEach((_, t) => this.#mergeTable(other, groups, t, only));
    input.other = undefined;
  }

  #mergeTable(other: AggregateState, groups: Int32Array, t: number, only: number | undefined): void {
    const { input, program } = this.#loops;
    const theirs = other.#values(t);
    const source = only === undefined ? theirs.table.groups() : theirs.entriesOf(only);
    const n = source.length;
    const [owner, value] = theirs.table.keyColumns(source, n);
    const owners = (owner as Column & { storage: 'i32' }).values;
    const targets = new Int32Array(n);
    for (let i = 0; i < n; i++) targets[i] = groups[owners[i]!]!;
    const entries = new Int32Array(n);
    this.#values(t).entries(targets, value!, 0, n, entries, undefined);
    // Only the table's own column is there; the loop for its entries reads no other.
    input.bindColumns(() => value!, n);
    input.groups = targets;
    input.from = 0;
    input.to = n;
    input.entries[t] = entries;
    input.source = source;
    this.#run('mergeEntries', input, true, t);
    const moved = new Int32Array(theirs.table.bound);
    for (let i = 0; i < n; i++) moved[source[i]!] = entries[i]!;
    for (const unit of program.units) {
      if (unit.table !== t || program.isFirst(unit)) continue;
      this.helpers[unit.id]!.mergeFrom!(other.helpers[unit.id]!, groups, moved);
    }
  }

  /** Empties groups[0] .. groups[n - 1]. Their entries stay until `dropEntries`: till then the groups must not be used again. */
  reset(groups: Int32Array, n: number): void {
    this.#loops.loop({ kind: 'reset', nulls: false, kinds: false, updateBefore: false })(this, {
      groups,
      from: 0,
      to: n,
    });
  }

  /** Whether groups leave entries behind when they are reset. */
  get hasEntries(): boolean {
    return this.tables.length > 0;
  }

  /** Removes the entries of the groups that are marked. */
  dropEntries(dead: Uint8Array): void {
    for (const table of this.tables) table.drop(dead);
  }

  /** Empties groups below `bound`; the room stays. */
  clear(bound: number): void {
    this.doubles.fill(0, 0, bound * this.#loops.program.layout.stride);
    for (const array of this.boxed) array.length = 0;
    for (const table of this.tables) table.clear();
    for (const helper of this.helpers) helper?.clear();
    this.mismatch = false;
  }

  /** Gives memory of strings back that no entry uses any more. */
  sweep(): void {
    for (const entries of this.tables) {
      if (entries instanceof ValueTable) KeyTable.sweep(entries.table.encoder, [entries.table]);
    }
  }

  get byteLength(): number {
    const boxed = this.boxed.reduce((sum, array) => sum + array.length * 64, 0);
    const tables = this.tables.reduce((sum, table) => sum + table.byteLength, 0);
    return (
      this.doubles.byteLength +
      boxed +
      tables +
      this.helpers.reduce((sum, helper) => sum + (helper?.byteLength ?? 0), 0)
    );
  }

  /** The state of groups below `bound` as columns. */
  snapshot(bound: number): AggregateStateSnapshot {
    const { boxed, layout } = this.#loops.program;
    return {
      records: this.words.slice(0, bound * layout.stride * 2),
      boxed: this.boxed.map((array, i) =>
        columnOf(
          boxed[i]!.field.type!,
          Array.from({ length: bound }, (_, g) => (array[g] ?? null) as Value),
        ),
      ),
      tables: this.tables.map((table) => table.snapshot()),
      helpers: this.helpers.map((helper) => helper?.snapshot?.()),
      mismatch: this.mismatch,
      stamp: this.#stamp,
    };
  }

  /** Takes a snapshot of a state of the same program; `capacity` as for `ensure`. */
  restore(state: AggregateStateSnapshot, capacity: number): void {
    const { units, layout } = this.#loops.program;
    const records = new Float64Array(capacity * layout.stride);
    new Int32Array(records.buffer).set(state.records);
    this.#use(records);
    this.boxed = state.boxed.map((column) => valuesOf(column).map((value) => value ?? undefined));
    this.tables.forEach((table, t) => table.restore(state.tables[t] as ValueTableState & SeenTableState));
    this.mismatch = state.mismatch;
    this.#stamp = state.stamp;
    for (const { id, table, lane } of units) {
      const helper = this.helpers[id];
      if (helper === undefined) continue;
      if (helper.restore !== undefined) helper.restore(state.helpers[id]);
      else this.#refill(helper as Helper & { add(group: number, entry: number): void }, this.#values(table), lane);
    }
  }

  #refill(helper: { add(group: number, entry: number): void }, entries: ValueTable, lane: number): void {
    const owners = entries.keys[0] as Int32Array;
    for (const entry of entries.table.groups()) {
      if (entries.counts[lane]![entry]! > 0) helper.add(owners[entry]!, entry);
    }
  }
}
