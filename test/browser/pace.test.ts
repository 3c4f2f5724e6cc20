import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FrontEnd, type NotebookPage, startFrontEnd } from '../support/browser.ts';

declare const window: any;

// The figures are printed; what is asserted leaves room for a machine that does other things as well.

const tables = `%%flinksql
CREATE TABLE g (n INT, v DOUBLE) WITH (
  'connector' = 'datagen', 'rows-per-second' = '50', 'fields.v.min' = '0', 'fields.v.max' = '100',
  'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '10000000'
);
CREATE TABLE burn (a BIGINT, b DOUBLE) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000');
CREATE TABLE hole (k BIGINT, n BIGINT, s DOUBLE) WITH ('connector' = 'blackhole')`;
const chart = `%%flinksql --chart line --x n --y v --color s
SELECT n, v, CASE n % 2 WHEN 0 THEN 'even' ELSE 'odd' END AS s FROM g`;
const load = '%%flinksql\nINSERT INTO hole SELECT a % 1000, COUNT(*), SUM(b) FROM burn GROUP BY a % 1000';

let front: FrontEnd;
let notebook: NotebookPage;
beforeAll(async () => {
  front = await startFrontEnd();
  notebook = await front.open('pace', [tables, chart, chart, chart, chart, load], { height: 2200 });
  await notebook.run(0);
  await notebook.page.waitForFunction(() => window.Plotly !== undefined);
});
afterAll(async () => {
  await notebook.close();
  await front.close();
});

/** Frames a second of each view, over `seconds`. */
async function rates(cells: readonly number[], seconds: number): Promise<number[]> {
  const count = (): Promise<number[]> => Promise.all(cells.map((cell) => notebook.frames(cell)));
  const started = performance.now();
  const before = await count();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = await count();
  return after.map((frames, i) => ((frames - before[i]!) / (performance.now() - started)) * 1000);
}

/** How old frames are when the page gets them (ms): the median and the greatest of 30. */
async function delays(): Promise<[median: number, worst: number]> {
  const sorted = await notebook.page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
        const ages: number[] = [];
        const hear = (_sender: unknown, { header }: any): void => {
          if (header.msg_type === 'update_display_data') ages.push(Date.now() - Date.parse(header.date));
          if (ages.length < 30) return;
          kernel.iopubMessage.disconnect(hear);
          resolve(ages.sort((a, b) => a - b));
        };
        kernel.iopubMessage.connect(hear);
      }),
  );
  return [sorted[15]!, sorted[29]!];
}

const shown = (figures: readonly number[]): string => figures.map((figure) => figure.toFixed(1)).join(', ');

it('one chart', async () => {
  await notebook.run(1);
  await notebook.drawn(1, 5);
  const [rate] = await rates([1], 6);
  console.log(`one chart: ${rate!.toFixed(1)} frames/s`);
  expect(rate).toBeGreaterThan(1);
});

it('four charts beside a job that takes a core', async () => {
  await notebook.run(5);
  for (const cell of [2, 3, 4]) await notebook.run(cell);
  await notebook.drawn(4, 3);
  const four = await rates([1, 2, 3, 4], 8);
  const [median, worst] = await delays();
  console.log(
    `four charts beside a busy core: ${shown(four)} frames/s; frames reach the page after ${median} ms, at most ${worst} ms`,
  );
  await notebook.screenshot('four-charts');
  expect(await notebook.strip(5)).toContain('insert-hole running');
  expect(Math.min(...four)).toBeGreaterThan(0.3);
});

it('the page answers meanwhile', async () => {
  const started = performance.now();
  await notebook.press(4, 'cancel');
  await notebook.state(4, 'CANCELED', 20_000);
  console.log(`a click on stop under load: ${(performance.now() - started).toFixed(0)} ms`);
  expect(notebook.problems).toEqual([]);
});
