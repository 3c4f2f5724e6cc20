import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import { isAddition, RowKind } from '../data/row-kind.ts';
import { takeBatch } from '../data/batch-rows.ts';
import { ChangelogJoin } from './changelog-join.ts';
import { JoinMatches, type JoinTest } from './join-matches.ts';
import { joinName, JoinState, type JoinStateOptions } from './join-state.ts';

export interface SemiJoinOptions extends JoinStateOptions {
  /** ANTI: the rows without a partner. */
  readonly anti: boolean;
  readonly test?: JoinTest | undefined;
}

/**
 * SEMI and ANTI join of two changelogs: the rows of the left side that have, or do not have, a partner on the right.
 *
 * State: both sides as Join, and for each left row how many partners it has.
 * Emits, as Flink's StreamingSemiAntiJoinOperator: a left row with its own kind if it belongs to the result; for a right row that is the first or
 * last partner of a left row, that left row: SEMI with the kind of the right row, ANTI with -D and +I.
 * Cost: one probe a row and one step a pair of equal keys.
 */
export class SemiJoin extends ChangelogJoin {
  readonly #anti: boolean;
  readonly #pairs: JoinMatches;
  readonly #rows = new Int32Array(BATCH_ROWS);
  readonly #kinds = new Uint8Array(BATCH_ROWS);
  #ready = 0;

  constructor(options: SemiJoinOptions) {
    const { left, right, anti } = options;
    super(joinName(anti ? 'AntiJoin' : 'SemiJoin', options), new JoinState(options, [true, false]));
    this.#anti = anti;
    this.#pairs = new JoinMatches(this.state, left, right, options.test);
  }

  push(batch: Batch, port: number): void {
    if (batch.length === 0) return;
    const keyOf = this.state.keysOf(batch, port);
    const pairs = this.#pairs.find(batch, port, keyOf);
    this.state.sides[port]!.change(batch, keyOf, this.state.now);
    if (port === 0) this.#pushLeft(batch, pairs);
    else this.#pushRight(batch, pairs);
    this.state.forgetKeys(batch, keyOf);
  }

  #pushLeft(batch: Batch, pairs: number): void {
    const { rows, matches } = this.#pairs;
    const { degrees, numbers } = this.state.sides[0];
    const { counts } = this.state.sides[1];
    const kept = new Int32Array(batch.length);
    let n = 0;
    for (let r = 0, i = 0; r < batch.length; r++) {
      let partners = 0;
      for (; i < pairs && rows[i] === r; i++) partners += counts === undefined ? 1 : counts[matches[i]!]!;
      if (partners > 0 !== this.#anti) kept[n++] = r;
      const adds = batch.kinds === undefined || isAddition(batch.kinds[r]!);
      if (adds && numbers[r]! >= 0) degrees![numbers[r]!] = partners;
    }
    if (n > 0) this.output.push(n === batch.length ? batch : takeBatch(batch, kept, n));
  }

  #pushRight({ length, kinds }: Batch, pairs: number): void {
    const { rows, matches } = this.#pairs;
    const { degrees, counts, written } = this.state.sides[0];
    for (let r = 0, i = 0; r < length; r++) {
      const kind = kinds === undefined ? RowKind.Insert : (kinds[r]! as RowKind);
      const adds = isAddition(kind);
      for (; i < pairs && rows[i] === r; i++) {
        const match = matches[i]!;
        const sent = !this.#anti ? kind : adds ? RowKind.Delete : RowKind.Insert;
        if (degrees![match] === (adds ? 0 : 1)) {
          for (let copies = counts === undefined ? 1 : counts[match]!; copies > 0; copies--) this.#send(match, sent);
        }
        degrees![match]! += adds ? 1 : -1;
        if (written !== undefined) written[match] = this.state.now;
      }
    }
    this.#flush();
  }

  #send(match: number, kind: RowKind): void {
    if (this.#ready === BATCH_ROWS) this.#flush();
    this.#rows[this.#ready] = match;
    this.#kinds[this.#ready++] = kind;
  }

  #flush(): void {
    const n = this.#ready;
    if (n === 0) return;
    this.#ready = 0;
    const kinds = this.#kinds.subarray(0, n);
    const isAppend = kinds.every((kind) => kind === RowKind.Insert);
    const columns = this.state.sides[0].take(this.#rows, n);
    this.output.push({ length: n, columns, kinds: isAppend ? undefined : kinds.slice() });
  }
}
