/** Strings by code points, as Flink's binary strings count them: a JavaScript string counts UTF-16 units. */

const surrogate = /[\ud800-\udfff]/;

/** Whether some character takes two UTF-16 units; a test that V8 answers at once for one-byte strings. */
export function hasSurrogates(value: string): boolean {
  return surrogate.test(value);
}

/** The number of code points. */
export function charCount(value: string): number {
  return hasSurrogates(value) ? charIndex(value, value.length) : value.length;
}

/** How many code points lie before the UTF-16 offset `unit`. */
export function charIndex(value: string, unit: number): number {
  let count = 0;
  for (let i = 0; i < unit; i++) {
    if ((value.charCodeAt(i) & 0xfc00) === 0xd800 && (value.charCodeAt(i + 1) & 0xfc00) === 0xdc00) i++;
    count++;
  }
  return count;
}

/** The UTF-16 offset of code point `index` (from 0); the length when there are not so many. */
export function unitIndex(value: string, index: number): number {
  let unit = 0;
  for (let left = index; left > 0 && unit < value.length; left--) {
    const isPair = (value.charCodeAt(unit) & 0xfc00) === 0xd800 && (value.charCodeAt(unit + 1) & 0xfc00) === 0xdc00;
    unit += isPair ? 2 : 1;
  }
  return unit;
}

/** Code points from `start` to `end` (exclusive), both from 0 and not beyond the end. */
function sliceChars(value: string, start: number, end: number): string {
  if (!hasSurrogates(value)) return value.slice(start, end);
  return value.slice(unitIndex(value, start), unitIndex(value, end));
}

/**
 * Flink's SUBSTRING: 1 (and 0) is the first character, -1 the last; a start before the first character gives an empty string,
 * a negative length NULL.
 */
export function substringChars(value: string, start: number | bigint, length?: number | bigint): string | null {
  const position = Number(start);
  const wanted = length === undefined ? Infinity : Number(length);
  if (wanted < 0) return null;
  if (position > 0 && wanted === Infinity && !hasSurrogates(value)) return value.slice(position - 1);
  const count = charCount(value);
  const from = position > 0 ? position - 1 : position < 0 ? count + position : 0;
  if (from < 0 || from >= count) return '';
  return sliceChars(value, from, Math.min(count, from + wanted));
}

/** The first `count` characters. */
export function leftChars(value: string, count: number | bigint): string {
  return sliceChars(value, 0, Math.max(0, Number(count)));
}

/** The last `count` characters. */
export function rightChars(value: string, count: number | bigint): string {
  const total = charCount(value);
  return sliceChars(value, total - Math.min(total, Math.max(0, Number(count))), total);
}

/**
 * The position (from 1) of `search` at or after position `from`, 0 when there is none. An empty search is found at 1 wherever the
 * search begins, as in Flink.
 */
export function positionChars(value: string, search: string, from = 1): number {
  if (search === '') return 1;
  const start = from <= 1 ? 0 : hasSurrogates(value) ? unitIndex(value, from - 1) : from - 1;
  const unit = value.indexOf(search, start);
  return unit < 0 ? 0 : hasSurrogates(value) ? charIndex(value, unit) + 1 : unit + 1;
}
