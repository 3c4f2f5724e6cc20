import { withNullable } from '../types/type.ts';
import type { Column } from './column.ts';
import { columnOf } from './column-builder.ts';
import { takeColumn } from './take.ts';

/**
 * As `takeColumn`; an index of -1 gives NULL: the side of an outer join that found no partner. The type of the result takes NULL when one is there.
 */
export function takeNullable(column: Column, indices: Int32Array, n: number = indices.length): Column {
  let missing = 0;
  for (let i = 0; i < n; i++) if (indices[i]! < 0) missing++;
  if (missing === 0) return takeColumn(column, indices, n);
  const type = withNullable(column.type, true);
  if (missing === n)
    return columnOf(
      type,
      Array.from({ length: n }, () => null),
    );
  const places = new Int32Array(n);
  for (let i = 0; i < n; i++) places[i] = Math.max(0, indices[i]!);
  const taken = takeColumn(column, places, n);
  const valid = taken.valid === undefined ? new Uint8Array(n).fill(1) : taken.valid.slice(0, n);
  for (let i = 0; i < n; i++) if (indices[i]! < 0) valid[i] = 0;
  return { ...taken, type, valid };
}
