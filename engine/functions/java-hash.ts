/** Hash codes of Java, where they can be seen: HASH_CODE, and the order of a java.util.HashMap's entries. */

/** String.hashCode: a 32-bit integer. */
export function stringHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

/** Long.hashCode. */
export function longHash(value: bigint): number {
  return Number(BigInt.asIntN(32, value ^ (BigInt.asIntN(64, value) >> 32n)));
}

/** BigDecimal.hashCode of unscaled × 10^-scale. */
export function decimalHash(unscaled: bigint, scale: number): number {
  const size = unscaled < 0n ? -unscaled : unscaled;
  let hash = 0;
  for (let shift = Math.max(0, Math.ceil(size.toString(2).length / 32) - 1); shift >= 0; shift--) {
    hash = (Math.imul(hash, 31) + Number(BigInt.asIntN(32, size >> BigInt(32 * shift)))) | 0;
  }
  return (Math.imul(unscaled < 0n ? -hash : hash, 31) + scale) | 0;
}

const view = new DataView(new ArrayBuffer(8));

/** Double.hashCode. */
export function doubleHash(value: number): number {
  view.setFloat64(0, value);
  return view.getInt32(0) ^ view.getInt32(4);
}

/** Float.hashCode. */
export function floatHash(value: number): number {
  view.setFloat32(0, value);
  return view.getInt32(0);
}

/**
 * The keys in the order in which `new HashMap<>(capacity)` iterates after they were put in: by bucket, then by insertion.
 * (Java turns a bucket of eight and more into a tree, which keeps that order too.)
 */
export function hashMapOrder(keys: readonly string[], capacity: number): readonly string[] {
  let size = 1;
  while (size < capacity) size *= 2;
  while (keys.length > size * 0.75) size *= 2;
  const bucket = (key: string): number => {
    const hash = stringHash(key);
    return (hash ^ (hash >>> 16)) & (size - 1);
  };
  return keys
    .map((key) => [bucket(key), key] as const)
    .sort(([a], [b]) => a - b)
    .map(([, key]) => key);
}
