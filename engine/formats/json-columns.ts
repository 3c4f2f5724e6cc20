import { assert } from '../assert.ts';
import type { DataType } from '../types/type.ts';
import type { DecoderSpec } from './format.ts';
import type { LeafField, LeafObject } from './json-shapes.ts';
import { KernelColumns, type Assembly } from './kernel-columns.ts';
import type { KernelMemory } from './kernel-memory.ts';
import { Leaf } from './leaf.ts';

interface MutableField {
  leaf: Leaf | undefined;
  mark: Leaf | undefined;
  nested: { readonly fields: Map<string, MutableField> } | undefined;
}
const emptyField = (): MutableField => ({ leaf: undefined, mark: undefined, nested: undefined });

/** The columns of a JSON decoder, and the tree by which its kernel finds their leaves. A leaf that several paths share is there once. */
export function jsonColumns(
  spec: DecoderSpec,
  memory: KernelMemory,
  rows: number,
): { readonly columns: KernelColumns; readonly root: LeafObject } {
  const root = { fields: new Map<string, MutableField>() };
  const assemble = (field: MutableField, type: DataType): Assembly => {
    if (type.kind !== 'ROW') return { kind: 'leaf', leaf: (field.leaf ??= new Leaf(type, memory, rows)) };
    const nested = (field.nested ??= { fields: new Map() });
    const mark = (field.mark ??= new Leaf(type, memory, rows, 'mark'));
    const parts = type.fields.map(({ name, type: partType }) => assemble(fieldOf(nested, name), partType));
    return { kind: 'row', type, mark, parts };
  };
  const wanted = spec.paths.map((path) => {
    let object = root;
    let type: DataType = { kind: 'ROW', fields: spec.fields, nullable: false };
    let field: MutableField | undefined;
    for (const name of path) {
      if (field !== undefined) object = field.nested ??= { fields: new Map() };
      assert(type.kind === 'ROW', `${path.join('.')} leads through ROWs`);
      type = type.fields.find((candidate) => candidate.name === name)!.type;
      field = fieldOf(object, name);
    }
    return assemble(field!, type);
  });
  return { columns: new KernelColumns(wanted, memory, rows), root: root as { fields: ReadonlyMap<string, LeafField> } };
}

function fieldOf(object: { readonly fields: Map<string, MutableField> }, name: string): MutableField {
  let field = object.fields.get(name);
  if (field === undefined) object.fields.set(name, (field = emptyField()));
  return field;
}
