/** Code for 64-bit and 128-bit integers held as Int32 words, lowest first: no BigInt is made, in compiled and in interpreted code alike. */

/** The words of a value: k => JavaScript expression. Used once each. */
export type Words = (k: number) => string;

/** `target` += `source` over `width` words, wrapping. A block of its own. */
export function addWords(target: Words, source: Words, width: number): string {
  return sumWords(target, source, width, '', '0');
}

/** `target` -= `source`: adds the complement and one. */
export function subtractWords(target: Words, source: Words, width: number): string {
  return sumWords(target, source, width, '~', '1');
}

function sumWords(target: Words, source: Words, width: number, complement: string, carry: string): string {
  const lines: string[] = [];
  for (let k = 0; k < width; k++) {
    const carryIn = k === 0 ? carry : `_c${k - 1}`;
    lines.push(
      `const _a${k} = ${target(k)}, _b${k} = ${complement}(${source(k)}), _t${k} = (_a${k} + _b${k} + ${carryIn}) | 0;`,
    );
    if (k < width - 1) lines.push(`const _c${k} = ((_a${k} & _b${k}) | ((_a${k} | _b${k}) & ~_t${k})) >>> 31;`);
    lines.push(`${target(k)} = _t${k};`);
  }
  return `{ ${lines.join(' ')} }`;
}

/** The words of a narrower signed value as wide as wanted. */
export function signExtended(word: Words, width: number): Words {
  return (k) => (k < width ? word(k) : `(${word(width - 1)}) >> 31`);
}

/** Whether the signed 64-bit or 128-bit integer `a` is below `b`. */
export function lessWords(a: Words, b: Words, width: number): string {
  const top = width - 1;
  let test = '';
  for (let k = 0; k < top; k++) {
    const below = `(${a(k)} >>> 0) < (${b(k)} >>> 0)`;
    test = test === '' ? below : `${below} || (${a(k)} === ${b(k)} && (${test}))`;
  }
  return `${a(top)} < ${b(top)} || (${a(top)} === ${b(top)} && (${test}))`;
}

/** Words at `i` .. `i + width - 1` as a BigInt. */
export function bigOfWords(words: Int32Array, i: number, width: number): bigint {
  let value = BigInt(words[i + width - 1]!);
  for (let k = width - 2; k >= 0; k--) value = (value << 32n) | BigInt(words[i + k]! >>> 0);
  return value;
}

/** Writes `value` (wrapped to `width` words) at `i`. */
export function wordsOfBig(value: bigint, words: Int32Array, i: number, width: number): void {
  for (let k = 0; k < width; k++) words[i + k] = Number(BigInt.asIntN(32, value >> BigInt(32 * k)));
}

/** The largest unscaled value of a DECIMAL(38). */
export const MAX_DECIMAL = 10n ** 38n - 1n;
/** The top word of MAX_DECIMAL: a sum whose top word is nearer to zero cannot have overflowed. */
export const MAX_DECIMAL_TOP = Number(MAX_DECIMAL >> 96n);

export function overflowsDecimal(words: Int32Array, i: number): boolean {
  const value = bigOfWords(words, i, 4);
  return value > MAX_DECIMAL || value < -MAX_DECIMAL;
}
