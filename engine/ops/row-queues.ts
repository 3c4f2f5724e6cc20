import { grown, nextCapacity } from '../state/typed.ts';

export interface RowQueuesState {
  readonly sizes: Int32Array;
  /** All queues, one behind the other. */
  readonly items: Int32Array;
}

/** A queue of row numbers for each group: linked lists through one array by row. */
export class RowQueues {
  #next: Int32Array = new Int32Array(64);
  #heads: Int32Array = new Int32Array(0);
  #tails: Int32Array = new Int32Array(0);
  #sizes: Int32Array = new Int32Array(0);

  /** Makes room for groups below `capacity`. */
  ensure(capacity: number): void {
    if (this.#sizes.length >= capacity) return;
    this.#heads = grown(this.#heads, capacity);
    this.#tails = grown(this.#tails, capacity);
    this.#sizes = grown(this.#sizes, capacity);
  }

  size(group: number): number {
    return this.#sizes[group]!;
  }

  /** The oldest row; -1 when there is none. */
  first(group: number): number {
    return this.#sizes[group] === 0 ? -1 : this.#heads[group]!;
  }

  push(group: number, row: number): void {
    if (row >= this.#next.length) this.#next = grown(this.#next, nextCapacity(this.#next.length, row + 1));
    if (this.#sizes[group]!++ === 0) this.#heads[group] = row;
    else this.#next[this.#tails[group]!] = row;
    this.#tails[group] = row;
  }

  /** Takes the oldest row out. */
  shift(group: number): void {
    this.#heads[group] = this.#next[this.#heads[group]!]!;
    this.#sizes[group]!--;
  }

  snapshot(bound: number): RowQueuesState {
    const sizes = this.#sizes.slice(0, bound);
    const items: number[] = [];
    sizes.forEach((size, group) => {
      let row = this.#heads[group]!;
      for (let i = 0; i < size; i++) {
        items.push(row);
        row = this.#next[row]!;
      }
    });
    return { sizes, items: Int32Array.from(items) };
  }

  restore({ sizes, items }: RowQueuesState, capacity: number): void {
    this.ensure(capacity);
    let at = 0;
    sizes.forEach((size, group) => {
      for (let i = 0; i < size; i++) this.push(group, items[at++]!);
    });
  }
}
