import type { Batch } from '../data/batch.ts';
import { takeBatch } from '../data/batch-rows.ts';
import { RowKind } from '../data/row-kind.ts';
import { OneInput } from './one-input.ts';

/** Leaves out -U, for readers that do without: Flink's DropUpdateBefore over a source that sends them. State: none. */
export class DropUpdateBefore extends OneInput {
  readonly name = 'DropUpdateBefore';

  push(batch: Batch): void {
    const { kinds, length } = batch;
    if (kinds === undefined || !kinds.subarray(0, length).includes(RowKind.UpdateBefore)) {
      this.emit(batch);
      return;
    }
    const rows = new Int32Array(length);
    let n = 0;
    for (let r = 0; r < length; r++) if (kinds[r] !== RowKind.UpdateBefore) rows[n++] = r;
    this.emit(takeBatch(batch, rows, n));
  }
}
