/** The options with which a cell says how its result is shown, shared by the SQL magics. */
import { DEFAULT_VIEW, type ViewOptions } from '../engine/index.ts';

export const viewOptionSpecs = {
  view: {
    type: 'string',
    choices: ['auto', 'table', 'changelog', 'chart', 'tile', 'none'],
    default: 'auto',
    help: 'what to show; auto chooses from the result',
  },
  chart: {
    type: 'string',
    choices: ['line', 'bar', 'scatter', 'area', 'heatmap'],
    help: 'the kind of chart',
  },
  x: { type: 'string', metavar: 'COL', help: 'column of the x axis' },
  y: { type: 'string', metavar: 'COL[,COL]', many: true, help: 'numeric columns to draw' },
  color: { type: 'string', metavar: 'COL', help: 'one series for each value of this column' },
  template: { type: 'string', metavar: 'TEXT', help: 'text of a tile, {column} is replaced' },
  refresh: { type: 'duration', default: DEFAULT_VIEW.refresh, help: 'least time between two frames' },
  limit: { type: 'integer', default: DEFAULT_VIEW.limit, help: 'rows that a table shows' },
  keep: { type: 'duration', help: 'event time that a chart keeps' },
} as const;

interface ViewArguments {
  readonly view: ViewOptions['view'];
  readonly chart: ViewOptions['chart'] | undefined;
  readonly x: string | undefined;
  readonly y: readonly string[];
  readonly color: string | undefined;
  readonly template: string | undefined;
  readonly refresh: number;
  readonly limit: number;
  readonly keep: number | undefined;
}

export function viewOptionsOf(options: ViewArguments): ViewOptions {
  const { view, chart, x, y, color, template, refresh, limit, keep } = options;
  return { view, chart, x, y: y.length === 0 ? undefined : y, color, template, refresh, limit, keep };
}
