import type { Batch } from '../data/batch.ts';
import { isAddition, RowKind } from '../data/row-kind.ts';
import { RowLists, type RowListsState } from '../state/row-lists.ts';
import type { Schema } from '../types/schema.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';

export interface SinkUpsertMaterializerOptions {
  readonly input: Schema;
  /** The primary key of the sink. */
  readonly primaryKey: readonly number[];
  /** The key by which a row of the input takes the place of another; undefined: it has none, whole rows are compared. */
  readonly upsertKey: readonly number[] | undefined;
}

/**
 * In front of a sink whose primary key is not the key of the changes: as Flink's SinkUpsertMaterializer.
 *
 * State: the rows of each primary key, in the order in which they came.
 * Emits: an added row as +I, or +U when its key has rows already; when the last row that was added is taken back, the one before it as +U, or -D
 * when there is none; nothing for an older row. Taking away a row that is not there does nothing.
 */
export class SinkUpsertMaterializer extends OneInput {
  readonly name: string;
  readonly #lists: RowLists;
  readonly #upsertKey: readonly number[] | undefined;
  #emitted: Int32Array = new Int32Array(0);
  #kinds: Uint8Array = new Uint8Array(0);

  constructor({ input, primaryKey, upsertKey }: SinkUpsertMaterializerOptions) {
    super();
    this.name = `SinkMaterializer[${primaryKey.map((key) => input[key]!.name).join(', ')}]`;
    this.#lists = new RowLists(
      input.map(({ type }) => type),
      primaryKey,
    );
    this.#upsertKey = upsertKey;
  }

  push(batch: Batch): void {
    const { length, kinds } = batch;
    if (length === 0) return;
    if (this.#emitted.length < length) {
      this.#emitted = new Int32Array(Math.max(4096, length));
      this.#kinds = new Uint8Array(this.#emitted.length);
    }
    const lists = this.#lists;
    lists.number(batch);
    let n = 0;
    const emit = (row: number, kind: RowKind): void => {
      this.#emitted[n] = row;
      this.#kinds[n++] = kind;
    };
    for (let r = 0; r < length; r++) {
      const key = lists.keyOf[r]!;
      const row = lists.rowOf[r]!;
      if (kinds === undefined || isAddition(kinds[r]!)) {
        emit(row, lists.size(key) === 0 ? RowKind.Insert : RowKind.UpdateAfter);
        const place = this.#upsertKey === undefined ? -1 : lists.find(key, row, this.#upsertKey);
        if (place < 0) lists.append(key, row);
        else lists.replace(key, place, row);
        continue;
      }
      const place = lists.find(key, row, this.#upsertKey);
      if (place < 0) continue;
      lists.removeAt(key, place);
      const size = lists.size(key);
      if (size === 0) emit(row, RowKind.Delete);
      else if (place === size) emit(lists.at(key, size - 1), RowKind.UpdateAfter);
    }
    if (n > 0) {
      const columns = lists.columns(this.#emitted, n);
      this.output.push({ length: n, columns, kinds: this.#kinds.slice(0, n) });
    }
    lists.sweep();
  }

  override snapshot(): OperatorState {
    return this.#lists.snapshot();
  }
  override restore(state: OperatorState): void {
    this.#lists.restore(state as RowListsState);
  }
  override stats(): OperatorStats {
    return { stateRows: this.#lists.liveRows, stateBytes: this.#lists.byteLength, lateRows: 0 };
  }
}
