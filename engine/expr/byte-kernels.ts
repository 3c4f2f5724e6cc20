/** Loops over the bytes of strings that generated code calls. Ranges are [start, end) of `bytes`. */

/** Whether `wanted` lies at `start`; its first byte is already known to be there. */
export function bytesEqual(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let i = 1; i < wanted.length; i++) {
    if (bytes[start + i] !== wanted[i]) return false;
  }
  return true;
}

export function endsWithBytes(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  const from = end - wanted.length;
  return from >= start && bytes[from] === wanted[0] && bytesEqual(bytes, from, wanted);
}

/** Where `wanted` (not empty) begins within the range, -1 when it does not occur. */
export function indexOfBytes(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): number {
  const first = wanted[0]!;
  const last = end - wanted.length;
  for (let at = start; at <= last; at++) {
    if (bytes[at] === first && bytesEqual(bytes, at, wanted)) return at;
  }
  return -1;
}

/** Finds the n-th part between separators. Asked for several parts of one string it goes through it once. */
export class Splitter {
  start = 0;
  end = 0;
  readonly #separator: number;
  #bytes: Uint8Array | undefined;
  #from = -1;
  #to = -1;
  /** Ends of the parts that are known. */
  readonly #ends: number[] = [];
  #known = 0;

  /** The separator's byte. */
  constructor(separator: number) {
    this.#separator = separator;
  }

  /** Sets `start` and `end` to part `index` (from 0); false when there are not so many, or the string is empty. */
  find(bytes: Uint8Array, from: number, to: number, index: number): boolean {
    if (from !== this.#from || to !== this.#to || bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#from = from;
      this.#to = to;
      this.#known = 0;
    }
    const ends = this.#ends;
    const separator = this.#separator;
    let known = this.#known;
    let at = known === 0 ? from : ends[known - 1]! + 1;
    while (known <= index && at <= to) {
      while (at < to && bytes[at] !== separator) at++;
      ends[known++] = at++;
    }
    this.#known = known;
    if (known <= index || from === to) return false;
    this.start = index === 0 ? from : ends[index - 1]! + 1;
    this.end = ends[index]!;
    return true;
  }
}

/** Finds the text after `key`, which begins the string or follows `before` (anywhere when undefined), up to `stop` or the end. */
export function extractBetween(before: string | undefined, key: string, stop: string): Extractor {
  return new Extractor(before?.charCodeAt(0), Uint8Array.from(Buffer.from(key)), stop.charCodeAt(0));
}

class Extractor {
  start = 0;
  end = 0;
  readonly #before: number | undefined;
  readonly #key: Uint8Array;
  readonly #stop: number;

  constructor(before: number | undefined, key: Uint8Array, stop: number) {
    this.#before = before;
    this.#key = key;
    this.#stop = stop;
  }

  find(bytes: Uint8Array, from: number, to: number): boolean {
    const before = this.#before;
    const key = this.#key;
    const stop = this.#stop;
    let at = from;
    for (;;) {
      at = indexOfBytes(bytes, at, to, key);
      if (at < 0) return false;
      if (before === undefined || at === from || bytes[at - 1] === before) break;
      at++;
    }
    this.start = at + key.length;
    let end = this.start;
    while (end < to && bytes[end] !== stop) end++;
    this.end = end;
    return true;
  }
}
