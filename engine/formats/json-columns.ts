import { assert } from '../assert.ts';
import type { Column } from '../data/column.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { DecoderSpec } from './format.ts';
import { Leaf, type Arena, type TextStore } from './json-leaves.ts';
import type { LeafField, LeafObject } from './json-shapes.ts';
import type { KernelMemory } from './kernel-memory.ts';

/** How a wanted column is put together: of one leaf, or of a ROW's parts and the mark that says whether the ROW is there. */
type Assembly =
  | { readonly kind: 'leaf'; readonly leaf: Leaf }
  | { readonly kind: 'row'; readonly type: DataType; readonly mark: Leaf; readonly parts: readonly Assembly[] };

interface MutableField {
  leaf: Leaf | undefined;
  mark: Leaf | undefined;
  nested: { readonly fields: Map<string, MutableField> } | undefined;
}

/** All leaves of a decoder, the tree by which the kernel finds them, and the columns that come of them. */
export class JsonColumns {
  readonly leaves: Leaf[] = [];
  readonly root: LeafObject;
  /** One for each wanted path. */
  readonly #wanted: readonly Assembly[];
  readonly #memory: KernelMemory;
  /** Values of captured leaves that the general decoder has read already, by leaf and row. */
  readonly #captured = new Map<Leaf, Map<number, Value>>();
  rows: number;

  constructor(spec: DecoderSpec, memory: KernelMemory, rows: number) {
    this.#memory = memory;
    this.rows = rows;
    const root = { fields: new Map<string, MutableField>() };
    this.#wanted = spec.paths.map((path) => {
      let object = root;
      let type: DataType = { kind: 'ROW', fields: spec.fields, nullable: false };
      let field: MutableField | undefined;
      for (const name of path) {
        if (field !== undefined) object = field.nested ??= { fields: new Map() };
        assert(type.kind === 'ROW', `${path.join('.')} leads through ROWs`);
        type = type.fields.find((candidate) => candidate.name === name)!.type;
        field = object.fields.get(name);
        if (field === undefined)
          object.fields.set(name, (field = { leaf: undefined, mark: undefined, nested: undefined }));
      }
      return this.#assembly(field!, type);
    });
    this.root = root as { fields: ReadonlyMap<string, LeafField> };
  }

  #assembly(field: MutableField, type: DataType): Assembly {
    if (type.kind !== 'ROW') return { kind: 'leaf', leaf: (field.leaf ??= this.#leaf(type, false)) };
    const nested = (field.nested ??= { fields: new Map() });
    const mark = (field.mark ??= this.#leaf(type, true));
    const parts = type.fields.map(({ name, type: partType }) => {
      let part = nested.fields.get(name);
      if (part === undefined) nested.fields.set(name, (part = { leaf: undefined, mark: undefined, nested: undefined }));
      return this.#assembly(part, partType);
    });
    return { kind: 'row', type, mark, parts };
  }

  #leaf(type: DataType, mark: boolean): Leaf {
    const leaf = new Leaf(type, this.#memory, this.rows, mark);
    this.leaves.push(leaf);
    return leaf;
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

  /** Takes a row from the general decoder: one value for each wanted path. */
  store(row: number, values: readonly Value[], text: TextStore): void {
    for (const leaf of this.leaves) this.#memory.u8[leaf.valid.at + row] = 0;
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

  /** The wanted columns of the first `n` rows, in memory of their own; `read` makes a value of a captured text. */
  take(n: number, arena: Arena, read: (leaf: Leaf, start: number, end: number) => Value): Column[] {
    const made = new Map<Leaf, Column>();
    return this.#wanted.map((wanted) => this.#column(wanted, n, arena, read, made));
  }

  #column(
    assembly: Assembly,
    n: number,
    arena: Arena,
    read: (leaf: Leaf, start: number, end: number) => Value,
    made: Map<Leaf, Column>,
  ): Column {
    if (assembly.kind === 'row') {
      const children = assembly.parts.map((part) => this.#column(part, n, arena, read, made));
      const valid = assembly.mark.validity(this.#memory, n);
      return { storage: 'row', type: assembly.type, length: n, valid, children };
    }
    const { leaf } = assembly;
    let column = made.get(leaf);
    if (column === undefined) {
      const known = this.#captured.get(leaf);
      column = leaf.column(this.#memory, n, arena, (row, start, end) =>
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
