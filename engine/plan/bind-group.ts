/**
 * GROUP BY and aggregates. Expressions above the grouping are bound over the columns of FROM, with aggregates as stand-ins;
 * `finish` then rewrites them over what the grouping puts out, and finds columns that are not grouped.
 *
 *   Project(keys, arguments) → Aggregate → [Filter(HAVING)] → Project(select list)
 */
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type * as sql from '../sql/ast-expr.ts';
import type { Select } from '../sql/ast-query.ts';
import { bindAggregate } from './bind-aggregate.ts';
import type { BoundAggregate } from './bind-aggregate.ts';
import type { BindEnv, BindQuery } from './bind-context.ts';
import { bindExpr } from './bind-expr.ts';
import type { ExprContext } from './bind-expr.ts';
import { bindGroupWindow, windowPropertyOf } from './bind-group-window.ts';
import type { GroupWindow } from './bind-group-window.ts';
import { groupingSets } from './bind-grouping-sets.ts';
import { Subqueries } from './bind-subquery.ts';
import { isOverColumn } from './bind-over.ts';
import { asOuter, replaceOuterInPlan } from './correlation.ts';
import { columnExpr, exprKey, mapExprChildren, remapColumns, sameExpr } from './expr-walk.ts';
import { aggregatePlan } from './group-plan.ts';
import { filter } from './nodes.ts';
import type { LogicalPlan, WindowProperty } from './logical.ts';
import type { Scope } from './scope.ts';
import { LaterJoins } from './subquery-host.ts';
import type { JoinedPlan } from './subquery-host.ts';

/** A stand-in for something that only the grouping knows: column -1 is the first slot, -2 the second ... */
export type Slot =
  | { readonly kind: 'aggregate'; readonly aggregate: BoundAggregate }
  | { readonly kind: 'property'; readonly property: WindowProperty }
  /** GROUPING(a, b): bits, the first argument's the highest. */
  | { readonly kind: 'grouping'; readonly keys: readonly number[] };

export class Grouping {
  readonly keys: readonly Expr[];
  /** Indexes into `keys`; several with GROUPING SETS, ROLLUP, CUBE. */
  readonly sets: readonly (readonly number[])[];
  readonly window: GroupWindow | undefined;
  readonly slots: Slot[] = [];
  readonly #select: Select;
  readonly #from: JoinedPlan;
  /** Subqueries of aggregates' arguments, joined to the rows of FROM. */
  readonly #inside: Subqueries;
  /** Subqueries above the grouping, joined to what it gives. */
  readonly #later = new LaterJoins();
  readonly #above: Subqueries;
  readonly #where: Expr | undefined;
  readonly #scope: Scope;
  readonly #env: BindEnv;
  readonly #places = new Map<Expr, Span>();
  readonly #slotKeys = new Map<string, Expr>();

  constructor(
    select: Select,
    from: JoinedPlan,
    where: Expr | undefined,
    scope: Scope,
    env: BindEnv,
    bindQuery: BindQuery,
  ) {
    this.#inside = new Subqueries(from, scope, env, bindQuery);
    this.#above = new Subqueries(this.#later, scope, env, bindQuery);
    this.#select = select;
    this.#from = from;
    this.#where = where;
    this.#scope = scope;
    this.#env = env;
    const { sets, window } = groupingSets(select.groupBy);
    this.window = window === undefined ? undefined : bindGroupWindow(window, from.plan, this.#plainContext('GROUP BY'));
    const keys: Expr[] = [];
    const indexOf = (node: sql.Expr): number => {
      const expr = bindExpr(node, this.#plainContext('GROUP BY clause'));
      const known = keys.findIndex((key) => sameExpr(key, expr));
      return known >= 0 ? known : keys.push(expr) - 1;
    };
    this.sets = sets.map((set) => [...new Set(set.map(indexOf))]);
    this.keys = keys;
  }

  /** Whether the SELECT groups at all; known for sure when all of its expressions are bound. */
  get #groups(): boolean {
    return this.#select.groupBy !== undefined || this.#select.having !== undefined || this.slots.length > 0;
  }

  #plainContext(clause: string): ExprContext {
    const context: ExprContext = {
      env: this.#env,
      scope: this.#scope,
      clause,
      places: this.#places,
      scalarQuery: (node) => this.#inside.scalar(node),
      subqueryTest: (node) => this.#inside.test(node, context, false),
    };
    return context;
  }

  /** For expressions that may hold aggregates. */
  context(clause: string): ExprContext {
    const context: ExprContext = {
      ...this.#plainContext(clause),
      aggregate: (node) => this.#aggregate(node),
      groupWindow: (node) => this.#windowProperty(node),
      grouping: (node) => this.#grouping(node),
      scalarQuery: (node) => this.#above.scalar(node),
      subqueryTest: (node) => this.#above.test(node, context, false),
    };
    return context;
  }

  /** A column that `*` stands for. */
  starColumn(expr: Expr, span: Span): Expr {
    const own = { ...expr };
    this.#places.set(own, span);
    return own;
  }

  #slot(slot: Slot, name: string, type: Expr['type']): Expr {
    const key = JSON.stringify([slot.kind, slot.kind === 'aggregate' ? slot.aggregate.key : slot]);
    let standIn = this.#slotKeys.get(key);
    if (standIn === undefined) {
      standIn = columnExpr(-this.slots.push(slot), { name, type });
      this.#slotKeys.set(key, standIn);
    }
    return standIn;
  }

  #aggregate(node: sql.Call | sql.JsonObject | sql.JsonArray): Expr {
    const alwaysRows = this.keys.length > 0 && this.sets.every((set) => set.length > 0);
    const aggregate = bindAggregate(node, this.#plainContext('an aggregate'), alwaysRows || this.window !== undefined);
    return this.#slot({ kind: 'aggregate', aggregate }, aggregate.fn, aggregate.type);
  }

  #windowProperty(node: sql.Call): Expr | undefined {
    if (this.window === undefined) return undefined;
    const property = windowPropertyOf(node, this.window, this.#plainContext('GROUP BY'));
    if (property === undefined || 'expr' in property) return property?.expr;
    return this.#slot({ kind: 'property', property: property.property }, `window_${property.property}`, property.type);
  }

  /** GROUP_ID() tells equal grouping sets apart; they are made one, as Flink does, so that it is 0: GROUPING of nothing. */
  #grouping(node: sql.Call): Expr {
    const name = node.name.parts.at(-1)!.name.toUpperCase();
    if (this.keys.length === 0 && this.#select.groupBy === undefined) {
      throw new MillraceError('SQL_INVALID', `${name} operator may only occur in an aggregate query`, {
        span: node.span,
      });
    }
    if ((name === 'GROUP_ID') !== (node.arguments.length === 0)) {
      throw new MillraceError('SQL_TYPE', `Invalid number of arguments to function '${name}'`, { span: node.span });
    }
    const keys = node.arguments.map((arg) => {
      const expr = bindExpr(arg, this.#plainContext('GROUPING'));
      const index = this.keys.findIndex((key) => sameExpr(key, expr));
      if (index >= 0) return index;
      throw new MillraceError('SQL_INVALID', 'Argument to GROUPING operator must be a grouped expression', {
        span: arg.span,
      });
    });
    return this.#slot({ kind: 'grouping', keys }, 'GROUPING', { kind: 'BIGINT', nullable: false });
  }

  /** FROM and WHERE, grouped when the SELECT groups, with the subqueries of the select list joined to it. */
  plan(): LogicalPlan {
    const { span } = this.#select.where ?? this.#select;
    const input = this.#where === undefined ? this.#from.plan : filter(this.#from.plan, this.#where, span);
    const plan = this.#groups ? aggregatePlan(this, input, this.#select.groupBy?.span ?? this.#select.span) : input;
    const rewrite = (expr: Expr): Expr => this.finish([expr])[0]!;
    return this.#later.join(plan, rewrite, (right, scope) =>
      replaceOuterInPlan(right, scope, (column) => asOuter(rewrite(column), scope)),
    );
  }

  /** Bound expressions over the columns of `plan()`. @throws SQL_INVALID for a column that is not grouped */
  finish(exprs: readonly Expr[]): readonly Expr[] {
    if (!this.#groups) {
      const width = this.#from.plan.schema.length;
      return exprs.map((expr) => remapColumns(expr, (index) => LaterJoins.resolve(index, width) ?? index));
    }
    const keys = new Map(this.keys.map((key, i) => [exprKey(key), i]));
    const nullable = this.keys.map((_, i) => this.sets.some((set) => !set.includes(i)));
    const rewrite = (expr: Expr): Expr => {
      const key = keys.get(exprKey(expr));
      if (key !== undefined) {
        const { type } = this.keys[key]!;
        const name = expr.kind === 'column' ? expr.name : `$key${key}`;
        return columnExpr(key, {
          name,
          type: nullable[key] === true ? ({ ...type, nullable: true } as typeof type) : type,
        });
      }
      if (expr.kind !== 'column') return mapExprChildren(expr, rewrite);
      if (isOverColumn(expr.index)) return expr;
      const later = LaterJoins.resolve(expr.index, this.keys.length + this.slots.length);
      if (later !== undefined) return { ...expr, index: later };
      if (expr.index < 0) return { ...expr, index: this.keys.length - expr.index - 1 };
      throw this.#notGrouped(expr, expr.name);
    };
    return exprs.map(rewrite);
  }

  #notGrouped(expr: Expr, name: string): MillraceError {
    const hint =
      this.#select.groupBy === undefined
        ? `the query has aggregates: add GROUP BY ${name}, or put it into an aggregate`
        : `add it to GROUP BY, or put it into an aggregate: MAX(${name})`;
    return new MillraceError('SQL_INVALID', `Expression '${name}' is not being grouped`, {
      span: this.#placeOf(expr),
      hint,
    });
  }

  #placeOf(expr: Expr): Span | undefined {
    const own = this.#places.get(expr);
    if (own !== undefined) return own;
    const key = exprKey(expr);
    return [...this.#places].find(([other]) => exprKey(other) === key)?.[1];
  }
}
