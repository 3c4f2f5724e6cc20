import type { DataType } from '../../types/type.ts';
import {
  addWords,
  bigOfWords,
  MAX_DECIMAL,
  MAX_DECIMAL_TOP,
  signExtended,
  subtractWords,
  wordsOfBig,
  type Words,
} from './integers.ts';
import { argumentWords } from './sum.ts';
import type { Accumulator, Names } from './accumulator.ts';

/**
 * AVG of `argument` as `result`: integers are summed as BIGINT (wrapping) and divided with truncation; FLOAT and DOUBLE as DOUBLE;
 * DECIMAL at 38 digits, NULL for good once the sum has overflowed, rounded half up to the result's scale. NULL of no values.
 */
export function average(argument: DataType, result: DataType): Accumulator {
  if (result.kind === 'DECIMAL') return decimalAverage(argument, result);
  return argument.kind === 'FLOAT' || argument.kind === 'DOUBLE'
    ? floatAverage(result)
    : integerAverage(argument, result);
}

function floatAverage(result: DataType): Accumulator {
  const single = result.kind === 'FLOAT';
  return {
    fields: [{ name: 's', kind: 'f64' }],
    counts: true,
    lanes: [single ? 'f32' : 'f64'],
    ignoresNull: true,
    uses: ['x'],
    neverNull: false,
    add: (n) => `${n.at('s')} += ${n.x};`,
    retract: (n) => `${n.at('s')} -= ${n.x};`,
    merge: (n) => `${n.at('s')} += ${n.from('s')};`,
    read: (n, p) => {
      const quotient = `${n.at('s')} / ${n.count}`;
      const value = single ? `Math.fround(${quotient})` : quotient;
      return `const ${p}v = ${n.count} === 0 ? 0 : 1; const ${p}0 = ${p}v === 0 ? 0 : ${value};`;
    },
  };
}

function integerAverage(argument: DataType, result: DataType): Accumulator {
  const wide = result.kind === 'BIGINT';
  const target =
    (n: Names): Words =>
    (k) =>
      n.at('s', k);
  const source = (n: Names): Words => signExtended((k) => n.word(k), argumentWords(argument));
  return {
    fields: [{ name: 's', kind: 'i32', width: 2 }],
    counts: true,
    lanes: [wide ? 'h64' : 'i32'],
    ignoresNull: true,
    uses: ['words'],
    neverNull: false,
    add: (n) => `${addWords(target(n), source(n), 2)}`,
    retract: (n) => `${subtractWords(target(n), source(n), 2)}`,
    merge: (n) => `${addWords(target(n), (k) => n.from('s', k), 2)}`,
    read: (n, p) => {
      // Below 2^53 the quotient of doubles, truncated, is exact: it is nearer to the true one than the next integer can be.
      const lines = [
        `const ${p}c = ${n.count};`,
        `const ${p}v = ${p}c === 0 ? 0 : 1;`,
        `let ${p}0 = 0${wide ? `, ${p}1 = 0` : ''};`,
        `if (${p}v === 1) {`,
        `  const _s = ${n.at('s', 1)} * 4294967296 + (${n.at('s', 0)} >>> 0);`,
        `  if (_s < 9007199254740992 && _s > -9007199254740992) { const q = Math.trunc(_s / ${p}c); ${p}0 = q | 0; ${wide ? `${p}1 = Math.floor(q * 2.3283064365386963e-10) | 0;` : ''} }`,
        `  else { divideLong(${n.at('s', 0)}, ${n.at('s', 1)}, ${p}c, scratch); ${p}0 = scratch[0]; ${wide ? `${p}1 = scratch[1];` : ''} }`,
        `}`,
      ];
      return lines.join(' ');
    },
  };
}

/** scratch[0..1] = the 64-bit integer of two words divided by `count`, truncated. */
export function divideLong(low: number, high: number, count: number, scratch: Int32Array): void {
  scratch[0] = low;
  scratch[1] = high;
  wordsOfBig(bigOfWords(scratch, 0, 2) / BigInt(count), scratch, 0, 2);
}

function decimalAverage(argument: DataType, result: DataType & { kind: 'DECIMAL' }): Accumulator {
  const scaleUp = result.scale - (argument.kind === 'DECIMAL' ? argument.scale : 0);
  const target =
    (n: Names): Words =>
    (k) =>
      n.at('s', k);
  const source = (n: Names): Words => signExtended((k) => n.word(k), argumentWords(argument));
  const check = (n: Names): string =>
    `if (${n.at('s', 3)} >= ${MAX_DECIMAL_TOP} || ${n.at('s', 3)} <= ${-MAX_DECIMAL_TOP}) {
      if (overflowsDecimal(${n.ref('s')})) ${n.at('lost')} = 1;
    }`;
  return {
    fields: [
      { name: 's', kind: 'i32', width: 4 },
      { name: 'lost', kind: 'i32' },
    ],
    counts: true,
    lanes: ['h128'],
    ignoresNull: true,
    uses: ['words'],
    neverNull: false,
    add: (n) => `if (${n.at('lost')} === 0) { ${addWords(target(n), source(n), 4)} ${check(n)} }`,
    retract: (n) => `if (${n.at('lost')} === 0) { ${subtractWords(target(n), source(n), 4)} ${check(n)} }`,
    merge: (n) =>
      `if (${n.from('lost')} === 1) ${n.at('lost')} = 1; ${addWords(target(n), (k) => n.from('s', k), 4)} ${check(n)}`,
    read: (n, p) =>
      [
        `let ${p}v = 0, ${p}0 = 0, ${p}1 = 0, ${p}2 = 0, ${p}3 = 0;`,
        `if (${n.count} !== 0 && ${n.at('lost')} === 0) {`,
        `  ${p}v = divideDecimal(${n.ref('s')}, ${n.count}, ${scaleUp}, scratch);`,
        `  ${p}0 = scratch[0]; ${p}1 = scratch[1]; ${p}2 = scratch[2]; ${p}3 = scratch[3];`,
        `}`,
      ].join(' '),
  };
}

/**
 * scratch = the 128-bit sum at words[i] divided by `count`, at a scale `scaleUp` digits finer; returns 0 when it does not fit 38 digits, else 1.
 * As Flink (DecimalDataUtils.divide): to 34 significant digits half even, then to the scale half up.
 */
export function divideDecimal(
  words: Int32Array,
  i: number,
  count: number,
  scaleUp: number,
  scratch: Int32Array,
): 0 | 1 {
  const sum = bigOfWords(words, i, 4);
  const value = divideAsFlink(sum, BigInt(count), scaleUp);
  if (value > MAX_DECIMAL || value < -MAX_DECIMAL) {
    scratch.fill(0, 0, 4);
    return 0;
  }
  wordsOfBig(value, scratch, 0, 4);
  return 1;
}

const SIGNIFICANT_DIGITS = 34;

function divideAsFlink(dividend: bigint, divisor: bigint, scaleUp: number): bigint {
  const negative = dividend < 0n !== divisor < 0n;
  const n = dividend < 0n ? -dividend : dividend;
  const d = divisor < 0n ? -divisor : divisor;
  const scaled = n * 10n ** BigInt(Math.max(0, scaleUp));
  const whole = scaled / d;
  // An exact quotient, or one whose 34 digits reach beyond the scale, is rounded once: half up at the scale decides.
  const digits = whole.toString().length;
  let rounded: bigint;
  if (digits < SIGNIFICANT_DIGITS) {
    const extra = 10n ** BigInt(SIGNIFICANT_DIGITS - digits);
    const fine = halfEven(scaled * extra, d);
    rounded = (fine + extra / 2n) / extra;
  } else {
    const cut = 10n ** BigInt(digits - SIGNIFICANT_DIGITS);
    rounded = halfEven(scaled, d * cut) * cut;
  }
  return negative ? -rounded : rounded;
}

function halfEven(n: bigint, d: bigint): bigint {
  const quotient = n / d;
  const twice = (n % d) * 2n;
  return twice > d || (twice === d && quotient % 2n === 1n) ? quotient + 1n : quotient;
}
