/** How long the state of aggregates and joins is kept: `table.exec.state.ttl`, and the hint STATE_TTL over it. */
import { parseDuration } from '../connectors/options.ts';
import { MillraceError } from '../errors.ts';
import type { Hint } from '../sql/ast.ts';
import type { Ms } from '../types/value.ts';
import type { LogicalPlan } from './logical.ts';
import type { Scope } from './scope.ts';
import { mapChildren, rewritePlan } from './walk.ts';

/** The plan with that time to live for every aggregate, and every input of a join, that no hint gives another; the same plan for 0, which is for ever. */
export function withStateTtl(plan: LogicalPlan, ttl: Ms): LogicalPlan {
  if (ttl === 0) return plan;
  return rewritePlan(plan, (node) => {
    if (node.kind === 'aggregate') return node.ttl === undefined ? { ...node, ttl } : node;
    if (node.kind !== 'join') return node;
    return { ...node, stateTtl: [node.stateTtl?.[0] ?? ttl, node.stateTtl?.[1] ?? ttl] as const };
  });
}

/** The time that the hint STATE_TTL of a SELECT gives; undefined without one. @throws SQL_INVALID */
export function stateTtlHint(hints: readonly Hint[], scope: Scope): Ms | undefined {
  const hint = hints.find(({ name }) => name.name.toUpperCase() === 'STATE_TTL');
  if (hint === undefined) return undefined;
  const names = scope.relations.flatMap(({ alias, path }) => [alias ?? '', ...path.slice(-1)]);
  let found: Ms | undefined;
  for (const { key, value } of hint.options) {
    const name = key.kind === 'string' ? key.value : key.name;
    const table = name.split('.').at(-1)!;
    if (!names.includes(table)) {
      throw new MillraceError(
        'SQL_INVALID',
        `The options of following hints cannot match the name of input tables or views: \n\`${name}\` in \`STATE_TTL\``,
        { span: hint.span },
      );
    }
    const ttl = parseDuration(value.value);
    if (ttl === undefined) {
      throw new MillraceError('SQL_INVALID', `Invalid STATE_TTL hint value: ${value.value}`, {
        span: hint.span,
        hint: "a duration such as '1d' or '12 h'",
      });
    }
    found = ttl;
  }
  return found;
}

/** The aggregate of a SELECT, under its projections and HAVING, with a time to live of its own. */
export function withAggregateTtl(plan: LogicalPlan, ttl: Ms): LogicalPlan {
  if (plan.kind === 'aggregate') return { ...plan, ttl };
  if (plan.kind !== 'project' && plan.kind !== 'filter') return plan;
  return mapChildren(plan, (child) => withAggregateTtl(child, ttl));
}
