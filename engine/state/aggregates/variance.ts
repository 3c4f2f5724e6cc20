import type { DataType } from '../../types/type.ts';
import { unreachable } from '../../assert.ts';
import { MAX_DECIMAL, wordsOfBig, bigOfWords } from './integers.ts';
import { argumentWords } from './sum.ts';
import type { Accumulator, Names } from './accumulator.ts';

export type VarianceKind = 'VAR_POP' | 'VAR_SAMP' | 'STDDEV_POP' | 'STDDEV_SAMP';

/**
 * Variance and standard deviation by Welford's method in doubles, as Flink since 2.3 ($WELFORD_M2), cast to the type of the result.
 * NULL of no values, and of one value for the sample forms (Flink gives -1 there when the column is NOT NULL; we give NULL).
 */
export function variance(kind: VarianceKind, argument: DataType, result: DataType): Accumulator {
  const x = asDouble(argument);
  const { lane, cast } = castFromDouble(result);
  return {
    fields: [
      { name: 'mean', kind: 'f64' },
      { name: 'm2', kind: 'f64' },
    ],
    counts: true,
    lanes: [lane],
    ignoresNull: true,
    uses: argument.kind === 'FLOAT' || argument.kind === 'DOUBLE' ? ['x'] : ['words'],
    neverNull: false,
    add: (n) =>
      `{ const x = ${x(n)}, c = ${n.count} + 1, delta = x - ${n.at('mean')}, mean = ${n.at('mean')} + delta / c;
        ${n.at('mean')} = mean; ${n.at('m2')} += delta * (x - mean); }`,
    retract: (n) =>
      `{ const x = ${x(n)}, c = ${n.count} - 1;
        if (c === 0) { ${n.at('mean')} = 0; ${n.at('m2')} = 0; }
        else { const delta = x - ${n.at('mean')}, mean = ${n.at('mean')} - delta / c; ${n.at('mean')} = mean; ${n.at('m2')} -= delta * (x - mean); } }`,
    merge: (n) =>
      `if (${n.otherCount} !== 0) { const c = ${n.count} + ${n.otherCount}, delta = ${n.from('mean')} - ${n.at('mean')};
        ${n.at('m2')} += ${n.from('m2')} + delta * delta * ${n.count} * ${n.otherCount} / c;
        ${n.at('mean')} += delta * ${n.otherCount} / c; }`,
    read: (n, p) => {
      const sample = kind.endsWith('SAMP');
      const spread = `${n.at('m2')} / ${sample ? `(${n.count} - 1)` : n.count}`;
      const value = kind.startsWith('STDDEV') ? `Math.sqrt(${spread})` : spread;
      return `let ${p}v = ${n.count} > ${sample ? 1 : 0} ? 1 : 0; ${cast(value, p)}`;
    },
  };
}

/** The argument as a double, rounded as Flink's CAST does. */
function asDouble(type: DataType): (n: Names) => string {
  switch (type.kind) {
    case 'FLOAT':
    case 'DOUBLE':
      return (n) => n.x;
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
      return (n) => n.word(0);
    case 'BIGINT':
      return (n) => `${n.word(1)} * 4294967296 + (${n.word(0)} >>> 0)`;
    case 'DECIMAL':
      return (n) =>
        argumentWords(type) === 2
          ? `decimalToDouble(${n.word(0)}, ${n.word(1)}, ${n.word(1)} >> 31, ${n.word(1)} >> 31, ${type.scale}, scratch)`
          : `decimalToDouble(${n.word(0)}, ${n.word(1)}, ${n.word(2)}, ${n.word(3)}, ${type.scale}, scratch)`;
    default:
      return unreachable(type as never);
  }
}

/** The double nearest to the decimal of four words and `scale` digits. */
export function decimalToDouble(
  w0: number,
  w1: number,
  w2: number,
  w3: number,
  scale: number,
  scratch: Int32Array,
): number {
  const sign = w1 >> 31;
  const small = w1 * 4294967296 + (w0 >>> 0);
  // Both are exact, so the division rounds once.
  if (w2 === sign && w3 === sign && small < 9007199254740992 && small > -9007199254740992 && scale <= 22)
    return small / 10 ** scale;
  scratch.set([w0, w1, w2, w3]);
  return Number(`${bigOfWords(scratch, 0, 4)}e-${scale}`);
}

type Cast = (value: string, p: string) => string;

/** Flink's casts from DOUBLE: to INT and BIGINT they saturate, to TINYINT and SMALLINT the INT wraps, to DECIMAL half up. */
function castFromDouble(type: DataType): { lane: Accumulator['lanes'][number]; cast: Cast } {
  const guarded =
    (wrap: (v: string) => string): Cast =>
    (value, p) =>
      `const ${p}0 = ${p}v === 0 ? 0 : ${wrap(value)};`;
  switch (type.kind) {
    case 'DOUBLE':
      return { lane: 'f64', cast: guarded((v) => v) };
    case 'FLOAT':
      return { lane: 'f32', cast: guarded((v) => `Math.fround(${v})`) };
    case 'TINYINT':
      return { lane: 'i32', cast: guarded((v) => `doubleToInt(${v}) << 24 >> 24`) };
    case 'SMALLINT':
      return { lane: 'i32', cast: guarded((v) => `doubleToInt(${v}) << 16 >> 16`) };
    case 'INT':
      return { lane: 'i32', cast: guarded((v) => `doubleToInt(${v})`) };
    case 'BIGINT':
      return {
        lane: 'h64',
        cast: (value, p) =>
          `let ${p}0 = 0, ${p}1 = 0; if (${p}v === 1) { doubleToLong(${value}, scratch); ${p}0 = scratch[0]; ${p}1 = scratch[1]; }`,
      };
    case 'DECIMAL':
      return {
        lane: 'h128',
        cast: (value, p) =>
          `let ${p}0 = 0, ${p}1 = 0, ${p}2 = 0, ${p}3 = 0; if (${p}v === 1) { ${p}v = doubleToDecimal(${value}, ${type.precision}, ${type.scale}, scratch);
            ${p}0 = scratch[0]; ${p}1 = scratch[1]; ${p}2 = scratch[2]; ${p}3 = scratch[3]; }`,
      };
    default:
      return unreachable(type as never);
  }
}

/** Java's (int) of a double: truncates, saturates, NaN is 0. */
export function doubleToInt(value: number): number {
  if (value !== value) return 0;
  return value >= 2147483647 ? 2147483647 : value <= -2147483648 ? -2147483648 : Math.trunc(value) | 0;
}

/** Java's (long) of a double into scratch[0..1]. */
export function doubleToLong(value: number, scratch: Int32Array): void {
  const limited =
    value !== value
      ? 0n
      : value >= 2 ** 63
        ? 2n ** 63n - 1n
        : value <= -(2 ** 63)
          ? -(2n ** 63n)
          : BigInt(Math.trunc(value));
  wordsOfBig(limited, scratch, 0, 2);
}

/** scratch[0..3] = a double as DECIMAL(precision, scale), from its shortest text, half up; returns 0 (NULL) when it does not fit or is no number. */
export function doubleToDecimal(value: number, precision: number, scale: number, scratch: Int32Array): 0 | 1 {
  scratch.fill(0, 0, 4);
  if (!Number.isFinite(value)) return 0;
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(String(value))!;
  const digits = BigInt(whole! + fraction);
  const shift = scale + Number(exponent) - fraction.length;
  const half = shift < 0 ? 5n * 10n ** BigInt(-shift - 1) : 0n;
  const unscaled = shift >= 0 ? digits * 10n ** BigInt(shift) : (digits + half) / 10n ** BigInt(-shift);
  if (unscaled >= 10n ** BigInt(precision) || unscaled > MAX_DECIMAL) return 0;
  wordsOfBig(sign === '-' ? -unscaled : unscaled, scratch, 0, 4);
  return 1;
}
