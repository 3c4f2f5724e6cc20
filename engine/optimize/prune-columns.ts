import { unreachable } from '../assert.ts';
import { replaceForKey } from '../plan/expr-walk.ts';
import type {
  Correlate,
  Join,
  LogicalPlan,
  Over,
  Project,
  Rank,
  Scan,
  Union,
  WindowProperty,
} from '../plan/logical.ts';
import {
  aggregate,
  correlate,
  filter,
  join,
  over,
  pick,
  project,
  rank,
  union,
  values,
  watermark,
  windowAggregate,
  windowTable,
} from '../plan/nodes.ts';
import type { NamedExpr } from '../plan/nodes.ts';
import { field } from '../plan/scope.ts';
import { timeColumns } from '../plan/time-columns.ts';
import { upsertKeys } from '../plan/upsert-keys.ts';
import type { ColumnSchema, Schema } from '../types/schema.ts';
import { Layout } from './layout.ts';
import { accessOf, Needs } from './needs.ts';
import type { FieldPath } from './needs.ts';
import { multiplication } from './multiplication.ts';
import { pruneMatch } from './prune-match.ts';
import type { Rule } from './rule.ts';
import { cheapestColumn } from './cheapest-column.ts';

/**
 * Every node gives only what is read above it, down to the fields of ROW columns, which scans then read one by one
 * (`bid.price` → the path ['bid', 'price']).
 */
export const pruneColumns: Rule = {
  name: 'prune-columns',
  apply(plan) {
    const pruned = exactly(plan.kind === 'sink' ? plan.input : plan);
    const result = plan.kind === 'sink' ? { ...plan, input: pruned } : pruned;
    return same(result, plan) ? plan : result;
  },
};

const same = (a: LogicalPlan, b: LogicalPlan): boolean =>
  JSON.stringify(a, replaceForKey) === JSON.stringify(b, replaceForKey);

/** A pruned plan with exactly the columns of `input`, under the same names. */
function exactly(input: LogicalPlan): LogicalPlan {
  const { plan, layout } = prune(input, Needs.all(input.schema.length));
  return conform(
    plan,
    input.schema.map((_, i) => layout.at(i)),
    input.schema.map((column) => column.name),
  );
}

function conform(plan: LogicalPlan, columns: readonly number[], names: readonly string[]): LogicalPlan {
  const isSame =
    columns.length === plan.schema.length &&
    columns.every((column, i) => column === i && plan.schema[i]!.name === names[i]);
  return isSame ? plan : pick(plan, columns, names);
}

interface Pruned {
  readonly plan: LogicalPlan;
  readonly layout: Layout;
}

/** The entries of a layout in which old column i became new column `positions[i]`. */
const layoutOf = (plan: LogicalPlan, olds: readonly (number | undefined)[]): Layout =>
  new Layout(
    olds.map((column) => (column === undefined ? undefined : { column, path: [] })),
    plan.schema,
  );

function prune(node: LogicalPlan, needs: Needs): Pruned {
  switch (node.kind) {
    case 'scan':
      return pruneScan(node, needs);
    case 'values': {
      const kept = atLeastOne(needs.columns(), node);
      const plan = values(
        kept.map((i) => node.schema[i]!),
        node.rows.map((row) => kept.map((i) => row[i]!)),
        node.span,
      );
      return { plan, layout: layoutOf(plan, kept) };
    }
    case 'filter': {
      const input = prune(node.input, needs.copy().addExpr(node.condition));
      return { plan: filter(input.plan, input.layout.rewrite(node.condition), node.span), layout: input.layout };
    }
    case 'sort': {
      const input = prune(node.input, needs.copy().addAll(node.keys.map((key) => key.column)));
      const keys = node.keys.map((key) => ({ ...key, column: input.layout.at(key.column) }));
      return { plan: { ...node, input: input.plan, keys, schema: input.plan.schema }, layout: input.layout };
    }
    case 'watermark': {
      const input = prune(node.input, needs.copy().add(node.column).addExpr(node.expr));
      const plan = watermark(input.plan, input.layout.at(node.column), input.layout.rewrite(node.expr), node.span);
      return { plan, layout: input.layout };
    }
    case 'project':
      return pruneProject(node, needs);
    case 'window-table':
      return pruneWindowTable(node, needs);
    case 'aggregate': {
      const calls = keptCalls(node.calls, needs.slice(node.keys.length), node.keys.length > 0);
      const { input, keys, rebuilt } = pruneGroup(node, calls);
      const plan = { ...aggregate(input.plan, keys, rebuilt, node.span), ttl: node.ttl };
      const olds = [...keys.keys(), ...calls.map((i) => node.keys.length + i)];
      return { plan: { ...plan, schema: olds.map((i) => node.schema[i]!) }, layout: layoutOf(plan, olds) };
    }
    case 'window-aggregate':
      return pruneWindowAggregate(node, needs);
    case 'join': {
      const all = node.condition === undefined ? needs.copy() : needs.copy().addExpr(node.condition);
      if (node.temporal !== undefined) addTimes(node, all);
      const width = node.left.schema.length;
      const left = prune(node.left, all.slice(0, width));
      const right = prune(node.right, all.slice(width));
      const newWidth = left.plan.schema.length;
      const both = join(left.plan, right.plan, 'inner', undefined, node.span);
      const layout = joinLayout(left, right, all, width, newWidth, both.schema);
      const condition = node.condition && layout.rewrite(node.condition);
      const { temporal: old } = node;
      const temporal = old === undefined || old.kind === 'snapshot' ? old : { ...old, time: left.layout.at(old.time) };
      const made = join(left.plan, right.plan, node.type, condition, node.span, temporal);
      const plan = node.stateTtl === undefined ? made : { ...made, stateTtl: node.stateTtl };
      if (node.type === 'inner') return { plan, layout };
      return { plan, layout: joinLayout(left, right, all, width, newWidth, plan.schema) };
    }
    case 'correlate':
      return pruneCorrelate(node, needs);
    case 'to-changelog':
    case 'from-changelog':
      return { plan: { ...node, input: exactly(node.input) }, layout: layoutOf(node, [...node.schema.keys()]) };
    case 'match': {
      const { plan, olds } = pruneMatch(node, needs, prune);
      return { plan, layout: layoutOf(plan, olds) };
    }
    case 'union':
      return pruneUnion(node, needs);
    case 'over':
      return pruneOver(node, needs);
    case 'rank':
      return pruneRank(node, needs);
    case 'sink':
      return { plan: { ...node, input: exactly(node.input) }, layout: layoutOf(node, [...node.schema.keys()]) };
    default:
      return unreachable(node);
  }
}

function pruneUnion(node: Union, needs: Needs): Pruned {
  const kept = atLeastOne(needs.columns(), node);
  const branches = multiplication(node);
  const inputs = branches === undefined ? separately(node, kept) : together(branches, kept);
  const plan = union(inputs, node.span);
  const result = plan.kind === 'union' ? { ...plan, schema: kept.map((i) => node.schema[i]!) } : plan;
  return { plan: result, layout: layoutOf(result, kept) };
}

function separately(node: Union, kept: readonly number[]): readonly LogicalPlan[] {
  return node.inputs.map((branch) => {
    const { plan, layout } = prune(branch, new Needs().addAll(kept));
    return conform(
      plan,
      kept.map((i) => layout.at(i)),
      kept.map((i) => branch.schema[i]!.name),
    );
  });
}

/** The one input of all branches gives what any of them reads, and stays one. */
function together(branches: readonly Project[], kept: readonly number[]): readonly LogicalPlan[] {
  const below = new Needs();
  for (const { exprs } of branches) for (const i of kept) below.addExpr(exprs[i]!);
  const input = prune(branches[0]!.input, below);
  return branches.map(({ exprs, schema, span }) => {
    const items = kept.map((i) => ({ name: schema[i]!.name, expr: input.layout.rewrite(exprs[i]!) }));
    return { ...project(input.plan, items, span), schema: kept.map((i) => schema[i]!) };
  });
}

/** Rows without columns cannot be counted: when nothing is read, the cheapest column is. */
const atLeastOne = (columns: readonly number[], node: LogicalPlan): readonly number[] =>
  columns.length > 0 ? columns : [cheapestColumn(node.schema)];

function pruneScan(node: Scan, wanted: Needs): Pruned {
  const key = node.normalize === true ? node.table.primaryKey! : [];
  const names = key.map((column) => node.table.columns[column]!.name);
  const needs = wanted.copy().addAll([...node.schema.keys()].filter((i) => names.includes(node.schema[i]!.name)));
  const kept = atLeastOne(needs.columns(), node).flatMap((column) => {
    const paths = needs.has(column) ? needs.paths(column) : [[]];
    return paths.map((path) => ({ column, path }));
  });
  const own = (i: number): readonly string[] => node.paths?.[i] ?? [node.schema[i]!.name];
  const schema = kept.map(({ column, path }): ColumnSchema => {
    const type = path.reduce((input, name) => field(input, name)!, {
      kind: 'column',
      index: column,
      ...node.schema[column]!,
    } as Parameters<typeof field>[0]).type;
    return { name: [...own(column), ...path].join('.'), type };
  });
  const plan: Scan = { ...node, schema, paths: kept.map(({ column, path }) => [...own(column), ...path]) };
  return { plan, layout: new Layout(kept, schema) };
}

/** A bare column of which only fields are read becomes one column a field. */
function pruneProject(node: Project, needs: Needs): Pruned {
  const items: (NamedExpr & { readonly column: number; readonly path: FieldPath })[] = [];
  for (const column of needs.columns()) {
    const expr = node.exprs[column]!;
    const { name } = node.schema[column]!;
    if (needs.isWhole(column) || accessOf(expr) === undefined) {
      items.push({ name, expr, column, path: [] });
      continue;
    }
    for (const path of needs.paths(column)) {
      const inner = path.reduce((input, part) => field(input, part)!, expr);
      items.push({ name: [name, ...path].join('.'), expr: inner, column, path });
    }
  }
  const below = new Needs();
  for (const { expr } of items) below.addExpr(expr);
  const input = prune(node.input, below);
  if (items.length === 0) return { plan: input.plan, layout: new Layout([], input.plan.schema) };
  const plan = project(
    input.plan,
    items.map(({ name, expr }) => ({ name, expr: input.layout.rewrite(expr) })),
    node.span,
  );
  const kept = { ...plan, schema: plan.schema.map((column, i) => keepTime(column, items[i]!, node)) };
  return { plan: kept, layout: new Layout(items, kept.schema) };
}

/** A time attribute that the binder gave stays, also where the watermark below is gone. */
function keepTime(
  column: ColumnSchema,
  item: { readonly column: number; readonly path: FieldPath },
  node: Project,
): ColumnSchema {
  return item.path.length === 0 ? node.schema[item.column]! : column;
}

function pruneWindowTable(node: Extract<LogicalPlan, { kind: 'window-table' }>, needs: Needs): Pruned {
  const width = node.input.schema.length;
  const { window } = node;
  const partition = window.kind === 'session' ? window.partition : [];
  const below = needs.slice(0, width).add(node.timeColumn).addAll(partition);
  const input = prune(node.input, below);
  const { layout } = input;
  const newWindow = window.kind === 'session' ? { ...window, partition: partition.map((i) => layout.at(i)) } : window;
  const plan = windowTable(input.plan, layout.at(node.timeColumn), newWindow, node.span);
  const newWidth = input.plan.schema.length;
  return {
    plan,
    layout: new Layout(
      [...entriesOf(input, below), ...[0, 1, 2].map((i) => ({ column: width + i, path: [] }))].slice(0, newWidth + 3),
      plan.schema,
    ),
  };
}

/** Columns of the input that only the function reads are not repeated for each of its rows. */
function pruneCorrelate(node: Correlate, needs: Needs): Pruned {
  const width = node.keep.length;
  const above = node.condition === undefined ? needs : needs.copy().addExpr(node.condition);
  const kept = above
    .slice(0, width)
    .columns()
    .flatMap((column) => above.paths(column).map((path) => ({ column, path })));
  const below = new Needs();
  for (const { column, path } of kept) below.add(node.keep[column]!, path);
  for (const arg of node.call.args) below.addExpr(arg);
  const input = prune(node.input, below);
  const entries = new Map<number, { readonly column: number; readonly path: FieldPath }>();
  for (const { column, path } of kept) {
    for (let length = path.length; length >= 0; length--) {
      const position = input.layout.position(node.keep[column]!, path.slice(0, length));
      if (position === undefined) continue;
      if (!entries.has(position)) entries.set(position, { column, path: path.slice(0, length) });
      break;
    }
  }
  const call = { ...node.call, args: node.call.args.map((arg) => input.layout.rewrite(arg)) };
  const keep = [...entries.keys()];
  const plan = correlate(input.plan, { keep, call, type: node.type, condition: undefined }, node.span);
  const made = call.columns.map((_, i) => ({ column: width + i, path: [] }));
  const layout = new Layout([...entries.values(), ...made], plan.schema);
  if (node.condition === undefined) return { plan, layout };
  return { plan: { ...plan, condition: layout.rewrite(node.condition) }, layout };
}

/** A call that nobody reads is not computed. */
function pruneOver(node: Over, needs: Needs): Pruned {
  const width = node.input.schema.length;
  const below = needs.slice(0, width);
  let next = width;
  const kept = node.groups.flatMap(({ calls, ...group }) => {
    const columns = calls.map(() => next++);
    const read = calls.flatMap((call, i) => (needs.has(columns[i]!) ? [{ call, column: columns[i]! }] : []));
    return read.length === 0 ? [] : [{ ...group, read }];
  });
  for (const { partition, order, read } of kept) {
    below.addAll(partition).addAll(order.map((key) => key.column));
    for (const { call } of read) below.addAll(call.args).addAll(call.filter === undefined ? [] : [call.filter]);
  }
  const input = prune(node.input, below);
  if (kept.length === 0) return input;
  const at = (column: number): number => input.layout.at(column);
  const groups = kept.map(({ partition, order, frame, read }) => ({
    partition: partition.map(at),
    order: order.map((key) => ({ ...key, column: at(key.column) })),
    frame,
    calls: read.map(({ call }) => ({
      ...call,
      args: call.args.map(at),
      filter: call.filter === undefined ? undefined : at(call.filter),
    })),
  }));
  const columns = kept.flatMap(({ read }) => read.map(({ column }) => ({ column, path: [] })));
  const made = over(input.plan, groups, node.span);
  const plan = { ...made, schema: [...input.plan.schema, ...columns.map(({ column }) => node.schema[column]!)] };
  return { plan, layout: new Layout([...entriesOf(input, below), ...columns], plan.schema) };
}

/** A key of the input's updates is kept: by it Top-N knows the rows again. */
function pruneRank(node: Rank, needs: Needs): Pruned {
  const width = node.input.schema.length;
  const { fn, range, end } = { ...node, end: node.range.end };
  const below = needs.slice(0, width);
  below.addAll(node.partition).addAll(node.order.map((key) => key.column));
  if (typeof end === 'object') below.add(end.column);
  const covers = (key: readonly number[]): boolean => node.partition.every((column) => key.includes(column));
  below.addAll(upsertKeys(node.input).find(covers) ?? []);
  const input = prune(node.input, below);
  const at = (column: number): number => input.layout.at(column);
  const output = node.output && needs.has(width);
  const plan = rank(
    input.plan,
    {
      fn,
      partition: node.partition.map(at),
      order: node.order.map((key) => ({ ...key, column: at(key.column) })),
      range: typeof end === 'object' ? { ...range, end: { column: at(end.column) } } : range,
    },
    output ? node.schema[width]!.name : undefined,
    node.span,
  );
  const own = output ? [{ column: width, path: [] }] : [];
  return { plan, layout: new Layout([...entriesOf(input, below), ...own], plan.schema) };
}

/** What each new column of a pruned input was, as far as it was asked for. */
function entriesOf(
  pruned: Pruned,
  needs: Needs,
): ({ readonly column: number; readonly path: FieldPath } | undefined)[] {
  const entries: ({ readonly column: number; readonly path: FieldPath } | undefined)[] = pruned.plan.schema.map(
    () => undefined,
  );
  for (const column of needs.columns()) {
    for (const path of needs.paths(column)) {
      const position = pruned.layout.position(column, path);
      if (position !== undefined) entries[position] = { column, path };
    }
    const whole = pruned.layout.find(column);
    if (whole !== undefined) entries[whole] = { column, path: [] };
  }
  return entries;
}

function joinLayout(
  left: Pruned,
  right: Pruned,
  needs: Needs,
  width: number,
  newWidth: number,
  schema: Schema,
): Layout {
  const onRight = entriesOf(right, needs.slice(width)).map(
    (entry) => entry && { ...entry, column: entry.column + width },
  );
  const onLeft = entriesOf(left, needs.slice(0, width)).slice(0, newWidth);
  return new Layout([...onLeft, ...onRight].slice(0, schema.length), schema);
}

type Grouped = Extract<LogicalPlan, { kind: 'aggregate' | 'window-aggregate' }>;

/** Indexes of the aggregates that are read; one at least when there is nothing else in the output. */
function keptCalls(calls: Grouped['calls'], needs: Needs, hasOther: boolean): readonly number[] {
  const kept = [...calls.keys()].filter((i) => needs.has(i));
  return kept.length > 0 || hasOther || calls.length === 0 ? kept : [0];
}

function pruneGroup(node: Grouped, calls: readonly number[], more: readonly number[] = []) {
  const below = new Needs().addAll(node.keys).addAll(more);
  for (const i of calls) {
    const call = node.calls[i]!;
    below.addAll(call.args);
    if (call.filter !== undefined) below.add(call.filter);
  }
  const input = prune(node.input, below);
  const at = (column: number): number => input.layout.at(column);
  const rebuilt = calls.map((i) => {
    const call = node.calls[i]!;
    return { ...call, args: call.args.map(at), filter: call.filter === undefined ? undefined : at(call.filter) };
  });
  return { input, keys: node.keys.map(at), rebuilt, at };
}

function pruneWindowAggregate(node: Extract<LogicalPlan, { kind: 'window-aggregate' }>, needs: Needs): Pruned {
  const firstCall = node.keys.length;
  const firstProperty = firstCall + node.calls.length;
  const properties = node.properties.filter((_, i) => needs.has(firstProperty + i));
  const calls = keptCalls(node.calls, needs.slice(firstCall, firstProperty), node.keys.length + properties.length > 0);
  const { window, attached } = node;
  const partition = window.kind === 'session' ? window.partition : [];
  const extra = [
    ...partition,
    ...(attached === undefined ? [node.timeColumn] : [node.timeColumn, attached.start, attached.end]),
  ];
  const { input, keys, rebuilt, at } = pruneGroup(node, calls, extra);
  const result = windowAggregate(
    input.plan,
    {
      timeColumn: at(node.timeColumn),
      window: window.kind === 'session' ? { ...window, partition: partition.map(at) } : window,
      keys,
      calls: rebuilt,
      properties:
        properties.length + keys.length + calls.length > 0 ? properties : (['end'] satisfies WindowProperty[]),
      attached: attached && { start: at(attached.start), end: at(attached.end) },
      legacy: node.legacy,
      emit: node.emit,
    },
    node.span,
  );
  const olds = [
    ...keys.keys(),
    ...calls.map((i) => firstCall + i),
    ...properties.map((property) => firstProperty + node.properties.indexOf(property)),
  ];
  const plan = olds.length === 0 ? result : { ...result, schema: olds.map((i) => node.schema[i]!) };
  return { plan, layout: layoutOf(plan, olds) };
}

/** A temporal join reads the time of its left rows and, of a versioned table, the time of the versions. */
function addTimes({ left, right, temporal }: Join, needs: Needs): void {
  if (temporal === undefined || temporal.kind === 'snapshot') return;
  needs.add(temporal.time);
  if (temporal.kind !== 'event') return;
  for (const [column, time] of timeColumns(right)) if (time === 'rowtime') needs.add(left.schema.length + column);
  for (const key of upsertKeys(right)) for (const column of key) needs.add(left.schema.length + column);
}
