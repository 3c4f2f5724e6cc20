/** The three-valued answers of IN, ANY and ALL, from what the joins with their subqueries give. As Calcite's SubQueryRemoveRule. */
import type { Span } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type { AggregateCall } from '../functions/function.ts';
import { aggregateFunction } from '../functions/registry.ts';
import type * as sql from '../sql/ast-expr.ts';
import { BIGINT, BOOLEAN, notNull, withNullable } from '../types/type.ts';
import { unsupported } from './bind-context.ts';
import { literalExpr } from './expr-walk.ts';
import type { Aggregate, LogicalPlan } from './logical.ts';
import { callFunction, isNull } from './make-expr.ts';
import { aggregate } from './nodes.ts';

const FALSE = literalExpr(false, notNull(BOOLEAN));
const TRUE = literalExpr(true, notNull(BOOLEAN));
const UNKNOWN = literalExpr(null, BOOLEAN);
const ZERO = literalExpr(0n, notNull(BIGINT));

/** COUNT(*), or COUNT of a column. */
export const countCall = (name: string, args: readonly number[] = []): AggregateCall => ({
  fn: 'COUNT',
  args,
  distinct: false,
  filter: undefined,
  type: notNull(BIGINT),
  name,
});

/** The one value of a column; the job fails when there are two. */
export function oneValue(plan: LogicalPlan, span: Span): Aggregate {
  const { name, type } = plan.schema[0]!;
  const call: AggregateCall = {
    fn: 'SINGLE_VALUE',
    args: [0],
    distinct: false,
    filter: undefined,
    type: withNullable(type, true),
    name,
  };
  return aggregate(plan, [], [call], span);
}

const either = (args: readonly Expr[]): Expr =>
  args.length === 1
    ? args[0]!
    : { kind: 'or', args, type: args.some(({ type }) => type.nullable) ? BOOLEAN : notNull(BOOLEAN) };

/** No row, or not even the row that counts them: it is NULL behind a LEFT join. */
const isZero = (count: Expr): Expr => either([isNull(count, false), callFunction('=', [count, ZERO])]);

/** `x IN (query)`: FALSE of no row, else TRUE if found, else UNKNOWN if x or some value is NULL, else FALSE. */
export function inTest(left: readonly Expr[], found: Expr, all: Expr, known: Expr): Expr {
  const unknown = left.filter(({ type }) => type.nullable).map((expr) => isNull(expr, false));
  return {
    kind: 'case',
    branches: [
      { when: isZero(all), then: FALSE },
      { when: found, then: TRUE },
      { when: either([...unknown, callFunction('<', [known, all])]), then: UNKNOWN },
    ],
    otherwise: FALSE,
    type: BOOLEAN,
  };
}

/** `x < ANY (query)` and its like: x against the largest or smallest value. */
export function extremeTest(
  plan: LogicalPlan,
  operator: sql.Quantified['operator'],
  span: Span,
): { readonly right: LogicalPlan; readonly test: (left: Expr, column: (index: number) => Expr) => Expr } {
  const extreme = (fn: 'MIN' | 'MAX'): AggregateCall => {
    const { type } = plan.schema[0]!;
    const resolved = aggregateFunction(fn)?.resolve([{ type }], {});
    if (resolved === undefined) throw unsupported(`${operator} ANY or ALL of values without an order`, span);
    return {
      fn,
      args: [0],
      distinct: false,
      filter: undefined,
      type: withNullable(resolved.type, true),
      name: `$${fn}`,
    };
  };
  const isUpper = operator === '<' || operator === '<=';
  const fns = operator === '=' || operator === '<>' ? (['MIN', 'MAX'] as const) : ([isUpper ? 'MAX' : 'MIN'] as const);
  const right = aggregate(plan, [], [...fns.map(extreme), countCall('$all'), countCall('$known', [0])], span);
  const test = (left: Expr, column: (index: number) => Expr): Expr => {
    const [all, known] = [column(fns.length), column(fns.length + 1)];
    const holds = either(fns.map((_, i) => callFunction(operator, [left, column(i)], { span })));
    return {
      kind: 'case',
      branches: [
        { when: isZero(all), then: FALSE },
        { when: { kind: 'and', args: [isNull(holds, true), holds], type: notNull(BOOLEAN) }, then: TRUE },
        { when: callFunction('>', [all, known]), then: UNKNOWN },
      ],
      otherwise: holds,
      type: BOOLEAN,
    };
  };
  return { right, test };
}
