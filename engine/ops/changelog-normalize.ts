import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { isAddition, RowKind } from '../data/row-kind.ts';
import { compileCalc, type Calc as CalcLoop } from '../expr/compile.ts';
import type { Expr } from '../expr/expr.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { grown } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs } from '../types/value.ts';
import type { OperatorContext } from './calc.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';

export interface ChangelogNormalizeOptions {
  readonly input: Schema;
  /** The columns of the primary key. */
  readonly keys: readonly number[];
  /** Rows that do not pass are as if they were deleted; over the input's columns. */
  readonly condition: Expr | undefined;
  /** Whether -U is wanted. */
  readonly updateBefore: boolean;
  /** `record` (the default): a change for every row. `net`: each batch is a mini-batch, of which the last row of a key counts. */
  readonly granularity?: 'record' | 'net' | undefined;
}

interface Snapshot {
  readonly keys: KeyTableState;
  readonly rows: KeyTableState;
  /** The row of each key, -1 = none. */
  readonly current: Int32Array;
  readonly watermark: EpochMs | undefined;
}

const NONE = -1;

/**
 * Makes a full changelog of an upsert source, or of one that may send a change twice: as Flink's ChangelogNormalize
 * (DeduplicateFunctionHelper.processLastRowOnChangelog).
 *
 * State: the last row of each key that passes the condition.
 * Emits: +I for a new key; -U and +U for one that is there, nothing when the row is the same; -D with the whole remembered row for -D and -U, of which
 * only the key is looked at; nothing for the removal of a key that is not there. A row that stops passing the condition gives -D.
 */
export class ChangelogNormalize extends OneInput {
  readonly name: string;
  readonly #options: ChangelogNormalizeOptions;
  readonly #context: OperatorContext;
  readonly #passes: CalcLoop | undefined;
  readonly #keys: KeyTable;
  /** Whole rows: equal rows have equal numbers, so that a change that changes nothing is seen by its number. */
  readonly #rows: KeyTable;
  #current: Int32Array;
  #keyOf: Int32Array = new Int32Array(0);
  #rowOf: Int32Array = new Int32Array(0);
  #emitted: Int32Array = new Int32Array(0);
  #kinds: Uint8Array = new Uint8Array(0);

  constructor(options: ChangelogNormalizeOptions, context: OperatorContext) {
    super();
    const { input, keys, condition } = options;
    this.#options = options;
    this.#context = context;
    this.name = `ChangelogNormalize[${keys.map((key) => input[key]!.name).join(', ')}]`;
    this.#passes = condition && compileCalc(undefined, [condition], context);
    this.#keys = new KeyTable(keys.map((key) => input[key]!.type));
    this.#rows = new KeyTable(input.map(({ type }) => type));
    this.#current = new Int32Array(this.#keys.capacity).fill(NONE);
  }

  push(batch: Batch): void {
    const { length, columns, kinds } = batch;
    if (length === 0) return;
    this.#makeRoom(length);
    const keyOf = this.#keyOf;
    const rowOf = this.#rowOf;
    const keyColumns = this.#options.keys.map((key) => columns[key]!);
    this.#keys.findOrInsert(keyColumns, 0, length, keyOf);
    this.#growCurrent();
    const passing = this.#passing(batch);
    if (this.#options.granularity === 'net') keepLast(passing, keyOf, length, this.#keys.bound);
    this.#rows.findOrInsert(columns, 0, length, rowOf, passing.map(whereAdded));
    const current = this.#current;
    const { updateBefore } = this.#options;
    const emitted = this.#emitted;
    const out = this.#kinds;
    const replaced: number[] = [];
    let n = 0;
    for (let r = 0; r < length; r++) {
      const what = passing[r]!;
      if (what === SKIPPED) continue;
      const key = keyOf[r]!;
      const before = current[key]!;
      if (what === REMOVED) {
        if (before === NONE) continue;
        emitted[n] = before;
        out[n++] = RowKind.Delete;
        current[key] = NONE;
        replaced.push(before);
        continue;
      }
      const after = rowOf[r]!;
      if (before === after) continue;
      if (before === NONE) out[n] = RowKind.Insert;
      else {
        replaced.push(before);
        if (updateBefore) {
          emitted[n] = before;
          out[n++] = RowKind.UpdateBefore;
        }
        out[n] = RowKind.UpdateAfter;
      }
      emitted[n++] = after;
      current[key] = after;
    }
    if (n > 0) this.output.push(this.#batchOf(n, kinds === undefined && replaced.length === 0));
    this.#forget(length, replaced);
  }

  /** What each row does: ADDED, REMOVED. */
  #passing(batch: Batch): Uint8Array {
    const { length, kinds } = batch;
    const what = new Uint8Array(length).fill(ADDED);
    if (kinds !== undefined) for (let r = 0; r < length; r++) if (!isAddition(kinds[r]!)) what[r] = REMOVED;
    if (this.#passes === undefined) return what;
    const [test] = this.#passes(batch).columns as [Column & { readonly storage: 'u8' }];
    for (let r = 0; r < length; r++) {
      if (test.values[r] === 0 || (test.valid !== undefined && test.valid[r] === 0)) what[r] = REMOVED;
    }
    return what;
  }

  #makeRoom(length: number): void {
    if (this.#keyOf.length >= length) return;
    const room = Math.max(4096, length);
    this.#keyOf = new Int32Array(room);
    this.#rowOf = new Int32Array(room);
    this.#emitted = new Int32Array(room * 2);
    this.#kinds = new Uint8Array(room * 2);
  }

  #growCurrent(): void {
    const { length } = this.#current;
    if (length < this.#keys.capacity) this.#current = grown(this.#current, this.#keys.capacity).fill(NONE, length);
  }

  #batchOf(n: number, inserts: boolean): Batch {
    return {
      length: n,
      columns: this.#rows.keyColumns(this.#emitted.subarray(0, n), n),
      kinds: inserts ? undefined : this.#kinds.slice(0, n),
    };
  }

  /** Gives up rows that are no key's row any more, and keys without a row. */
  #forget(length: number, replaced: readonly number[]): void {
    const current = this.#current;
    const live = new Set<number>();
    for (let r = 0; r < length; r++) if (current[this.#keyOf[r]!]! !== NONE) live.add(current[this.#keyOf[r]!]!);
    for (const row of replaced) if (!live.has(row)) this.#rows.remove(row);
    for (let r = 0; r < length; r++) {
      const row = this.#rowOf[r]!;
      if (row >= 0 && !live.has(row)) this.#rows.remove(row);
    }
    for (let r = 0; r < length; r++) if (current[this.#keyOf[r]!] === NONE) this.#keys.remove(this.#keyOf[r]!);
    KeyTable.sweep(this.#keys.encoder, [this.#keys]);
    KeyTable.sweep(this.#rows.encoder, [this.#rows]);
  }

  protected override onWatermark(watermark: EpochMs): void {
    if (watermark !== Infinity) this.#context.watermark = watermark;
  }

  override snapshot(): OperatorState {
    return {
      keys: this.#keys.snapshot(),
      rows: this.#rows.snapshot(),
      current: this.#current.slice(0, this.#keys.bound),
      watermark: this.#context.watermark,
    } satisfies Snapshot;
  }

  override restore(state: OperatorState): void {
    const { keys, rows, current, watermark } = state as Snapshot;
    this.#keys.restore(keys);
    this.#rows.restore(rows);
    this.#current = new Int32Array(this.#keys.capacity).fill(NONE);
    this.#current.set(current);
    this.#context.watermark = watermark;
  }

  override stats(): OperatorStats {
    return { stateRows: this.#rows.live, stateBytes: this.#keys.byteLength + this.#rows.byteLength, lateRows: 0 };
  }
}

const SKIPPED = 0;
const ADDED = 1;
const REMOVED = 2;
const whereAdded = (what: number): number => (what === ADDED ? 1 : 0);

/** Of the rows of each key the last one counts; the others become SKIPPED. */
function keepLast(what: Uint8Array, keyOf: Int32Array, length: number, bound: number): void {
  const seen = new Uint8Array(bound);
  for (let r = length - 1; r >= 0; r--) {
    if (seen[keyOf[r]!] === 1) what[r] = SKIPPED;
    seen[keyOf[r]!] = 1;
  }
}
