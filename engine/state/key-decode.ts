/** The way back from key lanes to columns. */
import type { Column } from '../data/column.ts';
import { storageOf } from '../data/column.ts';
import { unreachable } from '../assert.ts';
import { MASK_BITS, type KeyEncoder, type LaneArray } from './key-encoder.ts';
import { longsOf } from './typed.ts';

/** The keys of groups[0], ..., groups[n - 1], one column a key, in memory of their own. */
export function decodeKeys(
  encoder: KeyEncoder,
  keys: readonly LaneArray[],
  nulls: readonly Int32Array[] | undefined,
  groups: Int32Array,
  n: number,
): Column[] {
  let lane = 0;
  return encoder.types.map((type, c): Column => {
    const valid = nulls && validOf(nulls[Math.floor(c / MASK_BITS)]!, 1 << (c % MASK_BITS), groups, n);
    const head = { type, length: n, valid };
    const storage = storageOf(type);
    switch (storage) {
      case 'u8': {
        const source = keys[lane++] as Uint8Array;
        const values = new Uint8Array(n);
        for (let i = 0; i < n; i++) values[i] = source[groups[i]!]!;
        return { ...head, storage, values };
      }
      case 'i32':
        return { ...head, storage, values: pick32(keys[lane++] as Int32Array, groups, n) };
      case 'f32':
        return { ...head, storage, values: new Float32Array(pick32(keys[lane++] as Int32Array, groups, n).buffer) };
      case 'i64':
        return { ...head, storage, values: longsOf(pick64(keys[lane++] as Int32Array, groups, n)) };
      case 'f64': {
        const source = keys[lane++]!;
        const values =
          source instanceof Float64Array
            ? pickF64(source, groups, n)
            : new Float64Array(pick64(source as Int32Array, groups, n).buffer);
        return { ...head, storage, values };
      }
      case 'i128': {
        const low = keys[lane++] as Int32Array;
        const high = keys[lane++] as Int32Array;
        return { ...head, storage, values: longsOf(pick64(low, groups, n)), high: longsOf(pick64(high, groups, n)) };
      }
      case 'ts': {
        const values = pickF64(keys[lane++] as Float64Array, groups, n);
        return { ...head, storage, values, nanos: pick32(keys[lane++] as Int32Array, groups, n) };
      }
      case 'str':
      case 'bin':
      case 'list':
      case 'map':
      case 'row':
        return encoder.pools[c]!.column(type, pick32(keys[lane++] as Int32Array, groups, n), n, valid);
      default:
        return unreachable(storage);
    }
  });
}

/** One byte a group, 0 = NULL; undefined when none is. */
function validOf(masks: Int32Array, bit: number, groups: Int32Array, n: number): Uint8Array | undefined {
  const valid = new Uint8Array(n);
  let count = 0;
  for (let i = 0; i < n; i++) {
    const ok = (masks[groups[i]!]! & bit) === 0 ? 1 : 0;
    valid[i] = ok;
    count += ok;
  }
  return count === n ? undefined : valid;
}

function pick32(source: Int32Array, groups: Int32Array, n: number): Int32Array {
  const result = new Int32Array(n);
  for (let i = 0; i < n; i++) result[i] = source[groups[i]!]!;
  return result;
}

function pick64(source: Int32Array, groups: Int32Array, n: number): Int32Array {
  const result = new Int32Array(n * 2);
  for (let i = 0; i < n; i++) {
    const g = groups[i]! * 2;
    result[2 * i] = source[g]!;
    result[2 * i + 1] = source[g + 1]!;
  }
  return result;
}

function pickF64(source: Float64Array, groups: Int32Array, n: number): Float64Array {
  const result = new Float64Array(n);
  for (let i = 0; i < n; i++) result[i] = source[groups[i]!]!;
  return result;
}
