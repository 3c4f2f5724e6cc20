/** Reads the data of these tests, and compares syntax trees. */
import { readFileSync } from 'node:fs';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

/** The lines of a file, without comments and empty ones. */
export function dataLines(name: string): string[] {
  return read(name)
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('# '));
}

/** Pairs of a text and its printed form: the line behind it with four blanks in front, or the text itself. */
export function printedPairs(name: string): [text: string, printed: string][] {
  const pairs: [string, string][] = [];
  for (const line of dataLines(name)) {
    if (line.startsWith('    ')) pairs.at(-1)![1] = line.trim();
    else pairs.push([line, line]);
  }
  return pairs;
}

/** Blocks between empty lines: the text, and the lines with `=> ` in front. */
export function expectedBlocks(name: string): [text: string, expected: string][] {
  return read(name)
    .trim()
    .split('\n\n')
    .map((block) => {
      const lines = block.split('\n');
      const isExpected = (line: string): boolean => line.startsWith('=> ');
      return [
        lines.filter((line) => !isExpected(line)).join('\n'),
        lines
          .filter(isExpected)
          .map((line) => line.slice(3))
          .join('\n'),
      ];
    });
}

/** The tree without spans and without the memory of back-ticks. */
export function bare(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(bare);
  if (node === null || typeof node !== 'object') return node;
  const kept = Object.entries(node).filter(([key]) => key !== 'span' && key !== 'quoted');
  return Object.fromEntries(kept.map(([key, value]) => [key, bare(value)]));
}

/** Every object with a `span` in the tree. */
export function* nodes(node: unknown): Generator<{ kind: string; span: { start: number; end: number } }> {
  if (node === null || typeof node !== 'object') return;
  if ('span' in node) yield node as { kind: string; span: { start: number; end: number } };
  for (const [key, value] of Object.entries(node)) if (key !== 'span') yield* nodes(value);
}
