import { expect, it } from 'vitest';
import { plotlyFigure } from '../../../engine/view/plotly-figure.ts';

it('escapes names, categories and titles for Plotly, and leaves numbers and times alone', () => {
  const layout = { xaxis: { title: { text: '<b>x</b>' }, type: undefined }, yaxis: {}, height: 320 };
  const trace = {
    type: 'bar',
    name: '<a href="https://x.org">a & b</a>',
    x: ['<i>k</i>', '2024-01-01 00:00:00'],
    y: [1, null],
  };
  expect(plotlyFigure({ data: [trace], layout, note: 'n' })).toEqual({
    data: [
      {
        type: 'bar',
        name: '&lt;a href="https://x.org"&gt;a &amp; b&lt;/a&gt;',
        x: ['&lt;i&gt;k&lt;/i&gt;', '2024-01-01 00:00:00'],
        y: [1, null],
      },
    ],
    layout: { xaxis: { title: { text: '&lt;b&gt;x&lt;/b&gt;' }, type: undefined }, yaxis: {}, height: 320 },
    note: 'n',
  });
});
