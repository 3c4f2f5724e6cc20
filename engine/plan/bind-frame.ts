/** ROWS and RANGE of a window. */
import { MillraceError } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type { FrameBound, WindowFrame } from '../sql/ast-query.ts';
import { isNumeric, isTimestamp } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import { bindExpr } from './bind-expr.ts';
import type { ExprContext } from './bind-expr.ts';
import type { Frame } from './logical.ts';

/** All rows up to the current one and those that are equal to it: the frame of a window with an order and no frame. */
export const WHOLE_FRAME: Frame = { unit: 'range', lower: -Infinity, upper: 0 };

/** Without an order all rows of the partition are equal. */
const UNORDERED: Frame = { unit: 'range', lower: -Infinity, upper: Infinity };

/** @param order the types of the sort keys */
export function bindFrame(node: WindowFrame | undefined, order: readonly DataType[], context: ExprContext): Frame {
  if (node === undefined) return order.length === 0 ? UNORDERED : WHOLE_FRAME;
  const unit = node.unit === 'ROWS' ? 'rows' : 'range';
  checkBounds(node);
  const lower = boundOf(node.start, unit, order, context);
  const upper = node.end === undefined ? 0 : boundOf(node.end, unit, order, context);
  return { unit, lower, upper };
}

function checkBounds({ start, end }: WindowFrame): void {
  if (start.bound === 'UNBOUNDED FOLLOWING') {
    throw new MillraceError('SQL_INVALID', 'UNBOUNDED FOLLOWING cannot be specified for the lower frame boundary', {
      span: start.span,
    });
  }
  if (end === undefined) return;
  if (end.bound === 'UNBOUNDED PRECEDING') {
    throw new MillraceError('SQL_INVALID', 'UNBOUNDED PRECEDING cannot be specified for the upper frame boundary', {
      span: end.span,
    });
  }
  const before = (bound: FrameBound['bound']): boolean => bound === 'PRECEDING';
  if (start.bound === 'CURRENT ROW' && before(end.bound)) {
    throw new MillraceError(
      'SQL_INVALID',
      'Upper frame boundary cannot be PRECEDING when lower boundary is CURRENT ROW',
      { span: end.span },
    );
  }
  if (start.bound === 'FOLLOWING' && (before(end.bound) || end.bound === 'CURRENT ROW')) {
    const what = before(end.bound) ? 'PRECEDING' : 'CURRENT ROW';
    throw new MillraceError('SQL_INVALID', `Upper frame boundary cannot be ${what} when lower boundary is FOLLOWING`, {
      span: end.span,
    });
  }
}

function boundOf(bound: FrameBound, unit: Frame['unit'], order: readonly DataType[], context: ExprContext): number {
  if (bound.bound === 'CURRENT ROW') return 0;
  if (bound.offset === undefined) return bound.bound === 'UNBOUNDED PRECEDING' ? -Infinity : Infinity;
  const expr = bindExpr(bound.offset, context);
  const size = unit === 'rows' ? rowsOf(expr, bound) : rangeOf(expr, bound, order);
  return bound.bound === 'PRECEDING' ? -size : size;
}

function rowsOf(expr: Expr, bound: FrameBound): number {
  const value = numberOf(expr);
  if (value !== undefined && Number.isInteger(value) && value >= 0) return value;
  throw new MillraceError('SQL_INVALID', 'ROWS value must be a non-negative integral constant', {
    span: bound.offset!.span,
  });
}

function rangeOf(expr: Expr, bound: FrameBound, order: readonly DataType[]): number {
  const [type] = order;
  const { span } = bound.offset!;
  if (type === undefined || order.length > 1) {
    throw new MillraceError('SQL_INVALID', 'RANGE clause cannot be used with compound ORDER BY clause', { span });
  }
  const value = numberOf(expr);
  const fits =
    expr.type.kind === 'INTERVAL_DAY_TIME' ? isTimestamp(type) || type.kind === 'DATE' : bothNumbers(expr, type);
  if (!fits) {
    throw new MillraceError('SQL_INVALID', 'Data Type mismatch between ORDER BY and RANGE clause', {
      span,
      hint: "a time needs an interval: INTERVAL '5' MINUTE PRECEDING",
    });
  }
  if (value !== undefined) return value;
  throw new MillraceError('SQL_INVALID', 'RANGE value must be a constant', { span });
}

const bothNumbers = (expr: Expr, type: DataType): boolean => isNumeric(expr.type) && isNumeric(type);

/** The number that a constant is, decimals by their value; undefined for anything else. */
function numberOf(expr: Expr): number | undefined {
  if (expr.kind !== 'literal' || expr.value === null) return undefined;
  const value = Number(expr.value);
  return expr.type.kind === 'DECIMAL' ? value / 10 ** expr.type.scale : value;
}
