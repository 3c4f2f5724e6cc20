/** Which fields of a JSON row go to which columns: the tree of the wanted paths. */
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { assert } from '../assert.ts';
import type { DecoderSpec } from './format.ts';
import type { JsonCursor } from './json-cursor.ts';
import { jsonReader, type JsonReader, type JsonReadOptions } from './json-readers.ts';

export interface ObjectPlan {
  readonly fields: ReadonlyMap<string, FieldPlan>;
  /** All slots below, to be emptied when the object is absent or comes again. */
  readonly slots: readonly number[];
}

export interface FieldPlan {
  readonly type: DataType;
  /** Columns that take the whole value. */
  readonly slots: readonly number[];
  readonly read: JsonReader;
  /** Columns that take fields of the value. */
  readonly nested: ObjectPlan | undefined;
}

interface Wanted {
  readonly path: readonly string[];
  readonly slot: number;
}

export function planPaths(spec: DecoderSpec, options: JsonReadOptions): ObjectPlan {
  return planObject(
    spec.fields,
    spec.paths.map((path, slot) => ({ path, slot })),
    options,
  );
}

function planObject(
  fields: readonly { readonly name: string; readonly type: DataType }[],
  wanted: readonly Wanted[],
  options: JsonReadOptions,
): ObjectPlan {
  const byName = new Map<string, Wanted[]>();
  for (const { path, slot } of wanted) {
    const [name, ...rest] = path as [string, ...string[]];
    byName.set(name, [...(byName.get(name) ?? []), { path: rest, slot }]);
  }
  const plans = new Map<string, FieldPlan>();
  for (const [name, group] of byName) {
    const field = fields.find((candidate) => candidate.name === name);
    assert(field !== undefined, `the wanted field ${name} exists`);
    const deeper = group.filter((item) => item.path.length > 0);
    assert(deeper.length === 0 || field.type.kind === 'ROW', `${name} has fields`);
    plans.set(name, {
      type: field.type,
      slots: group.filter((item) => item.path.length === 0).map((item) => item.slot),
      read: jsonReader(field.type, options),
      nested:
        deeper.length > 0 && field.type.kind === 'ROW' ? planObject(field.type.fields, deeper, options) : undefined,
    });
  }
  return { fields: plans, slots: wanted.map((item) => item.slot) };
}

/**
 * Reads one object into `values`, one entry a wanted column; what is absent becomes null. Of equal keys the last one counts.
 * Throws Malformed.
 */
export function readRow(cursor: JsonCursor, plan: ObjectPlan, values: Value[], options: JsonReadOptions): void {
  for (const slot of plan.slots) values[slot] = null;
  const start = (cursor.skipSpace(), cursor.pos);
  cursor.enter('{');
  const missing = options.failOnMissingField ? new Set(plan.fields.keys()) : undefined;
  while (cursor.nextKey()) {
    const field = plan.fields.get(cursor.key);
    if (field === undefined) {
      cursor.skip();
      continue;
    }
    missing?.delete(cursor.key);
    readField(cursor, field, values, options);
  }
  const [absent] = missing ?? [];
  if (absent !== undefined) cursor.fail(`field "${absent}" is missing`, start);
}

function readField(cursor: JsonCursor, field: FieldPlan, values: Value[], options: JsonReadOptions): void {
  cursor.skipSpace();
  const { pos: start, depth } = cursor;
  // With fail-on-missing-field every field of a ROW counts, wanted or not: then the ROW is read whole, if only to be checked.
  if (field.slots.length > 0 || options.failOnMissingField) {
    const value = field.read(cursor);
    for (const slot of field.slots) values[slot] = value;
    if (field.nested === undefined) return;
    if (value === null) {
      for (const slot of field.nested.slots) values[slot] = null;
      return;
    }
    cursor.retry(start, depth);
  }
  readNested(cursor, field, values, options);
}

function readNested(cursor: JsonCursor, field: FieldPlan, values: Value[], options: JsonReadOptions): void {
  const nested = field.nested!;
  const start = cursor.pos;
  const c = cursor.peek();
  if (c === 0x7b) return readRow(cursor, nested, values, options);
  for (const slot of nested.slots) values[slot] = null;
  if (c === 0x6e) cursor.word();
  else if (options.ignoreParseErrors) cursor.skip();
  else cursor.fail('expected an object', start);
}
