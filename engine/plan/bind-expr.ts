/** Expressions of SQL → typed expressions: names and functions are resolved, implicit casts made explicit, sugar removed. */
import { unreachable } from '../assert.ts';
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type * as sql from '../sql/ast-expr.ts';
import { castHint, supportsCast } from '../types/cast-rules.ts';
import { leastRestrictive } from '../types/coerce.ts';
import { BOOLEAN, notNull, typeToString } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import { bindCall } from './bind-call.ts';
import { unsupported } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import {
  bareNull,
  bindBinary,
  bindBoolean,
  bindDateTime,
  bindInterval,
  bindNumber,
  bindString,
  illegalNull,
  isBareNull,
} from './bind-literal.ts';
import { bindIn, bindQuantifiedList } from './bind-in.ts';
import { bindType, intervalType } from './bind-type.ts';
import { literalExpr } from './expr-walk.ts';
import { callFunction, callNodes, castTo, isNull, negate } from './make-expr.ts';
import { field, fullName, resolveName } from './scope.ts';
import type { Scope } from './scope.ts';

export interface ExprContext {
  readonly env: BindEnv;
  readonly scope: Scope;
  /** What becomes of an aggregate call; without it aggregates are refused, with `clause` in the message. */
  readonly aggregate?: ((node: sql.Call | sql.JsonObject | sql.JsonArray) => Expr) | undefined;
  /** What becomes of a call with OVER; without it they are refused, with `clause` in the message. */
  readonly over?: ((node: sql.Call) => Expr) | undefined;
  /** What becomes of TUMBLE_START(..) and its like; undefined where GROUP BY has no such window. */
  readonly groupWindow?: ((node: sql.Call) => Expr | undefined) | undefined;
  /** What becomes of GROUPING(..); undefined outside of a grouping query. */
  readonly grouping?: ((node: sql.Call) => Expr) | undefined;
  /** What becomes of a subquery as a value. */
  readonly scalarQuery?: ((node: sql.ScalarQuery) => Expr) | undefined;
  /** What becomes of IN, EXISTS, ANY and ALL with a subquery. */
  readonly subqueryTest?: ((node: sql.InQuery | sql.Exists | sql.Quantified) => Expr) | undefined;
  /** What becomes of FIRST(..), MATCH_ROWTIME() and their like, in MATCH_RECOGNIZE; undefined for other functions. */
  readonly match?: ((node: sql.Call | sql.RunningFinal, context: ExprContext) => Expr | undefined) | undefined;
  /** Names that stand before those of the scope. */
  readonly alias?: ((name: string) => Expr | undefined) | undefined;
  /** WHERE clause, JOIN condition ...: where this expression stands. */
  readonly clause: string;
  /** Where each column reference was written: for errors that are found when the whole expression is known. */
  readonly places: Map<Expr, Span>;
}

/** @throws SQL_UNKNOWN_COLUMN, SQL_UNKNOWN_FUNCTION, SQL_TYPE, SQL_LITERAL, SQL_UNSUPPORTED ... */
export function bindExpr(node: sql.Expr, context: ExprContext): Expr {
  const bind = (child: sql.Expr): Expr => bindExpr(child, context);
  switch (node.kind) {
    case 'null':
      return bareNull;
    case 'boolean':
      return bindBoolean(node.value);
    case 'number':
      return bindNumber(node);
    case 'string':
      return bindString(node.value);
    case 'binary':
      return bindBinary(node);
    case 'datetime':
      return bindDateTime(node);
    case 'interval':
      return bindInterval(node);
    case 'parameter':
      return bindParameter(node, context);
    case 'column': {
      const alias = node.parts.length === 1 ? context.alias?.(node.parts[0]!.name) : undefined;
      if (alias !== undefined) return alias;
      if (isConstantName(node)) return callFunction('PI', [], { span: node.span });
      const found = { ...resolveName(context.scope, node.parts) };
      context.places.set(found, node.span);
      const names = fullName(context.scope, node.parts);
      if (names !== undefined) context.env.expansions?.set(node, { kind: 'names', names });
      return found;
    }
    case 'unary':
      return bindUnary(node, context);
    case 'binaryOp':
      return bindBinaryOp(node, context);
    case 'is':
      return bindIs(node, context);
    case 'distinctFrom':
      return callFunction(
        node.negated ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM',
        [bind(node.left), bind(node.right)],
        {
          span: node.span,
        },
      );
    case 'between':
      return bindBetween(node, context);
    case 'inList':
      return bindIn(node, bind(node.operand), (item) => bindMembers(item, context));
    case 'like':
      return bindLike(node, context);
    case 'case':
      return bindCase(node, context);
    case 'cast': {
      const input = bind(node.operand);
      const cast = explicitCast(input, bindType(node.type), node.mode === 'TRY_CAST', node.span);
      return cast.kind === 'cast' && usesLegacyCasts(context.env) ? { ...cast, legacy: true } : cast;
    }
    case 'field': {
      const input = bind(node.operand);
      const found = field(input, node.name.name);
      if (found !== undefined) return found;
      throw new MillraceError('SQL_UNKNOWN_COLUMN', `${typeToString(input.type)} has no field "${node.name.name}"`, {
        span: input.type.kind === 'ROW' ? node.name.span : node.span,
      });
    }
    case 'exists':
    case 'inQuery':
    case 'quantified':
      if (node.kind === 'quantified' && node.query === undefined) {
        return bindQuantifiedList(node, bind(node.left), (item) => bindMembers(item, context));
      }
      if (context.subqueryTest !== undefined) return context.subqueryTest(node);
      throw unsupported('a subquery here', node.span, 'put it into WHERE, or write it as a JOIN');
    case 'scalarQuery':
      if (context.scalarQuery !== undefined) return context.scalarQuery(node);
      throw unsupported('a subquery here', node.query.span, 'write it as a JOIN with a subquery in FROM');
    case 'collectionQuery':
      throw unsupported('a subquery as a value', node.query.span, 'write it as a JOIN with a subquery in FROM');
    case 'intervalDifference':
      return bindDifference(node, bind(node.left), bind(node.right));
    case 'period':
      return bindPeriod(node, bind);
    case 'runningFinal':
      if (context.match !== undefined) return context.match(node, context)!;
      throw new MillraceError('SQL_INVALID', `${node.mode} may stand in MATCH_RECOGNIZE only`, { span: node.span });
    case 'star':
      throw new MillraceError('SQL_INVALID', '* may stand in the SELECT list and in COUNT(*) only', {
        span: node.span,
      });
    case 'default':
      throw unsupported('DEFAULT as a value', node.span);
    case 'namedArgument':
      throw new MillraceError(
        'SQL_INVALID',
        'Unsupported function signature. Function must not be overloaded or use varargs.',
        { span: node.span, hint: 'give the arguments of a built-in function by their place' },
      );
    case 'tableArgument':
    case 'modelArgument':
    case 'descriptor':
      throw new MillraceError('SQL_INVALID', 'this may only be an argument of a table function in FROM', {
        span: node.span,
      });
    case 'call':
    case 'extract':
    case 'roundTo':
    case 'timestampAdd':
    case 'timestampDiff':
    case 'position':
    case 'substring':
    case 'trim':
    case 'overlay':
    case 'using':
    case 'jsonCall':
    case 'jsonObject':
    case 'jsonArray':
    case 'row':
    case 'array':
    case 'map':
    case 'multiset':
    case 'element':
      return bindCall(node, context, bind);
    default:
      return unreachable(node);
  }
}

/** PI needs no parentheses, and then hides a column of that name, unless that is quoted: as in Flink. */
const isConstantName = ({ parts: [name, ...more] }: sql.ColumnRef): boolean =>
  more.length === 0 && !name!.quoted && name!.name.toUpperCase() === 'PI';

/** As `bindExpr`, for a condition. `clause` is named when it is none. */
export function bindCondition(node: sql.Expr, context: ExprContext): Expr {
  const condition = bindExpr(node, context);
  if (isBareNull(condition)) return literalExpr(null, BOOLEAN);
  if (condition.type.kind === 'BOOLEAN') return condition;
  throw new MillraceError('SQL_TYPE', `${context.clause} must be a condition, not ${typeToString(condition.type)}`, {
    span: node.span,
  });
}

function bindParameter(node: Extract<sql.Expr, { kind: 'parameter' }>, { env }: ExprContext): Expr {
  const found = env.options.parameter?.(node);
  if (found?.kind === 'value') return literalExpr(found.value, found.type);
  const reason =
    found === undefined
      ? `there is no variable "${node.source}"`
      : `"${node.source}" is no single value: it is a ${found.kind}`;
  throw new MillraceError('SQL_INVALID', reason, { span: node.span });
}

function bindUnary(node: sql.Unary, context: ExprContext): Expr {
  if (node.operator === '-' && node.operand.kind === 'number')
    return bindNumber({ ...node.operand, span: node.span }, true);
  const operand = bindExpr(node.operand, context);
  switch (node.operator) {
    case 'NOT':
      if (isBareNull(operand)) throw illegalNull(node.operand.span);
      return negate(condition(operand, 'NOT', node));
    case '-':
      return callNodes('-', [node.operand], [operand], { span: node.span });
    case '+':
      return callNodes('+', [node.operand], [operand], { span: node.span });
    default:
      return unreachable(node.operator);
  }
}

function bindBinaryOp(node: sql.Binary, context: ExprContext): Expr {
  const { operator } = node;
  if (operator === 'AND' || operator === 'OR') {
    const args = operands(node, operator).map((part) => {
      const bound = bindExpr(part, context);
      if (isBareNull(bound)) throw illegalNull(part.span);
      return condition(bound, operator, node);
    });
    const nullable = args.some((arg) => arg.type.nullable);
    return { kind: operator === 'AND' ? 'and' : 'or', args, type: nullable ? BOOLEAN : notNull(BOOLEAN) };
  }
  const left = bindExpr(node.left, context);
  const right = bindExpr(node.right, context);
  if (operator === '||' && isBareNull(left)) throw illegalNull(node.left.span);
  if (operator === '||' && isBareNull(right)) throw illegalNull(node.right.span);
  return callNodes(operator, [node.left, node.right], [left, right], { span: node.span });
}

/** The operands of a chain `a AND b AND c`, without recursion as deep as the chain is long. */
function operands(node: sql.Expr, operator: 'AND' | 'OR'): sql.Expr[] {
  const found: sql.Expr[] = [];
  let rest = node;
  while (rest.kind === 'binaryOp' && rest.operator === operator) {
    found.push(rest.right);
    rest = rest.left;
  }
  return [rest, ...found.reverse()];
}

function condition(expr: Expr, operator: string, node: sql.Expr): Expr {
  if (isBareNull(expr)) return literalExpr(null, BOOLEAN);
  if (expr.type.kind === 'BOOLEAN') return expr;
  throw new MillraceError('SQL_TYPE', `cannot apply ${operator} to ${typeToString(expr.type)}: it takes BOOLEAN`, {
    span: node.span,
  });
}

function bindIs(node: sql.IsTest, context: ExprContext): Expr {
  const operand = bindExpr(node.operand, context);
  const whenNegated = (expr: Expr): Expr => (node.negated ? negate(expr) : expr);
  switch (node.test) {
    case 'NULL':
      return isNull(operand, node.negated);
    case 'UNKNOWN':
      if (isBareNull(operand)) throw illegalNull(node.operand.span);
      return isNull(condition(operand, 'IS UNKNOWN', node), node.negated);
    case 'TRUE':
    case 'FALSE': {
      if (isBareNull(operand)) throw illegalNull(node.operand.span);
      const tested = condition(operand, `IS ${node.test}`, node);
      const wanted = node.test === 'TRUE' ? tested : negate(tested);
      if (!tested.type.nullable) return whenNegated(wanted);
      return whenNegated({ kind: 'and', args: [isNull(tested, true), wanted], type: notNull(BOOLEAN) });
    }
    case 'JSON VALUE':
    case 'JSON OBJECT':
    case 'JSON ARRAY':
    case 'JSON SCALAR':
      return whenNegated(
        callFunction('IS JSON', [operand], {
          span: node.span,
          options: { type: node.test.slice('JSON '.length) },
        }),
      );
    case 'A SET':
    case 'EMPTY':
      throw unsupported(`IS ${node.test}`, node.span);
    default:
      return unreachable(node.test);
  }
}

/** `(later - earlier) DAY TO SECOND`: whole months, or whole days and the milliseconds that remain. */
function bindDifference(node: sql.IntervalDifference, later: Expr, earlier: Expr): Expr {
  const { span } = node;
  const type = intervalType(node.qualifier);
  const between = (unit: string, from: Expr): Expr =>
    callFunction('TIMESTAMPDIFF', [from, later], { span, options: { unit } });
  const times = (count: Expr, one: number): Expr =>
    callFunction('*', [literalExpr(one, notNull(type)), count], { span });
  if (type.kind === 'INTERVAL_YEAR_MONTH') return times(between('MONTH', earlier), 1);
  const days = between('DAY', earlier);
  const near = callFunction('TIMESTAMPADD', [days, earlier], { span, options: { unit: 'DAY' } });
  return callFunction('+', [times(days, 86_400_000), times(between('MILLISECOND', near), 1)], { span });
}

/** `(start, end) OVERLAPS (start, end)`, where an end may be an interval. */
function bindPeriod(node: sql.PeriodTest, bind: (node: sql.Expr) => Expr): Expr {
  const ends = [node.left, node.right].flatMap((side) => (side.kind === 'row' ? side.items : [side]));
  if (node.operator !== 'OVERLAPS' || ends.length !== 4) {
    throw unsupported(`the predicate ${node.operator}`, node.span, 'compare the ends of the periods');
  }
  return callFunction('OVERLAPS', ends.map(bind), { span: node.span });
}

function bindBetween(node: sql.Between, context: ExprContext): Expr {
  const operand = bindExpr(node.operand, context);
  const low = bindExpr(node.low, context);
  const high = bindExpr(node.high, context);
  const inside = (from: Expr, to: Expr): Expr => {
    const args = [
      callFunction('>=', [operand, from], { span: node.span }),
      callFunction('<=', [operand, to], { span: node.span }),
    ];
    return { kind: 'and', args, type: args.some((arg) => arg.type.nullable) ? BOOLEAN : notNull(BOOLEAN) };
  };
  const first = inside(low, high);
  if (!node.symmetric) return node.negated ? negate(first) : first;
  const either: Expr = { kind: 'or', args: [first, inside(high, low)], type: first.type };
  return node.negated ? negate(either) : either;
}

function bindMembers(item: sql.Expr, context: ExprContext): Expr[] {
  if (item.kind !== 'parameter') return [bindExpr(item, context)];
  const found = context.env.options.parameter?.(item);
  if (found?.kind !== 'list') return [bindParameter(item, context)];
  return found.items.map(({ value, type }) => literalExpr(value, type));
}

function bindLike(node: sql.Like, context: ExprContext): Expr {
  if (node.operator === 'ILIKE' || node.operator === 'RLIKE') {
    const hint = node.operator === 'RLIKE' ? 'REGEXP(string, pattern)' : 'LOWER(string) LIKE pattern';
    throw new MillraceError('SQL_UNKNOWN_FUNCTION', `No match found for function signature ${node.operator}`, {
      span: node.span,
      hint: `use ${hint}`,
    });
  }
  const parts = [node.operand, node.pattern, ...(node.escape === undefined ? [] : [node.escape])];
  const args = parts.map((part) => {
    const bound = bindExpr(part, context);
    if (isBareNull(bound)) throw illegalNull(node.span);
    return bound;
  });
  const like = callFunction(node.operator, args, { span: node.span });
  return node.negated ? negate(like) : like;
}

function bindCase(node: sql.Case, context: ExprContext): Expr {
  const operand = node.operand === undefined ? undefined : bindExpr(node.operand, context);
  const branches = node.branches.map((branch) => {
    const tests = branch.when.map((when) =>
      operand === undefined
        ? condition(bindExpr(when, context), 'WHEN', node)
        : callFunction('=', [operand, bindExpr(when, context)], { span: when.span }),
    );
    const nullable = tests.some((test) => test.type.nullable);
    const when: Expr =
      tests.length === 1 ? tests[0]! : { kind: 'or', args: tests, type: nullable ? BOOLEAN : notNull(BOOLEAN) };
    return { when, then: bindExpr(branch.then, context) };
  });
  const otherwise = node.otherwise === undefined ? bareNull : bindExpr(node.otherwise, context);
  const results = [...branches.map((branch) => branch.then), otherwise];
  if (results.every(isBareNull)) {
    throw new MillraceError('SQL_TYPE', 'all branches of CASE are NULL', {
      span: node.span,
      hint: 'give one a type: CAST(NULL AS STRING)',
    });
  }
  const type = commonOf(results, node.span, 'CASE');
  return {
    kind: 'case',
    branches: branches.map(({ when, then }) => ({ when, then: castTo(then, type) })),
    otherwise: castTo(otherwise, type),
    type,
  };
}

function commonOf(exprs: readonly Expr[], span: Span, where: string): DataType {
  const type = leastRestrictive(exprs.map((expr) => expr.type));
  if (type !== undefined) return type;
  const names = [...new Set(exprs.filter((expr) => !isBareNull(expr)).map((expr) => typeToString(expr.type)))];
  throw new MillraceError('SQL_TYPE', `the branches of ${where} have no type in common: ${names.join(', ')}`, {
    span,
    hint: 'CAST them to one type',
  });
}

/** `table.exec.legacy-cast-behaviour`. */
const usesLegacyCasts = ({ options }: BindEnv): boolean =>
  /^enabled$/i.test(options.settings['table.exec.legacy-cast-behaviour'] ?? '');

/** CAST and TRY_CAST. @throws SQL_TYPE when there is no such cast */
export function explicitCast(input: Expr, type: DataType, safe: boolean, span: Span): Expr {
  if (isBareNull(input)) return literalExpr(null, { ...type, nullable: true } as DataType);
  if (!supportsCast(input.type, type, 'explicit')) {
    throw new MillraceError('SQL_TYPE', `cannot cast ${typeToString(input.type)} to ${typeToString(type)}`, {
      span,
      hint: castHint(input.type, type),
    });
  }
  const nullable = safe || input.type.nullable;
  return { kind: 'cast', input, safe, type: { ...type, nullable } as DataType };
}
