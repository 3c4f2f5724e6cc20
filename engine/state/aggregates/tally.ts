import { MillraceError } from '../../errors.ts';
import { jsonEncoder } from '../../functions/json-encode.ts';
import { jsonString } from '../../functions/json-value.ts';
import type { DataType } from '../../types/type.ts';
import type { Value } from '../../types/value.ts';
import type { Accumulator } from './accumulator.ts';
import { MapHelper } from './map-helper.ts';

class JsonMembers extends MapHelper<string, string> {
  readonly #encode: (value: Value) => string;
  readonly #keepsNulls: boolean;

  constructor(type: DataType, keepsNulls: boolean) {
    super();
    this.#encode = jsonEncoder(type);
    this.#keepsNulls = keepsNulls;
  }
  add(group: number, key: Value, value: Value): void {
    const members = this.of(group);
    if (key === null) {
      throw new MillraceError('RUNTIME_FAILED', "JSON_OBJECTAGG: Map views don't support null keys.", {
        hint: 'leave such rows out with FILTER (WHERE key IS NOT NULL)',
      });
    }
    if (value === null && !this.#keepsNulls) return;
    if (members.has(key as string)) {
      throw new MillraceError(
        'RUNTIME_FAILED',
        `JSON_OBJECTAGG: the key ${jsonString(key as string)} comes twice in one group`,
        {
          hint: 'group by the key as well, or make it unique before',
        },
      );
    }
    members.set(key as string, this.#encode(value));
  }
  remove(group: number, key: Value): void {
    this.of(group).delete(key as string);
  }
  merge(group: number, other: JsonMembers, from: number): void {
    for (const [key, text] of other.of(from)) this.of(group).set(key, text);
  }
  result(group: number): string {
    return `{${Array.from(this.of(group), ([key, text]) => `${jsonString(key)}:${text}`).join()}}`;
  }
}

/** JSON_OBJECTAGG(key, value): members in the order in which they came. Fails when a key comes twice. */
export function jsonObjectAgg(value: DataType, keepsNulls: boolean): Accumulator {
  return {
    fields: [],
    lanes: ['any'],
    ignoresNull: false,
    uses: ['value'],
    neverNull: true,
    makeHelper: () => new JsonMembers(value, keepsNulls),
    add: (n) => `${n.helper}.add(${n.group}, ${n.value}, ${n.argument(1)});`,
    retract: (n) => `${n.helper}.remove(${n.group}, ${n.value});`,
    merge: (n) => `${n.helper}.merge(${n.group}, ${n.otherHelper}, ${n.otherGroup});`,
    read: (n, p) => `const ${p}0 = ${n.helper}.result(${n.group});`,
  };
}

class Frequencies extends MapHelper<number, number> {
  /** The percentages of the last row: Flink takes them from there. */
  #percentages: Value = null;

  add(group: number, value: Value, percentages: Value, frequency: Value, sign: 1 | -1): void {
    this.#percentages = percentages;
    // Rows with a frequency that is NULL or not positive do not count.
    if (frequency === null || (frequency as bigint) <= 0n) return;
    const counts = this.of(group);
    const count = (counts.get(value as number) ?? 0) + sign * Number(frequency);
    if (count === 0) counts.delete(value as number);
    else counts.set(value as number, count);
  }
  merge(group: number, other: Frequencies, from: number): void {
    this.#percentages ??= other.#percentages;
    for (const [value, count] of other.of(from)) this.of(group).set(value, (this.of(group).get(value) ?? 0) + count);
  }
  result(group: number): Value {
    const counts = [...this.of(group)].sort(([a], [b]) => a - b);
    const percentages = this.#percentages;
    if (counts.length === 0 || percentages === null) return null;
    if (!Array.isArray(percentages)) return percentile(counts, percentages as number);
    return percentages.length === 0 ? null : percentages.map((percentage) => percentile(counts, percentage as number));
  }
  override snapshot(): unknown {
    return { maps: super.snapshot(), percentages: this.#percentages };
  }
  override restore(state: unknown): void {
    const { maps, percentages } = state as { maps: unknown; percentages: Value };
    super.restore(maps);
    this.#percentages = percentages;
  }
}

/** The value at a percentage of sorted (value, count) pairs, interpolated between neighbours as Flink does. */
function percentile(counts: readonly (readonly [number, number])[], percentage: number): number {
  if (!(percentage >= 0 && percentage <= 1)) {
    throw new MillraceError(
      'RUNTIME_FAILED',
      `Percentage of PERCENTILE should be between [0.0, 1.0], but was '${percentage}'.`,
    );
  }
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  // Counted from 1, as in Flink: the last digits depend on it.
  const position = 1 + (total - 1) * percentage;
  const [low, high] = [Math.floor(position), Math.ceil(position)];
  const [below, above] = [valueAtPlace(counts, low - 1), valueAtPlace(counts, high - 1)];
  return low === high || below === above ? below : (high - position) * below + (position - low) * above;
}

function valueAtPlace(counts: readonly (readonly [number, number])[], place: number): number {
  let seen = 0;
  for (const [value, count] of counts) {
    seen += count;
    if (place < seen) return value;
  }
  return counts.at(-1)![0];
}

/** PERCENTILE(value, percentage or array of percentages[, frequency]): interpolated; NULL of no values. */
export function percentileOf(withFrequency: boolean): Accumulator {
  const frequency = (n: Parameters<Accumulator['add']>[0]): string => (withFrequency ? n.argument(2) : n.constant(0));
  const change = (n: Parameters<Accumulator['add']>[0], sign: 1 | -1): string =>
    `${n.helper}.add(${n.group}, ${n.value}, ${n.argument(1)}, ${frequency(n)}, ${sign});`;
  return {
    fields: [],
    constants: [1n],
    lanes: ['any'],
    ignoresNull: true,
    uses: ['value'],
    neverNull: false,
    makeHelper: () => new Frequencies(),
    add: (n) => change(n, 1),
    retract: (n) => change(n, -1),
    merge: (n) => `${n.helper}.merge(${n.group}, ${n.otherHelper}, ${n.otherGroup});`,
    read: (n, p) => `const ${p}0 = ${n.helper}.result(${n.group}); const ${p}v = ${p}0 === null ? 0 : 1;`,
  };
}
