import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import { takeBatch } from '../data/batch-rows.ts';
import { RowStore, type RowStoreState } from '../state/row-store.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs } from '../types/value.ts';
import { JoinMatches, type JoinTest } from './join-matches.ts';
import { joinName, JoinState, type JoinStateOptions, type JoinStateSnapshot } from './join-state.ts';
import type { Operator, OperatorState, OperatorStats, Output } from './operator.ts';
import { takePadded, takeRows } from './padded-rows.ts';
import { PortWatermarks } from './port-watermarks.ts';

export interface HashJoinOptions extends Omit<JoinStateOptions, 'identity'> {
  readonly type: 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti';
  readonly test?: JoinTest | undefined;
  /** Left columns, then right columns, nullable where the join pads them; of SEMI and ANTI the left columns. */
  readonly schema: Schema;
}

interface Snapshot {
  readonly state: JoinStateSnapshot;
  readonly waiting: RowStoreState;
  readonly ended: readonly boolean[];
  readonly watermarks: unknown;
}

/**
 * Joins of every kind over inputs that end and only grow: each result once, none taken back.
 *
 * State: the right side; left rows that come before the right side has ended; for RIGHT and FULL which right rows found a partner.
 * Emits: +I. Left rows in their order, as soon as the right side has ended; padded right rows at the end (those with a NULL key at once).
 * Cost: one probe a left row and one step a pair of equal keys.
 */
export class HashJoin implements Operator {
  readonly name: string;
  readonly ports = 2;
  readonly #options: HashJoinOptions;
  readonly #schemas: readonly [left: Schema, right: Schema];
  readonly #padsLeft: boolean;
  readonly #padsRight: boolean;
  readonly #state: JoinState;
  readonly #pairs: JoinMatches;
  readonly #waiting: RowStore;
  readonly #ended = [false, false];
  readonly #watermarks = new PortWatermarks(2);
  readonly #rows = new Int32Array(BATCH_ROWS);
  readonly #matches = new Int32Array(BATCH_ROWS);
  #ready = 0;
  #output: Output | undefined;

  constructor(options: HashJoinOptions) {
    const { left, right, type, schema } = options;
    this.#options = options;
    this.name = joinName('HashJoin', options);
    this.#schemas = [schema.slice(0, left.length), schema.slice(left.length)];
    this.#padsLeft = type === 'left' || type === 'full';
    this.#padsRight = type === 'right' || type === 'full';
    this.#state = new JoinState({ ...options, identity: ['none', 'none'] }, [false, this.#padsRight]);
    this.#pairs = new JoinMatches(this.#state, left, right, options.test);
    this.#waiting = new RowStore(left.map((column) => column.type));
  }

  connect(output: Output): void {
    this.#output = output;
  }

  push(batch: Batch, port: number): void {
    if (batch.length === 0) return;
    if (port === 1) this.#build(batch);
    else if (this.#ended[1] === true) this.#probe(batch);
    else this.#waiting.append(batch.columns, 0, batch.length, new Int32Array(batch.length));
  }

  #build(batch: Batch): void {
    const keyOf = this.#state.keysOf(batch, 1);
    const side = this.#state.sides[1];
    side.change(batch, keyOf);
    if (!this.#padsRight) return;
    const { numbers, degrees } = side;
    const alone: number[] = [];
    for (let r = 0; r < batch.length; r++) {
      if (keyOf[r]! < 0) alone.push(r);
      else degrees![numbers[r]!] = 0;
    }
    if (alone.length === 0) return;
    const rows = Int32Array.from(alone);
    const left = takePadded(() => [], this.#schemas[0], new Int32Array(alone.length).fill(-1), alone.length);
    const right = takePadded(takeRows(batch), this.#schemas[1], rows, alone.length);
    this.#output!.push({ length: alone.length, columns: [...left, ...right], kinds: undefined });
  }

  #probe(batch: Batch): void {
    const pairs = this.#pairs.find(batch, 0, this.#state.keysOf(batch, 0));
    if (this.#options.type === 'semi' || this.#options.type === 'anti') return this.#choose(batch, pairs);
    const { rows, matches } = this.#pairs;
    const { degrees } = this.#state.sides[1];
    for (let r = 0, i = 0; r < batch.length; r++) {
      if (this.#padsLeft && (i === pairs || rows[i] !== r)) this.#send(batch, r, -1);
      for (; i < pairs && rows[i] === r; i++) {
        if (degrees !== undefined) degrees[matches[i]!] = 1;
        this.#send(batch, r, matches[i]!);
      }
    }
    this.#flush(batch);
  }

  #choose(batch: Batch, pairs: number): void {
    const { rows } = this.#pairs;
    const anti = this.#options.type === 'anti';
    const kept = new Int32Array(batch.length);
    let n = 0;
    for (let r = 0, i = 0; r < batch.length; r++) {
      const found = i < pairs && rows[i] === r;
      while (i < pairs && rows[i] === r) i++;
      if (found !== anti) kept[n++] = r;
    }
    if (n > 0) this.#output!.push(n === batch.length ? batch : takeBatch(batch, kept, n));
  }

  #send(batch: Batch, row: number, match: number): void {
    if (this.#ready === BATCH_ROWS) this.#flush(batch);
    this.#rows[this.#ready] = row;
    this.#matches[this.#ready++] = match;
  }

  #flush(batch: Batch): void {
    const n = this.#ready;
    if (n === 0) return;
    this.#ready = 0;
    const right = this.#state.sides[1];
    const own = takePadded(takeRows(batch), this.#schemas[0], this.#rows, n);
    const theirs = takePadded((rows, length) => right.take(rows, length), this.#schemas[1], this.#matches, n);
    this.#output!.push({ length: n, columns: [...own, ...theirs], kinds: undefined });
  }

  advance(watermark: EpochMs, port: number): void {
    if (watermark === Infinity) this.#end(port);
    this.#forward(this.#watermarks.advance(port, watermark));
  }
  idle(port: number): void {
    this.#forward(this.#watermarks.idle(port));
  }
  #forward(watermark: EpochMs | undefined): void {
    if (watermark !== undefined) this.#output!.advance(watermark);
  }

  #end(port: number): void {
    this.#ended[port] = true;
    if (port === 1) this.#probeWaiting();
    if (this.#ended[0] === true && this.#ended[1] === true && this.#padsRight) this.#padRight();
  }

  #probeWaiting(): void {
    const bound = this.#waiting.bound;
    for (let from = 0; from < bound; from += BATCH_ROWS) {
      const length = Math.min(BATCH_ROWS, bound - from);
      const rows = Int32Array.from({ length }, (_, i) => from + i);
      this.#probe({ length, columns: this.#waiting.take(rows, length), kinds: undefined });
    }
    this.#waiting.clear();
  }

  #padRight(): void {
    const side = this.#state.sides[1];
    const degrees = side.degrees!;
    const bound = side.live;
    for (let from = 0; from < bound;) {
      let n = 0;
      for (; from < bound && n < BATCH_ROWS; from++) if (degrees[from] === 0) this.#matches[n++] = from;
      if (n === 0) break;
      const left = takePadded(() => [], this.#schemas[0], this.#rows.fill(-1, 0, n), n);
      const right = takePadded((rows, length) => side.take(rows, length), this.#schemas[1], this.#matches, n);
      this.#output!.push({ length: n, columns: [...left, ...right], kinds: undefined });
    }
  }

  finish(_port: number): void {}
  tick(_now: EpochMs): void {}

  snapshot(): OperatorState {
    return {
      state: this.#state.snapshot(),
      waiting: this.#waiting.snapshot(),
      ended: [...this.#ended],
      watermarks: this.#watermarks.snapshot(),
    } satisfies Snapshot;
  }
  restore(saved: OperatorState): void {
    const { state, waiting, ended, watermarks } = saved as Snapshot;
    this.#state.restore(state);
    this.#waiting.restore(waiting);
    ended.forEach((end, port) => (this.#ended[port] = end));
    this.#watermarks.restore(watermarks);
  }
  stats(): OperatorStats {
    const waiting = this.#waiting.live;
    return {
      stateRows: this.#state.live + waiting,
      stateBytes: this.#state.byteLength + this.#waiting.byteLength,
      lateRows: 0,
    };
  }
}
