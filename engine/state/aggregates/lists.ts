import { MapValue, type Value } from '../../types/value.ts';
import { STRING, type DataType } from '../../types/type.ts';
import { valueKey } from '../../data/key.ts';
import { jsonEncoder } from '../../functions/json-encode.ts';
import { bagOf, OrderedBag } from './ordered-bag.ts';
import type { Accumulator, Names } from './accumulator.ts';

/** The separator of a LISTAGG: the same for all rows, or the second argument of each. */
export type Separator = { readonly text: string } | 'argument';

/** LISTAGG over an input that only grows: values in the order of arrival with a separator between; NULLs are passed over. NULL of no values. */
export function listAgg(separator: Separator, type: DataType): Accumulator {
  // Strings joined by `+` share their parts in JavaScript, so a group costs a small object a value, not a copy of the whole.
  const between = (n: Names): string => (separator === 'argument' ? `(${n.argument(1)} ?? '')` : n.constant(0));
  return {
    fields: [
      { name: 'text', kind: 'any', type },
      { name: 'last', kind: 'any', type: STRING },
    ],
    constants: [separator === 'argument' ? ',' : separator.text],
    lanes: ['any'],
    ignoresNull: true,
    uses: ['value'],
    neverNull: false,
    add: (n) =>
      `if (${n.at('text')} == null) ${n.at('text')} = ${n.value}; else ${n.at('text')} += ${between(n)} + ${n.value}; ${separator === 'argument' ? `${n.at('last')} = ${between(n)};` : ''}`,
    retract: () => '',
    merge: (n) =>
      `if (${n.from('text')} != null) ${n.at('text')} = ${n.at('text')} == null ? ${n.from('text')} : ${n.at('text')} + (${n.from('last')} ?? ${n.constant(0)}) + ${n.from('text')};`,
    read: (n, p) => `const ${p}0 = ${n.at('text')} ?? null; const ${p}v = ${p}0 === null ? 0 : 1;`,
  };
}

/** LISTAGG over an updating input; a separator that changes is, as in Flink, that of the last row everywhere. */
export function retractableListAgg(separator: Separator): Accumulator {
  const remember = (n: Names): string => (separator === 'argument' ? `${n.at('last')} = ${n.argument(1)} ?? '';` : '');
  return {
    fields: [{ name: 'last', kind: 'any', type: STRING }],
    constants: [separator === 'argument' ? ',' : separator.text],
    lanes: ['any'],
    ignoresNull: true,
    uses: [],
    entries: 'each',
    neverNull: false,
    makeHelper: (entries) => new OrderedBag(entries!),
    add: (n) => `${n.helper}.add(${n.group}, ${n.entry}); ${remember(n)}`,
    retract: (n) => `${n.helper}.remove(${n.group}, ${n.entry}); ${remember(n)}`,
    merge: (n) => `${n.at('last')} = ${n.from('last')} ?? ${n.at('last')};`,
    read: (n, p) =>
      `const ${p}0 = ${n.helper}.isEmpty(${n.group}) ? null : ${n.helper}.values(${n.group}).join(${n.at('last')} ?? ${n.constant(0)}); const ${p}v = ${p}0 === null ? 0 : 1;`,
  };
}

/** ARRAY_AGG: values in the order of arrival, NULLs included unless they are to be ignored. NULL of no values. */
export function arrayAgg(ignoresNull: boolean): Accumulator {
  return bagOf({
    ignoresNull,
    value: (bag, group) => {
      const values = bag.values(group);
      return values.length === 0 ? null : values;
    },
  });
}

/** COLLECT: a MULTISET of the values that are not NULL, in the order of first arrival; empty of no values. */
export function collect(): Accumulator {
  return {
    ...bagOf({
      ignoresNull: true,
      value: (bag, group) => {
        const counts = new Map<string, [Value, number]>();
        for (const value of bag.values(group)) {
          const key = valueKey(value);
          const known = counts.get(key);
          if (known === undefined) counts.set(key, [value, 1]);
          else known[1]++;
        }
        return new MapValue([...counts.values()]);
      },
    }),
  };
}

/** JSON_ARRAYAGG: values in the order of arrival as a JSON array, NULLs only when they are to be kept. */
export function jsonArrayAgg(type: DataType, keepsNulls: boolean): Accumulator {
  const encode = jsonEncoder(type);
  return bagOf({
    ignoresNull: !keepsNulls,
    value: (bag, group) => `[${bag.values(group).map(encode).join()}]`,
  });
}
