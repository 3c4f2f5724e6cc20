import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import { takeBatch } from '../data/batch-rows.ts';
import type { Column } from '../data/column.ts';
import { takeBytes, takeColumn } from '../data/take.ts';
import { ChangelogJoin } from './changelog-join.ts';
import type { JoinTest } from './join-matches.ts';
import { joinName, JoinState, type JoinStateOptions } from './join-state.ts';
import type { OutdoneRows } from './outdone-rows.ts';

export interface JoinOptions extends JoinStateOptions {
  /** What must hold besides equal keys. */
  readonly test?: JoinTest | undefined;
  /** Which rows of one input need not be kept: they meet those that are there and none that come. */
  readonly outdone?: { readonly port: 0 | 1; readonly rows: OutdoneRows } | undefined;
}

/**
 * Inner equi-join of two changelogs: left columns, then right columns.
 *
 * State: every row of both inputs whose key is not NULL, in lists by key. It grows with the inputs unless they take rows back.
 * Emits, as Flink's StreamingJoinOperator: for each row, with the row's own kind, one row for every row of the other side with an equal key
 * for which the condition holds, in the order in which those came (rows that are there n times, n times in a row). NULL keys match nothing.
 * Cost: one probe a row and one step a match.
 */
export class Join extends ChangelogJoin {
  readonly #test: JoinTest | undefined;
  /** By port: which columns of a side the condition reads, and which it does not. */
  readonly #tested: readonly (readonly boolean[])[];
  readonly #untested: readonly (readonly boolean[])[];
  readonly #kept = new Int32Array(BATCH_ROWS);
  readonly #outdone: JoinOptions['outdone'];
  readonly #rows = new Int32Array(BATCH_ROWS);
  readonly #matches = new Int32Array(BATCH_ROWS);

  constructor(options: JoinOptions) {
    super(joinName('Join', options), new JoinState(options, [false, false]));
    const { left, right, test } = options;
    this.#test = test;
    this.#tested = [
      left.map((_, column) => test?.reads.has(column) === true),
      right.map((_, column) => test?.reads.has(left.length + column) === true),
    ];
    this.#untested = this.#tested.map((columns) => columns.map((isTested) => !isTested));
    this.#outdone = options.outdone;
  }

  push(batch: Batch, port: number): void {
    if (batch.length === 0) return;
    const kept = port === this.#outdone?.port ? this.#outdone.rows.kept(batch) : undefined;
    if (kept !== undefined) {
      const { stored, probed } = this.state.keysOfKept(batch, port, kept);
      this.#keep(batch, port, stored);
      this.#probe(batch, port, probed);
      return;
    }
    const keyOf = this.state.keysOf(batch, port);
    this.state.sides[port]!.change(batch, keyOf, this.state.now);
    this.#probe(batch, port, keyOf);
    this.state.forgetKeys(batch, keyOf);
  }

  /** Few rows of the batch are kept, mostly none: the others are not looked at. */
  #keep(batch: Batch, port: number, stored: Int32Array): void {
    const rows = this.#rows;
    for (let from = 0; from < batch.length; from += rows.length) {
      let n = 0;
      const to = Math.min(batch.length, from + rows.length);
      for (let r = from; r < to; r++) if (stored[r]! >= 0) rows[n++] = r;
      if (n === 0) continue;
      const order = rows.slice(0, n);
      const keys = order.map((r) => stored[r]!);
      this.state.sides[port]!.change(takeBatch(batch, order), keys, this.state.now);
    }
  }

  #probe(batch: Batch, port: number, keyOf: Int32Array): void {
    const side = this.state.sides[1 - port]!;
    const { next, counts } = side;
    const forgets = side.written !== undefined;
    const links = this.state.links.array;
    const head = port === 0 ? 2 : 0;
    const rows = this.#rows;
    const matches = this.#matches;
    let n = 0;
    for (let r = 0; r < batch.length; r++) {
      const key = keyOf[r]!;
      if (key < 0) continue;
      for (let match = links[4 * key + head]!; match !== 0; match = next[match - 1]!) {
        if (forgets && side.isExpired(match - 1, this.state.now)) continue;
        for (let copies = counts === undefined ? 1 : counts[match - 1]!; copies > 0; copies--) {
          if (n === BATCH_ROWS) {
            this.#put(batch, port, n);
            n = 0;
          }
          rows[n] = r;
          matches[n++] = match - 1;
        }
      }
    }
    if (n > 0) this.#put(batch, port, n);
  }

  #put(batch: Batch, port: number, n: number): void {
    if (this.#test === undefined) this.#send(batch, n, this.#gather(batch, port, n));
    else this.#putTested(batch, port, n, this.#test);
  }

  /** Only what the condition reads is gathered for every pair; the rest for those that remain. */
  #putTested(batch: Batch, port: number, n: number, { select }: JoinTest): void {
    const tested = this.#gather(batch, port, n, this.#tested);
    const kept = select({ length: n, columns: tested, kinds: undefined }, this.#kept);
    if (kept === 0) return;
    const isRead = [...this.#tested[0]!, ...this.#tested[1]!];
    if (kept < n) {
      for (let i = 0; i < kept; i++) {
        const at = this.#kept[i]!;
        this.#rows[i] = this.#rows[at]!;
        this.#matches[i] = this.#matches[at]!;
      }
    }
    const others = this.#gather(batch, port, kept, this.#untested);
    const columns = others.map((column, c) => {
      if (!isRead[c]!) return column;
      return kept < n ? takeColumn(tested[c]!, this.#kept, kept) : tested[c]!;
    });
    this.#send(batch, kept, columns);
  }

  /** The pairs' left columns, then right columns; of those that are not wanted anything. */
  #gather(batch: Batch, port: number, n: number, wanted?: readonly (readonly boolean[])[]): Column[] {
    const own = batch.columns.map((column, c) =>
      wanted?.[port]![c] === false ? column : takeColumn(column, this.#rows, n),
    );
    const other = this.state.sides[1 - port]!.take(this.#matches, n, wanted?.[1 - port]);
    return port === 0 ? [...own, ...other] : [...other, ...own];
  }

  #send({ kinds }: Batch, length: number, columns: readonly Column[]): void {
    this.output.push({ length, columns, kinds: kinds && takeBytes(kinds, this.#rows, length) });
  }
}
