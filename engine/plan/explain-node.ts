/** One node of a plan as a line of EXPLAIN: `Calc(select=[a, (b * 2) AS c], where=[(a > 1)])`. */
import { unreachable } from '../assert.ts';
import { pathText } from '../catalog/catalog.ts';
import type { Expr } from '../expr/expr.ts';
import type { AggregateCall } from '../functions/function.ts';
import type { Schema } from '../types/schema.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import { matchText } from './explain-match.ts';
import { exprText, valueText } from './expr-text.ts';
import type { LogicalPlan, OverGroup, Rank, SortKey, WindowProperty, WindowSpec } from './logical.ts';
import type { PhysicalPlan } from './physical.ts';
import type { EquiJoin } from './physical-time-joins.ts';
import type { RankStrategy } from './rank-strategy.ts';

const namesOf = (schema: Schema): string[] => schema.map((column) => column.name);
const list = (items: readonly string[]): string => `[${items.join(', ')}]`;

export function physicalText(node: PhysicalPlan): string {
  switch (node.kind) {
    case 'source':
      return `TableSourceScan(table=${tableText(node.table)}, fields=${list(node.paths.map((path) => path.join('.')))})`;
    case 'values':
      return valuesText(node.rows, node.schema);
    case 'changelog-normalize': {
      const names = namesOf(node.input.schema);
      const condition = node.condition === undefined ? '' : `, condition=[${exprText(node.condition, names)}]`;
      return `ChangelogNormalize(key=${list(node.keys.map((key) => names[key]!))}${condition})`;
    }
    case 'drop-update-before':
      return 'DropUpdateBefore';
    case 'calc': {
      const names = namesOf(node.input.schema);
      const where = node.filter === undefined ? '' : `, where=[${exprText(node.filter, names)}]`;
      return `Calc(select=${selectText(node.exprs, node.schema, names)}${where})`;
    }
    case 'watermark':
      return watermarkText('WatermarkAssigner', node.column, node.expr, node.input.schema);
    case 'window-table':
      return windowTableText('WindowTableFunction', node.timeColumn, node.window, node.input.schema);
    case 'group-aggregate':
      return groupText('GroupAggregate', node.keys, node.calls, node.input.schema, []);
    case 'window-aggregate':
      return windowAggregateText('WindowAggregate', node);
    case 'join': {
      const names = [...namesOf(node.left.schema), ...namesOf(node.right.schema)];
      return `Join(joinType=[${joinTypeText[node.type]}], where=[${joinText(node, names)}], select=${list(namesOf(node.schema))})`;
    }
    case 'window-join': {
      const names = [...namesOf(node.left.schema), ...namesOf(node.right.schema)];
      return `WindowJoin(joinType=[${joinTypeText[node.type]}], where=[${joinText(node, names)}], select=${list(namesOf(node.schema))})`;
    }
    case 'snapshot-join': {
      const names = [...namesOf(node.left.schema), ...namesOf(node.right.schema)];
      return `LateralSnapshotJoin(joinType=[${joinTypeText[node.type]}], where=[${joinText(node, names)}], select=${list(namesOf(node.schema))})`;
    }
    case 'lookup-join': {
      const names = [...namesOf(node.input.schema), ...namesOf(node.right)];
      const { table, schema, keys } = node.dimension;
      const lookup = node.leftKeys.map((key, i) => `${schema[keys[i]!]!.name}=${names[key]!}`).join(', ');
      const where = node.residual === undefined ? '' : `, where=[${exprText(node.residual, names)}]`;
      return `LookupJoin(table=[${pathText(table.path)}], joinType=[${joinTypeText[node.type]}], lookup=[${lookup}]${where}, select=${list(namesOf(node.schema))})`;
    }
    case 'temporal-join': {
      const names = [...namesOf(node.left.schema), ...namesOf(node.right.schema)];
      const time = `${names[node.leftTime]!} AS OF ${names[node.left.schema.length + node.rightTime]!}`;
      return `TemporalJoin(joinType=[${joinTypeText[node.type]}], where=[${joinText(node, names)}], time=[${time}], select=${list(namesOf(node.schema))})`;
    }
    case 'interval-join': {
      const names = [...namesOf(node.left.schema), ...namesOf(node.right.schema)];
      const { lower, upper, leftTime, rightTime } = node;
      const bounds = `isRowTime=${node.attribute === 'rowtime'}, leftLowerBound=${lower}, leftUpperBound=${upper}, leftTimeIndex=${leftTime}, rightTimeIndex=${rightTime}`;
      return `IntervalJoin(joinType=[${joinTypeText[node.type]}], windowBounds=[${bounds}], where=[${joinText(node, names)}], select=${list(namesOf(node.schema))})`;
    }
    case 'correlate':
      return correlateText('Correlate', node);
    case 'user-calls': {
      const names = namesOf(node.input.schema);
      const calls = node.calls.map(({ fn, args }) => `${fn.split('#')[0]}(${args.map((at) => names[at]).join(', ')})`);
      return `UserCalls(calls=${list(calls)})`;
    }
    case 'to-changelog':
      return changelogText('ToChangelog', node);
    case 'from-changelog':
      return changelogText('FromChangelog', node);
    case 'match':
      return matchText('Match', node, durationText);
    case 'union':
      return `Union(all=[true], union=${list(namesOf(node.schema))})`;
    case 'sort': {
      const name = { 'at-end': 'Sort', 'by-time': 'TemporalSort', limit: 'Limit' }[node.strategy];
      return sortText(name, node.keys, node.offset, node.limit, node.schema);
    }
    case 'over':
      return overText('OverAggregate', node.groups, node.input.schema);
    case 'rank':
      if (node.isLimit) return sortLimitText(node);
      return rankText(strategyText(node.strategy), { ...node, fn: 'ROW_NUMBER' }, node.input.schema, node.schema);
    case 'deduplicate': {
      const names = namesOf(node.schema);
      const order = node.time === 'rowtime' ? 'ROWTIME' : 'PROCTIME';
      const keep = node.keep === 'first' ? 'FirstRow' : 'LastRow';
      return `Deduplicate(keep=[${keep}], key=${list(node.keys.map((key) => names[key]!))}, order=[${order}])`;
    }
    case 'window-rank': {
      const { start, end } = node;
      return `Window${rankText(undefined, { ...node, fn: 'ROW_NUMBER', range: { start, end } }, node.input.schema, node.schema)}`;
    }
    case 'sink': {
      const materialize = node.materialize === undefined ? '' : ', upsertMaterialize=[true]';
      const conflict = node.conflict === undefined ? '' : `, conflictStrategy=[${node.conflict.toUpperCase()}]`;
      return `Sink(table=${tableText(node.table)}, fields=${list(namesOf(node.schema))}${materialize}${conflict})`;
    }
    case 'collect':
      return `Collect(fields=${list(namesOf(node.schema))})`;
    default:
      return unreachable(node);
  }
}

export function logicalText(node: LogicalPlan): string {
  switch (node.kind) {
    case 'scan': {
      const paths = node.paths === undefined ? '' : `, fields=${list(node.paths.map((path) => path.join('.')))}`;
      return `LogicalTableScan(table=${tableText(node.table)}${paths})`;
    }
    case 'values':
      return `Logical${valuesText(node.rows, node.schema)}`;
    case 'watermark':
      return watermarkText('LogicalWatermarkAssigner', node.column, node.expr, node.input.schema);
    case 'project': {
      const names = namesOf(node.input.schema);
      const items = node.exprs.map((expr, i) => `${node.schema[i]!.name}=[${exprText(expr, names)}]`);
      return `LogicalProject(${items.join(', ')})`;
    }
    case 'filter':
      return `LogicalFilter(condition=[${exprText(node.condition, namesOf(node.input.schema))}])`;
    case 'window-table':
      return windowTableText('LogicalTableFunctionScan', node.timeColumn, node.window, node.input.schema);
    case 'aggregate':
      return groupText('LogicalAggregate', node.keys, node.calls, node.input.schema, []);
    case 'window-aggregate':
      return windowAggregateText('LogicalWindowAggregate', node);
    case 'join': {
      const names = [...namesOf(node.left.schema), ...namesOf(node.right.schema)];
      const condition = node.condition === undefined ? 'true' : exprText(node.condition, names);
      return `LogicalJoin(condition=[${condition}], joinType=[${node.type}])`;
    }
    case 'correlate':
      return correlateText('LogicalCorrelate', node);
    case 'to-changelog':
      return changelogText('LogicalToChangelog', node);
    case 'from-changelog':
      return changelogText('LogicalFromChangelog', node);
    case 'match':
      return matchText('LogicalMatch', node, durationText);
    case 'union':
      return 'LogicalUnion(all=[true])';
    case 'sort':
      return sortText('LogicalSort', node.keys, node.offset, node.limit, node.schema);
    case 'over':
      return overText('LogicalOverAggregate', node.groups, node.input.schema);
    case 'rank':
      return `Logical${rankText(undefined, node, node.input.schema, node.schema)}`;
    case 'sink':
      return `LogicalSink(table=${tableText(node.table)}, fields=${list(namesOf(node.schema))})`;
    default:
      return unreachable(node);
  }
}

const tableText = ({ path }: ResolvedTable): string => `[[${path.catalog}, ${path.database}, ${path.name}]]`;

function valuesText(rows: Extract<LogicalPlan, { kind: 'values' }>['rows'], schema: Schema): string {
  const shown = rows
    .slice(0, 5)
    .map((row) => `{ ${row.map((value, i) => valueText(value, schema[i]!.type)).join(', ')} }`);
  const more = rows.length > 5 ? [`... ${rows.length - 5} more`] : [];
  return `Values(tuples=${list([list([...shown, ...more])])})`;
}

function selectText(exprs: readonly Expr[], schema: Schema, names: readonly string[]): string {
  const items = exprs.map((expr, i) => {
    const text = exprText(expr, names);
    const { name } = schema[i]!;
    return text === name ? name : `${text} AS ${name}`;
  });
  return list(items);
}

function watermarkText(name: string, column: number, expr: Expr, input: Schema): string {
  return `${name}(rowtime=[${input[column]!.name}], watermark=[${exprText(expr, namesOf(input))}])`;
}

export function durationText(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const;
  const found = units.find(([, size]) => ms !== 0 && ms % size === 0);
  return found === undefined ? `${ms} ms` : `${ms / found[1]} ${found[0]}`;
}

function windowText(window: WindowSpec, time: string): string {
  const offset = window.kind === 'session' || window.offset === 0 ? '' : `, offset=[${durationText(window.offset)}]`;
  switch (window.kind) {
    case 'tumble':
      return `TUMBLE(${time}, size=[${durationText(window.size)}]${offset})`;
    case 'hop':
      return `HOP(${time}, size=[${durationText(window.size)}], slide=[${durationText(window.slide)}]${offset})`;
    case 'cumulate':
      return `CUMULATE(${time}, max_size=[${durationText(window.size)}], step=[${durationText(window.step)}]${offset})`;
    case 'session':
      return `SESSION(${time}, gap=[${durationText(window.gap)}])`;
    default:
      return unreachable(window);
  }
}

const windowTableText = (name: string, column: number, window: WindowSpec, input: Schema): string =>
  `${name}(window=[${windowText(window, `time_col=[${input[column]!.name}]`)}])`;

function callText(call: AggregateCall, names: readonly string[]): string {
  const args = call.args.length === 0 ? '*' : call.args.map((arg) => names[arg]!).join(', ');
  const filter = call.filter === undefined ? '' : ` FILTER ${names[call.filter]!}`;
  return `${call.fn}(${call.distinct ? 'DISTINCT ' : ''}${args})${filter} AS ${call.name}`;
}

function groupText(
  name: string,
  keys: readonly number[],
  calls: readonly AggregateCall[],
  input: Schema,
  more: readonly string[],
): string {
  const names = namesOf(input);
  const by = keys.map((key) => names[key]!);
  const groupBy = by.length === 0 ? '' : `groupBy=${list(by)}, `;
  const select = [...by, ...calls.map((call) => callText(call, names)), ...more];
  return `${name}(${groupBy}select=${list(select)})`;
}

function windowAggregateText(
  name: string,
  node: {
    readonly input: { readonly schema: Schema };
    readonly timeColumn: number;
    readonly window: WindowSpec;
    readonly keys: readonly number[];
    readonly calls: readonly AggregateCall[];
    readonly properties: readonly WindowProperty[];
    readonly attached?: { readonly start: number; readonly end: number } | undefined;
  },
): string {
  const input = node.input.schema;
  const time =
    node.attached === undefined
      ? `time_col=[${input[node.timeColumn]!.name}]`
      : `win_start=[${input[node.attached.start]!.name}], win_end=[${input[node.attached.end]!.name}]`;
  const properties = node.properties.map((property) => `${property} AS window_${property}`);
  const group = groupText('', node.keys, node.calls, input, properties).slice(1, -1);
  const parts = group.startsWith('groupBy') ? group.split(', select=') : ['', group.slice('select='.length)];
  const groupBy = parts[0] === '' ? '' : `${parts[0]}, `;
  return `${name}(${groupBy}window=[${windowText(node.window, time)}], select=${parts.slice(1).join(', select=')})`;
}

const joinTypeText = {
  inner: 'InnerJoin',
  left: 'LeftOuterJoin',
  right: 'RightOuterJoin',
  full: 'FullOuterJoin',
  semi: 'LeftSemiJoin',
  anti: 'LeftAntiJoin',
} as const;

type EquiJoinNode = Pick<EquiJoin, 'left' | 'leftKeys' | 'rightKeys' | 'residual'> &
  Partial<Pick<EquiJoin, 'nullSafe'>>;

function joinText(node: EquiJoinNode, names: readonly string[]): string {
  const width = node.left.schema.length;
  const keys = node.leftKeys.map((key, i) => {
    const sign = node.nullSafe?.[i] === true ? 'IS NOT DISTINCT FROM' : '=';
    return `(${names[key]!} ${sign} ${names[width + node.rightKeys[i]!]!})`;
  });
  const rest = node.residual === undefined ? [] : [exprText(node.residual, names)];
  const all = [...keys, ...rest];
  return all.length === 0 ? 'true' : all.join(' AND ');
}

function correlateText(
  name: string,
  {
    input,
    call,
    type,
    condition,
    schema,
  }: Pick<Extract<LogicalPlan, { kind: 'correlate' }>, 'call' | 'type' | 'condition' | 'schema'> & {
    readonly input: { readonly schema: Schema };
  },
): string {
  const args = call.args.map((arg) => exprText(arg, namesOf(input.schema)));
  const where = condition === undefined ? '' : `, condition=[${exprText(condition, namesOf(schema))}]`;
  const joinType = type === 'left' ? 'LEFT' : 'INNER';
  return `${name}(invocation=[${call.fn}(${args.join(', ')})], select=${list(namesOf(schema))}, joinType=[${joinType}]${where})`;
}

const changelogText = (name: string, { schema }: { readonly schema: Schema }): string =>
  `ProcessTableFunction(invocation=[${name}], select=${list(namesOf(schema))})`;

function sortText(
  name: string,
  keys: readonly SortKey[],
  offset: number,
  limit: number | undefined,
  schema: Schema,
): string {
  const by = sortKeysText(keys, schema);
  const parts = [
    ...(by.length === 0 ? [] : [`orderBy=${list(by)}`]),
    ...(offset === 0 ? [] : [`offset=[${offset}]`]),
    ...(limit === undefined ? [] : [`fetch=[${limit}]`]),
  ];
  return `${name}(${parts.join(', ')})`;
}

function sortKeysText(keys: readonly SortKey[], schema: Schema): string[] {
  return keys.map((key) => {
    const usual = key.nullsFirst !== key.descending;
    const nulls = usual ? '' : key.nullsFirst ? ' NULLS FIRST' : ' NULLS LAST';
    return `${schema[key.column]!.name} ${key.descending ? 'DESC' : 'ASC'}${nulls}`;
  });
}

function boundText(bound: number, unit: string): string {
  if (bound === 0) return 'CURRENT ROW';
  const size = Math.abs(bound) === Infinity ? 'UNBOUNDED' : `${Math.abs(bound)}${unit}`;
  return `${size} ${bound < 0 ? 'PRECEDING' : 'FOLLOWING'}`;
}

function overText(name: string, groups: readonly OverGroup[], input: Schema): string {
  const names = namesOf(input);
  const windows = groups.map(({ partition, order, frame, calls }) => {
    const parts = [
      ...(partition.length === 0 ? [] : [`partitionBy=${list(partition.map((key) => names[key]!))}`]),
      ...(order.length === 0 ? [] : [`orderBy=${list(sortKeysText(order, input))}`]),
      `window=[${frame.unit === 'rows' ? 'ROWS' : 'RANGE'} BETWEEN ${boundText(frame.lower, '')} AND ${boundText(frame.upper, '')}]`,
      `select=${list(['*', ...calls.map((call) => callText(call, names))])}`,
    ];
    return parts.join(', ');
  });
  return `${name}(${windows.join(', ')})`;
}

function strategyText(strategy: RankStrategy): string {
  switch (strategy.kind) {
    case 'append':
      return 'AppendFastStrategy';
    case 'update':
      return `UpdateFastStrategy[${strategy.key.join(',')}]`;
    case 'retract':
      return 'RetractStrategy';
    default:
      return unreachable(strategy);
  }
}

function rankText(
  strategy: string | undefined,
  node: Pick<Rank, 'fn' | 'partition' | 'order' | 'range' | 'output'>,
  input: Schema,
  output: Schema,
): string {
  const names = namesOf(input);
  const { start, end } = node.range;
  const last =
    end === undefined ? '' : typeof end === 'number' ? `, rankEnd=${end}` : `, rankEnd=${names[end.column]!}`;
  const parts = [
    ...(strategy === undefined ? [] : [`strategy=[${strategy}]`]),
    `rankType=[${node.fn}]`,
    `rankRange=[rankStart=${start}${last}]`,
    ...(node.partition.length === 0 ? [] : [`partitionBy=${list(node.partition.map((key) => names[key]!))}`]),
    `orderBy=${list(sortKeysText(node.order, input))}`,
    `select=${list(namesOf(output))}`,
  ];
  return `Rank(${parts.join(', ')})`;
}

function sortLimitText({ order, range, strategy, schema }: Extract<PhysicalPlan, { kind: 'rank' }>): string {
  const { start, end } = range as { readonly start: number; readonly end: number };
  return `${sortText('SortLimit', order, start - 1, end - start + 1, schema).slice(0, -1)}, strategy=[${strategyText(strategy)}])`;
}
