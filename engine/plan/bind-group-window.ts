/** The older windows: `GROUP BY TUMBLE(ts, INTERVAL '1' HOUR)` with TUMBLE_START, TUMBLE_END, TUMBLE_ROWTIME in the select list. */
import { MillraceError } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type * as sql from '../sql/ast-expr.ts';
import { TIMESTAMP, notNull } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import { bindExpr } from './bind-expr.ts';
import type { ExprContext } from './bind-expr.ts';
import { bindDuration, checkWindow, requireTimeColumn } from './bind-window.ts';
import { groupWindowFunctions } from './group-window-names.ts';
import { emitStrategy } from './emit-strategy.ts';
import type { EmitStrategy, LogicalPlan, WindowProperty, WindowSpec } from './logical.ts';
import { callFunction } from './make-expr.ts';

export interface GroupWindow {
  readonly name: 'TUMBLE' | 'HOP' | 'SESSION';
  /** The time column, over the input. */
  readonly timeColumn: number;
  readonly timeType: DataType;
  readonly isProctime: boolean;
  readonly emit: EmitStrategy | undefined;
  readonly window: WindowSpec;
}

const signatures = {
  TUMBLE: 'TUMBLE(time attribute, size[, offset])',
  HOP: 'HOP(time attribute, slide, size[, offset])',
  SESSION: 'SESSION(time attribute, gap)',
};

export function bindGroupWindow(node: sql.Call, input: LogicalPlan, context: ExprContext): GroupWindow {
  const { window: name } = groupWindowFunctions.get(node.name.parts.at(-1)!.name.toUpperCase())!;
  const signature = signatures[name];
  const durations = node.arguments.slice(1).map((arg) => bindDuration(arg, context.env, name, { signature }));
  const needed = name === 'HOP' ? 2 : 1;
  const most = name === 'SESSION' ? needed : needed + 1;
  const [time] = node.arguments;
  if (time === undefined || durations.length < needed || durations.length > most) {
    throw new MillraceError('SQL_TYPE', `Invalid number of arguments to function '${name}'`, {
      span: node.span,
      hint: signature,
    });
  }
  const expr = bindExpr(time, context);
  if (expr.kind !== 'column') {
    throw new MillraceError(
      'SQL_INVALID',
      'Window aggregate can only be defined over a time attribute column, but an expression encountered.',
      {
        span: time.span,
        hint: 'declare a computed column with the expression, and a WATERMARK on it, in CREATE TABLE',
      },
    );
  }
  requireTimeColumn(input, expr.index, `The group window ${signature}`, node.span, context.env);
  const [first, second = 0, third = 0] = durations as [number, number?, number?];
  const window: WindowSpec =
    name === 'TUMBLE'
      ? { kind: 'tumble', size: first, offset: second }
      : name === 'HOP'
        ? { kind: 'hop', slide: first, size: second, offset: third }
        : { kind: 'session', gap: first, partition: [] };
  checkWindow(window, name, node.span);
  const isProctime = input.schema[expr.index]!.time === 'proctime';
  const { settings, mode } = context.env.options;
  const emit = mode === 'batch' ? undefined : emitStrategy(settings, window, !isProctime, node.span);
  return { name, timeColumn: expr.index, timeType: expr.type, isProctime, emit, window };
}

/** What TUMBLE_START(ts, ..) and its like ask of the window; undefined when their arguments are those of another window. */
export function windowPropertyOf(
  node: sql.Call,
  window: GroupWindow,
  context: ExprContext,
): { readonly property: WindowProperty; readonly type: DataType } | { readonly expr: Expr } | undefined {
  const known = groupWindowFunctions.get(node.name.parts.at(-1)!.name.toUpperCase());
  if (known?.property === undefined || known.window !== window.name) return undefined;
  const [time, ...rest] = node.arguments;
  if (time === undefined) return undefined;
  const column = bindExpr(time, context);
  if (column.kind !== 'column' || column.index !== window.timeColumn) return undefined;
  const durations = rest.map((arg) =>
    bindDuration(arg, context.env, known.window, { signature: signatures[known.window] }),
  );
  const wanted = durationsOf(window.window);
  if (durations.some((duration, i) => duration !== wanted[i])) return undefined;
  if (known.property === 'proctime') return { expr: callFunction('PROCTIME', [], { span: node.span }) };
  if (known.property !== 'time') return { property: known.property, type: notNull(TIMESTAMP(3)) };
  return { property: 'time', type: window.timeType };
}

function durationsOf(window: WindowSpec): readonly number[] {
  switch (window.kind) {
    case 'tumble':
      return [window.size, window.offset];
    case 'hop':
      return [window.slide, window.size, window.offset];
    case 'cumulate':
      return [window.step, window.size, window.offset];
    case 'session':
      return [window.gap];
  }
}
