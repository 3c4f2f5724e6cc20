/** Joins in FROM: comma, CROSS, INNER, LEFT, RIGHT and FULL with ON, USING and NATURAL. */
import { unreachable } from '../assert.ts';
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type { Identifier } from '../sql/ast.ts';
import type { Join, TableRef } from '../sql/ast-query.ts';
import { leastRestrictive } from '../types/coerce.ts';
import { sameType, typeToString, withNullable } from '../types/type.ts';
import type { BindEnv } from './bind-context.ts';
import { bindCondition } from './bind-expr.ts';
import { andAll, mapExprChildren, remapColumns } from './expr-walk.ts';
import type { Join as JoinPlan, JoinType } from './logical.ts';
import type { Ms } from '../types/value.ts';
import { callFunction, castTo } from './make-expr.ts';
import { join } from './nodes.ts';
import type { BoundFrom, Relation, Scope, ScopeColumn } from './scope.ts';

export function bindJoin(ref: Join, env: BindEnv, bindFrom: (ref: TableRef) => BoundFrom): BoundFrom {
  checkCondition(ref, env);
  const left = bindFrom(ref.left);
  const right = bindFrom(ref.right);
  const width = left.plan.schema.length;
  const rightRelations = right.scope.relations.map((relation) => shifted(relation, width));
  checkAliases(left.scope.relations, rightRelations, ref);
  const both: Scope = { relations: [...left.scope.relations, ...rightRelations], outer: env.outer };

  const shared = ref.natural ? naturalNames(left.scope, rightRelations) : ref.using;
  if (shared !== undefined) return joinUsing(ref, env, left, right, rightRelations, shared);
  const condition =
    ref.on === undefined
      ? undefined
      : bindCondition(ref.on, { env, scope: both, clause: 'ON clause', places: new Map() });
  const type = joinType(ref);
  return {
    plan: withTtl(join(left.plan, right.plan, type, condition, ref.span), left.scope, right.scope, env),
    scope: { relations: padded(left.scope.relations, rightRelations, type) },
  };
}

/** STATE_TTL hints name inputs that are one table each. */
function withTtl(plan: JoinPlan, left: Scope, right: Scope, env: BindEnv): JoinPlan {
  const ttlOf = ({ relations }: Scope): Ms | undefined => {
    const alias = relations.length === 1 ? relations[0]!.alias : undefined;
    return alias === undefined ? undefined : env.stateTtl?.get(alias);
  };
  const stateTtl = [ttlOf(left), ttlOf(right)] as const;
  return stateTtl.every((ttl) => ttl === undefined) ? plan : { ...plan, stateTtl };
}

function joinType({ type }: Join): JoinType {
  switch (type) {
    case 'LEFT':
      return 'left';
    case 'RIGHT':
      return 'right';
    case 'FULL':
      return 'full';
    case 'INNER':
    case 'CROSS':
    case 'COMMA':
      return 'inner';
    default:
      return unreachable(type);
  }
}

/** Behind an outer join the columns of the side that it pads may be NULL. */
function padded(left: readonly Relation[], right: readonly Relation[], type: JoinType): readonly Relation[] {
  const isPadded = { left: type === 'right' || type === 'full', right: type === 'left' || type === 'full' };
  return [...(isPadded.left ? left.map(nullable) : left), ...(isPadded.right ? right.map(nullable) : right)];
}

const nullable = (relation: Relation): Relation => ({
  ...relation,
  columns: relation.columns.map((column) => mapColumn(column, nullableExpr)),
});

function nullableExpr(expr: Expr): Expr {
  const inner = mapExprChildren(expr, nullableExpr);
  return { ...inner, type: withNullable(inner.type, true) };
}

/** @throws SQL_INVALID for a join without a condition, or with two kinds of one */
export function checkCondition(ref: Join, env: BindEnv): void {
  const hasCondition = ref.on !== undefined || ref.using !== undefined;
  if (ref.natural && hasCondition) {
    throw new MillraceError('SQL_INVALID', 'Cannot specify NATURAL keyword with ON or USING clause', {
      span: ref.on?.span ?? ref.span,
    });
  }
  if (ref.type === 'CROSS' || ref.type === 'COMMA' || ref.natural || hasCondition) return;
  throw new MillraceError(
    'SQL_INVALID',
    'INNER, LEFT, RIGHT or FULL join requires a condition (NATURAL keyword or ON or USING clause)',
    { span: joinWord(ref, env), hint: 'add ON, or say CROSS JOIN' },
  );
}

/** The word JOIN between the two sides. */
function joinWord(ref: Join, env: BindEnv): Span {
  const between = env.text.slice(ref.left.span.end, ref.right.span.start);
  const at = between.search(/\bJOIN\b/i);
  const start = ref.left.span.end + at;
  return at < 0 ? ref.span : { start, end: start + 'JOIN'.length };
}

function shifted(relation: Relation, by: number): Relation {
  const shift = (expr: Expr): Expr => remapColumns(expr, (i) => i + by);
  return { ...relation, columns: relation.columns.map((column) => mapColumn(column, shift)) };
}

const mapColumn = (column: ScopeColumn, change: (expr: Expr) => Expr): ScopeColumn => ({
  ...column,
  expr: change(column.expr),
  own: column.own && change(column.own),
});

function checkAliases(left: readonly Relation[], right: readonly Relation[], ref: Join): void {
  const twice = right.find(({ alias }) => alias !== undefined && left.some((other) => other.alias === alias));
  if (twice === undefined) return;
  throw new MillraceError('SQL_INVALID', `Duplicate relation name '${twice.alias}' in FROM clause`, {
    span: ref.right.span,
    hint: `give it another name: ${twice.alias} AS ${twice.alias}2`,
  });
}

const visible = (relations: readonly Relation[]): ScopeColumn[] =>
  relations.flatMap((relation) => relation.columns.filter((column) => column.hidden !== true));

function naturalNames(left: Scope, right: readonly Relation[]): Pick<Identifier, 'name'>[] {
  const names = new Set(visible(right).map((column) => column.name));
  return visible(left.relations).filter((column) => names.has(column.name));
}

/** USING (a, b): equal in these columns, each of which is seen once. */
function joinUsing(
  ref: Join,
  env: BindEnv,
  left: BoundFrom,
  right: BoundFrom,
  rightRelations: readonly Relation[],
  names: readonly (Pick<Identifier, 'name'> & Partial<Identifier>)[],
): BoundFrom {
  const pairs = names.map((name) => ({
    name: name.name,
    left: theOnly(visible(left.scope.relations), name, 'left', ref),
    right: theOnly(visible(rightRelations), name, 'right', ref),
  }));
  const conditions = pairs.map((pair) => callFunction('=', [pair.left.expr, pair.right.expr], { span: ref.span }));
  const type = joinType(ref);
  const merged = new Map(pairs.map((pair) => [pair.left, mergedColumn(pair.left.expr, pair.right.expr, type)]));
  const hiddenColumns = new Set(pairs.map((pair) => pair.right));
  const hide = (column: ScopeColumn): ScopeColumn => (hiddenColumns.has(column) ? { ...column, hidden: true } : column);
  const known = padded(
    left.scope.relations,
    rightRelations.map((relation) => ({ ...relation, columns: relation.columns.map(hide) })),
    type,
  );
  const relations = known.map((relation, r) => ({
    ...relation,
    columns: relation.columns.map((column, c) => {
      const expr = merged.get(left.scope.relations[r]?.columns[c] as ScopeColumn);
      return expr === undefined ? column : { ...column, expr, shared: true, own: column.own ?? column.expr };
    }),
  }));
  const plan = join(left.plan, right.plan, type, andAll(conditions), ref.span);
  return { plan: withTtl(plan, left.scope, right.scope, env), scope: { relations } };
}

/** One value of both, in the type of both: the one that is NOT NULL, else the left one. FULL: whichever is there. */
function mergedColumn(left: Expr, right: Expr, join: JoinType): Expr {
  const type = leastRestrictive([left.type, right.type]);
  if (join === 'full') return callFunction('COALESCE', [nullableExpr(left), nullableExpr(right)]);
  const onRight = join === 'right' || (join === 'inner' && left.type.nullable && !right.type.nullable);
  const chosen = onRight ? right : left;
  return type === undefined || sameType(type, chosen.type, { nullability: false }) ? chosen : castTo(chosen, type);
}

function theOnly(
  columns: readonly ScopeColumn[],
  name: Pick<Identifier, 'name'> & Partial<Identifier>,
  side: string,
  ref: Join,
): ScopeColumn {
  const found = columns.filter((column) => column.name === name.name);
  if (found.length === 1) return found[0]!;
  const span = name.span ?? ref.span;
  if (found.length === 0) {
    throw new MillraceError(
      'SQL_UNKNOWN_COLUMN',
      `Column '${name.name}' not found in any table on the ${side} of the join`,
      { span },
    );
  }
  const types = found.map((column) => typeToString(column.expr.type)).join(', ');
  throw new MillraceError(
    'SQL_AMBIGUOUS_COLUMN',
    `Column name '${name.name}' in NATURAL join or USING clause is not unique on one side of join`,
    {
      span,
      hint: `on the ${side} there are several: ${types}`,
    },
  );
}
