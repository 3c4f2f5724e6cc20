/**
 * Which joins are interval joins: equality aside, the condition bounds the distance of two time attributes on both sides.
 * As Flink's IntervalJoinUtil: exactly one equality or two comparisons between a time attribute of each input, each with constants added.
 */
import { interpreter } from '../expr/interpret.ts';
import type { Expr } from '../expr/expr.ts';
import type { TimeAttribute } from '../types/schema.ts';
import type { Ms } from '../types/value.ts';
import { columnsOf, conjuncts, literalExpr, someExpr, substituteColumns } from './expr-walk.ts';
import type { Join } from './logical.ts';
import { windowJoinKeys } from './window-properties.ts';

/** leftTime lies in rightTime + lower .. rightTime + upper. */
export interface IntervalBounds {
  readonly lower: Ms;
  readonly upper: Ms;
  readonly leftTime: number;
  /** In the right input's own numbering. */
  readonly rightTime: number;
  readonly attribute: TimeAttribute;
  /** The other parts of the condition. */
  readonly rest: readonly Expr[];
}

type Sign = '<' | '<=' | '>' | '>=' | '=';

/** A comparison, turned so that the left input's time stands on the left. */
interface TimePredicate {
  readonly sign: Sign;
  readonly left: Expr;
  readonly right: Expr;
  readonly leftTime: number;
  readonly rightTime: number;
}

/** The bounds of a join whose inputs have those time attributes; undefined: no interval join. Ask time-columns.ts, which knows the attributes. */
export function boundsOf(
  join: Join,
  leftTimes: ReadonlyMap<number, TimeAttribute>,
  rightTimes: ReadonlyMap<number, TimeAttribute>,
): IntervalBounds | undefined {
  if (join.temporal !== undefined) return undefined;
  if (join.type === 'semi' || join.type === 'anti' || join.condition === undefined) return undefined;
  if (windowJoinKeys(join) !== undefined) return undefined;
  const width = join.left.schema.length;
  const times: TimePredicate[] = [];
  const rest: Expr[] = [];
  for (const part of conjuncts(join.condition)) {
    const predicate = timePredicate(part, width);
    const attribute = predicate && leftTimes.get(predicate.leftTime);
    const isTime = attribute !== undefined && attribute === rightTimes.get(predicate!.rightTime - width);
    if (isTime) times.push(predicate!);
    else rest.push(part);
  }
  const [first, second] = times;
  if (first === undefined || times.length > 2) return undefined;
  const bounds = second === undefined ? ofOne(first) : ofTwo(first, second);
  if (bounds === undefined) return undefined;
  const { leftTime } = first;
  const attribute = leftTimes.get(leftTime)!;
  return { ...bounds, leftTime, rightTime: first.rightTime - width, attribute, rest };
}

type Bounds = Pick<IntervalBounds, 'lower' | 'upper'>;

/**
 * What a condition over both inputs says of the distance of two TIMESTAMP columns: without it no row passes. `rightTime` in the right input's own
 * numbering. Months, zones and casts say nothing, for their distance is not the same everywhere.
 */
export function distanceOf(condition: Expr, width: number, leftTime: number, rightTime: number): Bounds | undefined {
  let lower = -Infinity;
  let upper = Infinity;
  for (const part of conjuncts(condition)) {
    const predicate = timePredicate(part, width);
    if (predicate?.leftTime !== leftTime || predicate.rightTime !== rightTime + width) continue;
    if (someExpr(part, isUneven)) continue;
    const bound = boundOf(predicate);
    if (bound === undefined) continue;
    if (isLower(predicate)) lower = Math.max(lower, bound);
    if (!isLower(predicate) || predicate.sign === '=') upper = Math.min(upper, bound);
  }
  return lower === -Infinity || upper === Infinity ? undefined : { lower, upper };
}

const isUneven = (expr: Expr): boolean =>
  expr.kind === 'cast' ||
  expr.type.kind === 'INTERVAL_YEAR_MONTH' ||
  expr.type.kind === 'TIMESTAMP_LTZ' ||
  (expr.kind === 'call' && expr.fn === 'TIMESTAMPADD');

function ofOne(predicate: TimePredicate): Bounds | undefined {
  const bound = predicate.sign === '=' ? boundOf(predicate) : undefined;
  return bound === undefined ? undefined : { lower: bound, upper: bound };
}

function ofTwo(a: TimePredicate, b: TimePredicate): Bounds | undefined {
  const first = boundOf(a);
  const second = boundOf(b);
  if (first === undefined || second === undefined || isLower(a) === isLower(b)) return undefined;
  return isLower(a) ? { lower: first, upper: second } : { lower: second, upper: first };
}

/** As Flink, an equality counts as a lower bound. */
const isLower = ({ sign }: TimePredicate): boolean => sign === '>' || sign === '>=' || sign === '=';

/** What the left time is at least or at most, from the right time: found with both times at the epoch, so that a month has 31 days. */
function boundOf({ sign, left, right }: TimePredicate): Ms | undefined {
  const l = atEpoch(left);
  const r = atEpoch(right);
  if (l === undefined || r === undefined) return undefined;
  return r - l + (sign === '>' ? 1 : sign === '<' ? -1 : 0);
}

function atEpoch(expr: Expr): Ms | undefined {
  const zero = (column: Expr): Expr => literalExpr(isFine(column) ? 0n : 0, column.type);
  const exprs: (Expr | undefined)[] = [];
  for (const index of columnsOf(expr)) exprs[index] = zero(columnIn(expr, index));
  try {
    const value = interpreter(substituteColumns(expr, exprs), { timeZone: 'UTC', now: 0, watermark: undefined })([]);
    if (typeof value === 'bigint') return Number(value / 1_000_000n);
    return typeof value === 'number' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Timestamps finer than milliseconds are counted in nanoseconds. */
const isFine = ({ type }: Expr): boolean =>
  (type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ') && type.precision > 3;

function columnIn(expr: Expr, index: number): Expr {
  let found = expr;
  someExpr(expr, (node) => node.kind === 'column' && node.index === index && ((found = node), true));
  return found;
}

const mirrored: Readonly<Record<Sign, Sign>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '=': '=' };
const negated: Readonly<Record<string, Sign>> = { '<': '>=', '<=': '>', '>': '<=', '>=': '<' };

/** A comparison of one column of each input, both only moved by constants. */
function timePredicate(part: Expr, width: number): TimePredicate | undefined {
  if (part.kind === 'not' && part.input.kind === 'call' && negated[part.input.fn] !== undefined) {
    return timePredicate({ ...part.input, fn: negated[part.input.fn]! }, width);
  }
  if (part.kind !== 'call' || !Object.hasOwn(mirrored, part.fn)) return undefined;
  const sign = part.fn as Sign;
  const [a, b] = part.args as [Expr, Expr];
  const first = movedColumn(a);
  const second = movedColumn(b);
  if (first === undefined || second === undefined || first < width === second < width) return undefined;
  if (first < width) return { sign, left: a, right: b, leftTime: first, rightTime: second };
  return { sign: mirrored[sign], left: b, right: a, leftTime: second, rightTime: first };
}

/** The column of an expression that is a time moved by constants; other functions of time (FLOOR) would not keep distances. */
function movedColumn(expr: Expr): number | undefined {
  if (expr.kind === 'column') return expr.index;
  const inner = expr.kind === 'cast' ? [expr.input] : expr.kind === 'call' ? expr.args : [];
  const isMove = expr.kind === 'cast' ? isTimestamp(expr) : expr.kind === 'call' && moves.has(expr.fn);
  if (!isMove) return undefined;
  const moved = inner.filter((child) => columnsOf(child).size > 0);
  return moved.length === 1 ? movedColumn(moved[0]!) : undefined;
}

const moves: ReadonlySet<string> = new Set(['+', '-', 'TIMESTAMPADD']);
const isTimestamp = ({ type }: Expr): boolean => type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ';
