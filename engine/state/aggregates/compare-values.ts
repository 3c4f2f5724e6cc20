/** Order and equality of boxed values, as Flink's. */
import { MapValue, type Value } from '../../types/value.ts';
import { valueKey } from '../../data/key.ts';

/** Strings and bytes by unsigned bytes of their UTF-8 form; numbers as Java compares them (-0.0 below 0.0, NaN above all). Other values have no order. */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (typeof a === 'number' && typeof b === 'number') return compareDoubles(a, b);
  return a === b ? 0 : (a as number) < (b as number) ? -1 : 1;
}

/** Code point order, which is the order of UTF-8 bytes; JavaScript's own order differs from it where surrogates are. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const isX = x >= 0xd800 && x < 0xe000;
    const isY = y >= 0xd800 && y < 0xe000;
    return isX === isY ? x - y : isX ? 1 : -1;
  }
  return a.length - b.length;
}

/** Java's Double.compare. */
export function compareDoubles(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return a !== 0 ? 0 : (1 / a < 0 ? 0 : 1) - (1 / b < 0 ? 0 : 1);
  return (a === a ? 0 : 1) - (b === b ? 0 : 1);
}

/** SQL equality of results, NULL equal to NULL. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return valueKey(a) === valueKey(b);
}

/** The same value in memory of its own: bytes may be views of an input chunk that state must not keep alive. */
export function keep(value: Value): Value {
  if (value instanceof Uint8Array) return value.slice();
  if (value instanceof MapValue)
    return new MapValue(value.entries.map(([key, item]) => [keep(key), keep(item)] as const));
  return Array.isArray(value) ? value.map(keep) : value;
}
