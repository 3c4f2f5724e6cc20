/** FROM: tables, views, common table expressions, subqueries, window functions and joins → one plan and the names in it. */
import { unreachable } from '../assert.ts';
import { MillraceError } from '../errors.ts';
import { bindSnapshotJoin, isSnapshotJoin } from './bind-snapshot-join.ts';
import { bindTemporalJoin, isTemporal } from './bind-temporal-join.ts';
import type { NamedTableRef, TableFunctionRef, TableAlias, TableRef } from '../sql/ast-query.ts';
import { unsupported } from './bind-context.ts';
import type { BindEnv, BindQuery } from './bind-context.ts';
import { bindChangelogFunction, isChangelogFunction } from './bind-changelog-function.ts';
import { bindCorrelate, bindTableCall, functionName, isLateral } from './bind-correlate.ts';
import { bindJoin } from './bind-join.ts';
import { bindLateral, isLateralJoin } from './bind-lateral.ts';
import { bindLateRows, isLateRows } from './bind-late-rows.ts';
import { bindMatch } from './bind-match.ts';
import { bindTable, parameterTable, sourcePlan, withOptionHints } from './bind-table.ts';
import { bindWindowFunction, isTableFunctionOfTables } from './bind-window.ts';
import type { LogicalPlan } from './logical.ts';
import { rename } from './nodes.ts';
import { relationOf } from './scope.ts';
import type { BoundFrom } from './scope.ts';

export function bindFrom(ref: TableRef, env: BindEnv, bindQuery: BindQuery): BoundFrom {
  switch (ref.kind) {
    case 'namedTable':
      return bindNamed(ref, env, bindQuery);
    case 'parameterTable': {
      const table = parameterTable(ref.parameter, env);
      const plan = sourcePlan(withOptionHints(table, ref.hints), ref.span, env);
      return single(plan, ref.alias, ref.alias?.name.name ?? table.path.name);
    }
    case 'queryTable':
      return single(bindQuery(ref.query, env), ref.alias, undefined);
    case 'tableFunction':
      if (isLateRows(ref)) return single(bindLateRows(ref, env), ref.alias, undefined);
      if (!isTableFunctionOfTables(functionName(ref.call))) return bindTableCall(ref, env);
      if (isChangelogFunction(functionName(ref.call)))
        return single(bindChangelogFunction(ref, env, bindQuery), ref.alias, undefined);
      return single(bindWindowFunction(ref, env, bindQuery), ref.alias, undefined);
    case 'join':
      if (isLateral(ref)) return bindCorrelate(ref, env, bindFrom(ref.left, env, bindQuery));
      if (isLateralJoin(ref)) return bindLateral(ref, env, bindFrom(ref.left, env, bindQuery), bindQuery);
      if (isSnapshotJoin(ref)) {
        const named = (plan: LogicalPlan, right: TableFunctionRef): BoundFrom => single(plan, right.alias, undefined);
        return bindSnapshotJoin(ref, env, bindQuery, (side) => bindFrom(side, env, bindQuery), named);
      }
      if (isTemporal(ref)) return bindTemporalJoin(ref, env, (side) => bindFrom(side, env, bindQuery));
      return bindJoin(ref, env, (side) => bindFrom(side, env, bindQuery));
    case 'unnest':
      return bindTableCall(ref, env);
    case 'matchRecognize':
      return single(bindMatch(ref, bindFrom(ref.input, env, bindQuery).plan, env), ref.alias, undefined);
    case 'sample':
      throw unsupported('TABLESAMPLE', ref.span, 'filter with RAND() < 0.1');
    case 'pivot':
      throw unsupported('PIVOT', ref.span, 'use aggregates with FILTER (WHERE ...)');
    case 'unpivot':
      throw unsupported('UNPIVOT', ref.span, 'use UNION ALL');
    default:
      return unreachable(ref);
  }
}

function bindNamed(ref: NamedTableRef, env: BindEnv, bindQuery: BindQuery): BoundFrom {
  if (ref.systemTime !== undefined) {
    throw unsupported(
      'time travel (FOR SYSTEM_TIME AS OF outside of a join)',
      ref.systemTime.span,
      'tables keep no history here',
    );
  }
  const { plan, path } = bindTable(ref.path, ref.hints, env, bindQuery);
  return single(plan, ref.alias, ref.path.parts.at(-1)!.name, path);
}

/** One relation under its alias; `AS t (a, b)` renames its columns. */
function single(
  plan: LogicalPlan,
  alias: TableAlias | undefined,
  name: string | undefined,
  path: readonly string[] = [],
): BoundFrom {
  if (alias === undefined) return { plan, scope: { relations: [relationOf(plan, name, path)] } };
  const named = alias.columns.length === 0 ? plan : renamed(plan, alias);
  return { plan: named, scope: { relations: [relationOf(named, alias.name.name)] } };
}

function renamed(plan: LogicalPlan, alias: TableAlias): LogicalPlan {
  const given = alias.columns.map((column) => column.name);
  if (given.length !== plan.schema.length) {
    const names = plan.schema.map((column) => `'${column.name}'`).join(', ');
    const span = { start: alias.columns[0]!.span.start, end: alias.columns.at(-1)!.span.end };
    throw new MillraceError(
      'SQL_INVALID',
      `List of column aliases must have same degree as table; table has ${plan.schema.length} columns (${names}), whereas alias list has ${given.length} columns`,
      { span },
    );
  }
  return rename(plan, given);
}
