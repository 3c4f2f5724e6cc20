// The look of live outputs, in JupyterLab's own colours so that dark themes fit.
const STYLE = `
.millrace-view { font-size: var(--jp-ui-font-size1, 13px); color: var(--jp-ui-font-color1, #222); padding: 2px 0 4px; }
.millrace-view [hidden] { display: none; }
.millrace-strip { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 14px; padding: 2px 4px 4px; line-height: 22px;
  border-bottom: 1px solid var(--jp-border-color2, #ddd); margin-bottom: 6px; font-variant-numeric: tabular-nums; }
.millrace-strip b { font-weight: 600; }
.millrace-figure { color: var(--jp-ui-font-color2, #555); white-space: nowrap; }
.millrace-figure.millrace-warn { color: var(--jp-warn-color0, #a15c00); font-weight: 600; }
.jp-mod-dark .millrace-figure.millrace-warn, [data-jp-theme-light=false] .millrace-figure.millrace-warn { color: var(--jp-warn-color2, #ffb74d); }
.millrace-state { display: inline-block; width: 9px; height: 9px; border-radius: 50%; margin-right: 6px; background: #999; }
.millrace-state[data-state=RUNNING] { background: #2da44e; }
.millrace-state[data-state=PAUSED] { background: #d4a72c; }
.millrace-state[data-state=FAILED] { background: #cf222e; }
.millrace-state[data-state=FINISHED] { background: #4269d0; }
.millrace-buttons { margin-left: auto; display: flex; gap: 4px 10px; flex-wrap: wrap; }
.millrace-group { display: inline-flex; }
.millrace-buttons button { font: inherit; font-size: 12px; line-height: 20px; border: 1px solid var(--jp-border-color1, #bbb); margin-left: -1px;
  background: var(--jp-layout-color1, #fff); color: var(--jp-ui-font-color1, #222); padding: 0 9px; cursor: pointer; }
.millrace-buttons button:first-child { border-radius: 3px 0 0 3px; margin-left: 0; }
.millrace-buttons button:last-child { border-radius: 0 3px 3px 0; }
.millrace-buttons button:only-child { border-radius: 3px; }
.millrace-buttons button:hover { background: var(--jp-layout-color2, #eee); }
.millrace-buttons button[aria-pressed=true] { background: var(--jp-brand-color1, #1976d2); border-color: var(--jp-brand-color1, #1976d2); color: #fff; }
.millrace-buttons svg { width: 9px; height: 9px; margin-right: 5px; fill: currentColor; }
.millrace-error { color: var(--jp-error-color1, #b00020); white-space: pre-wrap; font-family: var(--jp-code-font-family, monospace);
  font-size: 12px; line-height: 1.4; margin: 4px; }
.millrace-scroll { max-height: 420px; overflow: auto; }
.millrace-view table.millrace-table { border-collapse: collapse; border-spacing: 0; font-size: 12px; font-variant-numeric: tabular-nums; margin: 0;
  table-layout: auto; color: inherit; }
.millrace-view .millrace-table th { position: sticky; top: 0; z-index: 1; background: var(--jp-layout-color0, #fff); font-weight: 600;
  box-shadow: inset 0 -1px var(--jp-border-color1, #999); }
.millrace-view .millrace-table th, .millrace-view .millrace-table td { padding: 2px 12px; line-height: 18px; text-align: left; max-width: 480px;
  overflow: hidden; text-overflow: ellipsis; white-space: nowrap; border: 0; }
.millrace-view .millrace-table tbody tr { background: transparent; border-bottom: 1px solid var(--jp-border-color3, #eee); }
.millrace-view .millrace-table tbody tr:hover { background: var(--jp-layout-color2, #f5f5f5); }
.millrace-view .millrace-table .millrace-right { text-align: right; }
.millrace-view .millrace-table .millrace-null { color: var(--jp-ui-font-color3, #999); font-style: italic; }
.millrace-table tr[data-kind] td:first-child { font-family: var(--jp-code-font-family, monospace); font-weight: 600; }
.millrace-table tr[data-kind="+I"] td:first-child, .millrace-table tr[data-kind="+U"] td:first-child { color: #2da44e; }
.millrace-table tr[data-kind="-D"] td:first-child, .millrace-table tr[data-kind="-U"] td:first-child { color: #e5534b; }
.millrace-table tr[data-kind="-D"] td, .millrace-table tr[data-kind="-U"] td { color: var(--jp-ui-font-color2, #777); }
.millrace-tile { font-size: 34px; line-height: 1.2; font-weight: 600; padding: 8px 4px 0; font-variant-numeric: tabular-nums; }
.millrace-note { color: var(--jp-ui-font-color2, #777); font-size: 11px; line-height: 16px; padding: 2px 4px; }
.millrace-plot { width: 100%; }
`;

export function ensureStyle() {
  if (document.getElementById('millrace-style') !== null) return;
  const style = document.createElement('style');
  style.id = 'millrace-style';
  style.textContent = STYLE;
  document.head.append(style);
}
