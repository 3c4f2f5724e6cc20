/**
 * Arrays and maps: constructors, element access, and the functions ARRAY_* and MAP_*.
 *
 * ARRAY (elements), MAP (keys and values by turns), ROW (fields), ITEM (collection, index or key): keys of the constructors and of `x[i]`.
 */
import { MillraceError } from '../errors.ts';
import { leastRestrictive } from '../types/coerce.ts';
import { ARRAY, INT, MAP, notNull, ROW, STRING, withNullable, type DataType } from '../types/type.ts';
import { MapValue, type Value } from '../types/value.ts';
import type { FunctionBinding, ScalarFunction } from './function.ts';
import { arrayFunctions } from './scalar-array.ts';
import { defineScalar, strictly, text } from './scalar-define.ts';
import { item } from './scalar-item.ts';
import { mapFunctions } from './scalar-map.ts';
import { keyOf } from './value-key.ts';

type Resolved = Pick<FunctionBinding, 'argTypes' | 'type'> | undefined;

const arrayConstructor: ScalarFunction = {
  name: 'ARRAY',
  signature: 'ARRAY[value, ...]',
  summary: 'An array of the values, cast to their common type.',
  nulls: 'custom',
  deterministic: true,
  resolve(args) {
    const types = args.map((arg) => arg.type);
    const element = leastRestrictive(types);
    if (element === undefined || element.kind === 'NULL') return undefined;
    return { argTypes: types.map((type) => withNullable(element, type.nullable)), type: notNull(ARRAY(element)) };
  },
  implement:
    () =>
    (...values: readonly Value[]) =>
      values,
};

const mapConstructor: ScalarFunction = {
  name: 'MAP',
  signature: 'MAP[key, value, ...]',
  summary: 'A map of the pairs; of equal keys the last counts.',
  nulls: 'custom',
  deterministic: true,
  resolve(args): Resolved {
    const types = args.map((arg) => arg.type);
    if (types.length === 0 || types.length % 2 !== 0) return undefined;
    if (types.some((type) => type.kind === 'NULL')) return undefined;
    const key = leastRestrictive(types.filter((_, i) => i % 2 === 0));
    const value = leastRestrictive(types.filter((_, i) => i % 2 === 1));
    if (key === undefined || value === undefined || key.kind === 'NULL' || value.kind === 'NULL') return undefined;
    return {
      argTypes: types.map((type, i) => withNullable(i % 2 === 0 ? key : value, type.nullable)),
      type: notNull(MAP(key, value)),
    };
  },
  implement({ type }) {
    const identity = keyOf((type as DataType & { kind: 'MAP' }).key);
    return (...values: readonly Value[]) => {
      const entries = new Map<unknown, readonly [Value, Value]>();
      for (let i = 0; i < values.length; i += 2) entries.set(identity(values[i]!), [values[i]!, values[i + 1]!]);
      return new MapValue([...entries.values()]);
    };
  },
};

const rowConstructor: ScalarFunction = {
  name: 'ROW',
  signature: 'ROW(value, ...)',
  summary: 'A row of the values; its fields are named EXPR$0, EXPR$1...',
  nulls: 'custom',
  deterministic: true,
  resolve(args) {
    if (args.some((arg) => arg.type.kind === 'NULL')) {
      throw new MillraceError('SQL_TYPE', 'a bare NULL has no type in a row', {
        hint: 'give it one: CAST(NULL AS STRING)',
      });
    }
    const fields = args.map((arg, i) => ({ name: `EXPR$${i}`, type: arg.type }));
    return { argTypes: args.map((arg) => arg.type), type: notNull(ROW(fields)) };
  },
  implement:
    () =>
    (...values: readonly Value[]) =>
      values,
};

const cardinality: ScalarFunction = {
  name: 'CARDINALITY',
  signature: 'CARDINALITY(array | map | multiset)',
  summary: 'The number of elements or entries.',
  nulls: 'strict',
  deterministic: true,
  resolve([arg, ...more]) {
    if (arg === undefined || more.length > 0 || !['ARRAY', 'MAP', 'MULTISET'].includes(arg.type.kind)) return undefined;
    return { argTypes: [arg.type], type: withNullable(INT, arg.type.nullable) };
  },
  implement: () => (value: readonly Value[] | MapValue) =>
    value instanceof MapValue ? value.entries.length : value.length,
};

const element: ScalarFunction = {
  name: 'ELEMENT',
  signature: 'ELEMENT(array)',
  summary: 'The only element of an array; NULL of an empty one. Fails when there are more.',
  nulls: 'strict',
  deterministic: true,
  resolve([arg, ...more]) {
    if (arg === undefined || more.length > 0 || arg.type.kind !== 'ARRAY') return undefined;
    return {
      argTypes: [arg.type],
      type: withNullable(arg.type.element, arg.type.nullable || arg.type.element.nullable),
    };
  },
  implement: () => (value: readonly Value[]) => {
    if (value.length > 1) throw new MillraceError('RUNTIME_FAILED', 'ELEMENT: the array has more than one element');
    return value[0] ?? null;
  },
};

/** The parts between the delimiters; an empty delimiter splits into characters. */
function split(value: string, delimiter: string): readonly string[] {
  if (value === '') return [];
  return delimiter === '' ? Array.from(value) : value.split(delimiter);
}

export const collectionFunctions: readonly ScalarFunction[] = [
  arrayConstructor,
  mapConstructor,
  rowConstructor,
  item,
  cardinality,
  element,
  defineScalar({
    name: 'SPLIT',
    signature: 'SPLIT(string, delimiter)',
    summary: 'The parts of the string between delimiters, as an array; its characters for an empty delimiter.',
    params: [[text, text]],
    bareNull: true,
    returns: strictly(ARRAY(STRING)),
    run: split,
  }),
  ...arrayFunctions,
  ...mapFunctions,
];
