import { MillraceError } from '../errors.ts';
import type { Schema } from '../types/schema.ts';
import type { Value } from '../types/value.ts';
import { type MimeBundle, PLOTLY_MIME, VIEW_MIME, type ViewFrame } from './bundle.ts';
import { drawChart, planChart } from './chart.ts';
import { frameHtml } from './frame-html.ts';
import { frameText } from './frame-text.ts';
import { plotlyFigure } from './plotly-figure.ts';
import { svgOf } from './svg-chart.ts';
import type { ViewOptions } from './view-options.ts';

/** The chart of a finished result. Throws MillraceError when there is nothing to draw. */
export function staticBundle(schema: Schema, rows: readonly (readonly Value[])[], options: ViewOptions): MimeBundle {
  const plan = planChart(schema, options);
  if (plan === undefined) {
    throw new MillraceError('SQL_INVALID', 'the result has no numeric column to draw', { hint: 'use --view table' });
  }
  const chart = drawChart(plan, schema, rows, options.keep);
  const frame: ViewFrame = { version: 1, view: 'chart', views: [], chart };
  const figure = plotlyFigure(chart);
  return {
    [VIEW_MIME]: { ...frame, chart: figure },
    [PLOTLY_MIME]: { data: figure.data, layout: figure.layout },
    'text/html': frameHtml(frame),
    'image/svg+xml': svgOf(chart),
    'text/plain': frameText(frame),
  };
}
