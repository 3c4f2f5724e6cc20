import { assert } from '../../assert.ts';
import type { Column } from '../../data/column.ts';
import type { DataType } from '../../types/type.ts';
import { KeyEncoder, type KeyEncoderState, lanesOf } from '../key-encoder.ts';
import { nextCapacity } from '../typed.ts';

export interface SeenTableState {
  readonly encoder: KeyEncoderState;
  /** The slots that are taken, four words each. */
  readonly entries: Int32Array;
}

/** Words of a slot: the value's two words, the group + 1 (0 = free), a bit for each lane. */
const SLOT = 4;
const MIN_SLOTS = 64;
/** Rows whose slots are touched before the first of them is looked up: their cache misses then overlap. */
const AHEAD = 64;

/**
 * Which values each group has seen: what DISTINCT remembers over an input that only grows. As ValueTable, but an entry lies in its hash slot, 16 bytes
 * in one place, and is looked up and marked at once: with millions of entries a row costs one cache line instead of five.
 *
 * State: one slot a (group, value) pair, a bit for each lane that saw it.
 */
export class SeenTable {
  readonly #encoder: KeyEncoder;
  #slots: Int32Array = new Int32Array(MIN_SLOTS * SLOT);
  #live = 0;

  constructor(type: DataType) {
    assert(SeenTable.takes(type), 'a value of one word');
    this.#encoder = new KeyEncoder([type]);
  }

  /** Whether values of the type fit a slot. */
  static takes(type: DataType): boolean {
    const lanes = lanesOf(type);
    return lanes.length === 1 && lanes[0] !== 'f64';
  }

  /**
   * marks[r] has a bit for each lane that sees the value of row r in groups[r], for from <= r < to; afterwards one for each lane that saw it for the
   * first time. Rows without a bit are not looked at; the others must not be NULL.
   */
  see(groups: Int32Array, column: Column, from: number, to: number, marks: Int32Array): void {
    this.#encoder.encode([column], from, to);
    this.#reserve(this.#live + to - from);
    const words = this.#encoder.arrays[0] as Int32Array;
    const wide = this.#encoder.lanes[0]!.kind === 'w64';
    for (let start = from; start < to; start += AHEAD) {
      const end = Math.min(to, start + AHEAD);
      this.#live += seeRows(this.#slots, groups, words, wide, start, end, marks);
    }
  }

  /** Slots are at most five eighths full: a miss then looks at three or four of them, mostly on one cache line. */
  #reserve(entries: number): void {
    const capacity = this.#slots.length / SLOT;
    if (entries * 8 <= capacity * 5) return;
    this.#rebuild(nextCapacity(capacity, Math.ceil((entries * 8) / 5)), this.#slots);
  }

  /** Makes the table anew of the taken slots of `from`; those of groups that `dead` marks are left out. */
  #rebuild(capacity: number, from: Int32Array, dead?: Uint8Array): void {
    const slots = new Int32Array(capacity * SLOT);
    const mask = slots.length - 1;
    const shift = shiftOf(slots);
    this.#live = 0;
    for (let at = 0; at < from.length; at += SLOT) {
      const owner = from[at + 2]!;
      if (owner === 0 || (dead !== undefined && dead[owner - 1] === 1)) continue;
      let slot = (hash(from[at]!, from[at + 1]!, owner) >>> shift) << 2;
      while (slots[slot + 2] !== 0) slot = (slot + SLOT) & mask;
      slots[slot] = from[at]!;
      slots[slot + 1] = from[at + 1]!;
      slots[slot + 2] = owner;
      slots[slot + 3] = from[at + 3]!;
      this.#live++;
    }
    this.#slots = slots;
  }

  /** Removes the entries of all groups that are marked. */
  drop(dead: Uint8Array): void {
    this.#rebuild(this.#slots.length / SLOT, this.#slots, dead);
  }

  clear(): void {
    this.#slots = new Int32Array(MIN_SLOTS * SLOT);
    this.#live = 0;
  }

  get byteLength(): number {
    return this.#slots.byteLength + this.#encoder.byteLength;
  }

  snapshot(): SeenTableState {
    const entries = new Int32Array(this.#live * SLOT);
    let n = 0;
    for (let at = 0; at < this.#slots.length; at += SLOT) {
      if (this.#slots[at + 2] === 0) continue;
      entries.set(this.#slots.subarray(at, at + SLOT), n);
      n += SLOT;
    }
    return { encoder: this.#encoder.snapshot(), entries };
  }
  restore({ encoder, entries }: SeenTableState): void {
    this.#encoder.restore(encoder);
    this.#rebuild(nextCapacity(MIN_SLOTS, Math.ceil((entries.length / SLOT) * 1.6)), entries);
  }
}

/** Its upper bits choose the slot: a table of twice the size then has its entries in the same order, so that growing is one pass over both. */
function hash(low: number, high: number, owner: number): number {
  let h = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  h ^= h >>> 15;
  return Math.imul(h ^ owner, 0x9e3779b1);
}
const shiftOf = (slots: Int32Array): number => Math.clz32(slots.length / SLOT) + 1;

const starts = new Int32Array(AHEAD);
/** Keeps the reads that touch the slots from being optimised away. */
const touched = new Int32Array(1);

/** Marks values of one word a row, or of two (`wide`); gives the number of new entries. */
function seeRows(
  slots: Int32Array,
  groups: Int32Array,
  words: Int32Array,
  wide: boolean,
  from: number,
  to: number,
  marks: Int32Array,
): number {
  const mask = slots.length - 1;
  const shift = shiftOf(slots);
  let lines = 0;
  for (let r = from; r < to; r++) {
    const low = words[wide ? 2 * r : r]!;
    const slot = (hash(low, wide ? words[2 * r + 1]! : 0, groups[r]! + 1) >>> shift) << 2;
    starts[r - from] = slot;
    lines ^= slots[slot]!;
  }
  touched[0] = lines;
  let added = 0;
  for (let r = from; r < to; r++) {
    const bits = marks[r]!;
    if (bits === 0) continue;
    const low = words[wide ? 2 * r : r]!;
    const high = wide ? words[2 * r + 1]! : 0;
    const owner = groups[r]! + 1;
    let slot = starts[r - from]!;
    for (;;) {
      const found = slots[slot + 2];
      if (found === owner && slots[slot] === low && slots[slot + 1] === high) {
        const before = slots[slot + 3]!;
        marks[r] = bits & ~before;
        slots[slot + 3] = before | bits;
        break;
      }
      if (found === 0) {
        slots[slot] = low;
        slots[slot + 1] = high;
        slots[slot + 2] = owner;
        slots[slot + 3] = bits;
        added++;
        break;
      }
      slot = (slot + SLOT) & mask;
    }
  }
  return added;
}
