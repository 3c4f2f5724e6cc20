// Plans of a range of queries, as EXPLAIN shows them: plans/*.sql → plans/*.txt. After a wanted change: npx vitest run test/engine/plan --update
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Catalog } from '../../../engine/catalog/catalog.ts';
import { optimize } from '../../../engine/optimize/optimize.ts';
import { checkPlan } from '../../../engine/plan/check.ts';
import { explainPlans } from '../../../engine/plan/explain.ts';
import { lower } from '../../../engine/plan/lower.ts';
import { bindScript, plansOf } from './bind-script.ts';

const read = (name: string): string => readFileSync(new URL(`plans/${name}`, import.meta.url), 'utf8');

/** `-- name`, then a script up to the next one. */
function cases(text: string): { readonly name: string; readonly sql: string }[] {
  return text
    .split(/^-- (?=[\w-]+$)/m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      return { name: part.slice(0, end), sql: part.slice(end + 1).trim() };
    });
}

function explained(tables: string, sql: string): string {
  const catalog = new Catalog();
  bindScript(tables, {}, catalog);
  const [plan] = plansOf(bindScript(sql, {}, catalog).at(-1)!);
  checkPlan(plan!);
  const { plan: optimized, applied } = optimize(plan!);
  const text = explainPlans({
    logical: [plan!],
    optimized: [optimized],
    physical: [lower(optimized, { mode: 'streaming' })],
    applied,
    details: ['CHANGELOG_MODE'],
    mode: 'streaming',
  });
  // The execution plan repeats the physical plan without changelog modes. The logical plan is read before the physical one.
  return text
    .replace(/== Optimized Execution Plan ==\n.*?\n\n(?===)/s, '')
    .replace(/(== Optimized Physical Plan ==\n.*?\n\n)(== Optimized Logical Plan ==\n.*?\n\n)(?===)/s, '$2$1');
}

for (const [file, tables] of [
  ['queries', 'tables'],
  ['nexmark', 'nexmark-tables'],
] as const) {
  describe(`plans of ${file}.sql`, () => {
    for (const { name, sql } of cases(read(`${file}.sql`))) {
      it(name, async () => {
        const text = `${sql}\n\n${explained(read(`${tables}.sql`), sql)}`;
        await expect(text).toMatchFileSnapshot(`plans/${file}/${name}.txt`);
      });
    }
  });
}
