/** The runner must not let a wrong expectation pass: of each case that passes, every mutant fails. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { loadCases } from './runner/load.ts';
import { mutantsOf } from './runner/mutate.ts';
import { prepare, runCase } from './runner/run-case.ts';

const directory = fileURLToPath(new URL('./data', import.meta.url));
let restore: (() => void) | undefined;
beforeAll(() => void (restore = prepare()));
afterAll(() => restore?.());

describe('wrong expectations fail', () => {
  for (const kind of ['program', 'expr', 'expr_string', 'agg', 'itcase']) {
    it(kind, { timeout: 120_000 }, async () => {
      const survivors: string[] = [];
      let mutants = 0;
      const { cases } = loadCases(directory, { kind });
      // A few from everywhere: each has several mutants, and a program that differs is tried in several ways.
      const step = Math.ceil(cases.length / (kind === 'program' ? 4 : 30));
      for (const found of cases.filter((_, i) => i % step === 0)) {
        if ((await runCase(found)).kind !== 'passed') continue;
        for (const { what, mutated } of mutantsOf(found)) {
          mutants++;
          if ((await runCase(mutated)).kind !== 'failed') survivors.push(`${found.id}: ${what}`);
        }
      }
      expect(survivors).toEqual([]);
      expect(mutants).toBeGreaterThan(0);
    });
  }
});
