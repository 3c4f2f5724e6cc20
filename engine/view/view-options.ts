/** How a result is to be shown; what is not said is chosen from the plan. */
import type { Ms } from '../types/value.ts';

export type ViewKind = 'chart' | 'table' | 'changelog' | 'tile';
export type ChartKind = 'line' | 'bar' | 'area' | 'scatter' | 'heatmap';

export interface ViewOptions {
  readonly view: ViewKind | 'auto' | 'none';
  readonly chart?: ChartKind | undefined;
  /** Column names; `y` may be several. */
  readonly x?: string | undefined;
  readonly y?: readonly string[] | undefined;
  readonly color?: string | undefined;
  /** Rows that a table shows at most. */
  readonly limit: number;
  /** Event time that a chart keeps, up to its newest point; undefined = everything. */
  readonly keep?: Ms | undefined;
  /** A tile's text: {column} is replaced by the value. */
  readonly template?: string | undefined;
  /** Least time between two frames. */
  readonly refresh: Ms;
}

export const DEFAULT_VIEW: ViewOptions = { view: 'auto', limit: 100, refresh: 100 };
