import type { Column } from '../data/column.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { KernelMemory } from './kernel-memory.ts';
import { LeafArrays } from './leaf-arrays.ts';
import type { Arena, Leaf, TextStore } from './leaf.ts';

/** How a wanted column is put together: of one leaf, or of a ROW's parts and the mark that says whether the ROW is there. */
export type Assembly =
  | { readonly kind: 'leaf'; readonly leaf: Leaf }
  | { readonly kind: 'row'; readonly type: DataType; readonly mark: Leaf; readonly parts: readonly Assembly[] };

/** Makes the value of a captured text of the input. */
export type ReadCaptured = (leaf: Leaf, start: number, end: number) => Value;

/** The leaves of a decoder and the columns that come of them. */
export class KernelColumns {
  readonly leaves: readonly Leaf[];
  /** One for each wanted path. */
  readonly #wanted: readonly Assembly[];
  readonly #memory: KernelMemory;
  /** Values of captured leaves that the general decoder has read already, by leaf and row. */
  readonly #captured = new Map<Leaf, Map<number, Value>>();
  /** Rows for which there is room. */
  rows: number;

  constructor(wanted: readonly Assembly[], memory: KernelMemory, rows: number) {
    this.#wanted = wanted;
    this.leaves = [...new Set(wanted.flatMap(leavesOf))];
    this.#memory = memory;
    this.rows = rows;
  }

  /** Room for more rows; the first `used` are kept. */
  enlarge(rows: number, used: number): void {
    for (const leaf of this.leaves) leaf.enlarge(this.#memory, rows, used);
    this.rows = rows;
  }

  /** Rows 0 .. n are NULL everywhere. */
  clear(n: number): void {
    for (const { valid } of this.leaves) this.#memory.u8.fill(0, valid.at, valid.at + n);
    this.#captured.clear();
  }

  /** One row is NULL everywhere. */
  clearRow(row: number): void {
    for (const { valid } of this.leaves) this.#memory.u8[valid.at + row] = 0;
    for (const values of this.#captured.values()) values.delete(row);
  }

  /** Takes a row from the general decoder: one value for each wanted path. */
  store(row: number, values: readonly Value[], text: TextStore): void {
    this.clearRow(row);
    for (let i = 0; i < values.length; i++) this.#store(this.#wanted[i]!, row, values[i]!, text);
  }

  #store(assembly: Assembly, row: number, value: Value, text: TextStore): void {
    if (value === null) return;
    if (assembly.kind === 'row') {
      this.#memory.u8[assembly.mark.valid.at + row] = 1;
      assembly.parts.forEach((part, i) => this.#store(part, row, (value as readonly Value[])[i]!, text));
    } else if (assembly.leaf.kind === 'capture') {
      let values = this.#captured.get(assembly.leaf);
      if (values === undefined) this.#captured.set(assembly.leaf, (values = new Map()));
      values.set(row, value);
      this.#memory.u8[assembly.leaf.valid.at + row] = 1;
    } else assembly.leaf.store(this.#memory, row, value, text);
  }

  /** The wanted columns of the first `n` rows, in memory of their own or (`lent`) as they stand in the kernel's. */
  take(n: number, lent: boolean, arena: Arena, read: ReadCaptured): Column[] {
    const arrays = new LeafArrays(this.#memory, n, lent);
    const made = new Map<Leaf, Column>();
    return this.#wanted.map((wanted) => this.#column(wanted, arrays, arena, read, made));
  }

  #column(assembly: Assembly, arrays: LeafArrays, arena: Arena, read: ReadCaptured, made: Map<Leaf, Column>): Column {
    const n = arrays.length;
    if (assembly.kind === 'row') {
      const children = assembly.parts.map((part) => this.#column(part, arrays, arena, read, made));
      const valid = arrays.validity(assembly.mark.valid);
      return { storage: 'row', type: assembly.type, length: n, valid, children };
    }
    const { leaf } = assembly;
    let column = made.get(leaf);
    if (column === undefined) {
      const known = this.#captured.get(leaf);
      column = leaf.column(arrays, arena, (row, start, end) =>
        known?.has(row) ? known.get(row)! : read(leaf, start, end),
      );
      made.set(leaf, column);
    }
    return column;
  }

  /** true: some leaf is stored in another way from now on. */
  reconsider(n: number): boolean {
    return this.leaves.reduce((changed, leaf) => leaf.reconsider(n) || changed, false);
  }
}

function leavesOf(assembly: Assembly): Leaf[] {
  return assembly.kind === 'leaf' ? [assembly.leaf] : [assembly.mark, ...assembly.parts.flatMap(leavesOf)];
}
