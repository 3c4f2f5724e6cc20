/** A frame as HTML without scripts: what pages without our extension show, and what a saved notebook keeps. Every value is escaped. */
import type { FrameColumn, ViewFrame } from './bundle.ts';
import { stripText, count } from './frame-text.ts';
import { escapeHtml } from './html.ts';
import { svgOf } from './svg-chart.ts';

const CELL = 'padding:2px 8px;border-bottom:1px solid rgba(127,127,127,.3);';

export function frameHtml(frame: ViewFrame): string {
  const parts: string[] = [];
  if (frame.strip !== undefined) {
    parts.push(
      `<div style="font:12px sans-serif;opacity:.75;padding:2px 0">${escapeHtml(stripText(frame.strip))}</div>`,
    );
  }
  if (frame.strip?.hint !== undefined) {
    parts.push(`<div style="font:11px sans-serif;opacity:.75;padding:0 0 2px">${escapeHtml(frame.strip.hint)}</div>`);
  }
  if (frame.strip?.error !== undefined) {
    parts.push(`<pre style="color:#d1242f;margin:4px 0">${escapeHtml(frame.strip.error)}</pre>`);
  }
  if (frame.chart !== undefined) parts.push(svgOf(frame.chart), note(frame.chart.note));
  if (frame.table !== undefined) {
    const { columns, rows, total } = frame.table;
    parts.push(
      tableHtml(columns, rows),
      note(rows.length < total ? `${count(rows.length)} of ${count(total)} rows` : undefined),
    );
  }
  if (frame.changelog !== undefined) {
    const columns: FrameColumn[] = [{ name: 'op', type: 'row kind', align: 'left' }, ...frame.changelog.columns];
    parts.push(
      tableHtml(
        columns,
        frame.changelog.rows.map(({ kind, cells }) => [kind, ...cells]),
      ),
    );
  }
  if (frame.tile !== undefined) {
    parts.push(
      `<div style="font:600 32px sans-serif">${escapeHtml(frame.tile.value)}</div>` +
        `<div style="font:12px sans-serif;opacity:.7">${escapeHtml(frame.tile.label)}</div>`,
    );
  }
  return `<div class="millrace-static">${parts.join('')}</div>`;
}

export function tableHtml(columns: readonly FrameColumn[], rows: readonly (readonly (string | null)[])[]): string {
  const head = columns
    .map(
      ({ name, type, align }) =>
        `<th title="${escapeHtml(type)}" style="${CELL}text-align:${align};border-bottom:1px solid #999">${escapeHtml(name)}</th>`,
    )
    .join('');
  const body = rows
    .map(
      (row) =>
        `<tr>${row.map((cell, i) => `<td style="${CELL}text-align:${columns[i]!.align}">${cellHtml(cell)}</td>`).join('')}</tr>`,
    )
    .join('');
  return (
    `<table style="border-collapse:collapse;font:12px sans-serif"><thead><tr>${head}</tr></thead>` +
    `<tbody>${body}</tbody></table>`
  );
}

const cellHtml = (cell: string | null): string =>
  cell === null
    ? '<span style="opacity:.6">NULL</span>'
    : escapeHtml(cell.length > 200 ? `${cell.slice(0, 199)}…` : cell);

const note = (text: string | undefined): string =>
  text === undefined ? '' : `<div style="font:11px sans-serif;opacity:.7">${escapeHtml(text)}</div>`;
