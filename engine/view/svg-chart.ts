/** A chart as a static picture: what GitHub, nbconvert and mail show. Lines, areas, bars and points over linear or time axes. */
import type { ChartFrame, PlotlyTrace } from './bundle.ts';
import { escapeHtml } from './html.ts';

const WIDTH = 760;
const HEIGHT = 320;
const LEFT = 56;
const RIGHT = 130;
const TOP = 16;
const BOTTOM = 44;
const INNER_WIDTH = WIDTH - LEFT - RIGHT;
const INNER_HEIGHT = HEIGHT - TOP - BOTTOM;

/** `image/svg+xml` of a figure; text is escaped. */
export function svgOf(chart: ChartFrame): string {
  const colors = chart.layout['colorway'] as readonly string[];
  const isHeatmap = chart.data[0]?.type === 'heatmap';
  const body = isHeatmap ? heatmap(chart.data[0]!) : plot(chart, colors);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" ` +
    `font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>${body}</svg>`
  );
}

function plot(chart: ChartFrame, colors: readonly string[]): string {
  const timeAxis = (chart.layout['xaxis'] as { type?: string }).type === 'date';
  const xs = chart.data.flatMap((trace) => trace.x);
  const categories = !timeAxis && xs.some((x) => typeof x === 'string') ? [...new Set(xs)] : undefined;
  const position = (x: string | number | null): number =>
    categories !== undefined
      ? categories.indexOf(x) + 0.5
      : timeAxis
        ? Date.parse(`${String(x).replace(' ', 'T')}Z`)
        : Number(x);
  const positions = xs.map(position);
  const [left, right] = categories !== undefined ? [0, categories.length] : range(positions);
  const ys = chart.data.flatMap((trace) => trace.y.map(Number).filter(Number.isFinite));
  const [low, high] = range([...ys, chart.data.some((trace) => trace['mode'] === 'markers') ? (ys[0] ?? 0) : 0]);
  const toX = (x: number): number => LEFT + ((x - left) / (right - left || 1)) * INNER_WIDTH;
  const toY = (y: number): number => TOP + INNER_HEIGHT - ((y - low) / (high - low || 1)) * INNER_HEIGHT;
  const parts = [axes(chart, low, high, toY)];
  parts.push(categories === undefined ? xTicks(left, right, timeAxis, toX) : categoryTicks(categories, toX));
  chart.data.forEach((trace, i) => {
    const color = colors[i % colors.length]!;
    const points = trace.x.flatMap((x, j) => {
      const y = trace.y[j];
      return y === null || y === undefined ? [] : [[toX(position(x)), toY(Number(y))] as const];
    });
    parts.push(
      trace.type === 'bar'
        ? bars(points, i, chart.data.length, color, toY(Math.max(low, 0)))
        : lines(trace, points, color),
    );
    if (chart.data.length > 1) parts.push(legend(i, color, trace.name ?? ''));
  });
  return parts.join('');
}

type Points = readonly (readonly [number, number])[];

function lines(trace: PlotlyTrace, points: Points, color: string): string {
  const mode = String(trace['mode'] ?? 'lines');
  const path = `<polyline fill="none" stroke="${color}" stroke-width="1.8" points="${points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')}"/>`;
  const dots = points
    .map(([x, y]) => `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="2" fill="${color}"/>`)
    .join('');
  return (mode.includes('lines') ? path : '') + (mode.includes('markers') && points.length <= 200 ? dots : '');
}

function bars(points: Points, series: number, count: number, color: string, zero: number): string {
  const slot = Math.max(2, (INNER_WIDTH / Math.max(1, points.length)) * 0.8);
  const width = slot / count;
  return points
    .map(([x, y]) => {
      const at = x - slot / 2 + series * width;
      const top = Math.min(y, zero);
      return `<rect x="${at.toFixed(1)}" y="${top.toFixed(1)}" width="${width.toFixed(1)}" height="${Math.abs(zero - y).toFixed(1)}" fill="${color}"/>`;
    })
    .join('');
}

function axes(chart: ChartFrame, low: number, high: number, toY: (y: number) => number): string {
  const title = (axis: string): string =>
    escapeHtml((chart.layout[axis] as { title?: { text?: string } }).title?.text ?? '');
  const grid = ticks(low, high, 5)
    .map((y) => {
      const at = toY(y).toFixed(1);
      return (
        `<line x1="${LEFT}" x2="${LEFT + INNER_WIDTH}" y1="${at}" y2="${at}" stroke="#e5e5e5"/>` +
        `<text x="${LEFT - 6}" y="${at}" dy="0.35em" text-anchor="end" fill="#555">${shortNumber(y)}</text>`
      );
    })
    .join('');
  return (
    grid +
    `<text x="${LEFT + INNER_WIDTH / 2}" y="${HEIGHT - 6}" text-anchor="middle" fill="#333">${title('xaxis')}</text>` +
    `<text transform="rotate(-90)" x="${-(TOP + INNER_HEIGHT / 2)}" y="12" text-anchor="middle" fill="#333">${title('yaxis')}</text>`
  );
}

function xTicks(left: number, right: number, time: boolean, toX: (x: number) => number): string {
  const marks = time ? timeTicks(left, right) : ticks(left, right, 6);
  return marks
    .map((x) => {
      const text = time ? timeLabel(x, right - left) : shortNumber(x);
      return `<text x="${toX(x).toFixed(1)}" y="${TOP + INNER_HEIGHT + 16}" text-anchor="middle" fill="#555">${text}</text>`;
    })
    .join('');
}

function categoryTicks(categories: readonly (string | number | null)[], toX: (x: number) => number): string {
  const every = Math.ceil(categories.length / 12);
  return categories
    .map((name, i) =>
      i % every === 0
        ? `<text x="${toX(i + 0.5).toFixed(1)}" y="${TOP + INNER_HEIGHT + 16}" text-anchor="middle" fill="#555">${escapeHtml(String(name).slice(0, 14))}</text>`
        : '',
    )
    .join('');
}

function legend(i: number, color: string, name: string): string {
  const y = TOP + 8 + i * 16;
  return (
    `<rect x="${LEFT + INNER_WIDTH + 12}" y="${y - 8}" width="10" height="10" fill="${color}"/>` +
    `<text x="${LEFT + INNER_WIDTH + 27}" y="${y}" dy="0.1em" fill="#333">${escapeHtml(name.slice(0, 16))}</text>`
  );
}

function heatmap(trace: PlotlyTrace): string {
  const z = trace.z ?? [];
  const [low, high] = range(z.flat().filter((value) => value !== null));
  const width = INNER_WIDTH / Math.max(1, trace.x.length);
  const height = INNER_HEIGHT / Math.max(1, trace.y.length);
  const cells = z.flatMap((row, j) =>
    row.map((value, i) => {
      if (value === null) return '';
      const share = (value - low) / (high - low || 1);
      const color = `hsl(${260 - 200 * share} 70% ${30 + 35 * share}%)`;
      return `<rect x="${(LEFT + i * width).toFixed(1)}" y="${(TOP + j * height).toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" fill="${color}"/>`;
    }),
  );
  const labels = trace.y.map(
    (name, j) =>
      `<text x="${LEFT - 6}" y="${(TOP + (j + 0.5) * height).toFixed(1)}" dy="0.35em" text-anchor="end" fill="#555">${escapeHtml(String(name).slice(0, 8))}</text>`,
  );
  return cells.join('') + labels.join('');
}

function range(values: readonly number[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? [0, 1] : low === high ? [low - 0.5, high + 0.5] : [low, high];
}

function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? rough;
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.floor((high - first) / step + 1e-9) + 1 }, (_, i) => first + i * step);
}

const TIME_STEPS = [1, 5, 15, 60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000];
function timeTicks(left: number, right: number): number[] {
  const seconds = (right - left) / 1000;
  const step = (TIME_STEPS.find((n) => seconds / n <= 7) ?? 31_536_000) * 1000;
  const first = Math.ceil(left / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((right - first) / step) + 1) }, (_, i) => first + i * step);
}
function timeLabel(ms: number, span: number): string {
  const text = new Date(ms).toISOString();
  if (span > 3 * 86_400_000) return text.slice(5, 10);
  if (span > 86_400_000) return text.slice(5, 16).replace('T', ' ');
  return span > 300_000 ? text.slice(11, 16) : text.slice(11, 19);
}

/** 1200 → 1.2k. */
function shortNumber(value: number): string {
  const size = Math.abs(value);
  for (const [unit, suffix] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (size >= unit) return `${+(value / unit).toPrecision(3)}${suffix}`;
  }
  return String(+value.toPrecision(4));
}
