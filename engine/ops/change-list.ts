import type { Column } from '../data/column.ts';
import { grown, nextCapacity } from '../state/typed.ts';
import { BIGINT, notNull } from '../types/type.ts';

/** The changes of a result while a batch is worked on: kinds, numbers of rows, ranks. */
export class ChangeList {
  kinds: Uint8Array = new Uint8Array(1024);
  rows: Int32Array = new Int32Array(1024);
  ranks: Int32Array = new Int32Array(1024);
  length = 0;

  put(kind: number, row: number, rank: number): void {
    const at = this.length++;
    if (at === this.kinds.length) this.#grow();
    this.kinds[at] = kind;
    this.rows[at] = row;
    this.ranks[at] = rank;
  }

  #grow(): void {
    const capacity = nextCapacity(this.kinds.length, this.length);
    this.kinds = grown(this.kinds, capacity);
    this.rows = grown(this.rows, capacity);
    this.ranks = grown(this.ranks, capacity);
  }

  /** The ranks as a BIGINT column. */
  rankColumn(): Column {
    const { length } = this;
    const values = new BigInt64Array(length);
    const words = new Int32Array(values.buffer);
    for (let i = 0; i < length; i++) words[2 * i] = this.ranks[i]!;
    return { type: notNull(BIGINT), length, valid: undefined, storage: 'i64', values };
  }

  clear(): void {
    this.length = 0;
  }
}
