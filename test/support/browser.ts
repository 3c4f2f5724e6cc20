import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type Locator, type Page, chromium } from 'playwright-core';
import { type Lab, root, startLab } from './lab.ts';

// The page's own names, for functions that run there.
declare const document: any;
declare const window: any;

/** How long a page may take to be ready with a kernel (ms). */
const READY = 90_000;
const screenshots = join(root, 'build', 'screenshots');

/** $CHROMIUM, or the first Chromium or Chrome on the path. */
export function findChromium(): string {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
  const path = process.env['CHROMIUM'] ?? found;
  if (path === undefined) throw new Error('no Chromium on the path: install it (apt install chromium) or set CHROMIUM');
  return path;
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--use-gl=angle', '--use-angle=swiftshader'],
  });
}

/** An output as the notebook's model has it, and so as it is saved. */
export interface SavedOutput {
  readonly output_type: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly text?: string;
  readonly name?: string;
  readonly ename?: string;
  readonly traceback?: readonly string[];
}

export interface OpenOptions {
  /** Cells of the notebook that is written before it is opened; without them the file must be there. */
  readonly cells?: readonly string[];
  readonly width?: number;
  readonly height?: number;
}

/** A notebook in a real JupyterLab. Cells are run through the page's application object: no focus, no key timing. */
export class NotebookPage {
  readonly page: Page;
  /** Page errors and console errors so far. */
  readonly problems: string[];
  readonly #close: () => Promise<void>;

  private constructor(page: Page, problems: string[], close: () => Promise<void>) {
    this.page = page;
    this.problems = problems;
    this.#close = close;
  }

  /** Opens `name` in single-document mode and waits until its kernel is idle. */
  static async open(browser: Browser, lab: Lab, name: string, options: OpenOptions = {}): Promise<NotebookPage> {
    const { cells, width = 1200, height = 900 } = options;
    if (cells !== undefined) writeFileSync(join(lab.work, name), JSON.stringify(notebookOf(cells)));
    const context = await browser.newContext({ viewport: { width, height } });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(`pageerror ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text().slice(0, 300));
    });
    const opened = new NotebookPage(page, problems, () => context.close());
    await page.goto(`${lab.url}/doc/tree/${name}?reset&token=${lab.token}`);
    await opened.ready();
    return opened;
  }

  async ready(): Promise<void> {
    await this.page.waitForFunction(
      () => {
        const panel = window.jupyterapp?.shell?.currentWidget;
        return (
          (panel?.content?.widgets?.length ?? 0) > 0 &&
          panel.context.isReady &&
          panel.sessionContext.isReady &&
          panel.sessionContext.session?.kernel?.status === 'idle'
        );
      },
      null,
      { timeout: READY },
    );
    const dialog = this.page.locator('.jp-Dialog');
    if ((await dialog.count()) > 0) throw new Error(`a dialog is open: ${await dialog.first().innerText()}`);
  }

  /** Starts a cell, as Ctrl+Enter does. */
  start(index: number): Promise<void> {
    return this.page.evaluate((i) => {
      const { content } = window.jupyterapp.shell.currentWidget;
      content.activeCellIndex = i;
      content.deselectAll();
      content.widgets[i].model.clearExecution();
      void window.jupyterapp.commands.execute('notebook:run-cell');
    }, index);
  }

  /** Waits until the kernel has answered the cell. */
  async done(index: number, timeout = 30_000): Promise<void> {
    await this.page.waitForFunction(
      (i) => window.jupyterapp.shell.currentWidget.content.widgets[i].model.executionCount !== null,
      index,
      { timeout },
    );
  }

  async run(index: number, timeout?: number): Promise<void> {
    await this.start(index);
    await this.done(index, timeout);
  }

  async setCell(index: number, source: string): Promise<void> {
    await this.page.evaluate(
      ([i, text]) => window.jupyterapp.shell.currentWidget.content.widgets[i].model.sharedModel.setSource(text),
      [index, source] as const,
    );
  }

  cell(index: number): Locator {
    return this.page.locator('.jp-Notebook .jp-Cell').nth(index);
  }
  /** What a person sees below a cell. */
  output(index: number): Locator {
    return this.cell(index).locator('.jp-OutputArea-output');
  }
  /** The live view below a cell. */
  view(index: number): Locator {
    return this.cell(index).locator('.millrace-view');
  }
  /** Text of the strip: name, state, figures, buttons. */
  async strip(index: number): Promise<string> {
    return (await this.cell(index).locator('.millrace-strip').innerText()).replace(/\s+/g, ' ');
  }
  /** Presses a button of the strip: pause, resume, cancel, chart, table, changelog, tile. */
  press(index: number, button: string): Promise<void> {
    return this.cell(index).locator(`.millrace-strip button[data-action=${button}]`).click();
  }
  /** Waits until the job of the view below a cell is in this state. */
  async state(index: number, wanted: string, timeout = 10_000): Promise<void> {
    await this.cell(index).locator(`.millrace-view[data-state=${wanted}]`).waitFor({ timeout });
  }
  /** Frames that the view below a cell has drawn in this page. */
  async frames(index: number): Promise<number> {
    const text = await this.view(index).first().getAttribute('data-frames', { timeout: 10_000 });
    return Number(text ?? 0);
  }
  /** Waits until the view below a cell has drawn this many frames. */
  async drawn(index: number, frames: number, timeout = 30_000): Promise<void> {
    await this.page.waitForFunction(
      ([i, wanted]) => {
        const cell = document.querySelectorAll('.jp-Notebook .jp-Cell')[i];
        const view = cell?.querySelector('.millrace-view');
        return Number(view?.dataset['frames'] ?? 0) >= wanted;
      },
      [index, frames] as const,
      { timeout },
    );
  }

  outputs(index: number): Promise<SavedOutput[]> {
    return this.page.evaluate(
      (i) => window.jupyterapp.shell.currentWidget.content.widgets[i].model.outputs?.toJSON() ?? [],
      index,
    ) as Promise<SavedOutput[]>;
  }

  /** `JupyterLab Dark` or `JupyterLab Light`. */
  async theme(name: string): Promise<void> {
    await this.page.evaluate((theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme }), name);
    await this.page.waitForFunction((theme) => document.body.dataset.jpThemeName === theme, name);
  }
  save(): Promise<void> {
    return this.page.evaluate(() => window.jupyterapp.shell.currentWidget.context.save());
  }
  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }
  interrupt(): Promise<void> {
    return this.page.evaluate(() => window.jupyterapp.commands.execute('notebook:interrupt-kernel'));
  }

  /** Writes build/screenshots/NAME.png. */
  async screenshot(name: string): Promise<void> {
    mkdirSync(screenshots, { recursive: true });
    await this.page.screenshot({ path: join(screenshots, `${name}.png`) });
  }

  close(): Promise<void> {
    return this.#close();
  }
}

function notebookOf(cells: readonly string[]): object {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'millrace', display_name: 'Millrace (TypeScript)', language: 'typescript' } },
    cells: cells.map((source, i) => ({
      id: `cell-${i}`,
      cell_type: 'code',
      source,
      metadata: {},
      outputs: [],
      execution_count: null,
    })),
  };
}

/** JupyterLab and Chromium for the tests of one file. */
export interface FrontEnd {
  readonly lab: Lab;
  readonly browser: Browser;
  /** Opens a new notebook with these cells. */
  open(name: string, cells: readonly string[], options?: Omit<OpenOptions, 'cells'>): Promise<NotebookPage>;
  close(): Promise<void>;
}

export async function startFrontEnd(): Promise<FrontEnd> {
  const lab = await startLab();
  const browser = await launchChromium();
  return {
    lab,
    browser,
    open: (name, cells, options) => NotebookPage.open(browser, lab, `${name}.ipynb`, { ...options, cells }),
    async close() {
      await browser.close();
      await lab.stop();
    },
  };
}
