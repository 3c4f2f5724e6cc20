/**
 * A hash table from keys of any column types to dense group numbers 0, 1, 2, ...: open addressing over an Int32 index, keys in columns.
 *
 * Groups are numbered in the order of first appearance; numbers of removed groups are used again. The caller keeps what it knows
 * about a group in arrays of its own, `capacity` long.
 * Cost: one probe a row; growth doubles; removal shifts back, so there are no tombstones.
 */
import type { Column } from '../data/column.ts';
import type { DataType } from '../types/type.ts';
import { KeyEncoder, type KeyEncoderState, type LaneArray } from './key-encoder.ts';
import { decodeKeys } from './key-decode.ts';
import { probeFor, type Probe } from './key-table-code.ts';
import { grown, grownUncleared, nextCapacity } from './typed.ts';
import { ValuePool } from './value-pool.ts';

const MIN_GROUPS = 64;
/** Pools are swept when they hold this many more values than there are groups. */
const POOL_SLACK = 1 << 16;

export interface KeyTableState {
  readonly bound: number;
  readonly free: Int32Array;
  readonly keys: readonly LaneArray[];
  readonly nulls: readonly Int32Array[] | undefined;
  /** Absent when the encoder is shared: its owner saves it. */
  readonly encoder: KeyEncoderState | undefined;
}

export class KeyTable {
  readonly encoder: KeyEncoder;
  /** Group numbers are below this. */
  bound = 0;
  /** Groups there are. */
  live = 0;
  // What follows is read and written by the generated probe.
  index: Int32Array;
  slots: number;
  limit: number;
  hashes: Int32Array;
  keys: LaneArray[];
  /** NULL masks of groups; made when the first NULL comes. */
  nulls: Int32Array[] | undefined;
  /** Keeps the reads of the generated probe that only touch memory from being optimised away. */
  touched = 0;
  #free: Int32Array = new Int32Array(0);
  #freeCount = 0;
  readonly #ownsEncoder: boolean;
  readonly #probes: (Probe | undefined)[] = [];
  #noNulls: Int32Array = new Int32Array(0);

  /** @param keys the key types, or an encoder that several tables share; at least one key */
  constructor(keys: readonly DataType[] | KeyEncoder, capacity = MIN_GROUPS) {
    this.#ownsEncoder = !(keys instanceof KeyEncoder);
    this.encoder = keys instanceof KeyEncoder ? keys : new KeyEncoder(keys);
    this.limit = nextCapacity(MIN_GROUPS, capacity);
    this.index = new Int32Array(this.limit * 2);
    this.slots = this.limit * 2 - 1;
    this.hashes = new Int32Array(this.limit);
    this.keys = this.encoder.lanes.map(({ kind }) => makeLane(kind, this.limit));
  }

  /** Length that arrays indexed by group must have: at least `bound`, growing by doubling. */
  get capacity(): number {
    return this.limit;
  }

  /**
   * out[r] = the group of row r, for from <= r < to; keys not seen before get new groups.
   * Rows where `where` is 0 get -1 and are not added.
   */
  findOrInsert(columns: readonly Column[], from: number, to: number, out: Int32Array, where?: Uint8Array): void {
    this.encoder.encode(columns, from, to);
    this.#probe(true)(this, from, to, out, where);
  }

  /** out[r] = the group of row r, -1 where there is none. */
  find(columns: readonly Column[], from: number, to: number, out: Int32Array): void {
    this.encoder.encode(columns, from, to);
    this.#probe(false)(this, from, to, out, undefined);
  }

  /** As `findOrInsert`, for the groups from .. to of a table that shares this table's encoder: no value is decoded. */
  mergeKeys(other: KeyTable, from: number, to: number, out: Int32Array): void {
    other.keys.forEach((lane, l) => (this.encoder.arrays[l] = lane));
    this.encoder.masks = other.nulls;
    this.#probe(true)(this, from, to, out, undefined);
  }

  #probe(insert: boolean): Probe {
    if (this.nulls === undefined && this.encoder.masks !== undefined && insert) {
      this.nulls = Array.from({ length: this.encoder.maskCount }, () => new Int32Array(this.limit));
    }
    // Without a NULL in the table a row with one is simply not found; the masked probe needs masks on both sides.
    const nulls = this.nulls !== undefined || this.encoder.masks !== undefined;
    if (nulls) this.nulls ??= Array.from({ length: this.encoder.maskCount }, () => new Int32Array(this.limit));
    const kind = (insert ? 1 : 0) + (nulls ? 2 : 0);
    let probe = this.#probes[kind];
    if (probe === undefined) {
      probe = probeFor({ lanes: this.encoder.lanes, nulls, insert });
      this.#probes[kind] = probe;
    }
    return probe;
  }

  /** NULL masks of the encoded rows, zeros when none of them has a NULL. For the generated probe. */
  rowMasks(to: number): readonly Int32Array[] {
    if (this.encoder.masks !== undefined) return this.encoder.masks;
    if (this.#noNulls.length < to) this.#noNulls = new Int32Array(nextCapacity(4096, to));
    return Array.from({ length: this.encoder.maskCount }, () => this.#noNulls);
  }

  /** A group number for a new key. For the generated probe. */
  takeGroup(): number {
    this.live++;
    return this.#freeCount > 0 ? this.#free[--this.#freeCount]! : this.bound++;
  }

  /** Doubles the room for groups. */
  grow(): void {
    this.limit *= 2;
    this.hashes = grownUncleared(this.hashes, this.limit);
    this.keys = this.keys.map((lane, l) =>
      grownUncleared(lane, this.encoder.lanes[l]!.kind === 'w64' ? this.limit * 2 : this.limit),
    );
    this.nulls = this.nulls?.map((mask) => grown(mask, this.limit));
    this.#rebuildIndex();
  }

  #rebuildIndex(): void {
    const index = new Int32Array(this.limit * 2);
    const slots = index.length - 1;
    const { hashes } = this;
    const removed = this.#freeCount > 0 ? this.#removedGroups() : undefined;
    for (let g = 0; g < this.bound; g++) {
      if (removed !== undefined && removed[g] === 1) continue;
      let slot = hashes[g]! & slots;
      while (index[slot] !== 0) slot = (slot + 1) & slots;
      index[slot] = g + 1;
    }
    this.index = index;
    this.slots = slots;
  }

  #removedGroups(): Uint8Array {
    const removed = new Uint8Array(this.bound);
    for (let i = 0; i < this.#freeCount; i++) removed[this.#free[i]!] = 1;
    return removed;
  }

  /** Removes a group; its number may be given to the next new key. Does nothing for one that was removed already. */
  remove(group: number): void {
    const { index, slots, hashes } = this;
    let hole = hashes[group]! & slots;
    while (index[hole] !== group + 1) {
      if (index[hole] === 0) return;
      hole = (hole + 1) & slots;
    }
    for (let slot = (hole + 1) & slots; index[slot] !== 0; slot = (slot + 1) & slots) {
      const home = hashes[index[slot]! - 1]! & slots;
      if (((slot - home) & slots) < ((slot - hole) & slots)) continue;
      index[hole] = index[slot]!;
      hole = slot;
    }
    index[hole] = 0;
    this.live--;
    if (this.#freeCount === this.#free.length) this.#free = grown(this.#free, nextCapacity(16, this.#freeCount + 1));
    this.#free[this.#freeCount++] = group;
    if (this.live === 0) {
      this.bound = 0;
      this.#freeCount = 0;
    }
  }

  /** Removes every group; the room stays. */
  clear(): void {
    // A table that was large once and is small now would pay for its size at every clear.
    if (this.limit > 4096 && this.bound * 8 < this.limit) this.#shrink();
    else if (this.bound > 0) this.index.fill(0);
    this.bound = 0;
    this.live = 0;
    this.#freeCount = 0;
  }

  #shrink(): void {
    this.limit = nextCapacity(MIN_GROUPS, this.bound * 2);
    this.index = new Int32Array(this.limit * 2);
    this.slots = this.limit * 2 - 1;
    this.hashes = new Int32Array(this.limit);
    this.keys = this.encoder.lanes.map(({ kind }) => makeLane(kind, this.limit));
    this.nulls = this.nulls?.map(() => new Int32Array(this.limit));
  }

  /** The keys of groups[0], ..., groups[n - 1] as columns of new memory (byte strings share the pool's). */
  keyColumns(groups: Int32Array, n: number): Column[] {
    return decodeKeys(this.encoder, this.keys, this.nulls, groups, n);
  }

  /** The groups there are, in the order of their numbers. */
  groups(): Int32Array {
    const removed = this.#freeCount > 0 ? this.#removedGroups() : undefined;
    const result = new Int32Array(this.live);
    let n = 0;
    for (let g = 0; g < this.bound; g++) if (removed === undefined || removed[g] === 0) result[n++] = g;
    return result;
  }

  /** Approximate memory, without the encoder's pools when they are shared. */
  get byteLength(): number {
    const words =
      this.index.byteLength + this.hashes.byteLength + this.keys.reduce((sum, lane) => sum + lane.byteLength, 0);
    return words + (this.#ownsEncoder ? this.encoder.byteLength : 0);
  }

  snapshot(): KeyTableState {
    return {
      bound: this.bound,
      free: this.#free.slice(0, this.#freeCount),
      keys: this.keys.map((lane, l) => lane.slice(0, this.bound * (this.encoder.lanes[l]!.kind === 'w64' ? 2 : 1))),
      nulls: this.nulls?.map((mask) => mask.slice(0, this.bound)),
      encoder: this.#ownsEncoder ? this.encoder.snapshot() : undefined,
    };
  }

  /** Takes the state of a table with the same key types; when the encoder is shared, it must have been restored before. */
  restore(state: KeyTableState): void {
    if (state.encoder !== undefined) this.encoder.restore(state.encoder);
    this.limit = nextCapacity(MIN_GROUPS, state.bound);
    this.bound = state.bound;
    this.live = state.bound - state.free.length;
    this.#free = state.free.slice();
    this.#freeCount = state.free.length;
    this.hashes = new Int32Array(this.limit);
    this.keys = state.keys.map((lane, l) =>
      grown(lane, this.encoder.lanes[l]!.kind === 'w64' ? this.limit * 2 : this.limit),
    );
    this.nulls = state.nulls?.map((mask) => grown(mask, this.limit));
    this.#rehash();
  }

  /** Computes all hashes anew from the keys and builds the index. */
  #rehash(): void {
    // Hashes come from the generated probe alone, so the keys go through it, into a table without groups.
    const fresh = new KeyTable(this.encoder, this.limit);
    const out = new Int32Array(this.bound);
    const where = this.#freeCount > 0 ? this.#removedGroups().map((removed) => 1 - removed) : undefined;
    this.keys.forEach((lane, l) => (this.encoder.arrays[l] = lane));
    this.encoder.masks = this.nulls;
    fresh.#probe(true)(fresh, 0, this.bound, out, where);
    for (let g = 0; g < this.bound; g++) if (out[g]! >= 0) this.hashes[g] = fresh.hashes[out[g]!]!;
    this.#rebuildIndex();
  }

  /**
   * Gives back the memory of strings and nested values that no group of `tables` (all tables that share `encoder`) uses any more,
   * when there are many. Must not be called between an encode and its probe.
   */
  static sweep(encoder: KeyEncoder, tables: readonly KeyTable[]): void {
    const live = tables.reduce((sum, table) => sum + table.live, 0);
    encoder.pools.forEach((pool, column) => {
      if (pool === undefined || pool.size < live * 2 + (pool instanceof ValuePool ? 1024 : POOL_SLACK)) return;
      const lane = encoder.lanes.findIndex((candidate) => candidate.column === column);
      const used = new Uint8Array(pool.size);
      const groups = tables.map((table) => table.groups());
      tables.forEach((table, t) => {
        const codes = table.keys[lane]!;
        for (const g of groups[t]!) used[codes[g]!] = 1;
      });
      const moved = pool.compact(used);
      tables.forEach((table, t) => {
        const codes = table.keys[lane]!;
        // The code of a NULL is 0, which may belong to nobody any more.
        for (const g of groups[t]!) codes[g] = Math.max(0, moved[codes[g]!]!);
        table.#rehash();
      });
    });
  }
}

function makeLane(kind: 'u8' | 'i32' | 'w64' | 'f64', length: number): LaneArray {
  switch (kind) {
    case 'u8':
      return new Uint8Array(length);
    case 'i32':
      return new Int32Array(length);
    case 'w64':
      return new Int32Array(length * 2);
    case 'f64':
      return new Float64Array(length);
  }
}
