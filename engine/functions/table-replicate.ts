/** REPLICATE_ROWS: what INTERSECT ALL and EXCEPT ALL are made with. No function of SQL. */
import { INT, notNull, withNullable } from '../types/type.ts';
import { BIGINT } from '../types/type.ts';
import type { TableFunction } from './function.ts';

/** As many rows as the argument says, numbered from 0; none for NULL and for less than 1. As Flink's `$REPLICATE_ROWS$1`. */
export const replicateRows: TableFunction = {
  name: '$REPLICATE_ROWS$1',
  signature: '$REPLICATE_ROWS$1(count)',
  summary: 'As many rows as the argument says.',
  deterministic: true,
  resolve: () => ({ argTypes: [withNullable(BIGINT, true)], columns: [{ name: 'n', type: notNull(INT) }] }),
  implement:
    () =>
    ([count], length) => {
      const offsets = new Int32Array(length + 1);
      const numbers: number[] = [];
      for (let i = 0; i < length; i++) {
        const isNull = count!.valid?.[i] === 0;
        const times = isNull || count!.storage !== 'i64' ? 0 : Number(count.values[i]!);
        for (let n = 0; n < times; n++) numbers.push(n);
        offsets[i + 1] = numbers.length;
      }
      const values = Int32Array.from(numbers);
      const column = { type: notNull(INT), length: values.length, valid: undefined, storage: 'i32' as const, values };
      return { offsets, columns: [column] };
    },
};
