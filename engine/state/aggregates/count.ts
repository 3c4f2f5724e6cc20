import type { Accumulator } from './accumulator.ts';

/** COUNT(*), or COUNT(x) which leaves NULLs out. Exact to 2^53. */
export function count(star: boolean): Accumulator {
  return {
    fields: [],
    counts: true,
    lanes: ['n64'],
    ignoresNull: !star,
    uses: [],
    neverNull: true,
    add: () => '',
    retract: () => '',
    merge: () => '',
    read: (n, p) => `const ${p}0 = ${n.count};`,
  };
}
