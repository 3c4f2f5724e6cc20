import type { Expr } from '../expr/expr.ts';
import { columnExpr, columnsOf } from '../plan/expr-walk.ts';
import type { Aggregate, LogicalPlan, WindowProperty, WindowSpec, WindowTable } from '../plan/logical.ts';
import { project, windowAggregate } from '../plan/nodes.ts';
import type { NamedExpr } from '../plan/nodes.ts';
import { rewritePlan } from '../plan/walk.ts';
import { groupsByWindow, windowOf } from '../plan/window-properties.ts';
import type { WindowInfo } from '../plan/window-properties.ts';
import type { Rule } from './rule.ts';

/**
 * GROUP BY window_start, window_end over a window function aggregates by window, gives each result once, and forgets it.
 * Directly above the function rows are assigned to windows by the aggregate itself; elsewhere (behind a join of windows, or a filter
 * on the window) the columns window_start and window_end say which window a row belongs to.
 */
export const windowAggregateRule: Rule = {
  name: 'window-aggregate',
  apply: (plan) => rewritePlan(plan, (node) => (node.kind === 'aggregate' ? toWindowAggregate(node) : node)),
};

function toWindowAggregate(node: Aggregate): LogicalPlan {
  const info = windowOf(node.input);
  if (info === undefined || !groupsByWindow(node.keys, info)) return node;
  const result = fused(node, info);
  // As in Flink: sessions that are not those of the keys are grouped as any other rows.
  if (result !== undefined || info.window.kind !== 'session') return result ?? attached(node, info);
  return isOfResult(node) ? attached(node, info) : node;
}

const roleOf = (column: number, info: WindowInfo): WindowProperty | undefined =>
  info.start.has(column) ? 'start' : info.end.has(column) ? 'end' : info.time.has(column) ? 'time' : undefined;

/** The columns of GROUP BY again: keys and window columns in their order, then the aggregates. */
function outputs(
  node: Aggregate,
  result: LogicalPlan,
  keys: readonly number[],
  properties: readonly WindowProperty[],
  info: WindowInfo,
): LogicalPlan {
  const first = keys.length + node.calls.length;
  const columns = [
    ...node.keys.map((key) => {
      const role = roleOf(key, info);
      return role === undefined ? keys.indexOf(key) : first + properties.indexOf(role);
    }),
    ...node.calls.map((_, i) => keys.length + i),
  ];
  return project(
    result,
    columns.map((column, i): NamedExpr => ({
      name: node.schema[i]!.name,
      expr: columnExpr(column, result.schema[column]!),
    })),
    node.span,
  );
}

function parts(
  node: Aggregate,
  info: WindowInfo,
): { readonly keys: readonly number[]; readonly properties: readonly WindowProperty[] } {
  const roles = node.keys.map((key) => roleOf(key, info));
  return {
    keys: node.keys.filter((_, i) => roles[i] === undefined),
    properties: [...new Set(roles.filter((role) => role !== undefined))],
  };
}

/** Over the window function itself, with at most a projection between. */
function fused(node: Aggregate, info: WindowInfo): LogicalPlan | undefined {
  const between = node.input.kind === 'project' ? node.input : undefined;
  const table = between === undefined ? node.input : between.input;
  if (table.kind !== 'window-table') return undefined;
  const { keys, properties } = parts(node, info);
  const read = [
    ...keys,
    ...node.calls.flatMap((call) => [...call.args, ...(call.filter === undefined ? [] : [call.filter])]),
  ];
  const width = table.input.schema.length;
  const exprOf = (column: number): Expr => between?.exprs[column] ?? columnExpr(column, table.schema[column]!);
  if (read.some((column) => [...columnsOf(exprOf(column))].some((i) => i >= width))) return undefined;

  const items: NamedExpr[] = [];
  const positions = new Map<number, number>();
  const position = (column: number): number => {
    let at = positions.get(column);
    if (at === undefined) {
      at = items.push({ name: node.input.schema[column]!.name, expr: exprOf(column) }) - 1;
      positions.set(column, at);
    }
    return at;
  };
  const newKeys = keys.map(position);
  const window = mapWindow(table, keys.map(exprOf), newKeys);
  if (window === undefined) return undefined;
  const calls = node.calls.map((call) => ({
    ...call,
    args: call.args.map(position),
    filter: call.filter === undefined ? undefined : position(call.filter),
  }));
  const time = table.input.schema[table.timeColumn]!;
  const timeColumn = items.push({ name: time.name, expr: columnExpr(table.timeColumn, time) }) - 1;
  const input = project(table.input, items);
  const result = windowAggregate(input, { timeColumn, window, keys: newKeys, calls, properties }, node.span);
  return outputs({ ...node, keys: node.keys }, result, keys, properties, info);
}

/** A session's partition must be the keys of the grouping: else sessions of several keys would mix, or those of one be torn. */
function mapWindow(table: WindowTable, keys: readonly Expr[], newKeys: readonly number[]): WindowSpec | undefined {
  const { window } = table;
  if (window.kind !== 'session') return window;
  const isKey = (column: number): boolean => keys.some((key) => key.kind === 'column' && key.index === column);
  const isPartition = (key: Expr): boolean => key.kind === 'column' && window.partition.includes(key.index);
  if (!window.partition.every(isKey) || !keys.every(isPartition)) return undefined;
  return { ...window, partition: newKeys };
}

/** Whether the session window comes from a result that is windowed already, not from rows behind the function itself. */
function isOfResult(node: Aggregate): boolean {
  let plan: LogicalPlan = node.input;
  while (plan.kind === 'project' || plan.kind === 'filter') plan = plan.input;
  return plan.kind !== 'window-table';
}

/** Over rows that already carry their window. */
function attached(node: Aggregate, info: WindowInfo): LogicalPlan {
  const { keys, properties } = parts(node, info);
  const start = node.keys.find((key) => info.start.has(key))!;
  const end = node.keys.find((key) => info.end.has(key))!;
  const [time = end] = info.time;
  const window = info.window.kind === 'session' ? { ...info.window, partition: [] } : info.window;
  const result = windowAggregate(
    node.input,
    { timeColumn: time, window, keys, calls: node.calls, properties, attached: { start, end } },
    node.span,
  );
  return outputs(node, result, keys, properties, info);
}
