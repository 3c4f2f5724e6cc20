/** EXPLAIN as a picture: a box for each operator, the sources on top, arrows to whoever reads them. Static SVG without scripts; all text is escaped. */
import { physicalText } from '../plan/explain-node.ts';
import type { PhysicalPlan } from '../plan/physical.ts';
import { inputsOf } from '../plan/physical-walk.ts';
import type { MimeBundle } from './bundle.ts';
import { escapeHtml } from './html.ts';

const BOX_WIDTH = 250;
const LINE_HEIGHT = 15;
const GAP_X = 26;
const GAP_Y = 34;
const LINE_LENGTH = 38;
const MAX_LINES = 5;

interface Box {
  readonly node: PhysicalPlan;
  readonly title: string;
  readonly lines: readonly string[];
  readonly height: number;
  /** Distance from the sources. */
  level: number;
  /** Centre, in columns. */
  column: number;
}

/** The text of EXPLAIN with its picture. */
export function explainBundle(text: string, plans: readonly PhysicalPlan[]): MimeBundle {
  const picture = planPicture(plans);
  const pre = `<pre style="margin:0">${escapeHtml(text)}</pre>`;
  return {
    'text/plain': text,
    'text/html': `<div style="overflow:auto">${picture}</div><details><summary>EXPLAIN</summary>${pre}</details>`,
    'image/svg+xml': picture,
  };
}

/** `image/svg+xml` of the operators of a job. */
export function planPicture(plans: readonly PhysicalPlan[]): string {
  const boxes = placed(plans);
  const levels = [...boxes.values()].reduce<number[]>((heights, { level, height }) => {
    heights[level] = Math.max(heights[level] ?? 0, height);
    return heights;
  }, []);
  const tops = levels.map((_, level) => 12 + levels.slice(0, level).reduce((sum, height) => sum + height + GAP_Y, 0));
  const columns = Math.max(1, ...[...boxes.values()].map((box) => Math.ceil(box.column + 1)));
  const width = 24 + columns * (BOX_WIDTH + GAP_X) - GAP_X;
  const height = 24 + levels.reduce((sum, h) => sum + h + GAP_Y, -GAP_Y);
  const left = (box: Box): number => 12 + box.column * (BOX_WIDTH + GAP_X);
  const parts: string[] = [];
  for (const box of boxes.values()) {
    inputsOf(box.node).forEach((input, i, all) => {
      const from = boxes.get(input)!;
      const x1 = left(from) + BOX_WIDTH / 2;
      const y1 = tops[from.level]! + from.height;
      const x2 = left(box) + (BOX_WIDTH * (i + 1)) / (all.length + 1);
      const y2 = tops[box.level]!;
      const middle = (y1 + y2) / 2;
      parts.push(
        `<path d="M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}" fill="none" stroke="#888" marker-end="url(#arrow)"/>`,
      );
      if (input.mode !== 'append') {
        const label = input.mode === 'upsert' ? '+I +U −D' : '+I −U +U −D';
        parts.push(`<text x="${x1 + 6}" y="${y1 + 13}" fill="#b35900" font-size="10">${label}</text>`);
      }
    });
    parts.push(boxSvg(box, left(box), tops[box.level]!));
  }
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11">` +
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#888"/></marker></defs>' +
    `<rect width="100%" height="100%" fill="#fff"/>${parts.join('')}</svg>`
  );
}

function boxSvg({ node, title, lines, height }: Box, x: number, y: number): string {
  const isEnd = node.kind === 'source' || node.kind === 'values' || node.kind === 'sink' || node.kind === 'collect';
  const fill = isEnd ? '#e8f1fb' : '#f6f6f6';
  const text = lines.map(
    (line, i) => `<text x="${x + 8}" y="${y + 32 + i * LINE_HEIGHT}" fill="#444">${escapeHtml(line)}</text>`,
  );
  return (
    `<g><title>${escapeHtml(physicalText(node))}</title>` +
    `<rect x="${x}" y="${y}" width="${BOX_WIDTH}" height="${height}" rx="5" fill="${fill}" stroke="#999"/>` +
    `<text x="${x + 8}" y="${y + 16}" font-weight="bold" fill="#111">${escapeHtml(title)}</text>${text.join('')}</g>`
  );
}

/** Every node once, below all that it reads; a reader stands in the middle of its inputs. */
function placed(plans: readonly PhysicalPlan[]): Map<PhysicalPlan, Box> {
  const boxes = new Map<PhysicalPlan, Box>();
  let columns = 0;
  const place = (node: PhysicalPlan): Box => {
    const known = boxes.get(node);
    if (known !== undefined) return known;
    const inputs = inputsOf(node).map(place);
    const text = physicalText(node);
    const open = text.indexOf('(');
    const lines = wrapped(text.slice(open + 1, -1));
    const box: Box = {
      node,
      title: text.slice(0, open),
      lines,
      height: 24 + lines.length * LINE_HEIGHT,
      level: inputs.length === 0 ? 0 : Math.max(...inputs.map((input) => input.level)) + 1,
      column: inputs.length === 0 ? columns++ : inputs.reduce((sum, input) => sum + input.column, 0) / inputs.length,
    };
    boxes.set(node, box);
    return box;
  };
  plans.forEach(place);
  return boxes;
}

/** A few short lines; the whole text is the box's tooltip. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const part of text.split(/(?<=\]), /)) {
    for (let at = 0; at < part.length; at += LINE_LENGTH) lines.push(part.slice(at, at + LINE_LENGTH));
  }
  return lines.length <= MAX_LINES ? lines : [...lines.slice(0, MAX_LINES - 1), '…'];
}
