import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { KeyTable, type KeyTableState } from '../state/key-table.ts';
import { nextCapacity } from '../state/typed.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs, Ms } from '../types/value.ts';
import { JoinSide, type JoinSideState, type RowIdentity } from './join-side.ts';
import { KeyLinks } from './key-links.ts';

export interface JoinStateOptions {
  readonly left: Schema;
  readonly right: Schema;
  /** Equal columns; pairwise of the same types. None = every left row meets every right row. */
  readonly leftKeys: readonly number[];
  readonly rightKeys: readonly number[];
  /** By key column: NULL is equal to NULL (IS NOT DISTINCT FROM). Absent: NULL keys match nothing. */
  readonly nullSafe?: readonly boolean[] | undefined;
  /** How rows of the left and of the right input are found again. */
  readonly identity: readonly [left: RowIdentity, right: RowIdentity];
  /** How long the rows of each side are kept after they were written; absent or 0: for ever. `now` is asked once a batch. */
  readonly ttl?: { readonly left: Ms; readonly right: Ms; readonly now: () => EpochMs } | undefined;
}

export interface JoinStateSnapshot {
  readonly table: KeyTableState | undefined;
  readonly links: Int32Array;
  readonly sides: readonly [JoinSideState, JoinSideState];
}

/** What a join remembers: the keys of both inputs in one table, and for each key a list of rows a side. */
export class JoinState {
  readonly sides: readonly [JoinSide, JoinSide];
  readonly links = new KeyLinks();
  readonly #options: JoinStateOptions;
  /** Keys of both sides; undefined = all rows have the same. */
  readonly #table: KeyTable | undefined;
  #keyOf: Int32Array = new Int32Array(4096);
  #probed: Int32Array = new Int32Array(0);
  /** Processing time of the batch at hand; 0 where nothing is ever forgotten. */
  now: EpochMs = 0;
  #swept: EpochMs = -Infinity;

  constructor(options: JoinStateOptions, degrees: readonly [left: boolean, right: boolean]) {
    this.#options = options;
    const { left, right, leftKeys, identity } = options;
    this.#table = leftKeys.length === 0 ? undefined : new KeyTable(leftKeys.map((key) => left[key]!.type));
    const sideOf = (schema: Schema, side: 0 | 1): JoinSide =>
      new JoinSide(
        schema.map(({ type }) => type),
        identity[side],
        this.links,
        side,
        degrees[side],
        side === 0 ? options.ttl?.left : options.ttl?.right,
      );
    this.sides = [sideOf(left, 0), sideOf(right, 1)];
  }

  /** The key of each row of a batch, which is entered when it is new; -1: the row has a NULL and matches nothing. */
  keysOf(batch: Batch, port: number): Int32Array {
    return this.#enter(batch, port, undefined);
  }

  /**
   * The same where rows are only kept if `kept` says so: `stored` has -1 for the others, `probed` their key if it is there. Both hold until the
   * next call.
   */
  keysOfKept(
    batch: Batch,
    port: number,
    kept: Uint8Array,
  ): { readonly stored: Int32Array; readonly probed: Int32Array } {
    const { columns, length } = batch;
    const stored = this.#enter(batch, port, kept);
    if (this.#probed.length < length) this.#probed = new Int32Array(nextCapacity(4096, length));
    const probed = this.#probed;
    this.#table!.find(this.#keyColumns(columns, port), 0, length, probed);
    // Rows with a NULL key are no one's.
    for (const [i, { valid }] of this.#keyColumns(columns, port).entries()) {
      if (valid === undefined || this.#options.nullSafe?.[i] === true) continue;
      for (let r = 0; r < length; r++) if (valid[r] === 0) probed[r] = -1;
    }
    return { stored, probed };
  }

  #keyColumns(columns: readonly Column[], port: number): Column[] {
    return (port === 0 ? this.#options.leftKeys : this.#options.rightKeys).map((key) => columns[key]!);
  }

  #enter({ columns, length }: Batch, port: number, kept: Uint8Array | undefined): Int32Array {
    if (this.#keyOf.length < length) this.#keyOf = new Int32Array(nextCapacity(4096, length));
    if (this.#table !== undefined) {
      const keys = this.#keyColumns(columns, port);
      let where = kept;
      keys.forEach(({ valid }, i) => {
        if (valid === undefined || this.#options.nullSafe?.[i] === true) return;
        const before = where;
        where = valid.slice(0, length);
        if (before !== undefined) for (let r = 0; r < length; r++) where[r]! &= before[r]!;
      });
      this.#table.findOrInsert(keys, 0, length, this.#keyOf, where);
    }
    this.links.ensure(this.#table?.capacity ?? 1);
    this.links.touch(this.#keyOf, length);
    if (this.#options.ttl !== undefined) this.now = this.#options.ttl.now();
    return this.#keyOf;
  }

  /** Keys of a batch with retractions that lost their last row of both sides leave the table. */
  forgetKeys({ length, kinds }: Batch, keyOf: Int32Array): void {
    if (this.#table === undefined || kinds === undefined) return;
    for (let r = 0; r < length; r++) {
      const key = keyOf[r]!;
      if (key >= 0 && (kinds[r]! & 1) === 1 && this.links.isEmpty(key)) this.#table.remove(key);
    }
    KeyTable.sweep(this.#table.encoder, [this.#table]);
  }

  /** Gives back the memory of rows whose time is over; looks through all of them, so it does nothing if it did so lately. */
  sweep(now: EpochMs): void {
    const { ttl } = this.#options;
    const limits = [ttl?.left ?? 0, ttl?.right ?? 0].filter((limit) => limit > 0);
    if (limits.length === 0 || now - this.#swept < Math.max(1000, Math.min(...limits) / 2)) return;
    this.#swept = now;
    const keys = this.#table?.groups() ?? [0];
    for (const side of this.sides) if (side.ttl > 0) side.sweep(keys, now);
    if (this.#table === undefined) return;
    for (const key of keys) if (this.links.isEmpty(key)) this.#table.remove(key);
    KeyTable.sweep(this.#table.encoder, [this.#table]);
  }

  get live(): number {
    return this.sides[0].live + this.sides[1].live;
  }
  get byteLength(): number {
    const [left, right] = this.sides;
    return left.byteLength + right.byteLength + this.links.byteLength + (this.#table?.byteLength ?? 0);
  }

  snapshot(): JoinStateSnapshot {
    const [left, right] = this.sides;
    return {
      table: this.#table?.snapshot(),
      links: this.links.snapshot(this.#table?.bound ?? 1),
      sides: [left.snapshot(), right.snapshot()],
    };
  }
  restore({ table, links, sides }: JoinStateSnapshot): void {
    if (table !== undefined) this.#table!.restore(table);
    this.links.restore(links);
    this.sides[0].restore(sides[0]);
    this.sides[1].restore(sides[1]);
  }
}

/** `Join[a = x, b = y]`. */
export function joinName(
  word: string,
  { left, right, leftKeys, rightKeys }: Pick<JoinStateOptions, 'left' | 'right' | 'leftKeys' | 'rightKeys'>,
): string {
  return `${word}[${leftKeys.map((key, i) => `${left[key]!.name} = ${right[rightKeys[i]!]!.name}`).join(', ')}]`;
}
