/**
 * Subqueries of SELECT lists and conditions, as joins with what they give. As Flink's FlinkSubQueryRemoveRule and Calcite's SubQueryRemoveRule:
 *   WHERE x IN (query), WHERE EXISTS (query)    a SEMI join; negated, an ANTI join
 *   (SELECT MAX(x) ..)                          a LEFT join with its one row
 *   the same conditions inside of OR, CASE ...  a LEFT join with the distinct values: who has a partner?
 * References to the query around stay in the plan as outer columns (correlation.ts); the rule `decorrelate` turns them into join conditions.
 */
import { MillraceError } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type * as sql from '../sql/ast-expr.ts';
import type { Query } from '../sql/ast-query.ts';
import { BOOLEAN, notNull, typeToString } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import { unsupported } from './bind-context.ts';
import type { BindEnv, BindQuery } from './bind-context.ts';
import { bindExpr } from './bind-expr.ts';
import type { ExprContext } from './bind-expr.ts';
import { planReadsOuter } from './correlation.ts';
import { andAll, columnExpr, literalExpr } from './expr-walk.ts';
import type { LogicalPlan } from './logical.ts';
import { callFunction, isNull, negate } from './make-expr.ts';
import { aggregate, distinct, project } from './nodes.ts';
import type { Scope } from './scope.ts';
import type { SubqueryHost, SubqueryJoin } from './subquery-host.ts';
import { countCall, extremeTest, inTest, oneValue } from './subquery-values.ts';

export type SubqueryTest = sql.InQuery | sql.Exists | sql.Quantified;
type Comparison = sql.Quantified['operator'];

interface BoundSubquery {
  readonly plan: LogicalPlan;
  readonly correlation: string | undefined;
}

/** `left op column of the subquery`, for each column of an IN. */
interface Membership extends BoundSubquery {
  readonly left: readonly Expr[];
  readonly equalities: SubqueryJoin['condition'];
}

const TRUE = literalExpr(true, notNull(BOOLEAN));

export class Subqueries {
  readonly #host: SubqueryHost;
  readonly #env: BindEnv;
  readonly #scope: Scope;
  readonly #bindQuery: BindQuery;

  /** @param scope the names around the subqueries */
  constructor(host: SubqueryHost, scope: Scope, env: BindEnv, bindQuery: BindQuery) {
    this.#host = host;
    this.#scope = scope;
    this.#env = env;
    this.#bindQuery = bindQuery;
  }

  #bind(query: Query): BoundSubquery {
    // A view may be open beside its caller, and its spans are of its own text.
    const id = [...this.#env.views, query.span.start].join(' ');
    const plan = this.#bindQuery(query, { ...this.#env, outer: { ...this.#scope, id } });
    return { plan, correlation: planReadsOuter(plan, id) ? id : undefined };
  }

  /** The column that holds the value of `(SELECT ..)`; NULL when it gives no row. */
  scalar(node: sql.ScalarQuery): Expr {
    const { span } = node.query;
    const { plan, correlation } = this.#bind(node.query);
    if (plan.schema.length !== 1) {
      const columns = plan.schema.map(({ name, type }) => `${typeToString(type, { nullability: false })} ${name}`);
      const record = `<RECORDTYPE(${columns.join(', ').toUpperCase()})>`;
      throw new MillraceError(
        'SQL_TYPE',
        `Cannot apply '$SCALAR_QUERY' to arguments of type '$SCALAR_QUERY(${record})'. Supported form(s): '$SCALAR_QUERY(<RECORDTYPE(SINGLE FIELD)>)'`,
        { span, hint: `a subquery as a value has one column, not ${plan.schema.length}` },
      );
    }
    const right = givesOneRowAtMost(plan) ? plan : oneValue(plan, span);
    return this.#host.attach({ right, type: 'left', left: [], condition: () => undefined, correlation })(0);
  }

  /** A condition that must hold, as a SEMI or ANTI join: gives the conditions that remain. Undefined: it cannot be such a join. */
  filter(node: sql.Expr, context: ExprContext): readonly Expr[] | undefined {
    const negated = node.kind === 'unary' && node.operator === 'NOT';
    const inner = negated ? node.operand : node;
    switch (inner.kind) {
      case 'exists': {
        if (inner.unique) return undefined;
        const value = this.#exists(inner, negated ? 'anti' : 'semi');
        return value === undefined ? [] : [negated ? negate(value) : value];
      }
      case 'inQuery': {
        const { operand, query } = inner;
        this.#filterIn(this.#membership(operand, query, inner, context), negated !== inner.negated);
        return [];
      }
      case 'quantified': {
        const isIn = inner.operator === '=' && inner.quantifier === 'ANY';
        const isNotIn = inner.operator === '<>' && inner.quantifier === 'ALL';
        if (inner.query === undefined || (!isIn && !isNotIn)) return undefined;
        this.#filterIn(this.#membership(inner.left, inner.query, inner, context), negated !== isNotIn);
        return [];
      }
      default:
        return undefined;
    }
  }

  /** The value of a condition. `unknownIsFalse`: it stands where UNKNOWN and FALSE are the same. */
  test(node: SubqueryTest, context: ExprContext, unknownIsFalse: boolean): Expr {
    switch (node.kind) {
      case 'exists':
        if (node.unique) throw unsupported('UNIQUE', node.span, 'use NOT EXISTS with GROUP BY and HAVING COUNT(*) > 1');
        return this.#exists(node, 'left')!;
      case 'inQuery': {
        const value = this.#in(
          this.#membership(node.operand, node.query, node, context),
          unknownIsFalse && !node.negated,
        );
        return node.negated ? negate(value) : value;
      }
      case 'quantified':
        return this.#quantified(node, context, unknownIsFalse);
    }
  }

  /** Undefined: it has become the join. */
  #exists({ query, span }: sql.Exists, type: SubqueryJoin['type']): Expr | undefined {
    const { plan, correlation } = this.#bind(query);
    if (plan.kind === 'sort' && plan.limit === 0) return negate(TRUE);
    const rows = withoutLimit(plan);
    if (alwaysGivesARow(rows)) return TRUE;
    const isMarked = type === 'left' || correlation === undefined;
    // One row for all that there are: a left row then has one partner or none.
    const right = isMarked ? distinct(project(rows, [{ name: '$exists', expr: TRUE }]), span) : rows;
    const column = this.#host.attach({ right, type, left: [], condition: () => undefined, correlation });
    return type === 'left' ? isNull(column(0), true) : undefined;
  }

  #membership(operand: sql.Expr, query: Query, node: SubqueryTest, context: ExprContext): Membership {
    const operands = operand.kind === 'row' ? operand.items : [operand];
    const left = operands.map((item) => bindExpr(item, context));
    const bound = this.#bind(query);
    const { schema } = bound.plan;
    if (schema.length !== left.length) {
      throw new MillraceError('SQL_TYPE', 'Values passed to IN operator must have compatible types', {
        span: { start: node.span.start, end: query.span.end },
        hint: `${left.length} and ${schema.length} columns`,
      });
    }
    left.forEach((expr, i) => checkComparable(expr.type, schema[i]!.type, node));
    const equal = (exprs: readonly Expr[], column: (index: number) => Expr): Expr | undefined =>
      andAll(exprs.map((expr, i) => callFunction('=', [expr, column(i)], { span: node.span })));
    return { ...bound, left, equalities: equal };
  }

  /** NOT IN: a row stays if no value is equal and none could be, for NULL on either side. */
  #filterIn({ plan: right, correlation, left, equalities }: Membership, negated: boolean): void {
    if (!negated) {
      this.#host.attach({ right, type: 'semi', left, condition: equalities, correlation });
      return;
    }
    const mayBeEqual: SubqueryJoin['condition'] = (exprs, column) =>
      andAll(
        exprs.map((expr, i): Expr => {
          const nulls = [expr, column(i)].filter(({ type }) => type.nullable).map((side) => isNull(side, false));
          const equal = callFunction('=', [expr, column(i)]);
          return nulls.length === 0 ? equal : { kind: 'or', args: [...nulls, equal], type: BOOLEAN };
        }),
      );
    this.#host.attach({ right, type: 'anti', left, condition: mayBeEqual, correlation });
  }

  #in({ plan, correlation, left, equalities }: Membership, unknownIsFalse: boolean): Expr {
    const columns = plan.schema.map((column, i) => ({ name: column.name, expr: columnExpr(i, column) }));
    const values = distinct(project(plan, [...columns, { name: '$found', expr: TRUE }]), plan.span);
    const value = this.#host.attach({ right: values, type: 'left', left, condition: equalities, correlation });
    const found = isNull(value(columns.length), true);
    const mayBeNull = left.some(({ type }) => type.nullable) || plan.schema.some(({ type }) => type.nullable);
    if (unknownIsFalse || !mayBeNull) return found;
    const known = andAll(plan.schema.map((column, i) => isNull(columnExpr(i, column), true)))!;
    const calls = [countCall('$all'), { ...countCall('$known'), filter: 0 }];
    const counts = aggregate(project(plan, [{ name: '$known', expr: known }]), [], calls, plan.span);
    const count = this.#host.attach({ right: counts, type: 'left', left: [], condition: () => undefined, correlation });
    return inTest(left, found, count(0), count(1));
  }

  #quantified(node: sql.Quantified, context: ExprContext, unknownIsFalse: boolean): Expr {
    const { query, operator, quantifier } = node;
    if (query === undefined) {
      const list = node.items.map((item): sql.Expr => ({
        kind: 'binaryOp',
        operator,
        left: node.left,
        right: item,
        span: node.span,
      }));
      const word = quantifier === 'ANY' ? 'OR' : 'AND';
      return bindExpr(
        list.reduce((left, right) => ({ kind: 'binaryOp', operator: word, left, right, span: node.span })),
        context,
      );
    }
    if (operator === '=' && quantifier === 'ANY') {
      return this.#in(this.#membership(node.left, query, node, context), unknownIsFalse);
    }
    if (operator === '<>' && quantifier === 'ALL')
      return negate(this.#in(this.#membership(node.left, query, node, context), false));
    const some = quantifier === 'ANY' ? operator : opposite[operator];
    const left = bindExpr(node.left, context);
    const { plan, correlation } = this.#bind(query);
    if (plan.schema.length !== 1) {
      throw new MillraceError(
        'SQL_TYPE',
        `Values passed to ${operator} ${quantifier} operator must have compatible types`,
        {
          span: node.span,
          hint: `1 and ${plan.schema.length} columns`,
        },
      );
    }
    const { right, test } = extremeTest(plan, some, node.span);
    const column = this.#host.attach({ right, type: 'left', left: [], condition: () => undefined, correlation });
    const value = test(left, column);
    return quantifier === 'ANY' ? value : negate(value);
  }
}

const opposite: Readonly<Record<Comparison, Comparison>> = {
  '=': '<>',
  '<>': '=',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};

/** Flink casts no key of the joins that it makes of subqueries from text to number. */
function checkComparable(left: DataType, right: DataType, node: SubqueryTest): void {
  const isText = ({ kind }: DataType): boolean => kind === 'CHAR' || kind === 'VARCHAR';
  const isBare = ({ kind }: DataType): boolean => kind === 'NULL';
  if (isText(left) === isText(right) || isBare(left) || isBare(right)) return;
  const name = (type: DataType): string => typeToString(type, { nullability: false });
  throw new MillraceError(
    'SQL_TYPE',
    `implicit type conversion between ${name(left)} and ${name(right)} is not supported on join's condition now`,
    { span: node.span, hint: 'CAST one of them' },
  );
}

/** LIMIT n of an EXISTS does not matter. */
function withoutLimit(plan: LogicalPlan): LogicalPlan {
  return plan.kind === 'sort' && plan.offset === 0 ? plan.input : plan;
}

/** An aggregate without keys. */
function alwaysGivesARow(plan: LogicalPlan): boolean {
  if (plan.kind === 'project') return alwaysGivesARow(plan.input);
  return plan.kind === 'aggregate' && plan.keys.length === 0;
}

/** The parts of a condition that must all hold. */
export function conjunctsOf(node: sql.Expr | undefined): sql.Expr[] {
  if (node === undefined) return [];
  if (node.kind !== 'binaryOp' || node.operator !== 'AND') return [node];
  return [...conjunctsOf(node.left), ...conjunctsOf(node.right)];
}

/** The subqueries of a condition below AND and OR alone: there UNKNOWN counts as FALSE. */
export function plainTests(node: sql.Expr | undefined, into: Set<sql.Expr> = new Set()): ReadonlySet<sql.Expr> {
  if (node?.kind === 'binaryOp' && (node.operator === 'AND' || node.operator === 'OR')) {
    plainTests(node.left, into);
    plainTests(node.right, into);
  } else if (node !== undefined) into.add(node);
  return into;
}

/** Whatever the input. */
function givesOneRowAtMost(plan: LogicalPlan): boolean {
  switch (plan.kind) {
    case 'project':
    case 'filter':
      return givesOneRowAtMost(plan.input);
    case 'aggregate':
      return plan.keys.length === 0;
    case 'values':
      return plan.rows.length <= 1;
    case 'sort':
      return plan.limit === 1 || givesOneRowAtMost(plan.input);
    case 'join':
      return (
        givesOneRowAtMost(plan.left) && (plan.type === 'semi' || plan.type === 'anti' || givesOneRowAtMost(plan.right))
      );
    default:
      return false;
  }
}
