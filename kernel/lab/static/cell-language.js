// Colours of cells: JupyterLab highlights by the kernel's language, so a cell that begins with %%flinksql, %%sql or %%python is told its own.
import { SQL_MIME } from './sql-language.js';

const LANGUAGES = [
  [/^\s*%%(flinksql|sql|duckdb)\b/, SQL_MIME],
  [/^\s*%%(python|py)\b/, 'text/x-python'],
  [/^\s*%%(bash|sh)\b/, 'text/x-sh'],
  [/^\s*%%html\b/, 'text/html'],
  [/^\s*%%(markdown|md)\b/, 'text/x-markdown'],
];

/**
 * `languages` is the page's registry. An editor takes the language that was loaded last, not the one that was asked for last: so all are loaded
 * before the first cell is told another than the kernel's.
 */
export function colourCells(panel, languages) {
  const mimes = ['application/typescript', SQL_MIME, 'text/x-python'];
  const loaded = Promise.all(mimes.map((mime) => languages?.getLanguage(mime)?.catch(() => null)));
  const watched = new WeakSet();
  const colour = (cell) => {
    if (cell.isDisposed) return;
    const language = LANGUAGES.find(([pattern]) => pattern.test(cell.sharedModel.getSource()))?.[1];
    const wanted = language ?? panel.content.codeMimetype ?? 'application/typescript';
    if (cell.mimeType !== wanted) cell.mimeType = wanted;
  };
  const watch = (cell) => {
    if (cell.type !== 'code') return;
    if (!watched.has(cell)) {
      watched.add(cell);
      cell.contentChanged.connect(() => colour(cell));
      // The notebook sets the kernel's language on all cells when the kernel is ready.
      cell.mimeTypeChanged?.connect(() => queueMicrotask(() => colour(cell)));
    }
    colour(cell);
  };
  const all = () => {
    const cells = panel.content.model?.cells;
    if (cells === undefined) return;
    for (const cell of cells) watch(cell);
  };
  void Promise.all([panel.context.ready, loaded]).then(() => {
    all();
    panel.content.model?.cells.changed.connect(all);
    panel.sessionContext.statusChanged.connect(all);
  });
}
