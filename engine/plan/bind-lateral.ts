/** `left, LATERAL (query)`: a subquery in FROM that may use the columns of what stands before it. The rule `decorrelate` makes an ordinary join of it. */
import { MillraceError } from '../errors.ts';
import type { Join, QueryTableRef, TableRef } from '../sql/ast-query.ts';
import { unsupported } from './bind-context.ts';
import type { BindEnv, BindQuery } from './bind-context.ts';
import { bindCondition } from './bind-expr.ts';
import { checkCondition } from './bind-join.ts';
import { planReadsOuter } from './correlation.ts';
import { join, rename } from './nodes.ts';
import { relationOf } from './scope.ts';
import type { BoundFrom, Scope } from './scope.ts';

type LateralJoin = Join & { readonly right: QueryTableRef };

const isLateralQuery = (ref: TableRef): ref is QueryTableRef => ref.kind === 'queryTable' && ref.lateral;

/** Whether a join's right side is a LATERAL subquery that may use the columns of its left side. */
export const isLateralJoin = (ref: Join): ref is LateralJoin =>
  ref.type !== 'RIGHT' && ref.type !== 'FULL' && isLateralQuery(ref.right);

export function bindLateral(ref: LateralJoin, env: BindEnv, left: BoundFrom, bindQuery: BindQuery): BoundFrom {
  if (ref.natural || ref.using !== undefined) {
    throw unsupported(`${ref.natural ? 'NATURAL' : 'USING'} with LATERAL`, ref.span, 'write ON TRUE');
  }
  checkCondition(ref, env);
  const { query, alias } = ref.right;
  const id = [...env.views, query.span.start].join(' ');
  const bound = bindQuery(query, { ...env, outer: { ...left.scope, id } });
  const names = alias?.columns.map((column) => column.name) ?? [];
  if (names.length > 0 && names.length !== bound.schema.length) {
    throw new MillraceError(
      'SQL_INVALID',
      `the subquery has ${bound.schema.length} columns, its alias ${names.length}`,
      {
        span: ref.right.span,
      },
    );
  }
  const right = names.length === 0 ? bound : rename(bound, names);
  const width = left.plan.schema.length;
  const made = relationOf(right, alias?.name.name, [], width);
  const scope: Scope = { ...left.scope, relations: [...left.scope.relations, made] };
  const condition =
    ref.on === undefined ? undefined : bindCondition(ref.on, { env, scope, clause: 'ON clause', places: new Map() });
  const joined = join(left.plan, right, ref.type === 'LEFT' ? 'left' : 'inner', condition, ref.span);
  const plan = planReadsOuter(right, id) ? { ...joined, correlation: id } : joined;
  return {
    plan,
    scope: {
      ...left.scope,
      relations: [
        ...left.scope.relations,
        relationOf({ ...plan, schema: plan.schema.slice(width) }, alias?.name.name, [], width),
      ],
    },
  };
}
