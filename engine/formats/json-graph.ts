import { EDGE } from '../wasm/ndjson-kernel.ts';
import { ROOT, type Edge, type JsonShapes } from './json-shapes.ts';
import type { KernelMemory, Region } from './kernel-memory.ts';

/** The graph of edges as the kernel reads it. */
export class JsonGraph {
  readonly #memory: KernelMemory;
  readonly #region: Region;
  #written: (readonly [place: string, alternatives: readonly Edge[], at: number])[] = [];
  /** Address of the first edge; 0 while nothing is known. */
  root = 0;

  constructor(memory: KernelMemory) {
    this.#memory = memory;
    this.#region = memory.region(64 * EDGE.bytes);
  }

  /** Writes all edges anew, with the addresses that the columns have now. */
  write(shapes: JsonShapes): void {
    const places = [...shapes.places];
    const total = places.reduce((sum, [, alternatives]) => sum + alternatives.length, 0);
    this.#memory.enlarge(this.#region, total * EDGE.bytes, 0);
    let at = this.#region.at;
    const first = new Map<string, number>();
    this.#written = places.map(([place, alternatives]) => {
      first.set(place, at);
      const entry = [place, alternatives, at] as const;
      at += alternatives.length * EDGE.bytes;
      return entry;
    });
    for (const [, alternatives, begin] of this.#written) {
      alternatives.forEach((edge, i) => this.#edge(edge, begin + i * EDGE.bytes, i + 1 < alternatives.length, first));
    }
    this.root = first.get(ROOT) ?? 0;
  }

  #edge(edge: Edge, at: number, hasAlternative: boolean, first: ReadonlyMap<string, number>): void {
    const { u8, i32 } = this.#memory;
    const { text, op, x, y, leaf, next } = edge;
    u8.fill(0, at, at + EDGE.bytes);
    u8.set(text, at);
    const set = (field: number, value: number): void => void (i32[(at + field) >> 2] = value);
    set(EDGE.mask, text.length === 16 ? 0xffff : (1 << text.length) - 1);
    set(EDGE.length, text.length);
    set(EDGE.op, op);
    set(EDGE.next, first.get(next) ?? 0);
    set(EDGE.alternative, hasAlternative ? at + EDGE.bytes : 0);
    set(EDGE.a, leaf?.a.at ?? 0);
    set(EDGE.b, leaf?.b.at ?? 0);
    set(EDGE.valid, leaf?.valid.at ?? 0);
    set(EDGE.x, x);
    set(EDGE.y, y);
  }

  /**
   * Puts alternatives in front that more than half of `rows` rows took, by the counts of the kernel; true when the order changed.
   * An alternative was taken as often as it was tried less the tries of the next one.
   */
  reorder(shapes: JsonShapes, rows: number): boolean {
    const { i32 } = this.#memory;
    let changed = false;
    for (const [place, alternatives, begin] of this.#written) {
      for (let i = 1; i < alternatives.length; i++) {
        const tries = (begin + i * EDGE.bytes + EDGE.tries) >> 2;
        const after = i + 1 < alternatives.length ? i32[tries + EDGE.bytes / 4]! : 0;
        const taken = i32[tries]! - after;
        if (taken <= rows / 2) continue;
        alternatives[i]!.weight = alternatives[0]!.weight + 1;
        shapes.sort(place);
        changed = true;
        break;
      }
    }
    for (const [, alternatives, begin] of this.#written) {
      for (let i = 1; i < alternatives.length; i++) i32[(begin + i * EDGE.bytes + EDGE.tries) >> 2] = 0;
    }
    return changed;
  }
}
