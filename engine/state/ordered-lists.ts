import { grown, nextCapacity } from './typed.ts';

const CLASSES = 31;

export interface OrderedListsState {
  readonly sizes: Int32Array;
  /** All lists, one behind the other. */
  readonly items: Int32Array;
}

/**
 * A list of numbers for each group, in one array: a list lies in a block of a power of two and moves to a larger one as it grows.
 * Cost: insert and remove move what follows in the list.
 */
export class OrderedLists {
  // What follows is read by loops of operators.
  items: Int32Array = new Int32Array(256);
  starts: Int32Array = new Int32Array(0);
  sizes: Int32Array = new Int32Array(0);
  /** Log2 of each list's room; 0 = no block yet. */
  #classes: Uint8Array = new Uint8Array(0);
  #used = 0;
  readonly #free: number[][] = Array.from({ length: CLASSES }, () => []);

  /** Makes room for groups below `capacity`. */
  ensure(capacity: number): void {
    if (this.sizes.length >= capacity) return;
    this.starts = grown(this.starts, capacity);
    this.sizes = grown(this.sizes, capacity);
    this.#classes = grown(this.#classes, capacity);
  }

  at(group: number, place: number): number {
    return this.items[this.starts[group]! + place]!;
  }

  insert(group: number, place: number, item: number): void {
    const size = this.sizes[group]!;
    if (this.#classes[group] === 0 || size === 1 << this.#classes[group]!) this.#enlarge(group, size);
    const start = this.starts[group]!;
    const { items } = this;
    if (size - place > 32) items.copyWithin(start + place + 1, start + place, start + size);
    else for (let i = start + size; i > start + place; i--) items[i] = items[i - 1]!;
    items[start + place] = item;
    this.sizes[group] = size + 1;
  }

  removeAt(group: number, place: number): number {
    const size = this.sizes[group]!;
    const start = this.starts[group]!;
    const { items } = this;
    const item = items[start + place]!;
    if (size - place > 32) items.copyWithin(start + place, start + place + 1, start + size);
    else for (let i = start + place + 1; i < start + size; i++) items[i - 1] = items[i]!;
    this.sizes[group] = size - 1;
    return item;
  }

  /** Empties the list and gives its block back. */
  clear(group: number): void {
    this.sizes[group] = 0;
    const size = this.#classes[group]!;
    if (size === 0) return;
    this.#free[size]!.push(this.starts[group]!);
    this.#classes[group] = 0;
  }

  #enlarge(group: number, size: number): void {
    const old = this.#classes[group]!;
    const from = this.starts[group]!;
    const next = old + 1;
    const to = this.#take(next);
    this.items.copyWithin(to, from, from + size);
    if (old > 0) this.#free[old]!.push(from);
    this.starts[group] = to;
    this.#classes[group] = next;
  }

  #take(size: number): number {
    const start = this.#free[size]!.pop();
    if (start !== undefined) return start;
    const fresh = this.#used;
    this.#used += 1 << size;
    if (this.#used > this.items.length) this.items = grown(this.items, nextCapacity(this.items.length, this.#used));
    return fresh;
  }

  get byteLength(): number {
    return this.items.byteLength + this.starts.byteLength * 2 + this.#classes.byteLength;
  }

  /** The lists of groups below `bound`. */
  snapshot(bound: number): OrderedListsState {
    const sizes = this.sizes.slice(0, bound);
    const items = new Int32Array(sizes.reduce((sum, size) => sum + size, 0));
    let at = 0;
    for (let group = 0; group < sizes.length; group++) {
      const start = this.starts[group]!;
      items.set(this.items.subarray(start, start + sizes[group]!), at);
      at += sizes[group]!;
    }
    return { sizes, items };
  }

  restore({ sizes, items }: OrderedListsState, capacity: number): void {
    this.ensure(Math.max(capacity, sizes.length));
    let at = 0;
    sizes.forEach((size, group) => {
      for (let i = 0; i < size; i++) this.insert(group, i, items[at++]!);
    });
  }
}
