/** Functions of BITMAP: sets of 32-bit integers, unsigned, in the order of their unsigned values. */
import { MillraceError } from '../errors.ts';
import { bitmapToText, decodeBitmap, encodeBitmap } from '../types/bitmap.ts';
import { ARRAY, BIGINT, BITMAP, BYTES, INT, STRING } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { ScalarFunction } from './function.ts';
import { bytes, defineScalar, strictly, type Parameter } from './scalar-define.ts';

const bitmap: Parameter = { fit: (type) => (type.kind === 'BITMAP' ? type : undefined), whenNull: BITMAP };
/** ARRAY of integers no wider than INT. */
const integers: Parameter = {
  fit: (type) =>
    type.kind === 'ARRAY' && ['TINYINT', 'SMALLINT', 'INT'].includes(type.element.kind)
      ? { ...type, element: { kind: 'INT', nullable: type.element.nullable } }
      : undefined,
  whenNull: ARRAY(INT),
};

const members = (value: Uint8Array): number[] => decodeBitmap(value)!;

/** The bitmap of any numbers, in any order; NULLs are passed over. */
export function bitmapOf(values: readonly Value[]): Uint8Array {
  const distinct = new Set<number>();
  for (const value of values) if (value !== null) distinct.add((value as number) >>> 0);
  return encodeBitmap([...distinct].sort((a, b) => a - b));
}

/** The members of two bitmaps that are in both, only in the left one, or only in the right one, merged as `keep` says. */
function combine(name: string, what: string, keep: { both: boolean; left: boolean; right: boolean }): ScalarFunction {
  return defineScalar({
    name,
    signature: `${name}(bitmap1, bitmap2)`,
    summary: `The ${what} of two bitmaps.`,
    params: [[bitmap, bitmap]],
    bareNull: true,
    returns: strictly(BITMAP),
    run: (a: Uint8Array, b: Uint8Array) => encodeBitmap(merge(members(a), members(b), keep)),
  });
}

function merge(
  a: readonly number[],
  b: readonly number[],
  keep: { readonly both: boolean; readonly left: boolean; readonly right: boolean },
): number[] {
  const result: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i] ?? Infinity;
    const right = b[j] ?? Infinity;
    const kept = left === right ? keep.both : left < right ? keep.left : keep.right;
    if (kept) result.push(Math.min(left, right));
    if (left <= right) i++;
    if (right <= left) j++;
  }
  return result;
}

export const bitmapFunctions: readonly ScalarFunction[] = [
  combine('BITMAP_AND', 'intersection', { both: true, left: false, right: false }),
  combine('BITMAP_ANDNOT', 'difference', { both: false, left: true, right: false }),
  combine('BITMAP_OR', 'union', { both: true, left: true, right: true }),
  combine('BITMAP_XOR', 'symmetric difference', { both: false, left: true, right: true }),
  defineScalar({
    name: 'BITMAP_BUILD',
    signature: 'BITMAP_BUILD(array)',
    summary: 'The bitmap of an array of integers; NULLs are passed over.',
    params: [[integers]],
    bareNull: true,
    returns: strictly(BITMAP),
    run: bitmapOf,
  }),
  defineScalar({
    name: 'BITMAP_CARDINALITY',
    signature: 'BITMAP_CARDINALITY(bitmap)',
    summary: 'The number of members.',
    params: [[bitmap]],
    bareNull: true,
    returns: strictly(BIGINT),
    run: (value: Uint8Array) => BigInt(members(value).length),
  }),
  defineScalar({
    name: 'BITMAP_FROM_BYTES',
    signature: 'BITMAP_FROM_BYTES(bytes)',
    summary: 'The bitmap that bytes in the portable Roaring format hold.',
    params: [[bytes]],
    bareNull: true,
    returns: strictly(BITMAP),
    run: (value: Uint8Array) => {
      const found = decodeBitmap(value);
      if (found !== undefined) return encodeBitmap(found);
      throw new MillraceError('RUNTIME_FAILED', 'Failed to deserialize bitmap from bytes.', {
        hint: 'the bytes must be those of BITMAP_TO_BYTES or of a RoaringBitmap in the portable format',
      });
    },
  }),
  defineScalar({
    name: 'BITMAP_TO_ARRAY',
    signature: 'BITMAP_TO_ARRAY(bitmap)',
    summary: 'The members as an array of INT, in the order of their unsigned values.',
    params: [[bitmap]],
    bareNull: true,
    returns: strictly(ARRAY(INT)),
    run: (value: Uint8Array) => members(value).map((member) => member | 0),
  }),
  defineScalar({
    name: 'BITMAP_TO_BYTES',
    signature: 'BITMAP_TO_BYTES(bitmap)',
    summary: 'The bitmap in the portable Roaring format.',
    params: [[bitmap]],
    bareNull: true,
    returns: strictly(BYTES),
    run: (value: Uint8Array) => value,
  }),
  defineScalar({
    name: 'BITMAP_TO_STRING',
    signature: 'BITMAP_TO_STRING(bitmap)',
    summary: 'The members as text: {1,2,4294967295}.',
    params: [[bitmap]],
    bareNull: true,
    returns: strictly(STRING),
    run: bitmapToText,
  }),
];
