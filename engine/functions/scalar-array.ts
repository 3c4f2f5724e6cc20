/** ARRAY_CONTAINS and its kin. Elements are compared as SQL compares them, with NULL equal to NULL. */
import { supportsCast } from '../types/cast-rules.ts';
import { commonType } from '../types/coerce.ts';
import { comparatorOf } from '../types/compare.ts';
import { ARRAY, BOOLEAN, INT, isString, STRING, withNullable, type DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { Argument, FunctionBinding, ScalarFunction } from './function.ts';
import { boolean, defineScalar, integer, strictly, text, type Parameter } from './scalar-define.ts';
import { keyOf } from './value-key.ts';

type Array = readonly Value[];
type ArrayType = DataType & { kind: 'ARRAY' };
type Resolved = Pick<FunctionBinding, 'argTypes' | 'type'> | undefined;

const array: Parameter = { fit: (type) => (type.kind === 'ARRAY' ? type : undefined), whenNull: ARRAY(STRING) };
const textArray: Parameter = {
  fit: (type) => (type.kind === 'ARRAY' && isString(type.element) ? type : undefined),
  whenNull: ARRAY(STRING),
};
/** Arrays of what ARRAY_SORT, ARRAY_MAX and ARRAY_MIN order: no BOOLEAN, nothing nested. */
const orderedArray: Parameter = {
  fit: (type) =>
    type.kind === 'ARRAY' && !['BOOLEAN', 'ARRAY', 'MAP', 'MULTISET', 'ROW'].includes(type.element.kind)
      ? type
      : undefined,
  whenNull: ARRAY(INT),
};
const elementOf = (type: DataType): DataType => (type as ArrayType).element;

/** Functions of an array and an element, which is cast to the array's element type where that loses nothing. */
function withElement(
  parts: Pick<ScalarFunction, 'name' | 'signature' | 'summary' | 'nulls' | 'implement'>,
  role: 'stored' | 'sought',
  result: (array: ArrayType, needle: DataType) => DataType,
): ScalarFunction {
  return {
    ...parts,
    deterministic: true,
    resolve(args): Resolved {
      const [haystack, needle] = args;
      if (haystack?.type.kind !== 'ARRAY' || needle === undefined || args.length > 2) return undefined;
      const { element } = haystack.type;
      const fits = needle.type.kind === 'NULL' || supportsCast(needle.type, element, 'implicit');
      if (!fits) return undefined;
      // A text that is only looked for stays as long as it is.
      const target = role === 'sought' && isString(needle.type) ? needle.type : element;
      const argTypes = [haystack.type, withNullable(target, needle.type.nullable)];
      return { argTypes, type: result(haystack.type as ArrayType, needle.type) };
    },
  };
}

/** The arrays as their common type, which is the result's. */
function commonArrays(args: readonly Argument[]): Resolved {
  const types = args.map((arg) => arg.type);
  const type = commonType(types);
  if (type?.kind !== 'ARRAY') return undefined;
  return { argTypes: types.map((own) => withNullable(type, own.nullable)), type };
}

function setFunction(
  name: string,
  arity: 1 | 2 | 'any',
  summary: string,
  run: (arrays: readonly Array[], identity: (value: Value) => unknown) => Array,
): ScalarFunction {
  return {
    name,
    signature: `${name}(${arity === 1 ? 'array' : arity === 2 ? 'array1, array2' : 'array, ...'})`,
    summary,
    nulls: 'strict',
    deterministic: true,
    resolve: (args) => (args.length === arity || (arity === 'any' && args.length > 0) ? commonArrays(args) : undefined),
    implement({ type }) {
      const identity = keyOf(elementOf(type));
      return (...arrays: readonly Array[]) => run(arrays, identity);
    },
  };
}

/** Each value once, in the order of the first occurrences. */
function distinct(values: Array, identity: (value: Value) => unknown): Array {
  const seen = new Set<unknown>();
  return values.filter((value) => {
    const key = identity(value);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Offsets from 1, or from the end when negative; 0 is 1, also one that is counted from the end, as in Flink. The end belongs to the slice. */
function slice(values: Array, start: number, end: number = values.length): Array {
  const place = (offset: number): number => (offset < 0 ? values.length + offset + 1 : offset) || 1;
  const last = Math.min(place(end), values.length);
  const first = Math.max(1, place(start));
  return last < first ? [] : values.slice(first - 1, last);
}

function sorter({ argTypes }: FunctionBinding): (values: Array, ascending?: boolean, nullFirst?: boolean) => Array {
  const compare = comparatorOf(elementOf(argTypes[0]!));
  return (values, ascending = true, nullFirst = ascending) => {
    const sign = ascending ? 1 : -1;
    return [...values].sort((a, b) => {
      if (a === null || b === null) return a === b ? 0 : (a === null) === nullFirst ? -1 : 1;
      return sign * compare(a, b);
    });
  };
}

function extreme(name: 'ARRAY_MAX' | 'ARRAY_MIN', sign: 1 | -1): ScalarFunction {
  return defineScalar({
    name,
    signature: `${name}(array)`,
    summary: `The ${sign > 0 ? 'greatest' : 'least'} element that is not NULL; NULL when there is none.`,
    params: [[orderedArray]],
    returns: ([type]) => withNullable(elementOf(type!), true),
    implement: ({ argTypes }) => {
      const compare = comparatorOf(elementOf(argTypes[0]!));
      return (values: Array) =>
        values.reduce(
          (best, value) => (value !== null && (best === null || compare(value, best) * sign > 0) ? value : best),
          null,
        );
    },
  });
}

/** NULL elements are left out, or replaced when there is a replacement. */
function join(values: readonly (string | null)[], delimiter: string, replacement?: string): string {
  const shown =
    replacement === undefined ? values.filter((value) => value !== null) : values.map((value) => value ?? replacement);
  return shown.join(delimiter);
}

/** The array's type with an element more. */
function extended(type: ArrayType, needle: DataType): DataType {
  const element = withNullable(type.element, type.element.nullable || needle.nullable);
  return { ...type, element, nullable: type.nullable || needle.nullable };
}

const position =
  ({ argTypes }: FunctionBinding) =>
  (values: Array, needle: Value): number => {
    const identity = keyOf(elementOf(argTypes[0]!));
    const wanted = identity(needle);
    return values.findIndex((value) => identity(value) === wanted) + 1;
  };

export const arrayFunctions: readonly ScalarFunction[] = [
  withElement(
    {
      name: 'ARRAY_CONTAINS',
      signature: 'ARRAY_CONTAINS(array, element)',
      summary: 'Whether the array has the element; NULL is found too.',
      nulls: 'custom',
      implement: (binding) => {
        const find = position(binding);
        return (values: Array | null, needle: Value) => (values === null ? null : find(values, needle) > 0);
      },
    },
    'sought',
    (type) => withNullable(BOOLEAN, type.nullable),
  ),
  withElement(
    {
      name: 'ARRAY_POSITION',
      signature: 'ARRAY_POSITION(array, element)',
      summary: 'The place (from 1) of the first such element, 0 when there is none.',
      nulls: 'strict',
      implement: position,
    },
    'sought',
    (type, needle) => withNullable(INT, type.nullable || needle.nullable),
  ),
  withElement(
    {
      name: 'ARRAY_REMOVE',
      signature: 'ARRAY_REMOVE(array, element)',
      summary: 'The array without all such elements.',
      nulls: 'custom',
      implement: ({ argTypes }) => {
        const identity = keyOf(elementOf(argTypes[0]!));
        return (values: Array | null, needle: Value) => {
          const unwanted = identity(needle);
          return values === null ? null : values.filter((value) => identity(value) !== unwanted);
        };
      },
    },
    'sought',
    (type) => type,
  ),
  withElement(
    {
      name: 'ARRAY_APPEND',
      signature: 'ARRAY_APPEND(array, element)',
      summary: 'The array with the element at its end.',
      nulls: 'custom',
      implement: () => (values: Array | null, value: Value) => (values === null ? null : [...values, value]),
    },
    'stored',
    extended,
  ),
  withElement(
    {
      name: 'ARRAY_PREPEND',
      signature: 'ARRAY_PREPEND(array, element)',
      summary: 'The array with the element at its start.',
      nulls: 'custom',
      implement: () => (values: Array | null, value: Value) => (values === null ? null : [value, ...values]),
    },
    'stored',
    extended,
  ),
  setFunction('ARRAY_DISTINCT', 1, 'Each element once.', ([values], identity) => distinct(values!, identity)),
  setFunction('ARRAY_UNION', 2, 'The elements of both arrays, each once.', ([a, b], identity) =>
    distinct([...a!, ...b!], identity),
  ),
  setFunction('ARRAY_CONCAT', 'any', 'The elements of all arrays.', (arrays) => arrays.flat() as Array),
  setFunction(
    'ARRAY_EXCEPT',
    2,
    'The elements of the first array that the second has not, each once.',
    ([a, b], identity) => {
      const other = new Set(b!.map(identity));
      return distinct(
        a!.filter((value) => !other.has(identity(value))),
        identity,
      );
    },
  ),
  setFunction('ARRAY_INTERSECT', 2, 'The elements that both arrays have, each once.', ([a, b], identity) => {
    const other = new Set(b!.map(identity));
    return distinct(
      a!.filter((value) => other.has(identity(value))),
      identity,
    );
  }),
  extreme('ARRAY_MAX', 1),
  extreme('ARRAY_MIN', -1),
  defineScalar({
    name: 'ARRAY_REVERSE',
    signature: 'ARRAY_REVERSE(array)',
    summary: 'The elements in reverse order.',
    params: [[array]],
    returns: ([type]) => type!,
    run: (values: Array) => [...values].reverse(),
  }),
  defineScalar({
    name: 'ARRAY_JOIN',
    signature: 'ARRAY_JOIN(array, delimiter[, nullReplacement])',
    summary: 'The strings of the array joined; NULLs are left out, or replaced.',
    params: [
      [textArray, text],
      [textArray, text, text],
    ],
    bareNull: true,
    returns: strictly(STRING),
    run: join,
  }),
  defineScalar({
    name: 'ARRAY_SLICE',
    signature: 'ARRAY_SLICE(array, start[, end])',
    summary: 'The elements from start to end (both from 1, or from the end when negative, both included).',
    params: [
      [array, integer],
      [array, integer, integer],
    ],
    bareNull: true,
    returns: (types) =>
      withNullable(
        types[0]!,
        types.some((type) => type.nullable),
      ),
    run: (values: Array, start: number | bigint, end?: number | bigint) =>
      slice(values, Number(start), end === undefined ? undefined : Number(end)),
  }),
  defineScalar({
    name: 'ARRAY_SORT',
    signature: 'ARRAY_SORT(array[, ascending[, nullsFirst]])',
    summary: 'The elements in order; NULLs first when ascending and last when not, unless said.',
    params: [[orderedArray], [orderedArray, boolean], [orderedArray, boolean, boolean]],
    bareNull: true,
    returns: (types) =>
      withNullable(
        types[0]!,
        types.some((type) => type.nullable),
      ),
    implement: sorter,
  }),
];
