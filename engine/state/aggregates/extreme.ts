import type { DataType } from '../../types/type.ts';
import { unreachable } from '../../assert.ts';
import { storageOf } from '../../data/column.ts';
import { EntryHeap } from './entry-heap.ts';
import { storedValue } from './stored-value.ts';
import type { Accumulator, Names } from './accumulator.ts';

/** MIN or MAX over an input that only grows: the extreme alone is kept. NULL of no values; NaN never replaces. */
export function extreme(kind: 'MIN' | 'MAX', type: DataType): Accumulator {
  const stored = storedValue(type);
  const better = (n: Names, merged: boolean): string =>
    kind === 'MIN' ? stored.less(n, merged) : stored.greater(n, merged);
  return {
    fields: stored.fields,
    counts: true,
    lanes: stored.lanes,
    ignoresNull: true,
    uses: stored.uses,
    neverNull: false,
    add: (n) => `if (${n.count} === 0 || ${better(n, false)}) { ${stored.store(n)} }`,
    retract: () => '',
    merge: (n) => `if (${n.otherCount} !== 0 && (${n.count} === 0 || ${better(n, true)})) { ${stored.copy(n)} }`,
    read: (n, p) => `const ${p}v = ${n.count} === 0 ? 0 : 1; ${stored.read(n, p, `${p}v === 1`)}`,
  };
}

/**
 * MIN or MAX over an updating input: every distinct value of a group is in the entry table with its count, and a heap a group finds the extreme.
 * As Flink with retractions: values are ordered as Java compares them.
 */
export function retractableExtreme(kind: 'MIN' | 'MAX', type: DataType): Accumulator {
  const storage = storageOf(type);
  const boxed = storage === 'str' || storage === 'bin' || storage === 'list' || storage === 'map' || storage === 'row';
  return {
    fields: [{ name: 'top', kind: 'i32' }],
    lanes: boxed ? ['any'] : storedValue(type).lanes,
    ignoresNull: true,
    uses: [],
    entries: 'first',
    neverNull: false,
    makeHelper: (entries) => new EntryHeap(entries!, kind === 'MIN' ? 1 : -1),
    add: (n) => `${n.at('top')} = ${n.helper}.add(${n.group}, ${n.entry}) + 1;`,
    retract: (n) => `${n.at('top')} = ${n.helper}.remove(${n.group}, ${n.entry}) + 1;`,
    merge: () => '',
    read: (n, p) => {
      const head = `const ${p}e = ${n.at('top')} - 1; const ${p}v = ${p}e < 0 ? 0 : 1;`;
      const lane = (l: number, index: string): string => `${p}e < 0 ? 0 : ${n.entryLane(l)}[${index}]`;
      switch (storage) {
        case 'u8':
        case 'i32':
          return `${head} const ${p}0 = ${lane(1, `${p}e`)};`;
        case 'f32':
          return `${head} const ${p}0 = ${p}e < 0 ? 0 : floatOfBits(${n.entryLane(1)}, ${p}e);`;
        case 'f64':
          return type.kind === 'DOUBLE'
            ? `${head} const ${p}0 = ${p}e < 0 ? 0 : doubleOfBits(${n.entryLane(1)}, ${p}e);`
            : `${head} const ${p}0 = ${lane(1, `${p}e`)};`;
        case 'i64':
          return `${head} const ${p}0 = ${lane(1, `2 * ${p}e`)}, ${p}1 = ${lane(1, `2 * ${p}e + 1`)};`;
        case 'i128':
          return `${head} const ${p}0 = ${lane(1, `2 * ${p}e`)}, ${p}1 = ${lane(1, `2 * ${p}e + 1`)}, ${p}2 = ${lane(2, `2 * ${p}e`)}, ${p}3 = ${lane(2, `2 * ${p}e + 1`)};`;
        case 'ts':
          return `${head} const ${p}0 = ${lane(1, `${p}e`)}, ${p}1 = ${lane(2, `${p}e`)};`;
        case 'str':
        case 'bin':
        case 'list':
        case 'map':
        case 'row':
          return `${head} const ${p}0 = ${p}e < 0 ? null : ${n.helper}.value(${p}e);`;
        default:
          return unreachable(storage);
      }
    },
  };
}

const bits = new Int32Array(2);
const float = new Float32Array(bits.buffer, 0, 1);
const double = new Float64Array(bits.buffer);

/** The FLOAT whose bits are words[i]. */
export function floatOfBits(words: Int32Array, i: number): number {
  bits[0] = words[i]!;
  return float[0]!;
}

/** The DOUBLE whose bits are words[2i] and words[2i + 1]. */
export function doubleOfBits(words: Int32Array, i: number): number {
  bits[0] = words[2 * i]!;
  bits[1] = words[2 * i + 1]!;
  return double[0]!;
}
