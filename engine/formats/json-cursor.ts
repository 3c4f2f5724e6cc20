import { Malformed } from './malformed.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
/** Jackson's limit. */
const MAX_DEPTH = 1000;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A number as it stands in the text. */
export interface JsonNumber {
  readonly text: string;
  /** It has no fraction and no exponent. */
  readonly integer: boolean;
}

/**
 * A strict JSON reader over bytes: values are read or skipped one by one, with the grammar checked on the way. As Flink's parser
 * it lets raw control characters stand in strings. Throws Malformed.
 *
 *   cursor.reset(bytes, from, to); cursor.enterObject(); while (cursor.nextKey()) …read or skip the value…
 */
export class JsonCursor {
  bytes: Uint8Array = new Uint8Array(0);
  pos = 0;
  end = 0;
  /** The key that `nextKey` found. */
  key = '';
  #first = true;
  #depth = 0;

  reset(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.pos = from;
    this.end = to;
    this.#depth = 0;
  }

  get depth(): number {
    return this.#depth;
  }

  /** Back to the start of a value, be it read in full or broken off: `depth` as it was there. */
  retry(pos: number, depth: number): void {
    this.pos = pos;
    this.#depth = depth;
    this.#first = false;
  }

  fail(reason: string, offset = this.pos): never {
    throw new Malformed(reason, Math.min(offset, this.end));
  }

  skipSpace(): void {
    const { bytes, end } = this;
    let pos = this.pos;
    while (pos < end) {
      const c = bytes[pos]!;
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) break;
      pos++;
    }
    this.pos = pos;
  }

  /** The first byte of the next value; the cursor stands on it. */
  peek(): number {
    this.skipSpace();
    if (this.pos >= this.end) this.fail('unexpected end of the JSON text');
    return this.bytes[this.pos]!;
  }

  /** Stands behind `{` or `[` afterwards. */
  enter(open: '{' | '['): void {
    if (this.peek() !== open.charCodeAt(0)) this.fail(`expected ${open}`);
    this.pos++;
    this.#first = true;
    if (++this.#depth > MAX_DEPTH) this.fail(`nested deeper than ${MAX_DEPTH} levels`);
  }

  /** In an object: reads the next key into `key` and stands before its value; false at the closing brace, which is consumed. */
  nextKey(): boolean {
    if (this.#closed(0x7d, '}')) return false;
    if (this.peek() !== QUOTE) this.fail('expected a key in double quotes');
    this.key = this.string();
    if (this.peek() !== COLON) this.fail('expected a colon after the key');
    this.pos++;
    return true;
  }

  /** In an array: stands before the next element; false at the closing bracket, which is consumed. */
  nextElement(): boolean {
    return !this.#closed(0x5d, ']');
  }

  #closed(close: number, text: string): boolean {
    const c = this.peek();
    if (c === close) {
      this.pos++;
      this.#first = false;
      this.#depth--;
      return true;
    }
    if (this.#first) this.#first = false;
    else if (c === COMMA) this.pos++;
    else this.fail(`expected a comma or ${text}`);
    return false;
  }

  /** Nothing but white space may follow. */
  finish(): void {
    this.skipSpace();
    if (this.pos < this.end) this.fail('unexpected text after the JSON value');
  }

  /** A string; the cursor stands on its opening quote. */
  string(): string {
    const start = this.pos + 1;
    const close = this.#closingQuote(start);
    if (close >= 0) {
      this.pos = close + 1;
      return this.#text(start, close);
    }
    return this.#escapedString(start);
  }

  /** The closing quote of a string without escapes; -1 when it has some. */
  #closingQuote(start: number): number {
    const { bytes, end } = this;
    for (let pos = start; pos < end; pos++) {
      const c = bytes[pos]!;
      if (c === QUOTE) return pos;
      if (c === BACKSLASH) return -1;
    }
    return this.fail('the string is not closed', start - 1);
  }

  #text(from: number, to: number): string {
    const { bytes } = this;
    let ascii = true;
    for (let i = from; i < to; i++) {
      if (bytes[i]! > 0x7f) {
        ascii = false;
        break;
      }
    }
    if (ascii) {
      if (to - from > 24) return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
      let text = '';
      for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i]!);
      return text;
    }
    try {
      return utf8.decode(bytes.subarray(from, to));
    } catch {
      return this.fail('invalid UTF-8', from);
    }
  }

  #escapedString(start: number): string {
    const { bytes, end } = this;
    let text = '';
    let plain = start;
    for (let pos = start; pos < end; pos++) {
      const c = bytes[pos]!;
      if (c === QUOTE) {
        this.pos = pos + 1;
        return text + this.#text(plain, pos);
      }
      if (c !== BACKSLASH) continue;
      text += this.#text(plain, pos);
      const escape = bytes[pos + 1];
      if (escape === 0x75) {
        text += String.fromCharCode(this.#hex4(pos + 2));
        pos += 5;
      } else {
        const plainForm = escape === undefined ? undefined : escapes.get(escape);
        if (plainForm === undefined) this.fail('invalid escape', pos);
        text += plainForm;
        pos += 1;
      }
      plain = pos + 1;
    }
    return this.fail('the string is not closed', start - 1);
  }

  #hex4(at: number): number {
    let code = 0;
    for (let i = at; i < at + 4; i++) {
      const digit = i < this.end ? hexDigit(this.bytes[i]!) : -1;
      if (digit < 0) this.fail('invalid \\u escape', at - 2);
      code = code * 16 + digit;
    }
    return code;
  }

  /** A number; the cursor stands on its first character. */
  number(): JsonNumber {
    const start = this.pos;
    const integer = this.#skipNumber();
    let text = '';
    for (let i = start; i < this.pos; i++) text += String.fromCharCode(this.bytes[i]!);
    return { text, integer };
  }

  #skipNumber(): boolean {
    const { bytes } = this;
    let integer = true;
    if (bytes[this.pos] === 0x2d) this.pos++;
    if (bytes[this.pos] === 0x30 && this.pos < this.end) this.pos++;
    else this.#digits();
    if (this.pos < this.end && bytes[this.pos] === 0x2e) {
      integer = false;
      this.pos++;
      this.#digits();
    }
    if (this.pos < this.end && (bytes[this.pos]! | 0x20) === 0x65) {
      integer = false;
      this.pos++;
      if (this.pos < this.end && (bytes[this.pos] === 0x2b || bytes[this.pos] === 0x2d)) this.pos++;
      this.#digits();
    }
    if (this.pos < this.end && isWordByte(bytes[this.pos]!)) this.fail('invalid number');
    return integer;
  }

  #digits(): void {
    const start = this.pos;
    while (this.pos < this.end && this.bytes[this.pos]! >= 0x30 && this.bytes[this.pos]! <= 0x39) this.pos++;
    if (this.pos === start) this.fail('expected a digit');
  }

  /** `true`, `false` or `null`; the cursor stands on its first letter. */
  word(): 'true' | 'false' | 'null' {
    for (const word of words) {
      if (!this.#matches(word)) continue;
      this.pos += word.length;
      if (this.pos < this.end && isWordByte(this.bytes[this.pos]!)) break;
      return word;
    }
    return this.fail('expected a JSON value');
  }

  #matches(word: string): boolean {
    if (this.pos + word.length > this.end) return false;
    for (let i = 0; i < word.length; i++) if (this.bytes[this.pos + i] !== word.charCodeAt(i)) return false;
    return true;
  }

  /** Passes over one value of any kind, with its grammar checked. */
  skip(): void {
    const c = this.peek();
    if (c === QUOTE) this.#skipString();
    else if (c === 0x7b) {
      this.enter('{');
      while (!this.#closed(0x7d, '}')) {
        if (this.peek() !== QUOTE) this.fail('expected a key in double quotes');
        this.#skipString();
        if (this.peek() !== COLON) this.fail('expected a colon after the key');
        this.pos++;
        this.skip();
      }
    } else if (c === 0x5b) {
      this.enter('[');
      while (this.nextElement()) this.skip();
    } else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) this.#skipNumber();
    else this.word();
  }

  #skipString(): void {
    const { bytes, end } = this;
    const start = this.pos;
    for (let pos = start + 1; pos < end; pos++) {
      const c = bytes[pos]!;
      if (c === QUOTE) {
        this.pos = pos + 1;
        return;
      }
      if (c === BACKSLASH) {
        const escape = bytes[pos + 1];
        if (escape === 0x75) this.#hex4(pos + 2);
        else if (escape === undefined || !escapes.has(escape)) this.fail('invalid escape', pos);
        pos++;
      }
    }
    this.fail('the string is not closed', start);
  }
}

const words = ['null', 'true', 'false'] as const;
const escapes: ReadonlyMap<number, string> = new Map(
  (
    [
      ['"', '"'],
      ['\\', '\\'],
      ['/', '/'],
      ['b', '\b'],
      ['f', '\f'],
      ['n', '\n'],
      ['r', '\r'],
      ['t', '\t'],
    ] as const
  ).map(([letter, text]) => [letter.charCodeAt(0), text]),
);

function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

const isWordByte = (c: number): boolean =>
  (c >= 0x30 && c <= 0x39) || ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a) || c === 0x2b || c === 0x2d || c === 0x2e;
