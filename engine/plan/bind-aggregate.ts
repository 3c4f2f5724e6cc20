/** Aggregate calls: arguments, DISTINCT, FILTER, and the type that depends on whether a group can be empty. */
import { MillraceError } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type { Options } from '../functions/function.ts';
import { aggregateFunction } from '../functions/registry.ts';
import type * as sql from '../sql/ast-expr.ts';
import { withNullable } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import { bindCondition, bindExpr } from './bind-expr.ts';
import type { ExprContext } from './bind-expr.ts';
import { exprKey } from './expr-walk.ts';
import { userFunctionOf } from './function-lookup.ts';
import { argumentOf, argumentTypes, castTo, unknownFunction } from './make-expr.ts';

export interface BoundAggregate {
  readonly fn: string;
  readonly args: readonly Expr[];
  readonly distinct: boolean;
  readonly filter: Expr | undefined;
  readonly type: DataType;
  readonly options: Options | undefined;
  /** Equal for equal calls: they are computed once. */
  readonly key: string;
}

/** Aggregates that give a value even of no rows. */
const neverNull: ReadonlySet<string> = new Set([
  'COUNT',
  'COLLECT',
  // These two follow their argument, as in Flink.
  'LISTAGG',
  'ARRAY_AGG',
  'JSON_OBJECTAGG',
  'JSON_ARRAYAGG',
  'APPROX_COUNT_DISTINCT',
]);
/** Aggregates that DISTINCT does not change. */
const indifferent: ReadonlySet<string> = new Set(['MIN', 'MAX']);

/**
 * `alwaysRows`: every group has a row. Without it SUM and its like may be NULL whatever their argument.
 * `isOver`: the call has an OVER, so that aggregates of the grouping may stand inside of it.
 */
export function bindAggregate(
  node: sql.Call | sql.JsonObject | sql.JsonArray,
  context: ExprContext,
  alwaysRows: boolean,
  isOver = false,
): BoundAggregate {
  const nested: ExprContext = {
    ...context,
    aggregate: () => {
      throw new MillraceError('SQL_INVALID', 'Aggregate expressions cannot be nested', {
        span: node.span,
        hint: 'compute the inner one in a subquery in FROM',
      });
    },
  };
  const inner = isOver ? context : nested;
  const { name, nodes, options, star } = partsOf(node);
  const own =
    node.kind !== 'call'
      ? undefined
      : userFunctionOf(
          node.name.parts.map((part) => part.name),
          context.env,
        );
  const fn = own?.kind === 'aggregate' ? own.fn : aggregateFunction(name);
  if (fn === undefined) throw unknownFunction(name, node.span);
  const args = nodes.map((arg) => bindExpr(arg, inner));
  if (star !== undefined && fn.name !== 'COUNT') {
    throw new MillraceError('SQL_TYPE', `${name}(*) has no meaning: only COUNT takes *`, { span: star.span });
  }
  const filter =
    node.kind === 'call' && node.filter !== undefined
      ? bindCondition(node.filter, { ...inner, clause: 'FILTER clause' })
      : undefined;
  if (fn.name === 'COUNT' && args.length === 0 && star === undefined) {
    throw new MillraceError('SQL_TYPE', "Invalid number of arguments to function 'COUNT'. Was expecting 1 arguments", {
      span: node.span,
      hint: 'COUNT(*) counts rows',
    });
  }
  const isDistinct = node.kind === 'call' && node.quantifier === 'DISTINCT';
  if (fn.name === 'COUNT' && args.length > 1 && (isDistinct || args.some((arg) => arg.type.nullable))) {
    throw new MillraceError('SQL_INVALID', 'We now only support the count of one field.', {
      span: node.span,
      hint: 'COUNT(DISTINCT ROW(a, b)) counts pairs',
    });
  }
  const binding = resolve(fn, args, options, node);
  const cast = args.map((arg, i) => castTo(arg, binding.argTypes[i] ?? arg.type));
  const mayBeEmpty = (!alwaysRows || filter !== undefined) && !neverNull.has(fn.name);
  const type = mayBeEmpty ? withNullable(binding.type, true) : binding.type;
  // COUNT of something that is never NULL counts rows: no need to read it.
  const countsRows = fn.name === 'COUNT' && !isDistinct && cast.every((arg) => !arg.type.nullable);
  const distinct = isDistinct && !indifferent.has(fn.name);
  const separator = fn.name === 'LISTAGG' && cast[1]?.kind === 'literal' ? cast[1].value : undefined;
  const result = {
    fn: fn.name,
    args: countsRows ? [] : separator === undefined ? cast : cast.slice(0, 1),
    distinct,
    filter,
    type,
    options: separator === undefined ? options : { ...options, separator },
  };
  const key = JSON.stringify([
    fn.name,
    result.args.map(exprKey),
    distinct,
    filter === undefined ? null : exprKey(filter),
    result.options ?? null,
  ]);
  return { ...result, key };
}

function partsOf(node: sql.Call | sql.JsonObject | sql.JsonArray): {
  readonly name: string;
  readonly nodes: readonly sql.Expr[];
  readonly options: Options | undefined;
  readonly star: sql.Expr | undefined;
} {
  switch (node.kind) {
    case 'jsonObject': {
      const [entry] = node.entries as [sql.JsonEntry];
      return {
        name: 'JSON_OBJECTAGG',
        nodes: [entry.key, entry.value],
        options: { onNull: node.onNull ?? 'NULL' },
        star: undefined,
      };
    }
    case 'jsonArray': {
      // ORDER BY has no effect in Flink: values stay in the order of arrival.
      const nodes = node.items.map((item) => item.value);
      return { name: 'JSON_ARRAYAGG', nodes, options: { onNull: node.onNull ?? 'ABSENT' }, star: undefined };
    }
    case 'call': {
      const name = node.name.parts.map((part) => part.name).join('.');
      checkClauses(node, name);
      const star = node.arguments.find((arg) => arg.kind === 'star');
      const options = node.nulls === 'IGNORE' ? { ignoreNulls: true } : undefined;
      return { name, nodes: star === undefined ? node.arguments : [], options, star };
    }
  }
}

/** Clauses that only some aggregates take. ARRAY_AGG takes ORDER BY and, as in Flink, keeps the order of arrival all the same. */
function checkClauses(node: sql.Call, name: string): void {
  const isArrayAgg = name.toUpperCase() === 'ARRAY_AGG';
  const refuse = (reason: string, hint?: string, span = node.span): never => {
    throw new MillraceError('SQL_INVALID', reason, { span, hint });
  };
  if (node.withinGroup.length > 0) {
    refuse(`Aggregate expression '${name}' must not contain a WITHIN GROUP clause`, 'values keep the order of arrival');
  }
  if (node.orderBy.length > 0 && !isArrayAgg) refuse('ORDER BY unexpected', 'values keep the order of arrival');
  if (node.nulls !== undefined && !isArrayAgg) {
    refuse(
      `Cannot specify IGNORE NULLS or RESPECT NULLS following '${name}'`,
      'most aggregates pass over NULLs anyway',
    );
  }
  const star = node.arguments.find((arg) => arg.kind === 'star');
  if (star !== undefined && node.quantifier === 'DISTINCT')
    refuse(`${name}(DISTINCT *) has no meaning`, undefined, star.span);
}

function resolve(
  fn: NonNullable<ReturnType<typeof aggregateFunction>>,
  args: readonly Expr[],
  options: Options | undefined,
  node: sql.Expr,
) {
  let binding: ReturnType<typeof fn.resolve>;
  try {
    binding = fn.resolve(args.map(argumentOf), options ?? {});
  } catch (error) {
    throw error instanceof MillraceError ? error.withSpan(node.span) : error;
  }
  if (binding !== undefined) return binding;
  throw new MillraceError('SQL_TYPE', `cannot apply ${fn.name} to ${argumentTypes(args)}`, {
    span: node.span,
    hint: `it is ${fn.signature}`,
  });
}
