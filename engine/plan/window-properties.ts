/**
 * Which columns of a relation are the bounds of a window, and of which window: what tells a window aggregate, and a window join,
 * from an ordinary one. As Flink's FlinkRelMdWindowProperties.
 */
import { unreachable } from '../assert.ts';
import type { Expr } from '../expr/expr.ts';
import type { TimeAttribute } from '../types/schema.ts';
import { columnsOf, conjuncts } from './expr-walk.ts';
import type { Join, LogicalPlan, WindowSpec } from './logical.ts';

export interface WindowInfo {
  readonly window: WindowSpec;
  readonly time: ReadonlySet<number>;
  readonly start: ReadonlySet<number>;
  readonly end: ReadonlySet<number>;
  readonly attribute: TimeAttribute;
  /** The window's own time column was TIMESTAMP_LTZ: its bounds lie on the wall clock of the session. */
  readonly local: boolean;
}

const known = new WeakMap<LogicalPlan, { readonly info: WindowInfo | undefined }>();

/** The window of a relation, undefined when it has none. A set of columns may be empty: a projection has dropped them. */
export function windowOf(plan: LogicalPlan): WindowInfo | undefined {
  let entry = known.get(plan);
  if (entry === undefined) known.set(plan, (entry = { info: derive(plan) }));
  return entry.info;
}

function derive(plan: LogicalPlan): WindowInfo | undefined {
  switch (plan.kind) {
    case 'scan':
    case 'values':
    case 'watermark':
    case 'match':
    case 'to-changelog':
    case 'from-changelog':
    case 'sink':
      return undefined;
    case 'filter':
    case 'sort':
    case 'over':
    case 'rank':
      return windowOf(plan.input);
    case 'window-table': {
      const first = plan.input.schema.length;
      const time = plan.input.schema[plan.timeColumn]!;
      return {
        window: plan.window,
        start: new Set([first]),
        end: new Set([first + 1]),
        time: new Set([first + 2]),
        attribute: time.time ?? 'rowtime',
        local: time.type.kind === 'TIMESTAMP_LTZ',
      };
    }
    case 'correlate':
      return remap(windowOf(plan.input), (index) => plan.keep.flatMap((kept, i) => (kept === index ? [i] : [])));
    case 'project':
      return remap(windowOf(plan.input), (index) => positionsOf(plan.exprs, index));
    case 'aggregate': {
      const input = windowOf(plan.input);
      if (input === undefined || !groupsByWindow(plan.keys, input)) return undefined;
      return remap(input, (index) => plan.keys.flatMap((key, i) => (key === index ? [i] : [])));
    }
    case 'window-aggregate': {
      const first = plan.keys.length + plan.calls.length;
      const at = (property: string): Set<number> =>
        new Set(plan.properties.flatMap((p, i) => (p === property ? [first + i] : [])));
      const time = plan.input.schema[plan.timeColumn]!;
      const inner = plan.attached === undefined ? undefined : windowOf(plan.input);
      return {
        window: plan.window,
        start: at('start'),
        end: at('end'),
        time: at('time'),
        attribute: inner?.attribute ?? time.time ?? 'rowtime',
        local: inner?.local ?? time.type.kind === 'TIMESTAMP_LTZ',
      };
    }
    case 'union': {
      const infos = plan.inputs.map(windowOf);
      const [first, ...rest] = infos;
      if (first === undefined || rest.some((info) => info === undefined || !sameWindow(first, info))) return undefined;
      return remap(first, (index) => (rest.every((info) => sameRole(first, info!, index)) ? [index] : []));
    }
    case 'join': {
      if (windowJoinKeys(plan) === undefined) return undefined;
      const left = windowOf(plan.left)!;
      if (plan.type === 'semi' || plan.type === 'anti') return left;
      const right = remap(windowOf(plan.right), (index) => [index + plan.left.schema.length])!;
      return {
        ...left,
        start: new Set([...left.start, ...right.start]),
        end: new Set([...left.end, ...right.end]),
        time: new Set([...left.time, ...right.time]),
      };
    }
    default:
      return unreachable(plan);
  }
}

/** Whether GROUP BY `keys` groups by both bounds of the input's window. */
export const groupsByWindow = (keys: readonly number[], input: WindowInfo): boolean =>
  keys.some((key) => input.start.has(key)) && keys.some((key) => input.end.has(key));

/** Windows of equal grid: rows of the one can meet rows of the other window by window. */
export function sameWindow(a: WindowInfo, b: WindowInfo): boolean {
  if (a.attribute !== b.attribute || a.local !== b.local) return false;
  const { partition: _a, ...left } = { partition: 0, ...a.window };
  const { partition: _b, ...right } = { partition: 0, ...b.window };
  return JSON.stringify(left) === JSON.stringify(right);
}

const sameRole = (a: WindowInfo, b: WindowInfo, index: number): boolean =>
  a.start.has(index) === b.start.has(index) &&
  a.end.has(index) === b.end.has(index) &&
  a.time.has(index) === b.time.has(index);

const positionsOf = (exprs: readonly Expr[], index: number): number[] =>
  exprs.flatMap((expr, i) => (expr.kind === 'column' && expr.index === index ? [i] : []));

function remap(info: WindowInfo | undefined, map: (index: number) => readonly number[]): WindowInfo | undefined {
  if (info === undefined) return undefined;
  const change = (columns: ReadonlySet<number>): Set<number> => new Set([...columns].flatMap(map));
  return { ...info, start: change(info.start), end: change(info.end), time: change(info.time) };
}

/** The equal columns of a join: pairs of a left column and a right column (in the right side's own numbering), and what remains. */
export interface JoinKeys {
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** By pair: IS NOT DISTINCT FROM, so that NULL meets NULL. */
  readonly nullSafe: readonly boolean[];
  readonly residual: readonly Expr[];
}

/** Splits a join condition. Only a left column equal to, or not distinct from, a right column is a key: other equalities stay in the residual. */
export function splitJoinCondition(condition: Expr | undefined, leftWidth: number): JoinKeys {
  const left: number[] = [];
  const right: number[] = [];
  const nullSafe: boolean[] = [];
  const residual: Expr[] = [];
  for (const part of conjuncts(condition)) {
    const pair = equalColumns(part, leftWidth);
    if (pair === undefined) residual.push(part);
    else {
      left.push(pair.left);
      right.push(pair.right);
      nullSafe.push(pair.nullSafe);
    }
  }
  return { left, right, nullSafe, residual };
}

function equalColumns(expr: Expr, leftWidth: number): { left: number; right: number; nullSafe: boolean } | undefined {
  if (expr.kind !== 'call' || (expr.fn !== '=' && expr.fn !== 'IS NOT DISTINCT FROM')) return undefined;
  const [a, b] = expr.args;
  if (a?.kind !== 'column' || b?.kind !== 'column') return undefined;
  const nullSafe = expr.fn !== '=';
  if (a.index < leftWidth && b.index >= leftWidth) return { left: a.index, right: b.index - leftWidth, nullSafe };
  if (b.index < leftWidth && a.index >= leftWidth) return { left: b.index, right: a.index - leftWidth, nullSafe };
  return undefined;
}

export interface WindowJoinKeys extends JoinKeys {
  readonly leftEnd: number;
  readonly rightEnd: number;
}

/** The keys of a window join: both sides windowed alike, equal in window start and window end. Undefined: an ordinary join. */
export function windowJoinKeys(join: Join): WindowJoinKeys | undefined {
  if (join.temporal !== undefined) return undefined;
  const left = windowOf(join.left);
  const right = windowOf(join.right);
  if (left === undefined || right === undefined || !sameWindow(left, right)) return undefined;
  const keys = splitJoinCondition(join.condition, join.left.schema.length);
  const both = (l: ReadonlySet<number>, r: ReadonlySet<number>): number =>
    keys.left.findIndex((column, i) => l.has(column) && r.has(keys.right[i]!));
  const end = both(left.end, right.end);
  if (both(left.start, right.start) < 0 || end < 0) return undefined;
  return { ...keys, leftEnd: keys.left[end]!, rightEnd: keys.right[end]! };
}

/** Whether any of `columns` is read by `expr`. */
export const readsAny = (expr: Expr, columns: ReadonlySet<number>): boolean =>
  [...columnsOf(expr)].some((index) => columns.has(index));
