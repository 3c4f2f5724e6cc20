/**
 * The live output of a job: an object that a notebook displays. Each frame asks the job for what the current view needs and no more,
 * so a view costs the job nothing while nobody looks; the front end paces the frames by asking for the next one.
 */
import { renderError } from '../errors.ts';
import type { Job } from '../runtime/job.ts';
import { isTerminal } from '../runtime/job-spec.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { ResultAnswer } from '../runtime/worker-protocol.ts';
import type { Schema } from '../types/schema.ts';
import { typeToString } from '../types/type.ts';
import { type FrameColumn, type MimeBundle, type Strip, type ViewFrame, PLOTLY_MIME, VIEW_MIME } from './bundle.ts';
import { type ChartPlan, drawChart, planChart } from './chart.ts';
import { cellText, isRightAligned } from './cell-text.ts';
import { frameHtml } from './frame-html.ts';
import { frameText } from './frame-text.ts';
import { plotlyFigure } from './plotly-figure.ts';
import { svgOf } from './svg-chart.ts';
import type { ViewKind, ViewOptions } from './view-options.ts';
import type { Advice } from '../plan/advice.ts';
import { adviceOf, stripHint } from './strip-hint.ts';
import { RateMeter } from './rate-meter.ts';
import { watermarkText } from './watermark-text.ts';

/** Rows that a chart asks of the table: enough for 12 series of 1,000 points. */
const CHART_ROWS = 12_000;
/** A frame at least this often (ms) while the job runs, for the strip. */
const STRIP_INTERVAL = 1000;

/** All views of a job, by their id. */
const viewsOf = new WeakMap<Job, JobView[]>();

export class JobView {
  readonly job: Job;
  /** Tells the views of one job apart. */
  readonly id: number;
  readonly #options: ViewOptions;
  readonly #clock: Clock;
  readonly #chart: ChartPlan | undefined;
  readonly #rates = new RateMeter();
  readonly #advice: readonly Advice[];
  #view: ViewKind | 'none';
  /** Raised by a button: the next frame must come although nothing changed. */
  #touched = true;
  #wake: (() => void) | undefined;

  /** Throws MillraceError when the options name columns that the result does not have. */
  constructor(job: Job, options: ViewOptions, clock: Clock = systemClock) {
    this.job = job;
    this.#options = options;
    this.#clock = clock;
    this.#advice = adviceOf(job);
    this.#chart = job.schema === undefined ? undefined : planChart(job.schema, options);
    this.#view = job.schema === undefined ? 'none' : this.#choose(job.schema);
    const views = viewsOf.get(job) ?? [];
    viewsOf.set(job, views);
    this.id = views.push(this) - 1;
  }

  /** The view of `job` with this id. */
  static find(job: Job, id: number): JobView | undefined {
    return viewsOf.get(job)?.[id];
  }

  /** The views that make sense for this result. */
  get views(): readonly ViewKind[] {
    if (this.job.schema === undefined || this.#options.view === 'none') return [];
    const views: ViewKind[] = this.#chart === undefined ? ['table', 'changelog'] : ['chart', 'table', 'changelog'];
    return this.#view === 'tile' || this.#options.view === 'tile' ? ['tile', ...views] : views;
  }
  get view(): ViewKind | 'none' {
    return this.#view;
  }
  /** Switches the view; the next frame shows it. */
  show(view: ViewKind): void {
    if (!this.views.includes(view)) return;
    this.#view = view;
    this.touch();
  }
  /** Asks for a frame although the result has not changed. */
  touch(): void {
    this.#touched = true;
    this.#wake?.();
  }

  /** Windowed or timed results draw themselves; a single row is a tile; anything else is a table. */
  #choose(schema: Schema): ViewKind | 'none' {
    const { view, chart, x, y, template } = this.#options;
    if (view !== 'auto') return view;
    if (template !== undefined) return 'tile';
    if (chart !== undefined || x !== undefined || y !== undefined) return 'chart';
    const windowed = schema.some(({ name, time }) => /^window_(start|end|time)$/.test(name) || time === 'rowtime');
    if (windowed && this.#chart !== undefined && this.job.mode === 'append') return 'chart';
    return this.job.mode !== 'append' && isGlobal(this.job) ? 'tile' : 'table';
  }

  async *[Symbol.for('Jupyter.display') as never](): AsyncGenerator<MimeBundle> {
    yield* this.bundles();
  }

  /** One bundle for each change worth drawing; the last one shows the end of the job. */
  async *bundles(): AsyncGenerator<MimeBundle> {
    const stop = this.job.onChange(() => this.touch());
    let drawn = -1;
    let last = -Infinity;
    try {
      for (;;) {
        const ended = isTerminal(this.job.state);
        const answer = await this.#ask();
        const now = this.#clock.monotonic();
        if (ended || this.#touched || answer.changes !== drawn || now - last >= STRIP_INTERVAL) {
          this.#touched = false;
          drawn = answer.changes;
          last = now;
          yield this.bundleOf(answer);
          if (ended) return;
          // The page may have taken longer than a refresh to ask for this frame.
          if (this.#clock.monotonic() - last >= this.#options.refresh) continue;
        }
        await this.#pause(this.#options.refresh - (this.#clock.monotonic() - last));
      }
    } finally {
      stop();
    }
  }

  #pause(remaining: number): Promise<void> {
    const ms = Math.max(20, remaining);
    const abort = new AbortController();
    this.#wake = () => abort.abort();
    if (this.#touched) return Promise.resolve();
    return this.#clock.sleep(ms, abort.signal);
  }

  #ask(): Promise<ResultAnswer> {
    switch (this.#view) {
      case 'chart':
        return this.job.query({ rows: CHART_ROWS, tail: 0 });
      case 'changelog':
        return this.job.query({ rows: 0, tail: this.#options.limit });
      case 'tile':
        return this.job.query({ rows: 1, tail: 0 });
      default:
        return this.job.query({ rows: this.#view === 'none' ? 0 : this.#options.limit, tail: 0 });
    }
  }

  /** The bundle of this moment: what a view that was switched after the end of its job shows. */
  async bundle(): Promise<MimeBundle> {
    return this.bundleOf(await this.#ask());
  }

  /** The bundle of one moment. */
  bundleOf(answer: ResultAnswer): MimeBundle {
    const frame = this.#frame(answer);
    const chart = frame.chart === undefined ? undefined : plotlyFigure(frame.chart);
    const bundle: Record<string, unknown> = {
      [VIEW_MIME]: { ...frame, chart },
      'text/html': frameHtml(frame),
      'text/plain': frameText(frame),
    };
    if (frame.chart !== undefined && chart !== undefined) {
      bundle[PLOTLY_MIME] = { data: chart.data, layout: chart.layout };
      bundle['image/svg+xml'] = svgOf(frame.chart);
    }
    return bundle;
  }

  #frame(answer: ResultAnswer): ViewFrame {
    const schema = this.job.schema ?? [];
    const base = { version: 1 as const, id: this.id, strip: this.#strip(), view: this.#view, views: this.views };
    const zone = this.job.spec.config.timeZone;
    const cells = (row: ResultAnswer['rows'][number]): (string | null)[] =>
      row.map((value, i) => cellText(value, schema[i]!.type, zone));
    switch (this.#view) {
      case 'chart':
        return { ...base, chart: drawChart(this.#chart!, schema, answer.rows, this.#options.keep) };
      case 'table':
        return { ...base, table: { columns: columnsOf(schema), rows: answer.rows.map(cells), total: answer.size } };
      case 'changelog': {
        const rows = answer.tail.map(({ kind, row }) => ({ kind: ['+I', '-U', '+U', '-D'][kind]!, cells: cells(row) }));
        return { ...base, changelog: { columns: columnsOf(schema), rows, total: answer.changes } };
      }
      case 'tile': {
        const row = answer.rows.at(-1);
        const values = row === undefined ? schema.map(() => null) : cells(row);
        return { ...base, tile: tileOf(schema, values, this.#options.template) };
      }
      case 'none':
        return base;
    }
  }

  #strip(): Strip {
    const { job } = this;
    const { metrics } = job;
    const { rateIn, rateOut } = this.#rates.measure(metrics, isTerminal(job.state));
    const { watermark } = metrics;
    const timed = watermark !== undefined && Number.isFinite(watermark);
    const lag = timed ? this.#clock.now() - watermark : undefined;
    return {
      job: job.id,
      name: job.name,
      state: job.state,
      error: job.error === undefined ? undefined : renderError(job.error),
      rowsIn: metrics.rowsIn,
      rowsOut: metrics.rowsOut,
      rateIn,
      rateOut,
      watermark: watermark === undefined ? undefined : watermarkText(watermark),
      // A replay of old data is years behind the wall clock: that is no lag.
      lag: lag !== undefined && lag < 86_400_000 ? lag : undefined,
      late: metrics.lateRows,
      skipped: metrics.skippedRows,
      stateRows: metrics.stateRows,
      stateBytes: metrics.stateBytes,
      elapsed: metrics.elapsed,
      hint: stripHint(job, this.#advice),
    };
  }
}

/** An aggregate without keys: its result is one row. */
function isGlobal(job: Job): boolean {
  let plan = job.collect;
  while (plan !== undefined && (plan.kind === 'collect' || plan.kind === 'calc')) plan = plan.input;
  return plan?.kind === 'group-aggregate' && plan.keys.length === 0;
}

function columnsOf(schema: Schema): FrameColumn[] {
  return schema.map(({ name, type }) => ({
    name,
    type: typeToString(type),
    align: isRightAligned(type) ? 'right' : 'left',
  }));
}

function tileOf(
  schema: Schema,
  values: readonly (string | null)[],
  template: string | undefined,
): { value: string; label: string } {
  const text = (i: number): string => values[i] ?? 'NULL';
  if (template === undefined) {
    return { value: schema.map((_, i) => text(i)).join(' · '), label: schema.map(({ name }) => name).join(' · ') };
  }
  const value = template.replace(/\{([^}]*)\}/g, (whole, name: string) => {
    const index = schema.findIndex((column, i) => column.name === name || String(i) === name);
    return index < 0 ? whole : text(index);
  });
  return { value, label: '' };
}
