import { describe, expect, it } from 'vitest';
import * as types from '../../../engine/types/type.ts';
import type { Schema } from '../../../engine/types/schema.ts';
import { drawChart, planChart } from '../../../engine/view/chart.ts';
import { svgOf } from '../../../engine/view/svg-chart.ts';
import { DEFAULT_VIEW } from '../../../engine/view/view-options.ts';

const windowed: Schema = [
  { name: 'origin', type: types.STRING },
  { name: 'window_start', type: types.TIMESTAMP(3) },
  { name: 'window_end', type: types.TIMESTAMP(3) },
  { name: 'n', type: types.BIGINT },
  { name: 'share', type: types.DECIMAL(5, 2) },
];

describe('charts', () => {
  it("draw a window's end on x, the first number on y, the first text in colour", () => {
    expect(planChart(windowed, DEFAULT_VIEW)).toEqual({ kind: 'line', x: 2, y: [3], color: 0 });
  });

  it('draw what was asked for, and name columns that are not there', () => {
    const asked = { ...DEFAULT_VIEW, chart: 'bar' as const, x: 'origin', y: ['share'] };
    expect(planChart(windowed, asked)).toMatchObject({ kind: 'bar', x: 0, y: [4] });
    expect(() => planChart(windowed, { ...DEFAULT_VIEW, y: ['shares'] })).toThrow(/no column "shares"/);
  });

  it('draw nothing when there is no number', () => {
    expect(planChart([{ name: 'a', type: types.STRING }], DEFAULT_VIEW)).toBeUndefined();
    expect(() => planChart([{ name: 'a', type: types.STRING }], { ...DEFAULT_VIEW, chart: 'line' })).toThrow(
      /no numeric column/,
    );
  });

  it('put points in order of time, decimals as numbers, and leave NULL out', () => {
    const rows = [
      ['a', 0, 2000, 5n, 150n],
      ['b', 0, 1000, 7n, null],
      ['a', 0, 1000, 3n, 50n],
    ];
    const { data } = drawChart({ kind: 'line', x: 2, y: [4], color: 0 }, windowed, rows, undefined);
    expect(data.map(({ name, x, y }) => [name, x, y])).toEqual([
      ['a', ['1970-01-01 00:00:01.000', '1970-01-01 00:00:02.000'], [0.5, 1.5]],
      ['b', ['1970-01-01 00:00:01.000'], [null]],
    ]);
  });

  it('keep the newest stretch of time, at most 12 series and 1,000 points each', () => {
    const rows = Array.from({ length: 5000 }, (_, i) => ['a', 0, i * 1000, BigInt(i), null]);
    const plan = { kind: 'line' as const, x: 2, y: [3], color: 0 };
    expect(drawChart(plan, windowed, rows, undefined).data[0]!.x).toHaveLength(1000);
    expect(drawChart(plan, windowed, rows, undefined).data[0]!.y.at(-1)).toBe(4999);
    expect(drawChart(plan, windowed, rows, 10_000).data[0]!.y).toEqual([
      4990, 4991, 4992, 4993, 4994, 4995, 4996, 4997, 4998, 4999,
    ]);
    const many = Array.from({ length: 20 }, (_, i) => [`s${i}`, 0, 0, 1n, null]);
    expect(drawChart(plan, windowed, many, undefined)).toMatchObject({ note: '12 of 20 series are drawn' });
  });

  it('have a picture without scripts whose text is escaped', () => {
    const rows = [
      ['<script>', 0, 1000, 1n, null],
      ['b&b', 0, 2000, 2n, null],
    ];
    const svg = svgOf(drawChart({ kind: 'bar', x: 2, y: [3], color: 0 }, windowed, rows, undefined));
    expect(svg).toContain('&lt;script&gt;');
    expect(svg).not.toContain('<script');
    expect(svg).toMatch(/^<svg [^>]*>.*<\/svg>$/s);
  });
});
