/** What tests of operators need of data/. */
import type { Batch } from '../../../engine/data/batch.ts';
import { rowAt } from '../../../engine/data/batch-rows.ts';
import type { Value } from '../../../engine/types/value.ts';

export { batchOf, takeBatch } from '../../../engine/data/batch-rows.ts';

/** All rows of a batch. */
export const valuesAt = (batch: Batch): Value[][] => Array.from({ length: batch.length }, (_, i) => rowAt(batch, i));
