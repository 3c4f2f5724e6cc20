import { decodeBitmap, encodeBitmap } from '../../types/bitmap.ts';
import type { Value } from '../../types/value.ts';
import type { Accumulator, Names } from './accumulator.ts';
import { MapHelper } from './map-helper.ts';

/** The key under which a group keeps how many values it holds: no member is negative. */
const VALUES = -1;

/** How often each member is in the values of a group. Counts may be negative for a while: a row can be taken back before it comes. */
class MemberCounts extends MapHelper<number, number> {
  readonly #isIn: (count: number, values: number) => boolean;

  constructor(isIn: (count: number, values: number) => boolean) {
    super();
    this.#isIn = isIn;
  }

  change(group: number, value: number | Uint8Array, sign: 1 | -1): void {
    const counts = this.of(group);
    this.#count(counts, VALUES, sign);
    if (typeof value === 'number') this.#count(counts, value >>> 0, sign);
    else for (const member of decodeBitmap(value)!) this.#count(counts, member, sign);
  }

  #count(counts: Map<number, number>, key: number, by: number): void {
    const count = (counts.get(key) ?? 0) + by;
    if (count === 0) counts.delete(key);
    else counts.set(key, count);
  }

  merge(group: number, other: MemberCounts, from: number): void {
    const counts = this.of(group);
    for (const [key, count] of other.of(from)) this.#count(counts, key, count);
  }

  /** The members that count, ascending; undefined when the group has no value. */
  #members(group: number): number[] | undefined {
    const counts = this.of(group);
    const values = counts.get(VALUES) ?? 0;
    if (values === 0) return undefined;
    const members: number[] = [];
    for (const [key, count] of counts) if (key !== VALUES && this.#isIn(count, values)) members.push(key);
    return members;
  }

  bitmap(group: number): Value {
    const members = this.#members(group);
    return members === undefined ? null : encodeBitmap(members.sort((a, b) => a - b));
  }

  cardinality(group: number): Value {
    const members = this.#members(group);
    return members === undefined ? null : BigInt(members.length);
  }
}

const rules: Readonly<Record<string, (count: number, values: number) => boolean>> = {
  BUILD: (count) => count > 0,
  OR: (count) => count > 0,
  AND: (count, values) => count >= values,
  XOR: (count) => count % 2 !== 0,
};

/**
 * BITMAP_BUILD_AGG over INTs, BITMAP_OR_AGG, BITMAP_AND_AGG and BITMAP_XOR_AGG over BITMAPs, and their CARDINALITY forms: NULL of no values.
 * State: a count a member.
 */
export function bitmapAggregate(name: string): Accumulator {
  const [, rule = '', cardinality] = /^BITMAP_([A-Z]+?)(_CARDINALITY)?_AGG$/.exec(name)!;
  const change = (n: Names, sign: 1 | -1): string => `${n.helper}.change(${n.group}, ${n.value}, ${sign});`;
  return {
    fields: [],
    lanes: ['any'],
    ignoresNull: true,
    uses: ['value'],
    neverNull: false,
    makeHelper: () => new MemberCounts(rules[rule]!),
    add: (n) => change(n, 1),
    retract: (n) => change(n, -1),
    merge: (n) => `${n.helper}.merge(${n.group}, ${n.otherHelper}, ${n.otherGroup});`,
    read: (n, p) =>
      `const ${p}0 = ${n.helper}.${cardinality === undefined ? 'bitmap' : 'cardinality'}(${n.group}); const ${p}v = ${p}0 === null ? 0 : 1;`,
  };
}
