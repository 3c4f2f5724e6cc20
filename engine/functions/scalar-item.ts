/** Access to elements by `x[i]`: arrays, maps, fields of rows, parts of variants. */
import { MillraceError } from '../errors.ts';
import { supportsCast } from '../types/cast-rules.ts';
import { isInteger, isString, sameType, VARIANT, withNullable, type DataType } from '../types/type.ts';
import type { MapValue, Value } from '../types/value.ts';
import type { Argument, FunctionBinding, ScalarFunction } from './function.ts';
import { isArray, isObject } from './json-value.ts';
import { literalInteger, literalText, type Closure } from './scalar-define.ts';
import { keyOf } from './value-key.ts';
import { normal, readVariant } from './variant-parse.ts';

type Resolved = Pick<FunctionBinding, 'argTypes' | 'type'> | undefined;
type RowType = DataType & { kind: 'ROW' };
type Collection = Extract<DataType, { element: DataType }>;

/** The type to which the key of an access is cast: texts are compared as they are, whatever their lengths. */
function accessKey(given: DataType, key: DataType): DataType | undefined {
  if (isString(given) && isString(key)) return given;
  if (sameType(given, key, { nullability: false }) || (isInteger(given) && isInteger(key))) return given;
  return supportsCast(given, key, 'implicit') ? withNullable(key, given.nullable) : undefined;
}

function resolveArray(type: Collection, index: Argument): Resolved {
  if (!isInteger(index.type)) return undefined;
  const constant = literalInteger(index);
  if (constant !== undefined && constant < 1) {
    throw new MillraceError('SQL_LITERAL', `an array's first element has the index 1, and the index is ${constant}`);
  }
  return { argTypes: [type, index.type], type: withNullable(type.element, true) };
}

/** Which field of a row a constant means: a place from 1, or a name. */
function fieldOf(type: RowType, index: Argument): number {
  const name = literalText(index);
  if (name !== undefined) return type.fields.findIndex((field) => field.name === name);
  return (literalInteger(index) ?? 0) - 1;
}

function resolveRow(type: RowType, index: Argument): Resolved {
  if (type.className !== undefined || !(isInteger(index.type) || isString(index.type))) return undefined;
  const found = type.fields[fieldOf(type, index)];
  if (found === undefined) {
    throw new MillraceError('SQL_TYPE', 'the row has no such field: its index must be a constant', {
      hint: `a place from 1 to ${type.fields.length} or one of ${type.fields.map(({ name }) => name).join(', ')}`,
    });
  }
  const nullable = type.nullable || found.type.nullable;
  return { argTypes: [type, index.type], type: withNullable(found.type, nullable) };
}

function resolve(args: readonly Argument[]): Resolved {
  const [collection, index] = args;
  if (collection === undefined || index === undefined) return undefined;
  const { type } = collection;
  switch (type.kind) {
    case 'ARRAY':
      return resolveArray(type, index);
    case 'MAP': {
      const key = accessKey(index.type, type.key);
      return key === undefined ? undefined : { argTypes: [type, key], type: withNullable(type.value, true) };
    }
    case 'ROW':
      return resolveRow(type, index);
    case 'VARIANT':
      return isInteger(index.type) || isString(index.type)
        ? { argTypes: [type, index.type], type: VARIANT }
        : undefined;
    default:
      return undefined;
  }
}

function inMap(index: DataType): Closure {
  const identity = isInteger(index) ? String : keyOf(index);
  return (map: MapValue, key: Value) => {
    const wanted = identity(key);
    return map.entries.find((entry) => entry[0] !== null && identity(entry[0]) === wanted)?.[1] ?? null;
  };
}

function inRow(type: RowType, index: DataType): Closure {
  if (isString(index)) {
    const places = new Map(type.fields.map((field, i) => [field.name, i]));
    return (row: readonly Value[], name: string) => row[places.get(name)!] ?? null;
  }
  return (row: readonly Value[], place: number | bigint) => row[Number(place) - 1] ?? null;
}

function inVariant(index: DataType): Closure {
  const refuse = (reason: string): never => {
    throw new MillraceError('RUNTIME_FAILED', reason);
  };
  if (isString(index)) {
    return (document: string, key: string) => {
      const value = readVariant(document);
      if (!isObject(value)) {
        return refuse(
          'String key access on variant requires an object variant, but a non-object variant was provided.',
        );
      }
      const part = value.get(key);
      return part === undefined ? null : normal(part)!;
    };
  }
  return (document: string, place: number | bigint) => {
    const value = readVariant(document);
    if (!isArray(value)) {
      return refuse('Integer index access on variant requires an array variant, but a non-array variant was provided.');
    }
    const part = value[Number(place) - 1];
    return part === undefined ? null : normal(part)!;
  };
}

/** NULL for what is not there (Flink 2.3 gives -1 where elements are NOT NULL integers). */
export const item: ScalarFunction = {
  name: 'ITEM',
  signature: 'array[index], map[key], row[constant] or variant[index or key]',
  summary: 'The element at an index from 1, or the value of a key; NULL when there is none.',
  nulls: 'strict',
  deterministic: true,
  resolve,
  implement({ argTypes }) {
    const [type, index] = argTypes as [DataType, DataType];
    switch (type.kind) {
      case 'MAP':
        return inMap(index);
      case 'ROW':
        return inRow(type, index);
      case 'VARIANT':
        return inVariant(index);
      default:
        return (array: readonly Value[], at: number | bigint) => array[Number(at) - 1] ?? null;
    }
  },
};
