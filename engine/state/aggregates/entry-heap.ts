import type { Value } from '../../types/value.ts';
import { grown, nextCapacity } from '../typed.ts';
import type { EntryTable, Helper } from './accumulator.ts';

/**
 * A binary heap of entries a group, with the place of each entry, so that any of them can be taken out.
 * State: one number an entry and one place. Cost: O(log n) an entry that appears or vanishes; repeated values never come here.
 */
export class EntryHeap implements Helper {
  readonly #entries: EntryTable;
  readonly #sign: 1 | -1;
  readonly #heaps: (number[] | undefined)[] = [];
  #places: Int32Array = new Int32Array(64);

  /** @param sign 1: the least entry is on top; -1: the greatest */
  constructor(entries: EntryTable, sign: 1 | -1) {
    this.#entries = entries;
    this.#sign = sign;
  }

  /** Takes the entry in; returns the entry on top. */
  add(group: number, entry: number): number {
    const heap = (this.#heaps[group] ??= []);
    if (entry >= this.#places.length) this.#places = grown(this.#places, nextCapacity(this.#places.length, entry + 1));
    heap.push(entry);
    this.#rise(heap, heap.length - 1, entry);
    return heap[0]!;
  }

  /** Takes the entry out; returns the entry on top, -1 when there is none. */
  remove(group: number, entry: number): number {
    const heap = this.#heaps[group]!;
    const last = heap.pop()!;
    if (last !== entry) {
      const place = this.#places[entry]!;
      this.#rise(heap, place, last);
      if (heap[place] === last) this.#sink(heap, place, last);
    }
    return heap.length === 0 ? -1 : heap[0]!;
  }

  value(entry: number): Value {
    return this.#entries.value(entry);
  }

  #rise(heap: number[], place: number, entry: number): void {
    const places = this.#places;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const other = heap[parent]!;
      if (this.#entries.compare(other, entry) * this.#sign <= 0) break;
      heap[place] = other;
      places[other] = place;
      place = parent;
    }
    heap[place] = entry;
    places[entry] = place;
  }

  #sink(heap: number[], place: number, entry: number): void {
    const places = this.#places;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#entries.compare(heap[child + 1]!, heap[child]!) * this.#sign < 0) child++;
      const other = heap[child]!;
      if (this.#entries.compare(entry, other) * this.#sign <= 0) break;
      heap[place] = other;
      places[other] = place;
      place = child;
    }
    heap[place] = entry;
    places[entry] = place;
  }

  reset(group: number): void {
    this.#heaps[group] = undefined;
  }
  clear(): void {
    this.#heaps.length = 0;
  }
  get byteLength(): number {
    return this.#places.byteLength * 2;
  }
}
