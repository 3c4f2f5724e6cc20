import type { Batch } from '../data/batch.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { nextCapacity } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';

/** The partition of each row as a number; without keys all rows are in one. */
export class Partitions {
  readonly #keys: readonly number[];
  readonly #table: KeyTable | undefined;
  /** By row of the last batch. */
  of: Int32Array = new Int32Array(0);

  constructor(keys: readonly number[], input: Schema) {
    this.#keys = keys;
    this.#table = keys.length === 0 ? undefined : new KeyTable(keys.map((key) => input[key]!.type));
  }

  /** Numbers the rows of a batch; rows where `where` is 0 get -1. */
  assign({ columns, length }: Batch, where?: Uint8Array): Int32Array {
    if (this.of.length < length) this.of = new Int32Array(nextCapacity(4096, length));
    if (this.#table === undefined) {
      for (let r = 0; r < length; r++) this.of[r] = where === undefined || where[r] === 1 ? 0 : -1;
    } else {
      const keys = this.#keys.map((key) => columns[key]!);
      this.#table.findOrInsert(keys, 0, length, this.of, where);
    }
    return this.of;
  }

  /** Arrays by partition must be so long. */
  get capacity(): number {
    return this.#table?.capacity ?? 1;
  }
  /** Numbers are below this. */
  get bound(): number {
    return this.#table?.bound ?? 1;
  }
  get byteLength(): number {
    return this.#table?.byteLength ?? 0;
  }

  /** The number may be given to another partition. */
  remove(partition: number): void {
    this.#table?.remove(partition);
  }
  /** Gives memory of strings back that no partition uses any more; between batches. */
  sweep(): void {
    if (this.#table !== undefined) KeyTable.sweep(this.#table.encoder, [this.#table]);
  }

  snapshot(): KeyTableState | undefined {
    return this.#table?.snapshot();
  }
  restore(state: KeyTableState | undefined): void {
    if (state !== undefined) this.#table?.restore(state);
  }
}
