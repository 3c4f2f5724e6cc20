import type { DataType } from '../../types/type.ts';
import { MillraceError } from '../../errors.ts';
import { bagOf } from './ordered-bag.ts';
import { storedValue } from './stored-value.ts';
import type { Accumulator } from './accumulator.ts';

/** FIRST_VALUE or LAST_VALUE in the order of arrival over an input that only grows; NULLs are passed over. NULL of no values. */
export function firstOrLast(kind: 'FIRST_VALUE' | 'LAST_VALUE', type: DataType): Accumulator {
  const stored = storedValue(type);
  const first = kind === 'FIRST_VALUE';
  return {
    fields: stored.fields,
    counts: true,
    lanes: stored.lanes,
    ignoresNull: true,
    uses: stored.uses,
    neverNull: false,
    add: (n) => (first ? `if (${n.count} === 0) { ${stored.store(n)} }` : stored.store(n)),
    retract: () => '',
    merge: (n) => `if (${n.otherCount} !== 0${first ? ` && ${n.count} === 0` : ''}) { ${stored.copy(n)} }`,
    read: (n, p) => `const ${p}v = ${n.count} === 0 ? 0 : 1; ${stored.read(n, p, `${p}v === 1`)}`,
  };
}

/** The same over an updating input: all values are kept in the order of arrival; a retraction takes the earliest equal one away. */
export function retractableFirstOrLast(kind: 'FIRST_VALUE' | 'LAST_VALUE'): Accumulator {
  return bagOf({
    ignoresNull: true,
    value: (bag, group) => (kind === 'FIRST_VALUE' ? bag.first(group) : bag.last(group)),
  });
}

/** SINGLE_VALUE (a scalar subquery): the one value of the group, NULL included; fails the job when there are two. */
export function singleValue(type: DataType): Accumulator {
  const stored = storedValue(type);
  return {
    fields: [...stored.fields, { name: 'n', kind: 'f64' }, { name: 'has', kind: 'i32' }],
    lanes: stored.lanes,
    ignoresNull: false,
    uses: stored.uses,
    neverNull: false,
    add: (n) =>
      `if (${n.at('n')} > 0) failSingleValue(); ${n.at('n')} += 1; if (${n.isNull}) ${n.at('has')} = 0; else { ${n.at('has')} = 1; ${stored.store(n)} }`,
    retract: (n) => `${n.at('n')} -= 1; if (${n.at('n')} === 0) ${n.at('has')} = 0;`,
    merge: (n) =>
      `if (${n.from('n')} > 0) { if (${n.at('n')} > 0) failSingleValue(); ${n.at('n')} += ${n.from('n')}; ${n.at('has')} = ${n.from('has')}; ${stored.copy(n)} }`,
    read: (n, p) => `const ${p}v = ${n.at('has')}; ${stored.read(n, p, `${p}v === 1`)}`,
  };
}

export function failSingleValue(): never {
  throw new MillraceError('RUNTIME_FAILED', 'SingleValueAggFunction received more than one element', {
    hint: 'a subquery used as a value must give one row: add an aggregate or a LIMIT 1',
  });
}
