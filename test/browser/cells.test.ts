import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FrontEnd, type NotebookPage, startFrontEnd } from '../support/browser.ts';
import { python } from '../support/lab.ts';

declare const window: any;
declare const document: any;

let front: FrontEnd;
beforeAll(async () => {
  front = await startFrontEnd();
});
afterAll(() => front.close());

describe('cells in four languages', () => {
  const sql = '%%flinksql --view table\nSELECT origin, COUNT(*) AS n FROM `flights` WHERE delay > :least -- late';
  const py = '%%python\nimport math\nprint(math.pi)';
  const ts = 'const least: number = 15;\nleast + 1';
  let notebook: NotebookPage;
  beforeAll(async () => {
    notebook = await front.open('cells', [sql, py, ts, 'let n = 0;', 'while (true) { n++ }', 'n > 0'], {
      height: 1100,
    });
  });
  afterAll(() => notebook.close());

  /** The coloured words of a cell with the class of their colour. */
  const words = async (cell: number): Promise<[word: string, colour: string][]> =>
    notebook
      .cell(cell)
      .locator('.cm-content span[class]')
      .evaluateAll((spans: any[]) => spans.map((span) => [span.textContent, window.getComputedStyle(span).color]));
  const colourOf = async (cell: number, word: string): Promise<string | undefined> =>
    (await words(cell)).find(([text]) => text === word)?.[1];

  it('SQL is coloured as SQL', async () => {
    await expect.poll(() => colourOf(0, 'SELECT')).toBeDefined();
    const keyword = await colourOf(0, 'SELECT');
    expect(await colourOf(0, 'WHERE')).toBe(keyword);
    expect(await colourOf(0, '-- late')).not.toBe(keyword);
    expect((await words(0)).map(([text]) => text)).toEqual(expect.arrayContaining(['%%flinksql', '--view', ':least']));
  });

  it('Python is coloured as Python, TypeScript as TypeScript', async () => {
    expect(await colourOf(1, 'import')).toBeDefined();
    expect(await colourOf(2, 'const')).toBeDefined();
  });

  it('a cell changes its colours as it is written', async () => {
    await notebook.setCell(3, '%%sql\nSELECT 1 FROM x');
    await expect.poll(() => colourOf(3, 'FROM')).toBeDefined();
    await notebook.setCell(3, 'let n = 0;');
    await expect.poll(() => colourOf(3, 'let')).toBeDefined();
  });

  it('Stop breaks an endless loop and keeps the state', async () => {
    await notebook.run(3);
    await notebook.start(4);
    await notebook.page.waitForFunction(
      () => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'busy',
    );
    await notebook.interrupt();
    await notebook.done(4);
    expect((await notebook.outputs(4))[0]).toMatchObject({ output_type: 'error' });
    await notebook.run(5);
    expect((await notebook.outputs(5))[0]).toMatchObject({ data: { 'text/plain': 'true' } });
  });

  it('an error in SQL has a place, a caret and a hint', async () => {
    await notebook.setCell(
      0,
      `%%flinksql
CREATE TEMPORARY VIEW flights AS SELECT * FROM (VALUES ('EWR', 4)) AS t(origin, delay);
SELECT orgin
FROM flights`,
    );
    await notebook.run(0);
    const text = await notebook.output(0).innerText();
    const lines = text.split('\n').map((line) => line.trimEnd());
    const caret = lines.findIndex((line) => /^\s*\^+$/.test(line));
    expect(caret).toBeGreaterThan(0);
    expect(lines[caret]!.indexOf('^')).toBe(lines[caret - 1]!.indexOf('orgin'));
    expect(text).toContain('did you mean "origin"?');
    await notebook.screenshot('error');
  });

  it('had no problem in the page', () => expect(notebook.problems).toEqual([]));
});

describe('a Python cell', () => {
  let notebook: NotebookPage;
  beforeAll(async () => {
    notebook = await front.open(
      'python',
      [
        `%%flinksql --wait -o counts
SELECT * FROM (VALUES ('EWR', 4, CAST(1.5 AS DOUBLE)), ('JFK', 7, CAST(NULL AS DOUBLE)), ('LGA', 2, 0.5)) AS t(origin, flights, share)`,
        `%%python -i counts -o top
top = counts.sort_values('flights', ascending=False)
top`,
        `%%python -i counts
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(5, 2.5))
ax.bar(counts.origin, counts.flights)
ax.set_ylabel('flights')`,
        '%%sql\nSELECT * FROM top',
      ],
      { height: 1400 },
    );
  });
  afterAll(() => notebook.close());

  it('shows a DataFrame', async () => {
    await notebook.run(0);
    await notebook.run(1, 60_000);
    const table = notebook.output(1).locator('table.dataframe');
    await table.waitFor();
    expect(await table.locator('th').allInnerTexts()).toEqual(expect.arrayContaining(['origin', 'flights', 'share']));
    expect(await table.locator('tbody tr').first().innerText()).toContain('JFK');
  });

  it('shows a matplotlib figure', async () => {
    await notebook.run(2, 60_000);
    const image = notebook.output(2).locator('img[src^="data:image/png"]');
    await image.waitFor();
    expect(await image.evaluate((img: any) => img.complete && img.naturalWidth > 100)).toBe(true);
  });

  it('gives a table back to SQL', async () => {
    await notebook.run(3);
    await expect.poll(() => notebook.output(3).locator('tbody tr').first().innerText()).toContain('JFK');
    await notebook.screenshot('python');
  });

  it('had no problem in the page', () => expect(notebook.problems).toEqual([]));
});

describe('values that want to be markup', () => {
  const script = '<script>window.hacked = 1</script>';
  const image = '<img src=x onerror="window.hacked=2">';
  const link = '<a href="javascript:window.hacked=3">x</a>';
  const rows = `SELECT * FROM (VALUES ('${script}', 1), ('${image}', 2), ('${link}', 3), (CAST(NULL AS STRING), 4)) AS t(\`<b>name</b>\`, n)`;
  let notebook: NotebookPage;
  beforeAll(async () => {
    notebook = await front.open(
      'hostile',
      [
        `%%flinksql --wait --view table\n${rows}`,
        `%%flinksql --wait --chart bar\n${rows}`,
        `%%flinksql --wait --chart line --x n --y n --color "<b>name</b>"\n${rows}`,
        `%%sql\nSELECT '${script}' AS s, '${image}' AS "<i>i</i>", NULL AS z`,
        `console.log(${JSON.stringify(script)}); [${JSON.stringify(image)}]`,
        `%%flinksql\nSELECT "${script}" FROM nowhere`,
        `%%python\nimport pandas as pd\npd.DataFrame({'a': [${JSON.stringify(script)}, ${JSON.stringify(image)}]})`,
        `%%flinksql --name "${image.replaceAll('"', '')}" --wait\nSELECT 1 AS one`,
      ],
      { height: 1600 },
    );
    for (const cell of [0, 1, 2, 3, 4, 5, 6, 7]) await notebook.run(cell, 60_000);
    await notebook.drawn(2, 1);
  });
  afterAll(() => notebook.close());

  it('are shown as text, and NULL as NULL', async () => {
    const cells = notebook.view(0).locator('tbody td:first-child');
    expect(await cells.allInnerTexts()).toEqual([script, image, link, 'NULL']);
    expect(await notebook.view(0).locator('td.millrace-null').count()).toBe(1);
    expect(await notebook.view(0).locator('th').first().innerText()).toBe('<b>name</b>');
    const labels = await notebook.view(1).locator('.xtick text').allTextContents();
    expect(labels.join()).toContain('<script>');
    expect(await notebook.view(2).locator('.legendtext').first().textContent()).toContain('<');
    await notebook.screenshot('hostile');
  });

  it('execute nothing in the page', async () => {
    expect(await notebook.page.evaluate(() => window.hacked)).toBeUndefined();
    expect(
      await notebook.page.locator('.jp-OutputArea-output :is(script, img[src="x"], a[href^=javascript])').count(),
    ).toBe(0);
  });

  it('execute nothing after save and reload', async () => {
    await notebook.save();
    await notebook.reload();
    expect(await notebook.page.evaluate(() => window.hacked)).toBeUndefined();
  });

  it('execute nothing in the page that nbconvert makes', async () => {
    const file = join(front.lab.work, 'hostile.ipynb');
    const made = spawnSync(python, ['-m', 'nbconvert', '--to', 'html', file], { encoding: 'utf8' });
    expect(made.status, made.stderr).toBe(0);
    const page = await front.browser.newPage();
    await page.goto(`file://${join(front.lab.work, 'hostile.html')}`);
    const shown = await page.evaluate(() => [window.hacked, document.body.innerText] as const);
    expect(shown[0]).toBeUndefined();
    expect(shown[1]).toContain(script);
    expect(readFileSync(join(front.lab.work, 'hostile.html'), 'utf8')).not.toContain(script);
    await page.close();
  });
});
