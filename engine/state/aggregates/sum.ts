import type { DataType } from '../../types/type.ts';
import { unreachable } from '../../assert.ts';
import { storageOf } from '../../data/column.ts';
import { addWords, MAX_DECIMAL_TOP, signExtended, subtractWords, type Words } from './integers.ts';
import type { Accumulator, Names } from './accumulator.ts';

/** SUM: NULL when no value went in. $SUM0: 0 then. */
export type SumKind = 'sum' | 'sum0';

/**
 * SUM of `argument` as `result` (SUM of an integer keeps its type and wraps; of DECIMAL(p, s) is DECIMAL(38, s), NULL when it overflows).
 * As Flink: after a DECIMAL overflow the sum is NULL and starts anew with the next value.
 */
export function sum(kind: SumKind, argument: DataType, result: DataType): Accumulator {
  switch (result.kind) {
    case 'TINYINT':
      return numberSum(kind, 'i32', (v) => `(${v}) << 24 >> 24`);
    case 'SMALLINT':
      return numberSum(kind, 'i32', (v) => `(${v}) << 16 >> 16`);
    case 'INT':
      return numberSum(kind, 'i32', (v) => `(${v}) | 0`);
    case 'FLOAT':
      return floatSum(kind, 'f32');
    case 'BIGINT':
      return wordSum(kind, argument, 2);
    case 'DECIMAL':
      return wordSum(kind, argument, 4);
    default:
      return floatSum(kind, 'f64');
  }
}

const isNull = (n: Names): string => `${n.count} === 0`;

/** The first value is taken as it is: a sum of -0.0 is -0.0. */
function floatSum(kind: SumKind, array: 'f32' | 'f64'): Accumulator {
  const first = (n: Names, x: string): string =>
    kind === 'sum' ? `${isNull(n)} ? ${x} : ${n.at('s')} + ${x}` : `${n.at('s')} + ${x}`;
  return {
    ...numberSum(kind, array, (v) => v),
    add: (n) => `${n.at('s')} = ${first(n, n.x)};`,
    merge: (n) => `if (${n.otherCount} !== 0) ${n.at('s')} = ${first(n, n.from('s'))};`,
  };
}

function numberSum(kind: SumKind, array: 'i32' | 'f32' | 'f64', wrap: (v: string) => string): Accumulator {
  return {
    fields: [{ name: 's', kind: array }],
    counts: true,
    lanes: [array],
    ignoresNull: true,
    uses: ['x'],
    neverNull: kind === 'sum0',
    add: (n) => `${n.at('s')} = ${wrap(`${n.at('s')} + ${n.x}`)};`,
    retract: (n) => `${n.at('s')} = ${wrap(`${n.at('s')} - ${n.x}`)};`,
    merge: (n) => `${n.at('s')} = ${wrap(`${n.at('s')} + ${n.from('s')}`)};`,
    read: (n, p) => {
      const value = `const ${p}0 = ${isNull(n)} ? 0 : ${n.at('s')};`;
      return kind === 'sum0' ? value : `${value} const ${p}v = ${isNull(n)} ? 0 : 1;`;
    },
  };
}

/** Words that the argument's storage has. */
export function argumentWords(type: DataType): number {
  const storage = storageOf(type);
  switch (storage) {
    case 'i32':
      return 1;
    case 'i64':
      return 2;
    case 'i128':
      return 4;
    default:
      return unreachable(storage as never);
  }
}

function wordSum(kind: SumKind, argument: DataType, width: 2 | 4): Accumulator {
  const decimal = width === 4;
  const words = argumentWords(argument);
  const target =
    (n: Names): Words =>
    (k) =>
      n.at('s', k);
  const source = (n: Names): Words => signExtended((k) => n.word(k), words);
  const clear = (n: Names): string => Array.from({ length: width }, (_, k) => `${n.at('s', k)} = 0;`).join(' ');
  const check = (n: Names): string =>
    decimal
      ? `${n.at('lost')} = 0; if (${n.at('s', 3)} >= ${MAX_DECIMAL_TOP} || ${n.at('s', 3)} <= ${-MAX_DECIMAL_TOP}) {
          if (overflowsDecimal(${n.ref('s')})) { ${clear(n)} ${n.at('lost')} = 1; }
        }`
      : '';
  const nothing = (n: Names): string => (decimal ? `(${isNull(n)} || ${n.at('lost')} === 1)` : isNull(n));
  return {
    fields: [{ name: 's', kind: 'i32', width }, ...(decimal ? [{ name: 'lost', kind: 'i32' } as const] : [])],
    counts: true,
    lanes: [decimal ? 'h128' : 'h64'],
    ignoresNull: true,
    uses: ['words'],
    neverNull: kind === 'sum0' && !decimal,
    add: (n) => `${addWords(target(n), source(n), width)} ${check(n)}`,
    retract: (n) => `${subtractWords(target(n), source(n), width)} ${check(n)}`,
    merge: (n) => `if (${n.otherCount} !== 0) { ${addWords(target(n), (k) => n.from('s', k), width)} ${check(n)} }`,
    read: (n, p) => {
      const empty = kind === 'sum0' ? 'false' : isNull(n);
      const values = Array.from({ length: width }, (_, k) => `const ${p}${k} = ${empty} ? 0 : ${n.at('s', k)};`).join(
        ' ',
      );
      if (kind === 'sum0') return decimal ? `${values} const ${p}v = ${n.at('lost')} === 1 ? 0 : 1;` : values;
      return `${values} const ${p}v = ${nothing(n)} ? 0 : 1;`;
    },
  };
}
