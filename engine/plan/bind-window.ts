/** Window functions in FROM: TUMBLE, HOP, CUMULATE, SESSION, with arguments by place or by name. */
import { MillraceError, didYouMean } from '../errors.ts';
import type { Span } from '../errors.ts';
import type * as sql from '../sql/ast-expr.ts';
import type { TableFunctionRef } from '../sql/ast-query.ts';
import { isTimestamp, typeToString } from '../types/type.ts';
import type { Ms } from '../types/value.ts';
import { unsupported } from './bind-context.ts';
import type { BindEnv, BindQuery } from './bind-context.ts';
import { bindExpr } from './bind-expr.ts';
import { bindTable, sourcePlan } from './bind-table.ts';
import type { LogicalPlan, WindowSpec } from './logical.ts';
import { windowTable } from './nodes.ts';
import { relationOf, resolveName } from './scope.ts';

interface WindowFunction {
  /** Parameters in order; the first `required` must be given. */
  readonly parameters: readonly string[];
  readonly required: number;
  readonly signature: string;
}

const functions: Readonly<Record<string, WindowFunction>> = {
  TUMBLE: {
    parameters: ['DATA', 'TIMECOL', 'SIZE', 'OFFSET'],
    required: 3,
    signature: 'TUMBLE(TABLE table_name, DESCRIPTOR(timecol), datetime interval[, datetime interval])',
  },
  HOP: {
    parameters: ['DATA', 'TIMECOL', 'SLIDE', 'SIZE', 'OFFSET'],
    required: 4,
    signature: 'HOP(TABLE table_name, DESCRIPTOR(timecol), datetime interval, datetime interval[, datetime interval])',
  },
  CUMULATE: {
    parameters: ['DATA', 'TIMECOL', 'STEP', 'SIZE', 'OFFSET'],
    required: 4,
    signature:
      'CUMULATE(TABLE table_name, DESCRIPTOR(timecol), datetime interval, datetime interval[, datetime interval])',
  },
  SESSION: {
    parameters: ['DATA', 'TIMECOL', 'GAP'],
    required: 3,
    signature: 'SESSION(TABLE table_name [PARTITION BY (keycols, ...)], DESCRIPTOR(timecol), datetime interval)',
  },
};

/** Functions of Flink that parse as table functions and do not run. */
const others: ReadonlySet<string> = new Set([
  'ML_PREDICT',
  'ML_EVALUATE',
  'VECTOR_SEARCH',
  'FROM_CHANGELOG',
  'TO_CHANGELOG',
  'SNAPSHOT',
]);

/** Whether a name in FROM means a function of whole tables: it is called once, not for each row of something. */
export const isTableFunctionOfTables = (name: string): boolean =>
  functions[name.toUpperCase()] !== undefined || others.has(name.toUpperCase());

export function bindWindowFunction(ref: TableFunctionRef, env: BindEnv, bindQuery: BindQuery): LogicalPlan {
  const { call } = ref;
  const name = call.name.parts
    .map((part) => part.name)
    .join('.')
    .toUpperCase();
  const fn = functions[name];
  if (fn === undefined) {
    if (others.has(name)) throw unsupported(name, ref.span);
    throw new MillraceError('SQL_UNKNOWN_FUNCTION', `table function ${name} does not exist`, {
      span: call.span,
      hint: didYouMean(name, Object.keys(functions)),
    });
  }
  if (ref.lateral) throw unsupported('a LATERAL table function', ref.span);
  const args = argumentsByName(call, name, fn);
  const data = args.get('DATA')!;
  const { plan: input, partition } = bindData(data, env, bindQuery, name);
  const timeColumn = bindTimeColumn(args.get('TIMECOL')!, input, name, fn, env);
  const duration = (parameter: string): Ms => bindDuration(args.get(parameter)!, env, name, fn, call.span);
  const offset = args.has('OFFSET') ? duration('OFFSET') : 0;
  const window = windowSpec(name, duration, offset, partition);
  checkWindow(window, name, call.span);
  return windowTable(input, timeColumn, window, ref.span);
}

function windowSpec(
  name: string,
  duration: (parameter: string) => Ms,
  offset: Ms,
  partition: readonly number[],
): WindowSpec {
  switch (name) {
    case 'TUMBLE':
      return { kind: 'tumble', size: duration('SIZE'), offset };
    case 'HOP':
      return { kind: 'hop', slide: duration('SLIDE'), size: duration('SIZE'), offset };
    case 'CUMULATE':
      return { kind: 'cumulate', step: duration('STEP'), size: duration('SIZE'), offset };
    default:
      return { kind: 'session', gap: duration('GAP'), partition };
  }
}

/** Durations must be positive and an offset smaller than the window. @throws SQL_INVALID */
export function checkWindow(window: WindowSpec, name: string, span: Span): void {
  const durations = Object.entries(window).filter(([key]) => ['size', 'slide', 'step', 'gap'].includes(key));
  for (const [key, value] of durations) {
    if (typeof value !== 'number' || value > 0) continue;
    throw new MillraceError('SQL_INVALID', `${name} needs a ${key} above 0, not ${value} ms`, { span });
  }
  if (window.kind !== 'session' && Math.abs(window.offset) >= window.size) {
    throw new MillraceError(
      'SQL_INVALID',
      `${name} parameters must satisfy abs(offset) < size, but got size ${window.size}ms and offset ${window.offset}ms.`,
      { span },
    );
  }
}

function argumentsByName(call: sql.Call, name: string, fn: WindowFunction): Map<string, sql.Expr> {
  const args = new Map<string, sql.Expr>();
  call.arguments.forEach((arg, i) => {
    const isNamed = arg.kind === 'namedArgument';
    const parameter = isNamed ? arg.name.name.toUpperCase() : fn.parameters[i];
    if (parameter === undefined) throw wrongCount(call, name, fn);
    if (!fn.parameters.includes(parameter)) {
      throw new MillraceError('SQL_INVALID', `${name} has no parameter ${parameter}`, {
        span: arg.span,
        hint: didYouMean(parameter, fn.parameters) ?? `parameters: ${fn.parameters.join(', ')}`,
      });
    }
    args.set(parameter, isNamed ? arg.value : arg);
  });
  if (fn.parameters.slice(0, fn.required).some((parameter) => !args.has(parameter))) throw wrongCount(call, name, fn);
  return args;
}

const wrongCount = (call: sql.Call, name: string, fn: WindowFunction): MillraceError =>
  new MillraceError(
    'SQL_TYPE',
    `Invalid number of arguments to function '${name}'. Was expecting ${fn.required} arguments`,
    { span: call.span, hint: fn.signature },
  );

function bindData(
  data: sql.Expr,
  env: BindEnv,
  bindQuery: BindQuery,
  name: string,
): { readonly plan: LogicalPlan; readonly partition: readonly number[] } {
  // `TUMBLE((SELECT ..), ..)` without TABLE before it.
  if (data.kind === 'scalarQuery') return { plan: bindQuery(data.query, env), partition: [] };
  if (data.kind !== 'tableArgument') {
    throw new MillraceError('SQL_INVALID', `the first argument of ${name} must be a table`, {
      span: data.span,
      hint: `TABLE name, or a subquery in parentheses`,
    });
  }
  if (data.orderBy.length > 0) throw unsupported(`ORDER BY inside of ${name}`, data.span);
  const plan = bindDataInput(data, env, bindQuery);
  const scope = {
    relations: [relationOf(plan, data.input.kind === 'path' ? data.input.parts.at(-1)!.name : undefined)],
  };
  if (data.partitionBy.length > 0 && name !== 'SESSION') {
    throw new MillraceError('SQL_INVALID', `${name} takes no PARTITION BY`, {
      span: data.span,
      hint: 'only SESSION does; other windows are grouped by keys in GROUP BY',
    });
  }
  const partition = data.partitionBy.map((key) => {
    const column = key.kind === 'column' ? resolveName(scope, key.parts) : undefined;
    if (column?.kind === 'column') return column.index;
    throw new MillraceError('SQL_INVALID', 'PARTITION BY takes names of columns', { span: key.span });
  });
  return { plan, partition };
}

/** What `TABLE name`, `TABLE (query)` as an argument means. */
export function bindDataInput(data: sql.TableArgument, env: BindEnv, bindQuery: BindQuery): LogicalPlan {
  switch (data.input.kind) {
    case 'path':
      return bindTable(data.input, [], env, bindQuery).plan;
    case 'parameter': {
      const found = env.options.parameter?.(data.input);
      if (found?.kind === 'table') return sourcePlan(found.table, data.span, env);
      throw new MillraceError('SQL_UNKNOWN_TABLE', `"${data.input.source}" is no table`, { span: data.input.span });
    }
    default:
      return bindQuery(data.input, env);
  }
}

function bindTimeColumn(arg: sql.Expr, input: LogicalPlan, name: string, fn: WindowFunction, env: BindEnv): number {
  // As Flink, which reads the first column of several.
  const [column] = arg.kind === 'descriptor' ? arg.columns : [];
  if (column === undefined) {
    throw new MillraceError('SQL_INVALID', `the time column of ${name} is given as DESCRIPTOR(column)`, {
      span: arg.span,
      hint: fn.signature,
    });
  }
  const index = input.schema.findIndex((c) => c.name === column.name);
  if (index < 0) {
    throw new MillraceError('SQL_UNKNOWN_COLUMN', `column "${column.name}" does not exist in the input of ${name}`, {
      span: column.span,
      hint: didYouMean(
        column.name,
        input.schema.map((c) => c.name),
      ),
    });
  }
  requireTimeColumn(input, index, `The window function ${fn.signature}`, column.span, env);
  return index;
}

/** @throws SQL_INVALID unless the column is a timestamp, and in streaming mode a time attribute */
export function requireTimeColumn(input: LogicalPlan, index: number, who: string, span: Span, env: BindEnv): void {
  const column = input.schema[index]!;
  const isTime = isTimestamp(column.type) && (env.options.mode === 'batch' || column.time !== undefined);
  if (isTime) return;
  const found = typeToString(column.type, { nullability: false });
  const reason =
    `${who} requires the timecol to be TIMESTAMP or TIMESTAMP_LTZ, but is ${found}.` +
    '\nBesides, the timecol must be a time attribute type in streaming mode.';
  throw new MillraceError('SQL_INVALID', reason, {
    span,
    hint: isTimestamp(column.type)
      ? `declare it in CREATE TABLE: WATERMARK FOR ${column.name} AS ${column.name} - INTERVAL '5' SECOND; an expression over a time column is none any more`
      : timeColumnsHint(input),
  });
}

function timeColumnsHint(input: LogicalPlan): string | undefined {
  const names = input.schema.filter((c) => c.time !== undefined).map((c) => c.name);
  return names.length === 0 ? 'no column of the input has a WATERMARK' : `time columns: ${names.join(', ')}`;
}

/** A constant interval of days to seconds, in milliseconds. @throws SQL_TYPE, SQL_UNSUPPORTED (months, years) */
export function bindDuration(
  arg: sql.Expr,
  env: BindEnv,
  name: string,
  fn: { readonly signature: string },
  place: Span = arg.span,
): Ms {
  const expr = bindExpr(arg, { env, scope: { relations: [] }, clause: name, places: new Map() });
  if (expr.type.kind === 'INTERVAL_YEAR_MONTH') {
    throw new MillraceError(
      'SQL_UNSUPPORTED',
      'Window aggregate only support SECOND, MINUTE, HOUR, DAY as the time unit. MONTH and YEAR time unit are not supported yet.',
      { span: arg.span },
    );
  }
  if (expr.kind === 'literal' && expr.type.kind === 'INTERVAL_DAY_TIME') return expr.value as Ms;
  const found = expr.kind === 'literal' ? typeToString(expr.type, { nullability: false }) : 'an expression';
  throw new MillraceError('SQL_TYPE', `${name} takes constant intervals, not ${found}`, {
    span: place,
    hint: `for example INTERVAL '10' MINUTE; ${fn.signature}`,
  });
}
