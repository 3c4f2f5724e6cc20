import { MillraceError } from '../../errors.ts';
import type { AggregateCall, AggregateFunction, UserAggregate } from '../../functions/function.ts';
import type { DataType } from '../../types/type.ts';
import type { Value } from '../../types/value.ts';
import type { Accumulator, Helper } from './accumulator.ts';

/** The accumulators of a user's aggregate, one a group; made when the group's first row comes. */
class UserAccumulators implements Helper {
  readonly #fn: UserAggregate;
  #accumulators: unknown[] = [];

  constructor(fn: UserAggregate) {
    this.#fn = fn;
  }

  #of(group: number): unknown {
    return (this.#accumulators[group] ??= this.#fn.create());
  }
  add(group: number, values: readonly Value[]): void {
    const accumulator = this.#of(group);
    this.#accumulators[group] = this.#fn.accumulate(accumulator, values) ?? accumulator;
  }
  remove(group: number, values: readonly Value[]): void {
    const accumulator = this.#of(group);
    this.#accumulators[group] = this.#fn.retract!(accumulator, values) ?? accumulator;
  }
  merge(group: number, other: UserAccumulators, from: number): void {
    const theirs = other.#accumulators[from];
    if (theirs === undefined) return;
    const accumulator = this.#of(group);
    this.#accumulators[group] = this.#fn.merge!(accumulator, theirs) ?? accumulator;
  }
  result(group: number): Value {
    return this.#fn.value(this.#of(group));
  }

  reset(group: number): void {
    this.#accumulators[group] = undefined;
  }
  clear(): void {
    this.#accumulators = [];
  }
  snapshot(): unknown {
    return structuredClone(this.#accumulators);
  }
  restore(state: unknown): void {
    this.#accumulators = structuredClone(state) as unknown[];
  }
  get byteLength(): number {
    return this.#accumulators.length * 64;
  }
}

/** @throws PLAN_UNSUPPORTED over an input with updates when it cannot retract */
export function userAggregate(
  call: AggregateCall,
  make: NonNullable<AggregateFunction['accumulate']>,
  types: readonly DataType[],
  retract: boolean,
): Accumulator {
  const name = call.fn.split('#')[0]!;
  const fn = make(
    call.args.map((at) => types[at]!),
    call.type,
  );
  if (retract && fn.retract === undefined) {
    throw new MillraceError('PLAN_UNSUPPORTED', `${name} cannot take rows back, and its input has updates`, {
      hint: 'give it a function `retract`',
    });
  }
  const values = (n: Parameters<Accumulator['add']>[0]): string =>
    `[${call.args.map((_, k) => n.argument(k)).join(', ')}]`;
  return {
    fields: [],
    lanes: ['any'],
    ignoresNull: false,
    uses: call.args.length > 0 ? ['value'] : [],
    neverNull: false,
    makeHelper: () => new UserAccumulators(fn),
    add: (n) => `${n.helper}.add(${n.group}, ${values(n)});`,
    retract: (n) => `${n.helper}.remove(${n.group}, ${values(n)});`,
    merge: (n) => {
      if (fn.merge !== undefined) return `${n.helper}.merge(${n.group}, ${n.otherHelper}, ${n.otherGroup});`;
      throw new MillraceError('PLAN_UNSUPPORTED', `${name} cannot be put together from parts, as this window does`, {
        hint: 'give it a function `merge`',
      });
    },
    read: (n, p) => `const ${p}0 = ${n.helper}.result(${n.group}); const ${p}v = ${p}0 === null ? 0 : 1;`,
  };
}
