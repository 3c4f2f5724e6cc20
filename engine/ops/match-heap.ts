/**
 * java.util.PriorityQueue over numbers of partial matches, ordered by their first row: which of several matches with the same first row comes
 * first depends on how that queue sifts, so that it is followed step by step.
 */
export class MatchHeap {
  readonly items: number[] = [];

  /** Orders a before b when `startOf(a) < startOf(b)`. */
  add(item: number, startOf: Float64Array): void {
    const { items } = this;
    let at = items.length;
    const start = startOf[item]!;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (start >= startOf[items[parent]!]!) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }

  get first(): number | undefined {
    return this.items[0];
  }

  poll(startOf: Float64Array): number {
    const { items } = this;
    const first = items[0]!;
    const last = items.pop()!;
    if (items.length > 0) siftDown(items, 0, last, startOf);
    return first;
  }

  /** Leaves out what `test` says; the rest is made a heap again as Java does. */
  removeIf(test: (item: number) => boolean, startOf: Float64Array): void {
    const { items } = this;
    const kept = items.filter((item) => !test(item));
    if (kept.length === items.length) return;
    items.length = 0;
    items.push(...kept);
    for (let at = (items.length >>> 1) - 1; at >= 0; at--) siftDown(items, at, items[at]!, startOf);
  }
}

function siftDown(items: number[], from: number, item: number, startOf: Float64Array): void {
  const start = startOf[item]!;
  const size = items.length;
  const half = size >>> 1;
  let at = from;
  while (at < half) {
    let child = 2 * at + 1;
    const right = child + 1;
    if (right < size && startOf[items[child]!]! > startOf[items[right]!]!) child = right;
    if (start <= startOf[items[child]!]!) break;
    items[at] = items[child]!;
    at = child;
  }
  items[at] = item;
}
