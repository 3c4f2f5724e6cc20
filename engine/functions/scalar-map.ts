/** MAP_KEYS and its kin. */
import { MillraceError } from '../errors.ts';
import { commonType } from '../types/coerce.ts';
import { ARRAY, MAP, ROW, STRING, withNullable, type DataType } from '../types/type.ts';
import { MapValue, type Value } from '../types/value.ts';
import type { ScalarFunction } from './function.ts';
import { defineScalar, type Parameter } from './scalar-define.ts';
import { keyOf } from './value-key.ts';

type MapType = DataType & { kind: 'MAP' };

const map: Parameter = { fit: (type) => (type.kind === 'MAP' ? type : undefined), whenNull: MAP(STRING, STRING) };
const array: Parameter = { fit: (type) => (type.kind === 'ARRAY' ? type : undefined), whenNull: ARRAY(STRING) };

function partOf(name: string, part: string, pick: (type: MapType) => DataType, at: 0 | 1): ScalarFunction {
  return defineScalar({
    name,
    signature: `${name}(map)`,
    summary: `The ${part} of the map.`,
    params: [[map]],
    returns: ([type]) => withNullable(ARRAY(pick(type as MapType)), type!.nullable),
    run: (value: MapValue) => value.entries.map((entry) => entry[at]),
  });
}

/** Of equal keys the last map's value counts; as in Flink the last map's entries come first. */
const mapUnion: ScalarFunction = {
  name: 'MAP_UNION',
  signature: 'MAP_UNION(map, ...)',
  summary: 'The entries of all maps; of equal keys the last counts.',
  nulls: 'strict',
  deterministic: true,
  resolve(args) {
    const types = args.map((arg) => arg.type);
    const type = commonType(types);
    if (type?.kind !== 'MAP') return undefined;
    return { argTypes: types.map((own) => withNullable(type, own.nullable)), type };
  },
  implement({ type }) {
    const identity = keyOf((type as MapType).key);
    return (...maps: readonly MapValue[]) => {
      const entries = new Map<unknown, readonly [Value, Value]>();
      for (const { entries: own } of [...maps].reverse()) {
        for (const entry of own) {
          const key = identity(entry[0]);
          if (!entries.has(key)) entries.set(key, entry);
        }
      }
      return new MapValue([...entries.values()]);
    };
  },
};

function fromArrays(keys: readonly Value[], values: readonly Value[]): MapValue {
  if (keys.length === values.length) return new MapValue(keys.map((key, i) => [key, values[i]!] as const));
  throw new MillraceError(
    'RUNTIME_FAILED',
    `MAP_FROM_ARRAYS: ${keys.length} keys do not go with ${values.length} values`,
  );
}

export const mapFunctions: readonly ScalarFunction[] = [
  partOf('MAP_KEYS', 'keys', (type) => type.key, 0),
  partOf('MAP_VALUES', 'values', (type) => type.value, 1),
  defineScalar({
    name: 'MAP_ENTRIES',
    signature: 'MAP_ENTRIES(map)',
    summary: 'The entries of the map, as rows of key and value.',
    params: [[map]],
    returns: ([type]) => {
      const { key, value, nullable } = type as MapType;
      return withNullable(
        ARRAY(
          ROW([
            { name: 'key', type: key },
            { name: 'value', type: value },
          ]),
        ),
        nullable,
      );
    },
    run: (value: MapValue) => value.entries,
  }),
  mapUnion,
  defineScalar({
    name: 'MAP_FROM_ARRAYS',
    signature: 'MAP_FROM_ARRAYS(keys, values)',
    summary: 'The map whose keys and values the two arrays list.',
    params: [[array, array]],
    returns: (types) => {
      const [keys, values] = types.map((type) => (type as DataType & { kind: 'ARRAY' }).element);
      return withNullable(
        MAP(keys!, values!),
        types.some((type) => type.nullable),
      );
    },
    run: fromArrays,
  }),
];
