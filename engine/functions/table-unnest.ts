/** UNNEST: the elements of an ARRAY, MAP or MULTISET as rows. */
import type { Column } from '../data/column.ts';
import { sliceColumn, takeColumn } from '../data/take.ts';
import type { Schema } from '../types/schema.ts';
import { INT, notNull, withNullable } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import type { Expansion, TableFunction } from './function.ts';

/**
 * One row an element, in order: its value, or the fields of a ROW; KEY and VALUE of a map; an element of a MULTISET as often as it is in it.
 * NULL and an empty collection give no row. With the option `ordinality` a column ORDINALITY counts the elements of each row from 1.
 * As Flink, a ROW element that is NULL gives no row.
 */
export const unnest: TableFunction = {
  name: 'UNNEST',
  signature: 'UNNEST(array | map | multiset) [WITH ORDINALITY]',
  summary: 'The elements of a collection, one row each.',
  deterministic: true,
  resolve([arg, ...more], options) {
    const columns = arg === undefined || more.length > 0 ? undefined : elementColumns(arg.type);
    if (columns === undefined) return undefined;
    const ordinality = { name: 'ORDINALITY', type: notNull(INT) };
    return { argTypes: [arg!.type], columns: options['ordinality'] === true ? [...columns, ordinality] : columns };
  },
  implement({ argTypes, options }) {
    const hasOrdinality = options['ordinality'] === true;
    const isRows = argTypes[0]!.kind !== 'MAP';
    return ([collection], length) => {
      const whole = elements(collection!, length);
      const made = isRows ? fieldsOf(whole) : whole;
      return hasOrdinality ? { ...made, columns: [...made.columns, ordinals(whole, made)] } : made;
    };
  },
};

function elementColumns(type: DataType): Schema | undefined {
  switch (type.kind) {
    case 'ARRAY':
    case 'MULTISET': {
      const { element } = type;
      if (element.kind !== 'ROW') return [{ name: 'EXPR$0', type: element }];
      return element.fields.map((field) => ({
        name: field.name,
        type: withNullable(field.type, field.type.nullable || element.nullable),
      }));
    }
    case 'MAP':
      return [
        { name: 'KEY', type: type.key },
        { name: 'VALUE', type: type.value },
      ];
    default:
      return undefined;
  }
}

/** `places[k]`: the number of row k within its collection, from 1; absent: they simply count up. */
interface Elements extends Expansion {
  readonly places?: Int32Array | undefined;
}

function elements(column: Column, length: number): Elements {
  const offsets = new Int32Array(length + 1);
  if (column.storage !== 'list' && column.storage !== 'map') return { offsets, columns: [] };
  const { valid } = column;
  const from = column.offsets;
  // A NULL has no elements; where none has any in its place either, the children are rows as they stand.
  let isDense = true;
  for (let i = 0; i < length; i++) {
    const isNull = valid !== undefined && valid[i] === 0;
    const count = isNull ? 0 : from[i + 1]! - from[i]!;
    if (count !== from[i + 1]! - from[i]!) isDense = false;
    offsets[i + 1] = offsets[i]! + count;
  }
  const children = column.storage === 'list' ? [column.child] : [column.keys, column.items];
  const columns = isDense
    ? children.map((child) => sliceColumn(child, from[0]!, from[length]!))
    : children.map((child) => takeColumn(child, placesOf(column, offsets, length)));
  return column.type.kind === 'MULTISET' ? repeated(offsets, columns, length) : { offsets, columns };
}

function placesOf(
  column: Extract<Column, { storage: 'list' | 'map' }>,
  offsets: Int32Array,
  length: number,
): Int32Array {
  const places = new Int32Array(offsets[length]!);
  for (let i = 0; i < length; i++) {
    for (let k = offsets[i]!, j = column.offsets[i]!; k < offsets[i + 1]!; k++, j++) places[k] = j;
  }
  return places;
}

/** Each element as often as its count says. */
function repeated(offsets: Int32Array, [keys, counts]: readonly Column[], length: number): Expansion {
  const { values } = counts as Extract<Column, { storage: 'i32' }>;
  const made = new Int32Array(length + 1);
  const places: number[] = [];
  for (let i = 0; i < length; i++) {
    for (let k = offsets[i]!; k < offsets[i + 1]!; k++) for (let n = values[k]!; n > 0; n--) places.push(k);
    made[i + 1] = places.length;
  }
  return { offsets: made, columns: [takeColumn(keys!, Int32Array.from(places))] };
}

/** ROW elements become their fields, and NULLs among them are left out. */
function fieldsOf(expansion: Expansion): Elements {
  const [column] = expansion.columns;
  if (column === undefined || column.storage !== 'row') return expansion;
  const { valid, children } = column;
  if (valid === undefined) return { offsets: expansion.offsets, columns: children };
  const offsets = new Int32Array(expansion.offsets.length);
  const kept: number[] = [];
  const places: number[] = [];
  for (let i = 0; i + 1 < offsets.length; i++) {
    const first = expansion.offsets[i]!;
    for (let k = first; k < expansion.offsets[i + 1]!; k++) {
      if (valid[k] === 0) continue;
      kept.push(k);
      places.push(k - first + 1);
    }
    offsets[i + 1] = kept.length;
  }
  const rows = Int32Array.from(kept);
  return { offsets, columns: children.map((child) => takeColumn(child, rows)), places: Int32Array.from(places) };
}

function ordinals(whole: Expansion, { offsets, places }: Elements): Column {
  const length = offsets.at(-1)!;
  const head = { type: notNull(INT), length, valid: undefined, storage: 'i32' as const };
  if (places !== undefined) return { ...head, values: places };
  const values = new Int32Array(length);
  for (let i = 0; i + 1 < whole.offsets.length; i++) {
    for (let k = offsets[i]!, n = 1; k < offsets[i + 1]!; k++) values[k] = n++;
  }
  return { ...head, values };
}
