/**
 * Subqueries of SELECT lists and conditions, as joins of the FROM clause with what they give:
 *   x IN (query), EXISTS (query)   a join with its distinct values: a row has one partner or none
 *   (SELECT MAX(x) ..)             a join with its one row, or with NULL while it has none
 */
import { MillraceError } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type { AggregateCall } from '../functions/function.ts';
import { aggregateFunction } from '../functions/registry.ts';
import type * as sql from '../sql/ast-expr.ts';
import type { Select } from '../sql/ast-query.ts';
import { withNullable } from '../types/type.ts';
import { unsupported } from './bind-context.ts';
import type { BindEnv, BindQuery } from './bind-context.ts';
import { bindCondition, bindExpr } from './bind-expr.ts';
import type { ExprContext } from './bind-expr.ts';
import { bindFrom } from './bind-from.ts';
import { andAll, columnExpr, columnsOf, literalExpr, remapColumns } from './expr-walk.ts';
import type { LogicalPlan } from './logical.ts';
import { callFunction } from './make-expr.ts';
import { aggregate, distinct, filter, join, project, union, values } from './nodes.ts';
import type { Relation, Scope } from './scope.ts';

export class Subqueries {
  readonly #env: BindEnv;
  readonly #bindQuery: BindQuery;
  #plan: LogicalPlan;

  constructor(plan: LogicalPlan, env: BindEnv, bindQuery: BindQuery) {
    this.#plan = plan;
    this.#env = env;
    this.#bindQuery = bindQuery;
  }

  /** The rows of FROM, with further columns behind their own for each subquery. */
  get plan(): LogicalPlan {
    return this.#plan;
  }

  /** The column that holds the value of `(SELECT ..)`. */
  scalar(node: sql.ScalarQuery): Expr {
    const { span } = node.query;
    const sub = this.#bindQuery(node.query, this.#env);
    if (sub.schema.length !== 1) {
      throw new MillraceError('SQL_TYPE', `a subquery as a value has one column, not ${sub.schema.length}`, { span });
    }
    const { name, type } = sub.schema[0]!;
    const max = aggregateFunction('MAX')?.resolve([{ type }], {});
    if (!hasOneRow(sub) || max === undefined) {
      throw unsupported('a subquery as a value that is no aggregate without GROUP BY', span, 'write it as a JOIN');
    }
    const nullable = withNullable(type, true);
    const missing = values([{ name, type: nullable }], [[null]], span);
    const call: AggregateCall = { fn: 'MAX', args: [0], distinct: false, filter: undefined, type: nullable, name };
    return this.#append(aggregate(union([sub, missing], span), [], [call], span), undefined);
  }

  /** A condition that must hold, as a join: `operand IN (query)`. */
  isIn(node: sql.InQuery, context: ExprContext): void {
    const operands = node.operand.kind === 'row' ? node.operand.items : [node.operand];
    const left = operands.map((operand) => bindExpr(operand, context));
    const sub = this.#uncorrelated(node, context.scope);
    if (sub.schema.length !== left.length) {
      throw new MillraceError(
        'SQL_TYPE',
        `Values passed to IN operator must have compatible types: ${left.length} and ${sub.schema.length} columns`,
        {
          span: node.span,
        },
      );
    }
    const equalities = left.map((expr, i) =>
      callFunction('=', [expr, columnExpr(i, sub.schema[i]!)], { span: node.span }),
    );
    this.#semiJoin(
      sub,
      equalities.map((equality) => sidesOf(equality)),
    );
  }

  /** The query of IN, which must not use columns from around it. */
  #uncorrelated(node: sql.InQuery, outer: Scope): LogicalPlan {
    try {
      return this.#bindQuery(node.query, this.#env);
    } catch (error) {
      if (!(error instanceof MillraceError) || error.span === undefined) throw error;
      const [name] = this.#env.text.slice(error.span.start, error.span.end).replaceAll('`', '').split('.') as [string];
      const isOuter = outer.relations.some((r) => r.alias === name || r.columns.some((column) => column.name === name));
      const isMissing = error.code === 'SQL_UNKNOWN_COLUMN' || error.code === 'SQL_UNKNOWN_TABLE';
      if (!isOuter || !isMissing) throw error;
      throw unsupported(
        'IN with a subquery that uses columns from around it',
        node.span,
        'write it as EXISTS or as a JOIN',
      );
    }
  }

  /** `EXISTS (SELECT .. WHERE inner = outer)`. */
  exists(node: sql.Exists, scope: Scope): void {
    const select = plainSelect(node);
    const width = this.#plan.schema.length;
    const from = bindFrom(select.from!, this.#env, this.#bindQuery);
    const inner: Scope = { relations: from.scope.relations.map((relation) => shifted(relation, width)), outer: scope };
    const context: ExprContext = { env: this.#env, scope: inner, clause: 'WHERE clause', places: new Map() };
    const parts = conjunctsOf(select.where).map((part) => bindCondition(part, context));
    const isInner = (expr: Expr): boolean => [...columnsOf(expr)].every((i) => i >= width);
    const own = (expr: Expr): Expr => remapColumns(expr, (i) => i - width);
    const keys = parts.filter((part) => !isInner(part)).map((part) => correlation(part, isInner, node));
    const condition = andAll(parts.filter(isInner).map(own));
    const input = condition === undefined ? from.plan : filter(from.plan, condition, node.span);
    this.#semiJoin(
      input,
      keys.map(({ equality, left, right }) => ({ equality, left, right: own(right) })),
    );
  }

  /** Joins with the distinct values of the right sides of some equalities. */
  #semiJoin(input: LogicalPlan, keys: readonly Equality[]): void {
    const items = keys.map(({ right }, i) => ({ name: `$key${i}`, expr: right }));
    const marker = { name: '$exists', expr: literalExpr(true, { kind: 'BOOLEAN', nullable: false }) };
    const right = distinct(project(input, items.length === 0 ? [marker] : items));
    const width = this.#plan.schema.length;
    const conditions = keys.map(({ equality, left }, i): Expr => ({
      ...equality,
      args: [left, columnExpr(width + i, right.schema[i]!)],
    }));
    this.#append(right, andAll(conditions));
  }

  #append(right: LogicalPlan, condition: Expr | undefined): Expr {
    const index = this.#plan.schema.length;
    this.#plan = join(this.#plan, right, 'inner', condition, right.span);
    return columnExpr(index, right.schema[0]!);
  }
}

interface Equality {
  readonly equality: Extract<Expr, { kind: 'call' }>;
  /** Over the outer columns. */
  readonly left: Expr;
  /** Over the subquery's columns. */
  readonly right: Expr;
}

function sidesOf(expr: Expr): Equality {
  const equality = expr as Extract<Expr, { kind: 'call' }>;
  const [left, right] = equality.args as [Expr, Expr];
  return { equality, left, right };
}

/** An equality of something outside and something inside. */
function correlation(part: Expr, isInner: (expr: Expr) => boolean, node: sql.Exists): Equality {
  const isOuter = (expr: Expr): boolean =>
    columnsOf(expr).size > 0 && [...columnsOf(expr)].every((i) => !isInner(columnAt(i)));
  if (part.kind === 'call' && part.fn === '=') {
    const { equality, left, right } = sidesOf(part);
    if (isOuter(left) && isInner(right)) return { equality, left, right };
    if (isOuter(right) && isInner(left)) return { equality, left: right, right: left };
  }
  throw unsupported('EXISTS with a condition on outer columns that is no equality', node.span, 'write it as a JOIN');
}

const columnAt = (index: number): Expr => ({ kind: 'column', index, name: '', type: { kind: 'NULL', nullable: true } });

function plainSelect({ query, span, unique }: sql.Exists): Select {
  const { body } = query;
  const isPlain =
    !unique &&
    body.kind === 'select' &&
    body.from !== undefined &&
    body.groupBy === undefined &&
    body.having === undefined &&
    query.with.length === 0 &&
    query.limit === undefined &&
    query.offset === undefined;
  if (isPlain) return body;
  throw unsupported('EXISTS of a query with GROUP BY, WITH or LIMIT', span, 'write it as a JOIN');
}

const shifted = (relation: Relation, by: number): Relation => ({
  ...relation,
  columns: relation.columns.map((column) => ({ ...column, expr: remapColumns(column.expr, (i) => i + by) })),
});

/** The parts of a condition that must all hold. */
export function conjunctsOf(node: sql.Expr | undefined): sql.Expr[] {
  if (node === undefined) return [];
  if (node.kind !== 'binaryOp' || node.operator !== 'AND') return [node];
  return [...conjunctsOf(node.left), ...conjunctsOf(node.right)];
}

/** One row at most, whatever the input. */
function hasOneRow(plan: LogicalPlan): boolean {
  switch (plan.kind) {
    case 'project':
    case 'filter':
      return hasOneRow(plan.input);
    case 'aggregate':
      return plan.keys.length === 0;
    case 'values':
      return plan.rows.length <= 1;
    case 'sort':
      return plan.limit === 1 || hasOneRow(plan.input);
    case 'scan':
    case 'watermark':
    case 'window-table':
    case 'window-aggregate':
    case 'join':
    case 'correlate':
    case 'union':
    case 'sink':
      return false;
  }
}
