import { grown, nextCapacity } from '../state/typed.ts';

/**
 * Numbers (session slots) by the time at which they are due, when that time keeps moving later: a slot is looked at again only when the time at which
 * it was filed has come, so moving it costs nothing. A binary heap over two arrays: `add` and each slot taken cost a logarithm of the size.
 */
export class TimerHeap {
  #times = new Float64Array(64);
  #slots = new Int32Array(64);
  #size = 0;

  add(slot: number, time: number): void {
    let at = this.#size++;
    if (at === this.#slots.length) {
      const capacity = nextCapacity(this.#slots.length, this.#size);
      this.#times = grown(this.#times, capacity);
      this.#slots = grown(this.#slots, capacity);
    }
    const times = this.#times;
    const slots = this.#slots;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (times[parent]! <= time) break;
      times[at] = times[parent]!;
      slots[at] = slots[parent]!;
      at = parent;
    }
    times[at] = time;
    slots[at] = slot;
  }

  /** Whether a slot was filed for `time` or before. */
  isReached(time: number): boolean {
    return this.#size > 0 && this.#times[0]! <= time;
  }

  /**
   * Takes out the slots that are due at `time`. `timeOf` gives a slot's time now, NaN when it is to be forgotten.
   * A slot may come twice when it was given up and used again: the caller ignores what it has seen.
   */
  take(time: number, timeOf: (slot: number) => number, isDue: (slotTime: number) => boolean): number[] {
    const due: number[] = [];
    const early: number[] = [];
    while (this.isReached(time)) {
      const slot = this.#pop();
      const now = timeOf(slot);
      if (now !== now) continue;
      if (isDue(now)) due.push(slot);
      else if (now > time) this.add(slot, now);
      else early.push(slot);
    }
    for (const slot of early) this.add(slot, timeOf(slot));
    return due;
  }

  #pop(): number {
    const times = this.#times;
    const slots = this.#slots;
    const top = slots[0]!;
    const size = --this.#size;
    const time = times[size]!;
    const slot = slots[size]!;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && times[child + 1]! < times[child]!) child++;
      if (times[child]! >= time) break;
      times[at] = times[child]!;
      slots[at] = slots[child]!;
      at = child;
    }
    times[at] = time;
    slots[at] = slot;
    return top;
  }

  clear(): void {
    this.#size = 0;
  }
}
