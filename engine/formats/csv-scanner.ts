import type { CsvDialect } from './csv-options.ts';
import { Malformed } from './malformed.ts';

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const HASH = 0x23;

/**
 * Cuts records into values, as Jackson's CSV reader does, which Flink uses: a value is quoted if its first character is the quote;
 * quotes inside of other values are ordinary; behind a closing quote only white space may stand; a bare CR ends a record as well.
 */
export class CsvScanner {
  readonly #dialect: CsvDialect;
  /** The values of the record: bytes [starts[i], ends[i]). */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** The value holds doubled quotes or escapes, to be resolved by `text`. */
  readonly escaped: boolean[] = [];
  count = 0;
  /** Where the record begins, behind comments. */
  start = 0;
  /** Where the next record begins. */
  next = 0;
  /** The bytes ended before the record did, as far as can be seen. */
  cut = false;

  constructor(dialect: CsvDialect) {
    this.#dialect = dialect;
  }

  /**
   * The record at `pos`; false at the end of the input. Throws Malformed, with `next` behind the offending line.
   */
  scan(bytes: Uint8Array, pos: number, end: number): boolean {
    this.count = 0;
    this.cut = false;
    const begin = this.#dialect.comments ? this.#skipComments(bytes, pos, end) : pos;
    this.start = begin;
    if (begin >= end) {
      this.next = end;
      return false;
    }
    let at = begin;
    do at = this.#value(bytes, at, end);
    while (at >= 0);
    return true;
  }

  /** Adds the value at `pos`; gives where the next value begins, -1 when the record has ended and `next` is set. */
  #value(bytes: Uint8Array, pos: number, end: number): number {
    const { delimiter, quote, escape, trim } = this.#dialect;
    let at = pos;
    if (trim) while (at < end && isBlank(bytes[at]!, delimiter)) at++;
    if (at < end && bytes[at] === quote) return this.#quoted(bytes, at, end);
    const start = at;
    let escaped = false;
    for (; at < end; at++) {
      const c = bytes[at]!;
      if (c === delimiter) {
        this.#add(bytes, start, at, escaped);
        return at + 1;
      }
      if (c === LF || c === CR) break;
      if (c === escape) {
        escaped = true;
        at++;
      }
    }
    const stop = Math.min(at, end);
    this.#add(bytes, start, stop, escaped);
    this.#endRecord(bytes, stop, end);
    return -1;
  }

  #quoted(bytes: Uint8Array, open: number, end: number): number {
    const { delimiter, quote, escape } = this.#dialect;
    let escaped = false;
    let at = open + 1;
    for (; ; at++) {
      if (at >= end) {
        this.next = end;
        this.cut = true;
        throw new Malformed('the closing quote is missing', open);
      }
      const c = bytes[at]!;
      if (c === quote) {
        if (bytes[at + 1] !== quote || at + 1 >= end) break;
        escaped = true;
        at++;
      } else if (c === escape) {
        escaped = true;
        at++;
      }
    }
    this.#push(open + 1, at, escaped);
    for (at++; at < end; at++) {
      const c = bytes[at]!;
      if (c === delimiter) return at + 1;
      if (c === LF || c === CR) break;
      if (c > SPACE) {
        this.#endLine(bytes, at, end);
        throw new Malformed('only a delimiter or the end of the line may follow a closing quote', at);
      }
    }
    this.#endRecord(bytes, Math.min(at, end), end);
    return -1;
  }

  #add(bytes: Uint8Array, start: number, stop: number, escaped: boolean): void {
    let end = stop;
    if (this.#dialect.trim) while (end > start && bytes[end - 1]! <= SPACE) end--;
    this.#push(start, end, escaped);
  }

  #push(start: number, end: number, escaped: boolean): void {
    const i = this.count++;
    this.starts[i] = start;
    this.ends[i] = end;
    this.escaped[i] = escaped;
  }

  #endRecord(bytes: Uint8Array, at: number, end: number): void {
    // A CR at the very end may be half a line end.
    this.cut = at >= end || (bytes[at] === CR && at + 1 >= end);
    this.next = at >= end ? end : bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : at + 1;
  }

  /** After an error: the rest of the line is given up. */
  #endLine(bytes: Uint8Array, at: number, end: number): void {
    const newline = bytes.indexOf(LF, at);
    this.next = newline < 0 || newline >= end ? end : newline + 1;
  }

  /** Where comments are allowed, white space and empty lines before a record are skipped too. */
  #skipComments(bytes: Uint8Array, pos: number, end: number): number {
    const { delimiter } = this.#dialect;
    let at = pos;
    for (;;) {
      while (at < end && bytes[at]! <= SPACE && bytes[at] !== delimiter) at++;
      if (at >= end || bytes[at] !== HASH) return at;
      while (at < end && bytes[at] !== LF && bytes[at] !== CR) at++;
    }
  }

  /** Value `i` with quotes and escapes resolved, as bytes. */
  bytesOf(bytes: Uint8Array, i: number): Uint8Array {
    const raw = bytes.subarray(this.starts[i]!, this.ends[i]!);
    return this.escaped[i] ? this.#resolved(raw) : raw;
  }

  #resolved(raw: Uint8Array): Uint8Array {
    const { quote, escape } = this.#dialect;
    const result = new Uint8Array(raw.length);
    let length = 0;
    for (let at = 0; at < raw.length; at++) {
      const c = raw[at]!;
      if (c === escape && at + 1 < raw.length) result[length++] = unescaped(raw[++at]!);
      else {
        result[length++] = c;
        if (c === quote && raw[at + 1] === quote) at++;
      }
    }
    return result.subarray(0, length);
  }
}

const isBlank = (c: number, delimiter: number): boolean => c <= SPACE && c !== LF && c !== CR && c !== delimiter;

/** `\n`, `\r`, `\t` and `\0` as in Jackson; anything else is itself. */
function unescaped(c: number): number {
  switch (c) {
    case 0x6e:
      return LF;
    case 0x72:
      return CR;
    case 0x74:
      return 0x09;
    case 0x30:
      return 0;
    default:
      return c;
  }
}
