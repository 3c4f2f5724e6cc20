/** Where subqueries are joined to: the rows of FROM, or what a grouping gives. */
import type { Expr } from '../expr/expr.ts';
import { withNullable } from '../types/type.ts';
import { columnExpr } from './expr-walk.ts';
import type { Join, LogicalPlan } from './logical.ts';
import { join } from './nodes.ts';

/** A subquery as the right side of a join; the condition is made when it is known where its columns are. */
export interface SubqueryJoin {
  readonly right: LogicalPlan;
  readonly type: 'left' | 'semi' | 'anti';
  /** Expressions over the columns of the scope around the subquery, for the condition. */
  readonly left: readonly Expr[];
  /** `left` as it is over the rows that are joined; `column(i)`: column i of the right side. */
  readonly condition: (left: readonly Expr[], column: (index: number) => Expr) => Expr | undefined;
  /** The scope whose columns the right side reads, if it does. */
  readonly correlation: string | undefined;
}

export interface SubqueryHost {
  /** Joins the subquery; gives its columns as expressions above the join (those of a LEFT join). */
  attach(sub: SubqueryJoin): (index: number) => Expr;
}

/** Joins subqueries to a plan at once. */
export class JoinedPlan implements SubqueryHost {
  #plan: LogicalPlan;
  constructor(plan: LogicalPlan) {
    this.#plan = plan;
  }

  /** The rows, with further columns behind their own for each subquery that gives a value. */
  get plan(): LogicalPlan {
    return this.#plan;
  }

  attach(sub: SubqueryJoin): (index: number) => Expr {
    const width = this.#plan.schema.length;
    const { schema } = sub.right;
    const condition = sub.condition(sub.left, (i) => columnExpr(width + i, schema[i]!));
    this.#plan = withCorrelation(join(this.#plan, sub.right, sub.type, condition, sub.right.span), sub.correlation);
    return (i) => columnExpr(width + i, this.#plan.schema[width + i]!);
  }
}

const withCorrelation = (plan: Join, correlation: string | undefined): Join =>
  correlation === undefined ? plan : { ...plan, correlation };

/** Column numbers below this stand for columns of subqueries that are joined later. */
const LATER = -1_000_000;

/**
 * Keeps subqueries until the rows that they are joined to are known: those of a grouping. Their columns are stand-ins, which `resolve`
 * replaces.
 */
export class LaterJoins implements SubqueryHost {
  readonly #waiting: SubqueryJoin[] = [];
  #columns = 0;

  attach(sub: SubqueryJoin): (index: number) => Expr {
    const first = this.#columns;
    const { schema } = sub.right;
    this.#waiting.push(sub);
    this.#columns += schema.length;
    return (i) => columnExpr(LATER - first - i, { ...schema[i]!, type: withNullable(schema[i]!.type, true) });
  }

  /** The number of the column behind `width` others that a stand-in means; undefined for other columns. */
  static resolve(index: number, width: number): number | undefined {
    return index <= LATER ? width + LATER - index : undefined;
  }

  /** Joins all of them; `rewrite` turns expressions of the scope into such over the columns of `plan`, or of the joins made so far. */
  join(
    plan: LogicalPlan,
    rewrite: (expr: Expr) => Expr,
    replaceOuter: (right: LogicalPlan, correlation: string) => LogicalPlan,
  ): LogicalPlan {
    const host = new JoinedPlan(plan);
    for (const sub of this.#waiting) {
      const { correlation } = sub;
      host.attach({
        ...sub,
        left: sub.left.map(rewrite),
        right: correlation === undefined ? sub.right : replaceOuter(sub.right, correlation),
      });
    }
    return host.plan;
  }
}
