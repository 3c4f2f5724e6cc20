/** Queries: WITH, SELECT, set operations, VALUES, ORDER BY, LIMIT. */
import { unreachable } from '../assert.ts';
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type * as sqlExpr from '../sql/ast-expr.ts';
import type { OrderItem, Query, QueryBody, Values } from '../sql/ast-query.ts';
import { leastRestrictive } from '../types/coerce.ts';
import { unsupported } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import { bindExpr } from './bind-expr.ts';
import { bindTable } from './bind-table.ts';
import { illegalNull, isBareNull } from './bind-literal.ts';
import { bindSelect } from './bind-select.ts';
import type { BoundSelect } from './bind-select.ts';
import { bindSetOperation } from './bind-set-operation.ts';
import { columnExpr } from './expr-walk.ts';
import type { LogicalPlan, SortKey } from './logical.ts';
import { castTo } from './make-expr.ts';
import { oneRow, pick, project, rename, sort, union, values } from './nodes.ts';
import { relationOf } from './scope.ts';

/** A query anywhere but at the top: an ORDER BY without LIMIT has no meaning there and is left out, as in Flink. */
export const bindQuery = (query: Query, env: BindEnv): LogicalPlan => bindOrdered(query, env, false);

/** The query of a statement: its ORDER BY counts, and names that occur twice are told apart (`id`, `id0`). */
export function bindTopQuery(query: Query, env: BindEnv): LogicalPlan {
  const plan = bindOrdered(query, env, true);
  return rename(plan, uniqueNames(plan.schema.map((column) => column.name)));
}

/** Calcite's way: the second `a` is `a0`, the third `a1`. */
export function uniqueNames(names: readonly string[]): string[] {
  const used = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 0; used.has(unique); i++) unique = `${name}${i}`;
    used.add(unique);
    return unique;
  });
}

function bindOrdered(query: Query, outer: BindEnv, top: boolean): LogicalPlan {
  const env = withCommonTables(query, outer);
  const limit = query.limit === undefined ? undefined : bindCount(query.limit, 'LIMIT', env);
  const offset = query.offset === undefined ? 0 : bindCount(query.offset, 'OFFSET', env);
  const orderBy = top || limit !== undefined || offset > 0 ? query.orderBy : [];
  const bound = bindBody(query.body, env, top);
  if (orderBy.length === 0 && limit === undefined && offset === 0) return bound.plan;
  const { input, keys } = bindOrder(bound, orderBy, env);
  const atEnd = env.options.settings['__table.exec.sort.non-temporal.enabled__'] === 'true';
  const sorted: LogicalPlan = { ...sort(input, keys, offset, limit, orderSpan(query)), atEnd };
  const width = bound.plan.schema.length;
  return input.schema.length === width ? sorted : pick(sorted, [...bound.plan.schema.keys()]);
}

const orderSpan = (query: Query): Span =>
  query.orderBy.length === 0
    ? (query.limit ?? query.offset)!.span
    : { start: query.orderBy[0]!.span.start, end: query.orderBy.at(-1)!.span.end };

function withCommonTables(query: Query, env: BindEnv): BindEnv {
  if (query.with.length === 0) return env;
  if (query.recursive) throw unsupported('WITH RECURSIVE', query.span);
  const ctes = new Map(env.ctes);
  for (const common of query.with) {
    const plan = bindQuery(common.query, { ...env, ctes: new Map(ctes) });
    const names = common.columns.map((column) => column.name);
    if (names.length > 0 && names.length !== plan.schema.length) {
      const [first, last] = [common.columns[0]!.span, common.columns.at(-1)!.span];
      throw new MillraceError('SQL_INVALID', 'Number of columns must match number of query columns', {
        span: { start: first.start - 1, end: last.end + 1 },
        hint: `the list has ${names.length}, the query ${plan.schema.length}`,
      });
    }
    ctes.set(common.name.name, names.length === 0 ? plan : rename(plan, names));
  }
  return { ...env, ctes };
}

function bindCount(node: sqlExpr.Expr, clause: string, env: BindEnv): number {
  const expr = bindExpr(node, { env, scope: { relations: [] }, clause, places: new Map() });
  const value = expr.kind === 'literal' ? expr.value : undefined;
  const count = typeof value === 'bigint' ? Number(value) : value;
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0) return count;
  throw new MillraceError('SQL_INVALID', `${clause} takes a whole number that is not negative`, { span: node.span });
}

/** A plan, and for a SELECT what ORDER BY may refer to besides its columns. */
interface BoundBody {
  readonly plan: LogicalPlan;
  readonly select?: BoundSelect | undefined;
}

function bindBody(body: QueryBody, env: BindEnv, top: boolean): BoundBody {
  switch (body.kind) {
    case 'select': {
      const select = bindSelect(body, env, bindQuery);
      return { plan: select.plan, select };
    }
    case 'query':
      return { plan: bindOrdered(body, env, top) };
    case 'setOperation':
      return { plan: bindSetOperation(body, (side) => bindBody(side, env, false).plan) };
    case 'values':
      return { plan: bindValues(body, env) };
    case 'explicitTable':
      return { plan: bindTable(body.path, [], env, bindQuery).plan };
    default:
      return unreachable(body);
  }
}

/** The columns to sort by. Expressions that are no column of the query become further columns of `input`, behind its own. */
function bindOrder(
  bound: BoundBody,
  items: readonly OrderItem[],
  env: BindEnv,
): { readonly input: LogicalPlan; readonly keys: readonly SortKey[] } {
  const { schema } = bound.plan;
  const extra: Expr[] = [];
  const columnOf = (item: OrderItem): number => {
    const ordinal = item.expr.kind === 'number' && item.expr.form === 'integer' ? Number(item.expr.text) : undefined;
    if (ordinal !== undefined) {
      if (ordinal >= 1 && ordinal <= schema.length) return ordinal - 1;
      throw new MillraceError('SQL_INVALID', `Ordinal out of range: there are ${schema.length} columns`, {
        span: item.expr.span,
      });
    }
    if (item.expr.kind === 'column' && item.expr.parts.length === 1) {
      const name = item.expr.parts[0]!.name;
      const index = schema.findIndex((column) => column.name === name);
      if (index >= 0) return index;
    }
    const found = bound.select?.orderExpr(item.expr);
    if (found !== undefined) return typeof found === 'number' ? found : schema.length + extra.push(found) - 1;
    const expr = bindExpr(item.expr, {
      env,
      scope: { relations: [relationOf(bound.plan, undefined)] },
      clause: 'ORDER BY',
      places: new Map(),
    });
    if (expr.kind === 'column') return expr.index;
    return schema.length + extra.push(expr) - 1;
  };
  const keys = items.map((item) => {
    const descending = item.direction === 'DESC';
    return {
      column: columnOf(item),
      descending,
      nullsFirst: item.nulls === undefined ? !descending : item.nulls === 'FIRST',
    };
  });
  if (extra.length === 0) return { input: bound.plan, keys };
  return { input: withExtraColumns(bound, extra), keys };
}

function withExtraColumns(bound: BoundBody, extra: readonly Expr[]): LogicalPlan {
  const named = extra.map((expr, i) => ({ name: `$sort${i}`, expr }));
  if (bound.select !== undefined) return bound.select.withColumns(named);
  const own = bound.plan.schema.map((column, i) => ({ name: column.name, expr: columnExpr(i, column) }));
  return project(bound.plan, [...own, ...named]);
}

function bindValues(node: Values, env: BindEnv): LogicalPlan {
  const context = { env, scope: { relations: [] }, clause: 'VALUES', places: new Map() };
  const rows = node.rows.map((row) =>
    row.items.map((item) => {
      const expr = bindExpr(item, context);
      if (isBareNull(expr)) throw illegalNull(item.span);
      return expr;
    }),
  );
  const width = rows[0]!.length;
  const wrong = rows.some((row) => row.length !== width);
  const types = wrong ? [] : rows[0]!.map((_, i) => leastRestrictive(rows.map((row) => row[i]!.type)));
  if (wrong || types.includes(undefined)) {
    throw new MillraceError('SQL_TYPE', 'Values passed to VALUES operator must have compatible types', {
      span: node.span,
      hint: wrong ? 'all rows must have the same number of columns' : undefined,
    });
  }
  const schema = types.map((type, i) => ({ name: `EXPR$${i}`, type: type! }));
  const cast = rows.map((row) => row.map((expr, i) => castTo(expr, types[i]!)));
  if (cast.every((row) => row.every((expr) => expr.kind === 'literal'))) {
    return values(
      schema,
      cast.map((row) => row.map((expr) => (expr.kind === 'literal' ? expr.value : null))),
      node.span,
    );
  }
  return union(
    cast.map((row) =>
      project(
        oneRow(node.span),
        row.map((expr, i) => ({ name: schema[i]!.name, expr })),
      ),
    ),
    node.span,
  );
}
