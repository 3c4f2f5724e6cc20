/**
 * Numbers (session slots) by the time at which they are due, when that time keeps moving later: a slot is looked at again only when the time at which
 * it was filed has come, so moving it costs nothing.
 */
export class TimerWheel {
  readonly #width: number;
  readonly #buckets = new Map<number, number[]>();
  /** No slot is due before this. */
  #next = Infinity;

  /** @param width ms a bucket */
  constructor(width: number) {
    this.#width = Math.max(1, width);
  }

  #bucketOf(time: number): number {
    return Math.floor(time / this.#width);
  }

  add(slot: number, time: number): void {
    const bucket = this.#bucketOf(time);
    const slots = this.#buckets.get(bucket);
    if (slots === undefined) this.#buckets.set(bucket, [slot]);
    else slots.push(slot);
    if (time < this.#next) this.#next = time;
  }

  /**
   * Takes out the slots that are due at `time`. `timeOf` gives a slot's time now, NaN when it is to be forgotten.
   * A slot may come twice when it was given up and used again: the caller ignores what it has seen.
   */
  take(time: number, timeOf: (slot: number) => number, isDue: (slotTime: number) => boolean): number[] {
    if (time < this.#next) return [];
    const last = time === Infinity ? Infinity : this.#bucketOf(time);
    const due: number[] = [];
    const moved: number[] = [];
    const buckets = [...this.#buckets.keys()].filter((bucket) => bucket <= last).sort((a, b) => a - b);
    for (const bucket of buckets) {
      const slots = this.#buckets.get(bucket)!;
      this.#buckets.delete(bucket);
      for (const slot of slots) {
        const now = timeOf(slot);
        if (now !== now) continue;
        if (isDue(now)) due.push(slot);
        else moved.push(slot);
      }
    }
    // Times only grow: a bucket's start is a bound for those that are not looked at.
    this.#next = Infinity;
    for (const bucket of this.#buckets.keys()) this.#next = Math.min(this.#next, bucket * this.#width);
    for (const slot of moved) this.add(slot, timeOf(slot));
    return due;
  }

  clear(): void {
    this.#buckets.clear();
    this.#next = Infinity;
  }
}
