/** Watermarks that stand between the rows of a batch: a batch is not cut into pieces for operators that can do without. */
import type { Batch } from '../data/batch.ts';
import { sliceBatch } from '../data/batch-rows.ts';
import type { EpochMs } from '../types/value.ts';
import type { Operator, Output } from './operator.ts';

/**
 * `rows[i]` rows of the batch come before watermark `values[i]`. Both ascend; rows may be equal. Not changed once they are sent.
 * An operator's `pushMarked` gets at least one row and one mark.
 */
export interface Marks {
  readonly rows: ArrayLike<number>;
  readonly values: ArrayLike<EpochMs>;
}

/** Sends a batch with its marks whole, where the receiver takes it so, else in pieces. */
export function pushMarked(output: Output, batch: Batch, marks: Marks): void {
  if (output.pushMarked !== undefined && batch.length > 0 && marks.rows.length > 0) output.pushMarked(batch, marks);
  else pushPieces(output, batch, marks);
}

/** What a marked batch means: the rows before a watermark, the watermark, and so on. */
export function pushPieces(output: Output, batch: Batch, { rows, values }: Marks): void {
  let from = 0;
  for (let i = 0; i < rows.length; i++) {
    const to = rows[i]!;
    if (to > from) output.push(sliceBatch(batch, from, to));
    output.advance(values[i]!);
    from = to;
  }
  if (batch.length > from) output.push(sliceBatch(batch, from, batch.length));
}

/** What is sent there goes into one port of an operator. */
export function outputTo(operator: Operator, port: number): Output {
  return {
    push: (batch) => operator.push(batch, port),
    advance: (watermark) => operator.advance(watermark, port),
    pushMarked: operator.pushMarked && ((batch, marks) => operator.pushMarked!(batch, marks, port)),
  };
}
