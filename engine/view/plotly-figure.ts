/** Plotly reads names, titles and categories as a little HTML (`<b>`, `<a href>`): values of a stream are texts and must stay so. */
import type { ChartFrame, PlotlyTrace } from './bundle.ts';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

export function escapePlotly(text: string): string {
  return text.replace(/[&<>]/g, (character) => entities[character]!);
}

const escaped = <T>(value: T): T => (typeof value === 'string' ? (escapePlotly(value) as T) : value);

/** The figure with every text that comes from data escaped: what the bundles hold. */
export function plotlyFigure({ data, layout, ...rest }: ChartFrame): ChartFrame {
  return {
    ...rest,
    data: data.map((trace): PlotlyTrace => ({
      ...trace,
      ...(trace.name === undefined ? {} : { name: escapePlotly(trace.name) }),
      x: trace.x.map(escaped),
      y: trace.y.map(escaped),
    })),
    layout: { ...layout, xaxis: titled(layout['xaxis']), yaxis: titled(layout['yaxis']) },
  };
}

function titled(axis: unknown): unknown {
  const { title, ...rest } = axis as { title?: { text?: string } };
  return title === undefined ? axis : { ...rest, title: { ...title, text: escapePlotly(title.text ?? '') } };
}
