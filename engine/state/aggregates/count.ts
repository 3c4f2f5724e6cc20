import type { Accumulator } from './accumulator.ts';

/** COUNT(*), or COUNT(x) which leaves NULLs out. Exact to 2^53. */
export function count(star: boolean): Accumulator {
  return {
    fields: [{ name: 'n', kind: 'f64' }],
    lanes: ['n64'],
    ignoresNull: !star,
    uses: [],
    neverNull: true,
    add: (n) => `${n.at('n')} += 1;`,
    retract: (n) => `${n.at('n')} -= 1;`,
    merge: (n) => `${n.at('n')} += ${n.from('n')};`,
    read: (n, p) => `const ${p}0 = ${n.at('n')};`,
  };
}
