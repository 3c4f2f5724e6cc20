/** UNION, INTERSECT and EXCEPT, with and without ALL, as Flink plans them. */
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type { AggregateCall } from '../functions/function.ts';
import { aggregateFunction } from '../functions/registry.ts';
import type { QueryBody, SetOperation } from '../sql/ast-query.ts';
import { leastRestrictive } from '../types/coerce.ts';
import { BIGINT, BOOLEAN, INT, notNull, sameType, typeToString, withNullable } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import { andAll, columnExpr, literalExpr } from './expr-walk.ts';
import type { LogicalPlan } from './logical.ts';
import { callFunction, castTo } from './make-expr.ts';
import { aggregate, correlate, distinct, filter, join, pick, project, union } from './nodes.ts';

/** `bind` binds one side. @throws SQL_TYPE when the sides do not fit */
export function bindSetOperation(node: SetOperation, bind: (side: QueryBody) => LogicalPlan): LogicalPlan {
  const { operator, all, span } = node;
  const name = `${operator}${all ? ' ALL' : ''}`;
  const left = bind(node.left);
  const right = bind(node.right);
  if (left.schema.length !== right.schema.length) {
    throw new MillraceError(
      'SQL_TYPE',
      `Column count mismatch in ${name}: ${left.schema.length} and ${right.schema.length}`,
      {
        span: selectListSpan(node.right),
      },
    );
  }
  const types = left.schema.map((column, i) => {
    const other = right.schema[i]!;
    const type = leastRestrictive([column.type, other.type]);
    if (type !== undefined) return type;
    const both = `${typeToString(column.type, { nullability: false })} and ${typeToString(other.type, { nullability: false })}`;
    throw new MillraceError('SQL_TYPE', `Type mismatch in column ${i + 1} of ${name}: ${both}`, {
      span: selectItemSpan(node.left, i) ?? span,
      hint: 'CAST them to one type',
    });
  });
  const sides: Sides = [castColumns(left, types), castColumns(right, types)];
  switch (operator) {
    case 'UNION': {
      const inputs = [left, right].flatMap((plan) => flatten(castColumns(plan, types), all));
      const rows = union(inputs, span);
      return all ? rows : distinct(rows, span);
    }
    case 'INTERSECT':
      return all ? intersectAll(sides, span) : matching(sides, 'semi', types, span);
    case 'EXCEPT':
      return all ? exceptAll(sides, span) : matching(sides, 'anti', types, span);
  }
}

type Sides = readonly [left: LogicalPlan, right: LogicalPlan];

/** The distinct rows of the left side that are, or are not, on the right; NULLs are equal here. */
function matching([left, right]: Sides, type: 'semi' | 'anti', types: readonly DataType[], span: Span): LogicalPlan {
  const width = left.schema.length;
  const equal = left.schema.map((column, i) =>
    callFunction('IS NOT DISTINCT FROM', [columnExpr(i, column), columnExpr(width + i, right.schema[i]!)], { span }),
  );
  const rows = distinct(join(left, right, type, andAll(equal), span), span);
  // A column is nullable if it is so on either side.
  return { ...rows, schema: rows.schema.map((column, i) => ({ ...column, type: types[i]! })) };
}

/** Each row as often as the side has it that has it less. */
function intersectAll(sides: Sides, span: Span): LogicalPlan {
  const keys = [...sides[0].schema.keys()];
  const mark = (side: LogicalPlan, isLeft: boolean): LogicalPlan =>
    project(side, [
      ...own(side),
      { name: '$left', expr: literalExpr(isLeft ? true : null, withNullable(BOOLEAN, true)) },
      { name: '$right', expr: literalExpr(isLeft ? null : true, withNullable(BOOLEAN, true)) },
    ]);
  const calls = ['$lefts', '$rights'].map((name, i): AggregateCall => ({
    fn: 'COUNT',
    args: [keys.length + i],
    distinct: false,
    filter: undefined,
    type: notNull(BIGINT),
    name,
  }));
  const counted = aggregate(union([mark(sides[0], true), mark(sides[1], false)], span), keys, calls, span);
  const [lefts, rights] = [0, 1].map((i) => columnExpr(keys.length + i, counted.schema[keys.length + i]!)) as [
    Expr,
    Expr,
  ];
  const some = (count: Expr): Expr => callFunction('>=', [count, literalExpr(1n, notNull(BIGINT))], { span });
  const both = filter(counted, andAll([some(lefts), some(rights)])!, span);
  const less: Expr = {
    kind: 'case',
    branches: [{ when: callFunction('>', [lefts, rights]), then: rights }],
    otherwise: lefts,
    type: notNull(BIGINT),
  };
  return replicated(project(both, [...own(both).slice(0, keys.length), { name: '$count', expr: less }]), span);
}

/** Each row as often as the left side has it more than the right one. */
function exceptAll(sides: Sides, span: Span): LogicalPlan {
  const keys = [...sides[0].schema.keys()];
  const mark = (side: LogicalPlan, sign: bigint): LogicalPlan =>
    project(side, [...own(side), { name: '$sign', expr: literalExpr(sign, notNull(BIGINT)) }]);
  const sum: AggregateCall = {
    fn: 'SUM',
    args: [keys.length],
    distinct: false,
    filter: undefined,
    type: aggregateFunction('SUM')!.resolve([{ type: notNull(BIGINT) }], {})!.type,
    name: '$more',
  };
  const summed = aggregate(union([mark(sides[0], 1n), mark(sides[1], -1n)], span), keys, [sum], span);
  const more = columnExpr(keys.length, summed.schema[keys.length]!);
  return replicated(filter(summed, callFunction('>', [more, literalExpr(0n, notNull(BIGINT))], { span }), span), span);
}

/** The rows without their last column, as often as that says. */
function replicated(input: LogicalPlan, span: Span): LogicalPlan {
  const width = input.schema.length - 1;
  const call = {
    fn: '$REPLICATE_ROWS$1',
    args: [columnExpr(width, input.schema[width]!)],
    columns: [{ name: '$n', type: notNull(INT) }],
  };
  const keep = [...Array(width).keys()];
  return pick(correlate(input, { keep, call, type: 'inner', condition: undefined }, span), keep);
}

const own = (plan: LogicalPlan): { name: string; expr: Expr }[] =>
  plan.schema.map((column, i) => ({ name: column.name, expr: columnExpr(i, column) }));

/** Nested UNION ALLs become one with all their inputs. */
const flatten = (plan: LogicalPlan, all: boolean): readonly LogicalPlan[] =>
  all && plan.kind === 'union' ? plan.inputs : [plan];

/** The same rows with their columns cast to `types`; names stay. */
export function castColumns(plan: LogicalPlan, types: readonly DataType[]): LogicalPlan {
  if (plan.schema.every((column, i) => sameType(column.type, types[i]!, { nullability: false }))) return plan;
  return project(
    plan,
    plan.schema.map((column, i) => ({ name: column.name, expr: castTo(columnExpr(i, column), types[i]!) })),
  );
}

function selectListSpan(body: QueryBody): Span {
  if (body.kind !== 'select') return body.span;
  return { start: body.items[0]!.span.start, end: body.items.at(-1)!.span.end };
}
const selectItemSpan = (body: QueryBody, index: number): Span | undefined =>
  body.kind === 'select' ? body.items[index]?.expr.span : undefined;
