import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FrontEnd, type NotebookPage, startFrontEnd } from '../support/browser.ts';

declare const window: any;
declare const document: any;

const numbers = `%%flinksql
CREATE TABLE g (id INT, v DOUBLE) WITH (
  'connector' = 'datagen', 'rows-per-second' = '20', 'fields.v.min' = '0', 'fields.v.max' = '100',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000000'
)`;
const chart = '%%flinksql --chart line --x id --y v\nSELECT id, v FROM g';
const groups = '%%flinksql --view table\nSELECT id % 4 AS k, COUNT(*) AS n FROM g GROUP BY id % 4';

let front: FrontEnd;
beforeAll(async () => {
  front = await startFrontEnd();
});
afterAll(() => front.close());

describe('a live chart', () => {
  let notebook: NotebookPage;
  beforeAll(async () => {
    notebook = await front.open('chart', [numbers, chart]);
    await notebook.run(0);
    // plotly.js is loaded while the user still writes
    await notebook.page.waitForFunction(() => window.Plotly !== undefined);
  });
  afterAll(() => notebook.close());

  it('is there soon after Enter and redraws itself', async () => {
    const started = performance.now();
    await notebook.start(1);
    await notebook.drawn(1, 1);
    const first = performance.now() - started;
    await notebook.drawn(1, 12);
    console.log(`first paint ${first.toFixed(0)} ms after Enter`);
    await expect.poll(() => notebook.view(1).locator('.main-svg').count()).toBeGreaterThan(0);
    expect(await notebook.strip(1)).toMatch(
      /^query-1 running in \d+ \(\d.*\/s\) out .* chart table changelog pause stop$/,
    );
    await notebook.screenshot('live-chart');
    expect(first).toBeLessThan(4000);
  });

  it('draws into the same elements: no flicker', async () => {
    await notebook.page.evaluate(() => {
      for (const part of ['.js-plotly-plot', '.main-svg', '.millrace-strip button']) {
        document.querySelector(`.millrace-view ${part}`).dataset.mark = 'kept';
      }
    });
    await notebook.drawn(1, (await notebook.frames(1)) + 5);
    expect(await notebook.view(1).locator('[data-mark=kept]').count()).toBe(3);
  });

  it('keeps a zoom', async () => {
    const range = (): Promise<string> =>
      notebook.page.evaluate(() => JSON.stringify(document.querySelector('.js-plotly-plot').layout.xaxis.range));
    await notebook.page.evaluate(() =>
      window.Plotly.relayout(document.querySelector('.js-plotly-plot'), { 'xaxis.range': [5, 15] }),
    );
    await notebook.drawn(1, (await notebook.frames(1)) + 5);
    expect(await range()).toBe('[5,15]');
  });

  it('leaves the kernel light alone', async () => {
    const states = await notebook.page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          let changes = 0;
          const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
          kernel.statusChanged.connect(() => changes++);
          setTimeout(() => resolve(changes), 1500);
        }),
    );
    expect(states).toBe(0);
  });

  it('is paused and resumed by its buttons', async () => {
    await notebook.press(1, 'pause');
    await notebook.state(1, 'PAUSED');
    const rows = async (): Promise<string> => (await notebook.strip(1)).replace(/.* in ([\d,]+).*/, '$1');
    // what was read before the button was pressed is still on its way
    const stands = async (): Promise<boolean> => {
      const before = await rows();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      return (await rows()) === before;
    };
    await expect.poll(stands).toBe(true);
    const paused = await rows();
    await notebook.press(1, 'resume');
    await notebook.state(1, 'RUNNING');
    await expect.poll(rows).not.toBe(paused);
  });

  it('is shown as a table, as a changelog and as a chart again', async () => {
    await notebook.press(1, 'table');
    await expect.poll(() => notebook.view(1).locator('th').allInnerTexts()).toEqual(['id', 'v']);
    await notebook.press(1, 'changelog');
    await expect.poll(() => notebook.view(1).locator('th').allInnerTexts()).toEqual(['op', 'id', 'v']);
    expect(await notebook.view(1).locator('tr[data-kind="+I"]').count()).toBeGreaterThan(5);
    await notebook.press(1, 'chart');
    await notebook.view(1).locator('.js-plotly-plot').waitFor();
  });

  it('goes on after a reload of the page, though the notebook was not saved', async () => {
    await notebook.reload();
    await notebook.drawn(1, 5);
    expect(await notebook.view(1).count()).toBe(1);
    expect(await notebook.strip(1)).toContain('query-1 running');
    await notebook.screenshot('after-reload');
  });

  it('goes on in the saved output after a reload', async () => {
    await notebook.save();
    await notebook.reload();
    await notebook.drawn(1, 5);
    expect(await notebook.view(1).count()).toBe(1);
    expect(await notebook.outputs(1)).toHaveLength(1);
  });

  it('makes room when its cell runs again', async () => {
    await notebook.run(1);
    await notebook.drawn(1, 3);
    expect(await notebook.strip(1)).toContain('query-2 running');
    // the page shows an older run's output, the kernel has another one for the same cell
    await notebook.reload();
    await notebook.drawn(1, 5);
    expect(await notebook.view(1).count()).toBe(1);
    expect(await notebook.strip(1)).toContain('query-2 running');
  });

  it('is stopped by its button at once', async () => {
    const took = await notebook.page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const view = document.querySelector('.millrace-view');
          const pressed = performance.now();
          new window.MutationObserver(() => {
            if (view.dataset.state === 'CANCELED') resolve(performance.now() - pressed);
          }).observe(view, { attributes: true });
          view.querySelector('[data-action=cancel]').click();
        }),
    );
    console.log(`stop button: ${took.toFixed(0)} ms until the strip says so`);
    expect(await notebook.strip(1)).toMatch(/query-2 canceled after [\d.]+ \w+ in \d+ out \d+ chart table changelog$/);
    expect(took).toBeLessThan(3000);
  });

  it('can be shown as a table after its end', async () => {
    await notebook.press(1, 'table');
    await expect.poll(() => notebook.view(1).locator('tbody tr').count()).toBeGreaterThan(10);
  });

  it('had no problem in the page', () => expect(notebook.problems).toEqual([]));
});

describe('other views', () => {
  let notebook: NotebookPage;
  beforeAll(async () => {
    notebook = await front.open(
      'views',
      [
        numbers,
        groups,
        '%%flinksql\nSELECT COUNT(*) AS n FROM g',
        '%%flinksql --view changelog --limit 12\nSELECT id % 4 AS k, COUNT(*) AS n FROM g GROUP BY id % 4',
        "%%flinksql --chart bar --wait\nSELECT * FROM (VALUES ('EWR', 4), ('JFK', 7), ('LGA', 2)) AS t(origin, n)",
      ],
      { height: 1300 },
    );
    await notebook.run(0);
    for (const cell of [1, 2, 3, 4]) await notebook.run(cell);
    await notebook.drawn(3, 3);
  });
  afterAll(() => notebook.close());

  it('a keyed result is a table that changes in place', async () => {
    const body = notebook.view(1).locator('tbody');
    await expect.poll(() => body.locator('tr').count()).toBe(4);
    await body
      .locator('tr')
      .nth(2)
      .evaluate((row: any) => (row.dataset.mark = 'kept'));
    await notebook.drawn(1, (await notebook.frames(1)) + 3);
    expect(await body.locator('[data-mark=kept]').count()).toBe(1);
  });

  it('one number is a tile', async () => {
    const value = async (): Promise<number> => Number(await notebook.view(2).locator('.millrace-tile').innerText());
    const before = await value();
    await expect.poll(value).toBeGreaterThan(before);
  });

  it('a changelog names its row kinds', async () => {
    const kinds = new Set(await notebook.view(3).locator('tbody td:first-child').allInnerTexts());
    expect([...kinds].sort()).toEqual(['+U', '-U']);
  });

  it('are readable on a dark page', async () => {
    await notebook.screenshot('views');
    await notebook.theme('JupyterLab Dark');
    await notebook.drawn(1, (await notebook.frames(1)) + 3);
    const contrasts = await notebook.page.evaluate(() => {
      const rgb = (text: string): number[] => (text.match(/[\d.]+/g) ?? []).map(Number);
      const light = (text: string): number => {
        const [r, g, b] = rgb(text).map((c) =>
          c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
        );
        return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
      };
      const ground = light(window.getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor);
      const contrast = (color: string): number => {
        const [low, high] = [light(color), ground].sort((a, b) => a - b);
        return (high! + 0.05) / (low! + 0.05);
      };
      const texts = [
        ...document.querySelectorAll('.millrace-view td, .millrace-view th, .millrace-figure, .millrace-tile'),
      ];
      const inks = texts.map((node) => window.getComputedStyle(node).color);
      const axis = [...document.querySelectorAll('.xtick text, .ytick text')].map((node) => node.style.fill);
      return [...inks, ...axis].map(contrast);
    });
    await notebook.screenshot('views-dark');
    expect(contrasts.length).toBeGreaterThan(20);
    expect(Math.min(...contrasts)).toBeGreaterThan(3);
  });

  it('say that a lost kernel no longer runs them', async () => {
    await notebook.page.evaluate(() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart());
    await expect.poll(() => notebook.strip(1), { timeout: 15_000 }).toMatch(/^query-1 was running/);
    expect(await notebook.cell(1).locator('button[data-action=cancel]').count()).toBe(0);
    await notebook.press(4, 'table');
    await expect.poll(() => notebook.view(4).locator('.millrace-error').innerText()).toContain('run the cell again');
  });

  it('had no problem in the page', () => expect(notebook.problems).toEqual([]));
});
