/**
 * The cases in data/, each a test of the engine from SQL to rows. A case that is known to fail stands in expected-failures.ts with its reason: that test
 * fails when it begins to pass, so that the list stays true.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectedFailures } from './expected-failures.ts';
import { loadCases } from './runner/load.ts';
import { prepare, runCase } from './runner/run-case.ts';

const { cases, shared } = loadCases(fileURLToPath(new URL('./data', import.meta.url)));
let restore: (() => void) | undefined;
beforeAll(() => void (restore = prepare()));
afterAll(() => restore?.());

const kinds = [...new Set(cases.map(({ kind }) => kind))];
describe.each(kinds)('%s', (kind) => {
  it('holds, but for the failures that are known', { timeout: 120_000 }, async () => {
    const failed: string[] = [];
    const begun: string[] = [];
    for (const found of cases.filter((candidate) => candidate.kind === kind)) {
      const outcome = await runCase(found, shared);
      const isKnown = Object.hasOwn(expectedFailures, found.id);
      if (outcome.kind === 'failed' && !isKnown) failed.push(`${found.id}: ${outcome.reason}`);
      if (outcome.kind === 'passed' && isKnown) begun.push(found.id);
    }
    expect(failed).toEqual([]);
    expect(begun, 'these pass now: take them out of expected-failures.ts').toEqual([]);
  });
});

it('names only cases that are there', () => {
  const ids = new Set(cases.map(({ id }) => id));
  expect(Object.keys(expectedFailures).filter((id) => !ids.has(id))).toEqual([]);
});
