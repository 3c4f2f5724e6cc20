import type { Column } from './column.ts';

/**
 * Some rows of one relation: what operators push to each other. Immutable once pushed.
 * `kinds` holds a RowKind a row; undefined = append-only, every row is +I.
 * `length` may be 0; every column has the same length.
 */
export interface Batch {
  readonly length: number;
  readonly columns: readonly Column[];
  readonly kinds: Uint8Array | undefined;
}

/** Sources and operators aim at batches of this many rows; nothing lingers to fill one. */
export const BATCH_ROWS = 4096;
