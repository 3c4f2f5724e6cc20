import { Catalog } from '../../../engine/catalog/catalog.ts';
import { bindStatement, type BoundStatement } from '../../../engine/plan/bind.ts';
import type { BindOptions } from '../../../engine/plan/bind-context.ts';
import type { LogicalPlan } from '../../../engine/plan/logical.ts';
import { parseScript } from '../../../engine/sql/parse.ts';

/** Binds every statement of a script; errors know the text. */
export function bindScript(
  script: string,
  options: Partial<BindOptions> = {},
  catalog: Catalog = new Catalog(),
): BoundStatement[] {
  return parseScript(script).map(({ statement, error }) => {
    if (statement === undefined) throw error!.withText(script);
    return bindStatement(statement, catalog, { text: script, mode: 'streaming', settings: {}, ...options });
  });
}

/** The plans of a bound statement. */
export function plansOf(bound: BoundStatement): readonly LogicalPlan[] {
  if (bound.kind === 'query') return [bound.plan];
  return bound.kind === 'inserts' || bound.kind === 'explain' ? bound.plans : [];
}

/** The plan of the last statement of a script. */
export function planOf(script: string, options: Partial<BindOptions> = {}): LogicalPlan {
  return plansOf(bindScript(script, options).at(-1)!)[0]!;
}
