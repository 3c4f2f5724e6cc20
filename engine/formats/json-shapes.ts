/**
 * Learns the shapes of JSON rows for the kernel: which texts (keys, punctuation, white space) stand between values, and what to do
 * with each value. A row of a new shape adds edges to a graph; the kernel then knows that shape and every mixture of known steps.
 */
import { Op } from '../wasm/ndjson-kernel.ts';
import type { Leaf } from './leaf.ts';

/** The wanted fields of an object, by key. */
export interface LeafObject {
  readonly fields: ReadonlyMap<string, LeafField>;
}
export interface LeafField {
  readonly leaf: Leaf | undefined;
  /** Of a ROW: fields, and the leaf that says whether the ROW is there. */
  readonly nested: LeafObject | undefined;
  readonly mark: Leaf | undefined;
}

export interface Edge {
  /** Up to 16 bytes; empty = matches anywhere. */
  readonly text: Uint8Array;
  readonly op: Op;
  readonly x: number;
  readonly y: number;
  readonly leaf: Leaf | undefined;
  /** Place in the graph behind it. */
  readonly next: string;
  /** How often it was taken instead of one before it, as far as was looked. */
  weight: number;
}

const PIECE = 16;
const MAX_EDGES = 2000;
const MAX_OBSERVED = 5000;
/** An object that nobody wants may have so many different keys before it is passed over as a whole. */
const MAX_UNWANTED_KEYS = 64;
export const ROOT = '';
/** No path of a field is like this. */
const END = 'end';
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Thrown to give up a row whose shape is not for the kernel. */
class NotLearned extends Error {}

export class JsonShapes {
  readonly #root: LeafObject;
  readonly #iso: boolean;
  /** Alternatives by place; a place is the path of the last value and what follows it. */
  readonly places = new Map<string, Edge[]>();
  /** Paths in the order in which they may follow each other: no edge leads back, so that no key is read twice. */
  readonly #order: string[] = [];
  #edges = 0;
  #observed = 0;
  /** Objects with ever new keys, by path. */
  readonly #opaque = new Set<string>();
  readonly #unwantedKeys = new Map<string, Set<string>>();

  constructor(root: LeafObject, iso: boolean) {
    this.#root = root;
    this.#iso = iso;
  }

  /** Takes the shape of a valid row that ends with its newline; true when something was learned. */
  observe(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#edges >= MAX_EDGES || this.#observed >= MAX_OBSERVED) return false;
    this.#observed++;
    const walk = new Walk(bytes, start, end, this.#root, this.#iso, this.#opaque);
    try {
      walk.row();
    } catch (error) {
      if (error instanceof NotLearned) return false;
      throw error;
    }
    if (this.#giveUpObjects(walk.unwanted)) return true;
    return this.#add(walk.steps);
  }

  /** Counts the keys of objects that nobody wants; one with too many is passed over as a whole from now on, and all is learned anew. */
  #giveUpObjects(unwanted: ReadonlyMap<string, ReadonlySet<string>>): boolean {
    let changed = false;
    for (const [path, keys] of unwanted) {
      const known = this.#unwantedKeys.get(path) ?? new Set();
      this.#unwantedKeys.set(path, known);
      for (const key of keys) known.add(key);
      if (known.size <= MAX_UNWANTED_KEYS) continue;
      this.#opaque.add(path);
      changed = true;
    }
    if (changed) {
      this.places.clear();
      this.#order.length = 0;
      this.#edges = 0;
    }
    return changed;
  }

  #add(steps: readonly Step[]): boolean {
    if (!this.#ordered(steps)) return false;
    let place = ROOT;
    let learned = false;
    for (const step of steps) {
      for (let at = 0; at + PIECE <= step.text.length; at += PIECE) {
        const piece = step.text.subarray(at, at + PIECE);
        const between = `${place}\n${latin1(piece)}`;
        learned =
          this.#edge(place, { text: piece, op: Op.None, x: 0, y: 0, leaf: undefined, next: between, weight: 0 }) ||
          learned;
        place = between;
      }
      const text = step.text.subarray(step.text.length - (step.text.length % PIECE));
      const next = `${step.path}\t${step.after}`;
      learned = this.#edge(place, { ...step, text, next, weight: 0 }) || learned;
      place = next;
    }
    return learned;
  }

  /** Puts the paths of a row into the common order; false when the row has them in another one. */
  #ordered(steps: readonly Step[]): boolean {
    let last = -1;
    for (const { path } of steps) {
      let index = this.#order.indexOf(path);
      if (index < 0) {
        index = last + 1;
        this.#order.splice(index, 0, path);
      }
      if (index <= last) return false;
      last = index;
    }
    return true;
  }

  #edge(place: string, edge: Edge): boolean {
    const alternatives = this.places.get(place) ?? [];
    const same = alternatives.some(
      (known) => known.op === edge.op && known.next === edge.next && Buffer.compare(known.text, edge.text) === 0,
    );
    if (same) return false;
    alternatives.push(edge);
    this.places.set(place, alternatives);
    this.#edges++;
    this.sort(place);
    return true;
  }

  /** The most travelled first, but a text before those that it begins with. */
  sort(place: string): void {
    const sorted = this.places.get(place)!.toSorted((a, b) => b.weight - a.weight);
    const result: Edge[] = [];
    for (const edge of sorted) {
      const shorter = result.findIndex((other) => isPrefix(other.text, edge.text));
      if (shorter < 0) result.push(edge);
      else result.splice(shorter, 0, edge);
    }
    this.places.set(place, result);
  }
}

const isPrefix = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length < b.length && Buffer.compare(a, b.subarray(0, a.length)) === 0;

interface Step {
  readonly text: Uint8Array;
  readonly op: Op;
  readonly x: number;
  readonly y: number;
  readonly leaf: Leaf | undefined;
  readonly path: string;
  readonly after: After;
}

/** What follows behind a step: the closing quote of its string, the inside of its object, or what stands behind a complete value. */
type After = 'quote' | 'inside' | 'value';

const NOTHING: LeafObject = { fields: new Map() };

/** Goes once through a row whose syntax is known to be right. */
class Walk {
  readonly steps: Step[] = [];
  /** The keys of objects that nobody wants, by path. */
  readonly unwanted = new Map<string, Set<string>>();
  readonly #opaque: ReadonlySet<string>;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #root: LeafObject;
  readonly #iso: boolean;
  #pos: number;
  /** Where the text since the last value begins. */
  #text: number;

  constructor(
    bytes: Uint8Array,
    start: number,
    end: number,
    root: LeafObject,
    iso: boolean,
    opaque: ReadonlySet<string>,
  ) {
    this.#opaque = opaque;
    this.#bytes = bytes;
    this.#pos = start;
    this.#text = start;
    this.#end = end;
    this.#root = root;
    this.#iso = iso;
  }

  row(): void {
    this.#space();
    this.#object(this.#root, '');
    this.#space();
    if (this.#pos < this.#end && this.#bytes[this.#pos] === 0x0a) this.#pos++;
    else throw new NotLearned();
    this.#step(Op.EndRow, END, 'value');
  }

  #step(op: Op, path: string, after: After, leaf?: Leaf, x = 0, y = 0): void {
    // The row's bytes will be overwritten: a copy.
    this.steps.push({ text: this.#bytes.slice(this.#text, this.#pos), op, x, y, leaf, path, after });
    this.#text = this.#pos;
  }

  #space(): void {
    for (;;) {
      const c = this.#bytes[this.#pos];
      if (this.#pos >= this.#end || (c !== 0x20 && c !== 0x09 && c !== 0x0d)) return;
      this.#pos++;
    }
  }

  /** Stands on the opening brace, afterwards behind the closing one. */
  #object(wanted: LeafObject, path: string): void {
    const seen = new Set<string>();
    if (wanted === NOTHING) this.unwanted.set(path, seen);
    this.#pos++;
    this.#space();
    while (this.#bytes[this.#pos] !== 0x7d) {
      if (this.#bytes[this.#pos] === 0x2c) this.#pos++;
      this.#space();
      const key = this.#key();
      if (seen.has(key)) throw new NotLearned();
      seen.add(key);
      this.#space();
      this.#pos++;
      this.#space();
      this.#value(wanted.fields.get(key), `${path}/${key}`);
      this.#space();
    }
    this.#pos++;
  }

  #key(): string {
    const start = this.#pos + 1;
    const end = this.#bytes.indexOf(0x22, start);
    const key = Buffer.from(this.#bytes.subarray(start, end)).toString('utf8');
    if (key.includes('\\')) throw new NotLearned();
    this.#pos = end + 1;
    return key;
  }

  #value(field: LeafField | undefined, path: string): void {
    const c = this.#bytes[this.#pos]!;
    if (c === 0x6e) {
      this.#pos += 4;
      return this.#step(Op.None, path, 'value');
    }
    const leaf = field?.leaf;
    if (leaf?.kind === 'capture') {
      if (c === 0x74 || c === 0x66) throw new NotLearned();
      this.#step(Op.Capture, path, 'value', leaf);
      return this.#pass();
    }
    if (c === 0x7b && field?.nested !== undefined) {
      if (field.mark !== undefined) {
        this.#pos++;
        this.#step(Op.Mark, path, 'inside', field.mark);
        this.#pos--;
      }
      return this.#object(field.nested, path);
    }
    if (field?.nested !== undefined) throw new NotLearned();
    if (leaf === undefined) return this.#skip(c, path);
    if (c === 0x74 || c === 0x66) {
      if (leaf.type.kind !== 'BOOLEAN') throw new NotLearned();
      this.#pos += c === 0x74 ? 4 : 5;
      return this.#step(Op.Byte, path, 'value', leaf, c === 0x74 ? 1 : 0);
    }
    if (c === 0x7b || c === 0x5b) throw new NotLearned();
    const quoted = c === 0x22;
    const op = leaf.opFor(quoted ? 'string' : 'number', this.#iso);
    if (op === undefined) throw new NotLearned();
    if (quoted) this.#pos++;
    this.#step(op.op, path, quoted ? 'quote' : 'value', leaf, op.x, op.y);
    if (quoted) this.#pos--;
    this.#pass();
    // The closing quote belongs to the text that follows.
    if (quoted) this.#pos--;
    this.#text = this.#pos;
    if (quoted) this.#pos++;
  }

  #skip(c: number, path: string): void {
    // Going through an object step by step is faster than passing over it.
    if (c === 0x7b && !this.#opaque.has(path)) return this.#object(NOTHING, path);
    if (c === 0x74 || c === 0x66) {
      this.#pos += c === 0x74 ? 4 : 5;
      return this.#step(Op.None, path, 'value');
    }
    const quoted = c === 0x22;
    const nested = c === 0x7b || c === 0x5b;
    const start = this.#pos;
    if (quoted || nested) this.#pos++;
    this.#step(quoted ? Op.SkipText : nested ? Op.SkipNested : Op.SkipNumber, path, quoted ? 'quote' : 'value');
    this.#pos = start;
    this.#pass();
    this.#text = quoted ? this.#pos - 1 : this.#pos;
  }

  /** Behind one value. */
  #pass(): void {
    const bytes = this.#bytes;
    const c = bytes[this.#pos]!;
    if (c === 0x22) {
      for (this.#pos++; bytes[this.#pos] !== 0x22; this.#pos++) if (bytes[this.#pos] === 0x5c) this.#pos++;
      this.#pos++;
    } else if (c === 0x7b || c === 0x5b) {
      let depth = 0;
      do {
        const d = bytes[this.#pos]!;
        if (d === 0x22) {
          this.#pass();
          continue;
        }
        if (d === 0x7b || d === 0x5b) depth++;
        if (d === 0x7d || d === 0x5d) depth--;
        this.#pos++;
      } while (depth > 0);
    } else {
      while (this.#pos < this.#end && !isDelimiter(bytes[this.#pos]!)) this.#pos++;
    }
    this.#text = this.#pos;
  }
}

const isDelimiter = (c: number): boolean => c === 0x2c || c === 0x7d || c === 0x5d || c <= 0x20;
