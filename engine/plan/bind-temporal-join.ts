/** FOR SYSTEM_TIME AS OF in joins: the version of a row at an event time, or a lookup at processing time. */
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type * as sql from '../sql/ast-expr.ts';
import type { Join, NamedTableRef, TableRef } from '../sql/ast-query.ts';
import { isTimestamp, typeToString } from '../types/type.ts';
import type { BindEnv } from './bind-context.ts';
import { unsupported } from './bind-context.ts';
import { bindExpr } from './bind-expr.ts';
import { bindJoin } from './bind-join.ts';
import { columnsOf, someExpr } from './expr-walk.ts';
import type { LogicalPlan, Temporal } from './logical.ts';
import type { BoundFrom } from './scope.ts';

interface TemporalRef extends Join {
  readonly right: NamedTableRef & { readonly systemTime: sql.Expr };
}

export const isTemporal = (ref: Join): ref is TemporalRef =>
  ref.right.kind === 'namedTable' && ref.right.systemTime !== undefined;

/** @throws SQL_INVALID, SQL_TYPE where the moment is no time attribute of the left side */
export function bindTemporalJoin(ref: TemporalRef, env: BindEnv, bindFrom: (ref: TableRef) => BoundFrom): BoundFrom {
  const bound = bindJoin({ ...ref, right: { ...ref.right, systemTime: undefined } }, env, bindFrom);
  const { plan, scope } = bound;
  if (plan.kind !== 'join') throw new Error('Millrace bug: a join was bound to something else. Please report it.');
  const { systemTime } = ref.right;
  const moment = bindExpr(systemTime, { env, scope, clause: 'FOR SYSTEM_TIME AS OF', places: new Map() });
  if (!isTimestamp(moment.type)) {
    throw new MillraceError(
      'SQL_TYPE',
      `The system time period specification expects Timestamp type but is '${typeToString(moment.type, { nullability: false })}'`,
      { span: systemTime.span, hint: timeHint(plan.left) },
    );
  }
  if (columnsOf(moment).size === 0) throw timeTravel(moment, systemTime.span);
  return { ...bound, plan: { ...plan, temporal: temporalOf(moment, plan.left, systemTime.span) } };
}

function temporalOf(moment: Expr, left: LogicalPlan, span: Span): Temporal {
  if (moment.kind !== 'column') {
    throw new MillraceError(
      'SQL_INVALID',
      "Temporal table join currently only supports 'FOR SYSTEM_TIME AS OF' left table's time attribute field",
      { span, hint: timeHint(left) },
    );
  }
  const time = left.schema[moment.index]?.time;
  if (time === undefined) {
    throw new MillraceError(
      'SQL_INVALID',
      'Temporal Table Join requires time attribute in the left table, but no time attribute found.',
      { span, hint: timeHint(left) },
    );
  }
  return { kind: time === 'rowtime' ? 'event' : 'lookup', time: moment.index };
}

function timeHint(left: LogicalPlan): string {
  const names = left.schema.filter((column) => column.time !== undefined).map((column) => column.name);
  return names.length === 0
    ? 'no column of the left side has a WATERMARK, or is PROCTIME()'
    : `time attributes of the left side: ${names.join(', ')}`;
}

/** A moment that is no column: what a catalog with history would answer. */
export function timeTravel(moment: Expr, span: Span): MillraceError {
  const isProctime = someExpr(moment, (node) => node.kind === 'call' && node.fn === 'PROCTIME');
  if (!isProctime)
    return unsupported('time travel (FOR SYSTEM_TIME AS OF a constant)', span, 'tables keep no history here');
  return new MillraceError(
    'SQL_INVALID',
    'Unsupported time travel expression: PROCTIME() for the expression can not be reduced to a constant by Flink.',
    {
      span,
      hint: 'make a column of it in the left table: proctime AS PROCTIME(), and say FOR SYSTEM_TIME AS OF that column',
    },
  );
}
