/** Charts chosen from the columns of a result: which axis is which, and the Plotly figure of a table's rows. */
import { MillraceError, didYouMean } from '../errors.ts';
import type { ColumnSchema, Schema } from '../types/schema.ts';
import { isNumeric, isString, isTimestamp } from '../types/type.ts';
import type { Ms, Value } from '../types/value.ts';
import { type ChartFrame, type PlotlyTrace, plotlyTime } from './bundle.ts';
import { escapePlotly } from './plotly-figure.ts';
import type { ChartKind, ViewOptions } from './view-options.ts';

/** Which columns are drawn how. Indexes into the schema. */
export interface ChartPlan {
  readonly kind: ChartKind;
  readonly x: number;
  readonly y: readonly number[];
  readonly color: number | undefined;
}

const MAX_SERIES = 12;
const MAX_POINTS = 1000;
/** Markers cost a page more than lines: longer series are drawn without. */
const MARKED_POINTS = 60;

/** Colour-blind safe, told apart on white and on dark. */
const PALETTE = [
  '#4269d0',
  '#efb118',
  '#ff725c',
  '#6cc5b0',
  '#3ca951',
  '#ff8ab7',
  '#a463f2',
  '#97bbf5',
  '#9c6b4e',
  '#9498a0',
  '#d1495b',
  '#00798c',
];

const isTimeColumn = ({ type }: ColumnSchema): boolean => isTimestamp(type) || type.kind === 'DATE';

/**
 * The chart of a result, from what the user asked for and from its columns: time on x (a window's end before its start), numbers on y,
 * the first text column in colour. Undefined if nothing can be drawn (and no axis was asked for).
 */
export function planChart(schema: Schema, options: ViewOptions): ChartPlan | undefined {
  const asked = options.x !== undefined || options.y !== undefined || options.chart !== undefined;
  const find = (name: string): number => {
    const index = schema.findIndex((column) => column.name === name);
    if (index >= 0) return index;
    const names = schema.map((column) => column.name);
    throw new MillraceError('SQL_UNKNOWN_COLUMN', `the result has no column "${name}" to draw`, {
      hint: didYouMean(name, names) ?? `columns: ${names.join(', ')}`,
    });
  };
  const indexes = schema.map((_, i) => i);
  const timeColumns = indexes.filter((i) => isTimeColumn(schema[i]!));
  const textColumns = indexes.filter((i) => isString(schema[i]!.type));
  const x =
    options.x !== undefined
      ? find(options.x)
      : (timeColumns.find((i) => schema[i]!.name === 'window_end') ??
        timeColumns.find((i) => schema[i]!.name === 'window_start') ??
        timeColumns[0] ??
        textColumns[0] ??
        indexes.find((i) => isNumeric(schema[i]!.type)));
  const y =
    options.y?.map(find) ??
    indexes.filter((i) => i !== x && isNumeric(schema[i]!.type)).slice(0, options.chart === 'heatmap' ? 1 : 4);
  if (x === undefined || y.length === 0) {
    if (!asked) return undefined;
    throw new MillraceError('SQL_INVALID', 'the result has no numeric column to draw', { hint: 'use --view table' });
  }
  const color = options.color !== undefined ? find(options.color) : textColumns.find((i) => i !== x && !y.includes(i));
  const overTime = isTimeColumn(schema[x]!);
  const kind = options.chart ?? (overTime ? 'line' : isString(schema[x]!.type) ? 'bar' : 'scatter');
  return { kind, x, y: color === undefined ? y : y.slice(0, 1), color };
}

/** The Plotly figure of `rows`. Times are wall clock text; of more than 12 series the largest are kept; long series are thinned. */
export function drawChart(
  plan: ChartPlan,
  schema: Schema,
  rows: readonly (readonly Value[])[],
  keep: Ms | undefined,
): ChartFrame {
  const xs = rows.map((row) => coordinate(row[plan.x]!, schema[plan.x]!));
  let kept = rows.map((_, i) => i).filter((i) => xs[i] !== null);
  if (keep !== undefined && isTimeColumn(schema[plan.x]!)) {
    const newest = Math.max(...kept.map((i) => millis(rows[i]![plan.x]!, schema[plan.x]!)));
    kept = kept.filter((i) => millis(rows[i]![plan.x]!, schema[plan.x]!) > newest - keep);
  }
  const isHeatmap = plan.kind === 'heatmap';
  const down = isHeatmap && plan.color !== undefined ? [plan.color] : plan.y;
  const yTitle = down.map((i) => schema[i]!.name).join(', ');
  // lines would be drawn across the cells
  const grid = isHeatmap ? { showgrid: false } : {};
  const layout = {
    autosize: true,
    height: 320,
    margin: { l: 56, r: 16, t: 12, b: 40 },
    colorway: PALETTE,
    showlegend: plan.color !== undefined || plan.y.length > 1,
    legend: { orientation: 'v' as const },
    xaxis: { title: { text: schema[plan.x]!.name }, type: isTimeColumn(schema[plan.x]!) ? 'date' : undefined, ...grid },
    yaxis: { title: { text: yTitle }, rangemode: plan.kind === 'scatter' ? 'normal' : 'tozero', ...grid },
    barmode: 'group' as const,
    // Zoom and hidden series survive the next frame.
    uirevision: 'millrace',
  };
  if (isHeatmap) return { data: [heatmap(plan, schema, rows, xs, kept)], layout };
  const { series, note } = splitSeries(plan, schema, rows, kept);
  const data = series.map(({ name, y, points }): PlotlyTrace => {
    const ordered = isTimeColumn(schema[plan.x]!) ? [...points].sort((a, b) => compare(xs[a]!, xs[b]!)) : points;
    const shown = thin(ordered);
    return {
      ...traceStyle(plan.kind, shown.length),
      name,
      x: shown.map((i) => xs[i]!),
      y: shown.map((i) => number(rows[i]![y]!, schema[y]!)),
    };
  });
  return { data, layout, note };
}

function splitSeries(
  plan: ChartPlan,
  schema: Schema,
  rows: readonly (readonly Value[])[],
  kept: readonly number[],
): { series: { name: string; y: number; points: number[] }[]; note: string | undefined } {
  if (plan.color === undefined) {
    return { series: plan.y.map((y) => ({ name: schema[y]!.name, y, points: [...kept] })), note: undefined };
  }
  const groups = new Map<string, number[]>();
  for (const i of kept) {
    const name = label(rows[i]![plan.color]!, schema[plan.color]!);
    const points = groups.get(name);
    if (points === undefined) groups.set(name, [i]);
    else points.push(i);
  }
  const size = new Map(
    [...groups].map(([name, points]) => {
      const values = points.map((i) => Math.abs(number(rows[i]![plan.y[0]!]!, schema[plan.y[0]!]!) ?? 0));
      return [name, values.reduce((sum, value) => sum + value, 0)] as const;
    }),
  );
  const largest = [...groups]
    .sort((a, b) => b[1].length - a[1].length || size.get(b[0])! - size.get(a[0])! || compare(a[0], b[0]))
    .slice(0, MAX_SERIES);
  const series = largest.sort((a, b) => compare(a[0], b[0])).map(([name, points]) => ({ name, y: plan.y[0]!, points }));
  const note = groups.size > MAX_SERIES ? `${MAX_SERIES} of ${groups.size} series are drawn` : undefined;
  return { series, note };
}

function traceStyle(kind: ChartKind, points: number): { type: string } & Record<string, unknown> {
  switch (kind) {
    case 'bar':
      return { type: 'bar' };
    case 'scatter':
      return { type: 'scatter', mode: 'markers' };
    case 'area':
      return { type: 'scatter', mode: 'lines', stackgroup: 'all' };
    default:
      return points <= MARKED_POINTS
        ? { type: 'scatter', mode: 'lines+markers', marker: { size: 4 }, line: { width: 2 } }
        : { type: 'scatter', mode: 'lines', line: { width: 2 } };
  }
}

function heatmap(
  plan: ChartPlan,
  schema: Schema,
  rows: readonly (readonly Value[])[],
  xs: readonly (string | number | null)[],
  kept: readonly number[],
): PlotlyTrace {
  const across = [...new Set(kept.map((i) => xs[i]!))].sort(compare);
  const yColumn = plan.color ?? plan.y[0]!;
  const down = [...new Set(kept.map((i) => label(rows[i]![yColumn]!, schema[yColumn]!)))].sort();
  const z: (number | null)[][] = down.map(() => across.map(() => null));
  for (const i of kept) {
    const row = down.indexOf(label(rows[i]![yColumn]!, schema[yColumn]!));
    z[row]![across.indexOf(xs[i]!)] = number(rows[i]![plan.y[0]!]!, schema[plan.y[0]!]!);
  }
  return {
    type: 'heatmap',
    x: across,
    y: down,
    z,
    colorscale: 'Viridis',
    colorbar: { title: { text: escapePlotly(schema[plan.y[0]!]!.name) } },
  };
}

/** At most MAX_POINTS, evenly chosen, the last one always among them. */
function thin(points: readonly number[]): readonly number[] {
  if (points.length <= MAX_POINTS) return points;
  const step = points.length / MAX_POINTS;
  return Array.from(
    { length: MAX_POINTS },
    (_, i) => points[Math.min(points.length - 1, Math.floor((i + 1) * step) - 1)]!,
  );
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function millis(value: Value, { type }: ColumnSchema): number {
  if (type.kind === 'DATE') return Number(value) * 86_400_000;
  return typeof value === 'bigint' ? Number(value / 1_000_000n) : Number(value);
}

function coordinate(value: Value, column: ColumnSchema): string | number | null {
  if (value === null) return null;
  if (isTimeColumn(column)) return plotlyTime(millis(value, column));
  return isNumeric(column.type) ? number(value, column) : label(value, column);
}

function number(value: Value, { type }: ColumnSchema): number | null {
  if (value === null) return null;
  const n = type.kind === 'DECIMAL' ? Number(value) / 10 ** type.scale : Number(value);
  return Number.isFinite(n) ? n : null;
}

function label(value: Value, column: ColumnSchema): string {
  if (value === null) return 'NULL';
  return isTimeColumn(column) ? plotlyTime(millis(value, column)) : String(value);
}
