import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import { isAddition, RowKind } from '../data/row-kind.ts';
import type { Schema } from '../types/schema.ts';
import { ChangelogJoin } from './changelog-join.ts';
import { JoinMatches, type JoinTest } from './join-matches.ts';
import type { JoinSide } from './join-side.ts';
import { joinName, JoinState, type JoinStateOptions } from './join-state.ts';
import { takePadded, takeRows } from './padded-rows.ts';

export interface OuterJoinOptions extends JoinStateOptions {
  readonly type: 'left' | 'right' | 'full';
  readonly test?: JoinTest | undefined;
  /** Left columns, then right columns, nullable where the join pads them. */
  readonly schema: Schema;
}

/**
 * LEFT, RIGHT and FULL join of two changelogs: left columns, then right columns.
 *
 * State: as Join, and for each row of an outer side how many rows of the other side it is joined with.
 * Emits, as Flink's StreamingJoinOperator, row by row. A new row: -D of the padded rows of its partners that had none so far, then +I with
 * each partner, or +I of itself padded. A row that goes: its joined rows (-D if its own side is outer, else its own kind), or -D of itself
 * padded, then +I of the partners that it leaves alone.
 * Cost: as Join, and one step a pair for the degrees.
 */
export class OuterJoin extends ChangelogJoin {
  readonly #isOuter: readonly [left: boolean, right: boolean];
  readonly #schemas: readonly [left: Schema, right: Schema];
  readonly #pairs: JoinMatches;
  // What is to be sent: a row of the batch or -1, a row of the other side or -1, the kind.
  readonly #rows = new Int32Array(BATCH_ROWS);
  readonly #matches = new Int32Array(BATCH_ROWS);
  readonly #kinds = new Uint8Array(BATCH_ROWS);
  #ready = 0;

  constructor(options: OuterJoinOptions) {
    const { left, right, type, schema } = options;
    const isOuter = [type !== 'right', type !== 'left'] as const;
    super(joinName(`${type[0]!.toUpperCase()}${type.slice(1)}Join`, options), new JoinState(options, isOuter));
    this.#isOuter = isOuter;
    this.#schemas = [schema.slice(0, left.length), schema.slice(left.length)];
    this.#pairs = new JoinMatches(this.state, left, right, options.test);
  }

  push(batch: Batch, port: number): void {
    if (batch.length === 0) return;
    const keyOf = this.state.keysOf(batch, port);
    const own = this.state.sides[port]!;
    const other = this.state.sides[1 - port]!;
    const pairs = this.#pairs.find(batch, port, keyOf);
    own.change(batch, keyOf, this.state.now);
    for (let r = 0, from = 0; r < batch.length; r++) {
      let to = from;
      while (to < pairs && this.#pairs.rows[to] === r) to++;
      const kind = batch.kinds === undefined ? RowKind.Insert : (batch.kinds[r]! as RowKind);
      if (isAddition(kind)) this.#add(batch, port, r, from, to, own, other);
      else this.#retract(batch, port, r, kind, from, to, other);
      from = to;
    }
    this.#flush(batch, port);
    this.state.forgetKeys(batch, keyOf);
  }

  #add(batch: Batch, port: number, r: number, from: number, to: number, own: JoinSide, other: JoinSide): void {
    const { matches } = this.#pairs;
    const { counts, degrees } = other;
    if (degrees !== undefined) {
      for (let i = from; i < to; i++) {
        const match = matches[i]!;
        if (degrees[match] === 0) this.#padOther(batch, port, match, RowKind.Delete, counts);
        degrees[match]!++;
        if (other.written !== undefined) other.written[match] = this.state.now;
      }
    }
    let partners = 0;
    for (let i = from; i < to; i++) {
      const match = matches[i]!;
      const copies = counts === undefined ? 1 : counts[match]!;
      for (let c = 0; c < copies; c++) this.#send(batch, port, r, match, RowKind.Insert);
      partners += copies;
    }
    if (own.degrees === undefined) return;
    if (partners === 0) this.#send(batch, port, r, -1, RowKind.Insert);
    if (own.numbers[r]! >= 0) own.degrees[own.numbers[r]!] = partners;
  }

  #retract(batch: Batch, port: number, r: number, kind: RowKind, from: number, to: number, other: JoinSide): void {
    const { matches } = this.#pairs;
    const { counts, degrees } = other;
    const isOuter = this.#isOuter[port]!;
    if (from === to) {
      if (isOuter) this.#send(batch, port, r, -1, RowKind.Delete);
      return;
    }
    for (let i = from; i < to; i++) {
      const copies = counts === undefined ? 1 : counts[matches[i]!]!;
      for (let c = 0; c < copies; c++) this.#send(batch, port, r, matches[i]!, isOuter ? RowKind.Delete : kind);
    }
    if (degrees === undefined) return;
    for (let i = from; i < to; i++) {
      const match = matches[i]!;
      if (degrees[match] === 1) this.#padOther(batch, port, match, RowKind.Insert, counts);
      degrees[match]!--;
      if (other.written !== undefined) other.written[match] = this.state.now;
    }
  }

  #padOther(batch: Batch, port: number, match: number, kind: RowKind, counts: Int32Array | undefined): void {
    const copies = counts === undefined ? 1 : counts[match]!;
    for (let c = 0; c < copies; c++) this.#send(batch, port, -1, match, kind);
  }

  #send(batch: Batch, port: number, row: number, match: number, kind: RowKind): void {
    if (this.#ready === BATCH_ROWS) this.#flush(batch, port);
    const i = this.#ready++;
    this.#rows[i] = row;
    this.#matches[i] = match;
    this.#kinds[i] = kind;
  }

  #flush(batch: Batch, port: number): void {
    const n = this.#ready;
    if (n === 0) return;
    this.#ready = 0;
    const other = this.state.sides[1 - port]!;
    const own = takePadded(takeRows(batch), this.#schemas[port]!, this.#rows, n);
    const theirs = takePadded((rows, length) => other.take(rows, length), this.#schemas[1 - port]!, this.#matches, n);
    const kinds = this.#kinds.slice(0, n);
    const columns = port === 0 ? [...own, ...theirs] : [...theirs, ...own];
    this.output.push({ length: n, columns, kinds });
  }
}
