/** Calls and the special forms that are functions underneath: EXTRACT, TRIM, JSON_VALUE, constructors, element access. */
import { unreachable } from '../assert.ts';
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type { Options } from '../functions/function.ts';
import { aggregateFunction, overFunction, scalarFunction } from '../functions/registry.ts';
import type * as sql from '../sql/ast-expr.ts';
import type { Value } from '../types/value.ts';
import { typeToString } from '../types/type.ts';
import { unsupported } from './bind-context.ts';
import type { ExprContext } from './bind-expr.ts';
import { illegalNull, isBareNull } from './bind-literal.ts';
import { bindType } from './bind-type.ts';
import { callFunction, callNodes, unknownFunction } from './make-expr.ts';
import { onlyDeclared, userFunctionOf } from './function-lookup.ts';
import { groupWindowFunctions, isGroupWindowFunction } from './group-window-names.ts';

type CallLike = Extract<
  sql.Expr,
  {
    kind:
      | 'call'
      | 'extract'
      | 'roundTo'
      | 'timestampAdd'
      | 'timestampDiff'
      | 'position'
      | 'substring'
      | 'trim'
      | 'overlay'
      | 'using'
      | 'jsonCall'
      | 'jsonObject'
      | 'jsonArray'
      | 'row'
      | 'array'
      | 'map'
      | 'multiset'
      | 'element';
  }
>;

export function bindCall(node: CallLike, context: ExprContext, bind: (node: sql.Expr) => Expr): Expr {
  const call = (name: string, args: readonly (sql.Expr | undefined)[], options?: Options): Expr => {
    const present = args.filter((arg) => arg !== undefined);
    return callNodes(name, present, present.map(bind), { span: node.span, options });
  };
  switch (node.kind) {
    case 'call':
      return bindNamedCall(node, context, bind);
    case 'extract':
      return call('EXTRACT', [node.operand], { unit: node.unit });
    case 'roundTo':
      return call(node.direction, [node.operand], { unit: node.unit });
    case 'timestampAdd':
      return call('TIMESTAMPADD', [node.count, node.operand], { unit: node.unit });
    case 'timestampDiff':
      return call('TIMESTAMPDIFF', [node.from, node.to], { unit: node.unit });
    case 'position':
      return call('POSITION', [node.needle, node.haystack, node.from]);
    case 'substring':
      return call('SUBSTRING', [node.operand, node.from, node.length]);
    case 'trim':
      return call('TRIM', [node.operand, node.characters], { side: node.mode });
    case 'overlay':
      return call('OVERLAY', [node.operand, node.placing, node.from, node.length]);
    case 'using':
      throw unsupported('TRANSLATE ... USING', node.span);
    case 'jsonCall':
      return call(node.name, [node.operand, node.path], jsonOptions(node, bind));
    case 'jsonObject':
    case 'jsonArray':
      return node.aggregate ? aggregateCall(node, node.span, context) : bindJsonConstructor(node, bind);
    case 'row':
      return call('ROW', node.items);
    case 'array':
      if (node.items.length === 0) {
        throw new MillraceError('SQL_TYPE', 'an ARRAY needs an element to have a type', { span: node.span });
      }
      return callFunction('ARRAY', node.items.map(bind), { span: node.span });
    case 'map':
      return callFunction(
        'MAP',
        node.entries.flatMap(({ key, value }) => [bind(key), bind(value)]),
        { span: node.span },
      );
    case 'multiset':
      throw unsupported('the MULTISET constructor', node.span, 'use ARRAY[...]');
    case 'element':
      return call('ITEM', [node.operand, node.index]);
    default:
      return unreachable(node);
  }
}

function bindNamedCall(node: sql.Call, context: ExprContext, bind: (node: sql.Expr) => Expr): Expr {
  const inMatch = context.match?.(node, context);
  if (inMatch !== undefined) return inMatch;
  const own = userFunctionOf(
    node.name.parts.map((part) => part.name),
    context.env,
  );
  if (own?.kind === 'table') {
    const written = node.name.parts.map((part) => part.name).join('.');
    throw new MillraceError('SQL_INVALID', `${written} is a table function and gives rows, not one value`, {
      span: node.span,
      hint: `FROM t, LATERAL TABLE(${written}(...)) AS r`,
    });
  }
  const name = own?.fn.name ?? nameOf(node);
  if (node.over !== undefined) {
    if (context.over !== undefined) return context.over(node);
    throw new MillraceError('SQL_INVALID', `Windowed aggregate expression is illegal in ${context.clause}`, {
      span: node.span,
      hint: 'compute it in a subquery in FROM, or filter with QUALIFY',
    });
  }
  if (isGroupWindowFunction(name)) return bindGroupWindowCall(node, name, context);
  if (groupingFunctions.has(name.toUpperCase())) {
    if (context.grouping !== undefined) return context.grouping(node);
    throw new MillraceError('SQL_INVALID', `${name} may stand in a query with GROUP BY only`, { span: node.span });
  }
  const isAggregate = aggregateFunction(name) !== undefined;
  if (isAggregate && (node.arguments.some((arg) => arg.kind === 'star') || scalarFunction(name) === undefined)) {
    return aggregateCall(node, node.span, context);
  }
  const extra = node.filter !== undefined ? 'FILTER' : node.quantifier !== undefined ? node.quantifier : undefined;
  if (extra !== undefined && scalarFunction(name) !== undefined) {
    const start = node.name.span.end + 1;
    throw new MillraceError('SQL_INVALID', `${extra} may stand in aggregates only, and ${name} is none`, {
      span: node.quantifier === undefined ? node.span : { start, end: start + extra.length },
    });
  }
  // `user` and its like are names of functions only where there is no such column.
  if (!node.parentheses && scalarFunction(name) === undefined) {
    return bind({ kind: 'column', parts: node.name.parts, span: node.span });
  }
  if (scalarFunction(name) === undefined && overFunction(name) !== undefined) {
    throw new MillraceError('SQL_INVALID', 'OVER clause is necessary for window functions', {
      span: node.span,
      hint: `${name}(..) OVER (PARTITION BY .. ORDER BY ..)`,
    });
  }
  if (scalarFunction(name) === undefined) {
    if (!matchFunctions.has(name.toUpperCase())) {
      const parts = node.name.parts.map((part) => part.name);
      throw onlyDeclared(parts, node.span, context.env) ?? unknownFunction(name, node.span);
    }
    throw new MillraceError('SQL_INVALID', `Function '${name}' can only be used in MATCH_RECOGNIZE`, {
      span: node.span,
    });
  }
  if (isJsonName(name)) {
    throw new MillraceError('SQL_INVALID', 'JSON() may stand in JSON_ARRAY and as a value of JSON_OBJECT only', {
      span: node.span,
      hint: "JSON_OBJECT('a' VALUE JSON('{}')); to check that a text is JSON, text IS JSON",
    });
  }
  const args = node.arguments.map(bind);
  return callNodes(name, node.arguments, args, { span: node.span, options: callOptions(name, args, context) });
}

function callOptions(name: string, args: readonly Expr[], { env }: ExprContext): Options {
  if (/^CURRENT_DATABASE$/i.test(name)) return { database: env.catalog.currentDatabase };
  return /^JSON_STRING$/i.test(name) && args.some(isJsonCall) ? { json: [0] } : {};
}

const groupingFunctions: ReadonlySet<string> = new Set(['GROUPING', 'GROUPING_ID', 'GROUP_ID']);
const matchFunctions: ReadonlySet<string> = new Set([
  'FIRST',
  'LAST',
  'PREV',
  'NEXT',
  'CLASSIFIER',
  'MATCH_ROWTIME',
  'MATCH_PROCTIME',
]);

function aggregateCall(node: sql.Call | sql.JsonObject | sql.JsonArray, span: Span, context: ExprContext): Expr {
  if (context.aggregate !== undefined) return context.aggregate(node);
  throw new MillraceError('SQL_INVALID', `Aggregate expression is illegal in ${context.clause}`, {
    span,
    hint: context.clause === 'WHERE clause' ? 'conditions on aggregates go into HAVING' : undefined,
  });
}

function bindGroupWindowCall(node: sql.Call, name: string, context: ExprContext): Expr {
  const bound = context.groupWindow?.(node);
  if (bound !== undefined) return bound;
  const info = groupWindowFunctions.get(name.toUpperCase())!;
  const reason =
    info.property === undefined
      ? `Group window function '${name}' must not appear outside of GROUP BY`
      : `Call to auxiliary group function '${name}' must have matching call to group function '${info.window}' in GROUP BY clause`;
  throw new MillraceError('SQL_INVALID', reason, {
    span: node.span,
    hint:
      info.property === undefined ? `as a table: FROM TABLE(${info.window}(TABLE t, DESCRIPTOR(ts), ...))` : undefined,
  });
}

/**
 * The clauses of JSON_VALUE, JSON_QUERY and JSON_EXISTS as options: `returning` (a type as SQL text), `wrapper`, `onEmpty`, `onError`,
 * and with DEFAULT the constants `emptyDefault`, `errorDefault`.
 */
function jsonOptions(node: sql.JsonCall, bind: (node: sql.Expr) => Expr): Options {
  const options: Record<string, Value> = {};
  if (node.returning !== undefined) options['returning'] = typeToString(bindType(node.returning));
  if (node.wrapper !== undefined) options['wrapper'] = node.wrapper;
  const behaviour = (key: 'Empty' | 'Error', given: sql.JsonBehavior | undefined): void => {
    if (given === undefined) return;
    options[`on${key}`] = given.action;
    if (given.action !== 'DEFAULT') return;
    const value = bind(given.value);
    if (value.kind !== 'literal') {
      throw unsupported(`DEFAULT ON ${key.toUpperCase()} with a value that is no constant`, given.value.span);
    }
    options[`${key.toLowerCase()}Default`] = value.value;
  };
  behaviour('Empty', node.onEmpty);
  behaviour('Error', node.onError);
  return options;
}

/** JSON_OBJECT: keys and values by turns. JSON_ARRAY: values. `onNull` is NULL or ABSENT; `json` lists the values that are JSON already. */
function bindJsonConstructor(node: sql.JsonObject | sql.JsonArray, bind: (node: sql.Expr) => Expr): Expr {
  const isObject = node.kind === 'jsonObject';
  const items = isObject ? node.entries : node.items;
  const args = isObject
    ? node.entries.flatMap(({ key, value }) => [bind(key), bindMember(value, bind)])
    : node.items.map(({ value }) => bindMember(value, bind));
  const onNull = node.onNull ?? (isObject ? 'NULL' : 'ABSENT');
  const isJson = (i: number): boolean => isJsonCall(args[isObject ? 2 * i + 1 : i]!);
  const json = items.flatMap((item, i) => (item.formatJson || isJson(i) ? [i] : []));
  const options: Options = json.length === 0 ? { onNull } : { onNull, json };
  return callFunction(isObject ? 'JSON_OBJECT' : 'JSON_ARRAY', args, { span: node.span, options });
}

/** A value of JSON_OBJECT or JSON_ARRAY: the only place of JSON(text). */
function bindMember(node: sql.Expr, bind: (node: sql.Expr) => Expr): Expr {
  if (node.kind !== 'call' || !isJsonName(nameOf(node))) return bind(node);
  return callFunction('JSON', node.arguments.map(bind), { span: node.span });
}

const nameOf = (node: sql.Call): string => node.name.parts.map((part) => part.name).join('.');
const isJsonName = (name: string): boolean => name.toUpperCase() === 'JSON';

/** A call whose text is JSON already: it goes into other JSON as it is. */
const isJsonCall = (expr: Expr): boolean =>
  expr.kind === 'call' && ['JSON', 'JSON_OBJECT', 'JSON_ARRAY'].includes(expr.fn);

/** @throws SQL_TYPE for a bare NULL */
export function rejectNull(expr: Expr, span: Span): Expr {
  if (isBareNull(expr)) throw illegalNull(span);
  return expr;
}
