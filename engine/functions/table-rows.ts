/** Table functions over values: for functions that see one row at a time. */
import type { Column } from '../data/column.ts';
import { columnBuilder } from '../data/column-builder.ts';
import { valueAt } from '../data/column-read.ts';
import type { Schema } from '../types/schema.ts';
import type { Value } from '../types/value.ts';
import type { Expansion } from './function.ts';

/** Calls `rowsOf` for each row and puts what it gives into columns. */
export function rowExpansion(
  columns: Schema,
  rowsOf: (...args: Value[]) => Iterable<readonly Value[]>,
): (args: readonly Column[], length: number) => Expansion {
  return (args, length) => {
    const builders = columns.map(({ type }) => columnBuilder(type));
    const offsets = new Int32Array(length + 1);
    let made = 0;
    for (let i = 0; i < length; i++) {
      for (const row of rowsOf(...args.map((arg) => valueAt(arg, i)))) {
        builders.forEach((builder, j) => builder.append(row[j] ?? null));
        made++;
      }
      offsets[i + 1] = made;
    }
    return { offsets, columns: builders.map((builder) => builder.finish()) };
  };
}
