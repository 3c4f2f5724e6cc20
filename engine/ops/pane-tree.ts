import type { Pane } from './window-pane.ts';

const FANOUT = 8;

interface Node {
  readonly level: number;
  /** Covers slices index * FANOUT^level and the FANOUT^level - 1 after it. */
  readonly index: number;
  /** Undefined: none of its slices has rows. */
  readonly pane: Pane | undefined;
  /** Whether the pane is the node's own and not that of its only part. */
  readonly owned: boolean;
}

/**
 * Sums of runs of slices, for HOP windows of many slices: a window of n slices is then a sum of about 14 log8(n) panes instead of n.
 *
 * State: panes that can be computed again from those of the slices, so it is no part of a snapshot. A row that comes late for a slice drops the
 * sums over it.
 */
export class PaneTree {
  readonly #take: () => Pane;
  readonly #release: (pane: Pane) => void;
  readonly #merge: (target: Pane, source: Pane) => void;
  readonly #nodes = new Map<string, Node>();

  constructor(take: () => Pane, release: (pane: Pane) => void, merge: (target: Pane, source: Pane) => void) {
    this.#take = take;
    this.#release = release;
    this.#merge = merge;
  }

  /** Panes that together hold slices first .. last, in order. */
  cover(first: number, last: number, paneOf: (slice: number) => Pane | undefined): Pane[] {
    const panes: Pane[] = [];
    for (let slice = first; slice <= last;) {
      let level = 0;
      let span = 1;
      while (slice % (span * FANOUT) === 0 && slice + span * FANOUT - 1 <= last) {
        level++;
        span *= FANOUT;
      }
      const pane = this.#sum(level, slice / span, paneOf);
      if (pane !== undefined) panes.push(pane);
      slice += span;
    }
    return panes;
  }

  #sum(level: number, index: number, paneOf: (slice: number) => Pane | undefined): Pane | undefined {
    if (level === 0) return paneOf(index);
    const key = `${level},${index}`;
    const known = this.#nodes.get(key);
    if (known !== undefined) return known.pane;
    const parts: Pane[] = [];
    for (let child = index * FANOUT; child < (index + 1) * FANOUT; child++) {
      const part = this.#sum(level - 1, child, paneOf);
      if (part !== undefined) parts.push(part);
    }
    const owned = parts.length > 1;
    const pane = owned ? this.#take() : parts[0];
    if (owned) for (const part of parts) this.#merge(pane!, part);
    this.#nodes.set(key, { level, index, pane, owned });
    return pane;
  }

  /** The slice has changed. */
  invalidate(slice: number): void {
    if (this.#nodes.size === 0) return;
    for (const [key, node] of this.#nodes) {
      if (Math.floor(slice / FANOUT ** node.level) === node.index) this.#drop(key, node);
    }
  }

  /** No slice before this one is asked for again. */
  forgetBefore(slice: number): void {
    for (const [key, node] of this.#nodes) if (node.index * FANOUT ** node.level < slice) this.#drop(key, node);
  }

  #drop(key: string, { pane, owned }: Node): void {
    this.#nodes.delete(key);
    if (owned) this.#release(pane!);
  }

  /** The panes that are its own. */
  panes(): Pane[] {
    return Array.from(this.#nodes.values()).flatMap(({ pane, owned }) => (owned ? [pane!] : []));
  }
}
