import { describe, expect, it } from 'vitest';
import { optimize } from '../../../engine/optimize/optimize.ts';
import { checkPlan } from '../../../engine/plan/check.ts';
import { lower } from '../../../engine/plan/lower.ts';
import type { Value } from '../../../engine/types/value.ts';
import { planOf } from '../plan/bind-script.ts';
import { evaluatePlan, keyOf, type Tables } from './evaluate-plan.ts';
import { makeRandom, QueryMaker, tables, type Random } from './random-query.ts';

function makeTables(random: Random): Tables {
  const int = (below: number): number => Math.floor(random() * below);
  const maybe = (value: Value): Value => (random() < 0.2 ? null : value);
  const text = (): string => ['a', 'b', 'ca', ''][int(4)]!;
  const t = Array.from({ length: 14 }, () => ({
    a: maybe(int(3)),
    b: BigInt(int(5)),
    s: maybe(text()),
    r: maybe([maybe(int(4)), maybe([maybe(text()), BigInt(int(4))])]),
    ts: int(40) * 1000,
  }));
  const u = Array.from({ length: 8 }, () => ({ a: int(4), c: maybe(text()), d: maybe(BigInt(int(5))) }));
  return { t, u };
}

/** A fuzzer's finding becomes a number here. */
const regressions: readonly number[] = [];
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300);

describe('an optimised plan gives the same rows', () => {
  for (const seed of [...regressions, ...Array.from({ length: RUNS }, (_, i) => i + 1)]) {
    it(`query ${seed}`, () => {
      const random = makeRandom(seed * 7919);
      const sql = new QueryMaker(random).query();
      const plan = planOf(tables + sql);
      const data = makeTables(random);
      const optimized = optimize(plan).plan;
      checkPlan(optimized);
      expect(optimized.schema.map(({ name, type }) => ({ name, type }))).toEqual(
        plan.schema.map(({ name, type }) => ({ name, type })),
      );
      const bag = (p: typeof plan): string[] => evaluatePlan(p, data).map(keyOf).toSorted();
      expect(bag(optimized), sql).toEqual(bag(plan));
      lower(optimized, { mode: 'batch' });
      expect(optimize(optimized).plan, 'optimising again changes nothing').toEqual(optimized);
    });
  }
});
