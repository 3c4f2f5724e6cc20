import { assert } from '../assert.ts';
import type { Column } from '../data/column.ts';

/** Field `path[1].path[2]…` of the column at path[0]; NULL where an enclosing ROW is. For sources that make whole columns. */
export function projectField(column: Column, path: readonly string[]): Column {
  let result = column;
  for (const name of path.slice(1)) {
    assert(result.storage === 'row' && result.type.kind === 'ROW', `${path.join('.')} leads through ROWs`);
    const index = result.type.fields.findIndex((field) => field.name === name);
    const outer = result.valid;
    result = result.children[index]!;
    if (outer !== undefined) result = { ...result, valid: both(outer, result.valid, result.length) };
  }
  return result;
}

function both(outer: Uint8Array, inner: Uint8Array | undefined, length: number): Uint8Array {
  const valid = outer.slice(0, length);
  if (inner !== undefined) for (let i = 0; i < length; i++) valid[i]! &= inner[i]!;
  return valid;
}
