import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FrontEnd, NotebookPage, startFrontEnd } from '../support/browser.ts';
import { root } from '../support/lab.ts';

declare const window: any;

let front: FrontEnd;
let tour: NotebookPage;
beforeAll(async () => {
  front = await startFrontEnd();
  cpSync(join(root, 'notebooks'), front.lab.work, { recursive: true });
  tour = await NotebookPage.open(front.browser, front.lab, '00-tour.ipynb', { width: 1000, height: 780 });
});
afterAll(async () => {
  await tour.close();
  await front.close();
});

const sources = (): Promise<{ type: string; source: string }[]> =>
  tour.page.evaluate(() =>
    [...window.jupyterapp.shell.currentWidget.content.model.cells].map((cell: any) => ({
      type: cell.type,
      source: cell.sharedModel.getSource(),
    })),
  );

it('shows its saved chart before anything has run, though nobody trusts it yet', async () => {
  const chart = (await sources()).findIndex(({ source }) => source.includes('--chart line'));
  await tour.view(chart).locator('.main-svg').first().waitFor();
  expect(await tour.strip(chart)).toMatch(/^per_hour finished after .* late \d+ chart table changelog$/);
});

it('runs from top to bottom; the chart draws itself', async () => {
  const cells = await sources();
  for (const [i, { type, source }] of cells.entries()) {
    if (type !== 'code') continue;
    await tour.start(i);
    if (source.includes('--chart line')) {
      await tour.view(i).scrollIntoViewIfNeeded();
      const before = await tour.frames(i);
      await tour.drawn(i, before + 10);
      await tour.page.waitForFunction(() => /watermark 2013-02-10/.test(window.document.body.innerText));
      await tour.cell(i).scrollIntoViewIfNeeded();
      await tour.screenshot('tour-live');
    }
    await tour.done(i, 90_000);
    const outputs = await tour.outputs(i);
    expect(outputs.filter((output) => output.output_type === 'error')).toEqual([]);
    expect(outputs.length, source).toBeGreaterThan(0);
  }
  await tour.screenshot('tour-end');
});

it('had no problem in the page', () => expect(tour.problems).toEqual([]));
