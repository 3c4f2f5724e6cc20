import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { MillraceError } from '../errors.ts';

/**
 * The milliseconds of a time column.
 * @throws MillraceError RUNTIME_NULL when one is NULL: Flink fails such a job
 */
export function rowTimes(batch: Batch, column: number, name: string): Float64Array {
  const { values, valid } = batch.columns[column] as Column & { storage: 'f64' | 'ts' };
  if (valid !== undefined) {
    for (let r = 0; r < batch.length; r++) {
      if (valid[r] === 1) continue;
      throw new MillraceError(
        'RUNTIME_NULL',
        'RowTime field should not be null, please convert it to a non-null long value.',
        {
          hint: `${name} is the time of the rows but is NULL in one: leave such rows out, or compute the time with COALESCE`,
        },
      );
    }
  }
  return values;
}
