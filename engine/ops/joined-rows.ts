import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import { takeBatch } from '../data/batch-rows.ts';
import type { Column } from '../data/column.ts';
import type { Select } from '../expr/compile.ts';
import { nextCapacity } from '../state/typed.ts';
import type { EpochMs } from '../types/value.ts';
import { pushMarked } from './marks.ts';
import type { Output } from './operator.ts';

/** One side of a join, whose rows have numbers. */
export interface JoinedSide {
  /** Rows of those numbers as columns; number -1 is a row of NULLs. Called while all numbers that were added still mean their rows. */
  take(rows: Int32Array, n: number): Column[];
  /** By row number, 1 once the row has met a partner; written here, kept by the owner. Undefined: nobody asks. */
  hits(): Uint8Array | undefined;
  /** The kinds of rows; undefined = +I. */
  kinds?(rows: Int32Array, n: number): Uint8Array | undefined;
}

export interface JoinedRowsOptions {
  readonly left: JoinedSide;
  readonly right: JoinedSide;
  /** What must hold of a pair besides equal keys, over left columns, then right columns. */
  readonly residual: Select | undefined;
  /** What comes out: pairs; or left rows alone, at their first partner (semi) or when they have none (anti). Default: pairs. */
  readonly form?: 'pairs' | 'semi' | 'anti' | undefined;
}

/**
 * The output of a join while it is found: pairs that may match, in order, and rows that come alone if they have met nobody by then.
 * The residual condition is asked of whole batches. Watermarks keep their place among the rows.
 */
export class JoinedRows {
  readonly #options: JoinedRowsOptions;
  #lefts: Int32Array = new Int32Array(256);
  #rights: Int32Array = new Int32Array(256);
  #count = 0;
  /** How many of them are rows alone. */
  #alone = 0;
  #markRows: number[] = [];
  #markValues: EpochMs[] = [];
  #output: Output | undefined;
  #passed: Int32Array = new Int32Array(256);
  #kept: Int32Array = new Int32Array(256);

  constructor(options: JoinedRowsOptions) {
    this.#options = options;
  }
  connect(output: Output): void {
    this.#output = output;
  }

  get isFull(): boolean {
    return this.#count >= BATCH_ROWS;
  }

  /** A pair with equal keys. */
  pair(left: number, right: number): void {
    this.#add(left, right);
  }
  /** The left row comes with NULLs, if none of its pairs so far holds. */
  alone(left: number): void {
    this.#alone++;
    this.#add(left, -1);
  }
  /** The same of a right row. */
  aloneRight(right: number): void {
    this.#alone++;
    this.#add(-1, right);
  }
  #add(left: number, right: number): void {
    const at = this.#count++;
    if (at === this.#lefts.length) this.#grow();
    this.#lefts[at] = left;
    this.#rights[at] = right;
  }
  #grow(): void {
    const capacity = nextCapacity(this.#lefts.length, this.#count);
    const grow = (old: Int32Array): Int32Array => {
      const grown = new Int32Array(capacity);
      grown.set(old);
      return grown;
    };
    this.#lefts = grow(this.#lefts);
    this.#rights = grow(this.#rights);
    this.#passed = new Int32Array(capacity);
    this.#kept = new Int32Array(capacity);
  }

  /** The watermark follows the rows added so far. */
  mark(watermark: EpochMs): void {
    this.#markRows.push(this.#count);
    this.#markValues.push(watermark);
  }

  /** Sends everything. Afterwards row numbers may be given to other rows. */
  flush(): void {
    const n = this.#count;
    this.#count = 0;
    const markRows = this.#markRows;
    const markValues = this.#markValues;
    const batch = n === 0 ? undefined : this.#batch(n, markRows);
    if (markRows.length === 0) {
      if (batch !== undefined) this.#output!.push(batch);
      return;
    }
    this.#markRows = [];
    this.#markValues = [];
    if (batch === undefined) for (const watermark of markValues) this.#output!.advance(watermark);
    else pushMarked(this.#output!, batch, { rows: markRows, values: markValues });
  }

  #batch(n: number, marks: number[]): Batch | undefined {
    const { left, right, residual, form } = this.#options;
    const lefts = this.#lefts;
    const rights = this.#rights;
    const isPairs = form === undefined || form === 'pairs';
    let joined: Batch | undefined;
    const both = (): Batch =>
      (joined ??= { length: n, columns: [...left.take(lefts, n), ...right.take(rights, n)], kinds: undefined });
    const passes = residual === undefined ? -1 : this.#alone === 0 ? residual(both(), this.#passed) : this.#ask(n);
    this.#alone = 0;
    const kept = this.#resolve(n, passes, marks);
    if (kept === 0) return undefined;
    if (isPairs) {
      const kinds = left.kinds?.(lefts, n);
      const all = kinds === undefined ? both() : { ...both(), kinds };
      return kept === n ? all : takeBatch(all, this.#kept.subarray(0, kept), kept);
    }
    const rows = Int32Array.from(this.#kept.subarray(0, kept), (i) => lefts[i]!);
    return { length: kept, columns: left.take(rows, kept), kinds: left.kinds?.(rows, kept) };
  }

  /** The condition is asked of pairs alone: it may fail for a row without its partner. */
  #ask(n: number): number {
    const { left, right, residual } = this.#options;
    const places = new Int32Array(n);
    let pairs = 0;
    for (let i = 0; i < n; i++) if (this.#lefts[i]! >= 0 && this.#rights[i]! >= 0) places[pairs++] = i;
    if (pairs === 0) return 0;
    const lefts = Int32Array.from(places.subarray(0, pairs), (i) => this.#lefts[i]!);
    const rights = Int32Array.from(places.subarray(0, pairs), (i) => this.#rights[i]!);
    const columns = [...left.take(lefts, pairs), ...right.take(rights, pairs)];
    const passes = residual!({ length: pairs, columns, kinds: undefined }, this.#passed);
    for (let i = 0; i < passes; i++) this.#passed[i] = places[this.#passed[i]!]!;
    return passes;
  }

  /** Decides in order what comes out; fills #kept, moves the marks. `passes` < 0: every pair holds. */
  #resolve(n: number, passes: number, marks: number[]): number {
    const { left, right, form } = this.#options;
    const lefts = this.#lefts;
    const rights = this.#rights;
    const leftHits = left.hits();
    const rightHits = right.hits();
    const passed = this.#passed;
    const out = this.#kept;
    const showsPairs = form !== 'semi' && form !== 'anti';
    let kept = 0;
    let next = 0;
    let mark = 0;
    for (let i = 0; i < n; i++) {
      while (mark < marks.length && marks[mark]! <= i) marks[mark++] = kept;
      let holds = passes < 0;
      if (next < passes && passed[next] === i) {
        holds = true;
        next++;
      }
      const l = lefts[i]!;
      const r = rights[i]!;
      if (r < 0) {
        if (form !== 'semi' && (leftHits === undefined || leftHits[l] === 0)) out[kept++] = i;
      } else if (l < 0) {
        if (rightHits === undefined || rightHits[r] === 0) out[kept++] = i;
      } else if (holds) {
        if (showsPairs || (form === 'semi' && leftHits![l] === 0)) out[kept++] = i;
        if (leftHits !== undefined) leftHits[l] = 1;
        if (rightHits !== undefined) rightHits[r] = 1;
      }
    }
    while (mark < marks.length) marks[mark++] = kept;
    return kept;
  }
}
