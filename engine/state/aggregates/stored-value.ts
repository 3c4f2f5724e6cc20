/** How an aggregate that keeps one of its input values (MIN, MAX, FIRST_VALUE, ...) holds it in fields. */
import type { DataType } from '../../types/type.ts';
import { unreachable } from '../../assert.ts';
import { storageOf } from '../../data/column.ts';
import { lessWords } from './integers.ts';
import type { Accumulator, Field, Names, ResultLane } from './accumulator.ts';

export interface StoredValue {
  readonly fields: readonly Field[];
  readonly lanes: readonly ResultLane[];
  readonly uses: Accumulator['uses'];
  /** Stores the row's argument. */
  store(n: Names): string;
  /** Copies from the group that is merged in. */
  copy(n: Names): string;
  /** Declares `${p}0`, ...; zeros unless `present` holds. */
  read(n: Names, p: string, present: string): string;
  /** Whether the argument (or the merged group's value) is below the stored one. */
  less(n: Names, merged: boolean): string;
  /** Whether it is above. */
  greater(n: Names, merged: boolean): string;
}

export function storedValue(type: DataType): StoredValue {
  const storage = storageOf(type);
  switch (storage) {
    case 'u8':
    case 'i32':
    case 'f32':
    case 'f64':
      return number(storage);
    case 'i64':
      return words(2);
    case 'i128':
      return words(4);
    case 'ts':
      return nanoTime;
    case 'str':
    case 'bin':
    case 'list':
    case 'map':
    case 'row':
      return boxed(type);
    default:
      return unreachable(storage);
  }
}

function number(kind: 'u8' | 'i32' | 'f32' | 'f64'): StoredValue {
  const other = (n: Names, merged: boolean): string => (merged ? n.from('v') : n.x);
  return {
    fields: [{ name: 'v', kind: kind === 'u8' ? 'i32' : kind }],
    lanes: [kind],
    uses: ['x'],
    store: (n) => `${n.at('v')} = ${n.x};`,
    copy: (n) => `${n.at('v')} = ${n.from('v')};`,
    read: (n, p, present) => `const ${p}0 = ${present} ? ${n.at('v')} : 0;`,
    less: (n, merged) => `${other(n, merged)} < ${n.at('v')}`,
    greater: (n, merged) => `${other(n, merged)} > ${n.at('v')}`,
  };
}

function words(width: 2 | 4): StoredValue {
  const all = Array.from({ length: width }, (_, k) => k);
  const other = (n: Names, merged: boolean) => (k: number) => (merged ? n.from('v', k) : n.word(k));
  const own = (n: Names) => (k: number) => n.at('v', k);
  return {
    fields: [{ name: 'v', kind: 'i32', width }],
    lanes: [width === 2 ? 'h64' : 'h128'],
    uses: ['words'],
    store: (n) => all.map((k) => `${n.at('v', k)} = ${n.word(k)};`).join(' '),
    copy: (n) => all.map((k) => `${n.at('v', k)} = ${n.from('v', k)};`).join(' '),
    read: (n, p, present) => all.map((k) => `const ${p}${k} = ${present} ? ${n.at('v', k)} : 0;`).join(' '),
    less: (n, merged) => lessWords(other(n, merged), own(n), width),
    greater: (n, merged) => lessWords(own(n), other(n, merged), width),
  };
}

const nanoTime: StoredValue = {
  fields: [
    { name: 'v', kind: 'f64' },
    { name: 'w', kind: 'i32' },
  ],
  lanes: ['f64', 'i32'],
  uses: ['x', 'nanos'],
  store: (n) => `${n.at('v')} = ${n.x}; ${n.at('w')} = ${n.nanos};`,
  copy: (n) => `${n.at('v')} = ${n.from('v')}; ${n.at('w')} = ${n.from('w')};`,
  read: (n, p, present) => `const ${p}0 = ${present} ? ${n.at('v')} : 0, ${p}1 = ${present} ? ${n.at('w')} : 0;`,
  less: (n, merged) => {
    const [ms, nanos] = merged ? [n.from('v'), n.from('w')] : [n.x, n.nanos];
    return `${ms} < ${n.at('v')} || (${ms} === ${n.at('v')} && ${nanos} < ${n.at('w')})`;
  },
  greater: (n, merged) => {
    const [ms, nanos] = merged ? [n.from('v'), n.from('w')] : [n.x, n.nanos];
    return `${ms} > ${n.at('v')} || (${ms} === ${n.at('v')} && ${nanos} > ${n.at('w')})`;
  },
};

function boxed(type: DataType): StoredValue {
  const other = (n: Names, merged: boolean): string => (merged ? n.from('v') : n.value);
  return {
    fields: [{ name: 'v', kind: 'any', type }],
    lanes: ['any'],
    uses: ['value'],
    store: (n) => `${n.at('v')} = keep(${n.value});`,
    copy: (n) => `${n.at('v')} = ${n.from('v')};`,
    read: (n, p, present) => `const ${p}0 = ${present} ? ${n.at('v')} : null;`,
    less: (n, merged) => `compareValues(${other(n, merged)}, ${n.at('v')}) < 0`,
    greater: (n, merged) => `compareValues(${other(n, merged)}, ${n.at('v')}) > 0`,
  };
}
