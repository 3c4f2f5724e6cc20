// Colours of cells: JupyterLab highlights by the kernel's language, so a cell that begins with %%flinksql, %%sql or %%python is told its own.
const LANGUAGES = [
  [/^\s*%%(flinksql|sql)\b/, 'text/x-sql'],
  [/^\s*%%(python|py)\b/, 'text/x-python'],
  [/^\s*%%(bash|sh)\b/, 'text/x-sh'],
  [/^\s*%%html\b/, 'text/html'],
  [/^\s*%%(markdown|md)\b/, 'text/x-ipythongfm'],
];

export function colourCells(panel) {
  const watched = new WeakSet();
  const colour = (cell) => {
    if (cell.type !== 'code') return;
    const language = LANGUAGES.find(([pattern]) => pattern.test(cell.sharedModel.getSource()))?.[1];
    const wanted = language ?? panel.content.codeMimetype ?? 'text/typescript';
    if (cell.mimeType !== wanted) cell.mimeType = wanted;
  };
  const watch = (cell) => {
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
  void panel.context.ready.then(() => {
    all();
    panel.content.model?.cells.changed.connect(all);
    panel.sessionContext.statusChanged.connect(all);
  });
}
