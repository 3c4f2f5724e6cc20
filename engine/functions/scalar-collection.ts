/**
 * Arrays and maps: constructors, element access, and the functions ARRAY_* and MAP_*.
 *
 * ARRAY (elements), MAP (keys and values by turns), ROW (fields), ITEM (collection, index or key): keys of the constructors and of `x[i]`.
 */
import { MillraceError } from '../errors.ts';
import { leastRestrictive } from '../types/coerce.ts';
import { supportsCast } from '../types/cast-rules.ts';
import {
  ARRAY,
  INT,
  isInteger,
  isString,
  MAP,
  notNull,
  ROW,
  sameType,
  STRING,
  withNullable,
  type DataType,
} from '../types/type.ts';
import { MapValue, type Value } from '../types/value.ts';
import type { FunctionBinding, ScalarFunction } from './function.ts';
import { arrayFunctions } from './scalar-array.ts';
import { defineScalar, literalInteger, strictly, text } from './scalar-define.ts';
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

/** The type to which the key of an access is cast: texts are compared as they are, whatever their lengths. */
function accessKey(given: DataType, key: DataType): DataType | undefined {
  if (isString(given) && isString(key)) return given;
  if (sameType(given, key, { nullability: false }) || (isInteger(given) && isInteger(key))) return given;
  return supportsCast(given, key, 'implicit') ? withNullable(key, given.nullable) : undefined;
}

/** `array[index]` from 1 and `map[key]`; NULL for what is not there (Flink 2.3 gives -1 where elements are NOT NULL integers). */
const item: ScalarFunction = {
  name: 'ITEM',
  signature: 'array[index] or map[key]',
  summary: 'The element at an index from 1, or the value of a key; NULL when there is none.',
  nulls: 'strict',
  deterministic: true,
  resolve(args) {
    const [collection, index] = args;
    if (collection === undefined || index === undefined) return undefined;
    const { type } = collection;
    if (type.kind === 'ARRAY' && isInteger(index.type)) {
      const constant = literalInteger(index);
      if (constant !== undefined && constant < 1) {
        throw new MillraceError(
          'SQL_LITERAL',
          `an array's first element has the index 1, and the index is ${constant}`,
        );
      }
      return { argTypes: [type, index.type], type: withNullable(type.element, true) };
    }
    const key = type.kind === 'MAP' ? accessKey(index.type, type.key) : undefined;
    return type.kind === 'MAP' && key !== undefined
      ? { argTypes: [type, key], type: withNullable(type.value, true) }
      : undefined;
  },
  implement({ argTypes }) {
    const [type, index] = argTypes;
    if (type!.kind === 'ARRAY') return (array: readonly Value[], at: number | bigint) => array[Number(at) - 1] ?? null;
    const identity = isInteger(index!) ? String : keyOf(index!);
    return (map: MapValue, key: Value) => {
      const wanted = identity(key);
      return map.entries.find((entry) => entry[0] !== null && identity(entry[0]) === wanted)?.[1] ?? null;
    };
  },
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
