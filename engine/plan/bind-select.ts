/** SELECT: FROM, WHERE, the select list, DISTINCT; grouping is bind-group.ts. */
import { MillraceError, didYouMean } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type * as sql from '../sql/ast-expr.ts';
import type { Select, SelectItem } from '../sql/ast-query.ts';
import type { BindEnv, BindQuery } from './bind-context.ts';
import { bindCondition, bindExpr } from './bind-expr.ts';
import type { ExprContext } from './bind-expr.ts';
import { bindFrom } from './bind-from.ts';
import { Grouping } from './bind-group.ts';
import { checkQueryHints, stateTtl } from './bind-query-hints.ts';
import { OverCalls } from './bind-over.ts';
import { illegalNull, isBareNull } from './bind-literal.ts';
import { conjunctsOf, plainTests, Subqueries } from './bind-subquery.ts';
import { andAll, sameExpr } from './expr-walk.ts';
import type { LogicalPlan } from './logical.ts';
import { checkLookupHints } from './lookup-hint.ts';
import { distinct, filter, oneRow, project } from './nodes.ts';
import type { NamedExpr } from './nodes.ts';
import { stateTtlHint, withAggregateTtl } from './state-ttl.ts';
import { field, findRelation, resolveName } from './scope.ts';
import type { Scope, ScopeColumn } from './scope.ts';
import { JoinedPlan } from './subquery-host.ts';

export interface BoundSelect {
  readonly plan: LogicalPlan;
  /** What an ORDER BY expression is: a column of `plan`, or an expression for `withColumns`. */
  orderExpr(node: sql.Expr): number | Expr;
  /** `plan` with further columns behind its own. */
  withColumns(extra: readonly NamedExpr[]): LogicalPlan;
}

export function bindSelect(select: Select, env: BindEnv, bindQuery: BindQuery): BoundSelect {
  checkQueryHints(select.hints, select.from);
  const from =
    select.from === undefined
      ? { plan: oneRow(select.span), scope: { relations: [] } }
      : bindFrom(select.from, { ...env, stateTtl: stateTtl(select.hints) }, bindQuery);
  const scope: Scope = env.outer === undefined ? from.scope : { ...from.scope, outer: env.outer };
  const ttl = stateTtlHint(select.hints, from.scope);
  const host = new JoinedPlan(from.plan);
  const where = bindWhere(select.where, new Subqueries(host, scope, env, bindQuery), scope, env);

  checkLookupHints(select.hints, scope);
  const items = expandItems(select.items, scope, env);
  const grouping = new Grouping(select, host, where, scope, env, bindQuery);
  const overs = new OverCalls(select.windows);
  const context = (clause: string): ExprContext => {
    const inner = grouping.context(clause);
    return { ...inner, over: (node) => overs.bind(node, inner) };
  };
  const exprs = items.map(({ node, expr }) => {
    const bound = expr === undefined ? bindExpr(node, context('SELECT')) : grouping.starColumn(expr, node.span);
    if (isBareNull(bound)) throw illegalNull(node.span);
    return bound;
  });
  const having =
    select.having === undefined ? undefined : bindCondition(select.having, grouping.context('HAVING clause'));
  const qualify = select.qualify === undefined ? undefined : bindQualify(select.qualify, items, exprs, context);
  if (qualify !== undefined && !overs.uses(qualify)) throw noWindowInQualify(select.qualify!, env);
  const finish = (list: readonly Expr[]): Expr[] => grouping.finish(list).map((expr) => overs.finish(expr));
  const outputs = (): NamedExpr[] => finish(exprs).map((expr, i) => ({ name: nameOf(items[i]!, i), expr }));
  const source = (): LogicalPlan => {
    const bare = grouping.plan();
    const grouped = ttl === undefined ? bare : withAggregateTtl(bare, ttl);
    const kept = having === undefined ? grouped : filter(grouped, grouping.finish([having])[0]!, select.having!.span);
    const windowed = overs.attach(kept, (list) => grouping.finish(list), select.span);
    return qualify === undefined ? windowed : filter(windowed, finish([qualify])[0]!, select.qualify!.span);
  };
  const build = (extra: readonly NamedExpr[]): LogicalPlan => {
    const input = source();
    const finished = finish(extra.map(({ expr }) => expr)).map((expr, i) => ({ name: extra[i]!.name, expr }));
    return project(input, [...outputs(), ...finished], select.span);
  };
  const isDistinct = select.quantifier === 'DISTINCT';
  // Aggregates of ORDER BY are known only when ORDER BY is bound, so nothing is built before it is asked for.
  return {
    get plan() {
      const plan = build([]);
      return isDistinct ? { ...distinct(plan, select.span), ttl } : plan;
    },
    orderExpr(node) {
      const bound = bindExpr(node, context('ORDER BY'));
      const index = exprs.findIndex((expr) => sameExpr(expr, bound));
      if (index >= 0) return index;
      if (!isDistinct) return bound;
      throw new MillraceError('SQL_INVALID', 'ORDER BY of a SELECT DISTINCT may use columns of its list only', {
        span: node.span,
      });
    },
    withColumns: build,
  };
}

/** QUALIFY sees the names of the select list before those of FROM. */
function bindQualify(
  node: sql.Expr,
  items: readonly Item[],
  exprs: readonly Expr[],
  contextOf: (clause: string) => ExprContext,
): Expr {
  const context = contextOf('QUALIFY clause');
  const alias = (name: string): Expr | undefined => exprs[items.findIndex((item) => item.alias === name)];
  return bindCondition(node, { ...context, alias });
}

const noWindowInQualify = (node: sql.Expr, env: BindEnv): MillraceError =>
  new MillraceError(
    'SQL_INVALID',
    `QUALIFY expression '${env.text.slice(node.span.start, node.span.end)}' must contain a window function`,
    { span: node.span, hint: 'conditions on columns go into WHERE' },
  );

/** The condition of WHERE, without the parts that become joins. */
function bindWhere(node: sql.Expr | undefined, subqueries: Subqueries, scope: Scope, env: BindEnv): Expr | undefined {
  const plain = plainTests(node);
  const context: ExprContext = {
    env,
    scope,
    clause: 'WHERE clause',
    places: new Map(),
    scalarQuery: (query) => subqueries.scalar(query),
    subqueryTest: (test) => subqueries.test(test, context, plain.has(test)),
  };
  const parts = conjunctsOf(node);
  const filters = parts.map((part) => subqueries.filter(part, context));
  if (node !== undefined && filters.every((filter) => filter === undefined)) return bindCondition(node, context);
  return andAll(parts.flatMap((part, i) => filters[i] ?? [bindCondition(part, context)]));
}

/** A column of the list: an expression to bind, or what a star stands for. */
interface Item {
  readonly node: sql.Expr;
  readonly expr: Expr | undefined;
  readonly alias: string | undefined;
}

function expandItems(items: readonly SelectItem[], scope: Scope, env: BindEnv): Item[] {
  return items.flatMap(({ expr: node, alias }): Item[] => {
    if (node.kind !== 'star') return [{ node, expr: undefined, alias: alias?.name }];
    const columns = expandStar(node, scope);
    env.expansions?.set(node, { kind: 'star', columns: columns.map((column) => starName(column, node, scope)) });
    return columns.map(({ name, expr }) => ({ node, expr, alias: name }));
  });
}

/** How a column of a star is written without it. */
function starName(column: NamedExpr, node: sql.Star, scope: Scope): readonly string[] {
  const owner = scope.relations.find((relation) =>
    relation.columns.some((other) => other.expr === column.expr || other.own === column.expr),
  );
  if (owner?.alias !== undefined) return [owner.alias, column.name];
  return owner === undefined ? [...node.parts.map((part) => part.name), column.name] : [column.name];
}

/** `*`, `t.*` and `row.*`. */
function expandStar(node: sql.Star, scope: Scope): NamedExpr[] {
  if (node.parts.length === 0) {
    if (scope.relations.length === 0) {
      throw new MillraceError('SQL_INVALID', 'SELECT * needs a FROM clause', { span: node.span });
    }
    return sharedFirst(scope).flatMap((relation) => {
      const columns = relation.columns.filter((column) => column.hidden !== true);
      const twice = columns.find((column, i) => columns.findIndex((other) => other.name === column.name) !== i);
      if (twice === undefined) return columns;
      throw new MillraceError('SQL_AMBIGUOUS_COLUMN', `column "${twice.name}" is ambiguous`, {
        span: node.span,
        hint: `the subquery has two columns "${twice.name}": give one another name with AS`,
      });
    });
  }
  const [first] = node.parts as [(typeof node.parts)[number]];
  const found = findRelation(scope, [...node.parts, first]);
  if (found !== undefined && found.used === node.parts.length) {
    return found.relation.columns.map((column) => ({ name: column.name, expr: column.own ?? column.expr }));
  }
  const isKnown = found !== undefined || scope.relations.some((r) => r.columns.some((c) => c.name === first.name));
  const row = isKnown ? resolveName(scope, node.parts) : undefined;
  if (row?.type.kind === 'ROW') return row.type.fields.map(({ name }) => ({ name, expr: field(row, name)! }));
  const aliases = scope.relations.flatMap((relation) => relation.alias ?? []);
  const text = node.parts.map((part) => part.name).join('.');
  throw new MillraceError('SQL_UNKNOWN_TABLE', `there is no table or ROW column "${text}" here for ${text}.*`, {
    span: node.span,
    hint: didYouMean(text, aliases) ?? (aliases.length === 0 ? undefined : `tables here: ${aliases.join(', ')}`),
  });
}

/** The columns of USING and NATURAL come before all others. */
function sharedFirst(scope: Scope): readonly { readonly columns: readonly ScopeColumn[] }[] {
  const isShared = (column: ScopeColumn): boolean => column.shared === true;
  const shared = scope.relations.flatMap((relation) => relation.columns.filter(isShared));
  if (shared.length === 0) return scope.relations;
  const rest = scope.relations.map(({ columns }) => ({ columns: columns.filter((column) => !isShared(column)) }));
  return [{ columns: shared }, ...rest];
}

/** The alias, the last part of a name, or EXPR$n with the column's number. */
function nameOf(item: Item, index: number): string {
  if (item.alias !== undefined) return item.alias;
  if (item.node.kind === 'column') return item.node.parts.at(-1)!.name;
  if (item.node.kind === 'call' && !item.node.parentheses) return item.node.name.parts.at(-1)!.name;
  return `EXPR$${index}`;
}
