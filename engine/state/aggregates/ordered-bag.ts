import type { Value } from '../../types/value.ts';
import { grown, nextCapacity } from '../typed.ts';
import type { Accumulator, EntryTable, Helper } from './accumulator.ts';

/**
 * The values of each group in the order of arrival, any of which can be taken away again: the earliest that is equal goes.
 * State: four numbers an occurrence, in linked lists: one a group in order of arrival, one an entry over its equal occurrences.
 * Cost: O(1) to add and to take away.
 */
export class OrderedBag implements Helper {
  readonly #entries: EntryTable;
  // Occurrences are numbered from 1; 0 ends a list.
  #next: Int32Array = new Int32Array(64);
  #previous: Int32Array = new Int32Array(64);
  #nextEqual: Int32Array = new Int32Array(64);
  #entryOf: Int32Array = new Int32Array(64);
  #bound = 1;
  #free = 0;
  /** Per group: first and last occurrence. */
  #heads: Int32Array = new Int32Array(32);
  #tails: Int32Array = new Int32Array(32);
  /** Per entry: its first and last occurrence. */
  #equalHeads: Int32Array = new Int32Array(32);
  #equalTails: Int32Array = new Int32Array(32);

  constructor(entries: EntryTable) {
    this.#entries = entries;
  }

  add(group: number, entry: number): void {
    if (group >= this.#heads.length) {
      const capacity = nextCapacity(this.#heads.length, group + 1);
      this.#heads = grown(this.#heads, capacity);
      this.#tails = grown(this.#tails, capacity);
    }
    if (entry >= this.#equalHeads.length) {
      const capacity = nextCapacity(this.#equalHeads.length, entry + 1);
      this.#equalHeads = grown(this.#equalHeads, capacity);
      this.#equalTails = grown(this.#equalTails, capacity);
    }
    const occurrence = this.#take();
    this.#entryOf[occurrence] = entry;
    const tail = this.#tails[group]!;
    this.#previous[occurrence] = tail;
    this.#next[occurrence] = 0;
    if (tail === 0) this.#heads[group] = occurrence;
    else this.#next[tail] = occurrence;
    this.#tails[group] = occurrence;
    this.#nextEqual[occurrence] = 0;
    if (this.#equalHeads[entry] === 0) this.#equalHeads[entry] = occurrence;
    else this.#nextEqual[this.#equalTails[entry]!] = occurrence;
    this.#equalTails[entry] = occurrence;
  }

  /** Takes the earliest occurrence of the entry away; does nothing when there is none. */
  remove(group: number, entry: number): void {
    const occurrence = this.#equalHeads[entry] ?? 0;
    if (occurrence === 0) return;
    this.#equalHeads[entry] = this.#nextEqual[occurrence]!;
    const before = this.#previous[occurrence]!;
    const after = this.#next[occurrence]!;
    if (before === 0) this.#heads[group] = after;
    else this.#next[before] = after;
    if (after === 0) this.#tails[group] = before;
    else this.#previous[after] = before;
    this.#release(occurrence);
  }

  #take(): number {
    if (this.#free !== 0) {
      const occurrence = this.#free;
      this.#free = this.#next[occurrence]!;
      return occurrence;
    }
    if (this.#bound === this.#next.length) {
      const capacity = this.#bound * 2;
      this.#next = grown(this.#next, capacity);
      this.#previous = grown(this.#previous, capacity);
      this.#nextEqual = grown(this.#nextEqual, capacity);
      this.#entryOf = grown(this.#entryOf, capacity);
    }
    return this.#bound++;
  }

  #release(occurrence: number): void {
    this.#next[occurrence] = this.#free;
    this.#free = occurrence;
  }

  first(group: number): Value {
    const occurrence = this.#heads[group] ?? 0;
    return occurrence === 0 ? null : this.#entries.value(this.#entryOf[occurrence]!);
  }

  last(group: number): Value {
    const occurrence = this.#tails[group] ?? 0;
    return occurrence === 0 ? null : this.#entries.value(this.#entryOf[occurrence]!);
  }

  isEmpty(group: number): boolean {
    return (this.#heads[group] ?? 0) === 0;
  }

  /** The entries of the group's values in the order of arrival. */
  *entriesOf(group: number): Generator<number> {
    for (let o = this.#heads[group] ?? 0; o !== 0; o = this.#next[o]!) yield this.#entryOf[o]!;
  }

  values(group: number): Value[] {
    return Array.from(this.entriesOf(group), (entry) => this.#entries.value(entry));
  }

  reset(group: number): void {
    for (let o = this.#heads[group] ?? 0; o !== 0;) {
      const next = this.#next[o]!;
      this.#equalHeads[this.#entryOf[o]!] = 0;
      this.#release(o);
      o = next;
    }
    if (group < this.#heads.length) {
      this.#heads[group] = 0;
      this.#tails[group] = 0;
    }
  }

  clear(): void {
    this.#bound = 1;
    this.#free = 0;
    this.#heads.fill(0);
    this.#tails.fill(0);
    this.#equalHeads.fill(0);
  }

  /** The entries of all groups, one list after the other: [group, number of values, entries...]. */
  snapshot(): Int32Array {
    const out: number[] = [];
    for (let group = 0; group < this.#heads.length; group++) {
      if (this.#heads[group] === 0) continue;
      const entries = [...this.entriesOf(group)];
      out.push(group, entries.length);
      for (const entry of entries) out.push(entry);
    }
    return Int32Array.from(out);
  }

  restore(state: unknown): void {
    this.clear();
    const lists = state as Int32Array;
    for (let i = 0; i < lists.length;) {
      const group = lists[i]!;
      const end = i + 2 + lists[i + 1]!;
      for (i += 2; i < end; i++) this.add(group, lists[i]!);
    }
  }

  mergeFrom(other: Helper, groups: Int32Array, entries: Int32Array): void {
    const bag = other as OrderedBag;
    for (let group = 0; group < groups.length; group++) {
      const target = groups[group]!;
      if (target >= 0) for (const entry of bag.entriesOf(group)) this.add(target, entries[entry]!);
    }
  }

  get byteLength(): number {
    return 16 * this.#next.length + 8 * (this.#heads.length + this.#equalHeads.length);
  }
}

/** An aggregate that keeps all values of a group in order and computes its result from them when it is read. */
export function bagOf(options: {
  readonly ignoresNull: boolean;
  readonly value: (bag: OrderedBag, group: number) => Value;
}): Accumulator {
  return {
    fields: [],
    lanes: ['any'],
    ignoresNull: options.ignoresNull,
    uses: [],
    entries: 'each',
    neverNull: false,
    makeHelper: (entries) => {
      const bag = new OrderedBag(entries!);
      return Object.assign(bag, { result: (group: number) => options.value(bag, group) });
    },
    add: (n) => `${n.helper}.add(${n.group}, ${n.entry});`,
    retract: (n) => `${n.helper}.remove(${n.group}, ${n.entry});`,
    merge: () => '',
    read: (n, p) => `const ${p}0 = ${n.helper}.result(${n.group}); const ${p}v = ${p}0 === null ? 0 : 1;`,
  };
}
