/** JOIN LATERAL TABLE(SNAPSHOT(input => TABLE t, …)): each left row meets the right table as it is when the row comes. */
import { MillraceError, didYouMean } from '../errors.ts';
import { interpreter } from '../expr/interpret.ts';
import type * as sql from '../sql/ast-expr.ts';
import type { Join, TableFunctionRef, TableRef } from '../sql/ast-query.ts';
import type { Ms } from '../types/value.ts';
import type { BindEnv, BindQuery } from './bind-context.ts';
import { bindExpr } from './bind-expr.ts';
import { bindJoin } from './bind-join.ts';
import { bindDataInput } from './bind-window.ts';
import type { LogicalPlan, Temporal } from './logical.ts';
import type { BoundFrom } from './scope.ts';

interface SnapshotRef extends Join {
  readonly right: TableFunctionRef;
}

const parameters = [
  'INPUT',
  'LOAD_COMPLETED_CONDITION',
  'LOAD_COMPLETED_TIME',
  'LOAD_COMPLETED_IDLE_TIMEOUT',
  'STATE_TTL',
];
const signature =
  "SNAPSHOT(input => TABLE t [, load_completed_condition => 'compile_time' | 'user_time'] [, load_completed_time => TIMESTAMP_LTZ] [, load_completed_idle_timeout => INTERVAL])";

export const isSnapshotJoin = (ref: Join): ref is SnapshotRef =>
  ref.right.kind === 'tableFunction' && ref.right.call.name.parts.at(-1)!.name.toUpperCase() === 'SNAPSHOT';

/** @throws SQL_INVALID for arguments that are missing or of another kind */
export function bindSnapshotJoin(
  ref: SnapshotRef,
  env: BindEnv,
  bindQuery: BindQuery,
  bindFrom: (ref: TableRef) => BoundFrom,
  named: (plan: LogicalPlan, ref: TableFunctionRef) => BoundFrom,
): BoundFrom {
  const args = argumentsOf(ref.right.call);
  const input = args.get('INPUT');
  if (input?.kind !== 'tableArgument') throw invalid('SNAPSHOT needs the table: input => TABLE t', ref.right);
  const right = named(bindDataInput(input, env, bindQuery), ref.right);
  const bound = bindJoin(ref, env, (side) => (side === ref.right ? right : bindFrom(side)));
  if (env.options.mode === 'batch' || bound.plan.kind !== 'join') return bound;
  if (ref.type === 'RIGHT' || ref.type === 'FULL')
    throw invalid(`LATERAL SNAPSHOT joins are INNER or LEFT, not ${ref.type}`, ref.right);
  return { ...bound, plan: { ...bound.plan, temporal: temporalOf(args, ref, env) } };
}

function temporalOf(args: ReadonlyMap<string, sql.Expr>, ref: SnapshotRef, env: BindEnv): Temporal {
  const constant = (name: string): unknown => {
    const arg = args.get(name);
    if (arg === undefined) return undefined;
    const expr = bindExpr(arg, { env, scope: { relations: [] }, clause: 'SNAPSHOT', places: new Map() });
    const timeZone = env.options.settings['table.local-time-zone'] ?? 'UTC';
    const value = interpreter(expr, {
      timeZone: timeZone === 'default' ? 'UTC' : timeZone,
      now: 0,
      watermark: undefined,
    })([]);
    return typeof value === 'bigint' ? Number(value / 1_000_000n) : value;
  };
  const condition = constant('LOAD_COMPLETED_CONDITION') ?? 'compile_time';
  const time = constant('LOAD_COMPLETED_TIME') as number | undefined;
  if (condition !== 'compile_time' && condition !== 'user_time')
    throw invalid(`load_completed_condition is 'compile_time' or 'user_time', not '${String(condition)}'`, ref.right);
  if ((condition === 'user_time') !== (time !== undefined))
    throw invalid("load_completed_time goes with load_completed_condition => 'user_time'", ref.right);
  const idleTimeout = constant('LOAD_COMPLETED_IDLE_TIMEOUT') as Ms | undefined;
  return { kind: 'snapshot', loadedAt: time, idleTimeout };
}

function argumentsOf(call: sql.Call): Map<string, sql.Expr> {
  const args = new Map<string, sql.Expr>();
  call.arguments.forEach((arg, i) => {
    const name = arg.kind === 'namedArgument' ? arg.name.name.toUpperCase() : parameters[i];
    if (name === undefined || !parameters.includes(name)) {
      throw new MillraceError('SQL_INVALID', `SNAPSHOT has no argument ${name ?? i + 1}`, {
        span: arg.span,
        hint: didYouMean(name ?? '', parameters) ?? signature,
      });
    }
    args.set(name, arg.kind === 'namedArgument' ? arg.value : arg);
  });
  return args;
}

const invalid = (reason: string, { span }: TableFunctionRef): MillraceError =>
  new MillraceError('SQL_INVALID', reason, { span, hint: signature });
