import { interpreter } from '../../../engine/expr/interpret.ts';
import type { Expr } from '../../../engine/expr/expr.ts';
import type { AggregateCall } from '../../../engine/functions/function.ts';
import { replaceOuterInPlan } from '../../../engine/plan/correlation.ts';
import { literalExpr } from '../../../engine/plan/expr-walk.ts';
import type { Join, LogicalPlan, WindowSpec } from '../../../engine/plan/logical.ts';
import type { DataType } from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';

export type Row = readonly Value[];
/** Rows of each table: the values of its physical columns, by name. */
export type Tables = Readonly<Record<string, readonly Readonly<Record<string, Value>>[]>>;

const context = { timeZone: 'UTC', now: 0, watermark: undefined };

/** What a plan means over bounded tables, computed in the plainest way: the measure of every rewrite. */
export function evaluatePlan(plan: LogicalPlan, tables: Tables): Row[] {
  const input = (child: LogicalPlan): Row[] => evaluatePlan(child, tables);
  switch (plan.kind) {
    case 'scan': {
      const { table } = plan;
      const paths = plan.paths ?? plan.schema.map((column) => [column.name]);
      return tables[table.path.name]!.map((record) =>
        paths.map(([name, ...fields]) => {
          const column = table.columns.find((c) => c.name === name)!;
          return fieldAt(record[name!]!, column.type, fields);
        }),
      );
    }
    case 'values':
      return [...plan.rows];
    case 'watermark':
    case 'sink':
      return input(plan.input);
    case 'project': {
      const exprs = plan.exprs.map((expr) => interpreter(expr, context));
      return input(plan.input).map((row) => exprs.map((expr) => expr(row)));
    }
    case 'filter':
      return where(input(plan.input), plan.condition);
    case 'window-table':
      return input(plan.input).flatMap((row) =>
        windowsOf(plan.window, row[plan.timeColumn] as number).map(([start, end]) => [...row, start, end, end - 1]),
      );
    case 'aggregate':
      return group(input(plan.input), plan.keys, plan.calls, plan.keys.length === 0);
    case 'window-aggregate': {
      const { attached, timeColumn, keys } = plan;
      const rows = input(plan.input).flatMap((row): Row[] => {
        if (attached !== undefined) return [[...row, row[attached.start]!, row[attached.end]!]];
        return windowsOf(plan.window, row[timeColumn] as number).map(([start, end]) => [...row, start, end]);
      });
      const width = plan.input.schema.length;
      return group(rows, [...keys, width, width + 1], plan.calls, false).map((row) => {
        const [start, end] = row.slice(keys.length, keys.length + 2) as [number, number];
        const properties = { start, end, time: end - 1 };
        return [
          ...row.slice(0, keys.length),
          ...row.slice(keys.length + 2),
          ...plan.properties.map((p) => properties[p]),
        ];
      });
    }
    case 'join':
      return joined(plan, input, where);
    case 'to-changelog':
    case 'from-changelog':
    case 'match':
      throw new Error('MATCH_RECOGNIZE has tests of its own');
    case 'correlate': {
      const args = plan.call.args.map((arg) => interpreter(arg, context));
      const made = input(plan.input).flatMap((row) => {
        const items = args[0]!(row) as readonly Value[] | null;
        const rows = (items ?? []).map((item) => [...plan.keep.map((i) => row[i]!), item]);
        const kept = plan.condition === undefined ? rows : where(rows, plan.condition);
        if (kept.length > 0 || plan.type === 'inner') return kept;
        return [[...plan.keep.map((i) => row[i]!), ...plan.call.columns.map(() => null)]];
      });
      return made;
    }
    case 'union':
      return plan.inputs.flatMap(input);
    case 'over':
    case 'rank':
      throw new Error('OVER is not evaluated here');
    case 'sort':
      if (plan.limit !== undefined || plan.offset > 0) throw new Error('a LIMIT has no one meaning');
      return input(plan.input);
  }
}

/** Row by row: what a subquery gives for a row of the left side is asked anew for each. */
function joined(
  plan: Join,
  input: (plan: LogicalPlan) => Row[],
  where: (rows: readonly Row[], condition: Expr) => Row[],
): Row[] {
  const { type, condition, correlation } = plan;
  const same = correlation === undefined ? input(plan.right) : undefined;
  const found = new Set<Row>();
  const rows = input(plan.left).flatMap((l): Row[] => {
    const right = same ?? input(rightOf(plan, l));
    const pairs = right.map((r) => [...l, ...r]);
    const kept = condition === undefined ? pairs : where(pairs, condition);
    right.forEach((r, i) => {
      if (kept.includes(pairs[i]!)) found.add(r);
    });
    if (type === 'semi' || type === 'anti') return kept.length > 0 === (type === 'semi') ? [l] : [];
    const isPadded = kept.length === 0 && (type === 'left' || type === 'full');
    return isPadded ? [[...l, ...plan.right.schema.map(() => null)]] : kept;
  });
  if (type !== 'right' && type !== 'full') return rows;
  const alone = same!.filter((r) => !found.has(r));
  return [...rows, ...alone.map((r) => [...plan.left.schema.map(() => null), ...r])];
}

const rightOf = (plan: Join, left: Row): LogicalPlan =>
  replaceOuterInPlan(plan.right, plan.correlation!, (column) =>
    literalExpr(left[(column as Extract<Expr, { kind: 'column' }>).index]!, column.type),
  );

function fieldAt(value: Value, type: DataType, path: readonly string[]): Value {
  const [name, ...rest] = path;
  if (name === undefined || value === null) return value;
  if (type.kind !== 'ROW') throw new Error(`no field ${name}`);
  const index = type.fields.findIndex((field) => field.name === name);
  return fieldAt((value as Row)[index]!, type.fields[index]!.type, rest);
}

function where(rows: readonly Row[], condition: Expr): Row[] {
  const test = interpreter(condition, context);
  return rows.filter((row) => test(row) === true);
}

function windowsOf(window: WindowSpec, time: number): [number, number][] {
  const floor = (step: number, offset: number): number => Math.floor((time - offset) / step) * step + offset;
  switch (window.kind) {
    case 'tumble': {
      const start = floor(window.size, window.offset);
      return [[start, start + window.size]];
    }
    case 'hop': {
      const windows: [number, number][] = [];
      for (let start = floor(window.slide, window.offset); start > time - window.size; start -= window.slide) {
        windows.push([start, start + window.size]);
      }
      return windows;
    }
    case 'cumulate': {
      const start = floor(window.size, window.offset);
      const windows: [number, number][] = [];
      for (let end = start + window.step; end <= start + window.size; end += window.step) {
        if (end > time) windows.push([start, end]);
      }
      return windows;
    }
    case 'session':
      throw new Error('sessions are not evaluated here');
  }
}

export const keyOf = (row: Row): string =>
  JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));

function group(rows: readonly Row[], keys: readonly number[], calls: readonly AggregateCall[], always: boolean): Row[] {
  const groups = new Map<string, { key: Row; rows: Row[] }>();
  if (always) groups.set('[]', { key: [], rows: [] });
  for (const row of rows) {
    const key = keys.map((column) => row[column]!);
    const text = keyOf(key);
    const found = groups.get(text) ?? { key, rows: [] };
    groups.set(text, found);
    found.rows.push(row);
  }
  return [...groups.values()].map((g) => [...g.key, ...calls.map((call) => aggregate(call, g.rows))]);
}

function aggregate({ fn, args, filter, distinct }: AggregateCall, rows: readonly Row[]): Value {
  const counted = filter === undefined ? rows : rows.filter((row) => row[filter] === true);
  const [arg] = args;
  if (arg === undefined) return BigInt(counted.length);
  const all = counted.map((row) => row[arg]!).filter((value) => value !== null);
  const values = distinct ? [...new Set(all)] : all;
  switch (fn) {
    case 'COUNT':
      return BigInt(values.length);
    case 'SUM':
      if (values.length === 0) return null;
      return typeof values[0] === 'bigint'
        ? (values as bigint[]).reduce((a, b) => a + b, 0n)
        : (values as number[]).reduce((a, b) => a + b, 0) | 0;
    case 'MIN':
      return values.length === 0 ? null : values.reduce((a, b) => (a! < b! ? a : b));
    case 'MAX':
      return values.length === 0 ? null : values.reduce((a, b) => (a! > b! ? a : b));
    default:
      throw new Error(`${fn} is not evaluated here`);
  }
}
