/**
 * What a live output sends to a page: one MIME bundle a frame. `application/vnd.millrace.view.v1+json` is drawn by the JupyterLab extension
 * (kernel/lab); the other types show the same frame wherever there is no extension: text/html needs no script, image/svg+xml shows on GitHub.
 */
import type { JobState } from '../runtime/job-spec.ts';
import type { EpochMs, Ms } from '../types/value.ts';
import type { ViewKind } from './view-options.ts';

export const VIEW_MIME = 'application/vnd.millrace.view.v1+json';
export const PLOTLY_MIME = 'application/vnd.plotly.v1+json';

export type MimeBundle = Readonly<Record<string, unknown>>;

/** The content of the view type. Texts are plain, the page shows them as text; in `chart` they are escaped for Plotly (plotly-figure.ts). */
export interface ViewFrame {
  readonly version: 1;
  /** Which view of the job this is: buttons refer to it. */
  readonly id?: number | undefined;
  /** Absent for results that no job keeps up to date. */
  readonly strip?: Strip | undefined;
  /** The view that is drawn, and those that the buttons offer. */
  readonly view: ViewKind | 'none';
  readonly views: readonly ViewKind[];
  readonly chart?: ChartFrame | undefined;
  readonly table?: TableFrame | undefined;
  readonly changelog?: ChangelogFrame | undefined;
  readonly tile?: TileFrame | undefined;
}

export interface Strip {
  /** Job id and name: what buttons and `%job` refer to. */
  readonly job: string;
  readonly name: string;
  readonly state: JobState;
  readonly error?: string | undefined;
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** Rows a second, over the last second or so; the average once the job has ended. */
  readonly rateIn: number;
  readonly rateOut: number;
  /** Text of the watermark in the session's zone, and how far it lies behind the newest time of the wall clock, for live data only. */
  readonly watermark?: string | undefined;
  readonly lag?: Ms | undefined;
  readonly late: number;
  readonly skipped: number;
  readonly stateRows: number;
  readonly stateBytes: number;
  readonly elapsed: Ms;
  /** One sentence of advice: why nothing comes out yet, what keeps the state growing. */
  readonly hint?: string | undefined;
}

export interface FrameColumn {
  readonly name: string;
  readonly type: string;
  readonly align: 'left' | 'right';
}
export interface TableFrame {
  readonly columns: readonly FrameColumn[];
  /** null = SQL NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** Rows in the whole table. */
  readonly total: number;
}
export interface ChangelogFrame {
  readonly columns: readonly FrameColumn[];
  readonly rows: readonly { readonly kind: string; readonly cells: readonly (string | null)[] }[];
  readonly total: number;
}
/** A Plotly figure. */
export interface ChartFrame {
  readonly data: readonly PlotlyTrace[];
  readonly layout: Readonly<Record<string, unknown>>;
  /** Why not everything is drawn: more series than colours, more points than pixels. */
  readonly note?: string | undefined;
}
export type PlotlyTrace = Readonly<Record<string, unknown>> & {
  readonly type: string;
  readonly name?: string;
  readonly x: readonly (string | number | null)[];
  readonly y: readonly (string | number | null)[];
  readonly z?: readonly (readonly (number | null)[])[];
};
export interface TileFrame {
  readonly value: string;
  readonly label: string;
}

/** Times of a frame as text of the wall clock in UTC: Plotly reads them so. */
export function plotlyTime(ms: EpochMs): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
}
