/** FROM: tables, views, common table expressions, subqueries, window functions and joins → one plan and the names in it. */
import { unreachable } from '../assert.ts';
import { quotedPath } from '../catalog/catalog.ts';
import type { StoredView } from '../catalog/catalog.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Hint, Parameter, Path } from '../sql/ast.ts';
import type { NamedTableRef, TableAlias, TableRef } from '../sql/ast-query.ts';
import { parseQuery } from '../sql/parse.ts';
import { fullPath, unsupported } from './bind-context.ts';
import type { BindEnv, BindQuery } from './bind-context.ts';
import { bindJoin } from './bind-join.ts';
import { bindWindowFunction } from './bind-window.ts';
import type { LogicalPlan } from './logical.ts';
import { rename, tableSource } from './nodes.ts';
import { relationOf } from './scope.ts';
import type { Scope } from './scope.ts';

export interface BoundFrom {
  readonly plan: LogicalPlan;
  readonly scope: Scope;
}

export function bindFrom(ref: TableRef, env: BindEnv, bindQuery: BindQuery): BoundFrom {
  switch (ref.kind) {
    case 'namedTable':
      return bindNamed(ref, env, bindQuery);
    case 'parameterTable': {
      const table = parameterTable(ref.parameter, env);
      const plan = tableSource(withOptionHints(table, ref.hints), ref.span);
      return single(plan, ref.alias, ref.alias?.name.name ?? table.path.name);
    }
    case 'queryTable':
      if (ref.lateral) throw unsupported('a LATERAL subquery', ref.span, 'write it as a JOIN');
      return single(bindQuery(ref.query, env), ref.alias, undefined);
    case 'tableFunction':
      return single(bindWindowFunction(ref, env, bindQuery), ref.alias, undefined);
    case 'join':
      return bindJoin(ref, env, bindQuery);
    case 'unnest':
      throw unsupported('UNNEST', ref.span);
    case 'matchRecognize':
      throw unsupported('MATCH_RECOGNIZE', ref.span);
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
    throw unsupported('FOR SYSTEM_TIME AS OF (temporal and lookup joins, time travel)', ref.systemTime.span);
  }
  const { plan, path } = bindTable(ref.path, ref.hints, env, bindQuery);
  return single(plan, ref.alias, ref.path.parts.at(-1)!.name, path);
}

/** What a name in FROM, or `TABLE name`, means: a common table expression, a view, or a table with its OPTIONS hint. */
export function bindTable(
  name: Path,
  hints: readonly Hint[],
  env: BindEnv,
  bindQuery: BindQuery,
): { readonly plan: LogicalPlan; readonly path: readonly string[] } {
  const parts = name.parts.map((part) => part.name);
  const common = parts.length === 1 ? env.ctes.get(parts[0]!) : undefined;
  if (common !== undefined) return { plan: common, path: [] };
  const path = fullPath(env, parts);
  const object = env.catalog.get(path);
  if (object === undefined) throw unknownTable(name, env);
  const names = [path.catalog, path.database, path.name];
  env.expansions?.set(name, { kind: 'names', names });
  if (object.kind === 'view') {
    const hint = hints.find((h) => h.name.name.toUpperCase() === 'OPTIONS');
    if (hint !== undefined) {
      throw new MillraceError(
        'SQL_INVALID',
        `View '${quotedPath(path)}' cannot be enriched with new options. Hints can only be applied to tables.`,
        {
          span: hint.span,
        },
      );
    }
    return { plan: expandView(object.view, name.span, env, bindQuery), path: names };
  }
  const table = withOptionHints(object.table, hints);
  checkTable(env, table, 'source', name.span);
  return { plan: tableSource(table, name.span), path: names };
}

/** Runs the host's check of a table's options; its errors stand at the table's name. */
export function checkTable(env: BindEnv, table: ResolvedTable, use: 'source' | 'sink', span: Span): void {
  try {
    env.options.checkTable?.(table, use);
  } catch (error) {
    throw error instanceof MillraceError ? error.withSpan(span) : error;
  }
}

function unknownTable(name: Path, env: BindEnv): MillraceError {
  const parts = name.parts.map((part) => part.name);
  try {
    const { catalog, database, name: table } = fullPath(env, parts);
    env.catalog.lookup([catalog, database, table]);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    const common = parts.length === 1 ? didYouMean(parts[0]!, env.ctes.keys()) : undefined;
    return new MillraceError('SQL_UNKNOWN_TABLE', `table "${parts.join('.')}" does not exist`, {
      span: name.span,
      hint: common ?? error.hint,
    });
  }
  return new MillraceError('SQL_UNKNOWN_TABLE', `table "${parts.join('.')}" does not exist`, { span: name.span });
}

function expandView(view: StoredView, span: Span, env: BindEnv, bindQuery: BindQuery): LogicalPlan {
  const key = quotedPath(view.path);
  if (env.views.includes(key)) {
    throw new MillraceError('SQL_INVALID', `view ${view.path.name} contains itself`, { span });
  }
  const inner: BindEnv = {
    ...env,
    text: view.sql,
    ctes: new Map(),
    home: { catalog: view.catalog, database: view.database },
    views: [...env.views, key],
    expansions: undefined,
  };
  try {
    const plan = bindQuery(parseQuery(view.sql), inner);
    return rename(
      plan,
      view.schema.map((column) => column.name),
    );
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    const where = `in view ${view.path.name}: ${error.reason}`;
    throw new MillraceError(error.code, where, {
      span: error.span,
      hint: error.hint,
      cause: error,
      text: error.text ?? view.sql,
    });
  }
}

function parameterTable(parameter: Parameter, env: BindEnv): ResolvedTable {
  const found = env.options.parameter?.(parameter);
  if (found?.kind === 'table') return found.table;
  const reason =
    found === undefined ? `there is no variable "${parameter.source}"` : `"${parameter.source}" is no table`;
  throw new MillraceError('SQL_UNKNOWN_TABLE', reason, { span: parameter.span });
}

/** `OPTIONS('k'='v')` hints over the table's own options; a later key wins. Other hints are advice to Flink's optimiser and change nothing. */
export function withOptionHints(table: ResolvedTable, hints: readonly Hint[]): ResolvedTable {
  const entries = hints
    .filter((hint) => hint.name.name.toUpperCase() === 'OPTIONS')
    .flatMap((hint) =>
      hint.options.map(({ key, value }) => [key.kind === 'string' ? key.value : key.name, value.value]),
    );
  if (entries.length === 0) return table;
  return { ...table, options: { ...table.options, ...(Object.fromEntries(entries) as Record<string, string>) } };
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
