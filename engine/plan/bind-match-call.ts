/** Functions that stand in MATCH_RECOGNIZE alone: FIRST, LAST, MATCH_ROWTIME and their like, and aggregates over the rows of a variable. */
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type { AggregateCall } from '../functions/function.ts';
import type * as sql from '../sql/ast-expr.ts';
import { isTimestamp, notNull, TIMESTAMP, TIMESTAMP_LTZ } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import { bindAggregate } from './bind-aggregate.ts';
import { unsupported } from './bind-context.ts';
import { bindExpr } from './bind-expr.ts';
import type { ExprContext } from './bind-expr.ts';
import { mapExprChildren } from './expr-walk.ts';
import { callFunction } from './make-expr.ts';
import type { MatchNames } from './match-names.ts';

export interface MatchCalls {
  readonly names: MatchNames;
  readonly clause: 'MEASURES' | 'DEFINE';
  /** Of the column by which rows are ordered. */
  readonly timeType: DataType;
  /** The column of the input that holds the value of an expression over its columns. */
  inputColumn(expr: Expr): number;
}

/** What a call in MEASURES or DEFINE means; undefined: an ordinary function. */
export function bindMatchCall(
  node: sql.Call | sql.RunningFinal,
  context: ExprContext,
  calls: MatchCalls,
): Expr | undefined {
  if (node.kind === 'runningFinal') {
    if (node.mode === 'FINAL') return bindExpr(node.operand, context);
    throw unsupported('RUNNING in MATCH_RECOGNIZE', node.span, 'measures are of the whole match');
  }
  const name = node.name.parts.length === 1 ? node.name.parts[0]!.name.toUpperCase() : '';
  switch (name) {
    case 'FIRST':
    case 'LAST':
      return bindNavigation(node, name === 'FIRST', context, calls);
    case 'PREV':
    case 'NEXT':
      if (calls.clause === 'MEASURES')
        throw invalid(`Cannot use PREV/NEXT in MEASURE '${textOf(node, context)}'`, node.span);
      throw new MillraceError('PLAN_UNSUPPORTED', 'Flink does not support physical offsets within partition.', {
        span: node.span,
        hint: 'LAST(A.price, 1) is the row of A before the current one',
      });
    case 'CLASSIFIER':
      throw unsupported('CLASSIFIER()', node.span);
    case 'MATCH_ROWTIME':
      return calls.names.other({ kind: 'rowtime', type: rowtimeType(node, context, calls) });
    case 'MATCH_PROCTIME':
      return callFunction('PROCTIME', [], { span: node.span });
    default:
      return undefined;
  }
}

function rowtimeType(node: sql.Call, context: ExprContext, calls: MatchCalls): DataType {
  const [arg] = node.arguments.map((argument) => bindExpr(argument, context));
  const given = arg?.type ?? calls.timeType;
  if (!isTimestamp(given)) throw invalid('MATCH_ROWTIME takes the time column', node.span);
  const type = given.kind === 'TIMESTAMP_LTZ' ? TIMESTAMP_LTZ(3) : TIMESTAMP(3);
  return arg?.type.nullable === true ? type : notNull(type);
}

/** `FIRST(expr [, n])`: the value in the n-th row after the first, `LAST(expr [, n])`: in the n-th before the last. */
function bindNavigation(node: sql.Call, first: boolean, context: ExprContext, calls: MatchCalls): Expr {
  const [operand, count] = node.arguments;
  if (operand === undefined || node.arguments.length > 2) {
    throw invalid(`${first ? 'FIRST' : 'LAST'} takes an expression and how many rows to go on`, node.span);
  }
  const offset = count === undefined ? 0 : count.kind === 'number' ? Number(count.text) : Number.NaN;
  if (!Number.isInteger(offset)) {
    throw invalid('the number of rows to go on must be a constant, 0 or more', count!.span);
  }
  const inner: ExprContext = {
    ...context,
    scope: calls.names.scope(first, offset),
    match: (child, childContext) => {
      if (child.kind === 'call' && /^(FIRST|LAST|PREV|NEXT)$/i.test(child.name.parts[0]!.name)) {
        throw invalid(`Cannot nest PREV/NEXT under LAST/FIRST '${textOf(child, context)}'`, child.span);
      }
      return bindMatchCall(child, childContext, calls);
    },
  };
  const bound = bindExpr(operand, inner);
  theVariable([bound], node, context, calls);
  return bound;
}

/** An aggregate over the rows of one variable, or of all. */
export function bindMatchAggregate(
  node: sql.Call | sql.JsonObject | sql.JsonArray,
  context: ExprContext,
  calls: MatchCalls,
): Expr {
  if (node.kind === 'call' && node.quantifier !== undefined) {
    const name = node.name.parts.at(-1)!.name;
    throw invalid(`DISTINCT/ALL not allowed with ${name} function`, node.span);
  }
  // In an aggregate every row counts, so that LAST(x) is x.
  const inner: ExprContext = {
    ...context,
    aggregate: undefined,
    match: (child, childContext) => {
      const isNavigation = child.kind === 'call' && /^(FIRST|LAST)$/i.test(child.name.parts[0]!.name);
      return isNavigation ? bindExpr(child.arguments[0]!, childContext) : bindMatchCall(child, childContext, calls);
    },
  };
  const operands = node.kind === 'call' ? node.arguments.filter((arg) => arg.kind !== 'star') : [];
  const variable = theVariable(
    operands.map((operand) => bindExpr(operand, inner)),
    node,
    context,
    calls,
  );
  const bound = bindAggregate(node, inner, false);
  const column = (expr: Expr): number => calls.inputColumn(overInput(expr, node, calls));
  const call: AggregateCall = {
    fn: bound.fn,
    args: bound.args.map(column),
    distinct: false,
    filter: bound.filter && column(bound.filter),
    type: bound.type,
    options: bound.options,
    name: bound.fn,
  };
  return calls.names.other({ kind: 'aggregate', variable, call });
}

/** The same expression over the columns of the input. */
function overInput(expr: Expr, node: sql.Expr, { names }: MatchCalls): Expr {
  const visit = (part: Expr): Expr => {
    if (part.kind !== 'column') return mapExprChildren(part, visit);
    const slot = names.slot(part.index);
    if (slot.kind === 'row') return { ...part, index: slot.column, type: slot.type };
    throw invalid('Aggregate expressions cannot be nested', node.span);
  };
  return visit(expr);
}

/** The one variable whose rows an expression reads; undefined: the rows of all. */
function theVariable(
  exprs: readonly Expr[],
  node: sql.Call | sql.JsonObject | sql.JsonArray,
  context: ExprContext,
  { names }: MatchCalls,
): number | undefined {
  const variables = [...new Set(names.rows(exprs).map(({ variable }) => variable))];
  if (variables.length <= 1) return variables[0];
  throw invalid(`Multiple pattern variables in '${textOf(node, context)}'`, node.span);
}

const textOf = (node: sql.Expr, { env }: ExprContext): string => env.text.slice(node.span.start, node.span.end);

const invalid = (reason: string, span: Span): MillraceError => new MillraceError('SQL_INVALID', reason, { span });
