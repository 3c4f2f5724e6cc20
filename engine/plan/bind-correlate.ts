/** UNNEST and table functions in FROM: alone, or called for each row of what stands before them (CROSS JOIN, a comma, LEFT JOIN .. ON). */
import { MillraceError, didYouMean } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { TableCall, TableFunction } from '../functions/function.ts';
import { aggregateFunction, scalarFunction } from '../functions/registry.ts';
import type * as sql from '../sql/ast-expr.ts';
import type { Join, TableAlias, TableFunctionRef, TableRef, UnnestRef } from '../sql/ast-query.ts';
import type { Schema } from '../types/schema.ts';
import { typeToString } from '../types/type.ts';
import { unsupported } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import { bindCondition, bindExpr } from './bind-expr.ts';
import type { ExprContext } from './bind-expr.ts';
import { onlyDeclared, tableFunctionOf, userFunctionOf } from './function-lookup.ts';
import { argumentOf, argumentTypes, castTo } from './make-expr.ts';
import { checkCondition } from './bind-join.ts';
import { isLateRows } from './bind-late-rows.ts';
import { isTableFunctionOfTables } from './bind-window.ts';
import { correlate, oneRow } from './nodes.ts';
import { relationOf } from './scope.ts';
import type { BoundFrom, Scope } from './scope.ts';

type CallRef = UnnestRef | TableFunctionRef;

/** Whether a table reference is a function call that may use columns of what stands before it. */
export function isCorrelated(ref: TableRef): ref is CallRef {
  return (
    ref.kind === 'unnest' ||
    (ref.kind === 'tableFunction' && !isTableFunctionOfTables(functionName(ref.call)) && !isLateRows(ref))
  );
}

/** Whether a join is one with a function call that may use the columns of its left side. */
export const isLateral = (ref: Join): ref is Join & { readonly right: CallRef } =>
  ref.type !== 'RIGHT' && ref.type !== 'FULL' && isCorrelated(ref.right);

export const functionName = (call: sql.Call): string => call.name.parts.map((part) => part.name).join('.');

/** `FROM UNNEST(ARRAY[1, 2]) AS t (x)`, `FROM TABLE(f(1))`. */
export function bindTableCall(ref: CallRef, env: BindEnv): BoundFrom {
  const { call, names } = bindCallRef(ref, env, { relations: [] });
  const plan = correlate(
    oneRow(ref.span),
    { keep: [], call: { ...call, columns: named(call.columns, names) }, type: 'inner', condition: undefined },
    ref.span,
  );
  return { plan, scope: { relations: [relationOf(plan, ref.alias?.name.name)] } };
}

/** `left CROSS JOIN UNNEST(left.items) AS u (item)` and its like; RIGHT and FULL joins never come here. */
export function bindCorrelate(ref: Join & { readonly right: CallRef }, env: BindEnv, left: BoundFrom): BoundFrom {
  if (ref.natural || ref.using !== undefined) {
    throw unsupported(`${ref.natural ? 'NATURAL' : 'USING'} with a table function`, ref.span, 'write ON TRUE');
  }
  checkCondition(ref, env);
  const { call, names } = bindCallRef(ref.right, env, left.scope);
  const node = {
    keep: [...left.plan.schema.keys()],
    call: { ...call, columns: named(call.columns, names) },
    type: ref.type === 'LEFT' ? ('left' as const) : ('inner' as const),
    condition: undefined,
  };
  const plan = correlate(left.plan, node, ref.span);
  const width = left.plan.schema.length;
  const alias = ref.right.alias?.name.name;
  if (alias !== undefined && left.scope.relations.some((relation) => relation.alias === alias)) {
    throw new MillraceError('SQL_INVALID', `Duplicate relation name '${alias}' in FROM clause`, {
      span: ref.right.span,
      hint: `give it another name: ${alias}2`,
    });
  }
  const made = relationOf({ ...plan, schema: plan.schema.slice(width) }, alias, [], width);
  const scope: Scope = { ...left.scope, relations: [...left.scope.relations, made] };
  if (ref.on === undefined) return { plan, scope };
  const condition = bindCondition(ref.on, { env, scope, clause: 'ON clause', places: new Map() });
  return { plan: { ...plan, condition: isTrueLiteral(condition) ? undefined : condition }, scope };
}

const isTrueLiteral = (expr: TableCall['args'][number]): boolean => expr.kind === 'literal' && expr.value === true;

interface BoundCall {
  readonly call: TableCall;
  readonly names: readonly string[];
}

function bindCallRef(ref: CallRef, env: BindEnv, scope: Scope): BoundCall {
  const context: ExprContext = { env, scope, clause: 'FROM clause', places: new Map() };
  return ref.kind === 'unnest' ? bindUnnest(ref, context) : bindFunction(ref, context);
}

function bindUnnest(ref: UnnestRef, context: ExprContext): BoundCall {
  const [item, ...more] = ref.items as [sql.Expr, ...sql.Expr[]];
  if (more.length > 0) throw unsupported('UNNEST of several collections', ref.span, 'UNNEST them one after the other');
  if (item.kind === 'scalarQuery')
    throw unsupported('UNNEST of a subquery', item.span, 'FROM (query) AS t, UNNEST(t.a)');
  const arg = bindExpr(item, context);
  const fn = tableFunctionOf(['UNNEST'], context.env)!;
  const options = ref.ordinality ? { ordinality: true } : {};
  const binding = fn.resolve([argumentOf(arg)], options);
  if (binding === undefined) {
    throw new MillraceError(
      'SQL_TYPE',
      `Cannot apply 'UNNEST' to arguments of type 'UNNEST(<${typeToString(arg.type, { nullability: false })}>)'. Supported form(s): UNNEST(<MULTISET>), UNNEST(<ARRAY>), UNNEST(<MAP>)`,
      { span: { start: unnestStart(ref, context), end: closing(context.env.text, item.span.end) } },
    );
  }
  const isValue = arg.type.kind !== 'MAP' && !isOfRows(arg.type);
  const names = aliasNames(binding.columns, ref.alias, isValue);
  return { call: { fn: fn.name, args: [arg], columns: binding.columns, options }, names };
}

const isOfRows = (type: TableCall['args'][number]['type']): boolean =>
  (type.kind === 'ARRAY' || type.kind === 'MULTISET') && type.element.kind === 'ROW';

/** Behind LATERAL, if that is written. */
function unnestStart(ref: UnnestRef, { env }: ExprContext): number {
  const at = env.text.slice(ref.span.start, ref.items[0]!.span.start).search(/UNNEST/i);
  return ref.span.start + Math.max(at, 0);
}
/** Behind the parenthesis that follows. */
const closing = (text: string, from: number): number => text.indexOf(')', from) + 1 || from;

function bindFunction(ref: TableFunctionRef, context: ExprContext): BoundCall {
  const { call } = ref;
  const name = functionName(call);
  const args = call.arguments.map((arg) => bindExpr(arg, context));
  const { parts } = call.name;
  const fn = tableFunctionOf(
    parts.map((part) => part.name),
    context.env,
  );
  if (fn === undefined || fn.name === 'UNNEST') {
    const names = parts.map((part) => part.name);
    throw (
      onlyDeclared(names, call.name.span, context.env) ??
      noTableFunction(name, { start: parts.at(-1)!.span.start, end: call.span.end }, context.env)
    );
  }
  const binding = resolve(fn, args, call.span);
  const cast = args.map((arg, i) => castTo(arg, binding.argTypes[i] ?? arg.type));
  return {
    call: { fn: fn.name, args: cast, columns: binding.columns },
    names: aliasNames(binding.columns, ref.alias, false),
  };
}

function resolve(fn: TableFunction, args: TableCall['args'], span: Span) {
  let binding: ReturnType<TableFunction['resolve']>;
  try {
    binding = fn.resolve(args.map(argumentOf), {});
  } catch (error) {
    throw error instanceof MillraceError ? error.withSpan(span) : error;
  }
  if (binding !== undefined) return binding;
  throw new MillraceError('SQL_TYPE', `cannot apply ${fn.name} to ${argumentTypes(args)}`, {
    span,
    hint: `it is ${fn.signature}`,
  });
}

function noTableFunction(name: string, span: Span, env: BindEnv): MillraceError {
  const own = userFunctionOf(name.split('.'), env);
  const other =
    own?.kind === 'scalar' || own?.kind === 'aggregate'
      ? `${name} is ${own.kind === 'scalar' ? 'a scalar' : 'an aggregate'} function: use it in SELECT`
      : scalarFunction(name) !== undefined
        ? `${name} gives one value: use it in SELECT`
        : aggregateFunction(name) !== undefined
          ? `${name} is an aggregate: use it in SELECT`
          : undefined;
  const known = ['TUMBLE', 'HOP', 'CUMULATE', 'SESSION', 'UNNEST', ...(env.options.functions?.tableNames() ?? [])];
  return new MillraceError('SQL_UNKNOWN_FUNCTION', `table function ${name.toUpperCase()} does not exist`, {
    span,
    hint: other ?? didYouMean(name.toUpperCase(), known),
  });
}

/** The names of the alias list; an alias without a list names the column of a collection of plain values, as Flink does. */
function aliasNames(columns: Schema, alias: TableAlias | undefined, isValue: boolean): readonly string[] {
  const own = columns.map((column) => column.name);
  if (alias === undefined) return own;
  if (alias.columns.length === 0) return isValue ? [alias.name.name, ...own.slice(1)] : own;
  const given = alias.columns.map((column) => column.name);
  if (given.length === own.length) return given;
  throw new MillraceError(
    'SQL_INVALID',
    `List of column aliases must have same degree as table; table has ${own.length} columns (${own.map((name) => `'${name}'`).join(', ')}), whereas alias list has ${given.length} columns`,
    { span: { start: alias.columns[0]!.span.start, end: alias.columns.at(-1)!.span.end } },
  );
}

const named = (columns: Schema, names: readonly string[]): Schema =>
  columns.map((column, i) => ({ ...column, name: names[i]! }));
