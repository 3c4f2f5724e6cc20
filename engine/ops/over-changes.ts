import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { columnOf } from '../data/column-builder.ts';
import { valueAt } from '../data/column-read.ts';
import { RowKind } from '../data/row-kind.ts';
import type { AggregateCall } from '../functions/function.ts';
import type { OverGroup } from '../plan/logical.ts';
import { sameValue } from '../state/aggregates/compare-values.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { OrderedLists, type OrderedListsState } from '../state/ordered-lists.ts';
import { RowStore, type RowStoreState } from '../state/row-store.ts';
import { sortLanes, type SortLanes } from '../state/sort-lanes.ts';
import { grown, nextCapacity } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
import type { Value } from '../types/value.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { OverCalls, PLACE_FUNCTIONS, shiftOf } from './over-calls.ts';
import { OverSteps } from './over-steps.ts';
import { Partitions } from './partitions.ts';
import { nameOf } from './sort.ts';

export interface OverChangesOptions extends OverGroup {
  readonly input: Schema;
  /** Whether the input takes rows back (-U, -D). */
  readonly retract: boolean;
}

interface Snapshot {
  readonly partitions: KeyTableState | undefined;
  readonly lists: OrderedListsState;
  readonly store: RowStoreState;
  readonly identities: KeyTableState;
  readonly identityOf: Int32Array;
  readonly results: readonly Column[];
}

/** Aggregates whose accumulator counts rows: their change is told even when the result stays the same. */
const COUNTING: ReadonlySet<string> = new Set(['AVG', 'STDDEV_POP', 'STDDEV_SAMP', 'VAR_POP', 'VAR_SAMP']);

/**
 * OVER all rows up to the current one, in the order of a column that is no time: the results change as rows come and go.
 *
 * State: all rows, in order, with their results. Emits, as Flink's NonTime..UnboundedPrecedingFunctions: a new row as +I or +U as it came, a row that
 * goes as -D, and -U and +U of the rows whose results changed, all in the order of the window. A retraction of a row that is not there is ignored.
 * Cost: a row that comes or goes computes its partition anew, as in Flink from its place on.
 */
export class OverChanges extends OneInput {
  readonly name: string;
  readonly #options: OverChangesOptions;
  readonly #calls: OverCalls;
  readonly #partitions: Partitions;
  readonly #lists = new OrderedLists();
  readonly #store: RowStore;
  readonly #lanes: SortLanes;
  /** Equal rows have the same number here. */
  readonly #identities: KeyTable;
  /** By row of the store. */
  #identityOf: Int32Array = new Int32Array(64);
  readonly #results: (readonly Value[])[] = [];
  #identityOfBatch: Int32Array = new Int32Array(0);
  #numbers: Int32Array = new Int32Array(0);
  #changes: { kind: RowKind; row: number; results: readonly Value[] }[] = [];
  #dead: number[] = [];

  constructor(options: OverChangesOptions) {
    super();
    this.#options = options;
    const { input, partition, order, calls } = options;
    const types = input.map(({ type }) => type);
    this.name = `Over[${[...partition.map((key) => input[key]!.name), ...order.map((key) => nameOf(key, input))].join(', ')}]`;
    this.#calls = new OverCalls(calls, input, false);
    this.#partitions = new Partitions(partition, input);
    this.#store = new RowStore(types);
    this.#lanes = sortLanes(order, types);
    this.#identities = new KeyTable(types);
  }

  push(batch: Batch): void {
    const { length, columns, kinds } = batch;
    if (length === 0) return;
    const of = this.#partitions.assign(batch);
    this.#lists.ensure(this.#partitions.capacity);
    this.#lanes.read(columns, length);
    if (this.#numbers.length < length) {
      this.#numbers = new Int32Array(nextCapacity(4096, length));
      this.#identityOfBatch = new Int32Array(this.#numbers.length);
    }
    this.#identities.findOrInsert(columns, 0, length, this.#identityOfBatch);
    // All rows are written first: results are computed from the store as each row comes.
    const numbers = this.#numbers;
    for (let r = 0; r < length; r++) {
      const isNew = kinds === undefined || (kinds[r]! & 1) === 0;
      numbers[r] = isNew ? this.#store.claim() : -1;
      if (isNew) this.#know(r, numbers[r]!);
    }
    this.#store.write(columns, 0, length, numbers);
    for (let r = 0; r < length; r++) {
      if (numbers[r]! >= 0)
        this.#add(of[r]!, numbers[r]!, r, kinds === undefined ? RowKind.Insert : (kinds[r] as RowKind));
      else this.#remove(of[r]!, r);
    }
    this.#put();
    this.#sweep(length, of);
  }

  #know(r: number, number: number): void {
    if (number >= this.#identityOf.length) {
      this.#identityOf = grown(this.#identityOf, nextCapacity(this.#identityOf.length, number + 1));
    }
    this.#identityOf[number] = this.#identityOfBatch[r]!;
    this.#lanes.keep(r, number);
  }

  #add(partition: number, number: number, r: number, kind: RowKind): void {
    const place = this.#bound(r, partition, 0);
    this.#lists.insert(partition, place, number);
    const first = this.#options.frame.unit === 'range' ? this.#bound(r, partition, 1) : place;
    this.#results[number] = [];
    const changed = this.#recompute(partition, first, number);
    this.#tell(changed.filter((change) => change.place < place));
    this.#changes.push({ kind, row: number, results: this.#results[number]! });
    this.#tell(changed.filter((change) => change.place > place));
  }

  #remove(partition: number, r: number): void {
    const lists = this.#lists;
    const size = lists.sizes[partition]!;
    const first = this.#bound(r, partition, 1);
    const end = this.#bound(r, partition, 0);
    let place = first;
    while (place < end && this.#identityOf[lists.at(partition, place)] !== this.#identityOfBatch[r]) place++;
    if (place === end || size === 0) return;
    const number = lists.removeAt(partition, place);
    this.#dead.push(number);
    const changed = this.#recompute(partition, this.#options.frame.unit === 'range' ? first : place, number);
    this.#tell(changed.filter((change) => change.place < place));
    this.#changes.push({ kind: RowKind.Delete, row: number, results: this.#results[number]! });
    this.#tell(changed.filter((change) => change.place >= place));
  }

  #tell(changed: readonly ChangedRow[]): void {
    for (const { row, before, after } of changed) {
      this.#changes.push({ kind: RowKind.UpdateBefore, row, results: before });
      this.#changes.push({ kind: RowKind.UpdateAfter, row, results: after });
    }
  }

  /** The first place whose row compares at least so: 0 behind the rows that are not greater, 1 before those that are not less. */
  #bound(r: number, partition: number, least: 0 | 1): number {
    const { items, starts, sizes } = this.#lists;
    const base = starts[partition]!;
    let low = 0;
    let high = sizes[partition]!;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#lanes.compareRow(r, items[base + middle]!) >= least) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Computes a partition anew; what changed from `from` on. `cause` came or went. */
  #recompute(partition: number, from: number, cause: number): ChangedRow[] {
    const lists = this.#lists;
    const size = lists.sizes[partition]!;
    if (size === 0) return [];
    const base = lists.starts[partition]!;
    const rows = lists.items.slice(base, base + size);
    const results = this.#resultsOf(rows);
    const isCounted = this.#isCounted(cause);
    const changed: ChangedRow[] = [];
    for (let place = from; place < size; place++) {
      const row = rows[place]!;
      const before = this.#results[row]!;
      const after = results[place]!;
      this.#results[row] = after;
      if (row === cause) continue;
      if (isCounted || after.some((value, i) => !sameValue(value, before[i]!)))
        changed.push({ place, row, before, after });
    }
    return changed;
  }

  /** Whether a row changes the accumulator of an aggregate that counts, whatever its result. */
  #isCounted(row: number): boolean {
    return this.#calls.aggregates.some(
      ({ fn, args, filter }) =>
        COUNTING.has(fn) &&
        valueAt(this.#store.column(args[0]!), row) !== null &&
        (filter === undefined || valueAt(this.#store.column(filter), row) === true),
    );
  }

  #resultsOf(rows: Int32Array): Value[][] {
    const steps = new OverSteps();
    const starts: number[] = [];
    for (let from = 0; from < rows.length;) {
      let to = from + 1;
      if (this.#options.frame.unit === 'range') while (to < rows.length && this.#isPeer(rows[from]!, rows[to]!)) to++;
      for (let i = from; i < to; i++) steps.add(rows[i]!, 0);
      for (let i = from; i < to; i++) starts.push(from);
      steps.show(to - from);
      from = to;
    }
    const state = this.#calls.newState();
    state.ensure(1);
    const columns = steps.run(state, this.#calls, this.#store);
    const shared = steps.resultOf();
    let dense = 0;
    return Array.from(rows, (row, place) => {
      if (starts[place] === place) dense++;
      let next = 0;
      return this.#calls.calls.map((call) =>
        PLACE_FUNCTIONS.has(call.fn)
          ? this.#placeOf(call, rows, row, place, starts[place]!, dense)
          : valueAt(columns[next++]!, shared[place]!),
      );
    });
  }

  /** A function of the place of a row. */
  #placeOf(call: AggregateCall, rows: Int32Array, row: number, place: number, peerStart: number, dense: number): Value {
    switch (call.fn) {
      case 'ROW_NUMBER':
        return BigInt(place + 1);
      case 'RANK':
        return BigInt(peerStart + 1);
      case 'DENSE_RANK':
        return BigInt(dense);
      default: {
        const { value, offset, otherwise } = shiftOf(call);
        const source = rows[place - (offset as number)];
        if (source !== undefined) return valueAt(this.#store.column(value), source);
        return otherwise === undefined ? null : valueAt(this.#store.column(otherwise), row);
      }
    }
  }

  #isPeer(a: number, b: number): boolean {
    return this.#options.order.every(({ column }) => {
      const values = this.#store.column(column);
      return sameValue(valueAt(values, a), valueAt(values, b));
    });
  }

  #put(): void {
    const changes = this.#changes;
    const { length } = changes;
    if (length === 0) return;
    this.#changes = [];
    const rows = Int32Array.from(changes, ({ row }) => row);
    const results = this.#calls.calls.map((call, c) =>
      columnOf(
        call.type,
        changes.map((change) => change.results[c]!),
      ),
    );
    const columns = [...this.#store.take(rows, length), ...results];
    this.output.push({ length, columns, kinds: Uint8Array.from(changes, ({ kind }) => kind) });
  }

  #sweep(length: number, of: Int32Array): void {
    for (const number of this.#dead) this.#store.free(number);
    this.#dead = [];
    if (!this.#options.retract) return;
    const live = new Set<number>();
    for (const partition of new Set(of.subarray(0, length))) {
      const size = this.#lists.sizes[partition]!;
      for (let i = 0; i < size; i++) live.add(this.#identityOf[this.#lists.at(partition, i)]!);
      if (size > 0) continue;
      this.#lists.clear(partition);
      this.#partitions.remove(partition);
    }
    for (let r = 0; r < length; r++) {
      const identity = this.#identityOfBatch[r]!;
      if (!live.has(identity)) this.#identities.remove(identity);
    }
    KeyTable.sweep(this.#identities.encoder, [this.#identities]);
    this.#partitions.sweep();
  }

  override snapshot(): OperatorState {
    this.#lists.ensure(this.#partitions.capacity);
    const { bound } = this.#store;
    return {
      partitions: this.#partitions.snapshot(),
      lists: this.#lists.snapshot(this.#partitions.bound),
      store: this.#store.snapshot(),
      identities: this.#identities.snapshot(),
      identityOf: this.#identityOf.slice(0, bound),
      results: this.#calls.calls.map((call, c) =>
        columnOf(
          call.type,
          Array.from({ length: bound }, (_, row) => this.#results[row]?.[c] ?? null),
        ),
      ),
    } satisfies Snapshot;
  }

  override restore(state: OperatorState): void {
    const { partitions, lists, store, identities, identityOf, results } = state as Snapshot;
    this.#partitions.restore(partitions);
    this.#lists.restore(lists, this.#partitions.capacity);
    this.#store.restore(store);
    this.#identities.restore(identities);
    this.#identityOf = grown(identityOf, nextCapacity(64, identityOf.length));
    this.#lanes.read(store.columns, store.bound);
    for (let row = 0; row < store.bound; row++) {
      this.#lanes.keep(row, row);
      this.#results[row] = results.map((column) => valueAt(column, row));
    }
  }

  override stats(): OperatorStats {
    const index = this.#partitions.byteLength + this.#lists.byteLength + this.#lanes.byteLength;
    const bytes = this.#store.byteLength + this.#identities.byteLength;
    return { stateRows: this.#store.live, stateBytes: bytes + index + this.#store.live * 64, lateRows: 0 };
  }
}

interface ChangedRow {
  readonly place: number;
  readonly row: number;
  readonly before: readonly Value[];
  readonly after: readonly Value[];
}
