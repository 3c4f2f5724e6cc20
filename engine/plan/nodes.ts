/**
 * Makers of logical plan nodes: each computes its schema, so that SQL and the fluent API cannot disagree about names, types and time columns.
 * They trust their arguments: the caller has resolved names and checked types.
 *
 * `time` in a schema is what Flink's validator says: it passes joins and GROUP BY. Whether a column still is a time attribute when the
 * query runs is for time-columns.ts to say.
 *
 *   project(filter(scan(orders), condition), [{ name: 'total', expr }])
 */
import { assert } from '../assert.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import type { Span } from '../errors.ts';
import type { Expr } from '../expr/expr.ts';
import type { AggregateCall } from '../functions/function.ts';
import { leastRestrictive } from '../types/coerce.ts';
import type { ColumnSchema, Schema, TimeAttribute } from '../types/schema.ts';
import { BIGINT, notNull, TIMESTAMP, TIMESTAMP_LTZ, withNullable } from '../types/type.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { columnExpr, mapList, substituteColumns } from './expr-walk.ts';
import type {
  Aggregate,
  Correlate,
  Filter,
  Join,
  JoinType,
  LogicalPlan,
  Over,
  OverGroup,
  Project,
  Rank,
  Scan,
  Sink,
  Sort,
  SortKey,
  Temporal,
  Union,
  Values,
  Watermark,
  WindowAggregate,
  WindowProperty,
  WindowSpec,
  WindowTable,
} from './logical.ts';

export interface NamedExpr {
  readonly name: string;
  readonly expr: Expr;
}

/** All physical and metadata columns of `table`; `normalize`: its changes are made whole by its primary key. */
export function scan(table: ResolvedTable, span?: Span, normalize = false): Scan {
  const schema = table.columns.flatMap((column) =>
    column.kind === 'computed' ? [] : [{ name: column.name, type: column.type }],
  );
  return normalize ? { kind: 'scan', table, schema, span, normalize } : { kind: 'scan', table, schema, span };
}

/** A table as queries see it: its scan, its computed columns, its watermark. */
export function tableSource(table: ResolvedTable, span?: Span, normalize = false): LogicalPlan {
  const source = scan(table, span, normalize);
  const positions = new Map<number, number>();
  table.columns.forEach((column, index) => {
    if (column.kind !== 'computed') positions.set(index, positions.size);
  });
  let plan: LogicalPlan = source;
  if (positions.size < table.columns.length) {
    const inputs = table.columns.map((column, index) => {
      const position = positions.get(index);
      return position === undefined ? undefined : columnExpr(position, column);
    });
    plan = project(
      source,
      table.columns.map((column, index) => ({
        name: column.name,
        expr: column.kind === 'computed' ? substituteColumns(column.expr, inputs) : inputs[index]!,
      })),
    );
  }
  return table.watermark === undefined ? plan : watermark(plan, table.watermark.column, table.watermark.expr);
}

/** Literal rows, in order. */
export function values(schema: Schema, rows: readonly (readonly Value[])[], span?: Span): Values {
  return { kind: 'values', rows, schema, span };
}

/** One row without meaning: the input of a SELECT without FROM. */
export const oneRow = (span?: Span): Values =>
  values([{ name: 'ZERO', type: notNull({ kind: 'INT', nullable: true }) }], [[0]], span);

/** Makes `column` the event time of its input, with the watermark `expr`. */
export function watermark(input: LogicalPlan, column: number, expr: Expr, span?: Span): Watermark {
  const schema = mapList(input.schema, (c, index) => (index === column ? { ...c, time: 'rowtime' as const } : c));
  return { kind: 'watermark', input, column, expr, schema, span };
}

export function project(input: LogicalPlan, items: readonly NamedExpr[], span?: Span): Project {
  const schema = items.map(({ name, expr }) => column(name, expr.type, timeOf(expr, input.schema)));
  return { kind: 'project', input, exprs: items.map((item) => item.expr), schema, span };
}

/** Chosen columns of the input in a new order, under their own names unless `names` gives others. */
export function pick(input: LogicalPlan, columns: readonly number[], names?: readonly string[]): Project {
  return project(
    input,
    columns.map((index, i) => ({
      name: names?.[i] ?? input.schema[index]!.name,
      expr: columnExpr(index, input.schema[index]!),
    })),
  );
}

/** The same rows under other column names; the input itself when they are its own. */
export function rename(input: LogicalPlan, names: readonly string[]): LogicalPlan {
  if (input.schema.every((c, i) => c.name === names[i])) return input;
  return pick(
    input,
    input.schema.map((_, i) => i),
    names,
  );
}

export function filter(input: LogicalPlan, condition: Expr, span?: Span): Filter {
  return { kind: 'filter', input, condition, schema: input.schema, span };
}

/** Adds window_start, window_end and window_time; the time column becomes an ordinary one. */
export function windowTable(input: LogicalPlan, timeColumn: number, window: WindowSpec, span?: Span): WindowTable {
  const time = input.schema[timeColumn]!;
  const windowTime: ColumnSchema = {
    name: 'window_time',
    type: windowTimeType(time.type),
    time: time.time ?? 'rowtime',
  };
  const schema = [
    ...input.schema,
    { name: 'window_start', type: BOUND },
    { name: 'window_end', type: BOUND },
    windowTime,
  ];
  return { kind: 'window-table', input, timeColumn, window, schema, span };
}

/** window_start and window_end are wall-clock timestamps whatever the time column is. */
const BOUND: DataType = notNull(TIMESTAMP(3));
const windowTimeType = (time: DataType): DataType =>
  notNull(time.kind === 'TIMESTAMP_LTZ' ? TIMESTAMP_LTZ(3) : TIMESTAMP(3));

/** GROUP BY `keys`: the key columns, then one column for each call. */
export function aggregate(
  input: LogicalPlan,
  keys: readonly number[],
  calls: readonly AggregateCall[],
  span?: Span,
): Aggregate {
  const keyColumns = keys.map((index) => input.schema[index]!);
  return { kind: 'aggregate', input, keys, calls, schema: [...keyColumns, ...callColumns(calls)], span };
}

export function windowAggregate(
  input: LogicalPlan,
  {
    timeType,
    ...node
  }: Pick<WindowAggregate, 'timeColumn' | 'window' | 'keys' | 'calls' | 'properties'> & {
    readonly attached?: WindowAggregate['attached'];
    readonly legacy?: boolean | undefined;
    readonly emit?: WindowAggregate['emit'];
    /** The type of window_time, where it is not that of a window function: the older windows give that of the time column. */
    readonly timeType?: DataType | undefined;
  },
  span?: Span,
): WindowAggregate {
  const time = input.schema[node.timeColumn]!;
  const propertyColumn = (property: WindowProperty): ColumnSchema => {
    if (property !== 'time') return { name: `window_${property}`, type: BOUND };
    return { name: 'window_time', type: timeType ?? windowTimeType(time.type), time: time.time ?? 'rowtime' };
  };
  const schema = [
    ...node.keys.map((index) => input.schema[index]!),
    ...callColumns(node.calls),
    ...node.properties.map(propertyColumn),
  ];
  return { kind: 'window-aggregate', input, ...node, schema, span };
}

/** Left columns, then right columns; semi and anti joins give the left ones alone. Outer joins make the other side's columns nullable. */
export function join(
  left: LogicalPlan,
  right: LogicalPlan,
  type: JoinType,
  condition: Expr | undefined,
  span?: Span,
  temporal?: Temporal,
): Join {
  const leftNullable = type === 'right' || type === 'full';
  const rightNullable = type === 'left' || type === 'full';
  const outer = (side: LogicalPlan, nullable: boolean): Schema =>
    nullable ? side.schema.map((c) => ({ ...c, type: withNullable(c.type, true) })) : side.schema;
  const leftColumns = outer(left, leftNullable);
  const schema = type === 'semi' || type === 'anti' ? leftColumns : [...leftColumns, ...outer(right, rightNullable)];
  const plan: Join = { kind: 'join', type, left, right, condition, schema, span };
  return temporal === undefined ? plan : { ...plan, temporal };
}

/** `call` for each row of `input`: its columns `keep`, then those of the call, which are nullable if rows without any come too. */
export function correlate(
  input: LogicalPlan,
  { keep, call, type, condition }: Pick<Correlate, 'keep' | 'call' | 'type' | 'condition'>,
  span?: Span,
): Correlate {
  const made = type === 'left' ? call.columns.map((c) => ({ ...c, type: withNullable(c.type, true) })) : call.columns;
  const schema = [...keep.map((index) => input.schema[index]!), ...made];
  return { kind: 'correlate', input, keep, call, type, condition, schema, span };
}

/** UNION ALL of inputs whose columns have the same types already. Names are those of the first; a time column stays one if it is one in all. */
export function union(inputs: readonly LogicalPlan[], span?: Span): LogicalPlan {
  const [first, ...rest] = inputs;
  assert(first !== undefined, 'a union needs an input');
  if (rest.length === 0) return first;
  const schema = first.schema.map(({ name, type, time }, i) => {
    // Equal but for NOT NULL, in whatever depth.
    const common = leastRestrictive(inputs.map((input) => input.schema[i]!.type)) ?? type;
    const same = rest.every((input) => input.schema[i]!.time === time);
    return column(name, common, same ? time : undefined);
  });
  const node: Union = { kind: 'union', inputs, schema, span };
  return node;
}

/** SELECT DISTINCT: a group by all columns. */
export function distinct(input: LogicalPlan, span?: Span): Aggregate {
  return aggregate(
    input,
    input.schema.map((_, i) => i),
    [],
    span,
  );
}

/** ORDER BY and LIMIT. `limit` undefined: all rows. */
export function sort(
  input: LogicalPlan,
  keys: readonly SortKey[],
  offset = 0,
  limit: number | undefined = undefined,
  span?: Span,
): Sort {
  return { kind: 'sort', input, keys, offset, limit, schema: input.schema, span };
}

/** The input's columns, then one column a call of each group. */
export function over(input: LogicalPlan, groups: readonly OverGroup[], span?: Span): Over {
  const schema = [...input.schema, ...groups.flatMap(({ calls }) => callColumns(calls))];
  return { kind: 'over', input, groups, schema, span };
}

/** The rows of each partition whose rank is in a range; `name`: that of the column of ranks, which is left out without it. */
export function rank(
  input: LogicalPlan,
  node: Pick<Rank, 'fn' | 'partition' | 'order' | 'range'>,
  name?: string,
  span?: Span,
): Rank {
  const schema = name === undefined ? input.schema : [...input.schema, { name, type: notNull(BIGINT) }];
  return { kind: 'rank', input, ...node, output: name !== undefined, schema, span };
}

/** Writes `input`, whose columns match those of the table that can be written, in order. */
export function sink(input: LogicalPlan, table: ResolvedTable, span?: Span, more: Pick<Sink, 'conflict'> = {}): Sink {
  return { kind: 'sink', input, table, schema: writableColumns(table), span, ...more };
}

/** The columns that an INSERT writes: physical ones and metadata that is not VIRTUAL. */
export function writableColumns(table: ResolvedTable): Schema {
  return table.columns.flatMap((c) =>
    c.kind === 'physical' || (c.kind === 'metadata' && !c.virtual) ? [{ name: c.name, type: c.type }] : [],
  );
}

const callColumns = (calls: readonly AggregateCall[]): Schema => calls.map(({ name, type }) => ({ name, type }));

function column(name: string, type: DataType, time: TimeAttribute | undefined): ColumnSchema {
  return time === undefined ? { name, type } : { name, type, time };
}

/** A bare column keeps its time attribute; PROCTIME() is one; every other expression is an ordinary value. */
function timeOf(expr: Expr, input: Schema): TimeAttribute | undefined {
  if (expr.kind === 'column') return input[expr.index]?.time;
  return expr.kind === 'call' && expr.fn === 'PROCTIME' ? 'proctime' : undefined;
}
