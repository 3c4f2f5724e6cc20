import type { Batch } from '../data/batch.ts';
import { rowAt } from '../data/batch-rows.ts';
import { isAddition, RowKind } from '../data/row-kind.ts';
import { MillraceError } from '../errors.ts';
import { RowLists, type RowListsState } from '../state/row-lists.ts';
import type { Schema } from '../types/schema.ts';
import { textOf } from '../types/text.ts';
import { timeZone } from '../types/time-zone.ts';
import type { EpochMs } from '../types/value.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';

export interface WatermarkCompactionOptions {
  readonly input: Schema;
  /** The primary key of the sink. */
  readonly primaryKey: readonly number[];
  /** The key by which a row of the input takes the place of another; undefined: whole rows are compared. */
  readonly upsertKey: readonly number[] | undefined;
  /** Of several rows with one primary key: the first stays, or the job fails. */
  readonly conflict: 'nothing' | 'error';
}

interface Snapshot {
  readonly rows: RowListsState;
  readonly pending: Int32Array;
}

/**
 * In front of a sink with ON CONFLICT DO NOTHING or DO ERROR: as Flink's WatermarkCompactingSinkMaterializer.
 *
 * Changes wait for the next watermark, where those of one key are put together: each list begins with the row that was sent last, if any; then
 * come the changes that wait, with their kinds. State: those lists. Fails with RUNTIME_FAILED.
 * Emits, at a watermark, for each key in the order of its first change: +I, +U or -D of the one row that is left, nothing when it is the same; of
 * several rows the first when none was sent before, else nothing.
 */
export class WatermarkCompaction extends OneInput {
  readonly name: string;
  readonly #options: WatermarkCompactionOptions;
  /** The row that was sent for each key. */
  readonly #lists: RowLists;
  /** Changes that wait: for each key a row and 1 for an addition, 0 for a removal, in turns. */
  #pending = new Map<number, number[]>();
  #waiting = 0;

  constructor(options: WatermarkCompactionOptions) {
    super();
    const { input, primaryKey, conflict } = options;
    this.#options = options;
    this.name = `SinkMaterializer[${primaryKey.map((key) => input[key]!.name).join(', ')}; ${conflict}]`;
    this.#lists = new RowLists(
      input.map(({ type }) => type),
      primaryKey,
    );
  }

  push(batch: Batch): void {
    const { length, kinds } = batch;
    if (length === 0) return;
    const lists = this.#lists;
    lists.number(batch);
    for (let r = 0; r < length; r++) {
      const key = lists.keyOf[r]!;
      const row = lists.rowOf[r]!;
      const isAdded = kinds === undefined || isAddition(kinds[r]!) ? 1 : 0;
      let waiting = this.#pending.get(key);
      if (waiting === undefined) this.#pending.set(key, (waiting = []));
      // What is added and taken back, or the other way round, before the same watermark is as if it had not been.
      const opposite = placeOf(waiting, row, 1 - isAdded);
      if (opposite < 0) {
        waiting.push(row, isAdded);
        lists.use(row);
        this.#waiting++;
      } else {
        waiting.splice(opposite, 2);
        lists.release(row);
        this.#waiting--;
      }
    }
    lists.sweep((key) => this.#pending.has(key));
  }

  protected override onWatermark(_watermark: EpochMs): void {
    if (this.#pending.size === 0) return;
    const rows: number[] = [];
    const kinds: number[] = [];
    for (const [key, waiting] of this.#pending) {
      const kind = this.#compact(key, waiting);
      if (kind === undefined) continue;
      rows.push(kind.row);
      kinds.push(kind.kind);
    }
    const numbers = Int32Array.from(rows);
    const batch = {
      length: rows.length,
      columns: this.#lists.columns(numbers, rows.length),
      kinds: Uint8Array.from(kinds),
    };
    const keys = [...this.#pending.keys()];
    for (const waiting of this.#pending.values())
      for (let i = 0; i < waiting.length; i += 2) this.#lists.release(waiting[i]!);
    this.#pending = new Map();
    this.#waiting = 0;
    this.#lists.sweep(undefined, keys);
    this.emit(batch);
  }

  #compact(key: number, waiting: readonly number[]): { readonly row: number; readonly kind: RowKind } | undefined {
    const lists = this.#lists;
    const { upsertKey, conflict } = this.#options;
    const sent = lists.size(key) === 0 ? undefined : lists.at(key, 0);
    const left: number[] = sent === undefined ? [] : [sent];
    for (let i = 0; i < waiting.length; i += 2) {
      const row = waiting[i]!;
      const place = left.findIndex(
        (other) => other === row || (upsertKey !== undefined && lists.sameIn(upsertKey, row, other)),
      );
      if (waiting[i + 1] === 1) {
        if (place >= 0 && upsertKey !== undefined) left[place] = row;
        else left.push(row);
      } else if (place >= 0) left.splice(place, 1);
    }
    const [first] = left;
    if (left.length > 1 && conflict === 'error') throw this.#conflict(left);
    if (left.length > 1 && sent !== undefined) return undefined;
    if (first === undefined) {
      if (sent === undefined) return undefined;
      lists.removeAt(key, 0);
      return { row: sent, kind: RowKind.Delete };
    }
    if (sent === undefined) {
      lists.append(key, first);
      return { row: first, kind: RowKind.Insert };
    }
    if (sent === first) return undefined;
    lists.replace(key, 0, first);
    return { row: first, kind: RowKind.UpdateAfter };
  }

  #conflict(rows: readonly number[]): MillraceError {
    const { input, primaryKey } = this.#options;
    const columns = this.#lists.columns(Int32Array.of(rows[0]!), 1);
    const row = rowAt({ length: 1, columns, kinds: undefined }, 0);
    const key = primaryKey.map((column) => {
      const value = row[column]!;
      const text = value === null ? 'null' : textOf(input[column]!.type, timeZone('UTC'))(value);
      return `${input[column]!.name}=${text}`;
    });
    return new MillraceError(
      'RUNTIME_FAILED',
      'Primary key constraint violation: multiple distinct records with the same primary key detected. ' +
        `Conflicting key: [${key.join(', ')}]. Use ON CONFLICT DO NOTHING to keep the first record.`,
    );
  }

  override snapshot(): OperatorState {
    const pending = [...this.#pending].flatMap(([key, waiting]) => [key, waiting.length, ...waiting]);
    return { rows: this.#lists.snapshot(), pending: Int32Array.from(pending) } satisfies Snapshot;
  }

  override restore(state: OperatorState): void {
    const { rows, pending } = state as Snapshot;
    this.#lists.restore(rows);
    this.#pending = new Map();
    this.#waiting = 0;
    for (let i = 0; i < pending.length;) {
      const key = pending[i++]!;
      const length = pending[i++]!;
      const waiting = [...pending.subarray(i, i + length)];
      for (let w = 0; w < length; w += 2) this.#lists.use(waiting[w]!);
      this.#pending.set(key, waiting);
      this.#waiting += length / 2;
      i += length;
    }
  }

  override stats(): OperatorStats {
    const stateBytes = this.#lists.byteLength + this.#waiting * 16;
    return { stateRows: this.#lists.liveRows, stateBytes, lateRows: 0 };
  }
}

/** Where in `waiting` the change of that row and kind stands, -1 = nowhere. */
function placeOf(waiting: readonly number[], row: number, isAdded: number): number {
  for (let i = 0; i < waiting.length; i += 2) if (waiting[i] === row && waiting[i + 1] === isAdded) return i;
  return -1;
}
