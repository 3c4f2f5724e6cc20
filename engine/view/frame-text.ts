/** A frame as plain text: what a terminal front end and `text/plain` readers see. */
import type { FrameColumn, Strip, ViewFrame } from './bundle.ts';

export function frameText(frame: ViewFrame): string {
  const lines =
    frame.strip === undefined ? [] : [stripText(frame.strip), frame.strip.hint ?? '', frame.strip.error ?? ''];
  if (frame.tile !== undefined)
    lines.push(frame.tile.label === '' ? frame.tile.value : `${frame.tile.label}: ${frame.tile.value}`);
  if (frame.table !== undefined) lines.push(tableText(frame.table.columns, frame.table.rows.slice(-20)));
  if (frame.changelog !== undefined) {
    const columns: FrameColumn[] = [{ name: 'op', type: '', align: 'left' }, ...frame.changelog.columns];
    lines.push(
      tableText(
        columns,
        frame.changelog.rows.slice(-20).map(({ kind, cells }) => [kind, ...cells]),
      ),
    );
  }
  if (frame.chart !== undefined) {
    lines.push(
      frame.chart.data.map((trace) => `${trace.type} ${trace.name ?? ''}: ${trace.x.length} points`).join('\n'),
    );
  }
  return lines.filter((line) => line !== '').join('\n');
}

export function stripText(strip: Strip): string {
  const parts = [
    `${strip.name} ${strip.state}`,
    `in ${count(strip.rowsIn)} (${count(Math.round(strip.rateIn))}/s)`,
    `out ${count(strip.rowsOut)}`,
  ];
  // the end of a bounded input is a watermark too, but nobody's figure
  if (strip.watermark !== undefined && strip.watermark !== 'end') parts.push(`watermark ${strip.watermark}`);
  if (strip.late > 0) parts.push(`late ${count(strip.late)}`);
  if (strip.skipped > 0) parts.push(`skipped ${count(strip.skipped)}`);
  return parts.join(' · ');
}

/** 1234567 → 1,234,567. */
export const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** A table in the manner of Flink's TABLEAU mode. */
export function tableText(columns: readonly FrameColumn[], rows: readonly (readonly (string | null)[])[]): string {
  const text = (cell: string | null): string =>
    (cell === null ? '<NULL>' : cell.length > 30 ? `${cell.slice(0, 27)}...` : cell).replaceAll('\n', ' ');
  const widths = columns.map(({ name }, i) => Math.max(name.length, ...rows.map((row) => text(row[i] ?? null).length)));
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const line = (cells: readonly string[]): string =>
    `|${cells.map((cell, i) => ` ${columns[i]!.align === 'right' ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)} `).join('|')}|`;
  return [rule, line(columns.map(({ name }) => name)), rule, ...rows.map((row) => line(row.map(text))), rule].join(
    '\n',
  );
}
